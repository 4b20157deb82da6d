use super::codes::TrafficMode;
use crate::{ConfigError, PointCode};
use base::Duration;
use std::fmt;

/// The driver's name for one association of this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AssociationId(pub u16);

impl fmt::Display for AssociationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What we are to the peer of an association (RFC 4666 §1.2, §1.4.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An application server process; the peer is a signalling gateway, which knows more of the
    /// network than we do and is asked.
    Asp,
    /// The signalling gateway, or the IP server process that waits: the peer has the first word.
    Server,
    /// An IP server process that has the first word: one exchange of ASPUP and ASPAC is for both.
    Ipsp,
    /// An IP server process towards another: each says for itself what it is ready for.
    IpspDouble,
}

impl Role {
    /// Whether we ask to be taken into service.
    pub(super) const fn asks(self) -> bool {
        !matches!(self, Self::Server)
    }

    /// Whether the peer may ask us.
    pub(super) const fn answers(self) -> bool {
        !matches!(self, Self::Asp)
    }
}

/// By what traffic is shared among several associations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Link selection: sixteen parts.
    #[default]
    Sls,
    /// The circuit, for ISUP: finer, and a call stays in sequence all the same.
    Cic,
}

/// An application server of an association: the points reached through it, and how (RFC 4666
/// §1.4.2). Where the peer is the gateway it is one of ours; where we are, one of the peer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// The signalling points reached through it. Those reached over several associations are
    /// reached for as long as one of these is in service.
    pub peers: Vec<PointCode>,
    /// Its number, where both ends agreed on one.
    pub context: Option<u32>,
    /// How traffic is divided among the associations to a point; none: shared, and not spoken of.
    pub mode: Option<TrafficMode>,
    /// By what it is shared.
    pub share: Share,
    /// Whether an ASP gets its number by registration (§4.4): we ask for it, or the peer may.
    pub register: bool,
    /// So many ASPs are needed before traffic begins (§4.3.2).
    pub needed: usize,
}

impl ServerConfig {
    /// One without a number.
    pub const fn new(peers: Vec<PointCode>) -> Self {
        let (context, mode, share, register) = (None, None, Share::Sls, false);
        Self { peers, context, mode, share, register, needed: 1 }
    }
}

/// An association and who is reached over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationConfig {
    /// The driver's name for it.
    pub id: AssociationId,
    /// What we are to its peer.
    pub role: Role,
    /// Whether we open it; otherwise the peer does.
    pub opens: bool,
    /// The application servers that it serves.
    pub servers: Vec<ServerConfig>,
    /// Which network the point codes belong to, where both ends agreed on a number.
    pub appearance: Option<u32>,
    /// Who we say we are.
    pub identifier: Option<u32>,
    /// Who the peer must say it is.
    pub peer_identifier: Option<u32>,
}

impl AssociationConfig {
    /// An association of one application server without any numbers, opened by us where we have
    /// the first word.
    pub fn new(id: AssociationId, role: Role, peers: Vec<PointCode>) -> Self {
        let (opens, servers) = (role.asks(), vec![ServerConfig::new(peers)]);
        let (appearance, identifier, peer_identifier) = (None, None, None);
        Self { id, role, opens, servers, appearance, identifier, peer_identifier }
    }

    /// The signalling points reached over it.
    pub fn peers(&self) -> impl Iterator<Item = PointCode> {
        self.servers.iter().flat_map(|server| server.peers.iter().copied())
    }
}

/// Timers of RFC 4666, and how connections are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// T(ack): how long an acknowledgement may take before the message is sent again (§4.3.4.1).
    pub ack: Duration,
    /// T(r): how long traffic waits for an ASP after the last one has gone (§4.3.2).
    pub recovery: Duration,
    /// T(beat): how often the peer is asked for a sign of life; none: never (§4.3.4.6).
    pub beat: Option<Duration>,
    /// How long the answer to an audit may take before the destination is taken for available.
    pub audit: Duration,
    /// How often a destination that the gateway called unavailable is asked about (§4.5.3).
    pub audit_again: Duration,
    /// How long a registration that was refused waits before it is tried again (§4.4.1).
    pub register_again: Duration,
    /// The longest wait before the first new attempt to connect; it doubles with each.
    pub reconnect: Duration,
    /// And never grows past this.
    pub reconnect_max: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            ack: Duration::from_secs(2),
            recovery: Duration::from_secs(2),
            beat: Some(Duration::from_secs(5)),
            audit: Duration::from_secs(2),
            audit_again: Duration::from_secs(30),
            register_again: Duration::from_secs(30),
            reconnect: Duration::from_millis(250),
            reconnect_max: Duration::from_secs(5),
        }
    }
}

/// All associations of a signalling point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The associations.
    pub associations: Vec<AssociationConfig>,
    /// Their timers.
    pub timers: Timers,
    /// So many attempts to connect in a second at most, of all associations together.
    pub connects_per_second: u32,
    /// Where chance comes from: attempts of many to connect must not fall together.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        let (associations, timers) = (Vec::new(), Timers::default());
        Self { associations, timers, connects_per_second: 50, seed: 0 }
    }
}

impl Config {
    /// Refuses nonsense; `own` is our point code.
    pub(crate) fn validate(&self, own: PointCode) -> Result<(), ConfigError> {
        for (at, association) in self.associations.iter().enumerate() {
            let id = association.id;
            let earlier = || self.associations.iter().take(at);
            if earlier().any(|other| other.id == id) {
                return Err(ConfigError::DuplicateAssociation(id));
            }
            association.validate(own)?;
            let doubled = |other: &AssociationConfig| other.is_sent_twice(association);
            if earlier().any(doubled) {
                return Err(ConfigError::TrafficMode(id));
            }
        }
        Ok(())
    }
}

impl AssociationConfig {
    fn validate(&self, own: PointCode) -> Result<(), ConfigError> {
        let id = self.id;
        if self.servers.is_empty() || self.servers.iter().any(|server| server.peers.is_empty()) {
            return Err(ConfigError::NoPeer(id));
        }
        let mut seen = Vec::new();
        for peer in self.peers() {
            if !peer.is_valid() {
                return Err(ConfigError::PointCode(peer));
            }
            if peer == own {
                return Err(ConfigError::Ourselves(peer));
            }
            if seen.contains(&peer) {
                return Err(ConfigError::TwoServers(id));
            }
            seen.push(peer);
        }
        let several = self.servers.len() > 1;
        let numbers: Vec<_> = self.servers.iter().filter_map(|server| server.context).collect();
        let differ = numbers.iter().all(|one| numbers.iter().filter(|n| *n == one).count() == 1);
        let unnamed = |server: &ServerConfig| server.context.is_none() && !server.register;
        if !differ || several && self.servers.iter().any(unnamed) {
            return Err(ConfigError::Contexts(id));
        }
        let unknown = |mode: TrafficMode| mode.name().is_none();
        if self.servers.iter().any(|one| one.mode.is_some_and(unknown) || one.needed == 0) {
            return Err(ConfigError::TrafficMode(id));
        }
        Ok(())
    }

    /// Whether a gateway that broadcasts would send us the same over both.
    fn is_sent_twice(&self, other: &Self) -> bool {
        let broadcast = |association: &Self| {
            let is = |server: &ServerConfig| server.mode == Some(TrafficMode::BROADCAST);
            association.role.asks() && association.servers.iter().any(is)
        };
        (broadcast(self) || broadcast(other))
            && self.role.asks()
            && other.role.asks()
            && self.peers().any(|peer| other.peers().any(|its| its == peer))
    }
}
