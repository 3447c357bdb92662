//! One user of a portal, with everything that is kept of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::node::{Node, Object};

/// The class of users whose password the portal keeps.
pub(super) const LOCAL_CLASS: &str = "PortalUser";
/// The class of users of a directory.
pub(super) const DIRECTORY_CLASS: &str = "ADUser";
/// The class of administrators of the global context.
pub(super) const GLOBAL_CLASS: &str = "PortalAdmin";

/// What every user has, null if nothing was said.
const KNOWN: [&str; 9] = [
    "name",
    "email",
    "firstName",
    "lastName",
    "company",
    "comment",
    "role",
    "accountStatus",
    "requirePasswordChangeOn",
];

/// Attributes that nobody can set.
pub(super) const FIXED: [&str; 2] = ["uid", "baseObjectRef"];

/// Where a user is. No two living users are at one place.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Place {
    /// Empty for the global context.
    pub(super) tenant: String,
    /// The directory, if it is a directory's user.
    pub(super) domain: Option<String>,
    pub(super) name: String,
}

/// A user, alive or deleted.
pub(super) struct User {
    pub(super) uid: u64,
    pub(super) place: Place,
    class: String,
    uuid: Option<String>,
    /// All but those that nobody can set, the name and the password.
    attributes: Object,
    pub(super) password: Option<String>,
    /// The passwords before, the latest last.
    pub(super) former_passwords: Vec<String>,
    /// How many folders go when it is deleted.
    pub(super) folders: u32,
    pub(super) creator: String,
    pub(super) created: Timestamp,
    pub(super) changes: u32,
    /// Who deleted it and when.
    pub(super) deleted: Option<(String, Timestamp)>,
    /// By uid.
    pub(super) keys: BTreeMap<u64, Key>,
}

/// An S3 key. It stays when it is deleted, so that it can be told who made it.
pub(super) struct Key {
    pub(super) uid: u64,
    pub(super) access: String,
    pub(super) secret: String,
    pub(super) activated: bool,
    pub(super) creator: String,
    pub(super) created: Timestamp,
    pub(super) deleted: bool,
}

impl Place {
    pub(super) fn local(tenant: &str, name: &str) -> Place {
        Place { tenant: tenant.to_owned(), domain: None, name: name.to_owned() }
    }

    fn class(&self) -> &'static str {
        match (&self.domain, self.tenant.as_str()) {
            (Some(_), _) => DIRECTORY_CLASS,
            (None, "") => GLOBAL_CLASS,
            (None, _) => LOCAL_CLASS,
        }
    }
}

impl User {
    pub(super) fn new(uid: u64, place: Place, creator: &str, created: Timestamp) -> User {
        User {
            uid,
            class: place.class().to_owned(),
            uuid: None,
            place,
            attributes: Object::default(),
            password: None,
            former_passwords: Vec::new(),
            folders: 1,
            creator: creator.to_owned(),
            created,
            changes: 0,
            deleted: None,
            keys: BTreeMap::new(),
        }
    }

    pub(super) fn role(&self) -> Option<&str> {
        self.attributes.text("role")
    }

    /// Neither a role nor a status forbids it.
    pub(super) fn may_sign_in(&self) -> bool {
        self.deleted.is_none()
            && self.role() != Some("Disabled")
            && self.attributes.text("accountStatus") != Some("inactive")
    }

    pub(super) fn set_password(&mut self, password: &str) {
        let old = self.password.replace(password.to_owned());
        self.former_passwords.extend(old);
    }

    /// `objs/UID/TENANT/CLASS/NAME/MORE`
    pub(super) fn reference(&self) -> String {
        let Place { tenant, domain, name } = &self.place;
        let more = domain.as_deref().unwrap_or_default();
        let reference = format!("objs/{}/{tenant}/{}/{name}/{more}", self.uid, self.class);
        reference.trim_end_matches('/').to_owned()
    }

    /// Puts this in the place of everything that can be set. The class and what nobody can set
    /// stay; the name is the place's, and the password goes its own way.
    pub(super) fn replace(&mut self, mut object: Object) {
        for gone in FIXED.into_iter().chain(["name", "password"]) {
            object.remove(gone);
        }
        self.uuid = object.uuid.take();
        object.class = None;
        self.attributes = object;
    }

    /// Sets one attribute that is neither the name nor the password nor fixed.
    pub(super) fn set(&mut self, name: &str, value: Node) {
        self.attributes.set(name, value);
    }

    /// As everybody sees it: everything but the password.
    pub(super) fn object(&self) -> Object {
        let mut object = Object::of_class(&self.class)
            .with("uid", self.uid.to_string())
            .with("baseObjectRef", self.reference())
            .with("name", self.place.name.as_str());
        object.uuid.clone_from(&self.uuid);
        for name in KNOWN.into_iter().skip(1) {
            object.set(name, self.attributes.get(name).cloned().unwrap_or_default());
        }
        object.set("password", Node::Null);
        for (name, value) in self.attributes.attributes() {
            object.set(name, value.clone());
        }
        object
    }

    /// One attribute as everybody sees it; none if it has no such attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<Node> {
        match name {
            "uid" => Some(self.uid.to_string().into()),
            "baseObjectRef" => Some(self.reference().into()),
            "name" => Some(self.place.name.as_str().into()),
            "password" => Some(Node::Null),
            _ => match self.attributes.get(name) {
                None if KNOWN.contains(&name) => Some(Node::Null),
                there => there.cloned(),
            },
        }
    }

    /// Exactly these attributes, null where it has none.
    pub(super) fn selected<'a>(&self, names: impl Iterator<Item = &'a str>) -> Object {
        let none = Object::of_class(&self.class);
        names.fold(none, |object, name| object.with(name, self.attribute(name).unwrap_or_default()))
    }

    pub(super) fn living_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values().filter(|key| !key.deleted)
    }
}

/// A new user before anything is said of it.
pub(super) fn blank() -> Object {
    let none = Object::of_class(LOCAL_CLASS);
    let known = KNOWN.into_iter().chain(["password"]);
    let blank = known.fold(none, |object, name| object.with(name, Node::Null));
    with_defaults(blank)
}

/// What a user has if its creator said nothing.
pub(super) fn with_defaults(mut object: Object) -> Object {
    for (name, value) in [("role", "EndUser"), ("accountStatus", "active")] {
        if object.text(name).is_none() {
            object.set(name, value.into());
        }
    }
    object
}
