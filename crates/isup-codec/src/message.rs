use crate::frame::{Options, Reader, Writer};
use crate::{
    BackwardCallIndicators, CalledPartyNumber, CallingPartyNumber, CallingPartysCategory,
    CauseIndicators, CircuitStates, ConnectedNumber, DecodeErrorKind, EncodeError,
    EventInformation, ForwardCallIndicators, InformationIndicators, InformationRequestIndicators,
    MessageType, NatureOfConnection, OptionalBackwardCallIndicators, Parameter, ParameterName,
    Range, RangeStatus, SubsequentNumber, SupervisionType, TransmissionMedium,
};
use bytes::Bytes;

/// A message that has no structure here: its octets after the message type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Its type.
    pub message_type: MessageType,
    /// Everything after the message type.
    pub body: Bytes,
}

/// Declares the messages: for each, the mandatory fixed, mandatory variable and optional
/// parameters of its table in Q.763, in the order in which they are written. From a row come the
/// structure, its variant of [`Message`], its reader and its writer.
///
/// ```text
/// extensible {                                      with an optional part
///     /// Doc.
///     REL Rel {                                     code of MessageType, variant and structure
///         fixed {}                                  field: type = code of ParameterName
///         variable { cause: CauseIndicators = CAUSE_INDICATORS, }
///         optional { congestion_level: u8 = AUTOMATIC_CONGESTION_LEVEL, }   field is an Option
///     }
/// }
/// closed { … }                                      without an optional part
/// bare { … }                                        without parameters: a variant only
/// ```
///
/// The types in `fixed` are [`Fixed`](crate::value::Fixed), the others
/// [`Value`](crate::value::Value).
macro_rules! messages {
    (
        extensible { $(
            $(#[$edoc:meta])* $ecode:ident $ename:ident {
                fixed { $($(#[$efdoc:meta])* $eff:ident: $eft:ty = $efp:ident,)* }
                variable { $($(#[$evdoc:meta])* $evf:ident: $evt:ty = $evp:ident,)* }
                optional { $($(#[$eodoc:meta])* $eof:ident: $eot:ty = $eop:ident,)* }
            }
        )* }
        closed { $(
            $(#[$cdoc:meta])* $ccode:ident $cname:ident {
                fixed { $($(#[$cfdoc:meta])* $cff:ident: $cft:ty = $cfp:ident,)* }
                variable { $($(#[$cvdoc:meta])* $cvf:ident: $cvt:ty = $cvp:ident,)* }
            }
        )* }
        bare { $($(#[$bdoc:meta])* $bcode:ident $bname:ident;)* }
    ) => {
        $(
            $(#[$edoc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $ename {
                $($(#[$efdoc])* pub $eff: $eft,)*
                $($(#[$evdoc])* pub $evf: $evt,)*
                $($(#[$eodoc])* pub $eof: Option<$eot>,)*
                /// Optional parameters without a field, in the order of their arrival.
                pub other: Vec<Parameter>,
            }

            impl $ename {
                fn read(mut reader: Reader<'_>) -> Result<Self, DecodeErrorKind> {
                    $(let $eff = reader.fixed(ParameterName::$efp)?;)*
                    $(let $evf = reader.variable(ParameterName::$evp)?;)*
                    let mut options = Options::default();
                    reader.options(&mut options)?;
                    Ok(Self {
                        $($eff,)*
                        $($evf,)*
                        $($eof: options.take(ParameterName::$eop),)*
                        other: options.into_rest(),
                    })
                }

                fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
                    $(writer.fixed(ParameterName::$efp, &self.$eff)?;)*
                    const VARIABLE: &[ParameterName] = &[$(ParameterName::$evp),*];
                    writer.pointers(VARIABLE.len(), true);
                    $(writer.variable(ParameterName::$evp, &self.$evf)?;)*
                    $(writer.option(ParameterName::$eop, self.$eof.as_ref())?;)*
                    writer.others(&self.other)
                }
            }
        )*

        $(
            $(#[$cdoc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $cname {
                $($(#[$cfdoc])* pub $cff: $cft,)*
                $($(#[$cvdoc])* pub $cvf: $cvt,)*
            }

            impl $cname {
                fn read(mut reader: Reader<'_>) -> Result<Self, DecodeErrorKind> {
                    Ok(Self {
                        $($cff: reader.fixed(ParameterName::$cfp)?,)*
                        $($cvf: reader.variable(ParameterName::$cvp)?,)*
                    })
                }

                fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
                    $(writer.fixed(ParameterName::$cfp, &self.$cff)?;)*
                    const VARIABLE: &[ParameterName] = &[$(ParameterName::$cvp),*];
                    writer.pointers(VARIABLE.len(), false);
                    $(writer.variable(ParameterName::$cvp, &self.$cvf)?;)*
                    Ok(())
                }
            }
        )*

        /// A message (Q.763 Table 4).
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $($(#[$edoc])* $ename($ename),)*
            $($(#[$cdoc])* $cname($cname),)*
            $($(#[$bdoc])* $bname,)*
            /// Any other message: passed on as it came.
            Other(Raw),
        }

        impl Message {
            /// The types that have a structure or a variant of their own.
            pub const TYPED: &'static [MessageType] = &[
                $(MessageType::$ecode,)* $(MessageType::$ccode,)* $(MessageType::$bcode,)*
            ];

            /// The message's type.
            pub const fn message_type(&self) -> MessageType {
                match self {
                    $(Self::$ename(_) => MessageType::$ecode,)*
                    $(Self::$cname(_) => MessageType::$ccode,)*
                    $(Self::$bname => MessageType::$bcode,)*
                    Self::Other(raw) => raw.message_type,
                }
            }

            pub(crate) fn read(
                message_type: MessageType,
                body: &[u8],
            ) -> Result<Self, DecodeErrorKind> {
                let reader = Reader::new(body);
                match message_type {
                    $(MessageType::$ecode => $ename::read(reader).map(Self::$ename),)*
                    $(MessageType::$ccode => $cname::read(reader).map(Self::$cname),)*
                    $(MessageType::$bcode => Ok(Self::$bname),)*
                    _ => Ok(Self::Other(Raw { message_type, body: Bytes::copy_from_slice(body) })),
                }
            }

            pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
                match self {
                    $(Self::$ename(message) => message.write(writer),)*
                    $(Self::$cname(message) => message.write(writer),)*
                    $(Self::$bname => Ok(()),)*
                    Self::Other(raw) => {
                        writer.raw(&raw.body);
                        Ok(())
                    }
                }
            }
        }

        $(impl From<$ename> for Message {
            fn from(message: $ename) -> Self {
                Self::$ename(message)
            }
        })*

        $(impl From<$cname> for Message {
            fn from(message: $cname) -> Self {
                Self::$cname(message)
            }
        })*
    };
}

messages! {
    extensible {
        /// Initial address (Q.763 Table 32).
        IAM Iam {
            fixed {
                /// Satellites, continuity check, echo control.
                nature: NatureOfConnection = NATURE_OF_CONNECTION_INDICATORS,
                /// National or international, interworking, ISUP preference, access.
                forward: ForwardCallIndicators = FORWARD_CALL_INDICATORS,
                /// Who calls.
                category: CallingPartysCategory = CALLING_PARTYS_CATEGORY,
                /// What the connection must carry.
                medium: TransmissionMedium = TRANSMISSION_MEDIUM_REQUIREMENT,
            }
            variable {
                /// Who is called.
                called: CalledPartyNumber = CALLED_PARTY_NUMBER,
            }
            optional {
                /// Who calls.
                calling: CallingPartyNumber = CALLING_PARTY_NUMBER,
                /// How many more exchanges the call may pass, 0 to 31.
                hop_counter: u8 = HOP_COUNTER,
                /// The bearer capability (Q.931 §4.5.5).
                user_service_information: Bytes = USER_SERVICE_INFORMATION,
            }
        }
        /// Subsequent address (Q.763 Table 35).
        SAM Sam {
            fixed {}
            variable {
                /// Further digits.
                subsequent: SubsequentNumber = SUBSEQUENT_NUMBER,
            }
            optional {}
        }
        /// Information request (Q.763 Table 31).
        INR Inr {
            fixed {
                /// What is asked for.
                indicators: InformationRequestIndicators = INFORMATION_REQUEST_INDICATORS,
            }
            variable {}
            optional {}
        }
        /// Information (Q.763 Table 30).
        INF Inf {
            fixed {
                /// What is given.
                indicators: InformationIndicators = INFORMATION_INDICATORS,
            }
            variable {}
            optional {
                /// Who calls.
                category: CallingPartysCategory = CALLING_PARTYS_CATEGORY,
                /// Who calls.
                calling: CallingPartyNumber = CALLING_PARTY_NUMBER,
            }
        }
        /// Address complete (Q.763 Table 21).
        ACM Acm {
            fixed {
                /// Charge, called party's status and category, interworking, access.
                backward: BackwardCallIndicators = BACKWARD_CALL_INDICATORS,
            }
            variable {}
            optional {
                /// Whether there is something to hear.
                optional_backward: OptionalBackwardCallIndicators
                    = OPTIONAL_BACKWARD_CALL_INDICATORS,
                /// Why the call will not be answered, with an announcement.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
        }
        /// Connect (Q.763 Table 27).
        CON Con {
            fixed {
                /// Charge, called party's status and category, interworking, access.
                backward: BackwardCallIndicators = BACKWARD_CALL_INDICATORS,
            }
            variable {}
            optional {
                /// Whether there is something to hear.
                optional_backward: OptionalBackwardCallIndicators
                    = OPTIONAL_BACKWARD_CALL_INDICATORS,
                /// Who answered.
                connected: ConnectedNumber = CONNECTED_NUMBER,
            }
        }
        /// Call progress (Q.763 Table 23).
        CPG Cpg {
            fixed {
                /// What happened.
                event: EventInformation = EVENT_INFORMATION,
            }
            variable {}
            optional {
                /// Charge, called party's status and category, interworking, access.
                backward: BackwardCallIndicators = BACKWARD_CALL_INDICATORS,
                /// Whether there is something to hear.
                optional_backward: OptionalBackwardCallIndicators
                    = OPTIONAL_BACKWARD_CALL_INDICATORS,
                /// Why the call will not be answered, with an announcement.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
        }
        /// Answer (Q.763 Table 22).
        ANM Anm {
            fixed {}
            variable {}
            optional {
                /// Charge, called party's status and category, interworking, access.
                backward: BackwardCallIndicators = BACKWARD_CALL_INDICATORS,
                /// Whether there is something to hear.
                optional_backward: OptionalBackwardCallIndicators
                    = OPTIONAL_BACKWARD_CALL_INDICATORS,
                /// Who answered.
                connected: ConnectedNumber = CONNECTED_NUMBER,
            }
        }
        /// Release (Q.763 Table 33).
        REL Rel {
            fixed {}
            variable {
                /// Why.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
            optional {
                /// How congested the exchange that releases is: 1 or 2.
                congestion_level: u8 = AUTOMATIC_CONGESTION_LEVEL,
            }
        }
        /// Release complete (Q.763 Table 34).
        RLC Rlc {
            fixed {}
            variable {}
            optional {
                /// Why, where the message answers something other than a release.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
        }
        /// Suspend (Q.763 Table 38).
        SUS Sus {
            fixed {
                /// Whether the network suspended the call, not the subscriber.
                by_network: bool = SUSPEND_RESUME_INDICATORS,
            }
            variable {}
            optional {}
        }
        /// Resume (Q.763 Table 38).
        RES Res {
            fixed {
                /// Whether the network resumed the call, not the subscriber.
                by_network: bool = SUSPEND_RESUME_INDICATORS,
            }
            variable {}
            optional {}
        }
        /// Confusion (Q.763 Table 26).
        CFN Cfn {
            fixed {}
            variable {
                /// What was not understood.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
            optional {}
        }
    }
    closed {
        /// Continuity (Q.763 Table 28).
        COT Cot {
            fixed {
                /// Whether the continuity check was successful.
                successful: bool = CONTINUITY_INDICATORS,
            }
            variable {}
        }
        /// Circuit group reset (Q.763 Table 41).
        GRS Grs {
            fixed {}
            variable {
                /// The circuits to reset.
                range: Range = RANGE_AND_STATUS,
            }
        }
        /// Circuit group reset acknowledgement (Q.763 Table 25).
        GRA Gra {
            fixed {}
            variable {
                /// The circuits that were reset; a bit is set where one is blocked by maintenance.
                status: RangeStatus = RANGE_AND_STATUS,
            }
        }
        /// Circuit group blocking (Q.763 Table 40).
        CGB Cgb {
            fixed {
                /// For maintenance, or for a failure.
                kind: SupervisionType = CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE,
            }
            variable {
                /// A bit is set where a circuit is to be blocked.
                status: RangeStatus = RANGE_AND_STATUS,
            }
        }
        /// Circuit group unblocking (Q.763 Table 40).
        CGU Cgu {
            fixed {
                /// For maintenance, or for a failure.
                kind: SupervisionType = CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE,
            }
            variable {
                /// A bit is set where a circuit is to be unblocked.
                status: RangeStatus = RANGE_AND_STATUS,
            }
        }
        /// Circuit group blocking acknowledgement (Q.763 Table 40).
        CGBA Cgba {
            fixed {
                /// As in the message acknowledged.
                kind: SupervisionType = CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE,
            }
            variable {
                /// A bit is set where a circuit is blocked now.
                status: RangeStatus = RANGE_AND_STATUS,
            }
        }
        /// Circuit group unblocking acknowledgement (Q.763 Table 40).
        CGUA Cgua {
            fixed {
                /// As in the message acknowledged.
                kind: SupervisionType = CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE,
            }
            variable {
                /// A bit is set where a circuit is unblocked now.
                status: RangeStatus = RANGE_AND_STATUS,
            }
        }
        /// Circuit group query (Q.763 Table 41).
        CQM Cqm {
            fixed {}
            variable {
                /// The circuits asked about.
                range: Range = RANGE_AND_STATUS,
            }
        }
        /// Circuit group query response (Q.763 Table 24).
        CQR Cqr {
            fixed {}
            variable {
                /// The circuits asked about.
                range: Range = RANGE_AND_STATUS,
                /// Their states.
                states: CircuitStates = CIRCUIT_STATE_INDICATOR,
            }
        }
    }
    bare {
        /// Reset circuit.
        RSC Rsc;
        /// Blocking.
        BLO Blo;
        /// Blocking acknowledgement.
        BLA Bla;
        /// Unblocking.
        UBL Ubl;
        /// Unblocking acknowledgement.
        UBA Uba;
        /// Unequipped circuit identification code.
        UCIC Ucic;
        /// Continuity check request.
        CCR Ccr;
        /// Loop back acknowledgement.
        LPA Lpa;
    }
}
