//! Waiting for a condition, with a deadline.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// Between two looks. Small against what a reconcile takes, large against the cost of a look.
const INTERVAL: Duration = Duration::from_millis(50);

/// What a look gives: the value that was waited for, or a description of what was there instead.
pub trait Look {
    type Value;

    fn seen(self) -> Result<Self::Value, String>;
}

impl Look for bool {
    type Value = ();

    fn seen(self) -> Result<(), String> {
        self.then_some(()).ok_or_else(|| "it does not hold".to_owned())
    }
}

impl<T> Look for Option<T> {
    type Value = T;

    fn seen(self) -> Result<T, String> {
        self.ok_or_else(|| "nothing".to_owned())
    }
}

impl<T, E: Debug> Look for Result<T, E> {
    type Value = T;

    fn seen(self) -> Result<T, String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// Looks again and again until there is what is waited for.
///
/// # Panics
///
/// After the deadline, with what was waited for and what was seen last. A look that hangs ends with the deadline too.
pub async fn wait_for<L: Look>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> L,
) -> L::Value {
    let end = Instant::now() + deadline;
    let mut last = "no look came to an end".to_owned();
    loop {
        match timeout_at(end, look()).await.map(Look::seen) {
            Ok(Ok(value)) => return value,
            Ok(Err(seen)) => last = seen,
            Err(_) => panic!("not within {deadline:?}: {what}; last seen: {last}"),
        }
        assert!(Instant::now() < end, "not within {deadline:?}: {what}; last seen: {last}");
        sleep(INTERVAL).await;
    }
}
