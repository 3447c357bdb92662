//! Being asked to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Ends when the process is interrupted or asked to terminate.
pub async fn stopped() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
