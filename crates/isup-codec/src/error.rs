use crate::{Cic, MessageType, ParameterName};

/// Why a message could not be read, with as much of its head as was there, so that the receiver
/// can find the circuit concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: octet {at}: {kind}", self.subject())]
pub struct DecodeError {
    /// The circuit, where there were two octets for it.
    pub cic: Option<Cic>,
    /// The message type, where there was an octet for it.
    pub message_type: Option<MessageType>,
    /// Where it is wrong, counted from the first octet of the circuit identification code.
    pub at: usize,
    /// What is wrong.
    pub kind: DecodeErrorKind,
}

impl DecodeError {
    fn subject(&self) -> String {
        match (self.message_type, self.cic) {
            (Some(kind), Some(cic)) => format!("{kind} on circuit {cic}"),
            (_, Some(cic)) => format!("message on circuit {cic}"),
            _ => "message".to_owned(),
        }
    }
}

/// Where a message is wrong, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flaw {
    pub(crate) at: usize,
    pub(crate) kind: DecodeErrorKind,
}

impl Flaw {
    pub(crate) const fn of(
        self,
        cic: Option<Cic>,
        message_type: Option<MessageType>,
    ) -> DecodeError {
        DecodeError { cic, message_type, at: self.at, kind: self.kind }
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// It ends before its type, its fixed part or its pointers do.
    #[error("too short (Q.763 §1.5)")]
    TooShort,
    /// A pointer leads past the end, or a mandatory parameter has none.
    #[error("pointer leads nowhere (Q.763 §1.6)")]
    BadPointer,
    /// A parameter is longer than what is left of the message.
    #[error("parameter runs past the end (Q.763 §1.7)")]
    BadLength,
    /// A mandatory parameter has contents that its clause of Q.763 does not allow.
    #[error("bad {0} (Q.763 §{clause})", clause = .0.clause().unwrap_or("3"))]
    BadParameter(ParameterName),
}

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The circuit identification code has more bits than the variant gives it.
    #[error("circuit identification code {cic} is not of {bits} bits (Q.763 §1.2)")]
    Cic {
        /// The code.
        cic: Cic,
        /// How many bits it may have.
        bits: u8,
    },
    /// A value does not fit the bits that the parameter gives it, or its 255 octets.
    #[error("{0}: value cannot be written (Q.763 §{clause})", clause = .0.clause().unwrap_or("3"))]
    Parameter(ParameterName),
    /// The variant demands a parameter that the message does not have.
    #[error("{0} is missing")]
    Missing(ParameterName),
    /// The message is longer than a signalling information field.
    #[error("{length} octets do not fit a message signal unit (at most {})", crate::MAX_LENGTH)]
    TooLong {
        /// How long it would be.
        length: usize,
    },
}
