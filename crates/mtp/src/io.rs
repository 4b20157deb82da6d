use crate::m3ua::{self, AssociationId};
use crate::{LinkId, PointCode, SignalUnit, Via, m2pa, mtp2, mtp3, sap};
use bytes::Bytes;

/// What a line reports; mirrors the events of `tdm`'s signalling time slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "units travel by value: no allocation for each")]
pub enum LineInput {
    /// A good signal unit.
    SignalUnit(SignalUnit),
    /// So many further good FISUs or LSSUs, each equal to the last unit given.
    Repeated(u32),
    /// So many signal units failed the checks of Q.703 §4.1 and §4.2.
    Errored(u32),
    /// The line is out of alignment: so many times 16 octets went by (Q.703 §4.1.4).
    OctetCounting(u32),
    /// One [`Output::Send`] has gone out.
    Transmitted,
}

/// What may happen to a signalling point.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "units travel by value: no allocation for each")]
pub enum Input {
    /// The line of a link reports.
    Line {
        /// Which link.
        link: LinkId,
        /// What.
        event: LineInput,
    },
    /// Bring the link into service and keep it there (Q.704 §12.2).
    Activate {
        /// Which link.
        link: LinkId,
    },
    /// Take the link out of service and leave it so.
    Deactivate {
        /// Which link.
        link: LinkId,
    },
    /// The span of the link lost its signal.
    LineFailed {
        /// Which link.
        link: LinkId,
    },
    /// The span of the link has its signal back.
    LineRestored {
        /// Which link.
        link: LinkId,
    },
    /// Whoever takes our messages cannot keep up with this link (`onset`), or can again: the
    /// peer is told busy (Q.703 §9) and what it sends meanwhile is asked for again afterwards.
    ReceiveCongestion {
        /// Which link.
        link: LinkId,
        /// Whether congestion begins or ends.
        onset: bool,
    },
    /// The connection of an association reports: one of M3UA, or that of a link over M2PA.
    Association {
        /// Which association.
        association: AssociationId,
        /// What.
        event: m3ua::Event,
    },
    /// MTP-TRANSFER request.
    Transfer(sap::Transfer),
}

/// What a signalling point wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send the unit once, after those given before it, and report `Transmitted`.
    Send {
        /// Which link.
        link: LinkId,
        /// What to send.
        unit: SignalUnit,
    },
    /// From now on repeat this unit whenever nothing else is to be sent.
    Fill {
        /// Which link.
        link: LinkId,
        /// What to repeat.
        unit: SignalUnit,
    },
    /// For the user part.
    Indication(sap::Indication),
    /// A link came into service, or left it.
    LinkState {
        /// Which link.
        link: LinkId,
        /// Whether it carries traffic now.
        in_service: bool,
        /// Why, in a few words.
        reason: &'static str,
    },
    /// Something is to be done with the connection of an association.
    Association {
        /// Which association.
        association: AssociationId,
        /// What.
        command: m3ua::Command,
    },
    /// An association came into service, or left it.
    AssociationState {
        /// Which association.
        association: AssociationId,
        /// Whether it carries traffic now.
        in_service: bool,
        /// Why, in a few words.
        reason: &'static str,
    },
    /// A message signal unit as it entered or left, from its service information octet on.
    Trace {
        /// What it passed over.
        via: Via,
        /// Whether we sent it. A retransmission is not traced again.
        outgoing: bool,
        /// SIO and SIF.
        msu: Bytes,
    },
}

/// Why a signalling point wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A timer of Q.703 §12.3.
    Mtp2(LinkId, mtp2::Timer),
    /// A timer of RFC 4165.
    M2pa(LinkId, m2pa::Timer),
    /// A timer of Q.704 §16.8 or Q.707 §5.5.
    Mtp3(LinkId, mtp3::Timer),
    /// A timer of Q.704 §16.8 that runs for a destination.
    Mtp3Point(PointCode, mtp3::Timer),
    /// A timer of RFC 4666.
    M3ua(AssociationId, m3ua::Timer),
}

/// Why a link is not inhibited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InhibitError {
    /// There is none of this name.
    #[error("there is no such link")]
    NoSuchLink,
    /// It is not in service, or no other link of its set carries traffic.
    #[error("no other link to the same point carries traffic, or this one does not")]
    Needed,
}
