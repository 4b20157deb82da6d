//! One pass over a message: what is where, and whether it may stay.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use wide::u8x16;

use crate::class;
use crate::grammar::{self, Named};
use crate::scan::{self, Head, RawField, RawStart};
use crate::{Broken, Limits, Message, Name, ParseError, normalise, usual};

/// Part of a message. 32 bits: `ADDRESSABLE` bounds what is indexed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// No message is longer, whatever the limits say; a normalised head is at most three times it.
const ADDRESSABLE: usize = 1 << 28;

#[expect(clippy::cast_possible_truncation, reason = "`ADDRESSABLE` bounds it")]
fn narrow(at: usize) -> u32 {
    at as u32
}

impl Span {
    fn new(range: Range<usize>) -> Self {
        Self { start: narrow(range.start), end: narrow(range.end) }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One header line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Field {
    /// Where the line starts; its first octets that make a token are its name.
    title: u32,
    pub(crate) value: Span,
}

impl Field {
    /// Where the line starts in its head.
    pub(crate) fn at(&self) -> usize {
        self.title as usize
    }

    /// The name as written.
    pub(crate) fn title<'a>(&self, head: &'a str) -> &'a str {
        let line = head.get(self.at()..).unwrap_or_default();
        line.get(..class::run_length(line.as_bytes(), class::TOKEN)).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum StartLine {
    Request { method: Span, uri: Span },
    Response { status: u16, phrase: Span },
}

/// Header lines of a usual message: so many need no allocation of their own.
const USUAL: usize = 32;

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) start: StartLine,
    pub(crate) body: Span,
    /// The names of `fields`, by their numbers; `Other` where there is none.
    names: [u8; USUAL],
    fields: [Field; USUAL],
    count: usize,
    more: Vec<(Name, Field)>,
    /// The head as the spans mean it: of the message's own buffer, unless it was written anew.
    head: ByteString,
    /// The head is these fields, line by line as they may be sent, and an empty line: nothing was
    /// found wrong, and no white space stands before a colon, which is to be understood and not to
    /// be sent (RFC 3261 §7.3.1).
    sound: bool,
}

impl Index {
    fn new(start: StartLine) -> Self {
        Self {
            start,
            body: Span::default(),
            names: [Name::Other as u8; USUAL],
            fields: [Field::default(); USUAL],
            count: 0,
            more: Vec::new(),
            head: ByteString::new(),
            sound: false,
        }
    }

    fn push(&mut self, name: Name, field: Field) {
        match (self.names.get_mut(self.count), self.fields.get_mut(self.count)) {
            (Some(number), Some(place)) => (*number, *place) = (name as u8, field),
            _ => self.more.push((name, field)),
        }
        self.count += 1;
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let usual = self.fields.get(..self.count).unwrap_or(&self.fields);
        usual.iter().chain(self.more.iter().map(|(_, field)| field))
    }

    /// Lines of that name, in order; of `Other`, none.
    #[inline]
    pub(crate) fn fields_of(&self, name: Name) -> FieldsOf<'_> {
        let more = if name == Name::Other { &[][..] } else { &self.more };
        FieldsOf { fields: &self.fields, usual: self.places(name), more: more.iter(), name }
    }

    /// A bit for each usual field of that name, the lowest for the first; for `Other`, none.
    #[inline]
    fn places(&self, name: Name) -> u32 {
        if name == Name::Other {
            return 0;
        }
        let number = u8x16::splat(name as u8);
        let bits = |names: &[u8; 16]| u8x16::new(*names).simd_eq(number).to_bitmask();
        self.names.as_chunks().0.iter().rev().fold(0, |all, names| all << 16 | bits(names))
    }

    /// The lines of these names as they are, in the order of the message, with those that stand
    /// together in one piece. `None` when they cannot be taken as they are.
    pub(crate) fn pieces(&self, names: &[Name]) -> Option<impl Iterator<Item = &str>> {
        if !self.sound || !self.more.is_empty() {
            return None;
        }
        let mut left = names.iter().fold(0, |all, name| all | self.places(*name));
        Some(std::iter::from_fn(move || {
            let first = left.trailing_zeros();
            let run = left.checked_shr(first)?.trailing_ones();
            let behind = first + run;
            left &= u32::MAX.checked_shl(behind).unwrap_or(0);
            let line = |at: u32| self.fields.get(..self.count)?.get(at as usize).map(Field::at);
            // Behind the last field stands the empty line.
            let end = line(behind).unwrap_or(self.head.len() - "\r\n".len());
            self.head.get(line(first)?..end)
        }))
    }

    pub(crate) fn head(&self) -> &str {
        &self.head
    }
}

/// Lines of one name.
#[derive(Clone, Debug)]
pub(crate) struct FieldsOf<'a> {
    fields: &'a [Field],
    /// A bit for each of the usual fields that is still to be told, the lowest for the first.
    usual: u32,
    more: std::slice::Iter<'a, (Name, Field)>,
    name: Name,
}

impl<'a> Iterator for FieldsOf<'a> {
    type Item = &'a Field;

    #[inline]
    fn next(&mut self) -> Option<&'a Field> {
        if self.usual == 0 {
            let name = self.name;
            return self.more.find(|row| row.0 == name).map(|row| &row.1);
        }
        let first = self.usual.trailing_zeros() as usize;
        // Takes the lowest bit away.
        self.usual &= self.usual - 1;
        self.fields.get(first)
    }
}

/// The first thing found wrong.
#[derive(Clone, Copy, Debug)]
struct Problem {
    status: u16,
    phrase: &'static str,
}

const TOO_LARGE: Problem = Problem { status: 513, phrase: "Message Too Large" };

/// What was wrong with a header field of that name.
fn phrases(name: Name) -> (&'static str, &'static str, &'static str) {
    match name {
        Name::Via => ("Missing Via", "Bad Via", "Duplicate Via"),
        Name::From => ("Missing From", "Bad From", "Duplicate From"),
        Name::To => ("Missing To", "Bad To", "Duplicate To"),
        Name::CallId => ("Missing Call-ID", "Bad Call-ID", "Duplicate Call-ID"),
        Name::CSeq => ("Missing CSeq", "Bad CSeq", "Duplicate CSeq"),
        Name::MaxForwards => ("Missing Max-Forwards", "Bad Max-Forwards", "Duplicate Max-Forwards"),
        Name::ContentLength => {
            ("Missing Content-Length", "Bad Content-Length", "Duplicate Content-Length")
        }
        Name::ContentType => ("Missing Content-Type", "Bad Content-Type", "Duplicate Content-Type"),
        Name::Contact => ("Missing Contact", "Bad Contact", "Duplicate Contact"),
        Name::Route => ("Missing Route", "Bad Route", "Duplicate Route"),
        Name::RecordRoute => ("Missing Record-Route", "Bad Record-Route", "Duplicate Record-Route"),
        _ => ("Missing Header Field", "Bad Header Field", "Duplicate Header Field"),
    }
}

/// RFC 3261 §8.1.1. Max-Forwards belongs to them too, but §16.3 lets it be missing.
const MANDATORY: [Name; 5] = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];

pub(crate) fn parse(bytes: Bytes, limits: &Limits) -> Result<Message, ParseError> {
    let begin = scan::begin(&bytes);
    let visible = bytes.len().min(limits.message).min(ADDRESSABLE);
    let view = bytes.get(..visible).unwrap_or_default();
    let problem = (visible < bytes.len()).then_some(TOO_LARGE);

    if problem.is_some() && Head::new(&bytes, begin).start_line().end > visible {
        return Err(cut_in_start_line(&bytes, begin));
    }

    let read = match read(&bytes, view, begin, limits, problem) {
        Err(CannotStay) => read_normalised(view, begin, limits, problem),
        Ok(read) => read,
    };
    let (index, verdict) = read.ok_or(ParseError::NotSip)?;
    let Some(Problem { status, phrase }) = verdict.problem else {
        return Ok(Message { bytes, index });
    };
    let message = verdict.telling.then(|| Message { bytes, index });
    Err(ParseError::Broken(Box::new(Broken { status, phrase, message })))
}

/// What is to be said of a message.
struct Verdict {
    problem: Option<Problem>,
    /// Whether it says which transaction it belongs to.
    telling: bool,
}

/// What is found of a message; `None` when it is not SIP's.
type Found = Option<(Arc<Index>, Verdict)>;

/// The head has to be written anew before it can be read.
struct CannotStay;

/// Reads a message where it is, if it can be.
fn read(
    bytes: &Bytes,
    view: &[u8],
    begin: usize,
    limits: &Limits,
    problem: Option<Problem>,
) -> Result<Found, CannotStay> {
    let head = Head::new(view, begin);
    let Some(start) = scan::start_line(view, head.start_line()) else { return Ok(None) };
    let mut index = Arc::new(Index::new(spans(&start)));
    // Nobody else has it yet: it is filled where it will stay.
    let Some(place) = Arc::get_mut(&mut index) else { return Ok(None) };
    let mut reading = Reading::new(view, head, limits, place, problem);
    reading.start(&start);
    reading.fields();
    if reading.folded {
        return Err(CannotStay);
    }
    let body = reading.head.body();
    let end = body.unwrap_or(view.len());
    reading.index.head = bytes.slice(..end).try_into().map_err(|_| CannotStay)?;
    if !reading.head.is_whole(view.get(begin..end).unwrap_or_default()) {
        reading.note(400, "Line Without CRLF");
    }
    reading.check_whole(body, view.len());
    let verdict = reading.verdict();
    reading.index.sound = verdict.problem.is_none() && !reading.spaced;
    Ok(Some((index, verdict)))
}

/// Reads a message whose head has to be written anew first.
fn read_normalised(view: &[u8], begin: usize, limits: &Limits, problem: Option<Problem>) -> Found {
    let normalise::Plain { head: plain, body, whole } = normalise::head(view, begin);
    let octets = plain.as_bytes();
    let head = Head::new(octets, 0);
    let start = scan::start_line(octets, head.start_line())?;
    let mut index = Index::new(spans(&start));
    let mut reading = Reading::new(octets, head, limits, &mut index, problem);
    reading.start(&start);
    reading.fields();
    if !whole {
        reading.note(400, "Line Without CRLF");
    }
    reading.check_whole(body, view.len());
    let verdict = reading.verdict();
    let sound = verdict.problem.is_none() && !reading.spaced;
    (index.head, index.sound) = (plain, sound);
    Some((Arc::new(index), verdict))
}

/// The limit cuts the start line: what is left of it says nothing, the whole of it does.
fn cut_in_start_line(bytes: &[u8], begin: usize) -> ParseError {
    match scan::start_line(bytes, Head::new(bytes, begin).start_line()) {
        Some(_) => ParseError::Broken(Box::new(Broken {
            message: None,
            status: TOO_LARGE.status,
            phrase: TOO_LARGE.phrase,
        })),
        None => ParseError::NotSip,
    }
}

fn spans(start: &RawStart) -> StartLine {
    match start {
        RawStart::Request { method, uri, .. } => {
            StartLine::Request { method: Span::new(method.clone()), uri: Span::new(uri.clone()) }
        }
        RawStart::Response { status, phrase, .. } => {
            StartLine::Response { status: *status, phrase: Span::new(phrase.clone()) }
        }
    }
}

/// A head while it is being read. It reads on after the first problem, for the answer.
struct Reading<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    head: Head<'a>,
    index: &'a mut Index,
    /// Names seen, by [`Name::watched`].
    seen: u16,
    folded: bool,
    /// White space stands before a colon.
    spaced: bool,
    top_via: bool,
    cseq_method: Option<&'a [u8]>,
    content_length: Option<usize>,
    problem: Option<Problem>,
}

impl<'a> Reading<'a> {
    fn new(
        bytes: &'a [u8],
        head: Head<'a>,
        limits: &'a Limits,
        index: &'a mut Index,
        problem: Option<Problem>,
    ) -> Self {
        Self {
            bytes,
            limits,
            head,
            index,
            seen: 0,
            folded: false,
            spaced: false,
            top_via: false,
            cseq_method: None,
            content_length: None,
            problem,
        }
    }

    fn start(&mut self, raw: &RawStart) {
        if self.head.start_line().len() > self.limits.header_line {
            self.note(414, "Request-URI Too Long");
        }
        self.check_start(raw);
    }

    fn note(&mut self, status: u16, phrase: &'static str) {
        self.problem.get_or_insert(Problem { status, phrase });
    }

    fn at(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    fn check_start(&mut self, raw: &RawStart) {
        let (RawStart::Request { version, .. } | RawStart::Response { version, .. }) = raw;
        let number = self.at(version.clone()).get(4..).unwrap_or_default();
        if number != b"2.0" {
            let digit = |octet: &u8| octet.is_ascii_digit() || *octet == b'.';
            let other = !number.is_empty() && number.iter().all(digit);
            // RFC 3261 §21.5.6
            let status = if other { 505 } else { 400 };
            self.note(status, if other { "Version Not Supported" } else { "Bad SIP-Version" });
        }
        match raw {
            RawStart::Request { method, uri, exact, .. } => {
                if !grammar::is_token(self.at(method.clone())) {
                    self.note(400, "Bad Method");
                }
                if !exact {
                    self.note(400, "Bad Request Line");
                }
                if uri.is_empty() {
                    self.note(400, "Missing Request-URI");
                } else if !grammar::is_request_uri(self.at(uri.clone())) {
                    self.note(400, "Bad Request-URI");
                }
            }
            RawStart::Response { status, .. } => {
                if *status == 0 {
                    self.note(400, "Bad Status Code");
                }
            }
        }
    }

    /// Reads all fields, or up to the first folded one.
    fn fields(&mut self) {
        while let Some(raw) = self.head.next_field() {
            if raw.folded {
                self.folded = true;
                return;
            }
            self.field(&raw);
        }
    }

    #[inline]
    fn field(&mut self, raw: &RawField) {
        if raw.all.len() > self.limits.header_line {
            self.note(513, "Header Line Too Long");
        }
        let Range { start, end } = raw.all;
        let Some(Named { name, value, is_spaced }) = grammar::named(self.bytes, start..end) else {
            self.note(400, "Bad Header Line");
            return;
        };
        self.spaced |= is_spaced;
        if self.index.count >= self.limits.headers {
            self.note(513, "Too Many Header Lines");
            return;
        }
        let at = end - value.len();
        let value = grammar::trim_end(value);
        let value_at = Span::new(at..at + value.len());
        self.index.push(name, Field { title: narrow(start), value: value_at });
        if name != Name::Other {
            self.check(name, value);
        }
    }

    fn check(&mut self, name: Name, value: &'a [u8]) {
        let bit = name.watched();
        let first = self.seen & bit == 0;
        self.seen |= bit;
        if !first && name != Name::Via && bit != 0 {
            // RFC 3261 §7.3.1; of two lengths or two dialogs, neither can be believed.
            self.note(400, phrases(name).2);
            return;
        }
        let well_formed = match name {
            Name::Via => self.check_vias(value, first),
            Name::From | Name::To => {
                let parts = grammar::only_name_addr(value);
                parts.is_some_and(|parts| parts.uri != b"*" && self.within(parts.count))
            }
            Name::CallId => grammar::only_call_id(value).is_some(),
            Name::CSeq => {
                self.cseq_method = grammar::only_cseq(value).map(|(_, method)| method);
                self.cseq_method.is_some()
            }
            Name::MaxForwards => scan::length(value).is_some_and(|hops| hops <= 255),
            Name::ContentLength => {
                self.content_length = scan::length(value);
                self.content_length.is_some()
            }
            Name::Contact | Name::Route | Name::RecordRoute => self.check_addresses(name, value),
            _ => true,
        };
        if !well_formed {
            self.note(400, phrases(name).1);
        }
    }

    fn check_vias(&mut self, line: &'a [u8], first: bool) -> bool {
        let all = match usual::via(line) {
            Some(parts) => self.within(parts.count),
            None => grammar::elements(line).all(|element| {
                let parts = grammar::only_via(element);
                parts.is_some_and(|parts| parts.version == b"2.0" && self.within(parts.count))
            }),
        };
        if first {
            self.top_via = all || grammar::top_via(line).is_some();
        }
        all
    }

    fn check_addresses(&mut self, name: Name, value: &'a [u8]) -> bool {
        if let Some(parts) = usual::name_addr(value) {
            return self.within(parts.count);
        }
        grammar::elements(value).all(|element| {
            let parts = grammar::only_name_addr(element);
            parts.is_some_and(|parts| {
                (parts.uri != b"*" || name == Name::Contact) && self.within(parts.count)
            })
        })
    }

    /// Notes too many parameters, which is another fault than a bad value.
    fn within(&mut self, params: usize) -> bool {
        if params > self.limits.params {
            self.note(400, "Too Many Parameters");
        }
        true
    }

    fn has(&self, name: Name) -> bool {
        self.seen & name.watched() != 0
    }

    /// What only the whole head can show, and the body.
    fn check_whole(&mut self, body: Option<usize>, end: usize) {
        if body.is_none() {
            self.note(400, "Missing Empty Line");
        }
        for name in MANDATORY {
            if !self.has(name) {
                self.note(400, phrases(name).0);
            }
        }
        if let (StartLine::Request { method, .. }, Some(in_cseq)) =
            (self.index.start, self.cseq_method)
            && self.at(method.range()) != in_cseq
        {
            // RFC 3261 §8.1.1.5
            self.note(400, "CSeq Method Mismatch");
        }
        let start = body.unwrap_or(end);
        let available = end - start;
        let length = self.content_length.unwrap_or(available);
        if length > self.limits.body {
            self.note(413, "Request Entity Too Large");
        }
        if length > available {
            // RFC 3261 §18.3: the datagram ends before the body does.
            self.note(400, "Bad Content-Length");
        }
        // RFC 3261 §18.3: what follows the body is discarded.
        self.index.body = Span::new(start..start + length.min(available));
    }

    fn verdict(&self) -> Verdict {
        // RFC 4475 §3.3.1: whatever else is missing; by these two its sender knows the answer
        // (RFC 3261 §17.1.3), and we know what a response answers.
        let telling = self.top_via && self.has(Name::CSeq);
        Verdict { problem: self.problem, telling }
    }
}
