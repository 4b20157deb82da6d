use base::Duration;
use isup_codec::Cic;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// Everything a gateway is told at its start. Each part is the configuration of one core.
#[derive(Clone, Debug)]
pub struct Config {
    /// Transactions, dialogs, sessions.
    pub sip: sip::Config,
    /// SIP trunks; [`routing::Exit::Sip`] counts them from 0.
    pub trunks: Vec<SipTrunk>,
    /// How the targets of trunks are found and tried.
    pub targets: TargetConfig,
    /// Signalling links and routes.
    pub mtp: mtp::Config,
    /// Trunk groups and their circuits.
    pub isup: isup::Config,
    /// Number analysis and the emergency plan.
    pub routing: routing::Config,
    /// The call table.
    pub call: call::Config,
    /// How numbers are written in this country's networks.
    pub numbers: interworking::NumberFormat,
    /// RTP addresses and contexts.
    pub media: MediaConfig,
    /// Which time slot carries which circuit. Records call a circuit by its position here.
    pub bearers: Vec<Bearer>,
    /// Which span carries which signalling link.
    pub lines: Vec<Line>,
    /// Limits of the queue between the network and the cores, by class.
    pub queue: call::QueueLimits,
    /// Whether to report each message signal unit as [`crate::Output::Msu`].
    pub capture: bool,
}

/// How the targets of SIP trunks are found and tried.
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// How long a peer may leave an INVITE without any answer, 100 included, while there is another
    /// peer or exit to try. Where there is none it has 32 s (RFC 3261 Timer B).
    pub answer_within: Duration,
    /// The same, for an emergency call.
    pub emergency_answer_within: Duration,
    /// What the domain name system says is asked anew no sooner, and no later.
    pub ttl: RangeInclusive<Duration>,
    /// How long readiness waits for the names of targets.
    pub ready_within: Duration,
    /// Chance among servers of equal priority.
    pub seed: u64,
}

impl Default for TargetConfig {
    fn default() -> Self {
        Self {
            // An INVITE has gone out at 0, 0.5, 1.5 and 3.5 s by then (Timer A), and a peer answers
            // 100 within 200 ms (RFC 3261 §17.2.1): four losses in a row, or nobody there.
            answer_within: Duration::from_secs(4),
            // Three of them.
            emergency_answer_within: Duration::from_secs(2),
            ttl: Duration::from_secs(5)..=Duration::from_secs(3_600),
            ready_within: Duration::from_secs(5),
            seed: 1,
        }
    }
}

/// A SIP peer we take calls from and send calls to.
#[derive(Clone, Debug)]
pub struct SipTrunk {
    /// The name in records and metrics.
    pub name: String,
    /// Addresses whose requests belong to this trunk: network and prefix length.
    pub sources: Vec<(IpAddr, u8)>,
    /// Names of which one in the verified certificate of a TLS peer makes its requests belong to
    /// this trunk too, wherever they come from (RFC 5922 §7).
    pub tls_names: Vec<String>,
    /// Whether an address alone makes nobody part of this trunk: only a proven name does.
    pub tls_required: bool,
    /// Where calls towards this trunk are sent: the first, or where it fails the next.
    pub targets: Vec<sip::Target>,
    /// How often each peer of it is asked whether it is there (OPTIONS); none: never.
    pub options_ping: Option<Duration>,
    /// How often a connection that we opened to a target of it is pinged (RFC 5626 §3.5.1); none:
    /// not at all, for not every peer answers.
    pub keep_alive: Option<Duration>,
    /// Whether asserted identities and priority marks of this peer are believed (RFC 3325 §5).
    pub trusted: bool,
    /// The interval of the session timer that we ask for (RFC 4028); none: we ask for none, and do
    /// what the peer asks for.
    pub session_expires: Option<Duration>,
    /// How much is made of reliable provisional responses (RFC 3262).
    pub reliability: sip::Reliability,
    /// Those of our listeners that its calls leave from, at most one of each transport and family.
    pub listeners: Vec<(sip::Transport, SocketAddr)>,
    /// How many redirections (3xx) of a call are followed, each to an address of the trunk's own.
    pub redirects: u8,
}

impl SipTrunk {
    /// Whether a peer that has proved these names belongs to this trunk.
    pub fn is_named(&self, names: &[String]) -> bool {
        // RFC 5922 §7.2: domains are compared whole, without regard to case, without wildcards.
        let known =
            |name: &String| self.tls_names.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        names.iter().any(known)
    }

    /// Whether a request from `address` belongs to this trunk for that alone.
    pub fn is_known_by(&self, address: IpAddr) -> bool {
        !self.tls_required && self.contains(address)
    }

    /// Whether `address` is one of this trunk.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.sources.iter().any(|(network, prefix)| is_within(address, *network, *prefix))
    }
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - u32::from(prefix.min(32));
            u32::from(address).checked_shr(shift).unwrap_or(0)
                == u32::from(network).checked_shr(shift).unwrap_or(0)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - u32::from(prefix.min(128));
            u128::from(address).checked_shr(shift).unwrap_or(0)
                == u128::from(network).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

/// Where speech arrives from the packet network.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The address written in our session descriptions, where nothing speaks for the other.
    pub address: IpAddr,
    /// The same of the other family, if we have one.
    pub other: Option<IpAddr>,
    /// Ports for RTP; the even ones are used.
    pub ports: RangeInclusive<u16>,
    /// The most calls with media at once; also the size of the media plane's context table.
    pub contexts: u32,
    /// How many of the contexts only emergency calls may use.
    pub emergency_reserve: u32,
    /// A talking call without RTP for this long is released.
    pub silence: Duration,
}

/// One circuit and the time slot that carries it.
#[derive(Clone, Copy, Debug)]
pub struct Bearer {
    /// The trunk group.
    pub group: isup::GroupId,
    /// The circuit's identification code.
    pub cic: Cic,
    /// The time slot; none for a circuit of a span without bearer.
    pub slot: Option<media::TimeSlot>,
}

/// A signalling link and the span whose time slot carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The signalling link.
    pub link: mtp::LinkId,
    /// The span's number.
    pub span: u16,
}

/// Why a configuration was refused. Each names the part and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A core refused its part.
    #[error("{part}: {why}")]
    Part {
        /// `sip`, `isup`, `mtp`, `routing`, `call`.
        part: &'static str,
        /// What the core says.
        why: String,
    },
    /// A bearer names a circuit that no trunk group has.
    #[error("bearer for circuit {cic} of group {group}, which has no such circuit")]
    NoSuchCircuit {
        /// The group's number.
        group: u16,
        /// The circuit identification code.
        cic: u16,
    },
    /// A line names a signalling link that does not exist.
    #[error("line for signalling link {link}, which does not exist")]
    NoSuchLink {
        /// The link.
        link: mtp::LinkId,
    },
    /// Two addresses for speech of one family.
    #[error("{address} and {other} are of one family: one address for speech of each")]
    SameFamily {
        /// The first.
        address: IpAddr,
        /// The other.
        other: IpAddr,
    },
    /// More contexts than ports.
    #[error("{contexts} media contexts need {contexts} even RTP ports, but the range has {ports}")]
    TooFewPorts {
        /// Contexts asked for.
        contexts: u32,
        /// Even ports in the range.
        ports: u32,
    },
}

impl Config {
    /// Refuses what no core sees by itself.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let known = |line: &&Line| self.mtp.links.iter().any(|link| link.id == line.link);
        if let Some(line) = self.lines.iter().find(|line| !known(line)) {
            return Err(ConfigError::NoSuchLink { link: line.link });
        }
        let MediaConfig { address, other, .. } = self.media;
        if let Some(other) = other.filter(|other| other.is_ipv4() == address.is_ipv4()) {
            return Err(ConfigError::SameFamily { address, other });
        }
        let first = u32::from(self.media.ports.start().next_multiple_of(2));
        let ports = (u32::from(*self.media.ports.end()) + 1).saturating_sub(first).div_ceil(2);
        let contexts = self.media.contexts;
        if contexts > ports {
            return Err(ConfigError::TooFewPorts { contexts, ports });
        }
        Ok(())
    }
}
