//! The rules between fields hold in the command line too.

use super::{errors, session, summary, user};

#[test]
fn a_broken_rule_is_shown_at_the_field_that_it_is_about() {
    assert_eq!(
        errors(&user(
            "  nickname: edge1\n  password:\n    generate: {}\n    rotation: {interval: 0s}\n"
        )),
        "\
error: `spec.outputSecret`: a generated password needs outputSecret, the Secret that it is stored in
  --> <stdin>:4:1
   |
 4 | spec:
   | ^^^^

error: `spec.password.rotation.interval`: must be longer than zero
  --> <stdin>:9:26
   |
 9 |     rotation: {interval: 0s}
   |                          ^^"
    );
}

#[test]
fn a_rule_about_the_whole_specification_needs_no_path() {
    assert_eq!(
        summary(&user("")),
        ["4:1: set nickname to create an account, userName to take over one that exists, or both"]
    );
    assert_eq!(
        summary(&session("  zatoSso: {currentApp: CRM}\n")),
        ["4:1: set exactly one of dynect, cteraPortal and zatoSso"]
    );
}

/// A field that is misspelt is also missing; telling both would send its author to the wrong place.
#[test]
fn rules_are_asked_only_when_the_shape_is_right() {
    assert_eq!(
        summary(&user("  nickame: edge1\n")),
        ["6:3: unknown field `spec.nickame`; did you mean `nickname`?"]
    );
}

#[test]
fn an_element_of_a_list_is_found_by_its_number() {
    let text = session("  allowedConsumers:\n  - namespaces: [a]\n  - kinds: [UpdateUser]\n");
    assert_eq!(
        summary(&text),
        ["9:5: `spec.allowedConsumers[1]`: set exactly one of namespaces and namespaceSelector"]
    );
}
