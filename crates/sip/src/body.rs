//! The session description of a message.

use sip_parser::headers::{ContentDisposition, MediaType};
use sip_parser::multipart::{Multipart, Part};
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
/// not fail for what somebody on the way has added to them.
pub(crate) fn session_description(message: &Message, emergency: bool) -> Found {
    let body = message.body();
    if body.is_empty() {
        return Ok(None);
    }
    match found(message, &body) {
        Err(_) if emergency && kind_of(message).is_some_and(|kind| is_multipart(&kind)) => {
            let parts = kind_of(message).and_then(|kind| Multipart::parse(&kind, &body).ok());
            let leaves = parts.and_then(|parts| parts.leaves().ok()).unwrap_or_default();
            let first = leaves.iter().find(|part| is_sdp(&part.content_type()));
            first.map(|part| parse_part(part)).transpose()
        }
        Err(BodyError::Type) if emergency => Ok(None),
        found => found,
    }
}

fn found(message: &Message, body: &[u8]) -> Found {
    let identity = |coding: &str| coding.eq_ignore_ascii_case("identity");
    let is_coded = message.values(Name::ContentEncoding).any(|coding| !identity(coding));
    match kind_of(message).filter(|_| !is_coded) {
        Some(kind) if is_sdp(&kind) => parse(body).map(Some),
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
    // RFC 2046 §5.1.4: the last one understood is the best; the others need not be.
    let is_choice = kind.is("multipart", "alternative");
    let mut found = None;
    for part in &parts.parts {
        let kind = part.content_type();
        let description = match part.multipart() {
            Some(Ok(inner)) => in_parts(&kind, &inner, deeper)?,
            _ if is_sdp(&kind) => Some(parse_part(part)?),
            _ if is_choice || !part.is_required() || may_be_left(part, &kind) => None,
            _ => return Err(BodyError::Type),
        };
        if is_choice || found.is_none() {
            found = description.or(found);
        }
    }
    Ok(found)
}

/// What goes with calls whether or not a gateway reads it: what is only pointed at (RFC 5621 §8),
/// the location (RFC 6442 §4.1) and data (RFC 7852 §3) of an emergency, and the signalling of a
/// network beside which SIP says all that is needed (RFC 3204 §3).
fn may_be_left(part: &Part<'_>, kind: &MediaType<'_>) -> bool {
    const LEFT: [&str; 4] = ["pidf+xml", "isup", "qsig", "vnd.etsi.cug+xml"];
    let disposition = part.typed::<ContentDisposition<'_>>();
    let is_reference =
        disposition.is_some_and(|kind| kind.kind.eq_ignore_ascii_case("by-reference"));
    let data = "emergencycalldata.";
    let is_data =
        kind.subtype.get(..data.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(data));
    let is_known = LEFT.iter().any(|subtype| kind.is("application", subtype));
    is_reference || is_data || is_known
}

/// The line break before a delimiter belongs to the delimiter; a session description must end with
/// one all the same.
fn parse_part(part: &Part<'_>) -> Result<SessionDescription, BodyError> {
    if part.body.ends_with(b"\n") {
        return parse(part.body);
    }
    parse(&[part.body, b"\r\n"].concat())
}

fn parse(body: &[u8]) -> Result<SessionDescription, BodyError> {
    SessionDescription::parse(body).map_err(|_| BodyError::Syntax)
}

#[cfg(test)]
mod tests;
