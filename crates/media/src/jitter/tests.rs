use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const DEPTH: u32 = 320;

/// What a source says at `timestamp`; never the idle octet.
fn speech(timestamp: u32) -> u8 {
    let octet = (timestamp.wrapping_mul(0x9e37_79b1) >> 24) as u8;
    if octet == ALAW_IDLE { 0 } else { octet }
}

fn packet(timestamp: u32, len: u32) -> Vec<u8> {
    (0..len).map(|offset| speech(timestamp.wrapping_add(offset))).collect()
}

fn push(buffer: &mut JitterBuffer, timestamp: u32) -> Arrival {
    buffer.push(timestamp, false, &packet(timestamp, 160), |octet| octet)
}

fn play(buffer: &mut JitterBuffer, ticks: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..ticks {
        let mut octets = [0; 8];
        buffer.pull(&mut octets);
        out.extend(octets);
    }
    out
}

const SILENCE: [u8; 160] = [ALAW_IDLE; 160];

#[test]
fn speech_comes_out_after_the_depth_whatever_the_packet_time() {
    for (len, start) in [(80, 0u32), (160, u32::MAX - 500), (240, 7), (100, 3), (480, 1 << 31)] {
        let mut buffer = JitterBuffer::new(DEPTH);
        assert_eq!(play(&mut buffer, 2), SILENCE[..16]);
        let (mut out, mut sent) = (Vec::new(), 0);
        for tick in 0..500 {
            while sent <= tick * 8 {
                let timestamp = start.wrapping_add(sent);
                let octets = packet(timestamp, len);
                assert_eq!(buffer.push(timestamp, false, &octets, |o| o), Arrival::Stored);
                sent += len;
            }
            out.extend(play(&mut buffer, 1));
        }
        let (idle, heard) = out.split_at(DEPTH as usize);
        assert!(idle.iter().all(|&octet| octet == ALAW_IDLE));
        assert_eq!(heard, packet(start, heard.len() as u32));
    }
}

#[test]
fn a_lost_packet_is_the_one_before_once_more_and_then_silence() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    push(&mut buffer, 160);
    push(&mut buffer, 640);
    play(&mut buffer, 40);
    let expected = [packet(0, 320), packet(160, 160), SILENCE.to_vec(), packet(640, 160)].concat();
    assert_eq!(play(&mut buffer, 100), expected);
}

#[test]
fn a_late_packet_is_dropped_and_a_partly_late_one_is_heard_in_part() {
    let mut buffer = JitterBuffer::new(0);
    assert_eq!(push(&mut buffer, 0), Arrival::Stored);
    assert_eq!(play(&mut buffer, 20), packet(0, 160));
    play(&mut buffer, 5);
    assert_eq!(push(&mut buffer, 160), Arrival::Stored);
    assert_eq!(play(&mut buffer, 15), packet(200, 120));
    assert_eq!(push(&mut buffer, 160), Arrival::Late);
}

#[test]
fn a_peer_whose_clock_is_slow_gets_its_depth_back() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    play(&mut buffer, 1_000);
    for number in 1..LATE_MAX {
        assert_eq!(push(&mut buffer, number * 160), Arrival::Late);
        play(&mut buffer, 20);
    }
    assert_eq!(push(&mut buffer, 800), Arrival::Slipped);
    play(&mut buffer, 40);
    assert_eq!(play(&mut buffer, 20), packet(800, 160));
}

#[test]
fn the_start_of_a_talk_spurt_may_set_the_depth_anew() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    play(&mut buffer, 1_000);
    assert_eq!(buffer.push(160, true, &packet(160, 160), |o| o), Arrival::Slipped);
    play(&mut buffer, 40);
    assert_eq!(play(&mut buffer, 20), packet(160, 160));
}

#[test]
fn packets_after_a_pause_of_ours_are_kept_until_the_ticks_are_made_up_for() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    for number in 1..=12 {
        assert_eq!(push(&mut buffer, number * 160), Arrival::Stored);
    }
    play(&mut buffer, 40);
    assert_eq!(play(&mut buffer, 13 * 20), packet(0, 13 * 160));
}

#[test]
fn a_far_jump_ahead_is_a_slip() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    for timestamp in [DEPTH + HEADROOM + 8, 1_000_000, 0x7fff_0000] {
        assert_eq!(push(&mut buffer, timestamp), Arrival::Slipped);
        play(&mut buffer, 40);
        assert_eq!(play(&mut buffer, 20), packet(timestamp, 160));
    }
}

#[test]
fn a_first_packet_that_was_slow_does_not_cost_delay_for_ever() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    // The others come 100 ms earlier than the first one let expect.
    for number in 1..5 {
        push(&mut buffer, number * 160);
    }
    let mut slips = 0;
    for number in 5..400 {
        slips += u32::from(push(&mut buffer, number * 160) == Arrival::Slipped);
        play(&mut buffer, 20);
    }
    assert_eq!(slips, 1);
    push(&mut buffer, 400 * 160);
    play(&mut buffer, 40);
    assert_eq!(play(&mut buffer, 20), packet(400 * 160, 160));
}

#[test]
fn a_drifting_clock_costs_a_slip_now_and_then_in_either_direction() {
    // Ten times the 50 ppm that the terminals of G.823 are allowed, for two minutes.
    for ppm in [-500i64, 500] {
        let mut buffer = JitterBuffer::new(DEPTH);
        let (mut sent, mut slips, mut late, mut silent) = (0i64, 0, 0, 0);
        for tick in 0..120_000i64 {
            while sent * 20 * (1_000_000 - ppm) <= tick * 1_000_000 {
                match push(&mut buffer, (sent * 160) as u32) {
                    Arrival::Stored => {}
                    Arrival::Late => late += 1,
                    Arrival::Slipped => slips += 1,
                }
                sent += 1;
            }
            silent += usize::from(play(&mut buffer, 1) == SILENCE[..8]);
        }
        assert!((1..=4).contains(&slips), "{slips} slips at {ppm} ppm");
        assert!(late <= 8 && silent <= 400, "{late} late, {silent} ms silent at {ppm} ppm");
    }
}

#[test]
fn reset_forgets_the_time_line() {
    let mut buffer = JitterBuffer::new(DEPTH);
    push(&mut buffer, 0);
    buffer.reset();
    assert_eq!(play(&mut buffer, 20), SILENCE);
    push(&mut buffer, 0x8000_0000);
    play(&mut buffer, 40);
    assert_eq!(play(&mut buffer, 20), packet(0x8000_0000, 160));
}

/// The buffer as what it should be: a map from timestamps to samples, and an output without end.
struct Model {
    start: u32,
    arrived: BTreeMap<i64, u8>,
    out: Vec<u8>,
    missed: u32,
}

impl Model {
    fn play(&mut self) {
        for _ in 0..8 {
            let at = self.out.len() as i64 - i64::from(DEPTH);
            let octet = self.arrived.get(&at).copied();
            let before = self.out.len().checked_sub(REPEAT as usize);
            let before = before.and_then(|at| self.out.get(at)).copied().unwrap_or(ALAW_IDLE);
            let repeated = if self.missed < REPEAT { before } else { ALAW_IDLE };
            self.missed = if octet.is_some() { 0 } else { self.missed + 1 };
            self.out.push(octet.unwrap_or(repeated));
        }
    }

    fn push(&mut self, offset: i64, len: u32) {
        let first = self.out.len() as i64 - i64::from(DEPTH);
        for at in offset..offset + i64::from(len) {
            if at >= first {
                self.arrived.insert(at, speech(self.start.wrapping_add(at as u32)));
            }
        }
    }
}

proptest! {
    /// Packets lost, doubled, overtaken and late: each sample is heard at its time or not at all.
    #[test]
    fn agrees_with_the_model(
        start: u32,
        len in prop::sample::select(vec![80u32, 160, 240]),
        fates in prop::collection::vec((0..10u8, 0..400i64), 1..60),
    ) {
        let mut arrivals: Vec<(i64, i64)> = vec![(0, 0)];
        for (number, (fate, delay)) in (1..).zip(fates) {
            let offset = number * i64::from(len);
            let copies = match fate { 0 => 0, 1 => 2, _ => 1 };
            arrivals.extend(std::iter::repeat_n((offset + delay, offset), copies));
        }
        arrivals.sort_unstable();
        let mut buffer = JitterBuffer::new(DEPTH);
        let mut model = Model { start, arrived: BTreeMap::new(), out: Vec::new(), missed: 0 };
        let mut out = Vec::new();
        let mut waiting = arrivals.into_iter().peekable();
        for tick in 0..3_000 {
            while let Some((_, offset)) = waiting.next_if(|(time, _)| *time <= tick * 8) {
                let timestamp = start.wrapping_add(offset as u32);
                let arrival = buffer.push(timestamp, false, &packet(timestamp, len), |o| o);
                if arrival == Arrival::Slipped {
                    return Ok(());
                }
                model.push(offset, len);
            }
            out.extend(play(&mut buffer, 1));
            model.play();
        }
        prop_assert_eq!(out, model.out);
    }
}
