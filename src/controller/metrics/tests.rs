#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::remote::Cause;
use crate::systems::CallOutcome;

const SESSION: &str = "team-a/dynect";
const KIND: &str = "UpdateUser";

fn call(operation: &'static str, outcome: CallOutcome) -> CallReport {
    CallReport { system: "DynECT", operation, outcome, duration: Duration::from_millis(40) }
}

/// Metrics in which each family has a sample.
fn used() -> Metrics {
    let metrics = Metrics::new();
    metrics.called(&call("list update users", CallOutcome::Done));
    metrics.reconciled(KIND, ReconcileResult::Done, Duration::from_millis(3));
    metrics.wrote(KIND, Written::Status);
    metrics.drift_detected(KIND);
    metrics.accounts_counted(SESSION, KIND, &BTreeMap::from([(AccountState::Ready, 2)]));
    metrics.session_is_up(SESSION, true);
    metrics.request_budget_remaining(SESSION, 7);
    metrics.credentials_last_rotated(SESSION, Some(Timestamp::from_second(1_700_000_000).unwrap()));
    metrics.deletions_blocked(SESSION, 3);
    metrics.leading(true);
    metrics
}

/// The value of one sample.
fn value(metrics: &Metrics, sample: &str) -> Option<String> {
    let text = metrics.encode();
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    lines.find(|(name, _)| *name == sample).map(|(_, value)| value.to_owned())
}

#[test]
fn every_event_is_in_the_text_with_its_labels_and_unit() {
    let metrics = used();
    metrics.called(&call("list update users", CallOutcome::Failed(Cause::Busy)));
    metrics.called(&call("list update users", CallOutcome::Done));
    for (sample, expected) in [
        (
            r#"roster_remote_calls_total{system="DynECT",operation="list update users",outcome="ok"}"#,
            "2",
        ),
        (
            r#"roster_remote_calls_total{system="DynECT",operation="list update users",outcome="Busy"}"#,
            "1",
        ),
        (
            r#"roster_remote_call_duration_seconds_count{system="DynECT",operation="list update users"}"#,
            "3",
        ),
        (
            r#"roster_remote_call_duration_seconds_bucket{le="0.05",system="DynECT",operation="list update users"}"#,
            "3",
        ),
        (r#"roster_reconciles_total{kind="UpdateUser",result="done"}"#, "1"),
        (r#"roster_reconcile_duration_seconds_sum{kind="UpdateUser"}"#, "0.003"),
        (r#"roster_api_writes_total{kind="UpdateUser",what="status"}"#, "1"),
        (r#"roster_drift_detected_total{kind="UpdateUser"}"#, "1"),
        (r#"roster_accounts{session="team-a/dynect",kind="UpdateUser",state="ready"}"#, "2"),
        (r#"roster_accounts{session="team-a/dynect",kind="UpdateUser",state="stalled"}"#, "0"),
        (r#"roster_session_up{session="team-a/dynect"}"#, "1"),
        (r#"roster_request_budget_remaining{session="team-a/dynect"}"#, "7"),
        (
            r#"roster_credentials_last_rotated_timestamp_seconds{session="team-a/dynect"}"#,
            "1700000000",
        ),
        (r#"roster_deletions_blocked{session="team-a/dynect"}"#, "3"),
        ("roster_leader", "1"),
    ] {
        assert_eq!(value(&metrics, sample).as_deref(), Some(expected), "{sample}");
    }
    let text = metrics.encode();
    let build = format!("roster_build_info{{version=\"{}\"}} 1\n", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&build), "{text}");
    assert!(text.contains("# UNIT roster_remote_call_duration_seconds seconds\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn what_is_gone_disappears_and_what_is_not_stays() {
    let metrics = used();
    let other = "team-b/dynect";
    metrics.session_is_up(other, false);
    metrics.accounts_counted(other, KIND, &BTreeMap::from([(AccountState::Stalled, 1)]));
    metrics.accounts_counted(SESSION, "PortalUser", &BTreeMap::from([(AccountState::Ready, 1)]));

    metrics.accounts_counted(SESSION, "PortalUser", &BTreeMap::from([(AccountState::Ready, 0)]));
    assert!(!metrics.encode().contains("PortalUser"));
    assert!(metrics.encode().contains(r#"session="team-a/dynect",kind="UpdateUser""#));

    metrics.credentials_last_rotated(SESSION, None);
    assert!(!metrics.encode().contains("timestamp_seconds{"));

    metrics.forget_session(SESSION);
    let text = metrics.encode();
    assert!(!text.contains(SESSION), "{text}");
    assert!(text.contains(r#"roster_session_up{session="team-b/dynect"} 0"#), "{text}");
    assert!(text.contains(r#"roster_accounts{session="team-b/dynect""#), "{text}");
    metrics.forget_session(SESSION);
}

#[test]
fn clones_count_together() {
    let metrics = Metrics::new();
    metrics.clone().leading(true);
    assert_eq!(value(&metrics, "roster_leader").as_deref(), Some("1"));
    metrics.leading(false);
    assert_eq!(value(&metrics, "roster_leader").as_deref(), Some("0"));
}

#[test]
fn every_value_of_a_label_is_named_in_the_help_of_its_metric() {
    let text = used().encode();
    let help = |metric: &str| {
        let start = format!("# HELP roster_{metric} ");
        text.lines().find_map(|line| line.strip_prefix(&start)).unwrap().to_owned()
    };
    for (metric, words) in [
        ("api_writes", Written::ALL.map(Written::as_str).to_vec()),
        ("reconciles", ReconcileResult::ALL.map(ReconcileResult::as_str).to_vec()),
        ("accounts", AccountState::ALL.map(AccountState::as_str).to_vec()),
    ] {
        for word in words {
            assert!(help(metric).contains(word), "{metric}: {word}");
        }
    }
}

/// The rows of the reference, from what is exported.
fn table(text: &str) -> String {
    let mut table = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    let mut rows = BTreeSet::new();
    for family in text.split("# HELP ").skip(1) {
        let (name, rest) = family.split_once(' ').unwrap();
        let help = rest.lines().next().unwrap();
        let kind = rest.lines().find_map(|line| line.strip_prefix("# TYPE ")).unwrap();
        let kind = kind.rsplit_once(' ').unwrap().1;
        let sample = rest.lines().find(|line| line.starts_with("roster_")).unwrap_or_else(|| {
            panic!("{name} has no sample: the test does not use it");
        });
        let labels = sample.split_once('{').map_or("", |(_, labels)| labels);
        let labels = labels.split(',').filter_map(|label| label.split_once('='));
        let labels = labels.map(|(label, _)| label).filter(|label| *label != "le");
        let labels: Vec<_> = labels.map(|label| format!("`{label}`")).collect();
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let (labels, meaning) = (labels.join(", "), help.replace('|', "\\|"));
        rows.insert(format!("| `{name}{suffix}` | {kind} | {labels} | {meaning} |"));
    }
    for row in rows {
        writeln!(table, "{row}").unwrap();
    }
    table
}

#[test]
fn the_page_of_metrics_is_current() {
    let table = table(&used().encode());
    assert_eq!(table.lines().count(), 2 + 13, "{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- begin of the generated table -->\n", "<!-- end -->\n");
    let (head, rest) = text.split_once(begin).unwrap();
    let (shown, tail) = rest.split_once(end).unwrap();
    if std::env::var_os("ROSTER_WRITE_DOCS").is_some() {
        fs::write(&path, [head, begin, &table, end, tail].concat()).unwrap();
    } else {
        let remedy = "write it again with: ROSTER_WRITE_DOCS=1 cargo test --lib metrics";
        assert!(shown == table, "docs/metrics.md is not what the code says; {remedy}");
    }
}
