//! What a scalar without quotes is.

/// What a scalar without quotes is to the readers of YAML that a manifest meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Text,
    Null,
    Bool(bool),
    Integer(i64),
    /// A truth value to readers of YAML 1.1, which `kubectl` is, and text to others.
    OtherBool,
    /// A number that is not a plain decimal integer, or one to some readers only.
    OtherNumber,
}

/// Tells what a scalar without quotes is.
pub(super) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO"
        | "off" | "Off" | "OFF" => Plain::OtherBool,
        _ => number(text),
    }
}

fn number(text: &str) -> Plain {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if is_decimal && !leading_zero {
        return text.parse().map_or(Plain::OtherNumber, Plain::Integer);
    }
    let unsigned = digits.to_ascii_lowercase();
    let special = matches!(unsigned.as_str(), ".inf" | ".nan");
    // Underscores between digits mean nothing in YAML 1.1.
    let bare = unsigned.replace('_', "");
    let based = |prefix: &str, base: u32| {
        let digits = bare.strip_prefix(prefix);
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(base)))
    };
    let begins = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    // Rust takes words such as `infinity` for numbers, which YAML does not.
    let float = begins && bare.parse::<f64>().is_ok();
    if special || float || based("0x", 16) || based("0o", 8) || based("0b", 2) {
        Plain::OtherNumber
    } else {
        Plain::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_without_quotes_is_what_some_reader_of_yaml_takes_it_for() {
        let cases = [
            (Plain::Null, &["", "~", "null", "NULL"][..]),
            (Plain::Bool(true), &["true", "True", "TRUE"]),
            (Plain::Bool(false), &["false", "False"]),
            (Plain::OtherBool, &["yes", "no", "on", "off", "y", "N", "Off"]),
            (Plain::Integer(0), &["0", "-0", "+0"]),
            (Plain::Integer(-17), &["-17"]),
            (Plain::Integer(443), &["443", "+443"]),
            (
                Plain::OtherNumber,
                &[
                    "0755",
                    "1_000",
                    "0x1F",
                    "0o17",
                    "0b11",
                    "-0x1",
                    "1.5",
                    ".5",
                    "5.",
                    "1e3",
                    "1E-3",
                    ".inf",
                    "-.INF",
                    ".nan",
                    "99999999999999999999",
                ],
            ),
            (
                Plain::Text,
                &[
                    "edge1",
                    "1edge",
                    "tRUE",
                    "nO",
                    "inf",
                    "infinity",
                    "nan",
                    "-",
                    "+",
                    ".",
                    "..",
                    "0x",
                    "0b2",
                    "0xg",
                    "1.2.3",
                    "12:30:45",
                    "2001-01-01",
                    "e3",
                    "_1x",
                    "1h30m",
                    "yess",
                ],
            ),
        ];
        for (expected, texts) in cases {
            for text in texts {
                assert_eq!(resolve(text), expected, "{text:?}");
            }
        }
    }
}
