//! Later stages can point at fields too, in colour if they like.

use roster::cli::input::{InputErrors, Level};

use super::{read, user, users};

#[test]
fn a_field_is_found_by_its_path_or_else_what_is_around_it() {
    let text = user("  nickname: edge1\n  outputSecret:\n    name: a\n    keys: {password: pw}\n");
    let input = read(&text).unwrap();
    let origin = &users(&input)[0].origin;
    let cases = [
        ("spec.nickname", "6:13"),
        ("spec.outputSecret", "7:3"),
        ("spec.outputSecret.name", "8:11"),
        ("spec.outputSecret.keys.password", "9:22"),
        ("spec.outputSecret.keys.userName", "9:5"),
        ("spec.password.generate", "4:1"),
        ("spec.nickname.deeper", "6:13"),
        ("status", "1:1"),
        ("", "1:1"),
    ];
    for (path, expected) in cases {
        assert_eq!(origin.locate(path).to_string(), format!("<stdin>:{expected}"), "{path}");
    }
}

#[test]
fn an_error_about_a_field_is_shown_like_those_of_the_loader() {
    let input = read(&user("  nickname: edge1\n")).unwrap();
    let problem = users(&input)[0]
        .origin
        .problem("spec.sessionRef.name", "there is no ApiSession default/dynect")
        .help("declare it, or correct the name");
    assert_eq!(problem.level(), Level::Error);
    let errors = InputErrors::check(vec![problem]).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "\
error: there is no ApiSession default/dynect
  --> <stdin>:5:22
   |
 5 |   sessionRef: {name: dynect}
   |                      ^^^^^^
   = declare it, or correct the name"
    );
    assert!(InputErrors::check(Vec::new()).is_ok());
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let input = read(&user("  nickname: edge1\n")).unwrap();
    let problem = users(&input)[0].origin.problem("spec.nickname", "wrong");
    let painted = problem.render(true);
    assert!(painted.starts_with("\u{1b}[1m\u{1b}[91merror:\u{1b}[0m wrong\n"), "{painted:?}");
    let mut plain = painted;
    while let Some(begin) = plain.find('\u{1b}') {
        let end = plain[begin..].find('m').unwrap();
        plain.replace_range(begin..=begin + end, "");
    }
    assert_eq!(plain, problem.render(false));
}

#[test]
fn a_long_line_is_cut_around_the_place_that_is_meant() {
    let pad = "x".repeat(100);
    let text = format!(
        "{{a{pad}: 1, apiVersion: roster.rs/v1alpha1, kind: UpdateUser, metadata: {{name: a}}, spec: {{}}, b{pad}: 2}}"
    );
    let told = read(&text).unwrap_err().to_string();
    for line in told.lines().filter(|line| line.contains(" 1 | ")) {
        assert!(line.chars().count() < 250, "{line}");
        assert!(line.contains('…'), "{line}");
    }
    assert!(told.contains("`spec.sessionRef` is missing"), "{told}");
}

#[test]
fn a_line_can_do_nothing_to_the_terminal() {
    let told =
        read(&user("  nickname: \"a\u{202e}\u{7f}b\"\n  \u{1b}[31m: a\n")).unwrap_err().to_string();
    assert!(!told.contains(['\u{1b}', '\u{7f}', '\u{202e}']), "{told:?}");
}
