use super::keys::{MergeKey, ServerKey};
use super::machine::{Do, Machine, On};
use super::size::{Datagram, Streamless};
use super::{client, invite_client, invite_server, server};
use crate::late::LatePracks;
use crate::message::{Head, response_flow};
use crate::wire::Wire;
use crate::{Config, ConnectionId, Flow, SessionId, Timer, Timers, Transport};
use base::{Class, Duration, Instant, SlotKey, SlotTable, TimerTable};
use bytes::Bytes;
use sip_parser::{Message, Method};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

/// Requests of one branch that are looked at for what a CANCEL means.
const SAME_BRANCH: usize = 16;

/// What a request is to the session it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The peer's first INVITE.
    Incoming,
    /// Our first INVITE.
    Invite,
    /// Our INVITE within the dialog.
    Reinvite,
    /// Our acknowledgement of a reliable provisional response.
    Prack,
    /// Our UPDATE, with an offer or without.
    Update { offering: bool },
    /// The end of the session.
    Bye,
}

/// Who is told what becomes of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) session: SessionId,
    pub(crate) purpose: Purpose,
}

/// Why a transaction did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing came at all.
    Timeout,
    /// Provisional responses came, but no final one in the time set.
    Overdue,
    Transport,
}

/// What a transaction tells its user.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    Response {
        transaction: SlotKey,
        user: Option<User>,
        flow: Flow,
        response: Message,
    },
    Failed {
        transaction: SlotKey,
        user: Option<User>,
        why: Failure,
    },
    /// A datagram of an emergency call did not arrive, as somebody says; the transaction goes on.
    Unreachable {
        transaction: SlotKey,
        user: Option<User>,
    },
    Ack {
        flow: Flow,
        ack: Message,
    },
}

/// The ACK of the 2xx of one fork, kept for copies of that 2xx (§13.2.2.4).
#[derive(Clone, Debug)]
struct Acknowledged {
    tag: String,
    flow: Flow,
    ack: Bytes,
}

#[derive(Clone, Debug)]
enum Kind {
    Client { head: Head, acknowledged: Vec<Acknowledged> },
    Server { request: Message, key: ServerKey, merge: Option<MergeKey> },
}

#[derive(Clone, Debug)]
struct Transaction {
    machine: Machine,
    class: Class,
    user: Option<User>,
    flow: Flow,
    /// What is sent again: the request of a client, the last response of a server.
    last: Bytes,
    /// How long the timer of retransmission ran last.
    interval: Duration,
    /// Whether its connection broke once already.
    moved: bool,
    /// Whether its user has gone on to another hop without an answer.
    abandoned: bool,
    /// What goes by datagram if the peer takes no connection.
    pub(super) datagram: Option<Box<Datagram>>,
    kind: Kind,
}

/// Forks of one INVITE whose 2xx are acknowledged; no call has more, and nobody may make us send
/// without end.
const FORKS: usize = 16;

/// All transactions.
#[derive(Debug)]
pub(crate) struct Transactions {
    table: SlotTable<Transaction>,
    clients: BTreeMap<(String, Method), SlotKey>,
    servers: BTreeMap<ServerKey, SlotKey>,
    merges: BTreeMap<MergeKey, SlotKey>,
    remotes: BTreeSet<(Transport, SocketAddr, SlotKey)>,
    timers: TimerTable<(SlotKey, Timer)>,
    notices: VecDeque<Notice>,
    values: Timers,
    pub(super) streamless: Streamless,
    /// What refused INVITEs leave to be acknowledged.
    pub(crate) late_pracks: LatePracks,
    /// How many transactions there may be for another ordinary call to begin.
    ordinary: usize,
}

impl Transactions {
    pub(crate) fn new(config: &Config) -> Self {
        let open = config.transactions.saturating_sub(config.transaction_reserve);
        Self {
            table: SlotTable::new(config.transactions, config.transaction_reserve),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            merges: BTreeMap::new(),
            remotes: BTreeSet::new(),
            timers: TimerTable::new(),
            notices: VecDeque::new(),
            values: config.timers,
            streamless: Streamless::default(),
            late_pracks: LatePracks::default(),
            ordinary: open - open / 8,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is a place for a new call. The last eighth is kept for calls that are: they
    /// must be able to end when no more can begin. Emergency calls may use that as well.
    pub(crate) fn has_place_for_call(&self, class: Class) -> bool {
        self.table.has_place(class) && (class.is_emergency() || self.table.len() < self.ordinary)
    }

    pub(crate) fn poll(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    pub(crate) fn next_timer(&self) -> Option<(Instant, Timer)> {
        self.timers.next().map(|(deadline, (_, timer))| (deadline, timer))
    }

    /// Starts a client with a request and sends it; none without a place for it.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        class: Class,
        user: Option<User>,
        (head, request): (Head, Bytes),
    ) -> Option<SlotKey> {
        let (machine, start, method) = if head.method == "INVITE" {
            let state = invite_client::State::Calling;
            (Machine::InviteClient(state), invite_client::START, Method::Invite)
        } else {
            let state = client::State::Trying;
            (Machine::Client(state), client::START, Method::of(head.method))
        };
        let branch = (head.branch.clone(), method);
        let request = wire.authorised(&head, request);
        let (head, request, datagram) = self.sized(now, wire, class, (head, request));
        let flow = head.flow;
        let kind = Kind::Client { head, acknowledged: Vec::new() };
        let (last, interval) = (request, Duration::ZERO);
        let transaction = Transaction {
            machine,
            class,
            user,
            flow,
            last,
            interval,
            moved: false,
            abandoned: false,
            datagram,
            kind,
        };
        let Ok(key) = self.table.insert(class, transaction) else {
            wire.stats.transactions_full += 1;
            return None;
        };
        self.clients.insert(branch, key);
        self.remotes.insert((flow.transport, flow.remote, key));
        for action in start {
            self.act(now, wire, key, *action, None);
        }
        Some(key)
    }

    /// Starts a server for a request; none without a place for it.
    pub(crate) fn accept(
        &mut self,
        wire: &mut Wire,
        class: Class,
        flow: Flow,
        request: &Message,
    ) -> Option<SlotKey> {
        let machine = if request.method() == Method::Invite {
            Machine::InviteServer(invite_server::State::Proceeding)
        } else {
            Machine::Server(server::State::Trying)
        };
        let (server, merge) = (ServerKey::of(request), MergeKey::of(request));
        let kind =
            Kind::Server { request: request.clone(), key: server.clone(), merge: merge.clone() };
        // Over datagrams every response goes where §18.2.2 says; over a stream it goes back on the
        // connection while that lives.
        let flow = match flow.transport {
            Transport::Udp => response_flow(request, flow),
            Transport::Tcp | Transport::Tls => flow,
        };
        let (user, last, interval) = (None, Bytes::new(), Duration::ZERO);
        let transaction = Transaction {
            machine,
            class,
            user,
            flow,
            last,
            interval,
            moved: false,
            abandoned: false,
            datagram: None,
            kind,
        };
        let Ok(key) = self.table.insert(class, transaction) else {
            wire.stats.transactions_full += 1;
            return None;
        };
        self.servers.insert(server, key);
        if let Some(merge) = merge {
            self.merges.entry(merge).or_insert(key);
        }
        self.remotes.insert((flow.transport, flow.remote, key));
        Some(key)
    }

    /// Says whom the failure of a server concerns.
    pub(crate) fn set_user(&mut self, key: SlotKey, user: User) {
        if let Some(transaction) = self.table.get_mut(key) {
            transaction.user = Some(user);
        }
    }

    pub(crate) fn set_class(&mut self, key: SlotKey, class: Class) {
        if let Some(transaction) = self.table.get_mut(key) {
            transaction.class = class;
        }
    }

    pub(crate) fn class(&self, key: SlotKey) -> Class {
        self.table.get(key).map(|transaction| transaction.class).unwrap_or_default()
    }

    pub(crate) fn server(&self, key: &ServerKey) -> Option<SlotKey> {
        self.servers.get(key).copied()
    }

    /// Whom a server's request belongs to.
    pub(crate) fn user(&self, key: SlotKey) -> Option<User> {
        self.table.get(key)?.user
    }

    /// Whether a request with this key is being served, or was accepted lately (§8.2.2.2).
    pub(crate) fn is_merged(&self, key: &MergeKey) -> bool {
        self.merges.contains_key(key)
    }

    /// The start of a client's request.
    pub(crate) fn head(&self, key: SlotKey) -> Option<&Head> {
        match &self.table.get(key)?.kind {
            Kind::Client { head, .. } => Some(head),
            Kind::Server { .. } => None,
        }
    }

    /// The start of a client's request, and the request as it went out.
    pub(crate) fn sent(&self, key: SlotKey) -> Option<(&Head, &Bytes)> {
        let transaction = self.table.get(key)?;
        match &transaction.kind {
            Kind::Client { head, .. } => Some((head, &transaction.last)),
            Kind::Server { .. } => None,
        }
    }

    /// Whether there is a request that a CANCEL may mean, INVITE or not (§9.2).
    pub(crate) fn has_request_of(&self, cancel: &Message) -> bool {
        let key = ServerKey::of(cancel);
        let servers = self.servers.range(ServerKey::first(key.branch())..);
        servers.take(SAME_BRANCH).any(|(found, _)| found.is_cancelled_by(&key))
    }

    /// The class of a transaction with this branch.
    pub(crate) fn class_of(&self, branch: &str) -> Option<Class> {
        let mut servers = self.servers.range(ServerKey::first(branch)..);
        let server = servers.next().filter(|(key, _)| key.branch() == branch).map(|(_, key)| key);
        let first = (branch.to_owned(), Method::Invite);
        let mut clients = self.clients.range(first..);
        let client = clients.next().filter(|(key, _)| key.0 == branch).map(|(_, key)| key);
        let key = server.or(client)?;
        self.table.get(*key).map(|transaction| transaction.class)
    }

    /// Takes a request that belongs to a server already: a copy, or the ACK.
    pub(crate) fn again(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        key: SlotKey,
        (flow, request): (Flow, &Message),
    ) {
        if let Some(transaction) = self.table.get_mut(key)
            && flow.transport.is_stream()
        {
            transaction.flow.connection = flow.connection;
        }
        if request.method() == Method::Ack {
            self.run(now, wire, key, On::Ack, Some((flow, request)));
        } else {
            wire.stats.absorbed += 1;
            self.run(now, wire, key, On::Copy, None);
        }
    }

    /// Takes a response; says whether it belongs to a client of ours.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        flow: Flow,
        response: &Message,
    ) -> bool {
        // §8.1.3.3: a response with a second Via was misrouted.
        if response.vias().nth(1).is_some() {
            return false;
        }
        let branch = response.top_via().branch.unwrap_or_default().to_owned();
        let Some(key) = self.clients.get(&(branch, response.method())).copied() else {
            return false;
        };
        let on = On::response(response.status().unwrap_or_default());
        self.run(now, wire, key, on, Some((flow, response)));
        true
    }

    /// Sends a response.
    pub(crate) fn respond(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        key: SlotKey,
        status: u16,
        response: Bytes,
    ) {
        if status >= 300 {
            // A proxy that was refused may come again by another of its ways.
            self.unmerge(key);
        }
        if let Some(transaction) = self.table.get_mut(key) {
            transaction.last = response;
            self.run(now, wire, key, On::response(status), None);
        }
    }

    fn unmerge(&mut self, key: SlotKey) {
        if let Some(transaction) = self.table.get_mut(key)
            && let Kind::Server { merge, .. } = &mut transaction.kind
            && let Some(merge) = merge.take()
            && self.merges.get(&merge) == Some(&key)
        {
            self.merges.remove(&merge);
        }
    }

    /// Sends the last response again, as the user's own rules ask for it.
    pub(crate) fn repeat(&mut self, now: Instant, wire: &mut Wire, key: SlotKey, status: u16) {
        wire.stats.retransmissions += 1;
        self.run(now, wire, key, On::response(status), None);
    }

    /// Whether the 2xx of yet another fork may be taken.
    pub(crate) fn takes_fork(&self, key: SlotKey) -> bool {
        self.table.get(key).is_some_and(|transaction| match &transaction.kind {
            Kind::Client { acknowledged, .. } => acknowledged.len() < FORKS,
            Kind::Server { .. } => false,
        })
    }

    /// Keeps the ACK of a fork's 2xx for its copies.
    pub(crate) fn keep_ack(&mut self, key: SlotKey, tag: &str, flow: Flow, ack: Bytes) {
        if let Some(transaction) = self.table.get_mut(key)
            && let Kind::Client { acknowledged, .. } = &mut transaction.kind
            && acknowledged.len() < FORKS
        {
            acknowledged.push(Acknowledged { tag: tag.to_owned(), flow, ack });
        }
    }

    /// Sets a limit for the final response of an INVITE that proceeds: time for the user to wait
    /// and then as long for its CANCEL (§9.1). Further provisional responses do not move it.
    pub(crate) fn limit(&mut self, now: Instant, key: SlotKey) {
        if !self.timers.is_running((key, Timer::B)) {
            self.timers.set(now, (key, Timer::B), self.values.sixty_four_t1().saturating_mul(2));
        }
    }

    /// Leaves an INVITE that nobody has answered: it is not sent again, and Timer B ends it. What
    /// comes late is still told.
    pub(crate) fn abandon(&mut self, key: SlotKey) {
        if let Some(transaction) = self.table.get_mut(key) {
            transaction.abandoned = true;
            self.timers.stop((key, Timer::A));
        }
    }

    /// Whether this transaction was abandoned; says so once.
    pub(crate) fn take_abandoned(&mut self, key: SlotKey) -> bool {
        let transaction = self.table.get_mut(key);
        transaction.is_some_and(|transaction| std::mem::take(&mut transaction.abandoned))
    }

    /// Ends a transaction without a word.
    pub(crate) fn forget(&mut self, key: SlotKey) {
        self.remove(key);
    }

    /// The transactions of one way to one peer.
    fn on(
        &self,
        (transport, remote): (Transport, SocketAddr),
        connection: Option<ConnectionId>,
        has: impl Fn(&Transaction) -> bool,
    ) -> Vec<SlotKey> {
        let there = self.remotes.range((transport, remote, SlotKey::from_u64(0))..);
        let there = there.take_while(|row| (row.0, row.1) == (transport, remote));
        let there = there.filter_map(|(_, _, key)| Some((*key, self.table.get(*key)?)));
        let there = there.filter(|(_, transaction)| transaction.flow.connection == connection);
        there.filter(|(_, transaction)| has(transaction)).map(|(key, _)| key).collect()
    }

    /// Whether a request that came over a connection has no final response yet.
    pub(crate) fn owes(&self, id: ConnectionId, way: (Transport, SocketAddr)) -> bool {
        !self.on(way, Some(id), |transaction| transaction.machine.is_unanswered_server()).is_empty()
    }

    /// Whether any transaction goes over a connection.
    pub(crate) fn uses(&self, id: ConnectionId, way: (Transport, SocketAddr)) -> bool {
        !self.on(way, Some(id), |_| true).is_empty()
    }

    /// Takes the news that a connection is up: what waits for one goes over it.
    pub(crate) fn connected(&mut self, flow: Flow) {
        self.streamless.forget(flow.remote);
        let waits = |transaction: &Transaction| transaction.flow.peer == flow.peer;
        for key in self.on((flow.transport, flow.remote), None, waits) {
            if let Some(transaction) = self.table.get_mut(key) {
                transaction.flow.connection = flow.connection;
            }
        }
    }

    /// Takes the news that a message could not be sent.
    pub(crate) fn send_failed(&mut self, now: Instant, wire: &mut Wire, flow: Flow) {
        let lost = |transaction: &Transaction| {
            flow.connection.is_some() || transaction.flow.peer == flow.peer
        };
        for key in self.on((flow.transport, flow.remote), flow.connection, lost) {
            self.lose(now, wire, key);
        }
    }

    /// A message of a transaction was lost for certain, or so somebody says. For an emergency call
    /// that is no more than a hint where the message was a datagram: ICMP is easily forged, a
    /// system is without a route for a moment, and the next copy may well arrive. It ends no
    /// transaction; the user may have another way.
    fn lose(&mut self, now: Instant, wire: &mut Wire, key: SlotKey) {
        match self.table.get(key) {
            Some(lost) if lost.class.is_emergency() && !lost.flow.transport.is_stream() => {
                let user = lost.user;
                self.notices.push_back(Notice::Unreachable { transaction: key, user });
            }
            _ => self.fail(now, wire, key),
        }
    }

    /// Takes the news that a connection is gone: what nobody has answered yet is lost with it.
    pub(crate) fn closed(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        connection: ConnectionId,
        there: (Transport, SocketAddr),
    ) {
        let lost = |transaction: &Transaction| transaction.machine.is_unanswered();
        for key in self.on(there, Some(connection), lost) {
            self.fail(now, wire, key);
        }
    }

    /// A connection that broke is no verdict on the peer: once more over a new one, a response to
    /// the port of sent-by (§18.2.2). Without a connection, or the second time, the failure is
    /// final (§17.1.4, §17.2.4).
    fn fail(&mut self, now: Instant, wire: &mut Wire, key: SlotKey) {
        let Some(transaction) = self.table.get_mut(key) else {
            return;
        };
        let is_connected = transaction.flow.connection.is_some();
        let hurries = transaction.class.is_emergency() && transaction.machine.is_unanswered();
        if (!is_connected || hurries) && self.fall_back(now, wire, key) {
            return;
        }
        let Some(transaction) = self.table.get_mut(key) else {
            return;
        };
        if is_connected && transaction.machine.is_client() && !transaction.machine.is_unanswered() {
            return;
        }
        if !is_connected || std::mem::replace(&mut transaction.moved, true) {
            self.run(now, wire, key, On::TransportError, None);
            return;
        }
        self.leave_connection(key);
        if self.table.get(key).is_some_and(|transaction| !transaction.last.is_empty()) {
            self.act(now, wire, key, Do::Send, None);
        }
    }

    /// §18.1.1: the peer takes no connection, or none that leads anywhere, so the request goes by
    /// datagram in spite of its size. Says whether that was still to be done.
    pub(crate) fn fall_back(&mut self, now: Instant, wire: &mut Wire, key: SlotKey) -> bool {
        let Some(transaction) = self.table.get_mut(key) else {
            return false;
        };
        let old = transaction.flow;
        if let Some(datagram) = transaction.datagram.take()
            && let Kind::Client { head, .. } = &mut transaction.kind
        {
            self.streamless.remember(now, old.remote);
            let Datagram { head: before, request } = *datagram;
            (transaction.flow, transaction.last) = (before.flow, request);
            *head = before;
            let timer = if head.method == "INVITE" { Timer::A } else { Timer::E };
            self.remotes.remove(&(old.transport, old.remote, key));
            self.remotes.insert((Transport::Udp, old.remote, key));
            self.act(now, wire, key, Do::Send, None);
            self.act(now, wire, key, Do::Start(timer), None);
            return true;
        }
        false
    }

    /// Whether a request that went by a stream for its size could go by datagram yet.
    pub(crate) fn may_fall_back(&self, key: SlotKey) -> bool {
        self.table.get(key).is_some_and(|transaction| transaction.datagram.is_some())
    }

    /// Takes the news that nobody listens at an address (§18.4). It may be forged: what has an
    /// answer already is not undone by it, nor what the peer asked of us.
    pub(crate) fn unreachable(&mut self, now: Instant, wire: &mut Wire, flow: Flow) {
        let lost = |transaction: &Transaction| transaction.machine.is_unanswered();
        for key in self.on((flow.transport, flow.remote), flow.connection, lost) {
            self.lose(now, wire, key);
        }
    }

    fn leave_connection(&mut self, key: SlotKey) {
        let Some(transaction) = self.table.get_mut(key) else {
            return;
        };
        let old = transaction.flow;
        transaction.flow = match &transaction.kind {
            Kind::Client { .. } => Flow { connection: None, ..old },
            Kind::Server { request, .. } => response_flow(request, old),
        };
        self.remotes.remove(&(old.transport, old.remote, key));
        self.remotes.insert((old.transport, transaction.flow.remote, key));
    }

    /// Lets the timers expire that are due.
    pub(crate) fn expire(&mut self, now: Instant, wire: &mut Wire) -> bool {
        let mut any = false;
        while let Some((key, timer)) = self.timers.pop_expired(now) {
            self.run(now, wire, key, On::Expired(timer), None);
            any = true;
        }
        any
    }

    fn run(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        key: SlotKey,
        on: On,
        carried: Option<(Flow, &Message)>,
    ) {
        let Some(transaction) = self.table.get_mut(key) else {
            return;
        };
        let (next, actions) = transaction.machine.step(on);
        if let Some(machine) = next {
            transaction.machine = machine;
        }
        let sends = actions.contains(&Do::Send);
        if sends && !transaction.last.is_empty() && matches!(on, On::Expired(_) | On::Copy) {
            wire.stats.retransmissions += 1;
        }
        for action in actions {
            self.act(now, wire, key, *action, carried);
        }
        if next.is_none() {
            self.remove(key);
        }
    }

    fn act(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        key: SlotKey,
        action: Do,
        carried: Option<(Flow, &Message)>,
    ) {
        match action {
            Do::Send => self.send(wire, key),
            Do::Acknowledge => self.acknowledge(wire, key, carried),
            Do::Deliver => self.deliver(wire, key, carried),
            Do::Start(timer) | Do::Again(timer) | Do::Slowly(timer) => {
                let Some(transaction) = self.table.get_mut(key) else {
                    return;
                };
                let after = match action {
                    Do::Again(_) => Some(self.values.next(timer, transaction.interval)),
                    Do::Slowly(_) => Some(self.values.t2),
                    _ => self.values.first(timer, transaction.flow.transport),
                };
                let Some(after) = after else {
                    return;
                };
                if matches!(timer, Timer::A | Timer::E | Timer::G) {
                    transaction.interval = after;
                }
                self.timers.set(now, (key, timer), after);
            }
            Do::Stop(timer) => {
                self.timers.stop((key, timer));
            }
            Do::TimedOut => {
                wire.stats.timeouts += 1;
                self.failed(key, Failure::Timeout);
            }
            Do::Overdue => {
                wire.stats.timeouts += 1;
                self.failed(key, Failure::Overdue);
            }
            Do::Failed => self.failed(key, Failure::Transport),
        }
    }

    fn send(&mut self, wire: &mut Wire, key: SlotKey) {
        let Some(transaction) = self.table.get_mut(key) else {
            return;
        };
        // A copy of the request before the first response: nothing to say yet.
        if transaction.last.is_empty() {
            return;
        }
        let is_stream = transaction.flow.transport.is_stream();
        if is_stream
            && matches!(transaction.kind, Kind::Server { .. })
            && !wire.takes_answers(transaction.flow)
        {
            self.leave_connection(key);
        }
        if let Some(transaction) = self.table.get_mut(key) {
            let last = transaction.last.clone();
            transaction.flow = wire.send(transaction.flow, transaction.class, last);
        }
    }

    fn acknowledge(&self, wire: &mut Wire, key: SlotKey, carried: Option<(Flow, &Message)>) {
        if let Some((_, response)) = carried
            && let Some(transaction) = self.table.get(key)
            && let Kind::Client { head, .. } = &transaction.kind
        {
            wire.send(transaction.flow, transaction.class, head.ack(response));
        }
    }

    fn deliver(&mut self, wire: &mut Wire, key: SlotKey, carried: Option<(Flow, &Message)>) {
        let (Some(transaction), Some((flow, message))) = (self.table.get(key), carried) else {
            return;
        };
        match &transaction.kind {
            Kind::Server { .. } => {
                self.notices.push_back(Notice::Ack { flow, ack: message.clone() });
            }
            Kind::Client { acknowledged, .. } => {
                let tag = message.to().tag().unwrap_or_default();
                let is_success = message.status().is_some_and(|status| status / 100 == 2);
                let known = acknowledged.iter().find(|known| is_success && known.tag == tag);
                if let Some(known) = known {
                    wire.stats.absorbed += 1;
                    wire.send(known.flow, transaction.class, known.ack.clone());
                    return;
                }
                self.notices.push_back(Notice::Response {
                    transaction: key,
                    user: transaction.user,
                    flow,
                    response: message.clone(),
                });
            }
        }
    }

    fn failed(&mut self, key: SlotKey, why: Failure) {
        let user = self.user(key);
        self.notices.push_back(Notice::Failed { transaction: key, user, why });
    }

    /// Whether nothing is left anywhere.
    #[cfg(test)]
    pub(crate) fn is_clean(&self) -> bool {
        self.table.is_empty()
            && self.clients.is_empty()
            && self.servers.is_empty()
            && self.merges.is_empty()
            && self.remotes.is_empty()
            && self.timers.is_empty()
            && self.notices.is_empty()
    }

    fn remove(&mut self, key: SlotKey) {
        self.unmerge(key);
        let Some(transaction) = self.table.remove(key) else {
            return;
        };
        let flow = transaction.flow;
        self.remotes.remove(&(flow.transport, flow.remote, key));
        for timer in transaction.machine.timers() {
            self.timers.stop((key, *timer));
        }
        match transaction.kind {
            Kind::Client { head, .. } => {
                self.clients.remove(&(head.branch, Method::of(head.method)));
            }
            Kind::Server { key: server, .. } => {
                self.servers.remove(&server);
            }
        }
    }
}
