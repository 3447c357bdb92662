//! The XML dialect of the bodies, in and out. Text is kept to the letter.

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::node::{Node, Object};

/// How deep elements may be in each other; objects of a portal are a few levels deep.
const DEEPEST: usize = 64;

/// An element that is not closed yet.
enum Open {
    Value(String),
    List(Vec<Node>),
    Object(Object),
    Attribute(String, Option<Node>),
}

/// Reads one value. Nothing but white space is null.
///
/// # Errors
/// If it is no XML of this dialect; the text says what is wrong and shows nothing of the body.
pub(super) fn read(body: &[u8]) -> Result<Node, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is no UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    loop {
        let event = reader.read_event().map_err(|_| "the body is no XML".to_owned())?;
        match event {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err("the body is too deep".to_owned());
                }
                open.push(begin(&start)?);
            }
            Event::Empty(start) => {
                let element = begin(&start)?;
                end(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or("the body ends twice")?;
                end(element, &mut open, &mut root)?;
            }
            Event::Text(piece) => characters(&mut open, &piece.into_inner())?,
            Event::CData(piece) => characters(&mut open, &piece.into_inner())?,
            Event::GeneralRef(reference) => characters(&mut open, &resolved(&reference)?)?,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err("a document type has no place here".to_owned()),
            Event::Eof if open.is_empty() => return Ok(root.unwrap_or_default()),
            Event::Eof => return Err("the body ends too early".to_owned()),
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Open, String> {
    let mut named = [("class", None), ("uuid", None), ("id", None)];
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| "an attribute of an element is no XML".to_owned())?;
        let slot = named.iter_mut().find(|(name, _)| *name == attribute.key.as_ref());
        if let Some((_, value)) = slot {
            let unescaped = quick_xml::escape::unescape(&attribute.value);
            *value = Some(unescaped.map_err(|_| "an attribute cannot be read")?.into_owned());
        }
    }
    let [(_, class), (_, uuid), (_, id)] = named;
    match start.name().as_ref() {
        "val" => Ok(Open::Value(String::new())),
        "list" => Ok(Open::List(Vec::new())),
        "obj" => {
            let mut object = Object::default();
            (object.class, object.uuid) = (class, uuid);
            Ok(Open::Object(object))
        }
        "att" => Ok(Open::Attribute(id.ok_or("an att has no id")?, None)),
        _ => Err("an element is none of obj, att, list and val".to_owned()),
    }
}

/// Puts a finished element where it belongs.
fn end(element: Open, open: &mut [Open], root: &mut Option<Node>) -> Result<(), String> {
    let node = match element {
        Open::Value(text) => Node::Text(text),
        Open::List(list) => Node::List(list),
        Open::Object(object) => Node::Object(object),
        Open::Attribute(name, value) => {
            let Some(Open::Object(object)) = open.last_mut() else {
                return Err("an att is in no obj".to_owned());
            };
            object.set(&name, value.unwrap_or_default());
            return Ok(());
        }
    };
    match open.last_mut() {
        Some(Open::List(list)) => list.push(node),
        Some(Open::Attribute(_, value @ None)) => *value = Some(node),
        None if root.is_none() => *root = Some(node),
        _ => return Err("a value stands where none belongs".to_owned()),
    }
    Ok(())
}

fn characters(open: &mut [Open], piece: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(Open::Value(text)) => text.push_str(piece),
        _ if piece.chars().all(char::is_whitespace) => {}
        _ => return Err("text stands outside of a val".to_owned()),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || "a reference names no character".to_owned();
    if let Some(character) = reference.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name).map(str::to_owned).ok_or_else(unknown)
}

/// Writes a value. What was read is written with the same texts, names and order.
pub(super) fn write(node: &Node) -> String {
    let mut out = String::new();
    value(node, &mut out);
    out
}

fn value(node: &Node, out: &mut String) {
    match node {
        Node::Null => {}
        Node::Text(text) if text.is_empty() => out.push_str("<val/>"),
        Node::Text(text) => out.extend(["<val>", &escaped(text), "</val>"]),
        Node::List(list) if list.is_empty() => out.push_str("<list/>"),
        Node::List(list) => {
            out.push_str("<list>");
            for item in list {
                value(item, out);
            }
            out.push_str("</list>");
        }
        Node::Object(object) => {
            out.push_str("<obj");
            for (name, said) in [("class", &object.class), ("uuid", &object.uuid)] {
                if let Some(said) = said {
                    out.extend([" ", name, "=\"", &escaped(said), "\""]);
                }
            }
            out.push('>');
            for (name, said) in object.attributes() {
                out.extend(["<att id=\"", &escaped(name), "\""]);
                if *said == Node::Null {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    value(said, out);
                    out.push_str("</att>");
                }
            }
            out.push_str("</obj>");
        }
    }
}

/// A carriage return would be read as a line feed.
fn escaped(text: &str) -> String {
    escape(text).replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_to_the_letter() {
        for text in [
            "<val>0012345</val>",
            "<val> padded </val>",
            "<val/>",
            "<list/>",
            "<list><val>1.50</val><obj><att id=\"x\"/></obj></list>",
            "<obj class=\"A&amp;B\" uuid=\"u-1\"><att id=\"a\"/><att id=\"b\"><val>1 &lt; 2 &amp; &#13;ä</val></att>\
             <att id=\"c\"><obj class=\"Unknown\"><att id=\"d\"><list><val/></list></att></obj></att></obj>",
            "",
        ] {
            assert_eq!(write(&read(text.as_bytes()).unwrap()), text);
        }
    }

    #[test]
    fn declarations_comments_and_white_space_between_elements_are_nothing() {
        let text = "<?xml version=\"1.0\"?>\n<!-- a -->\n<obj>\n <att id=\"a\">\n  <val>b<![CDATA[ & ]]>c</val> </att>\n</obj>\n";
        let node = read(text.as_bytes()).unwrap();
        assert_eq!(node, Object::default().with("a", "b & c").into());
        assert_eq!(read(b" \n ").unwrap(), Node::Null);
    }

    #[test]
    fn what_is_no_such_xml_is_refused_without_showing_it() {
        let deep = "<list>".repeat(DEEPEST + 1);
        for text in [
            "secret",
            "<val>secret",
            "<secret/>",
            "<att id=\"a\"/>",
            "<obj><val>secret</val></obj>",
            "<obj><att><val/></att></obj>",
            "<obj><att id=\"a\"><val/><val/></att></obj>",
            "<val/><val/>",
            "<val>&secret;</val>",
            "<!DOCTYPE secret [<!ENTITY secret \"a\">]><val/>",
            "{\"secret\": 1}",
            &deep,
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
        assert!(read(&[b'<', 0xff]).is_err());
    }

    #[test]
    fn json_has_the_same_in_it() {
        let object = Object::of_class("C").with("a", "0012").with("b", Node::Null);
        let node = Node::List(vec![object.into()]);
        assert_eq!(node.to_json().to_string(), r#"[{"$class":"C","a":"0012","b":null}]"#);
        assert_eq!(Node::from_json(node.to_json()), node);
    }
}
