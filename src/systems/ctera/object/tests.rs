use super::{Object, Value, is_writable, read};

/// A user with everything that a careless client would lose.
const USER: &str = "<obj class=\"PortalUser\" uuid='7&#45;a' future=\"x&amp;y\"><att id=\"uid\"><val>4711</val></att>\
<att id=\"sla\"><val>0012345</val></att><att id=\"rate\" unit=\"k\"><val>1.50</val></att><att id=\"pad\"><val> padded </val></att>\
<att id=\"email\" since=\"3\"><val type=\"mail\">dana@example.com</val></att><att id=\"company\"/><att id=\"comment\"><val/></att>\
<att id=\"note\"><val>a&amp;b&#10;<![CDATA[<c> & d]]>&lt;e</val></att><att id=\"odd\"><val>x</val><val>y</val></att>\
<att id=\"stats\"><obj class=\"Stats\"><att id=\"list\"><list><val>1</val><obj/><list/></list></att></obj></att><extra a='1'><b/></extra></obj>";

fn object(text: &str) -> Object {
    match read(text.as_bytes()) {
        Some(Value::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

fn written(object: &Object) -> String {
    Value::Object(object.clone()).written().to_string()
}

#[test]
fn what_is_not_changed_is_written_byte_for_byte() {
    assert_eq!(written(&object(USER)), USER);
}

#[test]
fn one_change_changes_one_value() {
    let mut user = object(USER);
    user.set("email", Value::text("<d&d>@example.com"));
    user.set("company", Value::text(""));
    user.set("new", Value::Null);
    let expected = USER
        .replace(
            "<att id=\"email\" since=\"3\"><val type=\"mail\">dana@example.com</val>",
            "<att id=\"email\" since=\"3\"><val>&lt;d&amp;d&gt;@example.com</val>",
        )
        .replace("<att id=\"company\"/>", "<att id=\"company\"><val/></att>")
        .replace("</extra></obj>", "</extra><att id=\"new\"/></obj>");
    assert_eq!(written(&user), expected);
}

#[test]
fn texts_are_the_portals_own_and_null_empty_and_absent_are_three_things() {
    let user = object(USER);
    assert_eq!(user.class(), Some("PortalUser"));
    assert_eq!(user.text("sla"), Some("0012345"));
    assert_eq!(user.text("rate"), Some("1.50"));
    assert_eq!(user.text("pad"), Some(" padded "));
    assert_eq!(user.text("note"), Some("a&b\n<c> & d<e"));
    assert_eq!(user.text("comment"), Some(""));
    assert!(matches!(user.get("company"), Some(Value::Null)));
    assert!(user.get("nothing").is_none());
    assert!(matches!(user.get("odd"), Some(Value::Foreign)));
    let stats = user.get("stats").and_then(Value::as_object).unwrap();
    assert_eq!(stats.get("list").and_then(Value::as_list).unwrap().len(), 3);
}

#[test]
fn declarations_blanks_and_comments_around_elements_carry_no_meaning() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- c -->\n<obj>\n <att id = \"a\" >\n  <val>x<!-- c -->y</val>\n </att>\n</obj>\n";
    assert_eq!(object(text).text("a"), Some("xy"));
}

#[test]
fn what_is_no_document_is_not_read() {
    for text in [
        "",
        " ",
        "Not Found",
        "<val>",
        "<val>a</list>",
        "<val>a</val><val>b</val>",
        "<val>a</val>b",
        "<val>&nbsp;</val>",
        "<!DOCTYPE val><val>a</val>",
        "<obj><att id=\"a\"/><att id=\"a\"/></obj>",
        "<obj>a</obj>",
        "<html><body><br>Sign in</body></html>",
    ] {
        assert!(read(text.as_bytes()).is_none(), "{text}");
    }
    assert!(read(b"<val>\xff</val>").is_none());
    assert!(matches!(read(b"<html><body>Sign in</body></html>"), Some(Value::Foreign)));
}

#[test]
fn values_are_nested_only_so_deep() {
    let nested = |depth| format!("{}{}", "<list>".repeat(depth), "</list>".repeat(depth));
    assert!(read(nested(40).as_bytes()).is_some());
    for depth in [60, 100_000] {
        assert!(read(nested(depth).as_bytes()).is_none());
        let foreign = nested(depth).replace("list", "div");
        assert!(read(foreign.as_bytes()).is_none());
    }
}

#[test]
fn control_characters_cannot_be_written() {
    for text in ["\0", "a\u{1b}b", "\u{b}", "\u{fffe}", "\u{ffff}"] {
        assert!(!is_writable(text), "{text:?}");
        let object = Object::new(None).with("a", Value::List(vec![Value::text(text)]));
        assert!(!Value::Object(object).is_writable());
        assert!(!Value::Secret(text.into()).is_writable());
    }
    assert!(is_writable("a\tb\r\n\u{7f}\u{85}ä😀"));
}

#[test]
fn secrets_are_sent_and_not_shown_and_neither_is_what_was_only_passed_on() {
    let mut user = object(USER);
    user.set("password", Value::Secret("p&w".into()));
    assert!(written(&user).contains("<att id=\"password\"><val>p&amp;w</val></att>"));
    let shown = Value::Object(user.clone()).shown();
    let expected = "<obj class=\"PortalUser\" uuid='7&#45;a' future=\"x&amp;y\">…<att id=\"password\"><val>*****</val></att></obj>";
    assert_eq!(shown, expected);
    let debug = format!("{user:?}");
    assert!(
        debug.starts_with("PortalUser([\"uid\", \"sla\"") && !debug.contains("4711"),
        "{debug}"
    );
}
