//! What happens on the SIP side, told to call control.

use crate::legs::{Leg, Record};
use crate::{Gateway, Output};
use base::{Cause, Class, Instant};
use call::{CallId, Input, Release, Side, Signal};
use interworking::causes::release_for_status;
use interworking::{release_for_sip, release_of_sip, setup_of_invite};
use routing::{Facts, TrunkRef};
use sip::{Event, Released, SessionId};
use sip_parser::{Message, Name};
use tracing::{debug, info, info_span, warn};

/// Where an emergency call comes from that no trunk answers for.
const STRANGER: TrunkRef = TrunkRef::Sip(u16::MAX);

impl Gateway {
    /// The SIP core wants something done.
    pub(crate) fn sip_said(&mut self, now: Instant, output: sip::Output) {
        match output {
            sip::Output::Send { flow, class, bytes } => {
                self.outputs.push_back(Output::Sip { flow, class, bytes });
            }
            sip::Output::Close { connection } => {
                self.outputs.push_back(Output::SipClose { connection });
            }
            sip::Output::Event(event) => self.sip_happened(now, event),
        }
    }

    fn sip_happened(&mut self, now: Instant, event: Event) {
        match event {
            Event::Incoming { session, flow, class, peer, invite, .. } => {
                match self.caller(&flow, (class, &invite), peer) {
                    Some(from) => self.sip_call(now, session, from, &invite),
                    None => self.refuse_stranger(now, session, &flow),
                }
            }
            Event::Refused { flow, class, peer, invite, status } => {
                self.sip_refused(now, (flow, class, peer), &invite, status);
            }
            Event::Progress { session, response, media } => {
                self.with_session(session, |gateway, call, side| {
                    gateway.agree(call, media);
                    // What may not be heard yet is as good as silence: the caller gets our tone.
                    let early_media = media.is_some_and(|media| media.receive);
                    let status = response.status().unwrap_or_default();
                    let signal = interworking::signal_of_provisional(status, early_media);
                    gateway.signal(now, call, side, signal);
                });
            }
            Event::Answered { session, response, media } => {
                self.sip_answered(now, session, &response, media);
            }
            Event::Acknowledged { session, media } => {
                self.with_session(session, |gateway, call, side| {
                    gateway.agree(call, media);
                    gateway.learn_listener(call, side, session);
                });
            }
            Event::Media { session, media } => {
                self.with_session(session, |gateway, call, _| gateway.agree(call, Some(media)));
            }
            Event::Key { session, key, duration } => {
                self.with_session(session, |gateway, call, _| gateway.press(call, key, duration));
            }
            Event::Ready { session } => {
                self.with_session(session, |gateway, call, _| gateway.go_on(now, call));
            }
            Event::Released { session, why } => {
                self.with_session(session, |gateway, call, side| {
                    debug!(?side, ?why, "SIP release");
                    match why {
                        Released::Emergency { service } if gateway.believes(call, side) => {
                            gateway.becomes_emergency(now, call, service.as_deref());
                        }
                        why => gateway.leg_released(now, call, side, release_of_sip(&why)),
                    }
                });
            }
            Event::Ended { session } => {
                self.with_session(session, |gateway, call, side| {
                    gateway.leg_ended(now, call, side);
                });
            }
            Event::HopFailed { session, flow, why } => {
                self.with_session(session, |gateway, _, _| {
                    info!(remote = %flow.remote, ?why, "no answer there; on to the next");
                    gateway.hop_failed(now, session, flow);
                });
            }
            Event::Replied { request, response } => {
                self.pinged(now, request, response.status());
            }
            Event::Unanswered { request, .. } => {
                self.pinged(now, request, None);
            }
        }
    }

    fn sip_answered(
        &mut self,
        now: Instant,
        session: SessionId,
        response: &Message,
        media: sip::Negotiated,
    ) {
        self.with_session(session, |gateway, call, side| {
            gateway.agree(call, Some(media));
            let leg = gateway.legs.get(call).and_then(|record| record.leg(side));
            let trusted = matches!(leg, Some(Leg::Sip { trusted: true, .. }));
            let numbers = &gateway.settings.numbers;
            let signal = interworking::signal_of_ok(response, trusted, numbers);
            gateway.signal(now, call, side, signal);
        });
    }

    fn with_session(&mut self, session: SessionId, act: impl FnOnce(&mut Self, CallId, Side)) {
        if let Some((call, side)) = self.legs.of_session(session) {
            let span = self.span(call);
            let _entered = span.enter();
            act(self, call, side);
        }
    }

    /// The trunk that a call is from, and whether it is believed; none where nobody answers for it.
    ///
    /// Whoever has proved to be of a trunk must also come from where that trunk says, if it says
    /// where. An emergency call from nowhere is taken where the policy says so.
    fn caller(
        &mut self,
        flow: &sip::Flow,
        (class, invite): (Class, &Message),
        peer: Option<sip::PeerId>,
    ) -> Option<(TrunkRef, bool)> {
        let known = peer.and_then(|sip::PeerId(index)| {
            let trunk = self.settings.trunks.get(usize::from(index))?;
            let here = self.trunk_of(flow).is_some_and(|(found, _)| found == index);
            let anywhere = trunk.sources.is_empty() && trunk.tls_names.is_empty();
            let fits = here || anywhere || trunk.contains(flow.remote.ip());
            fits.then_some((TrunkRef::Sip(index), trunk.trusted))
        });
        if known.is_some() {
            return known;
        }
        // The queue may have looked at less of it.
        let facts = Facts { uri: invite.uri(), ..Facts::default() };
        let class = class.max(self.calls.router().classify(&facts));
        let taken = class.is_emergency() && self.settings.emergency_from_anywhere;
        self.stats.emergency_from_strangers += u64::from(taken);
        taken.then_some((STRANGER, false))
    }

    fn refuse_stranger(&mut self, now: Instant, session: SessionId, flow: &sip::Flow) {
        warn!(remote = %flow.remote, "INVITE from an address of no trunk");
        self.stats.unknown_source += 1;
        let release = Release::new(Cause::CALL_REJECTED).with_status(403);
        self.refuse_sip(now, session, &release);
    }

    /// An INVITE asks for a call.
    fn sip_call(
        &mut self,
        now: Instant,
        session: SessionId,
        (ingress, trusted): (TrunkRef, bool),
        invite: &Message,
    ) {
        let arrived = self.clock.serving.unwrap_or(now);
        let mut reliability = sip::Reliability::default();
        if let TrunkRef::Sip(index) = ingress
            && let Some(trunk) = self.settings.trunks.get(usize::from(index))
        {
            self.sip.set_session_expires(session, trunk.session_expires);
            reliability = trunk.reliability;
        }
        let mut setup =
            match setup_of_invite(invite, ingress, trusted, arrived, &self.settings.numbers) {
                Ok(setup) => setup,
                Err(release) => {
                    self.stats.no_number += 1;
                    self.report_set_up(now, Class::Ordinary, arrived);
                    return self.refuse_sip(now, session, &release);
                }
            };
        setup.class = self.class_of_invite(invite, &setup, trusted);
        self.sip.set_class(session, setup.class);
        if !self.sip.set_reliability(now, session, reliability) {
            // Q.850 has no word for an extension that is not there.
            let release = Release::new(Cause::INTERWORKING).with_status(420);
            return self.refused_unseen(now, setup, release);
        }
        let Some(speaks_from) = self.speech_address(now, session) else {
            let release = Release::new(Cause::BEARER_NOT_IMPLEMENTED).with_status(488);
            return self.refused_unseen(now, setup, release);
        };
        let hears = trusted && invite.header(Name::PEarlyMedia) == Some("supported");
        let leg = Leg::Sip { session, trusted, hears };
        if self.dials_on(now, leg, &setup, invite) {
            return;
        }
        match self.calls.incoming(now, setup) {
            Ok(call) => {
                let class = self.calls.class(call).unwrap_or(setup.class);
                self.sip.set_class(session, class);
                let span = info_span!("call", id = %call);
                span.in_scope(|| info!(called = %setup.called, %class, ?ingress, "incoming"));
                let mut record = Record::new(span, class, arrived, Some(leg));
                record.speaks_from = Some(speaks_from);
                self.legs.insert(call, record);
                self.may_dial_on(call, invite);
            }
            Err(release) => {
                self.report_set_up(now, setup.class, arrived);
                self.refuse_sip(now, session, &release);
            }
        }
    }

    /// The SIP core has refused a call for its body: it has a record as any other.
    fn sip_refused(
        &mut self,
        now: Instant,
        (flow, class, peer): (sip::Flow, Class, Option<sip::PeerId>),
        invite: &Message,
        status: u16,
    ) {
        let Some((ingress, trusted)) = self.caller(&flow, (class, invite), peer) else {
            return;
        };
        let arrived = self.clock.serving.unwrap_or(now);
        let numbers = &self.settings.numbers;
        let Ok(mut setup) = setup_of_invite(invite, ingress, trusted, arrived, numbers) else {
            self.stats.no_number += 1;
            return self.report_set_up(now, Class::Ordinary, arrived);
        };
        setup.class = self.class_of_invite(invite, &setup, trusted);
        let cause = match status {
            488 => Cause::BEARER_NOT_IMPLEMENTED,
            other => release_for_status(other, None, None).cause,
        };
        self.refused_unseen(now, setup, Release::new(cause).with_status(status));
    }

    pub(crate) fn refuse_sip(&mut self, now: Instant, session: SessionId, release: &Release) {
        let release = release_for_sip(release, self.retry_after());
        self.sip.release(now, session, &release);
    }

    /// Whether the peer of a leg is believed when it says what kind of call this is: a callee must
    /// not be able to turn its callers into those of an answering point.
    fn believes(&self, call: CallId, side: Side) -> bool {
        let leg = self.legs.get(call).and_then(|record| record.leg(side));
        side == Side::Egress && matches!(leg, Some(Leg::Sip { trusted: true, .. }))
    }

    /// RFC 3261 §21.3.5, TS 24.229 §5.1.2A.1.1: the next hop knows the number for one of an
    /// emergency service. The call goes where our plan says, and is as urgent as one that was known
    /// from the start.
    fn becomes_emergency(&mut self, now: Instant, call: CallId, service: Option<&str>) {
        let digits = service.and_then(routing::service_number).unwrap_or("112");
        let Ok(service) = routing::Number::short(digits) else {
            return;
        };
        self.close_speech(call);
        self.legs.ended((call, Side::Egress));
        self.calls.handle_input(now, Input::Emergency { call, service });
        let Some((class, record)) = self.calls.class(call).zip(self.legs.get_mut(call)) else {
            return;
        };
        record.class = class;
        match record.ingress {
            Some(Leg::Isup { call, .. }) => self.isup.set_class(call, class),
            Some(Leg::Sip { session, .. }) => self.sip.set_class(session, class),
            None => {}
        }
    }

    /// Tells call control what a leg says.
    pub(crate) fn signal(&mut self, now: Instant, call: CallId, side: Side, signal: Signal) {
        self.calls.handle_input(now, Input::Signal { call, side, signal });
    }

    /// A leg ends the call, or the attempt. The leg of a failed attempt goes on to its end without
    /// the call: a peer that does not acknowledge its release must not hold up the next attempt.
    pub(crate) fn leg_released(&mut self, now: Instant, call: CallId, side: Side, why: Release) {
        if side == Side::Egress && self.calls.is_attempting(call) {
            self.leave_attempt(call);
            self.legs.ended((call, side));
        } else {
            self.close_speech(call);
        }
        self.signal(now, call, side, Signal::Release(why));
    }

    /// A leg is gone.
    pub(crate) fn leg_ended(&mut self, now: Instant, call: CallId, side: Side) {
        self.close_speech(call);
        self.legs.ended((call, side));
        self.calls.handle_input(now, Input::Ended { call, side });
    }
}
