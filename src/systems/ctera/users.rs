//! Users, as the portal shows them and as they are wanted.

use secrecy::SecretString;

use super::object::Object;

/// The attributes that make a [`User`], and the one that says which tenant it is from.
pub(super) const FIELDS: [&str; 10] = [
    "uid",
    "name",
    "email",
    "firstName",
    "lastName",
    "company",
    "comment",
    "role",
    "accountStatus",
    "baseObjectRef",
];

/// Where a user is at home.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the portal itself.
    #[default]
    Local,
    /// In a directory that the portal is connected to, as far as the portal has fetched the user.
    Directory { domain: String },
}

/// A user. Values are the portal's own text; what is null or missing there is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Given by the portal; the only identity.
    pub uid: String,
    pub name: String,
    pub place: Place,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub comment: Option<String>,
    /// For example `EndUser`, `ReadWriteAdmin`, `Disabled`.
    pub role: Option<String>,
    /// `active` or `inactive`.
    pub account_status: Option<String>,
}

/// All users of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub users: Vec<User>,
    /// How many requests the list took. With more than one, rows can have moved between the pages.
    pub pages: usize,
}

/// What is known about the user that is to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The caller saw that there is none, and claimed the name.
    Proven,
    /// The caller did not look: the client does, before it adds.
    Unproven,
}

/// A local user that is to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub password: &'a SecretString,
    pub role: &'a str,
    pub company: Option<&'a str>,
    pub comment: Option<&'a str>,
    /// A date, `YYYY-MM-DD`.
    pub require_password_change_on: Option<&'a str>,
}

/// What is to be different about a local user. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserEdit<'a> {
    pub name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub first_name: Option<&'a str>,
    pub last_name: Option<&'a str>,
    pub role: Option<&'a str>,
    /// An empty text clears it.
    pub company: Option<&'a str>,
    /// An empty text clears it.
    pub comment: Option<&'a str>,
    pub password: Option<&'a SecretString>,
}

impl User {
    /// The user in a reply; `None` if it does not say which one it is.
    pub(super) fn read(object: &Object, place: &Place) -> Option<Self> {
        let text = |id| object.text(id).map(str::to_owned);
        let identity = |id| text(id).filter(|text| !text.is_empty());
        Some(Self {
            uid: identity("uid")?,
            name: identity("name")?,
            place: place.clone(),
            email: text("email"),
            first_name: text("firstName"),
            last_name: text("lastName"),
            company: text("company"),
            comment: text("comment"),
            role: text("role"),
            account_status: text("accountStatus"),
        })
    }
}

impl NewUser<'_> {
    /// Whether the user that is there has everything that was to be added, as far as it can be read.
    pub(super) fn is(&self, user: &User) -> bool {
        let Self {
            name, email, first_name, last_name, password: _, role, company, comment, ..
        } = *self;
        // Null and empty are the same to whoever declares it.
        let same = |seen: &Option<String>, wanted: Option<&str>| {
            seen.as_deref().unwrap_or_default() == wanted.unwrap_or_default()
        };
        user.place == Place::Local
            && user.name == name
            && same(&user.email, Some(email))
            && same(&user.first_name, Some(first_name))
            && same(&user.last_name, Some(last_name))
            && same(&user.role, Some(role))
            && same(&user.company, company)
            && same(&user.comment, comment)
    }
}

impl<'a> UserEdit<'a> {
    /// The attributes that are to have a certain text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let Self { name, email, first_name, last_name, role, company, comment, password: _ } =
            *self;
        let texts = [
            ("name", name),
            ("email", email),
            ("firstName", first_name),
            ("lastName", last_name),
            ("role", role),
            ("company", company),
            ("comment", comment),
        ];
        texts.into_iter().filter_map(|(id, text)| Some((id, text?)))
    }
}
