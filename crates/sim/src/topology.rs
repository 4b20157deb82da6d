//! The network around the gateway: its configuration and that of the exchange.

use crate::plan::Shape;
use base::{Cause, Duration};
use gateway::{Bearer, Line, MediaConfig, SipTrunk};
use isup::{Continuity, GroupId};
use isup_codec::Cic;
use media::TimeSlot;
use mtp::{LinkConfig, LinkId, NetworkIndicator, PointCode};
use routing::{Exit, Plan, Rule};
use sip::Transport;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the gateway takes SIP.
pub(crate) const GATEWAY: SocketAddr = address(1, 5060);
/// Where calls from the exchange ring.
pub(crate) const CALLEE: SocketAddr = address(1, 5070);
/// Who is called as well where a call forks.
pub(crate) const TWIN: SocketAddr = address(1, 5071);
/// Where junk comes from.
pub(crate) const JUNK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 6, 6, 6)), 6666);
/// The time slot of a signalling link.
pub(crate) const SIGNALLING_SLOT: u8 = 16;
/// RTP without sound for this long ends a call.
pub(crate) const SILENCE: Duration = Duration::from_secs(20);

const GATEWAY_CODE: PointCode = PointCode(1);
const EXCHANGE_CODE: PointCode = PointCode(2);
const NETWORK: NetworkIndicator = NetworkIndicator::NATIONAL;
const GROUP: GroupId = GroupId(0);
const FIRST_PORT: u16 = 16384;

const PLAN: &str = "insee,number,service,long_number,alternates,valid_from,valid_to
*,112,112,0199009400,,,
*,15,SAMU,0199009100,0199009101,,
*,17,police,0199009200,,,
*,18,pompiers,0199009300,,,
";

const fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), port)
}

/// The address of a calling peer, from 0.
pub(crate) const fn caller(number: u8) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 1, number)), 5060)
}

/// The circuits and their time slots: every time slot but those of the links, up to the number
/// wanted. CIC = span × 32 + time slot.
pub(crate) fn circuits(shape: &Shape) -> Vec<(Cic, TimeSlot)> {
    let slots = (0..shape.spans).flat_map(|span| (1..32).map(move |slot| TimeSlot { span, slot }));
    slots
        .filter(|at| !(at.slot == SIGNALLING_SLOT && at.span < shape.links))
        .map(|at| (Cic(at.span * 32 + u16::from(at.slot)), at))
        .take(shape.circuits)
        .collect()
}

/// The gateway.
pub(crate) fn gateway(shape: &Shape, seed: u64) -> gateway::Config {
    let circuits = circuits(shape);
    let circuits_exit = Exit::Circuits(GROUP.0);
    let sip_exit = Exit::Sip(0);
    let numbers = interworking::NumberFormat::default();
    let rules = vec![
        Rule::new("+3319900", vec![circuits_exit]),
        Rule::new("+33199008", vec![sip_exit]).only_from(circuits_exit),
        Rule::refusing("+33199008", Cause::UNALLOCATED),
    ];
    let routing = routing::Config {
        plan: Plan::parse(PLAN).unwrap_or_default(),
        rules,
        exits: vec![circuits_exit, sip_exit],
        ..routing::Config::default()
    };
    gateway::Config {
        sip: sip::Config {
            locals: vec![(Transport::Udp, GATEWAY), (Transport::Tcp, GATEWAY)],
            sessions: 600,
            emergency_reserve: 64,
            transactions: 4_000,
            transaction_reserve: 200,
            ..sip_config(GATEWAY, seed, shape.session)
        },
        trunks: vec![SipTrunk {
            name: "voip".to_owned(),
            sources: vec![(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8)],
            tls_names: Vec::new(),
            tls_required: false,
            targets: vec![sip::Target::address(Transport::Udp, CALLEE)],
            options_ping: None,
            keep_alive: None,
            trusted: true,
            session_expires: Some(shape.session),
            reliability: sip::Reliability::Supported,
            redirects: 0,
            listeners: Vec::new(),
        }],
        targets: gateway::TargetConfig::default(),
        mtp: mtp_config(shape, GATEWAY_CODE, EXCHANGE_CODE),
        isup: isup_config(shape, GATEWAY_CODE, EXCHANGE_CODE, shape.continuity),
        call: call::Config { max_calls: 500, emergency_reserve: 50, ..call::Config::default() },
        numbers,
        routing,
        media: MediaConfig {
            address: GATEWAY.ip(),
            other: None,
            ports: FIRST_PORT..=FIRST_PORT + 2 * shape.contexts as u16,
            contexts: shape.contexts,
            emergency_reserve: (shape.contexts / 8).max(1),
            silence: SILENCE,
        },
        bearers: circuits
            .iter()
            .map(|(cic, slot)| Bearer { group: GROUP, cic: *cic, slot: Some(*slot) })
            .collect(),
        lines: (0..shape.links).map(|span| Line { link: LinkId(span), span }).collect(),
        queue: call::QueueLimits::of(shape.queue),
        capture: true,
    }
}

/// The exchange.
pub(crate) fn exchange(shape: &Shape, seed: u64) -> exchange::Config {
    let slot = |at: TimeSlot| exchange::TimeSlot { span: at.span, slot: at.slot };
    exchange::Config {
        mtp: mtp_config(shape, EXCHANGE_CODE, GATEWAY_CODE),
        isup: isup_config(shape, EXCHANGE_CODE, GATEWAY_CODE, shape.exchange_continuity),
        bearers: circuits(shape).into_iter().map(|(cic, at)| (cic, slot(at))).collect(),
        broken_loops: circuits(shape)
            .into_iter()
            .take(shape.broken_loops)
            .map(|(cic, _)| cic)
            .collect(),
        seed,
        overlap: None,
    }
}

/// A user agent.
pub(crate) fn sip_config(local: SocketAddr, seed: u64, session: Duration) -> sip::Config {
    let min = sip::SessionTimers::default().min.min(session);
    sip::Config {
        locals: vec![(Transport::Udp, local), (Transport::Tcp, local)],
        timers: sip::Timers::default(),
        sessions: 1_000,
        emergency_reserve: 0,
        transactions: 4_000,
        transaction_reserve: 0,
        progress_repeat: Duration::from_secs(60),
        session_timers: sip::SessionTimers { interval: Some(session), min },
        software: "sim".to_owned(),
        seed,
        peers: sip::Peers::default(),
        limits: sip_parser::Limits::default(),
    }
}

fn mtp_config(shape: &Shape, own: PointCode, adjacent: PointCode) -> mtp::Config {
    let mut config = mtp::Config::new(own, NETWORK);
    let link = |id: u16| LinkConfig::new(LinkId(id), adjacent, id as u8);
    config.links = (0..shape.links).map(link).collect();
    config
}

fn isup_config(
    shape: &Shape,
    own: PointCode,
    peer: PointCode,
    continuity: Continuity,
) -> isup::Config {
    let mut config = isup::Config::new(own);
    let cics = circuits(shape).into_iter().map(|(cic, _)| cic).collect();
    config.groups.push(isup::GroupConfig {
        emergency_reserve: shape.emergency_circuits,
        continuity,
        ..isup::GroupConfig::new("pstn", peer, cics)
    });
    config
}
