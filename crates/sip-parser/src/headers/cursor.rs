//! Reads a value from left to right. White space before what is read does not count
//! (RFC 3261 §25.1: the separators take the white space around them).

use crate::class::{self, split_run};
use crate::grammar;
use crate::value::text_within;

use super::{Others, Quoted};

pub(super) struct Cursor<'a> {
    whole: &'a str,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(value: &'a str) -> Self {
        Self { whole: value, rest: value.as_bytes() }
    }

    fn text(&self, part: &[u8]) -> &'a str {
        text_within(self.whole, part)
    }

    fn skip_space(&mut self) {
        self.rest = grammar::trim_start(self.rest);
    }

    /// At least some white space.
    pub(super) fn space(&mut self) -> Option<()> {
        let before = self.rest.len();
        self.skip_space();
        (self.rest.len() < before).then_some(())
    }

    /// The longest run of octets that `class` takes; not an empty one.
    fn run(&mut self, class: impl Fn(u8) -> bool) -> Option<&'a str> {
        self.skip_space();
        let end = self.rest.iter().position(|octet| !class(*octet)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!run.is_empty()).then(|| self.text(run))
    }

    pub(super) fn token(&mut self) -> Option<&'a str> {
        self.skip_space();
        let (token, rest) = split_run(self.rest, class::TOKEN);
        self.rest = rest;
        (!token.is_empty()).then(|| self.text(token))
    }

    /// A run of visible characters without any of `but`.
    pub(super) fn word(&mut self, but: &[u8]) -> Option<&'a str> {
        self.run(|octet| octet.is_ascii_graphic() && !but.contains(&octet))
    }

    /// A quoted string.
    pub(super) fn quoted(&mut self) -> Option<Quoted<'a>> {
        self.skip_space();
        let (rest, string) = grammar::quoted(self.rest).ok()?;
        self.rest = rest;
        Quoted::inside(self.text(string))
    }

    /// `<URI>`, without its brackets.
    pub(super) fn bracketed(&mut self) -> Option<&'a str> {
        self.skip_space();
        let (rest, uri) = grammar::bracketed(self.rest).ok()?;
        self.rest = rest;
        Some(self.text(uri))
    }

    /// So many digits, and no more.
    pub(super) fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.run(|octet| octet.is_ascii_digit())?;
        (digits.len() == count).then(|| number(digits)).flatten()
    }

    /// 1*DIGIT that fits.
    pub(super) fn number(&mut self) -> Option<u32> {
        number(self.run(|octet| octet.is_ascii_digit())?)
    }

    /// delta-seconds. What is longer than 2^32 - 1 lasts as long (RFC 3261 §20.19).
    pub(super) fn seconds(&mut self) -> Option<u32> {
        let digits = self.run(|octet| octet.is_ascii_digit())?;
        Some(number(digits).unwrap_or(u32::MAX))
    }

    /// Takes that octet, if it is the next.
    pub(super) fn octet(&mut self, octet: u8) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(&[octet])?;
        Some(())
    }

    /// `(…)`, parentheses in it and all (RFC 3261 §25.1 comment), without the outer ones.
    pub(super) fn comment(&mut self) -> Option<&'a str> {
        self.octet(b'(')?;
        let (mut depth, mut escaped) = (1_usize, false);
        let end = self.rest.iter().position(|octet| {
            match octet {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        let comment = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..)?;
        Some(self.text(comment))
    }

    /// Whether another thing of that first octet follows.
    pub(super) fn at(&mut self, octet: u8) -> bool {
        self.skip_space();
        self.rest.first() == Some(&octet)
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a str {
        self.skip_space();
        let rest = grammar::trim_end(std::mem::take(&mut self.rest));
        self.text(rest)
    }

    /// Nothing must be left.
    pub(super) fn end(&mut self) -> Option<()> {
        self.rest().is_empty().then_some(())
    }

    /// All that is left is parameters, of which `named` have a place of their own.
    pub(super) fn params(&mut self, named: &'static [&'static str]) -> Option<Others<'a>> {
        Others::read(self.rest(), named)
    }
}

/// Digits only, that fit.
pub(super) fn number(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_u32, |number, octet| {
        let digit = octet.is_ascii_digit().then(|| u32::from(octet - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
