use crate::number;
use base::{Cause, Duration, Instant, Rng};
use isup_codec::Digits;
use std::collections::BTreeMap;

/// Calls to place.
#[derive(Clone, Debug, PartialEq)]
pub struct Originate {
    /// Whom to call: `+33199008001`, `0199008001` or `199008001`.
    pub called: String,
    /// Who calls; by default +33 6 39 98 00 01.
    pub caller: Option<String>,
    /// How many calls, 1 to [`Originate::COUNT_MAX`].
    pub count: u32,
    /// How many a second, more than 0 and at most [`Originate::RATE_MAX`].
    pub rate: f64,
    /// How long an answered call lasts.
    pub hold: Duration,
}

impl Originate {
    /// The most calls of one batch.
    pub const COUNT_MAX: u32 = 10_000_000;
    /// The most calls a second of one batch.
    pub const RATE_MAX: f64 = 10_000.0;
}

/// Why calls are not placed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginateError {
    /// A number is none of this country.
    #[error("{0:?} is not a number: give +33…, 0… or the national significant number")]
    Number(String),
    /// No call, or too many.
    #[error("{0} calls: give 1 to {max}", max = Originate::COUNT_MAX)]
    Count(u32),
    /// No rate, or too high a one.
    #[error("{0} calls a second: give more than 0 and at most {max}", max = Originate::RATE_MAX)]
    Rate(f64),
    /// Enough is going on.
    #[error("{BATCHES_MAX} batches of calls are running already")]
    TooManyBatches,
}

/// How far a batch of calls has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Calls placed, the failed ones included.
    pub placed: u32,
    /// Calls answered.
    pub answered: u32,
    /// Calls not answered, by cause value.
    pub failed: BTreeMap<u8, u32>,
    /// Calls that have not ended.
    pub active: u32,
    /// Whether every call was placed and has ended.
    pub done: bool,
}

/// One call to place.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) called: Digits,
    pub(crate) caller: Digits,
    pub(crate) hold: Duration,
}

/// Batches known at a time. Of those that are done the oldest makes place for a new one.
const BATCHES_MAX: usize = 64;

/// Who calls unless something else is asked for.
const CALLER: &str = "639980001";

#[derive(Clone, Debug)]
struct Batch {
    order: Order,
    count: u32,
    interval: Duration,
    begun: Instant,
    progress: Progress,
}

impl Batch {
    fn refresh(&mut self) {
        self.progress.done = self.progress.placed >= self.count && self.progress.active == 0;
    }
}

/// The batches of calls, by number. Says when a call is to be placed; others place it and report.
#[derive(Clone, Debug)]
pub(crate) struct Batches {
    batches: BTreeMap<u64, Batch>,
    last: u64,
    rng: Rng,
}

impl Batches {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { batches: BTreeMap::new(), last: 0, rng: Rng::new(seed) }
    }

    /// Accepts a batch whose first call is due now.
    pub(crate) fn add(&mut self, now: Instant, spec: &Originate) -> Result<u64, OriginateError> {
        let number =
            |text: &str| number::parse(text).ok_or_else(|| OriginateError::Number(text.to_owned()));
        let called = number(&spec.called)?;
        let caller = number(spec.caller.as_deref().unwrap_or(CALLER))?;
        if !(1..=Originate::COUNT_MAX).contains(&spec.count) {
            return Err(OriginateError::Count(spec.count));
        }
        if !(spec.rate > 0.0 && spec.rate <= Originate::RATE_MAX) {
            return Err(OriginateError::Rate(spec.rate));
        }
        self.make_room()?;
        self.last += 1;
        // A rate next to nothing means a very long time, not an overflow.
        let interval = Duration::try_from_secs_f64(1.0 / spec.rate).unwrap_or(Duration::MAX);
        self.batches.insert(
            self.last,
            Batch {
                order: Order { called, caller, hold: spec.hold },
                count: spec.count,
                interval,
                begun: now,
                progress: Progress::default(),
            },
        );
        Ok(self.last)
    }

    fn make_room(&mut self) -> Result<(), OriginateError> {
        if self.batches.len() < BATCHES_MAX {
            return Ok(());
        }
        let oldest = self.batches.iter().find(|(_, batch)| batch.progress.done);
        let oldest = *oldest.ok_or(OriginateError::TooManyBatches)?.0;
        self.batches.remove(&oldest);
        Ok(())
    }

    /// When the next call of the batch is to be placed. The calls after the first one come at a
    /// random moment of their interval each, as callers do.
    pub(crate) fn next_due(&mut self, id: u64) -> Option<Instant> {
        let batch = self.batches.get(&id)?;
        if batch.progress.placed >= batch.count {
            return None;
        }
        let whole = batch.interval.checked_mul(batch.progress.placed).unwrap_or(Duration::MAX);
        let spread = u64::try_from(batch.interval.as_nanos()).unwrap_or(u64::MAX);
        let part = if batch.progress.placed == 0 { 0 } else { self.rng.below(spread) };
        Some(batch.begun + whole + Duration::from_nanos(part))
    }

    /// A call of the batch is being placed: what call.
    pub(crate) fn place(&mut self, id: u64) -> Option<Order> {
        let batch = self.batches.get_mut(&id)?;
        if batch.progress.placed >= batch.count {
            return None;
        }
        batch.progress.placed += 1;
        batch.progress.active += 1;
        Some(batch.order.clone())
    }

    /// What the calls of the batch are.
    pub(crate) fn order(&self, id: u64) -> Option<&Order> {
        self.batches.get(&id).map(|batch| &batch.order)
    }

    /// A call of the batch was answered.
    pub(crate) fn answered(&mut self, id: u64) {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.progress.answered += 1;
        }
    }

    /// A call of the batch will not be answered.
    pub(crate) fn failed(&mut self, id: u64, cause: Cause) {
        if let Some(batch) = self.batches.get_mut(&id) {
            *batch.progress.failed.entry(cause.0).or_default() += 1;
        }
    }

    /// A call of the batch has left its circuit, or never had one.
    pub(crate) fn ended(&mut self, id: u64) {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.progress.active = batch.progress.active.saturating_sub(1);
            batch.refresh();
        }
    }

    /// No more calls are placed.
    pub(crate) fn stop(&mut self) {
        for batch in self.batches.values_mut() {
            batch.count = batch.progress.placed;
            batch.refresh();
        }
    }

    pub(crate) fn progress(&self, id: u64) -> Option<Progress> {
        self.batches.get(&id).map(|batch| batch.progress.clone())
    }

    /// Whether nothing remains to be done.
    pub(crate) fn is_idle(&self) -> bool {
        self.batches.values().all(|batch| batch.progress.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(count: u32, rate: f64) -> Originate {
        let called = "+33199008001".to_owned();
        Originate { called, caller: None, count, rate, hold: Duration::from_secs(1) }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut batches = Batches::new(0);
        let mut refused = |spec| batches.add(Instant::ZERO, &spec).unwrap_err();
        let number = |text: &str| OriginateError::Number(text.to_owned());
        assert_eq!(refused(Originate { called: "x".to_owned(), ..spec(1, 1.0) }), number("x"));
        let caller = Some("+1".to_owned());
        assert_eq!(refused(Originate { caller, ..spec(1, 1.0) }), number("+1"));
        assert_eq!(refused(spec(0, 1.0)), OriginateError::Count(0));
        assert_eq!(refused(spec(1, 0.0)), OriginateError::Rate(0.0));
        assert!(matches!(refused(spec(1, f64::NAN)), OriginateError::Rate(_)));
        assert_eq!(refused(spec(1, 20_000.0)), OriginateError::Rate(20_000.0));
        // Next to never, but not nonsense.
        let slow = batches.add(Instant::ZERO, &spec(2, f64::MIN_POSITIVE)).unwrap();
        assert!(batches.place(slow).is_some());
        assert!(batches.next_due(slow).unwrap() > Instant::from_millis(1 << 40));
    }

    #[test]
    fn calls_come_at_the_rate() {
        let mut batches = Batches::new(7);
        let begun = Instant::from_millis(500);
        let id = batches.add(begun, &spec(200, 100.0)).unwrap();
        assert_eq!(batches.next_due(id), Some(begun));
        for n in 0..200u64 {
            let due = batches.next_due(id).unwrap();
            let slot = begun + Duration::from_millis(10 * n);
            assert!(due >= slot && due < slot + Duration::from_millis(10), "{n}: {due}");
            assert_eq!(batches.place(id).unwrap().caller, CALLER);
        }
        assert_eq!(batches.next_due(id), None);
        assert!(batches.place(id).is_none());
    }

    #[test]
    fn a_batch_is_done_when_every_call_has_ended() {
        let mut batches = Batches::new(0);
        let id = batches.add(Instant::ZERO, &spec(2, 1.0)).unwrap();
        batches.place(id);
        batches.answered(id);
        batches.ended(id);
        assert!(!batches.progress(id).unwrap().done && !batches.is_idle());
        batches.place(id);
        batches.failed(id, Cause::USER_BUSY);
        batches.ended(id);
        let failed = BTreeMap::from([(17, 1)]);
        let expected = Progress { placed: 2, answered: 1, failed, active: 0, done: true };
        assert_eq!(batches.progress(id), Some(expected));
        assert!(batches.is_idle());
    }

    #[test]
    fn the_oldest_batch_that_is_done_makes_room() {
        let mut batches = Batches::new(0);
        for _ in 0..BATCHES_MAX {
            batches.add(Instant::ZERO, &spec(1, 1.0)).unwrap();
        }
        let full = batches.add(Instant::ZERO, &spec(1, 1.0));
        assert_eq!(full, Err(OriginateError::TooManyBatches));
        batches.stop();
        assert_eq!(batches.add(Instant::ZERO, &spec(1, 1.0)), Ok(BATCHES_MAX as u64 + 1));
        assert_eq!(batches.progress(1), None);
        assert!(batches.progress(2).is_some());
    }
}
