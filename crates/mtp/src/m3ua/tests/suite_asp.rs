//! The point as application server process and as IP server process, after the groups of test
//! purposes of ETSI TS 102 381 (M3UA) and by the clauses of RFC 4666. What an ASP does of itself
//! under orders of layer management (ASPIA, ASPDN, DEREG REQ sent) does not apply: the point leaves
//! by closing the connection (§4.9 b).

use super::super::{
    AssociationConfig, AssociationId, ErrorCode, Event, Message, Registered, RegistrationStatus,
    Role, ServerConfig, Share, Status, TrafficMode,
};
use super::iut::{Iut, OWN, PEER, about, active, data, errors, notify, up};
use crate::PointCode;
use crate::m3ua::Affected;
use crate::sap::{Indication, StatusCause};
use base::{Class, Duration};

const SECOND: Duration = Duration::from_secs(1);
const OTHER: PointCode = PointCode(7);

fn asp(count: u16) -> Iut {
    Iut::connected(count, Role::Asp, |_| {})
}

fn up_ack() -> Message {
    Message::AspUpAck { identifier: None }
}

fn active_ack(contexts: &[u32]) -> Message {
    Message::AspActiveAck { mode: None, contexts: contexts.to_vec() }
}

fn bring_up(iut: &mut Iut, at: u16) {
    iut.hear(at, &up_ack());
    iut.hear(at, &active_ack(&[]));
    iut.hear(at, &Message::Dava(about(&[PEER])));
}

/// §4.3.4.1, §4.3.4.3: ASPUP, ASPAC, and T(ack) for both.
#[test]
fn aspsm_v_asptm_v_an_asp_brings_itself_into_service() {
    let mut iut = Iut::connected(1, Role::Asp, |one| one.identifier = Some(4));
    assert_eq!(iut.said(0), [up(Some(4))]);
    iut.pass(2 * SECOND);
    assert_eq!(iut.said(0), [up(Some(4))], "T(ack)");
    assert_eq!(iut.hear(0, &up_ack()), [active(&[])]);
    iut.pass(2 * SECOND);
    assert_eq!(iut.said(0), [active(&[])], "T(ack)");
    assert!(!iut.mtp.is_in_service());
    assert_eq!(iut.hear(0, &active_ack(&[])), [Message::Daud(about(&[PEER]))]);
    assert!(iut.mtp.is_in_service());
    // The state of a destination is unknown until somebody has said it.
    assert!(!iut.mtp.destination_available(PEER) && iut.heard.is_empty());
    iut.hear(0, &Message::Dava(about(&[PEER])));
    assert!(matches!(iut.heard[..], [Indication::Resume { dpc: PEER }]));
}

/// §4.3.4.1, §4.3.4.2, §4.3.4.4: acknowledgements that nobody asked for.
#[test]
fn aspsm_o_unexpected_acknowledgements_lead_back_to_where_it_was() {
    let mut iut = asp(1);
    bring_up(&mut iut, 0);
    let said = iut.hear(0, &up_ack());
    assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    assert!(said.contains(&active(&[])), "{said:?}");
    iut.hear(0, &active_ack(&[]));
    assert_eq!(iut.hear(0, &Message::AspInactiveAck { contexts: vec![] }), [active(&[])]);
    iut.hear(0, &active_ack(&[]));
    assert_eq!(iut.hear(0, &Message::AspDownAck), [up(None)]);
    assert_eq!(iut.hear(0, &active_ack(&[])), [], "no ASPAC was sent since");
    assert!(!iut.mtp.is_in_service());
}

/// §4.3.4.1: an ASP is not asked.
#[test]
fn aspsm_o_what_only_an_asp_says_is_unexpected() {
    let mut iut = asp(1);
    for message in [up(None), active(&[]), Message::AspDown] {
        let said = iut.hear(0, &message);
        assert_eq!(errors(&said), [(ErrorCode::UNEXPECTED_MESSAGE, vec![])]);
    }
}

/// §4.3.4.3: the gateway acknowledges one after the other; what it does not is asked for again.
#[test]
fn asptm_v_several_application_servers_over_one_association() {
    let mut iut = Iut::connected(1, Role::Asp, |one| {
        one.servers[0].context = Some(100);
        one.servers.push(ServerConfig { context: Some(200), ..ServerConfig::new(vec![OTHER]) });
    });
    assert_eq!(iut.hear(0, &up_ack()), [active(&[100, 200])]);
    let said = iut.hear(0, &active_ack(&[200]));
    let asked =
        [Message::Daud(crate::m3ua::Destinations { contexts: vec![200], ..about(&[OTHER]) })];
    assert_eq!(said, asked);
    iut.pass(2 * SECOND);
    assert!(iut.said(0).contains(&active(&[100])), "T(ack) for the one that is left");
    assert!(iut.mtp.destination_available(OTHER) && !iut.mtp.destination_available(PEER));
    iut.hear(0, &active_ack(&[100]));
    iut.pass(2 * SECOND);
    assert!(iut.mtp.destination_available(PEER));
    // §4.3.4.4: the gateway takes one back.
    let said = iut.hear(0, &Message::AspInactiveAck { contexts: vec![100] });
    assert!(said.contains(&active(&[100])), "{said:?}");
    assert!(iut.mtp.destination_available(OTHER) && !iut.mtp.destination_available(PEER));
    // §4.5: what is told of one application server is not of the other.
    let told = crate::m3ua::Destinations { contexts: vec![100], ..about(&[OTHER]) };
    iut.hear(0, &Message::Duna(told));
    assert!(iut.mtp.destination_available(OTHER));
}

/// §4.3.4.3, §4.3.4.5: who has been overridden does not take it back before it is free.
#[test]
fn asptm_v_override() {
    let mut iut = asp(1);
    bring_up(&mut iut, 0);
    assert_eq!(iut.hear(0, &notify(Status::ALTERNATE_ASP)), []);
    assert!(!iut.mtp.is_in_service());
    iut.pass(10 * SECOND);
    assert!(!iut.said(0).contains(&active(&[])));
    assert_eq!(iut.hear(0, &notify(Status::AS_ACTIVE)), []);
    assert_eq!(iut.hear(0, &notify(Status::AS_PENDING)), [active(&[])]);
}

/// §3.8.1: an ASP that is not active says nothing.
#[test]
fn mtr_o_data_before_the_asp_is_active() {
    let mut iut = asp(1);
    iut.hear(0, &up_ack());
    assert_eq!(iut.hear(0, &data(None, PEER)), []);
    assert_eq!(iut.heard, []);
}

/// §1.4.2.5: messages of one link selection go one way, and by circuits where that is finer.
#[test]
fn mtr_v_traffic_is_shared_by_link_selection_or_by_circuit() {
    for (share, parts) in [(Share::Sls, [16, 0]), (Share::Cic, [8, 8])] {
        let mut iut = Iut::connected(2, Role::Asp, |one| one.servers[0].share = share);
        (0..2).for_each(|at| bring_up(&mut iut, at));
        (0..16).for_each(|cic| assert!(iut.transfer(PEER, 0, Class::Ordinary, cic)));
        let said = [0, 1].map(|at| Iut::circuits(&iut.said(at)).len());
        assert_eq!(said, parts, "{share:?}");
    }
}

/// §4.5.2.2: several gateways: a destination is away when it is behind all of them.
#[test]
fn ssnm_v_several_gateways() {
    let mut iut = asp(2);
    (0..2).for_each(|at| bring_up(&mut iut, at));
    iut.heard.clear();
    iut.hear(0, &Message::Duna(about(&[PEER])));
    assert_eq!(iut.heard, []);
    (0..4).for_each(|sls| assert!(iut.transfer(PEER, sls, Class::Ordinary, sls)));
    assert_eq!(Iut::circuits(&iut.said(1)).len(), 4);
    iut.hear(1, &Message::Duna(about(&[PEER])));
    assert!(matches!(iut.heard[..], [Indication::Pause { dpc: PEER }]));
    // §3.4.6: restricted is better than nothing.
    iut.hear(0, &Message::Drst(about(&[PEER])));
    assert!(matches!(iut.heard[..], [_, Indication::Resume { dpc: PEER }]));
    iut.hear(1, &Message::Dava(about(&[PEER])));
    (0..4).for_each(|sls| assert!(iut.transfer(PEER, sls, Class::Ordinary, sls)));
    assert_eq!(Iut::circuits(&iut.said(0)).len(), 0, "restricted where there is a better way");
}

/// §4.5.3: DUNA, DRST and SCON are followed by an audit, until the gateway says something else;
/// congestion that is over by none.
#[test]
fn ssnm_v_what_is_wrong_is_asked_about_again() {
    let scon = |level| {
        let (destinations, concerned) = (about(&[PEER]), None);
        Message::Scon { destinations, concerned, level }
    };
    for (message, asked) in [
        (Message::Duna(about(&[PEER])), true),
        (Message::Drst(about(&[PEER])), true),
        (scon(Some(2)), true),
        (scon(None), true),
        (scon(Some(0)), false),
        (Message::Dava(about(&[PEER])), false),
    ] {
        let mut iut = asp(1);
        bring_up(&mut iut, 0);
        iut.hear(0, &message);
        iut.pass(31 * SECOND);
        let said = iut.said(0);
        assert_eq!(said.contains(&Message::Daud(about(&[PEER]))), asked, "{message:?}");
    }
}

/// §3.4.4, §3.4.5: MTP-STATUS.
#[test]
fn ssnm_v_congestion_and_user_parts() {
    let mut iut = asp(1);
    bring_up(&mut iut, 0);
    iut.heard.clear();
    let (destinations, concerned) = (about(&[PEER]), None);
    iut.hear(0, &Message::Scon { destinations, concerned, level: Some(2) });
    let told = [Indication::Status { dpc: PEER, cause: StatusCause::Congestion { level: 2 } }];
    assert_eq!(iut.heard, told);
    iut.heard.clear();
    let of = |user| {
        let (destinations, user) = (about(&[PEER]), crate::ServiceIndicator(user));
        Message::Dupu { destinations, user, cause: 1 }
    };
    iut.hear(0, &of(3));
    assert_eq!(iut.heard, [], "SCCP is not here");
    iut.hear(0, &of(5));
    assert!(matches!(iut.heard[..], [Indication::Status { dpc: PEER, .. }]));
}

/// §4.4.1: registration, its answers, and what is refused is tried again.
#[test]
fn rkm_v_an_asp_registers_its_key() {
    let mut iut = Iut::connected(1, Role::Asp, |one| one.servers[0].register = true);
    let said = iut.hear(0, &up_ack());
    let [Message::RegReq(keys)] = &said[..] else { panic!("{said:?}") };
    let [key] = &keys[..] else { panic!() };
    assert_eq!(key.parts[0].dpc, OWN);
    assert_eq!(key.parts[0].origins, [Affected::one(PEER)]);
    let local = key.local;
    iut.pass(2 * SECOND);
    assert!(matches!(iut.said(0)[..], [Message::RegReq(_)]), "T(ack)");
    let answer = |status, context| Message::RegRsp(vec![Registered { local, status, context }]);
    assert_eq!(iut.hear(0, &answer(RegistrationStatus::NOT_PROVISIONED, 0)), []);
    iut.pass(29 * SECOND);
    assert!(!iut.said(0).iter().any(|one| matches!(one, Message::RegReq(_))));
    iut.pass(2 * SECOND);
    assert!(iut.said(0).iter().any(|one| matches!(one, Message::RegReq(_))));
    assert_eq!(iut.hear(0, &answer(RegistrationStatus::REGISTERED, 55)), [active(&[55])]);
    let said = iut.hear(0, &active_ack(&[55]));
    assert!(matches!(&said[..], [Message::Daud(about)] if about.contexts == [55]), "{said:?}");
    iut.hear(0, &Message::Dava(about(&[PEER])));
    assert!(iut.transfer(PEER, 0, Class::Ordinary, 1));
    let said = iut.said(0);
    assert!(matches!(&said[..], [Message::Data(data)] if data.context == Some(55)), "{said:?}");
    // The number goes with the connection.
    iut.event(0, Event::Down);
    iut.event(0, Event::Up);
    assert!(matches!(iut.hear(0, &up_ack())[..], [Message::RegReq(_)]));
    // §4.4.1: a gateway that knows no registration.
    let error = crate::m3ua::Error::about(ErrorCode::UNSUPPORTED_CLASS, &bytes::Bytes::new());
    assert_eq!(iut.hear(0, &Message::Err(error)), []);
}

/// §4.3.4.1.2, §4.3.4.3.1: single exchange is enough for both, double is for each.
#[test]
fn ipsp_v_single_and_double_exchange() {
    let mut iut = Iut::connected(1, Role::Ipsp, |_| {});
    iut.hear(0, &up(None));
    iut.hear(0, &active(&[]));
    assert!(iut.mtp.is_in_service() && iut.mtp.destination_available(PEER));

    let mut iut = Iut::connected(1, Role::IpspDouble, |_| {});
    iut.hear(0, &up(None));
    let said = iut.hear(0, &active(&[]));
    assert!(said.contains(&active_ack(&[])), "{said:?}");
    assert!(iut.mtp.is_in_service(), "towards the peer");
    iut.heard.clear();
    assert_eq!(iut.hear(0, &data(None, PEER)), [], "but not from it");
    assert_eq!(iut.heard, []);
    iut.hear(0, &up_ack());
    iut.hear(0, &active_ack(&[]));
    iut.hear(0, &data(None, PEER));
    assert!(matches!(iut.heard[..], [Indication::Transfer(_)]));
}

/// What no two ends could agree on is refused at the start.
#[test]
fn what_cannot_be_is_refused() {
    let new = |id| AssociationConfig::new(AssociationId(id), Role::Asp, vec![PEER]);
    let refused = |associations: Vec<AssociationConfig>| {
        let config = super::world::config(OWN, associations);
        crate::Mtp::new(config, base::Instant::ZERO).unwrap_err()
    };
    let mut two = new(0);
    two.servers.push(ServerConfig::new(vec![OTHER]));
    assert!(matches!(refused(vec![two.clone()]), crate::ConfigError::Contexts(_)));
    (two.servers[0].context, two.servers[1].context) = (Some(1), Some(1));
    assert!(matches!(refused(vec![two.clone()]), crate::ConfigError::Contexts(_)));
    (two.servers[1].context, two.servers[1].peers) = (Some(2), vec![PEER]);
    assert!(matches!(refused(vec![two]), crate::ConfigError::TwoServers(_)));
    let broadcast = |id| {
        let mut one = new(id);
        one.servers[0].mode = Some(TrafficMode::BROADCAST);
        one
    };
    assert!(matches!(
        refused(vec![broadcast(0), broadcast(1)]),
        crate::ConfigError::TrafficMode(_)
    ));
}
