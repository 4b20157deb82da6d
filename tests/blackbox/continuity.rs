//! Continuity checks on the time slots of the real binary (Q.764 §2.1.8): tones, loops and what is
//! signalled for them, as tshark sees it.

use crate::support::callee::{Callee, Manner};
use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, iam};
use crate::support::judge::{FILE, judge, stop_and_judge, tshark};
use crate::support::peer::Peer;
use crate::support::ua::Ua;
use isup_codec::{CallingPartysCategory, ContinuityCheck, Cot, Message, MessageType, Rlc};

/// All calls of the group are checked; a failed circuit is checked again after a second.
fn always(configuration: String) -> String {
    let group = "spans = [0, 1, 2, 3]";
    assert!(configuration.contains(group));
    configuration
        .replace(group, &format!("{group}\ncontinuity = \"always\""))
        .replace("[exchange]\n", "[ss7.timers]\nt25 = \"1s\"\n\n[exchange]\n")
}

fn checks(gateway: &Gateway, result: &str) -> f64 {
    gateway.metric("tocsin_continuity_checks_total", &[&format!("result=\"{result}\"")])
}

/// Ends the gateway. Gives the messages about circuits in their order: type, circuit, what an IAM
/// says of a check, what a COT says, and whether we sent it.
fn signalled(mut gateway: Gateway) -> Vec<String> {
    gateway.signal("TERM");
    assert_eq!(gateway.wait().0, 0, "{}", gateway.log());
    let file = gateway.folder.join(FILE);
    judge(&file);
    let mut arguments = vec!["-Y", "isup", "-T", "fields"];
    for field in [
        "isup.message_type",
        "isup.cic",
        "isup.continuity_check_indicator",
        "isup.continuity_indicator",
        "frame.packet_flags_direction",
    ] {
        arguments.extend(["-e", field]);
    }
    // Numbers are written as they are meant, and true as what every version of tshark calls it.
    let plain = |line: &str| {
        let cells = line.split('\t').map(|cell| match cell {
            "0x00000001" => "1",
            "0x00000002" => "2",
            "True" => "1",
            "False" => "0",
            cell => cell,
        });
        cells.collect::<Vec<_>>().join("/")
    };
    tshark(&file, &arguments).lines().map(plain).collect()
}

/// Whether these stand in this order among the others.
fn in_order(all: &[String], wanted: &[&str]) -> bool {
    let mut rest = all.iter();
    wanted.iter().all(|wanted| rest.any(|found| found == wanted))
}

#[test]
fn a_call_is_checked_over_the_loop_of_the_exchange_and_rings_after_cot() {
    let gateway = Gateway::start_with(&["--pcap", FILE], always);
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    assert_eq!(checks(&gateway, "passed"), 1.0);
    let in_order_octets = caller.echoed_octets_in_order(100);
    assert!(in_order_octets * 100 >= 100 * 160 * 98, "{in_order_octets} octets");
    caller.hang_up();
    // An emergency call does not wait for a check.
    let mut caller = Ua::new(&gateway);
    caller.call("112");
    caller.hang_up();
    gateway.wait_until_idle();
    assert_eq!(checks(&gateway, "passed"), 1.0);
    let all = signalled(gateway);
    // IAM "required on this circuit", COT "successful", ACM; then the emergency call's IAM, ACM.
    let first = ["1/1/0x01//2", "5/1//1/2", "6/1///1"];
    assert!(in_order(&all, &first), "{all:#?}");
    assert!(all.iter().any(|line| line.starts_with("1/3/0x00//2")), "{all:#?}");
}

#[test]
fn a_broken_loop_costs_an_attempt_and_the_circuit_is_healed_by_the_next_check() {
    let broken = |configuration: String| {
        always(configuration).replace("[exchange]\n", "[exchange]\nbroken_loops = [1]\n")
    };
    let gateway = Gateway::start_with(&["--pcap", FILE], broken);
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    assert_eq!((checks(&gateway, "failed"), checks(&gateway, "passed")), (1.0, 1.0));
    caller.hang_up();
    // Circuit 1 too, once CCR has found it good.
    gateway.wait_until_idle();
    assert_eq!(checks(&gateway, "test_passed"), 1.0);
    let records = gateway.records();
    assert_eq!(
        (&records[0]["attempts"], &records[0]["circuit"]),
        (&2.into(), &"exchange/3".into())
    );
    let all = signalled(gateway);
    let failed = ["1/1/0x01//2", "5/1//0/2", "1/3/0x01//2", "5/3//1/2"];
    assert!(in_order(&all, &failed), "{all:#?}");
    // CCR, LPA, REL, RLC.
    let healed = ["5/1//0/2", "17/1///2", "36/1///1", "12/1///2", "16/1///1"];
    assert!(in_order(&all, &healed), "{all:#?}");
}

#[test]
fn the_exchange_hears_its_tone_over_our_loop_and_the_callee_rings_only_then() {
    let checked = |configuration: String| {
        configuration.replace("[exchange]\n", "[exchange]\ncontinuity = \"always\"\n")
    };
    let gateway = Gateway::start_with(&["--pcap", FILE], checked);
    let callee = Callee::at((gateway.address, 5070).into(), Manner::Answers);
    let (code, text) = gateway.tocsin(&["originate", "+33199008001", "--hold", "0.5"]);
    assert_eq!(code, 0, "{text}");
    gateway.wait_until_idle();
    drop(callee);
    let all = signalled(gateway);
    let cic = all
        .iter()
        .find_map(|line| line.strip_prefix("1/").and_then(|rest| rest.strip_suffix("/0x01//1")))
        .unwrap_or_else(|| panic!("no IAM with a check in {all:#?}"));
    let wanted = [format!("5/{cic}//1/1"), format!("6/{cic}///2")];
    assert!(in_order(&all, &[&wanted[0], &wanted[1]]), "{all:#?}");
}

/// Circuits of `cics` have no time slot that could be looped: who would check one for ever is
/// refused at once, and has its circuit back.
#[test]
fn a_check_on_a_circuit_without_a_bearer_is_refused_and_the_circuit_stays_in_service() {
    let (gateway, peer) = IsupPeer::start_with(&["--pcap", FILE], |_| {});
    let mut checked = iam("199008001");
    checked.nature = checked.nature.with_continuity_check(ContinuityCheck::THIS_CIRCUIT);
    peer.send(5, checked.clone());
    assert_eq!(peer.expect_release(5), 44);
    // One that has failed before, and that is tested again and again.
    peer.send(5, Message::Ccr);
    peer.expect(5, MessageType::RSC);
    peer.send(5, Rlc::new());
    gateway.wait_until_idle();
    assert_eq!(checks(&gateway, "no_loop"), 2.0);
    let mut called = Peer::called(&gateway);
    peer.send(5, iam("199008001"));
    let invite = called.expect("INVITE ");
    called.answer(&invite, "486 Busy Here", "");
    assert_eq!(peer.expect_release(5), 17);
    gateway.wait_until_idle();
    called.expect("ACK ");
    // An urgent call has no better circuit to go to: ACM ends the peer's check at once.
    let mut urgent = iam("199008001");
    urgent.nature = checked.nature;
    urgent.category = CallingPartysCategory::PRIORITY;
    peer.send(5, urgent);
    peer.expect(5, MessageType::ACM);
    let invite = called.expect("INVITE ");
    called.answer(&invite, "486 Busy Here", "");
    assert_eq!(peer.expect_release(5), 17);
    gateway.wait_until_idle();
    assert_eq!(checks(&gateway, "gone_without"), 1.0);
    stop_and_judge(gateway);

    // Unless they are looped by what carries them.
    let (gateway, peer) = IsupPeer::start_with(&[], |table| {
        let ss7 = table["ss7"].as_table_mut().unwrap();
        let group = ss7["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        group.insert("loops".to_owned(), "elsewhere".into());
    });
    let mut called = Peer::called(&gateway);
    peer.send(5, checked);
    peer.send(5, Cot { successful: true });
    let invite = called.expect("INVITE ");
    called.answer(&invite, "486 Busy Here", "");
    assert_eq!(peer.expect_release(5), 17);
    peer.send(6, Message::Ccr);
    peer.expect(6, MessageType::LPA);
    peer.release(6, 16);
    gateway.wait_until_idle();
}
