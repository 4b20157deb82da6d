//! Simple segmentation (Q.764 §2.1.12): what of a message does not fit follows in one SGM.

use crate::circuits::CircuitIx;
use crate::node::Isup;
use crate::phase::Phase;
use crate::timers::TimerName;
use base::{Class, Instant};
use bytes::Bytes;
use isup_codec::{
    Cic, EncodeError, Message, MessageCompatibility, Options, ParameterName, Sgm, Variant, key,
};

/// What may be in an SGM (Q.763 Table 50), the least important first.
const MOVABLE: [ParameterName; 5] = [
    ParameterName::USER_TO_USER_INFORMATION,
    ParameterName::ACCESS_TRANSPORT,
    ParameterName::GENERIC_NOTIFICATION_INDICATOR,
    ParameterName::GENERIC_DIGITS,
    ParameterName::GENERIC_NUMBER,
];

/// An exchange that does not know SGM drops it, and the call goes on.
const INSTRUCTIONS: MessageCompatibility = MessageCompatibility(0).with_discard(true);

/// A message as it is sent: in one piece, or in two.
pub(crate) struct Written {
    pub(crate) first: Bytes,
    pub(crate) second: Option<Bytes>,
}

fn options_mut(message: &mut Message) -> Option<&mut Options> {
    match message {
        Message::Iam(iam) => Some(&mut iam.options),
        Message::Acm(acm) => Some(&mut acm.options),
        Message::Cpg(cpg) => Some(&mut cpg.options),
        Message::Anm(anm) => Some(&mut anm.options),
        Message::Con(con) => Some(&mut con.options),
        _ => None,
    }
}

fn is_segmented(message: &Message) -> bool {
    let Some(options) = message.options() else { return false };
    match message {
        Message::Iam(_) => options
            .get(key::OPTIONAL_FORWARD_CALL_INDICATORS)
            .is_some_and(|indicators| indicators.segmentation()),
        Message::Acm(_) | Message::Cpg(_) | Message::Anm(_) | Message::Con(_) => options
            .get(key::OPTIONAL_BACKWARD_CALL_INDICATORS)
            .is_some_and(|indicators| indicators.segmentation()),
        _ => false,
    }
}

fn set_segmented(forward: bool, options: &mut Options, segmented: bool) {
    if forward {
        let indicators = options.get(key::OPTIONAL_FORWARD_CALL_INDICATORS).unwrap_or_default();
        let indicators = indicators.with_segmentation(segmented);
        options.set(key::OPTIONAL_FORWARD_CALL_INDICATORS, &indicators);
    } else {
        let indicators = options.get(key::OPTIONAL_BACKWARD_CALL_INDICATORS).unwrap_or_default();
        let indicators = indicators.with_segmentation(segmented);
        options.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &indicators);
    }
}

/// Puts the two pieces together. Only what an SGM may carry is taken from it.
fn join(message: &mut Message, second: &Options) {
    let forward = matches!(message, Message::Iam(_));
    let Some(options) = options_mut(message) else { return };
    set_segmented(forward, options, false);
    for (name, contents) in second.iter().filter(|(name, _)| MOVABLE.contains(name)) {
        options.push(name, contents);
    }
}

/// Writes a message; in two pieces where one is too long for it. The IAM of an emergency call is
/// never split: what its receiver could wait for in vain is left out.
pub(crate) fn write(
    variant: &Variant,
    cic: Cic,
    message: &Message,
    urgent: bool,
) -> Result<Written, EncodeError> {
    let whole = variant.encode(cic, message);
    if !matches!(whole, Err(EncodeError::TooLong { .. })) {
        return whole.map(|first| Written { first, second: None });
    }
    let mut message = message.clone();
    let forward = matches!(message, Message::Iam(_));
    let mut moved = Options::new();
    let mut written = whole;
    for name in MOVABLE {
        let Some(options) = options_mut(&mut message) else { break };
        if !options.contains(name) {
            continue;
        }
        for (its, contents) in options.iter().filter(|(its, _)| *its == name) {
            moved.push(its, contents);
        }
        options.remove(name);
        if !urgent {
            set_segmented(forward, options, true);
        }
        written = variant.encode(cic, &message);
        if !matches!(written, Err(EncodeError::TooLong { .. })) {
            break;
        }
    }
    let first = written?;
    if urgent {
        return Ok(Written { first, second: None });
    }
    let sgm = Sgm { options: moved }.with(key::MESSAGE_COMPATIBILITY_INFORMATION, &INSTRUCTIONS);
    Ok(Written { first, second: Some(variant.encode(cic, &sgm.into())?) })
}

impl Isup {
    /// Gives a written message, and its second piece, to the message transfer part.
    pub(crate) fn transmit_written(
        &mut self,
        ix: CircuitIx,
        class: Class,
        message: &Message,
        written: Written,
    ) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let (peer, cic) = (circuit.peer, circuit.cic);
        self.transmit(peer, cic, class, message.message_type(), written.first);
        if let Some(second) = written.second {
            self.transmit(peer, cic, class, isup_codec::MessageType::SGM, second);
        }
    }

    /// Keeps the first piece of a backward message until the second one is there; gives the message
    /// back where it is whole, or where nobody waits for it.
    pub(crate) fn first_segment(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        message: Message,
    ) -> Option<Message> {
        if !is_segmented(&message) {
            return Some(message);
        }
        let phase = self.circuits.change(ix).map(|circuit| &mut circuit.phase);
        let Some(Phase::Outgoing(outgoing)) = phase else { return Some(message) };
        outgoing.held = Some(Box::new(message));
        self.start(now, TimerName::T34, ix);
        None
    }

    /// Whether an IAM says that an SGM follows.
    pub(super) fn awaits_segment(iam: &isup_codec::Iam) -> bool {
        iam.get(key::OPTIONAL_FORWARD_CALL_INDICATORS)
            .is_some_and(|indicators| indicators.segmentation())
    }

    fn take_held(&mut self, ix: CircuitIx) -> Option<Message> {
        match &mut self.circuits.change(ix)?.phase {
            Phase::Outgoing(outgoing) => outgoing.held.take().map(|held| *held),
            _ => None,
        }
    }

    /// Goes on with the first piece of a backward message alone; says whether there was one.
    pub(crate) fn give_held(&mut self, now: Instant, ix: CircuitIx) -> bool {
        let Some(message) = self.take_held(ix) else { return false };
        self.stop(TimerName::T34, ix);
        self.stats.segments_missed += 1;
        self.dispatch(now, ix, message);
        true
    }

    /// Another message shows that the second piece of an IAM is lost.
    pub(super) fn segment_lost(&mut self, ix: CircuitIx) {
        let missed = self
            .collecting(ix)
            .is_some_and(|collecting| std::mem::replace(&mut collecting.segment_awaited, false));
        if missed {
            self.stop(TimerName::T34, ix);
            self.stats.segments_missed += 1;
        }
    }

    /// SGM. One that comes too late, or that nobody announced, is discarded.
    pub(crate) fn sgm(&mut self, now: Instant, ix: CircuitIx, sgm: &Sgm) {
        if let Some(mut message) = self.take_held(ix) {
            self.stop(TimerName::T34, ix);
            join(&mut message, &sgm.options);
            return self.dispatch(now, ix, message);
        }
        let Some(collecting) = self.collecting(ix).filter(|it| it.segment_awaited) else {
            self.stats.unexpected += 1;
            return;
        };
        collecting.segment_awaited = false;
        let mut message = Message::Iam(collecting.iam.clone());
        join(&mut message, &sgm.options);
        if let Message::Iam(iam) = message {
            collecting.iam = iam;
        }
        self.stop(TimerName::T34, ix);
        self.offer_when_complete(now, ix);
    }

    /// Annex A: the second piece does not come; the call goes on without it.
    pub(crate) fn t34(&mut self, now: Instant, ix: CircuitIx) {
        if !self.give_held(now, ix) {
            self.segment_lost(ix);
            self.offer_when_complete(now, ix);
        }
    }
}
