//! What is known of destinations, and who is told (RFC 4666 §4.5).

use super::{M3ua, Reach, Way};
use crate::PointCode;
use crate::m3ua::Timer;
use crate::m3ua::association::Told;
use crate::m3ua::config::Role;
use crate::m3ua::message::{Affected, Destinations, Message};
use crate::m3ua::servers::Member;
use crate::sap::{Indication, StatusCause};
use base::Instant;

impl M3ua {
    fn ways(&mut self) -> impl Iterator<Item = &mut Way> {
        self.routes.values_mut().flat_map(|route| &mut route.ways)
    }

    /// Traffic may flow: a gateway is asked where it leads (§4.5.3), any other peer is there.
    pub(super) fn began(&mut self, now: Instant, member: Member, peers: &[PointCode]) {
        let Some(association) = self.associations.get_mut(member.0) else { return };
        if association.config.role == Role::Asp {
            association.audit(peers);
            association.timers.set(now, Timer::Audit, self.timers.audit);
            return;
        }
        for way in self.ways().filter(|way| way.member == member) {
            way.reach = Reach::Available;
        }
    }

    pub(super) fn ended(&mut self, member: Member) {
        for way in self.ways().filter(|way| way.member == member) {
            (way.reach, way.congested) = (Reach::Unknown, false);
        }
    }

    /// The gateway keeps silent about destinations: many answer no audit, and the standard takes
    /// what nobody called unavailable for available (§4.5.1).
    pub(super) fn audit_unanswered(&mut self, at: usize) {
        let Some(association) = self.associations.get(at) else { return };
        let servers = association.servers.iter().map(|one| one.told).collect::<Vec<_>>();
        let flows = |way: &Way| servers.get(way.member.1).copied().unwrap_or_default();
        for way in self.ways().filter(|way| way.member.0 == at) {
            if way.reach == Reach::Unknown && flows(way) {
                way.reach = Reach::Available;
            }
        }
        self.tell_all(at);
    }

    /// §4.5.3: what was not simply available, and was not called anything else since, is asked
    /// about.
    pub(super) fn audit_again(&mut self, now: Instant, at: usize) {
        let mut asked = Vec::new();
        for (dpc, route) in &mut self.routes {
            for way in route.ways.iter_mut().filter(|way| way.member.0 == at) {
                if matches!(way.reach, Reach::Unavailable | Reach::Restricted) || way.congested {
                    // A gateway that still is says so before it answers.
                    way.congested = false;
                    asked.push(*dpc);
                }
            }
        }
        if let Some(association) = self.associations.get_mut(at)
            && !asked.is_empty()
        {
            association.audit(&asked);
            association.timers.set(now, Timer::AuditAgain, self.timers.audit_again);
        }
    }

    /// The gateway tells of destinations, in these of its application servers.
    pub(super) fn told(
        &mut self,
        now: Instant,
        at: usize,
        (servers, affected): (&[usize], &[Affected]),
        what: Told,
    ) {
        let is_meant = |dpc: PointCode| affected.iter().any(|one| one.covers(dpc));
        let leads = |way: &Way| way.member.0 == at && servers.contains(&way.member.1);
        let mut meant = Vec::new();
        let mut again = false;
        for (dpc, route) in self.routes.iter_mut().filter(|(dpc, _)| is_meant(**dpc)) {
            for way in route.ways.iter_mut().filter(|way| leads(way)) {
                meant.push(*dpc);
                match what {
                    Told::Available => way.reach = Reach::Available,
                    Told::Restricted => way.reach = Reach::Restricted,
                    Told::Unavailable => way.reach = Reach::Unavailable,
                    // §3.4.4: that it is over.
                    Told::Congested { level } => way.congested = level != Some(0),
                    Told::UserPart { .. } => {}
                }
                again |= matches!(way.reach, Reach::Unavailable | Reach::Restricted);
                again |= way.congested;
            }
        }
        let asks = self.associations.get(at).is_some_and(|one| one.config.role == Role::Asp);
        if let Some(association) = self.associations.get_mut(at)
            && again
            && asks
        {
            association.timers.set(now, Timer::AuditAgain, self.timers.audit_again);
        }
        match what {
            // What began with it ends by itself.
            Told::Congested { level: Some(0) } => {}
            Told::Congested { level } => {
                let cause = StatusCause::Congestion { level: level.unwrap_or(0) };
                self.status(&meant, cause);
            }
            Told::UserPart { user, cause } if user == self.service => {
                self.status(&meant, StatusCause::UserPartUnavailable { cause });
            }
            Told::UserPart { .. } => {}
            Told::Unavailable => {
                self.redistribute(at, &meant);
                self.tell(&meant);
            }
            Told::Available | Told::Restricted => self.tell(&meant),
        }
    }

    pub(super) fn status(&mut self, destinations: &[PointCode], cause: StatusCause) {
        for dpc in destinations {
            self.indicate(Indication::Status { dpc: *dpc, cause });
        }
    }

    /// §4.5.3: we know of ourselves; what else is asked for, nobody here leads to.
    pub(super) fn asked(&mut self, at: usize, asked: &Destinations) {
        let own = self.own;
        let Some(association) = self.associations.get_mut(at) else { return };
        let (here, elsewhere): (Vec<Affected>, Vec<Affected>) =
            asked.affected.iter().partition(|one| one.mask == 0 && one.code == own);
        let about = |affected| {
            let contexts = asked.contexts.clone();
            let about = Destinations { affected, ..association.about(&[]) };
            if contexts.is_empty() { about } else { Destinations { contexts, ..about } }
        };
        let answers = [
            (!here.is_empty()).then(|| Message::Dava(about(here))),
            (!elsewhere.is_empty()).then(|| Message::Duna(about(elsewhere))),
        ];
        for answer in answers.iter().flatten() {
            association.say(answer);
        }
    }

    /// Tells the user part which destinations changed.
    pub(super) fn tell(&mut self, destinations: &[PointCode]) {
        for &dpc in destinations {
            let available = self.is_available(dpc);
            let Some(route) = self.routes.get_mut(&dpc) else { continue };
            if std::mem::replace(&mut route.told, available) != available {
                self.indicate(if available {
                    Indication::Resume { dpc }
                } else {
                    Indication::Pause { dpc }
                });
            }
        }
    }

    pub(super) fn tell_all(&mut self, at: usize) {
        let peers: Vec<PointCode> =
            self.associations.get(at).map(|one| one.config.peers().collect()).unwrap_or_default();
        self.tell(&peers);
    }

    /// Tells of what is reached through an application server.
    pub(super) fn tell_server(&mut self, index: usize) {
        let members = self.servers.get(index).map(|one| one.members.clone()).unwrap_or_default();
        for (at, _) in members {
            self.tell_all(at);
        }
    }

    /// The destinations.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = PointCode> {
        self.routes.keys().copied()
    }
}
