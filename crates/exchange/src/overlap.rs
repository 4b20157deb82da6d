//! Calls whose digits go one by one, as a subscriber with a dial makes them.

use crate::{Exchange, Timer};
use base::{Duration, Instant};
use isup::CallId;
use isup_codec::{CalledPartyNumber, Digits};
use std::collections::BTreeMap;

/// Between two digits.
const PAUSE: Duration = Duration::from_millis(100);

/// The digits that are still to be dialled.
#[derive(Clone, Debug)]
pub(crate) struct Dialling {
    /// How many go in the IAM.
    first: Option<u8>,
    rest: BTreeMap<CallId, String>,
}

impl Dialling {
    pub(crate) const fn new(first: Option<u8>) -> Self {
        Self { first, rest: BTreeMap::new() }
    }

    /// What of a number goes in the IAM, and what after it.
    pub(crate) fn split(&self, called: &mut CalledPartyNumber) -> String {
        let digits = called.digits;
        let at = self.first.map_or(digits.len(), usize::from);
        let Some((first, rest)) = digits.as_str().split_at_checked(at) else {
            return String::new();
        };
        if let (Ok(first), false) = (first.parse::<Digits>(), rest.is_empty()) {
            (called.digits, called.complete) = (first, false);
        }
        rest.to_owned()
    }

    pub(crate) fn forget(&mut self, call: CallId) {
        self.rest.remove(&call);
    }
}

impl Exchange {
    /// The digits after the IAM are to follow.
    pub(crate) fn dial(&mut self, now: Instant, call: CallId, rest: String) {
        if !rest.is_empty() {
            self.dialling.rest.insert(call, rest);
            self.timers.set(now, Timer::Digit(call), PAUSE);
        }
    }

    /// The next digit. No ST follows the last one: a subscriber does not say that there is none.
    pub(crate) fn next_digit(&mut self, now: Instant, call: CallId) {
        let Some(rest) = self.dialling.rest.get_mut(&call) else { return };
        let digit = rest.drain(..1.min(rest.len())).collect::<String>();
        let more = !rest.is_empty();
        let sent = match digit.parse() {
            Ok(digit) => self.isup.is_open(call) && self.isup.more_digits(now, call, digit, false),
            Err(_) => false,
        };
        if sent && more {
            self.timers.set(now, Timer::Digit(call), PAUSE);
        } else {
            self.dialling.forget(call);
        }
    }
}
