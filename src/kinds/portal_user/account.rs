//! `PortalUser` as the engine sees it: where it is among the users, and what differs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::change::{
    COMMENT, COMPANY, EMAIL, FIRST_NAME, LAST_NAME, NAME, PASSWORD, PortalUserChange, ROLE,
};
use super::{PasswordChange, Role};
use crate::kinds::common::{DesiredPassword, MarkerKey};
use crate::plan::{Account, Located, Marker, Memo, ObjectName, Refusal, Seen, Snapshot, Verb};
use crate::systems::ctera::{Place, User};

/// A portal user as declared, with its password resolved.
#[derive(Debug)]
pub struct PortalUserAccount {
    pub object: ObjectName,
    pub name: String,
    pub place: Place,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub role: Option<Role>,
    pub company: Option<String>,
    pub comment: Option<String>,
    pub password: DesiredPassword,
    pub password_change: Option<PasswordChange>,
    pub acknowledged: Option<String>,
    pub key: MarkerKey,
}

/// What a text field is called, what it is to be, and what the portal shows.
type Field<'a> = (&'static str, Option<&'a str>, Option<&'a str>);

impl PortalUserAccount {
    /// For each managed field, the marker of its declared value.
    #[must_use]
    pub fn markers(&self) -> BTreeMap<&'static str, Marker> {
        if self.is_of_a_directory() {
            return BTreeMap::new();
        }
        let texts = self.texts(None).into_iter().filter_map(|(field, to, _)| Some((field, to?)));
        let role = self.role.map(|role| (ROLE, role.wire()));
        let password = self.password.at_creation().map(|value| (PASSWORD, value.expose_secret()));
        let all = texts.chain(role).chain(password);
        all.map(|(field, value)| (field, self.key.mark(&self.object, field, value))).collect()
    }

    fn is_of_a_directory(&self) -> bool {
        self.place != Place::Local
    }

    /// Every field that is text to the portal and to the author alike.
    fn texts<'a>(&'a self, seen: Option<&'a User>) -> [Field<'a>; 6] {
        fn of<'u>(
            seen: Option<&'u User>,
            get: impl Fn(&'u User) -> Option<&'u String>,
        ) -> Option<&'u str> {
            seen.and_then(get).map(String::as_str)
        }
        [
            (NAME, Some(&self.name), seen.map(|user| user.name.as_str())),
            (EMAIL, self.email.as_deref(), of(seen, |user| user.email.as_ref())),
            (FIRST_NAME, self.first_name.as_deref(), of(seen, |user| user.first_name.as_ref())),
            (LAST_NAME, self.last_name.as_deref(), of(seen, |user| user.last_name.as_ref())),
            (COMPANY, self.company.as_deref(), of(seen, |user| user.company.as_ref())),
            (COMMENT, self.comment.as_deref(), of(seen, |user| user.comment.as_ref())),
        ]
    }

    fn role_change(&self, seen: &User) -> Option<PortalUserChange> {
        let role = self.role?;
        let from = seen.role.as_deref();
        let differs = from.is_none_or(|from| !role.is_meant_by(from));
        let from = from.map(|wire| {
            Role::meant_by(wire).map_or_else(|| wire.to_owned(), |role| role.to_string())
        });
        differs.then(|| PortalUserChange::Text { field: ROLE, from, to: role.to_string() })
    }

    /// The portal shows no password, so it differs only if it is known that another one was applied last.
    fn password_change(&self, memo: &Memo<String>) -> Option<PortalUserChange> {
        let DesiredPassword::Value(password) = &self.password else { return None };
        let declared = self.key.mark(&self.object, PASSWORD, password.expose_secret());
        let differs = memo.applied.get(PASSWORD).is_some_and(|applied| *applied != declared);
        differs.then_some(PortalUserChange::Password { new: false })
    }

    /// The marker of all that a new user shows. An empty text and none are the same to the portal's readers.
    fn look_of(&self, texts: [Option<&str>; 6], role: Role) -> Marker {
        let parts = texts.map(Option::unwrap_or_default);
        let look = parts.map(|text| format!("{}:{text} ", text.len())).concat();
        self.key.mark(&self.object, "look of a new user", &format!("{look}{role}"))
    }

    /// Whether the user looks exactly as the one that a create of ours would have made. What is declared now does not
    /// matter: it can have changed since.
    fn looks_created(&self, user: &User, evidence: &Marker) -> bool {
        let texts = self.texts(Some(user)).map(|(_, _, seen)| seen);
        let role = user.role.as_deref().and_then(Role::meant_by);
        user.place == Place::Local
            && role.is_some_and(|role| self.look_of(texts, role) == *evidence)
    }

    /// The user that a create of ours has made whose reply was lost: the one that has the name now, or had it when the
    /// create began.
    fn locate_begun(
        &self,
        evidence: &Marker,
        named: Option<&String>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&String) -> bool,
    ) -> Option<String> {
        let is_it = |uid: &String, user: &User| self.looks_created(user, evidence) && !is_held(uid);
        let first = named.filter(|uid| match seen.look(uid) {
            Seen::Found(user) => is_it(uid, user),
            Seen::Absent | Seen::Unknown => false,
        });
        let all = || seen.accounts().iter().find(|(uid, user)| is_it(uid, user));
        first.or_else(|| all().map(|(uid, _)| uid)).cloned()
    }

    /// Where a user of this name is.
    fn locate_by_name(&self, seen: &Snapshot<Self>) -> Seen<String> {
        match seen.look_for_alias(&full_name(&self.place, &self.name)) {
            Seen::Found(uid) => Seen::Found(uid.clone()),
            Seen::Absent => Seen::Absent,
            Seen::Unknown => Seen::Unknown,
        }
    }

    fn incomplete(missing: &str) -> Refusal {
        Refusal::Incomplete { missing: missing.to_owned() }
    }
}

impl Account for PortalUserAccount {
    const KIND: &'static str = "PortalUser";

    /// The uid, which the portal assigns. It stays when the user is renamed and is never given again.
    type Key = String;
    /// The portal's own users, and those of each directory.
    type Part = Place;
    type Observed = User;
    type Change = PortalUserChange;

    /// By the recorded uid, else by the name. A user that has the name and another uid than the recorded one was made by
    /// somebody else. One that was found after a create of ours had begun is ours if it looks as it was to look.
    fn locate(
        &self,
        memo: &Memo<String>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&String) -> bool,
    ) -> Result<Located<String>, Refusal> {
        if let Some(uid) = &memo.key {
            match seen.look(uid) {
                Seen::Found(_) => return Ok(Located::Found(uid.clone())),
                Seen::Unknown => return Ok(Located::Unknown),
                Seen::Absent => {}
            }
        }
        let named = self.locate_by_name(seen);
        let at_name = match &named {
            Seen::Found(uid) => Some(uid),
            Seen::Absent | Seen::Unknown => None,
        };
        let claim = memo.claim.as_ref().filter(|_| memo.key.is_none());
        let evidence = claim.and_then(|claim| claim.evidence.as_ref());
        if let Some(evidence) = evidence
            && let Some(uid) = self.locate_begun(evidence, at_name, seen, is_held)
        {
            return Ok(Located::Found(uid));
        }
        Ok(match named {
            Seen::Found(uid) if memo.key.is_some() || claim.is_some() => Located::Other(uid),
            Seen::Found(uid) => Located::Found(uid),
            Seen::Absent => Located::Absent,
            Seen::Unknown => Located::Unknown,
        })
    }

    /// All in one request, so the order is that of the manifest.
    fn changes(&self, observed: &User, memo: &Memo<String>) -> Vec<PortalUserChange> {
        if self.is_of_a_directory() {
            return Vec::new();
        }
        let texts = self.texts(Some(observed)).into_iter().filter_map(|(field, to, seen)| {
            let to = to?;
            let from = seen.filter(|seen| !seen.is_empty()).map(str::to_owned);
            let differs = seen.unwrap_or_default() != to;
            differs.then(|| PortalUserChange::Text { field, from, to: to.to_owned() })
        });
        texts.chain(self.role_change(observed)).chain(self.password_change(memo)).collect()
    }

    fn creation(&self) -> Result<Vec<PortalUserChange>, Refusal> {
        if self.is_of_a_directory() {
            return Err(Refusal::AccountMissing {
                account: full_name(&self.place, &self.name),
                remedy: "users of a directory are fetched by the portal itself, when they sign in or when an administrator fetches them; do that, or correct name and directory",
            });
        }
        for (field, value) in
            [(EMAIL, &self.email), (FIRST_NAME, &self.first_name), (LAST_NAME, &self.last_name)]
        {
            if value.as_deref().is_none_or(str::is_empty) {
                return Err(Self::incomplete(&format!(
                    "a new user needs {field}; set spec.{field}"
                )));
            }
        }
        match &self.password {
            DesiredPassword::Value(_) | DesiredPassword::AtCreation(_) => {}
            DesiredPassword::Missing(why) => return Err(Self::incomplete(why)),
            DesiredPassword::Unmanaged => {
                return Err(Self::incomplete(
                    "a new user needs a password; set password.secretKeyRef or password.generate",
                ));
            }
        }
        let texts = self.texts(None).into_iter().filter_map(|(field, to, _)| {
            let to = to.filter(|to| !to.is_empty())?.to_owned();
            Some(PortalUserChange::Text { field, from: None, to })
        });
        let role = self.role.unwrap_or(Role::OF_A_NEW_USER).to_string();
        let role = PortalUserChange::Text { field: ROLE, from: None, to: role };
        let password = PortalUserChange::Password { new: true };
        let said = self.password_change.as_ref().map(|_| PortalUserChange::PasswordChange);
        Ok(texts.chain([role, password]).chain(said).collect())
    }

    fn claim(&self) -> Option<String> {
        Some(claim_of(&self.place, &self.name))
    }

    fn alias(observed: &User) -> Option<Cow<'_, str>> {
        Some(match &observed.place {
            Place::Local => Cow::from(&observed.name),
            place @ Place::Directory { .. } => Cow::from(full_name(place, &observed.name)),
        })
    }

    fn part(&self) -> Place {
        self.place.clone()
    }

    fn title(key: &String, observed: Option<&User>) -> String {
        match observed {
            Some(user) => full_name(&user.place, &user.name),
            None => format!("uid {key}"),
        }
    }

    /// Deleting takes an acknowledgement, and an account that is proven to be ours.
    fn removal(&self, verb: Verb, key: &String, memo: &Memo<String>) -> Result<(), Refusal> {
        let account = full_name(&self.place, &self.name);
        match verb {
            Verb::Delete => {
                let proven = memo.key.as_ref() == Some(key) || memo.claim.is_some();
                if !proven {
                    return Err(Refusal::NotOurs { account });
                }
                if self.acknowledged.as_ref() != Some(&self.name) {
                    let remedy = format!(
                        "set acknowledgeDataLoss: {} to have it deleted, or another deletionPolicy",
                        self.name
                    );
                    return Err(Refusal::DataLoss { account, remedy });
                }
                Ok(())
            }
            Verb::Disable if self.is_of_a_directory() => Err(Self::incomplete(
                "a user of a directory is never edited, so it cannot be disabled; set deletionPolicy: Retain or Delete",
            )),
            Verb::Create | Verb::Update | Verb::Disable => Ok(()),
        }
    }

    fn signature(&self) -> Option<Marker> {
        let texts = self.texts(None).map(|(_, to, _)| to);
        Some(self.look_of(texts, self.role.unwrap_or(Role::OF_A_NEW_USER)))
    }

    fn evidence(&self, _seen: &Snapshot<Self>) -> Option<Marker> {
        self.signature()
    }

    fn is_unchanged(before: &User, now: &User) -> bool {
        before == now
    }

    fn is_disabled(observed: &User) -> bool {
        observed.role.as_deref() == Some(Role::Disabled.wire())
    }
}

/// What an account of this name claims.
pub(super) fn claim_of(place: &Place, name: &str) -> String {
    format!("user {}", full_name(place, name))
}

/// The name that no other user of the tenant has: `dana`, or `corp.example\ann` for a user of a directory. A local name
/// holds no backslash.
pub(super) fn full_name(place: &Place, name: &str) -> String {
    match place {
        Place::Local => name.to_owned(),
        Place::Directory { domain } => format!("{domain}\\{name}"),
    }
}
