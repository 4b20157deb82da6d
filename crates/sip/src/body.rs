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
            match first.map(parse_part).transpose() {
                Err(BodyError::Type) => Ok(None),
                found => found,
            }
        }
        Err(BodyError::Type) if emergency => Ok(None),
        found => found,
    }
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
