//! One core, a peer written by hand, and virtual time.

use crate::{
    Codec, Config, ConnectionId, Event, Flow, Input, LocalMedia, Outgoing, Output, Release,
    Released, SessionId, SessionTimers, Sip, Timers, Transport,
};
use base::{Class, Duration, Instant};
use bytes::Bytes;
use sip_parser::{Limits, Message, Method, Name, ParseError, Writer};
use std::collections::VecDeque;
use std::net::SocketAddr;

pub(super) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\n\
    t=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n";

pub(super) fn us() -> SocketAddr {
    "127.0.0.1:5060".parse().unwrap()
}

pub(super) fn them() -> SocketAddr {
    "127.0.0.2:5062".parse().unwrap()
}

pub(super) fn udp() -> Flow {
    Flow { transport: Transport::Udp, local: us(), remote: them(), connection: None, peer: None }
}

pub(super) fn tcp() -> Flow {
    Flow { transport: Transport::Tcp, connection: Some(ConnectionId(7)), ..udp() }
}

pub(super) fn config() -> Config {
    Config {
        locals: vec![(Transport::Udp, us()), (Transport::Tcp, us())],
        timers: Timers::default(),
        sessions: 100,
        emergency_reserve: 10,
        transactions: 400,
        transaction_reserve: 40,
        progress_repeat: Duration::from_secs(60),
        session_timers: SessionTimers { interval: None, ..SessionTimers::default() },
        software: "bench".to_owned(),
        seed: 1,
        peers: crate::Peers::default(),
        limits: Limits::default(),
    }
}

pub(super) fn local_media() -> LocalMedia {
    LocalMedia {
        address: "127.0.0.1:16384".parse().unwrap(),
        other: None,
        codecs: vec![Codec::Pcma, Codec::Pcmu],
    }
}

pub(super) fn outgoing(flow: Flow) -> Outgoing {
    Outgoing {
        peer: None,
        flow,
        request_uri: "sip:+33199008001@127.0.0.2:5062;user=phone".to_owned(),
        from: "<sip:+33199000000@127.0.0.1>".to_owned(),
        to: "<sip:+33199008001@127.0.0.2>".to_owned(),
        max_forwards: 70,
        headers: Vec::new(),
        media: local_media(),
        spare: Vec::new(),
        patience: crate::Patience::default(),
        redirects: crate::Redirects::default(),
        session_expires: None,
        early: crate::EarlyPolicy::default(),
    }
}

pub(super) fn release(status: u16) -> Release {
    let reason = Some("Q.850;cause=17".to_owned());
    Release { status, phrase: "Over", reason, retry_after: None }
}

/// A message that the core sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Instant,
    pub(super) flow: Flow,
    pub(super) message: Message,
    pub(super) class: Class,
}

pub(super) struct Bench {
    pub(super) sip: Sip,
    pub(super) now: Instant,
    pub(super) flow: Flow,
    pub(super) sent: VecDeque<Sent>,
    pub(super) events: VecDeque<Event>,
    /// The answers to calls that were refused for their bodies.
    pub(super) refused: Vec<u16>,
    pub(super) closed: Vec<ConnectionId>,
    /// Whom the user takes the peer for.
    pub(super) peer: Option<crate::PeerId>,
}

impl Bench {
    pub(super) fn new(flow: Flow) -> Self {
        Self::with(flow, config())
    }

    pub(super) fn with(flow: Flow, config: Config) -> Self {
        let sip = Sip::new(config, Instant::ZERO).unwrap();
        let (sent, events) = (VecDeque::new(), VecDeque::new());
        let (now, closed, peer) = (Instant::ZERO, Vec::new(), None);
        let refused = Vec::new();
        let mut bench = Self { sip, now, flow, sent, events, refused, closed, peer };
        if flow.connection.is_some() {
            bench.input(Input::Connected { flow });
        }
        bench
    }

    /// Takes what the core wants; whatever it sends must parse.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.sip.poll_output() {
            match output {
                Output::Send { flow, class, bytes } => {
                    let message = Message::parse(bytes.clone(), &Limits::default())
                        .unwrap_or_else(|error| panic!("{error}: {bytes:?}"));
                    self.sent.push_back(Sent { at: self.now, flow, message, class });
                }
                Output::Event(Event::Refused { status, .. }) => self.refused.push(status),
                Output::Event(event) => self.events.push_back(event),
                Output::Close { connection } => self.closed.push(connection),
            }
        }
    }

    pub(super) fn input(&mut self, input: Input) {
        self.sip.handle_input(self.now, input);
        self.drain();
    }

    pub(super) fn feed(&mut self, message: Bytes) {
        self.feed_as(Class::Ordinary, message);
    }

    pub(super) fn feed_as(&mut self, class: Class, message: Bytes) {
        let (flow, peer) = (self.flow, self.peer);
        match Message::parse(message, &Limits::default()) {
            Ok(message) => self.input(Input::Message { flow, class, peer, message }),
            Err(ParseError::Broken(broken)) => self.input(Input::Broken { flow, class, broken }),
            Err(ParseError::NotSip) => panic!("not SIP"),
        }
    }

    /// Lets time pass, with every timer at its moment.
    pub(super) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some((deadline, _)) = self.sip.poll_timeout()
            && deadline <= end
        {
            self.now = self.now.max(deadline);
            self.sip.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(super) fn pass_ms(&mut self, millis: u64) {
        self.pass(Duration::from_millis(millis));
    }

    /// The next message sent.
    pub(super) fn next(&mut self) -> Message {
        self.sent.pop_front().expect("nothing was sent").message
    }

    pub(super) fn next_request(&mut self, method: Method) -> Message {
        let message = self.next();
        assert!(message.is_request(), "{message:?}");
        assert_eq!(message.method(), method);
        message
    }

    pub(super) fn next_response(&mut self, status: u16) -> Message {
        let message = self.next();
        assert_eq!(message.status(), Some(status), "{:?}", text(&message));
        message
    }

    /// When what was sent was sent, in milliseconds; all of it the same message.
    pub(super) fn sent_at(&mut self) -> Vec<u64> {
        let first = self.sent.front().map(|sent| sent.message.bytes().clone());
        let all = std::mem::take(&mut self.sent).into_iter();
        all.map(|sent| {
            assert_eq!(Some(sent.message.bytes()), first.as_ref());
            sent.at.as_millis()
        })
        .collect()
    }

    pub(super) fn event(&mut self) -> Event {
        self.events.pop_front().expect("no event")
    }

    pub(super) fn expect_released(&mut self, session: SessionId) -> Released {
        match self.event() {
            Event::Released { session: found, why } if found == session => why,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn expect_ended(&mut self, session: SessionId) {
        match self.event() {
            Event::Ended { session: found } if found == session => {}
            other => panic!("{other:?}"),
        }
        assert!(self.events.is_empty(), "{:?}", self.events);
    }

    pub(super) fn expect_incoming(&mut self) -> SessionId {
        match self.event() {
            Event::Incoming { session, .. } => session,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn expect_quiet(&self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
        assert!(self.events.is_empty(), "{:?}", self.events);
    }

    /// Nothing is left: no session, no transaction, no timer.
    pub(super) fn expect_empty(&self) {
        assert_eq!(self.sip.sessions(), 0);
        assert_eq!(self.sip.transactions(), 0);
        assert_eq!(self.sip.poll_timeout(), None);
        assert!(self.sip.tags.is_empty() && self.sip.transactions.is_clean());
    }

    /// Takes an INVITE to the point where the user knows it.
    pub(super) fn ringing(&mut self, peer: &mut Peer) -> SessionId {
        self.feed(peer.invite(Some(OFFER)));
        self.next_response(100);
        self.expect_incoming()
    }

    /// A call from the peer that talks.
    pub(super) fn talking_in(&mut self, peer: &mut Peer) -> SessionId {
        let session = self.ringing(peer);
        let now = self.now;
        self.sip.answer(now, session, &local_media(), &[]).expect("agreed");
        self.drain();
        let answer = self.next_response(200);
        peer.learn(&answer);
        self.feed(peer.ack(None));
        assert!(matches!(self.event(), Event::Acknowledged { media: None, .. }));
        session
    }

    /// A call to the peer that talks.
    pub(super) fn talking_out(&mut self) -> (SessionId, Peer) {
        let session = self.sip.invite(self.now, Class::Ordinary, outgoing(self.flow)).unwrap();
        self.drain();
        let invite = self.next_request(Method::Invite);
        self.feed(reply(&invite, 200, "callee", Some(OFFER)));
        self.next_request(Method::Ack);
        assert!(matches!(self.event(), Event::Answered { .. }));
        (session, Peer::callee(self.flow, &invite, "callee"))
    }

    pub(super) fn release(&mut self, session: SessionId, status: u16) {
        self.sip.release(self.now, session, &release(status));
        self.drain();
    }

    pub(super) fn set_held(&mut self, session: SessionId, held: bool) {
        self.sip.set_held(self.now, session, held);
        self.drain();
    }
}

/// The peer's side of one dialog, enough to write its requests.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) flow: Flow,
    pub(super) uri: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call_id: String,
    pub(super) cseq: u32,
    pub(super) branch: u32,
    pub(super) extra: Vec<(&'static str, String)>,
}

impl Peer {
    pub(super) fn new(flow: Flow) -> Self {
        Self {
            flow,
            uri: "sip:+33199000000@127.0.0.1;user=phone".to_owned(),
            from: "<sip:+33639980001@127.0.0.2>;tag=caller".to_owned(),
            to: "<sip:+33199000000@127.0.0.1>".to_owned(),
            call_id: "bench-call".to_owned(),
            cseq: 1,
            branch: 1,
            extra: Vec::new(),
        }
    }

    /// The peer that was called with `invite` and answered with `tag`.
    pub(super) fn callee(flow: Flow, invite: &Message, tag: &str) -> Self {
        Self {
            uri: invite.contact().unwrap().uri.to_owned(),
            from: format!("{};tag={tag}", invite.header(Name::To).unwrap()),
            to: invite.header(Name::From).unwrap().to_owned(),
            call_id: invite.call_id().to_owned(),
            cseq: 0,
            ..Self::new(flow)
        }
    }

    /// Takes our tag and Contact from a response.
    pub(super) fn learn(&mut self, response: &Message) {
        response.header(Name::To).unwrap().clone_into(&mut self.to);
        if let Some(contact) = response.contact() {
            contact.uri.clone_into(&mut self.uri);
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.extra.push((name, value.to_owned()));
        self
    }

    pub(super) fn request(
        &self,
        method: &str,
        cseq: u32,
        branch: u32,
        body: Option<&str>,
    ) -> Bytes {
        let mut writer = Writer::request(method, &self.uri);
        let (transport, sent_by) = (self.flow.transport.via_name(), self.flow.remote);
        writer.header("Via", format_args!("SIP/2.0/{transport} {sent_by};branch=z9hG4bK{branch}"));
        let has = |name| self.extra.iter().any(|(found, _)| *found == name);
        if !has("Max-Forwards") {
            writer.header("Max-Forwards", 70);
        }
        writer.header("From", &self.from).header("To", &self.to);
        writer.header("Call-ID", &self.call_id).header("CSeq", format_args!("{cseq} {method}"));
        writer.header("Contact", format_args!("<sip:peer@{sent_by}>"));
        for (name, value) in &self.extra {
            writer.header(name, value);
        }
        match body {
            Some(body) if has("Content-Type") => {
                let mut text = String::from_utf8(writer.finish().to_vec()).unwrap();
                let end = text.find("Content-Length").unwrap();
                text.truncate(end);
                format!("{text}Content-Length: {}\r\n\r\n{body}", body.len()).into()
            }
            Some(body) => writer.finish_with("application/sdp", body.as_bytes()),
            None => writer.finish(),
        }
    }

    pub(super) fn invite(&self, body: Option<&str>) -> Bytes {
        self.request("INVITE", self.cseq, self.branch, body)
    }

    /// The ACK of a 2xx.
    pub(super) fn ack(&self, body: Option<&str>) -> Bytes {
        self.request("ACK", self.cseq, self.branch + 1_000, body)
    }

    /// The ACK of another final response.
    pub(super) fn ack_refusal(&self, response: &Message) -> Bytes {
        let mut peer = self.clone();
        response.header(Name::To).unwrap().clone_into(&mut peer.to);
        peer.request("ACK", self.cseq, self.branch, None)
    }

    pub(super) fn cancel(&self) -> Bytes {
        self.request("CANCEL", self.cseq, self.branch, None)
    }

    /// The next request in the dialog.
    pub(super) fn next(&mut self, method: &str, body: Option<&str>) -> Bytes {
        self.cseq += 1;
        self.branch += 1;
        self.request(method, self.cseq, self.branch, body)
    }
}

/// The peer's response to a request of ours.
pub(super) fn reply(request: &Message, status: u16, tag: &str, body: Option<&str>) -> Bytes {
    reply_with(request, status, tag, &[], body)
}

pub(super) fn reply_with(
    request: &Message,
    status: u16,
    tag: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Bytes {
    let mut writer = Writer::response(status, "Answer");
    writer.copy(request, Name::Via).copy(request, Name::From);
    let to = request.header(Name::To).unwrap();
    if request.to().tag().is_some() || tag.is_empty() {
        writer.header("To", to);
    } else {
        writer.header("To", format_args!("{to};tag={tag}"));
    }
    writer.copy(request, Name::CallId).copy(request, Name::CSeq);
    let user = if tag.is_empty() { "peer" } else { tag };
    writer.header("Contact", format_args!("<sip:{user}@{}>", them()));
    for (name, value) in headers {
        writer.header(name, value);
    }
    match body {
        Some(body) => writer.finish_with("application/sdp", body.as_bytes()),
        None => writer.finish(),
    }
}

pub(super) fn text(message: &Message) -> String {
    String::from_utf8_lossy(message.bytes()).into_owned()
}
