//! Neighbours that ask each other for less, and emergencies that are not asked.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::raw::{Raw, field, lines};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "our requests say which ways of asking for less we know",
        clause: "RFC 7339 §5.1",
        play: Play::Own(|gateway| {
            let callee = Raw::new(gateway, 0, 5070);
            called(gateway, &callee, |invite| {
                let via = lines(invite, "Via")[0];
                assert!(via.contains(";oc;oc-algo=\"rate,loss\""), "{via}");
            });
        }),
    },
    Case {
        name: "a client that knows overload control learns that we do too and are not overloaded",
        clause: "RFC 7339 §5.1",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, 0, 0);
            let options = ";oc;oc-algo=\"loss\"";
            let options = peer.request("OPTIONS", ("0199000001", 1), options, "");
            peer.send(&options);
            let answer = peer.expect("SIP/2.0 200");
            let via = lines(&answer, "Via")[0];
            assert_eq!((field(via, ";oc"), field(via, "oc-algo")), ("0", "loss"), "{via}");
            assert_eq!(field(via, "oc-validity"), "0", "{via}");
            assert!(via.contains("oc-seq="));
        }),
    },
    Case {
        name: "a client that offers both is asked by the rate where the trunk says so",
        clause: "RFC 7415 §3.3",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, 0, 0);
            let offered = ";oc;oc-algo=\"loss,rate\"";
            let options = peer.request("OPTIONS", ("0199000001", 1), offered, "");
            peer.send(&options);
            let answer = peer.expect("SIP/2.0 200");
            assert_eq!(field(lines(&answer, "Via")[0], "oc-algo"), "rate");
        }),
    },
    Case {
        name: "a client that knows nothing of it is told nothing",
        clause: "RFC 7339 §4.1",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, 0, 0);
            let options = peer.request("OPTIONS", ("0199000001", 1), "", "");
            peer.send(&options);
            let answer = peer.expect("SIP/2.0 200");
            assert!(!answer.contains("oc="), "{answer}");
        }),
    },
    Case {
        name: "a next hop that wants nothing gets nothing until its word is over",
        clause: "RFC 7339 §5.5",
        play: Play::Own(|gateway| {
            let told = ";oc=100;oc-algo=\"loss\";oc-validity=2500;oc-seq=1.0";
            held_back(gateway, told, "", "overload");
        }),
    },
    Case {
        name: "a rate of nothing is obeyed as well",
        clause: "RFC 7415 §3.5.1",
        play: Play::Own(|gateway| {
            let told = ";oc=0;oc-algo=\"rate\";oc-validity=2500;oc-seq=2.0";
            held_back(gateway, told, "", "overload");
        }),
    },
    Case {
        name: "a next hop that numbers nothing is believed when it takes its word back",
        clause: "RFC 7339 §4.4, §5.7",
        play: Play::Own(|gateway| {
            let callee = Raw::new(gateway, 0, 5070);
            std::thread::scope(|scope| {
                let call = scope.spawn(|| gateway.tocsin(&["originate", "+33199008073"]));
                let invite = callee.expect("INVITE");
                let told = |oc| format!(";oc={oc};oc-algo=\"loss\";oc-validity=60000");
                callee.reply(&invite, "180 Ringing", &told(100), "", false);
                callee.reply(&invite, "486 Busy Here", &told(0), "", false);
                callee.expect("ACK");
                call.join().unwrap();
            });
            called(gateway, &callee, |_| {});
        }),
    },
    Case {
        name: "a next hop that says to come again later gets nothing until then",
        clause: "RFC 3261 §21.5.4",
        play: Play::Own(|gateway| held_back(gateway, "", "Retry-After: 3\r\n", "retry_after")),
    },
];

/// The exchange calls a user agent that answers.
fn called(gateway: &Gateway, callee: &Raw, look: impl Fn(&str)) {
    std::thread::scope(|scope| {
        let call = scope.spawn(|| gateway.tocsin(&["originate", "+33199008070", "--hold", "1"]));
        let invite = callee.expect("INVITE");
        look(&invite);
        callee.reply(&invite, "200 OK", "", "", true);
        callee.expect("ACK");
        let bye = callee.expect("BYE");
        callee.reply(&bye, "200 OK", "", "", false);
        let (code, told) = call.join().unwrap();
        assert_eq!(code, 0, "{told}");
    });
    gateway.wait_until_idle();
}

/// A user agent refuses with such a word; the next call does not come to it, and a later one does.
fn held_back(gateway: &Gateway, told: &str, headers: &str, reason: &str) {
    let callee = Raw::new(gateway, 0, 5070);
    let label = format!("reason=\"{reason}\"");
    let before = gateway.metric("tocsin_sip_held_back_total", &[&label]);
    gateway.originate("+33199008071", 1.0);
    let invite = callee.expect("INVITE");
    callee.reply(&invite, "503 Service Unavailable", told, headers, false);
    callee.expect("ACK");
    // At once: the word holds for two seconds and a half.
    gateway.originate("+33199008072", 1.0);
    let held = || gateway.metric("tocsin_sip_held_back_total", &[&label]) > before;
    gateway.until("held back", held);
    std::thread::sleep(std::time::Duration::from_secs(3));
    called(gateway, &callee, |_| {});
}

#[test]
fn asking_for_less() {
    case::run_with(CASES, |demo| {
        demo.replace("trusted = false\n", "trusted = false\noverload = \"rate\"\n")
    });
}
