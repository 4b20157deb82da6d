//! Signal units up from the line, messages up from MTP into the queue, and from there into ISUP.

use crate::inbox::{Lane, Waiting};
use crate::{Gateway, Output};
use base::{Class, Instant};
use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, CallingPartysCategory, Iam, MessageType, View, key,
};
use mtp::sap::{Indication, Transfer};
use mtp::{LineInput, SignalUnit};
use routing::Facts;
use tracing::{info, warn};

impl Gateway {
    /// A signalling time slot reports.
    pub(crate) fn line_reported(
        &mut self,
        now: Instant,
        link: mtp::LinkId,
        event: &tdm::LineEvent,
    ) {
        let event = match event {
            tdm::LineEvent::SignalUnit(unit) => {
                let Some(unit) = SignalUnit::from_slice(unit.as_slice()) else {
                    return;
                };
                LineInput::SignalUnit(unit)
            }
            tdm::LineEvent::Repeated(times) => LineInput::Repeated(*times),
            tdm::LineEvent::Errored(times) => LineInput::Errored(*times),
            tdm::LineEvent::OctetCounting(times) => LineInput::OctetCounting(*times),
            tdm::LineEvent::Transmitted => LineInput::Transmitted,
        };
        self.mtp.handle_input(now, mtp::Input::Line { link, event });
    }

    /// A span failed, or came back: its links and its circuits with it.
    pub(crate) fn span_changed(&mut self, now: Instant, span: u16, up: bool) {
        info!(span, up, "span");
        self.note_span(now, span, up);
        let links: Vec<_> =
            self.settings.lines.iter().filter(|line| line.span == span).copied().collect();
        for line in links {
            let link = line.link;
            let input = if up {
                mtp::Input::LineRestored { link }
            } else {
                mtp::Input::LineFailed { link }
            };
            self.mtp.handle_input(now, input);
        }
        for (group, cics) in self.settings.bearers.on_span(span) {
            self.isup.handle_input(now, isup::Input::Bearers { group, cics, usable: up });
        }
    }

    /// MTP wants something done.
    pub(crate) fn mtp_said(&mut self, now: Instant, output: mtp::Output) {
        let line = |link, command| Output::Line { link, command };
        let unit = |unit: SignalUnit| tdm::Unit::from_slice(unit.as_slice());
        match output {
            mtp::Output::Send { link, unit: sent } => {
                let command = unit(sent).map(tdm::LineCommand::Send);
                self.outputs.extend(command.map(|command| line(link, command)));
            }
            mtp::Output::Fill { link, unit: fill } => {
                let command = unit(fill).map(tdm::LineCommand::Fill);
                self.outputs.extend(command.map(|command| line(link, command)));
            }
            mtp::Output::Indication(Indication::Transfer(transfer)) => {
                self.isup_arrived(now, transfer);
            }
            // MTP's own tidings are about many messages and wait behind none.
            mtp::Output::Indication(indication) => {
                self.note_indication(now, &indication);
                self.isup.handle_input(now, isup::Input::Mtp(indication));
            }
            mtp::Output::LinkState { link, in_service, reason } => {
                self.note_link(now, link, in_service, reason);
            }
            mtp::Output::Association { association, command } => {
                self.outputs.push_back(Output::Association { association, command });
            }
            mtp::Output::AssociationState { association, in_service, reason } => {
                self.note_association(now, association, in_service, reason);
            }
            mtp::Output::Trace { via, outgoing, msu } => {
                self.outputs.push_back(Output::Msu { via, outgoing, msu });
            }
        }
    }

    /// A message for the ISUP arrived: tells its class and lets it wait.
    fn isup_arrived(&mut self, now: Instant, transfer: Transfer) {
        let lane = self.lane(&transfer);
        let class = self.class_of_isup(&transfer);
        let shed = self.inbox.push(now, class, lane, Waiting::Isup(transfer));
        self.shed(now, shed);
    }

    /// An IAM is a call of its own, also where it meets one of ours on the circuit: the call that
    /// the peer places is as urgent as it is, not as ours was (Q.764 §2.9.1.4).
    pub(crate) fn class_of_isup(&self, transfer: &Transfer) -> Class {
        let own = self.isup.class_of(transfer).map_or(Class::Ordinary, Class::in_dialog);
        if transfer.payload.get(2) != Some(&MessageType::IAM.0) {
            return own;
        }
        // Nothing of it is copied: most of a flood goes no further than this.
        let class = |view: View<'_>| {
            let called = view.get(key::CALLED_PARTY_NUMBER)?;
            let category = view.get(key::CALLING_PARTYS_CATEGORY)?;
            Some(self.class_of_numbers(&called, view.get(key::CALLING_PARTY_NUMBER), category))
        };
        self.isup.view(transfer).ok().and_then(class).unwrap_or(own)
    }

    /// How urgent an IAM is; every exchange we are joined to is trusted.
    pub(crate) fn class_of_iam(&self, iam: &Iam) -> Class {
        self.class_of_numbers(&iam.called, iam.get(key::CALLING_PARTY_NUMBER), iam.category)
    }

    fn class_of_numbers(
        &self,
        called: &CalledPartyNumber,
        calling: Option<CallingPartyNumber>,
        category: CallingPartysCategory,
    ) -> Class {
        let called = self.settings.numbers.number_of_called(called).ok();
        let calling = calling.and_then(|calling| self.settings.numbers.calling_of_isup(&calling));
        self.calls.router().classify(&Facts {
            called: called.as_ref(),
            calling: calling.as_ref().map(|calling| &calling.number),
            cpc: Some(category.0),
            trusted: true,
            ..Facts::default()
        })
    }

    fn lane(&self, transfer: &Transfer) -> Option<Lane> {
        let message_type = MessageType(*transfer.payload.get(2)?);
        if message_type.is_about_many() {
            return Some(Lane::Peer(transfer.opc));
        }
        Some(Lane::Circuit(transfer.opc, self.isup.cic_of(transfer)?.0))
    }

    /// Tells the links when too much from them waits (Q.703 §9), and when no longer.
    pub(crate) fn check_congestion(&mut self, now: Instant) {
        let Some(onset) = self.inbox.congestion_changed() else {
            return;
        };
        warn!(onset, "messages from the signalling links wait");
        for link in self.settings.links.clone() {
            self.mtp.handle_input(now, mtp::Input::ReceiveCongestion { link, onset });
        }
    }

    /// The message's turn has come.
    pub(crate) fn isup_served(&mut self, now: Instant, transfer: Transfer) {
        self.isup.handle_input(now, isup::Input::Mtp(Indication::Transfer(transfer)));
    }
}
