//! tshark reads the bits of the lines: flags, zero insertion, check bits, signal units, and what is
//! in them.

use super::*;
use std::collections::BTreeMap;
use std::process::Command;

/// By which tshark knows a bit stream of MTP2 in RTP; each octet of a time slot is one of the
/// payload, the bit that goes first the most significant.
const PAYLOAD_TYPE: u8 = 100;
/// Octets in a packet: 20 ms.
const PACKET: usize = 160;

/// What the time slots have sent: one stream for each end of each link.
#[derive(Default)]
struct Recording {
    streams: Vec<Vec<u8>>,
}

impl Recording {
    fn tick(&mut self, links: &mut Links) {
        links.tick();
        let ends = links.ends.iter();
        let sent: Vec<_> = ends.flat_map(|end| [0, 1].map(|link| end.sent(link))).collect();
        self.streams.resize(sent.len(), Vec::new());
        self.streams.iter_mut().zip(sent).for_each(|(stream, octets)| stream.extend(octets));
    }

    /// A capture of IP packets (link type 101).
    fn capture(&self) -> Vec<u8> {
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4_u32.to_le_bytes());
        file.extend([2_u16, 4].map(u16::to_le_bytes).concat());
        file.extend([0_u32, 0, 65_535, 101].map(u32::to_le_bytes).concat());
        let packets = self.streams.iter().map(|stream| stream.len() / PACKET).min().unwrap();
        for number in 0..packets {
            for (port, stream) in (40_000_u16..).step_by(2).zip(&self.streams) {
                let packet = packet(port, number, &stream[number * PACKET..][..PACKET]);
                let micros = u32::try_from(number * 20_000).unwrap();
                let length = u32::try_from(packet.len()).unwrap();
                let head = [micros / 1_000_000, micros % 1_000_000, length, length];
                file.extend(head.map(u32::to_le_bytes).concat());
                file.extend(packet);
            }
        }
        file
    }
}

/// IPv4, UDP, RTP.
fn packet(port: u16, number: usize, octets: &[u8]) -> Vec<u8> {
    let number = u32::try_from(number).unwrap();
    let length = u16::try_from(octets.len() + 12 + 8).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend((length + 20).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    packet.extend([port, port, length, 0].map(u16::to_be_bytes).concat());
    packet.extend([0x80, PAYLOAD_TYPE]);
    packet.extend((number as u16).to_be_bytes());
    packet.extend((number * 160).to_be_bytes());
    packet.extend(u32::from(port).to_be_bytes());
    packet.extend_from_slice(octets);
    packet
}

/// These fields of each packet, all occurrences of each; `None` where there is no tshark.
fn tshark(recording: &Recording, name: &str, fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let file = format!("links-{name}-{}.pcap", std::process::id());
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, recording.capture()).unwrap();
    let mut command = Command::new("tshark");
    // Units that began in an earlier packet are shown in the second pass only.
    command.args(["-2", "-n", "-r"]).arg(&path).args(["-d", "udp.port==40000-40010,rtp"]);
    command.args(["-o", &format!("mtp2.rtp_payload_type:{PAYLOAD_TYPE}")]);
    command.args(["-T", "fields", "-E", "occurrence=a", "-E", "separator=|"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output();
    std::fs::remove_file(&path).unwrap();
    let Ok(output) = output else {
        println!("skipped: no tshark here");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect())
}

const FIELDS: &[&str] = &[
    "mtp2.li",
    "mtp2.sf",
    "mtp3mg.h0",
    "mtp3mg.h1",
    "mtp3mg.test.h1",
    "isup.message_type",
    "mtp2.checksum.error",
    "_ws.malformed",
    "_ws.expert.message",
];

/// How often each value of each field is there.
fn counted(rows: &[Vec<String>]) -> Vec<BTreeMap<String, usize>> {
    let mut all = vec![BTreeMap::new(); FIELDS.len()];
    for row in rows {
        for (all, values) in all.iter_mut().zip(row) {
            for value in values.split(',').filter(|value| !value.is_empty()) {
                *all.entry(value.to_owned()).or_default() += 1;
            }
        }
    }
    all
}

fn values(counted: &BTreeMap<String, usize>) -> Vec<&str> {
    counted.keys().map(String::as_str).collect()
}

#[test]
fn tshark_reads_from_the_bits_what_was_sent() {
    for (name, correction) in [("basic", Correction::Basic), ("preventive", PREVENTIVE)] {
        let mut links = Links::new(configs(2, correction), 0, 1).unwrap();
        let (mut recording, mut traffic) = (Recording::default(), Traffic::default());
        for at in 0..40_000_u32 {
            match at {
                16_000 => links.cut(0, [true; 2]),
                18_000 => links.cut(0, [false; 2]),
                _ => {}
            }
            if at > 14_000 && at < 39_000 && at % 40 == 0 {
                (0..2).for_each(|end| traffic.send(&mut links, end, (at / 40 % 16) as u8));
            }
            recording.tick(&mut links);
            traffic.take(&mut links);
        }
        assert!(links.are_in_service());
        traffic.all_arrived();
        let Some(rows) = tshark(&recording, name, FIELDS) else { return };
        let found = counted(&rows);
        let [lengths, status, h0, h1, tests, isup, checks, malformed, experts] = &found[..] else {
            unreachable!("as many as there are fields")
        };
        // FISU, LSSU, tests, our messages, TRA, COO to CBA.
        assert_eq!(values(lengths), ["0", "1", "11", "17", "6", "7"]);
        // SIO, SIN, SIE (the first link is alone), SIOS.
        assert_eq!(values(status), ["0", "1", "2", "3"]);
        // Changeover and changeback: orders and acknowledgements. TRA. Tests and theirs.
        assert_eq!(values(h0), ["0x01", "0x07"]);
        assert_eq!(values(h1), ["0x01", "0x02", "0x05", "0x06"]);
        assert_eq!(values(tests), ["0x01", "0x02"]);
        let sent: u32 = traffic.sent.iter().flatten().sum();
        assert!(isup.get("16").is_some_and(|seen| *seen >= sent as usize), "{isup:?} of {sent}");
        assert!(checks.is_empty() && malformed.is_empty(), "{checks:?} {malformed:?}");
        // In a bit stream tshark takes the check octets for two of the payload.
        let ours = |text: &&str| !text.starts_with("Bad length value");
        let wrong: Vec<_> = values(experts).into_iter().filter(ours).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
