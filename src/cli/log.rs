//! What is logged, where and how.

use std::io;

use anyhow::Result;
use clap::ValueEnum;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterFn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

/// What the controller logs unless somebody asks for more. kube's HTTP client reports every failed try at `error`,
/// although the callers report what came of it; and 1,000 reconciles at rest are not worth a line each.
pub const CONTROLLER_FILTER: &str = "info,kube_client::client::builder=off";

/// The module of kube that writes whole replies of the API server to the log, from `warn` down to `trace`: a list of
/// Secrets that it cannot decode is printed with every value in it.
const SHOWS_REPLIES: &str = "kube_client::client";

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object per line: `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, and the event's fields
    /// beside them; `span` holds the fields of the innermost span.
    Json,
}

/// Sends the log of this process to standard error, from now on.
///
/// `filter` is a level or a list such as `warn,roster=debug`. No filter shows what could hold a Secret.
///
/// # Errors
/// If the filter cannot be understood, or a log was set up before.
pub fn init(format: LogFormat, filter: &str) -> Result<()> {
    Ok(subscriber(format, filter, io::stderr)?.try_init()?)
}

fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    // A filter of its own, because a directive for a span would overrule one for a target.
    Ok(match format {
        LogFormat::Text => {
            Box::new(registry().with(filter).with(lines.with_filter(fit_to_be_shown())))
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            Box::new(registry().with(filter).with(lines.with_filter(fit_to_be_shown())))
        }
    })
}

fn fit_to_be_shown() -> FilterFn {
    fn fit(metadata: &Metadata<'_>) -> bool {
        metadata.target() != SHOWS_REPLIES || *metadata.level() <= Level::ERROR
    }
    filter_fn(fit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str, events: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, filter, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, events);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_has_one_flat_object_per_line_with_the_time_in_utc() {
        let text = logged(LogFormat::Json, "info", || {
            let _span = tracing::info_span!("reconcile", object = "a/b").entered();
            tracing::info!(session = "dyn", calls = 2, "settled");
            tracing::debug!("not asked for");
            tracing::warn!("second");
        });
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        let first = &lines[0];
        assert_eq!((&first["level"], &first["message"]), (&"INFO".into(), &"settled".into()));
        assert_eq!((&first["session"], &first["calls"]), (&"dyn".into(), &2.into()));
        assert_eq!(first["span"]["object"], "a/b");
        let time = first["timestamp"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    }

    #[test]
    fn text_is_for_people() {
        let text = logged(LogFormat::Text, "warn", || tracing::warn!(session = "dyn", "late"));
        assert!(text.contains("WARN") && text.contains("late") && !text.starts_with('{'), "{text}");
    }

    #[test]
    fn no_filter_shows_whole_replies_of_the_api_server() {
        for filter in ["trace", "kube_client=trace", "kube_client::client=trace", "[list]=trace"] {
            for format in [LogFormat::Text, LogFormat::Json] {
                let text = logged(format, filter, || {
                    let _span = tracing::info_span!("list").entered();
                    tracing::warn!(target: "kube_client::client", "the whole reply");
                    tracing::error!(target: "kube_client::client", "an error");
                });
                assert!(!text.contains("the whole reply"), "{filter}: {text}");
                assert!(text.contains("an error"), "{filter}: {text}");
            }
        }
    }

    #[test]
    fn the_filter_of_the_controller_can_be_read_and_one_that_cannot_is_refused() {
        assert!(subscriber(LogFormat::Json, CONTROLLER_FILTER, io::sink).is_ok());
        assert!(subscriber(LogFormat::Json, "roster=loud", io::sink).is_err());
    }
}
