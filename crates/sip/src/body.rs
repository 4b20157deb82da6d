//! The session description of a message.

use sip_parser::sdp::{SdpError, SessionDescription};
use sip_parser::{Message, Name};

/// Why a body cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// 415
    Type,
    /// 488: well formed, but nothing could be sent there.
    Address,
    /// 400
    Syntax,
}

/// The session description, if there is one.
///
/// Of a multipart body the part of that type is taken and the others are left: calls to emergency
/// services carry their location beside it (RFC 6442 §4.1), and must not fail for that.
pub(crate) fn session_description(
    message: &Message,
) -> Result<Option<SessionDescription>, BodyError> {
    let body = message.body();
    if body.is_empty() {
        return Ok(None);
    }
    if message.values(Name::ContentEncoding).any(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(BodyError::Type);
    }
    let kind = message.header(Name::ContentType).unwrap_or_default();
    if is_type(kind, "application/sdp") {
        return parse(&body).map(Some);
    }
    if is_type(kind, "multipart/mixed") {
        let boundary = parameter(kind, "boundary").ok_or(BodyError::Syntax)?;
        // Other parts may be binary (ISUP, RFC 3204 §3): octets that are no text are not ours.
        return match sdp_part(&String::from_utf8_lossy(&body), boundary) {
            Some(part) => parse(part.as_bytes()).map(Some),
            None => Ok(None),
        };
    }
    // RFC 3261 §20.11: a body whose handling is optional is left unread.
    let disposition = message.header(Name::ContentDisposition).unwrap_or_default();
    let is_optional =
        parameter(disposition, "handling").is_some_and(|how| how.eq_ignore_ascii_case("optional"));
    if is_optional { Ok(None) } else { Err(BodyError::Type) }
}

fn parse(body: &[u8]) -> Result<SessionDescription, BodyError> {
    SessionDescription::parse(body).map_err(|error| match error {
        SdpError::Address(_) => BodyError::Address,
        SdpError::Syntax(_) | SdpError::TooLong => BodyError::Syntax,
    })
}

fn is_type(value: &str, wanted: &str) -> bool {
    value.split(';').next().is_some_and(|found| found.trim().eq_ignore_ascii_case(wanted))
}

fn parameter<'a>(value: &'a str, wanted: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

/// The content of the first part of type `application/sdp` (RFC 2046 §5.1.1).
fn sdp_part<'a>(body: &'a str, boundary: &str) -> Option<&'a str> {
    let delimiter = format!("--{boundary}");
    body.split(delimiter.as_str()).skip(1).find_map(|part| {
        let (headers, content) = part.split_once("\r\n\r\n")?;
        let is_sdp = headers.lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("Content-Type")
                    && is_type(value, "application/sdp")
            })
        });
        // The line break before the delimiter belongs to the delimiter; a session description
        // must end with one all the same, so it stays.
        is_sdp.then_some(content)
    })
}
