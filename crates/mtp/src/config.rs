use crate::m3ua::{self, AssociationId};
use crate::{LinkId, NetworkIndicator, PointCode, ServiceIndicator, m2pa, mtp2, mtp3};

/// What a signalling point is, and whom it reaches over which links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Our point code.
    pub own: PointCode,
    /// Messages of other networks are discarded.
    pub network: NetworkIndicator,
    /// The one user part served here.
    pub service: ServiceIndicator,
    /// How many leading octets of the payload tell apart the conversations of the user part: 2
    /// for ISUP, whose messages begin with the circuit identification code. Messages of equal
    /// destination, link selection and leading octets are never reordered by urgency.
    pub sequence_octets: usize,
    /// The signalling links; those with the same neighbour make a link set.
    pub links: Vec<LinkConfig>,
    /// Destinations beyond the neighbours, which are reached without an entry, and further ways to
    /// neighbours.
    pub routes: Vec<RouteConfig>,
    /// Whether messages for other points are passed on: a signalling transfer point.
    pub transfer: bool,
    /// Whether messages bear a priority and congestion has levels: a national option (§3.8.2).
    pub priorities: bool,
    /// Associations instead of links.
    pub m3ua: m3ua::Config,
    /// How many messages may wait for each link and each association.
    pub queue: usize,
    /// How many of those places are for emergency calls only.
    pub emergency_reserve: usize,
    /// Timers of level 3.
    pub mtp3_timers: mtp3::Timers,
    /// Whether to give [`crate::Output::Trace`].
    pub trace: bool,
}

impl Config {
    /// An ISUP end point with default timers, no links and no routes.
    pub fn new(own: PointCode, network: NetworkIndicator) -> Self {
        Self {
            own,
            network,
            service: ServiceIndicator::ISUP,
            sequence_octets: 2,
            links: Vec::new(),
            routes: Vec::new(),
            transfer: false,
            priorities: false,
            m3ua: m3ua::Config::default(),
            queue: 512,
            emergency_reserve: 64,
            mtp3_timers: mtp3::Timers::default(),
            trace: false,
        }
    }
}

/// One signalling link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkConfig {
    /// The driver's name for it.
    pub id: LinkId,
    /// The signalling point at its other end.
    pub adjacent: PointCode,
    /// Signalling link code, 0 to 15: both ends call the link so (Q.704 §15.2).
    pub slc: u8,
    /// What is below.
    pub level2: Level2Config,
}

/// What is below level 3 on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level2Config {
    /// A time slot: its speed, error correction and timers.
    Mtp2(mtp2::Config),
    /// An association.
    M2pa(m2pa::Config),
}

impl Level2Config {
    fn validate(&self, link: LinkId) -> Result<(), ConfigError> {
        match self {
            Self::Mtp2(config) => config.validate(link),
            Self::M2pa(config) => config.validate(link),
        }
    }
}

impl LinkConfig {
    /// A link of 64 kbit/s with basic error correction.
    pub fn new(id: LinkId, adjacent: PointCode, slc: u8) -> Self {
        Self { id, adjacent, slc, level2: Level2Config::Mtp2(mtp2::Config::default()) }
    }

    /// A link over an association (RFC 4165).
    pub fn over(id: LinkId, adjacent: PointCode, slc: u8, config: m2pa::Config) -> Self {
        Self { id, adjacent, slc, level2: Level2Config::M2pa(config) }
    }

    /// The association that carries it, where one does.
    pub(crate) fn association(&self) -> Option<AssociationId> {
        match &self.level2 {
            Level2Config::Mtp2(_) => None,
            Level2Config::M2pa(config) => Some(config.association),
        }
    }
}

/// A way to a destination over a neighbour. A destination may have several; the links to a
/// destination that is a neighbour itself have priority 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteConfig {
    /// The destination.
    pub dpc: PointCode,
    /// The neighbour that passes messages on.
    pub adjacent: PointCode,
    /// The lower is taken first; equal ones share the traffic by link selection.
    pub priority: u8,
}

/// What is wrong with a [`Config`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A point code has more than 14 bits.
    #[error("point code {0} is not of 14 bits (0 to 16383)")]
    PointCode(PointCode),
    /// The network indicator has more than 2 bits.
    #[error("network indicator {} is not of 2 bits (0 to 3)", .0.0)]
    NetworkIndicator(NetworkIndicator),
    /// The service is one that MTP3 keeps for itself, or has more than 4 bits.
    #[error("service indicator {} cannot be a user part (2 to 15)", .0.0)]
    ServiceIndicator(ServiceIndicator),
    /// Two links have one name.
    #[error("link {0} is configured twice")]
    DuplicateLink(LinkId),
    /// Two links to one neighbour have one signalling link code, or it has more than 4 bits.
    #[error("link {link}: signalling link code {slc} is taken or not of 4 bits (0 to 15)")]
    LinkCode {
        /// The second link.
        link: LinkId,
        /// Its code.
        slc: u8,
    },
    /// Retransmission would be forced by every message, or by more than there are numbers.
    #[error("link {link}: N1 is not within 1 to 127, or N2 is less than a message of 280 octets")]
    RetransmissionLimits {
        /// The link.
        link: LinkId,
    },
    /// More messages may be unacknowledged than a link over an association keeps, or none.
    #[error("link {link}: its window is not within 1 to {} messages", m2pa::Config::WINDOW_MAX)]
    Window {
        /// The link.
        link: LinkId,
    },
    /// A link or a route leads to ourselves.
    #[error("point code {0} is our own")]
    Ourselves(PointCode),
    /// A route stands twice, or a destination is reached over links and associations both.
    #[error("destination {0} has one route twice, or is reached over links and associations")]
    DuplicateRoute(PointCode),
    /// A route goes over a neighbour to whom no link leads.
    #[error("destination {dpc}: no link leads to its neighbour {adjacent}")]
    NoLink {
        /// The destination.
        dpc: PointCode,
        /// The missing neighbour.
        adjacent: PointCode,
    },
    /// Two associations have one name.
    #[error("association {0} is configured twice")]
    DuplicateAssociation(AssociationId),
    /// Nobody is reached over an association.
    #[error("association {0} leads to no point code")]
    NoPeer(AssociationId),
    /// Traffic cannot be divided so.
    #[error(
        "association {0}: no such traffic mode, no ASP needed, or a broadcast that comes over two \
         associations"
    )]
    TrafficMode(AssociationId),
    /// A point is reached through two application servers of one association.
    #[error("association {0}: a point is reached through two of its application servers")]
    TwoServers(AssociationId),
    /// Application servers cannot be told apart.
    #[error(
        "association {0}: each of several application servers needs a routing context of its own"
    )]
    Contexts(AssociationId),
    /// No place is left for ordinary messages.
    #[error("the emergency reserve of {reserve} leaves no place in a queue of {queue}")]
    Queue {
        /// The whole queue.
        queue: usize,
        /// The part kept for emergency calls.
        reserve: usize,
    },
    /// A timer lies outside the range that the standard gives.
    #[error("timer {timer} is outside its range of {min_ms} to {max_ms} ms")]
    Timer {
        /// Its name.
        timer: &'static str,
        /// The least value.
        min_ms: u64,
        /// The greatest value.
        max_ms: u64,
    },
}

impl Config {
    /// Refuses nonsense.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !self.own.is_valid() {
            return Err(ConfigError::PointCode(self.own));
        }
        if self.network.0 > 3 {
            return Err(ConfigError::NetworkIndicator(self.network));
        }
        if !(2..=15).contains(&self.service.0) {
            return Err(ConfigError::ServiceIndicator(self.service));
        }
        if self.emergency_reserve >= self.queue {
            return Err(ConfigError::Queue { queue: self.queue, reserve: self.emergency_reserve });
        }
        self.validate_links()?;
        self.validate_routes()?;
        self.m3ua.validate(self.own)?;
        self.validate_associations()?;
        self.mtp3_timers.validate()
    }

    fn validate_destination(&self, code: PointCode) -> Result<(), ConfigError> {
        if !code.is_valid() {
            return Err(ConfigError::PointCode(code));
        }
        if code == self.own {
            return Err(ConfigError::Ourselves(code));
        }
        Ok(())
    }

    fn validate_links(&self) -> Result<(), ConfigError> {
        let mut seen: Vec<&LinkConfig> = Vec::new();
        for link in &self.links {
            self.validate_destination(link.adjacent)?;
            if seen.iter().any(|other| other.id == link.id) {
                return Err(ConfigError::DuplicateLink(link.id));
            }
            let taken =
                |other: &&LinkConfig| (other.adjacent, other.slc) == (link.adjacent, link.slc);
            if link.slc > 15 || seen.iter().any(taken) {
                return Err(ConfigError::LinkCode { link: link.id, slc: link.slc });
            }
            link.level2.validate(link.id)?;
            self.validate_own_association(link, &seen)?;
            seen.push(link);
        }
        Ok(())
    }

    /// RFC 4165 §4.1.2: each link has an association of its own.
    fn validate_own_association(
        &self,
        link: &LinkConfig,
        earlier: &[&LinkConfig],
    ) -> Result<(), ConfigError> {
        let Some(id) = link.association() else { return Ok(()) };
        let of_m3ua = self.m3ua.associations.iter().any(|other| other.id == id);
        if of_m3ua || earlier.iter().any(|other| other.association() == Some(id)) {
            return Err(ConfigError::DuplicateAssociation(id));
        }
        Ok(())
    }

    /// A destination is reached in one way only: over links, or over associations.
    fn validate_associations(&self) -> Result<(), ConfigError> {
        let linked = self.links.iter().map(|link| link.adjacent);
        let linked: Vec<_> = linked.chain(self.routes.iter().map(|route| route.dpc)).collect();
        let mut peers = self.m3ua.associations.iter().flat_map(|association| association.peers());
        peers
            .find(|peer| linked.contains(peer))
            .map_or(Ok(()), |peer| Err(ConfigError::DuplicateRoute(peer)))
    }

    fn validate_routes(&self) -> Result<(), ConfigError> {
        let neighbour = |code| self.links.iter().any(|link| link.adjacent == code);
        let mut seen = Vec::new();
        for route in &self.routes {
            self.validate_destination(route.dpc)?;
            if !neighbour(route.adjacent) {
                return Err(ConfigError::NoLink { dpc: route.dpc, adjacent: route.adjacent });
            }
            let way = (route.dpc, route.adjacent);
            if seen.contains(&way) || route.dpc == route.adjacent {
                return Err(ConfigError::DuplicateRoute(route.dpc));
            }
            seen.push(way);
        }
        Ok(())
    }
}
