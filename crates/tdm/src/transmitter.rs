use crate::fcs::Fcs;
use crate::{SEND_LIMIT, Unit};
use base::Bounded;

const FLAG: u32 = 0b0111_1110;

/// What becomes of an octet on the line: least significant bit first (Q.703 §2.4), a zero
/// after each five ones (Q.703 §3.2).
#[derive(Clone, Copy)]
struct Stuffed {
    /// Up to ten bits; the first is the most significant of `len`.
    bits: u16,
    len: u8,
    /// How many ones end it, below five.
    ones: u8,
}

/// By the ones before the octet, and the octet.
#[expect(clippy::indexing_slicing, reason = "evaluated when compiled")]
static STUFFED: [[Stuffed; 256]; 5] = {
    let mut table = [[Stuffed { bits: 0, len: 0, ones: 0 }; 256]; 5];
    let mut before = 0;
    while before < 5 {
        let mut octet = 0;
        while octet < 256 {
            table[before][octet] = stuff(before as u8, octet as u8);
            octet += 1;
        }
        before += 1;
    }
    table
};

const fn stuff(before: u8, octet: u8) -> Stuffed {
    let mut out = Stuffed { bits: 0, len: 0, ones: before };
    let mut position = 0;
    while position < 8 {
        let bit = octet >> position & 1;
        out.bits = out.bits << 1 | bit as u16;
        out.len += 1;
        out.ones = if bit == 1 { out.ones + 1 } else { 0 };
        if out.ones == 5 {
            out.bits <<= 1;
            out.len += 1;
            out.ones = 0;
        }
        position += 1;
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// A unit has ended: its closing flag is due, which also opens the next (Q.703 §2.3.2).
    Flag,
    /// A flag has gone out.
    Between,
    /// An octet of the unit is next, or of its check octets.
    Octet(usize),
}

/// Units to octets of the time slot.
#[derive(Clone, Debug)]
pub(crate) struct Transmitter {
    held: Bounded<Unit>,
    fill: Option<Unit>,
    stage: Stage,
    unit: Option<Unit>,
    /// Whether `unit` is to be reported.
    once: bool,
    fcs: Fcs,
    ones: u8,
    /// Bits that wait for the next octet: the low `waiting` of `bits`, the first on top.
    bits: u32,
    waiting: u32,
}

impl Transmitter {
    pub(crate) fn new() -> Self {
        Self {
            held: Bounded::allocated(SEND_LIMIT),
            fill: None,
            stage: Stage::Flag,
            unit: None,
            once: false,
            fcs: Fcs::new(),
            ones: 0,
            bits: 0,
            waiting: 0,
        }
    }

    /// Says whether there was a place.
    pub(crate) fn hold(&mut self, unit: Unit) -> bool {
        self.held.push(unit).is_ok()
    }

    pub(crate) fn set_fill(&mut self, fill: Option<Unit>) {
        self.fill = fill;
    }

    /// The next octet of the time slot, whose most significant bit goes first (G.704 §2.1); adds
    /// to `sent` where a held unit ended.
    pub(crate) fn next_octet(&mut self, sent: &mut u32) -> u8 {
        while self.waiting < 8 {
            self.advance(sent);
        }
        self.waiting -= 8;
        (self.bits >> self.waiting) as u8
    }

    fn advance(&mut self, sent: &mut u32) {
        if self.stage == Stage::Between && self.take_unit() {
            self.stage = Stage::Octet(0);
        }
        let Stage::Octet(at) = self.stage else {
            self.push(FLAG, 8);
            self.ones = 0;
            self.stage = Stage::Between;
            return;
        };
        let unit = self.unit.as_ref().map(Unit::as_slice).unwrap_or_default();
        let octet = if let Some(&octet) = unit.get(at) {
            self.fcs.push(octet);
            octet
        } else {
            let [first, second] = self.fcs.octets();
            if at == unit.len() { first } else { second }
        };
        self.stage = if at > unit.len() { Stage::Flag } else { Stage::Octet(at + 1) };
        *sent += u32::from(self.stage == Stage::Flag && self.once);
        self.push_octet(octet);
    }

    fn take_unit(&mut self) -> bool {
        let held = self.held.pop();
        self.once = held.is_some();
        self.unit = held.or(self.fill);
        self.fcs = Fcs::new();
        self.unit.is_some()
    }

    #[expect(clippy::indexing_slicing, reason = "256 octets, and `ones` comes from the table")]
    fn push_octet(&mut self, octet: u8) {
        let stuffed = STUFFED[usize::from(self.ones)][usize::from(octet)];
        self.push(u32::from(stuffed.bits), u32::from(stuffed.len));
        self.ones = stuffed.ones;
    }

    const fn push(&mut self, bits: u32, count: u32) {
        // At most 7 bits wait here, and 10 come.
        self.bits = self.bits << count | bits;
        self.waiting += count;
    }
}
