//! A whole gateway without IO: SIP users on one side, the tester behind M3UA on the other.

use crate::phone::{self, LACKS, Phone};
use crate::simulated::{self, Said, Switch};
use base::{Cause, Duration, Instant};
use bytes::Bytes;
use conformance::{Act, Case, Network, Profile, Report};
use gateway::{Bearer, Config, Gateway, Input, MediaConfig, Output, SipTrunk, TargetConfig};
use isup::GroupId;
use isup_codec::Cic;
use mtp::m3ua::{self, Affected, AssociationConfig, AssociationId, Destinations, ProtocolData};
use mtp::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use routing::{Exit, Plan, Rule};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

const OWN: PointCode = PointCode(1);
const PEER: PointCode = PointCode(2);
const ASSOCIATION: AssociationId = AssociationId(0);
const GROUP: GroupId = GroupId(0);
const GATEWAY: &str = "127.0.0.1:5060";
const PHONE: &str = "127.0.0.1:5070";

/// Puts a gateway through the cases.
pub(crate) fn run(cases: impl Iterator<Item = &'static Case>) -> Vec<Report> {
    let now = Instant::from_millis(1_000);
    let mut world = World::new(now);
    world.settle(now);
    simulated::run(&mut world, profile(), cases, now)
}

fn circuits() -> Vec<Cic> {
    (1..=8).map(Cic).collect()
}

fn profile() -> Profile {
    let mut profile = crate::machine::with_timers(Profile::new(circuits(), false));
    for (need, why) in LACKS {
        profile = profile.without(need, why);
    }
    profile
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn config() -> Config {
    let mut mtp = mtp::Config::new(OWN, NetworkIndicator::NATIONAL);
    let association = AssociationConfig::new(ASSOCIATION, m3ua::Role::Asp, vec![PEER]);
    mtp.m3ua.associations.push(association);
    let mut isup = isup::Config::new(OWN);
    isup.groups.push(isup::GroupConfig::new("tester".to_owned(), PEER, circuits()));
    let to_sip = Rule::new("+331990080", vec![Exit::Sip(0)]).only_from(Exit::Circuits(0));
    let rules = vec![Rule::new("+33199", vec![Exit::Circuits(0)]), to_sip];
    Config {
        sip: sip::Config {
            locals: vec![(sip::Transport::Udp, address(GATEWAY))],
            timers: sip::Timers::default(),
            sessions: 64,
            emergency_reserve: 4,
            transactions: 256,
            transaction_reserve: 16,
            progress_repeat: Duration::from_secs(60),
            session_timers: sip::SessionTimers::default(),
            software: "tocsin".to_owned(),
            seed: 1,
            peers: sip::Peers::default(),
            limits: sip_parser::Limits::default(),
        },
        trunks: vec![trunk()],
        targets: TargetConfig::default(),
        mtp,
        isup,
        routing: routing::Config {
            plan: Plan::parse("insee,number,service,long_number,alternates,valid_from,valid_to\n")
                .unwrap(),
            rules,
            exits: vec![Exit::Circuits(0), Exit::Sip(0)],
            ..routing::Config::default()
        },
        call: call::Config { max_calls: 64, emergency_reserve: 8, ..call::Config::default() },
        numbers: interworking::NumberFormat::default(),
        media: MediaConfig {
            address: address(GATEWAY).ip(),
            other: None,
            ports: 16384..=16447,
            contexts: 32,
            emergency_reserve: 2,
            silence: Duration::from_secs(3_600),
        },
        bearers: circuits()
            .into_iter()
            .map(|cic| Bearer { group: GROUP, cic, slot: None })
            .collect(),
        lines: Vec::new(),
        queue: call::QueueLimits::of(256),
        capture: false,
    }
}

fn trunk() -> SipTrunk {
    SipTrunk {
        name: "voip".to_owned(),
        sources: vec![(address("127.0.0.0:0").ip(), 8)],
        reliability: sip::Reliability::Off,
        tls_names: Vec::new(),
        tls_required: false,
        targets: vec![sip::Target::address(sip::Transport::Udp, address(PHONE))],
        options_ping: None,
        keep_alive: None,
        trusted: true,
        session_expires: None,
        redirects: 0,
        listeners: Vec::new(),
    }
}

struct World {
    gateway: Gateway,
    phone: Phone,
    said: VecDeque<Said>,
}

impl World {
    fn new(now: Instant) -> Self {
        let gateway = Gateway::new(config(), now).unwrap();
        let phone = Phone::new(PHONE, GATEWAY, "127.0.0.1:40000", "639980001");
        Self { gateway, phone, said: VecDeque::new() }
    }

    fn input(&mut self, now: Instant, input: Input) {
        self.gateway.handle_input(now, input);
        self.gateway.handle_timeout(now);
    }

    /// Until neither the gateway nor its users have anything more to say at this moment.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.gateway.poll_output() {
                self.gateway_said(now, output);
            } else if let Some(text) = self.phone.out.pop_front() {
                let flow = sip::Flow {
                    transport: sip::Transport::Udp,
                    local: address(GATEWAY),
                    remote: address(PHONE),
                    connection: None,
                    peer: None,
                };
                self.input(now, Input::SipDatagram { flow, bytes: text.into_bytes().into() });
            } else {
                self.said.extend(self.phone.heard.drain(..).map(Said::Heard));
                return;
            }
        }
    }

    fn gateway_said(&mut self, now: Instant, output: Output) {
        match output {
            Output::Sip { bytes, .. } => self.phone.receive(str::from_utf8(&bytes).unwrap()),
            Output::Media(media::Command::Close { context }) => {
                let stats = media::ContextStats::default();
                self.input(now, Input::Media(media::Event::Closed { context, stats }));
            }
            Output::Association { command: m3ua::Command::Connect, .. } => {
                self.associate(now, m3ua::Event::Up);
            }
            Output::Association { command: m3ua::Command::Send { octets, .. }, .. } => {
                self.m3ua_said(now, &octets);
                self.associate(now, m3ua::Event::Written { waiting: 0 });
            }
            _ => {}
        }
    }

    fn associate(&mut self, now: Instant, event: m3ua::Event) {
        self.input(now, Input::Association { association: ASSOCIATION, event });
    }

    fn say(&mut self, now: Instant, message: &m3ua::Message) {
        self.associate(now, m3ua::Event::Received(message.write()));
    }

    fn m3ua_said(&mut self, now: Instant, octets: &Bytes) {
        use m3ua::Message;
        let answer = match Message::read(octets).unwrap() {
            Message::Data(data) => {
                return self.said.push_back(Said::Message(data.protocol.payload));
            }
            Message::AspUp { identifier } => Message::AspUpAck { identifier },
            Message::AspActive { mode, contexts } => Message::AspActiveAck { mode, contexts },
            Message::Daud(asked) => Message::Dava(asked),
            Message::Beat { data } => Message::BeatAck { data },
            _ => return,
        };
        self.say(now, &answer);
    }

    fn operate(&mut self, now: Instant, operation: &str, cics: RangeInclusive<u16>) {
        let operation = match operation {
            "block" => isup::Operation::Block,
            "unblock" => isup::Operation::Unblock,
            "reset" => isup::Operation::Reset,
            _ => isup::Operation::Query,
        };
        let (group, force) = ("tester".to_owned(), false);
        let order = gateway::CircuitOrder { group, cics, operation, force };
        self.gateway.operate(now, &order).unwrap();
    }

    fn network(&mut self, now: Instant, network: Network) {
        use m3ua::Message;
        let destinations =
            Destinations { affected: vec![Affected::one(PEER)], ..Destinations::default() };
        let message = match network {
            Network::Pause => Message::Duna(destinations),
            Network::Resume => Message::Dava(destinations),
            Network::Congested => Message::Scon { destinations, concerned: None, level: Some(1) },
            Network::UserPartUnavailable(cause) => {
                let (user, cause) = (ServiceIndicator::ISUP, u16::from(cause));
                Message::Dupu { destinations, user, cause }
            }
        };
        self.say(now, &message);
    }
}

impl Switch for World {
    fn message(&mut self, now: Instant, payload: &[u8]) {
        let protocol = ProtocolData {
            opc: PEER,
            dpc: OWN,
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            sls: Sls(payload.first().copied().unwrap_or_default() & 15),
            payload: Bytes::copy_from_slice(payload),
        };
        let (appearance, context, correlation) = (None, None, None);
        let data = m3ua::Data { appearance, context, protocol, correlation };
        self.say(now, &m3ua::Message::Data(data));
        self.settle(now);
    }

    fn act(&mut self, now: Instant, act: &Act) {
        if let Some((operation, cics)) = phone::order(act, &circuits()) {
            self.operate(now, operation, cics);
        }
        match act {
            Act::Network(network) => self.network(now, *network),
            Act::Clear => {
                self.phone.act(act);
                self.settle(now);
                self.gateway.release_all(now, Cause::NORMAL_CLEARING);
            }
            other => {
                let done = phone::order(other, &circuits()).is_some() || self.phone.act(other);
                assert!(done, "the profile says that {other} is not done");
            }
        }
        self.settle(now);
    }

    fn timeout(&mut self, now: Instant) {
        self.gateway.handle_timeout(now);
        self.settle(now);
    }

    fn next(&self) -> Option<Instant> {
        self.gateway.poll_timeout().map(|(due, _)| due)
    }

    fn poll(&mut self) -> Option<Said> {
        self.said.pop_front()
    }
}
