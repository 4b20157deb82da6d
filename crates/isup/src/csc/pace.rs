//! How fast a peer is asked about circuits. A node of a hundred thousand circuits that has lost its
//! memory shares its links with calls, and so do the peers that have to answer.

use base::{Duration, Instant};

/// Messages about several circuits that may await their acknowledgement at once.
const TOGETHER_MAX: usize = 4;
/// Messages about one circuit likewise.
const ALONE_MAX: usize = 16;
/// Between two questions in the long run: fifty a second, a tenth of what one link carries.
pub(crate) const INTERVAL: Duration = Duration::from_millis(20);
/// Questions that may follow each other without a pause.
pub(crate) const BURST: u32 = 8;

/// Whether a question may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Now,
    /// Not before this moment.
    At(Instant),
    /// When the peer has answered others.
    AfterAnswers,
}

/// The questions to one peer. What it has left unanswered until the long timer expired is not
/// counted any more: the others need not wait for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    together: usize,
    alone: usize,
    /// When the next question would go out if all kept the interval.
    next: Option<Instant>,
}

impl Pace {
    /// Whether a message may go out, about several circuits or about one.
    pub(crate) fn turn(&self, now: Instant, together: bool) -> Turn {
        let full = if together { self.together >= TOGETHER_MAX } else { self.alone >= ALONE_MAX };
        let ahead = self.next.map_or(Duration::ZERO, |next| next.saturating_since(now));
        let allowed = INTERVAL * (BURST - 1);
        match ahead.checked_sub(allowed) {
            _ if full => Turn::AfterAnswers,
            Some(wait) if !wait.is_zero() => Turn::At(now + wait),
            _ => Turn::Now,
        }
    }

    /// A message goes out.
    pub(crate) fn take(&mut self, now: Instant) {
        self.next = Some(self.next.map_or(now, |next| next.max(now)) + INTERVAL);
    }

    /// So many messages more, or fewer, await their acknowledgement.
    pub(crate) const fn count(&mut self, together: bool, change: isize) {
        let figure = if together { &mut self.together } else { &mut self.alone };
        *figure = figure.saturating_add_signed(change);
    }

    /// Whether every message has its acknowledgement.
    #[cfg(test)]
    pub(crate) const fn is_quiet(&self) -> bool {
        self.together == 0 && self.alone == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_questions_keep_the_interval() {
        let mut pace = Pace::default();
        let mut now = Instant::from_millis(1_000);
        for _ in 0..BURST {
            assert_eq!(pace.turn(now, true), Turn::Now);
            pace.take(now);
        }
        for _ in 0..100 {
            let Turn::At(next) = pace.turn(now, true) else { panic!() };
            assert_eq!(next, now + INTERVAL);
            assert_eq!(pace.turn(next, true), Turn::Now);
            pace.take(next);
            now = next;
        }
        // A pause gives the burst back, and no more than that.
        now += Duration::from_secs(3_600);
        for _ in 0..BURST {
            assert_eq!(pace.turn(now, false), Turn::Now);
            pace.take(now);
        }
        assert_ne!(pace.turn(now, false), Turn::Now);
    }

    #[test]
    fn few_questions_await_their_answer() {
        let now = Instant::from_millis(1_000);
        let mut pace = Pace::default();
        (0..TOGETHER_MAX).for_each(|_| pace.count(true, 1));
        assert_eq!(pace.turn(now, true), Turn::AfterAnswers);
        assert_eq!(pace.turn(now, false), Turn::Now);
        pace.count(true, -1);
        assert_eq!(pace.turn(now, true), Turn::Now);
    }
}
