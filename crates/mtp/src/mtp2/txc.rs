//! Transmission control: numbers messages, keeps them until they are acknowledged, and sends them
//! again when the peer asks (basic method, Q.703 §5) or while there is nothing else to send
//! (preventive cyclic retransmission, §6).

use super::config::{Correction, Limits};
use base::Class;
use bytes::Bytes;
use std::collections::VecDeque;

/// How many messages may be on their way to the line at a time.
pub const LINE_CREDIT: u8 = 2;

/// The message, given back: it cannot be sent now. Ask [`super::Link::is_ready`] first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReady(pub Bytes);

/// What a BSN and BIB told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Acknowledged {
    /// Messages that have arrived at the peer.
    pub(super) count: usize,
    /// The peer asks for the rest again.
    pub(super) negative: bool,
}

/// A message that the peer has not acknowledged, taken out of the retransmission buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrieved {
    /// The number under which it was sent: 7 bits, or 24 over M2PA.
    pub fsn: u32,
    /// Its class, kept so that it stays urgent on another link.
    pub class: Class,
    /// SIO and SIF.
    pub msu: Bytes,
}

/// A message on its way to the line, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) fsn: u8,
    pub(super) msu: Bytes,
}

/// The retransmission buffer and the sequence numbers of the sending side.
#[derive(Clone, Debug)]
pub(super) struct Txc {
    /// Preventive cyclic retransmission, with these limits.
    preventive: Option<Limits>,
    /// Numbered and not acknowledged: FSN `acknowledged + 1` onward.
    rtb: VecDeque<(Class, Bytes)>,
    /// The octets in it.
    octets: usize,
    /// How many of `rtb`, from the first, have been handed to the line since the last negative
    /// acknowledgement, or in the present cycle.
    sent: usize,
    /// Q.703 §6.4: no new message before the present cycle is through.
    forced: bool,
    /// The last FSN that the peer has acknowledged.
    acknowledged: u8,
    /// The forward indicator bit that goes out.
    fib: bool,
    /// Handed to the line and not reported as transmitted.
    on_line: u8,
}

impl Txc {
    /// Q.703 §5.2.1, §6.2: the first FSN is 0, the indicator bits are 1.
    pub(super) fn new(correction: Correction) -> Self {
        let preventive = match correction {
            Correction::Basic => None,
            Correction::Preventive(limits) => Some(limits),
        };
        Self {
            preventive,
            rtb: VecDeque::new(),
            octets: 0,
            sent: 0,
            forced: false,
            acknowledged: 127,
            fib: true,
            on_line: 0,
        }
    }

    /// Alignment begins: everything is as new.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.preventive.map_or(Correction::Basic, Correction::Preventive));
    }

    /// The FSN that a FISU carries: that of the last new message handed to the line, or with the
    /// basic method of the last one that was sent again.
    pub(super) fn fsn(&self) -> u8 {
        let sent = if self.preventive.is_some() { self.rtb.len() } else { self.sent };
        number(self.acknowledged, sent)
    }

    pub(super) fn fib(&self) -> bool {
        self.fib
    }

    pub(super) fn outstanding(&self) -> usize {
        self.rtb.len()
    }

    /// Whether [`Txc::push`] would take a message.
    pub(super) fn is_ready(&self) -> bool {
        let free = match self.preventive {
            None => self.sent == self.rtb.len(),
            Some(_) => !self.forced,
        };
        free && self.on_line < LINE_CREDIT && !self.is_full()
    }

    /// Whether the numbers, or with preventive cyclic retransmission N1 or N2, are used up.
    fn is_full(&self) -> bool {
        let most = self.preventive.map_or(Limits::MOST_MESSAGES, |limits| limits.messages);
        let octets = self.preventive.map_or(usize::MAX, |limits| limits.octets as usize);
        self.rtb.len() >= usize::from(most) || self.octets >= octets
    }

    /// Takes a message, numbers it, and hands it to the line.
    pub(super) fn push(&mut self, class: Class, msu: Bytes) -> Result<Outgoing, NotReady> {
        if !self.is_ready() {
            return Err(NotReady(msu));
        }
        self.octets += msu.len();
        self.rtb.push_back((class, msu.clone()));
        self.on_line += 1;
        if self.preventive.is_none() {
            self.sent += 1;
        } else if self.is_full() {
            self.forced = true; // Q.703 §6.4.1
            self.sent = 0;
        }
        Ok(Outgoing { fsn: number(self.acknowledged, self.rtb.len()), msu })
    }

    /// The next message to be sent again, while there is credit.
    pub(super) fn next_again(&mut self) -> Option<Outgoing> {
        // Q.703 §6.3: a new message interrupts the cycle, so it is to find credit at any time.
        let credit =
            if self.preventive.is_some() && !self.forced { LINE_CREDIT - 1 } else { LINE_CREDIT };
        if self.on_line >= credit {
            return None;
        }
        if self.preventive.is_some() && self.sent >= self.rtb.len() {
            self.sent = 0; // the next cycle
        }
        let (_, msu) = self.rtb.get(self.sent)?.clone();
        self.sent += 1;
        self.on_line += 1;
        let fsn = number(self.acknowledged, self.sent);
        self.end_cycle();
        Some(Outgoing { fsn, msu })
    }

    /// Q.703 §6.4.1: new messages go again after a whole cycle, unless a limit is reached still.
    fn end_cycle(&mut self) {
        if self.forced && self.sent >= self.rtb.len() {
            self.forced = self.is_full();
            self.sent = 0;
        }
    }

    /// Whether the line has room for a status unit, which may wait for no message.
    pub(super) fn has_room_for_status(&self) -> bool {
        self.on_line <= LINE_CREDIT
    }

    /// A status unit was handed to the line outside the numbering; it will be reported, too.
    pub(super) fn status_sent(&mut self) {
        self.on_line = self.on_line.saturating_add(1);
    }

    /// The line has sent one.
    pub(super) fn transmitted(&mut self) {
        self.on_line = self.on_line.saturating_sub(1);
    }

    /// Whether a BSN is that of the last acknowledged message or of one in the buffer
    /// (Q.703 §5.3.1).
    pub(super) fn is_plausible(&self, bsn: u8) -> bool {
        self.distance(bsn) <= self.rtb.len()
    }

    fn distance(&self, bsn: u8) -> usize {
        usize::from(bsn.wrapping_sub(self.acknowledged) & 0x7f)
    }

    /// Q.703 §5.3.1, §5.3.2, §6.3: removes what has arrived; where the backward indicator bit is
    /// not the bit we send, turns ours and starts again at the first message not acknowledged.
    pub(super) fn acknowledge(&mut self, bsn: u8, bib: bool) -> Acknowledged {
        let count = self.distance(bsn);
        if count > self.rtb.len() {
            return Acknowledged::default();
        }
        self.octets -= self.rtb.drain(..count).map(|(_, msu)| msu.len()).sum::<usize>();
        self.acknowledged = bsn & 0x7f;
        self.sent = self.sent.saturating_sub(count);
        if self.rtb.is_empty() && self.preventive.is_none() {
            // What has arrived has left the line, even where the report of it was lost. With
            // preventive cyclic retransmission another copy of it may be waiting there.
            self.on_line = 0;
        }
        self.end_cycle();
        // Q.703 §6.2: with preventive cyclic retransmission the bits mean nothing.
        let negative = self.preventive.is_none() && bib != self.fib;
        if negative {
            self.fib = bib;
            self.sent = 0;
        }
        Acknowledged { count, negative }
    }

    /// Q.703 §8: what has not arrived never will; the next message has the number of its first.
    /// Says how many they were.
    pub(super) fn flush(&mut self) -> usize {
        (self.sent, self.octets, self.forced) = (0, 0, false);
        self.rtb.drain(..).len()
    }

    /// Takes everything not acknowledged, the oldest first (Q.704 §5.5).
    pub(super) fn retrieve(&mut self) -> Vec<Retrieved> {
        let first = self.acknowledged;
        (self.sent, self.octets, self.forced) = (0, 0, false);
        let messages = self.rtb.drain(..).enumerate();
        messages
            .map(|(at, (class, msu))| Retrieved { fsn: number(first, at + 1).into(), class, msu })
            .collect()
    }
}

/// The sequence number `distance` after `from`.
fn number(from: u8, distance: usize) -> u8 {
    // Distances are at most 127.
    from.wrapping_add(distance as u8) & 0x7f
}
