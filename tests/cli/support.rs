//! A simulator, a folder and the program: what every test of the command line needs.

pub use crate::manifests::{edge, secret, session, user};

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use roster::sim::{AccountState, JournalEntry, LedgerAccount, Options, Running, Seed};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long anything may take that is to happen at once; only a hang ever needs it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The password of the default seed's administrator.
pub const LOGIN_PASSWORD: &str = "operator-password";

/// Serves every simulator of this test program.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// One simulator and one folder that the program runs in.
pub struct Bench {
    pub simulator: Running,
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Finished {
    /// `None`: ended by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A run of the program that has not ended yet. It is killed when dropped.
pub struct Begun {
    child: Child,
    readers: Option<[std::thread::JoinHandle<String>; 2]>,
}

/// Runs what needs the runtime of the simulators.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Waits until the condition holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The program with an environment of its own, in this folder.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run<S: AsRef<OsStr>>(folder: &Path, args: &[S]) -> Finished {
    Begun::start(program(folder).args(args)).finish()
}

impl Bench {
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    pub fn seeded(seed: &str) -> Self {
        Self::with(Options { seed: Seed::from_yaml(seed).unwrap(), ..Options::default() })
    }

    pub fn with(options: Options) -> Self {
        let simulator = block_on(roster::sim::start(options)).unwrap();
        Self { simulator, folder: TempDir::new().unwrap() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// Writes the manifests of a session at this simulator, and these.
    pub fn declare(&self, manifests: &str) {
        self.write("accounts.yaml", &format!("{}---\n{manifests}", self.session()));
    }

    pub fn session(&self) -> String {
        session(self.port())
    }

    pub fn port(&self) -> u16 {
        self.simulator.dynect_address().port()
    }

    pub fn roster<S: AsRef<OsStr>>(&self, args: &[S]) -> Finished {
        run(self.folder(), args)
    }

    pub fn plan(&self) -> Finished {
        self.roster(&["plan", "-f", "accounts.yaml"])
    }

    pub fn apply(&self) -> Finished {
        self.roster(&["apply", "-f", "accounts.yaml", "--yes"])
    }

    pub fn delete(&self) -> Finished {
        self.roster(&["delete", "-f", "accounts.yaml", "--yes"])
    }

    /// Applies what is declared, which has to succeed, and forgets the requests of it.
    pub fn applied(&self) {
        self.apply().expect(0);
        self.simulator.clear_journal();
    }

    pub fn account(&self, user_name: &str) -> LedgerAccount {
        let mut accounts = self.accounts();
        accounts.retain(|account| account.user_name == user_name);
        assert_eq!(accounts.len(), 1, "{user_name} was made once: {accounts:?}");
        accounts.remove(0)
    }

    pub fn state(&self, user_name: &str) -> AccountState {
        self.account(user_name).state
    }

    /// Every account that there ever was.
    pub fn accounts(&self) -> Vec<LedgerAccount> {
        self.simulator.ledger().accounts
    }

    pub fn password_is(&self, user_name: &str, password: &str) -> bool {
        self.simulator.password_is("acme", user_name, password)
    }

    /// `METHOD path` of every request since the journal was cleared.
    pub fn requests(&self) -> Vec<String> {
        let line = |entry: JournalEntry| format!("{} {}", entry.method, entry.path);
        self.simulator.journal().into_iter().map(line).collect()
    }

    /// The requests that change accounts.
    pub fn writes(&self) -> Vec<String> {
        let mut requests = self.requests();
        requests.retain(|line| line.contains("/REST/UpdateUser") && !line.starts_with("GET"));
        requests
    }

    /// No write reached the system, and nobody is logged in any more.
    #[track_caller]
    pub fn is_untouched(&self) {
        assert_eq!(self.writes(), [""; 0]);
        assert_eq!(self.simulator.open_sessions(), 0, "logged out");
    }
}

impl Begun {
    pub fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        Self { child, readers: Some([stdout, stderr]) }
    }

    /// Starts with this on standard input.
    pub fn fed(command: &mut Command, input: &str) -> Self {
        let mut begun = Self::start(command.stdin(Stdio::piped()));
        let mut stdin = begun.child.stdin.take().unwrap();
        // A program that ends early reads no further, which is its right.
        let _ = stdin.write_all(input.as_bytes());
        begun
    }

    pub fn id(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn finish(mut self) -> Finished {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program hangs");
            std::thread::sleep(Duration::from_millis(2));
        };
        let [stdout, stderr] = self.readers.take().unwrap().map(|reader| reader.join().unwrap());
        let finished = Finished { code: status.code(), stdout, stderr };
        finished.speaks_like_a_program();
        finished
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A terminal that is gone is an error on some systems; what came before counts.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    })
}

impl Finished {
    /// Ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Both outputs.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.all().contains(text), "`{text}` is not in:\n{self}");
        self
    }

    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.all().contains(text), "`{text}` is in:\n{self}");
        self
    }

    /// What no output of a program may be like, whatever the command.
    #[track_caller]
    fn speaks_like_a_program(&self) {
        let all = self.all();
        assert!(!all.contains("panicked at"), "{self}");
        assert!(!all.contains(LOGIN_PASSWORD), "the login's password is in:\n{self}");
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
