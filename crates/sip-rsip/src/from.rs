//! From `rsip`'s messages to ours.

use rsip::prelude::HasHeaders;
use rsip::{Header, SipMessage, StatusCode, Version};
use sip_parser::{Limits, Line, Message, Name, ParseError, Writer};

use crate::compare::{self, Flaw};
use crate::phrases;

/// Why an `rsip` message is no SIP message that says what it holds. Its fields are public and hold
/// any text.
#[derive(Debug, thiserror::Error)]
pub enum FromRsipError {
    /// SIP/1.0.
    #[error("a version other than 2.0")]
    Version,
    /// A Request-URI that would be written as another.
    #[error("Request-URI: {0}")]
    RequestUri(Flaw),
    /// A line end or NUL in a name, value or reason phrase: it would become other lines.
    #[error("{0}: a line end or NUL")]
    LineEnd(String),
    /// A Content-Length that is not the length of the body.
    #[error("a Content-Length other than the length of the body")]
    ContentLength,
    /// Something that reads otherwise once it is written.
    #[error("{0} would change")]
    Altered(String),
    /// What is written is no acceptable message.
    #[error(transparent)]
    Refused(#[from] ParseError),
}

/// The message as ours, read from the octets that are to be sent: [`Message::bytes`].
///
/// Content-Length is written anew, as the last line; a known status code without a phrase gets the
/// usual one.
pub fn from_rsip(message: &SipMessage) -> Result<Message, FromRsipError> {
    if *message.version() != Version::V2 {
        return Err(FromRsipError::Version);
    }
    let mut writer = match message {
        SipMessage::Request(request) => {
            let uri = uri_text(&request.uri).map_err(FromRsipError::RequestUri)?;
            Writer::request(&request.method.to_string(), &uri)
        }
        SipMessage::Response(response) => {
            Writer::response(response.status_code.code(), phrase(&response.status_code)?)
        }
    };
    let mut lines = Vec::new();
    for header in message.headers().iter() {
        let (name, value) = line(header)?;
        if Name::of(&name) == Name::ContentLength {
            if value.trim().parse() != Ok(message.body().len()) {
                return Err(FromRsipError::ContentLength);
            }
            continue;
        }
        writer.header(&name, &value);
        lines.push((name, value));
    }
    let bytes = writer.finish_with_body(message.body());
    let limits = Limits { message: usize::MAX, body: usize::MAX, ..Limits::default() };
    let written = Message::parse(bytes, &limits)?;
    check(message, &lines, &written)?;
    Ok(written)
}

/// A URI as it is to be written, which is not always as `rsip` prints it.
fn uri_text(uri: &rsip::Uri) -> Result<String, Flaw> {
    if matches!(uri.host(), rsip::Host::IpAddr(address) if address.is_ipv6()) {
        return Err(Flaw::Ipv6);
    }
    let text = uri.to_string();
    compare::same_uri(&compare::sip_uri(&text)?, uri)?;
    Ok(text)
}

fn phrase(status: &StatusCode) -> Result<&str, FromRsipError> {
    let phrase = match status {
        StatusCode::Other(_, phrase) => phrase,
        known => phrases::usual(known.code()).unwrap_or_default(),
    };
    if has_line_end(phrase) {
        return Err(FromRsipError::LineEnd("reason phrase".to_owned()));
    }
    Ok(phrase)
}

fn has_line_end(text: &str) -> bool {
    text.contains(['\r', '\n', '\0'])
}

/// Name and value of a header line.
fn line(header: &Header) -> Result<(String, String), FromRsipError> {
    let (name, value) = match header {
        Header::Other(name, value) => (name.clone(), value.clone()),
        known => {
            let text = known.to_string();
            let (name, value) = text.split_once(':').unwrap_or((&text, ""));
            (name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned())
        }
    };
    if has_line_end(&name) || has_line_end(&value) {
        return Err(FromRsipError::LineEnd(name.replace(['\r', '\n', '\0'], " ")));
    }
    Ok((name, value))
}

/// Whether what was written is what was meant.
fn check(
    meant: &SipMessage,
    lines: &[(String, String)],
    written: &Message,
) -> Result<(), FromRsipError> {
    let altered = |what: &str| Err(FromRsipError::Altered(what.to_owned()));
    let same_line = match (meant, written.line()) {
        (SipMessage::Request(meant), Line::Request { method, uri }) => {
            method == meant.method.to_string() && uri == meant.uri.to_string()
        }
        (SipMessage::Response(meant), Line::Response { status, phrase: written }) => {
            status == meant.status_code.code() && written == phrase(&meant.status_code)?
        }
        _ => false,
    };
    if !same_line {
        return altered("start line");
    }
    if written.body() != meant.body().as_slice() {
        return altered("body");
    }
    let read = written.headers().filter(|(name, _)| Name::of(name) != Name::ContentLength);
    let mut read = read.collect::<Vec<_>>().into_iter();
    for (name, value) in lines {
        if read.next() != Some((name.as_str(), value.trim_matches([' ', '\t']))) {
            return altered(name);
        }
    }
    match read.next() {
        Some((name, _)) => altered(name),
        None => Ok(()),
    }
}
