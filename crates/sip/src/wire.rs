use crate::auth::Wallet;
use crate::flow::Place;
use crate::options::Closed;
use crate::overload::{Feedback, Throttle};
use crate::{Config, ConnectionId, Event, Flow, Marks, Output, Overload, Stats, Transport};
use base::Class;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// The most connections known at once, whatever the driver takes; one more is closed.
const CONNECTIONS: usize = 65_536;

/// The way out: what is to be sent and told, over which socket and connection.
#[derive(Debug)]
pub(crate) struct Wire {
    locals: Vec<(Transport, SocketAddr)>,
    connections: BTreeMap<ConnectionId, Place>,
    by_place: BTreeMap<Place, ConnectionId>,
    /// Where else connections lead that peers have opened: to where those peers listen themselves.
    aliases: BTreeMap<ConnectionId, Place>,
    /// Connections over which the peer sends no more, and whether we have closed them.
    ended: BTreeMap<ConnectionId, bool>,
    outputs: VecDeque<Output>,
    software: String,
    /// What was agreed with each peer.
    pub(crate) agreed: Vec<(Overload, Marks)>,
    pub(crate) wallet: Wallet,
    /// While ordinary calls are refused.
    pub(crate) closed: Option<Closed>,
    /// Where the names of the user's own peers lead.
    names: Names,
    /// Neighbours that ask us for less,
    pub(crate) throttle: Throttle,
    /// and those whom we ask.
    pub(crate) feedback: Feedback,
    pub(crate) stats: Stats,
}

/// Host names in lower case, and the ways to them.
pub type Names = BTreeMap<String, Vec<(Transport, SocketAddr)>>;

impl Wire {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            locals: config.locals.clone(),
            connections: BTreeMap::new(),
            by_place: BTreeMap::new(),
            aliases: BTreeMap::new(),
            ended: BTreeMap::new(),
            outputs: VecDeque::new(),
            software: config.software.clone(),
            agreed: config.peers.agreed(),
            wallet: config.peers.wallet(),
            closed: None,
            names: Names::new(),
            throttle: Throttle::new(config.seed.rotate_left(32)),
            feedback: Feedback::default(),
            stats: Stats::default(),
        }
    }

    pub(crate) fn software(&self) -> &str {
        &self.software
    }

    pub(crate) fn set_names(&mut self, names: Names) {
        self.names = names;
    }

    /// The ways to a host name.
    pub(crate) fn ways_of(&self, host: &str) -> &[(Transport, SocketAddr)] {
        if self.names.is_empty() {
            return &[];
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.names.get(&host).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Sends, over a connection that lives where there is one, and says over which.
    pub(crate) fn send(&mut self, flow: Flow, class: Class, bytes: Bytes) -> Flow {
        let flow = self.resolve(flow, bytes.starts_with(b"SIP/2.0 "));
        self.outputs.push_back(Output::Send { flow, class, bytes });
        flow
    }

    fn resolve(&self, flow: Flow, is_response: bool) -> Flow {
        let has_way = if is_response { self.takes_answers(flow) } else { self.is_alive(flow) };
        if !flow.transport.is_stream() || has_way {
            return flow;
        }
        Flow { connection: self.by_place.get(&flow.place()).copied(), ..flow }
    }

    /// Whether the flow names a connection that lives.
    pub(crate) fn is_alive(&self, flow: Flow) -> bool {
        let lives = |connection| !self.ended.contains_key(&connection);
        self.takes_answers(flow) && flow.connection.is_some_and(lives)
    }

    /// Whether the flow names a connection that takes responses: over one whose peer sends no more
    /// a request would never be answered.
    pub(crate) fn takes_answers(&self, flow: Flow) -> bool {
        flow.connection.is_some_and(|connection| self.connections.contains_key(&connection))
    }

    /// The peer sends no more over this connection.
    pub(crate) fn half_closed(&mut self, connection: ConnectionId) {
        if self.connections.contains_key(&connection) {
            self.let_go(connection);
            self.ended.insert(connection, false);
        }
    }

    /// Nothing new goes over this connection.
    fn let_go(&mut self, connection: ConnectionId) {
        for place in self.places(connection) {
            if self.by_place.get(&place) == Some(&connection) {
                self.by_place.remove(&place);
            }
        }
    }

    /// The peer of a connection within TLS listens at `remote` as well, and has proved to be who is
    /// expected there: what goes there goes over this connection (RFC 5923 §8.2). One of our own
    /// that lives is as good.
    pub(crate) fn alias(&mut self, flow: Flow, remote: SocketAddr) {
        let Some(connection) = flow.connection.filter(|_| self.is_alive(flow)) else {
            return;
        };
        let place = Flow { remote, ..flow }.place();
        if !self.aliases.contains_key(&connection) && !self.by_place.contains_key(&place) {
            self.aliases.insert(connection, place);
            self.by_place.insert(place, connection);
            self.stats.aliases += 1;
        }
    }

    /// Closes what the peer has ended where no answer is owed any more.
    pub(crate) fn close_ended(
        &mut self,
        owes: impl Fn(ConnectionId, (Transport, SocketAddr)) -> bool,
    ) {
        for (connection, closed) in self.ended.iter_mut().filter(|(_, closed)| !**closed) {
            // What the peer asked came from where it is, under no other name.
            let way = self.connections.get(connection).copied();
            if !way.is_some_and(|(transport, at, _)| owes(*connection, (transport, at))) {
                *closed = true;
                self.outputs.push_back(Output::Close { connection: *connection });
            }
        }
    }

    /// Whether the peer of any connection has ended its side and we have not.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.values().any(|closed| !closed)
    }

    /// Asks for a connection to be closed.
    pub(crate) fn close(&mut self, connection: ConnectionId) {
        self.outputs.push_back(Output::Close { connection });
    }

    /// Remembers the connection of a flow, and sends over it what goes there.
    pub(crate) fn connected(&mut self, flow: Flow) {
        if let Some(connection) = self.accepted(flow) {
            self.by_place.insert(flow.place(), connection);
        }
    }

    /// Remembers the connection of a flow for what came over it, and for no more. Says which one it
    /// is, if it is new.
    pub(crate) fn accepted(&mut self, flow: Flow) -> Option<ConnectionId> {
        let connection = flow.connection?;
        if self.connections.contains_key(&connection) {
            return None;
        }
        if self.connections.len() >= CONNECTIONS {
            self.stats.connections_full += 1;
            self.outputs.push_back(Output::Close { connection });
            return None;
        }
        self.connections.insert(connection, flow.place());
        Some(connection)
    }

    /// Forgets a connection; says where it led, if it was known.
    pub(crate) fn closed(&mut self, connection: ConnectionId) -> Vec<(Transport, SocketAddr)> {
        let ways = self.ways(connection);
        self.let_go(connection);
        self.ended.remove(&connection);
        self.connections.remove(&connection);
        self.aliases.remove(&connection);
        ways
    }

    /// Whether a connection leads to a peer.
    pub(crate) fn leads_to(&self, transport: Transport, remote: SocketAddr) -> bool {
        self.by_place.contains_key(&(transport, remote, None))
    }

    /// Where a connection leads.
    pub(crate) fn ways(&self, connection: ConnectionId) -> Vec<(Transport, SocketAddr)> {
        self.places(connection).map(|(transport, remote, _)| (transport, remote)).collect()
    }

    fn places(&self, connection: ConnectionId) -> impl Iterator<Item = Place> + use<> {
        let own = self.connections.get(&connection).copied();
        let alias = self.aliases.get(&connection).copied();
        own.into_iter().chain(alias.filter(|_| own.is_some()))
    }

    /// The flow with the address at which we listen: a connection that we opened ends at a port
    /// that nobody else can reach us at, and Via and Contact must not name it.
    pub(crate) fn ours(&self, flow: Flow) -> Flow {
        let local = self.local(flow.transport, flow.remote, flow.local).unwrap_or(flow.local);
        Flow { local, ..flow }
    }

    /// Our socket for a way to `remote`: `preferred` where it fits, else one of its address.
    pub(crate) fn local(
        &self,
        transport: Transport,
        remote: SocketAddr,
        preferred: SocketAddr,
    ) -> Option<SocketAddr> {
        let fits = |local: &&(Transport, SocketAddr)| {
            local.0 == transport && local.1.is_ipv4() == remote.is_ipv4()
        };
        let mut fitting = self.locals.iter().filter(fits).map(|local| local.1);
        let same = fitting.clone().find(|local| *local == preferred);
        let beside = || fitting.clone().find(|local| local.ip() == preferred.ip());
        same.or_else(beside).or_else(|| fitting.next())
    }
}
