//! The operator in the process of the tests.

use std::path::PathBuf;
use std::sync::Arc;

use kube::Client;
use roster::controller::admin::Health;
use roster::controller::metrics::Metrics;
use roster::controller::{Options, run};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bench::SOON;

/// A running controller, on a runtime of its own so that it can die at any point.
pub struct Operator {
    runtime: Option<Runtime>,
    task: Option<JoinHandle<()>>,
    shutdown: CancellationToken,
    pub metrics: Metrics,
}

impl Operator {
    pub fn start(kubeconfig: PathBuf, options: Options) -> Self {
        Self::start_with(kubeconfig, options, |config| Client::try_from(config).unwrap())
    }

    pub fn start_with(
        kubeconfig: PathBuf,
        options: Options,
        connect: impl FnOnce(kube::Config) -> Client + Send + 'static,
    ) -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shutdown = CancellationToken::new();
        let metrics = Metrics::new();
        let (stop, counted) = (shutdown.clone(), metrics.clone());
        let task = runtime.spawn(async move {
            let kubeconfig = kube::config::Kubeconfig::read_from(kubeconfig).unwrap();
            let options_of_config = kube::config::KubeConfigOptions::default();
            let config =
                kube::Config::from_custom_kubeconfig(kubeconfig, &options_of_config).await.unwrap();
            let client = connect(config);
            let health = Arc::new(Health::new(SOON));
            run(client, options, counted, health, stop).await.unwrap();
        });
        Self { runtime: Some(runtime), task: Some(task), shutdown, metrics }
    }

    /// Stops as SIGTERM does: finishes, logs out.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        if let Some(task) = self.task.take() {
            task.await.unwrap();
        }
    }

    /// Dies at once, wherever it is.
    pub fn crash(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
