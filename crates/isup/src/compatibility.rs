//! Messages that we do not recognize (Q.764 §2.9.5.2, §2.9.5.3): the sender says what is to be
//! done with them.

use crate::circuits::CircuitIx;
use crate::cpc::cause;
use crate::io::ReleasedBy;
use crate::node::Isup;
use base::{Cause, Instant};
use bytes::Bytes;
use isup_codec::{Cfn, MessageType, ParameterName, Raw};

/// Message compatibility information (Q.763 §3.33), first octet. The transit interpretation
/// indicator says nothing to an exchange where calls end.
#[derive(Clone, Copy)]
struct Instructions(u8);

impl Instructions {
    const RELEASE: u8 = 1 << 1;
    const NOTIFY: u8 = 1 << 2;
    const DISCARD: u8 = 1 << 3;
    /// If the message can be neither understood nor passed on: discard it, not the call.
    const DISCARD_IF_NOT_PASSED_ON: u8 = 1 << 4;

    /// Without instructions: discard and notify (§2.9.5.3.3).
    const NONE: Self = Self(Self::DISCARD | Self::NOTIFY);

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Nothing is passed on from here.
    const fn releases(self) -> bool {
        self.has(Self::RELEASE)
            || !self.has(Self::DISCARD) && !self.has(Self::DISCARD_IF_NOT_PASSED_ON)
    }

    /// Messages introduced with or after the compatibility procedure have an optional part only.
    fn find(body: &[u8]) -> Option<Self> {
        let pointer = usize::from(*body.first()?);
        let mut rest = if pointer == 0 { &[] } else { body.get(pointer..)? };
        while let [name, length, after @ ..] = rest {
            if *name == ParameterName::END_OF_OPTIONAL_PARAMETERS.0 {
                return None;
            }
            let (value, next) = after.split_at_checked(usize::from(*length))?;
            if *name == ParameterName::MESSAGE_COMPATIBILITY_INFORMATION.0 {
                return value.first().copied().map(Self);
            }
            rest = next;
        }
        None
    }
}

/// Types of the first editions, which carry no instructions. None of them changes a call here.
const WITHOUT_INSTRUCTIONS: [MessageType; 9] = [
    MessageType::FOT,
    MessageType::FAR,
    MessageType::FAA,
    MessageType::FRJ,
    MessageType::DRS,
    MessageType::PAM,
    MessageType::USR,
    MessageType::OLM,
    MessageType::CRG,
];

impl Isup {
    /// A message without meaning here.
    pub(crate) fn unrecognized(&mut self, now: Instant, ix: CircuitIx, raw: &Raw) {
        let message_type = raw.message_type;
        if WITHOUT_INSTRUCTIONS.contains(&message_type) {
            return;
        }
        self.stats.unknown_type += 1;
        let given = Instructions::find(&raw.body);
        if given.is_none() && message_type.name().is_some() {
            return;
        }
        let instructions = given.unwrap_or(Instructions::NONE);
        let diagnostic = Bytes::copy_from_slice(&[message_type.0]);
        let mut why = cause(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED);
        why.diagnostic = diagnostic;
        let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
        if instructions.releases() {
            if stage.is_some() {
                self.fail(now, ix, why, ReleasedBy::Peer);
            }
        } else if instructions.has(Instructions::NOTIFY) {
            self.send(ix, Cfn { cause: why, other: Vec::new() });
        }
    }
}
