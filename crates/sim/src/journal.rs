use base::Instant;
use std::collections::VecDeque;
use std::fmt;
use std::fmt::Write;

/// How many events a failure prints.
const KEPT: usize = 200;

/// What happened: the last events in words, and all of them as one number.
#[derive(Debug)]
pub struct Journal {
    hash: u64,
    count: u64,
    last: VecDeque<String>,
}

impl Journal {
    pub(crate) const fn new() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, count: 0, last: VecDeque::new() }
    }

    /// Takes down an event.
    pub(crate) fn note(&mut self, now: Instant, event: fmt::Arguments<'_>) {
        let mut line = if self.last.len() >= KEPT {
            self.last.pop_front().unwrap_or_default()
        } else {
            String::new()
        };
        line.clear();
        // Writing to a string does not fail.
        let _ = write!(line, "{now} {event}");
        // FNV-1a
        self.hash = line.bytes().fold(self.hash, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        self.count += 1;
        self.last.push_back(line);
    }

    /// Equal histories have equal hashes.
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// How many events there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The last events, the oldest first.
    pub fn last(&self) -> impl Iterator<Item = &str> {
        self.last.iter().map(String::as_str)
    }
}
