use super::*;
use crate::mtp2::{Correction, Limits, Rate};
use crate::testing::{Line, Noise};
use base::{Duration, Rng};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

const CLASS: Class = Class::Ordinary;

/// One link under test, and a peer played by hand.
struct Bench {
    link: Link,
    now: Instant,
}

/// Numbers as a fresh peer sends them.
const FRESH: Header = Header { bsn: 127, bib: true, fsn: 127, fib: true };

impl Bench {
    fn new() -> Self {
        Self { link: Link::new(Config::default()), now: Instant::ZERO }
    }

    fn in_service() -> Self {
        let mut bench = Self::new();
        bench.link.start(bench.now, true);
        bench.status(Status::SIO);
        bench.status(Status::SIE);
        bench.pass(512);
        assert_eq!(bench.link.state(), State::AlignedReady);
        bench.hear(FRESH, Body::Fisu);
        assert_eq!(bench.link.state(), State::InService);
        bench.events();
        bench
    }

    fn hear(&mut self, header: Header, body: Body<'_>) {
        let unit = su::build(header, body).unwrap();
        self.link.handle_line(self.now, &LineInput::SignalUnit(unit));
    }

    fn status(&mut self, status: Status) {
        self.hear(FRESH, Body::Lssu(status));
    }

    fn message(&mut self, fsn: u8) {
        self.hear(Header { fsn, ..FRESH }, Body::Msu(&[0x85, 0, 0, 0, 0, fsn]));
    }

    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.link.handle_timeout(self.now);
    }

    fn transmit(&mut self, number: u8) {
        let msu = Bytes::copy_from_slice(&[0x85, 0, 0, 0, 0, number]);
        self.link.transmit(self.now, CLASS, msu).unwrap();
        self.link.handle_line(self.now, &LineInput::Transmitted);
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.link.poll_event()).collect()
    }

    /// Numbers and bodies sent, and the number of every message given to level 3.
    fn sent(&mut self) -> (Vec<(u8, u8)>, Vec<u8>) {
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for event in self.events() {
            match event {
                Event::Send(unit) => match su::parse(unit.as_slice()).unwrap() {
                    (header, Body::Msu(msu)) => sent.push((header.fsn, msu[5])),
                    other => panic!("{other:?}"),
                },
                Event::Received(msu) => received.push(msu[5]),
                _ => {}
            }
        }
        (sent, received)
    }

    fn fill(&mut self) -> (Header, Option<Status>) {
        let unit = self.link.fill.unwrap();
        match su::parse(unit.as_slice()).unwrap() {
            (header, Body::Lssu(status)) => (header, Some(status)),
            (header, Body::Fisu) => (header, None),
            other => panic!("{other:?}"),
        }
    }

    fn failed(&mut self) -> Option<&'static str> {
        self.events().into_iter().find_map(|event| match event {
            Event::OutOfService(reason) => Some(reason),
            _ => None,
        })
    }
}

#[test]
fn q703_7_3_normal_alignment_takes_the_normal_period() {
    let mut bench = Bench::new();
    assert_eq!(bench.link.state(), State::PowerOff);
    bench.link.start(bench.now, false);
    assert_eq!(bench.fill().1, Some(Status::SIO));
    bench.status(Status::SIO);
    assert_eq!(bench.fill().1, Some(Status::SIN));
    bench.status(Status::SIN);
    bench.pass(8_199);
    assert_eq!(bench.link.state(), State::InitialAlignment);
    bench.pass(1);
    assert_eq!(bench.link.state(), State::AlignedReady);
    assert_eq!(bench.fill(), (FRESH, None));
    bench.status(Status::SIN);
    assert_eq!(bench.link.state(), State::AlignedReady, "the peer still proves");
    bench.hear(FRESH, Body::Fisu);
    assert!(bench.events().contains(&Event::InService));
}

#[test]
fn t1_111_3_12_3_a_link_of_56_kbit_s_has_its_own_timers() {
    let mut bench = Bench::new();
    bench.link = Link::new(Config::new(Rate::Kbit56, Correction::Basic));
    bench.link.start(bench.now, false);
    bench.status(Status::SIO);
    bench.pass(11_799);
    bench.status(Status::SIN);
    bench.pass(2_299);
    assert_eq!(bench.link.state(), State::InitialAlignment);
    bench.pass(1);
    assert_eq!(bench.link.state(), State::AlignedReady);
    bench.pass(12_999);
    assert_eq!(bench.link.state(), State::AlignedReady);
    bench.pass(1);
    assert!(bench.failed().unwrap().contains("T1"));
}

#[test]
fn q703_7_2_emergency_of_the_peer_shortens_proving() {
    let mut bench = Bench::new();
    bench.link.start(bench.now, false);
    bench.status(Status::SIE);
    assert_eq!(bench.fill().1, Some(Status::SIN));
    bench.status(Status::SIE);
    bench.pass(512);
    assert_eq!(bench.link.state(), State::AlignedReady);
}

#[test]
fn q703_7_2_emergency_on_the_way_begins_a_short_period() {
    let mut bench = Bench::new();
    bench.link.start(bench.now, false);
    bench.status(Status::SIO);
    bench.status(Status::SIN);
    bench.pass(100);
    bench.link.hurry(bench.now);
    assert_eq!(bench.fill().1, Some(Status::SIE));
    bench.pass(511);
    assert_eq!(bench.link.state(), State::InitialAlignment);
    bench.pass(1);
    assert_eq!(bench.link.state(), State::AlignedReady);
}

#[test]
fn q703_7_4_errors_abort_proving_four_times_and_fail_it_at_the_fifth() {
    let mut bench = Bench::new();
    bench.link.start(bench.now, false);
    bench.status(Status::SIO);
    bench.status(Status::SIN);
    for _ in 0..4 {
        bench.pass(1_000);
        bench.link.handle_line(bench.now, &LineInput::Errored(4));
        bench.link.handle_line(bench.now, &LineInput::Repeated(1));
        assert_eq!(bench.link.state(), State::InitialAlignment);
    }
    // each abort began the period anew
    bench.pass(8_199);
    assert_eq!(bench.link.state(), State::InitialAlignment);
    bench.link.handle_line(bench.now, &LineInput::OctetCounting(4));
    assert_eq!(bench.failed(), Some("too many errors while proving"));
    assert_eq!(bench.fill().1, Some(Status::SIOS));
}

#[test]
fn q703_7_3_t2_and_t3_end_alignment() {
    let mut bench = Bench::new();
    bench.link.start(bench.now, true);
    bench.pass(10_000);
    assert!(bench.failed().unwrap().contains("T2"));
    bench.link.start(bench.now, true);
    bench.status(Status::SIO);
    bench.pass(1_500);
    assert!(bench.failed().unwrap().contains("T3"));
    assert_eq!(bench.link.stats().alignment_failures, 2);
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn q703_7_t1_ends_a_link_whose_peer_never_sends_a_fill_in_unit() {
    let mut bench = Bench::new();
    bench.link.start(bench.now, true);
    bench.status(Status::SIO);
    bench.status(Status::SIE);
    bench.pass(512);
    bench.pass(45_000);
    assert!(bench.failed().unwrap().contains("T1"));
}

#[test]
fn q703_7_alignment_statuses_and_sios_end_a_link_in_service() {
    for status in [Status::SIO, Status::SIN, Status::SIE, Status::SIOS] {
        let mut bench = Bench::in_service();
        bench.status(status);
        assert!(bench.failed().is_some(), "{status}");
        assert_eq!(bench.link.state(), State::OutOfService);
        assert_eq!(bench.link.stats().failures, 1);
    }
}

#[test]
fn q703_5_2_messages_are_numbered_from_0_and_acknowledged_by_bsn() {
    let mut bench = Bench::in_service();
    bench.transmit(10);
    bench.transmit(11);
    assert_eq!(bench.sent().0, [(0, 10), (1, 11)]);
    assert_eq!(bench.fill().0.fsn, 1);
    assert_eq!(bench.link.outstanding(), 2);
    bench.hear(Header { bsn: 0, ..FRESH }, Body::Fisu);
    assert_eq!(bench.link.outstanding(), 1);
    bench.hear(Header { bsn: 1, ..FRESH }, Body::Fisu);
    assert_eq!(bench.link.outstanding(), 0);
    assert_eq!(bench.link.poll_timeout(), None, "T7 stops with the last");
}

#[test]
fn q703_5_2_1_at_most_127_messages_are_unacknowledged() {
    let mut bench = Bench::in_service();
    for number in 0..127 {
        bench.transmit(number);
    }
    assert!(!bench.link.is_ready());
    let msu = Bytes::from_static(&[0x85, 0, 0, 0, 0, 1]);
    assert_eq!(bench.link.transmit(bench.now, CLASS, msu.clone()), Err(NotReady(msu)));
    bench.hear(Header { bsn: 0, ..FRESH }, Body::Fisu);
    assert!(bench.link.is_ready());
}

#[test]
fn q703_5_2_at_most_the_credit_is_handed_to_the_line() {
    let mut bench = Bench::in_service();
    let msu = Bytes::from_static(&[0x85, 0, 0, 0, 0, 1]);
    for _ in 0..super::super::LINE_CREDIT {
        bench.link.transmit(bench.now, CLASS, msu.clone()).unwrap();
    }
    assert!(!bench.link.is_ready());
    bench.link.handle_line(bench.now, &LineInput::Transmitted);
    assert!(bench.link.is_ready());
}

#[test]
fn a_lost_report_of_transmission_does_not_stop_the_link() {
    let mut bench = Bench::in_service();
    let msu = Bytes::from_static(&[0x85, 0, 0, 0, 0, 1]);
    for _ in 0..super::super::LINE_CREDIT {
        bench.link.transmit(bench.now, CLASS, msu.clone()).unwrap();
    }
    bench.hear(Header { bsn: 1, ..FRESH }, Body::Fisu);
    assert!(bench.link.is_ready(), "what is acknowledged has left the line");
}

#[test]
fn q703_5_2_2_a_gap_is_asked_for_once_and_filled_by_retransmission() {
    let mut bench = Bench::in_service();
    bench.message(0);
    bench.message(2); // 1 was lost
    assert!(!bench.fill().0.bib, "the indicator bit turned");
    bench.message(3); // still with the old bit
    assert_eq!(bench.fill().0.bsn, 0);
    assert_eq!(bench.link.stats().nacks_sent, 1);
    for fsn in 1..=3 {
        let again = Header { fsn, fib: false, ..FRESH };
        bench.hear(again, Body::Msu(&[0x85, 0, 0, 0, 0, fsn]));
    }
    assert_eq!(bench.sent().1, [0, 1, 2, 3]);
    assert_eq!(bench.fill().0.bsn, 3);
}

#[test]
fn q703_5_2_2_a_fill_in_unit_reveals_the_loss_of_the_last_message() {
    let mut bench = Bench::in_service();
    bench.hear(Header { fsn: 0, ..FRESH }, Body::Fisu);
    assert!(!bench.fill().0.bib);
    assert_eq!(bench.link.stats().nacks_sent, 1);
}

#[test]
fn q703_5_2_2_what_has_arrived_before_is_thrown_away() {
    let mut bench = Bench::in_service();
    bench.message(0);
    bench.message(0);
    assert_eq!(bench.sent().1, [0]);
    assert_eq!(bench.link.stats().nacks_sent, 0);
}

#[test]
fn q703_5_3_1_a_turned_indicator_bit_starts_again_at_the_first_unacknowledged() {
    let mut bench = Bench::in_service();
    for number in 0..4 {
        bench.transmit(number);
    }
    bench.sent();
    bench.hear(Header { bsn: 0, bib: false, ..FRESH }, Body::Fisu);
    bench.link.handle_line(bench.now, &LineInput::Transmitted);
    bench.link.handle_line(bench.now, &LineInput::Transmitted);
    assert_eq!(bench.sent().0, [(1, 1), (2, 2), (3, 3)]);
    assert!(!bench.fill().0.fib, "and the forward bit turned");
    assert_eq!(bench.link.stats().retransmitted, 3);
    // seen again, it asks for nothing new
    bench.hear(Header { bsn: 0, bib: false, ..FRESH }, Body::Fisu);
    assert_eq!(bench.sent().0, []);
}

#[test]
fn q703_5_3_1_two_abnormal_bsns_of_three_end_the_link() {
    let mut bench = Bench::in_service();
    bench.hear(Header { bsn: 5, ..FRESH }, Body::Fisu);
    bench.hear(FRESH, Body::Fisu);
    assert_eq!(bench.link.state(), State::InService, "one is forgiven");
    bench.hear(Header { bsn: 5, ..FRESH }, Body::Fisu);
    assert_eq!(bench.failed(), Some("abnormal backward sequence numbers"));
}

#[test]
fn q703_5_3_1_abnormal_bsns_far_apart_are_forgiven() {
    let mut bench = Bench::in_service();
    for _ in 0..5 {
        bench.hear(Header { bsn: 5, ..FRESH }, Body::Fisu);
        bench.hear(FRESH, Body::Fisu);
        bench.hear(FRESH, Body::Fisu);
    }
    assert_eq!(bench.link.state(), State::InService);
    assert_eq!(bench.link.stats().abnormal, 5);
}

#[test]
fn q703_5_3_1_a_repeated_abnormal_unit_counts_as_often_as_it_came() {
    let mut bench = Bench::in_service();
    bench.hear(Header { bsn: 5, ..FRESH }, Body::Fisu);
    bench.link.handle_line(bench.now, &LineInput::Repeated(1));
    assert!(bench.failed().is_some());
}

#[test]
fn q703_5_3_2_two_unasked_retransmissions_of_three_end_the_link() {
    let mut bench = Bench::in_service();
    let turned = Header { fib: false, ..FRESH };
    bench.hear(turned, Body::Fisu);
    bench.hear(FRESH, Body::Fisu);
    assert_eq!(bench.link.state(), State::InService, "one is forgiven");
    bench.hear(turned, Body::Fisu);
    assert_eq!(bench.failed(), Some("abnormal forward indicator bits"));
}

#[test]
fn q703_6_t7_ends_a_link_whose_peer_acknowledges_nothing() {
    let mut bench = Bench::in_service();
    bench.transmit(0);
    bench.pass(1_499);
    bench.hear(FRESH, Body::Fisu);
    bench.pass(1);
    assert!(bench.failed().unwrap().contains("T7"));
}

#[test]
fn q703_9_3_sib_prolongs_t7_until_t6() {
    let mut bench = Bench::in_service();
    bench.transmit(0);
    for _ in 0..49 {
        bench.status(Status::SIB);
        bench.pass(100);
    }
    assert_eq!(bench.link.state(), State::InService);
    bench.status(Status::SIB);
    bench.pass(100);
    assert!(bench.failed().unwrap().contains("T6"));
}

#[test]
fn q703_9_3_an_acknowledgement_ends_the_congestion_of_the_peer() {
    let mut bench = Bench::in_service();
    bench.transmit(0);
    bench.status(Status::SIB);
    bench.hear(Header { bsn: 0, ..FRESH }, Body::Fisu);
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn q703_9_2_busy_sends_sib_each_t5_and_takes_nothing() {
    let mut bench = Bench::in_service();
    bench.link.set_receive_congestion(bench.now, true);
    let sib = |events: Vec<Event>| {
        let is_sib = |unit: &SignalUnit| {
            matches!(su::parse(unit.as_slice()), Some((_, Body::Lssu(Status::SIB))))
        };
        events.iter().filter(|e| matches!(e, Event::Send(unit) if is_sib(unit))).count()
    };
    assert_eq!(sib(bench.events()), 1);
    bench.link.handle_line(bench.now, &LineInput::Transmitted);
    bench.message(0);
    bench.message(1);
    bench.pass(100);
    bench.link.handle_line(bench.now, &LineInput::Transmitted);
    assert_eq!(sib(bench.events()), 1);
    assert_eq!(bench.fill().0.bsn, 127, "acknowledgements are withheld");
    bench.link.set_receive_congestion(bench.now, false);
    bench.message(2);
    assert!(!bench.fill().0.bib, "what was thrown away is asked for");
    bench.pass(100);
    assert_eq!(sib(bench.events()), 0);
}

#[test]
fn q703_8_processor_outage_of_the_peer_stops_messages_until_its_next_unit() {
    let mut bench = Bench::in_service();
    bench.transmit(0);
    bench.status(Status::SIPO);
    assert!(bench.events().contains(&Event::ProcessorOutage));
    assert!(!bench.link.is_ready());
    bench.pass(60_000);
    assert_eq!(bench.link.state(), State::ProcessorOutage, "T7 does not run");
    bench.hear(FRESH, Body::Fisu);
    assert!(bench.events().contains(&Event::ProcessorRecovered));
    assert_eq!(bench.link.state(), State::ProcessorOutage, "level 3 has to decide");
    bench.link.resume(bench.now, Buffers::Continue);
    bench.pass(1_500);
    assert!(bench.failed().unwrap().contains("T7"), "and runs again afterwards");
}

#[test]
fn q703_8_our_own_processor_outage_sends_sipo_and_throws_messages_away() {
    let mut bench = Bench::in_service();
    bench.link.set_local_processor_outage(bench.now, true);
    assert_eq!(bench.fill().1, Some(Status::SIPO));
    bench.message(0);
    assert_eq!(bench.sent().1, []);
    bench.link.set_local_processor_outage(bench.now, false);
    bench.link.resume(bench.now, Buffers::Continue);
    assert_eq!(bench.link.state(), State::InService);
    bench.hear(Header { fsn: 0, ..FRESH }, Body::Fisu);
    assert!(!bench.fill().0.bib, "and asks for them afterwards");
}

#[test]
fn q703_8_a_link_may_come_up_with_either_processor_out() {
    let mut bench = Bench::new();
    bench.link.set_local_processor_outage(bench.now, true);
    bench.link.start(bench.now, true);
    bench.status(Status::SIO);
    bench.status(Status::SIE);
    bench.pass(512);
    assert_eq!(bench.link.state(), State::AlignedNotReady);
    assert_eq!(bench.fill().1, Some(Status::SIPO));
    bench.status(Status::SIPO);
    assert_eq!(bench.link.state(), State::ProcessorOutage);
    bench.link.set_local_processor_outage(bench.now, false);
    assert_eq!(bench.link.state(), State::ProcessorOutage, "the peer's is out yet");
    bench.hear(FRESH, Body::Fisu);
    bench.link.resume(bench.now, Buffers::Continue);
    assert_eq!(bench.link.state(), State::InService);
}

#[test]
fn q703_10_2_too_many_errors_end_a_link_in_service() {
    let mut bench = Bench::in_service();
    bench.link.handle_line(bench.now, &LineInput::Errored(32));
    bench.link.handle_line(bench.now, &LineInput::OctetCounting(31));
    assert_eq!(bench.link.state(), State::InService);
    bench.link.handle_line(bench.now, &LineInput::OctetCounting(1));
    assert_eq!(bench.failed(), Some("too many signal units in error"));
    assert_eq!(bench.link.stats().errored, 64);
}

#[test]
fn q704_5_what_is_not_acknowledged_is_retrieved_with_its_numbers_and_classes() {
    let mut bench = Bench::in_service();
    for number in 0..3 {
        bench.transmit(number);
    }
    bench.hear(Header { bsn: 0, ..FRESH }, Body::Fisu);
    bench.hear(Header { bsn: 0, fsn: 0, ..FRESH }, Body::Msu(&[0x85, 0, 0, 0, 0, 0]));
    bench.link.fail(bench.now, "line");
    let retrieved = bench.link.retrieve();
    let told: Vec<_> = retrieved.iter().map(|one| (one.fsn, one.msu[5], one.class)).collect();
    assert_eq!(told, [(1, 1, CLASS), (2, 2, CLASS)]);
    assert_eq!(bench.link.bsnt(), 0);
    bench.link.start(bench.now, true);
    assert_eq!((bench.link.bsnt(), bench.link.outstanding()), (127, 0));
}

#[test]
fn a_unit_that_contradicts_itself_is_counted() {
    let mut bench = Bench::in_service();
    let unit = SignalUnit::from_slice(&[0xff, 0xff, 9, 1]).unwrap();
    bench.link.handle_line(bench.now, &LineInput::SignalUnit(unit));
    bench.status(Status(7));
    assert_eq!(bench.link.stats().malformed, 2);
    assert_eq!(bench.link.state(), State::InService);
}

/// Two links and the line between them.
struct Pair {
    ends: [(Link, Line); 2],
    received: [Vec<u16>; 2],
    rng: Rng,
    now: Instant,
}

impl Pair {
    fn aligned(seed: u64, correction: Correction) -> Self {
        let end = || (Link::new(Config::new(Rate::Kbit64, correction)), Line::default());
        let mut pair = Self {
            ends: [end(), end()],
            received: [Vec::new(), Vec::new()],
            rng: Rng::new(seed),
            now: Instant::ZERO,
        };
        for (link, _) in &mut pair.ends {
            link.start(pair.now, true);
        }
        for _ in 0..700 {
            pair.tick(Noise::default());
        }
        assert!(pair.ends.iter().all(|(link, _)| link.state() == State::InService));
        pair
    }

    fn tick(&mut self, noise: Noise) {
        self.now += Duration::from_millis(1);
        let mut heard = [Vec::new(), Vec::new()];
        for (end, (_, line)) in self.ends.iter_mut().enumerate() {
            let [a, b] = &mut heard;
            let (near, far) = if end == 0 { (a, b) } else { (b, a) };
            line.tick(&mut self.rng, noise, near, far);
        }
        for (end, inputs) in heard.iter().enumerate() {
            let (link, line) = &mut self.ends[end];
            for input in inputs {
                link.handle_line(self.now, input);
            }
            link.handle_timeout(self.now);
            while let Some(event) = link.poll_event() {
                match event {
                    Event::Send(unit) => line.send(unit),
                    Event::Fill(unit) => line.fill(unit),
                    Event::Received(msu) => {
                        self.received[end].push(u16::from_be_bytes([msu[5], msu[6]]));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// However many units are lost or damaged: while the link stays up, every message arrives once and
/// in sequence.
fn delivers(
    seed: u64,
    correction: Correction,
    noise: Noise,
    count: u16,
) -> Result<(), TestCaseError> {
    let mut pair = Pair::aligned(seed, correction);
    let mut next = [0u16; 2];
    let mut millis = 0;
    while pair.received.iter().any(|received| received.len() < usize::from(count)) {
        for (end, next) in next.iter_mut().enumerate() {
            let (link, line) = &mut pair.ends[end];
            if *next < count && link.is_ready() {
                let [high, low] = next.to_be_bytes();
                let msu = Bytes::copy_from_slice(&[0x85, 0, 0, 0, 0, high, low]);
                link.transmit(pair.now, CLASS, msu).unwrap();
                *next += 1;
                while let Some(event) = link.poll_event() {
                    match event {
                        Event::Send(unit) => line.send(unit),
                        Event::Fill(unit) => line.fill(unit),
                        _ => {}
                    }
                }
            }
        }
        pair.tick(noise);
        millis += 1;
        let up = pair.ends.iter().all(|(link, _)| link.state() == State::InService);
        if !up {
            break; // failed for the noise: nothing more is promised
        }
        prop_assert!(millis < 60_000, "the link stands still");
    }
    for received in &pair.received {
        let expected: Vec<u16> = (0..received.len() as u16).collect();
        prop_assert_eq!(received, &expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn basic_error_correction_delivers_each_message_once_in_sequence(
        seed in any::<u64>(),
        errored in 0u64..120,
        lost in 0u64..300,
        count in 1u16..200,
    ) {
        delivers(seed, Correction::Basic, Noise { errored, lost }, count)?;
    }

    #[test]
    fn preventive_cyclic_retransmission_delivers_each_message_once_in_sequence(
        seed in any::<u64>(),
        errored in 0u64..120,
        lost in 0u64..300,
        count in 1u16..200,
        messages in 1u8..=127,
        octets in 280u32..6_000,
    ) {
        let limits = Limits { messages, octets };
        delivers(seed, Correction::Preventive(limits), Noise { errored, lost }, count)?;
    }

    /// Whatever octets arrive, and whenever, nothing panics and nothing grows.
    #[test]
    fn junk_from_the_line_is_survived(
        units in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..12), 0u64..400), 0..80),
    ) {
        let mut bench = Bench::in_service();
        for (octets, millis) in units {
            let unit = SignalUnit::from_slice(&octets).unwrap();
            bench.link.handle_line(bench.now, &LineInput::SignalUnit(unit));
            bench.link.handle_line(bench.now, &LineInput::Repeated(7));
            bench.pass(millis);
            prop_assert!(bench.events().len() < 20);
            if bench.link.state() == State::OutOfService {
                bench.link.start(bench.now, true);
            }
        }
    }
}
