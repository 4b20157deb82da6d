//! Congestion at the circuits' side: of ours exchanges are told, of theirs callers.

use crate::Gateway;
use call::{CallId, Release};
use isup::{CongestionView, GroupId, SetupError};

/// When the more severe level is told: so much of the messages is too much,
const MUCH_TOO_MUCH: u8 = 50;
/// or so much of the room for ordinary calls is taken, in percent. All of it is the more severe
/// level.
const NEARLY_FULL: usize = 90;

impl Gateway {
    /// Lets exchanges know of our load, in the releases from now on (Q.764 §2.11.2).
    pub(crate) fn tell_level(&mut self) {
        let level = self.congestion_level();
        self.isup.set_congestion_level((level > 0).then_some(level));
    }

    /// 0, 1 or 2 (Q.763 §3.4): by what waits for the cores, and by the room for calls.
    fn congestion_level(&self) -> u8 {
        let (too_much, calls) = (self.inbox.reduction(), self.calls.load());
        if too_much >= MUCH_TOO_MUCH || calls >= 100 {
            2
        } else {
            u8::from(too_much > 0 || calls >= NEARLY_FULL)
        }
    }

    /// How congested the peer of each trunk group is, and what it is told of us.
    pub fn congestion(&self) -> Vec<(String, CongestionView)> {
        let groups = (0..).map(GroupId).zip(&self.settings.groups);
        groups.map(|(id, name)| (name.clone(), self.isup.congestion(id))).collect()
    }

    /// Refuses a call that was held back from the exchange of this group in an earlier attempt.
    pub(crate) fn keeps_from(&self, call: CallId, group: GroupId) -> Result<(), Release> {
        let peer = self.isup.group(group).map(|group| group.peer);
        let lost = self.legs.get(call).map(|record| &record.lost);
        match lost.zip(peer) {
            Some((lost, peer)) if lost.is_kept_from(peer) => Err(held_back()),
            _ => Ok(()),
        }
    }

    /// Why a trunk group gave no circuit.
    pub(crate) fn no_circuit(
        &mut self,
        call: CallId,
        group: GroupId,
        error: SetupError,
    ) -> Release {
        if error != SetupError::HeldBack {
            return Release::new(error.cause());
        }
        let peer = self.isup.group(group).map(|group| group.peer);
        if let Some((record, peer)) = self.legs.get_mut(call).zip(peer) {
            record.lost.keep_from(peer);
        }
        held_back()
    }
}

/// Without a time to come back: a peer that is told one sends no call at all meanwhile (RFC 3261
/// §21.5.4), and emergency calls are never held back.
fn held_back() -> Release {
    Release::new(SetupError::HeldBack.cause())
}
