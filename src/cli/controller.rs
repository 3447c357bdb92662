//! `roster controller`: the engine in a cluster.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Exit;
use super::args::Controller;
use super::signal::Stop;
use crate::controller::admin::{self, Health};
use crate::controller::client::{Client, ConnectOptions, connect};
use crate::controller::lease::{Elector, LeaseTiming};
use crate::controller::metrics::Metrics;
use crate::controller::{self, Namespaces, Options, Shard};

/// The lease, and with several shards its beginning.
const LEASE: &str = "roster";
/// The main loop is heard of this often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A main loop that was silent for so long is dead.
const SILENT: Duration = Duration::from_mins(1);

/// Runs until SIGTERM or SIGINT, which drain, or until the lease is lost, which ends the process at once.
pub async fn run(args: Controller) -> Result<Exit> {
    let Controller {
        watch_namespace,
        leader_elect,
        shard,
        metrics: address,
        namespace,
        identity,
        context,
        log_format: _,
    } = args;
    let client = connect(ConnectOptions { context, ..ConnectOptions::default() }).await?;
    let own_namespace = namespace.unwrap_or_else(|| client.default_namespace().to_owned());
    // The next process of the same pod is another one to whoever compares identities.
    let identity = format!("{}-{:08x}", identity.unwrap_or_else(host_name), rand::random::<u32>());
    let namespaces = match watch_namespace {
        names if names.is_empty() => Namespaces::All,
        names => Namespaces::Only(names),
    };
    let metrics = Metrics::new();
    let health = Arc::new(Health::new(SILENT));
    let (shutdown, beside) = (CancellationToken::new(), CancellationToken::new());
    let tasks = TaskTracker::new();
    if let Some(address) = address {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
        tracing::info!(address = %listener.local_addr()?, "serving /livez, /readyz and /metrics");
        let (health, metrics) = (Arc::clone(&health), metrics.clone());
        tasks.spawn(admin::serve(listener, health, metrics, beside.clone()));
    }
    tasks.spawn(beside.clone().run_until_cancelled_owned(heartbeat(Arc::clone(&health))));
    tasks.spawn(stop_on_signal(Stop::listen()?, shutdown.clone(), beside.clone()));

    let lease = Lease { client: &client, namespace: &own_namespace, identity: &identity, shard };
    let mut leading = leader_elect.then(|| lease.stand(&metrics, &beside, &tasks));
    if let Some(leading) = &mut leading {
        tracing::info!("waiting to lead");
        let lead = leading.wait_for(|leads| *leads);
        if shutdown.run_until_cancelled(lead).await.is_none() {
            return end(&beside, &tasks).await;
        }
    }
    metrics.leading(true);
    health.leading(true);
    let options = Options { namespaces, own_namespace, identity, shard };
    let work = controller::run(client, options, metrics, health, shutdown);
    let lost = async {
        match &mut leading {
            // An elector ends only when it is told to, after the work.
            Some(leading) => leading.wait_for(|leads| !*leads).await.is_ok(),
            None => pending().await,
        }
    };
    tokio::select! {
        result = work => result?,
        // No write may outlive the lease; whoever leads next looks at what is there.
        _ = lost => bail!("the lease was lost; another process leads now"),
    }
    end(&beside, &tasks).await
}

/// What the process competes for.
struct Lease<'a> {
    client: &'a Client,
    namespace: &'a str,
    identity: &'a str,
    shard: Shard,
}

impl Lease<'_> {
    fn stand(
        &self,
        metrics: &Metrics,
        beside: &CancellationToken,
        tasks: &TaskTracker,
    ) -> tokio::sync::watch::Receiver<bool> {
        let Self { client, namespace, identity, shard } = *self;
        let name = if shard.is_part() {
            format!("{LEASE}-shard-{}", shard.index())
        } else {
            LEASE.to_owned()
        };
        let timing = LeaseTiming::default();
        let elector =
            Elector::new(client.clone(), namespace, &name, identity, timing, metrics.clone());
        let leading = elector.leading();
        tasks.spawn(elector.run(beside.clone()));
        leading
    }
}

/// Ends what runs beside the work, the lease among it.
async fn end(beside: &CancellationToken, tasks: &TaskTracker) -> Result<Exit> {
    beside.cancel();
    tasks.close();
    tasks.wait().await;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

async fn heartbeat(health: Arc<Health>) {
    loop {
        health.alive();
        tokio::time::sleep(HEARTBEAT).await;
    }
}

async fn stop_on_signal(mut stop: Stop, shutdown: CancellationToken, beside: CancellationToken) {
    let signalled = beside.run_until_cancelled(stop.asked()).await;
    if signalled.is_some() {
        shutdown.cancel();
    }
}

/// What Kubernetes calls the pod.
fn host_name() -> String {
    std::env::var("HOSTNAME").unwrap_or_else(|_| "roster".to_owned())
}
