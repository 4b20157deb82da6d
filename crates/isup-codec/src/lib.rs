//! Q.763: ISUP messages and parameters, octet by octet.
//!
//! A [`View`] looks at what follows the routing label of an MTP message without copying any of it;
//! [`decode`] makes a [`Message`] of it, [`encode`] writes one. The lists in `messages.rs` and
//! `parameters.rs` declare each message and each parameter once: structures, readers, writers and
//! what a trace prints come from there. [`key`] names the parameters with the types of their
//! contents: `iam.get(key::CALLING_PARTY_NUMBER)`.
//!
//! What a message carried can be passed on: its optional part stays as it came, in its order, with
//! parameters that nobody knows and such as cannot be read, and messages of unknown types are
//! [`Message::Other`] with their octets. National and older versions are a [`Variant`]: data.
//!
//! Keeps no state, knows no timer and no circuit; what a message means is the business of `isup`
//! (Q.764). Never panics on input and never allocates more than the input is long, a small
//! constant times.

#![forbid(unsafe_code)]

mod bits;
mod cause;
mod check;
mod circuits;
mod codes;
mod digits;
mod error;
mod frame;
mod indicators;
mod instructions;
mod layout;
mod messages;
mod name;
mod notation;
mod number;
mod options;
mod parameters;
mod print;
mod services;
mod shorthand;
mod structures;
#[cfg(test)]
mod tests;
mod value;
mod variant;
pub mod variants;
mod view;

/// The README is true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use cause::{CauseIndicators, coding, location};
pub use check::VariantError;
pub use circuits::{
    CircuitState, CircuitStates, Range, RangeAndStatus, RangeStatus, SupervisionType,
};
pub use codes::{
    CallingPartysCategory, EventIndicator, EventInformation, FacilityIndicator, Notification,
    RedirectionRestriction, TransmissionMedium,
};
pub use digits::{Digits, InvalidDigits};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use frame::{MAX_LENGTH, decode, encode};
pub use indicators::{
    AddressResponse, BackwardCallIndicators, CalledCategory, CalledStatus, Charge,
    ClosedUserGroupCall, ContinuityCheck, EndToEndMethod, ForwardCallIndicators,
    InformationIndicators, InformationRequestIndicators, IsupPreference, NatureOfConnection,
    OptionalBackwardCallIndicators, OptionalForwardCallIndicators, SccpMethod,
};
pub use instructions::{
    ApplicationContext, ApplicationTransport, BroadbandInterworking, MessageCompatibility,
    ParameterCompatibility, ParameterInstructions, PassOnNotPossible, UpgradedParameter,
};
pub use layout::Layout;
pub use messages::{
    Acm, Anm, Apm, Cfn, Cgb, Cgba, Cgu, Cgua, Con, Cot, Cpg, Cqm, Cqr, Faa, Fac, Far, Fot, Frj,
    Gra, Grs, Iam, Idr, Inf, Inr, Irs, Lpr, Message, Nrm, Pri, Raw, Rel, Res, Rlc, Sam, Sdm, Sgm,
    Sus, Upa, Upt, Usr,
};
pub use name::{Cic, MessageType};
pub use number::{
    CalledPartyNumber, CallingPartyNumber, ConnectedNumber, GenericNumber, HtrInformation,
    LocationNumber, NatureOfAddress, NetworkRoutingNumber, NumberQualifier, Presentation,
    RedirectingNumber, Screening, SubsequentNumber, plan,
};
pub use options::{OptionalParameters, Options};
pub use parameters::{ParameterName, key};
pub use services::{
    AccessDeliveryInformation, BackwardGvns, CallDiversionInformation,
    CallDiversionTreatmentIndicators, CallOfferingTreatmentIndicators, CcnrPossible, Ccss,
    CollectCallRequest, ConferenceAcceptance, ConferenceTreatmentIndicators, DiversionTreatment,
    EchoControlDevice, EchoControlInformation, EchoControlRequest, LoopPreventionIndicators,
    LoopResponse, McidRequestIndicators, McidResponseIndicators, NetworkManagementControls,
    NotificationOptions, NumberPortabilityForwardInformation, OfferingTreatment, PivotCapability,
    PivotRouting, PivotRoutingIndicators, PivotStatus, PortabilityStatus, QueryOnReleaseCapability,
    RedirectCapability, RedirectPossible, RedirectProgress, RedirectStatus, Redirecting,
    RedirectingReason, RedirectionInformation, TerminatingAccess, UidActionIndicators,
    UidCapabilityIndicators, UserToUserIndicators,
};
pub use structures::{
    CallReference, CallingGeodeticLocation, CircuitAssignmentMap, ClosedUserGroupInterlockCode,
    ConnectionRequest, FeatureCode, ForwardGvns, GenericDigits, GenericName, Milliseconds,
    MlppPrecedence, NetworkSpecificFacility, Piece, RedirectInformation, RemoteOperations,
    ServiceActivation, SignallingPointCode, TransitNetworkSelection, UserServiceInformation,
    UserTeleserviceInformation,
};
pub use value::{Contents, Key, Octets, Unwritable, Value};
pub use variant::{Meaning, MessageRow, ParameterRow, Variant};
pub use view::{Parameter, Part, View};
