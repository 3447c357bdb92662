//! The update users: list, create, read, change, delete.

use serde_json::{Map, Value, json};

use super::accounts::{AccountError, NewUpdateUser, UpdateUser};
use super::envelope::{Done, Failure, Outcome};
use super::permissions::{ADD, DELETE, UPDATE};
use super::state::{Caller, State};

/// Length of a nickname that the vendor names.
const NICKNAME_LIMIT: usize = 17;

/// Any of these lets one read, if reading takes a permission at all; the vendor lists none for it.
const READ: [&str; 3] = [ADD, UPDATE, DELETE];

impl State {
    pub(super) fn list(&self, detail: bool, caller: &Caller) -> Outcome {
        self.require_reading(caller)?;
        let with_password = self.switches.password_in_list;
        let update_users = self.accounts.customer(&caller.customer).map(|c| &c.update_users);
        let list = update_users.into_iter().flatten().map(|(user_name, user)| {
            if detail || !self.switches.detail_required {
                self.record(user_name, user, with_password)
            } else {
                let segment: String =
                    url::form_urlencoded::byte_serialize(user_name.as_bytes()).collect();
                json!(format!("/REST/UpdateUser/{}/", segment.replace('+', "%20")))
            }
        });
        Ok(Done::new("get: Done", Value::Array(list.collect())))
    }

    pub(super) fn create(&mut self, arguments: &Map<String, Value>, caller: &Caller) -> Outcome {
        self.require(caller, &[ADD])?;
        let missing: Vec<_> = ["nickname", "password"]
            .into_iter()
            .filter(|name| !arguments.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::missing(self.switches.missing_data_status, &missing));
        }
        let nickname = text(arguments, "nickname")?;
        let password = text(arguments, "password")?;
        if nickname.chars().count() > NICKNAME_LIMIT {
            return Err(Failure::invalid("nickname: Must not exceed 17 characters"));
        }
        let plain = nickname.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if self.switches.strict_nicknames && !plain {
            return Err(Failure::invalid("nickname: Must be letters, digits and dashes"));
        }
        let new = NewUpdateUser {
            nickname: nickname.to_owned(),
            user_name: None,
            password: password.to_owned(),
            blocked: false,
        };
        let user_name = self
            .accounts
            .create(&caller.customer, new, &caller.label, self.now)
            .map_err(|error| refused(&error))?;
        self.shown("create: Done", &user_name, caller, true)
    }

    pub(super) fn get(&self, user_name: &str, caller: &Caller) -> Outcome {
        self.require_reading(caller)?;
        if self.switches.strict_get_one {
            return self.get_password(user_name, caller);
        }
        self.shown("get: Done", user_name, caller, self.switches.password_in_get_one)
    }

    pub(super) fn get_password(&self, user_name: &str, caller: &Caller) -> Outcome {
        self.require_reading(caller)?;
        let user = self.accounts.update_user(&caller.customer, user_name).ok_or_else(no_user)?;
        Ok(Done::new("get: Done", json!({"password": user.password})))
    }

    pub(super) fn update(
        &mut self,
        user_name: &str,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Outcome {
        self.require(caller, &[UPDATE])?;
        let fails_on_repeat = self.switches.fail_on_repeated_block;
        let user =
            self.accounts.update_user_mut(&caller.customer, user_name).ok_or_else(no_user)?;
        for (name, blocks) in [("block", true), ("unblock", false)] {
            let Some(value) = arguments.get(name) else { continue };
            if arguments.len() > 1 {
                return Err(Failure::invalid(format!("{name}: Must be the only argument")));
            }
            if !is_yes(value) {
                return Err(Failure::invalid(format!("{name}: Must be true")));
            }
            if fails_on_repeat && user.blocked() == blocks {
                let info = format!("{name}: The user is {} already", status(user));
                return Err(Failure::new(400, "ILLEGAL_OPERATION", info));
            }
            user.set_blocked(blocks);
        }
        if arguments.get("user_name").is_some_and(|name| name != user_name) {
            return Err(Failure::invalid("user_name: Cannot be changed"));
        }
        if arguments.contains_key("password") {
            let password = text(arguments, "password")?;
            if password.is_empty() {
                return Err(Failure::invalid("password: Must not be empty"));
            }
            user.set_password(password.to_owned());
        }
        self.shown("update: Done", user_name, caller, self.switches.password_in_put_replies)
    }

    pub(super) fn delete(&mut self, user_name: &str, caller: &Caller) -> Outcome {
        self.require(caller, &[DELETE])?;
        self.accounts
            .delete(&caller.customer, user_name, &caller.label, self.now)
            .map_err(|error| refused(&error))?;
        Ok(Done::new("delete: Done", json!({})))
    }

    fn require_reading(&self, caller: &Caller) -> Result<(), Failure> {
        if self.switches.reads_need_permission { self.require(caller, &READ) } else { Ok(()) }
    }

    fn shown(&self, info: &str, user_name: &str, caller: &Caller, with_password: bool) -> Outcome {
        let user = self.accounts.update_user(&caller.customer, user_name).ok_or_else(no_user)?;
        Ok(Done::new(info, self.record(user_name, user, with_password)))
    }

    fn record(&self, user_name: &str, user: &UpdateUser, with_password: bool) -> Value {
        let mut record = Map::from_iter([
            ("user_name".to_owned(), json!(user_name)),
            ("status".to_owned(), json!(status(user))),
            ("group_name".to_owned(), json!([])),
        ]);
        if with_password {
            record.insert("password".to_owned(), json!(user.password));
        }
        if self.switches.nickname_in_replies {
            record.insert("nickname".to_owned(), json!(user.nickname()));
        }
        Value::Object(record)
    }
}

fn status(user: &UpdateUser) -> &'static str {
    if user.blocked() { "blocked" } else { "active" }
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    arguments
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::invalid(format!("{name}: A string is expected")))
}

/// JSON `true` is what the vendor's client sends for update users, `"True"` for users; the vendor's
/// help types it as a string.
fn is_yes(value: &Value) -> bool {
    *value == Value::Bool(true) || value.as_str().is_some_and(|text| ["True", "Y"].contains(&text))
}

fn no_user() -> Failure {
    Failure::not_found("user_name: No such user")
}

fn refused(error: &AccountError) -> Failure {
    match error {
        AccountError::NicknameTaken(_) | AccountError::UserNameTaken(_) => {
            Failure::new(400, "TARGET_EXISTS", "nickname: Name already exists")
        }
        AccountError::UnknownCustomer(_) | AccountError::UnknownUser(_) => no_user(),
    }
}
