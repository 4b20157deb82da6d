//! Signalling procedure control: messages are written and sent, read and distributed.

use crate::circuits::{CircuitIx, sls};
use crate::compatibility::optional;
use crate::cpc::segmentation::{Written, write};
use crate::io::Output;
use crate::node::Isup;
use crate::phase::{Phase, Testing};
use crate::timers::{Timer, TimerName};
use base::{Class, Instant};
use bytes::Bytes;
use isup_codec::{Cic, DecodeError, Message, MessageType, Variant, View, key};
use mtp::sap::{PointCode, Transfer};
use std::sync::Arc;

/// Messages that are not about the circuit whose code they bear.
const OF_NO_CIRCUIT: [MessageType; 3] = [MessageType::UPT, MessageType::UPA, MessageType::CFN];

impl Isup {
    /// What is spoken about this circuit, or else with this exchange.
    pub(crate) fn variant(&self, peer: PointCode, cic: Cic) -> &Arc<Variant> {
        let circuit = self.circuits.find(peer, cic).and_then(|ix| self.circuits.get(ix));
        let group = circuit.map(|circuit| circuit.group).or_else(|| self.peers.first_group(peer));
        let group = group.and_then(|group| self.config.groups.get(usize::from(group.0)));
        group.map_or(&self.plain, |group| &group.variant)
    }

    /// The circuit identification code of a raw message, as wide as its exchange has them.
    pub fn cic_of(&self, transfer: &Transfer) -> Option<Cic> {
        let octets = transfer.payload.first_chunk()?;
        // Circuit identification codes to one exchange are all of one width.
        Some(self.variant(transfer.opc, Cic(u16::MAX)).cic(*octets))
    }

    /// What is spoken on the circuit that a raw message is about.
    fn variant_of(&self, transfer: &Transfer) -> &Arc<Variant> {
        let cic = self.cic_of(transfer).unwrap_or_default();
        self.variant(transfer.opc, cic)
    }

    /// A look at a raw message, nothing of it copied, by the tables that are spoken on its circuit.
    pub fn view<'a>(&'a self, transfer: &'a Transfer) -> Result<View<'a>, DecodeError> {
        View::parse(&transfer.payload, self.variant_of(transfer))
    }

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
        // The IAM of an emergency call does not come by here.
        match write(self.variant(peer, cic), cic, message, false) {
            Ok(Written { first, second }) => {
                self.transmit(peer, cic, class, message.message_type(), first);
                if let Some(second) = second {
                    self.transmit(peer, cic, class, MessageType::SGM, second);
                }
            }
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
        let variant = self.variant(peer, cic);
        let shown = || View::parse(&payload, variant).map(|view| view.to_string());
        tracing::trace!(%peer, message = shown().unwrap_or_default(), "sent");
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
        // Q.764 §2.13.2: any message shows that the user part is there. It may be the answer to
        // what would be asked again.
        let was_away = self.user_part_answers(peer);
        self.read(now, transfer);
        if was_away {
            self.ask_again(now, peer);
            self.compare_with(peer);
        }
    }

    fn read(&mut self, now: Instant, transfer: &Transfer) {
        let peer = transfer.opc;
        let variant = Arc::clone(self.variant_of(transfer));
        let view = match View::parse(&transfer.payload, &variant) {
            Ok(view) => view,
            Err(error) => return self.undecodable(now, transfer, error),
        };
        *self.stats.received.entry(view.message_type()).or_default() += 1;
        tracing::trace!(%peer, message = %view, "received");
        let (cic, message_type) = (view.cic(), view.message_type());
        let of_one = !message_type.is_about_many() && !OF_NO_CIRCUIT.contains(&message_type);
        let ix = self.circuits.find(peer, cic);
        if of_one && ix.is_none() {
            return self.unequipped(peer, cic, message_type);
        }
        let message = match view.message() {
            Ok(message) => message,
            Err(error) => return self.undecodable(now, transfer, error),
        };
        let unexpected = self.stats.unexpected;
        match ix.filter(|_| of_one) {
            Some(ix) => self.distribute(now, ix, message),
            None => self.not_of_one(now, peer, cic, message),
        }
        if self.stats.unexpected != unexpected {
            tracing::debug!(%peer, message = %view, "unexpected message");
        }
    }

    /// A message about many circuits, or about none.
    fn not_of_one(&mut self, now: Instant, peer: PointCode, cic: Cic, message: Message) {
        match message {
            Message::Grs(grs) => self.grs(peer, cic, grs.range),
            Message::Gra(gra) => self.gra(now, peer, cic, &gra.status),
            Message::Cgb(cgb) => self.cgb(now, peer, cic, &cgb),
            Message::Cgba(cgba) => self.cgba(now, peer, cic, &cgba),
            Message::Cgu(cgu) => self.cgu(peer, cic, &cgu),
            Message::Cgua(cgua) => self.cgua(now, peer, cic, &cgua),
            Message::Cqm(cqm) => self.cqm(peer, cic, cqm.range),
            Message::Upt(_) => self.upt(peer, cic),
            Message::Cqr(cqr) => self.cqr(now, peer, cic, &cqr),
            Message::Cfn(cfn) => self.cfn(peer, cic, &cfn),
            // Nothing is asked and nothing is told: their counters are enough.
            _ => {}
        }
    }

    /// A message about one circuit.
    fn distribute(&mut self, now: Instant, ix: CircuitIx, message: Message) {
        if !matches!(message, Message::Ucic | Message::Rlc(_) | Message::Bla | Message::Uba) {
            self.equipped(ix);
        }
        if let Some(options) = optional(&message)
            && !self.is_compatible(now, ix, options, self.is_urgent(ix))
        {
            return;
        }
        // Q.764 §2.1.12: what may come between the pieces of a message. Any other one shows that
        // the second piece is lost.
        let between = matches!(
            message,
            Message::Sgm(_)
                | Message::Cot(_)
                | Message::Blo
                | Message::Bla
                | Message::Ubl
                | Message::Uba
        );
        if !between {
            self.give_held(now, ix);
        }
        if let Some(message) = self.first_segment(now, ix, message) {
            self.dispatch(now, ix, message);
        }
    }

    /// Whether the call on the circuit is an emergency call.
    fn is_urgent(&self, ix: CircuitIx) -> bool {
        let call = self.circuits.get(ix).and_then(|circuit| circuit.phase.call());
        let record = call.and_then(|call| self.calls.get(call.0));
        record.is_some_and(|record| record.class.is_emergency())
    }

    /// A whole message about one circuit, to whom it is for.
    pub(crate) fn dispatch(&mut self, now: Instant, ix: CircuitIx, message: Message) {
        match message {
            Message::Iam(iam) => self.iam(now, ix, iam),
            Message::Sam(sam) => self.sam(now, ix, &sam),
            Message::Cot(cot) => self.cot(now, ix, cot.successful),
            Message::Inr(inr) => self.inr(now, ix, &inr),
            Message::Inf(inf) => self.inf(now, ix, &inf),
            Message::Idr(idr) => self.idr(now, ix, &idr),
            Message::Irs(irs) => self.irs(now, ix, &irs),
            Message::Sgm(sgm) => self.sgm(now, ix, &sgm),
            Message::Far(far) => self.far(now, ix, &far),
            // We asked for nothing, and have agreed to nothing.
            Message::Faa(_) | Message::Frj(_) | Message::Usr(_) => self.stray(now, ix),
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
            Message::Rel(rel) => self.rel(now, ix, rel),
            Message::Rlc(_) => self.rlc(now, ix),
            Message::Rsc => self.rsc(now, ix),
            Message::Blo => self.blo(now, ix),
            Message::Bla => self.bla(ix),
            Message::Ubl => self.ubl(ix),
            Message::Uba => self.uba(ix),
            Message::Ucic => self.ucic(ix),
            Message::Ccr => self.ccr(now, ix),
            Message::Lpa => self.lpa(now, ix),
            Message::Olm => self.olm(now, ix),
            Message::Other(raw) => self.other(now, ix, &raw),
            message => self.meaningless(now, ix, &message),
        }
    }

    /// Q.764 §2.9.5.1 d): a message that the state of the circuit gives no meaning.
    pub(crate) fn unexpected(&mut self, now: Instant, ix: CircuitIx) {
        self.stats.unexpected += 1;
        let Some(circuit) = self.circuits.get(ix) else { return };
        let resets = match &circuit.phase {
            Phase::Idle | Phase::Collecting(_) => true,
            // The staff's first test of a circuit that was idle here and is not at the peer: CCR
            // means nothing to a call, and would be repeated for as long as that lasts.
            Phase::Testing(Testing { failures: 0, .. }) => true,
            phase => phase.awaits_backward(),
        };
        if resets {
            self.reset_circuit(now, ix);
        }
    }

    /// A message whose mandatory part is wrong is discarded. That of an IAM would leave the caller
    /// waiting for T7: it gets a release.
    fn undecodable(&mut self, now: Instant, transfer: &Transfer, error: DecodeError) {
        self.stats.malformed += 1;
        let peer = transfer.opc;
        let octets = transfer.payload.as_ref();
        tracing::debug!(%peer, %error, octets = format_args!("{octets:02x?}"), "malformed message");
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
        // Where both are due the long one speaks: the message goes once.
        let long = timer.name.long().map(|name| Timer { name, of: timer.of });
        if long.and_then(|long| self.timers.deadline(long)).is_some_and(|due| due <= now) {
            return;
        }
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
            TimerName::T24 => self.check_failed(now, ix),
            TimerName::T25 | TimerName::T26 => self.t25_t26(now, ix, timer.name),
            TimerName::T33 => self.t33(now, ix),
            TimerName::T34 => self.t34(now, ix),
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
            | TimerName::T23 => self.t18_to_t23(now, timer),
            TimerName::T28 => self.t28(ix),
            TimerName::Turn => self.turn(timer),
            TimerName::T3 => self.t3(now, ix),
            TimerName::T4 => self.t4(now, PointCode(timer.of)),
            TimerName::T30 => self.t30(now, PointCode(timer.of)),
            TimerName::Level => self.level_is_over(PointCode(timer.of)),
            // T29 only separates one indication of congestion from the next; without an IRS the
            // call goes on.
            TimerName::T29 | TimerName::T39 => {}
        }
    }
}
