//! Reception control: accepts messages in sequence, judges the numbers that arrive, and with the
//! basic method (Q.703 §5) asks for what was lost; with preventive cyclic retransmission (§6) that
//! comes unasked.

use super::config::Correction;
use super::su::Header;

/// What to do with a message or fill-in signal unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next message in sequence.
    Accept,
    /// Nothing new: a fill-in unit in sequence, a repetition, or what follows a loss.
    Nothing,
    /// Something was lost: the backward indicator bit has been turned to ask for it.
    Nack,
}

/// Why a unit was thrown away as a whole (Q.703 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abnormal {
    /// Once is forgiven.
    Discard,
    /// Two of three BSNs were none that we are waiting for.
    Bsn,
    /// Two of three FIBs announced a retransmission nobody had asked for.
    Fib,
}

/// Two of three units in a row.
#[derive(Clone, Copy, Debug, Default)]
struct TwoOfThree(u8);

impl TwoOfThree {
    fn push(&mut self, abnormal: bool) -> bool {
        self.0 = (self.0 << 1 | u8::from(abnormal)) & 0b111;
        self.0.count_ones() >= 2
    }
}

/// The sequence numbers of the receiving side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rxc {
    /// With the basic method the indicator bits mean something.
    correction: Correction,
    /// FSN of the last message accepted: the BSN that goes out.
    accepted: u8,
    /// The backward indicator bit that goes out.
    bib: bool,
    /// A negative acknowledgement is under way and the retransmission has not begun.
    awaiting: bool,
    bsn: TwoOfThree,
    fib: TwoOfThree,
}

impl Rxc {
    pub(super) fn new(correction: Correction) -> Self {
        Self {
            correction,
            accepted: 127,
            bib: true,
            awaiting: false,
            bsn: TwoOfThree::default(),
            fib: TwoOfThree::default(),
        }
    }

    /// Alignment begins: everything is as new.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.correction);
    }

    fn is_basic(&self) -> bool {
        self.correction == Correction::Basic
    }

    pub(super) fn bsn(&self) -> u8 {
        self.accepted
    }

    pub(super) fn bib(&self) -> bool {
        self.bib
    }

    /// Q.703 §5.3.1, §5.3.2: judges BSN and FIB before anything else is believed. `plausible`:
    /// the BSN is one that the transmitter waits for.
    pub(super) fn judge(&mut self, header: Header, plausible: bool) -> Result<(), Abnormal> {
        if self.bsn.push(!plausible) {
            return Err(Abnormal::Bsn);
        }
        if !plausible {
            return Err(Abnormal::Discard);
        }
        let unasked = self.is_basic() && header.fib != self.bib && !self.awaiting;
        if self.fib.push(unasked) {
            return Err(Abnormal::Fib);
        }
        if unasked {
            return Err(Abnormal::Discard);
        }
        Ok(())
    }

    /// Q.703 §5.2.2: a unit that was judged normal. While `busy` (Q.703 §9.2) nothing is taken
    /// and nothing is asked for.
    pub(super) fn receive(&mut self, header: Header, is_message: bool, busy: bool) -> Verdict {
        if self.is_basic() && header.fib != self.bib {
            return Verdict::Nothing; // sent before our request was seen
        }
        let ahead = header.fsn.wrapping_sub(self.accepted) & 0x7f;
        match ahead {
            0 => {
                self.awaiting = false;
                Verdict::Nothing
            }
            _ if busy => Verdict::Nothing,
            1 if is_message => {
                self.awaiting = false;
                self.accepted = header.fsn;
                Verdict::Accept
            }
            _ if !self.is_basic() => Verdict::Nothing, // Q.703 §6.2: it comes again
            _ => {
                self.bib = !self.bib;
                self.awaiting = true;
                Verdict::Nack
            }
        }
    }
}
