//! A gateway, its line to an exchange, and the wires of the SIP side.

use crate::{Bearer, Config, Gateway, Input, Line, MediaConfig, Output, SipTrunk, TargetConfig};
use base::{Duration, Instant};
use bytes::Bytes;
use isup::{Backward, Event, GroupId};
use isup_codec::{CauseIndicators, Cic, Iam};
use mtp::{LineInput, LinkId, SignalUnit};
use routing::{Exit, Plan, Rule};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

const GATEWAY: mtp::PointCode = mtp::PointCode(1);
const EXCHANGE: mtp::PointCode = mtp::PointCode(2);
const LINK: LinkId = LinkId(0);
pub(crate) const GROUP: GroupId = GroupId(0);
pub(crate) const CIRCUITS: u16 = 8;
pub(crate) const RESERVE: usize = 2;

pub(crate) const PLAN: &str = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
    *,15,samu,+33199009100,,,\n\
    *,17,police,+33199009200,,,\n\
    *,18,fire,+33199009300,,,\n\
    *,112,europe,+33199009400,+33199009401,,\n";

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn cics() -> Vec<Cic> {
    (1..=CIRCUITS).map(Cic).collect()
}

fn mtp_config(own: mtp::PointCode, adjacent: mtp::PointCode) -> mtp::Config {
    let mut config = mtp::Config::new(own, mtp::NetworkIndicator::NATIONAL);
    config.links.push(mtp::LinkConfig::new(LINK, adjacent, 0));
    config
}

fn isup_config(own: mtp::PointCode, peer: mtp::PointCode) -> isup::Config {
    let mut config = isup::Config::new(own);
    config.groups.push(isup::GroupConfig {
        emergency_reserve: RESERVE,
        ..isup::GroupConfig::new("paris", peer, cics())
    });
    config
}

pub(crate) fn sip_config() -> sip::Config {
    sip::Config {
        locals: vec![
            (sip::Transport::Udp, address("127.0.0.1:5060")),
            (sip::Transport::Tcp, address("127.0.0.1:5060")),
        ],
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
    }
}

pub(crate) fn config() -> Config {
    let to_pstn = vec![Exit::Circuits(0)];
    let mut refused = Rule::refusing("+331990080", base::Cause::UNALLOCATED);
    refused.from = Some(Exit::Sip(0));
    let to_sip = Rule::new("+331990080", vec![Exit::Sip(0)]).only_from(Exit::Circuits(0));
    let bearer = |cic: Cic| {
        let slot = media::TimeSlot { span: 0, slot: u8::try_from(cic.0).unwrap() };
        Bearer { group: GROUP, cic, slot: Some(slot) }
    };
    Config {
        sip: sip_config(),
        trunks: vec![SipTrunk {
            name: "voip".to_owned(),
            sources: vec![(address("127.0.0.0:0").ip(), 8)],
            reliability: sip::Reliability::Supported,
            tls_names: Vec::new(),
            tls_required: false,
            targets: vec![sip::Target::address(sip::Transport::Udp, address("127.0.0.1:5070"))],
            options_ping: None,
            keep_alive: None,
            trusted: true,
            session_expires: Some(Duration::from_secs(1_800)),
            redirects: 0,
            listeners: Vec::new(),
        }],
        targets: TargetConfig::default(),
        mtp: mtp_config(GATEWAY, EXCHANGE),
        isup: isup_config(GATEWAY, EXCHANGE),
        routing: routing::Config {
            plan: Plan::parse(PLAN).unwrap(),
            rules: vec![Rule::new("+33199", to_pstn), refused, to_sip],
            exits: vec![Exit::Circuits(0), Exit::Sip(0)],
            ..routing::Config::default()
        },
        call: call::Config { max_calls: 64, emergency_reserve: 8, ..call::Config::default() },
        numbers: interworking::NumberFormat::default(),
        media: MediaConfig {
            address: address("127.0.0.1:0").ip(),
            other: None,
            ports: 16384..=16447,
            contexts: 32,
            emergency_reserve: 2,
            silence: Duration::from_secs(60),
        },
        bearers: cics().into_iter().map(bearer).collect(),
        lines: vec![Line { link: LINK, span: 0 }],
        queue: call::QueueLimits::of(256),
        capture: false,
    }
}

/// What travels on the line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Gateway,
    Exchange,
}

impl End {
    const fn other(self) -> Self {
        match self {
            Self::Gateway => Self::Exchange,
            Self::Exchange => Self::Gateway,
        }
    }
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) gateway: Gateway,
    pub(crate) exchange: isup::Isup,
    exchange_mtp: mtp::Mtp,
    /// When the last unit of each end has gone out.
    busy: BTreeMap<End, Instant>,
    line: BTreeMap<(Instant, u64), (End, LineInput)>,
    line_count: u64,
    /// What each end repeats.
    fill: BTreeMap<End, SignalUnit>,
    /// Cut: whatever is sent is lost.
    cut: bool,
    /// Whether the exchange's user part hears and says nothing, while its links work.
    pub(crate) mute: bool,
    /// What the gateway sent on the SIP side.
    pub(crate) sip: VecDeque<(sip::Flow, String)>,
    /// The listener that datagrams come to.
    pub(crate) local: SocketAddr,
    pub(crate) questions: Vec<sip::Question>,
    /// Where the targets of each trunk are.
    pub(crate) neighbours: Vec<Vec<std::net::IpAddr>>,
    pub(crate) closed_connections: Vec<sip::ConnectionId>,
    pub(crate) media: Vec<media::Command>,
    /// Contexts whose port cannot be opened.
    pub(crate) broken_ports: Vec<media::ContextId>,
    /// What happened at the exchange.
    pub(crate) events: VecDeque<Event>,
    pub(crate) records: Vec<call::Cdr>,
    pub(crate) set_up: Vec<(base::Class, Duration)>,
    /// Message signal units, and whether the gateway sent them.
    pub(crate) captured: Vec<(bool, Bytes)>,
}

impl World {
    /// A world whose link is in service and whose circuits are idle.
    pub(crate) fn new() -> Self {
        let mut world = Self::cold(config());
        world.until(|world| world.gateway.is_ready() && world.exchange.is_usable(GROUP));
        world.run(Duration::from_millis(200));
        world.events.clear();
        world
    }

    /// A world that has only just begun.
    pub(crate) fn cold(config: Config) -> Self {
        let now = Instant::from_millis(1000);
        let link = LINK;
        let mut exchange_mtp = mtp::Mtp::new(mtp_config(EXCHANGE, GATEWAY), now).unwrap();
        exchange_mtp.handle_input(now, mtp::Input::Activate { link });
        let mut world = Self {
            now,
            gateway: Gateway::new(config, now).unwrap(),
            exchange: isup::Isup::new(isup_config(EXCHANGE, GATEWAY), now).unwrap(),
            exchange_mtp,
            busy: BTreeMap::new(),
            line: BTreeMap::new(),
            line_count: 0,
            fill: BTreeMap::new(),
            cut: false,
            mute: false,
            sip: VecDeque::new(),
            closed_connections: Vec::new(),
            local: address("127.0.0.1:5060"),
            questions: Vec::new(),
            neighbours: Vec::new(),
            media: Vec::new(),
            broken_ports: Vec::new(),
            events: VecDeque::new(),
            records: Vec::new(),
            set_up: Vec::new(),
            captured: Vec::new(),
        };
        world.settle();
        world
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.gateway.handle_input(self.now, input);
        self.gateway.handle_timeout(self.now);
        self.settle();
    }

    /// A datagram from the user agent.
    pub(crate) fn datagram(&mut self, from: SocketAddr, text: &str) {
        self.octets(from, text.as_bytes());
    }

    pub(crate) fn octets(&mut self, from: SocketAddr, octets: &[u8]) {
        let flow = sip::Flow {
            transport: sip::Transport::Udp,
            local: self.local,
            remote: from,
            connection: None,
            peer: None,
        };
        self.input(Input::SipDatagram { flow, bytes: Bytes::copy_from_slice(octets) });
    }

    /// The line breaks, or is whole again; both ends see it.
    pub(crate) fn cut(&mut self, cut: bool) {
        self.cut = cut;
        let link = LINK;
        let input =
            if cut { mtp::Input::LineFailed { link } } else { mtp::Input::LineRestored { link } };
        self.exchange_mtp.handle_input(self.now, input);
        self.input(Input::SpanState { span: 0, up: !cut });
        for (from, unit) in self.fill.clone() {
            self.transmit(from, unit, false);
        }
    }

    /// Lets the exchange act.
    pub(crate) fn at_exchange<T>(&mut self, act: impl FnOnce(&mut isup::Isup, Instant) -> T) -> T {
        let result = act(&mut self.exchange, self.now);
        self.settle();
        result
    }

    pub(crate) fn backward(&mut self, call: isup::CallId, what: Backward) {
        self.at_exchange(|exchange, now| exchange.backward(now, call, what));
        self.run(Duration::from_millis(50));
    }

    pub(crate) fn exchange_releases(&mut self, call: isup::CallId, cause: u8) {
        let cause = CauseIndicators::new(base::Cause(cause), call::location::PUBLIC_LOCAL);
        self.at_exchange(|exchange, now| exchange.release(now, call, cause));
        self.run(Duration::from_millis(50));
    }

    /// The next thing that happens at the exchange, within a second.
    pub(crate) fn event(&mut self) -> Event {
        let deadline = self.now + Duration::from_secs(1);
        while self.events.is_empty() && self.now < deadline {
            self.run(Duration::from_millis(5));
        }
        self.events.pop_front().expect("nothing happens at the exchange")
    }

    /// A call arrives at the exchange.
    pub(crate) fn iam(&mut self) -> (isup::CallId, Cic, Iam) {
        match self.event() {
            Event::Incoming { call, cic, iam, .. } => (call, cic, *iam),
            other => panic!("instead of an IAM: {other:?}"),
        }
    }

    /// The gateway releases this call with this cause.
    pub(crate) fn rel(&mut self, call: isup::CallId) -> u8 {
        loop {
            match self.event() {
                Event::Released { call: released, cause, .. } if released == call => {
                    return cause.cause.0;
                }
                Event::Ended { call: ended } if ended != call => {}
                other => panic!("instead of a REL: {other:?}"),
            }
        }
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
        self.settle();
    }

    pub(crate) fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let deadline = self.now + Duration::from_secs(120);
        while !done(self) {
            assert!(self.now < deadline, "it never happens");
            self.run(Duration::from_millis(10));
        }
    }

    /// Everything has ended; then nothing is left.
    pub(crate) fn quiet(&mut self) {
        self.until(|world| world.gateway.is_idle() && world.exchange.calls() == 0);
        self.run(Duration::from_secs(40));
        assert_eq!(self.gateway.sip().transactions(), 0);
        let busy: Vec<_> =
            self.gateway.circuits().into_iter().filter(|c| c.state != "idle").collect();
        assert!(busy.is_empty(), "{busy:?}");
        let opened = self.media.iter().filter(|c| matches!(c, media::Command::Open { .. }));
        let closed = self.media.iter().filter(|c| matches!(c, media::Command::Close { .. }));
        assert_eq!(opened.count(), closed.count());
    }

    fn next(&self) -> Option<Instant> {
        let deadlines = [
            self.gateway.poll_timeout().map(|(deadline, _)| deadline),
            self.exchange.poll_timeout().map(|(deadline, _)| deadline),
            self.exchange_mtp.poll_timeout().map(|(deadline, _)| deadline),
            self.line.first_key_value().map(|((deadline, _), _)| *deadline),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.line.first_entry().filter(|entry| entry.key().0 <= now) {
            let (to, event) = entry.remove();
            match to {
                End::Gateway => {
                    let event = match event {
                        LineInput::SignalUnit(unit) => tdm::LineEvent::SignalUnit(
                            tdm::Unit::from_slice(unit.as_slice()).unwrap(),
                        ),
                        LineInput::Transmitted => tdm::LineEvent::Transmitted,
                        other => panic!("{other:?}"),
                    };
                    self.gateway.handle_input(now, Input::Line { link: LINK, event });
                }
                End::Exchange => {
                    self.exchange_mtp.handle_input(now, mtp::Input::Line { link: LINK, event });
                }
            }
            self.settle();
        }
        self.gateway.handle_timeout(now);
        self.exchange.handle_timeout(now);
        self.exchange_mtp.handle_timeout(now);
        self.settle();
    }

    /// Until nobody has anything more to say at this moment.
    fn settle(&mut self) {
        loop {
            if let Some(output) = self.gateway.poll_output() {
                self.gateway_said(output);
            } else if let Some(output) = self.exchange_mtp.poll_output() {
                self.exchange_mtp_said(output);
            } else if let Some(output) = self.exchange.poll_output() {
                match output {
                    isup::Output::Mtp(_) if self.mute => {}
                    isup::Output::Mtp(transfer) => {
                        self.exchange_mtp.handle_input(self.now, mtp::Input::Transfer(transfer));
                    }
                    isup::Output::Event(event) => self.events.push_back(event),
                }
            } else {
                return;
            }
        }
    }

    fn gateway_said(&mut self, output: Output) {
        match output {
            Output::Sip { flow, bytes, .. } => {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                self.sip.push_back((flow, text));
            }
            Output::SipClose { connection } => self.closed_connections.push(connection),
            Output::Resolve { question } => self.questions.push(question),
            Output::Neighbours { addresses } => self.neighbours = addresses,
            Output::Line { command, .. } => {
                let unit = |unit: tdm::Unit| SignalUnit::from_slice(unit.as_slice()).unwrap();
                match command {
                    tdm::LineCommand::Send(sent) => self.transmit(End::Gateway, unit(sent), true),
                    tdm::LineCommand::Fill(fill) => self.transmit(End::Gateway, unit(fill), false),
                    tdm::LineCommand::Silence => {}
                }
            }
            Output::Media(command) => {
                self.media.push(command);
                let event = match command {
                    media::Command::Close { context } => {
                        media::Event::Closed { context, stats: media::ContextStats::default() }
                    }
                    media::Command::Open { context, .. }
                        if self.broken_ports.contains(&context) =>
                    {
                        media::Event::OpenFailed { context }
                    }
                    _ => return,
                };
                self.gateway.handle_input(self.now, Input::Media(event));
            }
            Output::Cdr(cdr) => self.records.push(cdr),
            Output::SetUp { class, delay } => self.set_up.push((class, delay)),
            Output::Association { .. } => {}
            Output::Msu { outgoing, msu, .. } => self.captured.push((outgoing, msu)),
        }
    }

    fn exchange_mtp_said(&mut self, output: mtp::Output) {
        match output {
            mtp::Output::Send { unit, .. } => self.transmit(End::Exchange, unit, true),
            mtp::Output::Fill { unit, .. } => self.transmit(End::Exchange, unit, false),
            mtp::Output::Indication(indication) => {
                self.exchange.handle_input(self.now, isup::Input::Mtp(indication));
            }
            _ => {}
        }
    }

    /// 64 kbit/s: an octet each 125 µs, a flag and two check octets more. Of a repeated unit only
    /// the first copy counts.
    fn transmit(&mut self, from: End, unit: SignalUnit, once: bool) {
        let octets = u32::try_from(unit.as_slice().len() + 3).unwrap();
        let start = self.busy.get(&from).map_or(self.now, |busy| self.now.max(*busy));
        let end = start + Duration::from_micros(125) * octets;
        if !once {
            self.fill.insert(from, unit);
        }
        if once {
            self.busy.insert(from, end);
            self.schedule(end, from, LineInput::Transmitted);
        }
        if !self.cut {
            self.schedule(end, from.other(), LineInput::SignalUnit(unit));
        }
    }

    fn schedule(&mut self, at: Instant, to: End, event: LineInput) {
        self.line_count += 1;
        self.line.insert((at, self.line_count), (to, event));
    }
}
