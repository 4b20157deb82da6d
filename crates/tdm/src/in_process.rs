use crate::{Block, Span, SpanState};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::fmt;

/// Blocks in flight at most in one direction: the one that makes up the delay of a tick, and room
/// for two ends whose threads do not wake at the same moment.
const DEPTH: usize = 8;
/// Ticks without a block before the signal counts as lost. Until then the last block is repeated,
/// as a receiver does whose far end runs a little slower (G.822).
const LOSS_TICKS: u32 = 10;

/// One end of a span between two users in one process. What one end transmits in a tick the other
/// receives in the next, whichever end ticks first.
pub struct InProcessSpan {
    outgoing: HeapProd<Block>,
    incoming: HeapCons<Block>,
    last: Block,
    missed: u32,
    slips: u64,
}

/// Makes a span: its two ends.
pub fn in_process() -> (InProcessSpan, InProcessSpan) {
    let (to_b, from_a) = direction();
    let (to_a, from_b) = direction();
    (InProcessSpan::new(to_b, from_b), InProcessSpan::new(to_a, from_a))
}

fn direction() -> (HeapProd<Block>, HeapCons<Block>) {
    let (mut producer, consumer) = HeapRb::new(DEPTH).split();
    // The tick of delay. A new ring has room for one block.
    let _ = producer.try_push(Block::IDLE);
    (producer, consumer)
}

impl InProcessSpan {
    fn new(outgoing: HeapProd<Block>, incoming: HeapCons<Block>) -> Self {
        Self { outgoing, incoming, last: Block::IDLE, missed: 0, slips: 0 }
    }
}

impl Span for InProcessSpan {
    fn receive(&mut self, block: &mut Block) -> SpanState {
        if let Some(received) = self.incoming.try_pop() {
            self.missed = 0;
            self.last = received;
        } else {
            self.missed = self.missed.saturating_add(1);
            if self.missed < LOSS_TICKS && self.incoming.write_is_held() {
                self.slips += 1;
            } else {
                *block = Block::AIS;
                return SpanState::Down;
            }
        }
        *block = self.last;
        SpanState::Up
    }

    fn transmit(&mut self, block: &Block) {
        if self.outgoing.try_push(*block).is_err() && self.outgoing.read_is_held() {
            self.slips += 1;
        }
    }

    fn slips(&self) -> u64 {
        self.slips
    }
}

impl fmt::Debug for InProcessSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessSpan")
            .field("missed", &self.missed)
            .field("slips", &self.slips)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(octet: u8) -> Block {
        let mut block = Block::IDLE;
        block.slot_mut(1)[0] = octet;
        block
    }

    #[test]
    fn a_block_takes_one_tick_whichever_end_goes_first() {
        let (mut a, mut b) = in_process();
        let mut block = Block::AIS;
        for tick in 0..20 {
            let order = if tick % 3 == 0 { [true, false] } else { [false, true] };
            for is_a in order {
                let (end, mark) = if is_a { (&mut a, 100 + tick) } else { (&mut b, 200 + tick) };
                assert_eq!(end.receive(&mut block), SpanState::Up);
                let expected = if is_a { 199 + tick } else { 99 + tick };
                let expected = if tick == 0 { Block::IDLE } else { marked(expected) };
                assert_eq!(block, expected);
                end.transmit(&marked(mark));
            }
        }
        assert_eq!((a.slips(), b.slips()), (0, 0));
    }

    #[test]
    fn a_silent_far_end_is_a_slip_at_first_and_then_a_loss_of_signal() {
        let (mut a, mut b) = in_process();
        let mut block = Block::IDLE;
        b.transmit(&marked(1));
        assert!(a.receive(&mut block).is_up());
        assert!(a.receive(&mut block).is_up());
        for _ in 1..LOSS_TICKS {
            assert!(a.receive(&mut block).is_up());
            assert_eq!(block, marked(1));
        }
        assert_eq!(a.slips(), u64::from(LOSS_TICKS) - 1);
        assert_eq!(a.receive(&mut block), SpanState::Down);
        assert_eq!(block, Block::AIS);
        b.transmit(&marked(2));
        assert!(a.receive(&mut block).is_up());
        assert_eq!(block, marked(2));
    }

    #[test]
    fn a_far_end_that_is_gone_is_a_loss_of_signal_at_once() {
        let (mut a, b) = in_process();
        drop(b);
        let mut block = Block::IDLE;
        assert!(a.receive(&mut block).is_up());
        assert_eq!(a.receive(&mut block), SpanState::Down);
        for _ in 0..2 * DEPTH {
            a.transmit(&Block::IDLE);
        }
        assert_eq!(a.slips(), 0);
    }

    #[test]
    fn a_far_end_that_does_not_read_costs_blocks_not_memory() {
        let (mut a, _b) = in_process();
        for _ in 0..DEPTH {
            a.transmit(&Block::IDLE);
        }
        assert_eq!(a.slips(), 1);
    }
}
