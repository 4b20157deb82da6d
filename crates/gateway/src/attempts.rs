//! Attempts of call control: an egress leg on a circuit or on a SIP trunk.

use crate::legs::Leg;
use crate::targets::Choice;
use crate::{Gateway, Output, SipTrunk};
use base::{Cause, Class, Instant};
use call::{CallId, Release, Setup, Side};
use interworking::SipPeer;
use isup::GroupId;
use isup_codec::ContinuityCheck;
use routing::Exit;
use tracing::info;

impl Gateway {
    /// Makes the egress leg, or reports that it could not be made.
    pub(crate) fn attempt(&mut self, now: Instant, call: CallId, exit: Exit, attempt: &Attempt) {
        let span = self.span(call);
        let _entered = span.enter();
        // What is left of the last attempt goes on to its end alone.
        self.legs.ended((call, Side::Egress));
        let made = match exit {
            Exit::Circuits(group) => {
                self.attempt_circuit(now, call, GroupId(group), &attempt.setup)
            }
            Exit::Sip(trunk) => self.attempt_sip(now, call, trunk, attempt).map(Some),
        };
        match made {
            Ok(Some(leg)) => {
                self.legs.set_egress(call, leg);
                self.note_set_up(now, call);
            }
            Ok(None) => self.note_set_up(now, call),
            Err(release) => self.no_leg(now, call, release),
        }
    }

    fn no_leg(&mut self, now: Instant, call: CallId, release: Release) {
        info!(cause = release.cause.0, "no leg");
        self.leave_attempt(call);
        self.calls.handle_input(now, call::Input::AttemptFailed { call, release });
    }

    /// RFC 3312 §6: the called party is not alerted before the caller's network has reserved what
    /// must be reserved. The answer that lets it do so goes out at the first attempt.
    fn waits(&mut self, now: Instant, call: CallId) -> bool {
        let Some(record) = self.legs.get_mut(call) else {
            return false;
        };
        let (unmet, Some(Leg::Sip { session, .. })) = (record.unmet, record.ingress) else {
            return false;
        };
        if unmet || !self.sip.suspend(now, session) {
            return unmet;
        }
        info!("the caller's preconditions are not met yet");
        let media = self.tell_media(call);
        let agreed = self.sip.progress(now, session, 183, "Session Progress", &[], media.as_ref());
        self.agree(call, agreed);
        if let Some(record) = self.legs.get_mut(call) {
            record.unmet = true;
        }
        true
    }

    /// The caller's preconditions are met.
    pub(crate) fn go_on(&mut self, now: Instant, call: CallId) {
        let Some(record) = self.legs.get_mut(call) else {
            return;
        };
        record.unmet = false;
        let (suspended, egress) = (record.suspended.take(), record.egress);
        if let Some((group, setup)) = suspended {
            match self.seize(now, call, group, &setup, true) {
                Ok(leg) => self.legs.set_egress(call, leg),
                Err(release) => self.no_leg(now, call, release),
            }
        } else if let Some(Leg::Isup { call: leg, .. }) = egress {
            self.isup.path_is_good(now, leg);
        }
    }

    /// Forgets the egress of a call that waits; says whether it waited.
    pub(crate) fn forget_suspended(&mut self, call: CallId) -> bool {
        let record = self.legs.get_mut(call);
        record.and_then(|record| record.suspended.take()).is_some()
    }

    fn attempt_circuit(
        &mut self,
        now: Instant,
        call: CallId,
        group: GroupId,
        setup: &Setup,
    ) -> Result<Option<Leg>, Release> {
        if !matches!(self.legs.get(call).and_then(|record| record.ingress), Some(Leg::Sip { .. })) {
            return Err(no_path());
        }
        // Before the circuit: a call that cannot speak takes none.
        let like = self.legs.get(call).and_then(|record| record.speaks_from);
        self.open_speech(call, setup.class, like)?;
        let waits = self.waits(now, call);
        if waits && !self.isup.group(group).is_some_and(|group| group.previous_check) {
            if let Some(record) = self.legs.get_mut(call) {
                record.suspended = Some((group, *setup));
            }
            return Ok(None);
        }
        self.seize(now, call, group, setup, !waits).map(Some)
    }

    /// Takes a circuit. Where there is no path to the caller yet, the far exchange routes the call
    /// meanwhile and awaits COT before it alerts (3GPP TS 29.163 §7.2.3.1.2).
    fn seize(
        &mut self,
        now: Instant,
        call: CallId,
        group: GroupId,
        setup: &Setup,
        path: bool,
    ) -> Result<Leg, Release> {
        self.keeps_from(call, group)?;
        let mut iam = interworking::iam_for_setup(setup, &self.settings.numbers)?;
        if !path {
            iam.nature = iam.nature.with_continuity_check(ContinuityCheck::PREVIOUS_CIRCUIT);
        }
        self.address(group, setup, &mut iam.called);
        let lost = self.legs.get(call).map(|record| record.lost.of(group)).unwrap_or_default();
        let seized = self.isup.setup_again(now, setup.class, group, iam, &lost);
        let (leg, cic) = seized.map_err(|error| self.no_circuit(call, group, error))?;
        if let Some(record) = self.legs.get_mut(call) {
            record.lost.seized(group, cic);
        }
        let circuit = self.settings.bearers.find(group, cic);
        info!(%setup.called, %setup.class, group = group.0, %cic, "IAM");
        if let Some(circuit) = circuit {
            self.calls.set_circuit(call, circuit.number);
        }
        self.join_speech(call, circuit);
        Ok(Leg::Isup { call: leg, circuit })
    }

    fn attempt_sip(
        &mut self,
        now: Instant,
        call: CallId,
        trunk: u16,
        Attempt { setup, others }: &Attempt,
    ) -> Result<Leg, Release> {
        let ingress = self.legs.get(call).and_then(|record| record.ingress);
        let Some(Leg::Isup { circuit, .. }) = ingress else {
            return Err(no_path());
        };
        let emergency = setup.class.is_emergency();
        let mut choices = self.peers.targets.choose(now, trunk, emergency).into_iter();
        let first = self.next_peer(trunk, &mut choices).ok_or_else(|| self.no_way(trunk))?;
        let (peer, secure) = first;
        let like = Some(peer.flow.remote.ip());
        if let Some(record) = self.legs.get_mut(call) {
            record.speaks_from = like;
        }
        self.open_speech(call, setup.class, like)?;
        self.join_speech(call, circuit);
        let media = self.tell_media(call).ok_or(Release::new(Cause::RESOURCE_UNAVAILABLE))?;
        let numbers = &self.settings.numbers;
        let mut outgoing = interworking::outgoing_for_setup(setup, &peer, media, numbers);
        if secure {
            outgoing.request_uri = secured(&outgoing.request_uri);
        }
        while let Some((SipPeer { flow, host, .. }, secure)) = self.next_peer(trunk, &mut choices) {
            let uri = self.settings.numbers.uri(&setup.called, host);
            let request_uri = if secure { secured(&uri) } else { uri };
            outgoing.spare.push(sip::Hop { flow, request_uri });
        }
        let within = self.peers.targets.answer_within(emergency);
        outgoing.patience =
            sip::Patience { while_others: Some(within), last: others.then_some(within) };
        if let Some(trunk) = self.settings.trunks.get(usize::from(trunk)) {
            outgoing.redirects =
                sip::Redirects { most: trunk.redirects, within: trunk.sources.clone() };
        }
        info!(%setup.called, %setup.class, trunk, "INVITE");
        let outgoing = sip::Outgoing { peer: Some(sip::PeerId(trunk)), ..outgoing };
        let session = self.sip.invite(now, setup.class, outgoing).map_err(|refused| {
            info!(?refused, "no session");
            Release::new(Cause::SWITCHING_EQUIPMENT_CONGESTION)
        })?;
        Ok(Leg::Sip { session, trusted: peer.trusted, hears: false })
    }

    /// The next peer that a listener of ours fits.
    /// Also says whether it is called by a SIPS URI.
    fn next_peer(
        &self,
        trunk: u16,
        choices: &mut impl Iterator<Item = Choice>,
    ) -> Option<(SipPeer, bool)> {
        let settings = self.settings.trunks.get(usize::from(trunk))?;
        let SipTrunk { trusted, session_expires, reliability, .. } = *settings;
        choices.find_map(|Choice { transport, remote, host, secure }| {
            let flow = self.flow_to(trunk, transport, remote)?;
            Some((SipPeer { flow, host, trusted, session_expires, reliability }, secure))
        })
    }

    /// Why a trunk takes no call now: a target whose name is not known yet may be known to the next
    /// call, and another exit to this one.
    fn no_way(&self, trunk: u16) -> Release {
        let trunk = self.settings.trunks.get(usize::from(trunk));
        let has_targets = trunk.is_some_and(|trunk| !trunk.targets.is_empty());
        Release::new(if has_targets {
            Cause::NETWORK_OUT_OF_ORDER
        } else {
            Cause::NO_ROUTE_TO_DESTINATION
        })
    }

    /// The first message of ours for this call goes out now.
    pub(crate) fn note_set_up(&mut self, now: Instant, call: CallId) {
        let Some(record) = self.legs.get_mut(call) else {
            return;
        };
        if !record.set_up {
            record.set_up = true;
            let (class, arrived) = (record.class, record.arrived);
            self.report_set_up(now, class, arrived);
        }
    }

    /// The signalling has refused a call that call control has not seen.
    pub(crate) fn refused_unseen(&mut self, now: Instant, setup: Setup, release: Release) {
        self.report_set_up(now, setup.class, setup.arrived);
        self.calls.refuse(now, setup, release);
    }

    pub(crate) fn report_set_up(&mut self, now: Instant, class: Class, arrived: Instant) {
        let delay = now.saturating_since(arrived);
        self.outputs.push_back(Output::SetUp { class, delay });
    }
}

/// An attempt of call control.
pub(crate) struct Attempt {
    pub(crate) setup: Setup,
    /// Whether there is something else to try.
    pub(crate) others: bool,
}

/// The same address, with TLS all the way to it (RFC 5630 §3.1).
fn secured(uri: &str) -> String {
    uri.strip_prefix("sip:").map_or_else(|| uri.to_owned(), |rest| format!("sips:{rest}"))
}

/// There is no speech path between two circuits, nor between two SIP trunks, yet.
fn no_path() -> Release {
    Release::new(Cause::BEARER_NOT_AVAILABLE)
}
