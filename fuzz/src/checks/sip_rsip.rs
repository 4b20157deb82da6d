//! A SIP message through `rsip` and back: what the guard lets through comes back as it was, and
//! where our parser and `rsip`'s both accept the same octets they agree on what a transaction is
//! known by, except for the pinned faults of `rsip` 0.4.

use bytes::Bytes;
use rsip::prelude::{HasHeaders, ToTypedHeader};
use sip_parser::{Limits, Line, Message, Name, NameAddr, Params, Uri};
use sip_rsip::{from_rsip, to_rsip};

pub(crate) fn check(data: &[u8]) {
    // Of both parsers, `rsip`'s is quadratic in some places, and longer proves no more.
    let data = data.get(..8_000).unwrap_or(data);
    let ours = Message::parse(Bytes::copy_from_slice(data), &Limits::default()).ok();
    if let Some(ours) = &ours
        && let Ok(theirs) = to_rsip(ours)
    {
        let back = from_rsip(&theirs).expect("what rsip can hold comes back");
        same(ours, &back);
        agree(ours, &theirs, &mut |what| panic!("the guard let through: {what}"));
    }
    if let Ok(theirs) = rsip::SipMessage::try_from(data) {
        if let Ok(written) = from_rsip(&theirs) {
            assert_eq!(written.body(), theirs.body().as_slice());
            if let Ok(again) = to_rsip(&written) {
                assert_eq!(again.body(), theirs.body());
            }
        }
        if let Some(ours) = &ours {
            differ(ours, &theirs);
        }
    }
}

/// Every header line of that name, or of no known name, in full names.
fn lines(message: &Message) -> Vec<(String, String)> {
    let split = [Name::Via, Name::Contact, Name::Route, Name::RecordRoute];
    let mut lines = Vec::new();
    for (written, value) in message.headers() {
        match Name::of(written) {
            name if split.contains(&name) || name == Name::ContentLength => {}
            Name::Other => lines.push((written.to_owned(), value.to_owned())),
            name => lines.push((name.as_str().to_owned(), value.to_owned())),
        }
    }
    for name in split {
        let values = message.values(name);
        lines.extend(values.map(|value| (name.as_str().to_owned(), value.to_owned())));
    }
    lines
}

fn same(ours: &Message, back: &Message) {
    assert_eq!(lines(ours), lines(back));
    match (ours.line(), back.line()) {
        (Line::Request { method, uri }, Line::Request { method: their_method, uri: theirs }) => {
            assert_eq!(method, their_method);
            assert!(same_uri(uri, theirs), "{uri} became {theirs}");
        }
        (ours, back) => assert_eq!(ours, back),
    }
    assert_eq!(ours.body(), back.body());
}

/// The same URI: parameter names and transports in any case.
fn same_uri(ours: &str, theirs: &str) -> bool {
    let (Some(Uri::Sip(ours)), Some(Uri::Sip(theirs))) = (Uri::parse(ours), Uri::parse(theirs))
    else {
        return false;
    };
    let params = |params: Params<'_>| -> Vec<(String, Option<String>)> {
        let lower = |(name, value): (&str, Option<&str>)| {
            let name = name.to_ascii_lowercase();
            let transport = name == "transport";
            let folded = |value: &str| {
                if transport { value.to_ascii_lowercase() } else { value.to_owned() }
            };
            (name, value.map(folded))
        };
        params.iter().map(lower).collect()
    };
    (ours.secure, ours.user, ours.password, ours.host, ours.port, ours.headers)
        == (theirs.secure, theirs.user, theirs.password, theirs.host, theirs.port, theirs.headers)
        && params(ours.params) == params(theirs.params)
}

/// Compares what a transaction and a dialog are known by; `wrong` hears of each difference.
fn agree(ours: &Message, theirs: &rsip::SipMessage, wrong: &mut dyn FnMut(&'static str)) {
    match (ours.line(), theirs) {
        (Line::Request { method, uri }, rsip::SipMessage::Request(theirs)) => {
            if method != theirs.method.to_string() {
                wrong("method");
            }
            if !same_uri(uri, &theirs.uri.to_string()) {
                wrong("URI");
            }
        }
        (Line::Response { status, .. }, rsip::SipMessage::Response(theirs)) => {
            if status != theirs.status_code.code() {
                wrong("status");
            }
        }
        _ => wrong("start line"),
    }
    if ours.body() != theirs.body().as_slice() {
        wrong("body");
    }
    let headers = || theirs.headers().iter();
    let via = headers().find_map(|header| match header {
        rsip::Header::Via(via) => Some(via.typed()),
        _ => None,
    });
    // One that it finds and refuses to read is no difference.
    if !matches!(via, Some(Err(_))) {
        let via = via.and_then(Result::ok);
        let branch = via.as_ref().and_then(|via| via.branch()).map(ToString::to_string);
        if branch.as_deref() != ours.top_via().branch {
            wrong("branch");
        }
    }
    for header in headers() {
        match header {
            rsip::Header::From(from) => {
                let tag = from.typed().ok().map(|from| from.tag().map(ToString::to_string));
                if tag.is_some_and(|tag| tag.as_deref() != ours.from().tag()) {
                    wrong("From tag");
                }
            }
            rsip::Header::To(to) => {
                let tag = to.typed().ok().map(|to| to.tag().map(ToString::to_string));
                if tag.is_some_and(|tag| tag.as_deref() != ours.to().tag()) {
                    wrong("To tag");
                }
            }
            rsip::Header::CallId(id) => {
                let text = id.to_string();
                let value = text.split_once(": ").map_or("", |line| line.1);
                // It keeps the white space behind a value.
                if value.trim_matches([' ', '\t']) != ours.call_id() {
                    wrong("Call-ID");
                }
            }
            rsip::Header::CSeq(cseq) => {
                if let Ok(cseq) = cseq.typed() {
                    if cseq.seq != ours.cseq().number {
                        wrong("CSeq number");
                    }
                    if cseq.method.to_string() != ours.cseq().method {
                        wrong("CSeq method");
                    }
                }
            }
            _ => {}
        }
    }
}

/// Both accept it: only the pinned differences are allowed, each only where its cause is.
fn differ(ours: &Message, theirs: &rsip::SipMessage) {
    let mut differences = Vec::new();
    agree(ours, theirs, &mut |what| differences.push(what));
    for what in differences {
        let known = match what {
            // Methods in any case.
            "method" | "CSeq method" => {
                let method = ours.method_text();
                method.chars().any(|letter| letter.is_ascii_lowercase())
            }
            // `tel:1` as a host and a port, and every URI that a dot, an odd character or an odd
            // place cuts: what is left is dropped.
            // A `method` parameter is read as methods are.
            "URI" => ours.uri().is_some_and(|uri| !plain_uri(uri) || names_method(uri)),
            // Content-Length is not looked at.
            "body" => theirs.body().starts_with(&ours.body()),
            // A compact or spaced name is none; a Via is cut where an odd character stands, white
            // space before the port too (RFC 3261 §25.1: sent-by = host [ COLON port ]).
            "branch" => {
                let first = ours.headers().find(|(name, _)| Name::of(name) == Name::Via);
                let (name, value) = first.expect("a Via");
                let before_params = value.split(';').next().unwrap_or_default();
                name.len() == 1
                    || !plain(ours.top_via().params)
                    || value.contains(['\t', ','])
                    || before_params.trim().matches(' ').count() > 1
                    || !plain_host(ours.top_via().host)
            }
            "From tag" => !plain_address(&ours.from()),
            "To tag" => !plain_address(&ours.to()),
            _ => false,
        };
        assert!(known, "{what} differs: {ours:?} and {theirs:?}");
    }
}

trait MethodText {
    fn method_text(&self) -> &str;
}

impl MethodText for Message {
    fn method_text(&self) -> &str {
        match self.line() {
            Line::Request { method, .. } => method,
            Line::Response { .. } => self.cseq().method,
        }
    }
}

/// What `rsip` takes for a token.
fn token(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c))
}

/// Parameters as `rsip` expects them, each once: of two tags we take the first that is one.
fn plain(params: Params<'_>) -> bool {
    let names: Vec<_> = params.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let twice = names
        .iter()
        .enumerate()
        .any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name));
    let spaced = params.as_str().contains([' ', '\t']);
    let tokens = params.iter().all(|(name, value)| token(name) && value.is_none_or(token));
    tokens
        && !spaced
        && !twice
        && params.iter().all(|(name, value)| !name.is_empty() && value != Some(""))
}

fn plain_host(host: &str) -> bool {
    !host.starts_with('[')
}

fn plain_uri(uri: &str) -> bool {
    let Some(Uri::Sip(sip)) = Uri::parse(uri) else { return false };
    let user = sip.user.is_none_or(|user| token(user) && !user.contains('.'));
    user && sip.password.is_none()
        && plain_host(sip.host)
        && plain(sip.params)
        && sip.headers.is_none()
}

/// A URI that says with which method it is to be used, in other letters than methods have.
fn names_method(uri: &str) -> bool {
    let Some(Uri::Sip(sip)) = Uri::parse(uri) else { return false };
    let method = sip.params.iter().find(|(name, _)| name.eq_ignore_ascii_case("method"));
    let method = method.and_then(|(_, value)| value);
    method.is_some_and(|method| method.contains(|letter: char| letter.is_ascii_lowercase()))
}

fn plain_address(address: &NameAddr<'_>) -> bool {
    plain_uri(address.uri)
        && plain(address.params)
        && address.display.is_none_or(|name| !name.contains(['<', '>']))
}
