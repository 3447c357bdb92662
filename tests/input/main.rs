//! Reading manifests: what is taken, and what is told about what is not.

#![allow(clippy::unwrap_used, clippy::panic)]

mod documents;
mod fields;
mod places;
mod portal_users;
mod rules;
mod secrets;
mod sources;
mod syntax;

use std::path::PathBuf;

use roster::cli::input::{Input, InputErrors, Loaded, load};
use roster::kinds::update_user::UpdateUser;

/// Reads a text as standard input.
fn read(text: &str) -> Result<Input, InputErrors> {
    load(&[PathBuf::from("-")], text.as_bytes())
}

/// The update users that were read.
fn users(input: &Input) -> &[Loaded<UpdateUser>] {
    input.accounts.of()
}

/// All that is wrong with a text.
fn errors(text: &str) -> String {
    read(text).map_or_else(|errors| errors.to_string(), |_| "nothing is wrong".to_owned())
}

/// The first lines of all that is wrong with a text, and the place of each.
fn summary(text: &str) -> Vec<String> {
    let told = |errors: InputErrors| {
        let line = |problem: &roster::cli::input::Problem| {
            let place = problem.place().map_or_else(String::new, ToString::to_string);
            format!("{}: {}", place.trim_start_matches("<stdin>:"), problem.message())
        };
        errors.problems().iter().map(line).collect()
    };
    read(text).err().map(told).unwrap_or_default()
}

/// A session for `DynECT` with some more lines of specification.
fn session(more: &str) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1\nkind: ApiSession\nmetadata: {{name: dynect}}\nspec:\n  \
         dynect: {{customer: example}}\n  credentialsSecretRef: {{name: dynect-login}}\n{more}"
    )
}

/// An update user with some more lines of specification.
fn user(more: &str) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1\nkind: UpdateUser\nmetadata: {{name: edge1}}\nspec:\n  \
         sessionRef: {{name: dynect}}\n{more}"
    )
}

/// A portal user with some more lines of specification.
fn portal_user(more: &str) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1\nkind: PortalUser\nmetadata: {{name: dana}}\nspec:\n  \
         sessionRef: {{name: portal}}\n{more}"
    )
}
