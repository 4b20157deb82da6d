//! What tshark calls the fields of each parameter, and what we say is in them.

use crate::*;

/// The parameter, the field, and what we find in contents that tshark shows it for: as a number,
/// or as text.
pub(super) type Row = (ParameterName, &'static str, Box<dyn Fn(&[u8]) -> Vec<String>>);

/// A list of rows that grows.
#[derive(Default)]
pub(super) struct Rows(pub(super) Vec<Row>);

impl Rows {
    fn text<T: Value>(
        &mut self,
        key: Key<T>,
        field: &'static str,
        ours: impl Fn(&T) -> Option<String> + 'static,
    ) {
        self.texts(key, field, move |value| ours(value).into_iter().collect());
    }

    fn texts<T: Value>(
        &mut self,
        key: Key<T>,
        field: &'static str,
        ours: impl Fn(&T) -> Vec<String> + 'static,
    ) {
        let name = key.name();
        let read = move |octets: &[u8]| key.read((name, octets)).map(|value| ours(&value));
        self.0.push((name, field, Box::new(move |octets| read(octets).unwrap_or_default())));
    }

    fn is<T: Value, N: Into<u64>>(
        &mut self,
        key: Key<T>,
        field: &'static str,
        ours: impl Fn(&T) -> N + 'static,
    ) {
        self.text(key, field, move |value| Some(ours(value).into().to_string()));
    }

    fn octets<T: Value>(
        &mut self,
        key: Key<T>,
        field: &'static str,
        ours: impl Fn(&T) -> Octets + 'static,
    ) {
        self.text(key, field, move |value| {
            let octets = ours(value).0;
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            (!hex.is_empty()).then_some(hex)
        });
    }

    /// The digits of a number.
    fn number<T: Value>(
        &mut self,
        key: Key<T>,
        digits: &'static str,
        ours: impl Fn(&T) -> (Digits, bool) + 'static,
    ) {
        self.text(key, digits, move |value| {
            let (digits, complete) = ours(value);
            // tshark takes ST for a digit of the number.
            let text = format!("{digits}{}", if complete { "F" } else { "" });
            (!text.is_empty()).then_some(text)
        });
    }
}

/// Every field of a parameter that tshark looks into and names.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = Rows::default();
    calls(&mut rows);
    backward(&mut rows);
    numbers(&mut rows);
    services(&mut rows);
    networks(&mut rows);
    compatibility(&mut rows);
    rows.0
}

fn calls(rows: &mut Rows) {
    let nature = key::NATURE_OF_CONNECTION_INDICATORS;
    rows.is(nature, "isup.satellite_indicator", |v| v.satellites());
    rows.is(nature, "isup.continuity_check_indicator", |v| v.continuity_check().0);
    rows.is(nature, "isup.echo_control_device_indicator", |v| v.echo_control());
    let forward = key::FORWARD_CALL_INDICATORS;
    rows.is(forward, "isup.forw_call_natnl_inatnl_call_indicator", |v| v.international());
    rows.is(forward, "isup.forw_call_end_to_end_method_indicator", |v| v.end_to_end_method().0);
    rows.is(forward, "isup.forw_call_interworking_indicator", |v| v.interworking());
    let field = "isup.forw_call_end_to_end_information_indicator";
    rows.is(forward, field, |v| v.end_to_end_information());
    rows.is(forward, "isup.forw_call_isdn_user_part_indicator", |v| v.isup_all_the_way());
    rows.is(forward, "isup.forw_call_preferences_indicator", |v| v.preference().0);
    rows.is(forward, "isup.forw_call_isdn_access_indicator", |v| v.isdn_access());
    rows.is(forward, "isup.forw_call_sccp_method_indicator", |v| v.sccp_method().0);
    let field = "isup.forw_call_ported_num_trans_indicator";
    rows.is(forward, field, |v| v.ported_number_translated());
    rows.is(forward, "isup.forw_call_qor_attempt_indicator", |v| v.query_on_release());
    let optional = key::OPTIONAL_FORWARD_CALL_INDICATORS;
    rows.is(optional, "isup.clg_call_ind", |v| v.closed_user_group().0);
    rows.is(optional, "isup.simple_segmentation_ind", |v| v.segmentation());
    let field = "isup.connected_line_identity_request_ind";
    rows.is(optional, field, |v| v.connected_line_requested());
    rows.is(key::CALLING_PARTYS_CATEGORY, "isup.calling_partys_category", |v| v.0);
    let medium = "isup.transmission_medium_requirement";
    rows.is(key::TRANSMISSION_MEDIUM_REQUIREMENT, medium, |v| v.0);
    let prime = "isup.transmission_medium_requirement_prime";
    rows.is(key::TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, prime, |v| v.0);
    rows.is(key::TRANSMISSION_MEDIUM_USED, prime, |v| v.0);
    rows.is(key::CONTINUITY_INDICATORS, "isup.continuity_indicator", |v| *v);
    rows.is(key::SUSPEND_RESUME_INDICATORS, "isup.suspend_resume_indicator", |v| *v);
    let event = key::EVENT_INFORMATION;
    rows.is(event, "isup.event_ind", |v| v.event.0);
    rows.is(event, "isup.event_presentation_restr_ind", |v| v.presentation_restricted);
    rows.is(key::HOP_COUNTER, "isup.hop_counter", |v| v & 0x1f);
    rows.is(key::AUTOMATIC_CONGESTION_LEVEL, "isup.automatic_congestion_level", |v| *v);
    let cause = key::CAUSE_INDICATORS;
    let is_known = |v: &CauseIndicators| matches!(v.coding, coding::ITU | coding::ISO);
    rows.text(cause, "q931.cause_location", move |v| is_known(v).then(|| v.location.to_string()));
    rows.text(cause, "isup.cause_indicator", move |v| is_known(v).then(|| v.cause.0.to_string()));
    rows.octets(key::ACCESS_TRANSPORT, "isup.access_transport_parameter_field", Octets::clone);
    let users = key::USER_TO_USER_INDICATORS;
    // Shown again in the place of the discard indicator.
    rows.texts(users, "isup.UUI_type", |v| vec![u8::from(v.response()).to_string(); 2]);
    let of = |response: bool, of: fn(UserToUserIndicators) -> u8| {
        move |v: &UserToUserIndicators| (v.response() == response).then(|| of(*v).to_string())
    };
    rows.text(users, "isup.UUI_req_service1", of(false, UserToUserIndicators::service_1));
    rows.text(users, "isup.UUI_req_service2", of(false, UserToUserIndicators::service_2));
    rows.text(users, "isup.UUI_req_service3", of(false, UserToUserIndicators::service_3));
    rows.text(users, "isup.UUI_res_service1", of(true, UserToUserIndicators::service_1));
    rows.text(users, "isup.UUI_res_service2", of(true, UserToUserIndicators::service_2));
    rows.text(users, "isup.UUI_res_service3", of(true, UserToUserIndicators::service_3));
    rows.octets(key::USER_TO_USER_INFORMATION, "isup.user_to_user_info", Octets::clone);
}

fn backward(rows: &mut Rows) {
    let backward = key::BACKWARD_CALL_INDICATORS;
    rows.is(backward, "isup.charge_indicator", |v| v.charge().0);
    rows.is(backward, "isup.called_partys_status_indicator", |v| v.called_status().0);
    rows.is(backward, "isup.called_partys_category_indicator", |v| v.called_category().0);
    let method = "isup.backw_call_end_to_end_method_indicator";
    rows.is(backward, method, |v| v.end_to_end_method().0);
    rows.is(backward, "isup.backw_call_interworking_indicator", |v| v.interworking());
    let field = "isup.backw_call_end_to_end_information_indicator";
    rows.is(backward, field, |v| v.end_to_end_information());
    rows.is(backward, "isup.backw_call_isdn_user_part_indicator", |v| v.isup_all_the_way());
    rows.is(backward, "isup.backw_call_holding_indicator", |v| v.holding());
    rows.is(backward, "isup.backw_call_isdn_access_indicator", |v| v.isdn_access());
    rows.is(backward, "isup.backw_call_echo_control_device_indicator", |v| v.echo_control());
    rows.is(backward, "isup.backw_call_sccp_method_indicator", |v| v.sccp_method().0);
    let optional = key::OPTIONAL_BACKWARD_CALL_INDICATORS;
    rows.is(optional, "isup.inband_information_ind", |v| v.in_band());
    rows.is(optional, "isup.call_diversion_may_occur_ind", |v| v.diversion_may_occur());
    rows.is(optional, "isup.simple_segmentation_ind", |v| v.segmentation());
    rows.is(optional, "isup.mlpp_user", |v| v.mlpp_user());
    let asked = key::INFORMATION_REQUEST_INDICATORS;
    let field = "isup.calling_party_address_request_indicator";
    rows.is(asked, field, |v| v.calling_address());
    rows.is(asked, "isup.info_req_holding_indicator", |v| v.holding());
    let field = "isup.calling_partys_category_request_indicator";
    rows.is(asked, field, |v| v.calling_category());
    rows.is(asked, "isup.charge_information_request_indicator", |v| v.charge());
    let field = "isup.malicious_call_ident_request_indicator";
    rows.is(asked, field, |v| v.malicious_call_id());
    let given = key::INFORMATION_INDICATORS;
    let field = "isup.calling_party_address_response_indicator";
    rows.is(given, field, |v| v.calling_address().0);
    rows.is(given, "isup.hold_provided_indicator", |v| v.hold_provided());
    let field = "isup.calling_partys_category_response_indicator";
    rows.is(given, field, |v| v.calling_category_included());
    rows.is(given, "isup.charge_information_response_indicator", |v| v.charge_included());
    rows.is(given, "isup.solicited_indicator", |v| v.unsolicited());
}

fn numbers(rows: &mut Rows) {
    const NATURE: &str = "isup.called_party_nature_of_address_indicator";
    const OF_CALLING: &str = "isup.calling_party_nature_of_address_indicator";
    const PLAN: &str = "isup.numbering_plan_indicator";
    const SHOWN: &str = "isup.address_presentation_restricted_indicator";
    const SCREENED: &str = "isup.screening_indicator";
    let called = key::CALLED_PARTY_NUMBER;
    rows.number(called, "isup.called", |v| (v.digits, v.complete));
    for key in [called, key::REDIRECTION_NUMBER] {
        rows.is(key, NATURE, |v| v.nature.0);
        rows.is(key, "isup.inn_indicator", |v| !v.inn_allowed);
        rows.is(key, PLAN, |v| v.plan);
    }
    let redirection = key::REDIRECTION_NUMBER;
    rows.number(redirection, "isup.redirection_number", |v| (v.digits, v.complete));
    rows.text(key::SUBSEQUENT_NUMBER, "isup.subsequent_number", |v| {
        let text = format!("{}{}", v.digits, if v.complete { "F" } else { "" });
        (!text.is_empty()).then_some(text)
    });
    let calling = key::CALLING_PARTY_NUMBER;
    rows.number(calling, "isup.calling", |v| (v.digits, false));
    rows.is(calling, OF_CALLING, |v| v.nature.0);
    rows.is(calling, "isup.ni_indicator", |v| v.incomplete);
    rows.is(calling, PLAN, |v| v.plan);
    rows.is(calling, SHOWN, |v| v.presentation.0);
    rows.is(calling, SCREENED, |v| v.screening.0);
    let generic = key::GENERIC_NUMBER;
    rows.is(generic, "isup.number_qualifier_indicator", |v| v.qualifier.0);
    rows.number(generic, "isup.generic_number", |v| (v.number.digits, false));
    rows.is(generic, OF_CALLING, |v| v.number.nature.0);
    rows.is(generic, "isup.ni_indicator", |v| v.number.incomplete);
    rows.is(generic, PLAN, |v| v.number.plan);
    rows.is(generic, SHOWN, |v| v.number.presentation.0);
    rows.is(generic, "isup.screening_indicator_enhanced", |v| v.number.screening.0);
    let redirecting = key::REDIRECTING_NUMBER;
    rows.number(redirecting, "isup.redirecting", |v| (v.digits, false));
    let original = key::ORIGINAL_CALLED_NUMBER;
    rows.number(original, "isup.original_called_number", |v| (v.digits, false));
    let service = key::CALLED_IN_NUMBER;
    rows.number(service, "isup.called_in_number", |v| (v.digits, false));
    for key in [redirecting, original, service] {
        rows.is(key, OF_CALLING, |v| v.nature.0);
        rows.is(key, PLAN, |v| v.plan);
        rows.is(key, SHOWN, |v| v.presentation.0);
    }
    let connected = key::CONNECTED_NUMBER;
    rows.number(connected, "isup.connected_number", |v| (v.digits, false));
    let transfer = key::CALL_TRANSFER_NUMBER;
    rows.number(transfer, "isup.call_transfer_number", |v| (v.digits, false));
    for key in [connected, transfer] {
        rows.is(key, OF_CALLING, |v| v.nature.0);
        rows.is(key, PLAN, |v| v.plan);
        rows.is(key, SHOWN, |v| v.presentation.0);
    }
    rows.is(connected, SCREENED, |v| v.screening.0);
    rows.is(transfer, "isup.screening_indicator_enhanced", |v| v.screening.0);
    let location = key::LOCATION_NUMBER;
    rows.number(location, "isup.location_number", |v| (v.digits, false));
    rows.is(location, OF_CALLING, |v| v.nature.0);
    rows.is(location, "isup.inn_indicator", |v| !v.inn_allowed);
    rows.is(location, PLAN, |v| v.plan);
    rows.is(location, SHOWN, |v| v.presentation.0);
    rows.is(location, SCREENED, |v| v.screening.0);
    let network = key::TRANSIT_NETWORK_SELECTION;
    rows.is(network, "isup.type_of_network_identification", |v| v.network_type);
    rows.is(network, "isup.network_identification_plan", |v| v.plan);
    rows.text(network, "isup.transit_network_selection", |v| {
        (!v.digits.is_empty()).then(|| v.digits.to_string())
    });
}

fn services(rows: &mut Rows) {
    let redirected = key::REDIRECTION_INFORMATION;
    rows.is(redirected, "isup.redirecting_ind", |v| v.indicator().0);
    rows.is(redirected, "isup.original_redirection_reason", |v| v.original_reason().0);
    rows.is(redirected, "isup.redirection_counter", |v| v.counter());
    rows.is(redirected, "isup.redirection_reason", |v| v.reason().0);
    let group = key::CLOSED_USER_GROUP_INTERLOCK_CODE;
    rows.is(group, "isup.binary_code", |v| v.code);
    let notification = key::GENERIC_NOTIFICATION_INDICATOR;
    rows.is(notification, "isup.notification_indicator", |v| v.0);
    rows.is(key::ACCESS_DELIVERY_INFORMATION, "isup.access_delivery_ind", |v| v.no_set_up());
    let precedence = key::MLPP_PRECEDENCE;
    rows.is(precedence, "isup.look_forward_busy", |v| v.look_ahead);
    rows.is(precedence, "isup.precedence_level", |v| v.level);
    rows.is(precedence, "isup.mlpp_service_domain", |v| v.domain);
    rows.is(key::CCSS, "isup.ccss_call_indicator", |v| v.completion());
    let collect = key::COLLECT_CALL_REQUEST;
    rows.is(collect, "isup.collect_call_request_indicator", |v| v.requested());
    rows.is(key::CALL_TRANSFER_REFERENCE, "isup.call_transfer_identity", |v| *v);
    let looped = key::LOOP_PREVENTION_INDICATORS;
    rows.is(looped, "isup.loop_prevention_indicator_type", |v| v.response());
    rows.text(looped, "isup.loop_prevention_response_ind", |v| {
        v.response().then(|| v.result().0.to_string())
    });
    let diverted = key::CALL_DIVERSION_TREATMENT_INDICATORS;
    rows.is(diverted, "isup.call_to_be_diverted_ind", |v| v.diversion().0);
    let offered = key::CALL_OFFERING_TREATMENT_INDICATORS;
    rows.is(offered, "isup.call_to_be_offered_ind", |v| v.offering().0);
    let conference = key::CONFERENCE_TREATMENT_INDICATORS;
    rows.is(conference, "isup.conference_acceptance_ind", |v| v.acceptance().0);
    rows.octets(key::DISPLAY_INFORMATION, "isup.display_information", Octets::clone);
    let charged = key::CHARGED_PARTY_IDENTIFICATION;
    rows.octets(charged, "isup.charged_party_identification", Octets::clone);
    rows.octets(key::CORRELATION_ID, "isup.correlation_id", Octets::clone);
    rows.octets(key::SCF_ID, "isup.scf_id", Octets::clone);
}

fn networks(rows: &mut Rows) {
    let kind = key::CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE;
    rows.is(kind, "isup.cgs_message_type", |v| v.0);
    rows.is(key::RANGE_AND_STATUS, "isup.range_indicator", |v| match v {
        // It shows how many circuits there are, in eight bits.
        RangeAndStatus::Range(range) => range.0.wrapping_add(1),
        RangeAndStatus::Status(status) => status.range().0.wrapping_add(1),
    });
    rows.is(key::SIGNALLING_POINT_CODE, "isup.signalling_point_code", |v| v.0);
    rows.is(key::ORIGINATION_ISC_POINT_CODE, "isup.origination_isc_point_code", |v| v.0);
    let reference = key::CALL_REFERENCE;
    rows.is(reference, "isup.call_identity", |v| v.identity);
    rows.is(reference, "isup.signalling_point_code", |v| v.point_code.0);
    let request = key::CONNECTION_REQUEST;
    rows.is(request, "isup.local_reference", |v| v.local_reference);
    rows.is(request, "isup.signalling_point_code", |v| v.point_code.0);
    rows.is(request, "isup.protocol_class", |v| v.protocol_class);
    rows.is(request, "isup.credit", |v| v.credit);
    rows.is(key::PROPAGATION_DELAY_COUNTER, "isup.propagation_delay_counter", |v| v.0);
    rows.is(key::CALL_HISTORY_INFORMATION, "isup.call_history_info", |v| v.0);
    let echo = key::ECHO_CONTROL_INFORMATION;
    rows.is(echo, "isup.OECD_inf_ind_vals", |v| v.outgoing().0);
    rows.is(echo, "isup.IECD_inf_ind_vals", |v| v.incoming().0);
    rows.is(echo, "isup.OECD_req_ind_vals", |v| v.outgoing_request().0);
    rows.is(echo, "isup.IECD_req_ind_vals", |v| v.incoming_request().0);
    let controls = key::NETWORK_MANAGEMENT_CONTROLS;
    let field = "isup.temporary_alternative_routing_ind";
    rows.is(controls, field, |v| v.alternative_routing());
    rows.is(key::CIRCUIT_ASSIGNMENT_MAP, "isup.map_type", |v| v.map_type);
}

fn compatibility(rows: &mut Rows) {
    let message = key::MESSAGE_COMPATIBILITY_INFORMATION;
    rows.is(message, "isup.transit_at_intermediate_exchange_ind", |v| v.end_node());
    rows.is(message, "isup.Release_call_ind", |v| v.release());
    rows.is(message, "isup.Send_notification_ind", |v| v.notify());
    rows.is(message, "isup.Discard_message_ind_value", |v| v.discard());
    rows.is(message, "isup.Pass_on_not_possible_val", |v| v.discard_unless_passed_on());
    let upgraded = key::PARAMETER_COMPATIBILITY_INFORMATION;
    let all = |of: fn(&UpgradedParameter) -> u8| {
        move |v: &ParameterCompatibility| v.0.iter().map(|one| of(one).to_string()).collect()
    };
    let flag = |of: fn(ParameterInstructions) -> bool| {
        move |v: &ParameterCompatibility| {
            v.0.iter().map(|one| u8::from(of(one.instructions)).to_string()).collect()
        }
    };
    rows.texts(upgraded, "isup.upgraded_parameter", all(|one| one.name.0));
    let transit = "isup.transit_at_intermediate_exchange_ind";
    rows.texts(upgraded, transit, flag(ParameterInstructions::end_node));
    rows.texts(upgraded, "isup.Release_call_ind", flag(ParameterInstructions::release));
    rows.texts(upgraded, "isup.Send_notification_ind", flag(ParameterInstructions::notify));
    let field = "isup.Discard_message_ind_value";
    rows.texts(upgraded, field, flag(ParameterInstructions::discard_message));
    let field = "isup.Discard_parameter_ind";
    rows.texts(upgraded, field, flag(ParameterInstructions::discard_parameter));
    let field = "isup.Pass_on_not_possible_ind";
    rows.texts(upgraded, field, all(|one| one.instructions.pass_on_not_possible().0));
    let transport = key::APPLICATION_TRANSPORT;
    rows.is(transport, "isup.app_context_identifier", |v| v.context.0);
    rows.is(transport, "isup.app_Release_call_indicator", |v| v.release);
    rows.is(transport, "isup.app_Send_notification_ind", |v| v.notify);
    rows.is(transport, "isup.apm_segmentation_ind", |v| v.segments);
    rows.is(transport, "isup.APM_Sequence_ind", |v| v.new_sequence);
    rows.text(transport, "isup.APM_slr", |v| v.reference.map(|octet| octet.to_string()));
}
