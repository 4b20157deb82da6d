//! Blocking of neighbouring circuits (Q.764 §2.8.2.2): from the peer for maintenance or for a
//! failure, from us for a failure.

use super::work::GroupMessage;
use crate::circuits::{CircuitIx, Kind};
use crate::cpc::cause;
use crate::csc::Work;
use crate::io::{GroupId, ReleasedBy};
use crate::node::Isup;
use crate::phase::Phase;
use base::{Cause, Class, Instant};
use isup_codec::{Cgb, Cgba, Cgu, Cgua, Cic, Message, Range, RangeStatus, SupervisionType};
use mtp::sap::PointCode;

/// The blocking that a group message is about.
const fn kind_of(kind: SupervisionType) -> Option<Kind> {
    match kind {
        SupervisionType::MAINTENANCE => Some(Kind::Maintenance),
        SupervisionType::HARDWARE => Some(Kind::Hardware),
        _ => None,
    }
}

impl Isup {
    /// The bearers of circuits failed, or came back.
    pub(crate) fn bearers(&mut self, now: Instant, group: GroupId, cics: &[Cic], usable: bool) {
        for cic in cics {
            let Some(ix) = self.circuit_at(group, *cic) else {
                self.stats.misused += 1;
                continue;
            };
            if self.want(Kind::Hardware, ix, !usable) && !usable {
                self.release_failed(now, ix, Cause::TEMPORARY_FAILURE);
            }
        }
    }

    /// There is no speech on the circuit any more. The calls are released one by one, from both
    /// sides: an exchange may not release them for the group message, or have an IAM under way
    /// that the group message does not know of.
    fn release_failed(&mut self, now: Instant, ix: CircuitIx, value: Cause) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        if matches!(circuit.phase, Phase::Collecting(_) | Phase::Recheck(_)) {
            self.start_release(now, ix, None, cause(value));
        } else if !self.lose(now, ix) {
            self.fail(now, ix, cause(value), ReleasedBy::Blocking);
        }
    }

    /// CGB.
    pub(crate) fn cgb(&mut self, now: Instant, peer: PointCode, cic: Cic, cgb: &Cgb) {
        let kind = cgb.kind;
        let Some(done) = self.mark(peer, cic, kind, &cgb.status, true) else { return };
        for ix in done.iter().flatten() {
            if kind == SupervisionType::MAINTENANCE {
                self.lose(now, *ix);
            } else {
                self.release_failed(now, *ix, Cause::NO_CIRCUIT_AVAILABLE);
            }
        }
        let status = RangeStatus::new(cgb.status.range(), |position| {
            done.get(position).is_some_and(Option::is_some)
        });
        self.send_to(peer, cic, Class::InDialog, &Message::Cgba(Cgba { kind, status }));
    }

    /// CGU.
    pub(crate) fn cgu(&mut self, peer: PointCode, cic: Cic, cgu: &Cgu) {
        let kind = cgu.kind;
        let Some(done) = self.mark(peer, cic, kind, &cgu.status, false) else { return };
        let status = RangeStatus::new(cgu.status.range(), |position| {
            done.get(position).is_some_and(Option::is_some)
        });
        self.send_to(peer, cic, Class::InDialog, &Message::Cgua(Cgua { kind, status }));
    }

    /// Notes the peer's blocking of the circuits marked. Gives for each position the circuit
    /// concerned; none at all where the message is to be left unanswered.
    fn mark(
        &mut self,
        peer: PointCode,
        cic: Cic,
        kind: SupervisionType,
        status: &RangeStatus,
        remote: bool,
    ) -> Option<Vec<Option<CircuitIx>>> {
        let kind = kind_of(kind).filter(|_| status.marked(cic).count() <= Range::MAX_CIRCUITS);
        let Some(kind) = kind else {
            self.stats.malformed += 1;
            return None;
        };
        let mut circuits = self.circuits_in(peer, cic, status.range());
        if circuits.iter().all(Option::is_none) {
            self.say_unequipped(peer, cic);
            return None;
        }
        for (position, place) in circuits.iter_mut().enumerate() {
            let Some(ix) = place.filter(|_| status.is_set(position)) else {
                *place = None;
                continue;
            };
            self.equipped(ix);
            if let Some(circuit) = self.circuits.change(ix) {
                circuit.blocking(kind).hear(remote);
            }
        }
        Some(circuits)
    }

    /// CGBA.
    pub(crate) fn cgba(&mut self, now: Instant, peer: PointCode, cic: Cic, cgba: &Cgba) {
        let work = match cgba.kind {
            SupervisionType::MAINTENANCE => Work::Block,
            _ => Work::BlockHardware,
        };
        self.supervised(now, work, (peer, cic), cgba.kind, &cgba.status);
    }

    /// CGUA.
    pub(crate) fn cgua(&mut self, now: Instant, peer: PointCode, cic: Cic, cgua: &Cgua) {
        let work = match cgua.kind {
            SupervisionType::MAINTENANCE => Work::Unblock,
            _ => Work::UnblockHardware,
        };
        self.supervised(now, work, (peer, cic), cgua.kind, &cgua.status);
    }

    /// The blocking or unblocking of circuits is acknowledged: of all of a message or of none
    /// (Q.764 §2.8.2.2).
    fn supervised(
        &mut self,
        now: Instant,
        work: Work,
        (peer, cic): (PointCode, Cic),
        kind: SupervisionType,
        status: &RangeStatus,
    ) {
        let first = self.circuits.find(peer, cic);
        let fits = |message: GroupMessage| kind_of(kind).is_some() && message.status() == *status;
        let acknowledged = self.acknowledged(now, work, first, fits);
        let Some((kind, blocked)) = work.blocking() else { return };
        for ix in acknowledged {
            self.told(kind, ix, blocked);
        }
    }
}
