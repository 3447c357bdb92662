//! `UpdateUser` on the command line.

use serde_json::{Map, Value as Json, json};

use super::{CliKind, Exported, is_valid};
use crate::kinds::common::text;
use crate::kinds::update_user::UpdateUser;
use crate::remote::RemoteError;
use crate::systems::dynect::{self, Client, LoginState};

const NICKNAME: &str = "nickname";
const USER_NAME: &str = "userName";

/// The longest `userName` and the longest `nickname` of the schema.
const USER_NAME_LIMIT: usize = 64;
const NICKNAME_LIMIT: usize = 17;

impl CliKind for UpdateUser {
    const NOUN: &'static str = "update user";

    fn claims(&self) -> Vec<(&'static str, &str)> {
        let fields = [(NICKNAME, &self.spec.nickname), (USER_NAME, &self.spec.user_name)];
        fields.into_iter().filter_map(|(field, value)| Some((field, value.as_deref()?))).collect()
    }

    fn created_with(&self) -> Option<(&'static str, &str)> {
        Some((NICKNAME, self.spec.nickname.as_deref()?))
    }

    async fn list(client: &Client) -> Result<Vec<Exported>, RemoteError> {
        Ok(client.list_update_users().await?.into_iter().map(exported).collect())
    }
}

fn exported(user: dynect::UpdateUser) -> Exported {
    let dynect::UpdateUser { user_name, status, password: _, nickname } = user;
    if !is_valid(&user_name, &text::PATH_SEGMENT, USER_NAME_LIMIT) {
        return Exported { name: user_name, spec: Err(USER_NAME) };
    }
    let state = status.map(|status| match status {
        LoginState::Active => "Active",
        LoginState::Blocked => "Blocked",
    });
    let nickname = nickname.filter(|nickname| is_valid(nickname, &text::NICKNAME, NICKNAME_LIMIT));
    let mut spec = Map::from_iter([(USER_NAME.to_owned(), json!(user_name))]);
    spec.extend(state.map(|state| ("loginState".to_owned(), json!(state))));
    spec.extend(nickname.map(|nickname| (NICKNAME.to_owned(), Json::from(nickname))));
    Exported { name: user_name, spec: Ok(spec) }
}
