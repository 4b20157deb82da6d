use crate::{Cic, MessageType, ParameterName};

/// Why a message could not be read, with as much of its head as was there, so that the receiver
/// can find the circuit concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", self.subject())]
pub struct DecodeError {
    /// The circuit, where there were two octets for it.
    pub cic: Option<Cic>,
    /// The message type, where there was an octet for it.
    pub message_type: Option<MessageType>,
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

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// It ends before its type, its fixed part or its pointers do.
    #[error("too short")]
    TooShort,
    /// A pointer leads past the end, or a mandatory parameter has none (Q.763 §1.6).
    #[error("pointer leads nowhere")]
    BadPointer,
    /// A parameter is longer than what is left of the message.
    #[error("parameter runs past the end")]
    BadLength,
    /// A mandatory parameter has contents that its clause of Q.763 does not allow.
    #[error("bad {0}")]
    BadParameter(ParameterName),
}

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The circuit identification code has more than 12 bits.
    #[error("circuit identification code {0} is not of 12 bits (0 to 4095)")]
    Cic(Cic),
    /// A value does not fit the bits that the parameter gives it, or its 255 octets.
    #[error("{0}: value cannot be written")]
    Parameter(ParameterName),
    /// The message is longer than a signalling information field.
    #[error("{length} octets do not fit a message signal unit (at most {})", crate::MAX_LENGTH)]
    TooLong {
        /// How long it would be.
        length: usize,
    },
}
