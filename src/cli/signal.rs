//! Being asked to stop.

use anyhow::{Result, bail};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

/// Ends with an interrupt or a request to terminate.
pub async fn stopped() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Does the work, unless somebody asks to stop before it is done; then the error says this.
pub async fn unless_stopped<T>(work: impl Future<Output = Result<T>>, say: &str) -> Result<T> {
    tokio::select! {
        result = work => result,
        stopped = stopped() => {
            stopped?;
            bail!("{say}")
        }
    }
}
