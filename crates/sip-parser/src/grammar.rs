//! The grammar of header field values (RFC 3261 §25.1), with nom over octets.
//!
//! Everything here works on raw and on unfolded text alike: linear white space may hold the line
//! ends of a fold. So [`crate::peek()`] and the parse read values by the same rules.

use std::ops::Range;

use nom::IResult;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while1};
use nom::character::complete::{char as octet, u16 as number16, u32 as number32};
use nom::combinator::{all_consuming, consumed, eof, opt, recognize, verify};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, separated_pair, terminated};

use crate::Name;
use crate::class::{self, split_run};
use crate::uri::{SipUri, Uri};
use crate::usual;
use crate::value::{NameAddr, Params, Via, text, text_within};

/// Errors carry nothing: the caller knows which header field it was reading.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// A parameter: its name, and its value as written, if it has one.
pub(crate) type Param<'a> = (&'a [u8], Option<&'a [u8]>);

/// One octet or more of a class. Not nom's `take_while1`: its slicing is not inlined.
#[inline]
fn run<'a>(of: u16) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a [u8]> {
    move |input| match split_run(input, of) {
        ([], _) => Err(nom::Err::Error(())),
        (run, rest) => Ok((rest, run)),
    }
}

/// Optional linear white space.
#[inline]
fn lws(input: &[u8]) -> Parsed<'_, ()> {
    Ok((trim_start(input), ()))
}

/// `parser` with white space around it: the separators of RFC 3261 §25.1 (SEMI, EQUAL, COLON, …).
fn spaced<'a, O>(
    parser: impl Parser<&'a [u8], Output = O, Error = ()>,
) -> impl Parser<&'a [u8], Output = O, Error = ()> {
    delimited(lws, parser, lws)
}

/// Applies `parser` to a whole value; white space around it does not count.
pub(crate) fn only<'a, O>(
    parser: impl Parser<&'a [u8], Output = O, Error = ()>,
    value: &'a [u8],
) -> Option<O> {
    all_consuming(spaced(parser)).parse(value).ok().map(|(_, output)| output)
}

pub(crate) fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    run(class::TOKEN).parse(input)
}

/// A quoted string with its quotes (quoted-pair: a backslash takes the next octet with it).
pub(crate) fn quoted(input: &[u8]) -> Parsed<'_, &[u8]> {
    let fail = || nom::Err::Error(());
    if input.first() != Some(&b'"') {
        return Err(fail());
    }
    let mut at = 1;
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let found = at + memchr::memchr2(b'"', b'\\', rest).ok_or_else(fail)?;
        if input.get(found) == Some(&b'"') {
            let (string, rest) = input.split_at_checked(found + 1).ok_or_else(fail)?;
            return Ok((rest, string));
        }
        at = found + 2;
    }
}

/// The inside of a quoted string.
fn unquoted(string: &[u8]) -> &[u8] {
    string.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(string)
}

/// SEMI generic-param: name and value, quotes included.
pub(crate) fn param(input: &[u8]) -> Parsed<'_, Param<'_>> {
    let equals = spaced(octet('='));
    let value = preceded(equals, alt((quoted, run(class::VALUE))));
    preceded(spaced(octet(';')), (run(class::NAME), opt(value))).parse(input)
}

/// auth-param: name and value, quotes included, and the comma behind it unless nothing follows.
pub(crate) fn comma_param(input: &[u8]) -> Parsed<'_, (&[u8], Option<&[u8]>)> {
    let value = preceded(spaced(octet('=')), alt((quoted, run(class::VALUE))));
    let end = alt((octet(',').map(|_| ()), eof.map(|_| ())));
    delimited(lws, (token, opt(value)), preceded(lws, end)).parse(input)
}

/// Parameters as written, and how many.
fn params(input: &[u8]) -> Parsed<'_, (&[u8], usize)> {
    consumed(many0_count(param)).parse(input)
}

/// IPv6reference or hostname or IPv4address. Which numbers make an address is not judged here.
fn host(input: &[u8]) -> Parsed<'_, &[u8]> {
    let inside = take_while1(|octet: u8| octet.is_ascii_hexdigit() || matches!(octet, b':' | b'.'));
    let reference = recognize(delimited(octet('['), inside, octet(']')));
    alt((run(class::HOST), reference)).parse(input)
}

/// A Via value, by its parts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(crate) struct ViaParts<'a> {
    pub(crate) version: &'a [u8],
    pub(crate) transport: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) port: Option<u16>,
    pub(crate) params: &'a [u8],
    pub(crate) count: usize,
}

impl<'a> ViaParts<'a> {
    /// As parts of `whole`, the value they were read from.
    pub(crate) fn view(self, whole: &'a str) -> Via<'a> {
        let mut via = self.without_params(whole);
        via.params = Params(text_within(whole, self.params));
        for param in raw_params(self.params) {
            put_param(&mut via, whole, param);
        }
        via
    }

    fn without_params(self, whole: &'a str) -> Via<'a> {
        let within = |part| text_within(whole, part);
        let (transport, host) = (within(self.transport), within(self.host));
        Via { transport, host, port: self.port, ..Via::default() }
    }
}

/// Puts a parameter where a Via has a place for it: the first of each name.
#[inline]
fn put_param<'a>(via: &mut Via<'a>, whole: &'a str, (name, value): Param<'_>) {
    let value = || value.map(|value| text_within(whole, value));
    match name.len() {
        5 if via.rport.is_none() && is_named(name, b"rport") => {
            via.rport = Some(value().and_then(|value| value.parse().ok()));
        }
        5 if is_named(name, b"maddr") => via.maddr = via.maddr.or_else(value),
        6 if is_named(name, b"branch") => {
            via.branch = via.branch.or_else(|| value().filter(|value| !value.starts_with('"')));
        }
        8 if is_named(name, b"received") => via.received = via.received.or_else(value),
        _ => {}
    }
}

/// Whether a parameter has that name, in any case. Mostly it is written in small letters.
// Inlined, the first comparison with the constant is one of words.
#[inline(always)]
fn is_named(name: &[u8], known: &[u8]) -> bool {
    name == known || name.eq_ignore_ascii_case(known)
}

/// A whole via-parm, of any version or of ours alone.
pub(crate) fn read_via(whole: &str, any: bool) -> Option<Via<'_>> {
    usual_via(whole).or_else(|| {
        let parts = only_via(whole.as_bytes())?;
        (any || parts.version == b"2.0").then(|| parts.view(whole))
    })
}

/// One of the usual shape, which is of our version; its parameters are read once.
fn usual_via(whole: &str) -> Option<Via<'_>> {
    let (parts, params) = usual::via_without_params(whole.as_bytes())?;
    let mut via = parts.without_params(whole);
    via.params = Params(text_within(whole, params));
    let mut rest = params;
    while let Some((after, param)) = usual::param(rest) {
        put_param(&mut via, whole, param);
        rest = after;
    }
    rest.is_empty().then_some(via)
}

/// The branch among parameters: the first that is not quoted (RFC 3261 §25.1 via-branch: a token).
#[inline]
pub(crate) fn branch(params: &[u8]) -> Option<&[u8]> {
    if let Some(first) = value_behind(b";branch=", params) {
        return Some(first);
    }
    let mut branches = raw_params(params).filter(|row| row.0.eq_ignore_ascii_case(b"branch"));
    branches.find_map(|row| row.1.filter(|value| !value.starts_with(b"\"")))
}

/// The tag among parameters: a token, never quoted.
#[inline]
pub(crate) fn tag(params: &[u8]) -> Option<&[u8]> {
    if let Some(first) = value_behind(b";tag=", params) {
        return Some(first);
    }
    find_param(params, "tag").flatten().filter(|value| !value.starts_with(b"\""))
}

/// The unquoted value of the first parameter, if the parameters start as nearly all do.
// Inlined, the comparison with the constant is one of words.
#[inline(always)]
fn value_behind<'a>(start: &[u8], params: &'a [u8]) -> Option<&'a [u8]> {
    let (value, _) = split_run(params.strip_prefix(start)?, class::VALUE);
    (!value.is_empty()).then_some(value)
}

/// Parameters one by one.
pub(crate) fn raw_params(mut params: &[u8]) -> impl Iterator<Item = Param<'_>> {
    std::iter::from_fn(move || {
        if params.is_empty() {
            return None;
        }
        let (rest, found) = usual::param(params).or_else(|| param(params).ok())?;
        params = rest;
        Some(found)
    })
}

/// The first parameter of that name, in any case.
pub(crate) fn find_param<'a>(params: &'a [u8], name: &str) -> Option<Option<&'a [u8]>> {
    let mut found = raw_params(params).filter(|row| row.0.eq_ignore_ascii_case(name.as_bytes()));
    found.next().map(|row| row.1)
}

/// via-parm, of any version: one that is not ours must still be readable for the refusal.
pub(crate) fn via(input: &[u8]) -> Parsed<'_, ViaParts<'_>> {
    let slash = || spaced(octet('/'));
    let protocol = (tag_no_case("SIP"), slash(), token, slash());
    let port = preceded(spaced(octet(':')), number16);
    let (rest, ((_, _, version, _), transport, _, host, port, (params, count))) =
        (protocol, token, run(class::LWS), host, opt(port), params).parse(input)?;
    Ok((rest, ViaParts { version, transport, host, port, params, count }))
}

/// The top Via of a first Via line, as far as it can be read: whatever is wrong behind its host,
/// a refusal can be sent there.
pub(crate) fn top_via(line: &[u8]) -> Option<ViaParts<'_>> {
    if let Some(parts) = usual::via(line) {
        return Some(parts);
    }
    let (first, _) = element(line);
    via(first).ok().map(|(_, parts)| parts)
}

/// A whole via-parm.
pub(crate) fn only_via(value: &[u8]) -> Option<ViaParts<'_>> {
    usual::via(value).or_else(|| only(via, value))
}

/// A name-addr or addr-spec with its parameters, by its parts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(crate) struct NameAddrParts<'a> {
    pub(crate) display: &'a [u8],
    pub(crate) uri: &'a [u8],
    pub(crate) params: &'a [u8],
    pub(crate) count: usize,
}

impl<'a> NameAddrParts<'a> {
    /// As parts of `whole`, the value they were read from.
    pub(crate) fn view(self, whole: &'a str) -> NameAddr<'a> {
        let within = |part| text_within(whole, part);
        let display = (!self.display.is_empty()).then(|| within(unquoted(self.display)));
        NameAddr { display, uri: within(self.uri), params: Params(within(self.params)) }
    }
}

fn display_run(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (display, rest) = split_run(input, class::DISPLAY);
    Ok((rest, display))
}

/// LAQUOT absoluteURI RAQUOT.
pub(crate) fn bracketed(input: &[u8]) -> Parsed<'_, &[u8]> {
    let uri = verify(run(class::BRACKETED), |uri: &[u8]| scheme(uri).is_some());
    delimited(octet('<'), uri, octet('>')).parse(input)
}

/// ( name-addr / addr-spec / STAR ) *( SEMI generic-param ).
pub(crate) fn name_addr(input: &[u8]) -> Parsed<'_, NameAddrParts<'_>> {
    let display = alt((terminated(quoted, lws), display_run));
    let absolute = |uri: &&[u8]| scheme(uri).is_some();
    let bare = verify(run(class::BARE), absolute);
    let nothing = |uri| (&[][..], uri);
    let mut address =
        alt(((display, bracketed), bare.map(nothing), recognize(octet('*')).map(nothing)));
    let (rest, (display, uri)) = address.parse(input)?;
    let (rest, (params, count)) = params(rest)?;
    Ok((rest, NameAddrParts { display: display.trim_ascii_end(), uri, params, count }))
}

/// A whole name-addr or addr-spec with its parameters.
pub(crate) fn only_name_addr(value: &[u8]) -> Option<NameAddrParts<'_>> {
    usual::name_addr(value).or_else(|| only(name_addr, value))
}

/// A whole CSeq value.
pub(crate) fn only_cseq(value: &[u8]) -> Option<(u32, &[u8])> {
    usual::cseq(value).or_else(|| only(cseq, value))
}

/// Number and method.
pub(crate) fn cseq(input: &[u8]) -> Parsed<'_, (u32, &[u8])> {
    // RFC 3261 §8.1.1.5: less than 2**31
    let number = verify(number32, |number| *number < 1 << 31);
    separated_pair(number, run(class::LWS), token).parse(input)
}

/// A whole callid.
#[inline]
pub(crate) fn only_call_id(value: &[u8]) -> Option<&[u8]> {
    let whole = !value.is_empty() && class::run_length(value, class::WORD) == value.len();
    if whole { Some(value) } else { only(call_id, value) }
}

/// callid.
pub(crate) fn call_id(input: &[u8]) -> Parsed<'_, &[u8]> {
    run(class::WORD).parse(input)
}

/// Length of the scheme of a URI that has something behind the scheme (RFC 3986 §3.1).
#[inline]
pub(crate) fn scheme(uri: &[u8]) -> Option<usize> {
    if uri.starts_with(b"sip:") && uri.len() > 4 { Some(3) } else { other_scheme(uri) }
}

fn other_scheme(uri: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', uri)?;
    let scheme = uri.get(..colon)?;
    let begins = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    let goes_on =
        scheme.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'));
    (begins && goes_on && colon + 1 < uri.len()).then_some(colon)
}

/// The parts of a `sip:` URI behind its user: host, port and parameters.
pub(crate) type HostPort<'a> = (&'a [u8], Option<u16>, &'a [u8]);

/// All that stands between the user of a `sip:` URI and its headers.
pub(crate) fn host_port(input: &[u8]) -> Parsed<'_, HostPort<'_>> {
    let port = preceded(octet(':'), number16);
    let parts = (host, opt(port), params);
    let parts = parts.map(|(host, port, (params, _))| (host, port, params));
    all_consuming(parts).parse(input)
}

/// What follows the scheme of a `sip:` or `sips:` URI, by its parts.
pub(crate) struct SipUriParts<'a> {
    user: Option<&'a [u8]>,
    password: Option<&'a [u8]>,
    rest: HostPort<'a>,
    headers: Option<&'a [u8]>,
}

impl<'a> SipUriParts<'a> {
    /// As parts of `whole`, the URI they were read from.
    pub(crate) fn view(self, whole: &'a str, secure: bool) -> SipUri<'a> {
        let within = |part| text_within(whole, part);
        let (host, port, params) = self.rest;
        SipUri {
            secure,
            user: self.user.map(within),
            password: self.password.map(within),
            host: within(host),
            port,
            params: Params(within(params)),
            headers: self.headers.map(within),
        }
    }
}

/// What follows the scheme of a `sip:` or `sips:` URI.
pub(crate) fn sip_uri(input: &[u8]) -> Option<SipUriParts<'_>> {
    let (userinfo, rest) = match class::position(input, b"@") {
        Some(at) => (Some(input.get(..at)?), input.get(at + 1..)?),
        None => (None, input),
    };
    let (user, password) = match userinfo.map(|info| (info, class::position(info, b":"))) {
        Some((info, Some(colon))) => (Some(info.get(..colon)?), Some(info.get(colon + 1..)?)),
        Some((info, None)) => (Some(info), None),
        None => (None, None),
    };
    if user.is_some_and(<[u8]>::is_empty) {
        return None;
    }
    // No parameter may hold a question mark (paramchar).
    let (rest, headers) = match class::position(rest, b"?") {
        Some(at) => (rest.get(..at)?, Some(rest.get(at + 1..)?)),
        None => (rest, None),
    };
    let rest = usual::host_port(rest).or_else(|| host_port(rest).ok().map(|(_, parts)| parts))?;
    Some(SipUriParts { user, password, rest, headers })
}

/// What follows the scheme of a `tel:` URI.
pub(crate) fn tel(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = all_consuming((run(class::DIGITS), params));
    let (_, (number, (params, _))) = parts.parse(input).ok()?;
    Some((number, params))
}

/// Without the white space around it.
#[inline]
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    // Mostly there is none, which two octets tell.
    match value {
        [b'!'..=0xff, .., b'!'..=0xff] => value,
        _ => trim_end(trim_start(value)),
    }
}

#[inline]
pub(crate) fn trim_start(mut value: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = value
        && class::is(*first, class::LWS)
    {
        value = rest;
    }
    value
}

#[inline]
pub(crate) fn trim_end(mut value: &[u8]) -> &[u8] {
    while let [rest @ .., last] = value
        && class::is(*last, class::LWS)
    {
        value = rest;
    }
    value
}

/// A header line: token HCOLON value.
pub(crate) struct HeaderLine<'a> {
    /// Stands at the start of the line.
    pub(crate) title: &'a [u8],
    /// Up to the end of the line, without the white space before it.
    pub(crate) value: &'a [u8],
}

pub(crate) fn header(line: &[u8]) -> Option<HeaderLine<'_>> {
    let (title, rest) = split_run(line, class::TOKEN);
    let value = trim_start(trim_start(rest).strip_prefix(b":")?);
    (!title.is_empty()).then_some(HeaderLine { title, value })
}

/// A header line by its name.
pub(crate) struct Named<'a> {
    pub(crate) name: Name,
    /// Up to the end of the line, without the white space before it.
    pub(crate) value: &'a [u8],
    /// White space stands before the colon.
    pub(crate) is_spaced: bool,
}

/// The header line at `line` of `bytes`; `None` where it is none.
#[inline]
pub(crate) fn named(bytes: &[u8], line: Range<usize>) -> Option<Named<'_>> {
    // The name may be looked for beyond the line: there is no colon in a line end.
    match Name::at_start(bytes.get(line.start..)?) {
        Some((name, length)) if line.start + length < line.end => {
            let value = trim_start(bytes.get(line.start + length + 1..line.end)?);
            Some(Named { name, value, is_spaced: false })
        }
        _ => {
            let line = bytes.get(line)?;
            let HeaderLine { title, value } = header(line)?;
            let is_spaced = line.get(title.len()) != Some(&b':');
            Some(Named { name: Name::of_bytes(title), value, is_spaced })
        }
    }
}

/// Whether all of it is one token.
#[inline]
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && class::run_length(text, class::TOKEN) == text.len()
}

/// Whether it can stand as a Request-URI: no white space, no `<>`, a scheme, and where the scheme
/// is known to us, its form. Header fields in it are ignored, not refused (RFC 4475 §3.1.2.11).
pub(crate) fn is_request_uri(uri: &[u8]) -> bool {
    class::run_length(uri, class::URI) == uri.len()
        && match uri.strip_prefix(b"sip:") {
            Some(rest) => sip_uri(rest).is_some(),
            None => Uri::parse(text(uri)).is_some(),
        }
}

/// The elements of a list, trimmed: split at commas outside quotes and `<>`.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let (first, after) = element(rest?);
        rest = after;
        Some(first)
    })
}

/// The first element of a list, and what follows its comma, if it has one.
#[inline]
pub(crate) fn element(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (element, after) = match comma(value).and_then(|at| value.split_at_checked(at)) {
        Some((element, after)) => (element, after.get(1..)),
        None => (value, None),
    };
    (trim(element), after)
}

/// The same of text.
// Not inlined, so that the iterators it is called by are small and can be.
#[inline(never)]
pub(crate) fn text_element(value: &str) -> (&str, Option<&str>) {
    let (element, after) = match comma(value.as_bytes()).and_then(|at| value.split_at_checked(at)) {
        Some((element, after)) => {
            // Behind the comma there is mostly one space.
            let after = after.get(1..).unwrap_or_default();
            (element, Some(after.strip_prefix(' ').unwrap_or(after)))
        }
        None => (value, None),
    };
    let trimmed = trim(element.as_bytes());
    // Mostly there was nothing to trim.
    let element =
        if trimmed.len() == element.len() { element } else { text_within(element, trimmed) };
    (element, after)
}

/// Where the first comma outside quotes and `<>` is.
#[inline]
fn comma(value: &[u8]) -> Option<usize> {
    let at = class::run_length(value, class::PLAIN);
    if *value.get(at)? == b',' { Some(at) } else { comma_behind(value, at) }
}

/// The same, from the first octet that begins something commas may stand in.
fn comma_behind(value: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let special = value.get(at..)?;
        match special.first()? {
            b',' => return Some(at),
            // Mostly there is none, wherever it might stand.
            _ if class::position(special, b",").is_none() => return None,
            b'"' => at += quoted(special).ok()?.1.len(),
            _ => at += class::position(special, b">")? + 1,
        }
        at += class::run_length(value.get(at..)?, class::PLAIN);
    }
}
