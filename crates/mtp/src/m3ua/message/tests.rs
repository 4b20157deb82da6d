use super::*;
use crate::m3ua::{DeregistrationStatus, RegistrationStatus};
use proptest::prelude::*;

fn data() -> Message {
    Message::Data(Data {
        appearance: None,
        context: Some(7),
        protocol: ProtocolData {
            opc: PointCode(1),
            dpc: PointCode(2),
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            sls: Sls(3),
            payload: Bytes::from_static(&[1, 0, 0x10, 0, 0]),
        },
        correlation: None,
    })
}

#[test]
fn s3_3_1_data_goes_out_as_the_standard_draws_it() {
    let octets = data().write();
    #[rustfmt::skip]
    let expected = [
        1, 0, 1, 1, 0, 0, 0, 40,
        0, 6, 0, 8, 0, 0, 0, 7,
        2, 0x10, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 5, 2, 0, 3, 1, 0, 0x10, 0, 0, 0, 0, 0,
    ];
    assert_eq!(octets.as_ref(), expected);
    assert_eq!(Message::read(&octets), Ok(data()));
}

#[test]
fn s3_1_4_the_last_padding_may_be_left_out() {
    let mut octets = data().write().to_vec();
    octets.truncate(octets.len() - 3);
    octets[7] -= 3;
    assert_eq!(Message::read(&octets.into()), Ok(data()));
}

#[test]
fn s3_8_1_each_fault_has_its_code() {
    let read = |octets: &[u8]| Message::read(&Bytes::copy_from_slice(octets)).unwrap_err();
    assert_eq!(read(&[2, 0, 3, 1, 0, 0, 0, 8]), ErrorCode::INVALID_VERSION);
    assert_eq!(read(&[1, 0, 10, 1, 0, 0, 0, 8]), ErrorCode::UNSUPPORTED_CLASS);
    assert_eq!(read(&[1, 0, 3, 9, 0, 0, 0, 8]), ErrorCode::UNSUPPORTED_TYPE);
    assert_eq!(read(&[1, 0, 1, 1, 0, 0, 0, 8]), ErrorCode::MISSING_PARAMETER);
    assert_eq!(read(&[1, 0, 2, 1, 0, 0, 0, 8]), ErrorCode::MISSING_PARAMETER);
    // A list of destinations without one.
    let empty = [1, 0, 2, 1, 0, 0, 0, 12, 0, 0x12, 0, 4];
    assert_eq!(read(&empty), ErrorCode::PARAMETER_FIELD_ERROR);
    let short = [1, 0, 3, 1, 0, 0, 0, 12, 0, 0x11, 0, 9];
    assert_eq!(read(&short), ErrorCode::PARAMETER_FIELD_ERROR);
    let tiny = [1, 0, 3, 1, 0, 0, 0, 12, 0, 0x11, 0, 3];
    assert_eq!(read(&tiny), ErrorCode::PARAMETER_FIELD_ERROR);
    let odd = [1, 0, 3, 1, 0, 0, 0, 16, 0, 0x11, 0, 6, 0, 0, 0, 0];
    assert_eq!(read(&odd), ErrorCode::PARAMETER_FIELD_ERROR);
    let masked = Message::Dupu {
        destinations: Destinations {
            affected: vec![Affected { mask: 1, code: PointCode(2) }],
            ..Destinations::default()
        },
        user: ServiceIndicator::ISUP,
        cause: 1,
    };
    assert_eq!(Message::read(&masked.write()), Err(ErrorCode::INVALID_PARAMETER_VALUE));
}

#[test]
fn s3_what_a_later_version_adds_is_passed_over() {
    let octets = [1, 0, 3, 1, 0, 0, 0, 24, 0, 4, 0, 5, b'x', 0, 0, 0, 0, 0x99, 0, 8, 1, 2, 3, 4];
    let read = Message::read(&Bytes::copy_from_slice(&octets));
    assert_eq!(read, Ok(Message::AspUp { identifier: None }));
}

#[test]
fn s3_4_1_a_mask_covers_a_range() {
    let affected = Affected { mask: 3, code: PointCode(0x10) };
    assert!(affected.covers(PointCode(0x17)) && !affected.covers(PointCode(0x18)));
    assert!(Affected { mask: 255, code: PointCode(0) }.covers(PointCode::MAX));
    assert!(!Affected::one(PointCode(1)).covers(PointCode(0)));
}

fn destinations() -> impl Strategy<Value = Destinations> {
    let affected = (0u8..=24, 0u32..0x100_0000)
        .prop_map(|(mask, code)| Affected { mask, code: PointCode(code) });
    (
        any::<Option<u32>>(),
        proptest::collection::vec(any::<u32>(), 0..4),
        proptest::collection::vec(affected, 1..5),
    )
        .prop_map(|(appearance, contexts, affected)| Destinations {
            appearance,
            contexts,
            affected,
        })
}

fn octets(most: usize) -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..most).prop_map(Bytes::from)
}

fn traffic() -> impl Strategy<Value = (Option<TrafficMode>, Vec<u32>)> {
    let mode = any::<Option<u32>>().prop_map(|mode| mode.map(TrafficMode));
    (mode, proptest::collection::vec(any::<u32>(), 0..4))
}

fn protocol() -> impl Strategy<Value = ProtocolData> {
    (any::<[u32; 2]>(), any::<[u8; 4]>(), octets(300)).prop_map(|(codes, small, payload)| {
        ProtocolData {
            opc: PointCode(codes[0]),
            dpc: PointCode(codes[1]),
            service: ServiceIndicator(small[0]),
            network: NetworkIndicator(small[1]),
            priority: small[2],
            sls: Sls(small[3]),
            payload,
        }
    })
}

fn message() -> impl Strategy<Value = Message> {
    let simple = any::<Option<u32>>;
    prop_oneof![
        (any::<u32>(), destinations(), proptest::option::of(octets(40))).prop_map(
            |(code, about, diagnostic)| {
                let Destinations { appearance, contexts, affected } = about;
                let code = ErrorCode(code);
                Message::Err(Error { code, contexts, appearance, affected, diagnostic })
            }
        ),
        (any::<u32>(), simple(), traffic()).prop_map(|(status, identifier, (_, contexts))| {
            Message::Ntfy { status: Status(status), identifier, contexts }
        }),
        (protocol(), any::<[Option<u32>; 3]>()).prop_map(|(protocol, optional)| {
            let [appearance, context, correlation] = optional;
            Message::Data(Data { appearance, context, protocol, correlation })
        }),
        destinations().prop_map(Message::Duna),
        destinations().prop_map(Message::Dava),
        destinations().prop_map(Message::Daud),
        destinations().prop_map(Message::Drst),
        (destinations(), proptest::option::of(0u32..0x100_0000), any::<Option<u8>>()).prop_map(
            |(destinations, concerned, level)| {
                let concerned = concerned.map(PointCode);
                Message::Scon { destinations, concerned, level }
            }
        ),
        (destinations(), any::<u8>(), any::<u16>()).prop_map(|(mut destinations, user, cause)| {
            for affected in &mut destinations.affected {
                affected.mask = 0;
            }
            Message::Dupu { destinations, user: ServiceIndicator(user), cause }
        }),
        simple().prop_map(|identifier| Message::AspUp { identifier }),
        simple().prop_map(|identifier| Message::AspUpAck { identifier }),
        Just(Message::AspDown),
        Just(Message::AspDownAck),
        proptest::option::of(octets(64)).prop_map(|data| Message::Beat { data }),
        proptest::option::of(octets(64)).prop_map(|data| Message::BeatAck { data }),
        traffic().prop_map(|(mode, contexts)| Message::AspActive { mode, contexts }),
        traffic().prop_map(|(mode, contexts)| Message::AspActiveAck { mode, contexts }),
        traffic().prop_map(|(_, contexts)| Message::AspInactive { contexts }),
        traffic().prop_map(|(_, contexts)| Message::AspInactiveAck { contexts }),
        proptest::collection::vec(key(), 1..4).prop_map(Message::RegReq),
        proptest::collection::vec(any::<[u32; 3]>(), 1..4).prop_map(|results| {
            let result = |[local, status, context]: [u32; 3]| {
                let status = RegistrationStatus(status);
                Registered { local, status, context }
            };
            Message::RegRsp(results.into_iter().map(result).collect())
        }),
        proptest::collection::vec(any::<u32>(), 1..4)
            .prop_map(|contexts| Message::DeregReq { contexts }),
        proptest::collection::vec(any::<[u32; 2]>(), 1..4).prop_map(|results| {
            let result = |[context, status]: [u32; 2]| {
                let status = DeregistrationStatus(status);
                Deregistered { context, status }
            };
            Message::DeregRsp(results.into_iter().map(result).collect())
        }),
    ]
}

fn key() -> impl Strategy<Value = RoutingKey> {
    let services = proptest::collection::vec(any::<u8>(), 0..6);
    let part = (0u32..0x100_0000, services, destinations()).prop_map(|(dpc, services, about)| {
        let services = services.into_iter().map(ServiceIndicator).collect();
        KeyPart { dpc: PointCode(dpc), services, origins: about.affected }
    });
    let parts = proptest::collection::vec(part, 0..3);
    (any::<u32>(), any::<[Option<u32>; 3]>(), parts).prop_map(|(local, numbers, parts)| {
        let [context, mode, appearance] = numbers;
        let mode = mode.map(TrafficMode);
        RoutingKey { local, context, mode, appearance, parts, has_more: false }
    })
}

/// What another codec makes of our messages: the same type, parameters and octets.
fn second_opinion(message: &Message) {
    let octets = message.write();
    let theirs = m3ua::M3uaMessage::decode(&octets).unwrap();
    assert_eq!(theirs.encode(), octets.as_ref());
    let (class, kind) = theirs.message_type.class_and_type();
    assert_eq!(u16::from_be_bytes([class, kind]), message.kind().0);
    match message {
        Message::Data(data) => {
            let (ours, theirs_data) = (&data.protocol, theirs.protocol_data().unwrap());
            assert_eq!((theirs_data.opc, theirs_data.dpc), (ours.opc.0, ours.dpc.0));
            assert_eq!((theirs_data.si, theirs_data.ni), (ours.service.0, ours.network.0));
            assert_eq!((theirs_data.mp, theirs_data.sls), (ours.priority, ours.sls.0));
            assert_eq!(theirs_data.user_data, ours.payload.as_ref());
            assert_eq!(theirs.routing_context(), data.context);
        }
        Message::Duna(about) | Message::Dava(about) | Message::Drst(about) => {
            let affected = about.affected.iter().map(|one| (one.mask, one.code.0));
            assert_eq!(theirs.affected_destinations(), affected.collect::<Vec<_>>());
            assert_eq!(theirs.routing_contexts(), about.contexts);
        }
        Message::Err(error) => assert_eq!(theirs.error_code(), Some(error.code.0)),
        Message::Ntfy { status, identifier, .. } => {
            let (kind, information) = theirs.status().unwrap();
            assert_eq!(u32::from(kind) << 16 | u32::from(information), status.0);
            assert_eq!(theirs.asp_identifier(), *identifier);
        }
        Message::Beat { data } => assert_eq!(theirs.heartbeat_data(), data.as_deref()),
        _ => {}
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(message in message()) {
        let octets = message.write();
        prop_assert_eq!(octets.len() % 4, 0);
        second_opinion(&message);
        prop_assert_eq!(Message::read(&octets), Ok(message));
    }

    /// Any octets: an error or a message, and what was read once reads the same again.
    #[test]
    fn anything_may_come(
        (class, kind) in (0u8..10, 0u8..8),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut octets = vec![1, 0, class, kind, 0, 0, 0, 0];
        octets.extend(body);
        if let Ok(message) = Message::read(&octets.into()) {
            prop_assert_eq!(Message::read(&message.write()), Ok(message));
        }
    }
}
