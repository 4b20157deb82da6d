//! What the targets of SIP trunks want done, and what the SIP core tells about them.

use crate::alarms::Alarms;
use crate::listeners::Listeners;
use crate::streams::Streams;
use crate::targets::{Targets, Verdict, Way, Wish};
use crate::{Gateway, Output, TrunkView};
use base::{Class, Instant};
use call::Side;
use routing::TrunkRef;
use sip::{Flow, Refused, RequestId, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// The OPTIONS that wait for their answers.
#[derive(Debug, Default)]
struct Pings {
    requests: BTreeMap<RequestId, Way>,
    ways: BTreeMap<Way, RequestId>,
}

/// The neighbours as they are reached: the SIP connections that are open, where calls go, and what
/// is wrong with the switched side.
#[derive(Debug)]
pub(crate) struct Peers {
    pub(crate) alarms: Alarms,
    pub(crate) streams: Streams,
    pub(crate) targets: Targets,
    pub(crate) listeners: Listeners,
    /// Where the targets of each trunk are, as last told.
    neighbours: Vec<Vec<IpAddr>>,
    pings: Pings,
}

impl Peers {
    pub(crate) fn new(targets: Targets) -> Self {
        Self {
            alarms: Alarms::default(),
            streams: Streams::default(),
            targets,
            listeners: Listeners::default(),
            neighbours: Vec::new(),
            pings: Pings::default(),
        }
    }
}

impl Pings {
    fn insert(&mut self, request: RequestId, way: Way) {
        self.requests.insert(request, way);
        self.ways.insert(way, request);
    }

    fn take(&mut self, request: RequestId) -> Option<Way> {
        let way = self.requests.remove(&request)?;
        self.ways.remove(&way);
        Some(way)
    }

    fn take_way(&mut self, way: Way) -> Option<RequestId> {
        let request = self.ways.remove(&way)?;
        self.requests.remove(&request);
        Some(request)
    }
}

impl Gateway {
    pub(crate) fn obey_targets(&mut self, now: Instant, wish: Wish) {
        match wish {
            Wish::Ask(question) => self.outputs.push_back(Output::Resolve { question }),
            Wish::GiveUp(way) => {
                if let Some(request) = self.peers.pings.take_way(way) {
                    self.sip.give_up(request);
                }
            }
            Wish::Ping(way) => self.ping(now, way),
        }
    }

    /// What leads elsewhere now leads there for requests within dialogs as well, and who is there
    /// is a neighbour.
    pub(crate) fn tell_names(&mut self) {
        let Some(names) = self.peers.targets.take_names() else {
            return;
        };
        self.sip.set_names(names);
        let Peers { targets, listeners, neighbours, .. } = &mut self.peers;
        listeners.retain(|peer| targets.leads_to(peer));
        let addresses = targets.addresses();
        if *neighbours != addresses {
            neighbours.clone_from(&addresses);
            self.outputs.push_back(Output::Neighbours { addresses });
        }
    }

    fn ping(&mut self, now: Instant, way: Way) {
        let Some(flow) = self.flow_to(way.trunk, way.transport, way.remote) else {
            return self.peers.targets.answered(now, way, Verdict::None);
        };
        let uri = match way.transport {
            Transport::Udp => format!("sip:{}", way.remote),
            other => format!("sip:{};transport={}", way.remote, other.name()),
        };
        match self.sip.options(now, Class::Ordinary, flow, uri) {
            Ok(request) => self.peers.pings.insert(request, way),
            // Our own want of a place says nothing about the peer, and whoever wants less is there.
            Err(
                Refused::Sessions
                | Refused::Transactions
                | Refused::NoLocal
                | Refused::Overload
                | Refused::RetryAfter,
            ) => {
                self.peers.targets.answered(now, way, Verdict::None);
            }
        }
    }

    /// A request of ours outside any dialog was answered, or was not. Says whether it was OPTIONS
    /// to a peer of a trunk.
    pub(crate) fn pinged(&mut self, now: Instant, request: RequestId, status: Option<u16>) -> bool {
        let Some(way) = self.peers.pings.take(request) else {
            return false;
        };
        let verdict = status.map_or(Verdict::Dead, Verdict::of_status);
        self.peers.targets.answered(now, way, verdict);
        true
    }

    /// The INVITE of a call found nobody at one address, and goes on to the next.
    pub(crate) fn hop_failed(&mut self, now: Instant, session: sip::SessionId, flow: Flow) {
        let Some((call, Side::Egress)) = self.legs.of_session(session) else {
            return;
        };
        let egress = self.calls.get(call).and_then(|view| view.egress);
        if let Some(TrunkRef::Sip(trunk)) = egress {
            let Flow { transport, remote, .. } = flow;
            self.peers.targets.hop_failed(now, Way { trunk, transport, remote });
        }
    }

    /// SIP trunks and where their calls go.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkView> {
        self.peers.targets.view(now)
    }

    /// Whom the certificate of a TLS server that we call must name, if it is a target of a trunk:
    /// one of these (RFC 5922 §7).
    pub fn server_names(&self, remote: SocketAddr) -> Vec<String> {
        self.peers.targets.server_names(remote, None)
    }
}
