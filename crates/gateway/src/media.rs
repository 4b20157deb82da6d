//! The speech of a call: one context between RTP and a time slot, from the attempt to the first
//! leg's end.

use crate::bearers::Circuit;
use crate::contexts::{Contexts, Held};
use crate::legs::Leg;
use crate::{Gateway, MediaConfig, Output};
use base::{Cause, Class, Duration, Instant};
use call::{CallId, Release, Retry, Side, location};
use media::{Command, ContextId, Event, Listener};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use tracing::{info, warn};

/// The context of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech {
    pub(crate) held: Held,
    /// What was agreed with the peer; once it is, the peer hears what we send.
    pub(crate) agreed: Option<sip::Negotiated>,
    /// Whether the peer wants to hear nothing for now, and perhaps sends nothing either.
    on_hold: bool,
    /// Whether the peer was told our address, which binds us to this context.
    told: bool,
    /// Who hears ringing tone of ours.
    ringback: Option<Listener>,
    /// Who should, once somebody can.
    wanted: Option<Listener>,
    /// The time slot of the call's circuit, once there is one.
    slot: Option<media::TimeSlot>,
    /// How many contexts of this call could not be opened.
    failures: u8,
}

/// For how many times of silence in a row a talking call stays where silence may mean life: many
/// peers on hold send nothing, and whoever calls for help may have to keep quiet before a telephone
/// that sends no packets for it. One that is gone must not keep its circuit for ever.
const PATIENCE: u32 = 10;

/// How many contexts are tried for one call, and for an emergency call.
const MAX_FAILURES: u8 = 4;
const MAX_EMERGENCY_FAILURES: u8 = 32;

/// What we can code.
const CODECS: [sip::Codec; 2] = [sip::Codec::Pcma, sip::Codec::Pcmu];

/// Contexts and whose they are.
pub(crate) struct MediaTable {
    contexts: Contexts,
    owners: BTreeMap<ContextId, CallId>,
}

impl MediaTable {
    pub(crate) fn new(config: &MediaConfig) -> Self {
        Self { contexts: Contexts::new(config), owners: BTreeMap::new() }
    }

    /// Whether every context is free, and its port with it.
    pub(crate) fn is_idle(&self) -> bool {
        self.contexts.len() == 0
    }
}

/// What we say about ourselves in a session description: the time slot's own coding first.
fn local_media(held: Held) -> sip::LocalMedia {
    let Held { local: address, other, .. } = held;
    sip::LocalMedia { address, other, codecs: CODECS.to_vec() }
}

impl Gateway {
    /// Which of our addresses the speech of an incoming call is for; none where it was refused
    /// because it is for none.
    pub(crate) fn speech_address(
        &mut self,
        now: Instant,
        session: sip::SessionId,
    ) -> Option<IpAddr> {
        let (address, other) = self.media.contexts.addresses(None);
        let at = |address| SocketAddr::new(address, 0);
        let (address, other) = (at(address), other.map(at));
        let ours = sip::LocalMedia { address, other, codecs: CODECS.to_vec() };
        let address = self.sip.speech_address(now, session, &ours);
        address.map(|address| address.ip())
    }

    /// Takes a context for the call, unless it has one that its caller knows. Its first address is
    /// of the family of `like`.
    pub(crate) fn open_speech(
        &mut self,
        call: CallId,
        class: Class,
        like: Option<IpAddr>,
    ) -> Result<(), Release> {
        if self.told_to_caller(call).is_some() {
            return Ok(());
        }
        self.close_speech(call);
        let full = || Release::new(Cause::RESOURCE_UNAVAILABLE);
        let record = self.legs.get_mut(call).ok_or_else(full)?;
        let Some(held) = self.media.contexts.take(class, like) else {
            warn!(%class, "no media context is left");
            self.stats.no_context += 1;
            return Err(full());
        };
        record.speech = Some(Speech {
            held,
            agreed: None,
            on_hold: false,
            told: false,
            ringback: None,
            wanted: None,
            slot: None,
            failures: 0,
        });
        self.media.owners.insert(held.id, call);
        self.open_sockets(held);
        Ok(())
    }

    fn open_sockets(&mut self, Held { id: context, local, other }: Held) {
        self.command(Command::Open { context, local });
        if let Some(local) = other {
            self.command(Command::OpenOther { context, local });
        }
    }

    /// Joins the context to the time slot of the call's circuit: the speech path stands before the
    /// answer, so that its first words are not cut off (RFC 3398 §7.2.7).
    pub(crate) fn join_speech(&mut self, call: CallId, circuit: Option<Circuit>) {
        let slot = circuit.and_then(|circuit| circuit.slot);
        let speech = self.legs.get_mut(call).and_then(|record| record.speech.as_mut());
        if let Some((speech, slot)) = speech.zip(slot) {
            speech.slot = Some(slot);
            let context = speech.held.id;
            self.command(Command::Join { context, slot });
        }
    }

    /// Our media, for an offer or an answer.
    pub(crate) fn tell_media(&mut self, call: CallId) -> Option<sip::LocalMedia> {
        let speech = self.legs.get_mut(call)?.speech.as_mut()?;
        speech.told = true;
        Some(local_media(speech.held))
    }

    /// A context for a call that has none, joined to its circuit: our media then.
    pub(crate) fn speech_anew(&mut self, call: CallId) -> Option<sip::LocalMedia> {
        let record = self.legs.get(call)?;
        let circuit = [record.egress, record.ingress]
            .into_iter()
            .flatten()
            .find_map(|leg| if let Leg::Isup { circuit, .. } = leg { circuit } else { None });
        warn!(%call, "no speech, though it is answered");
        let (class, from) = (record.class, record.speaks_from);
        self.open_speech(call, class, from).ok()?;
        self.join_speech(call, circuit);
        self.tell_media(call)
    }

    /// What was agreed with the SIP peer.
    pub(crate) fn agree(&mut self, call: CallId, media: Option<sip::Negotiated>) {
        let Some(media) = media else {
            return;
        };
        let Some(speech) = self.legs.get_mut(call).and_then(|record| record.speech.as_mut()) else {
            return;
        };
        speech.agreed = Some(media);
        let wanted = speech.wanted;
        speech.on_hold = !media.send;
        let context = speech.held.id;
        let ptime = u8::try_from(media.ptime).unwrap_or(u8::MAX);
        self.command(Command::Format { context, ptime, events: media.events });
        self.command(Command::Remote {
            context,
            remote: media.remote,
            codec: match media.codec {
                sip::Codec::Pcma => media::Codec::Pcma,
                sip::Codec::Pcmu => media::Codec::Pcmu,
            },
            payload_type: media.payload_type,
            send: media.send,
            receive: media.receive,
            latch: media.guessed,
        });
        // An answer in PRACK: whoever waits for the ringing tone can hear it now.
        self.ringback(call, wanted);
    }

    /// A key that the SIP side told in signalling, heard on the circuit.
    pub(crate) fn press(&mut self, call: CallId, key: u8, duration: Duration) {
        if let Some(speech) = self.legs.get(call).and_then(|record| record.speech) {
            let context = speech.held.id;
            let millis = u16::try_from(duration.as_millis()).unwrap_or(u16::MAX);
            self.command(Command::Key { context, key, millis });
        }
    }

    /// Ringing tone instead of speech, where somebody can hear it.
    pub(crate) fn ringback(&mut self, call: CallId, to: Option<Listener>) {
        let Some(speech) = self.legs.get_mut(call).and_then(|record| record.speech.as_mut()) else {
            return;
        };
        speech.wanted = to;
        let to = to.filter(|to| *to == Listener::Circuit || speech.agreed.is_some());
        if speech.ringback != to {
            speech.ringback = to;
            let context = speech.held.id;
            self.command(Command::Ringback { context, to });
        }
    }

    /// The context that a caller of the SIP side was told.
    fn told_to_caller(&mut self, call: CallId) -> Option<&mut Speech> {
        let record = self.legs.get_mut(call)?;
        let is_sip = matches!(record.ingress, Some(Leg::Sip { .. }));
        record.speech.as_mut().filter(|speech| speech.told && is_sip)
    }

    /// An attempt has failed, and its time slot may belong to another call. A caller that was told
    /// our address before the attempt, for its preconditions, speaks to it in the next one as well:
    /// the context stays, but joined to nothing.
    pub(crate) fn leave_attempt(&mut self, call: CallId) {
        let Some(speech) = self.told_to_caller(call) else {
            return self.close_speech(call);
        };
        (speech.slot, speech.ringback) = (None, None);
        let (held, agreed) = (speech.held, speech.agreed);
        self.command(Command::Close { context: held.id });
        self.open_sockets(held);
        self.agree(call, agreed);
    }

    /// Speech ends with the first leg that ends: its time slot may belong to another call at once.
    pub(crate) fn close_speech(&mut self, call: CallId) {
        let speech = self.legs.get_mut(call).and_then(|record| record.speech.take());
        if let Some(speech) = speech {
            self.let_go(speech);
        }
    }

    pub(crate) fn let_go(&mut self, speech: Speech) {
        self.media.owners.remove(&speech.held.id);
        self.media.contexts.let_go(speech.held);
        self.command(Command::Close { context: speech.held.id });
    }

    fn command(&mut self, command: Command) {
        self.outputs.push_back(Output::Media(command));
    }

    /// The media plane reports.
    pub(crate) fn media_reported(&mut self, now: Instant, event: &Event) {
        match *event {
            Event::Closed { context, .. } => self.media.contexts.closed(context),
            Event::OpenFailed { context } => {
                self.stats.open_failed += 1;
                if let Some(call) = self.media.owners.get(&context).copied() {
                    self.open_failed(now, call);
                }
            }
            Event::CheckPassed { check } => self.check_reported(now, check, true),
            Event::CheckRefused { check } => self.check_reported(now, check, false),
            Event::Silent { context, times } => {
                let Some(call) = self.media.owners.get(&context).copied() else {
                    return;
                };
                let talking = self.calls.get(call).is_some_and(|call| call.answered.is_some());
                if talking && times >= self.patience(call) {
                    info!(%call, "no speech from the packet network");
                    self.stats.silent += 1;
                    let release = Release::new(Cause::TEMPORARY_FAILURE);
                    let release = release.at(location::BEYOND_INTERWORKING);
                    self.calls.release(now, call, release);
                }
            }
        }
    }

    /// How many times of silence end the call.
    fn patience(&self, call: CallId) -> u32 {
        let patient = self.legs.get(call).is_some_and(|record| {
            record.class.is_emergency() || record.speech.is_some_and(|speech| speech.on_hold)
        });
        if patient { PATIENCE } else { 1 }
    }

    /// Takes back the INVITE of an attempt, which fails by that.
    fn take_back(&mut self, now: Instant, call: CallId, release: &Release) {
        self.close_speech(call);
        let egress = self.legs.get(call).and_then(|record| record.egress);
        self.legs.ended((call, Side::Egress));
        if let Some(Leg::Sip { session, .. }) = egress {
            self.sip.release(now, session, &interworking::release_for_sip(release, None));
        }
        self.calls.handle_input(now, call::Input::AttemptFailed { call, release: *release });
    }

    /// Another context will do for as long as nobody was told this one.
    fn open_failed(&mut self, now: Instant, call: CallId) {
        warn!(%call, "the RTP port could not be opened");
        let Some(record) = self.legs.get(call) else {
            return;
        };
        let class = record.class;
        let Some(Speech { held, told, slot, failures, .. }) = record.speech else {
            return;
        };
        let like = Some(held.local.ip());
        let most = if class.is_emergency() { MAX_EMERGENCY_FAILURES } else { MAX_FAILURES };
        let calls_out = matches!(record.egress, Some(Leg::Sip { .. }));
        if told && calls_out && self.calls.is_attempting(call) {
            // The INVITE that told it is taken back; another goes out, with another context.
            let release = Release::new(Cause::RESOURCE_UNAVAILABLE).with_retry(Retry::SameExit);
            self.take_back(now, call, &release);
            return;
        }
        if told || failures + 1 >= most || self.open_speech(call, class, like).is_err() {
            return self.calls.release(now, call, Release::new(Cause::RESOURCE_UNAVAILABLE));
        }
        if let Some(speech) = self.legs.get_mut(call).and_then(|record| record.speech.as_mut()) {
            speech.failures = failures + 1;
            speech.slot = slot;
            let context = speech.held.id;
            if let Some(slot) = slot {
                self.command(Command::Join { context, slot });
            }
        }
    }
}
