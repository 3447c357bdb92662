//! Waiting for a condition, with a deadline.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::error::Elapsed;
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
            Err(Elapsed { .. }) => {}
        }
        assert!(Instant::now() < end, "not within {deadline:?}: {what}; last seen: {last}");
        sleep(INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_first_look_that_finds_something() {
        let mut looks = 0;
        let found = wait_for(DEADLINE, "the third look", async || {
            looks += 1;
            if looks == 3 { Ok("found") } else { Err(looks) }
        });
        assert_eq!((found.await, looks), ("found", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_in_vain_tells_what_it_saw_last() {
        let waiting = wait_for(DEADLINE, "the door is open", async || Err::<(), _>("it is shut"));
        assert_eq!(
            complaint(tokio::spawn(waiting).await),
            r#"not within 10s: the door is open; last seen: "it is shut""#
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_ends_with_the_deadline() {
        let waiting =
            wait_for(DEADLINE, "an answer", async || std::future::pending::<bool>().await);
        assert_eq!(
            complaint(tokio::spawn(waiting).await),
            "not within 10s: an answer; last seen: no look came to an end"
        );
    }

    fn complaint(ended: Result<(), tokio::task::JoinError>) -> String {
        *ended.unwrap_err().into_panic().downcast::<String>().unwrap()
    }
}
