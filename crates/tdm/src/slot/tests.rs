use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;

const FLAG: [bool; 8] = [false, true, true, true, true, true, true, false];
const FISU: [u8; 3] = [0xff, 0xff, 0x00];
const SIO: [u8; 4] = [0xff, 0xff, 0x01, 0x00];

fn unit(octets: &[u8]) -> Unit {
    Unit::from_slice(octets).unwrap()
}

/// A message signal unit of `len` octets in all, marked with `number`.
fn message(number: u8, len: usize) -> Unit {
    let mut octets = vec![number; len];
    octets[2] = (len - 3).min(63) as u8;
    unit(&octets)
}

/// A unit as Q.703 puts it: bits, check bits, inserted zeros; no flags.
fn bits_of(unit: &[u8]) -> Vec<bool> {
    let mut octets = unit.to_vec();
    let mut fcs = crate::fcs::Fcs::new();
    unit.iter().for_each(|&octet| fcs.push(octet));
    octets.extend(fcs.octets());
    let mut ones = 0;
    let mut out = Vec::new();
    for bit in octets.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1 == 1)) {
        out.push(bit);
        ones = if bit { ones + 1 } else { 0 };
        if ones == 5 {
            out.push(false);
            ones = 0;
        }
    }
    out
}

/// The units in a stream of bits, one rule of Q.703 §3 and §4 after another.
fn units_in(bits: &[bool]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut begin = None;
    for end in FLAG.len()..=bits.len() {
        if bits[end - FLAG.len()..end] != FLAG {
            continue;
        }
        let body = begin.replace(end).and_then(|begin| bits.get(begin..end - FLAG.len()));
        let body = body.filter(|body| !body.windows(7).any(|run| run == [true; 7]));
        let Some(body) = body else { continue };
        let mut ones = 0;
        let mut data = Vec::new();
        for &bit in body {
            if bit || ones < 5 {
                data.push(bit);
            }
            ones = if bit { ones + 1 } else { 0 };
        }
        let (octets, rest) = data.as_chunks::<8>();
        let octets: Vec<u8> = octets
            .iter()
            .map(|bits| bits.iter().rev().fold(0, |octet, &bit| octet << 1 | u8::from(bit)))
            .collect();
        if rest.is_empty() && octets.len() >= 5 && octets.len() <= 278 {
            let (body, check) = octets.split_at(octets.len() - 2);
            let mut fcs = crate::fcs::Fcs::new();
            body.iter().for_each(|&octet| fcs.push(octet));
            if fcs.octets() == check {
                units.push(unit(body));
            }
        }
    }
    units
}

/// A line of bits between two time slots, of which any number may be missing at its head.
#[derive(Default)]
struct Line {
    bits: VecDeque<bool>,
}

impl Line {
    fn put(&mut self, octets: &[u8; 8]) {
        let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
        self.bits.extend(bits.map(|bit| bit == 1));
    }

    fn take(&mut self) -> Option<[u8; 8]> {
        if self.bits.len() < 64 {
            return None;
        }
        let mut octets = [0; 8];
        for octet in &mut octets {
            for bit in self.bits.drain(..8) {
                *octet = *octet << 1 | u8::from(bit);
            }
        }
        Some(octets)
    }
}

fn receive(slot: &mut SignallingSlot, line: &mut Line) -> Vec<LineEvent> {
    let mut events = Vec::new();
    while let Some(rx) = line.take() {
        slot.tick(&rx, &mut [0; 8], &mut |event| events.push(event));
    }
    events
}

fn transmit(slot: &mut SignallingSlot, line: &mut Line, ticks: usize) -> Vec<LineEvent> {
    let mut events = Vec::new();
    for _ in 0..ticks {
        let mut tx = [0; 8];
        slot.tick(&[0x7e; 8], &mut tx, &mut |event| {
            if !matches!(event, LineEvent::OctetCounting(_)) {
                events.push(event);
            }
        });
        line.put(&tx);
    }
    events
}

/// What a slot says to a stream of bits that ends with a flag. More flags fill its last block,
/// some of them sharing a zero so that any number of bits can be filled.
fn hear(slot: &mut SignallingSlot, bits: impl IntoIterator<Item = bool>) -> Vec<LineEvent> {
    let mut line = Line::default();
    line.bits.extend(bits);
    while line.bits.len() % 8 != 0 {
        line.bits.extend(&FLAG[1..]);
    }
    while line.bits.len() % 64 != 0 {
        line.bits.extend(FLAG);
    }
    receive(slot, &mut line)
}

fn framed(unit: &[u8]) -> Vec<bool> {
    [&FLAG[..], &bits_of(unit), &FLAG].concat()
}

/// A slot that is aligned, its last unit being a message.
fn aligned() -> SignallingSlot {
    let mut slot = SignallingSlot::new();
    let events = hear(&mut slot, framed(message(1, 9).as_slice()));
    assert_eq!(events, [LineEvent::SignalUnit(message(1, 9))]);
    slot
}

#[test]
fn a_filling_slot_sends_one_flag_between_units_low_bit_first() {
    let mut slot = SignallingSlot::new();
    let mut tx = [0; 8];
    slot.tick(&[0xff; 8], &mut tx, &mut |_| {});
    assert_eq!(tx, [0x7e; 8], "flags only before anything is said");
    slot.command(LineCommand::Fill(unit(&[0x80, 0x01, 0x00])));
    slot.tick(&[0xff; 8], &mut tx, &mut |_| {});
    // BSN 0 with BIB 1, FSN 1 with FIB 0, LI 0: each octet the other way round on the time slot.
    assert_eq!(tx[..3], [0x01, 0x80, 0x00]);
    let (mut line, mut expected) = (Line::default(), Line::default());
    line.put(&tx);
    transmit(&mut slot, &mut line, 9);
    while expected.bits.len() < line.bits.len() {
        expected.bits.extend(bits_of(&[0x80, 0x01, 0x00]));
        expected.bits.extend(FLAG);
    }
    expected.bits.truncate(line.bits.len());
    assert_eq!(line.bits, expected.bits);
}

#[test]
fn sends_go_out_once_in_order_and_each_is_reported() {
    let (mut slot, mut line) = (SignallingSlot::new(), Line::default());
    slot.command(LineCommand::Fill(unit(&FISU)));
    transmit(&mut slot, &mut line, 3);
    for number in 1..=6 {
        slot.command(LineCommand::Send(message(number, 20)));
    }
    slot.command(LineCommand::Send(unit(&[1, 2])));
    slot.command(LineCommand::Fill(unit(&[])));
    assert_eq!(slot.stats().refused, 4, "two over the limit, two that are no signal units");
    let events = transmit(&mut slot, &mut line, 30);
    assert_eq!(events, [LineEvent::Transmitted; SEND_LIMIT]);
    assert_eq!(slot.stats().sent, 4);
    let units: Vec<_> = receive(&mut SignallingSlot::new(), &mut line)
        .into_iter()
        .filter(|event| *event != LineEvent::SignalUnit(unit(&FISU)))
        .collect();
    let sent: Vec<_> = (1..=4).map(|number| LineEvent::SignalUnit(message(number, 20))).collect();
    let before = units.iter().position(|event| *event == sent[0]).unwrap();
    assert_eq!(units[before..before + 4], sent);
    assert!(units[before + 4..].iter().all(|event| matches!(event, LineEvent::Repeated(_))));
}

#[test]
fn silence_ends_the_fill_but_not_what_was_to_be_sent() {
    let (mut slot, mut line) = (SignallingSlot::new(), Line::default());
    slot.command(LineCommand::Fill(unit(&FISU)));
    slot.command(LineCommand::Send(message(1, 9)));
    slot.command(LineCommand::Silence);
    assert_eq!(transmit(&mut slot, &mut line, 4), [LineEvent::Transmitted]);
    let events = receive(&mut SignallingSlot::new(), &mut line);
    assert_eq!(events, [LineEvent::SignalUnit(message(1, 9))]);
}

#[test]
fn repetitions_are_counted_and_reported_every_24_ms_and_before_anything_else() {
    let (mut slot, mut line) = (SignallingSlot::new(), Line::default());
    slot.command(LineCommand::Fill(unit(&FISU)));
    transmit(&mut slot, &mut line, 60);
    let mut far = SignallingSlot::new();
    let (mut units, mut reports, mut last) = (0, Vec::new(), 0);
    for tick in 0..60 {
        let rx = line.take().unwrap();
        far.tick(&rx, &mut [0; 8], &mut |event| match event {
            LineEvent::SignalUnit(given) => {
                assert_eq!(given, unit(&FISU));
                units += 1;
                reports.push(tick);
            }
            LineEvent::Repeated(count) => {
                units += count;
                assert!(tick - last <= 24, "after {} ms", tick - last);
                last = tick;
            }
            LineEvent::OctetCounting(_) => {}
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(reports.len(), 3, "once at first, then whole again with each report");
    slot.command(LineCommand::Fill(unit(&SIO)));
    transmit(&mut slot, &mut line, 4);
    let rest = receive(&mut far, &mut line);
    let &[LineEvent::Repeated(count), LineEvent::SignalUnit(other), ..] = &rest[..] else {
        panic!("{rest:?}")
    };
    assert_eq!(other, unit(&SIO));
    // Four octets of FISU and flag, two of check bits, a few inserted zeros: 0.8 ms.
    assert!((60..=80).contains(&(units + count)), "{units} and {count}");
}

#[test]
fn messages_are_never_taken_for_repetitions() {
    let mut slot = aligned();
    let twice = [framed(message(1, 9).as_slice()), bits_of(message(1, 9).as_slice())].concat();
    let events = hear(&mut slot, twice.into_iter().chain(FLAG));
    assert_eq!(events, [LineEvent::SignalUnit(message(1, 9)); 2]);
    // A FISU after a message is given, though the same one came before the message.
    let stream = [framed(&FISU), bits_of(message(2, 9).as_slice()), framed(&FISU)].concat();
    let expected = [unit(&FISU), message(2, 9), unit(&FISU)];
    assert_eq!(hear(&mut slot, stream), expected.map(LineEvent::SignalUnit));
}

/// Q.703 §4.1.3.
#[test]
fn units_that_are_short_or_broken_are_errors() {
    let good = bits_of(&FISU);
    let short = bits_of(&FISU[..2]);
    let odd = [&good[..], &[false, true]].concat();
    let mut wrong = good.clone();
    wrong[3] = !wrong[3];
    for bits in [short, odd, wrong, vec![false, true, false]] {
        let mut slot = aligned();
        let events = hear(&mut slot, FLAG.into_iter().chain(bits).chain(framed(&FISU)));
        assert_eq!(events, [LineEvent::Errored(1), LineEvent::SignalUnit(unit(&FISU))]);
    }
}

#[test]
fn a_wrong_bit_anywhere_makes_no_unit_up() {
    let (first, second) = (message(0x80, 12), message(0x81, 8));
    let stream = [framed(first.as_slice()), bits_of(second.as_slice()), FLAG.to_vec()].concat();
    for at in 0..stream.len() {
        let mut slot = aligned();
        let mut wrong = stream.clone();
        wrong[at] = !wrong[at];
        wrong.extend(framed(&FISU));
        for event in hear(&mut slot, wrong) {
            if let LineEvent::SignalUnit(unit) = event {
                assert!([first, second, self::unit(&FISU)].contains(&unit), "bit {at}: {unit:?}");
            }
        }
        let received = slot.stats().received - aligned().stats().received;
        assert!((1..=2).contains(&received), "bit {at}: {received} of 3 units");
    }
}

#[test]
fn flags_in_a_row_are_no_units_even_where_they_share_a_zero() {
    let mut slot = aligned();
    let flags = FLAG.into_iter().chain(FLAG[1..].iter().copied()).chain(FLAG).chain(FLAG);
    let bits = bits_of(&FISU).into_iter().chain(FLAG).chain(FLAG[1..].iter().copied());
    assert_eq!(hear(&mut slot, flags.chain(bits)), [LineEvent::SignalUnit(unit(&FISU))]);
}

/// Q.703 §2.3.8, §4.1.4: the longest unit has 278 octets between its flags.
#[test]
fn the_longest_unit_passes_and_one_octet_more_loses_alignment() {
    let mut slot = aligned();
    let longest = message(7, Unit::MAX_LEN);
    let events = hear(&mut slot, framed(longest.as_slice()));
    assert_eq!(events, [LineEvent::SignalUnit(longest)]);
    let over = bits_of(&[7; Unit::MAX_LEN + 1]);
    let stream = [&FLAG[..], &over, &FLAG, &bits_of(&FISU), &FLAG].concat();
    let events = hear(&mut slot, stream);
    assert_eq!(events, [LineEvent::SignalUnit(unit(&FISU))]);
    assert_eq!(slot.stats().misaligned, 1);
}

/// Found by fuzzing: six ones and a zero were a flag where nothing had come before.
#[test]
fn a_flag_has_a_zero_before_its_ones() {
    let stream = [&FLAG[1..], &bits_of(&FISU), &FLAG, &bits_of(&SIO), &FLAG].concat();
    let events = hear(&mut SignallingSlot::new(), stream);
    assert_eq!(events, [LineEvent::SignalUnit(unit(&SIO))]);
}

/// Q.703 §4.1.4.
#[test]
fn seven_ones_start_octet_counting_until_a_good_unit() {
    let mut slot = aligned();
    assert_eq!(hear(&mut slot, [true; 8 * 160]), [LineEvent::OctetCounting(1); 10]);
    // Neither flags nor a broken unit end it, and the broken unit is not counted apart.
    let mut wrong = framed(&FISU);
    wrong[10] = !wrong[10];
    let events = hear(&mut slot, wrong.into_iter().chain(FLAG.repeat(36)));
    assert_eq!(events, [LineEvent::OctetCounting(1); 3]);
    let events = hear(&mut slot, framed(&FISU));
    assert_eq!(events.last(), Some(&LineEvent::SignalUnit(unit(&FISU))));
    assert_eq!(hear(&mut slot, FLAG.repeat(64)), []);
    assert_eq!(slot.stats().misaligned, 1);
}

#[test]
fn six_ones_and_a_zero_within_an_octet_of_data_never_come_from_a_transmitter() {
    for octets in [[0xff; 276], [0x7e; 276], [0xfc; 276], [0x3f; 276]] {
        let (mut slot, mut line) = (SignallingSlot::new(), Line::default());
        slot.command(LineCommand::Send(unit(&octets)));
        transmit(&mut slot, &mut line, 60);
        let events = receive(&mut SignallingSlot::new(), &mut line);
        assert!(events.contains(&LineEvent::SignalUnit(unit(&octets))));
    }
}

/// Octets that make inserted zeros likely.
fn octet() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0xff), Just(0x7e), Just(0x00), Just(0x1f), Just(0xf8), any::<u8>()]
}

fn any_unit() -> impl Strategy<Value = Unit> {
    let octets = prop_oneof![
        2 => prop::collection::vec(octet(), 3..=5),
        2 => prop::collection::vec(octet(), 6..=30),
        1 => prop::collection::vec(octet(), 6..=Unit::MAX_LEN),
    ];
    octets.prop_map(|octets| unit(&octets))
}

/// The units in `events`, repetitions written out. The unit given whole with a report of
/// repetitions is one of them.
fn written_out(events: &[LineEvent]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for event in events {
        match *event {
            LineEvent::SignalUnit(unit) => units.push(unit),
            LineEvent::Repeated(count) => {
                let last = *units.last().unwrap();
                units.extend(std::iter::repeat_n(last, count as usize));
            }
            _ => {}
        }
    }
    units
}

/// Sends `units` one after another over a line and gives back all bits that went over it.
fn send_all(units: &[Unit]) -> Line {
    let (mut slot, mut line) = (SignallingSlot::new(), Line::default());
    let (mut held, mut waiting) = (0, units.iter());
    loop {
        while held < SEND_LIMIT {
            let Some(unit) = waiting.next() else { break };
            slot.command(LineCommand::Send(*unit));
            held += 1;
        }
        held -= transmit(&mut slot, &mut line, 1).len();
        if held == 0 && waiting.len() == 0 {
            // Long enough for the far end to report a last unit that repeats the one before.
            transmit(&mut slot, &mut line, 26);
            return line;
        }
    }
}

proptest! {
    #[test]
    fn what_is_sent_arrives_exactly_at_any_bit_alignment(
        units in prop::collection::vec(any_unit(), 1..12),
        shift in 0usize..64,
        noise in prop::collection::vec(any::<bool>(), 64),
    ) {
        let mut line = send_all(&units);
        noise[..shift].iter().for_each(|&bit| line.bits.push_front(bit));
        let events = receive(&mut SignallingSlot::new(), &mut line);
        prop_assert!(!events.contains(&LineEvent::Errored(1)));
        prop_assert_eq!(written_out(&events), units);
    }

    /// The line carries what the standard's bit-by-bit rules say.
    #[test]
    fn a_transmitter_follows_the_model(units in prop::collection::vec(any_unit(), 1..6)) {
        let line = send_all(&units);
        let mut expected = FLAG.to_vec();
        for unit in &units {
            expected.extend(bits_of(unit.as_slice()));
            expected.extend(FLAG);
        }
        let sent: Vec<bool> = line.bits.iter().copied().collect();
        let end = expected.len().min(sent.len());
        prop_assert_eq!(&sent[..end], &expected[..end]);
        let flags: Vec<bool> = FLAG.iter().copied().cycle().take(sent.len() - end).collect();
        prop_assert_eq!(&sent[end..], &flags[..]);
    }

    /// With bits wrong, the receiver takes what the standard's rules take, and recovers.
    #[test]
    fn errors_cost_units_and_the_receiver_recovers(
        units in prop::collection::vec(any_unit(), 1..12),
        errors in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let mut line = send_all(&units);
        let len = line.bits.len();
        for index in &errors {
            let at = index.index(len);
            line.bits[at] = !line.bits[at];
        }
        let expected = units_in(line.bits.make_contiguous());
        let mut slot = SignallingSlot::new();
        prop_assert_eq!(written_out(&receive(&mut slot, &mut line)), expected);
        hear(&mut slot, framed(message(9, 12).as_slice()));
        let events = hear(&mut slot, framed(message(10, 12).as_slice()));
        prop_assert_eq!(events.last(), Some(&LineEvent::SignalUnit(message(10, 12))));
    }

    /// Whatever the bits, only whole units of a legal length come out, and counting is bounded.
    #[test]
    fn noise_is_harmless(octets in prop::collection::vec(octet(), 0..4_000)) {
        let mut slot = SignallingSlot::new();
        let (mut counts, mut units, mut line) = (0, Vec::new(), Line::default());
        for chunk in octets.as_chunks::<8>().0 {
            line.put(chunk);
            slot.tick(chunk, &mut [0; 8], &mut |event| match event {
                LineEvent::SignalUnit(unit) => units.push(unit),
                LineEvent::OctetCounting(count) => counts += count,
                LineEvent::Transmitted => panic!("nothing was sent"),
                LineEvent::Repeated(_) | LineEvent::Errored(_) => {}
            });
        }
        prop_assert!(counts as usize <= octets.len() / 16);
        prop_assert_eq!(units, units_in(line.bits.make_contiguous()));
    }
}
