use super::*;
use proptest::prelude::*;
use std::process::Command;

fn status(status: Status) -> Message {
    Message { bsn: 0x00ff_ffff, fsn: 0x00ff_ffff, body: Body::Status(status, Bytes::new()) }
}

fn data(msu: &'static [u8]) -> Message {
    let msu = Bytes::from_static(msu);
    Message { bsn: 5, fsn: 0x0001_0203, body: Body::Data(Some(Data { priority: 2, msu })) }
}

#[test]
fn s2_messages_go_out_as_the_standard_draws_them() {
    #[rustfmt::skip]
    let ready = [
        1, 0, 11, 2, 0, 0, 0, 20,
        0, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0, 0, 0, 4,
    ];
    assert_eq!(status(Status::READY).write().as_ref(), ready);
    #[rustfmt::skip]
    let user = [
        1, 0, 11, 1, 0, 0, 0, 20,
        0, 0, 0, 5, 0, 1, 2, 3, 0x80, 0x85, 0x02, 0x40,
    ];
    assert_eq!(data(&[0x85, 0x02, 0x40]).write().as_ref(), user);
    let empty = Message { body: Body::Data(None), ..data(&[]) };
    assert_eq!(empty.write().as_ref(), [1, 0, 11, 1, 0, 0, 0, 16, 0, 0, 0, 5, 0, 1, 2, 3]);
    for message in [status(Status::READY), data(&[0x85, 0x02, 0x40]), empty] {
        assert_eq!(Message::read(&message.write()), Ok(message));
    }
}

#[test]
fn s2_spare_bits_are_not_looked_at() {
    let mut octets = data(&[0x85, 0x02, 0x40]).write().to_vec();
    for (at, bits) in [(1, 0xff), (8, 0xff), (12, 0xff), (16, 0x3f)] {
        octets[at] |= bits;
    }
    assert_eq!(Message::read(&octets.into()), Ok(data(&[0x85, 0x02, 0x40])));
}

#[test]
fn each_fault_has_its_name() {
    let good = status(Status::READY).write();
    let spoilt = |at: usize, octet: u8| {
        let mut octets = good.to_vec();
        octets[at] = octet;
        Message::read(&octets.into()).unwrap_err()
    };
    assert_eq!(Message::read(&good.slice(..15)), Err(ReadError::Short(15)));
    assert_eq!(spoilt(0, 2), ReadError::Version(2));
    assert_eq!(spoilt(2, 1), ReadError::Class(1));
    assert_eq!(spoilt(3, 3), ReadError::Type(3));
    assert_eq!(spoilt(7, 21), ReadError::Length { said: 21, is: 20 });
    assert_eq!(spoilt(4, 1), ReadError::Length { said: 0x0100_0014, is: 20 });
    assert_eq!(spoilt(19, 0), ReadError::State(0));
    assert_eq!(spoilt(16, 1), ReadError::State(0x0100_0004));
    let with = |kind: u8, octets: &[u8]| {
        let mut all = vec![1, 0, 11, kind, 0, 0, 0, 0];
        all.extend([0; 8]);
        all.extend_from_slice(octets);
        let length = (all.len() as u32).to_be_bytes();
        all[4..8].copy_from_slice(&length);
        Message::read(&all.into())
    };
    assert_eq!(with(2, &[0, 0, 0]), Err(ReadError::StatusLength(3)));
    let state = Status::BUSY;
    assert_eq!(with(2, &[0, 0, 0, 7, 1]), Err(ReadError::Filler { state, extra: 1 }));
    assert_eq!(with(1, &[0, 0x85, 1]), Err(ReadError::DataLength(3)));
    assert_eq!(with(1, &[0; 275]), Err(ReadError::DataLength(275)));
    assert!(with(1, &[0; 274]).is_ok() && with(1, &[]).is_ok());
}

#[test]
fn s4_1_9_an_alignment_of_a_later_version_is_known_as_one() {
    let later = |status: Status| {
        let mut octets = self::status(status).write().to_vec();
        octets[0] = 2;
        Message::aligns_in_another_version(&octets.into())
    };
    assert!(later(Status::ALIGNMENT) && !later(Status::READY));
    assert!(!Message::aligns_in_another_version(&Bytes::from_static(&[2, 0, 11, 2])));
}

fn octets(range: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), range).prop_map(Bytes::from)
}

fn message() -> impl Strategy<Value = Message> {
    let data = (0u8..4, octets(Message::MSU_MIN..=Message::MSU_MAX))
        .prop_map(|(priority, msu)| Data { priority, msu });
    let proving = prop_oneof![Just(Status::PROVING_NORMAL), Just(Status::PROVING_EMERGENCY)];
    let body = prop_oneof![
        proptest::option::of(data).prop_map(Body::Data),
        (1u32..10).prop_map(|state| Body::Status(Status(state), Bytes::new())),
        (proving, octets(0..=300)).prop_map(|(state, filler)| Body::Status(state, filler)),
    ];
    (0u32..0x0100_0000, 0u32..0x0100_0000, body).prop_map(|(bsn, fsn, body)| Message {
        bsn,
        fsn,
        body,
    })
}

/// The published crate reads what we write as what we meant, and writes it alike.
fn second_opinion(message: &Message) {
    use m2pa::M2paMessage::{LinkStatus, UserData};
    let octets = message.write();
    let theirs = m2pa::M2paMessage::decode(&octets).unwrap();
    let again = theirs.encode().unwrap();
    match (theirs, &message.body) {
        (UserData { bsn, fsn, message: data }, Body::Data(ours)) => {
            assert_eq!((bsn, fsn), (message.bsn, message.fsn));
            let ours = ours.as_ref().map_or((0, &[][..]), |data| (data.priority, &data.msu[..]));
            assert_eq!((data.priority, &data.msu[..]), ours);
            assert_eq!(again, octets.as_ref());
        }
        (LinkStatus { bsn, fsn, message: status }, Body::Status(ours, filler)) => {
            assert_eq!((bsn, fsn), (message.bsn, message.fsn));
            assert_eq!(status.state as u32, ours.0);
            // It knows no filler.
            if filler.is_empty() {
                assert_eq!(again, octets.as_ref());
            }
        }
        (theirs, ours) => panic!("{ours:?} reads as {theirs:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(message in message()) {
        second_opinion(&message);
        prop_assert_eq!(Message::read(&message.write()), Ok(message));
    }

    /// Any octets: a named error or a message, and what was read once reads the same again.
    #[test]
    fn anything_may_come(
        (kind, state) in (0u8..4, 0u8..12),
        body in octets(0..=300),
        honest in any::<bool>(),
    ) {
        let mut octets = vec![1, 0, 11, kind, 0, 0, 0, 0, 9, 1, 2, 3, 9, 4, 5, 6, 0, 0, 0, state];
        octets.extend(&body);
        if honest {
            let length = (octets.len() as u32).to_be_bytes();
            octets[4..8].copy_from_slice(&length);
        }
        if let Ok(message) = Message::read(&octets.into()) {
            prop_assert_eq!(Message::read(&message.write()), Ok(message));
        }
    }
}

/// A capture of whole messages (link type 252: each behind the name of its protocol).
pub(crate) fn capture(messages: &[Bytes]) -> Vec<u8> {
    const NAME: [u8; 12] = [0, 12, 0, 4, b'm', b'2', b'p', b'a', 0, 0, 0, 0];
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2_u16, 4].map(u16::to_le_bytes).concat());
    file.extend([0_u32, 0, 65_535, 252].map(u32::to_le_bytes).concat());
    for (second, message) in (0_u32..).zip(messages) {
        let length = (NAME.len() + message.len()) as u32;
        file.extend([second, 0, length, length].map(u32::to_le_bytes).concat());
        file.extend(NAME);
        file.extend_from_slice(message);
    }
    file
}

/// tshark reads each message as we do, and finds nothing wrong with any.
pub(crate) fn judge(name: &str, messages: &[Bytes]) {
    let file = format!("tocsin-m2pa-{name}-{}.pcap", std::process::id());
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, capture(messages)).unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-n", "-T", "fields", "-E", "separator=|"]);
    // User parts here say nothing that anybody would.
    command.args(["--disable-protocol", "isup"]);
    for field in ["bsn", "fsn", "type", "status", "filler"] {
        command.args(["-e", &format!("m2pa.{field}")]);
    }
    command.args(["-e", "_ws.malformed", "-e", "_ws.expert.message"]);
    let output = command.output();
    std::fs::remove_file(&path).unwrap();
    let Ok(output) = output else {
        println!("skipped: no tshark here");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), messages.len());
    for (line, octets) in text.lines().zip(messages) {
        let Message { bsn, fsn, body } = Message::read(octets).unwrap();
        let hex = |filler: &Bytes| -> String {
            filler.iter().map(|octet| format!("{octet:02x}")).collect()
        };
        let (kind, status, filler) = match body {
            Body::Data(_) => (1, String::new(), String::new()),
            Body::Status(status, filler) => (2, status.0.to_string(), hex(&filler)),
        };
        assert_eq!(line, format!("{bsn}|{fsn}|{kind}|{status}|{filler}||"), "{octets:02x?}");
    }
}

#[test]
fn every_kind_of_message_is_sound_to_tshark() {
    let mut messages: Vec<Bytes> = (1..10).map(|state| status(Status(state)).write()).collect();
    let proving = |state| Body::Status(state, Bytes::from_static(&[1, 2, 3, 4, 5]));
    for state in [Status::PROVING_NORMAL, Status::PROVING_EMERGENCY] {
        messages.push(Message { body: proving(state), ..status(state) }.write());
    }
    messages.push(Message { body: Body::Data(None), ..data(&[]) }.write());
    // A link test of the national network from point 1 to point 2.
    let test = b"\x81\x02\x40\x00\x00\x11\x40abcd";
    let body = Body::Data(Some(Data { priority: 0, msu: Bytes::from_static(test) }));
    messages.push(Message { body, ..data(&[]) }.write());
    judge("kinds", &messages);
}
