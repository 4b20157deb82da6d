use crate::Block;

/// One E1 span: a card, a pseudowire, or the other end of an [`in_process`](crate::in_process())
/// pair. Driven from one clock: once a tick `receive`, then `transmit`.
pub trait Span: Send {
    /// Fills `block` with the millisecond that has arrived.
    fn receive(&mut self, block: &mut Block) -> SpanState;

    /// Sends a millisecond.
    fn transmit(&mut self, block: &Block);

    /// Blocks repeated or dropped so far because the far end runs from another clock (G.822).
    fn slips(&self) -> u64 {
        0
    }
}

/// Whether a span carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanState {
    /// It does.
    Up,
    /// Loss of signal: what is received is [`Block::AIS`].
    Down,
}

impl SpanState {
    /// Whether this is [`SpanState::Up`].
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Up)
    }
}
