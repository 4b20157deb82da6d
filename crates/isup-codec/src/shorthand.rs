//! The messages as they are most often sent.

use crate::{
    Acm, Anm, BackwardCallIndicators, CalledPartyNumber, CallingPartysCategory, CauseIndicators,
    Cfn, Con, Cpg, EventIndicator, ForwardCallIndicators, Iam, NatureOfConnection,
    OptionalBackwardCallIndicators, Options, Rel, Res, Rlc, Sam, SubsequentNumber, Sus,
    TransmissionMedium, key,
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
            options: Options::new(),
        }
    }
}

impl Sam {
    /// With nothing optional.
    pub const fn new(subsequent: SubsequentNumber) -> Self {
        Self { subsequent, options: Options::new() }
    }
}

/// Whether in-band information or an appropriate pattern is now available.
fn in_band(options: &Options) -> bool {
    options
        .get(key::OPTIONAL_BACKWARD_CALL_INDICATORS)
        .is_some_and(OptionalBackwardCallIndicators::in_band)
}

impl Acm {
    /// With nothing optional.
    pub const fn new(backward: BackwardCallIndicators) -> Self {
        Self { backward, options: Options::new() }
    }

    /// Whether in-band information or an appropriate pattern is now available.
    pub fn in_band(&self) -> bool {
        in_band(&self.options)
    }
}

impl Con {
    /// With nothing optional.
    pub const fn new(backward: BackwardCallIndicators) -> Self {
        Self { backward, options: Options::new() }
    }
}

impl Cpg {
    /// With nothing optional.
    pub fn new(event: EventIndicator) -> Self {
        Self { event: event.into(), options: Options::new() }
    }

    /// Whether in-band information or an appropriate pattern is now available.
    pub fn in_band(&self) -> bool {
        self.event.event == EventIndicator::IN_BAND || in_band(&self.options)
    }
}

impl Anm {
    /// With nothing optional.
    pub const fn new() -> Self {
        Self { options: Options::new() }
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
        Self { cause, options: Options::new() }
    }
}

impl Rlc {
    /// With nothing optional.
    pub const fn new() -> Self {
        Self { options: Options::new() }
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
        Self { by_network, options: Options::new() }
    }
}

impl Res {
    /// By the network or by the subscriber.
    pub const fn new(by_network: bool) -> Self {
        Self { by_network, options: Options::new() }
    }
}

impl Cfn {
    /// With nothing optional.
    pub const fn new(cause: CauseIndicators) -> Self {
        Self { cause, options: Options::new() }
    }
}
