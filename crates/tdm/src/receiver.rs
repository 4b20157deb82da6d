use crate::Unit;
use crate::fcs::Fcs;

/// Header, service information, 272 octets of signalling information, check octets: with its
/// opening flag that is the m + 7 octets of Q.703 §4.1.4.
const OCTETS_MAX: usize = Unit::MAX_LEN + 2;
/// With its opening flag the 6 octets of Q.703 §4.1.3.
const OCTETS_MIN: usize = Unit::MIN_LEN + 2;
/// The period of the octet counting mode (Q.703 §4.1.4: N = 16).
const COUNTING_PERIOD: u8 = 16;
/// Bits of a flag that look like data until the rest of it is there: the zero, five ones.
const FLAG_HEAD: u32 = 6;

/// What an octet of the time slot adds to a unit where neither a flag nor seven ones are in sight.
#[derive(Clone, Copy)]
struct Plain {
    /// The bits without inserted zeros, the first least significant.
    bits: u8,
    len: u8,
    /// How many ones end it, five at most.
    ones: u8,
    /// Six ones follow each other: a flag or worse.
    special: bool,
}

/// By the ones before the octet, and the octet.
#[expect(clippy::indexing_slicing, reason = "evaluated when compiled")]
static PLAIN: [[Plain; 256]; 6] = {
    let mut table = [[Plain { bits: 0, len: 0, ones: 0, special: false }; 256]; 6];
    let mut before = 0;
    while before < 6 {
        let mut octet = 0;
        while octet < 256 {
            table[before][octet] = plain(before as u8, octet as u8);
            octet += 1;
        }
        before += 1;
    }
    table
};

const fn plain(before: u8, octet: u8) -> Plain {
    let mut out = Plain { bits: 0, len: 0, ones: before, special: false };
    let mut position = 8;
    while position > 0 {
        position -= 1;
        let bit = octet >> position & 1;
        if bit == 1 && out.ones == 5 {
            out.special = true;
            return out;
        }
        if bit == 1 || out.ones < 5 {
            out.bits |= bit << out.len;
            out.len += 1;
        }
        out.ones = if bit == 1 { out.ones + 1 } else { 0 };
    }
    out
}

/// What the octets of a time slot amount to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Received<'a> {
    /// A good unit, its check octets cut off.
    Unit(&'a [u8]),
    /// A unit that failed a check.
    Errored,
    /// Alignment was lost (Q.703 §4.1.4).
    Misaligned,
    /// Another period without alignment.
    Counted,
}

/// Octets of the time slot to units: delimitation, zero deletion, checks (Q.703 §3.2, §4).
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    /// Ones in a row so far; seven stands for more too.
    ones: u8,
    /// No flag yet, or none since the unit before was given up.
    hunting: bool,
    /// Octets since the last count while in octet counting mode.
    counting: Option<u8>,
    /// Bits that do not fill an octet yet, the first least significant.
    bits: u32,
    waiting: u32,
    octets: [u8; OCTETS_MAX],
    len: usize,
    fcs: Fcs,
}

impl Receiver {
    /// Out of alignment until a good unit has come.
    pub(crate) const fn new() -> Self {
        Self {
            // The zero that begins a flag has not been seen.
            ones: 7,
            hunting: true,
            counting: Some(0),
            bits: 0,
            waiting: 0,
            octets: [0; OCTETS_MAX],
            len: 0,
            fcs: Fcs::new(),
        }
    }

    /// Takes an octet of the time slot, whose most significant bit came first (G.704 §2.1).
    pub(crate) fn push_octet(&mut self, octet: u8, each: &mut impl FnMut(Received<'_>)) {
        let row = PLAIN.get(usize::from(self.ones));
        match row.and_then(|row| row.get(usize::from(octet))) {
            Some(plain) if !plain.special => {
                self.ones = plain.ones;
                self.push_data(u32::from(plain.bits), u32::from(plain.len), each);
            }
            _ => (0..8).rev().for_each(|bit| self.push_bit(octet >> bit & 1 == 1, each)),
        }
        self.count(each);
    }

    fn push_bit(&mut self, bit: bool, each: &mut impl FnMut(Received<'_>)) {
        if bit {
            self.ones = (self.ones + 1).min(7);
            match self.ones {
                0..=5 => self.push_data(1, 1, each),
                6 => {}
                _ => self.lose(each),
            }
        } else {
            match std::mem::take(&mut self.ones) {
                0..=4 => self.push_data(0, 1, each),
                5 => {}
                6 => self.flag(each),
                _ => {}
            }
        }
    }

    fn push_data(&mut self, bits: u32, count: u32, each: &mut impl FnMut(Received<'_>)) {
        if self.hunting {
            return;
        }
        self.bits |= bits << self.waiting;
        self.waiting += count;
        if self.waiting >= 8 {
            let octet = self.bits as u8;
            self.bits >>= 8;
            self.waiting -= 8;
            self.fcs.push(octet);
            match self.octets.get_mut(self.len) {
                Some(place) => *place = octet,
                None => return self.lose(each),
            }
            self.len += 1;
        }
    }

    fn flag(&mut self, each: &mut impl FnMut(Received<'_>)) {
        let (len, rest, fcs) = (self.len, self.waiting, self.fcs);
        let nothing = std::mem::take(&mut self.hunting) || (len == 0 && rest <= FLAG_HEAD);
        (self.bits, self.waiting, self.len, self.fcs) = (0, 0, 0, Fcs::new());
        if nothing {
            return;
        }
        // Q.703 §4.1.3: whole octets, enough of them. §4.2: the check.
        if rest == FLAG_HEAD && len >= OCTETS_MIN && fcs.is_good() {
            self.counting = None;
            each(Received::Unit(self.octets.get(..len - 2).unwrap_or_default()));
        } else if self.counting.is_none() {
            // In octet counting mode the periods count, not the units (Q.703 §4.1.4).
            each(Received::Errored);
        }
    }

    /// Seven ones, or too many octets: octet counting mode until a good unit (Q.703 §4.1.4).
    fn lose(&mut self, each: &mut impl FnMut(Received<'_>)) {
        self.hunting = true;
        if self.counting.is_none() {
            self.counting = Some(0);
            each(Received::Misaligned);
        }
    }

    fn count(&mut self, each: &mut impl FnMut(Received<'_>)) {
        if let Some(octets) = &mut self.counting {
            *octets += 1;
            if *octets == COUNTING_PERIOD {
                *octets = 0;
                each(Received::Counted);
            }
        }
    }
}
