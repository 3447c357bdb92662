//! `PortalUser`, on the simulator of CTERA Portal.
//!
//! Longer than other files: a kind joins the script with one file, and this is all that it has to say.

mod troubles;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use roster::kinds::common::{DesiredPassword, MarkerKey};
use roster::kinds::portal_user::{PortalUserAccount, Role as PortalRole};
use roster::plan::{Marker, ObjectName};
use roster::remote::{Budget, BudgetLimits};
use roster::sim::ctera::{
    Ctera, DeadSession, Fault, FaultKind, FaultParameters, LedgerUser, PortalSeed, Switches,
};
use roster::sim::{ANY_PORT, JournalEntry, Options, Running, Seed};
use roster::systems::ctera::{Client, Config, Pace, Place, Scope};
use roster::systems::http::Endpoint;
use serde_json::{Map, Value, json};

use crate::subject::{Edit, Entry, Role, SECRET_WORD, Subject, Traffic, Trouble};

pub const TENANT: &str = "acme";
/// Another tenant, which nobody has any business in.
pub const ELSEWHERE: &str = "elsewhere";
pub const DOMAIN: &str = "corp.example";

/// The places where portals and the ways into them are known to vary.
pub trait Habits {
    /// Whether the login is that of an administrator of the whole system, who enters the tenant.
    const VISITS: bool = true;

    /// Whether every fault is tried, or only those that the habits make a difference to.
    const ALL_TROUBLES: bool = false;

    fn switch(_switches: &mut Switches) {}
}

/// What the wire contract holds for likely.
pub struct Usual;

/// The tenant's own administrator logs in, and what is refused comes with other statuses.
pub struct Homely;

/// Lists come in small pages, so that they prove nobody absent.
pub struct Paged;

impl Habits for Usual {
    const ALL_TROUBLES: bool = true;
}

impl Habits for Homely {
    const VISITS: bool = false;

    fn switch(switches: &mut Switches) {
        switches.duplicate_status = 500;
        switches.password_refused_status = 500;
        switches.dead_session = DeadSession::OtherPage;
    }
}

impl Habits for Paged {
    fn switch(switches: &mut Switches) {
        switches.duplicate_status = 400;
        switches.page_limit = Some(5);
    }
}

pub struct PortalUsers<H> {
    running: Running,
    habits: PhantomData<H>,
}

#[derive(Clone)]
pub struct Spec {
    pub name: String,
    pub place: Place,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub role: Option<PortalRole>,
    pub company: Option<String>,
    pub comment: Option<String>,
    pub password: Option<String>,
    pub acknowledged: bool,
}

impl<H: Habits> PortalUsers<H> {
    pub fn portal(&self) -> Ctera<'_> {
        self.running.ctera()
    }

    /// The user with this uid, and what it is called at the simulator.
    pub fn user(&self, uid: &str) -> Option<(LedgerUser, String)> {
        let mut users = self.portal().users().into_iter();
        let user = users.find(|user| user.uid.to_string() == uid && user.deleted.is_none())?;
        let name = match &user.domain {
            Some(domain) => format!("{domain}\\{}", user.name),
            None => user.name.clone(),
        };
        Some((user, name))
    }
}

impl<H: Habits> Subject for PortalUsers<H> {
    type Account = PortalUserAccount;
    type Remote = Client;
    type Spec = Spec;

    const SHOWS_SECRETS: bool = false;
    const FINDS_LOST_CREATES: bool = true;

    async fn start() -> Self {
        let portal: PortalSeed = serde_json::from_value(json!({
            "administrators": [{ "name": "root", "password": login_password() }],
            "tenants": {
                TENANT: {
                    "users": [
                        { "name": "writer", "password": login_password(), "role": "ReadWriteAdmin" },
                        { "name": "reader", "password": login_password(), "role": "ReadOnlyAdmin" },
                    ],
                    "domains": { DOMAIN: [{ "name": "user1" }, { "name": "user2" }] },
                },
                // Users of the same names.
                ELSEWHERE: { "users": (0..10).map(bystander).collect::<Vec<_>>() },
            },
        }))
        .unwrap();
        let seed = Seed { portal, ..Seed::default() };
        let options = Options { ctera_plain: Some(ANY_PORT), seed, ..Options::default() };
        let running = roster::sim::start(options).await.unwrap();
        running.ctera().switch(H::switch);
        Self { running, habits: PhantomData }
    }

    fn open(&self, role: Role) -> Client {
        let url = self.portal().plain_url().unwrap();
        let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
        let tenant = TENANT.to_owned();
        let (scope, user_name) = match role {
            Role::Writer if H::VISITS => (Scope::GlobalInto { tenant }, "root"),
            Role::Writer => (Scope::Tenant { tenant }, "writer"),
            Role::Reader => (Scope::Tenant { tenant }, "reader"),
        };
        let config = Config {
            endpoint: Endpoint { host: "127.0.0.1".to_owned(), port, tls: None },
            proxy: None,
            scope,
            user_name: user_name.to_owned(),
            password: login_password().into(),
            previous_password: None,
            keeps_own_password: false,
            // One after the other, so that nothing of a run that is killed arrives when the next one has begun.
            max_in_flight: NonZeroUsize::MIN,
            history_limit: 1000,
            observer: None,
            pace: pace(),
            clock: Timestamp::now,
        };
        // Large enough to let every run go without waiting.
        let requests_per_minute = NonZeroU32::new(600_000).unwrap();
        Client::new(config, Arc::new(Budget::new(BudgetLimits { requests_per_minute }))).unwrap()
    }

    async fn close(client: Client) {
        client.logout().await;
        let shown = format!("{:?} {client:?}", client.history());
        assert!(!shown.contains(SECRET_WORD), "a secret is shown: {shown}");
    }

    fn spec(number: usize) -> Spec {
        Spec {
            name: format!("user{number}"),
            place: Place::Local,
            email: Some(format!("user{number}@example.com")),
            first_name: Some("Dana".to_owned()),
            last_name: Some(format!("Ivri {number}")),
            role: Some(PortalRole::EndUser),
            company: Some("Example & Sons".to_owned()),
            comment: Some(format!("number {number}")),
            password: Some(format!("{SECRET_WORD}-{number}")),
            acknowledged: true,
        }
    }

    /// The name tells.
    fn identified(spec: &Spec, _key: &String) -> Spec {
        spec.clone()
    }

    fn unmanaged(spec: &Spec, _key: &String) -> Spec {
        Spec {
            name: spec.name.clone(),
            place: spec.place.clone(),
            email: None,
            first_name: None,
            last_name: None,
            role: None,
            company: None,
            comment: None,
            password: None,
            acknowledged: false,
        }
    }

    fn edits() -> Vec<Edit<Spec>> {
        fn edit(field: &'static str, apply: fn(&mut Spec)) -> Edit<Spec> {
            Edit { field, apply, shown: field != "password", names: field == "name" }
        }
        vec![
            edit("role", |spec| spec.role = Some(PortalRole::ComplianceOfficer)),
            edit("email", |spec| {
                spec.email = spec.email.as_ref().map(|email| format!("new-{email}"));
            }),
            edit("firstName", |spec| spec.first_name = Some("<Änne> & ]]>".to_owned())),
            edit("lastName", |spec| spec.last_name = Some("0012".to_owned())),
            edit("company", |spec| spec.company = Some(String::new())),
            edit("comment", |spec| spec.comment = Some(String::new())),
            edit("name", |spec| spec.name = format!("{} renamed", spec.name)),
            edit("password", |spec| {
                spec.password = spec.password.as_ref().map(|it| format!("{it}-changed"));
            }),
        ]
    }

    /// The portal takes whole users.
    fn writes(_fields: usize) -> usize {
        1
    }

    fn disable(spec: &mut Spec) {
        spec.role = Some(PortalRole::Disabled);
    }

    fn set_secret(spec: &mut Spec, secret: usize) {
        spec.password = Some(format!("{SECRET_WORD}-secret-{secret}"));
    }

    fn account(
        spec: &Spec,
        object: &ObjectName,
    ) -> (PortalUserAccount, BTreeMap<&'static str, Marker>) {
        let Spec {
            name,
            place,
            email,
            first_name,
            last_name,
            role,
            company,
            comment,
            password,
            acknowledged,
        } = spec.clone();
        let account = PortalUserAccount {
            object: object.clone(),
            acknowledged: acknowledged.then(|| name.clone()),
            name,
            place,
            email,
            first_name,
            last_name,
            role,
            company,
            comment,
            password: password.map_or(DesiredPassword::Unmanaged, |password| {
                DesiredPassword::Value(password.into())
            }),
            password_change: None,
            key: MarkerKey::new([7; MarkerKey::LENGTH]),
        };
        let markers = account.markers();
        (account, markers)
    }

    fn name(spec: &Spec) -> String {
        spec.name.clone()
    }

    fn make(&self, spec: &Spec) -> String {
        let (portal, password) = (self.portal(), spec.password.as_deref());
        let uid = portal.create_user(TENANT, &spec.name, password, strange()).unwrap().to_string();
        self.tamper(&uid, spec);
        uid
    }

    fn tamper(&self, key: &String, spec: &Spec) {
        let (user, name) = self.user(key).expect("it exists");
        let role = spec.role.map(|role| role.wire().to_owned());
        let values = [
            ("email", &spec.email),
            ("firstName", &spec.first_name),
            ("lastName", &spec.last_name),
            ("role", &role),
            ("company", &spec.company),
            ("comment", &spec.comment),
            ("password", &spec.password),
        ];
        let values = values.into_iter().filter_map(|(id, value)| Some((id, value.as_ref()?)));
        let mut values: Map<String, Value> =
            values.map(|(id, value)| (id.to_owned(), json!(value))).collect();
        if user.name != spec.name {
            values.insert("name".to_owned(), json!(spec.name));
        }
        self.portal().set_attributes(TENANT, &name, values).unwrap();
    }

    fn remove(&self, key: &String) {
        let (_, name) = self.user(key).expect("it exists");
        self.portal().delete_user(TENANT, &name).unwrap();
    }

    fn entries(&self) -> Vec<Entry<String>> {
        let users = self.portal().users().into_iter();
        let entry = |user: LedgerUser| Entry {
            key: user.uid.to_string(),
            name: user.name,
            disabled: user.role.as_deref() == Some("Disabled"),
            gone: user.deleted.is_some(),
        };
        users.filter(|user| user.creator != "seed").map(entry).collect()
    }

    fn is_as(&self, key: &String, spec: &Spec) -> bool {
        let Some((user, name)) = self.user(key) else { return false };
        let seen = self.portal().attributes(TENANT, &name).unwrap();
        if user.creator == "control" {
            for (id, value) in strange() {
                assert_eq!(seen[&id], value, "{id} of {name} is nobody's business");
            }
        }
        let text = |id: &str| seen[id].as_str().unwrap_or_default();
        let Spec {
            name: _,
            place: _,
            email,
            first_name,
            last_name,
            role,
            company,
            comment,
            password,
            acknowledged: _,
        } = spec;
        let texts = [
            ("email", email),
            ("firstName", first_name),
            ("lastName", last_name),
            ("company", company),
            ("comment", comment),
        ];
        user.tenant == TENANT
            && user.name == spec.name
            && texts.iter().all(|(id, it)| it.as_ref().is_none_or(|it| it == text(id)))
            && role.is_none_or(|role| role.is_meant_by(text("role")))
            && password.as_ref().is_none_or(|it| self.portal().login_password_is(TENANT, &name, it))
    }

    fn traffic(&self) -> Traffic {
        let mut traffic = Traffic::default();
        for entry in self.portal().journal() {
            traffic.calls += 1;
            traffic.logins += usize::from(entry.path.ends_with("/api/login"));
            traffic.lists += usize::from(begins_list(&entry));
            traffic.writes += usize::from(is_write(&entry));
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
        self.portal().fault(at(kind, call).with(parameters));
    }

    fn refuse_create(&self, creates: usize) {
        let fault = Fault::new(FaultKind::Status).operation("add").skip(number(creates));
        self.portal().fault(fault.with(refusal(400)));
    }

    fn lose_create(&self, executed: bool) {
        let kind = if executed { FaultKind::DropAfter } else { FaultKind::DropBefore };
        self.portal().fault(Fault::new(kind).operation("add"));
    }

    fn hide_list(&self) {
        self.portal().fault(Fault::new(FaultKind::Html).operation("query").times(0));
    }

    fn assert_unharmed(&self) {
        for user in self.portal().users() {
            let is_ours = user.tenant == TENANT && user.domain.is_none() && user.creator != "seed";
            let is_touched = user.changes + user.password_changes > 0 || user.deleted.is_some();
            assert!(is_ours || (user.creator == "seed" && !is_touched), "{user:?}");
        }
        assert!(self.portal().counters().account_updates.is_empty());
    }

    fn cure(&self) {
        self.portal().clear_faults();
    }

    fn troubles() -> Vec<Trouble<Self>> {
        troubles::all()
    }
}

/// What was asked, as `METHOD path operation`; the paths are those below the root of the API.
impl<H> PortalUsers<H> {
    pub fn lines(&self) -> Vec<String> {
        let line = |entry: JournalEntry| {
            let path = entry.path.split_once("/api").unwrap().1.to_owned();
            let operation = entry.operation.map(|operation| format!(" {operation}"));
            format!("{} {path}{}", entry.method, operation.unwrap_or_default())
        };
        self.running.ctera().journal().into_iter().map(line).collect()
    }
}

/// A list that begins, and not one that looks for somebody.
fn begins_list(entry: &JournalEntry) -> bool {
    let param = &entry.body["param"];
    entry.operation.as_deref() == Some("query")
        && param["startFrom"] == "0"
        && param.get("filters").is_none()
}

pub fn is_write(entry: &JournalEntry) -> bool {
    let is_of_users = entry.path.contains("/users") || entry.path.contains("/adUsers");
    is_of_users
        && match &*entry.method {
            "POST" => matches!(entry.operation.as_deref(), Some("add" | "delete")),
            "PUT" | "DELETE" => true,
            _ => false,
        }
}

fn at(kind: FaultKind, call: usize) -> Fault {
    Fault::new(kind).path("/").skip(number(call))
}

fn number(calls: usize) -> u32 {
    u32::try_from(calls).unwrap()
}

fn refusal(status: u16) -> FaultParameters {
    let msg = Some("Not this one".to_owned());
    FaultParameters { status: Some(status), msg, ..FaultParameters::default() }
}

fn login_password() -> String {
    format!("{SECRET_WORD}-login")
}

fn bystander(number: usize) -> Value {
    json!({ "name": format!("user{number}"), "attributes": { "email": "x@example.com" } })
}

/// Attributes that nobody here knows, as hard to keep as they come.
pub fn strange() -> Map<String, Value> {
    let strange = json!({
        "sla": "0012345",
        "padded": "  two  blanks \n",
        "markup": "<x>&amp;]]>",
        "nothing": null,
        "quota": { "$class": "Quota", "$uuid": "q-1", "size": "1.50", "of": ["a", " b", "0"] },
    });
    match strange {
        Value::Object(strange) => strange,
        _ => unreachable!("it is an object"),
    }
}

/// As patient as the real one, but in milliseconds. The deadlines stay long, so that a busy machine does not meet them.
fn pace() -> Pace {
    let tick = Duration::from_millis(1);
    Pace { task_poll: tick, throttle_pause: tick, repeat_first: tick, ..Pace::default() }
}
