//! Arbitrary messages that their octets can hold.

use crate::*;
use base::Cause;
use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(super) fn digits(most: usize) -> impl Strategy<Value = Digits> {
    let signal = prop_oneof![9 => "[0-9]", 1 => "[A-E]"];
    vec(signal, 0..=most).prop_map(|signals| signals.concat().parse().unwrap())
}

fn octets(most: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..=most).prop_map(Bytes::from)
}

fn nature() -> impl Strategy<Value = NatureOfAddress> {
    (0u8..0x80).prop_map(NatureOfAddress)
}

prop_compose! {
    fn called()(
        nature in nature(), inn_allowed: bool, plan in 0u8..8, complete: bool, digits in digits(24),
    ) -> CalledPartyNumber {
        CalledPartyNumber { nature, inn_allowed, plan, complete, digits }
    }
}

prop_compose! {
    fn calling()(
        nature in nature(), incomplete: bool, plan in 0u8..8, presentation in 0u8..4,
        screening in 0u8..4, digits in digits(24),
    ) -> CallingPartyNumber {
        let (presentation, screening) = (Presentation(presentation), Screening(screening));
        CallingPartyNumber { nature, incomplete, plan, presentation, screening, digits }
    }
}

prop_compose! {
    fn connected()(
        nature in nature(), plan in 0u8..8, presentation in 0u8..4, screening in 0u8..4,
        digits in digits(24),
    ) -> ConnectedNumber {
        let (presentation, screening) = (Presentation(presentation), Screening(screening));
        ConnectedNumber { nature, plan, presentation, screening, digits }
    }
}

prop_compose! {
    fn cause()(
        location in 0u8..16, cause in 0u8..128, coding in 0u8..4,
        recommendation in option::of(0u8..128), diagnostic in octets(8),
    ) -> CauseIndicators {
        CauseIndicators { location, cause: Cause(cause), coding, recommendation, diagnostic }
    }
}

/// Parameters that no message has a field for.
fn other() -> impl Strategy<Value = Vec<Parameter>> {
    let names = prop_oneof![
        Just(ParameterName::REDIRECTING_NUMBER),
        Just(ParameterName::PROPAGATION_DELAY_COUNTER),
        Just(ParameterName::PARAMETER_COMPATIBILITY_INFORMATION),
        Just(ParameterName::GENERIC_NUMBER),
        (0x90u8..=0xbf).prop_map(ParameterName),
    ];
    vec((names, octets(20)).prop_map(|(name, value)| Parameter { name, value }), 0..4)
}

fn range_status() -> impl Strategy<Value = RangeStatus> {
    (any::<u8>(), any::<u64>()).prop_map(|(range, bits)| {
        RangeStatus::new(Range(range), |position| bits.rotate_left(position as u32) & 1 != 0)
    })
}

fn backward() -> impl Strategy<Value = BackwardCallIndicators> {
    any::<u16>().prop_map(BackwardCallIndicators)
}

fn optional_backward() -> impl Strategy<Value = Option<OptionalBackwardCallIndicators>> {
    option::of(any::<u8>().prop_map(OptionalBackwardCallIndicators))
}

prop_compose! {
    fn iam()(
        nature: u8, forward: u16, category: u8, medium: u8, called in called(),
        calling in option::of(calling()), hop_counter in option::of(any::<u8>()),
        user_service_information in option::of(octets(12)), other in other(),
    ) -> Iam {
        Iam {
            nature: NatureOfConnection(nature),
            forward: ForwardCallIndicators(forward),
            category: CallingPartysCategory(category),
            medium: TransmissionMedium(medium),
            called, calling, hop_counter, user_service_information, other,
        }
    }
}

prop_compose! {
    fn cpg()(
        event in 0u8..128, presentation_restricted: bool, backward in option::of(backward()),
        optional_backward in optional_backward(), cause in option::of(cause()), other in other(),
    ) -> Cpg {
        let event = EventInformation { event: EventIndicator(event), presentation_restricted };
        Cpg { event, backward, optional_backward, cause, other }
    }
}

fn call_messages() -> impl Strategy<Value = Message> {
    let subsequent = (any::<bool>(), digits(30))
        .prop_map(|(complete, digits)| SubsequentNumber { complete, digits });
    prop_oneof![
        4 => iam().prop_map(Message::from),
        1 => (subsequent, other()).prop_map(|(subsequent, other)| Sam { subsequent, other }.into()),
        1 => (any::<u16>(), other()).prop_map(|(indicators, other)| {
            Inr { indicators: InformationRequestIndicators(indicators), other }.into()
        }),
        1 => (any::<u16>(), option::of(any::<u8>()), option::of(calling()), other()).prop_map(
            |(indicators, category, calling, other)| {
                let indicators = InformationIndicators(indicators);
                let category = category.map(CallingPartysCategory);
                Inf { indicators, category, calling, other }.into()
            }
        ),
        1 => any::<bool>().prop_map(|successful| Cot { successful }.into()),
        1 => (backward(), optional_backward(), option::of(cause()), other()).prop_map(
            |(backward, optional_backward, cause, other)| {
                Acm { backward, optional_backward, cause, other }.into()
            }
        ),
        1 => (backward(), optional_backward(), option::of(connected()), other()).prop_map(
            |(backward, optional_backward, connected, other)| {
                Con { backward, optional_backward, connected, other }.into()
            }
        ),
        1 => cpg().prop_map(Message::from),
        1 => (option::of(backward()), optional_backward(), option::of(connected()), other())
            .prop_map(|(backward, optional_backward, connected, other)| {
                Anm { backward, optional_backward, connected, other }.into()
            }),
        1 => (cause(), option::of(any::<u8>()), other()).prop_map(
            |(cause, congestion_level, other)| Rel { cause, congestion_level, other }.into()
        ),
        1 => (option::of(cause()), other()).prop_map(|(cause, other)| Rlc { cause, other }.into()),
        1 => (any::<bool>(), other()).prop_map(|(by_network, other)| {
            Sus { by_network, other }.into()
        }),
        1 => (any::<bool>(), other()).prop_map(|(by_network, other)| {
            Res { by_network, other }.into()
        }),
        1 => (cause(), other()).prop_map(|(cause, other)| Cfn { cause, other }.into()),
    ]
}

fn supervision_messages() -> impl Strategy<Value = Message> {
    let kind = || (0u8..4).prop_map(SupervisionType);
    prop_oneof![
        any::<u8>().prop_map(|range| Grs { range: Range(range) }.into()),
        range_status().prop_map(|status| Gra { status }.into()),
        (kind(), range_status()).prop_map(|(kind, status)| Cgb { kind, status }.into()),
        (kind(), range_status()).prop_map(|(kind, status)| Cgu { kind, status }.into()),
        (kind(), range_status()).prop_map(|(kind, status)| Cgba { kind, status }.into()),
        (kind(), range_status()).prop_map(|(kind, status)| Cgua { kind, status }.into()),
        any::<u8>().prop_map(|range| Cqm { range: Range(range) }.into()),
        (any::<u8>(), octets(32)).prop_map(|(range, states)| {
            let states = CircuitStates(states.iter().copied().map(CircuitState).collect());
            Cqr { range: Range(range), states }.into()
        }),
    ]
}

fn other_messages() -> impl Strategy<Value = Message> {
    let bare = vec![
        Message::Rsc,
        Message::Blo,
        Message::Bla,
        Message::Ubl,
        Message::Uba,
        Message::Ucic,
        Message::Ccr,
        Message::Lpa,
    ];
    let raw = (any::<u8>(), octets(100))
        .prop_map(|(code, body)| Raw { message_type: MessageType(code), body })
        .prop_filter("typed", |raw| !Message::TYPED.contains(&raw.message_type));
    prop_oneof![proptest::sample::select(bare), raw.prop_map(Message::Other)]
}

pub(super) fn cic() -> impl Strategy<Value = Cic> {
    (0u16..=Cic::MAX.0).prop_map(Cic)
}

pub(super) fn message() -> impl Strategy<Value = Message> {
    prop_oneof![3 => call_messages(), 1 => supervision_messages(), 1 => other_messages()]
}

/// Messages whose contents make sense to a reader that looks into them: what another standard
/// describes is left out.
pub(super) fn tame_message() -> impl Strategy<Value = Message> {
    let tame = |message| {
        let known = |parameter: &Parameter| parameter.name.name().is_none();
        match message {
            Message::Iam(iam) => {
                let other = iam.other.into_iter().filter(known).collect();
                Iam { user_service_information: None, other, ..iam }.into()
            }
            Message::Rel(rel) => {
                let cause = CauseIndicators { diagnostic: Bytes::new(), ..rel.cause };
                Rel { cause, other: Vec::new(), ..rel }.into()
            }
            Message::Cpg(cpg) => Cpg { cause: None, other: Vec::new(), ..cpg }.into(),
            other => other,
        }
    };
    prop_oneof![
        iam().prop_map(Message::from),
        cpg().prop_map(Message::from),
        (cause(), option::of(any::<u8>()), other()).prop_map(|(cause, congestion_level, other)| {
            Rel { cause, congestion_level, other }.into()
        }),
    ]
    .prop_map(tame)
}
