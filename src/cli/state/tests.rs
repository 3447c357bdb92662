use super::*;

const SESSION: &str = "dynect api.example.com:443 acme";

fn object() -> ObjectName {
    ObjectName { kind: "UpdateUser", namespace: "default".into(), name: "edge1".into() }
}

fn memo() -> Memo<String> {
    Memo {
        key: Some("acme-edge1".into()),
        origin: Some(crate::plan::Origin::Created),
        claim: Some(Claim { evidence: Some(Marker::new("e")) }),
        applied: BTreeMap::from([("password".into(), Marker::new("m"))]),
    }
}

#[test]
fn what_was_saved_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut state = State::lock(&path).unwrap();
    assert!(state.remember(SESSION, &object(), Some(&memo())));
    assert!(!state.remember(SESSION, &object(), Some(&memo())), "no news");
    assert!(state.count_accounts(SESSION, "UpdateUser", 3));
    state.save().unwrap();
    drop(state);
    let again = State::read(&path).unwrap();
    assert_eq!(again.memo(SESSION, &object()), memo());
    assert_eq!(again.accounts(SESSION, "UpdateUser"), Some(3));
}

#[test]
fn without_the_key_the_accounts_are_known_but_no_marker_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut state = State::lock(&path).unwrap();
    state.remember(SESSION, &object(), Some(&memo()));
    state.save().unwrap();
    drop(state);
    fs::remove_file(folder.path().join("state.json.key")).unwrap();
    let again = State::read(&path).unwrap().memo(SESSION, &object());
    assert_eq!(again.key.as_deref(), Some("acme-edge1"));
    assert_eq!((again.applied.len(), again.claim), (0, Some(Claim { evidence: None })));
}

#[test]
fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let state = State::lock(&path).unwrap();
    state.save().unwrap();
    drop(state);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["state.json", "state.json.key"]);
}

#[test]
fn two_runs_do_not_write_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let first = State::lock(&path).unwrap();
    let error = State::lock(&path).unwrap_err().to_string();
    assert!(error.starts_with("another run is writing"), "{error}");
    drop(first);
    State::lock(&path).unwrap();
}

#[test]
fn a_file_of_another_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    for text in [r#"{"version": 2, "sessions": {}}"#, "not JSON", r#"{"version": 1}"#] {
        fs::write(&path, text).unwrap();
        State::read(&path).unwrap_err();
    }
}

#[test]
fn an_account_is_remembered_for_the_object_that_took_it_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::read(&folder.path().join("state.json")).unwrap();
    let renamed = ObjectName { name: "renamed".into(), ..object() };
    state.remember(SESSION, &object(), Some(&memo()));
    state.remember(SESSION, &renamed, Some(&memo()));
    assert_eq!(state.memo(SESSION, &object()), Memo::default());
    assert_eq!(state.memo(SESSION, &renamed), memo());
}

#[test]
fn removals_count_within_the_window_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::read(&folder.path().join("state.json")).unwrap();
    let hour = Duration::from_hours(1);
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    state.count_removal(SESSION, hour, start);
    state.count_removal(SESSION, hour, start + Duration::from_mins(30));
    assert_eq!(state.removals(SESSION, hour, start + Duration::from_mins(45)), 2);
    assert_eq!(state.removals(SESSION, hour, start + Duration::from_mins(61)), 1);
}

#[test]
fn an_object_without_an_account_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::read(&folder.path().join("state.json")).unwrap();
    state.remember(SESSION, &object(), Some(&memo()));
    assert!(state.remember(SESSION, &object(), None));
    assert!(!state.remember(SESSION, &object(), Some(&Memo::default())));
}

#[test]
fn the_kinds_of_one_account_space_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut state = State::lock(&path).unwrap();
    let other = ObjectName { kind: "UpdateUserGroup", ..object() };
    state.remember(SESSION, &object(), Some(&memo()));
    state.remember(SESSION, &other, Some(&memo()));
    assert_eq!(state.memo(SESSION, &object()), memo(), "the same key is another account");
    state.remember(SESSION, &other, None);
    let key = "acme-edge1".to_owned();
    for (kind, held) in [("UpdateUser", true), ("UpdateUserGroup", false), ("Update", false)] {
        assert_eq!(crate::plan::Others::is_held(&state.held(SESSION, kind), &key), held, "{kind}");
    }
    state.count_accounts(SESSION, "UpdateUser", 3);
    state.count_accounts(SESSION, "UpdateUserGroup", 5);
    state.save().unwrap();
    drop(state);
    let again = State::read(&path).unwrap();
    let counted = ["UpdateUser", "UpdateUserGroup", "Update"];
    assert_eq!(counted.map(|kind| again.accounts(SESSION, kind)), [Some(3), Some(5), None]);
}

#[test]
fn what_an_account_was_created_with_is_remembered_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut state = State::lock(&path).unwrap();
    for field in ["nickname", "another"] {
        assert!(!state.remember_created_with(SESSION, &object(), field, "early"), "no account yet");
    }
    state.remember(SESSION, &object(), Some(&memo()));
    for field in ["nickname", "another"] {
        assert!(state.remember_created_with(SESSION, &object(), field, "one"));
        assert!(!state.remember_created_with(SESSION, &object(), field, "two"));
    }
    state.remember(SESSION, &object(), Some(&Memo { claim: None, ..memo() }));
    state.save().unwrap();
    drop(state);
    let again = State::read(&path).unwrap();
    for field in ["nickname", "another"] {
        assert_eq!(again.created_with(SESSION, &object(), field), Some("one"));
    }
}

/// A file as it was written when update users were the only kind. It is read, and written as it was.
#[test]
fn a_file_of_update_users_alone_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let key = State::lock(&path).unwrap().key().identity();
    let before = format!(
        r#"{{
  "version": 1,
  "markerKey": "{key}",
  "sessions": {{
    "{SESSION}": {{
      "accounts": 3,
      "removals": [
        "2026-01-01T00:00:00Z"
      ],
      "objects": {{
        "UpdateUser default/edge1": {{
          "account": "acme-edge1",
          "origin": "Created",
          "claim": {{
            "evidence": "e"
          }},
          "applied": {{
            "password": "m"
          }},
          "nickname": "edge1"
        }}
      }}
    }}
  }}
}}
"#
    );
    fs::write(&path, &before).unwrap();
    let state = State::lock(&path).unwrap();
    assert_eq!(state.memo(SESSION, &object()), memo());
    assert_eq!(state.accounts(SESSION, "UpdateUser"), Some(3));
    assert_eq!(state.created_with(SESSION, &object(), "nickname"), Some("edge1"));
    state.save().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}
