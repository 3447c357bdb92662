//! Names in addresses.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name as one segment of a path.
pub(crate) fn segment(name: &str) -> impl Display {
    utf8_percent_encode(name, SEGMENT)
}
