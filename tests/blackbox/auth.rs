//! Trunks whose callers prove who they are, and trunks that ask us to.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::raw::{Raw, field, file, hash, lines};
use crate::support::scenario::{Request, SDP, Scenario};
use serde_json::Value;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a caller of sipp's proves who it is by MD5",
        clause: "RFC 3261 §22.2",
        play: Play::Call("0199000001", || {
            Scenario::silent_caller()
                .send(Request::outside("INVITE", 1).sdp(SDP))
                .raw("  <recv response=\"100\" optional=\"true\"></recv>\n")
                .raw("  <recv response=\"401\" auth=\"true\"></recv>\n")
                .send(Request::failure_ack(1).edit("[routes]\n", ""))
                .send(
                    Request::outside("INVITE", 2)
                        .header("[authentication username=alice password=wonderland]")
                        .sdp(SDP),
                )
                .maybe(100)
                .progress(180)
                .expect(200, "m=audio")
                .send(Request::ack(2))
                .pause(300)
                .hang_up_as(3)
        }),
    },
    Case {
        name: "a wrong password is asked for again",
        clause: "RFC 3261 §22.1",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            let (_, challenge) = challenged(&mut peer, "0199000001", 1, "");
            let guess = authorization(&challenge, "SHA-256", "carol", "guess", &uri(gateway), 1);
            let (_, next) = challenged(&mut peer, "0199000001", 2, &guess);
            assert!(!next.contains("stale=true"));
            assert!(gateway.metric("tocsin_sip_auth_total", &["result=\"wrong\""]) >= 1.0);
        }),
    },
    Case {
        name: "SHA-256 is offered before MD5, each in a header of its own",
        clause: "RFC 8760 §2.3",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            let invite = peer.request("INVITE", ("0199000001", 1), "", "");
            peer.send(&invite);
            let refusal = peer.expect("SIP/2.0 401");
            peer.follow(&invite, &refusal, "ACK", 1);
            let challenges = lines(&refusal, "WWW-Authenticate");
            let algorithms: Vec<_> = challenges.iter().map(|c| field(c, "algorithm")).collect();
            assert_eq!(algorithms, ["SHA-256", "MD5"]);
            assert!(challenges.iter().all(|c| field(c, "realm") == "example.net"));
        }),
    },
    Case {
        name: "a caller proves who it is by SHA-256",
        clause: "RFC 8760 §2.4",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            answered(gateway, &mut peer, "SHA-256", "carol", "roses", "modern");
        }),
    },
    Case {
        name: "a caller proves who it is by MD5 where SHA-256 is offered too",
        clause: "RFC 8760 §2.4",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            answered(gateway, &mut peer, "MD5", "carol", "roses", "modern");
        }),
    },
    Case {
        name: "a count that was used is stale",
        clause: "RFC 7616 §3.4.5",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            let (_, challenge) = challenged(&mut peer, "0199000201", 1, "");
            let right = authorization(&challenge, "SHA-256", "carol", "roses", &busy(gateway), 1);
            let invite = peer.request("INVITE", ("0199000201", 2), "", &right);
            peer.send(&invite);
            let refusal = peer.expect("SIP/2.0 486");
            peer.follow(&invite, &refusal, "ACK", 2);
            let (_, again) = challenged(&mut peer, "0199000201", 3, &right);
            assert!(again.contains("stale=true"), "{again}");
        }),
    },
    Case {
        name: "who belongs to a trunk is told by the password where the address says nothing",
        clause: "RFC 3261 §22.2",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, STRANGER, 0);
            answered(gateway, &mut peer, "SHA-256", "dave", "violets", "roaming");
        }),
    },
    Case {
        name: "a user of a trunk with addresses does not call from elsewhere",
        clause: "RFC 3261 §21.4.4",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, STRANGER, 0);
            let (_, challenge) = challenged(&mut peer, "0199000001", 1, "");
            let right = authorization(&challenge, "SHA-256", "carol", "roses", &uri(gateway), 1);
            let invite = peer.request("INVITE", ("0199000001", 2), "", &right);
            peer.send(&invite);
            let refusal = peer.expect("SIP/2.0 403");
            peer.follow(&invite, &refusal, "ACK", 2);
        }),
    },
    Case {
        name: "an emergency call of a trunk is not asked who it is",
        clause: "RFC 6881 §9",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            talk(&mut peer, "112", 1, "");
        }),
    },
    Case {
        name: "OPTIONS is answered without a password",
        clause: "RFC 3261 §11.2",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, MODERN, 0);
            let options = peer.request("OPTIONS", ("0199000001", 1), "", "");
            peer.send(&options);
            peer.expect("SIP/2.0 200");
        }),
    },
    Case {
        name: "a proxy that asks us is told, and nobody else hears of it",
        clause: "RFC 3261 §22.3",
        play: Play::Own(|gateway| {
            asks_us(gateway, "407 Proxy Authentication Required", "Proxy-Auth", "SHA-256");
        }),
    },
    Case {
        name: "a user agent that asks us is told by MD5 where it knows nothing else",
        clause: "RFC 3261 §22.2",
        play: Play::Own(|gateway| asks_us(gateway, "401 Unauthorized", "WWW-Auth", "MD5")),
    },
    Case {
        name: "credentials that a peer refused are not sent again",
        clause: "RFC 3261 §22.1",
        play: Play::Own(|gateway| {
            let callee = Raw::new(gateway, 0, 5070);
            std::thread::scope(|scope| {
                scope.spawn(|| gateway.tocsin(&["originate", "+33199008051", "--hold", "1"]));
                for nonce in ["n1", "n2"] {
                    let invite = callee.expect("INVITE");
                    let challenge = format!(
                        "WWW-Authenticate: Digest realm=\"deaf\", nonce=\"{nonce}\", qop=\"auth\"\r\n"
                    );
                    callee.reply(&invite, "401 Unauthorized", "", &challenge, false);
                    callee.expect("ACK");
                }
                assert!(callee.hears_nothing(1_000), "asked twice, and that is that");
            });
        }),
    },
    Case {
        name: "no secret stands in the log, the metrics or the records",
        clause: "RFC 7616 §5.1",
        play: Play::Own(|gateway| {
            let records = gateway.records().iter().map(ToString::to_string).collect::<String>();
            let metrics = gateway.get("/metrics").unwrap().1;
            for secret in ["wonderland", "roses", "violets", "open sesame"] {
                for text in [&gateway.log(), &records, &metrics] {
                    assert!(!text.contains(secret), "{secret} in {text}");
                }
            }
        }),
    },
];

/// Hosts of peers, beside the gateway's own.
const MODERN: u8 = 251;
const STRANGER: u8 = 252;

fn uri(gateway: &Gateway) -> String {
    format!("sip:0199000001@{}", gateway.sip())
}

fn busy(gateway: &Gateway) -> String {
    format!("sip:0199000201@{}", gateway.sip())
}

/// Sends an INVITE that must be challenged: the INVITE and the first challenge.
fn challenged(peer: &mut Raw, number: &str, cseq: u32, headers: &str) -> (String, String) {
    let invite = peer.request("INVITE", (number, cseq), "", headers);
    peer.send(&invite);
    let refusal = peer.expect("SIP/2.0 401");
    peer.follow(&invite, &refusal, "ACK", cseq);
    let challenge = lines(&refusal, "WWW-Authenticate").first().unwrap().to_string();
    (invite, challenge)
}

fn authorization(
    challenge: &str,
    algorithm: &str,
    user: &str,
    password: &str,
    uri: &str,
    count: u32,
) -> String {
    let (realm, nonce) = (field(challenge, "realm"), field(challenge, "nonce"));
    let a1 = hash(algorithm, &format!("{user}:{realm}:{password}"));
    let a2 = hash(algorithm, &format!("INVITE:{uri}"));
    let response = hash(algorithm, &format!("{a1}:{nonce}:{count:08x}:cn:auth:{a2}"));
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", \
         uri=\"{uri}\", response=\"{response}\", algorithm={algorithm}, cnonce=\"cn\", qop=auth, \
         nc={count:08x}\r\n"
    )
}

/// A call that is answered and ended.
fn talk(peer: &mut Raw, number: &str, cseq: u32, headers: &str) {
    let invite = peer.request("INVITE", (number, cseq), "", headers);
    peer.send(&invite);
    let answer = peer.expect("SIP/2.0 200");
    peer.follow(&invite, &answer, "ACK", cseq);
    peer.follow(&invite, &answer, "BYE", cseq + 1);
    peer.expect("SIP/2.0 200");
}

/// A call with a password; the record says that it came by this trunk.
fn answered(
    gateway: &Gateway,
    peer: &mut Raw,
    algorithm: &str,
    user: &str,
    password: &str,
    trunk: &str,
) {
    // Records of calls before this one, which nobody answered, may still be on their way.
    let of_trunk = |record: &Value| record["answered"].is_string() && record["ingress"] == trunk;
    let answered = || gateway.records().iter().filter(|record| of_trunk(record)).count();
    let before = answered();
    let (_, challenge) = challenged(peer, "0199000001", 1, "");
    let right = authorization(&challenge, algorithm, user, password, &uri(gateway), 1);
    talk(peer, "0199000001", 2, &right);
    gateway.wait_until_idle();
    gateway.until(&format!("a call of {trunk}"), || answered() == before + 1);
}

/// The exchange calls a user agent that asks who we are; the second call is authorised at once.
fn asks_us(gateway: &Gateway, status: &str, header: &str, algorithm: &str) {
    let callee = Raw::new(gateway, 0, 5070);
    let realm = format!("{algorithm}.{header}");
    let (asks, answers) = match header {
        "WWW-Auth" => ("WWW-Authenticate", "Authorization"),
        _ => ("Proxy-Authenticate", "Proxy-Authorization"),
    };
    for call in 0..2_u32 {
        std::thread::scope(|scope| {
            let number = format!("+3319900806{call}");
            let call_us = scope.spawn({
                let number = number.clone();
                move || gateway.tocsin(&["originate", &number, "--hold", "1"])
            });
            let mut invite = callee.expect(&format!("INVITE sip:{number}"));
            if call == 0 {
                let challenge = format!(
                    "{asks}: Digest realm=\"{realm}\", nonce=\"nonce\", algorithm={algorithm}, \
                     qop=\"auth\", opaque=\"op\"\r\n"
                );
                callee.reply(&invite, status, "", &challenge, false);
                callee.expect("ACK");
                let again = callee.expect("INVITE");
                let same = |name| lines(&invite, name) == lines(&again, name);
                assert!(same("Call-ID") && same("From") && same("To"));
                assert_eq!(lines(&again, "CSeq"), ["2 INVITE"]);
                invite = again;
            }
            let given = lines(&invite, answers);
            let given = given.iter().find(|value| field(value, "realm") == realm).unwrap();
            let uri = invite.split(' ').nth(1).unwrap();
            let a1 = hash(algorithm, &format!("tocsin:{realm}:open sesame"));
            let a2 = hash(algorithm, &format!("INVITE:{uri}"));
            let (count, cnonce) = (field(given, "nc"), field(given, "cnonce"));
            let expected = format!("{a1}:nonce:{count}:{cnonce}:auth:{a2}");
            assert_eq!(field(given, "response"), hash(algorithm, &expected), "{given}");
            if call == 0 {
                assert_eq!(count, "00000001");
            }
            callee.reply(&invite, "200 OK", "", "", true);
            callee.expect("ACK");
            let bye = callee.expect("BYE");
            assert!(!lines(&bye, answers).is_empty());
            callee.reply(&bye, "200 OK", "", "", false);
            let (code, told) = call_us.join().unwrap();
            assert_eq!(code, 0, "{told}");
        });
    }
}

/// The demo's trunk asks for MD5 alone, for sipp; others ask for either.
fn configuration(demo: String) -> String {
    let line = |user: &str, realm: &str, password: &str, sha: bool| {
        let text = format!("{user}:{realm}:{password}");
        let sha = if sha { hash("SHA-256", &text) } else { "-".to_owned() };
        format!("{user}:{realm}:{}:{sha}\n", hash("MD5", &text))
    };
    let legacy = file("legacy.users", &line("alice", "legacy.example.net", "wonderland", false));
    let modern = file("modern.users", &line("carol", "example.net", "roses", true));
    let roaming = file("roaming.users", &line("dave", "example.net", "violets", true));
    let password = file("password", "open sesame\n");
    let target = demo.lines().find(|line| line.starts_with("target = ")).unwrap();
    let own = target.split(':').nth(1).unwrap().to_owned();
    let network = own.rsplit_once('.').unwrap().0;
    let trunks = format!(
        "challenge = {{ realm = \"legacy.example.net\", users = {legacy:?} }}\n\
         credentials = {{ user = \"tocsin\", password_file = {password:?} }}\n\n\
         [[sip.trunk]]\nname = \"modern\"\nsources = [\"{network}.{MODERN}\"]\n\
         challenge = {{ realm = \"example.net\", users = {modern:?} }}\n\n\
         [[sip.trunk]]\nname = \"roaming\"\nsources = []\n\
         challenge = {{ realm = \"example.net\", users = {roaming:?} }}\n"
    );
    demo.replace("sources = [\"127.0.0.0/8\"]", &format!("sources = [\"{own}\"]"))
        .replace("trusted = false\n", &format!("trusted = false\n{trunks}"))
}

#[test]
fn trunks_that_ask() {
    case::run_with(CASES, configuration);
}

/// RFC 3261 §10.2: we are registered while we run, called at our Contact, and gone at the end.
#[test]
fn a_trunk_that_is_registered_with() {
    let password = file("registration", "open sesame\n");
    let mut gateway = Gateway::start_with(&[], |demo| {
        let target = demo.lines().find(|line| line.starts_with("target = ")).unwrap();
        let own = target.split(':').nth(1).unwrap().to_owned();
        let keys = format!(
            "trusted = false\n\
             credentials = {{ user = \"tocsin\", password_file = {password:?} }}\n\
             register = {{ registrar = \"udp:{own}:5071\", aor = \"sip:tocsin@example.net\", \
             contact_user = \"0199000001\", expires = \"60s\" }}\n"
        );
        demo.replace("sources = [\"127.0.0.0/8\"]", "sources = []")
            .replace("trusted = false\n", &keys)
    });
    let mut registrar = Raw::new(&gateway, 0, 5071);
    let first = registrar.expect("REGISTER sip:example.net SIP/2.0");
    assert!(lines(&first, "Contact")[0].starts_with("<sip:0199000001@"), "{first}");
    let challenge = "WWW-Authenticate: Digest realm=\"example.net\", nonce=\"n\", qop=\"auth\"\r\n";
    registrar.reply(&first, "401 Unauthorized", "", challenge, false);
    let again = std::iter::repeat_with(|| registrar.expect("REGISTER"))
        .find(|request| request.contains("Authorization: "))
        .unwrap();
    let given = lines(&again, "Authorization")[0];
    let a1 = hash("MD5", "tocsin:example.net:open sesame");
    let a2 = hash("MD5", "REGISTER:sip:example.net");
    let expected = format!("{a1}:n:00000001:{}:auth:{a2}", field(given, "cnonce"));
    assert_eq!(field(given, "response"), hash("MD5", &expected));
    assert_eq!(gateway.metric("tocsin_sip_registered", &["trunk=\"voip\""]), 0.0);
    let (_, shown) = gateway.tocsin(&["trunks"]);
    assert!(shown.contains("voip: not registered with sip:example.net"), "{shown}");
    registrar.reply(&again, "200 OK", "", "Expires: 10\r\n", false);
    gateway.wait_for_metric("tocsin_sip_registered", 1.0);
    let (_, shown) = gateway.tocsin(&["trunks"]);
    assert!(shown.contains("voip: registered with sip:example.net for "), "{shown}");
    let (_, shown) = gateway.tocsin(&["trunks", "--json"]);
    assert!(shown.contains("\"registered\":true,\"expires_seconds\":"), "{shown}");
    // The registrar fails when it is asked again, at half of the time; the binding holds.
    let refresh = registrar.expect("REGISTER");
    registrar.reply(&refresh, "500 Server Internal Error", "", "", false);
    let later = registrar.expect("REGISTER");
    registrar.reply(&later, "200 OK", "", "Expires: 60\r\n", false);
    let shown = std::iter::repeat_with(|| gateway.tocsin(&["trunks"]).1);
    let mut shown = shown.take(50).filter(|shown| shown.contains("; 500 "));
    assert!(shown.next().unwrap().contains("voip: registered with sip:example.net for "));

    // A call to our Contact comes from the registrar, and is of its trunk.
    talk(&mut registrar, "0199000001", 1, "");
    gateway.wait_until_idle();
    assert_eq!(gateway.records()[0]["ingress"], "voip");

    // §10.2.2
    gateway.signal("TERM");
    let last = registrar.expect("REGISTER");
    assert_eq!(lines(&last, "Expires"), ["0"]);
    registrar.reply(&last, "200 OK", "", "", false);
    let (code, _) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
}

/// Where an emergency call is taken from is the operator's policy; RFC 6881 §9 asks of networks
/// that they take those of their own.
#[test]
fn emergency_calls_of_strangers_are_taken_where_the_policy_says_so() {
    for taken in [false, true] {
        let gateway = Gateway::start_with(&[], |demo| {
            let policy = format!("dscp = 24\nemergency_from_anywhere = {taken}\n");
            demo.replace("sources = [\"127.0.0.0/8\"]", "sources = [\"192.0.2.0/24\"]")
                .replace("dscp = 24\n", &policy)
        });
        let mut peer = Raw::new(&gateway, STRANGER, 0);
        let ordinary = peer.request("INVITE", ("0199000001", 1), "", "");
        peer.send(&ordinary);
        let refusal = peer.expect("SIP/2.0 403");
        peer.follow(&ordinary, &refusal, "ACK", 1);
        if taken {
            talk(&mut peer, "112", 2, "");
            gateway.wait_until_idle();
            assert_eq!(gateway.metric("tocsin_sip_strangers_emergencies_total", &[]), 1.0);
            let records = gateway.records();
            let emergency = records.iter().find(|record| record["class"] == "emergency").unwrap();
            assert_eq!(emergency["ingress"], "unknown", "{emergency}");
        } else {
            let invite = peer.request("INVITE", ("112", 2), "", "");
            peer.send(&invite);
            let refusal = peer.expect("SIP/2.0 403");
            peer.follow(&invite, &refusal, "ACK", 2);
        }
    }
}
