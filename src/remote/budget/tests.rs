use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use tokio::task::{JoinSet, yield_now};
use tokio::time::Instant;

use super::*;

fn budget(requests_per_minute: u32) -> Arc<Budget> {
    let requests_per_minute = NonZeroU32::new(requests_per_minute).unwrap();
    Arc::new(Budget::new(BudgetLimits { requests_per_minute }))
}

/// When each of the first `count` requests of an endless backlog goes out, since the start.
async fn departures(budget: &Budget, count: usize) -> Vec<Duration> {
    let start = Instant::now();
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        budget.take(Priority::Normal).await;
        times.push(start.elapsed());
    }
    times
}

/// The largest number of requests in any window of 60 s, both ends counted.
fn fullest_minute(times: &[Duration]) -> usize {
    let window = |from: usize| {
        times[from..].iter().take_while(move |time| **time <= times[from] + Duration::from_mins(1))
    };
    (0..times.len()).map(|from| window(from).count()).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_backlog_fills_the_first_minute_and_uses_0_94_of_every_later_one() {
    let times = departures(&budget(300), 300 + 9 * 282).await;
    let until = |minutes: u64| {
        times.iter().filter(|time| **time <= Duration::from_secs(60 * minutes)).count()
    };
    assert_eq!(until(0), 18);
    assert_eq!(until(1), 300);
    assert_eq!(until(2), 582);
    assert_eq!(until(10), 2838);
    assert_eq!(fullest_minute(&times), 300);
}

#[tokio::test(start_paused = true)]
async fn no_window_holds_more_than_the_limit_whatever_the_limit() {
    for limit in [1, 2, 10, 59, 1000] {
        let times = departures(&budget(limit), 4 * limit as usize).await;
        assert!(fullest_minute(&times) <= limit as usize, "limit {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_never_saves_up_more_than_the_limit() {
    let budget = budget(300);
    tokio::time::sleep(Duration::from_hours(1)).await;
    let times = departures(&budget, 900).await;
    assert_eq!(fullest_minute(&times), 300);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_in_a_pause_and_no_burst_follows_it() {
    let budget = budget(300);
    budget.pause(Duration::from_mins(1));
    budget.pause(Duration::from_secs(5));
    assert_eq!(budget.paused_for(), Some(Duration::from_mins(1)));

    let times = departures(&budget, 2).await;
    let (pause, period) = (Duration::from_mins(1), Duration::from_millis(213));
    assert!(times[0] > pause && times[0] <= pause + period, "{:?}", times[0]);
    assert!(times[1] > times[0] && times[1] <= pause + 2 * period, "{:?}", times[1]);
    assert_eq!(budget.paused_for(), None);
}

#[tokio::test(start_paused = true)]
async fn a_pause_stops_the_request_that_is_waiting_already() {
    let budget = budget(1);
    budget.take(Priority::Normal).await;
    let start = Instant::now();
    let waiting = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move { budget.take(Priority::Urgent).await }
    });
    yield_now().await;
    budget.pause(Duration::from_mins(5));
    waiting.await.unwrap();
    assert!(start.elapsed() > Duration::from_mins(5));
}

/// Queues these requests in this order behind a busy slot and returns the order in which they get their turn.
async fn order(waiting: &[(Priority, &'static str)]) -> Vec<&'static str> {
    let lanes = Arc::new(Lanes::default());
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut requests = JoinSet::new();
    let busy = lanes.turn(Priority::Urgent).await;
    for &(priority, name) in waiting {
        let (lanes, served) = (Arc::clone(&lanes), Arc::clone(&served));
        requests.spawn(async move {
            let _turn = lanes.turn(priority).await;
            served.lock().unwrap().push(name);
            // The others get the chance to queue up while this turn lasts.
            yield_now().await;
        });
        yield_now().await;
    }
    drop(busy);
    requests.join_all().await;
    Arc::into_inner(served).unwrap().into_inner().unwrap()
}

#[tokio::test]
async fn at_most_one_request_of_each_lower_priority_stands_before_an_urgent_one() {
    let waiting = [
        (Priority::Background, "background 1"),
        (Priority::Background, "background 2"),
        (Priority::Normal, "normal 1"),
        (Priority::Normal, "normal 2"),
        (Priority::Urgent, "urgent 1"),
        (Priority::Urgent, "urgent 2"),
    ];
    let expected = ["background 1", "urgent 1", "urgent 2", "normal 1", "normal 2", "background 2"];
    assert_eq!(order(&waiting).await, expected);
}

#[tokio::test]
async fn equal_priorities_are_served_in_the_order_of_their_coming() {
    for priority in [Priority::Urgent, Priority::Normal, Priority::Background] {
        let waiting = [(priority, "1"), (priority, "2"), (priority, "3")];
        assert_eq!(order(&waiting).await, ["1", "2", "3"]);
    }
}

#[tokio::test(start_paused = true)]
async fn background_work_goes_on_under_an_endless_stream_of_urgent_work() {
    let budget = budget(300);
    let mut urgent = JoinSet::new();
    for _ in 0..4 {
        let budget = Arc::clone(&budget);
        urgent.spawn(async move {
            loop {
                budget.take(Priority::Urgent).await;
            }
        });
    }
    yield_now().await;
    let start = Instant::now();
    let mut background = 0;
    while start.elapsed() < Duration::from_mins(1) {
        budget.take(Priority::Background).await;
        background += 1;
    }
    // One place in a queue of five.
    assert!((50..=70).contains(&background), "{background}");
}

#[tokio::test]
async fn whoever_leaves_the_queue_frees_its_place() {
    let lanes = Lanes::default();
    let busy = lanes.turn(Priority::Normal).await;
    {
        let mut leaving = Box::pin(lanes.turn(Priority::Background));
        assert!((&mut leaving).now_or_never().is_none());
    }
    drop(busy);
    let mut next = Box::pin(lanes.turn(Priority::Background));
    assert!((&mut next).now_or_never().is_some());
}

#[tokio::test]
async fn creations_wait_for_each_other_and_remember_their_names() {
    let creations = Creations::default();
    let first = creations.begin().await;
    let mut second = Box::pin(creations.begin());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!((&mut second).now_or_never().is_some());

    creations.made("acme-edge1");
    assert!(creations.has_made("acme-edge1"));
    creations.gone("acme-edge1");
    assert!(!creations.has_made("acme-edge1"));
}

#[tokio::test(start_paused = true)]
async fn what_remains_falls_with_every_request_comes_back_with_time_and_is_nothing_in_a_pause() {
    let budget = budget(300);
    assert_eq!(budget.remaining(), 18);
    departures(&budget, 18).await;
    assert_eq!(budget.remaining(), 0);
    tokio::time::advance(Duration::from_secs(1)).await;
    let back = budget.remaining();
    assert!((4..=5).contains(&back), "282 a minute come back: {back}");
    for _ in 0..back {
        assert!(budget.take(Priority::Normal).now_or_never().is_some(), "no wait");
    }
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(budget.remaining(), 18);
    budget.pause(Duration::from_secs(10));
    assert_eq!(budget.remaining(), 0);
}
