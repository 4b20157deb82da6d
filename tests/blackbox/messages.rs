//! How messages may be written, which of them are refused with what, and where dialogs lead.

use crate::support::case::{self, Case, Play};
use crate::support::peer::{Peer, header};
use crate::support::scenario::{Request, SDP, Scenario};
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

/// Answers at once, is busy, and answers and hangs up after five seconds.
const ANSWERS: &str = "0199001001";
const BUSY: &str = "0199000201";
const HANGS_UP: &str = "0199000701";

/// A call by an INVITE of its own that is answered, and hung up.
fn works(invite: Request) -> Scenario {
    Scenario::calling(invite).maybe(180).answered().pause(200).hang_up()
}

fn invite() -> Request {
    Request::outside("INVITE", 1).sdp(SDP)
}

/// The peer's INVITE changed, which must be answered with 200; the call is ended.
fn written_otherwise(peer: &mut Peer, text: &str) {
    peer.send(text);
    peer.expect_status(200, "INVITE");
    peer.send(&peer.request("ACK", 1, ""));
    peer.hang_up(2);
}

/// An INVITE with a part of this head and of every octet before its offer: line ends of all kinds,
/// what begins like a delimiter and is none, and no text.
fn in_parts(caller: &Peer, head: &str) -> Vec<u8> {
    let every: Vec<u8> = (0..=255).collect();
    let odd = b"\r\n--part\x00\r\n --part\r\n\n\r--par\r\n--parts\r\nInvite: --part--\r\n\r\n";
    let sdp = caller.sdp("8", "");
    let body = [
        format!("--part\r\n{head}\r\n").as_bytes(),
        &every,
        odd,
        &every,
        b"\r\n--part\r\nContent-Type: application/sdp\r\n\r\n",
        sdp.as_bytes(),
        b"--part--\r\n",
    ]
    .concat();
    let invite = caller.request("INVITE", 1, "");
    let start = invite.replacen("Content-Length: 0\r\n\r\n", "", 1);
    let kind = "Content-Type: multipart/mixed;boundary=part\r\n";
    let length = format!("Content-Length: {}\r\n\r\n", body.len());
    [start.as_bytes(), kind.as_bytes(), length.as_bytes(), &body].concat()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "header names in their compact form",
        clause: "RFC 3261 §7.3.3",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let names = [
                ("Via:", "v:"),
                ("From:", "f:"),
                ("To:", "t:"),
                ("Call-ID:", "i:"),
                ("Contact:", "m:"),
                ("Content-Type:", "c:"),
                ("Content-Length:", "l:"),
            ];
            let invite = names.iter().fold(caller.invite(), |text, (long, short)| {
                text.replacen(&format!("\r\n{long}"), &format!("\r\n{short}"), 1)
            });
            written_otherwise(&mut caller, &invite);
        }),
    },
    Case {
        name: "header values over several lines",
        clause: "RFC 3261 §7.3.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let folded = caller
                .invite()
                .replacen("From: <", "From:\r\n  <", 1)
                .replacen("CSeq: 1 ", "CSeq: 1\r\n\t", 1)
                .replacen("Max-Forwards: 70", "Subject: a\r\n b\r\n  c\r\nMax-Forwards: 70", 1);
            written_otherwise(&mut caller, &folded);
        }),
    },
    Case {
        name: "names in any case, space before the colon, and headers that nobody knows",
        clause: "RFC 3261 §7.3.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let odd = caller
                .invite()
                .replacen("Call-ID:", "cALL-iD :", 1)
                .replacen("CSeq:", "cseq\t:", 1)
                .replacen("Contact:", "X-Nobody: <\"'>;,\r\nCONTACT:", 1);
            written_otherwise(&mut caller, &odd);
        }),
    },
    Case {
        name: "several Vias come back all, in their order, whatever their lines were",
        clause: "RFC 3261 §8.2.6.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let more = ", SIP/2.0/TCP p1.example.net;branch=z9hG4bK-1\r\n\
                        Via: SIP / 2.0 / UDP [2001:db8::9]:5070 ;branch=z9hG4bK-2\r\nMax-Forwards";
            let text = caller.request("OPTIONS", 1, "").replacen("\r\nMax-Forwards", more, 1);
            caller.send(&text);
            let answer = caller.expect_status(200, "OPTIONS");
            let here = caller.address().to_string();
            let order = [here.as_str(), "p1.example.net", "[2001:db8::9]:5070"];
            let found: Vec<_> = order.iter().filter_map(|via| answer.find(via)).collect();
            assert!(found.len() == 3 && found.is_sorted(), "{answer}");
        }),
    },
    Case {
        name: "a tel URI, with visual separators",
        clause: "RFC 3966 §5.1.1",
        play: Play::Call(ANSWERS, || works(invite().uri("tel:+33-1.99(00)10-01"))),
    },
    Case {
        name: "escaped digits in the user part",
        clause: "RFC 3261 §19.1.2",
        play: Play::Call(ANSWERS, || {
            works(invite().uri("sip:%30199%300100%31@[remote_ip]:[remote_port]"))
        }),
    },
    Case {
        name: "urn:service:sos with a priority is an emergency call",
        clause: "RFC 5031 §4.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, "112");
            caller.uri = "urn:service:sos".to_owned();
            let priority = "Resource-Priority: esnet.0\r\nMax-Forwards";
            caller.send(&caller.invite().replacen("Max-Forwards", priority, 1));
            caller.expect_status(180, "INVITE");
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(2);
            gateway.wait_until_idle();
            assert_eq!(gateway.records().last().unwrap()["class"], "emergency");
        }),
    },
    Case {
        name: "an emergency call with its caller's location beside the offer",
        clause: "RFC 6442 §4.1",
        play: Play::Call("112", || {
            let body = format!(
                "--part\nContent-Type: application/sdp\n\n{SDP}\n--part\n\
                 Content-Type: application/pidf+xml\nContent-ID: <caller@example.net>\n\n\
                 <presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>\n\n--part--\n"
            );
            let invite = Request::outside("INVITE", 1)
                .header("Geolocation: <cid:caller@example.net>")
                .body("multipart/mixed;boundary=part", &body);
            Scenario::calling(invite).progress(180).answered().pause(200).hang_up()
        }),
    },
    Case {
        name: "an offer in a part whose handling is required, beside one whose handling is not",
        clause: "RFC 5621 §8.1",
        play: Play::Call(ANSWERS, || {
            let body = format!(
                "--part\nContent-Type: multipart/mixed;boundary=inner\n\
                 Content-Disposition: render;handling=optional\n\n\
                 --inner\nContent-Type: text/x-thing\n\nx\n--inner--\n--part\n\
                 Content-Type: application/sdp\nContent-Transfer-Encoding: binary\n\
                 Content-Disposition: session;handling=required\n\n{SDP}\n--part--\n"
            );
            works(Request::outside("INVITE", 1).body("multipart/mixed;boundary=part", &body))
        }),
    },
    Case {
        name: "a part in an unknown encoding gets 415 and what we take",
        clause: "RFC 3261 §21.4.13",
        play: Play::Call(ANSWERS, || {
            let body = format!(
                "--part\nContent-Type: application/sdp\nContent-Encoding: gzip\n\n{SDP}\n--part--\n"
            );
            let mixed = "multipart/mixed;boundary=part";
            Scenario::calling(Request::outside("INVITE", 1).body(mixed, &body))
                .expect(415, "Accept-Encoding: *identity")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "an offer beside an ISUP message that need not be understood",
        clause: "RFC 3204 §3",
        play: Play::Call(ANSWERS, || {
            let body = format!(
                "--part\nContent-Type: application/sdp\n\n{SDP}\n--part\n\
                 Content-Type: application/ISUP;version=itu-t92+\n\
                 Content-Disposition: signal;handling=optional\n\nxx\n\n--part--\n"
            );
            let mixed = "multipart/mixed; boundary=\"part\"";
            works(Request::outside("INVITE", 1).body(mixed, &body))
        }),
    },
    Case {
        name: "a part of any octets that need not be understood is left, octet for octet",
        clause: "RFC 2046 §5.1.1",
        play: Play::Own(|gateway| {
            for coding in ["Content-Transfer-Encoding: binary\r\n", ""] {
                let mut caller = Peer::calling(gateway, ANSWERS);
                let head = format!(
                    "Content-Type: application/x-thing\r\n{coding}\
                     Content-Disposition: render;handling=optional\r\n"
                );
                caller.send_octets(&in_parts(&caller, &head));
                caller.expect_status(200, "INVITE");
                caller.send(&caller.request("ACK", 1, ""));
                caller.hang_up(2);
            }
        }),
    },
    Case {
        name: "a part of any octets that must be understood and is not gets 415 and what we take",
        clause: "RFC 5621 §8.4",
        play: Play::Own(|gateway| {
            for handling in ["Content-Disposition: render;handling=required\r\n", ""] {
                let mut caller = Peer::calling(gateway, ANSWERS);
                let head = format!("Content-Type: application/x-thing\r\n{handling}");
                caller.send_octets(&in_parts(&caller, &head));
                let answer = caller.expect_status(415, "INVITE");
                assert!(header(&answer, "Accept").unwrap().contains("application/sdp"), "{answer}");
                caller.acknowledge_failure();
            }
        }),
    },
    Case {
        name: "parts of any octets end where their Content-Length says, on a connection too",
        clause: "RFC 3261 §7.5",
        play: Play::Own(|gateway| {
            let mut stream = TcpStream::connect(gateway.sip()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let caller = Peer::calling(gateway, BUSY);
            let head = "Content-Type: application/x-thing\r\n\
                        Content-Disposition: render;handling=optional\r\n";
            let mut octets = in_parts(&caller, head);
            let udp = octets.windows(11).position(|part| part == b"SIP/2.0/UDP").unwrap();
            octets[udp + 8..udp + 11].copy_from_slice(b"TCP");
            let options = caller.request("OPTIONS", 7, "").replace("SIP/2.0/UDP", "SIP/2.0/TCP");
            octets.extend(options.as_bytes());
            for part in octets.chunks(97) {
                stream.write_all(part).unwrap();
            }
            let mut heard = String::new();
            let mut buffer = [0; 4_096];
            while !(heard.contains("\r\nCSeq: 7 OPTIONS\r\n") && heard.contains("SIP/2.0 486 ")) {
                let length = stream.read(&mut buffer).unwrap();
                assert!(length > 0, "closed after {heard}");
                heard += &String::from_utf8_lossy(&buffer[..length]);
            }
            assert!(!heard.contains("SIP/2.0 4") || heard.matches("SIP/2.0 4").count() == 1);
            let tag = heard.split("SIP/2.0 486 ").nth(1).unwrap();
            let to = tag.lines().find(|line| line.starts_with("To:")).unwrap();
            let invite = String::from_utf8_lossy(&octets).into_owned();
            let line = |name: &str| invite.lines().find(|line| line.starts_with(name)).unwrap();
            let ack = format!(
                "ACK {} SIP/2.0\r\n{}\r\n{}\r\n{to}\r\n{}\r\nCSeq: 1 ACK\r\n\
                 Content-Length: 0\r\n\r\n",
                caller.uri,
                line("Via:"),
                line("From:"),
                line("Call-ID:")
            );
            stream.write_all(ack.as_bytes()).unwrap();
        }),
    },
    Case {
        name: "a method that nobody knows gets 501 and what we know",
        clause: "RFC 3261 §21.5.2",
        play: Play::Call(ANSWERS, || {
            Scenario::silent_caller()
                .send(Request::outside("FETCH", 1))
                .expect(501, "Allow: .*INVITE")
        }),
    },
    Case {
        name: "a method that we do not take gets 405 and what we take",
        clause: "RFC 3261 §8.2.1",
        play: Play::Call(ANSWERS, || {
            Scenario::silent_caller()
                .send(Request::outside("SUBSCRIBE", 1).header("Event: presence"))
                .expect(405, "Allow: .*INVITE")
        }),
    },
    Case {
        name: "an extension that we do not have gets 420 and its name",
        clause: "RFC 3261 §8.2.2.3",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(invite().header("Require: timer, teleport"))
                .expect(420, "Unsupported: *teleport")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "a body of a type we cannot read gets 415 and what we read",
        clause: "RFC 3261 §8.2.3",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(Request::outside("INVITE", 1).body("text/plain", "hello\n"))
                .expect(415, "Accept: .*application/sdp")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "a body that is compressed gets 415 and that we want it plain",
        clause: "RFC 3261 §8.2.3",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(invite().header("Content-Encoding: gzip"))
                .expect(415, "Accept-Encoding: *identity")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "a body that need not be understood is left unread",
        clause: "RFC 3261 §20.11",
        play: Play::Call(ANSWERS, || {
            let invite = Request::outside("INVITE", 1)
                .header("Content-Disposition: icon;handling=optional")
                .body("image/png", "PNG\n");
            Scenario::calling(invite)
                .expect(200, "m=audio")
                .send(Request::ack(1).sdp(SDP))
                .hang_up()
        }),
    },
    Case {
        name: "another version of SIP gets 505",
        clause: "RFC 3261 §21.5.6",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.send(&caller.request("OPTIONS", 1, "").replacen(" SIP/2.0\r", " SIP/3.0\r", 1));
            caller.expect_status(505, "OPTIONS");
        }),
    },
    Case {
        name: "what lacks To, From or Call-ID gets 400, and without CSeq nothing can answer it",
        clause: "RFC 4475 §3.3.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let text = caller.request("OPTIONS", 1, "");
            for name in ["To", "From", "Call-ID", "CSeq"] {
                let value = header(&text, name).unwrap();
                caller.send(&text.replace(&format!("{name}: {value}\r\n"), ""));
                if name != "CSeq" {
                    caller.expect_status(400, "OPTIONS");
                }
            }
            caller.silence(300);
            caller.send(&text);
            caller.expect_status(200, "OPTIONS");
        }),
    },
    Case {
        name: "a request without Max-Forwards is served",
        clause: "RFC 3261 §16.3 (3), §16.6 (3)",
        play: Play::Call(ANSWERS, || works(invite().edit("Max-Forwards: 70\n", ""))),
    },
    Case {
        name: "an INVITE of RFC 2543, without a Contact, a branch and Max-Forwards, is served",
        clause: "RFC 4475 §3.4.1",
        play: Play::Call(ANSWERS, || {
            let contact = "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>\n";
            let invite = invite().edit(contact, "").edit("Max-Forwards: 70\n", "");
            works(invite.edit(";branch=z9hG4bK[pid]-[call_number]-1\n", "\n"))
        }),
    },
    Case {
        name: "an INVITE without a Contact gets 400",
        clause: "RFC 3261 §8.1.1.8",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let contact = format!("Contact: <sip:peer@{}>\r\n", caller.address());
            caller.send(&caller.invite().replace(&contact, ""));
            caller.expect_status(400, "INVITE");
            caller.acknowledge_failure();
        }),
    },
    Case {
        name: "a CSeq whose method is another gets 400",
        clause: "RFC 3261 §20.16",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let text = caller.request("OPTIONS", 1, "");
            caller.send(&text.replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"));
            caller.expect("SIP/2.0 400 ");
        }),
    },
    Case {
        name: "a datagram shorter than its Content-Length gets 400",
        clause: "RFC 3261 §18.3",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let text = caller.request("OPTIONS", 1, "");
            caller.send(&text.replace("Content-Length: 0", "Content-Length: 10"));
            caller.expect_status(400, "OPTIONS");
        }),
    },
    Case {
        name: "octets behind the Content-Length of a datagram are left",
        clause: "RFC 3261 §18.3",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let text = caller.invite() + "these are too many";
            written_otherwise(&mut caller, &text);
        }),
    },
    Case {
        name: "a message beyond all bounds gets 513",
        clause: "RFC 3261 §21.5.7",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let long = format!("Subject: {}\r\nMax-Forwards", "x".repeat(60_000));
            caller.send(&caller.request("OPTIONS", 1, "").replacen("Max-Forwards", &long, 1));
            caller.expect_status(513, "OPTIONS");
        }),
    },
    Case {
        name: "Record-Route comes back in what makes the dialog",
        clause: "RFC 3261 §12.1.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let routes = format!(
                "Record-Route: <sip:one@{0};lr>,<sip:two@{0};lr>\r\n\
                 Record-Route: <sip:three@{0};lr>\r\nMax-Forwards",
                caller.address()
            );
            caller.send(&caller.invite().replacen("Max-Forwards", &routes, 1));
            let answer = caller.expect_status(200, "INVITE");
            let found: Vec<_> =
                ["<sip:one@", "<sip:two@", "<sip:three@"].map(|uri| answer.find(uri)).to_vec();
            assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{answer}");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(2);
        }),
    },
    Case {
        name: "our requests take the caller's route set in its order",
        clause: "RFC 3261 §12.2.1.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, HANGS_UP);
            let here = caller.address();
            let routes =
                format!("Record-Route: <sip:one@{here};lr>, <sip:two@{here};lr>\r\nMax-Forwards");
            caller.send(&caller.invite().replacen("Max-Forwards", &routes, 1));
            caller.expect_status(180, "INVITE");
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 1, ""));
            let bye = caller.expect("BYE ");
            assert!(bye.starts_with(&format!("BYE sip:peer@{here} ")), "{bye}");
            let (one, two) = (bye.find("<sip:one@").unwrap(), bye.find("<sip:two@").unwrap());
            assert!(one < two, "{bye}");
            caller.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "our requests take the callee's route set in reverse",
        clause: "RFC 3261 §12.1.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008070", 0.3);
            let invite = callee.expect("INVITE ");
            let here = callee.address();
            let routes =
                format!("Record-Route: <sip:far@{here};lr>, <sip:near@{here};lr>\r\nContact");
            let answer = callee.response(&invite, "200 OK", &callee.sdp("8", ""));
            callee.send(&answer.replacen("Contact", &routes, 1));
            for method in ["ACK ", "BYE "] {
                let request = callee.expect(method);
                assert!(request.starts_with(&format!("{method}sip:peer@{here} ")), "{request}");
                let near = request.find("<sip:near@").expect("no Route");
                assert!(near < request.find("<sip:far@").unwrap(), "{request}");
                if method == "BYE " {
                    callee.answer(&request, "200 OK", "");
                }
            }
        }),
    },
    Case {
        name: "a strict router finds itself in the request URI and the target last in Route",
        clause: "RFC 3261 §12.2.1.1",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008071", 0.3);
            let invite = callee.expect("INVITE ");
            let here = callee.address();
            let routes =
                format!("Record-Route: <sip:far@{here};lr>, <sip:strict@{here}>\r\nContact");
            let answer = callee.response(&invite, "200 OK", &callee.sdp("8", ""));
            callee.send(&answer.replacen("Contact", &routes, 1));
            for method in ["ACK ", "BYE "] {
                let request = callee.expect(method);
                assert!(request.starts_with(&format!("{method}sip:strict@{here} ")), "{request}");
                let far = request.find("<sip:far@").expect("no Route");
                let target = request.find(&format!("<sip:peer@{here}>")).expect("no target");
                assert!(far < target, "{request}");
                if method == "BYE " {
                    callee.answer(&request, "200 OK", "");
                }
            }
        }),
    },
    Case {
        name: "a new Contact in a re-INVITE is where our next request goes",
        clause: "RFC 3261 §12.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, HANGS_UP);
            caller.send(&caller.invite());
            caller.expect_status(180, "INVITE");
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 1, ""));
            let moved = UdpSocket::bind((gateway.address, 0)).unwrap();
            moved.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
            let there = moved.local_addr().unwrap();
            let contact = |at| format!("Contact: <sip:peer@{at}>");
            let again = caller.request("INVITE", 2, &caller.sdp("8", ""));
            caller.send(&again.replace(&contact(caller.address()), &contact(there)));
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 2, ""));
            let mut buffer = [0; 4096];
            let (length, _) = moved.recv_from(&mut buffer).expect("nothing at the new Contact");
            let bye = String::from_utf8_lossy(&buffer[..length]).into_owned();
            assert!(bye.starts_with(&format!("BYE sip:peer@{there} ")), "{bye}");
            moved.send_to(caller.response(&bye, "200 OK", "").as_bytes(), gateway.sip()).unwrap();
        }),
    },
    Case {
        name: "OPTIONS within the dialog is answered and changes nothing",
        clause: "RFC 3261 §11.2",
        play: Play::Call(ANSWERS, || {
            Scenario::caller()
                .answered()
                .send(Request::within("OPTIONS", 2))
                .expect(200, "Allow: .*INVITE")
                .hang_up_as(3)
        }),
    },
    Case {
        name: "two requests in one TCP segment are two, one in many segments is one",
        clause: "RFC 3261 §18.3",
        play: Play::Own(|gateway| {
            let mut stream = TcpStream::connect(gateway.sip()).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let options = |number| {
                let peer = Peer::calling(gateway, BUSY);
                peer.request("OPTIONS", number, "").replace("SIP/2.0/UDP", "SIP/2.0/TCP")
            };
            stream.write_all((options(1) + "\r\n\r\n" + &options(2)).as_bytes()).unwrap();
            for part in options(3).as_bytes().chunks(40) {
                stream.write_all(part).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut heard = String::new();
            let mut buffer = [0; 4096];
            while heard.matches("\r\nContent-Length: 0\r\n\r\n").count() < 3 {
                let length = stream.read(&mut buffer).unwrap();
                assert!(length > 0, "closed after {heard}");
                heard += &String::from_utf8_lossy(&buffer[..length]);
            }
            for number in 1..=3 {
                assert!(heard.contains(&format!("CSeq: {number} OPTIONS")), "{heard}");
            }
        }),
    },
];

#[test]
fn messages_as_they_may_be() {
    case::run(CASES);
}
