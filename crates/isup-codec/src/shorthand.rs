//! The messages as they are most often sent.

use crate::{
    Acm, Anm, BackwardCallIndicators, CalledPartyNumber, CallingPartysCategory, CauseIndicators,
    Con, Cpg, EventIndicator, ForwardCallIndicators, Iam, NatureOfConnection, Rel, Res, Rlc, Sus,
    TransmissionMedium,
};

impl Iam {
    /// A call for speech from a network that is ISUP so far, without anything optional.
    pub const fn new(called: CalledPartyNumber, category: CallingPartysCategory) -> Self {
        Self {
            nature: NatureOfConnection(0),
            forward: ForwardCallIndicators(0).with_isup_all_the_way(true),
            category,
            medium: TransmissionMedium::SPEECH,
            called,
            calling: None,
            hop_counter: None,
            user_service_information: None,
            other: Vec::new(),
        }
    }
}

impl Acm {
    /// With nothing optional.
    pub const fn new(backward: BackwardCallIndicators) -> Self {
        Self { backward, optional_backward: None, cause: None, other: Vec::new() }
    }

    /// Whether in-band information or an appropriate pattern is now available.
    pub fn in_band(&self) -> bool {
        self.optional_backward.is_some_and(|indicators| indicators.in_band())
    }
}

impl Con {
    /// With nothing optional.
    pub const fn new(backward: BackwardCallIndicators) -> Self {
        Self { backward, optional_backward: None, connected: None, other: Vec::new() }
    }
}

impl Cpg {
    /// With nothing optional.
    pub fn new(event: EventIndicator) -> Self {
        Self {
            event: event.into(),
            backward: None,
            optional_backward: None,
            cause: None,
            other: Vec::new(),
        }
    }

    /// Whether in-band information or an appropriate pattern is now available.
    pub fn in_band(&self) -> bool {
        self.event.event == EventIndicator::IN_BAND
            || self.optional_backward.is_some_and(|indicators| indicators.in_band())
    }
}

impl Anm {
    /// With nothing optional.
    pub const fn new() -> Self {
        Self { backward: None, optional_backward: None, connected: None, other: Vec::new() }
    }
}

impl Default for Anm {
    fn default() -> Self {
        Self::new()
    }
}

impl Rel {
    /// With nothing optional.
    pub const fn new(cause: CauseIndicators) -> Self {
        Self { cause, congestion_level: None, other: Vec::new() }
    }
}

impl Rlc {
    /// With nothing optional.
    pub const fn new() -> Self {
        Self { cause: None, other: Vec::new() }
    }
}

impl Default for Rlc {
    fn default() -> Self {
        Self::new()
    }
}

impl Sus {
    /// By the network or by the subscriber.
    pub const fn new(by_network: bool) -> Self {
        Self { by_network, other: Vec::new() }
    }
}

impl Res {
    /// By the network or by the subscriber.
    pub const fn new(by_network: bool) -> Self {
        Self { by_network, other: Vec::new() }
    }
}
