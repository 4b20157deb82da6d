//! A value of each parameter of Q.763 Table 5, whose contents make sense to whoever looks into
//! them.

use crate::*;
use base::Cause;

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

/// Name and contents of each parameter.
pub(super) fn samples() -> Vec<(ParameterName, Vec<u8>)> {
    let mut samples = Vec::new();
    calls(&mut samples);
    numbers(&mut samples);
    services(&mut samples);
    networks(&mut samples);
    samples.sort();
    samples
}

/// The contents of the sample of this name.
pub(super) fn sample(name: ParameterName) -> Vec<u8> {
    let samples = samples();
    samples.into_iter().find(|(its, _)| *its == name).unwrap_or_else(|| panic!("{name}")).1
}

type Samples = Vec<(ParameterName, Vec<u8>)>;

fn put<T: Value>(samples: &mut Samples, key: Key<T>, value: T) {
    let mut octets = Vec::new();
    value.write(&mut octets).unwrap();
    samples.push((key.name(), octets));
}

fn calls(all: &mut Samples) {
    let nature = NatureOfConnection(0)
        .with_satellites(1)
        .with_continuity_check(ContinuityCheck::PREVIOUS_CIRCUIT);
    put(all, key::NATURE_OF_CONNECTION_INDICATORS, nature.with_echo_control(true));
    let forward = ForwardCallIndicators(0).with_isup_all_the_way(true).with_isdn_access(true);
    put(all, key::FORWARD_CALL_INDICATORS, forward.with_preference(IsupPreference::REQUIRED));
    let backward = BackwardCallIndicators(0)
        .with_charge(Charge::CHARGE)
        .with_called_status(CalledStatus::SUBSCRIBER_FREE)
        .with_called_category(CalledCategory::ORDINARY);
    put(all, key::BACKWARD_CALL_INDICATORS, backward.with_isup_all_the_way(true));
    let forward = OptionalForwardCallIndicators(0)
        .with_closed_user_group(ClosedUserGroupCall::OUTGOING_ACCESS_ALLOWED);
    let forward = forward.with_connected_line_requested(true);
    put(all, key::OPTIONAL_FORWARD_CALL_INDICATORS, forward);
    let backward = OptionalBackwardCallIndicators(0).with_in_band(true).with_mlpp_user(true);
    put(all, key::OPTIONAL_BACKWARD_CALL_INDICATORS, backward);
    put(all, key::CALLING_PARTYS_CATEGORY, CallingPartysCategory::PRIORITY);
    put(all, key::TRANSMISSION_MEDIUM_REQUIREMENT, TransmissionMedium::AUDIO_3100);
    put(all, key::TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, TransmissionMedium::SPEECH);
    put(all, key::TRANSMISSION_MEDIUM_USED, TransmissionMedium::SPEECH);
    let asked = InformationRequestIndicators(0).with_calling_address(true);
    put(all, key::INFORMATION_REQUEST_INDICATORS, asked.with_calling_category(true));
    put(all, key::INFORMATION_INDICATORS, InformationIndicators::solicited(true, true));
    put(all, key::CONTINUITY_INDICATORS, true);
    put(all, key::SUSPEND_RESUME_INDICATORS, true);
    let event = EventIndicator::PROGRESS;
    put(all, key::EVENT_INFORMATION, EventInformation { event, presentation_restricted: true });
    put(all, key::CAUSE_INDICATORS, CauseIndicators::new(Cause::USER_BUSY, location::USER));
    put(all, key::AUTOMATIC_CONGESTION_LEVEL, 2);
    put(all, key::HOP_COUNTER, 20);
    put(all, key::USER_SERVICE_INFORMATION, UserServiceInformation::speech());
    let audio = UserServiceInformation { capability: 0x10, ..UserServiceInformation::speech() };
    put(all, key::USER_SERVICE_INFORMATION_PRIME, audio);
    put(
        all,
        key::USER_TELESERVICE_INFORMATION,
        UserTeleserviceInformation {
            coding: 0,
            interpretation: 4,
            presentation: 1,
            characteristics: 1,
            extended: None,
        },
    );
    // Progress indicator: originating access is non-ISDN (Q.931 §4.5.23).
    put(all, key::ACCESS_TRANSPORT, Octets::from(&[0x1e, 2, 0x80, 0x83][..]));
    put(all, key::FACILITY_INDICATOR, FacilityIndicator::USER_TO_USER);
    let users = UserToUserIndicators(0).with_service_1(2).with_service_3(3);
    put(all, key::USER_TO_USER_INDICATORS, users);
    put(all, key::USER_TO_USER_INFORMATION, Octets::from(&[4, b'h', b'i'][..]));
}

fn numbers(all: &mut Samples) {
    let national = NatureOfAddress::NATIONAL;
    let called = |text| CalledPartyNumber::new(national, digits(text));
    put(all, key::CALLED_PARTY_NUMBER, called("199000001"));
    let redirection = CalledPartyNumber { complete: false, ..called("199000002") };
    put(all, key::REDIRECTION_NUMBER, redirection);
    let directory = CalledPartyNumber { complete: false, ..called("199000003") };
    put(all, key::CALLED_DIRECTORY_NUMBER, directory);
    let subsequent = SubsequentNumber { complete: true, digits: digits("1234") };
    put(all, key::SUBSEQUENT_NUMBER, subsequent);
    let calling = CallingPartyNumber {
        presentation: Presentation::RESTRICTED,
        screening: Screening::USER_VERIFIED,
        ..CallingPartyNumber::new(NatureOfAddress::INTERNATIONAL, digits("33639980001"))
    };
    put(all, key::CALLING_PARTY_NUMBER, calling);
    let qualifier = NumberQualifier::ADDITIONAL_CALLING;
    put(all, key::GENERIC_NUMBER, GenericNumber { qualifier, number: calling });
    let number = |text| RedirectingNumber::new(national, digits(text));
    put(all, key::REDIRECTING_NUMBER, number("199000004"));
    put(all, key::ORIGINAL_CALLED_NUMBER, number("199000005"));
    put(all, key::CALLED_IN_NUMBER, number("199000006"));
    put(all, key::ORIGINAL_CALLED_IN_NUMBER, number("199000007"));
    put(all, key::CONNECTED_NUMBER, ConnectedNumber::new(national, digits("199000008")));
    put(all, key::CALL_TRANSFER_NUMBER, ConnectedNumber::new(national, digits("199000009")));
    put(all, key::LOCATION_NUMBER, LocationNumber::new(national, digits("199000010")));
    let help = HtrInformation { nature: national, plan: plan::ISDN, digits: digits("199000011") };
    put(all, key::HTR_INFORMATION, help);
    let routing = NetworkRoutingNumber { nature: 1, plan: plan::ISDN, digits: digits("199001") };
    put(all, key::NETWORK_ROUTING_NUMBER, routing);
    let network = TransitNetworkSelection { network_type: 2, plan: 1, digits: digits("123") };
    put(all, key::TRANSIT_NETWORK_SELECTION, network);
    let account = GenericDigits { encoding: 2, digits_type: 0, digits: Octets::from("1234") };
    put(all, key::GENERIC_DIGITS, account);
    put(
        all,
        key::FORWARD_GVNS,
        ForwardGvns {
            provider: digits("123"),
            user_group: digits("4567"),
            routing: digits("19900"),
            plan: plan::ISDN,
            nature: 3,
        },
    );
    put(all, key::CORRELATION_ID, Octets::from(&[0x21, 0x43][..]));
    put(all, key::SCF_ID, Octets::from(&[0x65, 0x87][..]));
    put(all, key::CHARGED_PARTY_IDENTIFICATION, Octets::from(&[1, 2, 3][..]));
}

fn services(all: &mut Samples) {
    let redirected = RedirectionInformation(0)
        .with_indicator(Redirecting::DIVERTED)
        .with_counter(2)
        .with_original_reason(RedirectingReason::BUSY);
    let redirected = redirected.with_reason(RedirectingReason::NO_REPLY);
    put(all, key::REDIRECTION_INFORMATION, redirected);
    let diverted = CallDiversionInformation(0).with_options(NotificationOptions::WITH_NUMBER);
    let diverted = diverted.with_reason(RedirectingReason::UNCONDITIONAL);
    put(all, key::CALL_DIVERSION_INFORMATION, diverted);
    put(all, key::REDIRECTION_NUMBER_RESTRICTION, RedirectionRestriction::RESTRICTED);
    let group = ClosedUserGroupInterlockCode { network: 0x0123, code: 0x4567 };
    put(all, key::CLOSED_USER_GROUP_INTERLOCK_CODE, group);
    put(all, key::GENERIC_NOTIFICATION_INDICATOR, Notification::REMOTE_HOLD);
    put(all, key::ACCESS_DELIVERY_INFORMATION, AccessDeliveryInformation(1));
    put(all, key::MCID_REQUEST_INDICATORS, McidRequestIndicators(3));
    put(all, key::MCID_RESPONSE_INDICATORS, McidResponseIndicators(1));
    put(
        all,
        key::MLPP_PRECEDENCE,
        MlppPrecedence { look_ahead: 2, level: 3, network: 0x0123, domain: 0x0a_0b0c },
    );
    put(all, key::CCSS, Ccss(1));
    put(all, key::CCNR_POSSIBLE_INDICATOR, CcnrPossible(1));
    put(all, key::COLLECT_CALL_REQUEST, CollectCallRequest(1));
    put(all, key::CALL_TRANSFER_REFERENCE, 7);
    let looped = LoopPreventionIndicators(1).with_result(LoopResponse::NO_LOOP);
    put(all, key::LOOP_PREVENTION_INDICATORS, looped);
    put(all, key::SERVICE_ACTIVATION, ServiceActivation(vec![FeatureCode::CALL_TRANSFER]));
    let treatment = CallDiversionTreatmentIndicators(0);
    let treatment = treatment.with_diversion(DiversionTreatment::NOT_ALLOWED);
    put(all, key::CALL_DIVERSION_TREATMENT_INDICATORS, treatment);
    let treatment = CallOfferingTreatmentIndicators(0).with_offering(OfferingTreatment::ALLOWED);
    put(all, key::CALL_OFFERING_TREATMENT_INDICATORS, treatment);
    let treatment = ConferenceTreatmentIndicators(0).with_acceptance(ConferenceAcceptance::REJECT);
    put(all, key::CONFERENCE_TREATMENT_INDICATORS, treatment);
    // A display information element (Q.931 §4.5.16).
    put(all, key::DISPLAY_INFORMATION, Octets::from(&[0x28, 2, b'h', b'i'][..]));
    put(all, key::UID_ACTION_INDICATORS, UidActionIndicators(3));
    put(all, key::UID_CAPABILITY_INDICATORS, UidCapabilityIndicators(1));
    let access = BackwardGvns(0).with_access(TerminatingAccess::SWITCHED);
    put(all, key::BACKWARD_GVNS, access);
    let pivot = PivotCapability(0).with_possible(RedirectPossible::BEFORE_ANM);
    put(all, key::PIVOT_CAPABILITY, pivot.with_no_redirection(true));
    let pivot = PivotRoutingIndicators(0).with_routing(PivotRouting::REQUEST);
    put(all, key::PIVOT_ROUTING_INDICATORS, pivot);
    let status = PivotStatus(0).with_status(RedirectProgress::ACKNOWLEDGED);
    put(all, key::PIVOT_STATUS, status);
    put(all, key::PIVOT_COUNTER, 3);
    let pieces = || {
        let contents = Octets::from(&[0x81][..]);
        RedirectInformation(vec![Piece { tag: 3, contents }])
    };
    put(all, key::PIVOT_ROUTING_FORWARD_INFORMATION, pieces());
    put(all, key::PIVOT_ROUTING_BACKWARD_INFORMATION, pieces());
    let redirect = RedirectCapability(0).with_possible(RedirectPossible::BEFORE_ACM);
    put(all, key::REDIRECT_CAPABILITY, redirect);
    put(all, key::REDIRECT_COUNTER, 4);
    let status = RedirectStatus(0).with_status(RedirectProgress::NOT_INVOKED);
    put(all, key::REDIRECT_STATUS, status);
    put(all, key::REDIRECT_FORWARD_INFORMATION, pieces());
    put(all, key::REDIRECT_BACKWARD_INFORMATION, pieces());
}

fn networks(all: &mut Samples) {
    put(all, key::CIRCUIT_GROUP_SUPERVISION_MESSAGE_TYPE, SupervisionType::HARDWARE);
    let status = RangeStatus::new(Range(30), |position| position % 3 == 0);
    put(all, key::RANGE_AND_STATUS, RangeAndStatus::Status(status));
    put(all, key::CIRCUIT_STATE_INDICATOR, CircuitStates(vec![CircuitState::IDLE; 31]));
    put(all, key::CIRCUIT_ASSIGNMENT_MAP, CircuitAssignmentMap { map_type: 2, circuits: 0x0f });
    put(all, key::SIGNALLING_POINT_CODE, SignallingPointCode(300));
    put(all, key::ORIGINATION_ISC_POINT_CODE, SignallingPointCode(0x3fff));
    let point_code = SignallingPointCode(12);
    put(all, key::CALL_REFERENCE, CallReference { identity: 0x01_0203, point_code });
    put(
        all,
        key::CONNECTION_REQUEST,
        ConnectionRequest { local_reference: 0x04_0506, point_code, protocol_class: 2, credit: 5 },
    );
    put(all, key::PROPAGATION_DELAY_COUNTER, Milliseconds(300));
    put(all, key::CALL_HISTORY_INFORMATION, Milliseconds(1200));
    let echo = EchoControlInformation(0).with_outgoing(EchoControlDevice::INCLUDED);
    let echo = echo.with_incoming_request(EchoControlRequest::ACTIVATE);
    put(all, key::ECHO_CONTROL_INFORMATION, echo);
    put(
        all,
        key::NETWORK_SPECIFIC_FACILITY,
        NetworkSpecificFacility {
            network: Octets::from(&[0x21, 0x83][..]),
            facility: Octets::from(&[1, 2][..]),
        },
    );
    let components = Octets::from(&[0xa1, 6, 2, 1, 1, 2, 1, 1][..]);
    put(all, key::REMOTE_OPERATIONS, RemoteOperations { profile: 17, components });
    let controls = NetworkManagementControls(0).with_alternative_routing(true);
    put(all, key::NETWORK_MANAGEMENT_CONTROLS, controls);
    put(all, key::QUERY_ON_RELEASE_CAPABILITY, QueryOnReleaseCapability(1));
    let ported = NumberPortabilityForwardInformation(0).with_status(PortabilityStatus::PORTED);
    put(all, key::NUMBER_PORTABILITY_FORWARD_INFORMATION, ported);
    // 48 degrees north, 2 degrees east.
    let description = Octets::from(&[0x44, 0x44, 0x44, 0x01, 0x6c, 0x16][..]);
    put(
        all,
        key::CALLING_GEODETIC_LOCATION,
        CallingGeodeticLocation { presentation: 1, screening: 3, shape: 0, description },
    );
    let instructions = MessageCompatibility(0).with_notify(true).with_discard(true);
    put(all, key::MESSAGE_COMPATIBILITY_INFORMATION, instructions);
    let upgraded =
        |name, instructions| UpgradedParameter { name, instructions, more: Octets::default() };
    let discard = ParameterInstructions(0).with_discard_parameter(true);
    let release = ParameterInstructions(0).with_release(true).with_end_node(true);
    put(
        all,
        key::PARAMETER_COMPATIBILITY_INFORMATION,
        ParameterCompatibility(vec![
            upgraded(ParameterName::HOP_COUNTER, discard),
            upgraded(ParameterName(0xee), release),
        ]),
    );
    put(
        all,
        key::APPLICATION_TRANSPORT,
        ApplicationTransport {
            context: ApplicationContext::CHARGING,
            release: false,
            notify: true,
            new_sequence: true,
            segments: 0,
            reference: None,
            information: Octets::from(&[0, 0, 1, 2, 3][..]),
        },
    );
}

#[test]
fn every_parameter_of_table_5_has_a_sample_that_is_read_and_written() {
    let samples = samples();
    let names: Vec<_> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ParameterName::NAMED);
    for (name, octets) in samples {
        assert_eq!(name.contents().unwrap().rewrite(&octets), Some(octets.clone()), "{name}");
    }
}
