//! Preconditions (RFC 3312, RFC 4032) as the one that answers them.
//!
//! Our own access is a network of fixed capacity that was reserved when it was built: our segment,
//! and our part end to end, is always met. Where the caller's segment is not and must be, the
//! answer asks to be told (`a=conf`), and the call can be suspended until an offer in UPDATE or
//! PRACK says that it is. An emergency call is never suspended.

use crate::session::Phase;
use crate::{Event, Released, SessionId, Sip, Timer};
use base::{Duration, Instant};
use sip_parser::sdp::{Media, SessionDescription};

/// How long a call is suspended at most. Reserving takes a mobile network one or two seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// What ends a call whose preconditions were not met in time (RFC 3312 §8).
const FAILED: (u16, &str) = (580, "Precondition Failure");

/// The option tag.
pub(crate) const OPTION: &str = "precondition";

/// One direction of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    met: bool,
    strength: Strength,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    #[default]
    None,
    Optional,
    Mandatory,
}

impl Strength {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Optional => "optional",
            Self::Mandatory => "mandatory",
        }
    }

    /// Other tags (`failure`, `unknown`) ask for nothing.
    fn from_name(name: &str) -> Self {
        match name {
            "mandatory" => Self::Mandatory,
            "optional" => Self::Optional,
            _ => Self::None,
        }
    }
}

/// What we send, and what we receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Segment {
    send: Row,
    receive: Row,
}

impl Segment {
    /// The rows that a direction tag of the peer names, seen from us (Table 4).
    fn rows(&mut self, direction: &str) -> impl Iterator<Item = &mut Row> {
        let (send, receive) = match direction {
            "sendrecv" => (true, true),
            "send" => (false, true),
            "recv" => (true, false),
            _ => (false, false),
        };
        let send = send.then_some(&mut self.send);
        send.into_iter().chain(receive.then_some(&mut self.receive))
    }

    fn meet(&mut self) {
        self.send.met = true;
        self.receive.met = true;
    }

    fn is_met(self) -> bool {
        let met = |row: Row| row.met || row.strength < Strength::Mandatory;
        met(self.send) && met(self.receive)
    }

    const fn current(self) -> &'static str {
        match (self.send.met, self.receive.met) {
            (true, true) => "sendrecv",
            (true, false) => "send",
            (false, true) => "recv",
            (false, false) => "none",
        }
    }

    /// The lines of one segment (§5.1.1).
    fn write(self, name: &str, lines: &mut Vec<(String, Option<String>)>) {
        let mut line = |attribute: &str, value: String| {
            lines.push((attribute.to_owned(), Some(format!("qos {value}"))));
        };
        line("curr", format!("{name} {}", self.current()));
        if self.send.strength == self.receive.strength {
            line("des", format!("{} {name} sendrecv", self.send.strength.name()));
        } else {
            line("des", format!("{} {name} send", self.send.strength.name()));
            line("des", format!("{} {name} recv", self.receive.strength.name()));
        }
    }
}

/// The status table of one stream (§5), seen from us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preconditions {
    /// Of the type end to end; `ours` is then the whole way, and `theirs` is empty.
    is_whole: bool,
    ours: Segment,
    theirs: Segment,
}

impl Preconditions {
    /// What an offer says about one of its streams; none where it says nothing of the kind.
    pub(crate) fn of(offered: &Media) -> Option<Self> {
        let mut table = Self::default();
        let mut any = false;
        for (name, value) in &offered.attributes {
            let words: Vec<&str> = value.as_deref().unwrap_or_default().split(' ').collect();
            match (name.as_str(), words.as_slice()) {
                ("curr", ["qos", segment, direction]) => {
                    table.segment(segment).rows(direction).for_each(|row| row.met = true);
                    any = true;
                }
                ("des", ["qos", strength, segment, direction]) => {
                    let strength = Strength::from_name(strength);
                    table.segment(segment).rows(direction).for_each(|row| row.strength = strength);
                    any = true;
                }
                _ => {}
            }
        }
        table.ours.meet();
        any.then_some(table)
    }

    /// The segment that a tag of the peer means (Table 4).
    fn segment(&mut self, name: &str) -> &mut Segment {
        match name {
            "local" => &mut self.theirs,
            "remote" => &mut self.ours,
            _ => {
                self.is_whole = true;
                &mut self.ours
            }
        }
    }

    /// Whether everything is reserved that must be.
    pub(crate) fn are_met(&self) -> bool {
        self.ours.is_met() && self.theirs.is_met()
    }

    /// The attributes of our answer (§5.2). We cannot meet the peer's segment: where it must be met
    /// the answer asks to be told (§6, §7).
    pub(crate) fn attributes(&self) -> Vec<(String, Option<String>)> {
        let mut lines = Vec::new();
        if self.is_whole {
            self.ours.write("e2e", &mut lines);
            return lines;
        }
        self.ours.write("local", &mut lines);
        self.theirs.write("remote", &mut lines);
        if !self.theirs.is_met() {
            lines.push(("conf".to_owned(), Some("qos remote sendrecv".to_owned())));
        }
        lines
    }
}

/// Adds to an offer of ours what a callee wants to hear that answers no other (§5.1, §6): our
/// segment is reserved, and of the callee's we ask for nothing.
pub(crate) fn offer(offer: &mut SessionDescription) {
    let line = |name: &str, value: &str| (name.to_owned(), Some(format!("qos {value}")));
    for media in offer.media.iter_mut().filter(|media| media.port != 0) {
        forget(media);
        media.attributes.extend([
            line("curr", "local sendrecv"),
            line("curr", "remote none"),
            line("des", "mandatory local sendrecv"),
            line("des", "none remote sendrecv"),
        ]);
    }
    offer.origin.version = offer.origin.version.wrapping_add(1);
}

/// Takes the attributes of one exchange out of a description that is offered again.
pub(crate) fn forget(media: &mut Media) {
    media.attributes.retain(|(name, _)| !matches!(name.as_str(), "curr" | "des" | "conf"));
}

/// Whether an offer says that something is still to be reserved that must be.
fn is_open(offer: &SessionDescription) -> bool {
    let used = offer.media.iter().filter(|media| media.port != 0);
    used.filter_map(Preconditions::of).any(|table| !table.are_met())
}

impl Sip {
    /// Whether an incoming call must wait for its caller's network: its offer has mandatory
    /// preconditions that are not met, and it can say so when they are (our answer goes to
    /// it reliably). The user should answer the offer with [`Sip::progress`] at once, and go on at
    /// [`Event::Ready`]; a call whose preconditions are not met in time ends with 580. An emergency
    /// call waits for nothing.
    pub fn suspend(&mut self, now: Instant, session: SessionId) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let Phase::Ringing(ringing) = &record.phase else {
            return false;
        };
        let waits = !record.class.is_emergency()
            && record.reliable.as_ref().is_some_and(|reliable| reliable.takes(true))
            && ringing.open_offer().is_some_and(is_open);
        if waits {
            record.suspended = true;
            self.wire.stats.suspended += 1;
            self.timers.set(now, (session, Timer::Preconditions), PATIENCE);
        }
        waits
    }

    /// A new offer of the caller was answered: it may tell that everything is reserved now.
    pub(crate) fn resume_if_met(&mut self, session: SessionId, offer: &SessionDescription) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        if record.suspended && !is_open(offer) {
            record.suspended = false;
            self.timers.stop((session, Timer::Preconditions));
            self.wire.event(Event::Ready { session });
        }
    }

    /// The caller's network did not reserve what must be reserved.
    pub(crate) fn preconditions_overdue(&mut self, now: Instant, session: SessionId) {
        if self.sessions.get(session.0).is_some_and(|record| record.suspended) {
            self.wire.stats.preconditions_failed += 1;
            self.refuse_ringing_with(now, session, FAILED, Released::Timeout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n\
                        m=audio 4000 RTP/AVP 8\r\n";

    fn answer(lines: &[&str]) -> Option<(Vec<String>, bool)> {
        let text = lines.iter().fold(HEAD.to_owned(), |text, line| format!("{text}a={line}\r\n"));
        let offer = SessionDescription::parse(text.as_bytes()).unwrap();
        let table = Preconditions::of(&offer.media[0])?;
        let lines = table.attributes().into_iter();
        let lines = lines.map(|(name, value)| format!("{name}:{}", value.unwrap())).collect();
        assert_eq!(is_open(&offer), !table.are_met());
        Some((lines, table.are_met()))
    }

    #[test]
    fn what_says_nothing_is_answered_with_nothing() {
        assert_eq!(answer(&["sendrecv", "curr:sec e2e none", "curr", "des:qos"]), None);
    }

    /// RFC 3312 §13.1, the usual offer of a telephone whose bearer is still to come.
    #[test]
    fn a_mandatory_segment_of_the_caller_is_waited_for() {
        let offer = [
            "curr:qos local none",
            "curr:qos remote none",
            "des:qos mandatory local sendrecv",
            "des:qos optional remote sendrecv",
        ];
        let (lines, met) = answer(&offer).unwrap();
        assert_eq!(
            lines,
            [
                "curr:qos local sendrecv",
                "des:qos optional local sendrecv",
                "curr:qos remote none",
                "des:qos mandatory remote sendrecv",
                "conf:qos remote sendrecv",
            ]
        );
        assert!(!met);
        let (lines, met) = answer(&[&["curr:qos local sendrecv"], &offer[1..]].concat()).unwrap();
        assert!(met && lines.iter().all(|line| !line.starts_with("conf")));
    }

    #[test]
    fn directions_are_inverted_and_strengths_kept() {
        let (lines, met) = answer(&[
            "curr:qos local send",
            "des:qos mandatory local send",
            "des:qos none local recv",
        ])
        .unwrap();
        assert!(met, "what must be reserved is");
        assert_eq!(
            lines,
            [
                "curr:qos local sendrecv",
                "des:qos none local sendrecv",
                "curr:qos remote recv",
                "des:qos none remote send",
                "des:qos mandatory remote recv",
            ]
        );
    }

    #[test]
    fn end_to_end_and_optional_hold_nothing_up() {
        let (lines, met) =
            answer(&["curr:qos e2e none", "des:qos mandatory e2e sendrecv"]).unwrap();
        assert_eq!(lines, ["curr:qos e2e sendrecv", "des:qos mandatory e2e sendrecv"]);
        assert!(met);
        assert!(answer(&["curr:qos local none", "des:qos optional local sendrecv"]).unwrap().1);
        assert!(answer(&["curr:qos local none", "des:qos unknown local sendrecv"]).unwrap().1);
    }
}
