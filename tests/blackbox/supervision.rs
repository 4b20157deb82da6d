//! Circuits as operators and exchanges supervise them (Q.764 §2.8, §2.9): what is signalled for it
//! by the real binary, towards the exchange of the demo and towards one that says each message.
//! tshark judges all of it.

use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, acm, iam, rel};
use crate::support::judge::{self, FILE};
use crate::support::peer::Peer;
use crate::support::ua::Ua;
use isup_codec::{
    CallingPartysCategory, Cgb, Cgba, Cgu, Cgua, CircuitState, CircuitStates, Cqm, Cqr, Gra, Grs,
    Message, MessageType as Mt, Range, RangeStatus, SupervisionType,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const MAINTENANCE: SupervisionType = SupervisionType::MAINTENANCE;
const HARDWARE: SupervisionType = SupervisionType::HARDWARE;

fn operate(gateway: &Gateway, operation: &str, cics: &str) {
    let (code, text) = gateway.tocsin(&["circuits", operation, "exchange", cics]);
    assert_eq!(code, 0, "{text}");
}

/// What is shown of a circuit.
fn circuit(gateway: &Gateway, cic: u16) -> Value {
    let (_, text) = gateway.get("/api/v1/circuits").unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    all.into_iter().find(|circuit| circuit["cic"] == cic).unwrap()
}

/// Waits until these circuits are shown so: their state, and by whom they are blocked.
fn wait_for(gateway: &Gateway, cics: &[u16], state: &str, blocked: &[&str]) {
    let is_so = |cic: &u16| {
        let circuit = circuit(gateway, *cic);
        circuit["state"] == state && circuit["blocked"] == Value::from(blocked)
    };
    gateway.until(&format!("{cics:?} {state} {blocked:?}"), || cics.iter().all(is_so));
}

/// A message about circuits in a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    ours: bool,
    kind: Mt,
    cic: u16,
    /// How many circuits it is about.
    circuits: u16,
}

/// All of them, in their order. tshark has found nothing wrong with those that we sent.
fn seen(file: &Path) -> Vec<Seen> {
    judge::judge(file);
    let mut arguments = vec!["-Y", "isup", "-T", "fields"];
    let fields =
        ["frame.packet_flags_direction", "isup.message_type", "isup.cic", "isup.range_indicator"];
    fields.iter().for_each(|field| arguments.extend(["-e", *field]));
    let text = judge::tshark(file, &arguments);
    let number = |cell: &str| match cell.strip_prefix("0x") {
        Some(hexadecimal) => u16::from_str_radix(hexadecimal, 16).unwrap(),
        None => cell.parse().unwrap(),
    };
    let line = |line: &str| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().filter(|cell| !cell.is_empty()).map(number);
        let (direction, kind, cic) = (next().unwrap(), next().unwrap(), next().unwrap());
        // tshark shows the range as the number of circuits that it means.
        let circuits = next().unwrap_or(1);
        Seen { ours: direction == 2, kind: Mt(kind as u8), cic, circuits }
    };
    text.lines().map(line).collect()
}

fn stop(gateway: &mut Gateway) {
    gateway.signal("TERM");
    assert_eq!(gateway.wait().0, 0, "{}", gateway.log());
}

/// Whether these stand among the others in this order: `true` for what we sent.
fn in_order(all: &[Seen], wanted: &[(bool, Mt, u16, u16)]) -> bool {
    let mut rest = all.iter();
    wanted.iter().all(|&(ours, kind, cic, circuits)| {
        rest.any(|found| *found == Seen { ours, kind, cic, circuits })
    })
}

#[test]
fn the_circuits_of_the_demo_are_reset_at_the_start_and_supervised_by_the_staff() {
    let mut gateway = Gateway::start_with(&["--pcap", FILE], |configuration| configuration);
    gateway.wait_until_idle();
    operate(&gateway, "block", "1-15");
    operate(&gateway, "block", "40");
    let here = ["maintenance here"];
    wait_for(&gateway, &[1, 15, 40], "blocked", &here);
    // The exchange shows the other side of it: none of its calls comes there.
    operate(&gateway, "query", "1-15");
    operate(&gateway, "unblock", "1-15");
    operate(&gateway, "unblock", "40");
    wait_for(&gateway, &[1, 15, 40], "idle", &[]);
    operate(&gateway, "reset", "65-79");
    let answers = || {
        let labels = ["type=\"CQR\"", "direction=\"in\""];
        gateway.metric("tocsin_isup_messages_total", &labels)
    };
    let before = answers();
    operate(&gateway, "query", "33-47");
    gateway.until("told how circuits stand", || answers() > before);
    gateway.wait_until_idle();
    let idle = |cic: &u16| circuit(&gateway, *cic)["state"] == "idle";
    assert!([1, 15, 40, 65, 79].iter().all(idle));
    stop(&mut gateway);

    let all = seen(&gateway.folder.join(FILE));
    let begun = all.iter().position(|it| it.ours && it.kind == Mt::CGB).unwrap();
    let at_start =
        all[..begun].iter().filter(|it| it.ours && [Mt::GRS, Mt::CQM].contains(&it.kind));
    let named: BTreeSet<u16> = at_start.flat_map(|it| it.cic..it.cic + it.circuits).collect();
    // Time slots 1 to 31 of four spans, but for the one that signals.
    let circuits: BTreeSet<u16> = (0..128).filter(|cic| cic % 32 != 0 && *cic != 16).collect();
    assert_eq!(named, circuits);
    assert!(
        in_order(&all[..begun], &[(true, Mt::GRS, 1, 15), (false, Mt::GRA, 1, 15)]),
        "{all:#?}"
    );
    let rest = &all[begun..];
    for wanted in [
        [(true, Mt::CGB, 1, 15), (false, Mt::CGBA, 1, 15)],
        [(true, Mt::BLO, 40, 1), (false, Mt::BLA, 40, 1)],
        [(true, Mt::CQM, 1, 15), (false, Mt::CQR, 1, 15)],
        [(true, Mt::CGU, 1, 15), (false, Mt::CGUA, 1, 15)],
        [(true, Mt::UBL, 40, 1), (false, Mt::UBA, 40, 1)],
        [(true, Mt::GRS, 65, 15), (false, Mt::GRA, 65, 15)],
        [(true, Mt::CQM, 33, 15), (false, Mt::CQR, 33, 15)],
    ] {
        assert!(in_order(rest, &wanted), "{wanted:?} in {rest:#?}");
    }
    // What the exchange asked at its start we have answered.
    let answers = all.iter().filter(|it| it.ours && [Mt::GRA, Mt::CQR].contains(&it.kind));
    assert!(answers.count() >= 4, "{all:#?}");
}

#[test]
fn what_is_blocked_outlives_a_restart_of_the_process() {
    let mut gateway = Gateway::start();
    gateway.wait_until_idle();
    operate(&gateway, "block", "3-6");
    operate(&gateway, "block", "40");
    let here = ["maintenance here"];
    wait_for(&gateway, &[3, 4, 5, 6, 40], "blocked", &here);
    stop(&mut gateway);

    gateway.run_again(&["--pcap", FILE]);
    gateway.wait_until_ready();
    wait_for(&gateway, &[3, 4, 5, 6, 40], "blocked", &here);
    wait_for(&gateway, &[1, 2, 7], "idle", &[]);
    // Of the first seven circuits, calls find those that are left.
    let mut callers: Vec<_> = (0..3).map(|_| Ua::new(&gateway)).collect();
    for caller in &mut callers {
        caller.call("0199000001");
    }
    let (_, calls) = gateway.get("/api/v1/calls").unwrap();
    for blocked in [3, 4, 5, 6, 40] {
        assert!(!calls.contains(&format!("\"exchange/{blocked}\"")), "{calls}");
    }
    callers.iter_mut().for_each(Ua::hang_up);
    operate(&gateway, "unblock", "1-127");
    wait_for(&gateway, &[3, 4, 5, 6, 40], "idle", &[]);
    gateway.wait_until_idle();
    stop(&mut gateway);
    let all = seen(&gateway.folder.join(FILE));
    assert!(in_order(&all, &[(true, Mt::CGB, 3, 4), (false, Mt::CGBA, 3, 4)]), "{all:#?}");
    assert!(in_order(&all, &[(true, Mt::BLO, 40, 1), (false, Mt::BLA, 40, 1)]), "{all:#?}");

    // A third time there is nothing to remember.
    gateway.run_again(&[]);
    gateway.wait_until_ready();
    gateway.wait_until_idle();
}

fn range(circuits: usize) -> Range {
    Range::of(circuits).unwrap()
}

fn all(circuits: usize) -> RangeStatus {
    RangeStatus::new(range(circuits), |_| true)
}

fn none(circuits: usize) -> RangeStatus {
    RangeStatus::new(range(circuits), |_| false)
}

/// Places a call, and has it ring on the circuit that it takes.
fn ringing(gateway: &Gateway, peer: &IsupPeer) -> (Ua, u16) {
    let mut caller = Ua::new(gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    let (cic, _) = peer.expect_iam();
    peer.send(cic, acm());
    caller.expect(180);
    (caller, cic)
}

#[test]
fn what_the_staff_does_is_said_to_the_exchange_and_believed_when_it_has_answered() {
    let (gateway, peer) = IsupPeer::start_with(&["--pcap", FILE], |_| {});
    gateway.wait_until_idle();
    peer.manner(|manner| manner.resets = false);

    // Q.764 §2.8.2.2, §2.8.2.1: together and alone.
    operate(&gateway, "block", "1-8");
    let cgb = peer.expect(1, Mt::CGB);
    assert_eq!(cgb, Cgb { kind: MAINTENANCE, status: all(8) }.into());
    wait_for(&gateway, &[1, 8], "blocked", &["maintenance here", "unacknowledged"]);
    peer.send(1, Cgba { kind: MAINTENANCE, status: all(8) });
    operate(&gateway, "block", "20");
    peer.expect(20, Mt::BLO);
    peer.send(20, Message::Bla);
    wait_for(&gateway, &[1, 8, 20], "blocked", &["maintenance here"]);
    // §2.8.2.3 b): a call of the exchange on a blocked circuit is answered by blocking it again.
    peer.send(3, iam("199008001"));
    peer.expect(3, Mt::BLO);
    peer.send(3, Message::Bla);
    // Method 2: of the odd circuits the lowest is not there to be had.
    let (mut caller, cic) = ringing(&gateway, &peer);
    assert_eq!(cic, 9);

    operate(&gateway, "unblock", "1-8");
    let cgu = peer.expect(1, Mt::CGU);
    assert_eq!(cgu, Cgu { kind: MAINTENANCE, status: all(8) }.into());
    peer.send(1, Cgua { kind: MAINTENANCE, status: all(8) });
    operate(&gateway, "unblock", "20");
    peer.expect(20, Mt::UBL);
    peer.send(20, Message::Uba);
    wait_for(&gateway, &[1, 3, 8, 20], "idle", &[]);

    // §2.8.3: what the exchange has blocked, and the staff did not know of, is seen by a query, and
    // believed when it is said twice.
    operate(&gateway, "query", "13-16");
    let mut states = CircuitStates(vec![CircuitState::IDLE; 4]);
    states.0[1] = CircuitState::IDLE_LOCALLY_BLOCKED;
    assert_eq!(peer.expect(13, Mt::CQM), Cqm { range: range(4) }.into());
    peer.send(13, Cqr { range: range(4), states });
    let Message::Cqm(again) = peer.expect(14, Mt::CQM) else { unreachable!() };
    let states = CircuitStates(vec![CircuitState::IDLE_LOCALLY_BLOCKED; again.range.count()]);
    peer.send(14, Cqr { range: again.range, states });
    wait_for(&gateway, &[14], "blocked", &["maintenance there"]);

    // §2.9.3.2: calls on what is reset end.
    let (code, text) = gateway.tocsin(&["circuits", "reset", "exchange", "9-12"]);
    assert!(code == 0 && text.contains("1 call(s) ended"), "{text}");
    caller.refused();
    assert_eq!(peer.expect(9, Mt::GRS), Grs { range: range(4) }.into());
    peer.send(9, Gra { status: none(4) });
    wait_for(&gateway, &[9, 10, 12], "idle", &[]);
    peer.send(14, Message::Ubl);
    peer.expect(14, Mt::UBA);
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}

#[test]
fn what_the_exchange_does_is_acknowledged_and_heeded() {
    let (gateway, peer) = IsupPeer::start_with(&["--pcap", FILE], |_| {});
    gateway.wait_until_idle();
    // For maintenance a call goes on, for a failure it ends (Q.764 §2.8.2).
    let (mut caller, cic) = ringing(&gateway, &peer);
    assert_eq!(cic, 1);
    let there = ["maintenance there"];
    peer.send(1, Cgb { kind: MAINTENANCE, status: all(4) });
    let cgba = peer.expect(1, Mt::CGBA);
    assert_eq!(cgba, Cgba { kind: MAINTENANCE, status: all(4) }.into());
    wait_for(&gateway, &[2, 3, 4], "blocked", &there);
    wait_for(&gateway, &[1], "outgoing", &there);
    peer.send(21, Message::Blo);
    peer.expect(21, Mt::BLA);
    wait_for(&gateway, &[21], "blocked", &there);

    // How they stand, seen from the gateway.
    peer.send(1, Cqm { range: range(4) });
    let Message::Cqr(cqr) = peer.expect(1, Mt::CQR) else { unreachable!() };
    assert!(cqr.states.0[0].is_outgoing_busy(), "{cqr:?}");
    assert_eq!(cqr.states.0[1..], [CircuitState::IDLE_REMOTELY_BLOCKED; 3], "{cqr:?}");

    peer.send(1, Cgu { kind: MAINTENANCE, status: all(4) });
    assert_eq!(peer.expect(1, Mt::CGUA), Cgua { kind: MAINTENANCE, status: all(4) }.into());
    peer.send(21, Message::Ubl);
    peer.expect(21, Mt::UBA);
    wait_for(&gateway, &[2, 4, 21], "idle", &[]);

    peer.send(1, Cgb { kind: HARDWARE, status: all(4) });
    assert_eq!(peer.expect_release(1), 34);
    caller.refused();
    assert_eq!(peer.expect(1, Mt::CGBA), Cgba { kind: HARDWARE, status: all(4) }.into());
    wait_for(&gateway, &[1, 2, 3, 4], "blocked", &["failure there"]);
    peer.send(1, Cgu { kind: HARDWARE, status: all(4) });
    peer.expect(1, Mt::CGUA);
    wait_for(&gateway, &[1, 2, 3, 4], "idle", &[]);

    // A group reset of the exchange ends calls, and says what we have blocked (§2.9.3.2).
    operate(&gateway, "block", "6");
    peer.expect(6, Mt::BLO);
    peer.send(6, Message::Bla);
    wait_for(&gateway, &[6], "blocked", &["maintenance here"]);
    let (mut caller, cic) = ringing(&gateway, &peer);
    assert!(cic <= 8, "{cic}");
    peer.send(1, Grs { range: range(8) });
    caller.refused();
    let Message::Gra(gra) = peer.expect(1, Mt::GRA) else { unreachable!() };
    assert_eq!(gra.status, RangeStatus::new(range(8), |circuit| circuit == 5));
    wait_for(&gateway, &[cic], "idle", &[]);
    operate(&gateway, "unblock", "6");
    peer.expect(6, Mt::UBL);
    peer.send(6, Message::Uba);
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}

/// Circuits 1 to 8 without a reserve, used so.
fn used(key: &'static str, value: &str) -> (Gateway, IsupPeer) {
    let started = IsupPeer::start_with(&["--pcap", FILE], |table| {
        let ss7 = table["ss7"].as_table_mut().unwrap();
        let group = ss7["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        group.insert("cics".to_owned(), "1-8".into());
        group.remove("emergency_reserve");
        group.insert(key.to_owned(), value.into());
    });
    started.0.wait_until_idle();
    started
}

/// Q.764 §2.9.1.3. Three calls; the second and the third end; two more. The exchange has the higher
/// point code, and the even circuits with it.
#[test]
fn circuits_are_taken_in_the_order_that_the_group_has() {
    for (selection, first, then) in [
        ("method_2", [1, 3, 5], [7, 3]),
        ("method_1", [8, 7, 6], [7, 6]),
        ("even_odd", [1, 3, 5], [3, 5]),
        ("most_idle", [1, 2, 3], [4, 5]),
        ("least_idle", [8, 7, 6], [6, 7]),
        ("clockwise", [1, 2, 3], [4, 5]),
        ("counter_clockwise", [8, 7, 6], [5, 4]),
        ("lowest_first", [1, 2, 3], [2, 3]),
        ("highest_first", [8, 7, 6], [7, 6]),
    ] {
        let (gateway, peer) = used("selection", selection);
        let mut taken = first.map(|_| ringing(&gateway, &peer).1).to_vec();
        for cic in &taken[1..] {
            peer.release(*cic, 16);
        }
        taken.extend(then.map(|_| ringing(&gateway, &peer).1));
        assert_eq!((&taken[..3], &taken[3..]), (&first[..], &then[..]), "{selection}");
    }
}

#[test]
fn a_group_of_one_direction_refuses_the_other() {
    // Only the exchange seizes these.
    let (gateway, peer) = used("direction", "incoming");
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    caller.expect(503);
    caller.acknowledge_failure();
    assert!(peer.take().is_none());
    let mut called = Peer::called(&gateway);
    peer.send(5, iam("199008001"));
    let invite = called.expect("INVITE ");
    called.answer(&invite, "486 Busy Here", "");
    assert_eq!(peer.expect_release(5), 17);
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);

    // Only we seize these: an emergency call is taken nevertheless.
    let (gateway, peer) = used("direction", "outgoing");
    peer.send(5, iam("199008001"));
    assert_eq!(peer.expect_release(5), 44);
    let (mut caller, cic) = ringing(&gateway, &peer);
    peer.send(cic, rel(17));
    peer.expect(cic, Mt::RLC);
    caller.refused();
    let mut called = Peer::called(&gateway);
    let mut urgent = iam("199008001");
    urgent.category = CallingPartysCategory::PRIORITY;
    peer.send(7, urgent);
    let invite = called.expect("INVITE ");
    called.answer(&invite, "486 Busy Here", "");
    assert_eq!(peer.expect_release(7), 17);
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}
