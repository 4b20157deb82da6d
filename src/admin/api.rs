//! What the admin API says, in both directions. The command line reads what the server writes, so
//! each shape stands here once.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET /api/v1/status`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) version: String,
    /// Whether calls are taken.
    pub(crate) ready: bool,
    /// Whether the gateway is about to stop.
    pub(crate) draining: bool,
    pub(crate) uptime_seconds: u64,
    /// Calls by class.
    pub(crate) active: BTreeMap<String, u32>,
    /// Waiting messages by class.
    pub(crate) queued: BTreeMap<String, u32>,
    pub(crate) groups: Vec<Group>,
    pub(crate) links: Vec<Link>,
    #[serde(default)]
    pub(crate) associations: Vec<Association>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// Circuits by state.
    pub(crate) circuits: BTreeMap<String, u32>,
    #[serde(default)]
    pub(crate) congestion: Congestion,
}

/// How congested the exchange at the other end of a group is (Q.764 §2.10, §2.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Congestion {
    /// By how many steps the load is lowered.
    pub(crate) step: u8,
    /// The level that it tells us; 0: none.
    pub(crate) level: u8,
    /// Percent of the ordinary calls.
    pub(crate) held_back: u8,
    /// The level that we tell it; 0: none.
    pub(crate) told: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) link: u16,
    pub(crate) in_service: bool,
}

/// `GET /api/v1/links`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Links {
    pub(crate) links: Vec<LinkDetails>,
    pub(crate) link_sets: Vec<LinkSet>,
    pub(crate) associations: Vec<Association>,
    pub(crate) destinations: Vec<Destination>,
}

/// A signalling link of MTP2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkDetails {
    pub(crate) link: u16,
    /// The signalling point at its other end.
    pub(crate) adjacent: u32,
    /// Signalling link code.
    pub(crate) slc: u8,
    /// The state of level 2 by its name in Q.703, or `link test`, `inhibited`, `inhibited by the
    /// peer`.
    pub(crate) state: String,
    pub(crate) in_service: bool,
    pub(crate) news: News,
    /// Messages waiting to be sent.
    pub(crate) queued: usize,
    /// Messages sent and not acknowledged.
    pub(crate) outstanding: usize,
    /// What happened, and how often.
    pub(crate) counters: BTreeMap<String, u64>,
}

/// Since when something carries traffic, or does not, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct News {
    /// RFC 3339, UTC.
    pub(crate) since: String,
    pub(crate) seconds: u64,
    pub(crate) reason: String,
}

/// The links to one neighbour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkSet {
    /// The neighbour.
    pub(crate) adjacent: u32,
    pub(crate) links: Vec<u16>,
    /// How many of them are.
    pub(crate) in_service: usize,
    pub(crate) news: News,
    /// Messages held back by changeovers and changebacks.
    pub(crate) held: usize,
    /// What happened, and how often.
    pub(crate) counters: BTreeMap<String, u64>,
}

/// A signalling point to which messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) point_code: u32,
    pub(crate) available: bool,
    /// The ways to it over links, the best first.
    pub(crate) routes: Vec<SignallingRoute>,
}

/// A way to a signalling point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignallingRoute {
    /// The neighbour.
    pub(crate) adjacent: u32,
    /// The lower is taken first.
    pub(crate) priority: u8,
    /// What the neighbour says of it: `allowed`, `restricted`, `prohibited`
    pub(crate) state: String,
    /// Whether it carries traffic.
    pub(crate) in_use: bool,
}

/// One of `GET /api/v1/alarms`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    /// What is wrong.
    pub(crate) alarm: String,
    /// `span`, `link`, `association`, `destination`, `group`, `circuit`
    pub(crate) kind: String,
    /// Which of these: a number, a name, `group/cic`.
    pub(crate) name: String,
    /// RFC 3339, UTC.
    pub(crate) since: String,
    pub(crate) seconds: u64,
    /// When it was raised last. RFC 3339, UTC.
    pub(crate) last: String,
    /// How often it was raised.
    pub(crate) times: u64,
    /// Why, or how many, where that is known.
    pub(crate) detail: String,
}

/// An association of M3UA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Association {
    pub(crate) name: String,
    pub(crate) connected: bool,
    /// `ASP-DOWN`, `ASP-INACTIVE`, `ASP-ACTIVE`: what we are to the peer.
    pub(crate) ours: String,
    /// What the peer is to us.
    pub(crate) peers: String,
    pub(crate) in_service: bool,
    /// Messages waiting to be sent.
    pub(crate) queued: usize,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// Times that it was lost, or did not come up.
    pub(crate) failed: u64,
    #[serde(default)]
    pub(crate) news: News,
    /// What happened, and how often.
    #[serde(default)]
    pub(crate) counters: BTreeMap<String, u64>,
}

/// One of `GET /api/v1/calls`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) class: String,
    pub(crate) phase: String,
    pub(crate) ingress: String,
    pub(crate) egress: String,
    pub(crate) calling: String,
    pub(crate) called: String,
    pub(crate) circuit: Option<String>,
    /// RFC 3339, UTC.
    pub(crate) arrived: String,
    pub(crate) seconds: u64,
}

/// One of `GET /api/v1/circuits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Circuit {
    pub(crate) group: String,
    pub(crate) cic: u16,
    pub(crate) state: String,
    /// Of the call on it.
    pub(crate) class: Option<String>,
    /// `maintenance here`, `maintenance there`, `failure here`, `failure there`, `unacknowledged`.
    #[serde(default)]
    pub(crate) blocked: Vec<String>,
}

/// `POST /api/v1/circuits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CircuitOrder {
    /// `block`, `unblock`, `reset`, `query`
    pub(crate) operation: String,
    pub(crate) group: String,
    pub(crate) first: u16,
    pub(crate) last: u16,
    /// Also where it would leave emergency calls without a way.
    #[serde(default)]
    pub(crate) force: bool,
}

/// `POST /api/v1/links`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkOrder {
    pub(crate) link: u16,
    /// Whether it is to carry no traffic.
    pub(crate) inhibited: bool,
}

/// The answer to a `POST /api/v1/circuits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CircuitsOperated {
    /// Circuits about which the peer is asked.
    pub(crate) asked: u32,
    /// Circuits that stand so already, or are being cleared.
    pub(crate) unchanged: u32,
    /// Calls that ended by it.
    pub(crate) calls: u32,
}

/// `POST /api/v1/circuits/test`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestOrder {
    pub(crate) group: String,
    pub(crate) cic: u16,
    /// Also the last circuit of the only way of emergency calls.
    #[serde(default)]
    pub(crate) force: bool,
}

/// The answer to a `POST /api/v1/circuits/test`, once the test is over
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tested {
    pub(crate) group: String,
    pub(crate) cic: u16,
    /// `passed`, `failed`, `unsent`, `refused`, `unequipped`, `overtaken`
    pub(crate) result: String,
    /// What that means, in words.
    pub(crate) meaning: String,
}

/// One of `GET /api/v1/trunks`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trunk {
    pub(crate) name: String,
    /// Where its calls go, in the order in which they are tried.
    pub(crate) targets: Vec<Target>,
    /// Where we register with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) registration: Option<Registration>,
}

/// How our registration with a trunk stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) registrar: String,
    pub(crate) registered: bool,
    /// How long it still holds.
    pub(crate) expires_seconds: Option<u64>,
    /// The last attempt that failed: the registrar's status, or `no answer`.
    pub(crate) failure: Option<String>,
    /// How long ago that was.
    pub(crate) failed_seconds_ago: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) target: String,
    /// `known`, `last-known`, `unknown`, `asked`.
    pub(crate) state: String,
    pub(crate) ways: Vec<Way>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Way {
    /// `udp:192.0.2.1:5060`
    pub(crate) way: String,
    /// `up`, `down`, `suspect`, `unwatched`.
    pub(crate) state: String,
}

/// `POST /api/v1/exchange/calls`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Originate {
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) caller: Option<String>,
    #[serde(default = "one")]
    pub(crate) count: u32,
    /// Calls a second.
    #[serde(default = "one_a_second")]
    pub(crate) rate: f64,
    /// Seconds that an answered call lasts.
    #[serde(default = "five")]
    pub(crate) hold: f64,
}

const fn one() -> u32 {
    1
}

const fn one_a_second() -> f64 {
    1.0
}

const fn five() -> f64 {
    5.0
}

/// The answer to a `POST /api/v1/exchange/calls`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accepted {
    /// Ask `GET /api/v1/exchange/calls/BATCH` what became of it.
    pub(crate) batch: u64,
}

/// `GET /api/v1/exchange/calls/BATCH`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) placed: u32,
    pub(crate) answered: u32,
    /// Calls that failed, by cause value.
    pub(crate) failed: BTreeMap<u8, u32>,
    pub(crate) active: u32,
    /// Whether every call was placed and has ended.
    pub(crate) done: bool,
}

/// Every answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) error: String,
}
