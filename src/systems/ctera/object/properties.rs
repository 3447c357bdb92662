//! What is read and written back is what it was, whatever it is.

use proptest::prelude::*;

use super::{Object, Value, is_writable, read};

/// Any text that XML can carry, with a liking for what is easily lost.
fn text() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(vec![
        " ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "&",
        "<",
        ">",
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&#10;",
        "'",
        "\"",
        "0012",
        "1.50",
        "true",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "ä",
        "😀",
        "</val>",
    ]);
    let piece = prop_oneof![odd.prop_map(str::to_owned), "\\PC{0,6}"];
    proptest::collection::vec(piece, 0..5)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("XML has no place for it", |text| is_writable(text))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = text().prop_map(Value::Text);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List);
        prop_oneof![list, object_of(inner).prop_map(Value::Object)]
    })
}

fn object_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    let attribute = (text(), prop_oneof![Just(Value::Null), value]);
    (proptest::option::of(text()), proptest::collection::vec(attribute, 0..5)).prop_map(
        |(class, attributes)| {
            let object = Object::new(class.as_deref());
            attributes.into_iter().fold(object, |object, (id, value)| object.with(&id, value))
        },
    )
}

/// The same value in words that tell every difference.
fn spelled(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Secret(_) => unreachable!("none is made here"),
        Value::Foreign => "foreign".to_owned(),
        Value::List(list) => {
            format!("[{}]", list.iter().map(spelled).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let attribute = |id: &str| format!("{id:?}: {}", object.get(id).map(spelled).unwrap());
            let attributes: Vec<_> = object.ids().map(attribute).collect();
            format!("{:?}{{{}}}", object.class(), attributes.join(", "))
        }
    }
}

fn read_back(value: &Value) -> Value {
    read(value.written().as_bytes()).expect("what is written can be read")
}

/// Pieces of XML, as a portal, a careless one, and an attacker write them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "<obj>",
        "<obj class='a'>",
        "</obj>",
        "<obj/>",
        "<att id=\"a\">",
        "<att id='b' x='1' >",
        "<att>",
        "</att>",
        "<att id=\"c\"/>",
        "<val>",
        "<val >",
        "</val>",
        "<val/>",
        "<list>",
        "</list>",
        "<list/>",
        "<x>",
        "</x>",
        "<x/>",
        "text",
        " ",
        "\r\n",
        "&amp;",
        "&#10;",
        "&bad;",
        "&",
        "<![CDATA[a<b]]>",
        "<!-- c -->",
        "<?p i?>",
        "ä",
        "\u{feff}",
    ]);
    proptest::collection::vec(piece, 0..14)
        .prop_map(|pieces| format!("<obj>{}</obj>", pieces.concat()))
}

proptest! {
    #[test]
    fn whatever_can_be_read_is_written_back_with_every_attribute(text in pieces()) {
        let Some(value) = read(text.as_bytes()) else { return Ok(()) };
        let again = read_back(&value);
        prop_assert_eq!(spelled(&again), spelled(&value));
        prop_assert_eq!(&*again.written(), &*value.written());
        let Some(object) = value.as_object() else { unreachable!() };
        for raw in object.parts.iter().filter_map(|part| part.raw.as_ref()) {
            prop_assert!(text.contains(raw));
        }
    }

    #[test]
    fn what_is_written_is_read_as_what_it_was(value in value()) {
        let again = read_back(&value);
        prop_assert_eq!(spelled(&again), spelled(&value));
        prop_assert_eq!(&*again.written(), &*value.written());
    }

    #[test]
    fn an_edit_changes_one_attribute_and_nothing_else(
        object in object_of(value()),
        at in any::<proptest::sample::Index>(),
        new in text(),
    ) {
        let Value::Object(seen) = read_back(&Value::Object(object)) else { unreachable!() };
        let ids: Vec<String> = seen.ids().map(str::to_owned).collect();
        prop_assume!(!ids.is_empty());
        let edited_id = at.get(&ids);
        let mut edited = seen.clone();
        edited.set(edited_id, Value::text(&new));
        let written = Value::Object(edited).written();
        let Some(Value::Object(again)) = read(written.as_bytes()) else { unreachable!() };
        prop_assert_eq!(again.text(edited_id), Some(new.as_str()));
        prop_assert_eq!(again.class(), seen.class());
        prop_assert_eq!(again.ids().collect::<Vec<_>>(), ids.iter().map(String::as_str).collect::<Vec<_>>());
        for id in ids.iter().filter(|id| *id != edited_id) {
            let one = |object: &Object| {
                let value = object.get(id).cloned().unwrap();
                value.written().to_string() + &spelled(&value)
            };
            prop_assert_eq!(one(&again), one(&seen));
        }
        // Edited back, every byte is what it was.
        let mut back = again;
        back.set(edited_id, seen.get(edited_id).cloned().unwrap());
        prop_assert_eq!(&*Value::Object(back).written(), &*Value::Object(seen).written());
    }
}
