//! S3 keys.

use super::failure::Failure;
use super::node::{Node, Object};
use super::request::Target;
use super::rights::Right;
use super::state::{Caller, Outcome, State};
use super::user::User;

impl State {
    /// The keys of a user, by its uid; without their secrets.
    pub(super) fn api_keys(&self, owner: &Node, caller: &Caller) -> Outcome {
        let owner = self.find(&uid_in(owner)?, caller)?;
        let keys = self.portal.user(owner).into_iter().flat_map(User::living_keys);
        let keys = keys.map(|key| {
            let key = Object::of_class("ApiKey")
                .with("uid", key.uid.to_string())
                .with("accessKey", key.access.as_str())
                .with("activated", key.activated.to_string());
            Node::from(key)
        });
        Ok(Node::List(keys.collect()))
    }

    /// Makes another key, whatever there is. Its secret is in this answer and nowhere else.
    pub(super) fn create_api_key(&mut self, owner: &Node, caller: &Caller) -> Outcome {
        let owner = self.find(&uid_in(owner)?, caller)?;
        self.grant(caller, Right::ManageUsers)?;
        let count = self.portal.user(owner).map_or(0, |user| user.living_keys().count());
        let most = self.switches.key_limit;
        if u32::try_from(count).is_ok_and(|count| count >= most) {
            let message = format!("A user can have {most} keys");
            return Err(Failure::new(self.switches.key_limit_status, "limit", message));
        }
        let key = self.portal.create_key(owner, &caller.label, self.now);
        let key = key.ok_or_else(|| Failure::not_found("There is no such user"))?;
        let made = Object::of_class("CreateApiKeyResponse")
            .with("accessKey", key.access.as_str())
            .with("secretKey", key.secret.as_str());
        Ok(made.into())
    }

    /// Deletes a key, by its own uid.
    pub(super) fn delete_api_key(&mut self, key: &Node, caller: &Caller) -> Outcome {
        self.grant(caller, Right::ManageUsers)?;
        let uid = key.as_text().and_then(|uid| uid.parse::<u64>().ok());
        let mut keys = self.portal.keys();
        let found =
            keys.find(|(owner, key)| Some(key.uid) == uid && owner.place.tenant == caller.tenant);
        let found = found.map(|(owner, key)| (owner.uid, key.uid));
        drop(keys);
        let (owner, key) = found.ok_or_else(|| Failure::not_found("There is no such key"))?;
        self.portal.delete_key(owner, key);
        Ok(Node::Null)
    }
}

fn uid_in(node: &Node) -> Result<Target, Failure> {
    let uid = node.as_text().and_then(|uid| uid.parse().ok());
    uid.map(Target::Uid).ok_or_else(|| Failure::invalid("The uid of a user is expected"))
}
