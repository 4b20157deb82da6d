use super::*;
use proptest::prelude::*;

mod families;
mod offers;

fn local() -> LocalMedia {
    LocalMedia {
        address: "127.0.0.1:16384".parse().unwrap(),
        other: None,
        codecs: vec![Codec::Pcma, Codec::Pcmu],
    }
}

/// As the core does, for a session of [`local`].
fn conclude(
    ours: &SessionDescription,
    answer: &SessionDescription,
    guess: Option<IpAddr>,
) -> Option<Negotiated> {
    super::conclude((ours, &local()), answer, guess)
}

fn parse(streams: &str) -> SessionDescription {
    let text = format!(
        "v=0\r\no=peer 5 6 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n{streams}"
    );
    SessionDescription::parse(text.as_bytes()).unwrap()
}

fn answered(streams: &str) -> Option<(SessionDescription, Negotiated)> {
    answer(&parse(streams), &local(), 7, false, None)
}

fn codec(streams: &str) -> Option<(Codec, u8)> {
    answered(streams).map(|(_, media)| (media.codec, media.payload_type))
}

#[test]
fn the_first_common_codec_of_the_offer_is_taken() {
    assert_eq!(codec("m=audio 4000 RTP/AVP 18 0 8\r\n"), Some((Codec::Pcmu, 0)));
    assert_eq!(codec("m=audio 4000 RTP/AVP 8 0\r\n"), Some((Codec::Pcma, 8)));
    let dynamic = "m=audio 4000 RTP/AVP 97 8\r\na=rtpmap:97 pcmu/8000/1\r\n";
    assert_eq!(codec(dynamic), Some((Codec::Pcmu, 97)));
    // What a map says counts more than the static meaning of the number.
    let odd = "m=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/16000\r\n";
    assert_eq!(codec(odd), Some((Codec::Pcmu, 0)));
    for none in [
        "",
        "m=audio 4000 RTP/AVP 18\r\n",
        "m=audio 0 RTP/AVP 8\r\n",
        "m=video 4000 RTP/AVP 8\r\n",
        "m=audio 4000 RTP/SAVP 8\r\n",
        "m=audio 4000 RTP/AVP 97\r\n",
        "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000/2\r\n",
    ] {
        assert_eq!(codec(none), None, "{none}");
    }
}

#[test]
fn formats_without_end_are_not_read_to_their_end() {
    let list = |strange: usize| format!("m=audio 4000 RTP/AVP{} 8\r\n", " 99".repeat(strange));
    assert_eq!(codec(&list(127)), Some((Codec::Pcma, 8)));
    assert_eq!(codec(&list(128)), None);
}

#[test]
fn rfc3264_6_streams_are_answered_in_their_order() {
    let offer = "m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 0\r\n\
                 m=image 4004 udptl t38\r\n";
    let (description, media) = answered(offer).unwrap();
    let found: Vec<_> = description
        .media
        .iter()
        .map(|media| (media.kind.as_str(), media.port, media.protocol.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("video", 0, "RTP/AVP"),
            ("audio", 16_384, "RTP/AVP"),
            ("audio", 0, "RTP/AVP"),
            ("image", 0, "udptl")
        ]
    );
    assert_eq!(description.media[3].formats, ["t38"]);
    assert_eq!(media.remote, "127.0.0.2:4000".parse().unwrap());
    // RFC 3264 §8: what we offer later has the same streams.
    let later = renewed(&description, true);
    assert_eq!(later.media.len(), 4);
    assert_eq!(later.media[0].port, 0);
    assert_eq!(later.media[1].direction, Some(Direction::SendOnly));
    assert_eq!(later.origin.version, description.origin.version + 1);
    // And its answer is read at the same place.
    let theirs = parse(
        "m=video 0 RTP/AVP 31\r\nm=audio 4444 RTP/AVP 8\r\na=recvonly\r\nm=audio 0 RTP/AVP 0\r\n\
         m=image 0 udptl t38\r\n",
    );
    let media = conclude(&later, &theirs, None).unwrap();
    assert_eq!(media.remote.port(), 4444);
    assert!(media.send && !media.receive);
}

#[test]
fn rfc3264_6_1_directions() {
    for (offered, held, expected, send, receive) in [
        ("sendrecv", false, Direction::SendRecv, true, true),
        ("sendonly", false, Direction::RecvOnly, false, true),
        ("recvonly", false, Direction::SendOnly, true, false),
        ("inactive", false, Direction::Inactive, false, false),
        ("sendrecv", true, Direction::SendOnly, true, false),
        ("sendonly", true, Direction::Inactive, false, false),
        ("recvonly", true, Direction::SendOnly, true, false),
    ] {
        let offer = parse(&format!("m=audio 4000 RTP/AVP 8\r\na={offered}\r\n"));
        let (description, media) = answer(&offer, &local(), 7, held, None).unwrap();
        assert_eq!(description.media[0].direction, Some(expected), "{offered} {held}");
        assert_eq!((media.send, media.receive), (send, receive), "{offered} {held}");
    }
    // At the session level too.
    let mut offer = parse("m=audio 4000 RTP/AVP 8\r\n");
    offer.direction = Some(Direction::SendOnly);
    let (description, _) = answer(&offer, &local(), 7, false, None).unwrap();
    assert_eq!(description.media[0].direction, Some(Direction::RecvOnly));
}

#[test]
fn rfc3264_8_4_the_old_hold() {
    let offer = parse("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n");
    assert!(is_usable(&offer, None));
    let (description, media) = answer(&offer, &local(), 7, false, None).unwrap();
    assert_eq!(description.media[0].direction, Some(Direction::RecvOnly));
    assert!(!media.send && !media.receive);
}

#[test]
fn an_answer_must_take_something_of_the_offer() {
    let ours = offer(&local(), 7, false);
    for none in [
        "",
        "m=audio 0 RTP/AVP 8\r\n",
        "m=audio 4000 RTP/AVP 18\r\n",
        "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMA/16000\r\n",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 ::1\r\n",
    ] {
        assert_eq!(conclude(&ours, &parse(none), None), None, "{none}");
    }
    let media = conclude(&ours, &parse("m=audio 4000 RTP/AVP 0\r\n"), None).unwrap();
    assert_eq!((media.codec, media.payload_type), (Codec::Pcmu, 0));
}

#[test]
fn rfc3264_6_1_an_answer_with_a_number_of_its_own() {
    let ours = offer(&local(), 7, false);
    let theirs = parse("m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000\r\n");
    let media = conclude(&ours, &theirs, None).unwrap();
    assert_eq!((media.codec, media.payload_type), (Codec::Pcma, 97));
}

#[test]
fn rfc4733_telephone_events_keep_their_number() {
    let with = |formats: &str, map: &str| {
        let streams = format!("m=audio 4000 RTP/AVP {formats}\r\na=rtpmap:{map}\r\n");
        let (description, media) = answered(&streams).unwrap();
        (media.events, description.media[0].clone())
    };
    let (events, stream) = with("8 96", "96 telephone-event/8000");
    assert_eq!(events, Some(96));
    assert_eq!(stream.formats, ["8", "96"]);
    assert_eq!(stream.fmtps, [(96, "0-15".to_owned())]);
    assert_eq!(with("8 96", "96 Telephone-Event/8000").0, Some(96));
    // Another clock, and a map without its format.
    assert_eq!(with("8 96", "96 telephone-event/16000").0, None);
    assert_eq!(with("8", "96 telephone-event/8000").0, None);
    // Ours; both sides must take them.
    let ours = offer(&local(), 7, false);
    assert_eq!(ours.media[0].formats, ["8", "0", "101"]);
    let plain = parse("m=audio 4000 RTP/AVP 8\r\n");
    assert_eq!(conclude(&ours, &plain, None).unwrap().events, None);
    let theirs = parse("m=audio 4000 RTP/AVP 8 100\r\na=rtpmap:100 telephone-event/8000\r\n");
    // §6.1: what the answer numbers is what the peer receives; it sends by the numbers of the offer.
    assert_eq!(conclude(&ours, &theirs, None).unwrap().events, Some(101));
}

#[test]
fn rfc8866_6_4_packets_as_long_as_the_peer_wants() {
    for (attributes, expected) in [
        ("", 20),
        ("a=ptime:10\r\n", 10),
        ("a=ptime:30\r\n", 30),
        ("a=ptime:40\r\n", 40),
        ("a=ptime:60\r\n", 40),
        ("a=ptime:25\r\n", 20),
        ("a=ptime:0\r\n", 10),
        ("a=maxptime:10\r\n", 10),
        ("a=ptime:30\r\na=maxptime:20\r\n", 20),
    ] {
        let (_, media) = answered(&format!("m=audio 4000 RTP/AVP 8\r\n{attributes}")).unwrap();
        assert_eq!(media.ptime, expected, "{attributes}");
    }
}

#[test]
fn what_a_gateway_meets_beside_speech() {
    // Comfort noise, both ways of RTCP, SAVP beside AVP, two audio streams with an address each.
    let offer = "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n\
                 m=audio 4002 RTP/AVP 13 8\r\nc=IN IP4 127.0.0.3\r\na=rtcp:4010\r\na=rtcp-mux\r\n\
                 m=audio 4004 RTP/AVP 0\r\nm=text 4006 RTP/AVP 98\r\n";
    let (description, media) = answered(offer).unwrap();
    assert_eq!(media.remote, "127.0.0.3:4002".parse().unwrap());
    assert_eq!((media.codec, media.payload_type), (Codec::Pcma, 8));
    let ports: Vec<_> = description.media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 16_384, 0, 0]);
    assert_eq!(description.media[0].protocol, "RTP/SAVP");
    assert!(description.media.iter().all(|media| media.attributes.is_empty()));
    assert_eq!(codec("m=audio 4000 RTP/AVP 13\r\n"), None);
}

#[test]
fn a_peer_of_the_other_family_cannot_be_answered() {
    let offer = parse("m=audio 4000 RTP/AVP 8\r\nc=IN IP6 ::1\r\n");
    assert!(answer(&offer, &local(), 7, false, None).is_none());
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![
        Just(Direction::SendRecv),
        Just(Direction::SendOnly),
        Just(Direction::RecvOnly),
        Just(Direction::Inactive),
    ]
}

fn stream() -> impl Strategy<Value = Media> {
    let formats = proptest::collection::vec(0u8..=20, 1..4);
    let port = prop_oneof![Just(0u16), 1_024u16..];
    (any::<bool>(), port, formats, proptest::option::of(direction())).prop_map(
        |(audio, port, formats, direction)| Media {
            port,
            formats: formats.iter().map(u8::to_string).collect(),
            direction,
            ..Media::new(if audio { "audio" } else { "video" }, 0, "RTP/AVP")
        },
    )
}

proptest! {
    /// Whoever offers and whoever answers, both read the same agreement out of what was written.
    #[test]
    fn both_sides_read_the_same(
        streams in proptest::collection::vec(stream(), 0..4),
        held in any::<bool>(),
    ) {
        let theirs = describe(
            IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), 1, streams,
        );
        let offer = SessionDescription::parse(&theirs.write()).unwrap();
        let answered = answer(&offer, &local(), 7, held, None);
        prop_assert_eq!(answered.is_some(), is_usable(&offer, None));
        let Some((description, media)) = answered else { return Ok(()) };
        let read = SessionDescription::parse(&description.write()).unwrap();
        prop_assert_eq!(&read, &description);
        prop_assert_eq!(read.media.len(), offer.media.len());
        prop_assert_eq!(read.media.iter().filter(|media| media.port != 0).count(), 1);
        // The peer concludes from our answer, at the stream that we took.
        let index = read.media.iter().position(|media| media.port != 0).unwrap();
        let mut only = offer;
        for (other, media) in only.media.iter_mut().enumerate() {
            if other != index {
                media.port = 0;
            }
        }
        let there = conclude(&only, &read, None).unwrap();
        prop_assert_eq!(there.codec, media.codec);
        prop_assert_eq!(there.payload_type, media.payload_type);
        prop_assert_eq!(there.remote, local().address);
        prop_assert_eq!((there.send, there.receive), (media.receive, media.send));
    }
}
