//! Gauges that nothing announces: what is left of a budget, how old credentials are.

use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;

/// Twice as often as Prometheus usually asks.
const INTERVAL: Duration = Duration::from_secs(15);

/// Measures the open sessions, for ever.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        for session in shared.sessions.all_open() {
            let name = session.name.to_string();
            if let Some(budget) = shared.sessions.budget_of(&session.space) {
                shared.metrics.request_budget_remaining(&name, budget.remaining().into());
            }
            let kinds = shared.kinds().iter();
            let oldest = kinds.filter_map(|kind| kind.oldest_credentials(&session.name)).min();
            shared.metrics.credentials_last_rotated(&name, oldest);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
