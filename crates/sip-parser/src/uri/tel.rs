//! What the number of a `tel:` URI says (RFC 3966, 4694, 4904), there and in the user part of a
//! SIP URI.

use crate::grammar;
use crate::value::{Params, text_within};

use super::{SipUri, TelUri};

impl<'a> TelUri<'a> {
    /// Reads what follows `tel:`, which a SIP URI may have as its user part (telephone-subscriber).
    #[must_use]
    pub fn of_subscriber(subscriber: &'a str) -> Option<Self> {
        let (number, params) = grammar::tel(subscriber.as_bytes())?;
        let within = |part| text_within(subscriber, part);
        Some(Self { number: within(number), params: Params(within(params)) })
    }

    /// Whether the number is one of E.164.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.number.starts_with('+')
    }

    /// The digits without the plus and the visual separators (RFC 3966 §5.1.1): hexadecimal ones,
    /// `*` and `#` among them in a local number.
    pub fn digits(&self) -> impl Iterator<Item = char> + use<'a> {
        digits(self.number)
    }

    /// Whether it keeps all rules of its form: a global number has decimal digits only, a local
    /// one a `phone-context` (RFC 3966 §5.1.5).
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let mut digits = self.digits().peekable();
        if digits.peek().is_none() || self.number.rfind('+').is_some_and(|at| at > 0) {
            return false;
        }
        if self.is_global() {
            return digits.all(|digit| digit.is_ascii_digit()) && self.context().is_none();
        }
        self.context().is_some()
    }

    /// Where a local number means something: a domain, or the first digits of global numbers.
    #[must_use]
    pub fn context(&self) -> Option<&'a str> {
        self.params.value("phone-context")
    }

    /// ISDN subaddress (RFC 3966 §5.3), escapes and all.
    #[must_use]
    pub fn isub(&self) -> Option<&'a str> {
        self.params.value("isub")
    }

    /// Extension behind a private exchange (RFC 3966 §5.3).
    #[must_use]
    pub fn ext(&self) -> Option<&'a str> {
        self.params.value("ext")
    }

    /// Routing number of a ported number (RFC 4694 §4).
    #[must_use]
    pub fn rn(&self) -> Option<&'a str> {
        self.params.value("rn")
    }

    /// Where a local routing number means something (RFC 4694 §4).
    #[must_use]
    pub fn rn_context(&self) -> Option<&'a str> {
        self.params.value("rn-context")
    }

    /// Whether the database of ported numbers has been asked already (RFC 4694 §4).
    #[must_use]
    pub fn npdi(&self) -> bool {
        self.params.get("npdi").is_some()
    }

    /// Carrier of a freephone number (RFC 4694 §4).
    #[must_use]
    pub fn cic(&self) -> Option<&'a str> {
        self.params.value("cic")
    }

    /// Where a local carrier code means something (RFC 4694 §4).
    #[must_use]
    pub fn cic_context(&self) -> Option<&'a str> {
        self.params.value("cic-context")
    }

    /// Trunk group and where its label means something: one is nothing without the other
    /// (RFC 4904 §5).
    #[must_use]
    pub fn trunk_group(&self) -> Option<(&'a str, &'a str)> {
        Some((self.params.value("tgrp")?, self.params.value("trunk-context")?))
    }
}

impl<'a> SipUri<'a> {
    /// The telephone number that the user part is (RFC 3261 §19.1.6): only `user=phone` says that
    /// it is one. The digits of an escaped user part cannot be borrowed; it is none here.
    #[must_use]
    pub fn telephone(&self) -> Option<TelUri<'a>> {
        let kind = self.params.value("user")?;
        if !kind.eq_ignore_ascii_case("phone") || self.password.is_some() {
            return None;
        }
        TelUri::of_subscriber(self.user?)
    }

    /// Every header field that the URI wants in its request, escapes and all: name and value.
    pub fn header_fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        header_fields(self.headers.unwrap_or_default())
    }
}

/// What stands behind the question mark of a URI, one by one: name and value.
pub(crate) fn header_fields(headers: &str) -> impl Iterator<Item = (&str, &str)> {
    let fields = headers.split('&').filter(|field| !field.is_empty());
    fields.map(|field| field.split_once('=').unwrap_or((field, "")))
}

/// The digits of a number, without the plus and the visual separators.
pub(super) fn digits(number: &str) -> impl Iterator<Item = char> + use<'_> {
    number.chars().filter(|c| !matches!(c, '+' | '-' | '.' | '(' | ')'))
}
