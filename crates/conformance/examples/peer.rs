//! The tester as a neighbour over M3UA and TCP: the suite against a switch of your own.
//!
//! ```text
//! cargo run -p conformance --example peer -- --connect 192.0.2.1:2905 --own 2 --switch 1 \
//!     --circuits 1-8 --unequipped 40 --number 199008001
//! ```
//!
//! `--connect` is an application server process, `--listen` the signalling gateway that waits for
//! one. Cases that take users of the switch run with `--ask` only: what they are to do is then said
//! here, and done by hand. `--case 1.2` runs the cases whose numbers begin so.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a command for the terminal that ends when anything is wrong"
)]

use base::Instant;
use bytes::Bytes;
use conformance::{Input, Need, Output, Profile, Tester};
use isup_codec::{Cic, NatureOfAddress};
use mtp::m3ua::{Data, Message, ProtocolData};
use mtp::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// What the command line says.
struct Options(BTreeMap<String, String>);

impl Options {
    fn read() -> Self {
        let mut options = BTreeMap::new();
        let mut words = std::env::args().skip(1).peekable();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").unwrap_or_else(|| panic!("what is {word}?"));
            let value = words.next_if(|next| !next.starts_with("--")).unwrap_or_default();
            options.insert(name.to_owned(), value);
        }
        Self(options)
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| default.to_owned())
    }

    fn number(&self, name: &str, default: &str) -> u16 {
        self.text(name, default).parse().unwrap_or_else(|_| panic!("--{name} takes a number"))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn profile(&self) -> Profile {
        let circuits = self.text("circuits", "1-8");
        let (first, last) = circuits.split_once('-').expect("--circuits FIRST-LAST");
        let circuits = (first.parse().unwrap()..=last.parse().unwrap()).map(Cic).collect();
        let controls_even = self.number("switch", "1") > self.number("own", "2");
        let mut profile = Profile::new(circuits, controls_even);
        profile.numbers.reaches =
            (NatureOfAddress::NATIONAL, self.text("number", &profile.numbers.reaches.1));
        profile.unequipped = Cic(self.number("unequipped", &profile.unequipped.to_string()));
        profile.pace.longest = Some(Duration::from_secs(self.number("longest", "60").into()));
        profile.pace.soon = Duration::from_secs(if self.has("ask") { 60 } else { 4 });
        profile.sees_users = false;
        let by_hand = [
            Need::Callers,
            Need::CalledUsers,
            Need::Hold,
            Need::Blocks,
            Need::BlocksGroups,
            Need::Resets,
            Need::ResetsGroups,
            Need::TestsCircuits,
            Need::Queries,
        ];
        for need in by_hand.into_iter().filter(|_| !self.has("ask")) {
            profile = profile.without(need, "nobody is asked (--ask)");
        }
        for need in [Need::Bearers, Need::Network, Need::Overload] {
            profile = profile.without(need, "not done from here");
        }
        profile
    }
}

/// The connection to the switch, once it carries messages.
struct Association {
    stream: TcpStream,
    own: PointCode,
    switch: PointCode,
    context: Option<u32>,
    received: Vec<u8>,
}

impl Association {
    fn open(options: &Options) -> Self {
        let stream = if options.has("listen") {
            let listener = TcpListener::bind(options.text("listen", "")).unwrap();
            listener.accept().unwrap().0
        } else {
            TcpStream::connect(options.text("connect", "127.0.0.1:2905")).unwrap()
        };
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        let context = options.has("context").then(|| options.number("context", "0").into());
        let (own, switch) = (options.number("own", "2"), options.number("switch", "1"));
        let (own, switch) = (PointCode(own.into()), PointCode(switch.into()));
        let mut association = Self { stream, own, switch, context, received: Vec::new() };
        if !options.has("listen") {
            association.say(&Message::AspUp { identifier: None });
            association.wait(|message| matches!(message, Message::AspUpAck { .. }));
            let contexts = association.context.into_iter().collect();
            association.say(&Message::AspActive { mode: None, contexts });
            association.wait(|message| matches!(message, Message::AspActiveAck { .. }));
        } else {
            association.wait(|message| matches!(message, Message::AspActive { .. }));
        }
        association
    }

    fn say(&mut self, message: &Message) {
        self.stream.write_all(&message.write()).unwrap();
    }

    fn wait(&mut self, is_it: impl Fn(&Message) -> bool) {
        while !self.next().as_ref().is_some_and(&is_it) {}
    }

    /// The next message, if one is there; what M3UA itself asks is answered.
    fn next(&mut self) -> Option<Message> {
        let mut buffer = [0; 4_096];
        match self.stream.read(&mut buffer) {
            Ok(0) => panic!("the switch closed the connection"),
            Ok(length) => self.received.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
        let length = self.received.get(4..8)?.try_into().unwrap();
        let length = u32::from_be_bytes(length) as usize;
        if self.received.len() < length {
            return None;
        }
        let octets: Bytes = self.received.drain(..length).collect();
        let message = Message::read(&octets).unwrap_or_else(|error| panic!("{error}"));
        let answer = match &message {
            Message::AspUp { .. } => Some(Message::AspUpAck { identifier: None }),
            Message::AspActive { mode, contexts } => {
                Some(Message::AspActiveAck { mode: *mode, contexts: contexts.clone() })
            }
            Message::Daud(asked) => Some(Message::Dava(asked.clone())),
            Message::Beat { data } => Some(Message::BeatAck { data: data.clone() }),
            _ => None,
        };
        if let Some(answer) = answer {
            self.say(&answer);
        }
        Some(message)
    }

    fn send(&mut self, payload: Bytes) {
        let protocol = ProtocolData {
            opc: self.own,
            dpc: self.switch,
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            sls: Sls(payload[0] & 15),
            payload,
        };
        let (appearance, context, correlation) = (None, self.context, None);
        self.say(&Message::Data(Data { appearance, context, protocol, correlation }));
    }
}

fn main() {
    let options = Options::read();
    let mut association = Association::open(&options);
    let begin = std::time::Instant::now();
    let now = || Instant::ZERO + begin.elapsed();
    let picked = options.text("case", "");
    let cases = conformance::all().filter(|case| case.number.starts_with(&picked));
    let mut tester = Tester::new(options.profile(), cases, now());
    let mut reports = Vec::new();
    while !tester.is_finished() {
        if let Some(Message::Data(data)) = association.next() {
            tester.handle_input(now(), Input::Message(&data.protocol.payload));
        }
        tester.handle_timeout(now());
        while let Some(output) = tester.poll_output() {
            match output {
                Output::Send(payload) => association.send(payload),
                Output::Act(act) => println!("  please: {act}"),
                Output::Report(report) => {
                    println!("{report}");
                    reports.push(*report);
                }
            }
        }
    }
    println!("{}", conformance::summary(&reports));
}
