//! What becomes of S3 credentials where a policy says something else.

use serde_json::Value;

use super::{NIGHTLY, age, ann, apply, is_at_rest, key, key_calls, keys, living, plan, run, works};
use crate::portal::{declare, person, session, start, user};

#[test]
fn removing_an_account_takes_its_keys_only_with_the_user() {
    let bench = start();
    let dana = |more: &[&str]| person("dana", &[&[&*keys(&[key("nightly", "")])], more].concat());
    declare(&bench, &dana(&[]));
    apply(&bench).expect(0);
    let id = works(&bench, NIGHTLY, "");
    declare(&bench, &dana(&["deletionPolicy: Retain"]));
    run(&bench, &["delete", "--yes"]).expect(0);
    assert_eq!(living(&bench, "dana"), std::slice::from_ref(&id));
    let delete =
        ["deletionPolicy: Delete", "acknowledgeDataLoss: dana", "adoptionPolicy: IfExists"];
    declare(&bench, &dana(&delete));
    apply(&bench).expect(0);
    assert_eq!(works(&bench, NIGHTLY, ""), id, "the Secret still says whose it is");
    run(&bench, &["delete", "--yes"]).expect(0);
    assert!(user(&bench, "dana").is_none());
}

#[test]
fn a_session_that_only_reads_makes_no_key() {
    let bench = start();
    let text = session(&bench).replace("  endpoint", "  mode: ReadOnly\n  endpoint");
    bench.write("accounts.yaml", &(text + &ann(&[key("nightly", "")])));
    let json: Value =
        serde_json::from_str(&run(&bench, &["plan", "-o", "json"]).expect(0).stdout).unwrap();
    assert_eq!(json["sessions"][0]["accessKeys"], Value::Null);
    apply(&bench).expect(0);
    assert_eq!(key_calls(&bench), [""; 0]);
}

#[test]
fn an_object_that_only_observes_makes_no_key_and_one_that_only_creates_replaces_none() {
    let bench = start();
    let due = key("nightly", ", rotation: {interval: 90d}");
    let with =
        |policy: &str| ann(std::slice::from_ref(&due)) + &format!("  managementPolicy: {policy}\n");
    declare(&bench, &with("Observe"));
    apply(&bench).expect(0);
    assert_eq!(key_calls(&bench), [""; 0]);
    declare(&bench, &with("CreateOnly"));
    apply(&bench).expect(0);
    let id = works(&bench, NIGHTLY, "");
    age(&bench, NIGHTLY, "2020-01-01T00:00:00Z");
    is_at_rest(&bench);
    assert_eq!(works(&bench, NIGHTLY, ""), id);
    declare(&bench, &ann(&[due]));
    plan(&bench).expect(2).says("s3Credentials.nightly: (sensitive, changed)");
}
