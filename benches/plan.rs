//! A plan over 100,000 update users, from a list in memory to what is recorded of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::{Future, ready};

use divan::Bencher;
use roster::kinds::common::{DesiredPassword, MarkerKey};
use roster::kinds::update_user::{LoginState, UpdateUserAccount};
use roster::plan::{
    Account, Action, Adoption, Coverage, Declared, Desired, Drift, Management, Memo, ObjectName,
    Origin, Policy, Rules, Snapshot, Verb,
};
use roster::remote::{Applied, Remote, RemoteError};
use roster::sync::{Journal, Outcome, Preview, Starting, execute, preview};
use roster::systems::dynect::{self, UpdateUser};
use secrecy::SecretString;

/// How many accounts there are.
const ACCOUNTS: usize = 100_000;

fn main() {
    let before = status("VmRSS").unwrap_or_default();
    for (case, world) in [("settled", World::settled as fn() -> World), ("all new", World::all_new)]
    {
        // Forgets the peak so far; works on Linux only.
        fs::write("/proc/self/clear_refs", "5").ok();
        let world = world();
        let recorded = run(&world.remote, world.declared);
        assert_eq!(recorded, ACCOUNTS);
        if let Some(peak) = status("VmHWM") {
            println!(
                "{case}: {} MB at the peak, declarations and list included",
                (peak - before) / 1024
            );
        }
    }
    divan::main();
}

/// A line of the process's status, in KiB.
fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[divan::bench(sample_count = 10)]
fn plan_settled(bencher: Bencher) {
    let World { remote, .. } = World::settled();
    bencher
        .with_inputs(|| World::settled().declared)
        .bench_values(|declared| look_and_plan(&remote, declared));
}

#[divan::bench(sample_count = 10)]
fn plan_all_new(bencher: Bencher) {
    let remote = Memory { users: BTreeMap::new() };
    bencher
        .with_inputs(|| World::all_new().declared)
        .bench_values(|declared| look_and_plan(&remote, declared));
}

#[divan::bench(sample_count = 10)]
fn plan_and_record_settled(bencher: Bencher) {
    let World { remote, .. } = World::settled();
    bencher
        .with_inputs(|| World::settled().declared)
        .bench_values(|declared| run(&remote, declared));
}

#[divan::bench(sample_count = 10)]
fn plan_and_create_all_new(bencher: Bencher) {
    let remote = Memory { users: BTreeMap::new() };
    bencher
        .with_inputs(|| World::all_new().declared)
        .bench_values(|declared| run(&remote, declared));
}

/// A system that lists what it was given and does whatever it is told without a trace.
struct Memory {
    users: BTreeMap<String, UpdateUser>,
}

struct World {
    remote: Memory,
    declared: Vec<Declared<UpdateUserAccount>>,
}

/// Counts what it records.
struct Count(usize);

impl World {
    /// Every account exists, is ours and is as declared.
    fn settled() -> Self {
        let users = (0..ACCOUNTS).map(|number| {
            let user_name = format!("acme-edge{number}");
            let user = UpdateUser {
                user_name: user_name.clone(),
                status: Some(dynect::LoginState::Active),
                password: Some(password(number)),
                nickname: None,
            };
            (user_name, user)
        });
        let remote = Memory { users: users.collect() };
        let declared = (0..ACCOUNTS).map(|number| {
            let mut declared = declared(number);
            let applied = declared.markers.iter();
            declared.memo = Memo {
                key: Some(format!("acme-edge{number}")),
                origin: Some(Origin::Created),
                claim: None,
                applied: applied.map(|(field, m)| ((*field).to_owned(), m.clone())).collect(),
            };
            declared
        });
        Self { remote, declared: declared.collect() }
    }

    /// No account exists.
    fn all_new() -> Self {
        let declared = (0..ACCOUNTS).map(declared).collect();
        Self { remote: Memory { users: BTreeMap::new() }, declared }
    }
}

fn password(number: usize) -> SecretString {
    format!("made-up-password-{number}").into()
}

fn declared(number: usize) -> Declared<UpdateUserAccount> {
    let object = ObjectName {
        kind: UpdateUserAccount::KIND,
        namespace: "dns".to_owned(),
        name: format!("edge{number}"),
    };
    let account = UpdateUserAccount {
        object: object.clone(),
        nickname: Some(format!("edge{number}")),
        user_name: None,
        login_state: Some(LoginState::Active),
        password: DesiredPassword::Value(password(number)),
        key: MarkerKey::new([7; MarkerKey::LENGTH]),
    };
    Declared {
        object,
        markers: account.markers(),
        desired: Desired::Present(account),
        policy: Policy {
            management: Management::Enforce,
            drift: Drift::Correct,
            adoption: Adoption::Never,
            deletion: None,
        },
        memo: Memo::default(),
        seniority: None,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn look_and_plan(
    remote: &Memory,
    declared: Vec<Declared<UpdateUserAccount>>,
) -> Option<Preview<UpdateUserAccount>> {
    preview(remote, declared, &Rules::default(), &(), None).await.ok()
}

#[tokio::main(flavor = "current_thread")]
async fn run(remote: &Memory, declared: Vec<Declared<UpdateUserAccount>>) -> usize {
    let result = preview(remote, declared, &Rules::default(), &(), None).await;
    let Ok(Preview { plan, seen }) = result else { return 0 };
    let mut count = Count(0);
    execute(remote, plan, &seen, &mut count).await;
    count.0
}

impl Journal<UpdateUserAccount> for Count {
    fn begin(
        &mut self,
        starting: Vec<Starting<String>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send {
        ready(vec![Ok(()); starting.len()])
    }

    fn end(&mut self, outcome: &mut Outcome<UpdateUserAccount>) {
        self.0 += usize::from(outcome.problem.is_none());
    }
}

impl Remote<UpdateUserAccount> for Memory {
    const SYSTEM: &'static str = "memory";
    const BATCH: usize = 1;

    async fn observe(
        &self,
        parts: &BTreeSet<()>,
    ) -> Result<Snapshot<UpdateUserAccount>, RemoteError> {
        Ok(Snapshot::new(self.users.clone(), Coverage::Everything, parts.clone()))
    }

    async fn apply(
        &self,
        actions: Vec<Action<UpdateUserAccount>>,
        _seen: &Snapshot<UpdateUserAccount>,
    ) -> Vec<Applied<UpdateUserAccount>> {
        let applied = |action| match action {
            Action::Create(account) => {
                let UpdateUserAccount { nickname, .. } = account;
                let key = nickname.map(|nickname| format!("acme-{nickname}"));
                Applied { key, settled: vec!["loginState", "password"], result: Ok(()) }
            }
            Action::Update { key, .. } | Action::Disable(key) | Action::Delete(key) => {
                Applied { key: Some(key), settled: Vec::new(), result: Ok(()) }
            }
        };
        actions.into_iter().map(applied).collect()
    }

    async fn forbidden(&self) -> Result<BTreeMap<Verb, String>, RemoteError> {
        Ok(BTreeMap::new())
    }
}
