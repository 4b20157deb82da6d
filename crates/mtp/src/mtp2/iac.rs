//! Initial alignment control (Q.703 §7, figure 9): both sides agree to prove the link, and prove
//! it.

use super::su::Status;

/// M: proving is given up when it was spoilt so many times (Q.703 §7.4).
const M: u8 = 5;

/// How far alignment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not aligning.
    Idle,
    /// SIO is sent, any alignment status awaited: T2.
    NotAligned,
    /// SIN or SIE is sent, the peer's awaited: T3.
    Aligned,
    /// The proving period: T4.
    Proving,
}

/// What happens to an alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// SIO, SIN, SIE or SIOS arrived.
    Status(Status),
    /// A good signal unit arrived.
    GoodUnit,
    /// The alignment error rate monitor: this period is spoilt.
    AbortProving,
    /// Not aligned for too long.
    T2,
    /// Aligned for too long.
    T3,
    /// The proving period is over.
    T4,
}

/// What the link does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing.
    Stay,
    /// A phase begins, or proving begins again: its timer starts, the others stop, and in
    /// proving the error rate monitor starts.
    Enter(Phase),
    /// The link is proved.
    Complete,
    /// Alignment is not possible.
    Failed(&'static str),
}

/// One alignment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iac {
    phase: Phase,
    /// We want the short proving period.
    emergency: bool,
    /// The peer does.
    peer_emergency: bool,
    /// Cp: how many times proving was spoilt.
    aborted: u8,
    /// This period is spoilt; the next begins with the next good unit.
    further_proving: bool,
}

impl Iac {
    pub(crate) const IDLE: Self = Self {
        phase: Phase::Idle,
        emergency: false,
        peer_emergency: false,
        aborted: 0,
        further_proving: false,
    };

    /// Q.703 §7.3: begins anew.
    pub(crate) fn start(&mut self, emergency: bool) -> Step {
        *self = Self { phase: Phase::NotAligned, emergency, ..Self::IDLE };
        Step::Enter(Phase::NotAligned)
    }

    pub(crate) fn stop(&mut self) {
        *self = Self::IDLE;
    }

    /// Q.703 §7.2: level 3 has lost its other links while this one aligns.
    pub(crate) fn hurry(&mut self) -> Step {
        let was_emergency = self.is_emergency();
        if self.phase != Phase::Idle {
            self.emergency = true;
        }
        if self.phase == Phase::Proving && !was_emergency {
            return self.enter(Phase::Proving);
        }
        Step::Stay
    }

    #[cfg(test)]
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Either side asked for the short period (Q.703 §7.2).
    pub(crate) fn is_emergency(&self) -> bool {
        self.emergency || self.peer_emergency
    }

    /// What we send meanwhile.
    pub(crate) fn status(&self) -> Status {
        match (self.phase, self.emergency) {
            (Phase::Idle, _) => Status::SIOS,
            (Phase::NotAligned, _) => Status::SIO,
            (Phase::Aligned | Phase::Proving, false) => Status::SIN,
            (Phase::Aligned | Phase::Proving, true) => Status::SIE,
        }
    }

    pub(crate) fn handle(&mut self, input: Input) -> Step {
        match (self.phase, input) {
            (Phase::NotAligned, Input::Status(Status::SIO | Status::SIN)) => {
                self.enter(Phase::Aligned)
            }
            (Phase::NotAligned, Input::Status(Status::SIE)) => {
                self.peer_emergency = true;
                self.enter(Phase::Aligned)
            }
            (Phase::NotAligned, Input::T2) => self.fail("no alignment status from the peer (T2)"),
            (Phase::Aligned, Input::Status(status @ (Status::SIN | Status::SIE))) => {
                self.peer_emergency |= status == Status::SIE;
                // What was spoilt before the peer began again counts no more.
                self.aborted = 0;
                self.enter(Phase::Proving)
            }
            (Phase::Aligned, Input::T3) => self.fail("no proving status from the peer (T3)"),
            (Phase::Aligned | Phase::Proving, Input::Status(Status::SIOS)) => {
                self.fail("the peer went out of service while aligning")
            }
            // The peer has begun again.
            (Phase::Proving, Input::Status(Status::SIO)) => self.enter(Phase::Aligned),
            (Phase::Proving, Input::Status(Status::SIE)) if !self.is_emergency() => {
                self.peer_emergency = true;
                self.enter(Phase::Proving)
            }
            (Phase::Proving, Input::AbortProving) => {
                self.aborted += 1;
                if self.aborted >= M {
                    return self.fail("too many errors while proving");
                }
                self.further_proving = true;
                Step::Stay
            }
            (Phase::Proving, Input::GoodUnit | Input::T4) if self.further_proving => {
                self.enter(Phase::Proving)
            }
            (Phase::Proving, Input::T4) => {
                self.stop();
                Step::Complete
            }
            _ => Step::Stay,
        }
    }

    fn enter(&mut self, phase: Phase) -> Step {
        self.phase = phase;
        self.further_proving = false;
        Step::Enter(phase)
    }

    fn fail(&mut self, reason: &'static str) -> Step {
        self.stop();
        Step::Failed(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(phase: Phase, emergency: bool) -> Iac {
        Iac { phase, emergency, ..Iac::IDLE }
    }

    #[test]
    fn q703_7_3_sio_then_sin_then_the_normal_period() {
        let mut iac = Iac::IDLE;
        assert_eq!(iac.start(false), Step::Enter(Phase::NotAligned));
        assert_eq!(iac.status(), Status::SIO);
        assert_eq!(iac.handle(Input::Status(Status::SIOS)), Step::Stay);
        assert_eq!(iac.handle(Input::Status(Status::SIO)), Step::Enter(Phase::Aligned));
        assert_eq!(iac.status(), Status::SIN);
        assert_eq!(iac.handle(Input::Status(Status::SIO)), Step::Stay);
        assert_eq!(iac.handle(Input::Status(Status::SIN)), Step::Enter(Phase::Proving));
        assert!(!iac.is_emergency());
        assert_eq!(iac.handle(Input::Status(Status::SIN)), Step::Stay);
        assert_eq!(iac.handle(Input::T4), Step::Complete);
        assert_eq!(iac.phase(), Phase::Idle);
    }

    #[test]
    fn q703_7_2_either_side_may_ask_for_the_short_period() {
        let mut ours = Iac::IDLE;
        ours.start(true);
        ours.handle(Input::Status(Status::SIN));
        assert_eq!(ours.status(), Status::SIE);
        assert!(ours.is_emergency());
        let mut theirs = at(Phase::Proving, false);
        assert_eq!(theirs.handle(Input::Status(Status::SIE)), Step::Enter(Phase::Proving));
        assert!(theirs.is_emergency());
        assert_eq!(theirs.status(), Status::SIN);
        assert_eq!(theirs.handle(Input::Status(Status::SIE)), Step::Stay, "once");
    }

    #[test]
    fn q703_7_2_the_short_period_may_be_asked_for_on_the_way() {
        let mut iac = Iac::IDLE;
        assert_eq!(iac.hurry(), Step::Stay);
        assert_eq!(iac.phase(), Phase::Idle);
        iac.start(false);
        assert_eq!(iac.hurry(), Step::Stay);
        iac.handle(Input::Status(Status::SIO));
        assert_eq!(iac.status(), Status::SIE);
        let mut proving = at(Phase::Proving, false);
        assert_eq!(proving.hurry(), Step::Enter(Phase::Proving));
        assert!(proving.is_emergency());
        assert_eq!(proving.hurry(), Step::Stay, "once");
    }

    #[test]
    fn q703_7_4_proving_is_spoilt_four_times_and_given_up_at_the_fifth() {
        let mut iac = at(Phase::Proving, true);
        for _ in 0..4 {
            assert_eq!(iac.handle(Input::AbortProving), Step::Stay);
            assert_eq!(iac.handle(Input::GoodUnit), Step::Enter(Phase::Proving));
            assert_eq!(iac.handle(Input::GoodUnit), Step::Stay);
        }
        assert!(matches!(iac.handle(Input::AbortProving), Step::Failed(_)));
    }

    #[test]
    fn q703_7_4_a_spoilt_period_does_not_end_in_success() {
        let mut iac = at(Phase::Proving, true);
        iac.handle(Input::AbortProving);
        assert_eq!(iac.handle(Input::T4), Step::Enter(Phase::Proving));
        assert_eq!(iac.handle(Input::T4), Step::Complete);
    }

    #[test]
    fn q703_7_3_timers_and_sios_end_alignment_and_sio_in_proving_goes_back() {
        assert!(matches!(at(Phase::NotAligned, false).handle(Input::T2), Step::Failed(_)));
        assert!(matches!(at(Phase::Aligned, false).handle(Input::T3), Step::Failed(_)));
        for phase in [Phase::Aligned, Phase::Proving] {
            let step = at(phase, false).handle(Input::Status(Status::SIOS));
            assert!(matches!(step, Step::Failed(_)));
        }
        let back = at(Phase::Proving, false).handle(Input::Status(Status::SIO));
        assert_eq!(back, Step::Enter(Phase::Aligned));
    }
}
