//! Application servers whose processes are the peers of our associations (RFC 4666 §4.3.2): the
//! associations for which we are asked, grouped by the points reached over them.

use super::AspState;
use super::association::Association;
use super::codes::Status;
use super::config::AssociationConfig;
use crate::PointCode;
use crate::mtp3::queue::{Limits, Queue};

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

/// The peers of these associations are processes of one application server.
#[derive(Debug)]
pub(super) struct Server {
    peers: Vec<PointCode>,
    context: Option<u32>,
    pub(super) members: Vec<usize>,
    pub(super) state: AsState,
    /// Traffic that waits for T(r).
    pub(super) held: Queue,
}

impl Server {
    /// The application servers of these associations.
    pub(super) fn of(associations: &[AssociationConfig], limits: Limits) -> Vec<Self> {
        let mut servers: Vec<Self> = Vec::new();
        let asked = associations.iter().enumerate().filter(|(_, one)| one.role.answers());
        for (at, association) in asked {
            let same = |server: &&mut Self| {
                server.peers == association.peers && server.context == association.context
            };
            if let Some(server) = servers.iter_mut().find(same) {
                server.members.push(at);
                continue;
            }
            servers.push(Self {
                peers: association.peers.clone(),
                context: association.context,
                members: vec![at],
                state: AsState::Down,
                held: Queue::new(limits),
            });
        }
        servers
    }

    /// The state that follows from its members; `pending` while T(r) runs.
    pub(super) fn next_state(&self, associations: &[Association], pending: bool) -> AsState {
        let states = || self.members.iter().filter_map(|at| Some(associations.get(*at)?.peers));
        match (states().max().unwrap_or_default(), self.state) {
            (AspState::Active, _) => AsState::Active,
            // §4.3.2: also where nobody is left at all.
            (_, AsState::Active) => AsState::Pending,
            (_, AsState::Pending) if pending => AsState::Pending,
            (AspState::Inactive, _) => AsState::Inactive,
            (AspState::Down, _) => AsState::Down,
        }
    }

    /// RFC 4666 §4.3.4.5: tells every process that is not down, after any acknowledgement.
    pub(super) fn notify(&self, associations: &mut [Association]) {
        for at in &self.members {
            self.notify_one(associations, *at);
        }
    }

    /// Tells one process how its application server stands.
    pub(super) fn notify_one(&self, associations: &mut [Association], at: usize) {
        if let Some(status) = self.state.status()
            && let Some(association) = associations.get_mut(at)
            && association.peers != AspState::Down
        {
            association.notify(status);
        }
    }
}
