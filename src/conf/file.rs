//! What may stand in a configuration file. Only shapes here; meaning is checked in `convert`.

use super::texts::Texts;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// What stands under `[ss7.timers]`: any row of the table of `isup`.
pub(crate) type Timers = BTreeMap<Spanned<String>, Spanned<String>>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) sip: Sip,
    pub(crate) rtp: Rtp,
    pub(crate) ss7: Ss7,
    #[serde(default)]
    pub(crate) numbers: Numbers,
    #[serde(default)]
    pub(crate) emergency: Emergency,
    #[serde(default)]
    pub(crate) route: Vec<Spanned<Route>>,
    #[serde(default)]
    pub(crate) calls: Calls,
    pub(crate) admin: Admin,
    pub(crate) cdr: Cdr,
    #[serde(default)]
    pub(crate) shutdown: Shutdown,
    pub(crate) exchange: Option<Exchange>,
}

/// The whole file of an exchange that is a process of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeFile {
    pub(crate) ss7: Ss7,
    #[serde(default)]
    pub(crate) exchange: Subscribers,
    pub(crate) admin: Admin,
}

/// SIP sockets, limits and trunks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sip {
    /// `udp:ADDRESS:PORT`, `tcp:ADDRESS:PORT`, `tls:ADDRESS:PORT`
    pub(crate) listen: Spanned<Vec<Spanned<String>>>,
    #[serde(default = "sessions")]
    pub(crate) sessions: Spanned<u32>,
    #[serde(default = "connections")]
    pub(crate) connections: Spanned<u32>,
    #[serde(default = "connections_per_source")]
    pub(crate) connections_per_source: Spanned<u32>,
    #[serde(default = "idle")]
    pub(crate) idle: Spanned<String>,
    pub(crate) tls: Option<Spanned<Tls>>,
    #[serde(default = "receive_buffer")]
    pub(crate) receive_buffer: Spanned<u32>,
    #[serde(default = "signalling_dscp")]
    pub(crate) dscp: Spanned<i64>,
    /// Whether the datagrams of each trunk have a socket buffer of their own.
    #[serde(default = "yes")]
    pub(crate) queue_per_trunk: Spanned<bool>,
    #[serde(default = "min_session")]
    pub(crate) min_session: Spanned<String>,
    /// Whether emergency calls are taken from addresses of no trunk.
    #[serde(default)]
    pub(crate) emergency_from_anywhere: bool,
    #[serde(default = "answer_within")]
    pub(crate) answer_within: Spanned<String>,
    #[serde(default = "emergency_answer_within")]
    pub(crate) emergency_answer_within: Spanned<String>,
    #[serde(default)]
    pub(crate) dns: Dns,
    pub(crate) trunk: Spanned<Vec<Spanned<Trunk>>>,
}

/// The domain name system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dns {
    /// `ADDRESS` or `ADDRESS:PORT`; none: those of the system.
    #[serde(default)]
    pub(crate) servers: Vec<Spanned<String>>,
    #[serde(default = "dns_timeout")]
    pub(crate) timeout: Spanned<String>,
    #[serde(default = "ttl_min")]
    pub(crate) ttl_min: Spanned<String>,
    #[serde(default = "ttl_max")]
    pub(crate) ttl_max: Spanned<String>,
    #[serde(default = "ready_within")]
    pub(crate) ready_within: Spanned<String>,
}

/// One value, or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "this is neither a text nor a list of texts")]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// Certificates, all in PEM, by paths from the folder of this file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: Spanned<String>,
    pub(crate) key: Spanned<String>,
    pub(crate) client_ca: Option<Spanned<String>>,
    /// `optional`, `required`
    pub(crate) client_certificate: Option<Spanned<String>>,
    pub(crate) server_ca: Option<Spanned<String>>,
    #[serde(default = "handshakes")]
    pub(crate) handshakes_per_second: Spanned<u32>,
}

/// A SIP trunk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunk {
    pub(crate) name: Spanned<String>,
    /// `ADDRESS/PREFIX` or `ADDRESS`
    #[serde(default)]
    pub(crate) sources: Vec<Spanned<String>>,
    /// Names in the certificates of its peers.
    #[serde(default)]
    pub(crate) tls_names: Vec<Spanned<String>>,
    /// Whether addresses alone make nobody part of it.
    #[serde(default = "not_required")]
    pub(crate) tls_required: Spanned<bool>,
    /// How often connections to the target are pinged, or `off`.
    pub(crate) keep_alive: Option<Spanned<String>>,
    /// `udp:ADDRESS:PORT`, `sip:NAME;transport=tcp`, `sips:NAME`, or a list of these
    pub(crate) target: Option<Spanned<OneOrMore>>,
    /// `udp:ADDRESS:PORT`, one or more of `sip.listen`
    pub(crate) listener: Option<Spanned<OneOrMore>>,
    /// A duration, or `off`.
    #[serde(default = "off")]
    pub(crate) options_ping: Spanned<String>,
    #[serde(default)]
    pub(crate) trusted: bool,
    /// A duration, or `off`.
    #[serde(default = "session_expires")]
    pub(crate) session_expires: Spanned<String>,
    /// How many 3xx of a call are followed.
    #[serde(default = "no_redirects")]
    pub(crate) redirects: Spanned<i64>,
    /// Its callers must prove who they are.
    pub(crate) challenge: Option<Spanned<Challenge>>,
    /// Who we are to it.
    pub(crate) credentials: Option<Spanned<Credentials>>,
    /// `loss`, `rate` or `off`
    pub(crate) overload: Option<Spanned<String>>,
    /// `off`, `supported` or `required`
    #[serde(default)]
    pub(crate) reliable_provisional: ReliableProvisional,
    /// How calls with priority are marked.
    pub(crate) marks: Option<Marks>,
    /// Where we say that we can be called.
    pub(crate) register: Option<Spanned<Register>>,
}

/// A registration outward.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// `udp:ADDRESS:PORT`, `tcp:ADDRESS:PORT`
    pub(crate) registrar: Spanned<String>,
    /// `sip:USER@DOMAIN`
    pub(crate) aor: Spanned<String>,
    /// The user part of our Contact.
    pub(crate) contact_user: Spanned<String>,
    #[serde(default = "registration")]
    pub(crate) expires: Spanned<String>,
}

/// How much is made of reliable provisional responses.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReliableProvisional {
    Off,
    #[default]
    Supported,
    Required,
}

/// Values of Resource-Priority.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marks {
    pub(crate) emergency: Option<Spanned<String>>,
    pub(crate) government: Option<Spanned<String>>,
}

/// How callers of a trunk prove who they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Challenge {
    pub(crate) realm: Spanned<String>,
    /// Beside the configuration file.
    pub(crate) users: Spanned<String>,
}

/// What we prove to a trunk that asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    pub(crate) user: Spanned<String>,
    /// Beside the configuration file.
    pub(crate) password_file: Spanned<String>,
}

/// Media towards the packet network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rtp {
    /// One, or one of each family.
    pub(crate) address: Spanned<OneOrMore>,
    /// First and last.
    pub(crate) ports: Spanned<[u16; 2]>,
    pub(crate) contexts: Spanned<u32>,
    #[serde(default = "none_kept")]
    pub(crate) emergency_reserve: Spanned<u32>,
    #[serde(default = "silence")]
    pub(crate) silence: Spanned<String>,
    #[serde(default = "jitter")]
    pub(crate) jitter: Spanned<String>,
    #[serde(default)]
    pub(crate) latch: bool,
    #[serde(default = "media_dscp")]
    pub(crate) dscp: Spanned<i64>,
}

/// The side of the switched network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ss7 {
    pub(crate) point_code: Spanned<u32>,
    pub(crate) network_indicator: Spanned<i64>,
    /// How many in-process E1 spans there are.
    #[serde(default = "no_spans")]
    pub(crate) spans: Spanned<u16>,
    #[serde(default)]
    pub(crate) link: Vec<Spanned<Link>>,
    #[serde(default)]
    pub(crate) association: Vec<Spanned<Association>>,
    #[serde(default)]
    pub(crate) m2pa: Vec<Spanned<M2pa>>,
    #[serde(default)]
    pub(crate) route: Vec<Spanned<SignallingRoute>>,
    #[serde(default)]
    pub(crate) mtp: Mtp,
    /// Attempts to connect, of all associations together.
    #[serde(default = "connects_per_second")]
    pub(crate) connects_per_second: Spanned<u32>,
    pub(crate) group: Spanned<Vec<Spanned<Group>>>,
    /// How many circuits may carry our check tone at once.
    #[serde(default = "transceivers")]
    pub(crate) transceivers: Spanned<u32>,
    /// Where what is known of circuits is kept over a restart, from the working directory.
    pub(crate) state: Option<Spanned<String>>,
    /// Timers of Q.764 by their numbers.
    #[serde(default)]
    pub(crate) timers: Timers,
    /// Versions of ISUP that are not built in.
    #[serde(default)]
    pub(crate) variant: Vec<Spanned<Variant>>,
}

/// A version of ISUP, as what it has otherwise than its base.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    pub(crate) name: Spanned<String>,
    #[serde(default = "variant")]
    pub(crate) base: Spanned<String>,
    pub(crate) circuit_code_bits: Option<Spanned<u8>>,
    #[serde(default)]
    pub(crate) parameter: Vec<Spanned<VariantParameter>>,
    #[serde(default)]
    pub(crate) message: Vec<Spanned<VariantMessage>>,
}

/// A parameter of a variant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantParameter {
    pub(crate) code: Spanned<u8>,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) contents: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) absent: bool,
}

/// A message of a variant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantMessage {
    pub(crate) code: Spanned<u8>,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) fixed: Option<Vec<Spanned<VariantFixed>>>,
    pub(crate) variable: Option<Vec<Spanned<String>>>,
    pub(crate) optional: Option<Vec<Spanned<String>>>,
    pub(crate) answer: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) absent: bool,
}

/// A parameter of the mandatory fixed part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantFixed {
    pub(crate) parameter: Spanned<String>,
    pub(crate) octets: Option<Spanned<u8>>,
}

/// An association of M3UA.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Association {
    pub(crate) name: Spanned<String>,
    /// `tcp`, `sctp`, `sctp-udp`
    pub(crate) transport: Option<Spanned<String>>,
    /// `ADDRESS:PORT`: we open it.
    pub(crate) connect: Option<Spanned<Texts>>,
    /// `ADDRESS`: from where we open it.
    pub(crate) local: Option<Spanned<Texts>>,
    /// `ADDRESS:PORT`: the peer opens it.
    pub(crate) listen: Option<Spanned<Texts>>,
    /// Our UDP port, with `sctp-udp`.
    pub(crate) udp_port: Option<Spanned<u16>>,
    /// The peer's.
    pub(crate) peer_udp_port: Option<Spanned<u16>>,
    /// `ADDRESS/PREFIX` or `ADDRESS`: who may open it.
    #[serde(default)]
    pub(crate) sources: Vec<Spanned<String>>,
    /// `asp`, `sg`, `ipsp`, `ipsp-double`
    pub(crate) role: Option<Spanned<String>>,
    /// Point codes reached over it.
    pub(crate) peers: Option<Spanned<Vec<Spanned<u32>>>>,
    pub(crate) routing_context: Option<u32>,
    pub(crate) network_appearance: Option<u32>,
    pub(crate) asp_identifier: Option<u32>,
    pub(crate) peer_asp_identifier: Option<u32>,
    /// `loadshare`, `override`, `broadcast`
    pub(crate) traffic_mode: Option<Spanned<String>>,
    /// `sls` or `cic`
    pub(crate) share_by: Option<Spanned<String>>,
    /// Whether the routing context comes by registration.
    #[serde(default)]
    pub(crate) register: bool,
    /// How many ASPs must be active before traffic begins.
    #[serde(default = "one_asp")]
    pub(crate) asps_needed: Spanned<u8>,
    /// Application servers, where there are several.
    #[serde(default)]
    pub(crate) server: Vec<Spanned<Server>>,
}

/// An application server of an association.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Point codes reached through it.
    pub(crate) peers: Option<Spanned<Vec<Spanned<u32>>>>,
    pub(crate) routing_context: Option<u32>,
    /// `loadshare`, `override`, `broadcast`
    pub(crate) traffic_mode: Option<Spanned<String>>,
    /// `sls` or `cic`
    pub(crate) share_by: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) register: bool,
    #[serde(default = "one_asp")]
    pub(crate) asps_needed: Spanned<u8>,
}

/// A signalling link on a time slot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub(crate) adjacent: Spanned<u32>,
    pub(crate) slc: Spanned<u8>,
    pub(crate) span: Spanned<u16>,
    pub(crate) time_slot: Spanned<u8>,
}

/// A signalling link over an association of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct M2pa {
    pub(crate) name: Spanned<String>,
    pub(crate) adjacent: Spanned<u32>,
    pub(crate) slc: Spanned<u8>,
    /// `tcp`, `sctp`, `sctp-udp`
    pub(crate) transport: Option<Spanned<String>>,
    /// `ADDRESS:PORT`: we open it.
    pub(crate) connect: Option<Spanned<Texts>>,
    /// `ADDRESS`: from where we open it.
    pub(crate) local: Option<Spanned<Texts>>,
    /// `ADDRESS:PORT`: the peer opens it.
    pub(crate) listen: Option<Spanned<Texts>>,
    /// Our UDP port, with `sctp-udp`.
    pub(crate) udp_port: Option<Spanned<u16>>,
    /// The peer's.
    pub(crate) peer_udp_port: Option<Spanned<u16>>,
    /// `ADDRESS/PREFIX` or `ADDRESS`: who may open it.
    #[serde(default)]
    pub(crate) sources: Vec<Spanned<String>>,
    /// How many messages may be unacknowledged.
    #[serde(default = "m2pa_window")]
    pub(crate) window: Spanned<u32>,
}

/// A way to a signalling point beyond the neighbours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignallingRoute {
    pub(crate) destination: Spanned<u32>,
    pub(crate) adjacent: Spanned<u32>,
    #[serde(default = "first_route")]
    pub(crate) priority: Spanned<u8>,
}

/// Level 3 of the message transfer part.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mtp {
    /// Whether messages for other points are passed on.
    #[serde(default)]
    pub(crate) transfer: bool,
    /// Whether messages say how much they matter, and congestion has levels.
    #[serde(default)]
    pub(crate) priorities: bool,
}

/// A trunk group: all free time slots of some spans, or circuits whose speech passes elsewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) name: Spanned<String>,
    pub(crate) peer: Spanned<u32>,
    /// Spans whose free time slots are the circuits.
    pub(crate) spans: Option<Spanned<Vec<Spanned<u16>>>>,
    /// Circuits without a bearer here: `1-31`, `1-15,17-31`.
    pub(crate) cics: Option<Spanned<String>>,
    /// Called numbers that are not known to be complete go without ST, more digits after them.
    pub(crate) overlap: Option<Spanned<String>>,
    /// Milliseconds that the circuits add to a call's delay.
    pub(crate) propagation_delay: Option<Spanned<u16>>,
    #[serde(default)]
    pub(crate) echo_control: bool,
    /// `off`, `inr` or `idr`
    pub(crate) identify: Option<Spanned<String>>,
    /// `wait` or `cot`
    pub(crate) preconditions: Option<Spanned<String>>,
    #[serde(default = "none_kept")]
    pub(crate) emergency_reserve: Spanned<u32>,
    /// `both`, `outgoing` or `incoming`
    pub(crate) direction: Option<Spanned<String>>,
    #[serde(default = "none_kept")]
    pub(crate) reserve_incoming: Spanned<u32>,
    #[serde(default = "none_kept")]
    pub(crate) reserve_outgoing: Spanned<u32>,
    /// Whether circuits are compared by queries after a restart or an outage.
    #[serde(default = "yes")]
    pub(crate) query: Spanned<bool>,
    /// The order in which idle circuits are taken.
    pub(crate) selection: Option<Spanned<String>>,
    /// Whose call goes on after a dual seizure.
    pub(crate) control: Option<Spanned<String>>,
    #[serde(default = "variant")]
    pub(crate) variant: Spanned<String>,
    /// `off`, `1in8` or `always`
    pub(crate) continuity: Option<Spanned<String>>,
    /// `none` or `elsewhere`
    pub(crate) loops: Option<Spanned<String>>,
    /// Whether the peer takes part in automatic congestion control.
    #[serde(default = "yes")]
    pub(crate) automatic_congestion: Spanned<bool>,
}

/// How numbers are written around here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Numbers {
    #[serde(default = "country")]
    pub(crate) country: Spanned<String>,
    #[serde(default = "national_prefix")]
    pub(crate) national_prefix: Spanned<String>,
    #[serde(default = "international_prefix")]
    pub(crate) international_prefix: Spanned<String>,
    /// Digits of every national number, where all have as many.
    pub(crate) national_length: Option<Spanned<i64>>,
}

/// Emergency calls.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Emergency {
    /// Beside the configuration file.
    pub(crate) plan: Option<Spanned<String>>,
}

/// Where numbers lead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    pub(crate) prefix: Spanned<String>,
    pub(crate) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) to: Vec<Spanned<String>>,
    /// A cause value of Q.850.
    pub(crate) refuse: Option<Spanned<i64>>,
}

/// The call table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calls {
    #[serde(default = "calls")]
    pub(crate) limit: Spanned<u32>,
    #[serde(default = "calls_reserve")]
    pub(crate) emergency_reserve: Spanned<u32>,
    #[serde(default = "queue")]
    pub(crate) queue: Spanned<u32>,
}

/// The management listener.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    pub(crate) listen: Spanned<String>,
}

/// Call detail records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cdr {
    /// From the working directory.
    pub(crate) path: Spanned<String>,
}

/// The end of the process.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shutdown {
    #[serde(default = "drain")]
    pub(crate) drain: Spanned<String>,
}

/// Who calls and is called at an exchange that is a process of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscribers {
    /// So many digits in the IAM of a placed call, the others one by one.
    pub(crate) overlap: Option<Spanned<i64>>,
}

/// The simulated exchange: embedded at the far end of the in-process spans, or another process.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) point_code: Spanned<u32>,
    /// `ADDRESS:PORT` of the process that the exchange is.
    pub(crate) admin: Option<Spanned<String>>,
    /// So many digits in the IAM of a placed call, the others one by one.
    pub(crate) overlap: Option<Spanned<i64>>,
    /// `off`, `1in8` or `always`
    pub(crate) continuity: Option<Spanned<String>>,
    /// Circuits whose next loop fails.
    #[serde(default)]
    pub(crate) broken_loops: Vec<Spanned<u16>>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            country: country(),
            national_prefix: national_prefix(),
            international_prefix: international_prefix(),
            national_length: None,
        }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self { limit: calls(), emergency_reserve: calls_reserve(), queue: queue() }
    }
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: dns_timeout(),
            ttl_min: ttl_min(),
            ttl_max: ttl_max(),
            ready_within: ready_within(),
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { drain: drain() }
    }
}

/// A value that stands nowhere in the file.
fn given<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

fn no_spans() -> Spanned<u16> {
    given(0)
}

fn yes() -> Spanned<bool> {
    given(true)
}

fn not_required() -> Spanned<bool> {
    given(false)
}

fn variant() -> Spanned<String> {
    given("itu-2000".to_owned())
}

fn transceivers() -> Spanned<u32> {
    given(32)
}

fn m2pa_window() -> Spanned<u32> {
    given(1_024)
}

fn first_route() -> Spanned<u8> {
    given(0)
}

fn connects_per_second() -> Spanned<u32> {
    given(50)
}

fn one_asp() -> Spanned<u8> {
    given(1)
}

fn none_kept() -> Spanned<u32> {
    given(0)
}

fn sessions() -> Spanned<u32> {
    given(4_096)
}

fn handshakes() -> Spanned<u32> {
    given(200)
}

fn connections() -> Spanned<u32> {
    given(1_024)
}

fn connections_per_source() -> Spanned<u32> {
    given(256)
}

fn receive_buffer() -> Spanned<u32> {
    given(8 << 20)
}

fn registration() -> Spanned<String> {
    given("10min".to_owned())
}

fn signalling_dscp() -> Spanned<i64> {
    given(io::CS3.into())
}

fn idle() -> Spanned<String> {
    given("10min".to_owned())
}

fn min_session() -> Spanned<String> {
    given("90s".to_owned())
}

fn no_redirects() -> Spanned<i64> {
    given(0)
}

fn session_expires() -> Spanned<String> {
    given("30min".to_owned())
}

fn off() -> Spanned<String> {
    given("off".to_owned())
}

fn answer_within() -> Spanned<String> {
    given("4s".to_owned())
}

fn emergency_answer_within() -> Spanned<String> {
    given("2s".to_owned())
}

fn dns_timeout() -> Spanned<String> {
    given("2s".to_owned())
}

fn ttl_min() -> Spanned<String> {
    given("5s".to_owned())
}

fn ttl_max() -> Spanned<String> {
    given("60min".to_owned())
}

fn ready_within() -> Spanned<String> {
    given("5s".to_owned())
}

fn media_dscp() -> Spanned<i64> {
    given(io::EF.into())
}

fn silence() -> Spanned<String> {
    given("60s".to_owned())
}

fn jitter() -> Spanned<String> {
    given("40ms".to_owned())
}

fn country() -> Spanned<String> {
    given("33".to_owned())
}

fn national_prefix() -> Spanned<String> {
    given("0".to_owned())
}

fn international_prefix() -> Spanned<String> {
    given("00".to_owned())
}

fn calls() -> Spanned<u32> {
    given(2_048)
}

fn calls_reserve() -> Spanned<u32> {
    given(128)
}

fn queue() -> Spanned<u32> {
    given(1_024)
}

fn drain() -> Spanned<String> {
    given("30s".to_owned())
}
