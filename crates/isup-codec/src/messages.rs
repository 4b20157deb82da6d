use crate::error::Flaw;
use crate::frame::{Body, Writer, Written};
use crate::notation::q763;
use crate::*;
use bytes::Bytes;
use std::borrow::Cow;

/// A message that has no structure here: its octets after the message type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Its type.
    pub message_type: MessageType,
    /// Everything after the message type.
    pub body: Bytes,
}

q763! { messages
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
                TRANSIT_NETWORK_SELECTION, CALL_REFERENCE, CALLING_PARTY_NUMBER,
                OPTIONAL_FORWARD_CALL_INDICATORS, REDIRECTING_NUMBER, REDIRECTION_INFORMATION,
                CLOSED_USER_GROUP_INTERLOCK_CODE, CONNECTION_REQUEST, ORIGINAL_CALLED_NUMBER,
                USER_TO_USER_INFORMATION, ACCESS_TRANSPORT, USER_SERVICE_INFORMATION,
                USER_TO_USER_INDICATORS, GENERIC_NUMBER, PROPAGATION_DELAY_COUNTER,
                USER_SERVICE_INFORMATION_PRIME, NETWORK_SPECIFIC_FACILITY, GENERIC_DIGITS,
                ORIGINATION_ISC_POINT_CODE, USER_TELESERVICE_INFORMATION, REMOTE_OPERATIONS,
                PARAMETER_COMPATIBILITY_INFORMATION, GENERIC_NOTIFICATION_INDICATOR,
                SERVICE_ACTIVATION, MLPP_PRECEDENCE, TRANSMISSION_MEDIUM_REQUIREMENT_PRIME,
                LOCATION_NUMBER, FORWARD_GVNS, CCSS, NETWORK_MANAGEMENT_CONTROLS,
                CIRCUIT_ASSIGNMENT_MAP, CORRELATION_ID, CALL_DIVERSION_TREATMENT_INDICATORS,
                CALLED_IN_NUMBER, CALL_OFFERING_TREATMENT_INDICATORS,
                CONFERENCE_TREATMENT_INDICATORS, SCF_ID, UID_CAPABILITY_INDICATORS,
                ECHO_CONTROL_INFORMATION, HOP_COUNTER, COLLECT_CALL_REQUEST,
                APPLICATION_TRANSPORT, PIVOT_CAPABILITY, CALLED_DIRECTORY_NUMBER,
                ORIGINAL_CALLED_IN_NUMBER, CALLING_GEODETIC_LOCATION, NETWORK_ROUTING_NUMBER,
                QUERY_ON_RELEASE_CAPABILITY, PIVOT_COUNTER, PIVOT_ROUTING_FORWARD_INFORMATION,
                REDIRECT_CAPABILITY, REDIRECT_COUNTER, REDIRECT_STATUS,
                REDIRECT_FORWARD_INFORMATION, NUMBER_PORTABILITY_FORWARD_INFORMATION,
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
        /// Information request (Q.763 Table 31, national use).
        INR Inr {
            fixed {
                /// What is asked for.
                indicators: InformationRequestIndicators = INFORMATION_REQUEST_INDICATORS,
            }
            variable {}
            optional {
                CALL_REFERENCE, NETWORK_SPECIFIC_FACILITY, PARAMETER_COMPATIBILITY_INFORMATION,
            }
        }
        /// Information (Q.763 Table 30, national use).
        INF Inf {
            fixed {
                /// What is given.
                indicators: InformationIndicators = INFORMATION_INDICATORS,
            }
            variable {}
            optional {
                CALLING_PARTYS_CATEGORY, CALLING_PARTY_NUMBER, CALL_REFERENCE,
                CONNECTION_REQUEST, PARAMETER_COMPATIBILITY_INFORMATION,
                NETWORK_SPECIFIC_FACILITY,
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
                OPTIONAL_BACKWARD_CALL_INDICATORS, CALL_REFERENCE, CAUSE_INDICATORS,
                USER_TO_USER_INDICATORS, USER_TO_USER_INFORMATION, ACCESS_TRANSPORT,
                GENERIC_NOTIFICATION_INDICATOR, TRANSMISSION_MEDIUM_USED,
                ECHO_CONTROL_INFORMATION, ACCESS_DELIVERY_INFORMATION, REDIRECTION_NUMBER,
                PARAMETER_COMPATIBILITY_INFORMATION, CALL_DIVERSION_INFORMATION,
                NETWORK_SPECIFIC_FACILITY, REMOTE_OPERATIONS, SERVICE_ACTIVATION,
                REDIRECTION_NUMBER_RESTRICTION, CONFERENCE_TREATMENT_INDICATORS,
                UID_ACTION_INDICATORS, APPLICATION_TRANSPORT, CCNR_POSSIBLE_INDICATOR,
                HTR_INFORMATION, PIVOT_ROUTING_BACKWARD_INFORMATION, REDIRECT_STATUS,
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
                OPTIONAL_BACKWARD_CALL_INDICATORS, BACKWARD_GVNS, CONNECTED_NUMBER,
                CALL_REFERENCE, USER_TO_USER_INDICATORS, USER_TO_USER_INFORMATION,
                ACCESS_TRANSPORT, NETWORK_SPECIFIC_FACILITY, GENERIC_NOTIFICATION_INDICATOR,
                REMOTE_OPERATIONS, TRANSMISSION_MEDIUM_USED, ECHO_CONTROL_INFORMATION,
                ACCESS_DELIVERY_INFORMATION, CALL_HISTORY_INFORMATION,
                PARAMETER_COMPATIBILITY_INFORMATION, SERVICE_ACTIVATION, GENERIC_NUMBER,
                REDIRECTION_NUMBER_RESTRICTION, CONFERENCE_TREATMENT_INDICATORS,
                APPLICATION_TRANSPORT, HTR_INFORMATION, PIVOT_ROUTING_BACKWARD_INFORMATION,
                REDIRECT_STATUS,
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
                CAUSE_INDICATORS, CALL_REFERENCE, BACKWARD_CALL_INDICATORS,
                OPTIONAL_BACKWARD_CALL_INDICATORS, ACCESS_TRANSPORT, USER_TO_USER_INDICATORS,
                REDIRECTION_NUMBER, USER_TO_USER_INFORMATION, GENERIC_NOTIFICATION_INDICATOR,
                NETWORK_SPECIFIC_FACILITY, REMOTE_OPERATIONS, TRANSMISSION_MEDIUM_USED,
                ACCESS_DELIVERY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                CALL_DIVERSION_INFORMATION, SERVICE_ACTIVATION, REDIRECTION_NUMBER_RESTRICTION,
                CALL_TRANSFER_NUMBER, ECHO_CONTROL_INFORMATION, CONNECTED_NUMBER, BACKWARD_GVNS,
                GENERIC_NUMBER, CALL_HISTORY_INFORMATION, CONFERENCE_TREATMENT_INDICATORS,
                UID_ACTION_INDICATORS, APPLICATION_TRANSPORT, CCNR_POSSIBLE_INDICATOR,
                PIVOT_ROUTING_BACKWARD_INFORMATION, REDIRECT_STATUS,
            }
        }
        /// Answer (Q.763 Table 22).
        ANM Anm {
            fixed {}
            variable {}
            optional {
                BACKWARD_CALL_INDICATORS, OPTIONAL_BACKWARD_CALL_INDICATORS, CALL_REFERENCE,
                USER_TO_USER_INDICATORS, USER_TO_USER_INFORMATION, CONNECTED_NUMBER,
                ACCESS_TRANSPORT, ACCESS_DELIVERY_INFORMATION, GENERIC_NOTIFICATION_INDICATOR,
                PARAMETER_COMPATIBILITY_INFORMATION, BACKWARD_GVNS, CALL_HISTORY_INFORMATION,
                GENERIC_NUMBER, TRANSMISSION_MEDIUM_USED, NETWORK_SPECIFIC_FACILITY,
                REMOTE_OPERATIONS, REDIRECTION_NUMBER, SERVICE_ACTIVATION,
                ECHO_CONTROL_INFORMATION, REDIRECTION_NUMBER_RESTRICTION, DISPLAY_INFORMATION,
                CONFERENCE_TREATMENT_INDICATORS, APPLICATION_TRANSPORT,
                PIVOT_ROUTING_BACKWARD_INFORMATION, REDIRECT_STATUS,
            }
        }
        /// Forward transfer (Q.763 Table 37).
        FOT Fot {
            fixed {}
            variable {}
            optional { CALL_REFERENCE, }
        }
        /// Release (Q.763 Table 33).
        REL Rel {
            fixed {}
            variable {
                /// Why.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
            optional {
                REDIRECTION_INFORMATION, REDIRECTION_NUMBER, ACCESS_TRANSPORT,
                SIGNALLING_POINT_CODE, USER_TO_USER_INFORMATION, AUTOMATIC_CONGESTION_LEVEL,
                NETWORK_SPECIFIC_FACILITY, ACCESS_DELIVERY_INFORMATION,
                PARAMETER_COMPATIBILITY_INFORMATION, USER_TO_USER_INDICATORS,
                DISPLAY_INFORMATION, REMOTE_OPERATIONS, HTR_INFORMATION, REDIRECT_COUNTER,
                REDIRECT_BACKWARD_INFORMATION,
            }
        }
        /// Release complete (Q.763 Table 34).
        RLC Rlc {
            fixed {}
            variable {}
            optional { CAUSE_INDICATORS, }
        }
        /// Suspend (Q.763 Table 38).
        SUS Sus {
            fixed {
                /// Whether the network suspended the call, not the subscriber.
                by_network: bool = SUSPEND_RESUME_INDICATORS,
            }
            variable {}
            optional { CALL_REFERENCE, }
        }
        /// Resume (Q.763 Table 38).
        RES Res {
            fixed {
                /// Whether the network resumed the call, not the subscriber.
                by_network: bool = SUSPEND_RESUME_INDICATORS,
            }
            variable {}
            optional { CALL_REFERENCE, }
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
        /// Facility request (Q.763 Table 42).
        FAR Far {
            fixed {
                /// Which facility.
                facility: FacilityIndicator = FACILITY_INDICATOR,
            }
            variable {}
            optional {
                USER_TO_USER_INDICATORS, CALL_REFERENCE, CONNECTION_REQUEST,
                PARAMETER_COMPATIBILITY_INFORMATION,
            }
        }
        /// Facility accepted (Q.763 Table 42).
        FAA Faa {
            fixed {
                /// Which facility.
                facility: FacilityIndicator = FACILITY_INDICATOR,
            }
            variable {}
            optional {
                USER_TO_USER_INDICATORS, CALL_REFERENCE, CONNECTION_REQUEST,
                PARAMETER_COMPATIBILITY_INFORMATION,
            }
        }
        /// Facility reject (Q.763 Table 43).
        FRJ Frj {
            fixed {
                /// Which facility.
                facility: FacilityIndicator = FACILITY_INDICATOR,
            }
            variable {
                /// Why.
                cause: CauseIndicators = CAUSE_INDICATORS,
            }
            optional { USER_TO_USER_INDICATORS, }
        }
        /// User-to-user information (Q.763 Table 36).
        USR Usr {
            fixed {}
            variable {
                /// What the users say.
                information: Octets = USER_TO_USER_INFORMATION,
            }
            optional { ACCESS_TRANSPORT, }
        }
        /// Network resource management (Q.763 Table 46).
        NRM Nrm {
            fixed {}
            variable {}
            optional {
                MESSAGE_COMPATIBILITY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                ECHO_CONTROL_INFORMATION,
            }
        }
        /// Facility (Q.763 Table 45).
        FAC Fac {
            fixed {}
            variable {}
            optional {
                MESSAGE_COMPATIBILITY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                REMOTE_OPERATIONS, SERVICE_ACTIVATION, CALL_TRANSFER_NUMBER, ACCESS_TRANSPORT,
                GENERIC_NOTIFICATION_INDICATOR, REDIRECTION_NUMBER, PIVOT_ROUTING_INDICATORS,
                PIVOT_STATUS, PIVOT_COUNTER, PIVOT_ROUTING_BACKWARD_INFORMATION,
                REDIRECT_STATUS,
            }
        }
        /// User part test (Q.763 Table 52).
        UPT Upt {
            fixed {}
            variable {}
            optional { PARAMETER_COMPATIBILITY_INFORMATION, }
        }
        /// User part available (Q.763 Table 52).
        UPA Upa {
            fixed {}
            variable {}
            optional { PARAMETER_COMPATIBILITY_INFORMATION, }
        }
        /// Identification request (Q.763 Table 47).
        IDR Idr {
            fixed {}
            variable {}
            optional {
                MCID_REQUEST_INDICATORS, MESSAGE_COMPATIBILITY_INFORMATION,
                PARAMETER_COMPATIBILITY_INFORMATION,
            }
        }
        /// Identification response (Q.763 Table 48).
        IRS Irs {
            fixed {}
            variable {}
            optional {
                MCID_RESPONSE_INDICATORS, MESSAGE_COMPATIBILITY_INFORMATION,
                PARAMETER_COMPATIBILITY_INFORMATION, CALLING_PARTY_NUMBER, ACCESS_TRANSPORT,
                GENERIC_NUMBER, CHARGED_PARTY_IDENTIFICATION,
            }
        }
        /// Segmentation (Q.763 Table 50).
        SGM Sgm {
            fixed {}
            variable {}
            optional {
                ACCESS_TRANSPORT, USER_TO_USER_INFORMATION, MESSAGE_COMPATIBILITY_INFORMATION,
                GENERIC_DIGITS, GENERIC_NOTIFICATION_INDICATOR, GENERIC_NUMBER,
            }
        }
        /// Loop prevention (Q.763 Table 51).
        LPR Lpr {
            fixed {}
            variable {}
            optional {
                MESSAGE_COMPATIBILITY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                CALL_TRANSFER_REFERENCE, LOOP_PREVENTION_INDICATORS,
            }
        }
        /// Application transport (Q.763 Table 53).
        APM Apm {
            fixed {}
            variable {}
            optional {
                MESSAGE_COMPATIBILITY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                APPLICATION_TRANSPORT,
            }
        }
        /// Pre-release information (Q.763 Table 54).
        PRI Pri {
            fixed {}
            variable {}
            optional {
                MESSAGE_COMPATIBILITY_INFORMATION, PARAMETER_COMPATIBILITY_INFORMATION,
                OPTIONAL_FORWARD_CALL_INDICATORS, OPTIONAL_BACKWARD_CALL_INDICATORS,
                APPLICATION_TRANSPORT,
            }
        }
        /// Subsequent directory number (Q.763 Table 55, national use).
        SDM Sdm {
            fixed {}
            variable {}
            optional { SUBSEQUENT_NUMBER, MESSAGE_COMPATIBILITY_INFORMATION, }
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
        /// Circuit group query (Q.763 Table 41, national use).
        CQM Cqm {
            fixed {}
            variable {
                /// The circuits asked about.
                range: Range = RANGE_AND_STATUS,
            }
        }
        /// Circuit group query response (Q.763 Table 24, national use).
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
        /// Reset circuit (Q.763 Table 39).
        RSC Rsc;
        /// Blocking (Q.763 Table 39).
        BLO Blo;
        /// Blocking acknowledgement (Q.763 Table 39).
        BLA Bla;
        /// Unblocking (Q.763 Table 39).
        UBL Ubl;
        /// Unblocking acknowledgement (Q.763 Table 39).
        UBA Uba;
        /// Unequipped circuit identification code (Q.763 Table 39, national use).
        UCIC Ucic;
        /// Continuity check request (Q.763 Table 39).
        CCR Ccr;
        /// Loop back acknowledgement (Q.763 Table 39, national use).
        LPA Lpa;
        /// Overload (Q.763 Table 39, national use).
        OLM Olm;
    }
    opaque {
        /// Pass-along (Q.763 Table 44, national use): another message from its type on.
        PAM Pam;
        /// Charge information (Q.763 Table 49, national use): laid out by each nation.
        CRG Crg;
    }
}
