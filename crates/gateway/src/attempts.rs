//! Attempts of call control: an egress leg on a circuit or on a SIP trunk.

use crate::legs::Leg;
use crate::{Gateway, Output, SipTrunk};
use base::{Cause, Class, Instant};
use call::{CallId, Release, Setup, Side};
use interworking::SipPeer;
use isup::GroupId;
use routing::Exit;
use tracing::info;

impl Gateway {
    /// Makes the egress leg, or reports that it could not be made.
    pub(crate) fn attempt(&mut self, now: Instant, call: CallId, exit: Exit, setup: &Setup) {
        let span = self.span(call);
        let _entered = span.enter();
        // What is left of the last attempt goes on to its end alone.
        self.legs.ended((call, Side::Egress));
        let made = match exit {
            Exit::Circuits(group) => self.attempt_circuit(now, call, GroupId(group), setup),
            Exit::Sip(trunk) => self.attempt_sip(now, call, trunk, setup),
        };
        match made {
            Ok(leg) => {
                self.legs.set_egress(call, leg);
                self.note_set_up(now, call);
            }
            Err(release) => {
                info!(?exit, cause = release.cause.0, "no leg");
                self.close_speech(call);
                self.calls.handle_input(now, call::Input::AttemptFailed { call, release });
            }
        }
    }

    fn attempt_circuit(
        &mut self,
        now: Instant,
        call: CallId,
        group: GroupId,
        setup: &Setup,
    ) -> Result<Leg, Release> {
        if !matches!(self.legs.get(call).and_then(|record| record.ingress), Some(Leg::Sip { .. })) {
            return Err(no_path());
        }
        let iam = interworking::iam_for_setup(setup, &self.settings.numbers)?;
        // Before the circuit: a call that cannot speak takes none.
        self.open_speech(call, setup.class)?;
        let seized = self.isup.setup(now, setup.class, group, iam);
        let (leg, cic) = seized.map_err(|error| Release::new(error.cause()))?;
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
        setup: &Setup,
    ) -> Result<Leg, Release> {
        let ingress = self.legs.get(call).and_then(|record| record.ingress);
        let Some(Leg::Isup { circuit, .. }) = ingress else {
            return Err(no_path());
        };
        let peer = self.sip_peer(trunk).ok_or(Release::new(Cause::NO_ROUTE_TO_DESTINATION))?;
        self.open_speech(call, setup.class)?;
        self.join_speech(call, circuit);
        let media = self.tell_media(call).ok_or(Release::new(Cause::RESOURCE_UNAVAILABLE))?;
        let mut outgoing =
            interworking::outgoing_for_setup(setup, &peer, media, &self.settings.numbers);
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

    /// The target of a trunk, and the listener of ours that fits it.
    fn sip_peer(&self, trunk: u16) -> Option<SipPeer> {
        let trunk = self.settings.trunks.get(usize::from(trunk))?;
        let (transport, remote) = trunk.target?;
        let (_, local) = self
            .settings
            .sip_locals
            .iter()
            .find(|(own, local)| *own == transport && local.is_ipv4() == remote.is_ipv4())?;
        let flow = sip::Flow { transport, local: *local, remote, connection: None };
        let SipTrunk { trusted, session_expires, reliability, .. } = *trunk;
        Some(SipPeer { flow, trusted, session_expires, reliability })
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

    pub(crate) fn report_set_up(&mut self, now: Instant, class: Class, arrived: Instant) {
        let delay = now.saturating_since(arrived);
        self.outputs.push_back(Output::SetUp { class, delay });
    }
}

/// There is no speech path between two circuits, nor between two SIP trunks, yet.
fn no_path() -> Release {
    Release::new(Cause::BEARER_NOT_AVAILABLE)
}
