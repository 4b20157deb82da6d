//! Indicators of supplementary services, of intelligent networks and of network management.

use crate::notation::q763;

base::coded_value! {
    /// Redirecting indicator (Q.763 §3.45).
    pub struct Redirecting(u8) {
        /// No redirection (national use).
        NONE = 0, "no redirection";
        /// Call rerouted (national use).
        REROUTED = 1, "call rerouted";
        /// Call rerouted, all redirection information presentation restricted (national use).
        REROUTED_ALL_RESTRICTED = 2, "call rerouted, all redirection information restricted";
        /// Call diverted.
        DIVERTED = 3, "call diverted";
        /// Call diverted, all redirection information presentation restricted.
        DIVERTED_ALL_RESTRICTED = 4, "call diverted, all redirection information restricted";
        /// Call rerouted, redirection number presentation restricted (national use).
        REROUTED_NUMBER_RESTRICTED = 5, "call rerouted, redirection number restricted";
        /// Call diverted, redirection number presentation restricted (national use).
        DIVERTED_NUMBER_RESTRICTED = 6, "call diverted, redirection number restricted";
    }
}

base::coded_value! {
    /// Redirecting reason (Q.763 §3.45), also of call diversion information (§3.6).
    pub struct RedirectingReason(u8) {
        /// Unknown or not available.
        UNKNOWN = 0, "unknown";
        /// User busy.
        BUSY = 1, "user busy";
        /// No reply.
        NO_REPLY = 2, "no reply";
        /// Unconditional.
        UNCONDITIONAL = 3, "unconditional";
        /// Deflection during alerting.
        DEFLECTION_ALERTING = 4, "deflection during alerting";
        /// Deflection, immediate response.
        DEFLECTION_IMMEDIATE = 5, "deflection, immediate response";
        /// Mobile subscriber not reachable.
        NOT_REACHABLE = 6, "mobile subscriber not reachable";
    }
}

base::coded_value! {
    /// Notification subscription options (Q.763 §3.6).
    pub struct NotificationOptions(u8) {
        /// Unknown.
        UNKNOWN = 0, "unknown";
        /// Presentation not allowed.
        NOT_ALLOWED = 1, "presentation not allowed";
        /// Presentation allowed with redirection number.
        WITH_NUMBER = 2, "presentation allowed with redirection number";
        /// Presentation allowed without redirection number.
        WITHOUT_NUMBER = 3, "presentation allowed without redirection number";
    }
}

base::coded_value! {
    /// Whether an echo control device is there (Q.763 §3.19).
    pub struct EchoControlDevice(u8) {
        /// No information.
        NO_INFORMATION = 0, "no information";
        /// Not included and not available.
        NOT_AVAILABLE = 1, "not included and not available";
        /// Included.
        INCLUDED = 2, "included";
        /// Not included but available.
        AVAILABLE = 3, "not included but available";
    }
}

base::coded_value! {
    /// What an echo control device is to do (Q.763 §3.19).
    pub struct EchoControlRequest(u8) {
        /// No information.
        NO_INFORMATION = 0, "no information";
        /// Activation request.
        ACTIVATE = 1, "activation requested";
        /// Deactivation request.
        DEACTIVATE = 2, "deactivation requested";
    }
}

base::coded_value! {
    /// Pivot possible indicator (Q.763 §3.84), redirect possible indicator (§3.96).
    pub struct RedirectPossible(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Before the address complete message.
        BEFORE_ACM = 1, "before ACM";
        /// Before the answer message.
        BEFORE_ANM = 2, "before ANM";
        /// Any time during the call.
        ANY_TIME = 3, "any time during the call";
    }
}

base::coded_value! {
    /// Pivot routing indicators (Q.763 §3.85).
    pub struct PivotRouting(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Pivot request.
        REQUEST = 1, "pivot request";
        /// Cancel pivot request.
        CANCEL = 2, "cancel pivot request";
        /// Pivot request failure.
        FAILURE = 3, "pivot request failure";
        /// Interworking to redirection prohibited (national use).
        NO_REDIRECTION = 4, "interworking to redirection prohibited";
    }
}

base::coded_value! {
    /// Pivot status (Q.763 §3.92), redirect status (§3.98).
    pub struct RedirectProgress(u8) {
        /// Not used.
        NOT_USED = 0, "not used";
        /// Acknowledged.
        ACKNOWLEDGED = 1, "acknowledged";
        /// Will not be invoked.
        NOT_INVOKED = 2, "will not be invoked";
    }
}

base::coded_value! {
    /// Number portability status indicator (Q.763 §3.101).
    pub struct PortabilityStatus(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// The query was not done for the called number.
        QUERY_NOT_DONE = 1, "query not done";
        /// The query was done; the called subscriber is not ported.
        NOT_PORTED = 2, "query done, not ported";
        /// The query was done; the called subscriber is ported.
        PORTED = 3, "query done, ported";
    }
}

base::coded_value! {
    /// Whether a treatment is wanted (Q.763 §3.72).
    pub struct DiversionTreatment(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Call diversion allowed.
        ALLOWED = 1, "call diversion allowed";
        /// Call diversion not allowed.
        NOT_ALLOWED = 2, "call diversion not allowed";
    }
}

base::coded_value! {
    /// Whether a call may be offered to a busy user (Q.763 §3.74).
    pub struct OfferingTreatment(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Call offering not allowed.
        NOT_ALLOWED = 1, "call offering not allowed";
        /// Call offering allowed.
        ALLOWED = 2, "call offering allowed";
    }
}

base::coded_value! {
    /// Whether the user may be taken into a conference (Q.763 §3.76).
    pub struct ConferenceAcceptance(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Accept conference request.
        ACCEPT = 1, "accept conference request";
        /// Reject conference request.
        REJECT = 2, "reject conference request";
    }
}

base::coded_value! {
    /// Terminating access indicator (Q.763 §3.62).
    pub struct TerminatingAccess(u8) {
        /// No information.
        NO_INFORMATION = 0, "no information";
        /// Dedicated terminating access.
        DEDICATED = 1, "dedicated terminating access";
        /// Switched terminating access.
        SWITCHED = 2, "switched terminating access";
    }
}

base::coded_value! {
    /// Response indicator of loop prevention (Q.763 §3.67).
    pub struct LoopResponse(u8) {
        /// Insufficient information.
        INSUFFICIENT_INFORMATION = 0, "insufficient information";
        /// No loop exists.
        NO_LOOP = 1, "no loop exists";
        /// Simultaneous transfer.
        SIMULTANEOUS_TRANSFER = 2, "simultaneous transfer";
    }
}

q763! { indicators
    /// Redirection information (Q.763 §3.45): the first octet in the low half.
    RedirectionInformation(u16) {
        /// Whether the call was rerouted or diverted, and what may be shown of it.
        indicator with_indicator: Redirecting = 0, 3, "redirecting indicator";
        /// Why it was redirected first.
        original_reason with_original_reason: RedirectingReason
            = 4, 4, "original redirection reason";
        /// How often it was redirected, 1 to 5.
        counter with_counter: u8 = 8, 3, "redirection counter";
        /// Why it was redirected last.
        reason with_reason: RedirectingReason = 12, 4, "redirecting reason";
    }

    /// Call diversion information (Q.763 §3.6).
    CallDiversionInformation(u8) {
        /// What the calling party may be told.
        options with_options: NotificationOptions = 0, 3, "notification subscription options";
        /// Why the call is diverted.
        reason with_reason: RedirectingReason = 3, 4, "redirecting reason";
    }

    /// Echo control information (Q.763 §3.19).
    EchoControlInformation(u8) {
        /// Whether there is an outgoing device.
        outgoing with_outgoing: EchoControlDevice = 0, 2, "outgoing echo control device";
        /// Whether there is an incoming device.
        incoming with_incoming: EchoControlDevice = 2, 2, "incoming echo control device";
        /// What the outgoing device is to do.
        outgoing_request with_outgoing_request: EchoControlRequest
            = 4, 2, "outgoing echo control device request";
        /// What the incoming device is to do.
        incoming_request with_incoming_request: EchoControlRequest
            = 6, 2, "incoming echo control device request";
    }

    /// User-to-user indicators (Q.763 §3.60): a request's services say 2 (not essential) or 3
    /// (essential), a response's 1 (not provided) or 2 (provided).
    UserToUserIndicators(u8) {
        /// Whether this answers a request.
        response with_response: bool = 0, 1, "response";
        /// Service 1.
        service_1 with_service_1: u8 = 1, 2, "service 1";
        /// Service 2.
        service_2 with_service_2: u8 = 3, 2, "service 2";
        /// Service 3.
        service_3 with_service_3: u8 = 5, 2, "service 3";
        /// Whether the network discarded user-to-user information.
        discarded with_discarded: bool = 7, 1, "information discarded by the network";
    }

    /// Access delivery information (Q.763 §3.2).
    AccessDeliveryInformation(u8) {
        /// Whether the called user's access has not been asked to set up the call.
        no_set_up with_no_set_up: bool = 0, 1, "no set-up message generated";
    }

    /// MCID request indicators (Q.763 §3.31).
    McidRequestIndicators(u8) {
        /// Whether malicious call identification is asked for.
        requested with_requested: bool = 0, 1, "MCID requested";
        /// Whether holding is asked for (national use).
        holding with_holding: bool = 1, 1, "holding requested";
    }

    /// MCID response indicators (Q.763 §3.32).
    McidResponseIndicators(u8) {
        /// Whether the identification is included.
        included with_included: bool = 0, 1, "MCID included";
        /// Whether holding is provided (national use).
        holding with_holding: bool = 1, 1, "holding provided";
    }

    /// CCSS (Q.763 §3.63).
    Ccss(u8) {
        /// Whether the call completes an earlier one.
        completion with_completion: bool = 0, 1, "CCSS call";
    }

    /// Loop prevention indicators (Q.763 §3.67).
    LoopPreventionIndicators(u8) {
        /// Whether this answers a request.
        response with_response: bool = 0, 1, "response";
        /// What the answer is.
        result with_result: LoopResponse = 1, 2, "response indicator";
    }

    /// Collect call request (Q.763 §3.81).
    CollectCallRequest(u8) {
        /// Whether the called party is asked to pay.
        requested with_requested: bool = 0, 1, "collect call requested";
    }

    /// CCNR possible indicator (Q.763 §3.83).
    CcnrPossible(u8) {
        /// Whether completion of calls on no reply is possible.
        possible with_possible: bool = 0, 1, "CCNR possible";
    }

    /// Backward GVNS (Q.763 §3.62).
    BackwardGvns(Extended) {
        /// How the terminating access is.
        access with_access: TerminatingAccess = 0, 2, "terminating access indicator";
    }

    /// Network management controls (Q.763 §3.68).
    NetworkManagementControls(Extended) {
        /// Whether the call goes by temporary alternative routing.
        alternative_routing with_alternative_routing: bool = 0, 1, "TAR controlled call";
    }

    /// Call diversion treatment indicators (Q.763 §3.72).
    CallDiversionTreatmentIndicators(Extended) {
        /// Whether the call may be diverted.
        diversion with_diversion: DiversionTreatment = 0, 2, "call to be diverted indicator";
    }

    /// Call offering treatment indicators (Q.763 §3.74).
    CallOfferingTreatmentIndicators(Extended) {
        /// Whether the call may be offered.
        offering with_offering: OfferingTreatment = 0, 2, "call to be offered indicator";
    }

    /// Conference treatment indicators (Q.763 §3.76).
    ConferenceTreatmentIndicators(Extended) {
        /// Whether the user accepts to be in a conference.
        acceptance with_acceptance: ConferenceAcceptance
            = 0, 2, "conference acceptance indicator";
    }

    /// UID action indicators (Q.763 §3.78).
    UidActionIndicators(Extended) {
        /// Whether to connect through in both directions.
        through_connect with_through_connect: bool = 0, 1, "through-connect in both directions";
        /// Whether T9 is to be stopped or not started.
        stop_t9 with_stop_t9: bool = 1, 1, "stop T9";
    }

    /// UID capability indicators (Q.763 §3.79).
    UidCapabilityIndicators(Extended) {
        /// Whether the through-connection can be modified.
        through_connection with_through_connection: bool
            = 0, 1, "through-connection modification possible";
        /// Whether T9 can be stopped.
        t9 with_t9: bool = 1, 1, "stopping of T9 possible";
    }

    /// Pivot capability (Q.763 §3.84).
    PivotCapability(Extended) {
        /// When pivot routing is possible.
        possible with_possible: RedirectPossible = 0, 3, "pivot possible indicator";
        /// Whether interworking to redirection is not allowed (national use).
        no_redirection with_no_redirection: bool
            = 6, 1, "interworking to redirection not allowed";
    }

    /// Pivot routing indicators (Q.763 §3.85).
    PivotRoutingIndicators(Extended) {
        /// What is asked for.
        routing with_routing: PivotRouting = 0, 7, "pivot routing indicator";
    }

    /// Query on release capability (Q.763 §3.91).
    QueryOnReleaseCapability(Extended) {
        /// Whether query on release is supported.
        supported with_supported: bool = 0, 1, "query on release supported";
    }

    /// Pivot status (Q.763 §3.92).
    PivotStatus(Extended) {
        /// What became of the request.
        status with_status: RedirectProgress = 0, 2, "pivot status indicator";
    }

    /// Redirect capability (Q.763 §3.96).
    RedirectCapability(Extended) {
        /// When redirection is possible.
        possible with_possible: RedirectPossible = 0, 3, "redirect possible indicator";
    }

    /// Redirect status (Q.763 §3.98).
    RedirectStatus(Extended) {
        /// What became of the request.
        status with_status: RedirectProgress = 0, 2, "redirect status indicator";
    }

    /// Number portability forward information (Q.763 §3.101).
    NumberPortabilityForwardInformation(Extended) {
        /// Whether the number is known to be ported.
        status with_status: PortabilityStatus = 0, 4, "number portability status indicator";
    }
}
