//! Keys that were made, or perhaps made, when the answer was lost.

use roster::sim::ctera::{Fault, FaultKind};

use super::{ANN, NIGHTLY, ann, apply, is_at_rest, key, living, plan, works};
use crate::portal::{TENANT, declare, start, user};

#[test]
fn a_key_whose_answer_was_lost_is_deleted_and_another_one_is_made() {
    let bench = start();
    let portal = bench.simulator.ctera();
    let (theirs, _) = portal.create_key(TENANT, ANN).unwrap();
    declare(&bench, &ann(&[key("nightly", "")]));
    // Whatever comes after the lost answer is cut off too, as if the program had ended.
    portal.fault(Fault::new(FaultKind::DropAfter).operation("createApiKey"));
    portal.fault(Fault::new(FaultKind::DropBefore).operation("getApiKeys").skip(1).times(99));
    apply(&bench).expect(1).says("PortalUser default/ann: access key `nightly`");
    portal.clear_faults();
    assert_eq!(living(&bench, ANN).len(), 2, "one was made that nobody has");
    plan(&bench).expect(2).says("nightly: (sensitive), an earlier one was not finished");
    apply(&bench).expect(0).says("access keys made: 1, deleted: 1");
    assert_eq!(living(&bench, ANN), [theirs, works(&bench, NIGHTLY, "")]);
    assert_eq!(user(&bench, ANN).unwrap().keys.len(), 3);
    is_at_rest(&bench);
}
