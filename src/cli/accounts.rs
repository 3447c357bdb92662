//! The kinds of account on the command line: one line each in [`all`].

mod portal_user;
mod update_user;

use std::marker::PhantomData;

use regex::Regex;
use serde_json::Value as Json;

use super::input::{Input, Origin, Reader};
use super::target::{Found, Resolver, Target};
use crate::kinds::AccountResource;
use crate::kinds::common::text;
use crate::kinds::portal_user::PortalUser;
use crate::kinds::update_user::UpdateUser;
use crate::plan::Account;
use crate::remote::RemoteError;

/// Every kind of account.
pub fn all() -> &'static [&'static dyn AnyKind] {
    &[&OfKind::<UpdateUser>(PhantomData), &OfKind::<PortalUser>(PhantomData)]
}

/// What the command line must know of a kind of account, besides what whoever reconciles objects must.
pub trait CliKind: AccountResource<Account: Account<Key = String>> {
    /// What a person calls one account, such as `update user`; with an `s`, several.
    const NOUN: &'static str;

    /// The fields of the spec that each name one account of the system, with what they say. Two objects that say the
    /// same claim one account.
    fn claims(&self) -> Vec<(&'static str, &str)>;

    /// The field that an account is created with and that can never change, if the system does not show it. It is
    /// remembered beside the memo.
    fn created_with(&self) -> Option<(&'static str, &str)> {
        None
    }

    /// Reads every account of the system, for `roster export`.
    fn list(client: &Self::Client) -> impl Future<Output = Result<Vec<Exported>, RemoteError>>;
}

/// One account as `roster export` shows it.
pub struct Exported {
    /// What a person knows the account by: manifests come in its order, and their names are made of it.
    pub name: String,
    /// The part of the spec that is about the account, or the field that cannot hold what the account has.
    pub spec: Result<serde_json::Map<String, Json>, &'static str>,
}

/// A kind of account, whichever it is.
pub trait AnyKind: Sync {
    /// The kind's name, for example `UpdateUser`.
    fn name(&self) -> &'static str;

    /// Reads an object of this kind.
    fn load(&self, reader: &mut Reader, object: Json, origin: Origin);

    /// Adds the objects of this kind to the targets of their sessions.
    fn resolve(
        &self,
        resolver: &Resolver<'_>,
        input: &Input,
        targets: &mut [Target],
        found: &mut Found,
    );
}

struct OfKind<K>(PhantomData<fn() -> K>);

impl<K: CliKind> AnyKind for OfKind<K> {
    fn name(&self) -> &'static str {
        K::Account::KIND
    }

    fn load(&self, reader: &mut Reader, object: Json, origin: Origin) {
        reader.account::<K>(object, origin);
    }

    fn resolve(
        &self,
        resolver: &Resolver<'_>,
        input: &Input,
        targets: &mut [Target],
        found: &mut Found,
    ) {
        resolver.accounts::<K>(input, targets, found);
    }
}

/// Whether the schema of the kind takes the text.
fn is_valid(text: &str, shape: &text::Shape, limit: usize) -> bool {
    let fits = |regex: Regex| regex.is_match(text);
    text.chars().count() <= limit && Regex::new(shape.regex).is_ok_and(fits)
}
