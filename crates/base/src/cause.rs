crate::coded_value! {
    /// Why a call ended or could not be set up: a cause value of Q.850 §2.2.7.
    pub struct Cause(u8) {
        /// 1
        UNALLOCATED = 1, "unallocated (unassigned) number";
        /// 2
        NO_ROUTE_TO_TRANSIT_NETWORK = 2, "no route to specified transit network";
        /// 3
        NO_ROUTE_TO_DESTINATION = 3, "no route to destination";
        /// 4
        SEND_SPECIAL_INFORMATION_TONE = 4, "send special information tone";
        /// 16
        NORMAL_CLEARING = 16, "normal call clearing";
        /// 17
        USER_BUSY = 17, "user busy";
        /// 18
        NO_USER_RESPONDING = 18, "no user responding";
        /// 19
        NO_ANSWER = 19, "no answer from user (user alerted)";
        /// 20
        SUBSCRIBER_ABSENT = 20, "subscriber absent";
        /// 21
        CALL_REJECTED = 21, "call rejected";
        /// 22
        NUMBER_CHANGED = 22, "number changed";
        /// 23
        REDIRECTION = 23, "redirection to new destination";
        /// 25
        EXCHANGE_ROUTING_ERROR = 25, "exchange routing error";
        /// 26
        NON_SELECTED_USER_CLEARING = 26, "non-selected user clearing";
        /// 27
        DESTINATION_OUT_OF_ORDER = 27, "destination out of order";
        /// 28
        INVALID_NUMBER_FORMAT = 28, "invalid number format (address incomplete)";
        /// 29
        FACILITY_REJECTED = 29, "facility rejected";
        /// 31
        NORMAL_UNSPECIFIED = 31, "normal, unspecified";
        /// 34
        NO_CIRCUIT_AVAILABLE = 34, "no circuit/channel available";
        /// 38
        NETWORK_OUT_OF_ORDER = 38, "network out of order";
        /// 41
        TEMPORARY_FAILURE = 41, "temporary failure";
        /// 42
        SWITCHING_EQUIPMENT_CONGESTION = 42, "switching equipment congestion";
        /// 43
        ACCESS_INFORMATION_DISCARDED = 43, "access information discarded";
        /// 44
        REQUESTED_CIRCUIT_NOT_AVAILABLE = 44, "requested circuit/channel not available";
        /// 46
        PRECEDENCE_CALL_BLOCKED = 46, "precedence call blocked";
        /// 47
        RESOURCE_UNAVAILABLE = 47, "resource unavailable, unspecified";
        /// 50
        FACILITY_NOT_SUBSCRIBED = 50, "requested facility not subscribed";
        /// 55
        INCOMING_CALLS_BARRED_IN_CUG = 55, "incoming calls barred within CUG";
        /// 57
        BEARER_NOT_AUTHORIZED = 57, "bearer capability not authorized";
        /// 58
        BEARER_NOT_AVAILABLE = 58, "bearer capability not presently available";
        /// 63
        SERVICE_UNAVAILABLE = 63, "service or option not available, unspecified";
        /// 65
        BEARER_NOT_IMPLEMENTED = 65, "bearer capability not implemented";
        /// 69
        FACILITY_NOT_IMPLEMENTED = 69, "requested facility not implemented";
        /// 70
        ONLY_RESTRICTED_DIGITAL = 70,
            "only restricted digital information bearer capability is available";
        /// 79
        SERVICE_NOT_IMPLEMENTED = 79, "service or option not implemented, unspecified";
        /// 87
        USER_NOT_MEMBER_OF_CUG = 87, "user not member of CUG";
        /// 88
        INCOMPATIBLE_DESTINATION = 88, "incompatible destination";
        /// 91
        INVALID_TRANSIT_NETWORK = 91, "invalid transit network selection";
        /// 95
        INVALID_MESSAGE = 95, "invalid message, unspecified";
        /// 97
        MESSAGE_TYPE_NOT_IMPLEMENTED = 97, "message type non-existent or not implemented";
        /// 99
        PARAMETER_NOT_IMPLEMENTED = 99,
            "information element/parameter non-existent or not implemented";
        /// 102
        RECOVERY_ON_TIMER_EXPIRY = 102, "recovery on timer expiry";
        /// 103
        PARAMETER_PASSED_ON = 103, "parameter non-existent or not implemented, passed on";
        /// 110
        PARAMETER_DISCARDED = 110, "message with unrecognized parameter, discarded";
        /// 111
        PROTOCOL_ERROR = 111, "protocol error, unspecified";
        /// 127
        INTERWORKING = 127, "interworking, unspecified";
    }
}
