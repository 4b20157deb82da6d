//! What call control tells a circuit.

use crate::Gateway;
use crate::legs::Record;
use base::Instant;
use call::{CallId, Signal};
use interworking::{backward_for_signal, release_for_isup};

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
                let first = self.legs.get_mut(call).is_some_and(Record::is_first_backward);
                for backward in backward_for_signal(signal, first, &self.settings.numbers) {
                    self.isup.backward(now, leg, backward);
                }
            }
        }
    }
}
