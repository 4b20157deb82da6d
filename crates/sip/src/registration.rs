//! Registration outward: RFC 3261 §10.2. One [`Registration`] keeps one address of record bound to
//! our Contact: refreshed at about half of its time, tried again with growing pauses after a
//! failure, taken back at the end. It says which request it wants; [`Sip`] sends it and brings the
//! answer back.

use crate::{Flow, Outside, PeerId, RequestId, Sip, Timer, Transport};
use base::{Class, Duration, Instant, Rng};
use sip_parser::headers::{Expires, MinExpires, RetryAfter};
use sip_parser::{Message, Name, NameAddr};

/// The pause after the first failure, and the longest. It doubles in between (RFC 5626 §4.5).
const PAUSE: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// No registrar makes us come more often, nor keeps us waiting for longer.
const EXPIRES_MIN: Duration = Duration::from_secs(10);
const EXPIRES_MAX: Duration = Duration::from_secs(86_400);
/// How long the end may take.
const LEAVING: Duration = Duration::from_secs(2);

/// What is registered, and where.
#[derive(Clone, Debug)]
pub struct RegistrationConfig {
    /// Whose trunk it is.
    pub peer: PeerId,
    /// The way to the registrar.
    pub flow: Flow,
    /// The registrar's URI: the domain, without a user (§10.2).
    pub registrar: String,
    /// The address of record.
    pub aor: String,
    /// The user of our Contact.
    pub contact_user: String,
    /// For how long.
    pub expires: Duration,
    /// What its Call-ID and its pauses are made from.
    pub seed: u64,
}

/// How a registration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationView {
    /// Whose trunk it is.
    pub peer: PeerId,
    /// The registrar's URI.
    pub registrar: String,
    /// How long it still holds; none where we are not registered.
    pub holds: Option<Duration>,
    /// The last attempt that failed, whatever came after it.
    pub failure: Option<RegistrationFailure>,
}

/// An attempt to register that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrationFailure {
    /// How long ago.
    pub ago: Duration,
    /// The registrar's answer; none where there was none.
    pub status: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A REGISTER at this moment.
    At(Instant),
    /// An answer is awaited.
    Awaiting,
    Never,
}

/// One registration.
#[derive(Debug)]
struct Registration {
    config: RegistrationConfig,
    call_id: String,
    cseq: u32,
    /// What we ask for; a registrar may have made it longer (§10.2.8).
    expires: Duration,
    failures: u32,
    bound_until: Option<Instant>,
    /// When the last attempt failed, and by which answer.
    failed: Option<(Instant, Option<u16>)>,
    next: Next,
    /// Taken back by then, or given up.
    leaving: Option<Instant>,
    rng: Rng,
}

impl Registration {
    /// A registration whose first request is due within a second.
    fn new(config: RegistrationConfig, now: Instant) -> Self {
        let mut rng = Rng::new(config.seed);
        let call_id = format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64());
        // Many trunks do not start at once.
        let first = now + Duration::from_millis(rng.below(1_000));
        let expires = config.expires.clamp(EXPIRES_MIN, EXPIRES_MAX);
        Self {
            config,
            call_id,
            cseq: 0,
            expires,
            failures: 0,
            bound_until: None,
            failed: None,
            next: Next::At(first),
            leaving: None,
            rng,
        }
    }

    /// The next deadline.
    fn poll_timeout(&self) -> Option<Instant> {
        match self.next {
            Next::At(at) => Some(at),
            Next::Awaiting => self.leaving,
            Next::Never => None,
        }
    }

    /// Whether we are bound.
    fn is_bound(&self, now: Instant) -> bool {
        self.bound_until.is_some_and(|until| now < until)
    }

    fn view(&self, now: Instant) -> RegistrationView {
        let bound = self.bound_until.filter(|until| now < *until);
        let failure = self.failed.map(|(at, status)| {
            let ago = now.saturating_since(at);
            RegistrationFailure { ago, status }
        });
        RegistrationView {
            peer: self.config.peer,
            registrar: self.config.registrar.clone(),
            holds: bound.map(|until| until.saturating_since(now)),
            failure,
        }
    }

    /// The request that is due by `now`.
    fn handle_timeout(&mut self, now: Instant) -> Option<Outside> {
        match self.next {
            Next::At(at) if at <= now => {
                self.next = Next::Awaiting;
                Some(self.request())
            }
            Next::Awaiting if self.leaving.is_some_and(|until| until <= now) => {
                self.gone();
                None
            }
            _ => None,
        }
    }

    /// §10.2.2: takes the binding back, where there may be one.
    fn leave(&mut self, now: Instant) {
        if self.leaving.is_none() {
            self.leaving = Some(now + LEAVING);
            let maybe = self.is_bound(now) || self.next == Next::Awaiting;
            self.next = if maybe { Next::At(now) } else { Next::Never };
        }
    }

    fn gone(&mut self) {
        self.bound_until = None;
        self.next = Next::Never;
    }

    /// The request could not be sent, or nobody answered it.
    fn unanswered(&mut self, now: Instant) {
        if self.leaving.is_some() {
            self.gone();
        } else {
            self.failed = Some((now, None));
            self.fail(now, None);
        }
    }

    /// The final answer to the request.
    fn replied(&mut self, now: Instant, response: &Message) {
        if response.status().is_some_and(|status| status >= 300) {
            self.failed = Some((now, response.status()));
        }
        match response.status() {
            _ if self.leaving.is_some() => self.gone(),
            Some(200..300) => self.registered(now, response),
            // §10.2.8: longer, as the registrar says; at once, unless that would not end.
            Some(423) => {
                let least = response.typed::<MinExpires>().and_then(Result::ok);
                let least = least.map_or(0, |least| least.value.0);
                let least = Duration::from_secs(least.into());
                let is_longer = least > self.expires && least <= EXPIRES_MAX;
                if is_longer {
                    self.expires = least;
                }
                if is_longer && self.failures == 0 {
                    (self.failures, self.next) = (1, Next::At(now));
                } else {
                    self.fail(now, None);
                }
            }
            _ => {
                let after = response.typed::<RetryAfter<'_>>().and_then(Result::ok);
                self.fail(now, after.map(|after| Duration::from_secs(after.seconds.into())));
            }
        }
    }

    fn registered(&mut self, now: Instant, response: &Message) {
        self.failures = 0;
        let granted = self.granted(response).clamp(EXPIRES_MIN, EXPIRES_MAX);
        self.bound_until = Some(now + granted);
        // At about half of it, give or take a tenth: lost once there is time for another.
        let half = u64::try_from(granted.as_millis()).unwrap_or(u64::MAX) / 2;
        let jitter = self.rng.below(half / 5 + 1);
        let after = half - half / 10 + jitter;
        self.next = Next::At(now + Duration::from_millis(after));
    }

    /// §10.2.4: what the registrar says about our Contact, or in Expires; else what we asked for.
    fn granted(&self, response: &Message) -> Duration {
        let contacts = response.values(Name::Contact).filter_map(NameAddr::parse);
        let mut ours = contacts.filter(|contact| contact.uri == self.contact_uri());
        let own = ours.find_map(|contact| contact.params.value("expires")?.parse::<u32>().ok());
        let all = || Some(response.typed::<Expires>()?.ok()?.value.0);
        own.or_else(all).map_or(self.expires, |seconds| Duration::from_secs(seconds.into()))
    }

    /// The next attempt, later and later.
    fn fail(&mut self, now: Instant, after: Option<Duration>) {
        let doubled = PAUSE.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1).min(16);
        let most = u64::try_from(doubled.min(PAUSE_MAX).as_millis()).unwrap_or(u64::MAX);
        // RFC 5626 §4.5: between half of it and all of it.
        let pause = Duration::from_millis(most / 2 + self.rng.below(most / 2 + 1));
        let pause = after.map_or(pause, |after| pause.max(after.min(PAUSE_MAX)));
        self.next = Next::At(now + pause);
    }

    fn contact_uri(&self) -> String {
        let RegistrationConfig { flow, contact_user, .. } = &self.config;
        let transport = match flow.transport {
            Transport::Udp => String::new(),
            other => format!(";transport={}", other.via_name().to_ascii_lowercase()),
        };
        format!("sip:{contact_user}@{}{transport}", flow.local)
    }

    fn request(&mut self) -> Outside {
        // §10.2: one Call-ID and growing numbers. Answers to challenges have taken some: §22.2.
        self.cseq = self.cseq.saturating_add(8);
        let expires = if self.leaving.is_some() { 0 } else { self.expires.as_secs() };
        let contact = format!("<{}>;expires={expires}", self.contact_uri());
        let RegistrationConfig { peer, flow, registrar, aor, .. } = &self.config;
        Outside {
            peer: Some(*peer),
            flow: *flow,
            method: "REGISTER",
            request_uri: registrar.clone(),
            from: format!("<{aor}>"),
            to: format!("<{aor}>"),
            sequence: Some((self.call_id.clone(), self.cseq)),
            headers: vec![("Contact", contact), ("Expires", expires.to_string())],
        }
    }
}

/// All registrations, and the request that each awaits the answer to.
#[derive(Debug, Default)]
pub(crate) struct Registrations(Vec<(Registration, Option<RequestId>)>);

impl Registrations {
    pub(crate) fn new(configs: Vec<RegistrationConfig>, now: Instant) -> Self {
        Self(configs.into_iter().map(|config| (Registration::new(config, now), None)).collect())
    }

    pub(crate) fn next_timer(&self) -> Option<(Instant, Timer)> {
        let deadlines = self.0.iter().filter_map(|(registration, _)| registration.poll_timeout());
        deadlines.min().map(|deadline| (deadline, Timer::Register))
    }

    fn awaiting(&mut self, request: RequestId) -> Option<&mut Registration> {
        let (registration, awaited) =
            self.0.iter_mut().find(|(_, awaited)| *awaited == Some(request))?;
        *awaited = None;
        Some(registration)
    }

    /// Takes an answer; says whether it was to a registration.
    pub(crate) fn replied(&mut self, now: Instant, request: RequestId, response: &Message) -> bool {
        let registration = self.awaiting(request);
        registration.map(|registration| registration.replied(now, response)).is_some()
    }

    /// Takes the news that no answer came; says whether it was to a registration.
    pub(crate) fn unanswered(&mut self, now: Instant, request: RequestId) -> bool {
        self.awaiting(request).map(|registration| registration.unanswered(now)).is_some()
    }
}

impl Sip {
    /// Sends what is due at registrars.
    pub(crate) fn register(&mut self, now: Instant) {
        for at in 0..self.registrations.0.len() {
            let due = self.registrations.0.get_mut(at);
            let Some(out) = due.and_then(|(registration, _)| registration.handle_timeout(now))
            else {
                continue;
            };
            let sent = self.request_outside(now, Class::InDialog, out);
            if let Some((registration, awaited)) = self.registrations.0.get_mut(at) {
                // What was awaited before is not any more: we are leaving.
                *awaited = sent.ok();
                if awaited.is_none() {
                    registration.unanswered(now);
                }
            }
        }
    }

    /// Takes every registration back (RFC 3261 §10.2.2). Calls are let be.
    pub fn unregister(&mut self, now: Instant) {
        self.registrations.0.iter_mut().for_each(|(registration, _)| registration.leave(now));
        self.register(now);
        self.take_notices(now);
    }

    /// Whether nothing is left to be taken back.
    pub fn has_left(&self) -> bool {
        let mut all = self.registrations.0.iter();
        all.all(|(registration, _)| registration.next == Next::Never)
    }

    /// How our registrations stand.
    pub fn registrations(&self, now: Instant) -> Vec<RegistrationView> {
        self.registrations.0.iter().map(|(registration, _)| registration.view(now)).collect()
    }
}
