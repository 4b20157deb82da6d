//! Which association takes a message of the user part (RFC 4666 §1.4.2.4, §1.4.2.5), and what
//! becomes of it when that association no longer can.

use super::{M3ua, Refused, Route, Way};
use crate::m3ua::codes::TrafficMode;
use crate::m3ua::config::Share;
use crate::m3ua::servers::{AsState, Server};
use crate::m3ua::{Outgoing, association::Membership};
use crate::mtp3::queue::{Message, Queue};
use crate::sap::{STATUS_EVERY, StatusCause};
use crate::{PointCode, Sls};

/// Where a message of the user part waits.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// With this association.
    Association(usize),
    /// With every active process of this application server.
    Broadcast(usize),
    /// For a process of this application server, until T(r) expires.
    Held(usize),
}

impl M3ua {
    /// Takes a message of the user part.
    pub(crate) fn enqueue(&mut self, message: Message) -> Result<(), Refused> {
        let share = shared_by(&message, self.leading);
        let place = self.place(message.msu.label.dpc, share).ok_or(Refused::Unreachable)?;
        if let Place::Broadcast(server) = place {
            return self.broadcast(server, &message);
        }
        let queue = self.queue(place).ok_or(Refused::Unreachable)?;
        queue
            .push(Outgoing { message, correlation: None, broadcast: false })
            .map_err(|_| Refused::Full)?;
        if let Place::Association(at) = place {
            self.pump(at);
        }
        Ok(())
    }

    /// §4.3.4.3: every active process gets it, the first of each flow with a tag by which one that
    /// has just come may keep step. It is refused only where all are full.
    fn broadcast(&mut self, server: usize, message: &Message) -> Result<(), Refused> {
        let Some(server) = self.servers.get_mut(server) else { return Err(Refused::Unreachable) };
        let label = message.msu.label;
        let correlation = server.tag(label.dpc, label.sls);
        let mut outcome = Err(Refused::Full);
        for (at, which) in server.members.clone() {
            let Some(association) = self.associations.get_mut(at) else { continue };
            if !association.servers.get(which).is_some_and(Membership::may_send) {
                continue;
            }
            let outgoing = Outgoing { message: message.clone(), correlation, broadcast: true };
            if association.queue.push(outgoing).is_ok() {
                outcome = Ok(());
            } else {
                self.counts.lost += 1;
            }
            self.pump(at);
        }
        outcome
    }

    /// Gives a driver what waits for it. Nothing else is left to do by now.
    fn pump(&mut self, at: usize) {
        if let Some(association) = self.associations.get_mut(at) {
            association.pump();
        }
        while let Some(event) = self.associations.get_mut(at).and_then(|one| one.events.pop_front())
        {
            self.carry(at, event);
        }
    }

    /// Where a message waits.
    fn place(&self, dpc: PointCode, share: (Sls, u16)) -> Option<Place> {
        let route = self.routes.get(&dpc)?;
        if let Some(way) = self.choose(route, share) {
            let server = self.server_of.get(&way.member).copied();
            let is_broadcast = |one: &Server| one.mode == Some(TrafficMode::BROADCAST);
            let broadcasts = server.filter(|at| self.servers.get(*at).is_some_and(is_broadcast));
            return Some(broadcasts.map_or(Place::Association(way.member.0), Place::Broadcast));
        }
        let waits = |server: &Server| {
            server.state == AsState::Pending
                && route.ways.iter().any(|way| server.members.contains(&way.member))
        };
        self.servers.iter().position(waits).map(Place::Held)
    }

    fn queue(&mut self, place: Place) -> Option<&mut Queue<Outgoing>> {
        match place {
            Place::Association(at) => self.associations.get_mut(at).map(|one| &mut one.queue),
            Place::Broadcast(server) => {
                let (at, _) = *self.servers.get(server)?.members.first()?;
                self.associations.get_mut(at).map(|one| &mut one.queue)
            }
            Place::Held(at) => self.servers.get_mut(at).map(|server| &mut server.held),
        }
    }

    /// Whether traffic may go this way now, and the state of the application server is right: as
    /// many processes are active as it needs (§4.3.2).
    fn is_open(&self, way: &Way) -> bool {
        let (at, which) = way.member;
        let one = self.associations.get(at).and_then(|one| one.servers.get(which));
        let server = self.server_of.get(&way.member).and_then(|at| self.servers.get(*at));
        way.reach.is_open()
            && one.is_some_and(Membership::may_send)
            && server.is_none_or(|server| server.state == AsState::Active)
    }

    /// The way of a message: equal link selection or circuit, equal way, for as long as nothing
    /// changes (RFC 4666 §1.4.2.5). What is only restricted is taken where nothing else is there
    /// (§3.4.6).
    fn choose(&self, route: &Route, (sls, cic): (Sls, u16)) -> Option<Way> {
        let open = || route.ways.iter().filter(|way| self.is_open(way));
        let best = open().map(|way| way.reach).min()?;
        let best: Vec<&Way> = open().filter(|way| way.reach == best).collect();
        let (at, which) = best.first()?.member;
        let first = self.associations.get(at)?.servers.get(which)?;
        let at = match first.config.share {
            _ if first.is(TrafficMode::OVERRIDE) => 0,
            Share::Sls => usize::from(sls.0) % best.len(),
            Share::Cic => usize::from(cic) % best.len(),
        };
        best.get(at).map(|way| **way)
    }

    /// Whether messages to this destination find a way, or wait for one that may come back.
    pub(crate) fn is_available(&self, dpc: PointCode) -> bool {
        let Some(route) = self.routes.get(&dpc) else { return false };
        let waits = |way: &Way| {
            let server = self.server_of.get(&way.member).and_then(|at| self.servers.get(*at));
            server.is_some_and(|server| server.state == AsState::Pending)
        };
        route.ways.iter().any(|way| self.is_open(way) || waits(way))
    }

    /// Congestion towards a destination, as MTP3 sees it on a link (Q.704 §11.2.3).
    pub(crate) fn watch_congestion(&mut self, dpc: PointCode, sls: Sls) {
        let queue = self.place(dpc, (sls, 0)).and_then(|place| self.queue(place));
        let crowded = queue.is_some_and(|queue| queue.len() * 2 > queue.ordinary_places());
        let Some(route) = self.routes.get_mut(&dpc) else { return };
        if !crowded {
            route.congested = 0;
            return;
        }
        let tell = route.congested == 0;
        route.congested = (route.congested + 1) % STATUS_EVERY;
        if tell {
            self.status(&[dpc], StatusCause::Congestion { level: 0 });
        }
    }

    /// What waited with an association for these destinations takes another way, where there is
    /// one.
    pub(super) fn redistribute(&mut self, at: usize, destinations: &[PointCode]) {
        let Some(association) = self.associations.get_mut(at) else { return };
        if association.queue.len() == 0 {
            return;
        }
        // Of those for others the order stays as it was.
        let (theirs, others): (Vec<_>, Vec<_>) = association
            .queue
            .extract(|_| true)
            .into_iter()
            .partition(|one| destinations.contains(&one.message.msu.label.dpc));
        for outgoing in others {
            // There was room for it a moment ago.
            self.counts.lost += u64::from(association.queue.push(outgoing).is_err());
        }
        self.send_again(theirs);
    }

    pub(super) fn send_again(&mut self, messages: Vec<Outgoing>) {
        for outgoing in messages {
            let share = shared_by(&outgoing.message, self.leading);
            let place = self.place(outgoing.message.msu.label.dpc, share);
            // Of a broadcast the others have theirs, but for what waited for the first of them.
            let queued = match place {
                Some(Place::Broadcast(_)) if outgoing.broadcast => continue,
                Some(Place::Broadcast(server)) => self.broadcast(server, &outgoing.message).is_ok(),
                Some(place) => self.queue(place).is_some_and(|queue| queue.push(outgoing).is_ok()),
                None => false,
            };
            self.counts.lost += u64::from(!queued);
        }
    }
}

/// By what traffic may be shared: link selection, and the circuit that a message of ISUP begins
/// with (Q.763 §1.2).
fn shared_by(message: &Message, leading: usize) -> (Sls, u16) {
    let sls = message.msu.label.sls;
    let cic = match message.msu.payload.first_chunk::<2>() {
        Some(octets) if leading >= 2 => u16::from_le_bytes(*octets),
        _ => u16::from(sls.0),
    };
    (sls, cic)
}
