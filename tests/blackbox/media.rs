//! Speech on the real binary. Exactness is judged in the simulator, where time is virtual; here
//! nearly all must arrive in order on a machine that runs other things too.

use crate::support::gateway::Gateway;
use crate::support::ua::Ua;

#[test]
fn speech_is_echoed_in_order() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    let packets = 250;
    let in_order = caller.echoed_octets_in_order(packets);
    let sent = packets * 160;
    assert!(in_order * 100 >= sent * 99, "{in_order} of {sent} octets in order");
    caller.hang_up();
    gateway.wait_until_idle();
}

#[test]
fn the_milliwatt_number_plays_1004_hz() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.call("0199001101");
    let level = caller.level_of(1004.0, 100);
    assert!((level - -10.0).abs() < 1.0, "{level} dBm0 at 1004 Hz");
    caller.hang_up();
}

#[test]
fn an_announcement_is_heard_before_the_release() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000801", Some(&caller.sdp()));
    let progress = caller.expect(183);
    caller.set_remote(&progress);
    let level = caller.level_of(425.0, 50);
    assert!(level > -20.0, "{level} dBm0 at 425 Hz");
    let refusal = caller.expect(410);
    assert!(refusal.contains("cause=22"), "{refusal}");
    caller.acknowledge_failure();
    gateway.wait_until_idle();
}
