use super::*;

const AUDIO: &str = "v=0\r\no=alice 53655765 2353687637 IN IP4 192.0.2.1\r\ns=-\r\n\
    c=IN IP4 192.0.2.2\r\nt=0 0\r\na=group:X 1\r\na=recvonly\r\n\
    m=audio 49170 RTP/AVP 8 0 101\r\nc=IN IP4 192.0.2.3\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:60\r\n\
    a=sendonly\r\na=rtcp-mux\r\nm=image 0 udptl t38\r\na=T38FaxVersion:0\r\n";

fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    SessionDescription::parse(text.as_bytes())
}

#[test]
fn every_field_has_its_place() {
    let sdp = parse(AUDIO).unwrap();
    let origin = Origin {
        username: "alice".into(),
        session_id: 53_655_765,
        version: 2_353_687_637,
        address: "192.0.2.1".parse().unwrap(),
    };
    assert_eq!(sdp.origin, origin);
    assert_eq!(sdp.connection, Some("192.0.2.2".parse().unwrap()));
    assert_eq!(sdp.direction, Some(Direction::RecvOnly));
    assert_eq!(sdp.attributes, [("group".to_owned(), Some("X 1".to_owned()))]);
    let [audio, image] = &sdp.media[..] else { panic!("{:?}", sdp.media) };
    assert_eq!(
        (audio.kind.as_str(), audio.port, audio.protocol.as_str()),
        ("audio", 49170, "RTP/AVP")
    );
    assert_eq!(audio.formats, ["8", "0", "101"]);
    assert_eq!(audio.connection, Some("192.0.2.3".parse().unwrap()));
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
        session_id: 1,
        version: 2,
        address: "2001:db8::1".parse().unwrap(),
    });
    sdp.connection = Some("2001:db8::1".parse().unwrap());
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
fn host_names_and_odd_octets() {
    let no_address = AUDIO.replace("c=IN IP4 192.0.2.3", "c=IN IP4 media.example.com");
    assert_eq!(parse(&no_address), Err(SdpError::Address("media.example.com".into())));
    let origin = AUDIO.replace("IN IP4 192.0.2.1", "IN IP4 pc.example.com");
    assert_eq!(parse(&origin).unwrap().origin.address, NOWHERE);
    let long = AUDIO.replace("53655765", "99999999999999999999999");
    assert_eq!(parse(&long).unwrap().origin.session_id, u64::MAX);
    let mut latin = AUDIO.as_bytes().to_vec();
    let at = AUDIO.find("s=-").unwrap() + 2;
    latin[at] = 0xe9;
    assert!(SessionDescription::parse(&latin).is_ok());
    assert!(matches!(parse("m=audio"), Err(SdpError::Syntax(_))));
    assert!(matches!(parse(""), Err(SdpError::Syntax(_))));
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
