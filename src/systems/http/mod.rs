//! HTTP/1.1 to one origin: with limits on time and size, and never anywhere else than where it was told to go.

mod endpoint;
mod error;
mod retry_after;
mod segment;
mod transport;

pub use endpoint::{Endpoint, EndpointError, Proxy, ProxyLogin, Tls};
pub use error::TransportError;
pub(crate) use retry_after::retry_after;
pub(crate) use segment::segment;
pub use transport::{Reply, Request, Transport, TransportOptions};
