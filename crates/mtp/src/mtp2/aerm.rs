//! Alignment error rate monitor (Q.703 §10.3): watches the proving period.

/// Errors that end a normal proving period.
const TIN: u32 = 4;
/// Errors that end an emergency proving period.
const TIE: u32 = 1;

/// Idle until started; says at most once per start that the period is spoilt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aerm {
    /// Errors still bearable; `None` while idle.
    left: Option<u32>,
}

impl Aerm {
    pub(super) fn start(&mut self, emergency: bool) {
        self.left = Some(if emergency { TIE } else { TIN });
    }

    pub(super) fn stop(&mut self) {
        self.left = None;
    }

    /// Counts errored units or periods of 16 octets out of alignment; true: abort proving.
    pub(super) fn errors(&mut self, count: u32) -> bool {
        let Some(left) = self.left else {
            return false;
        };
        self.left = left.checked_sub(count).filter(|left| *left > 0);
        self.left.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q703_10_3_four_errors_spoil_normal_proving_and_one_spoils_emergency_proving() {
        let mut aerm = Aerm::default();
        assert!(!aerm.errors(100), "idle");
        aerm.start(false);
        assert!(!aerm.errors(3));
        assert!(aerm.errors(1));
        assert!(!aerm.errors(9), "said once");
        aerm.start(true);
        assert!(aerm.errors(1));
        aerm.start(false);
        aerm.stop();
        assert!(!aerm.errors(9));
    }
}
