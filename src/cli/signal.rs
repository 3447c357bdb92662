//! Being asked to stop.

use anyhow::{Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for an interrupt or a request to terminate. From [`listen`](Self::listen) on, neither ends the process.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    pub fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Ends when somebody asks to stop.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Does the work, unless somebody asks to stop before it is done; then the error says this.
pub async fn unless_stopped<T>(work: impl Future<Output = Result<T>>, say: &str) -> Result<T> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        result = work => result,
        () = stop.asked() => bail!("{say}"),
    }
}
