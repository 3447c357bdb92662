//! A simulator, and what is remembered of it from run to run.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use futures::FutureExt;
use roster::plan::{Account, Adoption, Claim, Hold, Origin, Reason, Rules, Verdict};
use roster::remote::RemoteError;
use roster::sync::{Outcome, Preview, execute, preview};

use crate::record::{Killed, Record};
use crate::subject::{Entry, KeyOf, Role, SECRET_WORD, Subject, Traffic};
use crate::wish::Wish;

/// How long to wait for something that is to happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct World<S: Subject> {
    pub system: S,
    pub record: Record<KeyOf<S>>,
    pub rules: Rules,
    pub role: Role,
}

/// What one run did.
pub struct Run<S: Subject> {
    pub outcomes: Vec<Outcome<S::Account>>,
    pub planned: Vec<Planned>,
    pub traffic: Traffic,
}

/// What the plan said of one object.
#[derive(Debug, PartialEq, Eq)]
pub struct Planned {
    pub drift: bool,
    pub hold: Option<Hold>,
    /// The fields that are to be written, and those that are left.
    pub changes: Vec<&'static str>,
    pub held: Vec<&'static str>,
}

impl<S: Subject> World<S> {
    pub async fn new() -> Self {
        let record = Record { memos: BTreeMap::new(), accounts: None, dies: None, records: 0 };
        let system = S::start().await;
        Self { system, record, rules: Rules::default(), role: Role::Writer }
    }

    /// One run of a new process that must be able to look.
    pub async fn run(&mut self, wishes: &[Wish<S>]) -> Run<S> {
        self.try_run(wishes).await.expect("the system can be read")
    }

    /// The same about one object.
    pub async fn run_one(&mut self, wish: &Wish<S>) -> Run<S> {
        self.run(std::slice::from_ref(wish)).await
    }

    /// One run of a new process: look, decide, do.
    pub async fn try_run(&mut self, wishes: &[Wish<S>]) -> Result<Run<S>, RemoteError> {
        self.run_with(wishes, |_| ()).await
    }

    /// One run of a new process; `meanwhile` happens between looking and doing.
    pub async fn run_with(
        &mut self,
        wishes: &[Wish<S>],
        meanwhile: impl FnOnce(&S),
    ) -> Result<Run<S>, RemoteError> {
        let Self { system, record, rules, role } = self;
        run(system, record, rules, *role, wishes, meanwhile).await
    }

    /// A run that is killed when the call after `call` others has arrived, executed or not. Whether it came so far.
    pub async fn run_until_call(
        &mut self,
        wishes: &[Wish<S>],
        call: usize,
        executed: bool,
    ) -> bool {
        let Self { system, record, rules, role } = self;
        system.forget_traffic();
        system.hang(call, executed);
        let arrived = async {
            while system.traffic().calls <= call {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let killed = tokio::select! {
            _ = run(system, record, rules, *role, wishes, |_| ()) => false,
            () = arrived => true,
            () = tokio::time::sleep(PATIENCE) => panic!("call {call} neither came nor was missing"),
        };
        system.cure();
        system.assert_unharmed();
        killed
    }

    /// A run that is killed at the record after `records` others, which is still kept or not. Whether it came so far.
    pub async fn run_until_record(
        &mut self,
        wishes: &[Wish<S>],
        records: usize,
        kept: bool,
    ) -> bool {
        self.record.records = 0;
        self.record.dies = Some((records, kept));
        let ended = AssertUnwindSafe(self.run(wishes)).catch_unwind().await;
        self.record.dies = None;
        match ended {
            Ok(_) => false,
            Err(reason) if reason.is::<Killed>() => true,
            Err(reason) => resume_unwind(reason),
        }
    }

    /// Runs until nothing is left to do and no problem is left; at most four times.
    pub async fn settle(&mut self, wishes: &mut [Wish<S>], case: &str) {
        for _ in 0..4 {
            let Ok(run) = self.try_run(wishes).await else { continue };
            if run.outcomes.iter().all(|outcome| outcome.problem.is_none()) {
                return;
            }
            for (wish, outcome) in wishes.iter_mut().zip(&run.outcomes) {
                assert_ne!(outcome.reason, Reason::Conflict, "{case}: {outcome}");
                if outcome.reason == Reason::Ambiguous {
                    assert!(!S::FINDS_LOST_CREATES, "{case}: {outcome}");
                    self.follow_the_advice(wish);
                }
            }
        }
        let problems = self.run(wishes).await.outcomes;
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{case}: it never settles: {problems:#?}");
    }

    /// What the message about a create of unknown outcome asks of a person: to name the account if there is one, else
    /// to forget the claim.
    fn follow_the_advice(&mut self, wish: &mut Wish<S>) {
        match self.living(&S::name(&wish.spec)) {
            Some(entry) => *wish = wish.clone().of(&entry.key).adoption(Adoption::IfExists),
            None => drop(self.record.memos.remove(&wish.object)),
        }
    }

    /// The account that exists with this name.
    pub fn living(&self, name: &str) -> Option<Entry<KeyOf<S>>> {
        self.system.entries().into_iter().find(|entry| entry.name == name && !entry.gone)
    }

    /// The key of the account that an object is remembered to hold.
    #[track_caller]
    pub fn key(&self, wish: &Wish<S>) -> KeyOf<S> {
        self.record.memos[&wish.object].key.clone().expect("the object holds an account")
    }

    pub fn origin(&self, wish: &Wish<S>) -> Option<Origin> {
        self.record.memos.get(&wish.object)?.origin
    }

    pub fn claim(&self, wish: &Wish<S>) -> Option<&Claim> {
        self.record.memos.get(&wish.object)?.claim.as_ref()
    }

    /// Asserts that the object holds an account of its own which is as declared.
    #[track_caller]
    pub fn assert_as_declared(&self, wish: &Wish<S>, case: &str) {
        let name = S::name(&wish.spec);
        let entry = self.living(&name).unwrap_or_else(|| panic!("{case}: {name} does not exist"));
        let memo = self.record.memos.get(&wish.object);
        let memo = memo.unwrap_or_else(|| panic!("{case}: {} is forgotten", wish.object));
        assert_eq!(memo.key.as_ref(), Some(&entry.key), "{case}: {}", wish.object);
        assert_eq!(memo.claim, None, "{case}: {}", wish.object);
        assert!(memo.origin.is_some(), "{case}: {}", wish.object);
        assert!(self.system.is_as(&entry.key, &wish.spec), "{case}: {name} is not as declared");
    }

    /// Asserts that another run finds nothing to do: one list, and not one question more.
    #[track_caller]
    pub fn assert_at_rest(run: &Run<S>, case: &str) {
        for outcome in &run.outcomes {
            let at_rest = matches!(outcome.reason, Reason::InSync | Reason::Released);
            assert!(at_rest && outcome.problem.is_none(), "{case}: {outcome}");
        }
        let Traffic { logins, lists, writes, calls: _ } = run.traffic;
        assert_eq!((logins, lists, writes), (1, 1, 0), "{case}");
    }
}

async fn run<S: Subject>(
    system: &S,
    record: &mut Record<KeyOf<S>>,
    rules: &Rules,
    role: Role,
    wishes: &[Wish<S>],
    meanwhile: impl FnOnce(&S),
) -> Result<Run<S>, RemoteError> {
    system.forget_traffic();
    let remote = system.open(role);
    let declared = wishes.iter().map(|wish| wish.declared(record.memos.get(&wish.object)));
    let Preview { plan, seen } =
        match preview(&remote, declared.collect(), rules, &(), record.accounts).await {
            Ok(preview) => preview,
            Err(error) => {
                assert_no_secret(&format!("{error} {error:?}"));
                assert_eq!(system.traffic().writes, 0, "looking never writes");
                S::close(remote).await;
                system.assert_unharmed();
                return Err(error);
            }
        };
    assert_eq!(system.traffic().writes, 0, "looking never writes");
    assert_no_secret(&format!("{plan} {plan:?} {seen:?} {:?}", seen.accounts()));
    record.accounts = Some(seen.accounts().len());
    let planned = plan.items.iter().map(Planned::of).collect();
    meanwhile(system);
    let outcomes = execute(&remote, plan, &seen, record).await;
    assert_eq!(outcomes.len(), wishes.len(), "one outcome per object");
    for (outcome, wish) in outcomes.iter().zip(wishes) {
        assert_eq!(outcome.object, wish.object, "in the order of the plan");
        assert_no_secret(&format!("{outcome} {outcome:?}"));
    }
    S::close(remote).await;
    system.assert_unharmed();
    Ok(Run { outcomes, planned, traffic: system.traffic() })
}

#[track_caller]
fn assert_no_secret(text: &str) {
    assert!(!text.contains(SECRET_WORD), "a secret is shown: {text}");
}

impl<S: Subject> Run<S> {
    pub fn reasons(&self) -> Vec<Reason> {
        self.outcomes.iter().map(|outcome| outcome.reason).collect()
    }

    /// Asserts the reason of every object, and how many writes it took.
    #[track_caller]
    pub fn assert(&self, reasons: &[Reason], writes: usize) {
        let shown: Vec<String> = self.outcomes.iter().map(ToString::to_string).collect();
        assert_eq!(self.reasons(), reasons, "{shown:#?}");
        assert_eq!(self.traffic.writes, writes, "{shown:#?}");
        assert_eq!(self.traffic.logins, 1, "one login, whatever there is to do");
    }
}

impl Planned {
    fn of<A: Account>(item: &roster::plan::Item<A>) -> Self {
        use roster::plan::{Action, Change};

        let fields = |changes: &[A::Change]| changes.iter().map(Change::field).collect();
        let changes = match &item.verdict {
            Verdict::Act { action: Action::Update { changes, .. }, .. } => fields(changes),
            _ => Vec::new(),
        };
        Self {
            drift: matches!(&item.verdict, Verdict::Act { drift: true, .. }),
            hold: item.held.as_ref().map(|held| held.hold),
            changes,
            held: item.held.as_ref().map_or(Vec::new(), |held| fields(&held.changes)),
        }
    }
}
