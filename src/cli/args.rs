//! What a person may type.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::log::{CONTROLLER_FILTER, LogFormat};
use crate::controller::Shard;

/// Where the state is kept unless `--state` says otherwise.
const STATE_FILE: &str = "roster.state.json";

/// Keeps user accounts in remote systems exactly as they are declared.
#[derive(Debug, Parser)]
#[command(
    name = "roster",
    version,
    about,
    arg_required_else_help = true,
    after_help = "Examples:\n  roster demo                                   see it work, against a simulator\n  roster plan -f accounts/                      show what would change, write nothing\n  roster apply -f accounts/ --yes               do it\n  roster export --session session.yaml          write the remote's accounts as manifests"
)]
pub struct Cli {
    /// What goes to standard error: error, warn, info, debug or trace, or a filter such as `roster=debug`. Without it:
    /// warn; for `controller`: info.
    #[arg(long, global = true, env = "ROSTER_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// How and what to log.
    #[must_use]
    pub fn logging(&self) -> (LogFormat, &str) {
        let (format, filter) = match &self.command {
            Command::Controller(controller) => (controller.log_format, CONTROLLER_FILTER),
            _ => (LogFormat::Text, "warn"),
        };
        (format, self.log.as_deref().unwrap_or(filter))
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plan(Plan),
    Apply(Apply),
    Delete(Delete),
    Export(Export),
    Crds(Crds),
    Completions(Completions),
    Controller(Controller),
    Simulate(Simulate),
    Demo(Demo),
}

/// Where the declarations and their secrets come from.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// Manifests: files, folders (read recursively), or `-` for standard input. May be given several times.
    #[arg(short = 'f', long = "file", required = true, num_args = 1.., value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// Also take secrets from environment variables: PREFIX, the Secret's name and the key, in upper case, with `_` for
    /// every other character. With `--secret-env ROSTER_`, key `password` of Secret `dyn-login` is
    /// `ROSTER_DYN_LOGIN_PASSWORD`. Secret documents in the input come first.
    #[arg(long, value_name = "PREFIX")]
    pub secret_env: Option<String>,
    /// The folder for Secrets with generated or read credentials, one file each, readable by its owner only.
    #[arg(long, value_name = "DIR")]
    pub secrets_out: Option<PathBuf>,
    /// What is remembered between runs: which remote account belongs to which object. Holds no secret.
    #[arg(long, env = "ROSTER_STATE", default_value = STATE_FILE, value_name = "FILE")]
    pub state: PathBuf,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// Show what would change. Reads the remote systems and writes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done; 1 an error, or an object is refused; with --detailed-exitcode also 2, there are changes.\n\nExamples:\n  roster plan -f accounts/\n  kubectl get uu,apis -A -o yaml | roster plan -f - --secret-env ROSTER_\n  roster plan -f accounts/ -o json --detailed-exitcode"
)]
pub struct Plan {
    #[command(flatten)]
    pub source: Source,
    /// How the plan is written.
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub output: Format,
    /// Exit with 2 if there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Show the plan, then do it. Nothing is ever removed because it is missing from the input.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything is as declared; 1 an error, or an object is refused or failed.\n\nExamples:\n  roster apply -f accounts/\n  roster apply -f accounts/ --yes --secrets-out ./secrets"
)]
pub struct Apply {
    #[command(flatten)]
    pub source: Source,
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
}

/// Remove the declared accounts: each is kept, disabled or deleted, as its deletionPolicy says.
#[derive(Debug, Args)]
#[command(
    after_help = "Accounts that Roster created are disabled and adopted ones are kept, unless a deletionPolicy says otherwise.\n\nExamples:\n  roster delete -f accounts/edge1.yaml -f session.yaml\n  roster delete -f old/ --yes --max-deletions 50"
)]
pub struct Delete {
    #[command(flatten)]
    pub source: Source,
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
    /// How many accounts this run may remove, in place of the session's deletionGuard.
    #[arg(long, value_name = "N")]
    pub max_deletions: Option<u32>,
}

/// Write the remote's accounts as manifests that only observe: nothing changes until you edit them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  roster export --session session.yaml > accounts.yaml")]
pub struct Export {
    /// The file with the ApiSession, and its Secret unless --secret-env is given.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub session: Vec<PathBuf>,
    /// The ApiSession to use, if the file has several.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Also take secrets from the environment, as `plan` does.
    #[arg(long, value_name = "PREFIX")]
    pub secret_env: Option<String>,
}

/// Keep accounts as the objects of a Kubernetes cluster declare them, until told to stop.
#[derive(Debug, Args)]
#[command(
    after_help = "Connects as the service account of its pod, or else with the kubeconfig (KUBECONFIG). SIGTERM drains: what is under way is finished, every session is logged out, the lease is released.\n\nExamples:\n  roster controller                                           all namespaces of the current cluster\n  roster controller --watch-namespace dns --watch-namespace web\n  roster controller --leader-elect --shard 0/2 --metrics 0.0.0.0:8080 --log-format json"
)]
pub struct Controller {
    /// Watch only this namespace. May be given several times; in the variable, separated by commas. Without it, all.
    #[arg(long, env = "ROSTER_WATCH_NAMESPACE", value_delimiter = ',', value_name = "NS")]
    pub watch_namespace: Vec<String>,
    /// Work only while holding a lease, so that a second process can stand by. Nothing but work depends on it.
    #[arg(long, env = "ROSTER_LEADER_ELECT")]
    pub leader_elect: bool,
    /// Serve only a part of the sessions, with their accounts: the number of this part from 0, and how many there are.
    /// All sessions of one customer should be in one part, because a request budget is not shared between processes.
    #[arg(long, env = "ROSTER_SHARD", default_value = "0/1", value_name = "I/N")]
    pub shard: Shard,
    /// Where `/livez`, `/readyz` and `/metrics` are served, without any login. Without it: nowhere.
    #[arg(long, env = "ROSTER_METRICS", value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// The operator's own namespace, for its lease and its marker key. Without it: the one of the pod or the kubeconfig.
    #[arg(long, env = "ROSTER_NAMESPACE", value_name = "NS")]
    pub namespace: Option<String>,
    /// What this process is called in the lease and in events. Without it: the name of the host, which is the pod's.
    #[arg(long, env = "ROSTER_IDENTITY", value_name = "NAME")]
    pub identity: Option<String>,
    /// A context of the kubeconfig.
    #[arg(long, env = "ROSTER_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
    /// How a line of the log looks.
    #[arg(long, env = "ROSTER_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
}

/// Print the custom resource definitions.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  roster crds | kubectl apply -f -\n  roster crds --kind UpdateUser"
)]
pub struct Crds {
    /// Only this kind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Write one file per kind into this folder instead.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Print the completion script of a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  roster completions bash > /etc/bash_completion.d/roster")]
pub struct Completions {
    pub shell: Shell,
}

/// Run stand-ins for the remote systems in the foreground, to try things on.
#[derive(Debug, Args)]
#[command(
    after_help = "The default seed has customer acme with operator / operator-password and customer globex with operator2 / operator2-password; and a portal with the global administrator admin / admin-password and acme-admin / acme-admin-password in tenant acme.\n\nExamples:\n  roster simulate --print-session\n  roster simulate --dynect 127.0.0.1:8080 --ctera-plain 127.0.0.1:8082 --control 127.0.0.1:8081\n  roster simulate --ctera 127.0.0.1:8443 --ctera-ca portal-ca.pem"
)]
pub struct Simulate {
    /// Where DynECT listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub dynect: SocketAddr,
    /// Where DynECT listens with TLS too, with a certificate made at start.
    #[arg(long, value_name = "ADDR")]
    pub dynect_tls: Option<SocketAddr>,
    /// Where a CTERA Portal listens with TLS, with a certificate made at start.
    #[arg(long, value_name = "ADDR")]
    pub ctera: Option<SocketAddr>,
    /// Where the same portal listens without TLS.
    #[arg(long, value_name = "ADDR")]
    pub ctera_plain: Option<SocketAddr>,
    /// Where to write the authority to trust, as PEM.
    #[arg(long, value_name = "FILE", requires = "ctera")]
    pub ctera_ca: Option<PathBuf>,
    /// Where the control API listens: journal, faults, switches, accounts.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub control: SocketAddr,
    /// Where a CONNECT proxy listens.
    #[arg(long, value_name = "ADDR")]
    pub proxy: Option<SocketAddr>,
    /// The login that the proxy asks for.
    #[arg(long, value_name = "USER:PASSWORD", requires = "proxy")]
    pub proxy_login: Option<String>,
    /// What there is to begin with, in place of the default seed.
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Also print manifests of a session for it, ready for `roster plan -f`.
    #[arg(long)]
    pub print_session: bool,
}

/// Walk through the real thing against a simulator in this process.
#[derive(Debug, Args)]
pub struct Demo {}
