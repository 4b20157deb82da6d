//! Who carries associations, and what it counts.

/// Counters since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SctpStats {
    /// Attempts of peers turned away for the limits, or because they are nobody's.
    pub refused: u64,
    /// Associations of ours that did not come up.
    pub unopened: u64,
    /// Associations closed because the peer took nothing.
    pub stalled: u64,
    /// Messages that were too long.
    pub too_long: u64,
    /// Associations that a fault of ours has ended.
    pub broken: u64,
}

impl SctpStats {
    /// The counters by their names.
    pub const fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("refused", self.refused),
            ("not_opened", self.unopened),
            ("stalled", self.stalled),
            ("too_long", self.too_long),
            ("broken", self.broken),
        ]
    }
}

/// Who carries the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SctpCarrier {
    /// The kernel: with several addresses at either end.
    Kernel,
    /// UDP (RFC 6951), and this process: where the kernel has no SCTP, or a translator of addresses
    /// stands between.
    Udp,
}

impl SctpCarrier {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "sctp",
            Self::Udp => "sctp-udp",
        }
    }
}
