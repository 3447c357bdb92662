//! Typed clients of the remote systems. They know the wire and nothing of kinds or of Kubernetes.

pub mod dynect;
pub mod http;
mod observer;
mod redact;

pub use observer::{CallObserver, CallOutcome, CallReport};
pub use redact::Redactor;
