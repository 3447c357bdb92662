//! Processes that end with the test program, however it ends.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use rand::RngExt;
use rustix::process::{Pid, Signal, kill_process};

/// Below the range from which Linux takes the ports of outgoing connections: nothing takes the port of a process that is
/// about to be started again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Runs until its standard input ends, which is when the test program ends, by a panic or a `SIGKILL` too. Then it kills
/// the processes that it was told of and removes the folder. A process that was killed is gone a little later.
const KEEPER: &str = r#"
processes=
while read -r what process; do
    case $what in
        started) processes="$processes $process" ;;
        ended)
            rest=
            for other in $processes; do [ "$other" = "$process" ] || rest="$rest $other"; done
            processes=$rest
            ;;
    esac
done
for process in $processes; do kill -KILL "$process"; done
for process in $processes; do
    for _ in $(seq 100); do kill -0 "$process" || break; sleep 0.05; done
done
rm -rf "$1"
"#;

/// A folder of its own, in memory if there is room, and the process that removes it at the end. See [`KEEPER`].
pub struct Keeper {
    pub folder: PathBuf,
    process: Child,
    stdin: Mutex<Option<ChildStdin>>,
}

/// A running program.
pub struct Process {
    child: Child,
    /// What it writes to its standard output and error.
    pub log: PathBuf,
}

impl Keeper {
    pub fn start() -> Result<Self> {
        let parent = folder_in_memory().map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = tempfile::Builder::new().prefix("roster-control-plane-").tempdir_in(parent);
        let folder = folder.context("cannot make a folder for the control plane")?;
        let mut process = Command::new("sh")
            .args(["-c", KEEPER, "roster-keeper"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt on the terminal goes to the whole group, and this one has to survive it.
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        let stdin = Mutex::new(process.stdin.take());
        Ok(Self { folder: folder.keep(), process, stdin })
    }

    /// Starts a program that writes to `<name>.log` in the folder.
    pub fn spawn(&self, name: &str, command: &mut Command) -> Result<Process> {
        let log = self.folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        self.tell("started", child.id())?;
        Ok(Process { child, log })
    }

    /// Kills a process and waits until it is gone.
    pub fn kill(&self, mut process: Process) -> Result<()> {
        process.child.kill()?;
        process.child.wait()?;
        self.tell("ended", process.child.id())
    }

    fn tell(&self, what: &str, process: u32) -> Result<()> {
        let mut stdin = self.stdin.lock().expect("nobody panics with it");
        let stdin = stdin.as_mut().context("the keeper has been stopped")?;
        writeln!(stdin, "{what} {process}").context("the keeper has ended")
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stdin.lock().expect("nobody panics with it").take());
        if let Err(error) = self.process.wait() {
            eprintln!("{} may be left behind: {error}", self.folder.display());
        }
    }
}

impl Process {
    /// Fails if the process has ended.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("it has ended with {status}");
        }
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id())?;
        let pid = Pid::from_raw(pid).context("no process has the number 0")?;
        kill_process(pid, signal).with_context(|| format!("cannot send {signal:?}"))
    }

    /// The last lines that it wrote.
    pub fn log_tail(&self) -> String {
        tail(&self.log)
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_else(|error| error.to_string());
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> u16 {
    let mut random = rand::rng();
    loop {
        let port = random.random_range(PORTS);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A gigabyte is much more than a run needs; a container often has 64 MB there, which is too little for etcd's log.
fn folder_in_memory() -> Option<&'static Path> {
    let folder = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(folder).ok()?;
    (room.f_bavail * room.f_frsize > 1 << 30).then_some(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    /// The pipe is closed by the kernel when the test program ends, whatever ends it.
    #[test]
    fn the_end_of_the_pipe_ends_the_processes_and_removes_the_folder() {
        let keeper = Keeper::start().unwrap();
        let folder = keeper.folder.clone();
        let [mut first, mut second, other] = ["first", "second", "other"]
            .map(|name| keeper.spawn(name, Command::new("sleep").arg("600")).unwrap());
        first.signal(Signal::STOP).unwrap();
        keeper.kill(other).unwrap();
        let ended = std::thread::spawn(move || drop(keeper));
        for process in [&mut first, &mut second] {
            assert_eq!(process.child.wait().unwrap().signal(), Some(Signal::KILL.as_raw()));
        }
        ended.join().unwrap();
        assert!(!folder.exists(), "{}", folder.display());
    }
}
