//! Messages and parameters that we do not recognize (Q.764 §2.9.5.2, §2.9.5.3): the sender says
//! what is to be done with them.

use crate::circuits::CircuitIx;
use crate::cpc::cause;
use crate::io::ReleasedBy;
use crate::node::Isup;
use crate::phase::Phase;
use base::{Cause, Instant};
use bytes::Bytes;
use isup_codec::{CauseIndicators, Cfn, Message, MessageType, Parameter, ParameterName, Raw};

/// The first octet of instructions in message compatibility information (Q.763 §3.33) and in
/// parameter compatibility information (§3.41). The transit interpretation indicator says nothing
/// to an exchange where calls end.
#[derive(Clone, Copy)]
struct Instructions(u8);

impl Instructions {
    const RELEASE: u8 = 1 << 1;
    const NOTIFY: u8 = 1 << 2;
    const DISCARD: u8 = 1 << 3;
    /// If the message can be neither understood nor passed on: discard it, not the call.
    const DISCARD_IF_NOT_PASSED_ON: u8 = 1 << 4;

    /// Set in the last octet of the instructions for one parameter.
    const LAST: u8 = 1 << 7;

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

    /// The instructions for a parameter: its name, then one octet or more.
    fn of_parameter(name: ParameterName, parameters: &[Parameter]) -> Option<Self> {
        let is_information = |parameter: &&Parameter| {
            parameter.name == ParameterName::PARAMETER_COMPATIBILITY_INFORMATION
        };
        let mut rest = parameters.iter().find(is_information)?.value.as_ref();
        while let [upgraded, instructions @ ..] = rest {
            let last = instructions.iter().position(|octet| octet & Self::LAST != 0)?;
            let (given, next) = instructions.split_at_checked(last + 1)?;
            if *upgraded == name.0 {
                return given.first().copied().map(Self);
            }
            rest = next;
        }
        None
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
        let why = about(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, &[message_type.0]);
        let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
        if instructions.releases() {
            if stage.is_some() {
                self.fail(now, ix, why, ReleasedBy::Peer);
            }
        } else if instructions.has(Instructions::NOTIFY) {
            self.send(ix, Cfn { cause: why, other: Vec::new() });
        }
    }

    /// Does what the sender wants done about parameters that we do not recognize. Says whether the
    /// message is to be taken in nevertheless. Without instructions such a parameter is left out.
    pub(crate) fn is_compatible(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        parameters: &[Parameter],
    ) -> bool {
        let unknown = parameters.iter().filter(|parameter| parameter.name.name().is_none());
        let (mut notified, mut discarded) = (Vec::new(), false);
        for name in unknown.map(|parameter| parameter.name) {
            let Some(instructions) = Instructions::of_parameter(name, parameters) else { continue };
            if instructions.has(Instructions::RELEASE) {
                let why = about(Cause::PARAMETER_NOT_IMPLEMENTED, &[name.0]);
                self.release_incompatible(now, ix, why);
                return false;
            }
            if instructions.has(Instructions::NOTIFY) && !notified.contains(&name.0) {
                notified.push(name.0);
            }
            discarded |= instructions.has(Instructions::DISCARD);
        }
        // One message names them all: an answer for each would be a flood.
        if !notified.is_empty() {
            let value = if discarded {
                Cause::PARAMETER_DISCARDED
            } else {
                Cause::PARAMETER_NOT_IMPLEMENTED
            };
            self.send(ix, Cfn { cause: about(value, &notified), other: Vec::new() });
        }
        !discarded
    }

    fn release_incompatible(&mut self, now: Instant, ix: CircuitIx, why: CauseIndicators) {
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        if matches!(phase, Some(Phase::Idle | Phase::Collecting(_))) {
            self.start_release(now, ix, None, why);
        } else {
            self.fail(now, ix, why, ReleasedBy::Peer);
        }
    }
}

/// A cause about the message type or the parameters with these codes.
fn about(value: Cause, codes: &[u8]) -> CauseIndicators {
    let mut cause = cause(value);
    cause.diagnostic = Bytes::copy_from_slice(codes);
    cause
}

/// The optional parameters without a field of a message about a call that there is. Those of an
/// IAM matter once it is accepted, those of a release no longer.
pub(crate) fn optional(message: &Message) -> &[Parameter] {
    match message {
        Message::Sam(sam) => &sam.other,
        Message::Acm(acm) => &acm.other,
        Message::Cpg(cpg) => &cpg.other,
        Message::Anm(anm) => &anm.other,
        Message::Con(con) => &con.other,
        Message::Sus(sus) => &sus.other,
        Message::Res(res) => &res.other,
        _ => &[],
    }
}
