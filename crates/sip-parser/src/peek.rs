//! The first facts of a message, read off its raw bytes.

/// What a start line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Its method as written.
        method: &'a str,
        /// Its Request-URI as written.
        uri: &'a str,
    },
    /// A response.
    Response {
        /// Its status code; 0 when it cannot be read.
        status: u16,
    },
}

/// Facts enough to give a message its place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek<'a> {
    /// The start line.
    pub start: Start<'a>,
    /// Call-ID.
    pub call_id: Option<&'a str>,
    /// Tag of From.
    pub from_tag: Option<&'a str>,
    /// Tag of To.
    pub to_tag: Option<&'a str>,
    /// Branch of the top Via.
    pub branch: Option<&'a str>,
    /// The first Resource-Priority line; a folded one still has its line breaks.
    pub resource_priority: Option<&'a str>,
}

/// Reads the first facts of a message. `None` exactly when [`crate::Message::parse`] says
/// [`crate::ParseError::NotSip`]; what it gives of a message that parses is what the parse gives.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Peek<'_>> {
    let _ = bytes;
    None
}
