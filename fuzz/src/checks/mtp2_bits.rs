//! Octets of a signalling time slot: the units found are those that the rules of Q.703 find when
//! each bit is looked at alone; they pass a second line unharmed; and the receiver recovers.

use tdm::{LineCommand, LineEvent, SignallingSlot, Unit};

const FLAG: [bool; 8] = [false, true, true, true, true, true, true, false];
/// Check octets that an undisturbed unit leaves in the register (Q.703 §4.2).
const RESIDUE: u16 = 0xf0b8;

pub(super) fn check(data: &[u8]) {
    let data = data.get(..20_000).unwrap_or(data);
    let (blocks, _) = data.as_chunks::<8>();
    let mut slot = SignallingSlot::new();
    let mut heard = Vec::new();
    let mut periods = 0;
    let mut tick = |slot: &mut SignallingSlot, block: &[u8; 8]| {
        slot.tick(block, &mut [0; 8], &mut |event| match event {
            LineEvent::SignalUnit(unit) => heard.push(unit),
            LineEvent::Repeated(count) => {
                assert!(count > 0);
                let last = *heard.last().expect("something to repeat");
                assert!(last.as_slice().len() <= 5, "a message was repeated");
                heard.extend(std::iter::repeat_n(last, count as usize));
            }
            LineEvent::OctetCounting(count) => periods += count as usize,
            LineEvent::Errored(count) => assert!(count > 0),
            LineEvent::Transmitted => panic!("nothing was sent"),
        });
    };
    blocks.iter().for_each(|block| tick(&mut slot, block));
    // Repetitions are told after 24 ticks at the latest.
    (0..24).for_each(|_| tick(&mut slot, &[0; 8]));
    let bits: Vec<bool> = blocks
        .as_flattened()
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1))
        .chain([false; 24 * 64])
        .collect();
    assert_eq!(heard, units_in(&bits));
    assert!(periods <= (blocks.len() + 24) / 2);
    again(slot, &heard);
}

/// What was heard goes over a second line, to the receiver that has heard the noise.
fn again(mut far: SignallingSlot, units: &[Unit]) {
    let marker = Unit::from_slice(&[0x7f; 20]).expect("short enough");
    let mut near = SignallingSlot::new();
    let mut waiting = std::iter::once(&marker).chain(units).chain([&marker]);
    let (mut held, mut heard) = (0, Vec::new());
    // The longest unit takes 36 ticks, the report of repetitions 24 more.
    let mut idle = 0;
    while idle < 100 {
        idle += 1;
        while held < tdm::SEND_LIMIT {
            let Some(unit) = waiting.next() else { break };
            near.command(LineCommand::Send(*unit));
            held += 1;
        }
        let mut line = [0; 8];
        near.tick(&[0; 8], &mut line, &mut |event| {
            if event == LineEvent::Transmitted {
                (held, idle) = (held - 1, 0);
            }
        });
        far.tick(&line, &mut [0; 8], &mut |event| match event {
            LineEvent::SignalUnit(unit) => heard.push(unit),
            LineEvent::Repeated(count) => {
                let last = *heard.last().expect("something to repeat");
                heard.extend(std::iter::repeat_n(last, count as usize));
            }
            _ => {}
        });
    }
    assert_eq!((near.stats().refused, held), (0, 0));
    assert_eq!(heard.first(), Some(&marker), "the receiver did not recover");
    assert_eq!(heard.get(1..=units.len()), Some(units));
}

fn units_in(bits: &[bool]) -> Vec<Unit> {
    let mut begin = None;
    let mut units = Vec::new();
    for end in FLAG.len()..=bits.len() {
        if bits.get(end - FLAG.len()..end) == Some(&FLAG) {
            let body = begin.replace(end).and_then(|begin| bits.get(begin..end - FLAG.len()));
            units.extend(body.and_then(unit_of));
        }
    }
    units
}

/// The unit between two flags (Q.703 §3.2, §4.1.3, §4.1.4, §4.2).
fn unit_of(body: &[bool]) -> Option<Unit> {
    if body.windows(7).any(|run| run.iter().all(|bit| *bit)) {
        return None;
    }
    let (mut ones, mut data) = (0, Vec::new());
    for &bit in body {
        if bit || ones < 5 {
            data.push(bit);
        }
        ones = if bit { ones + 1 } else { 0 };
    }
    let (octets, rest) = data.as_chunks::<8>();
    if !rest.is_empty() || !(5..=278).contains(&octets.len()) {
        return None;
    }
    let mut register = 0xffff_u16;
    for &bit in &data {
        let carry = register & 1 == 1;
        register = register >> 1 ^ if carry != bit { 0x8408 } else { 0 };
    }
    let octet = |bits: &[bool; 8]| bits.iter().rev().fold(0, |all, &bit| all << 1 | u8::from(bit));
    let octets: Vec<u8> = octets.iter().map(octet).collect();
    let body = octets.get(..octets.len() - 2).filter(|_| register == RESIDUE)?;
    Unit::from_slice(body)
}
