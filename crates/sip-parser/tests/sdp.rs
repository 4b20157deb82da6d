//! Session descriptions in the manner of well-known stacks, and any others: what is read is
//! written again, line for line, and reads as the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use sip_parser::sdp::{
    Address, Direction, Media, MediaLines, Origin, Repeat, RtpMap, SessionDescription,
    SessionLines, Time,
};

#[path = "../../../fuzz/src/checks/sdp.rs"]
#[expect(clippy::expect_used, reason = "a check fails by panicking")]
mod checks;

fn collected() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdp");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<_> = text.split(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    lines
}

#[test]
fn no_line_of_a_real_stack_is_lost() {
    let files = collected();
    assert!(files.len() > 5);
    for (name, text) in files {
        let read = SessionDescription::parse(&text).unwrap();
        let written = read.write();
        let [there, back] = [&text, &written].map(|text| String::from_utf8_lossy(text));
        assert_eq!(lines(&text), lines(&written), "{name}\n{there}\n{back}");
        checks::check(&text);
    }
}

fn text() -> impl Strategy<Value = String> {
    "[ -~é€]{0,12}"
}

/// A non-empty run without blanks.
fn word() -> impl Strategy<Value = String> {
    "[!-~&&[^:/]]{1,8}"
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.*+_-]{1,8}"
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        any::<std::net::IpAddr>().prop_map(Address::from),
        (prop_oneof![Just("IP4"), Just("IP6")], "[a-z0-9.-]{1,20}").prop_map(|(family, text)| {
            Address { network: "IN".into(), family: family.into(), text }
        }),
        ("X[A-Z]{1,4}", "X[A-Z0-9]{1,4}", word()).prop_map(|(network, family, text)| Address {
            network: network.into(),
            family: family.into(),
            text
        }),
        any::<[u8; 3]>().prop_map(|[a, b, ttl]| Address {
            text: format!("233.252.{a}.{b}/{ttl}/2"),
            ..Address::from(std::net::IpAddr::from([0, 0, 0, 0]))
        }),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(
        &[Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive][..],
    )
}

fn attributes() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    // Those with a place of their own are no attributes like others.
    let name = token().prop_map(|name| format!("x-{name}"));
    prop::collection::vec((name, prop::option::of(text())), 0..4)
}

fn time() -> impl Strategy<Value = Time> {
    let repeat = (any::<u32>(), any::<u32>(), prop::collection::vec(any::<u32>(), 0..3));
    let repeat = repeat.prop_map(|(interval, duration, offsets)| Repeat {
        interval: interval.into(),
        duration: duration.into(),
        offsets: offsets.into_iter().map(u64::from).collect(),
    });
    (1..u64::MAX, any::<u64>(), prop::collection::vec(repeat, 0..3))
        .prop_map(|(start, stop, repeats)| Time { start, stop, repeats })
}

fn session_lines() -> impl Strategy<Value = SessionLines> {
    let people = || prop::collection::vec(text(), 0..3);
    (
        (
            prop::option::of("[!-,.-~][ -~]{0,9}"),
            prop::option::of(text()),
            prop::option::of(text()),
        ),
        (people(), people()),
        prop::collection::vec((token(), any::<u64>()), 0..3),
        prop::collection::vec(time(), 0..3),
        prop::collection::vec((any::<u64>(), -999_999_i64..999_999), 0..3),
    )
        .prop_map(|((name, information, uri), (emails, phones), bandwidths, times, zones)| {
            SessionLines { name, information, uri, emails, phones, bandwidths, times, zones }
        })
}

fn rtpmap() -> impl Strategy<Value = RtpMap> {
    (any::<u8>(), word(), any::<u32>(), prop::option::of(word())).prop_map(
        |(payload, encoding, rate, parameters)| RtpMap { payload, encoding, rate, parameters },
    )
}

fn media() -> impl Strategy<Value = Media> {
    (
        (token(), any::<u16>(), token(), prop::collection::vec(word(), 1..5)),
        (prop::option::of(address()), prop::option::of(direction())),
        (prop::collection::vec(rtpmap(), 0..3), prop::collection::vec((any::<u8>(), word()), 0..3)),
        (prop::option::of(any::<u32>()), prop::option::of(any::<u32>()), attributes()),
        (
            prop::option::of(text()),
            prop::option::of(any::<u16>()),
            prop::collection::vec(address(), 0..3),
            prop::collection::vec((token(), any::<u64>()), 0..3),
        ),
    )
        .prop_map(|(line, (connection, direction), (rtpmaps, fmtps), times, lines)| {
            let (kind, port, protocol, formats) = line;
            let (ptime, maxptime, attributes) = times;
            let (title, ports, mut connections, bandwidths) = lines;
            if connection.is_none() {
                connections.clear();
            }
            let kept = MediaLines { title, ports, connections, bandwidths };
            let media = Media::new(&kind, port, &protocol);
            let media = Media { formats, connection, direction, rtpmaps, fmtps, ..media };
            Media { ptime, maxptime, attributes, kept, ..media }
        })
}

fn description() -> impl Strategy<Value = SessionDescription> {
    let origin = (word(), "[0-9]{1,30}", any::<u64>(), address()).prop_map(
        |(username, session_id, version, address)| Origin {
            username,
            session_id,
            version,
            address,
        },
    );
    (
        (origin, prop::option::of(address()), prop::option::of(direction())),
        (attributes(), prop::collection::vec(media(), 0..5), session_lines()),
    )
        .prop_map(|((origin, connection, direction), (attributes, media, kept))| {
            SessionDescription { origin, connection, direction, attributes, media, kept }
        })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same(description in description()) {
        let written = description.write();
        let read = SessionDescription::parse(&written).unwrap();
        prop_assert_eq!(&read, &description, "{}", String::from_utf8_lossy(&written));
        prop_assert_eq!(read.write(), written);
    }

    #[test]
    fn a_changed_description_is_refused_or_reads_as_it_is_written(
        which: prop::sample::Index,
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\r\n]{0,3}"), 1..5),
    ) {
        let mut text = which.get(&collected()).1.clone();
        for (at, put) in edits {
            let at = at.index(text.len());
            text.splice(at..=at, put.into_bytes());
        }
        checks::check(&text);
    }
}
