//! Random and mutated messages of ISUP into half of a trunk group that carries calls on the other
//! half: nobody else's call may notice, and nothing of it may stay.

use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, acm, iam, rel};
use crate::support::ua::Ua;
use isup_codec::{
    Anm, BackwardCallIndicators, Cgb, Cgu, Cic, Con, Cot, Cpg, Cqm, EventIndicator, Grs, Message,
    MessageType, Range, RangeStatus, Rlc, Sam, SubsequentNumber, SupervisionType, Sus, encode,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many messages, unless `TOCSIN_NOISE` names another number.
const MESSAGES: usize = 60_000;
/// The circuits that the noise is about; beyond them there are none.
const NOISY: std::ops::RangeInclusive<u16> = 16..=31;

/// Calls that talk all the while.
const TALKING: usize = 2;

/// A sequence that looks random and is the same each time (xorshift, G. Marsaglia).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn octet(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// One message of each kind that matters, without its circuit.
fn templates() -> Vec<Vec<u8>> {
    let range = || Range::of(8).unwrap();
    let status = || RangeStatus::new(range(), |position| position % 2 == 0);
    let kind = SupervisionType::MAINTENANCE;
    let more = SubsequentNumber { complete: true, digits: "12".parse().unwrap() };
    let mut messages: Vec<Message> = vec![
        iam("199008001").into(),
        iam("112").into(),
        Sam::new(more).into(),
        acm().into(),
        Con::new(BackwardCallIndicators::default()).into(),
        Cpg::new(EventIndicator::ALERTING).into(),
        Anm::new().into(),
        Sus::new(true).into(),
        rel(16).into(),
        Rlc::new().into(),
        Cot { successful: false }.into(),
        Grs { range: range() }.into(),
        Cqm { range: range() }.into(),
        Cgb { kind, status: status() }.into(),
        Cgu { kind: SupervisionType::HARDWARE, status: status() }.into(),
    ];
    messages.extend([
        Message::Rsc,
        Message::Blo,
        Message::Bla,
        Message::Ubl,
        Message::Uba,
        Message::Ccr,
        Message::Ucic,
    ]);
    messages.iter().map(|message| encode(Cic(0), message).unwrap()[2..].to_vec()).collect()
}

/// A message as it is, with a few octets changed, cut off, made longer, or nothing but chance.
fn noise(dice: &mut Dice, templates: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = templates[dice.below(templates.len())].clone();
    match dice.below(8) {
        0..3 => {}
        3 | 4 => {
            for _ in 0..=dice.below(3) {
                let at = dice.below(octets.len());
                octets[at] = dice.octet();
            }
        }
        5 => octets.truncate(dice.below(octets.len()) + 1),
        6 => octets.extend((0..dice.below(200)).map(|_| dice.octet())),
        _ => octets = (0..=dice.below(60)).map(|_| dice.octet()).collect(),
    }
    octets
}

/// A call that the exchange answers, and its circuit.
fn talk(gateway: &Gateway, peer: &IsupPeer, number: &str) -> (Ua, u16) {
    let mut caller = Ua::new(gateway);
    caller.invite(number, Some(&caller.sdp()));
    let (cic, _) = peer.expect_iam();
    assert!(!NOISY.contains(&cic), "{cic}");
    peer.send(cic, acm());
    peer.send(cic, Anm::new());
    caller.expect(200);
    caller.acknowledge(None);
    (caller, cic)
}

fn hang_up(peer: &IsupPeer, (mut caller, cic): (Ua, u16)) {
    caller.hang_up();
    assert_eq!(peer.expect_release(cic), 16);
}

/// Sends so many messages; calls come and go on the quiet circuits meanwhile.
fn flood(gateway: &Gateway, peer: &IsupPeer, messages: usize, seed: u64) -> usize {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut dice, templates) = (Dice(seed), templates());
            for count in 0..messages {
                let known = dice.below(16) > 0;
                let cic = if known { 16 + dice.below(16) as u16 } else { 40 + dice.octet() as u16 };
                peer.send_raw(cic, &noise(&mut dice, &templates));
                if count % 256 == 0 {
                    peer.forget(|cic| NOISY.contains(&cic) || cic > *NOISY.end());
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        let mut calls = 0;
        while !over.load(Ordering::Relaxed) {
            let number = if calls % 2 == 0 { "112" } else { "0199000001" };
            hang_up(peer, talk(gateway, peer, number));
            calls += 1;
        }
        calls
    })
}

/// The exchange comes to its senses: it resets the noisy circuits, blocks none of them, and answers
/// for them until all are idle.
fn heal(gateway: &Gateway, peer: &IsupPeer) {
    let start = Instant::now();
    for cic in NOISY {
        peer.send(cic, Message::Rsc);
        peer.send(cic, Message::Ubl);
    }
    for kind in [SupervisionType::MAINTENANCE, SupervisionType::HARDWARE] {
        let range = Range::of(NOISY.len()).unwrap();
        peer.send(*NOISY.start(), Cgu { kind, status: RangeStatus::new(range, |_| true) });
    }
    loop {
        let circuits = gateway.tocsin(&["circuits"]).1;
        if circuits.matches(" idle ").count() + TALKING == 31 {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(40), "{circuits}");
        for arrival in peer.take_all(|cic| NOISY.contains(&cic)) {
            match arrival.kind() {
                Some(MessageType::REL | MessageType::RSC) => peer.send(arrival.cic, Rlc::new()),
                Some(MessageType::BLO) => peer.send(arrival.cic, Message::Bla),
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_flood_of_random_messages_harms_no_other_circuit_and_leaves_nothing() {
    let messages = std::env::var("TOCSIN_NOISE").map_or(MESSAGES, |text| text.parse().unwrap());
    let (gateway, peer) = IsupPeer::start_with(&[], |table| {
        let group = table["ss7"]["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        group.insert("selection".to_owned(), "lowest_first".into());
    });
    let talking: [_; TALKING] = [talk(&gateway, &peer, "112"), talk(&gateway, &peer, "0199000001")];

    let start = Instant::now();
    let first = flood(&gateway, &peer, messages / 2, 1);
    heal(&gateway, &peer);
    let before = gateway.memory();
    let second = flood(&gateway, &peer, messages / 2, 2);
    heal(&gateway, &peer);
    let after = gateway.memory();
    let seconds = start.elapsed().as_secs_f32();
    println!("{messages} messages and {} calls in {seconds:.1} s", first + second);
    assert!(first > 0 && second > 0);
    assert!(after < before + before / 10 + 4_096, "{before} KiB of memory became {after}");

    for call in talking {
        hang_up(&peer, call);
    }
    gateway.wait_until_idle();
    for none in ["tocsin_quarantined_total", "tocsin_records_reaped_total"] {
        assert_eq!(gateway.metric(none, &[]), 0.0, "{none}");
    }
}
