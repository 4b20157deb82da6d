//! Q.763: ISUP messages and parameters, octet by octet.
//!
//! [`decode`] reads what follows the routing label of an MTP message, [`encode`] writes it. The
//! list in `message.rs` declares each message once: its structure, reader and writer come from
//! there. Messages without a row there are [`Message::Other`] with their octets, and optional
//! parameters without a field in their message are kept in its `other`, so what a message carried
//! can be passed on unchanged.
//!
//! Keeps no state, knows no timer and no circuit; what a message means is the business of `isup`
//! (Q.764). Never panics on input and never allocates more than the input is long, a small
//! constant times.

#![forbid(unsafe_code)]

mod bits;
mod cause;
mod circuits;
mod codes;
mod error;
mod frame;
mod indicators;
mod message;
mod name;
mod number;
mod shorthand;
#[cfg(test)]
mod tests;
mod value;

pub use cause::{CauseIndicators, coding, location};
pub use circuits::{CircuitState, CircuitStates, Range, RangeStatus, SupervisionType};
pub use codes::{
    CallingPartysCategory, EventIndicator, EventInformation, InformationIndicators,
    InformationRequestIndicators, TransmissionMedium,
};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use frame::{MAX_LENGTH, decode, encode};
pub use indicators::{
    BackwardCallIndicators, CalledCategory, CalledStatus, Charge, ContinuityCheck,
    ForwardCallIndicators, IsupPreference, NatureOfConnection, OptionalBackwardCallIndicators,
};
pub use message::{
    Acm, Anm, Cfn, Cgb, Cgba, Cgu, Cgua, Con, Cot, Cpg, Cqm, Cqr, Gra, Grs, Iam, Inf, Inr, Message,
    Raw, Rel, Res, Rlc, Sam, Sus,
};
pub use name::{Cic, MessageType, ParameterName};
pub use number::{
    CalledPartyNumber, CallingPartyNumber, ConnectedNumber, Digits, InvalidDigit, NatureOfAddress,
    Presentation, Screening, SubsequentNumber, plan,
};
pub use value::Parameter;
