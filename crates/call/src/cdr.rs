use crate::CallId;
use base::{Cause, Class, Instant};
use routing::{Number, TrunkRef};

/// The record of a call, written once, when both legs are gone or the call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdr {
    /// Counts calls from 1, refused ones too.
    pub id: u64,
    /// The call, which is dead from now on; none where it was refused at arrival.
    pub call: Option<CallId>,
    /// The class, as finally told.
    pub class: Class,
    /// Where it came in.
    pub ingress: TrunkRef,
    /// The exit of the last attempt.
    pub egress: Option<TrunkRef>,
    /// Who called.
    pub calling: Option<Number>,
    /// The number as it came in.
    pub called: Number,
    /// The number of the last attempt.
    pub translated: Number,
    /// The circuit, as named with [`crate::Calls::set_circuit`].
    pub circuit: Option<u32>,
    /// Arrival.
    pub start: Instant,
    /// Answer, if it was answered.
    pub answered: Option<Instant>,
    /// When the release began.
    pub end: Instant,
    /// Why it ended.
    pub cause: Cause,
    /// The final status of the INVITE; from call control itself only what came with the end.
    pub sip_status: Option<u16>,
    /// How many exits were tried.
    pub attempts: u8,
}
