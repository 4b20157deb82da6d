//! A SIP peer: the SIP core as a user agent, with a script for each call.

use crate::phone::Phone;
use crate::topology;
use base::{Class, Duration, Instant, Rng};
use sip::{
    Codec, ConnectionId, Event, Flow, LocalMedia, Negotiated, Outgoing, Release, Released,
    Reliability, SessionId, Sip, Transport,
};
use sip_parser::{Framer, Limits};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Where RTP of a peer begins.
const FIRST_PORT: u16 = 20_000;

/// Something a peer does to one of its calls at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Ring,
    Answer,
    Refuse(u16),
    /// Before an answer only.
    GiveUp,
    HangUp,
    Hold(bool),
}

/// What a call of a peer is.
#[derive(Debug)]
pub(crate) struct PeerCall {
    /// The call of the plan, for those the peer placed.
    pub(crate) planned: Option<usize>,
    pub(crate) talk: Duration,
    pub(crate) phone: Phone,
    pub(crate) answered: bool,
    pub(crate) held: bool,
}

/// What a peer wants of the world after an event.
#[derive(Debug)]
pub(crate) enum Wish {
    Act(Instant, SessionId, Act),
    /// The phone begins to talk.
    Talk(SessionId),
    /// A call is over.
    Over(Box<PeerCall>),
    /// In words.
    Note(String),
}

/// A peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) core: Sip,
    /// It has vanished.
    pub(crate) dead: bool,
    pub(crate) calls: BTreeMap<SessionId, PeerCall>,
    pub(crate) streams: BTreeMap<ConnectionId, Framer>,
    rng: Rng,
    ports: u16,
    /// How long a session lasts that nobody refreshes.
    session: Duration,
}

impl Peer {
    pub(crate) fn new(
        name: String,
        address: SocketAddr,
        (rng, session): (&mut Rng, Duration),
        now: Instant,
    ) -> Result<Self, String> {
        let config = topology::sip_config(address, rng.next_u64(), session);
        let core = Sip::new(config, now).map_err(|error| error.to_string())?;
        Ok(Self {
            name,
            address,
            core,
            dead: false,
            calls: BTreeMap::new(),
            streams: BTreeMap::new(),
            rng: rng.fork(),
            ports: 0,
            session,
        })
    }

    /// Forgets everything, as after a restart.
    pub(crate) fn restart(&mut self, now: Instant) -> Result<(), String> {
        let ports = self.ports;
        let mut rng = self.rng.fork();
        let chance = (&mut rng, self.session);
        *self = Self::new(self.name.clone(), self.address, chance, now)?;
        self.ports = ports;
        Ok(())
    }

    pub(crate) fn opened(&mut self, connection: ConnectionId) {
        self.streams.insert(connection, Framer::new(Limits::default()));
    }

    /// The phone that listens at an RTP address.
    pub(crate) fn phone_at(&mut self, address: SocketAddr) -> Option<&mut Phone> {
        let mut phones = self.calls.values_mut().map(|call| &mut call.phone);
        phones.find(|phone| phone.local == address)
    }

    /// How much a call makes of reliable provisional responses.
    fn reliability(&mut self) -> Reliability {
        match self.rng.below(4) {
            0 => Reliability::Off,
            1 => Reliability::Required,
            _ => Reliability::Supported,
        }
    }

    fn phone(&mut self) -> Phone {
        self.ports = (self.ports + 1) % 5_000;
        let port = FIRST_PORT + 2 * self.ports;
        Phone::new(SocketAddr::new(self.address.ip(), port), &mut self.rng)
    }

    /// Calls `uri`. The calling number is made of the number of the call.
    pub(crate) fn place(
        &mut self,
        now: Instant,
        planned: usize,
        call: &crate::plan::Call,
    ) -> Option<SessionId> {
        let phone = self.phone();
        let transport = if call.tcp { Transport::Tcp } else { Transport::Udp };
        let out = Outgoing {
            peer: None,
            flow: Flow {
                transport,
                local: self.address,
                remote: topology::GATEWAY,
                connection: None,
                peer: None,
            },
            request_uri: call.uri.clone(),
            from: format!("<sip:{}@{}>", calling_number(planned), self.address),
            to: format!("<{}>", call.uri),
            max_forwards: 70,
            headers: Vec::new(),
            media: media(&phone),
            early: sip::EarlyPolicy { reliability: self.reliability(), gated: false },
            spare: Vec::new(),
            patience: sip::Patience::default(),
            redirects: sip::Redirects::default(),
            // Not every user agent knows timers.
            session_expires: (planned % 2 == 1).then_some(self.session),
        };
        let session = self.core.invite(now, Class::Ordinary, out).ok()?;
        let planned = Some(planned);
        let (talk, answered, held) = (call.talk, false, false);
        self.calls.insert(session, PeerCall { planned, talk, phone, answered, held });
        Some(session)
    }

    /// Does what the script says.
    pub(crate) fn act(&mut self, now: Instant, session: SessionId, act: Act) -> Vec<Wish> {
        let Some(call) = self.calls.get_mut(&session) else { return Vec::new() };
        let release = |status, phrase| Release { status, phrase, reason: None, retry_after: None };
        match act {
            Act::Ring => {
                // Some are heard while they ring, and the first reliable response to a call without
                // an offer must bring one.
                let speaks = self.rng.chance(1, 2) || self.core.needs_media(session);
                let media = speaks.then(|| media(&call.phone));
                let agreed = self.core.progress(now, session, 180, "Ringing", &[], media.as_ref());
                return self.agree(now, session, agreed).into_iter().collect();
            }
            Act::Refuse(status) => self.core.release(now, session, &release(status, "Refused")),
            Act::GiveUp if call.answered => {}
            Act::GiveUp | Act::HangUp => self.core.release(now, session, &release(480, "Gone")),
            Act::Hold(held) => {
                call.held |= held;
                self.core.set_held(now, session, held);
            }
            Act::Answer => {
                call.answered = true;
                let at = now + call.talk;
                let agreed = self.core.answer(now, session, &media(&call.phone), &[]);
                let mut wishes = vec![Wish::Act(at, session, Act::HangUp)];
                wishes.extend(self.agree(now, session, agreed));
                return wishes;
            }
        }
        Vec::new()
    }

    fn agree(
        &mut self,
        now: Instant,
        session: SessionId,
        media: Option<Negotiated>,
    ) -> Option<Wish> {
        let begun = self.calls.get_mut(&session)?.phone.agree(now, &media?);
        begun.then_some(Wish::Talk(session))
    }

    /// The core tells something.
    pub(crate) fn told(&mut self, now: Instant, event: Event) -> Vec<Wish> {
        match event {
            Event::Incoming { session, .. } => {
                let reliability = self.reliability();
                if !self.core.set_reliability(now, session, reliability) {
                    return Vec::new();
                }
                self.rung(now, session)
            }
            Event::Progress { session, media, .. } | Event::Acknowledged { session, media } => {
                self.agree(now, session, media).into_iter().collect()
            }
            Event::Media { session, media } => {
                self.agree(now, session, Some(media)).into_iter().collect()
            }
            Event::Answered { session, media, .. } => {
                let mut wishes = Vec::new();
                if let Some(call) = self.calls.get_mut(&session) {
                    call.answered = true;
                    let talk = call.talk;
                    if self.rng.chance(1, 8) {
                        wishes.push(Wish::Act(now + talk / 3, session, Act::Hold(true)));
                        wishes.push(Wish::Act(now + talk / 2, session, Act::Hold(false)));
                    }
                    wishes.push(Wish::Act(now + talk, session, Act::HangUp));
                }
                wishes.extend(self.agree(now, session, Some(media)));
                wishes
            }
            // It asks for no preconditions.
            Event::Ready { .. } => Vec::new(),
            Event::Released { session, why } => {
                let planned = self.calls.get(&session).and_then(|call| call.planned);
                vec![Wish::Note(format!("{} {planned:?}: {}", self.name, outcome(&why)))]
            }
            Event::Ended { session } => self
                .calls
                .remove(&session)
                .map(|call| Wish::Over(Box::new(call)))
                .into_iter()
                .collect(),
            Event::Key { .. }
            | Event::HopFailed { .. }
            | Event::Replied { .. }
            | Event::Unanswered { .. }
            | Event::Refused { .. } => Vec::new(),
        }
    }

    /// A call comes in: what becomes of it is a matter of luck.
    fn rung(&mut self, now: Instant, session: SessionId) -> Vec<Wish> {
        let phone = self.phone();
        let ms = |rng: &mut Rng, below| Duration::from_millis(rng.below(below));
        let talk = ms(&mut self.rng, 15_000);
        let call = PeerCall { planned: None, talk, phone, answered: false, held: false };
        self.calls.insert(session, call);
        let (ring, later) = (ms(&mut self.rng, 800), ms(&mut self.rng, 8_000));
        let ring = now + ring;
        match self.rng.below(12) {
            0 => vec![Wish::Act(ring, session, Act::Refuse(486))],
            1 => vec![
                Wish::Act(ring, session, Act::Ring),
                Wish::Act(ring + later, session, Act::Refuse(603)),
            ],
            2 => vec![Wish::Act(ring, session, Act::Refuse(404))],
            3 => vec![Wish::Act(ring, session, Act::Refuse(302))],
            // it rings for ever, or until somebody loses patience
            4 => vec![
                Wish::Act(ring, session, Act::Ring),
                Wish::Act(ring + Duration::from_secs(200), session, Act::Refuse(408)),
            ],
            5 => vec![Wish::Act(ring, session, Act::Answer)],
            _ => vec![
                Wish::Act(ring, session, Act::Ring),
                Wish::Act(ring + later, session, Act::Answer),
            ],
        }
    }
}

/// The calling number of a planned call: of the block for fiction, and told apart by its end.
fn calling_number(planned: usize) -> String {
    format!("+3363998{:04}", planned % 10_000)
}

/// The planned call of a calling number, as an IAM or a record has it.
pub(crate) fn planned_of(digits: &str) -> Option<usize> {
    let digits = digits.trim_start_matches('+');
    let digits = digits.strip_prefix("33").unwrap_or(digits);
    digits.strip_prefix("63998")?.parse().ok()
}

fn media(phone: &Phone) -> LocalMedia {
    LocalMedia { address: phone.local, other: None, codecs: vec![Codec::Pcma] }
}

fn outcome(why: &Released) -> String {
    match why {
        Released::Rejected { status, .. } => format!("rejected with {status}"),
        other => format!("{other:?}"),
    }
}
