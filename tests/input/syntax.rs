//! Texts that are not YAML, and YAML that no manifest needs.

use std::fmt::Write as _;

use super::{errors, read, summary, user, users};

#[test]
fn a_syntax_error_is_shown_where_it_is_with_what_is_usually_behind_it() {
    assert_eq!(
        errors("apiVersion: roster.rs/v1alpha1\nkind: UpdateUser\nspec:\n  nickname: a: b\n"),
        "\
error: this is not YAML: mapping values are not allowed in this context
  --> <stdin>:4:14
   |
 4 |   nickname: a: b
   |              ^
   = text that holds `: ` needs quotes; if this is a field, compare its indentation"
    );
}

#[test]
fn the_documents_around_a_syntax_error_are_read() {
    let text = format!(
        "{}---\nspec: [a\n---\n{}",
        user("  nickame: a\n"),
        user("  nickname: \"a b\"\n").replace("edge1", "edge2")
    );
    let told = summary(&text);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("6:3: unknown field `spec.nickame`"), "{told:?}");
    assert!(told[1].starts_with("8:7: this is not YAML: "), "{told:?}");
    assert!(told[2].starts_with("15:13: `spec.nickname` must be letters"), "{told:?}");
}

#[test]
fn every_duplicate_field_is_told_with_both_places() {
    let text = user("  nickname: a\n  suspend: true\n  nickname: b\n  suspend: false\n");
    assert_eq!(
        errors(&text),
        "\
error: the field `nickname` is given twice
  --> <stdin>:8:3
   |
 8 |   nickname: b
   |   ^^^^^^^^
   = it is given first here:
  --> <stdin>:6:3
   |
 6 |   nickname: a
   |   ^^^^^^^^

error: the field `suspend` is given twice
  --> <stdin>:9:3
   |
 9 |   suspend: false
   |   ^^^^^^^
   = it is given first here:
  --> <stdin>:7:3
   |
 7 |   suspend: true
   |   ^^^^^^^"
    );
}

#[test]
fn syntax_errors_come_with_what_usually_helps() {
    let cases = [
        ("a: \"b\n", "a quote that was opened before is never closed"),
        ("a:\n\tb: c\n", "indent with spaces, not with tabs"),
        ("a: @b\n", "text that begins with this character needs quotes"),
        ("a:\n  b: c\n d: e\n", "compare the indentation of this line with the lines above"),
    ];
    for (text, help) in cases {
        let told = errors(text);
        assert!(told.contains("error: this is not YAML: "), "{told}");
        assert!(told.ends_with(help), "{told}");
    }
}

#[test]
fn yaml_that_means_nothing_in_a_manifest_is_refused() {
    let cases = [
        (
            "  nickname: !vault edge1\n",
            "6:13: this tag means nothing here; quote text that begins with `!`",
        ),
        (
            "  nickname: *edge\n",
            "6:13: no anchor comes before this alias; quote text that begins with `*`",
        ),
        ("  nickname: edge1\n  ? [a]\n  : b\n", "7:5: a field's name must be text"),
        (
            "  password: &a {generate: *a}\n",
            "6:27: this alias refers to a value that it is part of",
        ),
        ("  nickname: a\n  <<: text\n", "7:3: `<<` takes a mapping, or a list of mappings"),
    ];
    for (more, expected) in cases {
        let told = summary(&user(more));
        assert_eq!(told.first().map(String::as_str), Some(expected), "{more}: {told:?}");
    }
}

#[test]
fn anchors_aliases_and_merges_are_resolved() {
    let text = user(
        "  nickname: &name edge1\n  outputSecret: {<<: &base {name: base, keys: {password: pw}}, name: *name}\n",
    );
    let input = read(&text).unwrap();
    let output = users(&input)[0].object.spec.output_secret.as_ref().unwrap();
    assert_eq!(output.name, "edge1");
    assert_eq!(output.password_key(), "pw");
}

#[test]
fn earlier_merged_mappings_win_over_later_ones() {
    let text = user(
        "  nickname: a\n  outputSecret: {<<: [{name: first}, {name: second, keys: {password: pw}}]}\n",
    );
    let input = read(&text).unwrap();
    let output = users(&input)[0].object.spec.output_secret.as_ref().unwrap();
    assert_eq!((output.name.as_str(), output.password_key()), ("first", "pw"));
}

#[test]
fn a_document_that_explodes_through_its_aliases_is_refused() {
    let mut text = user("  nickname: edge1\n") + "l0: &l0 [a, a, a, a, a, a, a, a, a, a]\n";
    for level in 1..10 {
        let below = vec![format!("*l{}", level - 1); 10].join(", ");
        writeln!(text, "l{level}: &l{level} [{below}]").unwrap();
    }
    let told = summary(&text);
    let message = "the aliases of this document add more values than any manifest needs";
    assert!(told.iter().any(|told| told.ends_with(message)), "{told:?}");
}

#[test]
fn a_document_that_is_nested_too_deeply_is_refused() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let told = summary(&format!("a: {}\n", deep(300)));
    assert_eq!(told, ["1:259: this is not YAML: recursion limit exceeded"]);
    let inner = deep(200);
    let told = summary(&format!("a: &a {inner}\nb: {}\n", deep(200).replace("[]", "[*a]")));
    assert!(
        told.iter().any(|told| told.ends_with("values are nested too deeply here")),
        "{told:?}"
    );
}

#[test]
fn json_is_read_like_yaml() {
    let text = r#"{
	"apiVersion": "roster.rs\/v1alpha1", "kind": "UpdateUser",
	"metadata": {"name": "edge1"},
	"spec": {"sessionRef": {"name": "dynect"}, "nickname": "edge1",
		"outputSecret": {"name": "a", "template": {"annotations": {"note": "\ud83d\ude00 \u00e4"}}}}
}"#;
    let input = read(text).unwrap();
    let output = users(&input)[0].object.spec.output_secret.as_ref().unwrap();
    let annotations = output.template.as_ref().unwrap().annotations.as_ref().unwrap();
    assert_eq!(annotations["note"], "😀 ä");
}
