//! What happens on the circuits, told to call control.

use crate::Gateway;
use crate::legs::{Leg, Record};
use base::{Cause, Instant};
use call::{CallId, Input, Release, Retry, Setup, Side, Signal};
use interworking::{
    group_of_iam, release_for_isup, release_of_isup, setup_of_iam, signal_of_acm, signal_of_answer,
    signal_of_cpg, speech_of_iam,
};
use isup::{Event, GroupId, Identify};
use isup_codec::{Cic, Iam, InformationRequestIndicators};
use routing::TrunkRef;
use tracing::{debug, info, info_span, warn};

impl Gateway {
    /// The ISUP core wants something done.
    pub(crate) fn isup_said(&mut self, now: Instant, output: isup::Output) {
        match output {
            isup::Output::Mtp(transfer) => {
                self.mtp.handle_input(now, mtp::Input::Transfer(transfer));
            }
            isup::Output::Event(event) => self.isup_happened(now, event),
        }
    }

    fn isup_happened(&mut self, now: Instant, event: Event) {
        match event {
            Event::Incoming { call, group, cic, iam } => {
                self.isup_call(now, call, group, cic, &iam);
            }
            Event::AddressComplete { call, acm } => {
                self.with_circuit(call, |gateway, call, side| {
                    gateway.signal(now, call, side, signal_of_acm(&acm));
                })
            }
            Event::Progress { call, cpg } => self.with_circuit(call, |gateway, call, side| {
                gateway.signal(now, call, side, signal_of_cpg(&cpg));
            }),
            Event::Answer { call, connected, .. } => {
                self.with_circuit(call, |gateway, call, side| {
                    let signal = signal_of_answer(connected.as_ref(), &gateway.settings.numbers);
                    gateway.signal(now, call, side, signal);
                });
            }
            Event::Information { call, calling, .. } => {
                let calling = calling.as_deref();
                let calling = calling.and_then(|it| self.settings.numbers.calling_of_isup(it));
                self.with_circuit(call, |gateway, call, _| {
                    info!(known = calling.is_some(), "the peer was asked who calls");
                    gateway.calls.set_calling(call, calling);
                });
            }
            Event::Suspended { call, .. } => self.with_circuit(call, |gateway, call, side| {
                gateway.signal(now, call, side, Signal::Suspend);
            }),
            Event::Resumed { call, .. } => self.with_circuit(call, |gateway, call, side| {
                gateway.signal(now, call, side, Signal::Resume);
            }),
            Event::Released { call, cause, congestion_level, by } => {
                self.with_circuit(call, |gateway, call, side| {
                    debug!(?side, cause = cause.cause.0, ?by, ?congestion_level, "REL");
                    gateway.leg_released(now, call, side, release_of_isup(&cause));
                });
            }
            Event::Lost { call } => self.with_circuit(call, |gateway, call, side| {
                gateway.circuit_lost(now, call, side);
            }),
            Event::Ended { call } => self.with_circuit(call, |gateway, call, side| {
                gateway.leg_ended(now, call, side);
            }),
            Event::Congestion { group, held_back: 0, .. } => {
                info!(group = group.0, "the peer is no longer congested");
            }
            Event::Congestion { group, held_back, worse: true } => {
                warn!(group = group.0, held_back, "the peer is congested: calls are held back");
            }
            Event::Congestion { group, held_back, worse: false } => {
                info!(group = group.0, held_back, "the peer is less congested");
            }
            Event::GroupUsable { group, usable } => self.note_group(now, group, usable),
            Event::Loop { group, cic, on } => self.loop_changed(group, cic, on),
            Event::Check { group, cic, check, on } => {
                self.check_changed(now, (group, cic), check, on);
            }
            Event::Tested { group, cic, result } => {
                info!(group = group.0, %cic, ?result, "circuit tested");
            }
            Event::Alarm { group, cic, what } => {
                self.note_alarm(now, group, cic, what);
            }
            Event::AlarmCleared { group, cic, what } => {
                self.note_alarm_cleared(now, group, cic, what);
            }
        }
    }

    fn with_circuit(&mut self, call: isup::CallId, act: impl FnOnce(&mut Self, CallId, Side)) {
        if let Some((call, side)) = self.legs.of_circuit(call) {
            let span = self.span(call);
            let _entered = span.enter();
            act(self, call, side);
        }
    }

    /// Another circuit may do (Q.764 §2.9.1.4, §2.8.2): the call forgets this one, which from now
    /// on belongs to whoever won it.
    fn circuit_lost(&mut self, now: Instant, call: CallId, side: Side) {
        info!("the circuit was lost");
        self.leave_attempt(call);
        self.legs.ended((call, side));
        if let Some(record) = self.legs.get_mut(call) {
            record.lost.lose();
        }
        let release = Release::new(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
        let release = release.with_retry(Retry::SameExit);
        self.calls.handle_input(now, Input::AttemptFailed { call, release });
    }

    /// An answering point would know where to call back. The call does not wait for it.
    fn ask_who_calls(&mut self, now: Instant, leg: isup::CallId, group: GroupId) {
        let number = InformationRequestIndicators::default().with_calling_address(true);
        match self.isup.group(group).map(|group| group.identify).unwrap_or_default() {
            Identify::Off => {}
            Identify::Inr => {
                self.isup.ask(now, leg, number);
            }
            Identify::Idr => {
                self.isup.identify(now, leg);
            }
        }
    }

    /// An IAM asks for a call.
    fn isup_call(&mut self, now: Instant, leg: isup::CallId, group: GroupId, cic: Cic, iam: &Iam) {
        let arrived = self.clock.serving.unwrap_or(now);
        let class = self.class_of_iam(iam);
        let ingress = TrunkRef::Circuits(group.0);
        // Whatever an emergency call asks for, it is heard.
        let wanted = || speech_of_iam(iam).and_then(|()| group_of_iam(iam));
        let fits = if class.is_emergency() { Ok(()) } else { wanted() };
        let setup = setup_of_iam(iam, ingress, arrived, &self.settings.numbers);
        if let (Ok(setup), Err(release)) = (setup, fits) {
            self.stats.no_speech += 1;
            self.refused_unseen(now, Setup { class, ..setup }, release);
            return self.isup.release(now, leg, release_for_isup(&release));
        }
        let setup = match setup {
            Ok(setup) => Setup { class, ..setup },
            Err(release) => {
                self.stats.no_number += 1;
                self.report_set_up(now, class, arrived);
                return self.isup.release(now, leg, release_for_isup(&release));
            }
        };
        if let Err(cause) = self.isup.admit(now, leg, class) {
            return self.refused_unseen(now, setup, Release::new(cause));
        }
        match self.calls.incoming(now, setup) {
            Ok(call) => {
                let class = self.calls.class(call).unwrap_or(class);
                self.isup.set_class(leg, class);
                if class.is_emergency() && setup.calling.is_none() {
                    self.ask_who_calls(now, leg, group);
                }
                let circuit = self.settings.bearers.find(group, cic);
                if let Some(circuit) = circuit {
                    self.calls.set_circuit(call, circuit.number);
                }
                let span = info_span!("call", id = %call);
                span.in_scope(|| {
                    info!(called = %setup.called, %class, group = group.0, %cic, "incoming");
                });
                let ingress = Some(Leg::Isup { call: leg, circuit });
                self.legs.insert(call, Record::new(span, class, arrived, ingress));
            }
            Err(release) => {
                self.report_set_up(now, class, arrived);
                self.isup.release(now, leg, release_for_isup(&release));
            }
        }
    }
}
