use crate::{LineEvent, Unit};

/// How long repetitions may wait for their report.
const TICKS_MAX: u32 = 24;

/// Keeps the FISUs and LSSUs that only repeat what was said from whoever listens: an idle link
/// sends 1,300 a second. Link status control needs their number alone (Q.703 §10).
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    last: Option<Unit>,
    repeated: u32,
    ticks: u32,
}

impl Repetition {
    /// Takes the octets of a good unit.
    pub(crate) fn pass_unit(&mut self, octets: &[u8], each: &mut dyn FnMut(LineEvent)) {
        if self.last.as_ref().is_some_and(|last| last.as_slice() == octets) {
            self.repeated += 1;
            return;
        }
        self.flush(each);
        if let Some(unit) = Unit::from_slice(octets) {
            let is_message = octets.len() > Unit::STATUS_MAX_LEN;
            self.last = if is_message { None } else { Some(unit) };
            each(LineEvent::SignalUnit(unit));
        }
    }

    /// Takes any other event.
    pub(crate) fn pass(&mut self, event: LineEvent, each: &mut dyn FnMut(LineEvent)) {
        self.flush(each);
        each(event);
    }

    /// Ends a tick. The last of the repetitions is given whole, so that a listener who began late,
    /// or missed a report, soon knows what is being repeated.
    pub(crate) fn tick(&mut self, each: &mut dyn FnMut(LineEvent)) {
        if self.repeated == 0 {
            return;
        }
        self.ticks += 1;
        if self.ticks < TICKS_MAX {
            return;
        }
        self.repeated -= 1;
        self.flush(each);
        if let Some(unit) = self.last {
            each(LineEvent::SignalUnit(unit));
        }
    }

    fn flush(&mut self, each: &mut dyn FnMut(LineEvent)) {
        let repeated = std::mem::take(&mut self.repeated);
        self.ticks = 0;
        if repeated > 0 {
            each(LineEvent::Repeated(repeated));
        }
    }
}
