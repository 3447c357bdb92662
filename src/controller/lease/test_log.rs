//! What a test logs.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes into the log of the thread, and each test has its own.
struct LogOfThread;

impl io::Write for LogOfThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// For the whole process: a subscriber of one thread misses what another thread without one has met before.
pub fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::fmt().with_writer(|| LogOfThread).init());
}

/// What this thread logged.
pub fn log() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}
