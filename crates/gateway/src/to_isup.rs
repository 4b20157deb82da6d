//! What call control tells a circuit.

use crate::Gateway;
use crate::legs::Record;
use base::Instant;
use call::{CallId, Signal};
use interworking::{backward_for_signal, release_for_isup};
use media::Listener;

impl Gateway {
    pub(crate) fn tell_isup(
        &mut self,
        now: Instant,
        call: CallId,
        leg: isup::CallId,
        signal: &Signal,
    ) {
        match signal {
            // Q.764 §2.4.1: the network's, as no user of ours has a terminal to hang up.
            Signal::Suspend => self.isup.suspend(now, leg, true),
            Signal::Resume => self.isup.resume(now, leg, true),
            Signal::Release(release) => self.isup.release(now, leg, release_for_isup(release)),
            _ => {
                self.ring_circuit(call, signal);
                let first = self.legs.get_mut(call).is_some_and(Record::is_first_backward);
                for backward in backward_for_signal(signal, first, &self.settings.numbers) {
                    self.isup.backward(now, leg, backward);
                }
            }
        }
    }

    /// RFC 3398 §8.2.3: a caller of the switched network hears the ringing from us, unless the SIP
    /// side plays something.
    fn ring_circuit(&mut self, call: CallId, signal: &Signal) {
        match signal {
            Signal::Alerting { early_media: false } => self.ringback(call, Some(Listener::Circuit)),
            Signal::Alerting { .. } | Signal::Progress { early_media: true } => {
                self.ringback(call, None);
            }
            Signal::Answer { .. } => self.ringback(call, None),
            _ => {}
        }
    }
}
