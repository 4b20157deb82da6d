use super::*;

const AUDIO: &str = "v=0\r\no=alice 53655765 2353687637 IN IP4 192.0.2.1\r\ns=-\r\n\
    c=IN IP4 192.0.2.2\r\nt=0 0\r\na=group:X 1\r\na=recvonly\r\n\
    m=audio 49170 RTP/AVP 8 0 101\r\nc=IN IP4 192.0.2.3\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:60\r\n\
    a=sendonly\r\na=rtcp-mux\r\nm=image 0 udptl t38\r\na=T38FaxVersion:0\r\n";

fn ip(text: &str) -> Address {
    text.parse::<std::net::IpAddr>().unwrap().into()
}

fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    SessionDescription::parse(text.as_bytes())
}

#[test]
fn every_field_has_its_place() {
    let sdp = parse(AUDIO).unwrap();
    let origin = Origin {
        username: "alice".into(),
        session_id: "53655765".into(),
        version: 2_353_687_637,
        address: ip("192.0.2.1"),
    };
    assert_eq!(sdp.origin, origin);
    assert_eq!(sdp.connection, Some(ip("192.0.2.2")));
    assert_eq!(sdp.direction, Some(Direction::RecvOnly));
    assert_eq!(sdp.attributes, [("group".to_owned(), Some("X 1".to_owned()))]);
    let [audio, image] = &sdp.media[..] else { panic!("{:?}", sdp.media) };
    assert_eq!(
        (audio.kind.as_str(), audio.port, audio.protocol.as_str()),
        ("audio", 49170, "RTP/AVP")
    );
    assert_eq!(audio.formats, ["8", "0", "101"]);
    assert_eq!(audio.connection, Some(ip("192.0.2.3")));
    assert_eq!(audio.direction, Some(Direction::SendOnly));
    let map = |payload, encoding: &str| RtpMap {
        payload,
        encoding: encoding.into(),
        rate: 8000,
        parameters: None,
    };
    assert_eq!(audio.rtpmaps, [map(8, "PCMA"), map(101, "telephone-event")]);
    assert_eq!(audio.fmtps, [(101, "0-15".to_owned())]);
    assert_eq!((audio.ptime, audio.maxptime), (Some(20), Some(60)));
    assert_eq!(audio.attributes, [("rtcp-mux".to_owned(), None)]);
    assert_eq!(
        (image.kind.as_str(), image.port, image.formats.as_slice()),
        ("image", 0, &["t38".to_owned()][..])
    );
}

#[test]
fn what_is_written_reads_the_same() {
    let sdp = parse(AUDIO).unwrap();
    assert_eq!(SessionDescription::parse(&sdp.write()).unwrap(), sdp);
    let mut sdp = SessionDescription::new(Origin {
        username: "-".into(),
        session_id: "1".into(),
        version: 2,
        address: ip("2001:db8::1"),
    });
    sdp.connection = Some(ip("2001:db8::1"));
    let mut media = Media::new("audio", 6000, "RTP/AVP");
    media.formats = vec!["8".into()];
    media.direction = Some(Direction::SendRecv);
    sdp.media.push(media);
    let written = String::from_utf8(sdp.write()).unwrap();
    assert_eq!(
        written,
        "v=0\r\no=- 1 2 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\n\
         m=audio 6000 RTP/AVP 8\r\na=sendrecv\r\n"
    );
    assert_eq!(parse(&written).unwrap(), sdp);
}

#[test]
fn a_value_cannot_add_a_line() {
    let mut sdp = parse(AUDIO).unwrap();
    sdp.origin.username = "x\r\nc=IN IP4 192.0.2.66".into();
    sdp.media[0].attributes.push(("x\r\nm=video 1 X 1".into(), Some("\ny".into())));
    let again = SessionDescription::parse(&sdp.write());
    assert!(again.is_err() || again.unwrap().media.len() == 2);
}

#[test]
fn what_is_not_well_formed_stays_an_attribute() {
    for line in ["rtpmap:8 PCMA", "rtpmap:300 X/8000", "fmtp:x y", "ptime:often", "fmtp:8"] {
        let text = format!("{AUDIO}a={line}\r\n");
        let sdp = parse(&text).unwrap();
        let (name, value) = line.split_once(':').unwrap();
        let kept = (name.to_owned(), Some(value.to_owned()));
        assert!(sdp.media[1].attributes.contains(&kept), "{line}");
    }
}

#[test]
fn rfc8866_5_7_host_names_stay_what_they_are() {
    for family in ["IP4", "IP6"] {
        let name = format!("IN {family} media.example.com");
        let text = AUDIO.replace("IN IP4 192.0.2.3", &name).replace("IN IP4 192.0.2.1", &name);
        let named = parse(&text).unwrap();
        let address = named.address_of(&named.media[0]).unwrap();
        assert_eq!((address.text.as_str(), address.ip()), ("media.example.com", None));
        let written = String::from_utf8(named.write()).unwrap();
        assert_eq!(written.matches(&name).count(), 2, "{written}");
        assert_eq!(parse(&written).unwrap(), named);
    }
    let multicast = parse(&AUDIO.replace("192.0.2.3", "233.252.0.1/127/3")).unwrap();
    assert_eq!(multicast.media[0].connection.as_ref().unwrap().ip(), ip("233.252.0.1").ip());
    assert!(multicast.write().windows(17).any(|text| text == b"233.252.0.1/127/3"));
    // The family is of the address, whatever is said about it.
    let wrong = parse(&AUDIO.replace("192.0.2.3", "2001:db8::1")).unwrap();
    assert_eq!(wrong.media[0].connection.as_ref().unwrap().ip(), ip("2001:db8::1").ip());
    let other = parse(&AUDIO.replace("IN IP4 192.0.2.3", "ATM NSAP 47.0091.8100")).unwrap();
    assert_eq!(parse(&String::from_utf8(other.write()).unwrap()).unwrap(), other);
}

#[test]
fn odd_octets_and_numbers() {
    let long = AUDIO.replace("53655765", "99999999999999999999999");
    assert_eq!(parse(&long).unwrap().origin.session_id, "99999999999999999999999");
    let mut latin = AUDIO.as_bytes().to_vec();
    let at = AUDIO.find("s=-").unwrap() + 2;
    latin[at] = 0xe9;
    assert!(SessionDescription::parse(&latin).is_ok());
    assert!(matches!(parse("m=audio"), Err(SdpError::Syntax(_))));
    assert!(matches!(parse(""), Err(SdpError::Syntax(_))));
}

#[test]
fn a_slip_in_what_a_gateway_does_not_need_costs_no_call() {
    let whole = parse(AUDIO).unwrap();
    for (right, slip) in [
        ("2353687637", "99999999999999999999999"),
        ("t=0 0", "t=now"),
        ("t=0 0", "r=7d 1h 0"),
        ("s=-", "s=-\r\ns=-"),
        ("s=-", "s=-\r\nb=AS:much"),
        ("s=-", "s=-\r\n"),
        ("s=-", "s=-\r\n \r\n"),
        ("o=alice", "o=Alice of Wonderland"),
    ] {
        let read = parse(&AUDIO.replace(right, slip)).unwrap();
        assert_eq!((&read.media, &read.connection), (&whole.media, &whole.connection), "{slip}");
        assert_eq!(read.direction, whole.direction, "{slip}");
    }
    for (right, slip) in [("49170", "often"), ("c=IN IP4", "c=IP4"), ("v=0", "v=1")] {
        assert!(matches!(parse(&AUDIO.replace(right, slip)), Err(SdpError::Syntax(_))), "{slip}");
    }
}

#[test]
fn more_than_is_read_is_refused() {
    let lines = |count| {
        let attributes = "a=x\r\n".repeat(count);
        parse(&format!("v=0\r\n{attributes}m=audio 1 RTP/AVP 8\r\n{attributes}"))
    };
    assert!(lines(LINES / 2 - 1).is_ok());
    assert_eq!(lines(LINES / 2), Err(SdpError::TooLong));
    let formats = |count| parse(&format!("v=0\r\nm=audio 1 RTP/AVP{}\r\n", " 8".repeat(count)));
    assert_eq!(formats(FORMATS).map(|read| read.media[0].formats.len()), Ok(FORMATS));
    assert_eq!(formats(FORMATS + 1), Err(SdpError::TooLong));
}

/// A description with one audio section that has these lines.
fn audio(formats: &str, lines: &[&str]) -> Media {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let text = format!("v=0\r\nm=audio 4000 RTP/AVP {formats}\r\n{lines}");
    parse(&text).unwrap().media.remove(0)
}

#[test]
fn what_a_gateway_does_not_touch_is_written_as_it_was_read() {
    let text = "v=0\r\no=- 1 2 IN IP6 2001:db8::1\r\ns=A call\r\nc=IN IP6 2001:db8::2\r\n\
        b=AS:64\r\nt=3724394400 0\r\na=group:BUNDLE 1 2\r\nm=audio 49170/2 RTP/AVP 8 101\r\n\
        i=Speech\r\nb=TIAS:64000\r\nb=RR:0\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n\
        a=mid:1\r\na=sendonly\r\nm=video 0 RTP/AVP 31\r\nm=audio 5 RTP/AVP 0\r\n";
    let sdp = parse(text).unwrap();
    assert_eq!(String::from_utf8(sdp.write()).unwrap(), text);
    assert_eq!(sdp.media[0].kept.ports, Some(2));
    assert!(sdp.media[1].is_rejected() && !sdp.media[2].is_rejected());
    let groups: Vec<_> = sdp.groups().map(|(kind, mids)| (kind, mids.collect())).collect();
    assert_eq!(groups, [("BUNDLE", vec!["1", "2"])]);
    assert_eq!(sdp.media[0].mid(), Some("1"));
}

#[test]
fn rfc8866_5_every_line_is_written_again() {
    let text = "v=0\r\no=- 1 2 IN IP6 h.example.com\r\ns= \r\ni=About\r\n\
        u=http://example.com/\r\ne=a@example.com (A)\r\ne=b@example.com\r\n\
        p=+33 1 99 00 00 01\r\nc=IN IP6 ff15::101/3\r\nb=X-YZ:128\r\n\
        t=3724394400 3724398000\r\nr=7d 1h 0 25h\r\nr=604800 3600 0\r\nt=1 0\r\n\
        z=3730928400 -1h 3749680800 0\r\nk=prompt\r\na=tool:x\r\nm=audio 49170 RTP/AVP 0\r\n\
        i=Speech\r\nc=IN IP4 233.252.0.1/127\r\nc=IN IP4 233.252.0.2/127\r\nk=clear:x\r\n";
    let sdp = parse(text).unwrap();
    // RFC 8866 §5.12: "MUST discard it if it is received".
    let kept = text.replace("k=prompt\r\n", "").replace("k=clear:x\r\n", "");
    let kept = kept.replace("r=7d 1h 0 25h\r\nr=604800 3600", "r=7d 1h 0 25h\r\nr=7d 1h");
    assert_eq!(String::from_utf8(sdp.write()).unwrap(), kept);
    assert_eq!(parse(&kept).unwrap(), sdp);
    let repeat =
        |offsets: &[u64]| Repeat { interval: 604_800, duration: 3_600, offsets: offsets.to_vec() };
    assert_eq!(sdp.kept.times[0].repeats, [repeat(&[0, 90_000]), repeat(&[0])]);
    assert_eq!(sdp.kept.zones, [(3_730_928_400, -3_600), (3_749_680_800, 0)]);
    assert_eq!(sdp.media[0].kept.connections.len(), 1);
}

#[test]
fn rfc8866_6_7_directions_and_addresses_of_the_session_hold_for_its_sections() {
    let sdp = parse(AUDIO).unwrap();
    let of = |media: &Media| (sdp.direction_of(media), sdp.address_of(media).cloned());
    assert_eq!(of(&sdp.media[0]), (Direction::SendOnly, Some(ip("192.0.2.3"))));
    assert_eq!(of(&sdp.media[1]), (Direction::RecvOnly, Some(ip("192.0.2.2"))));
    let plain = parse("v=0\r\nm=audio 1 RTP/AVP 8\r\n").unwrap();
    assert_eq!(plain.direction_of(&plain.media[0]), Direction::SendRecv);
    assert_eq!(plain.address_of(&plain.media[0]), None);
}

#[test]
fn rfc3605_2_1_rtcp() {
    let rtcp = |line| audio("8", &[line]).rtcp();
    assert_eq!(rtcp("a=rtcp:53020"), Some(Rtcp { port: 53_020, address: None }));
    let elsewhere = Some("2001:db8::1".parse().unwrap());
    assert_eq!(
        rtcp("a=rtcp:53020 IN IP6 2001:db8::1"),
        Some(Rtcp { port: 53_020, address: elsewhere })
    );
    assert_eq!([rtcp("a=rtcp"), rtcp("a=rtcp:70000"), rtcp("a=rtcp:1 IN IP4 host")], [None; 3]);
    assert!(audio("8", &["a=rtcp-mux"]).is_rtcp_mux() && !audio("8", &[]).is_rtcp_mux());
}

#[test]
fn rfc4733_2_4_1_telephone_event() {
    let media = audio("8 101", &["a=rtpmap:101 Telephone-Event/8000", "a=fmtp:101 0-11,16, 32-35"]);
    let event = media.telephone_event().unwrap();
    assert_eq!((event.payload, event.rate), (101, 8_000));
    assert!(event.has(0) && event.has(16) && event.has(33) && !event.has(12) && !event.has(255));
    let bare = audio("101", &["a=rtpmap:101 telephone-event/8000"]);
    assert!(bare.telephone_event().unwrap().has(15));
    assert_eq!(audio("8", &[]).telephone_event(), None);
}

#[test]
fn rfc4568_9_1_crypto() {
    let media = audio(
        "8",
        &[
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0Rm|2^20|1:4 KDR=1 X",
            "a=crypto:x y z",
            "a=crypto:2 F8 k",
        ],
    );
    let cryptos: Vec<_> = media.cryptos().collect();
    assert_eq!(cryptos.len(), 2);
    assert_eq!((cryptos[0].tag, cryptos[0].keys), (1, "inline:d0Rm|2^20|1:4"));
    assert_eq!((cryptos[0].params, cryptos[1].params), ("KDR=1 X", ""));
    assert!(!format!("{cryptos:?}").contains("inline"));
}

#[test]
fn rfc4040_5_clearmode_and_fax() {
    assert_eq!(audio("97", &["a=rtpmap:97 clearmode/8000"]).clearmode(), Some(97));
    assert_eq!(audio("97", &["a=rtpmap:97 PCMA/8000"]).clearmode(), None);
    let text = "v=0\r\nm=image 4000 udptl t38\r\na=T38FaxVersion:3\r\na=T38MaxBitRate:14400\r\n\
        a=T38FaxRateManagement:transferredTCF\r\na=T38FaxMaxDatagram:x\r\na=T38FaxUdpEC:t38UDPFEC\r\n";
    let media = parse(text).unwrap().media.remove(0);
    let fax = media.t38().unwrap();
    assert_eq!((fax.version, fax.max_bit_rate, fax.max_datagram), (3, Some(14_400), None));
    assert_eq!(
        (fax.rate_management, fax.error_correction),
        (Some("transferredTCF"), Some("t38UDPFEC"))
    );
    assert_eq!(audio("8", &[]).t38(), None);
}

#[test]
fn every_line_that_is_kept_counts() {
    let start = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";
    let media = "t=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let many = |line: &str| line.repeat(1_025);
    for text in [
        format!("{start}{}{media}", many("b=A:1\r\n")),
        format!("{start}{}{media}", many("t=1 2\r\n")),
        format!("{start}{}{media}", many("e=x\r\n")),
        format!("{start}{}{media}", many("p=x\r\n")),
        format!("{start}t=1 2\r\nr=1 1{}\r\n{media}", " 1".repeat(1_025)),
        format!("{start}z={}\r\n{media}", "1 1 ".repeat(1_025)),
        format!("{start}{media}{}", many("c=IN IP4 192.0.2.1\r\n")),
        format!("{start}{media}{}", many("b=A:1\r\n")),
    ] {
        assert_eq!(SessionDescription::parse(text.as_bytes()), Err(SdpError::TooLong));
    }
}
