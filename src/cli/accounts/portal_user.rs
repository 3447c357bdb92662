//! `PortalUser` on the command line.

use serde_json::{Map, Value as Json, json};

use super::{CliKind, Exported, is_valid};
use crate::kinds::common::text;
use crate::kinds::portal_user::{PortalUser, Role};
use crate::remote::RemoteError;
use crate::systems::ctera::{Client, Place, User};

const NAME: &str = "name";

impl CliKind for PortalUser {
    const NOUN: &'static str = "portal user";

    /// Names of users of a directory are told apart by the engine, which knows both halves.
    fn claims(&self) -> Vec<(&'static str, &str)> {
        if self.spec.directory.is_some() { Vec::new() } else { vec![(NAME, &self.spec.name)] }
    }

    /// The portal's own users, then those of each directory.
    async fn list(client: &Client) -> Result<Vec<Exported>, RemoteError> {
        let mut users = client.list_users(&Place::Local).await?.users;
        for domain in client.domains().await? {
            users.extend(client.list_users(&Place::Directory { domain }).await?.users);
        }
        Ok(users.into_iter().map(exported).collect())
    }
}

fn exported(user: User) -> Exported {
    let User {
        uid: _,
        name,
        place,
        email,
        first_name,
        last_name,
        company,
        comment,
        role,
        account_status: _,
    } = user;
    if !is_valid(&name, &text::PORTAL_NAME, 128) {
        return Exported { name, spec: Err(NAME) };
    }
    let mut spec = Map::from_iter([(NAME.to_owned(), json!(name))]);
    if let Place::Directory { domain } = place {
        spec.insert("directory".to_owned(), json!(domain));
        return Exported { name, spec: Ok(spec) };
    }
    let role = role.and_then(|wire| Role::meant_by(&wire));
    let mut put = |field: &str, value: Option<String>, shape: &text::Shape, limit: usize| {
        // What no manifest can hold is left as it is at the portal.
        let value = value.filter(|value| !value.is_empty() && is_valid(value, shape, limit));
        spec.extend(value.map(|value| (field.to_owned(), Json::from(value))));
    };
    put("email", email, &text::EMAIL, 254);
    put("firstName", first_name, &text::PLAIN_TEXT, 255);
    put("lastName", last_name, &text::PLAIN_TEXT, 255);
    put("company", company, &text::PLAIN_TEXT, 255);
    put("comment", comment, &text::PLAIN_TEXT, 1024);
    spec.extend(role.map(|role| ("role".to_owned(), json!(role))));
    Exported { name, spec: Ok(spec) }
}
