//! What is done and said in one situation each.

use futures::FutureExt;

use super::world::{Fault, Process};
use super::{Stage, at, key, rotated};
use crate::kinds::access_keys::{KeptKeys, KeyPair, KeyVault, keep_keys};
use crate::plan::Reason;
use crate::remote::{Cause, Retry};

#[test]
fn a_new_key_is_written_down_made_and_stored_in_this_order() {
    let mut stage = Stage::new(vec![key("media", "s-media")]);
    let report = stage.run();
    assert_eq!(stage.calls(), ["read s-media", "list", "write s-media", "issue", "write s-media"]);
    assert_eq!(report.issued, ["AK1"]);
    let [status] = &*report.status else { panic!("{report:?}") };
    assert_eq!(status.access_key_id.as_deref(), Some("AK1"));
    assert_eq!(status.output_secret.as_deref(), Some("s-media"));
}

#[test]
fn a_rotation_keeps_the_replaced_pair_until_its_time_is_over() {
    let mut stage = Stage::new(vec![rotated("backup", "s")]);
    assert_eq!(stage.run().next, Some(at("2026-01-02T00:00:00Z")));
    stage.now = at("2026-01-02T00:00:00Z");
    assert_eq!(stage.run().next, Some(at("2026-01-02T02:00:00Z")));
    assert_eq!((stage.current("s"), stage.previous("s")), (Some("AK2".into()), Some("AK1".into())));
    stage.now = at("2026-01-02T01:59:59Z");
    stage.run();
    assert!(stage.remote_calls().is_empty());
    stage.now = at("2026-01-02T02:00:00Z");
    let report = stage.run();
    assert_eq!(
        (report.revoked, report.next),
        (vec!["AK1".into()], Some(at("2026-01-03T00:00:00Z")))
    );
    assert_eq!((stage.current("s"), stage.previous("s")), (Some("AK2".into()), None));
    stage.assert_kept();
}

#[test]
fn a_lost_secret_has_its_key_replaced_once_another_is_stored() {
    let mut stage = Stage::new(vec![key("media", "s")]);
    stage.run();
    stage.edit(|world| world.secrets.clear());
    stage.edit(|world| world.most = Some(3));
    let report = stage.run();
    // The account can have no more keys, so the lost one stays, and is not forgotten.
    assert_eq!(report.problem.map(|(reason, _)| reason), Some(Reason::Rejected));
    assert_eq!(report.status[0].retired_access_key_ids, ["AK1"]);
    stage.edit(|world| world.most = None);
    let report = stage.run();
    assert_eq!((report.issued, report.revoked), (vec!["AK2".into()], vec!["AK1".into()]));
    stage.assert_kept();
}

#[test]
fn too_many_keys_are_told_and_do_not_stop_the_others() {
    let mut stage = Stage::new(vec![rotated("backup", "s-backup"), key("media", "s-media")]);
    stage.run();
    stage.edit(|world| world.most = Some(4));
    stage.now = at("2026-01-02T00:00:00Z");
    stage.declared.remove(1);
    let report = stage.run();
    let (reason, text) = report.problem.unwrap();
    assert_eq!((reason, report.retry), (Reason::Rejected, Some(Retry::Slowly)));
    assert_eq!(text, "access key `backup`: no key is made: Toy: cannot do something: no");
    // The other one was removed, and nothing of the refused one is open.
    assert_eq!(report.revoked, ["AK2"]);
    assert_eq!(stage.edit(|world| world.held("s-backup").issuing), None);
    stage.run();
    stage.assert_kept();
}

#[test]
fn a_secret_of_somebody_else_is_left_alone() {
    let mut stage = Stage::new(vec![key("media", "s-media"), key("backup", "s-backup")]);
    stage.edit(|world| world.put_foreign("s-media"));
    let report = stage.run();
    let (reason, text) = report.problem.unwrap();
    assert_eq!((reason, report.retry), (Reason::SecretConflict, Some(Retry::WhenChanged)));
    assert!(text.starts_with("access key `media`: the Secret `s-media` exists"), "{text}");
    assert_eq!(report.issued, ["AK1"]);
    assert!(!stage.calls().contains(&"write s-media".to_owned()));
    stage.declared.remove(0);
    stage.run();
    assert!(stage.edit(|world| world.secrets.contains_key("s-media")));
}

#[test]
fn two_keys_cannot_share_a_secret() {
    let mut stage = Stage::new(vec![key("media", "s")]);
    stage.run();
    stage.declared.push(key("backup", "s"));
    let before = stage.recorded.clone();
    let report = stage.run();
    assert_eq!(report.problem.map(|(reason, _)| reason), Some(Reason::Invalid));
    assert_eq!(report.status, before);
    assert!(stage.remote_calls().is_empty());
}

#[test]
fn among_several_keys_that_came_meanwhile_none_is_deleted() {
    let mut stage = Stage::new(vec![key("media", "s-media"), key("backup", "s-backup")]);
    stage.edit(|world| world.fault = Some((5, Fault::CrashAfter)));
    assert!(stage.try_run().is_none());
    stage.edit(|world| world.fault = None);
    stage.edit(|world| world.keys.insert("PEOPLE3".into()));
    let report = stage.run();
    let (reason, text) = report.problem.unwrap();
    assert_eq!((reason, report.retry), (Reason::Ambiguous, Some(Retry::Slowly)));
    assert!(text.contains("which of `AK1`, `PEOPLE3` it is"), "{text}");
    assert_eq!((report.revoked.len(), report.issued), (0, vec!["AK2".into()]));
    stage.edit(|world| world.keys.remove("AK1"));
    stage.edit(|world| world.keys.remove("PEOPLE3"));
    assert_eq!(stage.run().problem, None);
    stage.assert_kept();
}

#[test]
fn nothing_is_stored_any_more_for_a_key_that_another_process_deleted() {
    let stage = Stage::new(vec![key("media", "s")]);
    let slow = Process::new(&stage.world);
    stage.edit(|world| world.fault = Some((4, Fault::CrashAfter)));
    assert!(keep_keys(stage.wish(), &slow, &slow).now_or_never().is_none());
    stage.edit(|world| world.fault = None);
    let other = Stage { now: at("2026-01-01T00:00:01Z"), ..stage };
    let report = other.try_run().unwrap();
    assert_eq!((report.revoked, report.issued), (vec!["AK1".into()], vec!["AK2".into()]));
    let current = Some(KeyPair { id: "AK1".into(), secret: "AK1-half".into() });
    let late = KeptKeys { current, ..KeptKeys::default() };
    let written = slow.write(&other.declared[0].output_secret, &late).now_or_never().unwrap();
    assert_eq!(written, Err(Cause::Conflict));
    other.assert_kept();
}

#[test]
fn a_key_that_cannot_be_stored_is_deleted_at_once() {
    let mut stage = Stage::new(vec![key("media", "s")]);
    stage.edit(|world| world.fault = Some((5, Fault::FailBefore)));
    let report = stage.run();
    assert_eq!((report.failure, report.revoked), (Some(Cause::OutcomeUnknown), vec!["AK1".into()]));
    assert!(stage.unknown().is_empty());
}

#[test]
fn a_key_whose_storing_is_in_doubt_stays_if_it_is_stored() {
    let mut stage = Stage::new(vec![key("media", "s")]);
    stage.edit(|world| world.fault = Some((5, Fault::FailAfter)));
    let report = stage.run();
    assert_eq!((report.issued, report.revoked.len()), (vec!["AK1".into()], 0));
    stage.assert_kept();
}

#[test]
fn what_cannot_be_read_leaves_everything_as_it_is() {
    let mut stage = Stage::new(vec![key("media", "s-media"), key("backup", "s-backup")]);
    stage.run();
    stage.declared.remove(0);
    let before = stage.recorded.clone();
    stage.edit(|world| world.fault = Some((2, Fault::FailBefore)));
    let report = stage.run();
    assert_eq!((report.failure, report.status), (Some(Cause::OutcomeUnknown), before));
    assert!(stage.remote_calls().is_empty());
}

#[test]
fn a_key_that_is_only_created_is_never_replaced() {
    let mut stage = Stage::new(vec![rotated("backup", "s")]);
    stage.create_only = true;
    stage.run();
    (stage.now, stage.request) = (at("2027-01-01T00:00:00Z"), Some("please"));
    assert_eq!(stage.run().next, None);
    assert_eq!(stage.current("s"), Some("AK1".into()));
}

#[test]
fn a_request_replaces_a_key_once() {
    let mut stage = Stage::new(vec![key("media", "s")]);
    stage.run();
    stage.request = Some("please");
    stage.run();
    assert_eq!((stage.current("s"), stage.previous("s")), (Some("AK2".into()), Some("AK1".into())));
    stage.now = at("2026-01-02T00:00:00Z");
    let report = stage.run();
    assert_eq!((report.issued.len(), report.revoked), (0, vec!["AK1".into()]));
}
