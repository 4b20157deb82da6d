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

/// An association and who is reached over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationConfig {
    /// The driver's name for it.
    pub id: AssociationId,
    /// What we are to its peer.
    pub role: Role,
    /// Whether we open it; otherwise the peer does.
    pub opens: bool,
    /// The signalling points reached over it. Those reached over several associations are reached
    /// for as long as one of these is in service.
    pub peers: Vec<PointCode>,
    /// Which application server the association is for, where both ends agreed on a number.
    pub context: Option<u32>,
    /// Which network the point codes belong to, where both ends agreed on a number.
    pub appearance: Option<u32>,
    /// Who we say we are.
    pub identifier: Option<u32>,
    /// How traffic is divided among the associations to a point; none: shared, and not spoken of.
    pub mode: Option<TrafficMode>,
}

impl AssociationConfig {
    /// An association without any numbers, opened by us where we have the first word.
    pub fn new(id: AssociationId, role: Role, peers: Vec<PointCode>) -> Self {
        let opens = role.asks();
        Self {
            id,
            role,
            opens,
            peers,
            context: None,
            appearance: None,
            identifier: None,
            mode: None,
        }
    }

    /// The routing contexts to name.
    pub(super) fn contexts(&self) -> Vec<u32> {
        self.context.into_iter().collect()
    }

    /// Whether traffic all goes one way.
    pub(super) fn is_override(&self) -> bool {
        self.mode == Some(TrafficMode::OVERRIDE)
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
            reconnect: Duration::from_millis(250),
            reconnect_max: Duration::from_secs(5),
        }
    }
}

/// All associations of a signalling point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The associations.
    pub associations: Vec<AssociationConfig>,
    /// Their timers.
    pub timers: Timers,
    /// Where chance comes from: attempts of many to connect must not fall together.
    pub seed: u64,
}

impl Config {
    /// Refuses nonsense; `own` is our point code.
    pub(crate) fn validate(&self, own: PointCode) -> Result<(), ConfigError> {
        for (at, association) in self.associations.iter().enumerate() {
            let id = association.id;
            let mut earlier = self.associations.iter().take(at);
            if earlier.any(|other| other.id == id) {
                return Err(ConfigError::DuplicateAssociation(id));
            }
            if association.peers.is_empty() {
                return Err(ConfigError::NoPeer(id));
            }
            for &peer in &association.peers {
                if !peer.is_valid() {
                    return Err(ConfigError::PointCode(peer));
                }
                if peer == own {
                    return Err(ConfigError::Ourselves(peer));
                }
            }
            let mode = association.mode;
            if mode.is_some_and(|mode| !super::is_mode_known(mode)) {
                return Err(ConfigError::TrafficMode(id));
            }
        }
        Ok(())
    }
}
