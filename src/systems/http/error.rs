//! How an exchange fails below the meaning of its reply.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

/// No reply, or not all of it. What matters to the caller is whether the request can have been executed.
///
/// `Display` speaks for this level only and shows nothing that was sent or received; the cause is `source()`.
#[derive(Debug, Error)]
pub enum TransportError {
    /// Nothing was sent.
    #[error("no connection to {to}")]
    NotConnected { to: String, source: Box<dyn StdError + Send + Sync> },
    /// Nothing was sent.
    #[error("the proxy {proxy} asks for another login")]
    ProxyLogin { proxy: String },
    /// Nothing was sent.
    #[error("the proxy {proxy} does not lead to {to}")]
    Proxy { proxy: String, to: String, source: Box<dyn StdError + Send + Sync> },
    /// The request may have been executed.
    #[error("the connection to {to} ended before the whole reply was there")]
    Lost { to: String, source: Box<dyn StdError + Send + Sync> },
    /// The request may have been executed.
    #[error("no whole reply from {to} within {} s", .within.as_secs_f32())]
    Deadline { to: String, within: Duration },
    /// The request may have been executed.
    #[error("the reply from {to} is larger than {limit} bytes")]
    TooLarge { to: String, limit: usize },
}

impl TransportError {
    /// Whether the request certainly never reached the system.
    #[must_use]
    pub fn nothing_was_sent(&self) -> bool {
        match self {
            Self::NotConnected { .. } | Self::ProxyLogin { .. } | Self::Proxy { .. } => true,
            Self::Lost { .. } | Self::Deadline { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// What is below this failure.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        match self {
            Self::NotConnected { source, .. }
            | Self::Proxy { source, .. }
            | Self::Lost { source, .. } => Some(source),
            Self::ProxyLogin { .. } | Self::Deadline { .. } | Self::TooLarge { .. } => None,
        }
    }
}
