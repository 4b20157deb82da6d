//! Heads that cannot be read where they are: folded lines and octets that are no UTF-8.

use bytestring::ByteString;

use crate::grammar;
use crate::scan::Head;

/// A head written anew.
pub(crate) struct Plain {
    pub(crate) head: ByteString,
    /// Where the body starts in the message as it came.
    pub(crate) body: Option<usize>,
    /// Whether CR and LF occurred in the head as it came only as CRLF.
    pub(crate) whole: bool,
}

/// The head from its start line on, with every fold made one space (RFC 3261 §7.3.1), every line
/// end CRLF, and every octet that is no UTF-8 U+FFFD: a display name in Latin-1 stops no call.
pub(crate) fn head(bytes: &[u8], begin: usize) -> Plain {
    let mut head = Head::new(bytes, begin);
    let mut plain = Vec::with_capacity(bytes.len() - begin.min(bytes.len()));
    plain.extend_from_slice(bytes.get(head.start_line()).unwrap_or_default());
    plain.extend_from_slice(b"\r\n");
    while let Some(field) = head.next_field() {
        let text = bytes.get(field.all).unwrap_or_default();
        let mut lines = text.split(|octet| *octet == b'\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            // The first line is what it was: a name must not lose the white space before it.
            let line = if first { line } else { grammar::trim_start(line) };
            let line = if lines.peek().is_some() { grammar::trim_end(line) } else { line };
            plain.extend_from_slice(line);
            if lines.peek().is_some() {
                plain.push(b' ');
            }
            first = false;
        }
        plain.extend_from_slice(b"\r\n");
    }
    if head.body().is_some() {
        plain.extend_from_slice(b"\r\n");
    }
    let plain = match String::from_utf8(plain) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let end = head.body().unwrap_or(bytes.len());
    let whole = head.is_whole(bytes.get(begin..end).unwrap_or_default());
    Plain { head: plain.into(), body: head.body(), whole }
}
