use base::{Class, Instant};
use routing::TrunkRef;
use std::collections::BTreeMap;

/// The state of a gateway in a few figures.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Whether calls are taken: a link or an association in service, circuits usable, not draining.
    pub ready: bool,
    /// Whether new calls are refused because the gateway is about to stop.
    pub draining: bool,
    /// Calls in any phase, by [`Class::rank`].
    pub active: [u32; Class::COUNT],
    /// Messages waiting, by [`Class::rank`].
    pub queued: [u32; Class::COUNT],
    /// Circuits by state label, for each trunk group.
    pub groups: Vec<(String, Vec<(&'static str, u32)>)>,
    /// Signalling links.
    pub links: Vec<LinkView>,
    /// Associations of M3UA.
    pub associations: Vec<mtp::m3ua::AssociationView>,
}

/// A signalling link.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// The link.
    pub link: mtp::LinkId,
    /// Whether it carries traffic.
    pub in_service: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub struct CallView {
    /// The number in logs and records.
    pub id: String,
    /// Its class.
    pub class: Class,
    /// The phase: `attempting`, `progressing`, `talking`, `releasing`.
    pub phase: &'static str,
    /// Where it came from.
    pub ingress: String,
    /// Where it goes.
    pub egress: String,
    /// The calling number, where known.
    pub calling: String,
    /// The called number.
    pub called: String,
    /// The circuit, `group/cic`, where one is seized.
    pub circuit: Option<String>,
    /// When it arrived.
    pub arrived: Instant,
}

/// A SIP trunk and where its calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkView {
    /// Its name.
    pub name: String,
    /// Its targets, in the order in which they are tried.
    pub targets: Vec<TargetView>,
}

/// A target of a SIP trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetView {
    /// As a URI.
    pub target: String,
    /// `known`; `last-known` where the domain name system fails since; `unknown` where it never
    /// told; `asked` at the start.
    pub state: &'static str,
    /// Where it leads.
    pub ways: Vec<WayView>,
}

/// An address that a target leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayView {
    /// The transport.
    pub transport: sip::Transport,
    /// The address.
    pub remote: std::net::SocketAddr,
    /// `up`, `down`, `suspect` where a call has just failed there, `unwatched` where nobody asks.
    pub state: &'static str,
}

/// One circuit.
#[derive(Clone, Debug)]
pub struct CircuitView {
    /// The trunk group's name.
    pub group: String,
    /// The circuit identification code.
    pub cic: u16,
    /// The state's label.
    pub state: &'static str,
    /// The class of the call on it.
    pub class: Option<Class>,
    /// Who has blocked it, and why.
    pub blocking: isup::BlockingView,
}

/// Calls of one class from one trunk to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// The class, as finally told.
    pub class: Class,
    /// Where the calls came in.
    pub ingress: TrunkRef,
    /// Where they left; none where they were refused before any attempt.
    pub egress: Option<TrunkRef>,
}

/// What became of the calls of a [`Relation`]. Each only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Calls taken in, by the exit of their first attempt.
    pub started: u64,
    /// Calls answered.
    pub answered: u64,
    /// Calls that ended unanswered, by cause value.
    pub failed: BTreeMap<u8, u64>,
}

/// Counters since the start. They only grow.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Calls by class and trunks.
    pub calls: BTreeMap<Relation, CallCounts>,
    /// Messages shed from the queue, by [`Class::rank`] and the order of [`call::Shed::ALL`].
    pub shed_by_reason: [[u64; call::Shed::COUNT]; Class::COUNT],
    /// Datagrams that are no SIP.
    pub not_sip: u64,
    /// Requests from addresses of no trunk, refused.
    pub unknown_source: u64,
    /// Calls from the switched network that need more than speech, refused.
    pub no_speech: u64,
    /// INVITEs that brought more digits of a call (RFC 3578).
    pub dialled_on: u64,
    /// Emergency calls from addresses of no trunk, taken by policy.
    pub emergency_from_strangers: u64,
    /// Messages shed from the queue, by [`Class::rank`].
    pub shed: [u64; Class::COUNT],
    /// Calls started, by [`Class::rank`].
    pub started: [u64; Class::COUNT],
    /// Calls answered, by [`Class::rank`].
    pub answered: [u64; Class::COUNT],
    /// Calls that failed before answer, by [`Class::rank`] and cause value.
    pub failed: BTreeMap<(usize, u8), u64>,
    /// Records reaped because they outlived their deadline.
    pub reaped: u64,
    /// Calls released because they outlived the deadline of their phase.
    pub overdue: u64,
    /// Messages that are SIP, but wrong; answered where that was possible.
    pub broken_sip: u64,
    /// Connections closed because what came on them was no SIP.
    pub broken_streams: u64,
    /// Connections closed because a message on them did not come to its end.
    pub slow_streams: u64,
    /// Connections closed because their peer answered no ping.
    pub silent_streams: u64,
    /// Calls refused because what they called is no number.
    pub no_number: u64,
    /// Calls refused because no media context was left for their class.
    pub no_context: u64,
    /// Names of targets located by the domain name system.
    pub targets_located: u64,
    /// Targets that could not be located, or not completely.
    pub targets_failed: u64,
    /// Times that a domain which had offered TLS no longer did (RFC 3263 §7).
    pub downgrades: u64,
    /// Continuity checks that the media plane could not begin.
    pub checks_refused: u64,
    /// RTP ports that could not be opened.
    pub open_failed: u64,
    /// Talking calls released because no speech came from the packet network.
    pub silent: u64,
}
