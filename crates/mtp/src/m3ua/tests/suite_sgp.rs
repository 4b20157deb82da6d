//! The point as signalling gateway process, after the groups of test purposes of ETSI TS 102 381
//! (M3UA): ASPSM, ASPTM, RKM, MTR, SSNM, MGMT, valid (V), invalid (I) and inopportune (O)
//! behaviour, and by the clauses of RFC 4666.
//!
//! Of its purposes these do not apply: those that lock an ASP out for management reasons (Refused -
//! Management Blocking: nobody blocks an association here), that make or change routing keys
//! (keys are configured), and that relay between the gateway's SS7 side and an ASP (no transfer).

use super::super::{
    Deregistered, DeregistrationStatus, ErrorCode, Event, KeyPart, Message, Registered,
    RegistrationStatus, Role, RoutingKey, ServerConfig, Status, TrafficMode,
};
use super::iut::{Iut, OWN, PEER, about, active, data, errors, notify, up};
use crate::PointCode;
use crate::m3ua::Affected;
use crate::sap::Indication;
use base::{Class, Duration};

const SECOND: Duration = Duration::from_secs(1);
const OTHER: PointCode = PointCode(7);

fn gateway(count: u16) -> Iut {
    Iut::connected(count, Role::Server, |_| {})
}

fn shared(count: u16, mode: TrafficMode, needed: usize) -> Iut {
    Iut::connected(count, Role::Server, |one| {
        one.servers[0].mode = Some(mode);
        one.servers[0].needed = needed;
    })
}

fn bring_up(iut: &mut Iut, at: u16) {
    iut.hear(at, &up(Some(u32::from(at) + 10)));
    let said = iut.hear(at, &active(&[]));
    assert!(said.contains(&active_ack(&[])), "{said:?}");
}

fn active_ack(contexts: &[u32]) -> Message {
    Message::AspActiveAck { mode: None, contexts: contexts.to_vec() }
}

fn has_status(said: &[Message], wanted: Status) -> bool {
    said.iter().any(|message| matches!(message, Message::Ntfy { status, .. } if *status == wanted))
}

/// §4.3.4.1, §4.3.4.5.
#[test]
fn aspsm_v_001_003_asp_up_is_acknowledged_and_the_state_of_the_as_told() {
    let mut iut = gateway(1);
    let acknowledged = Message::AspUpAck { identifier: None };
    assert_eq!(iut.hear(0, &up(None)), [acknowledged.clone(), notify(Status::AS_INACTIVE)]);
    // Again: the acknowledgement, and nothing further.
    assert_eq!(iut.hear(0, &up(None)), [acknowledged]);
}

/// §4.3.4.2.
#[test]
fn aspsm_v_005_asp_down_is_acknowledged_in_every_state() {
    let mut iut = gateway(1);
    assert_eq!(iut.hear(0, &Message::AspDown), [Message::AspDownAck]);
    iut.hear(0, &up(None));
    assert_eq!(iut.hear(0, &Message::AspDown), [Message::AspDownAck]);
    bring_up(&mut iut, 0);
    assert_eq!(iut.hear(0, &Message::AspDown), [Message::AspDownAck]);
    assert!(!iut.mtp.is_in_service());
}

/// §4.3.4.6.
#[test]
fn aspsm_v_a_heartbeat_comes_back_with_its_data() {
    let mut iut = gateway(1);
    let data = Some(bytes::Bytes::from_static(b"opaque"));
    let answer = iut.hear(0, &Message::Beat { data: data.clone() });
    assert_eq!(answer, [Message::BeatAck { data }]);
}

/// §3.8.1, §4.3.4.1.1, §4.8.
#[test]
fn aspsm_i_001_002_what_nobody_knows_is_answered_by_an_error() {
    let mut iut = gateway(1);
    for (octets, code) in [
        ([2, 0, 3, 1, 0, 0, 0, 8], ErrorCode::INVALID_VERSION),
        ([1, 0, 3, 7, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_TYPE),
        ([1, 0, 3, 0, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_TYPE),
        ([1, 0, 5, 1, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_CLASS),
        ([1, 0, 127, 1, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_CLASS),
    ] {
        let said = iut.hear_octets(0, octets.to_vec().into());
        assert_eq!(errors(&said), [(code, vec![])]);
        let Message::Err(error) = &said[0] else { panic!() };
        assert_eq!(error.diagnostic.as_deref(), Some(&octets[..]), "the message is shown");
    }
    // An error is never answered by one.
    assert_eq!(iut.hear_octets(0, vec![1, 0, 0, 0, 0, 0, 0, 8].into()), []);
}

/// §3.8.1: who the ASP is.
#[test]
fn aspsm_v_an_asp_says_who_it_is_where_that_is_wanted() {
    let mut iut = Iut::connected(1, Role::Server, |one| one.peer_identifier = Some(5));
    let refused = |code| vec![(code, vec![])];
    let said = iut.hear(0, &up(None));
    assert_eq!(errors(&said), refused(ErrorCode::ASP_IDENTIFIER_REQUIRED));
    let said = iut.hear(0, &up(Some(4)));
    assert_eq!(errors(&said), refused(ErrorCode::INVALID_ASP_IDENTIFIER));
    assert!(matches!(iut.hear(0, &up(Some(5)))[..], [Message::AspUpAck { .. }, _]));
    // No two of an application server are called alike.
    let mut iut = gateway(2);
    iut.hear(0, &up(Some(5)));
    let said = iut.hear(1, &up(Some(5)));
    assert_eq!(errors(&said), refused(ErrorCode::INVALID_ASP_IDENTIFIER));
    assert_eq!(errors(&iut.hear(1, &up(Some(6)))), []);
}

/// §4.3.4.1: an ASP that is active begins anew.
#[test]
fn aspsm_o_asp_up_of_an_active_asp() {
    let mut iut = gateway(1);
    bring_up(&mut iut, 0);
    let said = iut.hear(0, &up(Some(10)));
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    assert!(said.iter().any(|one| matches!(one, Message::AspUpAck { .. })), "{said:?}");
    assert!(has_status(&said, Status::AS_PENDING));
    assert!(!iut.mtp.is_in_service());
}

/// §4.3.4.1: acknowledgements are for those who ask.
#[test]
fn aspsm_o_what_only_a_gateway_says_is_unexpected() {
    let mut iut = gateway(1);
    for message in [Message::AspUpAck { identifier: None }, active_ack(&[]), Message::AspDownAck] {
        let said = iut.hear(0, &message);
        assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    }
}

/// §4.3.4.3, §4.3.4.5.
#[test]
fn asptm_v_asp_active_is_acknowledged_before_the_as_is_told() {
    let mut iut = gateway(1);
    iut.hear(0, &up(None));
    let said = iut.hear(0, &active(&[]));
    assert_eq!(said, [active_ack(&[]), notify(Status::AS_ACTIVE)]);
    // Again: the acknowledgement.
    assert_eq!(iut.hear(0, &active(&[]))[0], active_ack(&[]));
    assert!(iut.mtp.is_in_service());
    assert!(matches!(iut.heard[..], [Indication::Resume { dpc: PEER }]));
}

/// §4.3.4.3: before ASPUP nothing is active.
#[test]
fn asptm_o_asp_active_before_asp_up() {
    let mut iut = gateway(1);
    let said = iut.hear(0, &active(&[]));
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    assert!(!iut.mtp.is_in_service());
}

fn two_servers(change: impl Fn(&mut ServerConfig)) -> Iut {
    Iut::connected(1, Role::Server, |one| {
        one.servers[0].context = Some(100);
        let mut second = ServerConfig::new(vec![OTHER]);
        second.context = Some(200);
        change(&mut second);
        one.servers.push(second);
    })
}

/// §4.3.4.3: each application server by itself; what is not one is told.
#[test]
fn asptm_v_several_application_servers_over_one_association() {
    let mut iut = two_servers(|_| {});
    iut.hear(0, &up(None));
    let said = iut.hear(0, &active(&[200, 300]));
    assert_eq!(errors(&said), [(ErrorCode::NO_CONFIGURED_AS, vec![300])]);
    assert!(said.contains(&active_ack(&[200])), "{said:?}");
    assert!(iut.mtp.destination_available(OTHER) && !iut.mtp.destination_available(PEER));
    assert!(!iut.transfer(PEER, 0, Class::Ordinary, 1));
    assert!(iut.transfer(OTHER, 0, Class::Ordinary, 2));
    let said = iut.said(0);
    assert!(matches!(&said[..], [Message::Data(data)] if data.context == Some(200)), "{said:?}");
    iut.hear(0, &active(&[100]));
    assert!(iut.mtp.destination_available(PEER));
    // §4.3.4.4: one of them is left, the other goes on.
    let said = iut.hear(0, &Message::AspInactive { contexts: vec![200, 300] });
    assert_eq!(errors(&said), [(ErrorCode::INVALID_ROUTING_CONTEXT, vec![300])]);
    assert!(said.contains(&Message::AspInactiveAck { contexts: vec![200] }), "{said:?}");
    iut.pass(3 * SECOND);
    assert!(!iut.mtp.destination_available(OTHER) && iut.mtp.destination_available(PEER));
    // Without a context: all.
    iut.hear(0, &active(&[]));
    assert!(iut.mtp.destination_available(OTHER));
    iut.heard.clear();
    iut.hear(0, &data(Some(100), PEER));
    iut.hear(0, &data(None, OTHER));
    assert_eq!(iut.heard.len(), 2);
    let said = iut.hear(0, &data(Some(300), PEER));
    assert_eq!(errors(&said), [(ErrorCode::INVALID_ROUTING_CONTEXT, vec![300])]);
}

/// §4.3.4.3, §3.8.1.
#[test]
fn asptm_i_a_traffic_mode_that_is_not_that_of_the_as() {
    let mut iut = shared(2, TrafficMode::LOADSHARE, 1);
    let with = |mode| Message::AspActive { mode: Some(mode), contexts: Vec::new() };
    iut.hear(0, &up(None));
    for mode in [TrafficMode::OVERRIDE, TrafficMode::BROADCAST, TrafficMode(9)] {
        let said = iut.hear(0, &with(mode));
        assert_eq!(errors(&said), [(ErrorCode::UNSUPPORTED_TRAFFIC_MODE, vec![])]);
    }
    assert_eq!(errors(&iut.hear(0, &with(TrafficMode::LOADSHARE))), []);
    // Where none is configured, the first ASP says it.
    let mut iut = gateway(2);
    (0..2).for_each(|at| drop(iut.hear(at, &up(None))));
    assert_eq!(errors(&iut.hear(0, &with(TrafficMode::OVERRIDE))), []);
    let said = iut.hear(1, &with(TrafficMode::LOADSHARE));
    assert_eq!(errors(&said), [(ErrorCode::UNSUPPORTED_TRAFFIC_MODE, vec![])]);
}

/// §4.3.4.3: the last takes all; the first is told who.
#[test]
fn asptm_v_override() {
    let mut iut = shared(2, TrafficMode::OVERRIDE, 1);
    (0..2).for_each(|at| bring_up(&mut iut, at));
    let said = iut.said(0);
    let alternate = |one: &Message| {
        matches!(one, Message::Ntfy { status: Status::ALTERNATE_ASP, identifier: Some(11), .. })
    };
    assert!(said.iter().any(alternate), "{said:?}");
    (0..16).for_each(|sls| assert!(iut.transfer(PEER, sls, Class::Ordinary, sls)));
    assert_eq!(Iut::circuits(&iut.said(1)).len(), 16);
    assert_eq!(Iut::circuits(&iut.said(0)).len(), 0);
}

/// §4.3.4.3: by link selection, and when one goes the others take its part.
#[test]
fn asptm_v_loadshare() {
    let mut iut = shared(3, TrafficMode::LOADSHARE, 1);
    (0..3).for_each(|at| bring_up(&mut iut, at));
    (0..16).for_each(|sls| assert!(iut.transfer(PEER, sls, Class::Ordinary, sls)));
    let parts: Vec<_> = (0..3).map(|at| Iut::circuits(&iut.said(at))).collect();
    assert!(parts.iter().all(|part| part.len() >= 5), "{parts:?}");
    iut.event(1, Event::Down);
    for at in [0, 2] {
        let said = iut.said(at);
        let failure = |one: &Message| {
            matches!(one, Message::Ntfy { status: Status::ASP_FAILURE, identifier: Some(11), .. })
        };
        assert!(said.iter().any(failure), "§4.3.4.5: {said:?}");
    }
    (0..16).for_each(|sls| assert!(iut.transfer(PEER, sls, Class::Ordinary, sls)));
    let parts: Vec<_> = [0, 2].map(|at| Iut::circuits(&iut.said(at))).into_iter().collect();
    assert!(parts.iter().all(|part| part.len() == 8), "{parts:?}");
}

/// §4.3.2, §4.3.4.3: no traffic before there are enough, and a notification when there are fewer.
#[test]
fn asptm_v_an_as_that_needs_two_asps() {
    let mut iut = shared(3, TrafficMode::LOADSHARE, 2);
    (0..3).for_each(|at| drop(iut.hear(at, &up(Some(u32::from(at))))));
    let said = iut.hear(0, &active(&[]));
    assert!(said.contains(&active_ack(&[])) && !has_status(&said, Status::AS_ACTIVE), "{said:?}");
    assert!(!iut.mtp.destination_available(PEER));
    assert!(!iut.transfer(PEER, 0, Class::Ordinary, 1));
    let said = iut.hear(1, &active(&[]));
    assert!(has_status(&said, Status::AS_ACTIVE));
    assert!(iut.mtp.destination_available(PEER));
    iut.hear(1, &Message::AspInactive { contexts: Vec::new() });
    assert!(iut.mtp.destination_available(PEER), "one that is left keeps it active");
    assert!(has_status(&iut.said(2), Status::INSUFFICIENT_ASPS));
}

/// §4.3.4.3: every ASP gets everything; the first message of each flow since the last of them
/// became active is tagged, alike for all.
#[test]
fn asptm_v_broadcast() {
    let mut iut = shared(3, TrafficMode::BROADCAST, 1);
    (0..2).for_each(|at| bring_up(&mut iut, at));
    let tags = |said: Vec<Message>| -> Vec<(u8, Option<u32>)> {
        let tag = |message| match message {
            Message::Data(data) => Some((data.protocol.payload[0], data.correlation)),
            _ => None,
        };
        said.into_iter().filter_map(tag).collect()
    };
    for (sls, circuit) in [(0, 1), (0, 2), (1, 3)] {
        assert!(iut.transfer(PEER, sls, Class::Ordinary, circuit));
    }
    let first = tags(iut.said(0));
    assert!(matches!(first[..], [(1, Some(a)), (2, None), (3, Some(b))] if a != b), "{first:?}");
    assert_eq!(tags(iut.said(1)), first);
    bring_up(&mut iut, 2);
    assert!(iut.transfer(PEER, 0, Class::Ordinary, 4));
    let newest = tags(iut.said(2));
    assert!(matches!(newest[..], [(4, Some(_))]), "{newest:?}");
    assert_eq!(tags(iut.said(0)), newest);
    // The last of them goes: what comes waits, and goes to whoever comes back.
    (0..3).for_each(|at| iut.event(at, Event::Down));
    assert!(iut.transfer(PEER, 0, Class::Ordinary, 5));
    iut.event(1, Event::Up);
    bring_up(&mut iut, 1);
    assert!(Iut::circuits(&iut.said(1)).is_empty(), "it came with the acknowledgement");
}

/// §4.3.4.4, §4.3.2: T(r), its queue and the reserve in it.
#[test]
fn asptm_v_as_pending_keeps_what_comes_and_keeps_places_for_emergencies() {
    let mut iut = gateway(1);
    bring_up(&mut iut, 0);
    let said = iut.hear(0, &Message::AspInactive { contexts: Vec::new() });
    assert!(matches!(said[0], Message::AspInactiveAck { .. }), "{said:?}");
    assert!(has_status(&said, Status::AS_PENDING));
    assert!(iut.mtp.destination_available(PEER), "T(r) runs");
    let taken = (0..=255).filter(|n| iut.transfer(PEER, n & 15, Class::Ordinary, *n)).count();
    assert_eq!(taken, 180, "200 places less 20");
    assert!(iut.transfer(PEER, 0, Class::Emergency, 112));
    let said = iut.hear(0, &active(&[]));
    let circuits = Iut::circuits(&said);
    // The window of the driver; the rest follows as it writes.
    assert_eq!(circuits.first(), Some(&112));
    iut.event(0, Event::Written { waiting: 0 });
    assert_eq!(circuits.len() + Iut::circuits(&iut.said(0)).len(), 181);
    assert_eq!(iut.mtp.stats().lost, 0);
}

/// §4.3.2: T(r) expires.
#[test]
fn asptm_v_as_pending_ends() {
    let mut iut = gateway(1);
    bring_up(&mut iut, 0);
    iut.hear(0, &Message::AspInactive { contexts: Vec::new() });
    assert!(iut.transfer(PEER, 0, Class::Ordinary, 1));
    iut.heard.clear();
    iut.pass(3 * SECOND);
    assert!(has_status(&iut.said(0), Status::AS_INACTIVE));
    assert!(matches!(iut.heard[..], [Indication::Pause { dpc: PEER }]));
    assert_eq!(iut.mtp.stats().lost, 1);
}

/// §3.3.1, §4.3.4.3.
#[test]
fn mtr_o_data_of_an_asp_that_is_not_active() {
    let mut iut = gateway(1);
    assert_eq!(iut.hear(0, &data(None, PEER)), [], "§4.3.4.1: discarded");
    iut.hear(0, &up(None));
    let said = iut.hear(0, &data(None, PEER));
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    bring_up(&mut iut, 0);
    iut.heard.clear();
    assert_eq!(iut.hear(0, &data(None, PEER)), []);
    assert!(matches!(iut.heard[..], [Indication::Transfer(_)]));
}

/// §1.4.7: streams, where there are any.
#[test]
fn mtr_i_data_on_stream_0() {
    let mut iut = gateway(1);
    let on = |iut: &mut Iut, stream, message: &Message| {
        iut.event(0, Event::Message { stream, octets: message.write() });
        iut.said(0)
    };
    on(&mut iut, 0, &up(None));
    on(&mut iut, 3, &active(&[]));
    iut.heard.clear();
    let said = on(&mut iut, 0, &data(None, PEER));
    assert_eq!(errors(&said), [(ErrorCode::INVALID_STREAM, vec![])]);
    assert_eq!(on(&mut iut, 1, &data(None, PEER)), []);
    assert_eq!(iut.heard.len(), 1);
    // Ours: by link selection, and M3UA's own without one.
    iut.streams.clear();
    assert!(iut.transfer(PEER, 5, Class::Ordinary, 1));
    assert_eq!(iut.streams, [Some(crate::Sls(5))]);
}

/// §4.5.3.
#[test]
fn ssnm_v_an_audit_is_answered() {
    let mut iut = gateway(1);
    bring_up(&mut iut, 0);
    let said = iut.hear(0, &Message::Daud(about(&[OWN, OTHER])));
    assert_eq!(said, [Message::Dava(about(&[OWN])), Message::Duna(about(&[OTHER]))]);
}

/// §3.4: what only a gateway tells.
#[test]
fn ssnm_o_an_asp_tells_of_destinations() {
    let mut iut = gateway(1);
    bring_up(&mut iut, 0);
    let said = iut.hear(0, &Message::Duna(about(&[PEER])));
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    assert!(iut.mtp.destination_available(PEER));
}

fn registering() -> Iut {
    Iut::connected(2, Role::Server, |one| {
        one.servers[0].register = true;
        one.servers[0].mode = Some(TrafficMode::LOADSHARE);
        let mut fixed = ServerConfig::new(vec![OTHER]);
        fixed.context = Some(200);
        one.servers.push(fixed);
    })
}

fn key(local: u32, dpc: PointCode) -> RoutingKey {
    let parts = vec![KeyPart { dpc, ..KeyPart::default() }];
    RoutingKey { local, parts, ..RoutingKey::default() }
}

fn registered(said: &[Message]) -> Vec<Registered> {
    let [Message::RegRsp(results), ..] = said else { panic!("{said:?}") };
    results.clone()
}

/// §4.4.1.
#[test]
fn rkm_v_a_key_that_is_configured_is_registered_once() {
    let mut iut = registering();
    let said = iut.hear(0, &Message::RegReq(vec![key(1, PEER)]));
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])], "before ASPUP");
    (0..2).for_each(|at| drop(iut.hear(at, &up(None))));
    let said = iut.hear(0, &Message::RegReq(vec![key(7, PEER), key(8, OTHER)]));
    let [one, fixed] = registered(&said)[..] else { panic!() };
    assert_eq!((one.local, one.status), (7, RegistrationStatus::REGISTERED));
    assert_ne!(one.context, 0);
    let already = RegistrationStatus::ALREADY_REGISTERED;
    assert_eq!((fixed.local, fixed.status, fixed.context), (8, already, 200));
    assert!(has_status(&said, Status::AS_INACTIVE));
    let again = registered(&iut.hear(0, &Message::RegReq(vec![key(9, PEER)])));
    assert_eq!(again, [Registered { local: 9, status: already, context: one.context }]);
    // The other ASP gets the same number.
    let other = registered(&iut.hear(1, &Message::RegReq(vec![key(1, PEER)])));
    assert_eq!(other[0].context, one.context);
    let said = iut.hear(0, &active(&[one.context]));
    assert!(said.contains(&active_ack(&[one.context])), "{said:?}");
    assert!(iut.mtp.destination_available(PEER) && !iut.mtp.destination_available(OTHER));
}

/// §4.4.1: each refusal has its status.
#[test]
fn rkm_i_keys_that_cannot_be() {
    let mut iut = registering();
    iut.hear(0, &up(None));
    let good = key(1, PEER);
    let part = |services: Vec<u8>, origins: Vec<PointCode>| {
        let services = services.into_iter().map(crate::ServiceIndicator).collect();
        let origins = origins.into_iter().map(Affected::one).collect();
        vec![KeyPart { dpc: PEER, services, origins }]
    };
    for (wrong, status) in [
        (key(1, PointCode(99)), RegistrationStatus::NOT_PROVISIONED),
        (key(1, PointCode(0x4000)), RegistrationStatus::INVALID_DPC),
        (RoutingKey { parts: Vec::new(), ..good.clone() }, RegistrationStatus::INVALID_ROUTING_KEY),
        (
            RoutingKey {
                parts: [good.parts.clone(), key(1, OTHER).parts].concat(),
                ..good.clone()
            },
            RegistrationStatus::NOT_UNIQUE,
        ),
        (
            RoutingKey { mode: Some(TrafficMode::OVERRIDE), ..good.clone() },
            RegistrationStatus::UNSUPPORTED_MODE,
        ),
        (RoutingKey { context: Some(77), ..good.clone() }, RegistrationStatus::CHANGE_REFUSED),
        (
            RoutingKey { parts: part(vec![3], Vec::new()), ..good.clone() },
            RegistrationStatus::NOT_PROVISIONED,
        ),
        (
            RoutingKey { parts: part(vec![5], vec![OTHER]), ..good.clone() },
            RegistrationStatus::NOT_PROVISIONED,
        ),
    ] {
        let result = registered(&iut.hear(0, &Message::RegReq(vec![wrong.clone()])));
        assert_eq!(result, [Registered { local: 1, status, context: 0 }], "{wrong:?}");
    }
    let said = iut.hear(0, &active(&[3]));
    assert_eq!(errors(&said), [(ErrorCode::NO_CONFIGURED_AS, vec![3])]);
}

/// §4.4.2.
#[test]
fn rkm_v_deregistration() {
    let mut iut = registering();
    iut.hear(0, &up(None));
    let context = registered(&iut.hear(0, &Message::RegReq(vec![key(1, PEER)])))[0].context;
    iut.hear(0, &active(&[context]));
    let ask = |iut: &mut Iut, context| {
        let said = iut.hear(0, &Message::DeregReq { contexts: vec![context] });
        let [Message::DeregRsp(results), ..] = &said[..] else { panic!("{said:?}") };
        let [Deregistered { context: same, status }] = results[..] else { panic!() };
        assert_eq!(same, context);
        status
    };
    assert_eq!(ask(&mut iut, 999), DeregistrationStatus::INVALID_ROUTING_CONTEXT);
    assert_eq!(ask(&mut iut, 200), DeregistrationStatus::PERMISSION_DENIED);
    assert_eq!(ask(&mut iut, context), DeregistrationStatus::ASP_ACTIVE);
    iut.hear(0, &Message::AspInactive { contexts: vec![context] });
    assert_eq!(ask(&mut iut, context), DeregistrationStatus::DEREGISTERED);
    assert_eq!(ask(&mut iut, context), DeregistrationStatus::NOT_REGISTERED);
    // §4.3.4.2: ASPDN deregisters as well.
    iut.hear(0, &Message::RegReq(vec![key(1, PEER)]));
    iut.hear(0, &Message::AspDown);
    iut.hear(0, &up(None));
    assert_eq!(ask(&mut iut, context), DeregistrationStatus::NOT_REGISTERED);
}
