//! From our messages to `rsip`'s.

use rsip::headers::ToTypedHeader;
use rsip::headers::header::Tokenizer;
use rsip::{Header, Headers, Request, Response, SipMessage, StatusCode, Version};
use sip_parser::{Line, Message, Name, NameAddr};

use crate::compare::{self, Address, Flaw};
use crate::phrases;

/// Why a message cannot be given to code on `rsip`: what it would change or lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRepresentable {
    /// Its methods are a closed list, and in any case.
    #[error("method: rsip does not know it")]
    Method,
    /// The Request-URI.
    #[error("Request-URI: {0}")]
    RequestUri(Flaw),
    /// Another reason phrase than the usual one: it keeps phrases only for status codes that it
    /// does not know. Or one with a NUL.
    #[error("reason phrase: rsip keeps none for this status, and none with a NUL comes back")]
    ReasonPhrase,
    /// The value of a header field.
    #[error("{}: {flaw}", .name.as_str())]
    Header {
        /// Its name.
        name: Name,
        /// What happens to it.
        flaw: Flaw,
    },
}

/// The message as `rsip`'s, if all of it can be.
pub fn to_rsip(message: &Message) -> Result<SipMessage, NotRepresentable> {
    let body = message.body().to_vec();
    let version = Version::V2;
    match message.line() {
        Line::Request { method, uri } => {
            let method = known_method(method).ok_or(NotRepresentable::Method)?;
            let uri = compare::uri(uri).map_err(NotRepresentable::RequestUri)?;
            let headers = headers(message)?;
            Ok(Request { method, uri, version, headers, body }.into())
        }
        Line::Response { status, phrase } => {
            let status_code = match StatusCode::from(status) {
                StatusCode::Other(status, _) if !phrase.contains('\0') => {
                    StatusCode::Other(status, phrase.to_owned())
                }
                known if phrases::usual(status) == Some(phrase) => known,
                _ => return Err(NotRepresentable::ReasonPhrase),
            };
            let headers = headers(message)?;
            Ok(Response { status_code, version, headers, body }.into())
        }
    }
}

fn known_method(text: &str) -> Option<rsip::Method> {
    let method: rsip::Method = text.parse().ok()?;
    (method.to_string() == text).then_some(method)
}

/// Header fields whose lists `rsip` reads only the first value of: they go one value a line, which
/// is the same list (RFC 3261 §7.3.1).
const SPLIT: [Name; 4] = [Name::Via, Name::Contact, Name::Route, Name::RecordRoute];

fn headers(message: &Message) -> Result<Headers, NotRepresentable> {
    let mut headers = Headers::default();
    let mut done = Vec::new();
    for (written, value) in message.headers() {
        let name = Name::of(written);
        let checked = |value| {
            header(message, name, written, value)
                .map_err(|flaw| NotRepresentable::Header { name, flaw })
        };
        if !SPLIT.contains(&name) {
            headers.push(checked(value)?);
        } else if !done.contains(&name) {
            done.push(name);
            for value in message.values(name) {
                headers.push(checked(value)?);
            }
        }
    }
    // Read as ours is, not by lines: what Via they find is the one we find.
    let vias = headers.iter().filter_map(|header| match header {
        Header::Via(via) => Some(via),
        _ => None,
    });
    for (ours, theirs) in message.vias().zip(vias) {
        let name = Name::Via;
        compare::via(&ours, theirs).map_err(|flaw| NotRepresentable::Header { name, flaw })?;
    }
    Ok(headers)
}

/// One line, checked.
fn header(message: &Message, name: Name, written: &str, value: &str) -> Result<Header, Flaw> {
    if value.contains('\0') {
        return Err(Flaw::Nul);
    }
    let full = if name == Name::Other { written } else { name.as_str() };
    let tokens = Tokenizer::from((full.as_bytes(), value.as_bytes()));
    let header: Header = tokens.try_into().map_err(|_| Flaw::Unreadable)?;
    check(message, &header, value)?;
    Ok(header)
}

/// Of several tags, or an empty one, each of us may choose another.
fn same_tag(ours: &NameAddr<'_>, theirs: Option<&str>) -> Result<(), Flaw> {
    if ours.tag() == theirs { Ok(()) } else { Err(Flaw::Parameters) }
}

fn check(message: &Message, header: &Header, value: &str) -> Result<(), Flaw> {
    match header {
        Header::From(from) => {
            let theirs = from.typed();
            let tag = theirs.as_ref().ok().and_then(|from| from.tag()).map(ToString::to_string);
            let theirs = theirs.map(|from| Address {
                display_name: from.display_name,
                uri: from.uri,
                params: from.params,
            });
            compare::address(&message.from(), theirs)?;
            same_tag(&message.from(), tag.as_deref())
        }
        Header::To(to) => {
            let theirs = to.typed();
            let tag = theirs.as_ref().ok().and_then(|to| to.tag()).map(ToString::to_string);
            let theirs = theirs.map(|to| Address {
                display_name: to.display_name,
                uri: to.uri,
                params: to.params,
            });
            compare::address(&message.to(), theirs)?;
            same_tag(&message.to(), tag.as_deref())
        }
        Header::Contact(contact) => {
            let ours = NameAddr::parse(value).ok_or(Flaw::Unreadable)?;
            let theirs = contact.typed().map(|contact| Address {
                display_name: contact.display_name,
                uri: contact.uri,
                params: contact.params,
            });
            compare::address(&ours, theirs)
        }
        Header::Route(route) => one_route(value, route.typed().map(|route| route.0)),
        Header::RecordRoute(route) => one_route(value, route.typed().map(|route| route.0)),
        Header::CSeq(cseq) => {
            let ours = message.cseq();
            let method = known_method(ours.method).ok_or(Flaw::Method)?;
            let theirs = cseq.typed().map_err(|_| Flaw::Unreadable)?;
            let same = (theirs.seq, theirs.method) == (ours.number, method);
            if same { Ok(()) } else { Err(Flaw::Number) }
        }
        Header::MaxForwards(hops) => {
            let same = hops.num().ok() == message.max_forwards().map(u32::from);
            if same { Ok(()) } else { Err(Flaw::Number) }
        }
        other => check_other(other, value),
    }
}

/// A Route or Record-Route value: `rsip` reads a list of them, and no display name.
fn one_route(
    value: &str,
    theirs: Result<rsip::UriWithParamsList, rsip::Error>,
) -> Result<(), Flaw> {
    let ours = NameAddr::parse(value).ok_or(Flaw::Unreadable)?;
    if ours.display.is_some() {
        return Err(Flaw::DisplayName);
    }
    let theirs = theirs.and_then(|list| match list.uris() {
        [one] => {
            Ok(Address { display_name: None, uri: one.uri.clone(), params: one.params.clone() })
        }
        _ => Err(rsip::Error::Unexpected("not one".to_owned())),
    });
    compare::address(&ours, theirs)
}

/// Header fields that `rsip` has a type for, and that nothing above looks at.
fn check_other(header: &Header, value: &str) -> Result<(), Flaw> {
    match header {
        Header::Accept(it) => compare::rewritten(value, it.typed()),
        Header::AlertInfo(it) => compare::rewritten(value, it.typed()),
        Header::Allow(it) => compare::rewritten(value, it.typed()),
        Header::AuthenticationInfo(it) => compare::rewritten(value, it.typed()),
        Header::Authorization(it) => {
            if let Ok(read) = it.typed() {
                compare::nonce_count(value, read.qop.as_ref())?;
            }
            compare::rewritten(value, it.typed())
        }
        Header::CallInfo(it) => compare::rewritten(value, it.typed()),
        Header::ContentDisposition(it) => compare::rewritten(value, it.typed()),
        Header::ContentType(it) => compare::rewritten(value, it.typed()),
        Header::ErrorInfo(it) => compare::rewritten(value, it.typed()),
        Header::InReplyTo(it) => compare::rewritten(value, it.typed()),
        Header::Priority(it) => compare::rewritten(value, it.typed()),
        Header::ProxyAuthenticate(it) => compare::rewritten(value, it.typed()),
        Header::ProxyAuthorization(it) => {
            if let Ok(read) = it.typed() {
                compare::nonce_count(value, read.0.qop.as_ref())?;
            }
            compare::rewritten(value, it.typed())
        }
        Header::ReplyTo(it) => compare::rewritten(value, it.typed()),
        Header::Warning(it) => compare::rewritten(value, it.typed()),
        Header::WwwAuthenticate(it) => compare::rewritten(value, it.typed()),
        _ => Ok(()),
    }
}
