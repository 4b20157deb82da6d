//! Messages that a faulty exchange might send: those about calls, with a few octets changed, once
//! on each circuit. What would block a circuit or declare it missing stays out of it, for nobody
//! would ever take it back; and two faults on one circuit can leave half a call that only the next
//! seizure would find.

use base::Rng;
use isup_codec::{Message, MessageType, decode};
use std::collections::BTreeSet;
use tdm::{LineEvent, Unit};

/// Header of level 2, service information octet, routing label.
const HEAD: usize = 8;
/// The circuit identification code.
const CODE: usize = 2;
/// ISUP of the national network.
const ISUP: u8 = 0x85;

/// The messages that are changed, and that they may turn into.
const KINDS: [MessageType; 10] = [
    MessageType::IAM,
    MessageType::ACM,
    MessageType::CPG,
    MessageType::ANM,
    MessageType::CON,
    MessageType::REL,
    MessageType::RLC,
    MessageType::SUS,
    MessageType::RES,
    MessageType::RSC,
];

/// How many messages are still to be changed.
#[derive(Debug, Default)]
pub(crate) struct Garble {
    pub(crate) left: u32,
    /// Circuits that had their share.
    done: BTreeSet<[u8; CODE]>,
}

impl Garble {
    pub(crate) fn pass(&mut self, event: &mut LineEvent, rng: &mut Rng) {
        if self.left == 0 {
            return;
        }
        let LineEvent::SignalUnit(unit) = event else { return };
        let mut octets = unit.as_slice().to_vec();
        let Some((head, payload)) = octets.split_at_mut_checked(HEAD) else { return };
        let Some(circuit) = payload.first_chunk::<CODE>().copied() else { return };
        if head.get(3) != Some(&ISUP) || !is_about_a_call(payload) || self.done.contains(&circuit) {
            return;
        }
        for _ in 0..=rng.below(3) {
            let at = CODE + rng.below((payload.len() - CODE) as u64) as usize;
            if let Some(octet) = payload.get_mut(at) {
                *octet = rng.next_u64() as u8;
            }
        }
        if is_harmless(payload)
            && let Some(changed) = Unit::from_slice(&octets)
        {
            *unit = changed;
            self.left -= 1;
            self.done.insert(circuit);
        }
    }
}

fn is_about_a_call(payload: &[u8]) -> bool {
    payload.get(2).is_some_and(|kind| KINDS.contains(&MessageType(*kind)))
}

fn is_harmless(payload: &[u8]) -> bool {
    match decode(payload) {
        Ok((_, Message::Other(other))) => other.message_type.name().is_none(),
        _ => is_about_a_call(payload),
    }
}
