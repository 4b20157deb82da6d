use crate::notation::q763;
use crate::value::{Contents, Key, Octets};
use crate::*;

q763! { parameters
    0x01 CALL_REFERENCE "call reference" "3.8": CallReference;
    0x02 TRANSMISSION_MEDIUM_REQUIREMENT "transmission medium requirement" "3.54":
        TransmissionMedium;
    /// Information elements of Q.931.
    0x03 ACCESS_TRANSPORT "access transport" "3.3": Octets;
    0x04 CALLED_PARTY_NUMBER "called party number" "3.9": CalledPartyNumber;
    0x05 SUBSEQUENT_NUMBER "subsequent number" "3.51": SubsequentNumber;
    0x06 NATURE_OF_CONNECTION_INDICATORS "nature of connection indicators" "3.35":
        NatureOfConnection;
    0x07 FORWARD_CALL_INDICATORS "forward call indicators" "3.23": ForwardCallIndicators;
    0x08 OPTIONAL_FORWARD_CALL_INDICATORS "optional forward call indicators" "3.38":
        OptionalForwardCallIndicators;
    0x09 CALLING_PARTYS_CATEGORY "calling party's category" "3.11": CallingPartysCategory;
    0x0a CALLING_PARTY_NUMBER "calling party number" "3.10": CallingPartyNumber;
    0x0b REDIRECTING_NUMBER "redirecting number" "3.44": RedirectingNumber;
    0x0c REDIRECTION_NUMBER "redirection number" "3.46": CalledPartyNumber;
    0x0d CONNECTION_REQUEST "connection request" "3.17": ConnectionRequest;
    0x0e INFORMATION_REQUEST_INDICATORS "information request indicators" "3.29":
        InformationRequestIndicators;
    0x0f INFORMATION_INDICATORS "information indicators" "3.28": InformationIndicators;
    /// Whether the continuity check was successful.
    0x10 CONTINUITY_INDICATORS "continuity indicators" "3.18": bool;
    0x11 BACKWARD_CALL_INDICATORS "backward call indicators" "3.5": BackwardCallIndicators;
    0x12 CAUSE_INDICATORS "cause indicators" "3.12": CauseIndicators;
    0x13 REDIRECTION_INFORMATION "redirection information" "3.45": RedirectionInformation;
    0x15 CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE "circuit group supervision message type" "3.13":
        SupervisionType;
    0x16 RANGE_AND_STATUS "range and status" "3.43": RangeAndStatus;
    0x18 FACILITY_INDICATOR "facility indicator" "3.22": FacilityIndicator;
    0x1a CLOSED_USER_GROUP_INTERLOCK_CODE "closed user group interlock code" "3.15":
        ClosedUserGroupInterlockCode;
    0x1d USER_SERVICE_INFORMATION "user service information" "3.57": UserServiceInformation;
    0x1e SIGNALLING_POINT_CODE "signalling point code" "3.50": SignallingPointCode;
    /// A protocol discriminator and what users say to each other.
    0x20 USER_TO_USER_INFORMATION "user-to-user information" "3.61": Octets;
    0x21 CONNECTED_NUMBER "connected number" "3.16": ConnectedNumber;
    /// Whether the network did it, not the subscriber.
    0x22 SUSPEND_RESUME_INDICATORS "suspend/resume indicators" "3.52": bool;
    0x23 TRANSIT_NETWORK_SELECTION "transit network selection" "3.53": TransitNetworkSelection;
    0x24 EVENT_INFORMATION "event information" "3.21": EventInformation;
    0x25 CIRCUIT_ASSIGNMENT_MAP "circuit assignment map" "3.69": CircuitAssignmentMap;
    0x26 CIRCUIT_STATE_INDICATOR "circuit state indicator" "3.14": CircuitStates;
    /// How congested the exchange that releases is: 1 or 2.
    0x27 AUTOMATIC_CONGESTION_LEVEL "automatic congestion level" "3.4": u8;
    0x28 ORIGINAL_CALLED_NUMBER "original called number" "3.39": RedirectingNumber;
    0x29 OPTIONAL_BACKWARD_CALL_INDICATORS "optional backward call indicators" "3.37":
        OptionalBackwardCallIndicators;
    0x2a USER_TO_USER_INDICATORS "user-to-user indicators" "3.60": UserToUserIndicators;
    0x2b ORIGINATION_ISC_POINT_CODE "origination ISC point code" "3.40": SignallingPointCode;
    0x2c GENERIC_NOTIFICATION_INDICATOR "generic notification indicator" "3.25": Notification;
    /// How long the call took to set up.
    0x2d CALL_HISTORY_INFORMATION "call history information" "3.7": Milliseconds;
    0x2e ACCESS_DELIVERY_INFORMATION "access delivery information" "3.2":
        AccessDeliveryInformation;
    0x2f NETWORK_SPECIFIC_FACILITY "network specific facility" "3.36": NetworkSpecificFacility;
    0x30 USER_SERVICE_INFORMATION_PRIME "user service information prime" "3.58":
        UserServiceInformation;
    0x31 PROPAGATION_DELAY_COUNTER "propagation delay counter" "3.42": Milliseconds;
    0x32 REMOTE_OPERATIONS "remote operations" "3.48": RemoteOperations;
    0x33 SERVICE_ACTIVATION "service activation" "3.49": ServiceActivation;
    0x34 USER_TELESERVICE_INFORMATION "user teleservice information" "3.59":
        UserTeleserviceInformation;
    0x35 TRANSMISSION_MEDIUM_USED "transmission medium used" "3.56": TransmissionMedium;
    0x36 CALL_DIVERSION_INFORMATION "call diversion information" "3.6":
        CallDiversionInformation;
    0x37 ECHO_CONTROL_INFORMATION "echo control information" "3.19": EchoControlInformation;
    0x38 MESSAGE_COMPATIBILITY_INFORMATION "message compatibility information" "3.33":
        MessageCompatibility;
    0x39 PARAMETER_COMPATIBILITY_INFORMATION "parameter compatibility information" "3.41":
        ParameterCompatibility;
    0x3a MLPP_PRECEDENCE "MLPP precedence" "3.34": MlppPrecedence;
    0x3b MCID_REQUEST_INDICATORS "MCID request indicators" "3.31": McidRequestIndicators;
    0x3c MCID_RESPONSE_INDICATORS "MCID response indicators" "3.32": McidResponseIndicators;
    /// How many more exchanges the call may pass, 0 to 31; the other bits are spare.
    0x3d HOP_COUNTER "hop counter" "3.80": u8;
    0x3e TRANSMISSION_MEDIUM_REQUIREMENT_PRIME "transmission medium requirement prime" "3.55":
        TransmissionMedium;
    0x3f LOCATION_NUMBER "location number" "3.30": LocationNumber;
    0x40 REDIRECTION_NUMBER_RESTRICTION "redirection number restriction" "3.47":
        RedirectionRestriction;
    /// The identity of a call transfer.
    0x43 CALL_TRANSFER_REFERENCE "call transfer reference" "3.65": u8;
    0x44 LOOP_PREVENTION_INDICATORS "loop prevention indicators" "3.67":
        LoopPreventionIndicators;
    0x45 CALL_TRANSFER_NUMBER "call transfer number" "3.64": ConnectedNumber;
    0x4b CCSS "CCSS" "3.63": Ccss;
    0x4c FORWARD_GVNS "forward GVNS" "3.66": ForwardGvns;
    0x4d BACKWARD_GVNS "backward GVNS" "3.62": BackwardGvns;
    0x4e REDIRECT_CAPABILITY "redirect capability" "3.96": RedirectCapability;
    0x5b NETWORK_MANAGEMENT_CONTROLS "network management controls" "3.68":
        NetworkManagementControls;
    /// Digits as Q.1218 encodes them.
    0x65 CORRELATION_ID "correlation id" "3.70": Octets;
    /// Digits as Q.1218 encodes them.
    0x66 SCF_ID "SCF id" "3.71": Octets;
    0x6e CALL_DIVERSION_TREATMENT_INDICATORS "call diversion treatment indicators" "3.72":
        CallDiversionTreatmentIndicators;
    0x6f CALLED_IN_NUMBER "called IN number" "3.73": RedirectingNumber;
    0x70 CALL_OFFERING_TREATMENT_INDICATORS "call offering treatment indicators" "3.74":
        CallOfferingTreatmentIndicators;
    /// Laid out by each nation.
    0x71 CHARGED_PARTY_IDENTIFICATION "charged party identification" "3.75": Octets;
    0x72 CONFERENCE_TREATMENT_INDICATORS "conference treatment indicators" "3.76":
        ConferenceTreatmentIndicators;
    /// As Q.931 encodes it.
    0x73 DISPLAY_INFORMATION "display information" "3.77": Octets;
    0x74 UID_ACTION_INDICATORS "UID action indicators" "3.78": UidActionIndicators;
    0x75 UID_CAPABILITY_INDICATORS "UID capability indicators" "3.79": UidCapabilityIndicators;
    /// How often the call was redirected, 0 to 31.
    0x77 REDIRECT_COUNTER "redirect counter" "3.97": u8;
    0x78 APPLICATION_TRANSPORT "application transport" "3.82": ApplicationTransport;
    0x79 COLLECT_CALL_REQUEST "collect call request" "3.81": CollectCallRequest;
    0x7a CCNR_POSSIBLE_INDICATOR "CCNR possible indicator" "3.83": CcnrPossible;
    0x7b PIVOT_CAPABILITY "pivot capability" "3.84": PivotCapability;
    0x7c PIVOT_ROUTING_INDICATORS "pivot routing indicators" "3.85": PivotRoutingIndicators;
    0x7d CALLED_DIRECTORY_NUMBER "called directory number" "3.86": CalledPartyNumber;
    0x7f ORIGINAL_CALLED_IN_NUMBER "original called IN number" "3.87": RedirectingNumber;
    0x81 CALLING_GEODETIC_LOCATION "calling geodetic location" "3.88": CallingGeodeticLocation;
    0x82 HTR_INFORMATION "HTR information" "3.89": HtrInformation;
    0x84 NETWORK_ROUTING_NUMBER "network routing number" "3.90": NetworkRoutingNumber;
    0x85 QUERY_ON_RELEASE_CAPABILITY "query on release capability" "3.91":
        QueryOnReleaseCapability;
    0x86 PIVOT_STATUS "pivot status" "3.92": PivotStatus;
    /// How often the call was pivoted, 0 to 31.
    0x87 PIVOT_COUNTER "pivot counter" "3.93": u8;
    0x88 PIVOT_ROUTING_FORWARD_INFORMATION "pivot routing forward information" "3.94":
        RedirectInformation;
    0x89 PIVOT_ROUTING_BACKWARD_INFORMATION "pivot routing backward information" "3.95":
        RedirectInformation;
    0x8a REDIRECT_STATUS "redirect status" "3.98": RedirectStatus;
    0x8b REDIRECT_FORWARD_INFORMATION "redirect forward information" "3.99":
        RedirectInformation;
    0x8c REDIRECT_BACKWARD_INFORMATION "redirect backward information" "3.100":
        RedirectInformation;
    0x8d NUMBER_PORTABILITY_FORWARD_INFORMATION "number portability forward information" "3.101":
        NumberPortabilityForwardInformation;
    0xc0 GENERIC_NUMBER "generic number" "3.26": GenericNumber;
    0xc1 GENERIC_DIGITS "generic digits" "3.24": GenericDigits;
}

impl ParameterName {
    /// What ends the optional part (Q.763 §3.20): no parameter.
    pub const END_OF_OPTIONAL_PARAMETERS: Self = Self(0);
}
