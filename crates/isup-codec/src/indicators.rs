//! What a call has met on its way so far: the indicators of basic call control.

use crate::notation::q763;

base::coded_value! {
    /// Continuity check indicator (Q.763 §3.35).
    pub struct ContinuityCheck(u8) {
        /// Not required.
        NOT_REQUIRED = 0, "continuity check not required";
        /// Required on this circuit.
        THIS_CIRCUIT = 1, "continuity check required on this circuit";
        /// Performed on a previous circuit.
        PREVIOUS_CIRCUIT = 2, "continuity check performed on a previous circuit";
    }
}

base::coded_value! {
    /// ISDN user part preference indicator (Q.763 §3.23).
    pub struct IsupPreference(u8) {
        /// Preferred all the way.
        PREFERRED = 0, "ISUP preferred all the way";
        /// Not required all the way.
        NOT_REQUIRED = 1, "ISUP not required all the way";
        /// Required all the way.
        REQUIRED = 2, "ISUP required all the way";
    }
}

base::coded_value! {
    /// Charge indicator (Q.763 §3.5).
    pub struct Charge(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// The call is free.
        NO_CHARGE = 1, "no charge";
        /// The call is charged.
        CHARGE = 2, "charge";
    }
}

base::coded_value! {
    /// Called party's status indicator (Q.763 §3.5).
    pub struct CalledStatus(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// The subscriber is free and being alerted.
        SUBSCRIBER_FREE = 1, "subscriber free";
        /// The call will be connected when the subscriber becomes free (national use).
        CONNECT_WHEN_FREE = 2, "connect when free";
    }
}

base::coded_value! {
    /// Called party's category indicator (Q.763 §3.5).
    pub struct CalledCategory(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Ordinary subscriber.
        ORDINARY = 1, "ordinary subscriber";
        /// Payphone.
        PAYPHONE = 2, "payphone";
    }
}

base::coded_value! {
    /// End-to-end method indicator (Q.763 §3.5, §3.23).
    pub struct EndToEndMethod(u8) {
        /// Only link-by-link method available.
        NONE = 0, "no end-to-end method";
        /// Pass-along method available (national use).
        PASS_ALONG = 1, "pass-along";
        /// SCCP method available.
        SCCP = 2, "SCCP";
        /// Both available (national use).
        BOTH = 3, "pass-along and SCCP";
    }
}

base::coded_value! {
    /// SCCP method indicator (Q.763 §3.5, §3.23).
    pub struct SccpMethod(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Connectionless method available (national use).
        CONNECTIONLESS = 1, "connectionless";
        /// Connection oriented method available.
        CONNECTION_ORIENTED = 2, "connection oriented";
        /// Both available (national use).
        BOTH = 3, "connectionless and connection oriented";
    }
}

base::coded_value! {
    /// Closed user group call indicator (Q.763 §3.38).
    pub struct ClosedUserGroupCall(u8) {
        /// No such call.
        NONE = 0, "non-CUG call";
        /// Outgoing access is allowed.
        OUTGOING_ACCESS_ALLOWED = 2, "closed user group call, outgoing access allowed";
        /// Outgoing access is not allowed.
        OUTGOING_ACCESS_NOT_ALLOWED = 3, "closed user group call, outgoing access not allowed";
    }
}

base::coded_value! {
    /// Calling party address response indicator (Q.763 §3.28).
    pub struct AddressResponse(u8) {
        /// Not included.
        NOT_INCLUDED = 0, "not included";
        /// Not available.
        NOT_AVAILABLE = 1, "not available";
        /// Included.
        INCLUDED = 3, "included";
    }
}

q763! { indicators
    /// Nature of connection indicators (Q.763 §3.35).
    NatureOfConnection(u8) {
        /// How many satellite circuits the connection has so far; 3 is spare.
        satellites with_satellites: u8 = 0, 2, "satellites";
        /// Whether a continuity check is to be awaited.
        continuity_check with_continuity_check: ContinuityCheck
            = 2, 2, "continuity check indicator";
        /// Whether an outgoing echo control device is included.
        echo_control with_echo_control: bool = 4, 1, "outgoing echo control device included";
    }

    /// Forward call indicators (Q.763 §3.23): the first octet in the low half.
    ForwardCallIndicators(u16) {
        /// Whether the call is to be treated as an international one.
        international with_international: bool = 0, 1, "international call";
        /// Which end-to-end methods are available.
        end_to_end_method with_end_to_end_method: EndToEndMethod
            = 1, 2, "end-to-end method indicator";
        /// Whether the call met a network without ISUP's signalling.
        interworking with_interworking: bool = 3, 1, "interworking encountered";
        /// Whether end-to-end information is available (national use).
        end_to_end_information with_end_to_end_information: bool
            = 4, 1, "end-to-end information available";
        /// Whether ISUP was used all the way.
        isup_all_the_way with_isup_all_the_way: bool = 5, 1, "ISUP used all the way";
        /// How much ISUP is wanted on the way.
        preference with_preference: IsupPreference = 6, 2, "ISUP preference indicator";
        /// Whether the originating access is an ISDN one.
        isdn_access with_isdn_access: bool = 8, 1, "originating access ISDN";
        /// Which SCCP methods are available.
        sccp_method with_sccp_method: SccpMethod = 9, 2, "SCCP method indicator";
        /// Whether the called number has been translated because it was ported (ANSI T1.113).
        ported_number_translated with_ported_number_translated: bool
            = 12, 1, "ported number translated";
        /// Whether query on release is being tried (Q.769.1).
        query_on_release with_query_on_release: bool = 13, 1, "query on release attempted";
    }

    /// Backward call indicators (Q.763 §3.5): the first octet in the low half.
    BackwardCallIndicators(u16) {
        /// Whether the call is charged.
        charge with_charge: Charge = 0, 2, "charge indicator";
        /// Whether the called party is being alerted.
        called_status with_called_status: CalledStatus = 2, 2, "called party's status";
        /// What kind of subscriber the called party is.
        called_category with_called_category: CalledCategory = 4, 2, "called party's category";
        /// Which end-to-end methods are available.
        end_to_end_method with_end_to_end_method: EndToEndMethod
            = 6, 2, "end-to-end method indicator";
        /// Whether the call met a network without ISUP's signalling.
        interworking with_interworking: bool = 8, 1, "interworking encountered";
        /// Whether end-to-end information is available (national use).
        end_to_end_information with_end_to_end_information: bool
            = 9, 1, "end-to-end information available";
        /// Whether ISUP was used all the way.
        isup_all_the_way with_isup_all_the_way: bool = 10, 1, "ISUP used all the way";
        /// Whether holding is requested (national use).
        holding with_holding: bool = 11, 1, "holding requested";
        /// Whether the terminating access is an ISDN one.
        isdn_access with_isdn_access: bool = 12, 1, "terminating access ISDN";
        /// Whether an incoming echo control device is included.
        echo_control with_echo_control: bool = 13, 1, "incoming echo control device included";
        /// Which SCCP methods are available.
        sccp_method with_sccp_method: SccpMethod = 14, 2, "SCCP method indicator";
    }

    /// Optional backward call indicators (Q.763 §3.37).
    OptionalBackwardCallIndicators(u8) {
        /// Whether in-band information or an appropriate pattern is now available.
        in_band with_in_band: bool = 0, 1, "in-band information available";
        /// Whether call diversion may occur.
        diversion_may_occur with_diversion_may_occur: bool = 1, 1, "call diversion may occur";
        /// Whether additional information will follow in a segmentation message.
        segmentation with_segmentation: bool = 2, 1, "segmentation message follows";
        /// Whether the called party has multi-level precedence and preemption.
        mlpp_user with_mlpp_user: bool = 3, 1, "MLPP user";
    }

    /// Optional forward call indicators (Q.763 §3.38).
    OptionalForwardCallIndicators(u8) {
        /// Whether this is a call of a closed user group.
        closed_user_group with_closed_user_group: ClosedUserGroupCall
            = 0, 2, "closed user group call indicator";
        /// Whether additional information will follow in a segmentation message.
        segmentation with_segmentation: bool = 2, 1, "segmentation message follows";
        /// Whether the calling party wants to know who answers.
        connected_line_requested with_connected_line_requested: bool
            = 7, 1, "connected line identity requested";
    }

    /// Information request indicators (Q.763 §3.29): the first octet in the low half.
    InformationRequestIndicators(u16) {
        /// Whether the calling party's address is asked for.
        calling_address with_calling_address: bool = 0, 1, "calling party address requested";
        /// Whether holding is asked for.
        holding with_holding: bool = 1, 1, "holding requested";
        /// Whether the calling party's category is asked for.
        calling_category with_calling_category: bool = 3, 1, "calling party's category requested";
        /// Whether charge information is asked for.
        charge with_charge: bool = 4, 1, "charge information requested";
        /// Whether malicious call identification is asked for.
        malicious_call_id with_malicious_call_id: bool
            = 7, 1, "malicious call identification requested";
    }

    /// Information indicators (Q.763 §3.28): the first octet in the low half.
    InformationIndicators(u16) {
        /// Whether the calling party's address is included.
        calling_address with_calling_address: AddressResponse
            = 0, 2, "calling party address response indicator";
        /// Whether hold is provided.
        hold_provided with_hold_provided: bool = 2, 1, "hold provided";
        /// Whether the calling party's category is included.
        calling_category_included with_calling_category_included: bool
            = 5, 1, "calling party's category included";
        /// Whether charge information is included.
        charge_included with_charge_included: bool = 6, 1, "charge information included";
        /// Whether the information came without a request.
        unsolicited with_unsolicited: bool = 7, 1, "unsolicited";
    }
}

impl InformationIndicators {
    /// The answer to a request, with or without the calling party's number and category.
    pub const fn solicited(calling_address: bool, calling_category: bool) -> Self {
        let address = if calling_address {
            AddressResponse::INCLUDED
        } else {
            AddressResponse::NOT_AVAILABLE
        };
        Self(0).with_calling_address(address).with_calling_category_included(calling_category)
    }

    /// Whether the calling party's address is included.
    pub const fn calling_address_included(self) -> bool {
        self.calling_address().0 == AddressResponse::INCLUDED.0
    }
}
