//! A name server of a few lines, written by hand, so that nobody's library stands on both sides.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};

pub(crate) const A: u16 = 1;
const CNAME: u16 = 5;
pub(crate) const SRV: u16 = 33;
pub(crate) const NAPTR: u16 = 35;

/// Time to live and data of each record.
type Records = Vec<(u32, Vec<u8>)>;

#[derive(Default)]
struct State {
    /// By type and name.
    zone: BTreeMap<(u16, String), Records>,
    asked: Vec<(u16, String)>,
    aliases: BTreeMap<String, (u32, String)>,
    /// Names whose answers are too long for a datagram.
    long: Vec<String>,
    over_tcp: usize,
    mute: bool,
}

/// A name server on a loopback port. What is not in its zone does not exist.
#[derive(Clone)]
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// RFC 1035 §3.1
fn name(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        octets.push(label.len() as u8);
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets
}

/// RFC 1035 §3.3: a character string.
fn string(text: &str) -> Vec<u8> {
    [&[text.len() as u8], text.as_bytes()].concat()
}

impl Dns {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let dns = Self { address, state };
        let server = dns.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 2_048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if let Some(reply) = server.reply(&buffer[..length], false) {
                    let _ = socket.send_to(&reply, from);
                }
            }
        });
        // §4.2.2: over TCP each message has its length before it.
        let (listener, server) = (TcpListener::bind(address).unwrap(), dns.clone());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(&mut query).unwrap();
                    server.state.lock().unwrap().over_tcp += 1;
                    let Some(reply) = server.reply(&query, true) else { break };
                    let whole = [&(reply.len() as u16).to_be_bytes()[..], &reply].concat();
                    stream.write_all(&whole).unwrap();
                }
            }
        });
        dns
    }

    /// RFC 1035 §4.1
    fn reply(&self, query: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
        let (mut labels, mut at) = (Vec::new(), 12);
        while query[at] != 0 {
            let length = usize::from(query[at]);
            labels.push(String::from_utf8(query[at + 1..=at + length].to_vec()).unwrap());
            at += length + 1;
        }
        let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
        let asked = (kind, labels.join(".").to_ascii_lowercase());
        let mut state = self.state.lock().unwrap();
        state.asked.push(asked.clone());
        if state.mute {
            return None;
        }
        // §3.6.2: the name that it stands for, and what is asked for there.
        let (mut owner, mut answers) = (asked.1.clone(), Vec::new());
        while let Some((ttl, to)) = state.aliases.get(&owner) {
            answers.push((name(&owner), CNAME, *ttl, name(to)));
            owner.clone_from(to);
        }
        let there = state.zone.get(&(kind, owner.clone())).cloned().unwrap_or_default();
        answers.extend(there.into_iter().map(|(ttl, data)| (name(&owner), kind, ttl, data)));
        let exists = state.zone.keys().any(|(_, name)| *name == owner);
        let truncated = !over_tcp && state.long.contains(&asked.1);
        if truncated {
            answers.clear();
        }
        // A response with recursion; NXDOMAIN where there is no such name.
        let flags = if truncated { 0x83 } else { 0x81 };
        let code = if exists { 0x80 } else { 0x83 };
        let mut reply = [&query[..2], &[flags, code, 0, 1, 0, answers.len() as u8]].concat();
        reply.extend([0; 4]);
        reply.extend(&query[12..at + 5]);
        for (owner, kind, ttl, data) in answers {
            reply.extend(owner);
            reply.extend(kind.to_be_bytes());
            reply.extend(1_u16.to_be_bytes());
            reply.extend(ttl.to_be_bytes());
            reply.extend((data.len() as u16).to_be_bytes());
            reply.extend(data);
        }
        Some(reply)
    }

    fn set(&self, kind: u16, owner: &str, records: Records) {
        self.state.lock().unwrap().zone.insert((kind, owner.to_owned()), records);
    }

    /// The addresses of a name.
    pub(crate) fn a(&self, owner: &str, ttl: u32, addresses: &[Ipv4Addr]) {
        let records = addresses.iter().map(|address| (ttl, address.octets().to_vec()));
        self.set(A, owner, records.collect());
    }

    /// RFC 2782: priority, weight, port, target.
    pub(crate) fn srv(&self, owner: &str, ttl: u32, servers: &[(u16, u16, u16, &str)]) {
        let record = |(priority, weight, port, target): &(u16, u16, u16, &str)| {
            let numbers = [priority, weight, port].map(|number| number.to_be_bytes()).concat();
            (ttl, [numbers, name(target)].concat())
        };
        self.set(SRV, owner, servers.iter().map(record).collect());
    }

    /// RFC 3403 §4.1: order, preference, services, replacement, all with the flag `s`.
    pub(crate) fn naptr(&self, owner: &str, ttl: u32, rules: &[(u16, u16, &str, &str)]) {
        let record = |(order, preference, services, replacement): &(u16, u16, &str, &str)| {
            let numbers = [order, preference].map(|number| number.to_be_bytes()).concat();
            let texts = ["s", services, ""].map(string).concat();
            (ttl, [numbers, texts, name(replacement)].concat())
        };
        self.set(NAPTR, owner, rules.iter().map(record).collect());
    }

    /// A name that stands for another.
    pub(crate) fn alias(&self, owner: &str, ttl: u32, to: &str) {
        self.state.lock().unwrap().aliases.insert(owner.to_owned(), (ttl, to.to_owned()));
    }

    /// What is said about this name is too long for a datagram.
    pub(crate) fn make_long(&self, owner: &str) {
        self.state.lock().unwrap().long.push(owner.to_owned());
    }

    /// How many questions came over TCP.
    pub(crate) fn over_tcp(&self) -> usize {
        self.state.lock().unwrap().over_tcp
    }

    /// Keeps silent from now on, or speaks again.
    pub(crate) fn mute(&self, mute: bool) {
        self.state.lock().unwrap().mute = mute;
    }

    /// How often this was asked.
    pub(crate) fn asked(&self, kind: u16, owner: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.asked.iter().filter(|(k, name)| *k == kind && name == owner).count()
    }
}
