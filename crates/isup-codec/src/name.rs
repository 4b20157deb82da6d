use std::fmt;

/// A circuit identification code: 12 bits that name a circuit between two signalling points
/// (Q.763 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cic(pub u16);

impl Cic {
    /// The greatest code of 12 bits.
    pub const MAX: Self = Self(0x0fff);

    /// Whether the code fits its 12 bits.
    pub const fn is_valid(self) -> bool {
        self.0 <= Self::MAX.0
    }
}

impl fmt::Display for Cic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

base::coded_value! {
    /// The message type code (Q.763 Table 4).
    pub struct MessageType(u8) {
        /// Initial address.
        IAM = 0x01, "IAM";
        /// Subsequent address.
        SAM = 0x02, "SAM";
        /// Information request.
        INR = 0x03, "INR";
        /// Information.
        INF = 0x04, "INF";
        /// Continuity.
        COT = 0x05, "COT";
        /// Address complete.
        ACM = 0x06, "ACM";
        /// Connect.
        CON = 0x07, "CON";
        /// Forward transfer.
        FOT = 0x08, "FOT";
        /// Answer.
        ANM = 0x09, "ANM";
        /// Release.
        REL = 0x0c, "REL";
        /// Suspend.
        SUS = 0x0d, "SUS";
        /// Resume.
        RES = 0x0e, "RES";
        /// Release complete.
        RLC = 0x10, "RLC";
        /// Continuity check request.
        CCR = 0x11, "CCR";
        /// Reset circuit.
        RSC = 0x12, "RSC";
        /// Blocking.
        BLO = 0x13, "BLO";
        /// Unblocking.
        UBL = 0x14, "UBL";
        /// Blocking acknowledgement.
        BLA = 0x15, "BLA";
        /// Unblocking acknowledgement.
        UBA = 0x16, "UBA";
        /// Circuit group reset.
        GRS = 0x17, "GRS";
        /// Circuit group blocking.
        CGB = 0x18, "CGB";
        /// Circuit group unblocking.
        CGU = 0x19, "CGU";
        /// Circuit group blocking acknowledgement.
        CGBA = 0x1a, "CGBA";
        /// Circuit group unblocking acknowledgement.
        CGUA = 0x1b, "CGUA";
        /// Facility request.
        FAR = 0x1f, "FAR";
        /// Facility accepted.
        FAA = 0x20, "FAA";
        /// Facility reject.
        FRJ = 0x21, "FRJ";
        /// Loop back acknowledgement (national use).
        LPA = 0x24, "LPA";
        /// Delayed release (1988).
        DRS = 0x27, "DRS";
        /// Pass-along (national use).
        PAM = 0x28, "PAM";
        /// Circuit group reset acknowledgement.
        GRA = 0x29, "GRA";
        /// Circuit group query (national use).
        CQM = 0x2a, "CQM";
        /// Circuit group query response (national use).
        CQR = 0x2b, "CQR";
        /// Call progress.
        CPG = 0x2c, "CPG";
        /// User-to-user information.
        USR = 0x2d, "USR";
        /// Unequipped circuit identification code (national use).
        UCIC = 0x2e, "UCIC";
        /// Confusion.
        CFN = 0x2f, "CFN";
        /// Overload (national use).
        OLM = 0x30, "OLM";
        /// Charge information (national use).
        CRG = 0x31, "CRG";
        /// Network resource management.
        NRM = 0x32, "NRM";
        /// Facility.
        FAC = 0x33, "FAC";
        /// User part test.
        UPT = 0x34, "UPT";
        /// User part available.
        UPA = 0x35, "UPA";
        /// Identification request.
        IDR = 0x36, "IDR";
        /// Identification response.
        IRS = 0x37, "IRS";
        /// Segmentation.
        SGM = 0x38, "SGM";
        /// Loop prevention.
        LPR = 0x40, "LPR";
        /// Application transport.
        APM = 0x41, "APM";
        /// Pre-release information.
        PRI = 0x42, "PRI";
        /// Subsequent directory number (national use).
        SDM = 0x43, "SDM";
    }
}

base::coded_value! {
    /// The parameter name code (Q.763 Table 5).
    pub struct ParameterName(u8) {
        /// §3.20
        END_OF_OPTIONAL_PARAMETERS = 0x00, "end of optional parameters";
        /// §3.8
        CALL_REFERENCE = 0x01, "call reference";
        /// §3.54
        TRANSMISSION_MEDIUM_REQUIREMENT = 0x02, "transmission medium requirement";
        /// §3.3
        ACCESS_TRANSPORT = 0x03, "access transport";
        /// §3.9
        CALLED_PARTY_NUMBER = 0x04, "called party number";
        /// §3.51
        SUBSEQUENT_NUMBER = 0x05, "subsequent number";
        /// §3.35
        NATURE_OF_CONNECTION_INDICATORS = 0x06, "nature of connection indicators";
        /// §3.23
        FORWARD_CALL_INDICATORS = 0x07, "forward call indicators";
        /// §3.38
        OPTIONAL_FORWARD_CALL_INDICATORS = 0x08, "optional forward call indicators";
        /// §3.11
        CALLING_PARTYS_CATEGORY = 0x09, "calling party's category";
        /// §3.10
        CALLING_PARTY_NUMBER = 0x0a, "calling party number";
        /// §3.44
        REDIRECTING_NUMBER = 0x0b, "redirecting number";
        /// §3.46
        REDIRECTION_NUMBER = 0x0c, "redirection number";
        /// §3.17
        CONNECTION_REQUEST = 0x0d, "connection request";
        /// §3.29
        INFORMATION_REQUEST_INDICATORS = 0x0e, "information request indicators";
        /// §3.28
        INFORMATION_INDICATORS = 0x0f, "information indicators";
        /// §3.18
        CONTINUITY_INDICATORS = 0x10, "continuity indicators";
        /// §3.5
        BACKWARD_CALL_INDICATORS = 0x11, "backward call indicators";
        /// §3.12
        CAUSE_INDICATORS = 0x12, "cause indicators";
        /// §3.45
        REDIRECTION_INFORMATION = 0x13, "redirection information";
        /// §3.13
        CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE = 0x15, "circuit group supervision message type";
        /// §3.43
        RANGE_AND_STATUS = 0x16, "range and status";
        /// §3.22
        FACILITY_INDICATOR = 0x18, "facility indicator";
        /// §3.15
        CLOSED_USER_GROUP_INTERLOCK_CODE = 0x1a, "closed user group interlock code";
        /// §3.57
        USER_SERVICE_INFORMATION = 0x1d, "user service information";
        /// §3.50
        SIGNALLING_POINT_CODE = 0x1e, "signalling point code";
        /// §3.61
        USER_TO_USER_INFORMATION = 0x20, "user-to-user information";
        /// §3.16
        CONNECTED_NUMBER = 0x21, "connected number";
        /// §3.52
        SUSPEND_RESUME_INDICATORS = 0x22, "suspend/resume indicators";
        /// §3.53
        TRANSIT_NETWORK_SELECTION = 0x23, "transit network selection";
        /// §3.21
        EVENT_INFORMATION = 0x24, "event information";
        /// §3.69
        CIRCUIT_ASSIGNMENT_MAP = 0x25, "circuit assignment map";
        /// §3.14
        CIRCUIT_STATE_INDICATOR = 0x26, "circuit state indicator";
        /// §3.4
        AUTOMATIC_CONGESTION_LEVEL = 0x27, "automatic congestion level";
        /// §3.39
        ORIGINAL_CALLED_NUMBER = 0x28, "original called number";
        /// §3.37
        OPTIONAL_BACKWARD_CALL_INDICATORS = 0x29, "optional backward call indicators";
        /// §3.60
        USER_TO_USER_INDICATORS = 0x2a, "user-to-user indicators";
        /// §3.40
        ORIGINATION_ISC_POINT_CODE = 0x2b, "origination ISC point code";
        /// §3.25
        GENERIC_NOTIFICATION_INDICATOR = 0x2c, "generic notification indicator";
        /// §3.7
        CALL_HISTORY_INFORMATION = 0x2d, "call history information";
        /// §3.2
        ACCESS_DELIVERY_INFORMATION = 0x2e, "access delivery information";
        /// §3.36
        NETWORK_SPECIFIC_FACILITY = 0x2f, "network specific facility";
        /// §3.58
        USER_SERVICE_INFORMATION_PRIME = 0x30, "user service information prime";
        /// §3.42
        PROPAGATION_DELAY_COUNTER = 0x31, "propagation delay counter";
        /// §3.48
        REMOTE_OPERATIONS = 0x32, "remote operations";
        /// §3.49
        SERVICE_ACTIVATION = 0x33, "service activation";
        /// §3.59
        USER_TELESERVICE_INFORMATION = 0x34, "user teleservice information";
        /// §3.56
        TRANSMISSION_MEDIUM_USED = 0x35, "transmission medium used";
        /// §3.6
        CALL_DIVERSION_INFORMATION = 0x36, "call diversion information";
        /// §3.19
        ECHO_CONTROL_INFORMATION = 0x37, "echo control information";
        /// §3.33
        MESSAGE_COMPATIBILITY_INFORMATION = 0x38, "message compatibility information";
        /// §3.41
        PARAMETER_COMPATIBILITY_INFORMATION = 0x39, "parameter compatibility information";
        /// §3.34
        MLPP_PRECEDENCE = 0x3a, "MLPP precedence";
        /// §3.31
        MCID_REQUEST_INDICATORS = 0x3b, "MCID request indicators";
        /// §3.32
        MCID_RESPONSE_INDICATORS = 0x3c, "MCID response indicators";
        /// §3.80
        HOP_COUNTER = 0x3d, "hop counter";
        /// §3.55
        TRANSMISSION_MEDIUM_REQUIREMENT_PRIME = 0x3e, "transmission medium requirement prime";
        /// §3.30
        LOCATION_NUMBER = 0x3f, "location number";
        /// §3.47
        REDIRECTION_NUMBER_RESTRICTION = 0x40, "redirection number restriction";
        /// §3.65
        CALL_TRANSFER_REFERENCE = 0x43, "call transfer reference";
        /// §3.67
        LOOP_PREVENTION_INDICATORS = 0x44, "loop prevention indicators";
        /// §3.64
        CALL_TRANSFER_NUMBER = 0x45, "call transfer number";
        /// §3.63
        CCSS = 0x4b, "CCSS";
        /// §3.66
        FORWARD_GVNS = 0x4c, "forward GVNS";
        /// §3.62
        BACKWARD_GVNS = 0x4d, "backward GVNS";
        /// §3.96
        REDIRECT_CAPABILITY = 0x4e, "redirect capability";
        /// §3.68
        NETWORK_MANAGEMENT_CONTROLS = 0x5b, "network management controls";
        /// §3.70
        CORRELATION_ID = 0x65, "correlation id";
        /// §3.71
        SCF_ID = 0x66, "SCF id";
        /// §3.72
        CALL_DIVERSION_TREATMENT_INDICATORS = 0x6e, "call diversion treatment indicators";
        /// §3.73
        CALLED_IN_NUMBER = 0x6f, "called IN number";
        /// §3.74
        CALL_OFFERING_TREATMENT_INDICATORS = 0x70, "call offering treatment indicators";
        /// §3.75
        CHARGED_PARTY_IDENTIFICATION = 0x71, "charged party identification";
        /// §3.76
        CONFERENCE_TREATMENT_INDICATORS = 0x72, "conference treatment indicators";
        /// §3.77
        DISPLAY_INFORMATION = 0x73, "display information";
        /// §3.78
        UID_ACTION_INDICATORS = 0x74, "UID action indicators";
        /// §3.79
        UID_CAPABILITY_INDICATORS = 0x75, "UID capability indicators";
        /// §3.97
        REDIRECT_COUNTER = 0x77, "redirect counter";
        /// §3.82
        APPLICATION_TRANSPORT = 0x78, "application transport";
        /// §3.81
        COLLECT_CALL_REQUEST = 0x79, "collect call request";
        /// §3.83
        CCNR_POSSIBLE_INDICATOR = 0x7a, "CCNR possible indicator";
        /// §3.84
        PIVOT_CAPABILITY = 0x7b, "pivot capability";
        /// §3.85
        PIVOT_ROUTING_INDICATORS = 0x7c, "pivot routing indicators";
        /// §3.86
        CALLED_DIRECTORY_NUMBER = 0x7d, "called directory number";
        /// §3.87
        ORIGINAL_CALLED_IN_NUMBER = 0x7f, "original called IN number";
        /// §3.88
        CALLING_GEODETIC_LOCATION = 0x81, "calling geodetic location";
        /// §3.89
        HTR_INFORMATION = 0x82, "HTR information";
        /// §3.90
        NETWORK_ROUTING_NUMBER = 0x84, "network routing number";
        /// §3.91
        QUERY_ON_RELEASE_CAPABILITY = 0x85, "query on release capability";
        /// §3.92
        PIVOT_STATUS = 0x86, "pivot status";
        /// §3.93
        PIVOT_COUNTER = 0x87, "pivot counter";
        /// §3.94
        PIVOT_ROUTING_FORWARD_INFORMATION = 0x88, "pivot routing forward information";
        /// §3.95
        PIVOT_ROUTING_BACKWARD_INFORMATION = 0x89, "pivot routing backward information";
        /// §3.98
        REDIRECT_STATUS = 0x8a, "redirect status";
        /// §3.99
        REDIRECT_FORWARD_INFORMATION = 0x8b, "redirect forward information";
        /// §3.100
        REDIRECT_BACKWARD_INFORMATION = 0x8c, "redirect backward information";
        /// §3.101
        NUMBER_PORTABILITY_FORWARD_INFORMATION = 0x8d, "number portability forward information";
        /// §3.26
        GENERIC_NUMBER = 0xc0, "generic number";
        /// §3.24
        GENERIC_DIGITS = 0xc1, "generic digits";
    }
}
