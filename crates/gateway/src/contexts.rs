//! Media contexts and their RTP ports: one table, so that neither can leak without the other.

use crate::MediaConfig;
use base::Class;
use media::ContextId;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// The contexts in use. The port of a context follows from its number; the context that has been
/// free for longest is taken next, so that a late packet of the last call finds nobody, and a port
/// that could not be opened comes back last.
pub(crate) struct Contexts {
    free: VecDeque<u32>,
    states: Vec<State>,
    reserve: usize,
    addresses: (IpAddr, Option<IpAddr>),
    first_port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Held,
    /// The call has let go; the media plane has not closed it yet.
    Closing,
}

/// A context that a call holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The context's name on the media plane.
    pub(crate) id: ContextId,
    /// Where it receives RTP,
    pub(crate) local: SocketAddr,
    /// and at the same port of the other family, where we have that.
    pub(crate) other: Option<SocketAddr>,
}

impl Contexts {
    pub(crate) fn new(config: &MediaConfig) -> Self {
        Self {
            free: (0..config.contexts).collect(),
            states: vec![State::Free; config.contexts as usize],
            reserve: config.emergency_reserve as usize,
            addresses: (config.address, config.other),
            first_port: config.ports.start().next_multiple_of(2),
        }
    }

    /// Our addresses: that of the family of `like` first, where we have it.
    pub(crate) fn addresses(&self, like: Option<IpAddr>) -> (IpAddr, Option<IpAddr>) {
        match self.addresses {
            (address, Some(other))
                if like.is_some_and(|like| like.is_ipv4() == other.is_ipv4()) =>
            {
                (other, Some(address))
            }
            addresses => addresses,
        }
    }

    /// Takes a context, unless all that `class` may use are taken. Its first address is of the
    /// family of `like`, where we have one.
    pub(crate) fn take(&mut self, class: Class, like: Option<IpAddr>) -> Option<Held> {
        let kept = if class.is_emergency() { 0 } else { self.reserve };
        if self.free.len() <= kept {
            return None;
        }
        let index = self.free.pop_front()?;
        *self.states.get_mut(index as usize)? = State::Held;
        // RFC 3550 §11: RTP on the even port. `Config::validate` proved that the port exists.
        let port = self.first_port.wrapping_add((index as u16).wrapping_mul(2));
        let (address, other) = self.addresses(like);
        let at = |address| SocketAddr::new(address, port);
        Some(Held { id: ContextId(index), local: at(address), other: other.map(at) })
    }

    /// The call is done with the context; its port stays taken until the media plane closed it.
    pub(crate) fn let_go(&mut self, held: Held) {
        if let Some(state) = self.states.get_mut(held.id.0 as usize) {
            debug_assert_eq!(*state, State::Held, "context {:?} let go twice", held.id);
            *state = State::Closing;
        }
    }

    /// The media plane has closed the context: its port may be used again.
    pub(crate) fn closed(&mut self, id: ContextId) {
        if let Some(state) = self.states.get_mut(id.0 as usize)
            && *state == State::Closing
        {
            *state = State::Free;
            self.free.push_back(id.0);
        }
    }

    /// How many contexts are taken.
    pub(crate) fn len(&self) -> usize {
        self.states.len() - self.free.len()
    }
}
