//! Requests of the peer: which of them concern a call, and the answers to all others.

use crate::body::{BodyError, session_description};
use crate::dialog::Dialog;
use crate::message::{self, ALLOW, SDP, response_flow};
use crate::priority;
use crate::redirect::Redirection;
use crate::refresh::SessionTimer;
use crate::session::{Offer, Phase, Ringing, Session};
use crate::transaction::{MergeKey, Purpose, ServerKey, User};
use crate::{Event, Flow, PeerId, Released, SessionId, Sip, Timer, negotiation};
use base::{Class, Duration, Instant, SlotKey};
use bytes::Bytes;
use sip_parser::headers::Expires;
use sip_parser::sdp::SessionDescription;
use sip_parser::{Broken, Message, Method, Name, Uri, Writer};

/// A request under way, with what its answer needs.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) flow: Flow,
    pub(crate) class: Class,
    pub(crate) request: Message,
    /// None where there was no place, or nothing to remember: each copy is answered anew (§8.2.7).
    pub(crate) transaction: Option<SlotKey>,
    /// Our tag.
    pub(crate) tag: String,
}

/// An answer that refuses, and its headers.
pub(crate) type Refusal = (Status<'static>, Vec<(&'static str, String)>);

/// Status and phrase of an answer.
pub(crate) type Status<'a> = (u16, &'a str);

/// The session description of a request, or the refusal that it deserves.
pub(crate) type Described = Result<Option<SessionDescription>, Status<'static>>;

pub(crate) const OK: Status<'static> = (200, "OK");
pub(crate) const NO_PLACE: Status<'static> = (503, "Service Unavailable");
pub(crate) const GLARE: Status<'static> = (491, "Request Pending");
pub(crate) const NOT_ACCEPTABLE: Status<'static> = (488, "Not Acceptable Here");
pub(crate) const UNKNOWN: Status<'static> = (481, "Call/Transaction Does Not Exist");
pub(crate) const TERMINATED: Status<'static> = (487, "Request Terminated");

impl Sip {
    /// Takes a request, which is a copy, an ACK, a CANCEL, within a dialog, or new.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        (flow, peer): (Flow, Option<PeerId>),
        class: Class,
        request: Message,
    ) {
        if let Some(known) = self.transactions.server(&ServerKey::of(&request)) {
            self.transactions.again(now, &mut self.wire, known, (flow, &request));
            return;
        }
        match request.method() {
            Method::Ack => return self.acknowledged(now, flow, &request),
            Method::Cancel => return self.cancel(now, flow, class, request),
            _ => {}
        }
        if request.to().tag().is_some_and(|tag| !self.begins_anyway(class, &request, tag)) {
            return self.within_dialog(now, flow, class, request);
        }
        let merged = MergeKey::of(&request).is_some_and(|key| self.transactions.is_merged(&key))
            && !self.comes_anew(class, &request);
        let has_place = self.transactions.has_place_for_call(class);
        self.wire.stats.transactions_full += u64::from(!has_place);
        let mut peer = peer;
        self.wire.client_came(now, (flow, peer), &request);
        if has_place && !merged && request.method() == Method::Invite {
            match self.caller(now, (flow, peer), class, &request) {
                Some(known) => peer = known,
                None => return,
            }
        }
        // §8.2.7: what makes no call takes no place from one, however much of it comes.
        let transaction = if has_place && request.method() == Method::Invite {
            self.transactions.accept(&mut self.wire, class, flow, &request)
        } else {
            None
        };
        let tag = self.stateless_tag(&request);
        let inbound = Inbound { flow, class, request, transaction, tag };
        if merged {
            return self.refuse(now, &inbound, (482, "Loop Detected (Merged Request)"));
        }
        if let Some((status, headers)) = inspect(&inbound.request, class) {
            self.wire.stats.refused += 1;
            return self.reply(now, &inbound, status, &headers, None);
        }
        if !has_place {
            return self.no_place(now, &inbound);
        }
        self.overlook(class, &inbound.request);
        if inbound.request.method() == Method::Options {
            return self.capabilities(now, &inbound);
        }
        self.new_call(now, inbound, peer);
    }

    /// §12.2.2 lets us take a request whose To tag we have not given: an emergency call does not
    /// fail for a tag that its telephone should have left out, nor for another that has the same at
    /// that time. The dialog then has that tag.
    fn begins_anyway(&mut self, class: Class, request: &Message, tag: &str) -> bool {
        let begins = class.is_emergency()
            && request.method() == Method::Invite
            && self.tags.get(tag, request.call_id()).is_none();
        self.wire.stats.overlooked += u64::from(begins);
        begins
    }

    /// §8.2.2.2 refuses a call that comes a second time by another way. With an emergency call
    /// somebody may do so because nothing that we said came back on the first: there is no telling
    /// which of the two the caller hears, so both are taken, and whoever sent them ends the other.
    fn comes_anew(&mut self, class: Class, request: &Message) -> bool {
        let comes = class.is_emergency() && request.method() == Method::Invite;
        self.wire.stats.overlooked += u64::from(comes);
        comes
    }

    fn new_call(&mut self, now: Instant, inbound: Inbound, peer: Option<PeerId>) {
        // §8.1.1.8: we must know where to send requests of our own. An emergency call is not lost
        // for that, nor is one of RFC 2543, which did not ask for a Contact (RFC 4475 §3.4.1): such
        // a peer is reached the way it came.
        let is_old = is_of_rfc2543(&inbound.request);
        if !Dialog::is_reachable(&inbound.request) && !is_old && !inbound.class.is_emergency() {
            return self.refuse(now, &inbound, (400, "Missing or Bad Contact"));
        }
        if let Some(least) = self.too_short(inbound.class, &inbound.request) {
            return self.refuse_short(now, &inbound, least);
        }
        let offer = match self.offer_in(&inbound) {
            Ok(offer) => offer,
            Err(status) => return self.refuse_call(now, inbound, peer, status),
        };
        // RFC 8866 §5.7 lets an offer name a host, and a call does not wait for DNS. An emergency
        // call goes on with where it came from, until speech comes from elsewhere.
        let guess = inbound.class.is_emergency().then_some(inbound.flow.remote.ip());
        if offer.as_ref().is_some_and(|offer| !negotiation::is_usable(offer, guess)) {
            return self.refuse_call(now, inbound, peer, NOT_ACCEPTABLE);
        }
        let Some(transaction) = inbound.transaction else {
            return self.no_place(now, &inbound);
        };
        let offered = offer.is_some();
        let offer = offer.map_or(Offer::None, |offer| Offer::Open(Box::new(offer)));
        let given = inbound.request.to().tag().map(str::to_owned);
        let tag = given.unwrap_or_else(|| self.ids.tag());
        let reliable = self.reliable_of(&inbound.request);
        let offer = (offer, guess);
        let mut ringing = Ringing::new(transaction, &inbound.request, inbound.flow, &tag, offer);
        ringing.dialog.set_peer(peer);
        let opened = self.open(Session {
            class: inbound.class,
            call_id: inbound.request.call_id().to_owned(),
            tag,
            held: false,
            timer: SessionTimer::new(self.session_timers.interval, self.session_timers),
            reliable,
            redirection: Redirection::default(),
            suspended: false,
            phase: Phase::Ringing(Box::new(ringing)),
        });
        let Some(session) = opened else {
            return self.no_place(now, &inbound);
        };
        let user = User { session, purpose: Purpose::Incoming };
        self.transactions.set_user(transaction, user);
        if let Some(Ok(expires)) = inbound.request.typed::<Expires>() {
            let after = Duration::from_secs(expires.value.0.into());
            self.timers.set(now, (session, Timer::Expires), after);
        }
        // §17.2.1: the user may take longer than 200 ms.
        self.reply(now, &inbound, (100, "Trying"), &[], None);
        let Inbound { flow, class, request, .. } = inbound;
        self.wire.event(Event::Incoming { session, flow, class, peer, invite: request, offered });
    }

    /// Refuses a call for what it brings, and tells the user of it.
    fn refuse_call(
        &mut self,
        now: Instant,
        inbound: Inbound,
        peer: Option<PeerId>,
        status: Status<'_>,
    ) {
        self.refuse_body(now, &inbound, status);
        let Inbound { flow, class, request, .. } = inbound;
        self.wire.event(Event::Refused { flow, class, peer, invite: request, status: status.0 });
    }

    /// §9.2.
    fn cancel(&mut self, now: Instant, flow: Flow, class: Class, request: Message) {
        let invite = self.transactions.server(&ServerKey::of_cancelled(&request));
        let user = invite.and_then(|invite| self.transactions.user(invite));
        let session = user.and_then(|user| self.sessions.get(user.session.0));
        // The answers to both requests should have the same tag.
        let tag = session.map(|session| session.tag.clone());
        let tag = tag.unwrap_or_else(|| self.stateless_tag(&request));
        // Another request than INVITE is answered at once, and what came after it is too late.
        let is_known = invite.is_some() || self.transactions.has_request_of(&request);
        let transaction = if is_known {
            self.transactions.accept(&mut self.wire, class, flow, &request)
        } else {
            None
        };
        let inbound = Inbound { flow, class, request, transaction, tag };
        if !is_known {
            self.wire.stats.stray_requests += 1;
            return self.reply(now, &inbound, UNKNOWN, &[], None);
        }
        self.reply(now, &inbound, OK, &[], None);
        if let Some(user) = user {
            let reason = message::reason(&inbound.request);
            self.refuse_ringing(now, user.session, Released::Cancelled { reason });
        }
    }

    /// Ends a session whose INVITE the peer took back: 487, and the news.
    pub(crate) fn refuse_ringing(&mut self, now: Instant, session: SessionId, why: Released) {
        self.refuse_ringing_with(now, session, TERMINATED, why);
    }

    /// Ends a session whose INVITE has no final response yet, and tells why.
    pub(crate) fn refuse_ringing_with(
        &mut self,
        now: Instant,
        session: SessionId,
        status: Status<'_>,
        why: Released,
    ) {
        let record = self.sessions.get(session.0);
        let warning = record.and_then(|record| match &record.phase {
            Phase::Ringing(ringing) if status == NOT_ACCEPTABLE => Some(ringing.objection()),
            _ => None,
        });
        let warning: Vec<_> = warning.into_iter().flatten().collect();
        if self.final_response(now, session, status, &warning) {
            self.released(session, why);
            self.end(session);
        }
    }

    /// Answers a broken request with what is wrong with it.
    pub(crate) fn broken(&mut self, flow: Flow, class: Class, broken: &Broken) {
        self.wire.stats.broken += 1;
        let Some(request) = &broken.message else {
            return;
        };
        // §8.2.7: without a transaction; there is never an answer to ACK.
        if request.is_request() && request.method() != Method::Ack {
            let tag = self.stateless_tag(request);
            let status = (broken.status, broken.phrase);
            let response = self.response(request, flow, status, &tag).finish();
            self.send_stateless(request, flow, class, response);
        }
    }

    pub(crate) fn refuse(&mut self, now: Instant, inbound: &Inbound, status: Status<'_>) {
        self.wire.stats.refused += 1;
        self.reply(now, inbound, status, &[], None);
    }

    pub(crate) fn refuse_body(&mut self, now: Instant, inbound: &Inbound, status: Status<'_>) {
        self.wire.stats.refused += 1;
        let headers = match status.0 {
            415 => vec![("Accept", SDP.to_owned()), ("Accept-Encoding", "identity".to_owned())],
            488 => {
                let objection = match described(&inbound.request, inbound.class.is_emergency()) {
                    Ok(Some(offer)) => negotiation::objection(&offer),
                    _ => negotiation::NO_ADDRESS,
                };
                vec![message::warning(&inbound.flow, objection)]
            }
            _ => Vec::new(),
        };
        // §21.4.26: with 488 goes what we could take, so that somebody on the way may convert.
        let body = (status.0 == 488)
            .then(|| negotiation::capabilities(inbound.flow.local.ip(), self.ids.sdp_session()));
        self.reply(now, inbound, status, &headers, body.as_ref());
    }

    /// RFC 4028 §9: the peer is to ask again, for a longer interval.
    pub(crate) fn refuse_short(&mut self, now: Instant, inbound: &Inbound, least: u64) {
        self.wire.stats.refused += 1;
        let headers = [("Min-SE", least.to_string())];
        self.reply(now, inbound, (422, "Session Interval Too Small"), &headers, None);
    }

    /// Without a time to come back (§21.5.4): there is place for emergency calls yet, which a peer
    /// that is told one would not send.
    pub(crate) fn no_place(&mut self, now: Instant, inbound: &Inbound) {
        self.reply(now, inbound, NO_PLACE, &[], None);
    }

    /// §14.2, RFC 3311 §5.2: not now, but soon.
    pub(crate) fn not_now(&mut self, now: Instant, inbound: &Inbound) {
        self.wire.stats.refused += 1;
        let seconds = self.ids.below(10) + 1;
        let headers = [("Retry-After", seconds.to_string())];
        self.reply(now, inbound, (500, "Another Offer Is Open"), &headers, None);
    }

    /// Answers a request.
    pub(crate) fn reply(
        &mut self,
        now: Instant,
        inbound: &Inbound,
        status: Status<'_>,
        headers: &[(&'static str, String)],
        body: Option<&SessionDescription>,
    ) {
        let Inbound { flow, class, request, transaction, tag } = inbound;
        let mut writer = self.response(request, *flow, status, tag);
        for (name, value) in headers {
            writer.header(name, value);
        }
        let response = finish(writer, body);
        match transaction {
            Some(transaction) => {
                self.transactions.respond(now, &mut self.wire, *transaction, status.0, response);
            }
            None => self.send_stateless(request, *flow, *class, response),
        }
    }

    pub(crate) fn response(
        &self,
        request: &Message,
        flow: Flow,
        status: Status<'_>,
        tag: &str,
    ) -> Writer {
        let tag = if status.0 == 100 { None } else { Some(tag) };
        let told = self.wire.feedback.for_response(flow.remote, request).unwrap_or_default();
        message::response(request, flow.remote, self.wire.software(), status, (tag, &told))
    }

    /// Answers a request that makes no transaction (§8.2.7).
    pub(crate) fn turn_away(
        &mut self,
        request: &Message,
        (flow, class): (Flow, Class),
        status: Status<'_>,
        headers: &[(&'static str, String)],
    ) {
        self.wire.stats.refused += 1;
        let tag = self.stateless_tag(request);
        let mut writer = self.response(request, flow, status, &tag);
        for (name, value) in headers {
            writer.header(name, value);
        }
        self.send_stateless(request, flow, class, writer.finish());
    }

    fn send_stateless(&mut self, request: &Message, flow: Flow, class: Class, response: Bytes) {
        let back = match flow.transport {
            transport if transport.is_stream() && self.wire.takes_answers(flow) => flow,
            _ => response_flow(request, flow),
        };
        self.wire.send(back, class, response);
    }

    pub(crate) fn stateless_tag(&self, request: &Message) -> String {
        let (from, branch) = (request.from().tag(), request.top_via().branch);
        self.ids.stateless_tag(&[
            request.call_id(),
            from.unwrap_or_default(),
            branch.unwrap_or_default(),
        ])
    }

    /// The session description of a message of a session.
    pub(crate) fn described(&self, session: SessionId, message: &Message) -> Described {
        described(message, self.class(session).is_emergency())
    }

    /// The offer of a request.
    ///
    /// That of an emergency call is not refused because it cannot be read: what can be is taken,
    /// and without any we make our own (§13.2.1).
    pub(crate) fn offer_in(&mut self, inbound: &Inbound) -> Described {
        let request = &inbound.request;
        let plain = described(request, false);
        if plain.is_ok() || !inbound.class.is_emergency() {
            return plain;
        }
        self.wire.stats.overlooked += 1;
        described(request, true)
    }

    /// §8.2.2.3 asks for 420 where an extension is required that we do not know. An emergency call
    /// goes on without it: whoever requires it hears what we do support in Supported, and may well
    /// be content; what it is worth, nobody can say who is refused.
    pub(crate) fn overlook(&mut self, class: Class, request: &Message) {
        if class.is_emergency()
            && let Some((_, headers)) = extensions(request)
        {
            self.wire.stats.overlooked += 1;
            tracing::warn!(unknown = ?headers.first(), "an emergency call requires an extension");
        }
    }
}

/// Whether a request comes from before RFC 3261, and names no Contact: its branch has no cookie
/// (§8.1.1.7).
fn is_of_rfc2543(request: &Message) -> bool {
    let has_cookie = request.top_via().branch.is_some_and(|branch| branch.starts_with("z9hG4bK"));
    !has_cookie && request.header(Name::Contact).is_none()
}

fn described(message: &Message, emergency: bool) -> Described {
    session_description(message, emergency).map_err(|error| match error {
        BodyError::Type => (415, "Unsupported Media Type"),
        BodyError::Syntax => (400, "Bad Session Description"),
    })
}

/// The message with its session description.
pub(crate) fn finish(writer: Writer, body: Option<&SessionDescription>) -> Bytes {
    match body {
        Some(body) => writer.finish_with(SDP, &body.write()),
        None => writer.finish(),
    }
}

/// What refuses a request outside a dialog before its body is read (§8.2.1 to §8.2.2).
fn inspect(request: &Message, class: Class) -> Option<Refusal> {
    if let Some(refusal) = unsupported_method(request.method()) {
        return Some(refusal);
    }
    if !matches!(request.method(), Method::Invite | Method::Options) {
        // BYE, PRACK and UPDATE live within dialogs only.
        return Some((UNKNOWN, Vec::new()));
    }
    // Who told an emergency by its URI can make something of it.
    if !class.is_emergency() && !is_taken(request.uri().unwrap_or_default()) {
        return Some(((416, "Unsupported URI Scheme"), Vec::new()));
    }
    // §16.3 3: we pass calls on, so a call without a hop left ends here; OPTIONS then asks us. An
    // emergency call goes on: we are no proxy, and its hop counter ends a loop.
    let goes_on = request.method() == Method::Options || class.is_emergency();
    if request.max_forwards() == Some(0) && !goes_on {
        return Some(((483, "Too Many Hops"), Vec::new()));
    }
    // Whatever an emergency call is marked with, we know that it is one.
    if class.is_emergency() {
        return None;
    }
    extensions(request).or_else(|| priority::inspect(request))
}

/// §8.2.1: 405 for what we know and do not take, 501 for what we do not know.
pub(crate) fn unsupported_method(method: Method) -> Option<Refusal> {
    let allow = || vec![("Allow", ALLOW.to_owned())];
    match method {
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Prack
        | Method::Info
        | Method::Update => None,
        Method::Other => Some(((501, "Not Implemented"), allow())),
        _ => Some(((405, "Method Not Allowed"), allow())),
    }
}

/// §8.2.2.3: the extensions that can be required of us are those that we support.
pub(crate) fn extensions(request: &Message) -> Option<Refusal> {
    let unknown: Vec<&str> =
        request.values(Name::Require).filter(|tag| !message::supports(tag)).collect();
    if unknown.is_empty() {
        return None;
    }
    Some(((420, "Bad Extension"), vec![("Unsupported", unknown.join(", "))]))
}

/// §8.2.2.1: the schemes that the user can make something of.
fn is_taken(uri: &str) -> bool {
    match Uri::parse(uri) {
        Some(Uri::Sip(_) | Uri::Tel(_)) => true,
        Some(Uri::Urn(name)) => {
            let start = "service:sos";
            let rest = name.get(start.len()..).unwrap_or_default();
            name.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start))
                && (rest.is_empty() || rest.starts_with('.'))
        }
        Some(Uri::Other { .. }) | None => false,
    }
}
