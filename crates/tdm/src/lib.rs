//! 64 kbit/s time slots without hardware: blocks of frames, spans, the bit level of signalling
//! links (Q.703 §2 to §4: flags, zero insertion, check bits, delimitation), companding and tones.
//!
//! Everything here runs on the span's thread once a millisecond and allocates nothing after it
//! was built. It reads no clock and knows nothing of what the octets mean: a signal unit is some
//! octets between flags, a call is some octets of a time slot.

#![forbid(unsafe_code)]

mod block;
mod continuity;
mod dtmf;
mod fcs;
pub mod g711;
mod in_process;
mod line;
mod receiver;
mod repetition;
mod slot;
mod span;
mod tone;
mod transmitter;
mod unit;

pub use block::{BLOCK_FRAMES, Block, SLOTS};
pub use continuity::{CheckProgress, CheckTone, CheckToneReceiver, Law};
pub use dtmf::Dtmf;
pub use in_process::{InProcessSpan, in_process};
pub use line::{LineCommand, LineEvent};
pub use slot::{LineStats, SEND_LIMIT, SignallingSlot};
pub use span::{Span, SpanState};
pub use tone::Tone;
pub use unit::Unit;
