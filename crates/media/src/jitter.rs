//! A jitter buffer of fixed depth that is locked to the span's clock: eight samples leave in each
//! tick, whatever came. The place of a sample follows from its timestamp alone, so it matters
//! neither in what order packets come nor how long they are.

use tdm::BLOCK_FRAMES;
use tdm::g711::ALAW_IDLE;

/// Samples of the longest packet taken: 60 ms.
pub(crate) const PACKET_MAX: usize = 480;
/// The longest depth: half a second.
const DEPTH_MAX: u32 = 4_000;
/// Samples that are repeated once where some are missing: a packet time. Longer gaps are silent.
const REPEAT: u32 = 160;
/// Samples that may wait beyond the depth for a moment: what arrives in one go after a pause of
/// the net or of this machine, whose ticks are then made up for.
const HEADROOM: u32 = 2_000;
/// Packets within which at least one should have waited no longer than the depth and a packet.
const WATCH: u32 = 50;
/// So many packets in a row after their time mean that the peer's clock, not the net, is slow.
const LATE_MAX: u32 = 5;
/// Beside the octet in its cell: it has come and was not played yet.
const PRESENT: u16 = 0x100;
const EMPTY: u16 = ALAW_IDLE as u16;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It will be heard, or a part of it.
    Stored,
    /// Its time to be played is over.
    Late,
    /// It will be heard, but the depth had to be set anew: a slip.
    Slipped,
}

#[derive(Clone, Debug)]
pub(crate) struct JitterBuffer {
    /// By the low bits of the timestamp. A cell that was played keeps its octet for the repeat.
    cells: Box<[u16]>,
    depth: u32,
    /// The timestamp of the next sample to be played; `None` before the first packet.
    next: Option<u32>,
    late: u32,
    /// Samples missed in a row.
    missed: u32,
    watch: Watch,
}

/// The shortest wait among the last packets.
#[derive(Clone, Copy, Debug)]
struct Watch {
    packets: u32,
    least: i32,
}

impl Watch {
    const START: Self = Self { packets: 0, least: i32::MAX };

    /// Notes a packet; says the shortest wait of [`WATCH`] packets once they have passed.
    fn note(&mut self, wait: i32) -> Option<i32> {
        self.packets += 1;
        self.least = self.least.min(wait);
        (self.packets >= WATCH).then(|| std::mem::replace(self, Self::START).least)
    }
}

impl JitterBuffer {
    /// A buffer of `depth` samples.
    pub(crate) fn new(depth: u32) -> Self {
        let depth = depth.min(DEPTH_MAX).next_multiple_of(BLOCK_FRAMES as u32);
        let cells = (depth + HEADROOM + REPEAT) as usize + PACKET_MAX;
        Self {
            cells: vec![EMPTY; cells.next_power_of_two()].into(),
            depth,
            next: None,
            late: 0,
            missed: 0,
            watch: Watch::START,
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        self.next = None;
        self.clear();
    }

    /// Takes a packet, at most [`PACKET_MAX`] samples, as A-law by way of `convert`. `is_start`
    /// marks the first packet after a pause, which may set the depth anew without more ado
    /// (RFC 3551 §4.1).
    pub(crate) fn push(
        &mut self,
        timestamp: u32,
        is_start: bool,
        payload: &[u8],
        convert: impl Fn(u8) -> u8,
    ) -> Arrival {
        let mut arrival = Arrival::Stored;
        let len = payload.len() as u32;
        let next = *self.next.get_or_insert(timestamp.wrapping_sub(self.depth));
        let ahead = timestamp.wrapping_sub(next) as i32;
        let depth = self.depth as i32;
        if ahead > depth + HEADROOM as i32 {
            self.skip_to(timestamp.wrapping_sub(self.depth));
            arrival = Arrival::Slipped;
        } else if ahead.saturating_add_unsigned(len) <= 0 {
            self.late += 1;
            if self.late < LATE_MAX && !is_start {
                return Arrival::Late;
            }
            self.clear();
            self.next = Some(timestamp.wrapping_sub(self.depth));
            arrival = Arrival::Slipped;
        } else if let Some(least) = self.watch.note(ahead)
            && least > depth + REPEAT as i32
        {
            // The peer's clock is fast, or its first packet was slow.
            self.skip_to(next.wrapping_add_signed(least - depth));
            arrival = Arrival::Slipped;
        }
        self.late = 0;
        self.store(timestamp, payload, convert);
        arrival
    }

    /// Plays the next samples.
    pub(crate) fn pull(&mut self, octets: &mut [u8; BLOCK_FRAMES]) {
        let Some(next) = self.next else {
            *octets = [ALAW_IDLE; BLOCK_FRAMES];
            return;
        };
        if !self.pull_present(next, octets) {
            self.pull_each(next, octets);
        }
        self.next = Some(next.wrapping_add(BLOCK_FRAMES as u32));
    }

    /// Plays the next samples where all of them are there, and side by side.
    fn pull_present(&mut self, next: u32, octets: &mut [u8; BLOCK_FRAMES]) -> bool {
        let first = self.index(next);
        let Some(cells) = self.cells.get_mut(first..first + BLOCK_FRAMES) else { return false };
        if !cells.iter().all(|cell| cell & PRESENT != 0) {
            return false;
        }
        for (cell, octet) in cells.iter_mut().zip(octets) {
            *octet = *cell as u8;
            *cell &= !PRESENT;
        }
        self.missed = 0;
        true
    }

    fn pull_each(&mut self, next: u32, octets: &mut [u8; BLOCK_FRAMES]) {
        for (offset, octet) in (0..).zip(octets) {
            let at = next.wrapping_add(offset);
            let cell = self.cell(at);
            if cell & PRESENT != 0 {
                self.missed = 0;
                *octet = cell as u8;
            } else {
                let is_near = self.missed < REPEAT;
                self.missed = self.missed.saturating_add(1);
                let repeated = self.cell(at.wrapping_sub(REPEAT)) as u8;
                *octet = if is_near { repeated } else { ALAW_IDLE };
            }
            self.set_cell(at, u16::from(*octet));
        }
    }

    fn store(&mut self, timestamp: u32, payload: &[u8], convert: impl Fn(u8) -> u8) {
        let Some(next) = self.next else { return };
        // What should have been played by now is cut off.
        let past = (next.wrapping_sub(timestamp) as i32).max(0) as usize;
        let Some(payload) = payload.get(past..) else { return };
        let first = self.index(timestamp.wrapping_add(past as u32));
        let (before, from) = self.cells.split_at_mut(first);
        for (cell, &octet) in from.iter_mut().chain(before).zip(payload) {
            *cell = u16::from(convert(octet)) | PRESENT;
        }
    }

    fn skip_to(&mut self, next: u32) {
        let skipped = self.next.map_or(0, |old| next.wrapping_sub(old));
        if skipped as usize >= self.cells.len() {
            self.clear();
        } else {
            let old = next.wrapping_sub(skipped);
            (0..skipped).for_each(|offset| {
                let at = old.wrapping_add(offset);
                self.set_cell(at, self.cell(at) & !PRESENT);
            });
        }
        self.next = Some(next);
    }

    fn clear(&mut self) {
        self.cells.fill(EMPTY);
        self.late = 0;
        self.missed = 0;
        self.watch = Watch::START;
    }

    const fn index(&self, timestamp: u32) -> usize {
        // The number of cells is a power of two.
        timestamp as usize & (self.cells.len() - 1)
    }

    fn cell(&self, timestamp: u32) -> u16 {
        self.cells.get(self.index(timestamp)).copied().unwrap_or(EMPTY)
    }

    fn set_cell(&mut self, timestamp: u32, value: u16) {
        let index = self.index(timestamp);
        if let Some(cell) = self.cells.get_mut(index) {
            *cell = value;
        }
    }
}

#[cfg(test)]
mod tests;
