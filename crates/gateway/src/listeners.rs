//! Which of our listeners a call to a peer leaves from.
//!
//! What the trunk names comes first. Else it is the listener at which the peer's own calls come in:
//! a machine with an address in each of several networks is known in each by the address there. A
//! call counts for that once its ACK has come: whoever can write that hears what we send, so nobody
//! forges where our calls leave from.

use crate::Gateway;
use call::{CallId, Side};
use routing::TrunkRef;
use sip::{Flow, SessionId, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Of so many peers it is known, beside what is known of each trunk.
const PEERS: usize = 1_024;

/// The listeners at which calls of peers came in last.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    /// Of each target of a trunk.
    peers: BTreeMap<IpAddr, SocketAddr>,
    /// Of a trunk, for each family of addresses: IPv4 where true.
    trunks: BTreeMap<(u16, bool), SocketAddr>,
}

impl Listeners {
    fn learn(&mut self, trunk: u16, flow: &Flow, is_target: bool) {
        self.trunks.insert((trunk, flow.remote.is_ipv4()), flow.local);
        let peer = flow.remote.ip();
        if is_target && (self.peers.len() < PEERS || self.peers.contains_key(&peer)) {
            self.peers.insert(peer, flow.local);
        }
    }

    fn known(&self, trunk: u16, remote: IpAddr) -> impl Iterator<Item = SocketAddr> {
        let of_trunk = self.trunks.get(&(trunk, remote.is_ipv4()));
        self.peers.get(&remote).into_iter().chain(of_trunk).copied()
    }

    /// Keeps those that are targets still.
    pub(crate) fn retain(&mut self, is_target: impl Fn(IpAddr) -> bool) {
        self.peers.retain(|peer, _| is_target(*peer));
    }
}

impl Gateway {
    /// The way to an address of a trunk, from the listener of ours that fits it best.
    pub(crate) fn flow_to(
        &self,
        trunk: u16,
        transport: Transport,
        remote: SocketAddr,
    ) -> Option<Flow> {
        let fits = |local: &&(Transport, SocketAddr)| {
            local.0 == transport && local.1.is_ipv4() == remote.is_ipv4()
        };
        let locals = || self.settings.sip_locals.iter().filter(fits).map(|(_, local)| *local);
        let trunk_of_it = self.settings.trunks.get(usize::from(trunk));
        let mut named = trunk_of_it.into_iter().flat_map(|trunk| &trunk.listeners).filter(fits);
        let named = named.next().map(|(_, local)| *local);
        // The very one, or that of this transport at the same address.
        let beside = |known: SocketAddr| {
            let same = locals().find(|local| *local == known);
            same.or_else(|| locals().find(|local| local.ip() == known.ip()))
        };
        let known = || self.peers.listeners.known(trunk, remote.ip()).find_map(beside);
        let local = named.or_else(known).or_else(|| locals().next())?;
        let peer = self.party(trunk, transport, remote);
        Some(Flow { transport, local, remote, connection: None, peer })
    }

    /// A call that came in is acknowledged.
    pub(crate) fn learn_listener(&mut self, call: CallId, side: Side, session: SessionId) {
        let ingress = self.calls.get(call).map(|view| view.ingress);
        if side == Side::Ingress
            && let Some(TrunkRef::Sip(trunk)) = ingress
            && usize::from(trunk) < self.settings.trunks.len()
            && let Some(flow) = self.sip.flow(session)
        {
            let is_target = self.peers.targets.leads_to(flow.remote.ip());
            self.peers.listeners.learn(trunk, &flow, is_target);
        }
    }
}
