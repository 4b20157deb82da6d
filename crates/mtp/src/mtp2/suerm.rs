//! Signal unit error rate monitor (Q.703 §10.2): a leaky bucket over a link in service.

/// Errors in the bucket at which the link has failed.
const T: u32 = 64;
/// Signal units after which one error leaks out.
const D: u32 = 256;

/// Idle until started; says at most once per start that the error rate is excessive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Suerm {
    running: bool,
    /// The bucket.
    errors: u32,
    /// Units since the last leak.
    units: u32,
}

impl Suerm {
    pub(super) fn start(&mut self) {
        *self = Self { running: true, ..Self::default() };
    }

    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    /// Good signal units.
    pub(super) fn good(&mut self, count: u32) {
        if self.running {
            self.leak(count);
        }
    }

    /// Errored signal units; true: the link has failed.
    pub(super) fn errored(&mut self, count: u32) -> bool {
        if !self.running {
            return false;
        }
        // One by one in effect: what leaks out during the run is at most count / D.
        self.leak(count);
        self.fill(count)
    }

    /// Periods of 16 octets out of alignment. They are no signal units: nothing leaks
    /// (Q.703 §10.2.3). True: the link has failed.
    pub(super) fn octet_counting(&mut self, count: u32) -> bool {
        self.running && self.fill(count)
    }

    fn leak(&mut self, count: u32) {
        let units = self.units.saturating_add(count);
        self.errors = self.errors.saturating_sub(units / D);
        self.units = units % D;
    }

    fn fill(&mut self, count: u32) -> bool {
        self.errors = self.errors.saturating_add(count);
        if self.errors >= T {
            self.stop();
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q703_10_2_2_sixty_four_errors_in_a_row_fail_the_link() {
        let mut suerm = Suerm::default();
        assert!(!suerm.errored(1000), "idle");
        suerm.start();
        assert!(!suerm.errored(63));
        assert!(suerm.errored(1));
        assert!(!suerm.errored(64), "said once");
    }

    #[test]
    fn q703_10_2_2_one_error_in_256_units_is_borne_for_ever_and_two_are_not() {
        let mut suerm = Suerm::default();
        suerm.start();
        for _ in 0..10_000 {
            suerm.good(255);
            assert!(!suerm.errored(1));
        }
        suerm.start();
        let periods = (0..100).take_while(|_| {
            suerm.good(254);
            !suerm.errored(2)
        });
        assert_eq!(periods.count(), 62, "one more than leaks out in each period, from 2");
    }

    #[test]
    fn q703_10_2_3_each_16_octets_out_of_alignment_count() {
        let mut suerm = Suerm::default();
        suerm.start();
        assert!(!suerm.octet_counting(63));
        suerm.good(512);
        assert!(!suerm.octet_counting(2));
        assert!(suerm.octet_counting(1));
    }
}
