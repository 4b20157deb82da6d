//! Offers as they really come, and as nobody should send them (RFC 3264).

use super::*;

fn ports(description: &SessionDescription) -> Vec<u16> {
    description.media.iter().map(|media| media.port).collect()
}

#[test]
fn rfc3264_6_every_stream_has_its_place_however_many_there_are() {
    let offer = "m=image 5000 udptl t38\r\na=T38FaxVersion:0\r\nm=video 5002 RTP/AVP 96\r\n\
        a=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 8\r\nm=audio 5004 RTP/SAVP 8\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\nm=audio 5006 UDP/TLS/RTP/SAVPF 8\r\n\
        m=message 5008 TCP/MSRP *\r\nm=application 5010 UDP/BFCP *\r\nm=audio 5012 RTP/AVP 8\r\n\
        m=text 5014 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n";
    let (description, media) = answered(offer).unwrap();
    assert_eq!(ports(&description), [0, 0, 0, 0, 0, 0, 0, 16_384, 0]);
    assert_eq!(media.remote.port(), 5012);
    let offered = parse(offer);
    for (ours, theirs) in description.media.iter().zip(&offered.media) {
        assert_eq!((&ours.kind, &ours.protocol), (&theirs.kind, &theirs.protocol));
        // §6: a refused stream lists formats all the same.
        assert_eq!(ours.formats, theirs.formats);
    }
    let many = "m=video 5000 RTP/AVP 31\r\n".repeat(500);
    let (description, _) = answered(&format!("{many}m=audio 4000 RTP/AVP 0\r\n{many}")).unwrap();
    assert_eq!(ports(&description).iter().position(|port| *port != 0), Some(500));
    assert_eq!(description.media.len(), 1_001);
}

#[test]
fn rfc4568_keys_that_nobody_needs_are_not_answered() {
    // Some offer keys beside plain RTP, "if you can"; and RTCP on one port, groups, feedback.
    let offer = "a=group:BUNDLE 0\r\nm=audio 4001 RTP/AVP 8\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=rtcp-mux\r\na=rtcp:4010 IN IP4 127.0.0.9\r\n\
        a=mid:0\r\na=ice-ufrag:x\r\na=setup:actpass\r\na=rtcp-fb:* nack\r\n\
        a=altc:1 IP6 ::1 4001\r\na=altc:2 IP4 127.0.0.2 4001\r\n";
    let (description, media) = answered(offer).unwrap();
    assert!(description.attributes.is_empty());
    assert!(description.media[0].attributes.is_empty());
    // RFC 3550 §11 wants an even port, and RFC 3605 §2.1 lets it be any.
    assert_eq!(media.remote, "127.0.0.2:4001".parse().unwrap());
}

#[test]
fn ports_at_their_ends() {
    let remote =
        |port: &str| answered(&format!("m=audio {port} RTP/AVP 8\r\n")).map(|a| a.1.remote);
    assert_eq!(remote("1").unwrap().port(), 1);
    assert_eq!(remote("65535").unwrap().port(), 65_535);
    // RFC 8866 §5.14: a number of ports behind the first.
    assert_eq!(remote("4000/2").unwrap().port(), 4_000);
    assert_eq!(remote("0/2"), None);
}

#[test]
fn numbers_of_formats() {
    // The same codec twice, in the words of the offer; and maps of what is not offered.
    let twice =
        "m=audio 4000 RTP/AVP 97 8 98\r\na=rtpmap:97 PCMA/8000\r\na=rtpmap:98 PCMA/8000\r\n";
    assert_eq!(codec(twice), Some((Codec::Pcma, 97)));
    let (description, _) = answered(twice).unwrap();
    assert_eq!(description.media[0].formats, ["97"]);
    assert_eq!(
        codec("m=audio 4000 RTP/AVP 8\r\na=rtpmap:97 PCMU/8000\r\n"),
        Some((Codec::Pcma, 8))
    );
    // Static numbers that are given another meaning, each the other's.
    let crossed = "m=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMU/8000\r\na=rtpmap:0 PCMA/8000\r\n";
    assert_eq!(codec(crossed), Some((Codec::Pcmu, 8)));
    // Nothing that a number may be.
    assert_eq!(
        codec("m=audio 4000 RTP/AVP 128 300 -1 x 08\r\n"),
        codec("m=audio 4000 RTP/AVP 8\r\n")
    );
    // Events alone are no speech, and events of another clock none of ours.
    let events = "m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    assert_eq!(codec(events), None);
    let two = "m=audio 4000 RTP/AVP 8 100 101\r\na=rtpmap:100 telephone-event/48000\r\n\
        a=rtpmap:101 telephone-event/8000\r\n";
    assert_eq!(answered(two).unwrap().1.events, Some(101));
}

#[test]
fn rfc3264_8_a_new_offer_may_change_anything_but_the_order() {
    let first = parse("m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n");
    let (ours, _) = answer(&first, &local(), 7, false, None).unwrap();
    assert_eq!(ours.origin.version, 1);
    let renegotiate = |last: &SessionDescription, offer: &str| {
        let (next, media) = answer(&parse(offer), &local(), 7, false, None).unwrap();
        (succeeding(last, next), media)
    };
    // The same again: the same words, the same version.
    let same = "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    let (again, _) = renegotiate(&ours, same);
    assert_eq!(again, ours);
    // Another port is theirs, and changes nothing of ours; other numbers do.
    let (moved, media) = renegotiate(&again, &same.replace("4000", "4010"));
    assert_eq!((moved.origin.version, media.remote.port()), (1, 4_010));
    let renumbered = "m=audio 4010 RTP/AVP 97 96\r\na=rtpmap:97 PCMU/8000\r\n\
        a=rtpmap:96 telephone-event/8000\r\n";
    let (next, media) = renegotiate(&moved, renumbered);
    assert_eq!((next.origin.version, media.payload_type, media.events), (2, 97, Some(96)));
    // §8.1: streams are added behind the others, and ours to refuse.
    let (fax, _) = renegotiate(&next, &format!("{renumbered}m=image 4020 udptl t38\r\n"));
    assert_eq!((fax.origin.version, ports(&fax)), (3, vec![16_384, 0]));
    // §8.2: the speech ends, the fax begins: nothing is left to us.
    let switched = parse("m=audio 0 RTP/AVP 97\r\nm=image 4020 udptl t38\r\n");
    assert!(answer(&switched, &local(), 7, false, None).is_none());
    // Fewer streams than before: wrong, and no reason to lose the call.
    let (fewer, _) = renegotiate(&fax, renumbered);
    assert_eq!((fewer.origin.version, fewer.media.len()), (4, 1));
    // Directions each have a version.
    let (held, media) = renegotiate(&fewer, &format!("{renumbered}a=sendonly\r\n"));
    assert_eq!((held.origin.version, media.send, media.receive), (5, false, true));
    let (back, _) = renegotiate(&held, renumbered);
    assert_eq!(back.origin.version, 6);
    assert!(
        [&again, &moved, &next, &fax, &fewer, &held, &back]
            .iter()
            .all(|one| one.origin.session_id == "7" && one.origin.address == ours.origin.address)
    );
}

#[test]
fn rfc3264_6_answers_that_do_not_fit_the_offer() {
    let ours = offer(&local(), 7, false);
    let concluded = |streams: &str| conclude(&ours, &parse(streams), None);
    // More streams than were offered mean nothing; another kind in the place of ours is no answer.
    let more = "m=audio 4000 RTP/AVP 8\r\nm=video 4002 RTP/AVP 31\r\n";
    assert_eq!(concluded(more).unwrap().remote.port(), 4_000);
    assert_eq!(concluded("m=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\n"), None);
    assert_eq!(concluded("m=image 4002 udptl t38\r\n"), None);
    assert_eq!(concluded("m=audio 4000 RTP/SAVP 8\r\n"), None);
    // Both directions offered, none taken.
    let silent = concluded("m=audio 4000 RTP/AVP 8\r\na=inactive\r\n").unwrap();
    assert!(!silent.send && !silent.receive);
    // An answer that only names where it is.
    assert_eq!(concluded("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 media.example.com\r\n"), None);
}

#[test]
fn rfc8866_5_7_hosts_that_only_dns_knows() {
    let named = "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 media.example.com\r\n";
    assert!(!is_usable(&parse(named), None));
    assert_eq!(objection(&parse(named)), (301, "Incompatible network address formats"));
    // A stream with an address goes before one with a name.
    let both = parse(&format!("{named}m=audio 4002 RTP/AVP 0\r\n"));
    assert_eq!(answer(&both, &local(), 7, false, None).unwrap().1.remote.port(), 4_002);
    // An emergency call goes on with where it came from.
    let guess = Some("127.0.0.9".parse().unwrap());
    let (description, media) = answer(&parse(named), &local(), 7, false, guess).unwrap();
    assert_eq!(media.remote, "127.0.0.9:4000".parse().unwrap());
    assert!(media.guessed && media.send && media.receive);
    assert_eq!(ports(&description), [16_384]);
    let mut nowhere = parse("m=audio 4000 RTP/AVP 8\r\n");
    nowhere.connection = None;
    assert!(answer(&nowhere, &local(), 7, false, guess).unwrap().1.guessed);
    // What is known is not guessed.
    let known = answer(&parse("m=audio 4000 RTP/AVP 8\r\n"), &local(), 7, false, guess).unwrap().1;
    assert_eq!((known.remote, known.guessed), ("127.0.0.2:4000".parse().unwrap(), false));
}

/// Speech goes to whoever asks for it, not to whomever they name.
#[test]
fn groups_are_no_peers() {
    for group in ["IP4 233.252.0.1/127", "IP4 233.252.0.1", "IP6 ff15::101", "IP4 255.255.255.255"]
    {
        let offer = parse(&format!("m=audio 4000 RTP/AVP 8\r\nc=IN {group}\r\n"));
        assert!(!is_usable(&offer, None), "{group}");
        let ours = super::offer(&local(), 7, false);
        assert_eq!(conclude(&ours, &offer, None), None, "{group}");
    }
}

fn any_stream() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(&["audio", "audio", "video", "image", "text", "x"][..]);
    let protocol = prop::sample::select(&["RTP/AVP", "RTP/AVP", "RTP/SAVP", "udptl", "TCP"][..]);
    let format = prop_oneof!["(0|[1-9][0-9]{0,2})", Just("8".to_owned()), Just("t38".to_owned())];
    let line = prop_oneof![
        "a=rtpmap:(8|0|97|101) (PCMA|PCMU|G729|telephone-event)/(8000|16000)(/[12])?",
        "a=(sendrecv|sendonly|recvonly|inactive|rtcp-mux|ptime:[0-9]{1,3}|maxptime:[0-9]{1,3})",
        "a=(crypto:1 A inline:x|rtcp:[0-9]{1,5}|fmtp:101 0-15|curr:qos local none)",
        "c=IN (IP4 127[.]0[.]0[.][0-9]|IP4 0[.]0[.]0[.]0|IP6 ::[0-9]|IP4 h|IP4 233[.]252[.]0[.]1/1)",
    ];
    (
        kind,
        any::<u16>(),
        protocol,
        prop::collection::vec(format, 1..5),
        prop::collection::vec(line, 0..5),
    )
        .prop_map(|(kind, port, protocol, formats, lines)| {
            let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let port = if port < 9_000 { 0 } else { port };
            format!("m={kind} {port} {protocol} {}\r\n{lines}", formats.join(" "))
        })
}

proptest! {
    /// Whatever is offered: where there is an answer it keeps RFC 3264 §6, and says of itself what
    /// was agreed.
    #[test]
    fn rfc3264_6_whatever_is_offered(
        streams in prop::collection::vec(any_stream(), 0..8),
        held: bool,
        emergency: bool,
    ) {
        let guess = emergency.then(|| "127.0.0.9".parse().unwrap());
        let offer = parse(&streams.concat());
        let Some((ours, media)) = answer(&offer, &local(), 7, held, guess) else {
            // Only what is of the other family could have been taken by others.
            let any = choose(&offer, &local().codecs, guess, &|_| true);
            prop_assert!(any.is_none_or(|choice| guess.is_none() && choice.remote.is_ipv6()));
            prop_assert!((300..400).contains(&objection(&offer).0));
            return Ok(());
        };
        prop_assert_eq!(&SessionDescription::parse(&ours.write()).unwrap(), &ours);
        prop_assert_eq!(ours.media.len(), offer.media.len());
        for (ours, theirs) in ours.media.iter().zip(&offer.media) {
            prop_assert_eq!((&ours.kind, &ours.protocol), (&theirs.kind, &theirs.protocol));
            prop_assert!(!ours.formats.is_empty());
            prop_assert!(ours.formats.iter().all(|format| theirs.formats.contains(format)));
            prop_assert!(theirs.port != 0 || ours.port == 0);
        }
        let taken: Vec<_> = ours.media.iter().zip(&offer.media).filter(|row| row.0.port != 0).collect();
        let [(ours, theirs)] = taken[..] else { panic!("one stream") };
        prop_assert_eq!(media.remote.port(), theirs.port);
        let ways = |direction: Direction| match direction {
            Direction::SendRecv => (true, true),
            Direction::SendOnly => (true, false),
            Direction::RecvOnly => (false, true),
            Direction::Inactive => (false, false),
        };
        let (sends, receives) = ways(ours.direction.unwrap());
        let (they_send, they_receive) = ways(offer.direction_of(theirs));
        prop_assert!((!sends || they_receive) && (!receives || they_send));
        prop_assert!((!media.send || sends) && (!media.receive || receives));
        prop_assert!([10, 20, 30, 40].contains(&media.ptime));
        if let Some(most) = theirs.maxptime {
            prop_assert!(media.ptime <= most.max(10));
        }
        prop_assert!(!media.remote.ip().is_multicast());
        prop_assert_eq!(media.guessed, offer.address_of(theirs).and_then(|a| a.ip()) != Some(media.remote.ip()));
    }
}
