//! An exchange that keeps no rule of ISUP by itself: whoever uses it says each message and expects
//! each. It is reached over M3UA and TCP, as a signalling gateway that answers for it; M3UA's own
//! messages (and, unless told otherwise, group resets) are answered in the background.
//!
//! ```ignore
//! let (gateway, mut peer) = IsupPeer::start();
//! let mut caller = Ua::new(&gateway);
//! caller.invite("0199000001", Some(&caller.sdp()));
//! let (cic, iam) = peer.expect_iam();
//! peer.send(cic, acm());
//! peer.send(cic, Anm::new());
//! caller.expect(200);
//! ```

use super::gateway::Gateway;
use isup_codec::{
    Acm, BackwardCallIndicators, CalledCategory, CalledPartyNumber, CalledStatus,
    CallingPartyNumber, CallingPartysCategory, CauseIndicators, Charge, Cic, Gra, Iam, Message,
    MessageType, NatureOfAddress, RangeStatus, Rel, Rlc, decode, encode, key, location,
};
use mtp::m3ua::{self, Affected, Destinations, ProtocolData, Status};
use mtp::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The gateway's point code in the demo, and that of this exchange.
pub(crate) const GATEWAY: PointCode = PointCode(1);
pub(crate) const PEER: PointCode = PointCode(2);

/// A message of the ISDN user part, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) cic: u16,
    pub(crate) payload: bytes::Bytes,
}

impl Arrival {
    /// What it is; `None` where it is too short to say.
    pub(crate) fn kind(&self) -> Option<MessageType> {
        self.payload.get(2).map(|kind| MessageType(*kind))
    }

    /// The whole message.
    pub(crate) fn message(&self) -> Message {
        let (_, message) = decode(&self.payload).unwrap_or_else(|e| panic!("{e}: {self:02x?}"));
        message
    }
}

/// What M3UA does in the background.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Connections are taken; otherwise they are closed at once.
    pub(crate) accepts: bool,
    /// ASPUP and ASPAC are acknowledged.
    pub(crate) acknowledges: bool,
    /// An audit is answered: everything is available.
    pub(crate) audits: bool,
    /// BEAT is answered.
    pub(crate) beats: bool,
    /// GRS is answered by GRA, and does not show among the messages.
    pub(crate) resets: bool,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    stream: Option<TcpStream>,
    active: bool,
    arrived: VecDeque<Arrival>,
    /// Messages of M3UA, other than DATA, in the order in which they came.
    heard: Vec<m3ua::Message>,
    over: bool,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// The exchange.
pub(crate) struct IsupPeer {
    pub(crate) address: SocketAddr,
    shared: Shared,
    /// How long to wait for what must come.
    pub(crate) patience: Duration,
}

impl IsupPeer {
    /// A gateway that is ready, with circuits 1 to 31 to this exchange and no others.
    pub(crate) fn start() -> (Gateway, Self) {
        Self::start_with(&[], |_| {})
    }

    /// The same, with further arguments and a configuration changed by `change`.
    pub(crate) fn start_with(
        arguments: &[&str],
        change: impl FnOnce(&mut toml::Table),
    ) -> (Gateway, Self) {
        let (gateway, peer) = Self::spawn(arguments, change);
        gateway.wait_until_ready();
        (gateway, peer)
    }

    /// The same without waiting.
    pub(crate) fn spawn(
        arguments: &[&str],
        change: impl FnOnce(&mut toml::Table),
    ) -> (Gateway, Self) {
        let mut peer = None;
        let gateway = Gateway::spawn(arguments, |configuration| {
            let mut table: toml::Table = configuration.parse().unwrap();
            let admin: SocketAddr = table["admin"]["listen"].as_str().unwrap().parse().unwrap();
            let listening = Self::listen(admin.ip());
            over_m3ua(&mut table, listening.address);
            peer = Some(listening);
            change(&mut table);
            table.to_string()
        });
        (gateway, peer.unwrap())
    }

    /// Listens at some port of this address.
    pub(crate) fn listen(address: IpAddr) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let manner =
            Manner { accepts: true, acknowledges: true, audits: true, beats: true, resets: true };
        let (arrived, heard) = (VecDeque::new(), Vec::new());
        let state = State { manner, stream: None, active: false, arrived, heard, over: false };
        let shared: Shared = Arc::new((Mutex::new(state), Condvar::new()));
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if served.0.lock().unwrap().over {
                    return;
                }
                serve(&served, stream);
            }
        });
        Self { address, shared, patience: Duration::from_secs(8) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// Changes what happens in the background.
    pub(crate) fn manner(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.state().manner);
    }

    /// Waits until `look` gives something.
    fn wait<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let start = Instant::now();
        let mut state = self.state();
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            let left = within.checked_sub(start.elapsed())?;
            state = self.shared.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until the gateway's ASPAC is acknowledged.
    pub(crate) fn wait_until_active(&self) {
        let active = self.wait(self.patience, |state| state.active.then_some(()));
        assert!(active.is_some(), "not active; heard {:?}", self.state().heard);
    }

    // ------------------------------------------------------------------------ what is sent

    /// Sends a message of ISUP on a circuit.
    pub(crate) fn send(&self, cic: u16, message: impl Into<Message>) {
        let payload = encode(Cic(cic), &message.into()).unwrap();
        self.send_payload(payload);
    }

    /// Sends what may be no message at all: type and what follows.
    pub(crate) fn send_raw(&self, cic: u16, octets: &[u8]) {
        let mut payload = cic.to_le_bytes().to_vec();
        payload.extend(octets);
        self.send_payload(payload.into());
    }

    fn send_payload(&self, payload: bytes::Bytes) {
        let sls = Sls(payload.first().copied().unwrap_or_default() & 15);
        let protocol = ProtocolData {
            opc: PEER,
            dpc: GATEWAY,
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            sls,
            payload,
        };
        self.say(&m3ua::Message::Data(m3ua::Data {
            appearance: None,
            context: None,
            protocol,
            correlation: None,
        }));
    }

    /// Sends a message of M3UA.
    pub(crate) fn say(&self, message: &m3ua::Message) {
        say(&mut self.state(), message);
    }

    /// Sends these octets as they are.
    pub(crate) fn say_raw(&self, octets: &[u8]) {
        let state = self.state();
        state.stream.as_ref().expect("no connection").write_all(octets).unwrap();
    }

    /// MTP-PAUSE: this exchange cannot be reached.
    pub(crate) fn duna(&self) {
        self.say(&m3ua::Message::Duna(ourselves()));
    }

    /// MTP-RESUME: it can.
    pub(crate) fn dava(&self) {
        self.say(&m3ua::Message::Dava(ourselves()));
    }

    /// MTP-STATUS: the way here is congested.
    pub(crate) fn scon(&self, level: u8) {
        let destinations = ourselves();
        let message = m3ua::Message::Scon { destinations, concerned: None, level: Some(level) };
        self.say(&message);
    }

    /// MTP-STATUS: no user part answers here; 0 unknown, 1 unequipped, 2 inaccessible.
    pub(crate) fn dupu(&self, cause: u16) {
        let (destinations, user) = (ourselves(), ServiceIndicator::ISUP);
        self.say(&m3ua::Message::Dupu { destinations, user, cause });
    }

    /// Closes the connection. The gateway connects again, unless [`Manner::accepts`] says no.
    pub(crate) fn disconnect(&self) {
        let mut state = self.state();
        state.active = false;
        if let Some(stream) = state.stream.take() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    // ------------------------------------------------------------------------ what is expected

    /// The next message on any circuit, if one has come.
    pub(crate) fn take(&self) -> Option<Arrival> {
        self.state().arrived.pop_front()
    }

    /// The next message on a circuit, whatever it is, which must come in time.
    pub(crate) fn next(&self, cic: u16) -> Arrival {
        self.next_within(cic, self.patience)
    }

    fn next_within(&self, cic: u16, within: Duration) -> Arrival {
        let first = |state: &mut State| {
            let at = state.arrived.iter().position(|arrival| arrival.cic == cic)?;
            state.arrived.remove(at)
        };
        self.wait(within, first).unwrap_or_else(|| {
            let state = self.state();
            panic!("nothing on circuit {cic}; waiting {:02x?}", state.arrived)
        })
    }

    /// The next message on a circuit, which must be of this type.
    pub(crate) fn expect(&self, cic: u16, kind: MessageType) -> Message {
        self.expect_within(cic, kind, self.patience)
    }

    /// The same within a time of its own, such as that of a timer.
    pub(crate) fn expect_within(&self, cic: u16, kind: MessageType, within: Duration) -> Message {
        let arrival = self.next_within(cic, within);
        assert_eq!(arrival.kind(), Some(kind), "on circuit {cic}: {:02x?}", arrival.payload);
        arrival.message()
    }

    /// Waits for an IAM on any circuit; messages before it on other circuits stay.
    pub(crate) fn expect_iam(&self) -> (u16, Iam) {
        let first = |state: &mut State| {
            let is_iam = |arrival: &Arrival| arrival.kind() == Some(MessageType::IAM);
            let at = state.arrived.iter().position(is_iam)?;
            state.arrived.remove(at)
        };
        let arrival = self.wait(self.patience, first).expect("no IAM");
        match arrival.message() {
            Message::Iam(iam) => (arrival.cic, iam),
            other => panic!("{other:?}"),
        }
    }

    /// Nothing comes on this circuit for so long.
    pub(crate) fn expect_nothing(&self, cic: u16, within: Duration) {
        let found = self
            .wait(within, |state| state.arrived.iter().find(|arrival| arrival.cic == cic).cloned());
        assert!(found.is_none(), "{:02x?} on circuit {cic}", found.unwrap().payload);
    }

    /// REL of the gateway, answered; gives its cause value.
    pub(crate) fn expect_release(&self, cic: u16) -> u8 {
        let Message::Rel(rel) = self.expect(cic, MessageType::REL) else { unreachable!() };
        self.send(cic, Rlc::new());
        rel.cause.cause.0
    }

    /// REL of ours, answered by RLC.
    pub(crate) fn release(&self, cic: u16, cause: u8) {
        self.send(cic, rel(cause));
        self.expect(cic, MessageType::RLC);
    }

    /// Forgets what has come so far.
    pub(crate) fn clear(&self) {
        self.state().arrived.clear();
    }

    /// Messages of M3UA, other than DATA, that have come so far.
    pub(crate) fn heard(&self) -> Vec<m3ua::Message> {
        self.state().heard.clone()
    }

    /// Waits for a message of M3UA, other than DATA, that is like this; it may have come before.
    pub(crate) fn hear(&self, what: impl Fn(&m3ua::Message) -> bool) -> m3ua::Message {
        let like = |state: &mut State| state.heard.iter().find(|message| what(message)).cloned();
        let found = self.wait(self.patience, like);
        found.unwrap_or_else(|| panic!("heard only {:?}", self.state().heard))
    }
}

impl Drop for IsupPeer {
    fn drop(&mut self) {
        self.state().over = true;
        self.disconnect();
        let _ = TcpStream::connect(self.address);
    }
}

fn ourselves() -> Destinations {
    Destinations { affected: vec![Affected::one(PEER)], ..Destinations::default() }
}

fn say(state: &mut State, message: &m3ua::Message) {
    if let Some(stream) = &mut state.stream {
        let _ = stream.write_all(&message.write());
    }
}

/// One connection until it ends.
fn serve(shared: &Shared, mut stream: TcpStream) {
    let (state, changed) = &**shared;
    {
        let mut state = state.lock().unwrap();
        if !state.manner.accepts {
            return;
        }
        stream.set_nodelay(true).unwrap();
        state.stream = Some(stream.try_clone().unwrap());
        state.active = false;
    }
    while let Some(octets) = read(&mut stream) {
        let message = m3ua::Message::read(&octets)
            .unwrap_or_else(|code| panic!("the gateway sent {octets:02x?}: {code}"));
        let mut state = state.lock().unwrap();
        take(&mut state, message);
        changed.notify_all();
    }
    let mut state = state.lock().unwrap();
    (state.active, state.stream) = (false, None);
    changed.notify_all();
}

fn read(stream: &mut TcpStream) -> Option<bytes::Bytes> {
    let mut octets = vec![0; 8];
    stream.read_exact(&mut octets).ok()?;
    let length = u32::from_be_bytes(octets[4..8].try_into().unwrap()) as usize;
    octets.resize(length, 0);
    stream.read_exact(&mut octets[8..]).ok()?;
    Some(octets.into())
}

fn take(state: &mut State, message: m3ua::Message) {
    let manner = state.manner;
    match &message {
        m3ua::Message::Data(data) => return arrived(state, &data.protocol.payload),
        m3ua::Message::AspUp { .. } if manner.acknowledges => {
            say(state, &m3ua::Message::AspUpAck { identifier: None });
            notify(state, Status::AS_INACTIVE);
        }
        m3ua::Message::AspActive { mode, contexts } if manner.acknowledges => {
            let (mode, contexts) = (*mode, contexts.clone());
            say(state, &m3ua::Message::AspActiveAck { mode, contexts });
            notify(state, Status::AS_ACTIVE);
            state.active = true;
        }
        m3ua::Message::Daud(asked) if manner.audits => {
            say(state, &m3ua::Message::Dava(asked.clone()));
        }
        m3ua::Message::Beat { data } if manner.beats => {
            say(state, &m3ua::Message::BeatAck { data: data.clone() });
        }
        _ => {}
    }
    state.heard.push(message);
}

fn notify(state: &mut State, status: Status) {
    say(state, &m3ua::Message::Ntfy { status, identifier: None, contexts: Vec::new() });
}

fn arrived(state: &mut State, payload: &bytes::Bytes) {
    let cic = u16::from_le_bytes([payload[0], payload[1]]);
    let arrival = Arrival { cic, payload: payload.clone() };
    if state.manner.resets && arrival.kind() == Some(MessageType::GRS) {
        let Message::Grs(grs) = arrival.message() else { unreachable!() };
        let gra = Gra { status: RangeStatus::new(grs.range, |_| false) };
        let answer = encode(Cic(cic), &gra.into()).unwrap();
        let protocol = ProtocolData {
            opc: PEER,
            dpc: GATEWAY,
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            sls: Sls(0),
            payload: answer,
        };
        let (appearance, context, correlation) = (None, None, None);
        let data = m3ua::Data { appearance, context, protocol, correlation };
        return say(state, &m3ua::Message::Data(data));
    }
    state.arrived.push_back(arrival);
}

/// Turns the demo's configuration into one whose circuits are with an exchange at `address`.
pub(crate) fn over_m3ua(table: &mut toml::Table, address: SocketAddr) {
    table.remove("exchange");
    let ss7 = table["ss7"].as_table_mut().unwrap();
    ss7.remove("spans");
    ss7.remove("link");
    let group = ss7["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
    group.remove("spans");
    group.insert("cics".to_owned(), "1-31".into());
    // It answers no queries.
    group.insert("query".to_owned(), false.into());
    let association: toml::Table =
        format!("name = \"peer\"\nconnect = \"{address}\"\npeers = [{PEER}]").parse().unwrap();
    ss7.insert("association".to_owned(), toml::Value::Array(vec![association.into()]));
}

// ---------------------------------------------------------------------------- messages in short

/// An IAM to this national number, complete, from a subscriber.
pub(crate) fn iam(number: &str) -> Iam {
    let mut called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, number.parse().unwrap());
    called.complete = true;
    let calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, "199000001".parse().unwrap());
    Iam::new(called, CallingPartysCategory::ORDINARY).with(key::CALLING_PARTY_NUMBER, &calling)
}

/// An ACM: subscriber free.
pub(crate) fn acm() -> Acm {
    let indicators = BackwardCallIndicators(0)
        .with_charge(Charge::CHARGE)
        .with_called_status(CalledStatus::SUBSCRIBER_FREE)
        .with_called_category(CalledCategory::ORDINARY)
        .with_isup_all_the_way(true);
    Acm::new(indicators)
}

/// A REL with this cause value.
pub(crate) fn rel(cause: u8) -> Rel {
    Rel::new(CauseIndicators::new(base::Cause(cause), location::USER))
}
