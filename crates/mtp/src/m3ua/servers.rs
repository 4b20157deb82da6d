//! Application servers whose processes are the peers of our associations (RFC 4666 §4.3.2): the
//! associations for which we are asked, grouped by the points reached over them.

use super::association::Association;
use super::codes::{Status, TrafficMode};
use super::config::{AssociationConfig, ServerConfig};
use super::{AspState, Outgoing};
use crate::mtp3::queue::{Limits, Queue};
use crate::{PointCode, Sls};
use std::collections::BTreeSet;

/// The state of an application server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AsState {
    #[default]
    Down,
    Inactive,
    Active,
    /// The last active process has gone; what is for it waits (T(r) runs).
    Pending,
}

impl AsState {
    /// How it is told; that it is down nobody is there to hear.
    const fn status(self) -> Option<Status> {
        match self {
            Self::Down => None,
            Self::Inactive => Some(Status::AS_INACTIVE),
            Self::Active => Some(Status::AS_ACTIVE),
            Self::Pending => Some(Status::AS_PENDING),
        }
    }
}

/// An association, and which of its application servers.
pub(super) type Member = (usize, usize);

/// The peers of these associations are processes of one application server.
#[derive(Debug)]
pub(super) struct Server {
    config: ServerConfig,
    pub(super) members: Vec<Member>,
    pub(super) state: AsState,
    /// How traffic is divided, where it is known.
    pub(super) mode: Option<TrafficMode>,
    /// Traffic that waits for T(r).
    pub(super) held: Queue<Outgoing>,
    /// Flows of a broadcast of which a message has gone since the last process became active.
    tagged: BTreeSet<(PointCode, Sls)>,
    correlation: u32,
    /// Whether the idle processes were told that there are too few.
    is_short: bool,
}

impl Server {
    /// The application servers of these associations.
    pub(super) fn of(associations: &[AssociationConfig], limits: Limits) -> Vec<Self> {
        let mut servers: Vec<Self> = Vec::new();
        for (at, association) in associations.iter().enumerate() {
            if !association.role.answers() {
                continue;
            }
            for (which, config) in association.servers.iter().enumerate() {
                let same = |server: &&mut Self| {
                    server.config.peers == config.peers && server.config.context == config.context
                };
                if let Some(server) = servers.iter_mut().find(same) {
                    server.members.push((at, which));
                    server.config.needed = server.config.needed.max(config.needed);
                    continue;
                }
                servers.push(Self {
                    config: config.clone(),
                    members: vec![(at, which)],
                    state: AsState::Down,
                    mode: config.mode,
                    held: Queue::new(limits),
                    tagged: BTreeSet::new(),
                    correlation: 0,
                    is_short: false,
                });
            }
        }
        servers
    }

    fn states(&self, associations: &[Association]) -> Vec<AspState> {
        let state = |(at, which): &Member| Some(associations.get(*at)?.servers.get(*which)?.peers);
        self.members.iter().filter_map(state).collect()
    }

    fn active(&self, associations: &[Association]) -> usize {
        self.states(associations).iter().filter(|state| **state == AspState::Active).count()
    }

    /// The state that follows from its members; `pending` while T(r) runs.
    pub(super) fn next_state(&self, associations: &[Association], pending: bool) -> AsState {
        let active = self.active(associations);
        let flows = matches!(self.state, AsState::Active | AsState::Pending);
        if active >= self.config.needed || active > 0 && flows {
            return AsState::Active;
        }
        let most = self.states(associations).into_iter().max().unwrap_or_default();
        match (most, self.state) {
            // §4.3.2: also where nobody is left at all.
            (_, AsState::Active) => AsState::Pending,
            (_, AsState::Pending) if pending => AsState::Pending,
            (AspState::Down, _) => AsState::Down,
            (AspState::Active | AspState::Inactive, _) => AsState::Inactive,
        }
    }

    /// §4.3.4.3: the mode of the first ASPAC is that of the server, until it is down.
    pub(super) fn settle_mode(&mut self, associations: &mut [Association], newest: Member) {
        if self.state == AsState::Down {
            self.mode = self.config.mode;
        }
        let newest = associations.get(newest.0).and_then(|one| one.servers.get(newest.1));
        if let Some(newest) = newest.filter(|one| one.may_send()) {
            self.mode = self.mode.or(newest.asked_mode);
        }
        for (at, which) in &self.members {
            let one = associations.get_mut(*at).and_then(|one| one.servers.get_mut(*which));
            if let Some(one) = one {
                one.mode = self.mode;
            }
        }
    }

    /// RFC 4666 §4.3.4.5: tells every process that is not down, after any acknowledgement.
    pub(super) fn notify(&self, associations: &mut [Association]) {
        if let Some(status) = self.state.status() {
            self.say(associations, status, None, |_| true);
        }
    }

    /// Tells one process how its application server stands.
    pub(super) fn notify_one(&self, associations: &mut [Association], member: Member) {
        if let Some(status) = self.state.status() {
            self.say(associations, status, None, |other| other == member);
        }
    }

    /// One of its processes has failed: the others are told which.
    pub(super) fn failed(&self, associations: &mut [Association], member: Member) {
        let identifier = associations.get(member.0).and_then(|one| one.peer_identifier);
        self.say(associations, Status::ASP_FAILURE, identifier, |other| other != member);
    }

    /// §4.3.4.4: where traffic is shared or broadcast, the idle processes hear once that there are
    /// fewer than are needed.
    pub(super) fn watch_shortage(&mut self, associations: &mut [Association]) {
        let short = self.state == AsState::Active
            && self.mode != Some(TrafficMode::OVERRIDE)
            && self.active(associations) < self.config.needed;
        if std::mem::replace(&mut self.is_short, short) != short && short {
            let idle: Vec<Member> = self.members.clone();
            for member in idle {
                let state = associations.get(member.0).and_then(|one| one.servers.get(member.1));
                if state.is_some_and(|one| one.peers == AspState::Inactive) {
                    let status = Status::INSUFFICIENT_ASPS;
                    self.say(associations, status, None, |other| other == member);
                }
            }
        }
    }

    fn say(
        &self,
        associations: &mut [Association],
        status: Status,
        identifier: Option<u32>,
        is_meant: impl Fn(Member) -> bool,
    ) {
        for &(at, which) in self.members.iter().filter(|member| is_meant(**member)) {
            if let Some(association) = associations.get_mut(at)
                && association.servers.get(which).is_some_and(|one| one.peers != AspState::Down)
            {
                association.notify(which, status, identifier);
            }
        }
    }

    /// A process has become active: the next message of each flow is tagged (§4.3.4.3).
    pub(super) fn tag_again(&mut self) {
        self.tagged.clear();
    }

    /// The tag of a message that is broadcast, if it is the first of its flow.
    pub(super) fn tag(&mut self, dpc: PointCode, sls: Sls) -> Option<u32> {
        self.tagged.insert((dpc, sls)).then(|| {
            self.correlation = self.correlation.wrapping_add(1);
            self.correlation
        })
    }
}
