//! The custom resources and how each maps to its system.
//!
//! A new kind is one folder, and one line in [`all`].

pub mod access_keys;
pub mod api_session;
pub mod common;
mod definition;
pub mod portal_user;
mod resource;
pub mod update_user;

pub use definition::{Definition, crds};
pub use resource::{AccountResource, KeyOf, ObservedOf};

use std::sync::LazyLock;

use api_session::ApiSession;
use portal_user::PortalUser;
use update_user::UpdateUser;

/// The API group of every kind.
pub const GROUP: &str = "roster.rs";
/// The version that every kind is served in.
pub const VERSION: &str = "v1alpha1";

/// Every kind, in the order in which they depend on each other.
pub fn all() -> &'static [Definition] {
    static ALL: LazyLock<Vec<Definition>> = LazyLock::new(|| {
        vec![
            Definition::of::<ApiSession>(),
            Definition::of::<UpdateUser>(),
            Definition::of::<PortalUser>(),
        ]
    });
    &ALL
}
