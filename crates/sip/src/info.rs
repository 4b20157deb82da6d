//! INFO (RFC 6086): keys pressed, as many a peer still tells them.
//!
//! No info package is known to us. What RFC 6086 §9.3 calls the legacy use is: a body that names
//! the key, `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`).

use crate::requests::{Inbound, OK, UNKNOWN};
use crate::within::Place;
use crate::{Event, SessionId, Sip};
use base::{Duration, Instant};
use sip_parser::{Message, Name};

const RELAY: &str = "application/dtmf-relay";
const PLAIN: &str = "application/dtmf";

/// How long a key is pressed that nobody times, and the least and the most of others: Q.24 hears
/// nothing shorter.
const PRESSED: Duration = Duration::from_millis(160);
const PRESSED_MIN: Duration = Duration::from_millis(40);
const PRESSED_MAX: Duration = Duration::from_secs(5);

impl Sip {
    /// Takes an INFO within a dialog.
    pub(crate) fn peer_info(&mut self, now: Instant, session: SessionId, inbound: &Inbound) {
        if matches!(self.place(session), Some(Place::Closing) | None) {
            return self.reply(now, inbound, UNKNOWN, &[], None);
        }
        let request = &inbound.request;
        // RFC 6086 §4.2.2: we have said of no package that we take it.
        if request.header(Name::InfoPackage).is_some() {
            self.wire.stats.refused += 1;
            let headers = [("Recv-Info", String::new())];
            return self.reply(now, inbound, (469, "Bad Info Package"), &headers, None);
        }
        // RFC 2976 §2.2: without a body there is nothing to do.
        if request.body().is_empty() {
            return self.reply(now, inbound, OK, &[], None);
        }
        let kind = request.header(Name::ContentType).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(RELAY) && !kind.eq_ignore_ascii_case(PLAIN) {
            self.wire.stats.refused += 1;
            let headers = [("Accept", format!("{RELAY}, {PLAIN}"))];
            return self.reply(now, inbound, (415, "Unsupported Media Type"), &headers, None);
        }
        let Some((key, duration)) = pressed(request) else {
            return self.refuse(now, inbound, (400, "No Such Key"));
        };
        self.reply(now, inbound, OK, &[], None);
        self.wire.stats.keys += 1;
        if let Some(key) = key {
            self.wire.event(Event::Key { session, key, duration });
        }
    }
}

/// The key that a body names, and how long it is pressed. None for the hook flash, which is no
/// key that could be heard.
fn pressed(request: &Message) -> Option<(Option<u8>, Duration)> {
    let body = request.body();
    let text = std::str::from_utf8(&body).ok()?;
    let field = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let signal = field("Signal").or_else(|| text.lines().next().map(str::trim))?;
    let millis = field("Duration").and_then(|value| value.parse().ok());
    let duration = millis.map_or(PRESSED, Duration::from_millis).clamp(PRESSED_MIN, PRESSED_MAX);
    Some((key(signal)?, duration))
}

/// The code of a key in RFC 4733 Table 3.
fn key(signal: &str) -> Option<Option<u8>> {
    Some(Some(match signal {
        "*" => 10,
        "#" => 11,
        "A" | "a" => 12,
        "B" | "b" => 13,
        "C" | "c" => 14,
        "D" | "d" => 15,
        "!" => return Some(None),
        number => match number.parse::<u8>().ok()? {
            16 => return Some(None),
            number => Some(number).filter(|number| *number < 16)?,
        },
    }))
}
