//! Builds one message in one buffer.

use std::fmt::{self, Display, Write};
use std::net::SocketAddr;

use bytes::Bytes;

use crate::grammar;
use crate::value::text_within;
use crate::{Message, Name};

/// Builds one message. What it is given cannot break the message: CR, LF and NUL become spaces.
#[derive(Clone, Debug)]
pub struct Writer {
    buffer: Vec<u8>,
}

/// Room for a usual message without growing.
const USUAL: usize = 1_024;

/// The parameters of RFC 7339 §4.
fn is_overload(name: &str) -> bool {
    ["oc", "oc-algo", "oc-validity", "oc-seq"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl Writer {
    /// Starts a request.
    #[must_use]
    pub fn request(method: &str, uri: &str) -> Self {
        let mut writer = Self { buffer: Vec::with_capacity(USUAL) };
        writer.put(format_args!("{method} {uri}"));
        writer.buffer.extend_from_slice(b" SIP/2.0\r\n");
        writer
    }

    /// Starts a response.
    #[must_use]
    pub fn response(status: u16, phrase: &str) -> Self {
        let mut writer = Self { buffer: Vec::with_capacity(USUAL) };
        writer.put(format_args!("SIP/2.0 {status} {phrase}"));
        writer.buffer.extend_from_slice(b"\r\n");
        writer
    }

    /// Adds a header line. Content-Length is left to [`Writer::finish`] and ignored here.
    pub fn header(&mut self, name: &str, value: impl Display) -> &mut Self {
        if Name::of(name) == Name::ContentLength {
            return self;
        }
        self.put(format_args!("{name}: {value}"));
        self.buffer.extend_from_slice(b"\r\n");
        self
    }

    /// Adds all lines of that name, verbatim and in order; but a lone CR, for which a message is
    /// refused, is not sent back.
    pub fn copy(&mut self, from: &Message, name: Name) -> &mut Self {
        self.copy_all(from, &[name])
    }

    /// The same with all lines of these names, in the order in which they stand: those that stand
    /// together are copied in one piece.
    pub fn copy_all(&mut self, from: &Message, names: &[Name]) -> &mut Self {
        if let Some(pieces) = from.index.pieces(names) {
            pieces.for_each(|piece| self.buffer.extend_from_slice(piece.as_bytes()));
            return self;
        }
        for name in names {
            from.lines_of(*name).for_each(|(written, value)| self.line(written, value));
        }
        self
    }

    /// Adds the Via lines of a request to its response, the top one completed with where the
    /// request came from (RFC 3261 §18.2.1, RFC 3581 §4).
    pub fn copy_vias(&mut self, from: &Message, source: SocketAddr) -> &mut Self {
        self.copy_vias_telling(from, source, "")
    }

    /// The same, the top one with these parameters in place of those of the request, where there
    /// are any: those of overload control (`;oc=…`, RFC 7339 §5.2), and `;keep=…` (RFC 6223 §4.4).
    pub fn copy_vias_telling(
        &mut self,
        from: &Message,
        source: SocketAddr,
        overload: &str,
    ) -> &mut Self {
        let mut top = true;
        for (name, value) in from.lines_of(Name::Via) {
            if std::mem::take(&mut top) {
                self.completed_via(name, value, source, overload);
            } else {
                self.line(name, value);
            }
        }
        self
    }

    fn completed_via(&mut self, name: &str, line: &str, source: SocketAddr, overload: &str) {
        let (first, _) = grammar::element(line.as_bytes());
        let first = text_within(line, first);
        // Where `first` ends in the line: what follows it are the other Vias of the line.
        let end = line.find(first).unwrap_or_default() + first.len();
        let others = line.get(end..).unwrap_or_default();
        let via = grammar::top_via(first.as_bytes()).map(|parts| parts.view(first));
        let via = via.unwrap_or_default();
        self.put(format_args!("{name}: SIP/2.0/{} {}", via.transport, via.host));
        if let Some(port) = via.port {
            self.put(format_args!(":{port}"));
        }
        for (name, value) in via.params.iter() {
            // The values of the sender are not believed.
            match value {
                _ if name.eq_ignore_ascii_case("received")
                    || name.eq_ignore_ascii_case("rport") => {}
                _ if overload.contains(";oc") && is_overload(name) => {}
                _ if overload.contains(";keep=") && name.eq_ignore_ascii_case("keep") => {}
                Some(value) => self.put(format_args!(";{name}={value}")),
                None => self.put(format_args!(";{name}")),
            }
        }
        let address = source.ip();
        let same = via.host.trim_matches(['[', ']']).parse() == Ok(address);
        if !same || via.rport.is_some() {
            // RFC 3261 §18.2.1; RFC 3581 §4 wants it with rport in any case.
            self.put(format_args!(";received={address}"));
        }
        if via.rport.is_some() {
            self.put(format_args!(";rport={}", source.port()));
        }
        self.put(format_args!("{overload}{others}"));
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// The message without a body.
    #[must_use]
    pub fn finish(mut self) -> Bytes {
        self.buffer.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        self.buffer.into()
    }

    /// The message with a body.
    #[must_use]
    pub fn finish_with(mut self, content_type: &str, body: &[u8]) -> Bytes {
        self.header("Content-Type", content_type);
        self.finish_with_body(body)
    }

    /// The message with a body that what was added before says all about.
    #[must_use]
    pub fn finish_with_body(mut self, body: &[u8]) -> Bytes {
        self.put(format_args!("Content-Length: {}", body.len()));
        self.buffer.extend_from_slice(b"\r\n\r\n");
        self.buffer.extend_from_slice(body);
        self.buffer.into()
    }

    fn line(&mut self, name: &str, value: &str) {
        if memchr::memchr(b'\r', value.as_bytes()).is_some() {
            self.header(name, value);
            return;
        }
        for part in [name, ": ", value, "\r\n"] {
            self.buffer.extend_from_slice(part.as_bytes());
        }
    }

    fn put(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing to memory cannot fail; a `Display` that does leaves its line cut short.
        let _ = Clean(&mut self.buffer).write_fmt(arguments);
    }
}

/// Lets no line end through.
struct Clean<'a>(&'a mut Vec<u8>);

impl Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_end = |octet: u8| matches!(octet, b'\r' | b'\n' | 0);
        // Looks at all of it, which is faster than to stop at the first.
        if text.bytes().fold(false, |found, octet| found | is_end(octet)) {
            self.0.extend(text.bytes().map(|octet| if is_end(octet) { b' ' } else { octet }));
        } else {
            self.0.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
