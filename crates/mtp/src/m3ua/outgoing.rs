//! What waits for an application server process.

use crate::mtp3::label::Label;
use crate::mtp3::queue::{self, Queued};
use bytes::Bytes;

/// A message of the user part on its way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) message: queue::Message,
    /// Whether others have it too, and the tag by which they know it.
    pub(super) broadcast: bool,
    pub(super) correlation: Option<u32>,
}

impl Queued for Outgoing {
    fn class(&self) -> base::Class {
        self.message.class
    }

    fn label(&self) -> &Label {
        &self.message.msu.label
    }

    fn payload(&self) -> &Bytes {
        &self.message.msu.payload
    }
}
