use crate::hunt::{Hunt, Step};
use crate::phase::{Attempting, Legs, Phase, Releasing, Talking};
use crate::{CallId, Calling, Cdr, Release, Retry, Setup, Side, Signal, Stats};
use base::{Cause, Class, Duration, Instant, SlotTable, TimerTable};
use routing::{Exit, Number, Query, Router, TrunkRef};
use std::collections::VecDeque;
use tracing::{debug, info, warn};

/// The limits of call control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Calls at once.
    pub max_calls: usize,
    /// How many of them are kept for emergency calls.
    pub emergency_reserve: usize,
    /// Attempts of one ordinary call.
    pub max_attempts: u8,
    /// Attempts of one emergency call.
    pub max_emergency_attempts: u8,
    /// How long an attempt may go without any sign; above ISUP's T7 and SIP's Timer B.
    pub attempt: Duration,
    /// How long a call may go unanswered; above ISUP's T9.
    pub progress: Duration,
    /// How long a call may last.
    pub talk: Duration,
    /// How long the legs may take to end; above ISUP's T5.
    pub release: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_calls: 10_000,
            emergency_reserve: 1_000,
            max_attempts: 4,
            max_emergency_attempts: 8,
            attempt: Duration::from_secs(60),
            progress: Duration::from_secs(300),
            talk: Duration::from_secs(24 * 3600),
            release: Duration::from_secs(20 * 60),
        }
    }
}

impl Config {
    /// The most attempts of a call of this class.
    const fn attempts(&self, class: Class) -> u8 {
        if class.is_emergency() { self.max_emergency_attempts } else { self.max_attempts }
    }
}

/// Why the configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No call could be made.
    #[error("max_calls is 0: give at least 1")]
    NoCalls,
    /// Ordinary calls could never be made.
    #[error("emergency_reserve leaves nothing of max_calls: lower it")]
    Reserve,
    /// No attempt could be made.
    #[error("max_attempts and max_emergency_attempts are at least 1")]
    NoAttempts,
    /// A phase would end before it began.
    #[error("a deadline is 0: give at least a second")]
    Deadline,
}

/// The dead-man timers, one for each phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// An attempt gave no sign.
    Attempt,
    /// Nobody answered.
    Progress,
    /// The call lasts too long.
    Talk,
    /// A leg did not report its end.
    Release,
}

/// What may happen to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A leg tells something. A release means that the leg is ending: it is told nothing more and
    /// reports [`Input::Ended`]. Only the leg of a failed attempt reports nothing more, for the
    /// next attempt does not wait until a peer that may be dead has acknowledged the end of this.
    Signal {
        /// The call.
        call: CallId,
        /// The leg that tells it.
        side: Side,
        /// What it tells.
        signal: Signal,
    },
    /// The attempt failed and its leg is gone, or never was.
    AttemptFailed {
        /// The call.
        call: CallId,
        /// Why.
        release: Release,
    },
    /// The next hop of the attempt says that its call is for an emergency service, and has ended
    /// it.
    Emergency {
        /// The call.
        call: CallId,
        /// The service, as it is dialled.
        service: Number,
    },
    /// A leg is gone.
    Ended {
        /// The call.
        call: CallId,
        /// The leg.
        side: Side,
    },
}

/// What call control wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Make the egress leg.
    Attempt {
        /// The call.
        call: CallId,
        /// Where.
        exit: Exit,
        /// What to set up: number translated, class as finally told, one hop less.
        setup: Setup,
        /// From 1.
        attempt: u8,
        /// Whether there is something else to try, should this fail because of the way.
        others: bool,
    },
    /// Tell a leg. After a release, the leg is told nothing more and must report its end.
    Signal {
        /// The call.
        call: CallId,
        /// The leg to tell.
        side: Side,
        /// What to tell it.
        signal: Signal,
    },
    /// The call is over and forgotten.
    Cdr(Cdr),
}

/// A call as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallView {
    /// The call.
    pub id: CallId,
    /// Its class.
    pub class: Class,
    /// `attempting`, `progressing`, `talking`, `releasing`.
    pub phase: &'static str,
    /// Where it came in.
    pub ingress: TrunkRef,
    /// Where it leaves.
    pub egress: Option<TrunkRef>,
    /// Who calls.
    pub calling: Option<Number>,
    /// The number as it came in.
    pub called: Number,
    /// The number called now.
    pub translated: Number,
    /// The circuit, as named with [`Calls::set_circuit`].
    pub circuit: Option<u32>,
    /// Arrival.
    pub arrived: Instant,
    /// Answer.
    pub answered: Option<Instant>,
    /// How many exits were tried.
    pub attempts: u8,
}

/// The record of a call.
#[derive(Clone, Debug)]
struct Call {
    number: u64,
    setup: Setup,
    translated: Number,
    egress: Option<Exit>,
    circuit: Option<u32>,
    attempts: u8,
    phase: Phase,
}

/// Which new calls are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    All,
    /// The gateway is going to end: there may be no other one to help.
    Emergencies,
    None,
}

impl Taking {
    const fn takes(self, class: Class) -> bool {
        match self {
            Self::All => true,
            Self::Emergencies => class.is_emergency(),
            Self::None => false,
        }
    }
}

/// The call table.
#[derive(Debug)]
pub struct Calls {
    config: Config,
    router: Router,
    table: SlotTable<Call>,
    deadlines: TimerTable<CallId>,
    outputs: VecDeque<Output>,
    stats: Stats,
    taking: Taking,
    count: u64,
}

impl Calls {
    /// An empty call table over a router.
    pub fn new(config: Config, router: Router) -> Result<Self, ConfigError> {
        if config.max_calls == 0 {
            return Err(ConfigError::NoCalls);
        }
        if config.emergency_reserve >= config.max_calls {
            return Err(ConfigError::Reserve);
        }
        if config.max_attempts == 0 || config.max_emergency_attempts == 0 {
            return Err(ConfigError::NoAttempts);
        }
        let deadlines = [config.attempt, config.progress, config.talk, config.release];
        if deadlines.contains(&Duration::ZERO) {
            return Err(ConfigError::Deadline);
        }
        Ok(Self {
            config,
            router,
            table: SlotTable::new(config.max_calls, config.emergency_reserve),
            deadlines: TimerTable::new(),
            outputs: VecDeque::new(),
            stats: Stats::default(),
            taking: Taking::All,
            count: 0,
        })
    }

    /// The router, for classification and explanation.
    pub const fn router(&self) -> &Router {
        &self.router
    }

    /// A call arrives. Admitted, its first attempt is the next output; refused, the caller's leg
    /// is answered with the release and the record is written at once.
    pub fn incoming(&mut self, now: Instant, setup: Setup) -> Result<CallId, Release> {
        self.count += 1;
        let refused = match self.admit(now, setup) {
            Ok(call) => return Ok(call),
            Err(refused) => refused,
        };
        self.record_refused(now, Setup { class: refused.class, ..setup }, refused.release);
        Err(refused.release)
    }

    /// A call is refused for what only its signalling knows, such as its bearer: its leg has its
    /// answer, and the record is written at once.
    pub fn refuse(&mut self, now: Instant, setup: Setup, release: Release) {
        self.count += 1;
        self.record_refused(now, setup, release);
    }

    fn record_refused(&mut self, now: Instant, setup: Setup, release: Release) {
        info!(class = %setup.class, cause = release.cause.0, "call refused");
        self.outputs.push_back(Output::Cdr(Cdr {
            id: self.count,
            call: None,
            class: setup.class,
            ingress: setup.ingress,
            egress: None,
            calling: setup.calling.map(|calling| calling.number),
            called: setup.called,
            translated: setup.called,
            circuit: None,
            start: setup.arrived,
            answered: None,
            end: now,
            cause: release.cause,
            sip_status: release.status,
            attempts: 0,
        }));
    }

    fn admit(&mut self, now: Instant, mut setup: Setup) -> Result<CallId, Refused> {
        let query = Query {
            ingress: setup.ingress,
            called: &setup.called,
            class: setup.class,
            location: setup.location.as_ref().map(routing::Insee::as_str),
            explain: false,
        };
        let decision = self.router.route(&query);
        let class = decision.as_ref().map_or_else(|none| none.class, |decision| decision.class);
        if !self.taking.takes(class) {
            Stats::count(&mut self.stats.refused_draining, class);
            return Err(Refused::new(class, Cause::TEMPORARY_FAILURE));
        }
        let decision = decision.map_err(|no_route| {
            Stats::count(&mut self.stats.refused_no_route, no_route.class);
            Refused::new(no_route.class, no_route.cause)
        })?;
        let Some(hops) = self.hops_of(&setup, decision.class) else {
            // Q.764 §2.10.7 (hop counter): the call goes round in circles.
            Stats::count(&mut self.stats.refused_hops, decision.class);
            return Err(Refused::new(decision.class, Cause::EXCHANGE_ROUTING_ERROR));
        };
        (setup.hops, setup.class) = (hops, decision.class);
        let call = Call {
            number: self.count,
            setup,
            translated: decision.called,
            egress: None,
            circuit: None,
            attempts: 0,
            phase: Phase::Attempting(Attempting { hunt: Hunt::new(&decision) }),
        };
        let Ok(key) = self.table.insert(decision.class, call) else {
            Stats::count(&mut self.stats.refused_full, decision.class);
            warn!(class = %decision.class, "the call table is full");
            return Err(Refused::new(decision.class, Cause::SWITCHING_EQUIPMENT_CONGESTION));
        };
        Stats::count(&mut self.stats.started, decision.class);
        let id = CallId(key);
        debug!(call = %id, class = %decision.class, "call admitted");
        self.attempt(now, id);
        Ok(id)
    }

    /// Something happened to a call.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Signal { call, side, signal } => self.signal(now, call, side, signal),
            Input::AttemptFailed { call, release } => self.attempt_failed(now, call, release),
            Input::Emergency { call, service } => self.becomes_emergency(now, call, service),
            Input::Ended { call, side } => self.ended(now, call, side),
        }
    }

    /// Ends what has outlived the deadline of its phase.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.deadlines.pop_expired(now) {
            let Some(call) = self.table.get(id.0) else {
                continue;
            };
            warn!(call = %id, phase = call.phase.label(), "overdue");
            let release = Release::new(Cause::RECOVERY_ON_TIMER_EXPIRY);
            match call.phase {
                Phase::Releasing(_) => {
                    self.stats.reaped += 1;
                    self.finish(id);
                }
                Phase::Attempting(_) => {
                    self.stats.overdue += 1;
                    self.attempt_overdue(now, id, release);
                }
                Phase::Progressing | Phase::Talking(_) => {
                    self.stats.overdue += 1;
                    self.release(now, id, release);
                }
            }
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline, and the phase it guards.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let (deadline, id) = self.deadlines.next()?;
        let timer = self.table.get(id.0).map_or(Timer::Release, |call| call.phase.timer());
        Some((deadline, timer))
    }

    /// Ends a call from the middle: both legs are told.
    pub fn release(&mut self, now: Instant, call: CallId, release: Release) {
        let Some(legs) = self.legs(call) else {
            return;
        };
        let Some(tell) = self.listeners(call) else {
            return;
        };
        self.begin_release(now, call, release, legs, tell);
    }

    /// Refuses new calls from now on, with cause 41; emergency calls only once those that there are
    /// have been released.
    pub fn drain(&mut self) {
        if self.taking == Taking::All {
            self.taking = Taking::Emergencies;
        }
    }

    /// Accepts new calls again.
    pub fn undrain(&mut self) {
        self.taking = Taking::All;
    }

    /// Whether new calls are refused.
    pub fn is_draining(&self) -> bool {
        self.taking != Taking::All
    }

    /// Ends every call. While draining, no new one is taken any more.
    pub fn release_all(&mut self, now: Instant, cause: Cause) {
        if self.taking == Taking::Emergencies {
            self.taking = Taking::None;
        }
        let calls: Vec<_> = self.table.iter().map(|(key, _)| CallId(key)).collect();
        for call in calls {
            let release = Release::new(cause).with_retry(Retry::Never);
            self.release(now, call, release);
        }
    }

    /// Notes the circuit for views and the record.
    pub fn set_circuit(&mut self, call: CallId, circuit: u32) {
        if let Some(call) = self.table.get_mut(call.0) {
            call.circuit = Some(circuit);
        }
    }

    /// Who calls has become known. What was told at the start stays.
    pub fn set_calling(&mut self, call: CallId, calling: Option<Calling>) {
        if let Some(call) = self.table.get_mut(call.0) {
            call.setup.calling = call.setup.calling.or(calling);
        }
    }

    /// How many calls there are.
    pub fn active(&self) -> usize {
        self.table.len()
    }

    /// How much of the room for ordinary calls is taken, in percent; above 100 where emergency
    /// calls have taken theirs too.
    pub fn load(&self) -> usize {
        self.table.len() * 100 / (self.config.max_calls - self.config.emergency_reserve).max(1)
    }

    /// The calls in table order.
    pub fn calls(&self) -> impl Iterator<Item = CallView> {
        self.table.iter().map(|(key, call)| call.view(CallId(key)))
    }

    /// One call.
    pub fn get(&self, call: CallId) -> Option<CallView> {
        self.table.get(call.0).map(|record| record.view(call))
    }

    /// Whether an exit is being tried and the caller has heard nothing yet.
    pub fn is_attempting(&self, call: CallId) -> bool {
        self.table.get(call.0).is_some_and(|call| matches!(call.phase, Phase::Attempting(_)))
    }

    /// The class of a call, which the later messages of its legs have too.
    pub fn class(&self, call: CallId) -> Option<Class> {
        self.table.get(call.0).map(|call| call.setup.class)
    }

    /// The counters.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }
}

/// Why a call was not admitted, and what it turned out to be.
struct Refused {
    class: Class,
    release: Release,
}

impl Refused {
    fn new(class: Class, cause: Cause) -> Self {
        Self { class, release: Release::new(cause) }
    }
}

mod overlap;
mod progress;
mod urgent;

impl Call {
    const fn legs(&self) -> Legs {
        match &self.phase {
            Phase::Attempting(_) | Phase::Progressing | Phase::Talking(_) => {
                Legs { ingress: true, egress: true }
            }
            Phase::Releasing(releasing) => releasing.legs,
        }
    }

    fn view(&self, id: CallId) -> CallView {
        CallView {
            id,
            class: self.setup.class,
            phase: self.phase.label(),
            ingress: self.setup.ingress,
            egress: self.egress,
            calling: self.setup.calling.map(|calling| calling.number),
            called: self.setup.called,
            translated: self.translated,
            circuit: self.circuit,
            arrived: self.setup.arrived,
            answered: self.phase.answered(),
            attempts: self.attempts,
        }
    }
}

#[cfg(test)]
mod tests;
