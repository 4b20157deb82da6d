use isup_codec::Cic;
use std::collections::BTreeSet;
use std::fmt;

/// What an exchange is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The signalling point and its links, which are brought into service at the start.
    pub mtp: mtp::Config,
    /// The trunk groups. Placed calls take the first of them.
    pub isup: isup::Config,
    /// The time slots of the circuits; a circuit that is not here carries no speech.
    pub bearers: Vec<(Cic, TimeSlot)>,
    /// Circuits on which a loop for the peer's check tone fails; named twice, two loops fail.
    pub broken_loops: Vec<Cic>,
    /// Spaces the calls that are placed.
    pub seed: u64,
    /// So many digits are in the IAM of a placed call, without ST, and the others follow one by one
    /// (Q.764 §2.1.2); none: en bloc.
    pub overlap: Option<u8>,
}

/// A time slot of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSlot {
    /// The span, from 0.
    pub span: u16,
    /// The time slot, 1 to 31.
    pub slot: u8,
}

impl fmt::Display for TimeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.span, self.slot)
    }
}

/// What is wrong with a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The message transfer part refuses its configuration.
    #[error(transparent)]
    Mtp(#[from] mtp::ConfigError),
    /// The ISDN user part refuses its configuration.
    #[error(transparent)]
    Isup(#[from] isup::ConfigError),
    /// Two circuits share a time slot, or a circuit has two.
    #[error("circuit {cic}: it has a time slot already, or {slot} has a circuit")]
    Bearer {
        /// The second circuit.
        cic: Cic,
        /// Its time slot.
        slot: TimeSlot,
    },
    /// There is no such time slot for speech.
    #[error("circuit {cic}: {slot} is no time slot for speech (1 to 31)")]
    Slot {
        /// The circuit.
        cic: Cic,
        /// The time slot.
        slot: TimeSlot,
    },
}

impl Config {
    /// Refuses nonsense that the two parts do not see.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let (mut circuits, mut slots) = (BTreeSet::new(), BTreeSet::new());
        for &(cic, slot) in &self.bearers {
            // G.704 §2.3: time slot 0 is for frame alignment.
            if !(1..tdm::SLOTS).contains(&usize::from(slot.slot)) {
                return Err(ConfigError::Slot { cic, slot });
            }
            if !circuits.insert(cic) || !slots.insert(slot) {
                return Err(ConfigError::Bearer { cic, slot });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mtp::{NetworkIndicator, PointCode};

    fn config(bearers: &[(u16, u8)]) -> Config {
        let own = PointCode(2);
        let bearers = bearers.iter().map(|&(cic, slot)| (Cic(cic), TimeSlot { span: 0, slot }));
        Config {
            mtp: mtp::Config::new(own, NetworkIndicator::NATIONAL),
            isup: isup::Config::new(own),
            bearers: bearers.collect(),
            broken_loops: Vec::new(),
            seed: 0,
            overlap: None,
        }
    }

    #[test]
    fn each_circuit_has_a_time_slot_of_its_own() {
        assert_eq!(config(&[(1, 1), (2, 2), (31, 31)]).validate(), Ok(()));
        let taken = |cic, slot| {
            let slot = TimeSlot { span: 0, slot };
            Err(ConfigError::Bearer { cic: Cic(cic), slot })
        };
        assert_eq!(config(&[(1, 1), (2, 1)]).validate(), taken(2, 1));
        assert_eq!(config(&[(1, 1), (1, 2)]).validate(), taken(1, 2));
        for slot in [0, 32] {
            let refused = config(&[(1, slot)]).validate().unwrap_err();
            assert!(matches!(refused, ConfigError::Slot { .. }), "{refused}");
        }
    }
}
