//! Typed clients of the remote systems. They know the wire and nothing of kinds or of Kubernetes.

pub mod ctera;
pub mod dynect;
mod failures;
mod history;
pub mod http;
mod observer;
mod redact;
mod report;

pub use history::HistoryEntry;
pub use observer::{CallObserver, CallOutcome, CallReport};
pub use redact::Redactor;
