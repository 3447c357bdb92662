//! Logging in and out, being let in, and what a session says of itself.

use http::header::HeaderName;
use url::form_urlencoded;

use super::answer::Answer;
use super::failure::Failure;
use super::node::{Node, Object};
use super::portal::GLOBAL;
use super::request::{Context, Request};
use super::rights::is_administrator;
use super::state::{Caller, Outcome, Session, State};
use super::switches::DeadSession;
use super::user::{Place, User};

/// Three parts at least: the vendor's client takes two for a number.
const VERSION: &str = "8.1.1417.24";

/// Where the vendor's client looks for the sign of a dead session.
const LOGIN_PAGE: &str = "/ServicesPortal/login.html";
/// A page that it does not know.
const OTHER_PAGE: &str = "/admin/login.html";

const TOKEN: HeaderName = HeaderName::from_static("x-ctera-token");

impl State {
    pub(super) fn startup() -> Answer {
        Answer::success(&Object::of_class("StartupStatus").with("status", "Started").into())
    }

    pub(super) fn public_info() -> Answer {
        let info = Object::of_class("PublicInfo")
            .with("name", "Simulated portal")
            .with("version", VERSION)
            .with("hasWebSSO", "false");
        Answer::success(&info.into())
    }

    pub(super) fn log_in(&mut self, request: &Request) -> Answer {
        let Some((context, user, tenant)) = self.recognise(request) else {
            return Answer { executed: true, ..Answer::failure(&Failure::login()) };
        };
        let id = fresh_id();
        let label = format!("session-{}", self.labels.len() + 1);
        self.labels.insert(id.clone(), label.clone());
        let session = Session { user, context, tenant, used: self.now, in_flight: 0 };
        self.sessions.insert(id.clone(), session);
        let done = Answer::success(&"Login succeed".into());
        Answer { opened: Some(label), ..done.cookie(context.name(), &id, request.secure) }
    }

    /// Who logs in where; none if nobody does.
    fn recognise(&self, request: &Request) -> Option<(Context, u64, String)> {
        let context = request.context()?;
        let mut name = None;
        let mut password = None;
        for (key, value) in form_urlencoded::parse(&request.body) {
            match &*key {
                "j_username" => name = Some(value.into_owned()),
                "j_password" => password = Some(value.into_owned()),
                _ => {}
            }
        }
        let (name, password) = (name?, password?);
        let signs_in =
            |user: &User| user.may_sign_in() && user.password.as_deref() == Some(password.as_str());
        // The host name chooses the tenant. On loopback it cannot, and then the login does.
        let named =
            request.host().filter(|host| *host != GLOBAL && self.portal.tenant(host).is_some());
        let of_tenant = |tenant: &str| {
            let domains = self.portal.tenant(tenant).map(|tenant| &tenant.domains)?;
            let local = Place::local(tenant, &name);
            let places = domains
                .iter()
                .map(|domain| Place { domain: Some(domain.clone()), ..local.clone() });
            std::iter::once(local.clone())
                .chain(places)
                .filter_map(|place| self.portal.at(&place))
                .find(|user| signs_in(user))
        };
        let found = match (context, named) {
            (Context::ServicesPortal, Some(tenant)) => of_tenant(tenant),
            (Context::ServicesPortal, None) => {
                let tenants = self.portal.tenants().map(|(name, _)| name);
                tenants.filter(|tenant| *tenant != GLOBAL).find_map(of_tenant)
            }
            (Context::Admin, named) => {
                let of_host = named.and_then(of_tenant);
                let administrator = of_host.filter(|user| is_administrator(user.role()));
                administrator.or_else(|| of_tenant(GLOBAL))
            }
        };
        found.map(|user| (context, user.uid, user.place.tenant.clone()))
    }

    /// Establishes who makes the request; none if its session is none, or no more.
    pub(super) fn admit(&mut self, request: &Request) -> Option<Caller> {
        let id = request.session()?;
        let session = self.sessions.get_mut(id)?;
        let idle = u64::try_from(self.now.duration_since(session.used).as_secs()).unwrap_or(0);
        let user = self.portal.user(session.user).filter(|user| user.may_sign_in());
        let Some(user) = user.filter(|_| idle < self.switches.idle_timeout_seconds) else {
            self.sessions.remove(id);
            return None;
        };
        if request.context() != Some(session.context) {
            return None;
        }
        session.used = self.now;
        Some(Caller {
            session: id.to_owned(),
            label: self.labels.get(id).cloned().unwrap_or_default(),
            user: user.uid,
            home: user.place.tenant.clone(),
            role: user.role().map(str::to_owned),
            tenant: session.tenant.clone(),
        })
    }

    /// The answer to whoever has no session.
    pub(super) fn refuse_dead_session(&self, request: &Request) -> Answer {
        let answer = match self.switches.dead_session {
            DeadSession::LoginPage => Answer::redirect("dead-session", LOGIN_PAGE),
            DeadSession::OtherPage => Answer::redirect("dead-session", OTHER_PAGE),
            DeadSession::Unauthorized => State::unauthorized(),
            DeadSession::Html => Answer::html(200, "dead-session", "Log in"),
        };
        State::with_anonymous_session(answer, request)
    }

    pub(super) fn unauthorized() -> Answer {
        let failure = Failure::new(401, "session", "The session has expired");
        Answer::failure(&failure)
    }

    /// Plants a session that belongs to nobody over the one that the client has.
    pub(super) fn with_anonymous_session(answer: Answer, request: &Request) -> Answer {
        let context = request.context().unwrap_or(Context::Admin);
        answer.cookie(context.name(), &fresh_id(), request.secure)
    }

    /// What the service makes up against forged requests; nobody has to send it.
    pub(super) fn with_token(answer: Answer, caller: &Caller) -> Answer {
        let token: String = caller.session.chars().rev().collect();
        answer.header(TOKEN, token)
    }

    pub(super) fn log_out(&mut self, caller: &Caller) -> Node {
        self.sessions.remove(&caller.session);
        Node::Null
    }

    pub(super) fn version() -> Node {
        VERSION.into()
    }

    pub(super) fn current_session(&self, caller: &Caller) -> Outcome {
        let user = self.portal.user(caller.user).ok_or_else(|| Failure::no_user(&caller.label))?;
        let minutes = self.switches.idle_timeout_seconds.div_ceil(60);
        let session = Object::of_class("PortalSession")
            .with("username", user.place.name.as_str())
            .with("domain", user.place.domain.clone())
            .with("role", caller.role.clone())
            .with("userRef", user.reference())
            .with("idleTimeout", minutes.to_string())
            .with("language", "en");
        Ok(session.into())
    }

    pub(super) fn current_portal(caller: &Caller) -> Node {
        caller.tenant.as_str().into()
    }

    pub(super) fn select_portal(&mut self, tenant: &Node, caller: &Caller) -> Outcome {
        let tenant = match tenant {
            Node::Null => GLOBAL,
            Node::Text(name) => name,
            _ => return Err(Failure::invalid("The name of a portal is expected")),
        };
        if caller.home != GLOBAL && tenant != caller.home {
            return Err(Failure::forbidden("only global administrators choose a portal"));
        }
        if self.portal.tenant(tenant).is_none() {
            return Err(Failure::not_found(format!("Portal {tenant} does not exist")));
        }
        if let Some(session) = self.sessions.get_mut(&caller.session) {
            tenant.clone_into(&mut session.tenant);
        }
        Ok(Node::Null)
    }

    /// The settings that apply to the caller, under the key of a role.
    pub(super) fn role_settings(&self, key: &str, caller: &Caller) -> Outcome {
        let settings = self.portal.tenant(&caller.home).and_then(|home| home.roles.object(key));
        let unknown = || Failure::not_found(format!("There are no settings {key}"));
        settings.map(Node::Object).ok_or_else(unknown)
    }

    /// Selects a tenant for all sessions of global administrators.
    pub(super) fn select_everywhere(&mut self, tenant: &str) {
        for session in self.sessions.values_mut() {
            let user = self.portal.user(session.user);
            if user.is_some_and(|user| user.place.tenant == GLOBAL) {
                tenant.clone_into(&mut session.tenant);
            }
        }
    }
}

fn fresh_id() -> String {
    format!("{:032X}", rand::random::<u128>())
}
