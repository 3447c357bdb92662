//! Who may do what, and the reports about it.

use serde_json::{Map, Value, json};

use super::accounts::User;
use super::envelope::{Done, Failure, Outcome};
use super::state::{Caller, State};

/// What managing update users takes.
pub(super) const ADD: &str = "UpdateUserAdd";
pub(super) const UPDATE: &str = "UpdateUserUpdate";
pub(super) const DELETE: &str = "UpdateUserDelete";

impl State {
    /// Refuses who holds none of the permissions.
    pub(super) fn require(&self, caller: &Caller, any_of: &[&str]) -> Result<(), Failure> {
        let user = self.accounts.user(&caller.customer, &caller.user_name);
        if user.is_some_and(|user| any_of.iter().any(|name| user.may(name))) {
            return Ok(());
        }
        let status = self.switches.permission_denied_status;
        let info = format!("permission: {} is required", any_of.join(" or "));
        Err(Failure::new(status, "PERMISSION_DENIED", info))
    }

    pub(super) fn report_permissions(
        &self,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Outcome {
        let user_name = match arguments.get("user_name") {
            None | Some(Value::Null) => caller.user_name.as_str(),
            Some(name) => name
                .as_str()
                .ok_or_else(|| Failure::invalid("user_name: A user name is expected"))?,
        };
        let user = self
            .accounts
            .user(&caller.customer, user_name)
            .ok_or_else(|| Failure::not_found("user_name: No such user"))?;
        Ok(Done::new("get: Done", user.report(|_| true)))
    }

    pub(super) fn check_permissions(
        &self,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Outcome {
        let missing = self.switches.missing_data_status;
        let names = arguments
            .get("permission")
            .ok_or_else(|| Failure::missing(missing, &["permission"]))?
            .as_array()
            .ok_or_else(|| Failure::invalid("permission: An array is expected"))?;
        let user = self
            .accounts
            .user(&caller.customer, &caller.user_name)
            .ok_or_else(|| Failure::not_found("user_name: No such user"))?;
        let asked_for = |name: &str| names.iter().any(|asked| asked == name);
        Ok(Done::new("get: Done", user.report(asked_for)))
    }
}

impl User {
    fn may(&self, permission: &str) -> bool {
        self.administrator || self.permissions.contains(permission)
    }

    fn report(&self, shown: impl Fn(&str) -> bool) -> Value {
        let (names, reason): (Vec<&str>, _) = if self.administrator {
            (vec![ADD, UPDATE, DELETE], "ADMIN")
        } else {
            (self.permissions.iter().map(String::as_str).collect(), "USER")
        };
        let allowed: Vec<_> = names
            .into_iter()
            .filter(|name| shown(name))
            .map(|name| json!({"name": name, "zone": [], "reason": [reason]}))
            .collect();
        let admin_override = if self.administrator { "1" } else { "0" };
        json!({"admin_override": admin_override, "allowed": allowed, "forbidden": []})
    }
}
