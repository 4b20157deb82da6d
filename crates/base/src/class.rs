use std::fmt;

/// The priority of a call and of everything that belongs to it: messages, queue entries, circuits,
/// media contexts, records. Greater is more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Class {
    /// A new call without a mark.
    #[default]
    Ordinary,
    /// A later message of a call that is already up, or coming up.
    InDialog,
    /// A call with a government priority mark from a trusted peer (RFC 4412 `ets`, `wps`).
    GovernmentPriority,
    /// A call back from an answering point to somebody who called it (RFC 7090).
    PsapCallback,
    /// A new emergency call.
    Emergency,
    /// A later message of an emergency call.
    EmergencyInDialog,
}

impl Class {
    /// How many classes there are.
    pub const COUNT: usize = 6;

    /// All classes, the most urgent first.
    pub const ALL: [Self; Self::COUNT] = [
        Self::EmergencyInDialog,
        Self::Emergency,
        Self::PsapCallback,
        Self::GovernmentPriority,
        Self::InDialog,
        Self::Ordinary,
    ];

    /// Whether the reserves kept for emergency calls are open to this class.
    pub const fn is_emergency(self) -> bool {
        matches!(self, Self::Emergency | Self::EmergencyInDialog)
    }

    /// The class of the later messages of a call that began with this class.
    pub const fn in_dialog(self) -> Self {
        match self {
            Self::Emergency | Self::EmergencyInDialog => Self::EmergencyInDialog,
            Self::PsapCallback => Self::PsapCallback,
            Self::GovernmentPriority => Self::GovernmentPriority,
            Self::Ordinary | Self::InDialog => Self::InDialog,
        }
    }

    /// 0 for the most urgent class, up to `COUNT - 1`: the position in [`Class::ALL`].
    pub const fn rank(self) -> usize {
        match self {
            Self::EmergencyInDialog => 0,
            Self::Emergency => 1,
            Self::PsapCallback => 2,
            Self::GovernmentPriority => 3,
            Self::InDialog => 4,
            Self::Ordinary => 5,
        }
    }

    /// The name used in metrics, call detail records and logs.
    pub const fn label(self) -> &'static str {
        match self {
            Self::EmergencyInDialog => "emergency_in_dialog",
            Self::Emergency => "emergency",
            Self::PsapCallback => "psap_callback",
            Self::GovernmentPriority => "government_priority",
            Self::InDialog => "in_dialog",
            Self::Ordinary => "ordinary",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
