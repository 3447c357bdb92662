//! One script for every kind of account: what the engine promises, tried on the simulator of the kind's system.
//!
//! A kind joins with one row below; what it has to bring along is said at [`subject::Subject`]. Every run in the script
//! is a new process with a new login. What it remembers from run to run is a [`record::Record`], and no plan, outcome or
//! error that comes up anywhere may show a secret.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// The script: every scenario, as a test of one row.
macro_rules! script {
    ($subject:ty: $($file:ident { $($scenario:ident)* })*) => {
        $($(
            #[tokio::test]
            async fn $scenario() {
                crate::$file::$scenario::<$subject>().await;
            }
        )*)*
    };
}

macro_rules! conformance {
    ($($row:ident: $subject:ty,)*) => {
        $(mod $row {
            use super::*;

            script! { $subject:
                life {
                    a_new_account_is_created_once_and_then_kept
                    every_value_can_be_declared_from_the_start
                    each_changed_field_costs_one_write
                    all_fields_changed_at_once_are_one_update
                    a_secret_is_rotated_once
                    a_lost_record_of_what_was_applied_causes_no_write
                    what_is_not_declared_is_neither_compared_nor_written
                }
                adoption {
                    an_account_of_somebody_else_is_left_alone_and_the_difference_is_shown
                    a_name_that_is_taken_is_not_taken_over
                    an_account_is_adopted_and_made_as_declared
                    an_account_that_is_as_declared_is_adopted_without_a_write
                    a_secret_that_cannot_be_read_is_not_written_on_adoption_but_when_it_changes
                    an_account_that_must_exist_is_never_created
                    an_account_that_may_exist_is_created_when_it_does_not
                }
                policies {
                    a_remote_edit_is_taken_back
                    a_remote_edit_is_only_reported_under_warn_and_edits_of_the_object_go_out
                    an_account_that_vanished_is_created_again_unless_drift_is_left
                    what_is_only_created_is_never_changed
                    what_is_only_observed_is_never_written
                    a_read_only_session_writes_nothing_and_says_what_it_would
                    what_the_login_may_not_do_is_refused_before_it_is_sent
                }
                removal {
                    the_deletion_policy_decides_and_without_one_the_origin
                    an_account_that_was_never_ours_is_not_removed
                    what_is_disabled_already_is_not_disabled_again
                    what_is_gone_already_is_success
                    the_deletion_guard_parks_what_is_too_much
                    an_account_that_another_object_holds_now_stays
                    removing_what_never_came_to_be_does_nothing
                }
                many {
                    one_list_and_one_login_serve_one_object_and_a_thousand
                    two_objects_that_claim_one_account_write_nothing_until_one_is_older
                    accounts_with_equal_secrets_stay_apart
                    a_list_that_lost_a_fifth_is_read_twice
                    a_list_that_cannot_be_read_decides_nothing
                    a_bad_item_among_many_fails_alone
                    an_account_that_vanishes_before_it_is_changed_fails_alone_and_comes_back
                    a_name_that_is_taken_after_the_look_is_not_taken_over
                }
                crash {
                    a_run_that_is_killed_at_any_call_is_finished_by_the_next
                    a_run_that_is_killed_at_any_record_is_finished_by_the_next
                    every_fault_at_any_call_is_survived
                    a_create_whose_reply_is_lost_is_resolved_by_looking
                    an_object_that_goes_takes_along_what_its_lost_create_made
                    equal_secrets_do_not_mix_accounts_up_when_a_run_is_killed
                }
            }
        })*
    };
}

mod adoption;
mod crash;
mod life;
mod many;
mod policies;
mod portal_costs;
mod portal_identity;
mod portal_user;
mod record;
mod removal;
mod subject;
mod update_user;
mod wish;
mod world;

use portal_user::{Homely, Paged, PortalUsers};
use update_user::{Discreet, Talkative, UpdateUsers, Usual};

conformance! {
    update_user_of_a_usual_system: UpdateUsers<Usual>,
    update_user_of_a_talkative_system: UpdateUsers<Talkative>,
    update_user_of_a_discreet_system: UpdateUsers<Discreet>,
    portal_user_of_a_usual_portal: PortalUsers<portal_user::Usual>,
    portal_user_for_an_administrator_of_the_tenant: PortalUsers<Homely>,
    portal_user_of_a_portal_with_small_pages: PortalUsers<Paged>,
}
