//! Session timers (RFC 4028): a call whose peer has vanished ends in bounded time, on both sides.
//!
//! Whoever has to refresh the session does so at half of its interval, by UPDATE where the peer
//! takes it, else by a re-INVITE that changes nothing (§7.4). A session that nobody refreshed in
//! time is ended with BYE (§10).
//!
//! An emergency call is never refused with 422, has no timer where the caller's is too short, and
//! outlives refreshes that fail: whichever side should have refreshed it, we try
//! [`EMERGENCY_TRIES`] times before we believe that the peer has left. That its speech has ended is
//! for others to see.

use crate::session::{Exchange, Phase, Proposal, Session};
use crate::usages::has_left;
use crate::{Released, SessionId, Sip, Timer};
use base::{Class, Duration, Instant};
use sip_parser::headers::{MinSe, Refresher, RetryAfter, SessionExpires};
use sip_parser::{Message, Name, Writer};

/// How long sessions last that nobody refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimers {
    /// The interval we ask for, unless the user names another for a call; none: we ask for none,
    /// and still do what the peer asks for.
    pub interval: Option<Duration>,
    /// The shortest interval that we take. §5: at least 90 s; less is for tests.
    pub min: Duration,
}

impl Default for SessionTimers {
    fn default() -> Self {
        Self { interval: Some(Duration::from_secs(1_800)), min: Duration::from_secs(90) }
    }
}

/// The option tag.
pub(crate) const OPTION: &str = "timer";

/// §10: what the BYE says. The cause is that of an ISUP timer which expired (Q.850 §2.2.7.1.2).
const EXPIRED: &str = "SIP;cause=408;text=\"Session Timer Expired\", Q.850;cause=102";

/// How many refreshes of an emergency call in a row may fail,
pub(crate) const EMERGENCY_TRIES: u8 = 6;
/// and how long after one the next is tried.
const EMERGENCY_PAUSE: Duration = Duration::from_secs(15);

/// How long a refresh waits for another exchange to end.
const BUSY_PAUSE: Duration = Duration::from_secs(2);

/// How often in a row a 422 may raise our interval; then we ask for none.
const RAISED_MAX: u8 = 2;

/// §10: the side that does not refresh ends the session so long before its end, at most.
const SLIGHTLY_BEFORE: Duration = Duration::from_secs(32);

/// The timer of one session.
#[derive(Debug)]
pub(crate) struct SessionTimer {
    /// The interval that we ask for.
    pub(crate) wanted: Option<Duration>,
    /// The least that anybody on the way takes.
    least: Duration,
    agreed: Option<Agreed>,
    /// Whether the peer has refused UPDATE, whatever its Allow says.
    refused_update: bool,
    /// Whether an UPDATE of ours waits for its answer.
    updating: bool,
    /// How often in a row the peer raised our interval.
    raised: u8,
    /// How many refreshes in a row have failed.
    missed: u8,
}

/// What both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreed {
    interval: Duration,
    we_refresh: bool,
    /// Whether the session ends without a refresh: where the peer knows no timers we refresh for
    /// our own sake only (§7.2).
    ends: bool,
}

impl SessionTimer {
    pub(crate) fn new(wanted: Option<Duration>, values: SessionTimers) -> Self {
        Self {
            wanted,
            least: values.min,
            agreed: None,
            refused_update: false,
            updating: false,
            raised: 0,
            missed: 0,
        }
    }

    /// §9: what our 2xx to an INVITE or UPDATE agrees to.
    fn agree_as_server(&mut self, request: &Message, min: Duration) {
        let supports = supports(request);
        // Not under what the caller's side takes.
        let floor = min_se(request).unwrap_or(min).max(min);
        self.agreed = match session_expires(request) {
            // A caller that could be told so got 422, but for an emergency call; proxies must not
            // ask for so little (§8.1).
            Some((interval, _)) if interval < min => None,
            Some((interval, refresher)) => {
                let interval = self.wanted.map_or(interval, |own| interval.min(own.max(floor)));
                // Table 2.
                let we_refresh = !supports || refresher == Some(Refresher::Uas);
                Some(Agreed { interval, we_refresh, ends: supports })
            }
            None => self.wanted.map(|own| {
                let interval = own.max(floor);
                Agreed { interval, we_refresh: true, ends: supports }
            }),
        };
    }

    /// §7.2: what the peer's 2xx to our INVITE or UPDATE agrees to.
    fn agree_as_client(&mut self, response: &Message, min: Duration) {
        self.agreed = match session_expires(response) {
            Some((interval, refresher)) => {
                let we_refresh = refresher != Some(Refresher::Uas);
                // Nobody may make us refresh without a pause.
                Some(Agreed { interval: interval.max(min), we_refresh, ends: true })
            }
            None => self.wanted.map(|own| {
                let interval = own.max(self.least);
                Agreed { interval, we_refresh: true, ends: false }
            }),
        };
    }

    /// Raises the interval to what a 422 asks for; says whether the request is worth another try
    /// (§7.3).
    fn raise(&mut self, response: &Message) -> bool {
        let Some(min) = min_se(response) else {
            return false;
        };
        if self.wanted.is_none() && self.agreed.is_none() {
            // We asked for nothing that could be too small.
            return false;
        }
        self.raised += 1;
        if self.raised > RAISED_MAX {
            (self.wanted, self.agreed) = (None, None);
        } else {
            self.least = self.least.max(min);
            if let Some(agreed) = &mut self.agreed {
                agreed.interval = agreed.interval.max(self.least);
            }
        }
        true
    }

    /// §7.1, §7.4: what our INVITE or UPDATE asks for.
    fn write_request(&self, writer: &mut Writer) {
        let asked = match (self.agreed, self.wanted) {
            (Some(agreed), _) => {
                let refresher = if agreed.we_refresh { "uac" } else { "uas" };
                format!("{};refresher={refresher}", agreed.interval.as_secs())
            }
            (None, Some(own)) => own.max(self.least).as_secs().to_string(),
            (None, None) => return,
        };
        writer.header("Session-Expires", asked).header("Min-SE", self.least.as_secs());
    }

    /// §9: what our 2xx says.
    fn write_response(&self, writer: &mut Writer, request: &Message) {
        if let Some(agreed) = self.agreed {
            let refresher = if agreed.we_refresh { "uas" } else { "uac" };
            let seconds = agreed.interval.as_secs();
            writer.header("Session-Expires", format_args!("{seconds};refresher={refresher}"));
            if supports(request) {
                writer.header("Require", OPTION);
            }
        }
    }

    /// How long after a failure the refresh is tried again.
    fn pause(&self) -> Duration {
        let interval = self.agreed.map_or(EMERGENCY_PAUSE, |agreed| agreed.interval);
        (interval / 10).clamp(Duration::from_secs(1), Duration::from_secs(32))
    }
}

impl Sip {
    /// Says what interval we ask for in this session; none: none. For a call that came in, before
    /// it is answered.
    pub fn set_session_expires(&mut self, session: SessionId, interval: Option<Duration>) {
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.timer.wanted = interval;
        }
    }

    /// §9: whether the peer asks for so short an interval that it must ask again; the least that
    /// we take.
    pub(crate) fn too_short(&self, class: Class, request: &Message) -> Option<u64> {
        let min = self.session_timers.min;
        let asked = session_expires(request).is_some_and(|(interval, _)| interval < min);
        (asked && supports(request) && !class.is_emergency()).then_some(min.as_secs())
    }

    /// Writes into our INVITE or UPDATE what it asks for.
    pub(crate) fn ask_for_timer(&self, session: SessionId, writer: &mut Writer) {
        if let Some(record) = self.sessions.get(session.0) {
            record.timer.write_request(writer);
        }
    }

    /// Our 2xx to the peer's INVITE or UPDATE goes out.
    pub(crate) fn agree_timer_as_server(
        &mut self,
        now: Instant,
        session: SessionId,
        request: &Message,
        writer: &mut Writer,
    ) {
        let min = self.session_timers.min;
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.timer.agree_as_server(request, min);
            record.timer.write_response(writer, request);
            self.session_refreshed(now, session);
        }
    }

    /// The peer's 2xx to our INVITE or UPDATE is here.
    pub(crate) fn agree_timer_as_client(
        &mut self,
        now: Instant,
        session: SessionId,
        response: &Message,
    ) {
        let min = self.session_timers.min;
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.timer.agree_as_client(response, min);
            self.session_refreshed(now, session);
        }
    }

    /// §7.2, §10: the interval begins anew.
    fn session_refreshed(&mut self, now: Instant, session: SessionId) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        (record.timer.missed, record.timer.raised) = (0, 0);
        self.timers.stop((session, Timer::Refresh));
        self.timers.stop((session, Timer::SessionExpires));
        let Some(Agreed { interval, we_refresh, ends }) = record.timer.agreed else {
            return;
        };
        if we_refresh {
            self.timers.set(now, (session, Timer::Refresh), interval / 2);
        }
        if ends {
            let before =
                if we_refresh { Duration::ZERO } else { SLIGHTLY_BEFORE.min(interval / 3) };
            let after = interval.saturating_sub(before);
            self.timers.set(now, (session, Timer::SessionExpires), after);
        }
    }

    /// It is time to refresh the session (§7.4).
    pub(crate) fn refresh_due(&mut self, now: Instant, session: SessionId) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let Session { phase, timer, .. } = record;
        let is_free = match phase {
            Phase::Talking(talking) => matches!(talking.exchange, Exchange::Idle),
            Phase::Accepted(_) => false,
            _ => return,
        };
        let Phase::Talking(talking) = phase else {
            return self.refresh_later(now, session, BUSY_PAUSE);
        };
        if timer.updating {
            return;
        }
        if !is_free {
            return self.refresh_later(now, session, BUSY_PAUSE);
        }
        self.wire.stats.refreshes += 1;
        if timer.refused_update || !talking.dialog.takes_update() {
            // The very description that is agreed, with its version: nothing changes.
            let agreement = &talking.agreement;
            let (local, ours) = (agreement.local.clone(), agreement.ours.clone());
            let (held, guess) = (agreement.held, agreement.guess);
            let proposal = Proposal { local, ours, held, guess };
            if !self.send_reinvite(now, session, proposal) {
                self.refresh_later(now, session, BUSY_PAUSE);
            }
            return;
        }
        timer.updating = true;
        if !self.send_update(now, session, &[], false) {
            if let Some(record) = self.sessions.get_mut(session.0) {
                record.timer.updating = false;
            }
            self.refresh_later(now, session, BUSY_PAUSE);
        }
    }

    /// After a glare the refresh is tried again when the re-INVITE is (RFC 3261 §14.1).
    pub(crate) fn refresh_after_glare(
        &mut self,
        now: Instant,
        session: SessionId,
        pause: Duration,
    ) {
        let timer = self.sessions.get(session.0).map(|record| &record.timer);
        let agreed = timer.and_then(|timer| timer.agreed);
        if agreed.is_some_and(|agreed| agreed.we_refresh) {
            self.refresh_later(now, session, pause);
        }
    }

    /// Raises our interval to what a 422 asks for (§7.3).
    pub(crate) fn raise_interval(&mut self, session: SessionId, refusal: &Message) -> bool {
        self.sessions.get_mut(session.0).is_some_and(|record| record.timer.raise(refusal))
    }

    pub(crate) fn refresh_later(&mut self, now: Instant, session: SessionId, pause: Duration) {
        self.timers.set(now, (session, Timer::Refresh), pause);
    }

    /// Takes a response to the UPDATE that refreshes.
    pub(crate) fn refresh_response(
        &mut self,
        now: Instant,
        session: SessionId,
        response: &Message,
    ) {
        let status = response.status().unwrap_or_default();
        if status < 200 {
            return;
        }
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        record.timer.updating = false;
        let Phase::Talking(talking) = &mut record.phase else {
            return;
        };
        match status {
            200..300 => {
                talking.dialog.refresh(response);
                self.agree_timer_as_client(now, session, response);
            }
            422 if record.timer.raise(response) => self.refresh_due(now, session),
            // The peer's Allow was wrong, or old.
            405 | 420 | 501 => {
                record.timer.refused_update = true;
                self.refresh_due(now, session);
            }
            _ if has_left(status) => {
                let reason = crate::message::reason(response);
                let why = Released::Rejected { status, reason, warning: None };
                self.left_dialog(now, session, why);
            }
            _ => self.refresh_refused(now, session, response),
        }
    }

    /// A refresh was refused, and the session goes on: tried again for as long as that lasts.
    pub(crate) fn refresh_refused(&mut self, now: Instant, session: SessionId, response: &Message) {
        self.wire.stats.refreshes_failed += 1;
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        record.timer.missed = record.timer.missed.saturating_add(1);
        let after = retry_after(response);
        let pause = record.timer.pause().max(after.unwrap_or_default());
        if record.timer.agreed.is_some_and(|agreed| agreed.we_refresh) {
            self.refresh_later(now, session, pause);
        }
    }

    /// The UPDATE that refreshes could not be sent (§8.1.3.1: that ends no dialog).
    pub(crate) fn refresh_unsent(&mut self, now: Instant, session: SessionId) {
        self.wire.stats.refreshes_failed += 1;
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        record.timer.updating = false;
        record.timer.missed = record.timer.missed.saturating_add(1);
        let pause = record.timer.pause();
        if record.timer.missed < EMERGENCY_TRIES {
            self.refresh_later(now, session, pause);
        } else {
            self.hang_up(now, session, None, Some(Released::TransportFailed));
        }
    }

    /// A peer that does not answer within the dialog, or does not know it, has left it
    /// (RFC 3261 §12.2.1.2, RFC 4028 §10). With an emergency call we try again first.
    pub(crate) fn left_dialog(&mut self, now: Instant, session: SessionId, why: Released) {
        self.wire.stats.refreshes_failed += 1;
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        record.timer.updating = false;
        if !self.may_miss(session) {
            return self.hang_up(now, session, None, Some(why));
        }
        self.timers.set(now, (session, Timer::Retry491), EMERGENCY_PAUSE);
        self.refresh_later(now, session, EMERGENCY_PAUSE);
    }

    /// Whether the session outlives another refresh that failed; counts it.
    fn may_miss(&mut self, session: SessionId) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        record.timer.missed = record.timer.missed.saturating_add(1);
        record.class.is_emergency() && record.timer.missed < EMERGENCY_TRIES
    }

    /// Nobody has refreshed the session (§10).
    pub(crate) fn session_expired(&mut self, now: Instant, session: SessionId) {
        match self.sessions.get(session.0).map(|record| &record.phase) {
            Some(Phase::Talking(_)) => {}
            // RFC 3261 §15: no BYE before the ACK; that has a timer of its own.
            Some(Phase::Accepted(_)) => {
                return self.timers.set(now, (session, Timer::SessionExpires), BUSY_PAUSE);
            }
            _ => return,
        }
        let record = self.sessions.get(session.0);
        let goes_on = record.is_some_and(|record| {
            record.class.is_emergency() && record.timer.missed < EMERGENCY_TRIES
        });
        if goes_on {
            // The next failure is counted where it is told, or this is over.
            self.timers.set(now, (session, Timer::SessionExpires), EMERGENCY_PAUSE);
            if !self.timers.is_running((session, Timer::Refresh)) {
                self.refresh_due(now, session);
            }
            return;
        }
        self.wire.stats.sessions_expired += 1;
        self.hang_up(now, session, Some(EXPIRED), Some(Released::Expired));
    }

    /// Raises the interval of our first INVITE as its 422 asks, and sends it again (§7.3).
    pub(crate) fn call_longer(
        &mut self,
        now: Instant,
        session: SessionId,
        refusal: &Message,
    ) -> bool {
        self.raise_interval(session, refusal) && self.call_again(now, session, |_, _| {})
    }
}

/// Whether the peer knows session timers.
fn supports(message: &Message) -> bool {
    message.lists(Name::Supported, OPTION) || message.lists(Name::Require, OPTION)
}

/// §4: Session-Expires. One that cannot be read is none.
fn session_expires(message: &Message) -> Option<(Duration, Option<Refresher>)> {
    let SessionExpires { seconds, refresher, .. } = message.typed()?.ok()?;
    Some((Duration::from_secs(seconds.into()), refresher))
}

/// §5: Min-SE.
fn min_se(message: &Message) -> Option<Duration> {
    let MinSe { seconds, .. } = message.typed()?.ok()?;
    Some(Duration::from_secs(seconds.into()))
}

/// RFC 3261 §20.33
fn retry_after(message: &Message) -> Option<Duration> {
    let RetryAfter { seconds, .. } = message.typed()?.ok()?;
    Some(Duration::from_secs(seconds.into()))
}
