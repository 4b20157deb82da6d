//! Which session and which circuit are the legs of which call.

use crate::bearers::Circuit;
use crate::media::Speech;
use crate::overlap::Overlaps;
use base::{Class, Instant};
use call::{CallId, Side};
use isup_codec::Cic;
use std::collections::BTreeMap;
use std::net::IpAddr;
use tracing::Span;

/// One leg of a call, by the name that the core which owns it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// A SIP session.
    Sip {
        session: sip::SessionId,
        /// Whether its peer is trusted with identities.
        trusted: bool,
        /// Whether it told us in its INVITE that it heeds P-Early-Media (RFC 5009 §8).
        hears: bool,
    },
    /// A call on a circuit.
    Isup { call: isup::CallId, circuit: Option<Circuit> },
}

/// What the gateway knows of a call beside `call`'s own record.
#[derive(Debug)]
pub(crate) struct Record {
    /// All log lines of the call stand in it.
    pub(crate) span: Span,
    pub(crate) class: Class,
    pub(crate) arrived: Instant,
    /// With what the INVITE of the caller was refused.
    pub(crate) refused: Option<u16>,
    /// Whether the first message of ours has gone out.
    pub(crate) set_up: bool,
    /// Whether anything was sent backward on the ingress circuit.
    progressed: bool,
    pub(crate) ingress: Option<Leg>,
    pub(crate) egress: Option<Leg>,
    pub(crate) speech: Option<Speech>,
    /// The circuits that an attempt may not take again.
    pub(crate) lost: Lost,
    /// An address of the family that the SIP peer's speech is of, once that is known.
    pub(crate) speaks_from: Option<IpAddr>,
    /// The caller's preconditions are not met yet.
    pub(crate) unmet: bool,
    /// The circuit's part of an attempt that waits for the caller's preconditions.
    pub(crate) suspended: Option<(isup::GroupId, call::Setup)>,
}

impl Record {
    pub(crate) const fn new(
        span: Span,
        class: Class,
        arrived: Instant,
        ingress: Option<Leg>,
    ) -> Self {
        Self {
            span,
            class,
            arrived,
            refused: None,
            set_up: false,
            progressed: false,
            ingress,
            egress: None,
            speech: None,
            lost: Lost::new(),
            speaks_from: None,
            unmet: false,
            suspended: None,
        }
    }

    /// Whether the message that goes backward now is the first.
    pub(crate) const fn is_first_backward(&mut self) -> bool {
        !std::mem::replace(&mut self.progressed, true)
    }

    pub(crate) const fn leg(&self, side: Side) -> Option<Leg> {
        match side {
            Side::Ingress => self.ingress,
            Side::Egress => self.egress,
        }
    }
}

/// What a call does not try again: circuits that it had and lost before the peer said anything to
/// it (Q.764 §2.8.1), and exchanges that it is kept from.
#[derive(Debug)]
pub(crate) struct Lost {
    seized: Option<(isup::GroupId, Cic)>,
    circuits: Vec<(isup::GroupId, Cic)>,
    /// Congested exchanges: another group of circuits to one of them is no other way.
    kept_from: Vec<mtp::PointCode>,
}

impl Lost {
    const fn new() -> Self {
        Self { seized: None, circuits: Vec::new(), kept_from: Vec::new() }
    }

    /// The call has this circuit now.
    pub(crate) const fn seized(&mut self, group: isup::GroupId, cic: Cic) {
        self.seized = Some((group, cic));
    }

    /// It has it no longer, and is to go on elsewhere.
    pub(crate) fn lose(&mut self) {
        self.circuits.extend(self.seized.take());
    }

    /// It is held back.
    pub(crate) fn keep_from(&mut self, exchange: mtp::PointCode) {
        self.kept_from.push(exchange);
    }

    pub(crate) fn is_kept_from(&self, exchange: mtp::PointCode) -> bool {
        self.kept_from.contains(&exchange)
    }

    /// Those of one group.
    pub(crate) fn of(&self, group: isup::GroupId) -> Vec<Cic> {
        let of_group = self.circuits.iter().filter(|(its, _)| *its == group);
        of_group.map(|(_, cic)| *cic).collect()
    }
}

/// A call and one of its sides.
pub(crate) type Place = (CallId, Side);

/// All calls with their legs, found by either name.
#[derive(Debug, Default)]
pub(crate) struct Legs {
    records: BTreeMap<CallId, Record>,
    sessions: BTreeMap<sip::SessionId, Place>,
    circuits: BTreeMap<isup::CallId, Place>,
    pub(crate) overlaps: Overlaps,
}

impl Legs {
    pub(crate) fn insert(&mut self, call: CallId, record: Record) {
        let ingress = record.ingress;
        self.records.insert(call, record);
        if let Some(leg) = ingress {
            self.note((call, Side::Ingress), leg);
        }
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Record> {
        self.records.get(&call)
    }

    pub(crate) fn get_mut(&mut self, call: CallId) -> Option<&mut Record> {
        self.records.get_mut(&call)
    }

    /// The call that a session is a leg of.
    pub(crate) fn of_session(&self, session: sip::SessionId) -> Option<Place> {
        self.sessions.get(&session).copied()
    }

    /// The call that a circuit is a leg of.
    pub(crate) fn of_circuit(&self, call: isup::CallId) -> Option<Place> {
        self.circuits.get(&call).copied()
    }

    /// The caller goes on in another session; of the one before, nothing is heard any more.
    pub(crate) fn replace_ingress(&mut self, call: CallId, leg: Leg) {
        self.ended((call, Side::Ingress));
        if let Some(record) = self.records.get_mut(&call) {
            record.ingress = Some(leg);
            self.note((call, Side::Ingress), leg);
        }
    }

    /// The egress leg of the current attempt.
    pub(crate) fn set_egress(&mut self, call: CallId, leg: Leg) {
        if let Some(record) = self.records.get_mut(&call) {
            record.egress = Some(leg);
            self.note((call, Side::Egress), leg);
        }
    }

    fn note(&mut self, place: Place, leg: Leg) {
        match leg {
            Leg::Sip { session, .. } => self.sessions.insert(session, place),
            Leg::Isup { call, .. } => self.circuits.insert(call, place),
        };
    }

    fn forget(&mut self, leg: Leg) {
        match leg {
            Leg::Sip { session, .. } => self.sessions.remove(&session),
            Leg::Isup { call, .. } => self.circuits.remove(&call),
        };
    }

    /// The leg is gone.
    pub(crate) fn ended(&mut self, (call, side): Place) {
        let Some(record) = self.records.get_mut(&call) else {
            return;
        };
        let leg = match side {
            Side::Ingress => record.ingress.take(),
            Side::Egress => record.egress.take(),
        };
        if let Some(leg) = leg {
            self.forget(leg);
        }
    }

    /// The call is over. Legs that it still has (it was reaped) are given back.
    pub(crate) fn remove(&mut self, call: CallId) -> Option<Record> {
        let record = self.records.remove(&call)?;
        self.overlaps.forget(call);
        for leg in [record.ingress, record.egress].into_iter().flatten() {
            self.forget(leg);
        }
        Some(record)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}
