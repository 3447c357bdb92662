//! What a kind has to bring along in order to be put through the script.

use std::collections::BTreeMap;

use roster::plan::{Account, Marker, ObjectName};
use roster::remote::Remote;

/// Every secret of a made-up account holds this word, so that a leak can be found in any text.
pub const SECRET_WORD: &str = "hush";

pub type KeyOf<S> = <<S as Subject>::Account as Account>::Key;

/// One kind of account, and a simulator of its system to try it on.
pub trait Subject: Sized {
    type Account: Account;
    type Remote: Remote<Self::Account>;
    /// An account as somebody declares it.
    type Spec: Clone;

    /// Whether the system shows secrets, so that an edit of one can be seen and a wrong one found.
    const SHOWS_SECRETS: bool;
    /// Whether an account can be recognised that was created by a request whose reply was lost.
    const FINDS_LOST_CREATES: bool;

    /// A simulator without any account.
    async fn start() -> Self;

    /// A session that is not logged in: that of a new process.
    fn open(&self, role: Role) -> Self::Remote;

    /// Ends the session, as a process does when it ends in peace.
    async fn close(remote: Self::Remote);

    /// The declaration number `number`, with every field that can be managed; active; with a secret of its own.
    fn spec(number: usize) -> Self::Spec;

    /// The same declaration of an account that exists already.
    fn identified(spec: &Self::Spec, key: &KeyOf<Self>) -> Self::Spec;

    /// A declaration that names the account of `spec` and manages nothing else of it.
    fn unmanaged(spec: &Self::Spec, key: &KeyOf<Self>) -> Self::Spec;

    /// Every change that an author can make to an account; each is of one field and costs one write. The first one names
    /// nothing.
    fn edits() -> Vec<Edit<Self::Spec>>;

    /// How many writes it takes to change so many fields at once.
    fn writes(fields: usize) -> usize;

    /// Declares that nobody can use the account.
    fn disable(spec: &mut Self::Spec);

    /// Declares the secret number `secret`.
    fn set_secret(spec: &mut Self::Spec, secret: usize);

    /// The account of the engine, and the markers of its fields.
    fn account(
        spec: &Self::Spec,
        object: &ObjectName,
    ) -> (Self::Account, BTreeMap<&'static str, Marker>);

    /// The name that the system knows the account by besides its key.
    fn name(spec: &Self::Spec) -> String;

    /// Makes an account behind the engine's back.
    fn make(&self, spec: &Self::Spec) -> KeyOf<Self>;

    /// Makes an account as `spec` says, behind the engine's back.
    fn tamper(&self, key: &KeyOf<Self>, spec: &Self::Spec);

    /// Deletes an account behind the engine's back.
    fn remove(&self, key: &KeyOf<Self>);

    /// Every account that there ever was, whatever became of it.
    fn entries(&self) -> Vec<Entry<KeyOf<Self>>>;

    /// Whether the account exists and has every declared value, its secret too.
    fn is_as(&self, key: &KeyOf<Self>, spec: &Self::Spec) -> bool;

    /// What was asked since it was last forgotten.
    fn traffic(&self) -> Traffic;

    fn forget_traffic(&self);

    /// Leaves the call after `call` others without a reply for ever, executed or not.
    fn hang(&self, call: usize, executed: bool);

    /// Refuses the values of the create after `creates` others; which one that is can depend on chance.
    fn refuse_create(&self, creates: usize);

    /// Loses the reply to the next create, executed or not.
    fn lose_create(&self, executed: bool);

    /// Leaves every list without a usable answer.
    fn hide_list(&self);

    /// Asserts that nothing was touched that is none of the accounts.
    fn assert_unharmed(&self) {}

    /// Takes back all faults that are still to come.
    fn cure(&self);

    /// Every fault that the simulator can make and that goes away by itself.
    fn troubles() -> Vec<Trouble<Self>>;
}

/// Whose login a session has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Writer,
    /// May only look.
    Reader,
}

/// A change of one field.
#[derive(Clone, Copy)]
pub struct Edit<P> {
    /// Its name in the manifest.
    pub field: &'static str,
    pub apply: fn(&mut P),
    /// Whether the system shows the field.
    pub shown: bool,
    /// Whether an account is found by the field until its key is recorded.
    pub names: bool,
}

/// One account as the simulator knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<K> {
    pub key: K,
    /// As [`Subject::name`].
    pub name: String,
    pub disabled: bool,
    pub gone: bool,
}

/// How often the simulator was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests of every kind.
    pub calls: usize,
    pub logins: usize,
    pub lists: usize,
    /// Requests that would change an account, whatever became of them.
    pub writes: usize,
}

/// Orders a fault for the call after so many others.
pub type Order<S> = Box<dyn Fn(&S, usize)>;

/// A fault that goes away by itself.
pub struct Trouble<S> {
    pub name: String,
    pub order: Order<S>,
    /// The client deals with it by itself, so that no object notices.
    pub absorbed: bool,
}
