//! Who talks to the cluster, and with what.

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::USER_AGENT;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tokio::process::Command;

use super::certificates::Authority;

/// A request of a test is answered at once, and a watch hears something within this time or is broken. Without it a test
/// of a stopped API server would wait for ever.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// What the API server grants at least for a token.
const TOKEN_SECONDS: i64 = 3600;

/// Somebody that the API server knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// May do everything.
    Admin,
    /// May do what is granted to the name or one of the groups. A control plane of ours knows it by a certificate; a
    /// cluster that exists lets the administrator act as this user.
    User { name: String, groups: Vec<String> },
    /// May do what is granted to this service account, and is known by a token. It is created if it is missing.
    ServiceAccount { namespace: String, name: String },
}

/// The way to a cluster: the administrator's kubeconfig and what makes the ones of others.
pub struct Access {
    /// A kubeconfig with one cluster, one context and one user.
    admin: Value,
    /// `None`: a cluster that exists.
    authority: Option<Authority>,
    kubectl: PathBuf,
    folder: PathBuf,
}

impl Identity {
    pub fn user(name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        Self::User { name: name.to_owned(), groups }
    }

    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The name that stands in the audit log.
    pub fn username(&self) -> String {
        match self {
            Self::Admin => "admin".to_owned(),
            Self::User { name, .. } => name.clone(),
            Self::ServiceAccount { namespace, name } => {
                format!("system:serviceaccount:{namespace}:{name}")
            }
        }
    }
}

impl Access {
    /// To a control plane of ours.
    pub fn new(port: u16, authority: Authority, kubectl: PathBuf, folder: PathBuf) -> Result<Self> {
        let admin = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": "roster", "cluster": {
                "server": format!("https://127.0.0.1:{port}"),
                "certificate-authority-data": STANDARD.encode(authority.pem()),
            }}],
            "users": [{ "name": "user", "user": signed(&authority, "admin", &["system:masters"])? }],
            "contexts": [{ "name": "roster", "context": { "cluster": "roster", "user": "user" }}],
            "current-context": "roster",
        });
        Ok(Self { admin, authority: Some(authority), kubectl, folder })
    }

    /// To the cluster of the current kubeconfig.
    pub async fn existing(kubectl: PathBuf, folder: PathBuf) -> Result<Self> {
        let view = ["config", "view", "--raw", "--minify", "--flatten", "--output=json"];
        let view = Command::new(&kubectl).args(view).output().await?;
        if !view.status.success() {
            bail!("there is no current kubeconfig: {}", String::from_utf8_lossy(&view.stderr));
        }
        let admin = serde_json::from_slice(&view.stdout)?;
        Ok(Self { admin, authority: None, kubectl, folder })
    }

    /// A client on the runtime that calls this: it must not outlive it.
    pub async fn client(&self, identity: &Identity) -> Result<Client> {
        let kubeconfig: Kubeconfig = serde_json::from_value(self.kubeconfig(identity).await?)?;
        let options = KubeConfigOptions::default();
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await?;
        config.proxy_url = None;
        config.read_timeout = Some(READ_TIMEOUT);
        // A test wants to see the first answer, not the tenth.
        config.default_retry = false;
        let agent = format!("roster-tests/{}", identity.username());
        config.headers.push((USER_AGENT, agent.try_into()?));
        Ok(Client::try_from(config)?)
    }

    /// A file for `KUBECONFIG`, which lives as long as the control plane.
    pub async fn kubeconfig_file(&self, identity: &Identity) -> Result<PathBuf> {
        let name = identity.username().replace([':', '/'], "-");
        let path = self.folder.join(format!("{name}.kubeconfig"));
        let text = serde_json::to_vec_pretty(&self.kubeconfig(identity).await?)?;
        // Somebody may be reading the one of before.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        std::io::Write::write_all(&mut file, &text)?;
        file.persist(&path)?;
        Ok(path)
    }

    /// Runs `kubectl`, with a cache of its own: the one in the home folder may be that of another cluster at this port.
    pub async fn kubectl(&self, identity: &Identity, args: &[&str]) -> Result<Output> {
        let output = Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(self.kubeconfig_file(identity).await?)
            .arg("--cache-dir")
            .arg(self.folder.join("kubectl"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .kill_on_drop(true)
            .output();
        output.await.with_context(|| format!("cannot run {}", self.kubectl.display()))
    }

    pub fn kubectl_path(&self) -> &std::path::Path {
        &self.kubectl
    }

    async fn kubeconfig(&self, identity: &Identity) -> Result<Value> {
        let mut kubeconfig = self.admin.clone();
        let user = kubeconfig.pointer_mut("/users/0/user");
        let user = user.context("the kubeconfig has no user")?;
        match (identity, &self.authority) {
            (Identity::Admin, _) => {}
            (Identity::User { name, groups }, Some(authority)) => {
                let groups: Vec<_> = groups.iter().map(String::as_str).collect();
                *user = signed(authority, name, &groups)?;
            }
            (Identity::User { name, groups }, None) => {
                user["as"] = json!(name);
                user["as-groups"] = json!(groups);
            }
            (Identity::ServiceAccount { namespace, name }, _) => {
                *user = json!({ "token": self.token(namespace, name).await? });
            }
        }
        Ok(kubeconfig)
    }

    async fn token(&self, namespace: &str, name: &str) -> Result<String> {
        let client = Box::pin(self.client(&Identity::Admin)).await?;
        let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let account = ServiceAccount { metadata, ..ServiceAccount::default() };
        match accounts.create(&PostParams::default(), &account).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            created => drop(created?),
        }
        let spec =
            TokenRequestSpec { expiration_seconds: Some(TOKEN_SECONDS), ..Default::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let request = accounts.create_token_request(name, &PostParams::default(), &request).await?;
        Ok(request.status.context("a token request without a token")?.token)
    }
}

fn signed(authority: &Authority, name: &str, groups: &[&str]) -> Result<Value> {
    let user = authority.user(name, groups)?;
    Ok(json!({
        "client-certificate-data": STANDARD.encode(user.certificate),
        "client-key-data": STANDARD.encode(user.key),
    }))
}
