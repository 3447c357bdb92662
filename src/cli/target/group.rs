//! The objects of one kind that use one session.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::Purpose;
use crate::cli::accounts::{CliKind, Exported};
use crate::cli::keys::key_changes;
use crate::cli::output_secrets::OutputSecrets;
use crate::cli::planned::{AnyPlanned, Planned};
use crate::cli::state::State;
use crate::kinds::common::Keeping;
use crate::plan::{Account, Declared, Management, ObjectName, Rules};
use crate::remote::RemoteError;
use crate::sync::preview;

/// The objects of one kind that use one session.
pub struct Group<K: CliKind> {
    pub members: Members<K>,
    pub declared: Vec<Declared<K::Account>>,
}

/// What is known of the objects besides what is declared of their accounts.
pub struct Members<K: CliKind> {
    pub client: Arc<K::Client>,
    /// What is to be kept of each object's credentials.
    pub keeping: BTreeMap<ObjectName, Keeping>,
    /// The objects themselves.
    pub objects: BTreeMap<ObjectName, K>,
    /// How far Roster goes with each object.
    pub management: BTreeMap<ObjectName, Management>,
}

/// What a look depends on besides the objects.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub state: &'a State,
    pub space: &'a str,
    pub rules: &'a Rules,
    pub output: &'a OutputSecrets,
    pub purpose: Purpose,
}

/// The objects of one kind that use one session, whichever kind it is.
pub trait AnyGroup {
    /// The kind's name, for example `UpdateUser`.
    fn kind(&self) -> &'static str;

    /// What a person calls one account.
    fn noun(&self) -> &'static str;

    /// Whether no object of the kind uses the session.
    fn is_empty(&self) -> bool;

    /// Looks at the system once and decides. Writes nothing.
    fn look(
        self: Box<Self>,
        ground: Ground<'_>,
    ) -> LocalBoxFuture<'_, Result<Box<dyn AnyPlanned>, RemoteError>>;

    /// Reads every account of the system, whether an object declares it or not.
    fn list(&self) -> LocalBoxFuture<'_, Result<Vec<Exported>, RemoteError>>;
}

impl<K: CliKind> Group<K> {
    pub fn new(client: Arc<K::Client>) -> Self {
        let members = Members {
            client,
            keeping: BTreeMap::new(),
            objects: BTreeMap::new(),
            management: BTreeMap::new(),
        };
        Self { members, declared: Vec::new() }
    }
}

impl<K: CliKind> AnyGroup for Group<K> {
    fn kind(&self) -> &'static str {
        K::Account::KIND
    }

    fn noun(&self) -> &'static str {
        K::NOUN
    }

    fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    fn look(
        self: Box<Self>,
        ground: Ground<'_>,
    ) -> LocalBoxFuture<'_, Result<Box<dyn AnyPlanned>, RemoteError>> {
        let Self { members, declared } = *self;
        async move {
            let Ground { state, space, rules, output, purpose } = ground;
            let previous = state.accounts(space, K::Account::KIND);
            let held = state.held(space, K::Account::KIND);
            let preview = preview(&*members.client, declared, rules, &held, previous).await?;
            let keys = if rules.read_only || purpose == Purpose::Remove {
                Vec::new()
            } else {
                key_changes(output, &members, state, space, &preview.plan.items).await
            };
            Ok(Box::new(Planned { members, preview, keys }) as Box<dyn AnyPlanned>)
        }
        .boxed_local()
    }

    fn list(&self) -> LocalBoxFuture<'_, Result<Vec<Exported>, RemoteError>> {
        K::list(&self.members.client).boxed_local()
    }
}
