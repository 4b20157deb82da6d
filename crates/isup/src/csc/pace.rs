//! How fast peers are asked about circuits. A node of a hundred thousand circuits that has lost its
//! memory shares its links with calls, and so do the peers that have to answer.
//!
//! A question about a span is a message signal unit of 17 octets: 2.1 ms of a link of 64 kbit/s.
//! Fifty a second are a tenth of one link, the least that a peer has; with four unanswered at once
//! they go out unhindered where an answer takes up to 80 ms. A peer of 4,096 circuits on 133 spans
//! has been asked about all of them after 2.5 s, and about the first ones of each group before
//! that.
//!
//! Where many peers are reached over the same links, as by signalling transfer points, their paces
//! add up. So the node has a pace as well: about as many questions a second as it takes to be
//! through with all spans in [`NODE_TIME`] divided by the circuits of a span, which is 3.2 s for a
//! node of any size. Its links are as many as its calls need: a circuit carries some 20 calls an
//! hour, of five messages of 35 octets on the average, half of them ours, so that at the usual load
//! of a fifth of a link 100,000 circuits need some thirty. A thousand questions a second are seven
//! hundredths of these.

use base::{Duration, Instant};

/// Messages about several circuits that may await their acknowledgement at once.
const TOGETHER_MAX: usize = 4;
/// Messages about one circuit likewise.
const ALONE_MAX: usize = 16;
/// Between two questions to a peer in the long run.
pub(crate) const INTERVAL: Duration = Duration::from_millis(20);
/// Questions to a peer that may follow each other without a pause.
pub(crate) const BURST: u32 = 8;
/// How long the questions of a node may be ahead of their interval.
const AHEAD: Duration = Duration::from_millis(140);
/// In this time a node asks as often as it has circuits.
const NODE_TIME: Duration = Duration::from_secs(100);

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
    clock: PaceClock,
}

/// When the next question would go out if all kept their interval.
#[derive(Clone, Copy, Debug, Default)]
struct PaceClock(Option<Instant>);

impl PaceClock {
    /// The moment to wait for.
    fn wait(self, now: Instant) -> Option<Instant> {
        let ahead = self.0.map_or(Duration::ZERO, |next| next.saturating_since(now));
        let wait = ahead.checked_sub(AHEAD).filter(|wait| !wait.is_zero());
        wait.map(|wait| now + wait)
    }

    fn take(&mut self, now: Instant, interval: Duration) {
        self.0 = Some(self.0.map_or(now, |next| next.max(now)) + interval);
    }
}

impl Pace {
    /// Whether a message may go out, about several circuits or about one.
    pub(crate) fn turn(&self, now: Instant, together: bool) -> Turn {
        let full = if together { self.together >= TOGETHER_MAX } else { self.alone >= ALONE_MAX };
        match self.clock.wait(now) {
            _ if full => Turn::AfterAnswers,
            Some(moment) => Turn::At(moment),
            None => Turn::Now,
        }
    }

    /// Whether more may await their acknowledgement than do, about several circuits or about one.
    pub(crate) const fn has_room(&self) -> bool {
        self.together < TOGETHER_MAX || self.alone < ALONE_MAX
    }

    /// A message goes out.
    pub(crate) fn take(&mut self, now: Instant) {
        self.clock.take(now, INTERVAL);
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

/// The questions to all peers together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodePace {
    interval: Duration,
    clock: PaceClock,
}

impl NodePace {
    /// The pace of a node of so many circuits: no slower than that of one peer.
    pub(crate) fn new(circuits: usize) -> Self {
        let circuits = u32::try_from(circuits).unwrap_or(u32::MAX).max(1);
        Self { interval: (NODE_TIME / circuits).min(INTERVAL), clock: PaceClock::default() }
    }

    /// Until when the next question has to wait.
    pub(crate) fn wait(&self, now: Instant) -> Option<Instant> {
        self.clock.wait(now)
    }

    /// A message goes out.
    pub(crate) fn take(&mut self, now: Instant) {
        self.clock.take(now, self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_asks_about_all_of_its_circuits_in_the_same_time_whatever_their_number() {
        assert!(INTERVAL * (BURST - 1) == AHEAD);
        for circuits in [5_000_usize, 100_000, 1_000_000] {
            let spans = circuits.div_ceil(31);
            let (mut pace, begin) = (NodePace::new(circuits), Instant::from_millis(1_000));
            let mut now = begin;
            for _ in 0..spans {
                now = pace.wait(now).unwrap_or(now);
                pace.take(now);
            }
            let took = now.saturating_since(begin).as_millis();
            assert!((3_000..3_300).contains(&took), "{circuits}: {took} ms");
        }
    }

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
