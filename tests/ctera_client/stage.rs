//! A portal that knows logins and tenants, and answers everything else with what the test gave it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::raw::{Request, ok, redirect, refused, reply, serve};

/// What a test may look at, and change under the client's feet.
#[derive(Debug, Default)]
pub struct State {
    pub requests: Vec<Request>,
    /// The replies to everything but logins and tenants, in order.
    pub replies: VecDeque<String>,
    /// Replies that go before all others, to requests whose line ends so.
    pub instead: Vec<(String, String)>,
    /// The password that is accepted.
    pub password: String,
    /// The roots where logins are accepted.
    pub contexts: Vec<&'static str>,
    pub username: String,
    pub role: String,
    /// The tenant that a session has selected, and which one a login begins with.
    pub selected: String,
    pub begins: String,
    /// The cookies that count.
    pub cookies: Vec<String>,
    pub logins: usize,
    /// The status that a dead session is answered with, if not with a redirect.
    pub dead: u16,
    /// Selecting a tenant is accepted and changes nothing.
    pub is_stubborn: bool,
}

#[derive(Debug, Clone)]
pub struct Stage {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

/// A portal with these replies.
pub async fn stage(replies: impl IntoIterator<Item = String>) -> Stage {
    let state = State {
        replies: replies.into_iter().collect(),
        password: "s3cret".to_owned(),
        contexts: vec!["/admin/api"],
        username: "root".to_owned(),
        role: "ReadWriteAdmin".to_owned(),
        ..State::default()
    };
    let state = Arc::new(Mutex::new(state));
    let served = Arc::clone(&state);
    let port = serve(move |request| answer(&mut served.lock().unwrap(), request)).await;
    Stage { port, state }
}

impl Stage {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Every session ends now.
    pub fn kill_sessions(&self) {
        self.state().cookies.clear();
    }

    /// Answers the next request whose line ends so with this, once.
    pub fn instead(&self, line: &str, reply: String) {
        self.state().instead.push((line.to_owned(), reply));
    }

    /// The requests since the last time, without the root, and with the name of an invoked method.
    pub fn take(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.state().requests);
        requests.iter().map(line).collect()
    }

    /// The requests since the last time, as they came.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().requests)
    }
}

/// For example `POST /users/dana get-multi`.
fn line(request: &Request) -> String {
    let line = request.line.replace("/admin/api", "").replace("/ServicesPortal/api", "~");
    let method = request
        .body
        .split_once("<att id=\"name\"><val>")
        .and_then(|(_, rest)| rest.split_once('<'));
    match method {
        Some((method, _)) if request.line.starts_with("POST") => format!("{line} {method}"),
        _ => line.trim_end().to_owned(),
    }
}

fn answer(state: &mut State, request: &Request) -> String {
    state.requests.push(request.clone());
    let line = self::line(request);
    if let Some(at) = state.instead.iter().position(|(end, _)| line.ends_with(end)) {
        return state.instead.remove(at).1;
    }
    let (_, path) = request.line.split_once(' ').unwrap();
    if let Some(root) = path.strip_suffix("/login") {
        return log_in(state, root, &request.body);
    }
    let is_known =
        request.cookie().is_some_and(|cookie| state.cookies.iter().any(|known| known == cookie));
    if !is_known {
        return match state.dead {
            0 => redirect(),
            status => refused(status, "who are you?"),
        };
    }
    let root = if path.starts_with("/admin/api") { "/admin/api" } else { "/ServicesPortal/api" };
    match (request.line.split(' ').next().unwrap(), path.strip_prefix(root).unwrap()) {
        ("POST", "/logout") => {
            let cookie = request.cookie().unwrap().to_owned();
            state.cookies.retain(|known| *known != cookie);
            ok("")
        }
        ("GET", "/currentSession") => ok(&format!(
            "<obj class=\"PortalSession\"><att id=\"username\"><val>{}</val></att><att id=\"domain\"/><att id=\"role\"><val>{}</val></att><att id=\"idleTimeout\"><val>15</val></att></obj>",
            state.username, state.role
        )),
        ("GET", "/currentPortal") => ok(&val(&state.selected)),
        ("PUT", "/currentPortal") => {
            if !state.is_stubborn {
                let text = request.body.trim_start_matches("<val>").trim_end_matches("</val>");
                state.selected = text.replace("<val/>", "");
            }
            ok("")
        }
        ("GET", "/version") => ok("<val>8.1.1417.24</val>"),
        _ => state.replies.pop_front().unwrap_or_else(|| refused(500, "the test is over")),
    }
}

fn log_in(state: &mut State, root: &str, body: &str) -> String {
    let password = body.split_once("&j_password=").map(|(_, password)| password);
    if !state.contexts.contains(&root) || password != Some(&*state.password) {
        return refused(403, "Invalid user name or password");
    }
    state.logins += 1;
    state.selected.clone_from(&state.begins);
    let cookie = format!("JSESSIONID=c00kie{}", state.logins);
    let headers = format!("Set-Cookie: {cookie}; Path=/; HttpOnly\r\n");
    state.cookies.push(cookie);
    reply("200 OK", &headers, "<val>Login succeed</val>")
}

pub fn val(text: &str) -> String {
    if text.is_empty() { "<val/>".to_owned() } else { format!("<val>{text}</val>") }
}
