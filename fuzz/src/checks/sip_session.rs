//! The session core under any sequence of messages, timers, failures and wishes of its user:
//! what it sends can be read, what it says is bounded, every session ends exactly once, and when
//! all is over nothing is left.

mod peer;

use std::collections::BTreeSet;

use base::{Class, Duration, Instant};
use bytes::Bytes;
use sip::{
    Codec, Config, ConnectionId, EarlyPolicy, Event, Flow, Input, LocalMedia, Outgoing, Output,
    Patience, Peers, Redirects, Release, Reliability, RequestId, SessionId, SessionTimers, Sip,
    Timers, Transport,
};
use sip_parser::{Limits, Message, ParseError};

/// Octets that are read: each is a command or part of one.
const STEPS_MAX: usize = 400;
/// Outputs of one input: every session and transaction may have a word.
const OUTPUTS_MAX: usize = 400;
/// What has been sent and can be answered.
const SENT_MAX: usize = 64;

pub(crate) fn check(data: &[u8]) {
    let mut world = World::new();
    let mut script = Script(data.get(..STEPS_MAX).unwrap_or(data));
    while let Some(command) = script.next() {
        world.step(command, &mut script);
        world.drain();
    }
    world.rest();
}

/// What the fuzzer wants.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn octet(&mut self) -> u8 {
        self.next().unwrap_or_default()
    }

    fn index(&mut self, len: usize) -> usize {
        usize::from(self.octet()) % len.max(1)
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }
}

/// A core, its user and its peers.
struct World {
    sip: Sip,
    now: Instant,
    live: BTreeSet<SessionId>,
    ended: BTreeSet<SessionId>,
    asked: BTreeSet<RequestId>,
    sent: Vec<(Flow, Message)>,
}

fn us() -> std::net::SocketAddr {
    "192.0.2.1:5060".parse().expect("an address")
}

/// UDP, two connections, and a TCP peer that is not connected.
fn flow(which: usize) -> Flow {
    let remote = format!("192.0.2.{}:5060", 10 + which).parse().expect("an address");
    let (transport, connection) = match which % 4 {
        0 | 1 => (Transport::Udp, None),
        2 => (Transport::Tcp, Some(ConnectionId(1))),
        _ => (Transport::Tcp, None),
    };
    Flow { transport, local: us(), remote, connection, peer: None }
}

fn media(script: &mut Script<'_>) -> LocalMedia {
    let codecs = match script.index(4) {
        0 => vec![Codec::Pcma],
        1 => vec![Codec::Pcmu],
        _ => vec![Codec::Pcma, Codec::Pcmu],
    };
    LocalMedia { address: "192.0.2.1:16384".parse().expect("an address"), other: None, codecs }
}

impl World {
    fn new() -> Self {
        let config = Config {
            locals: vec![(Transport::Udp, us()), (Transport::Tcp, us())],
            timers: Timers::default(),
            sessions: 8,
            emergency_reserve: 2,
            transactions: 32,
            transaction_reserve: 8,
            progress_repeat: Duration::from_secs(60),
            session_timers: SessionTimers::default(),
            software: String::new(),
            seed: 1,
            peers: Peers::default(),
            limits: Limits::default(),
        };
        let now = Instant::ZERO;
        Self {
            sip: Sip::new(config, now).expect("a configuration"),
            now,
            live: BTreeSet::new(),
            ended: BTreeSet::new(),
            asked: BTreeSet::new(),
            sent: Vec::new(),
        }
    }

    fn step(&mut self, command: u8, script: &mut Script<'_>) {
        match command % 16 {
            0 => self.receive(script.index(4), class(script), peer::invite(script)),
            1 => {
                let count = usize::from(script.octet());
                let raw = script.take(count);
                self.receive(script.index(4), Class::Ordinary, raw);
            }
            2 | 3 => {
                if let Some((flow, message)) = self.some_sent(script) {
                    self.receive_on(flow, class(script), peer::response(&message, script));
                }
            }
            4..=6 => {
                if let Some((flow, message)) = self.some_sent(script) {
                    self.receive_on(flow, class(script), peer::request(&message, script));
                }
            }
            7 => self.place(script),
            8 => self.progress(script),
            9 => {
                if let Some(session) = self.some_live(script) {
                    self.sip.answer(self.now, session, &media(script), &[]);
                }
            }
            10 => {
                if let Some(session) = self.some_live(script) {
                    self.release(session, 400 + u16::from(script.octet() % 200));
                }
            }
            11 => {
                if let Some(session) = self.some_live(script) {
                    self.sip.set_held(self.now, session, script.octet() % 2 == 1);
                }
            }
            12 => self.fail(script),
            13 => self.outside(script),
            14 => self.pass(Duration::from_millis(u64::from(script.octet()) * 40)),
            _ => {
                if let Some((at, _)) = self.sip.poll_timeout() {
                    self.now = self.now.max(at);
                    self.sip.handle_timeout(self.now);
                }
            }
        }
    }

    fn receive(&mut self, which: usize, class: Class, octets: Vec<u8>) {
        self.receive_on(flow(which), class, octets);
    }

    fn receive_on(&mut self, flow: Flow, class: Class, octets: Vec<u8>) {
        let input = match Message::parse(Bytes::from(octets), &Limits::default()) {
            Ok(message) => Input::Message { flow, class, peer: None, message },
            Err(ParseError::Broken(broken)) => Input::Broken { flow, class, broken },
            Err(ParseError::NotSip) => return,
        };
        self.sip.handle_input(self.now, input);
    }

    fn some_sent(&self, script: &mut Script<'_>) -> Option<(Flow, Message)> {
        // The last ones are the most interesting.
        let back = script.index(self.sent.len().min(SENT_MAX));
        self.sent.iter().rev().nth(back).cloned()
    }

    fn some_live(&self, script: &mut Script<'_>) -> Option<SessionId> {
        self.live.iter().nth(script.index(self.live.len())).copied()
    }

    fn place(&mut self, script: &mut Script<'_>) {
        let spare = (0..script.index(3)).map(|_| sip::Hop {
            flow: flow(script.index(4)),
            request_uri: "sip:spare@192.0.2.20".to_owned(),
        });
        let spare = spare.collect();
        let (flow, media, wish) = (flow(script.index(4)), media(script), script.octet());
        let reliability = match wish >> 1 & 3 {
            0 => Reliability::Off,
            1 => Reliability::Required,
            _ => Reliability::Supported,
        };
        let out = Outgoing {
            peer: None,
            flow,
            request_uri: "sip:+33199000000@192.0.2.10".to_owned(),
            from: "<sip:a@192.0.2.1>".to_owned(),
            to: "<sip:b@192.0.2.10>".to_owned(),
            max_forwards: 70,
            headers: Vec::new(),
            media,
            spare,
            patience: Patience { while_others: Some(Duration::from_secs(4)), last: None },
            redirects: Redirects {
                most: u8::from(wish & 16 != 0),
                within: vec![("192.0.2.0".parse().expect("an address"), 24)],
            },
            session_expires: (wish % 2 == 1).then(|| Duration::from_secs(1_800)),
            early: EarlyPolicy { reliability, gated: wish & 8 != 0 },
        };
        if let Ok(session) = self.sip.invite(self.now, class(script), out) {
            self.begins(session);
        }
    }

    fn progress(&mut self, script: &mut Script<'_>) {
        let Some(session) = self.some_live(script) else { return };
        let media = media(script);
        let media = (script.octet() % 2 == 1).then_some(&media);
        let status = 101 + u16::from(script.octet() % 99);
        self.sip.progress(self.now, session, status, "Progress", &[], media);
    }

    fn release(&mut self, session: SessionId, status: u16) {
        let release = Release {
            status,
            phrase: "Because",
            reason: Some("Q.850;cause=16".to_owned()),
            retry_after: None,
        };
        self.sip.release(self.now, session, &release);
    }

    fn fail(&mut self, script: &mut Script<'_>) {
        let flow = flow(script.index(4));
        let connection = ConnectionId(u64::from(script.octet() % 3));
        let input = match script.index(6) {
            0 => Input::SendFailed { flow },
            1 => Input::Closed { connection },
            3 => Input::Unreachable { flow },
            4 => Input::HalfClosed { connection },
            5 => Input::Idle { connection },
            _ => Input::Connected { flow: Flow { connection: Some(connection), ..flow } },
        };
        self.sip.handle_input(self.now, input);
    }

    fn outside(&mut self, script: &mut Script<'_>) {
        if script.octet().is_multiple_of(4) {
            if let Some(request) = self.asked.pop_first() {
                assert!(self.sip.give_up(request), "it was awaited");
                assert!(!self.sip.give_up(request), "it is awaited no longer");
            }
            return;
        }
        let (flow, uri) = (flow(script.index(4)), "sip:192.0.2.10".to_owned());
        if let Ok(request) = self.sip.options(self.now, class(script), flow, uri) {
            assert!(self.asked.insert(request), "{request:?} is used already");
        }
    }

    fn begins(&mut self, session: SessionId) {
        assert!(!self.ended.contains(&session), "{session} begins anew");
        assert!(self.live.insert(session), "{session} begins twice");
    }

    fn drain(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.sip.poll_output() {
            outputs += 1;
            assert!(outputs <= OUTPUTS_MAX, "no end of outputs");
            match output {
                Output::Send { flow, bytes, .. } => {
                    let message = Message::parse(bytes, &Limits::default());
                    let message = message.expect("what is sent can be read");
                    if self.sent.len() == SENT_MAX {
                        self.sent.remove(0);
                    }
                    self.sent.push((flow, message));
                }
                Output::Close { .. } => {}
                Output::Event(event) => self.hear(event),
            }
        }
        assert!(self.sip.sessions() <= 8 && self.sip.transactions() <= 32);
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Incoming { session, .. } => self.begins(session),
            Event::Refused { .. } => {}
            Event::Ended { session } => {
                assert!(self.live.remove(&session), "{session} ends twice");
                self.ended.insert(session);
            }
            Event::Replied { request, .. } | Event::Unanswered { request, .. } => {
                assert!(self.asked.remove(&request), "{request:?} was not asked");
            }
            Event::Progress { session, .. }
            | Event::Answered { session, .. }
            | Event::Acknowledged { session, .. }
            | Event::Media { session, .. }
            | Event::Released { session, .. }
            | Event::Key { session, .. }
            | Event::Ready { session }
            | Event::HopFailed { session, .. } => {
                assert!(self.live.contains(&session), "{session} is dead and speaks");
            }
        }
    }

    /// Runs every timer that is due within `span`.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        let mut runs = 0;
        while let Some((at, timer)) = self.sip.poll_timeout().filter(|(at, _)| *at <= end) {
            runs += 1;
            assert!(runs < 20_000, "{timer:?} runs for ever");
            self.now = self.now.max(at);
            self.sip.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// The user ends every call, and nobody says a word for a day.
    fn rest(&mut self) {
        self.pass(Duration::from_secs(60));
        for session in self.live.clone() {
            self.release(session, 500);
            self.drain();
        }
        self.pass(Duration::from_secs(86_400));
        assert!(self.live.is_empty(), "{:?} did not end", self.live);
        assert!(self.asked.is_empty(), "{:?} were not answered", self.asked);
        assert_eq!((self.sip.sessions(), self.sip.transactions()), (0, 0));
        assert_eq!(self.sip.poll_timeout(), None);
    }
}

fn class(script: &mut Script<'_>) -> Class {
    if script.octet() % 8 == 7 { Class::Emergency } else { Class::Ordinary }
}
