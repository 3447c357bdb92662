//! What clients do to users.

use super::failure::Failure;
use super::node::{Node, Object};
use super::passwords::Policy;
use super::portal::GLOBAL;
use super::request::Target;
use super::rights::{Right, check_role, is_administrator};
use super::state::{Caller, Outcome, State};
use super::user::{FIXED, Place, User, with_defaults};

impl State {
    pub(super) fn domains(&self, caller: &Caller) -> Node {
        let tenant = self.portal.tenant(&caller.tenant);
        let domains = tenant.into_iter().flat_map(|tenant| &tenant.domains);
        Node::List(domains.map(|name| name.as_str().into()).collect())
    }

    pub(super) fn check_domain(
        &self,
        domain: Option<&str>,
        caller: &Caller,
    ) -> Result<(), Failure> {
        let tenant = self.portal.tenant(&caller.tenant);
        match domain {
            Some(name) if !tenant.is_some_and(|tenant| tenant.domains.contains(name)) => {
                Err(Failure::not_found(format!("Domain {name} does not exist")))
            }
            _ => Ok(()),
        }
    }

    /// The uid of a living user of the tenant that the session has selected.
    pub(super) fn find(&self, target: &Target, caller: &Caller) -> Result<u64, Failure> {
        match target {
            Target::Named { domain, name } => {
                let place = Place { domain: domain.clone(), ..Place::local(&caller.tenant, name) };
                self.portal.uid(&place).ok_or_else(|| Failure::no_user(name))
            }
            Target::Uid(uid) => {
                let user = self.portal.user(*uid);
                let user = user.filter(|user| user.place.tenant == caller.tenant);
                let unknown = || Failure::not_found(format!("Object {uid} does not exist"));
                user.map(|user| user.uid).ok_or_else(unknown)
            }
        }
    }

    /// Exactly what was asked for, null where there is nothing.
    pub(super) fn get_multi(&self, uid: Option<u64>, paths: &Node) -> Outcome {
        let paths = paths.as_list().ok_or_else(|| Failure::invalid("A list is expected"))?;
        let names = paths.iter().filter_map(Node::as_text);
        let names = names.map(|path| path.strip_prefix('/').unwrap_or(path));
        let user = uid.and_then(|uid| self.portal.user(uid));
        let object = match user {
            Some(user) => user.selected(names),
            None => names.fold(Object::default(), |object, name| object.with(name, Node::Null)),
        };
        Ok(object.into())
    }

    pub(super) fn add_user(&mut self, object: Node, caller: &Caller) -> Outcome {
        let object = expected_object(object)?;
        let name = name_in(&object)?;
        let password = object.text("password").filter(|password| !password.is_empty());
        let password = password.ok_or_else(|| Failure::invalid("A password is expected"))?;
        let password = password.to_owned();
        self.grant(caller, Right::ManageUsers)?;
        check_role(&object.get("role").cloned().unwrap_or_default())?;
        if is_administrator(object.text("role")) {
            self.grant(caller, Right::ChangeRoles)?;
        }
        let place = Place::local(&caller.tenant, &name);
        if self.portal.uid(&place).is_none() {
            // Who is there already is told so first.
            Policy::of(&self.switches).check(&password, &name, &object, &[])?;
        }
        let taken = self.switches.duplicate_status;
        let uid = self
            .portal
            .create(place, with_defaults(object), &caller.label, self.now)
            .map_err(|error| error.refused_with(taken))?;
        let user = self.portal.user_mut(uid);
        Ok(user.map_or(Node::Null, |user| {
            user.password = Some(password);
            user.reference().into()
        }))
    }

    /// Replaces all that can be set, or nothing.
    pub(super) fn put_user(&mut self, uid: u64, object: Node, caller: &Caller) -> Outcome {
        let object = expected_object(object)?;
        let name = name_in(&object)?;
        self.check_change(uid, &object, caller)?;
        let password = new_password(&object);
        if let Some(password) = &password {
            self.check_password(uid, password, &name, &object)?;
        }
        let taken = self.switches.duplicate_status;
        self.portal.rename(uid, &name).map_err(|error| error.refused_with(taken))?;
        let user = self.portal.user_mut(uid).ok_or_else(|| Failure::no_user(&name))?;
        user.replace(object);
        if let Some(password) = password {
            user.set_password(&password);
        }
        user.changes += 1;
        Ok(user.object().into())
    }

    pub(super) fn put_attribute(
        &mut self,
        uid: u64,
        attribute: &str,
        value: Node,
        caller: &Caller,
    ) -> Outcome {
        if FIXED.contains(&attribute) {
            return Err(Failure::invalid(format!("{attribute} cannot be set")));
        }
        let user =
            self.portal.user(uid).ok_or_else(|| Failure::not_found("There is no such user"))?;
        // The same as replacing the whole object, with this one attribute changed.
        let changed = user.object().with(attribute, value);
        self.put_user(uid, changed.into(), caller)?;
        let user = self.portal.user(uid);
        Ok(user.and_then(|user| user.attribute(attribute)).unwrap_or_default())
    }

    pub(super) fn delete_user(&mut self, uid: u64, with_folders: bool, caller: &Caller) -> Outcome {
        self.grant(caller, Right::ManageUsers)?;
        self.portal.delete(uid, with_folders, &caller.label, self.now);
        Ok(Node::Null)
    }

    /// Whether the caller may make of the user what the object says.
    fn check_change(&self, uid: u64, object: &Object, caller: &Caller) -> Result<(), Failure> {
        let user =
            self.portal.user(uid).ok_or_else(|| Failure::not_found("There is no such user"))?;
        if user.place.domain.is_some() {
            let message = "A user of a directory is changed in its directory";
            return Err(Failure::invalid(message));
        }
        let differs = |name| {
            let (old, new) = (user.attribute(name), object.get(name).cloned());
            old.unwrap_or_default() != new.unwrap_or_default()
        };
        self.grant(caller, Right::ManageUsers)?;
        if differs("role") {
            check_role(&object.get("role").cloned().unwrap_or_default())?;
            self.grant(caller, Right::ChangeRoles)?;
        }
        if differs("email") {
            self.grant(caller, Right::ChangeEmail)?;
        }
        if new_password(object).is_some() {
            self.grant(caller, Right::ChangePassword)?;
        }
        Ok(())
    }

    fn check_password(
        &self,
        uid: u64,
        password: &str,
        name: &str,
        object: &Object,
    ) -> Result<(), Failure> {
        let former: Vec<&str> = self.portal.user(uid).into_iter().flat_map(passwords_of).collect();
        Policy::of(&self.switches).check(password, name, object, &former)
    }

    /// Whether everybody of every tenant is asked for, which only the global context allows.
    pub(super) fn is_for_all(object: &Object, caller: &Caller) -> bool {
        caller.home == GLOBAL && caller.is_global() && object.text("allPortals") == Some("true")
    }
}

/// The passwords that a user has and had, the latest first.
fn passwords_of(user: &User) -> impl Iterator<Item = &str> {
    user.password.iter().chain(user.former_passwords.iter().rev()).map(String::as_str)
}

fn expected_object(value: Node) -> Result<Object, Failure> {
    match value {
        Node::Object(object) => Ok(object),
        _ => Err(Failure::invalid("An object is expected")),
    }
}

fn name_in(object: &Object) -> Result<String, Failure> {
    let name = object.text("name").filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| Failure::invalid("A user needs a name"))
}

/// None if the password stays: null, absent or empty.
fn new_password(object: &Object) -> Option<String> {
    object.text("password").filter(|password| !password.is_empty()).map(str::to_owned)
}
