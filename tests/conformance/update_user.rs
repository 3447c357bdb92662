//! `UpdateUser`, on the simulator of DynECT.
//!
//! Longer than other files: a kind joins the script with one file, and this is all that it has to say.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use roster::kinds::common::{DesiredPassword, MarkerKey};
use roster::kinds::update_user::{LoginState, UpdateUserAccount};
use roster::plan::{Marker, ObjectName};
use roster::remote::{Budget, BudgetLimits};
use roster::sim::{
    AccountState, CustomerSeed, Fault, FaultKind, FaultParameters, LedgerAccount, Options, Running,
    Seed, Switches, UserSeed,
};
use roster::systems::dynect::{Client, Config, Pace};
use roster::systems::http::Endpoint;
use secrecy::SecretString;

use crate::subject::{Edit, Entry, Role, SECRET_WORD, Subject, Traffic, Trouble};

const CUSTOMER: &str = "acme";
const UPDATE_USERS: &str = "/REST/UpdateUser";

/// The places where the service is known to vary.
pub trait Habits {
    const SHOWS_PASSWORDS: bool = true;
    const SHOWS_NICKNAMES: bool = false;

    fn switch(_switches: &mut Switches) {}
}

/// What the wire contract holds for likely.
pub struct Usual;

/// Replies name the nickname, failures come with HTTP 200, and repeating a state is an error.
pub struct Talkative;

/// No reply but that to a creation shows a password.
pub struct Discreet;

impl Habits for Usual {}

impl Habits for Talkative {
    const SHOWS_NICKNAMES: bool = true;

    fn switch(switches: &mut Switches) {
        switches.nickname_in_replies = true;
        switches.failures_with_status_200 = true;
        switches.fail_on_repeated_block = true;
        switches.detail_required = false;
    }
}

impl Habits for Discreet {
    const SHOWS_PASSWORDS: bool = false;

    fn switch(switches: &mut Switches) {
        switches.password_in_list = false;
        switches.password_in_get_one = false;
        switches.password_in_put_replies = false;
        switches.missing_data_status = 404;
        switches.permission_denied_status = 403;
    }
}

pub struct UpdateUsers<H> {
    running: Running,
    habits: PhantomData<H>,
}

#[derive(Clone)]
pub struct Spec {
    nickname: Option<String>,
    user_name: Option<String>,
    login_state: Option<LoginState>,
    password: Option<String>,
}

impl<H: Habits> UpdateUsers<H> {
    fn fault(&self, fault: Fault) {
        self.running.fault(fault);
    }

    fn ledger_account(&self, user_name: &str) -> Option<LedgerAccount> {
        let mut accounts = self.running.ledger().accounts.into_iter();
        accounts.rfind(|account| account.user_name == user_name)
    }
}

impl<H: Habits> Subject for UpdateUsers<H> {
    type Account = UpdateUserAccount;
    type Remote = Client;
    type Spec = Spec;

    const SHOWS_SECRETS: bool = H::SHOWS_PASSWORDS;
    const FINDS_LOST_CREATES: bool = H::SHOWS_PASSWORDS || H::SHOWS_NICKNAMES;

    async fn start() -> Self {
        let user = |user_name: &str, administrator| UserSeed {
            user_name: user_name.to_owned(),
            password: login_password(),
            administrator,
            permissions: [].into(),
        };
        let users = vec![user("writer", true), user("reader", false)];
        let customer = CustomerSeed { users, update_users: Vec::new() };
        let seed = Seed {
            customers: BTreeMap::from([(CUSTOMER.to_owned(), customer)]),
            ..Seed::default()
        };
        let running = roster::sim::start(Options { seed, ..Options::default() }).await.unwrap();
        running.switch(H::switch);
        Self { running, habits: PhantomData }
    }

    fn open(&self, role: Role) -> Client {
        let address = self.running.dynect_address();
        let user_name = match role {
            Role::Writer => "writer",
            Role::Reader => "reader",
        };
        let config = Config {
            endpoint: Endpoint { host: address.ip().to_string(), port: address.port(), tls: None },
            proxy: None,
            api_version: "current".to_owned(),
            customer: CUSTOMER.to_owned(),
            user_name: user_name.to_owned(),
            password: login_password().into(),
            previous_password: None,
            keeps_own_password: false,
            history_limit: 1000,
            observer: None,
            pace: pace(),
            clock: Timestamp::now,
        };
        // Large enough to let every run go without waiting.
        let requests_per_minute = NonZeroU32::new(60_000).unwrap();
        Client::new(config, Arc::new(Budget::new(BudgetLimits { requests_per_minute }))).unwrap()
    }

    async fn close(client: Client) {
        client.logout().await;
        let shown = format!("{:?} {client:?}", client.history());
        assert!(!shown.contains(SECRET_WORD), "a secret is shown: {shown}");
    }

    fn spec(number: usize) -> Spec {
        Spec {
            nickname: Some(format!("edge{number}")),
            user_name: None,
            login_state: Some(LoginState::Active),
            password: Some(format!("{SECRET_WORD}-{number}")),
        }
    }

    fn identified(spec: &Spec, key: &String) -> Spec {
        Spec { user_name: Some(key.clone()), ..spec.clone() }
    }

    fn unmanaged(_spec: &Spec, key: &String) -> Spec {
        let user_name = Some(key.clone());
        Spec { nickname: None, user_name, login_state: None, password: None }
    }

    fn edits() -> Vec<Edit<Spec>> {
        vec![
            Edit {
                field: "loginState",
                apply: |spec| spec.login_state = Some(LoginState::Blocked),
                shown: true,
                names: false,
            },
            Edit {
                field: "password",
                apply: |spec| {
                    spec.password =
                        spec.password.as_ref().map(|password| format!("{password}-changed"));
                },
                shown: H::SHOWS_PASSWORDS,
                names: false,
            },
        ]
    }

    fn writes(fields: usize) -> usize {
        fields
    }

    fn disable(spec: &mut Spec) {
        spec.login_state = Some(LoginState::Blocked);
    }

    fn set_secret(spec: &mut Spec, secret: usize) {
        spec.password = Some(format!("{SECRET_WORD}-secret-{secret}"));
    }

    fn account(
        spec: &Spec,
        object: &ObjectName,
    ) -> (UpdateUserAccount, BTreeMap<&'static str, Marker>) {
        let Spec { nickname, user_name, login_state, password } = spec.clone();
        let account = UpdateUserAccount {
            object: object.clone(),
            nickname,
            user_name,
            login_state,
            password: password.map_or(DesiredPassword::Unmanaged, |password| {
                DesiredPassword::Value(SecretString::from(password))
            }),
            key: MarkerKey::new([7; MarkerKey::LENGTH]),
        };
        let markers = account.markers();
        (account, markers)
    }

    fn name(spec: &Spec) -> String {
        spec.nickname.clone().unwrap_or_default()
    }

    fn make(&self, spec: &Spec) -> String {
        let nickname = Self::name(spec);
        let password = spec.password.as_deref().unwrap_or_default();
        let user_name = self.running.create_update_user(CUSTOMER, &nickname, password).unwrap();
        self.tamper(&user_name, spec);
        user_name
    }

    fn tamper(&self, key: &String, spec: &Spec) {
        if let Some(state) = spec.login_state {
            self.running.set_blocked(CUSTOMER, key, state == LoginState::Blocked).unwrap();
        }
        if let Some(password) = &spec.password {
            self.running.set_password(CUSTOMER, key, password).unwrap();
        }
    }

    fn remove(&self, key: &String) {
        self.running.delete_update_user(CUSTOMER, key).unwrap();
    }

    fn entries(&self) -> Vec<Entry<String>> {
        let accounts = self.running.ledger().accounts.into_iter();
        let entry = |account: LedgerAccount| Entry {
            key: account.user_name,
            name: account.nickname,
            disabled: account.state == AccountState::Blocked,
            gone: account.state == AccountState::Deleted,
        };
        accounts.map(entry).collect()
    }

    fn is_as(&self, key: &String, spec: &Spec) -> bool {
        let Some(account) = self.ledger_account(key) else { return false };
        let Spec { nickname, user_name, login_state, password } = spec;
        let state = login_state.map(|state| match state {
            LoginState::Active => AccountState::Active,
            LoginState::Blocked => AccountState::Blocked,
        });
        account.state != AccountState::Deleted
            && nickname.as_ref().is_none_or(|nickname| *nickname == account.nickname)
            && user_name.as_ref().is_none_or(|user_name| user_name == key)
            && state.is_none_or(|state| state == account.state)
            && password.as_ref().is_none_or(|it| self.running.password_is(CUSTOMER, key, it))
    }

    fn traffic(&self) -> Traffic {
        let mut traffic = Traffic::default();
        for entry in self.running.journal() {
            assert!(!entry.overlapped, "two requests of one session at once: {entry:?}");
            let path = entry.path.trim_end_matches('/');
            traffic.calls += 1;
            match (&*entry.method, path) {
                ("POST", "/REST/Session") => traffic.logins += 1,
                ("GET", UPDATE_USERS) => traffic.lists += 1,
                ("POST" | "PUT" | "DELETE", path) if path.starts_with(UPDATE_USERS) => {
                    traffic.writes += 1;
                }
                _ => {}
            }
        }
        traffic
    }

    fn forget_traffic(&self) {
        self.running.clear_journal();
    }

    fn hang(&self, call: usize, executed: bool) {
        let kind = if executed { FaultKind::Slow } else { FaultKind::Endless };
        // An hour: for ever, for a test.
        let millis = Some(3_600_000);
        let executed = (!executed).then_some(false);
        let parameters = FaultParameters { millis, executed, ..FaultParameters::default() };
        self.fault(at(kind, call).with(parameters));
    }

    fn refuse_create(&self, creates: usize) {
        let code = Some("INVALID_DATA".to_owned());
        let info = Some("nickname: Not this one".to_owned());
        let parameters = FaultParameters { code, info, ..FaultParameters::default() };
        let fault =
            Fault::new(FaultKind::Failure).method("POST").path(UPDATE_USERS).skip(number(creates));
        self.fault(fault.with(parameters));
    }

    fn lose_create(&self, executed: bool) {
        let kind = if executed { FaultKind::DropAfter } else { FaultKind::DropBefore };
        self.fault(Fault::new(kind).method("POST").path(UPDATE_USERS));
    }

    fn hide_list(&self) {
        let list = Fault::new(FaultKind::MaintenanceHtml).method("GET").path(UPDATE_USERS);
        self.fault(list.times(0));
    }

    fn cure(&self) {
        self.running.clear_faults();
    }

    fn troubles() -> Vec<Trouble<Self>> {
        troubles()
    }
}

fn at(kind: FaultKind, call: usize) -> Fault {
    Fault::new(kind).path("/REST/").skip(number(call))
}

fn number(calls: usize) -> u32 {
    u32::try_from(calls).unwrap()
}

fn login_password() -> String {
    format!("{SECRET_WORD}-login")
}

/// As patient as the real one, but in milliseconds. The deadlines stay long, so that a busy machine does not meet them.
fn pace() -> Pace {
    let tick = Duration::from_millis(1);
    Pace {
        job_poll: tick,
        job_total: Duration::from_secs(1),
        busy_wait: tick,
        blocked_steps: vec![tick; 5],
        throttle_pause: tick,
        repeat_first: tick,
        ..Pace::default()
    }
}

fn troubles<H: Habits>() -> Vec<Trouble<UpdateUsers<H>>> {
    use FaultKind as Kind;

    let mut troubles = Vec::new();
    let mut add = |kind: Kind, absorbed: bool, parameters: FaultParameters| {
        // A login that is refused is not tried again by the same process, so these spare it.
        let spares_login =
            matches!(kind, Kind::ExpireSessions | Kind::InactivityLogout | Kind::IpMismatch);
        let executed = parameters
            .executed
            .map_or("", |executed| if executed { ", executed" } else { ", not executed" });
        troubles.push(Trouble {
            name: format!("{kind:?}{executed}"),
            order: Box::new(move |system: &UpdateUsers<H>, call| {
                let fault =
                    if spares_login { Fault::new(kind).skip(number(call)) } else { at(kind, call) };
                system.fault(fault.with(parameters.clone()));
            }),
            absorbed,
        });
    };
    let plain = FaultParameters::default;
    for kind in [
        Kind::ExpireSessions,
        Kind::InactivityLogout,
        Kind::IpMismatch,
        Kind::Job307,
        Kind::Job307Absolute,
        Kind::Incomplete,
        Kind::BlockedByTask,
        Kind::BlockedByTaskWithoutId,
        Kind::JobBusy,
        Kind::JobBusy200,
        Kind::JobRunning,
        Kind::DropBefore,
        Kind::UnknownKeys,
    ] {
        add(kind, true, plain());
    }
    // The system takes calls again at once, so that nobody has to wait; with and without a word of when.
    for kind in [Kind::RateLimit, Kind::RateLimitPlain, Kind::RateLimit200] {
        for retry_after_seconds in [Some(0), None] {
            add(kind, true, FaultParameters { seconds: Some(0), retry_after_seconds, ..plain() });
        }
    }
    for kind in [
        Kind::MaintenanceHtml,
        Kind::NotFoundHtml,
        Kind::ServerError,
        Kind::ServiceUnavailable,
        Kind::UnknownError,
        Kind::Empty,
        Kind::Truncate,
        Kind::FailureWithoutMsgs,
    ] {
        for executed in [false, true] {
            let lost = executed && !UpdateUsers::<H>::FINDS_LOST_CREATES;
            add(kind, !lost, FaultParameters { executed: Some(executed), ..plain() });
        }
    }
    for kind in [Kind::DropAfter, Kind::JobLost, Kind::JobFailed] {
        add(kind, UpdateUsers::<H>::FINDS_LOST_CREATES, plain());
    }
    for kind in [
        Kind::Job307Foreign,
        Kind::ArrayWrapped,
        Kind::PermissionDenied,
        Kind::InvalidVersion,
        Kind::Deprecated,
        Kind::Failure,
    ] {
        add(kind, false, plain());
    }
    // Giving up takes a deadline, so this is met once, where it matters most.
    troubles.push(Trouble {
        name: "JobStuck".to_owned(),
        order: Box::new(|system, call| {
            if call == 0 {
                system.fault(Fault::new(Kind::JobStuck).method("POST").path(UPDATE_USERS));
            }
        }),
        absorbed: false,
    });
    troubles
}
