use base::Duration;

/// Upper bounds in seconds. Set-up takes well under a millisecond on an idle machine, and SIP's
/// Timer B ends it after 32 s.
const BOUNDS: [f64; 12] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Counts durations by their size. Plain numbers: the signalling thread owns it and gives it away
/// by value, so no lock is shared with whoever reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    counts: [u64; BOUNDS.len()],
    beyond: u64,
    sum: f64,
}

impl Histogram {
    pub(crate) fn observe(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.sum += seconds;
        let mut places = BOUNDS.iter().zip(&mut self.counts);
        match places.find(|(bound, _)| seconds <= **bound) {
            Some((_, count)) => *count += 1,
            None => self.beyond += 1,
        }
    }

    pub(crate) const fn sum(&self) -> f64 {
        self.sum
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.beyond
    }

    /// Upper bound and count of each bucket by itself; the last is unbounded.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        BOUNDS.into_iter().zip(self.counts).chain([(f64::INFINITY, self.beyond)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_counted_once() {
        let mut histogram = Histogram::default();
        for millis in [0, 1, 3, 60_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        assert_eq!(histogram.count(), 4);
        assert_eq!(histogram.buckets().map(|(_, count)| count).sum::<u64>(), 4);
        assert_eq!(histogram.buckets().last(), Some((f64::INFINITY, 1)));
        assert!((histogram.sum() - 60.004).abs() < 1e-9);
    }
}
