//! Signalling procedure control: messages are written and sent, read and distributed.

use crate::circuits::{CircuitIx, sls};
use crate::compatibility::optional;
use crate::io::Output;
use crate::node::Isup;
use crate::phase::Phase;
use crate::timers::{Timer, TimerName};
use base::{Class, Instant};
use bytes::Bytes;
use isup_codec::{Cic, DecodeError, Message, MessageType, decode, encode, key};
use mtp::sap::{PointCode, Transfer};

/// The circuit that a raw message is about.
pub(crate) fn peek_cic(payload: &[u8]) -> Option<Cic> {
    let octets = payload.first_chunk()?;
    Some(Cic(u16::from_le_bytes(*octets) & Cic::MAX.0))
}

impl Isup {
    /// Sends a message about a circuit, with the urgency of the call on it.
    pub(crate) fn send(&mut self, ix: CircuitIx, message: impl Into<Message>) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let record = circuit.phase.call().and_then(|call| self.calls.get(call.0));
        // Supervision goes with the calls in progress: circuits wait for it.
        let class = record.map_or(Class::InDialog, |record| record.class.in_dialog());
        let (peer, cic) = (circuit.peer, circuit.cic);
        self.send_to(peer, cic, class, &message.into());
    }

    /// Sends a message that belongs to no circuit of ours.
    pub(crate) fn send_to(&mut self, peer: PointCode, cic: Cic, class: Class, message: &Message) {
        match encode(cic, message) {
            Ok(payload) => self.transmit(peer, cic, class, message.message_type(), payload),
            Err(error) => {
                self.stats.unsendable += 1;
                tracing::warn!(%peer, %cic, %error, "message cannot be sent");
            }
        }
    }

    /// Gives a written message to the message transfer part.
    pub(crate) fn transmit(
        &mut self,
        peer: PointCode,
        cic: Cic,
        class: Class,
        message_type: MessageType,
        payload: Bytes,
    ) {
        *self.stats.sent.entry(message_type).or_default() += 1;
        tracing::trace!(%peer, %cic, %message_type, "sent");
        self.output(Output::Mtp(Transfer {
            opc: self.config.own,
            dpc: peer,
            sls: sls(cic),
            class,
            payload,
        }));
    }

    /// Reads a message and gives it to whom it is for.
    pub(crate) fn receive(&mut self, now: Instant, transfer: &Transfer) {
        let peer = transfer.opc;
        if transfer.dpc != self.config.own || !self.peers.contains(peer) {
            self.stats.unknown_peer += 1;
            return;
        }
        // Q.764 §2.13.2: any message shows that the user part is there.
        self.user_part_answers(now, peer);
        let (cic, message) = match decode(&transfer.payload) {
            Ok(decoded) => decoded,
            Err(error) => return self.undecodable(now, peer, error),
        };
        let message_type = message.message_type();
        *self.stats.received.entry(message_type).or_default() += 1;
        tracing::trace!(%peer, %cic, %message_type, "received");
        match message {
            Message::Grs(grs) => self.grs(peer, cic, grs.range),
            Message::Gra(gra) => self.gra(peer, cic, &gra.status),
            Message::Cgb(cgb) => self.cgb(now, peer, cic, &cgb),
            Message::Cgba(cgba) => self.cgba(peer, cic, &cgba),
            Message::Cgu(cgu) => self.cgu(peer, cic, &cgu),
            Message::Cgua(cgua) => self.cgua(peer, cic, &cgua),
            Message::Cqm(cqm) => self.cqm(peer, cic, cqm.range),
            Message::Upt(_) => self.upt(peer, cic),
            Message::Upa(_) => {}
            // Nothing is asked and nothing is told: their counters are enough.
            Message::Cqr(_) | Message::Cfn(_) => {}
            message => match self.circuits.find(peer, cic) {
                Some(ix) => self.distribute(now, ix, message),
                None => self.unequipped(peer, cic, &message),
            },
        }
    }

    /// A message about one circuit.
    fn distribute(&mut self, now: Instant, ix: CircuitIx, message: Message) {
        if !matches!(message, Message::Ucic | Message::Rlc(_) | Message::Bla | Message::Uba) {
            self.equipped(ix);
        }
        if let Some(options) = optional(&message)
            && !self.is_compatible(now, ix, options)
        {
            return;
        }
        match message {
            Message::Iam(iam) => self.iam(now, ix, iam),
            Message::Sam(sam) => self.sam(now, ix, &sam),
            Message::Cot(cot) => self.cot(now, ix, cot.successful),
            Message::Inr(_) => self.inr(ix),
            Message::Acm(acm) => self.acm(now, ix, acm),
            Message::Cpg(cpg) => self.cpg(now, ix, cpg),
            Message::Anm(anm) => {
                let backward = anm.get(key::BACKWARD_CALL_INDICATORS);
                self.answered(now, ix, backward, anm.get(key::CONNECTED_NUMBER), false);
            }
            Message::Con(con) => {
                let connected = con.get(key::CONNECTED_NUMBER);
                self.answered(now, ix, Some(con.backward), connected, true);
            }
            Message::Sus(sus) => self.sus(now, ix, sus.by_network),
            Message::Res(res) => self.res(now, ix, res.by_network),
            Message::Rel(rel) => self.rel(ix, rel),
            Message::Rlc(_) => self.rlc(now, ix),
            Message::Rsc => self.rsc(now, ix),
            Message::Blo => self.blo(now, ix),
            Message::Bla => self.bla(ix),
            Message::Ubl => self.ubl(ix),
            Message::Uba => self.uba(ix),
            Message::Ucic => self.ucic(ix),
            Message::Ccr => self.ccr(now, ix),
            Message::Other(raw) => self.unrecognized(now, ix, &raw),
            // We asked for neither.
            Message::Inf(_) | Message::Lpa => self.stats.unexpected += 1,
            message => self.meaningless(now, ix, &message),
        }
    }

    /// Q.764 §2.9.5.1 d): a message that the state of the circuit gives no meaning.
    pub(crate) fn unexpected(&mut self, now: Instant, ix: CircuitIx) {
        self.stats.unexpected += 1;
        let Some(circuit) = self.circuits.get(ix) else { return };
        let resets = match &circuit.phase {
            Phase::Idle | Phase::Collecting(_) => true,
            phase => phase.awaits_backward(),
        };
        if resets {
            self.reset_circuit(now, ix);
        }
    }

    /// A message whose mandatory part is wrong is discarded. That of an IAM would leave the caller
    /// waiting for T7: it gets a release.
    fn undecodable(&mut self, now: Instant, peer: PointCode, error: DecodeError) {
        self.stats.malformed += 1;
        tracing::debug!(%peer, %error, "malformed message");
        if error.message_type != Some(MessageType::IAM) {
            return;
        }
        let Some(ix) = error.cic.and_then(|cic| self.circuits.find(peer, cic)) else { return };
        let circuit = self.circuits.get(ix);
        if circuit.is_some_and(|circuit| matches!(circuit.phase, Phase::Idle)) {
            self.start_release(now, ix, None, crate::cpc::cause(base::Cause::PROTOCOL_ERROR));
        }
    }

    pub(crate) fn expired(&mut self, now: Instant, timer: Timer) {
        let ix = CircuitIx(timer.of);
        match timer.name {
            TimerName::T1 => self.t1(now, ix),
            TimerName::T5 => self.t5(now, ix),
            TimerName::T2 | TimerName::T6 => self.t2_t6(now, ix, timer.name),
            TimerName::T7 => self.t7(now, ix),
            TimerName::T8 => self.t8(now, ix),
            TimerName::T9 => self.t9(now, ix),
            TimerName::T10 => self.t10(now, ix),
            TimerName::T35 => self.t35(now, ix),
            TimerName::T27 | TimerName::T36 => self.t27_t36(now, ix),
            TimerName::T16 | TimerName::T17 => self.t16_t17(now, ix, timer.name),
            TimerName::T12 | TimerName::T13 | TimerName::T14 | TimerName::T15 => {
                self.t12_to_t15(now, ix, timer.name);
            }
            TimerName::T18
            | TimerName::T19
            | TimerName::T20
            | TimerName::T21
            | TimerName::T22
            | TimerName::T23 => self.t18_to_t23(now, ix, timer.name),
            TimerName::T4 => self.t4(now, PointCode(timer.of)),
            // It only separates what belongs to one congestion from what does not.
            TimerName::T29 => {}
        }
    }
}
