//! Transmission control, basic method (Q.703 §5): numbers messages, keeps them until they are
//! acknowledged, sends them again when the peer asks.

use base::Class;
use bytes::Bytes;
use std::collections::VecDeque;

/// How many messages may be on their way to the line at a time.
pub const LINE_CREDIT: u8 = 2;

/// Sequence numbers count modulo 128, so that no more than this may be unacknowledged
/// (Q.703 §5.2.1).
pub(super) const RTB_LIMIT: usize = 127;

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
    /// The number under which it was sent.
    pub fsn: u8,
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
    /// Numbered and not acknowledged: FSN `acknowledged + 1` onward.
    rtb: VecDeque<(Class, Bytes)>,
    /// How many of `rtb` have been handed to the line since the last negative acknowledgement.
    sent: usize,
    /// The last FSN that the peer has acknowledged.
    acknowledged: u8,
    /// The forward indicator bit that goes out.
    fib: bool,
    /// Handed to the line and not reported as transmitted.
    on_line: u8,
}

impl Default for Txc {
    /// Q.703 §5.2.1: the first FSN is 0, the indicator bits are 1.
    fn default() -> Self {
        Self { rtb: VecDeque::new(), sent: 0, acknowledged: 127, fib: true, on_line: 0 }
    }
}

impl Txc {
    /// The FSN that a FISU carries: that of the last message handed to the line.
    pub(super) fn fsn(&self) -> u8 {
        number(self.acknowledged, self.sent)
    }

    pub(super) fn fib(&self) -> bool {
        self.fib
    }

    pub(super) fn outstanding(&self) -> usize {
        self.rtb.len()
    }

    /// Whether [`Txc::push`] would take a message.
    pub(super) fn is_ready(&self) -> bool {
        self.has_credit() && self.sent == self.rtb.len() && self.rtb.len() < RTB_LIMIT
    }

    fn has_credit(&self) -> bool {
        self.on_line < LINE_CREDIT
    }

    /// Takes a message, numbers it, and hands it to the line.
    pub(super) fn push(&mut self, class: Class, msu: Bytes) -> Result<Outgoing, NotReady> {
        if !self.is_ready() {
            return Err(NotReady(msu));
        }
        self.rtb.push_back((class, msu.clone()));
        Ok(self.hand_over(msu))
    }

    /// The next message to be sent again, while there is credit.
    pub(super) fn next_again(&mut self) -> Option<Outgoing> {
        if !self.has_credit() {
            return None;
        }
        let (_, msu) = self.rtb.get(self.sent)?.clone();
        Some(self.hand_over(msu))
    }

    fn hand_over(&mut self, msu: Bytes) -> Outgoing {
        self.sent += 1;
        self.on_line += 1;
        Outgoing { fsn: self.fsn(), msu }
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

    /// Q.703 §5.3.1, §5.3.2: removes what has arrived; where the backward indicator bit is not
    /// the bit we send, turns ours and starts again at the first message not acknowledged.
    pub(super) fn acknowledge(&mut self, bsn: u8, bib: bool) -> Acknowledged {
        let count = self.distance(bsn);
        if count > self.rtb.len() {
            return Acknowledged::default();
        }
        self.rtb.drain(..count);
        self.acknowledged = bsn & 0x7f;
        self.sent = self.sent.saturating_sub(count);
        if self.rtb.is_empty() {
            // What has arrived has left the line, even where the report of it was lost.
            self.on_line = 0;
        }
        let negative = bib != self.fib;
        if negative {
            self.fib = bib;
            self.sent = 0;
        }
        Acknowledged { count, negative }
    }

    /// Takes everything not acknowledged, the oldest first (Q.704 §5.5).
    pub(super) fn retrieve(&mut self) -> Vec<Retrieved> {
        let first = self.acknowledged;
        self.sent = 0;
        let messages = self.rtb.drain(..).enumerate();
        messages
            .map(|(at, (class, msu))| Retrieved { fsn: number(first, at + 1), class, msu })
            .collect()
    }
}

/// The sequence number `distance` after `from`.
fn number(from: u8, distance: usize) -> u8 {
    // Distances are at most 127.
    from.wrapping_add(distance as u8) & 0x7f
}
