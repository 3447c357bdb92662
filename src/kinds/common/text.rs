//! The shapes of text that the schemas ask for, each with words for a person.
//!
//! The schema can only hold the expression. Whoever shows an error looks the words up with [`meaning`].

/// A regular expression, and what a text must be like to match it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// In the syntax that the API server's and our engine share, and meaning the same to both: anchored at both ends,
    /// and without classes such as `\s` that one of them extends beyond ASCII.
    pub regex: &'static str,
    /// Reads on after "must be".
    pub means: &'static str,
}

/// RFC 1123 label: the name of a namespace.
pub const DNS_LABEL: Shape = Shape {
    regex: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    means: "lowercase letters, digits and `-`, beginning and ending with a letter or digit",
};

/// RFC 1123 subdomain: the name of any other Kubernetes object.
pub const DNS_SUBDOMAIN: Shape = Shape {
    regex: r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    means: "lowercase letters, digits, `-` and `.`, each part beginning and ending with a letter or digit",
};

/// A key of a Secret or `ConfigMap`.
pub const DATA_KEY: Shape =
    Shape { regex: r"^[-._a-zA-Z0-9]+$", means: "letters, digits, `-`, `_` and `.`" };

/// The key of a label or annotation: an optional DNS prefix, a slash, a name.
pub const QUALIFIED_NAME: Shape = Shape {
    regex: r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$",
    means: "a label key such as `team` or `example.com/team`",
};

/// The value of a label.
pub const LABEL_VALUE: Shape = Shape {
    regex: "^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$",
    means: "letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit",
};

/// A host without scheme, port or path. IPv6 addresses have two colons or more, so `host:443` is not taken for one.
pub const HOST: Shape = Shape {
    regex: r"^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7})$",
    means: "a host name or IP address alone, without scheme, port or path",
};

/// The value of `DynECT`'s header `API-Version`.
pub const API_VERSION: Shape = Shape {
    regex: r"^(current|[0-9]{1,4}(\.[0-9]{1,4}){0,2})$",
    means: "`current` or a version such as `3.7.16`",
};

/// A `DynECT` nickname. Letters, digits and dash are the set known to be safe; underscore and dot are let through for
/// the system to judge.
pub const NICKNAME: Shape = Shape {
    regex: "^[A-Za-z0-9][-._A-Za-z0-9]*$",
    means: "letters, digits, `-`, `_` and `.`, beginning with a letter or digit",
};

/// One segment of a URL path, so neither `.` nor `..`.
pub const PATH_SEGMENT: Shape = Shape {
    regex: r"^(\.{3,}|\.{0,2}[^\x00-\x20/.\x7f])[^\x00-\x20/\x7f]*$",
    means: "a name without blanks and slashes, and neither `.` nor `..`",
};

/// The printable ASCII characters that are neither letter, digit nor blank.
pub const SYMBOLS: Shape =
    Shape { regex: "^[!-/:-@\\[-`{-~]+$", means: "printable ASCII symbols, without blanks" };

/// A length of time, see [`super::Duration`].
pub const DURATION: Shape = Shape {
    regex: "^([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
    means: "whole days, hours, minutes and seconds in this order, such as `90d`, `1h30m` or `30s`",
};

/// An account name with `*` for any text and `?` for any one character.
pub const NAME_PATTERN: Shape = Shape {
    regex: r"^[^\x00-\x20/\x7f]+$",
    means: "a name without blanks and slashes, with `*` for any text and `?` for one character",
};

/// A text that can be the value of an HTTP header.
pub const HEADER_VALUE: Shape = Shape {
    regex: "^[!-~]([ -~]*[!-~])?$",
    means: "printable ASCII text without blanks around it",
};

/// A name of a CTERA Portal. It becomes a segment of a path, and the vendor's library leaves these characters as they are
/// there, so that they would name something else.
pub const PORTAL_NAME: Shape = Shape {
    regex: r"^(\.{3,}|\.{0,2}[^\x00-\x20/\\%#?.\x7f])([^\x00-\x1f/\\%#?\x7f]*[^\x00-\x20/\\%#?\x7f])?$",
    means: "a name without blanks around it and without `/`, `\\`, `%`, `#` and `?`, and neither `.` nor `..`",
};

/// An e-mail address, as far as its form tells.
pub const EMAIL: Shape = Shape {
    regex: r"^[^\x00-\x20@\x7f]+@[^\x00-\x20@\x7f]+$",
    means: "an e-mail address such as `dana@example.com`",
};

/// Text without control characters.
pub const PLAIN_TEXT: Shape =
    Shape { regex: r"^[^\x00-\x1f\x7f]*$", means: "text on one line, without control characters" };

/// A day.
pub const DATE: Shape = Shape {
    regex: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    means: "a day such as `2031-05-01`",
};

/// Every shape that a schema may use.
pub const ALL: [Shape; 17] = [
    DNS_LABEL,
    DNS_SUBDOMAIN,
    DATA_KEY,
    QUALIFIED_NAME,
    LABEL_VALUE,
    HOST,
    API_VERSION,
    NICKNAME,
    PATH_SEGMENT,
    SYMBOLS,
    DURATION,
    NAME_PATTERN,
    HEADER_VALUE,
    PORTAL_NAME,
    EMAIL,
    PLAIN_TEXT,
    DATE,
];

/// What a text must be like to match `regex`, if it is the expression of one of our shapes.
#[must_use]
pub fn meaning(regex: &str) -> Option<&'static str> {
    ALL.iter().find(|shape| shape.regex == regex).map(|shape| shape.means)
}
