use crate::plan::NumberPlan;
use crate::selection::{Control, Direction, Selection};
use crate::timers::{TimerName, Timers};
use base::Duration;
use isup_codec::{Cic, Milliseconds, Variant, variants};
use mtp::sap::PointCode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many bits a point code has in the routing labels of the message transfer part here.
const POINT_CODE_BITS: u8 = PointCode::MAX.0.count_ones() as u8;

/// What an exchange is, and which circuits it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Our point code.
    pub own: PointCode,
    /// Trunk groups; [`crate::GroupId`] counts them from 0.
    pub groups: Vec<GroupConfig>,
    /// Timers of Q.764.
    pub timers: Timers,
    /// The most circuits on which we send a check tone at once.
    pub transceivers: usize,
    /// The most calls at once. The sum of the groups' emergency reserves is kept of it.
    pub calls: usize,
    /// Which called numbers are complete without ST.
    pub numbers: NumberPlan,
}

/// Circuits to one exchange that are used alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// The name in logs and metrics.
    pub name: String,
    /// The exchange at the other end.
    pub peer: PointCode,
    /// The circuits. Those with neighbouring codes share a group message.
    pub cics: Vec<Cic>,
    /// How many circuits ordinary calls leave idle for emergency calls.
    pub emergency_reserve: usize,
    /// Which version of ISUP is spoken on these circuits.
    pub variant: Arc<Variant>,
    /// Who seizes the circuits.
    pub direction: Direction,
    /// In which order we take them.
    pub selection: Selection,
    /// Whose call goes on where both took one.
    pub control: Control,
    /// How many circuits our ordinary calls leave idle for the peer's, beside the emergency
    /// reserve.
    pub reserve_incoming: usize,
    /// How many circuits the peer's ordinary calls leave idle for ours, beside the emergency
    /// reserve: one more is refused. 0: none is refused.
    pub reserve_outgoing: usize,
    /// Whether called numbers that are not known to be complete go without ST, and more digits
    /// after them (Q.764 §2.1.2).
    pub overlap: bool,
    /// Whether circuits are compared by queries after a restart and after a time in which the
    /// peer could not be reached: an option of national networks (Q.764 §2.8.3).
    pub query: bool,
    /// What the circuits add to the propagation delay of a call (Q.764 §2.5); none: it is not
    /// counted.
    pub propagation_delay: Option<Milliseconds>,
    /// Whether there is half an echo control device at our end of each circuit (Q.764 §2.7).
    pub echo_control: bool,
    /// How the peer is asked who places an emergency call without a calling number.
    pub identify: Identify,
    /// Whether a call goes out while its path up to us is still being made, and COT follows when
    /// it is there, as after a check of a previous circuit (Q.764 §2.1.8); else it waits.
    pub previous_check: bool,
    /// Which of our calls begin with a check of their circuit.
    pub continuity: Continuity,
    /// Whether a loop can be connected to the circuits while the peer checks them. Where none can,
    /// a check is refused, and the circuit kept in service.
    pub has_loop: bool,
    /// Whether the peer takes part in automatic congestion control (Q.764 §2.11): what it says of
    /// its load is heeded, and it is told of ours.
    pub automatic_congestion: bool,
}

/// How a peer is asked who calls: both are for national use, and few exchanges know either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identify {
    /// Not at all.
    #[default]
    Off,
    /// By an information request (Q.764 §2.1.6).
    Inr,
    /// By malicious call identification (Q.731.7).
    Idr,
}

/// Which of our calls begin with a check of the continuity of their circuit (Q.764 §2.1.8). Those
/// to a trunk with a fault indication of its own need none; emergency calls never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Continuity {
    /// None.
    #[default]
    Off,
    /// One of eight.
    OneInEight,
    /// All.
    Always,
}

/// What is wrong with a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A point code has more than 14 bits.
    #[error("point code {0} is not of 14 bits (0 to 16383)")]
    PointCode(PointCode),
    /// A group leads to ourselves.
    #[error("group {group}: point code {peer} is our own")]
    Ourselves {
        /// The group's name.
        group: String,
        /// The point code.
        peer: PointCode,
    },
    /// A circuit identification code has more bits than the variant gives it.
    #[error("group {group}: circuit {cic} is not of {bits} bits (0 to {max})",
        max = (1u32 << .bits) - 1)]
    CircuitCode {
        /// The group's name.
        group: String,
        /// The code.
        cic: Cic,
        /// How many bits it may have.
        bits: u8,
    },
    /// The variant is spoken in networks whose routing labels are not like ours.
    #[error("group {group}: point codes of {variant} have {bits} bits, those of this gateway 14")]
    PointCodes {
        /// The group's name.
        group: String,
        /// The variant's.
        variant: String,
        /// How many bits it has.
        bits: u8,
    },
    /// Circuit identification codes to one exchange are of several widths.
    #[error("group {group}: circuits to {peer} have codes of {bits} bits in another group")]
    CircuitCodes {
        /// The group's name.
        group: String,
        /// The exchange at the other end.
        peer: PointCode,
        /// How many bits they have there.
        bits: u8,
    },
    /// One circuit is configured twice.
    #[error("group {group}: circuit {cic} to {peer} is configured twice")]
    DuplicateCircuit {
        /// The second group's name.
        group: String,
        /// The exchange at the other end.
        peer: PointCode,
        /// The code.
        cic: Cic,
    },
    /// A group has no circuit left for ordinary calls.
    #[error("group {group}: a reserve of {reserve} leaves no circuit of {circuits}")]
    Reserve {
        /// The group's name.
        group: String,
        /// The parts kept for emergency calls and for each direction.
        reserve: usize,
        /// All circuits.
        circuits: usize,
    },
    /// Circuits are kept for a direction that the group does not have.
    #[error("group {group}: circuits kept for the {direction:?} direction, which it does not have")]
    Direction {
        /// The group's name.
        group: String,
        /// The direction that circuits are kept for.
        direction: Direction,
    },
    /// The call table has no place left for ordinary calls.
    #[error("{calls} calls leave no place beside the emergency reserve of {reserve}")]
    Calls {
        /// The table's size.
        calls: usize,
        /// The part kept for emergency calls.
        reserve: usize,
    },
    /// A timer lies outside the range that the standard gives.
    #[error("timer {name} is outside its range of {} to {} s",
        .min.as_secs_f32(), .max.as_secs_f32())]
    Timer {
        /// Its name.
        name: TimerName,
        /// The least value.
        min: Duration,
        /// The greatest value.
        max: Duration,
    },
    /// More groups than a [`crate::GroupId`] can number.
    #[error("{0} trunk groups are too many")]
    Groups(usize),
}

impl Config {
    /// A point without circuits, with default timers.
    pub fn new(own: PointCode) -> Self {
        let (timers, numbers) = (Timers::default(), NumberPlan::default());
        Self { own, groups: Vec::new(), timers, transceivers: 32, calls: 4096, numbers }
    }

    /// The part of the call table that only emergency calls may use.
    pub(crate) fn reserve(&self) -> usize {
        self.groups.iter().map(|group| group.emergency_reserve).sum()
    }

    /// Refuses nonsense.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !self.own.is_valid() {
            return Err(ConfigError::PointCode(self.own));
        }
        if u16::try_from(self.groups.len()).is_err() {
            return Err(ConfigError::Groups(self.groups.len()));
        }
        let reserve = self.reserve();
        if self.calls <= reserve {
            return Err(ConfigError::Calls { calls: self.calls, reserve });
        }
        let (mut seen, mut widths) = (BTreeSet::new(), BTreeMap::new());
        for group in &self.groups {
            group.validate_variant(&mut widths)?;
            group.validate(self.own, &mut seen)?;
        }
        self.timers.validate()
    }
}

impl GroupConfig {
    /// A group with everything else at its default: `..GroupConfig::new(name, peer, cics)`.
    pub fn new(name: impl Into<String>, peer: PointCode, cics: Vec<Cic>) -> Self {
        Self {
            name: name.into(),
            peer,
            cics,
            emergency_reserve: 0,
            variant: Arc::new(variants::ITU.clone()),
            continuity: Continuity::Off,
            has_loop: true,
            direction: Direction::default(),
            selection: Selection::default(),
            control: Control::default(),
            reserve_incoming: 0,
            reserve_outgoing: 0,
            overlap: false,
            propagation_delay: None,
            echo_control: false,
            identify: Identify::default(),
            query: false,
            previous_check: false,
            automatic_congestion: true,
        }
    }

    /// The same group as the exchange at its other end has it; `own` is our point code.
    #[must_use]
    pub fn mirrored(&self, own: PointCode) -> Self {
        Self {
            peer: own,
            direction: self.direction.mirrored(),
            selection: self.selection.mirrored(),
            control: self.control.mirrored(),
            reserve_incoming: self.reserve_outgoing,
            reserve_outgoing: self.reserve_incoming,
            ..self.clone()
        }
    }

    /// All that ordinary calls of some direction leave idle.
    const fn kept(&self) -> usize {
        self.emergency_reserve
            .saturating_add(self.reserve_incoming)
            .saturating_add(self.reserve_outgoing)
    }

    /// A direction that circuits are kept for and that the group does not have.
    const fn misdirected(&self) -> Option<Direction> {
        match self.direction {
            Direction::Outgoing if self.reserve_incoming > 0 => Some(Direction::Incoming),
            Direction::Incoming if self.reserve_outgoing > 0 => Some(Direction::Outgoing),
            _ => None,
        }
    }

    /// Refuses what the message transfer part here cannot carry, and circuits that could not be
    /// told from others.
    fn validate_variant(&self, widths: &mut BTreeMap<PointCode, u8>) -> Result<(), ConfigError> {
        let (group, peer) = (self.name.clone(), self.peer);
        let bits = self.variant.point_code_bits;
        if bits != POINT_CODE_BITS {
            let variant = self.variant.name.to_string();
            return Err(ConfigError::PointCodes { group, variant, bits });
        }
        let bits = *widths.entry(peer).or_insert(self.variant.cic_bits);
        if bits != self.variant.cic_bits {
            return Err(ConfigError::CircuitCodes { group, peer, bits });
        }
        Ok(())
    }

    fn validate(
        &self,
        own: PointCode,
        seen: &mut BTreeSet<(PointCode, Cic)>,
    ) -> Result<(), ConfigError> {
        let (group, peer) = (self.name.clone(), self.peer);
        if !peer.is_valid() {
            return Err(ConfigError::PointCode(peer));
        }
        if peer == own {
            return Err(ConfigError::Ourselves { group, peer });
        }
        for &cic in &self.cics {
            if !self.variant.has_cic(cic) {
                let bits = self.variant.cic_bits;
                return Err(ConfigError::CircuitCode { group, cic, bits });
            }
            if !seen.insert((peer, cic)) {
                return Err(ConfigError::DuplicateCircuit { group, peer, cic });
            }
        }
        if let Some(direction) = self.misdirected() {
            return Err(ConfigError::Direction { group, direction });
        }
        let (reserve, circuits) = (self.kept(), self.cics.len());
        if reserve >= circuits {
            return Err(ConfigError::Reserve { group, reserve, circuits });
        }
        Ok(())
    }
}
