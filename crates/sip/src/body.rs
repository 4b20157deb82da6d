//! The session description of a message.

use sip_parser::headers::{ContentDisposition, MediaType};
use sip_parser::multipart::{Multipart, Part, decode};
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Name};

/// Why a body cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// 415
    Type,
    /// 400
    Syntax,
}

type Found = Result<Option<SessionDescription>, BodyError>;

/// The session description, if there is one.
///
/// Of a body of several parts it is the first part of that type. A part that we do not understand
/// is left unread where that is allowed (RFC 5621 §3), and in emergency calls always: they must
/// not fail for what somebody on the way has added to them, nor for a line that breaks the syntax.
pub(crate) fn session_description(message: &Message, emergency: bool) -> Found {
    let body = message.body();
    if body.is_empty() {
        return Ok(None);
    }
    match found(message, &body) {
        Err(_) if emergency => Ok(salvaged(message, &body)),
        found => found,
    }
}

/// Whatever description there is in a body that must not be read, or cannot be.
fn salvaged(message: &Message, body: &[u8]) -> Option<SessionDescription> {
    let kind = kind_of(message);
    if let Some(kind) = kind.filter(is_multipart) {
        let parts = Multipart::parse(&kind, body).ok()?;
        let leaves = parts.leaves().unwrap_or_default();
        let part = leaves.iter().find(|part| is_sdp(&part.content_type()))?;
        return parse_part(part).ok().or_else(|| salvage(part.body));
    }
    salvage(body)
}

/// So much of a broken description is looked at, and so many lines of it are taken.
const SALVAGED_OCTETS: usize = 8_192;
const SALVAGED_LINES: usize = 48;

/// The streams of a description, line by line: what does not parse is left out, and with a stream
/// all that is said of it.
fn salvage(body: &[u8]) -> Option<SessionDescription> {
    let text = String::from_utf8_lossy(body.get(..SALVAGED_OCTETS).unwrap_or(body));
    let mut kept = String::from("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\n");
    let (mut found, mut skipping) = (None, false);
    let lines = text.split(['\r', '\n']).map(str::trim);
    let lines = lines.filter(|line| ["c=", "m=", "a="].iter().any(|kind| line.starts_with(kind)));
    for line in lines.take(SALVAGED_LINES) {
        let is_stream = line.starts_with("m=");
        if skipping && !is_stream {
            continue;
        }
        let longer = format!("{kept}{line}\r\n");
        let description = SessionDescription::parse(longer.as_bytes()).ok();
        skipping = is_stream && description.is_none();
        if let Some(description) = description {
            kept = longer;
            found = Some(description);
        }
    }
    found.filter(|description| !description.media.is_empty())
}

fn found(message: &Message, body: &[u8]) -> Found {
    let identity = |coding: &str| coding.eq_ignore_ascii_case("identity");
    let is_coded = message.values(Name::ContentEncoding).any(|coding| !identity(coding));
    match kind_of(message).filter(|_| !is_coded) {
        Some(kind) if is_sdp(&kind) => {
            let coding = message.named("Content-Transfer-Encoding").next().unwrap_or_default();
            parse(&decode(coding, body).ok_or(BodyError::Type)?).map(Some)
        }
        Some(kind) if is_multipart(&kind) => {
            let parts = Multipart::parse(&kind, body).map_err(|_| BodyError::Syntax)?;
            in_parts(&kind, &parts, DEPTH_MAX)
        }
        // RFC 3261 §20.11: a body whose handling is optional is left unread.
        _ => match message.header(Name::ContentDisposition).and_then(ContentDisposition::lenient) {
            Some(disposition) if !disposition.is_required() => Ok(None),
            _ => Err(BodyError::Type),
        },
    }
}

/// The content type, as far as it can be read.
fn kind_of(message: &Message) -> Option<MediaType<'_>> {
    MediaType::lenient(message.header(Name::ContentType)?)
}

fn is_sdp(kind: &MediaType<'_>) -> bool {
    kind.is("application", "sdp")
}

fn is_multipart(kind: &MediaType<'_>) -> bool {
    kind.kind.eq_ignore_ascii_case("multipart")
}

/// So deep we look for it.
const DEPTH_MAX: usize = 4;

/// RFC 5621 §4.2: an unknown kind of multipart is read as a mixed one.
fn in_parts(kind: &MediaType<'_>, parts: &Multipart<'_>, depth: usize) -> Found {
    let deeper = depth.checked_sub(1).ok_or(BodyError::Syntax)?;
    let mut read = parts.parts.iter().map(|part| in_part(part, deeper));
    if kind.is("multipart", "alternative") {
        // RFC 2046 §5.1.4: the last one understood is the best; the others need not be.
        return read
            .rev()
            .reduce(|best, other| if let Ok(Some(_)) = best { best } else { other.or(best) })
            .unwrap_or(Ok(None));
    }
    read.try_fold(None, |found, part| Ok(found.or(part?)))
}

/// A part that need not be understood is left where it is not (RFC 5621 §8.1, and §8.2 for parts
/// that are of several parts themselves).
fn in_part(part: &Part<'_>, depth: usize) -> Found {
    let kind = part.content_type();
    let found = match part.multipart() {
        Some(Ok(inner)) => in_parts(&kind, &inner, depth),
        _ if is_sdp(&kind) && is_of_session(part) => parse_part(part).map(Some),
        _ if may_be_left(part, &kind) => Ok(None),
        _ => Err(BodyError::Type),
    };
    if part.is_required() { found } else { found.or(Ok(None)) }
}

/// Whether a description in a part is that of the session: not of early media alone (RFC 3959 §5),
/// and not of something that a reference to it is about (RFC 5621 §9.4).
fn is_of_session(part: &Part<'_>) -> bool {
    !["early-session", "by-reference"].into_iter().any(|kind| is_disposed(part, kind))
}

fn is_disposed(part: &Part<'_>, kind: &str) -> bool {
    let disposition = part.header(Name::ContentDisposition).and_then(ContentDisposition::lenient);
    disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case(kind))
}

/// What goes with calls whether or not a gateway reads it: what is only pointed at (RFC 5621 §9.4:
/// whether it matters is up to the header field that points, and one that is not known does not
/// matter, RFC 3261 §8.2.2); the location (RFC 6442 §4.1) and data (RFC 7852 §3) of an emergency;
/// the signalling of a network beside which SIP says all that is needed (RFC 3204 §3).
fn may_be_left(part: &Part<'_>, kind: &MediaType<'_>) -> bool {
    const LEFT: [&str; 4] = ["pidf+xml", "isup", "qsig", "vnd.etsi.cug+xml"];
    let data = "emergencycalldata.";
    let is_data =
        kind.subtype.get(..data.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(data));
    let is_known = LEFT.iter().any(|subtype| kind.is("application", subtype));
    is_disposed(part, "by-reference") || is_data || is_known
}

/// The line break before a delimiter belongs to the delimiter; a session description must end with
/// one all the same.
///
/// A content that is encoded in some unknown way is of no type that we take (RFC 3261 §21.4.13).
fn parse_part(part: &Part<'_>) -> Result<SessionDescription, BodyError> {
    let content = part.content().ok_or(BodyError::Type)?;
    if content.ends_with(b"\n") {
        return parse(&content);
    }
    parse(&[&content, &b"\r\n"[..]].concat())
}

fn parse(body: &[u8]) -> Result<SessionDescription, BodyError> {
    SessionDescription::parse(body).map_err(|_| BodyError::Syntax)
}

#[cfg(test)]
mod tests;
