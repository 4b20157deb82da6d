//! Messages and parameters that we do not recognize (Q.764 §2.9.5.2, §2.9.5.3): the sender says
//! what is to be done with them.

use crate::circuits::CircuitIx;
use crate::cpc::cause;
use crate::io::ReleasedBy;
use crate::node::Isup;
use crate::phase::Phase;
use base::{Cause, Instant};
use bytes::Bytes;
use isup_codec::{
    CauseIndicators, Cfn, Message, MessageCompatibility, MessageType, OptionalParameters, Options,
    ParameterInstructions, ParameterName, PassOnNotPossible, Raw, Rel, Rlc, key,
};

/// Without instructions: discard and notify (§2.9.5.3.3).
const NO_INSTRUCTIONS: MessageCompatibility =
    MessageCompatibility(0).with_discard(true).with_notify(true);

/// The instructions of a message of unknown type. Messages introduced with or after the
/// compatibility procedure have an optional part only.
fn instructions_of(raw: &Raw) -> Option<MessageCompatibility> {
    let pointer = usize::from(*raw.body.first()?);
    let optional = if pointer == 0 { &[] } else { raw.body.get(pointer..)? };
    let mut parameters = OptionalParameters::new(optional)
        .take_while(|(name, _)| *name != ParameterName::END_OF_OPTIONAL_PARAMETERS);
    parameters.find_map(|parameter| key::MESSAGE_COMPATIBILITY_INFORMATION.read(parameter))
}

/// Nothing is passed on from here. The transit interpretation indicator says nothing to an
/// exchange where calls end.
const fn releases(instructions: MessageCompatibility) -> bool {
    instructions.release() || !instructions.discard() && !instructions.discard_unless_passed_on()
}

/// What becomes of a parameter. Nothing can be passed on from here, so what is only to be passed on
/// meets what its sender said of that case; the spare value is that of a release.
fn fate(instructions: ParameterInstructions) -> PassOnNotPossible {
    if instructions.release() {
        PassOnNotPossible::RELEASE
    } else if instructions.discard_message() {
        PassOnNotPossible::DISCARD_MESSAGE
    } else if instructions.discard_parameter() {
        PassOnNotPossible::DISCARD_PARAMETER
    } else {
        match instructions.pass_on_not_possible() {
            PassOnNotPossible(3) => PassOnNotPossible::RELEASE,
            other => other,
        }
    }
}

impl Isup {
    /// A message that means nothing here, though it is one of Q.763: it changes no call unless its
    /// sender says so. Those of the first editions carry no instructions.
    pub(crate) fn meaningless(&mut self, now: Instant, ix: CircuitIx, message: &Message) {
        let options = message.options();
        let given = options.and_then(|options| options.get(key::MESSAGE_COMPATIBILITY_INFORMATION));
        let Some(given) = given else { return };
        self.stats.unknown_type += 1;
        self.obey(now, ix, message.message_type(), given);
    }

    /// A message that Q.763 does not have: the nation's own, or of a type that nobody knows.
    pub(crate) fn other(&mut self, now: Instant, ix: CircuitIx, raw: &Raw) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let variant = self.variant(circuit.peer, circuit.cic);
        if variant.message_name(raw.message_type).is_none() {
            return self.unrecognized(now, ix, raw);
        }
        let answer = variant.answer(raw.message_type);
        // Nothing else follows from it here, and nothing at all where there is no call.
        if circuit.phase.stage().is_none() {
            self.stats.unexpected += 1;
            return;
        }
        *self.stats.national.entry(raw.message_type).or_default() += 1;
        if let Some(answer) = answer {
            self.send(ix, answer);
        }
    }

    /// A message of a type that nobody knows.
    fn unrecognized(&mut self, now: Instant, ix: CircuitIx, raw: &Raw) {
        // One that older editions had.
        let known = raw.message_type.name().is_some();
        let given = instructions_of(raw);
        if known && given.is_none() {
            return;
        }
        self.stats.unknown_type += 1;
        self.obey(now, ix, raw.message_type, given.unwrap_or(NO_INSTRUCTIONS));
    }

    fn obey(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        message_type: MessageType,
        instructions: MessageCompatibility,
    ) {
        let why = about(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, &[message_type.0]);
        let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
        if releases(instructions) {
            if stage.is_some() {
                self.fail(now, ix, why, ReleasedBy::Peer);
            }
        } else if instructions.notify() {
            self.send(ix, Cfn::new(why));
        }
    }

    fn unknown(&self, ix: CircuitIx, options: &Options) -> Vec<ParameterName> {
        let Some(circuit) = self.circuits.get(ix) else { return Vec::new() };
        let variant = self.variant(circuit.peer, circuit.cic);
        options.iter().map(|(name, _)| name).filter(|name| !variant.knows(*name)).collect()
    }

    /// The acknowledgement of a release. Nothing can be released or discarded any more, so it says
    /// what was not understood where the sender wants to know (Q.764 §2.9.5.3).
    pub(crate) fn rlc_for(&self, ix: CircuitIx, rel: &Rel) -> Rlc {
        let unknown = self.unknown(ix, &rel.options);
        let compatibility = rel.get(key::PARAMETER_COMPATIBILITY_INFORMATION);
        let notified = |name: &ParameterName| {
            let instructions = compatibility.as_ref().and_then(|all| all.instructions(*name));
            instructions.is_some_and(|instructions| instructions.notify())
        };
        let mut codes: Vec<u8> = unknown.into_iter().filter(notified).map(|name| name.0).collect();
        codes.dedup();
        let rlc = Rlc::new();
        if codes.is_empty() {
            return rlc;
        }
        rlc.with(key::CAUSE_INDICATORS, &about(Cause::PARAMETER_NOT_IMPLEMENTED, &codes))
    }

    /// Does what the sender wants done about parameters that we do not recognize. Says whether the
    /// message is to be taken in nevertheless. Without instructions such a parameter is left out.
    ///
    /// What is to be passed on cannot be from here, where calls end or leave ISUP: then the pass on
    /// not possible indicator decides. An urgent call loses the parameter and nothing else.
    pub(crate) fn is_compatible(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        options: &Options,
        urgent: bool,
    ) -> bool {
        let unknown = self.unknown(ix, options);
        let compatibility = options.get(key::PARAMETER_COMPATIBILITY_INFORMATION);
        let (Some(compatibility), false) = (compatibility, unknown.is_empty()) else { return true };
        let (mut notified, mut discarded) = (Vec::new(), false);
        for name in unknown {
            let Some(instructions) = compatibility.instructions(name) else { continue };
            let fate = fate(instructions);
            if !urgent && fate == PassOnNotPossible::RELEASE {
                let why = about(Cause::PARAMETER_NOT_IMPLEMENTED, &[name.0]);
                self.release_incompatible(now, ix, why);
                return false;
            }
            if instructions.notify() && !notified.contains(&name.0) {
                notified.push(name.0);
            }
            discarded |= !urgent && fate == PassOnNotPossible::DISCARD_MESSAGE;
        }
        // One message names them all: an answer for each would be a flood.
        if !notified.is_empty() {
            let value = if discarded {
                Cause::PARAMETER_DISCARDED
            } else {
                Cause::PARAMETER_NOT_IMPLEMENTED
            };
            self.send(ix, Cfn::new(about(value, &notified)));
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

/// The optional part of a message about a call that there is. That of an IAM matters once it is
/// accepted, that of a release no longer.
pub(crate) fn optional(message: &Message) -> Option<&Options> {
    match message {
        Message::Sam(_)
        | Message::Acm(_)
        | Message::Cpg(_)
        | Message::Anm(_)
        | Message::Con(_)
        | Message::Sus(_)
        | Message::Res(_) => message.options(),
        _ => None,
    }
}
