//! Speech over IPv4 and IPv6 (RFC 6157, RFC 8866 §5.7).

use super::*;

fn six() -> SocketAddr {
    "[2001:db8::1]:16388".parse().unwrap()
}

/// Ours of both families.
fn dual() -> LocalMedia {
    LocalMedia { other: Some(six()), ..local() }
}

const FOUR: &str = "m=audio 4000 RTP/AVP 8\r\n";
const SIX: &str = "m=audio 4006 RTP/AVP 8\r\nc=IN IP6 2001:db8::7\r\n";

fn told(description: &SessionDescription) -> (Option<IpAddr>, Vec<u16>) {
    let address = description.connection.as_ref().and_then(|address| address.ip());
    assert_eq!(description.origin.address.ip(), address);
    (address, description.media.iter().map(|media| media.port).collect())
}

#[test]
fn rfc6157_an_answer_is_of_the_family_of_the_offer() {
    let (description, media) = answer(&parse(SIX), &dual(), 7, false, None).unwrap();
    assert_eq!(told(&description), (Some(six().ip()), vec![16_388]));
    assert_eq!(media.remote, "[2001:db8::7]:4006".parse().unwrap());
    let (description, media) = answer(&parse(FOUR), &dual(), 7, false, None).unwrap();
    assert_eq!(told(&description), (Some(local().address.ip()), vec![16_384]));
    assert_eq!(media.remote, "127.0.0.2:4000".parse().unwrap());
    assert!(!media.guessed);
}

#[test]
fn of_two_streams_the_one_that_we_reach_is_taken() {
    let both = parse(&format!("{SIX}{FOUR}"));
    for guess in [None, Some("127.0.0.9".parse().unwrap())] {
        let (description, media) = answer(&both, &local(), 7, false, guess).unwrap();
        assert_eq!(told(&description).1, [0, 16_384]);
        assert_eq!((media.remote.port(), media.guessed), (4_000, false));
        let (description, _) = answer(&both, &dual(), 7, false, guess).unwrap();
        assert_eq!(told(&description), (Some(six().ip()), vec![16_388, 0]));
    }
}

#[test]
fn what_we_do_not_reach_is_refused_but_in_an_emergency() {
    assert!(answer(&parse(SIX), &local(), 7, false, None).is_none());
    assert_eq!(objection(&parse(SIX)), NO_ADDRESS);
    // Where the signalling comes from, there may be who turns one into the other.
    let guess = Some("127.0.0.9".parse().unwrap());
    let (description, media) = answer(&parse(SIX), &local(), 7, false, guess).unwrap();
    assert_eq!(told(&description), (Some(local().address.ip()), vec![16_384]));
    assert_eq!(media.remote, "127.0.0.9:4006".parse().unwrap());
    assert!(media.guessed && media.send && media.receive);
    // Nothing of ours is like anything of theirs: the peer is where its speech comes from.
    let guess = Some("2001:db8::9".parse().unwrap());
    let (_, media) = answer(&parse(SIX), &local(), 7, false, guess).unwrap();
    assert!(media.remote.ip().is_unspecified());
    assert!(media.guessed && media.send && media.receive);
}

#[test]
fn rfc3264_8_4_nobody_is_of_either_family() {
    let hold = parse("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n");
    let only_six = LocalMedia { address: six(), ..local() };
    let (description, media) = answer(&hold, &only_six, 7, false, None).unwrap();
    assert_eq!(told(&description).0, Some(six().ip()));
    assert!(!media.send && !media.receive && !media.guessed);
}

#[test]
fn an_offer_goes_to_a_hop_of_the_other_family() {
    let mut ours = offer(&dual(), 7, false);
    assert_eq!(told(&ours), (Some(local().address.ip()), vec![16_384]));
    move_to(&mut ours, six());
    assert_eq!(told(&ours), (Some(six().ip()), vec![16_388]));
    let answered = |local: &LocalMedia, guess: Option<&str>| {
        let guess = guess.map(|guess| guess.parse().unwrap());
        super::super::conclude((&ours, local), &parse(FOUR), guess)
    };
    // RFC 6157 does not have it, but both sockets are open.
    assert_eq!(answered(&dual(), None).unwrap().remote, "127.0.0.2:4000".parse().unwrap());
    let only_six = LocalMedia { address: six(), ..local() };
    assert_eq!(answered(&only_six, None), None);
    let media = answered(&only_six, Some("2001:db8::9")).unwrap();
    assert_eq!(media.remote, "[2001:db8::9]:4000".parse().unwrap());
    assert!(media.guessed && media.send);
    assert!(answered(&only_six, Some("127.0.0.9")).unwrap().remote.ip().is_unspecified());
}
