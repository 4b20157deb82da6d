//! Signal units as they would come out of `tdm`, without a bit in between: idle time costs
//! nothing but a report now and then.

use super::garble::Garble;
use super::tones::Tones;
use super::{Harm, Report, Side};
use crate::topology::SILENCE;
use base::{Duration, Instant, Rng};
use exchange::Source;
use media::{Command, ContextId, ContextStats};
use mtp::LinkId;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use tdm::{LineCommand, LineEvent, SEND_LIMIT, Unit};

/// Flag and check octets.
const OVERHEAD: usize = 3;
/// One octet at 64 kbit/s.
const OCTET: Duration = Duration::from_micros(125);
/// How often an idle line is reported.
const IDLE: Duration = Duration::from_millis(200);
/// Fill-in units in that time.
const IDLE_UNITS: u32 = 260;
/// How often a dead line is: 24 ms are 12 times 16 octets.
const DEAD: Duration = Duration::from_millis(24);
const DEAD_PERIODS: u32 = 12;
/// A span without signal is noticed so much later.
const DETECTION: Duration = Duration::from_millis(10);

/// What a direction is doing.
#[derive(Clone, Copy, Debug, Default)]
enum Doing {
    /// Flags.
    #[default]
    Nothing,
    /// A unit goes out, once.
    Sending(Unit),
    /// The fill goes out for the first time.
    Filling(Unit),
    /// The same fill over and over.
    Idling,
}

/// One direction of a signalling time slot.
#[derive(Debug, Default)]
struct Direction {
    waiting: VecDeque<Unit>,
    fill: Option<Unit>,
    doing: Doing,
    /// When that is done.
    due: Option<Instant>,
    harm: Harm,
    /// When a dead line is reported next.
    dead: Option<Instant>,
}

impl Direction {
    fn command(&mut self, now: Instant, command: LineCommand) {
        match command {
            LineCommand::Send(unit) => {
                if self.waiting.len() < SEND_LIMIT {
                    self.waiting.push_back(unit);
                }
            }
            LineCommand::Fill(unit) => {
                self.fill = Some(unit);
            }
            LineCommand::Silence => self.fill = None,
        }
        if matches!(self.doing, Doing::Nothing | Doing::Idling) {
            self.begin(now, true);
        }
    }

    fn begin(&mut self, now: Instant, changed: bool) {
        let time = |unit: &Unit| OCTET * (unit.as_slice().len() + OVERHEAD) as u32;
        (self.doing, self.due) = if let Some(unit) = self.waiting.pop_front() {
            (Doing::Sending(unit), Some(now + time(&unit)))
        } else {
            match self.fill {
                Some(unit) if changed => (Doing::Filling(unit), Some(now + time(&unit))),
                Some(_) => (Doing::Idling, Some(now + IDLE)),
                None => (Doing::Nothing, None),
            }
        };
    }

    fn next(&self) -> Option<Instant> {
        [self.due, self.dead].into_iter().flatten().min()
    }

    fn advance(
        &mut self,
        now: Instant,
        rng: &mut Rng,
        near: &mut dyn FnMut(LineEvent),
        far: &mut dyn FnMut(LineEvent),
    ) {
        if self.dead.is_some_and(|at| at <= now) {
            self.dead = Some(now + DEAD);
            far(LineEvent::OctetCounting(DEAD_PERIODS));
        }
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let is_dead = self.dead.is_some();
        let noise = u64::from(self.harm.noise);
        let mut repeat = false;
        match std::mem::take(&mut self.doing) {
            Doing::Nothing => {}
            Doing::Sending(unit) => {
                near(LineEvent::Transmitted);
                if !is_dead {
                    self.arrive(unit, rng, far);
                }
                repeat = true; // the fill carries on from the number of this unit
            }
            Doing::Filling(unit) => {
                // What is lost comes again at once, for it is the fill.
                repeat = is_dead || !self.arrive(unit, rng, far) || self.fill != Some(unit);
            }
            Doing::Idling if is_dead => {}
            Doing::Idling => {
                let errored = (0..IDLE_UNITS).filter(|_| rng.below(10_000) < noise).count() as u32;
                if errored > 0 {
                    far(LineEvent::Errored(errored));
                }
                far(LineEvent::Repeated(IDLE_UNITS - errored));
            }
        }
        self.begin(now, repeat && !is_dead);
    }

    /// Whether the unit arrived whole.
    fn arrive(&self, unit: Unit, rng: &mut Rng, far: &mut dyn FnMut(LineEvent)) -> bool {
        // Noise is counted in fill-in units; a longer unit is hit more often.
        let length = (unit.as_slice().len() + OVERHEAD) as u64;
        let hit = u64::from(self.harm.noise) * length / (Unit::MIN_LEN + OVERHEAD) as u64;
        let whole = rng.below(10_000) >= hit;
        if whole {
            far(LineEvent::SignalUnit(unit));
        } else if rng.chance(2, 3) {
            far(LineEvent::Errored(1));
        } // else its flags were damaged, and nobody knows that there was one
        whole
    }

    fn harm(&mut self, now: Instant, harm: Harm) {
        let was_dead = self.dead.is_some();
        self.harm = harm;
        if harm.cut || harm.down {
            self.dead = self.dead.or(Some(now + DEAD));
        } else if was_dead {
            self.dead = None;
            if matches!(self.doing, Doing::Nothing | Doing::Idling) {
                self.begin(now, true);
            }
        }
    }
}

/// All lines, spans and contexts.
#[derive(Debug)]
pub(crate) struct Units {
    /// By span, then by the side that receives.
    directions: BTreeMap<(u16, Side), Direction>,
    /// Changes of the spans' signals that are not yet noticed.
    notices: VecDeque<(Instant, u16, Side, bool)>,
    pub(crate) contexts: Contexts,
    tones: Tones,
    pub(crate) garble: Garble,
}

impl Units {
    pub(crate) fn new(spans: u16) -> Self {
        let all = (0..spans).flat_map(|span| Side::BOTH.map(|side| (span, side)));
        Self {
            directions: all.map(|at| (at, Direction::default())).collect(),
            notices: VecDeque::new(),
            contexts: Contexts::default(),
            tones: Tones::default(),
            garble: Garble::default(),
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let lines = self.directions.values().filter_map(Direction::next).min();
        let notice = self.notices.front().map(|notice| notice.0);
        [lines, notice, self.contexts.next(), self.tones.next()].into_iter().flatten().min()
    }

    pub(crate) fn advance(&mut self, now: Instant, rng: &mut Rng, reports: &mut Vec<Report>) {
        while let Some((_, span, side, up)) = self.notices.pop_front_if(|notice| notice.0 <= now) {
            reports.push(Report::Span { side, span, up });
        }
        for ((span, to), direction) in &mut self.directions {
            let link = LinkId(*span);
            let (mut near, mut far) = (Vec::new(), Vec::new());
            direction.advance(now, rng, &mut |event| near.push(event), &mut |event| {
                far.push(event);
            });
            for event in &mut far {
                self.garble.pass(event, rng);
            }
            let side = to.other();
            reports.extend(near.into_iter().map(|event| Report::Line { side, link, event }));
            let side = *to;
            reports.extend(far.into_iter().map(|event| Report::Line { side, link, event }));
        }
        self.contexts.advance(now, reports);
        let directions = &self.directions;
        let works = |span| {
            let up = |side| directions.get(&(span, side)).is_some_and(|way| !way.harm.down);
            Side::BOTH.into_iter().all(up)
        };
        self.tones.advance(now, works, reports);
    }

    /// A command of the gateway.
    pub(crate) fn media(&mut self, now: Instant, command: Command) {
        let side = Side::Gateway;
        match command {
            Command::Loop { slot, on: true } => {
                self.tones.connect_loop(side, (slot.span, slot.slot))
            }
            Command::Loop { slot, on: false } => self.tones.free(side, (slot.span, slot.slot)),
            Command::Check { slot, check } => {
                self.tones.send(now, side, (slot.span, slot.slot), check.0);
            }
            Command::EndCheck { check } => self.tones.end(side, check.0),
            command => self.contexts.command(now, command),
        }
    }

    /// What the exchange sends in a time slot.
    pub(crate) fn bearer(&mut self, now: Instant, slot: exchange::TimeSlot, source: Source) {
        let (side, place) = (Side::Exchange, (slot.span, slot.slot));
        match source {
            Source::Loop => self.tones.connect_loop(side, place),
            Source::CheckTone(check) => self.tones.send(now, side, place, check.0),
            _ => self.tones.free(side, place),
        }
    }

    pub(crate) fn line(&mut self, now: Instant, side: Side, link: LinkId, command: LineCommand) {
        if let Some(direction) = self.directions.get_mut(&(link.0, side.other())) {
            direction.command(now, command);
        }
    }

    pub(crate) fn restart(&mut self, now: Instant, side: Side) {
        for ((span, to), direction) in &mut self.directions {
            if *to == side.other() {
                direction.waiting.clear();
                direction.command(now, LineCommand::Silence);
            } else if direction.harm.down {
                self.notices.push_back((now + DETECTION, *span, side, false));
            }
        }
        self.tones.restart(side);
        if side == Side::Gateway {
            self.contexts = Contexts::default();
        }
    }

    pub(crate) fn harm(&mut self, now: Instant, span: u16, to: Side, harm: Harm) {
        let Some(direction) = self.directions.get_mut(&(span, to)) else { return };
        if direction.harm.down != harm.down {
            self.notices.push_back((now + DETECTION, span, to, !harm.down));
        }
        direction.harm(now, harm);
    }
}

/// A context without a media plane under it: it notices only whether speech could come.
#[derive(Debug)]
struct Context {
    local: SocketAddr,
    remote: Option<SocketAddr>,
    /// Since when it has heard nothing; none where nothing is to be heard.
    silent: Option<Instant>,
    /// How often in a row that was told.
    silences: u32,
}

/// The contexts.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    open: BTreeMap<ContextId, Context>,
    said: Vec<media::Event>,
    pub(crate) port_taken: bool,
}

impl Contexts {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Open { context, local } => {
                if std::mem::take(&mut self.port_taken) {
                    self.said.push(media::Event::OpenFailed { context });
                }
                self.open
                    .insert(context, Context { local, remote: None, silent: None, silences: 0 });
            }
            Command::Remote { context, remote, receive, .. } => {
                if let Some(context) = self.open.get_mut(&context) {
                    context.remote = Some(remote);
                    (context.silent, context.silences) = (receive.then_some(now), 0);
                }
            }
            Command::OpenOther { .. }
            | Command::Join { .. }
            | Command::Ringback { .. }
            | Command::Format { .. }
            | Command::Key { .. }
            // Those of time slots are for `Tones`.
            | Command::Loop { .. }
            | Command::Check { .. }
            | Command::EndCheck { .. } => {}
            Command::Close { context } => {
                self.open.remove(&context);
                let stats = ContextStats::default();
                self.said.push(media::Event::Closed { context, stats });
            }
        }
    }

    pub(crate) fn heard(&mut self, now: Instant, from: SocketAddr, to: SocketAddr) {
        let heard = |context: &&mut Context| context.local == to && context.remote == Some(from);
        for context in self.open.values_mut().filter(heard) {
            (context.silent, context.silences) = (context.silent.map(|_| now), 0);
        }
    }

    fn next(&self) -> Option<Instant> {
        if !self.said.is_empty() {
            return Some(Instant::ZERO);
        }
        self.open.values().filter_map(|context| context.silent).min().map(|at| at + SILENCE)
    }

    fn advance(&mut self, now: Instant, reports: &mut Vec<Report>) {
        reports.extend(self.said.drain(..).map(Report::Media));
        for (id, context) in &mut self.open {
            if context.silent.is_some_and(|since| since + SILENCE <= now) {
                context.silent = Some(now);
                context.silences += 1;
                let silent = media::Event::Silent { context: *id, times: context.silences };
                reports.push(Report::Media(silent));
            }
        }
    }
}
