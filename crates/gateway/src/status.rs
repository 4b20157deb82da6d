//! What operators see.

use crate::{CallView, CircuitView, Gateway, LinkView, Stats, Status};
use base::{Class, Instant};
use isup::GroupId;
use routing::{Number, TrunkRef};

impl Gateway {
    /// Whether calls are taken: a link in service, circuits usable, not draining.
    pub fn is_ready(&self) -> bool {
        let settled = self.peers.targets.is_settled(self.clock.now);
        let usable = self.isup.any_usable();
        !self.calls.is_draining() && self.mtp.is_in_service() && usable && settled
    }

    /// The state in a few figures.
    pub fn status(&self) -> Status {
        let mut status = Status {
            ready: self.is_ready(),
            draining: self.calls.is_draining(),
            ..Status::default()
        };
        for call in self.calls.calls() {
            if let Some(active) = status.active.get_mut(call.class.rank()) {
                *active += 1;
            }
        }
        for (queued, class) in status.queued.iter_mut().zip(Class::ALL) {
            *queued = u32::try_from(self.inbox.depth(class)).unwrap_or(u32::MAX);
        }
        let groups = self.settings.groups.iter().cloned().zip((0..).map(GroupId));
        status.groups = groups.map(|(name, id)| (name, self.isup.states(id).collect())).collect();
        let links = self.settings.links.iter();
        status.links = links
            .map(|link| LinkView { link: *link, in_service: self.mtp.link_in_service(*link) })
            .collect();
        status.associations = self.mtp.associations().collect();
        status
    }

    /// Looks at the queue now and then, and lets neighbours know where it is too much.
    pub(crate) fn look_at_load(&mut self, now: Instant) {
        if let Some(reduce) = self.inbox.look_at_load(now) {
            self.sip.set_load(now, sip::Load { reduce });
        }
        self.tell_level();
    }

    /// How our registrations with trunks stand.
    pub fn registrations(&self) -> Vec<sip::RegistrationView> {
        self.sip.registrations(self.clock.now)
    }

    /// The percentage of their requests that neighbours are asked to hold back (RFC 7339).
    pub fn reduction(&self) -> u8 {
        self.inbox.reduction()
    }

    /// Every call, in table order.
    pub fn calls(&self) -> Vec<CallView> {
        self.calls.calls().map(|call| self.view(&call)).collect()
    }

    fn view(&self, call: &call::CallView) -> CallView {
        CallView {
            id: call.id.to_string(),
            class: call.class,
            phase: call.phase,
            ingress: self.trunk_name(call.ingress),
            egress: call.egress.map(|egress| self.trunk_name(egress)).unwrap_or_default(),
            calling: call.calling.as_ref().map(Number::to_e164).unwrap_or_default(),
            called: call.called.to_e164(),
            circuit: call.circuit.and_then(|number| {
                let (group, cic) = self.settings.bearers.name(number)?;
                let group = self.trunk_name(TrunkRef::Circuits(group.0));
                Some(format!("{group}/{cic}"))
            }),
            arrived: call.arrived,
        }
    }

    fn trunk_name(&self, trunk: TrunkRef) -> String {
        let name = match trunk {
            TrunkRef::Sip(index) => self.settings.trunks.get(usize::from(index)).map(|t| &t.name),
            TrunkRef::Circuits(index) => self.settings.groups.get(usize::from(index)),
        };
        name.cloned().unwrap_or_default()
    }

    /// Every circuit, in the order of groups and codes.
    pub fn circuits(&self) -> Vec<CircuitView> {
        self.circuits_from(0, usize::MAX).0
    }

    /// The circuits of whole groups, from the one with this place in the configuration on until
    /// there are enough; and the place to go on from, where there are more.
    pub fn circuits_from(&self, place: u16, enough: usize) -> (Vec<CircuitView>, Option<u16>) {
        let mut circuits = Vec::new();
        for place in place..=u16::MAX {
            let Some(of_group) = self.circuits_of(place) else { break };
            if circuits.len() >= enough {
                return (circuits, Some(place));
            }
            circuits.extend(of_group);
        }
        (circuits, None)
    }

    fn circuits_of(&self, place: u16) -> Option<impl Iterator<Item = CircuitView>> {
        let group = self.settings.groups.get(usize::from(place))?;
        let circuits = self.isup.circuits_of(GroupId(place)).map(|circuit| CircuitView {
            group: group.clone(),
            cic: circuit.cic.0,
            state: circuit.state,
            class: circuit.class,
            blocking: circuit.blocking,
        });
        Some(circuits)
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        let calls = self.calls.stats();
        let targets = self.peers.targets.counters();
        Stats {
            shed_by_reason: self.inbox.stats().shed,
            shed: self.inbox.stats().shed.map(|reasons| reasons.iter().sum()),
            started: calls.started,
            answered: calls.answered,
            reaped: calls.reaped,
            overdue: calls.overdue,
            targets_located: targets.located,
            targets_failed: targets.failed,
            downgrades: targets.downgrades,
            ..self.stats.clone()
        }
    }

    /// The SIP core, for its counters.
    pub const fn sip(&self) -> &sip::Sip {
        &self.sip
    }

    /// The ISUP core, for its counters.
    pub const fn isup(&self) -> &isup::Isup {
        &self.isup
    }

    /// The MTP core, for its counters.
    pub const fn mtp(&self) -> &mtp::Mtp {
        &self.mtp
    }
}
