//! A peer that says anything at any time, and a user that does too. The core never panics, tells
//! each session's end once and last, and forgets everything in the end.

use super::bench::{Bench, OFFER, Peer, local_media, outgoing, release, reply, udp};
use crate::{Event, Input, Output, SessionId};
use base::{Class, Duration};
use proptest::prelude::*;
use sip_parser::{Broken, Limits, Message, Name, ParseError};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
    /// A request: method, which dialog it claims, CSeq, branch, body.
    Request(usize, usize, u32, u32, usize),
    /// A response to the n-th of our last requests: status, tag, body.
    Response(usize, usize, usize, usize),
    /// One of our messages comes back to us.
    Mirror(usize),
    /// Octets of a message are changed.
    Garbled(usize, usize, u8),
    Progress(usize, bool),
    Answer(usize),
    Hold(usize, bool),
    Release(usize),
    Invite,
    SendFailed,
    Pass(u32),
}

const METHODS: [&str; 9] =
    ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "OPTIONS", "INFO", "PRACK", "FOO"];
const STATUSES: [u16; 12] = [100, 180, 183, 200, 202, 302, 401, 408, 481, 486, 491, 503];

fn body(which: usize) -> Option<&'static str> {
    match which {
        0 => None,
        1 => Some("nonsense"),
        _ => Some(OFFER),
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..METHODS.len(), 0usize..4, 1u32..6, 1u32..5, 0usize..4)
            .prop_map(|(a, b, c, d, e)| Step::Request(a, b, c, d, e)),
        6 => (0usize..4, 0..STATUSES.len(), 0usize..3, 0usize..4)
            .prop_map(|(a, b, c, d)| Step::Response(a, b, c, d)),
        1 => (0usize..8).prop_map(Step::Mirror),
        1 => (0usize..8, any::<usize>(), any::<u8>()).prop_map(|(a, b, c)| Step::Garbled(a, b, c)),
        1 => (0usize..3, any::<bool>()).prop_map(|(a, b)| Step::Progress(a, b)),
        3 => (0usize..3).prop_map(Step::Answer),
        2 => (0usize..3, any::<bool>()).prop_map(|(a, b)| Step::Hold(a, b)),
        1 => (0usize..3).prop_map(Step::Release),
        2 => Just(Step::Invite),
        1 => Just(Step::SendFailed),
        2 => (0u32..40_000).prop_map(Step::Pass),
    ]
}

#[derive(Default)]
struct Model {
    history: Vec<Message>,
    live: Vec<SessionId>,
    released: BTreeSet<SessionId>,
    ended: BTreeSet<SessionId>,
    answered: BTreeMap<SessionId, u32>,
}

impl Model {
    fn take(&mut self, bench: &mut Bench) {
        self.history.extend(bench.sent.drain(..).map(|sent| sent.message));
        for event in bench.events.drain(..) {
            let live = |session: &SessionId| self.live.contains(session);
            match event {
                Event::Incoming { session, .. } => self.live.push(session),
                Event::Progress { session, .. }
                | Event::Media { session, .. }
                | Event::Key { session, .. }
                | Event::Ready { session }
                | Event::HopFailed { session, .. } => assert!(live(&session)),
                Event::Answered { session, .. } | Event::Acknowledged { session, .. } => {
                    assert!(live(&session));
                    *self.answered.entry(session).or_default() += 1;
                    assert_eq!(self.answered[&session], 1);
                }
                Event::Released { session, .. } => {
                    assert!(live(&session));
                    assert!(self.released.insert(session), "released twice");
                }
                Event::Ended { session } => {
                    assert!(live(&session), "an end without a beginning");
                    assert!(self.ended.insert(session), "ended twice");
                    self.live.retain(|other| *other != session);
                }
                Event::Refused { .. } | Event::Replied { .. } | Event::Unanswered { .. } => {
                    panic!("{event:?}")
                }
            }
        }
        assert_eq!(bench.sip.sessions(), self.live.len());
    }

    fn recent(&self, back: usize) -> Option<&Message> {
        self.history.iter().rev().nth(back)
    }

    /// The n-th of our last messages that is a request.
    fn request(&self, back: usize) -> Option<&Message> {
        self.history.iter().rev().filter(|message| message.is_request()).nth(back)
    }

    /// A peer that claims a dialog: none, one of our tags, or one that never was.
    fn peer(&self, dialog: usize, cseq: u32, branch: u32) -> Peer {
        let mut peer = Peer { cseq, branch, ..Peer::new(udp()) };
        match dialog {
            0 => {}
            1 => {
                let mut responses = self.history.iter().rev();
                let tagged =
                    |message: &&Message| !message.is_request() && message.to().tag().is_some();
                if let Some(response) = responses.find(tagged) {
                    peer.learn(response);
                    response.call_id().clone_into(&mut peer.call_id);
                }
            }
            2 => {
                if let Some(request) = self.request(0) {
                    peer = other_side(request, peer);
                }
            }
            _ => peer.to.push_str(";tag=never"),
        }
        peer
    }
}

/// The other side of a request of ours.
fn other_side(request: &Message, peer: Peer) -> Peer {
    let to = request.header(Name::To).unwrap();
    let from = if request.to().tag().is_some() { to.to_owned() } else { format!("{to};tag=a") };
    let call_id = request.call_id().to_owned();
    Peer { from, to: request.header(Name::From).unwrap().to_owned(), call_id, ..peer }
}

/// The refusal of what is broken repeats the broken line, so it need not parse.
fn refuse(bench: &mut Bench, broken: Box<Broken>) {
    let input = Input::Broken { flow: udp(), class: Class::Ordinary, broken };
    bench.sip.handle_input(bench.now, input);
    while let Some(output) = bench.sip.poll_output() {
        let Output::Send { bytes, .. } = output else { panic!("{output:?}") };
        assert!(bytes.starts_with(b"SIP/2.0 "));
    }
}

fn apply(bench: &mut Bench, model: &mut Model, step: Step) {
    let now = bench.now;
    let session = |which: usize| model.live.iter().rev().nth(which).copied();
    match step {
        Step::Request(method, dialog, cseq, branch, with) => {
            let peer = model.peer(dialog, cseq, branch);
            bench.feed(peer.request(METHODS[method], cseq, branch, body(with)));
        }
        Step::Response(which, status, tag, with) => {
            if let Some(request) = model.request(which) {
                let tag = ["", "a", "b"][tag];
                bench.feed(reply(request, STATUSES[status], tag, body(with)));
            }
        }
        Step::Mirror(which) => {
            if let Some(message) = model.recent(which) {
                bench.feed(message.bytes().clone());
            }
        }
        Step::Garbled(which, at, octet) => {
            if let Some(message) = model.recent(which) {
                let mut bytes = message.bytes().to_vec();
                let at = at % bytes.len();
                bytes[at] = octet;
                match Message::parse(bytes.clone().into(), &Limits::default()) {
                    Ok(_) => bench.feed(bytes.into()),
                    Err(ParseError::Broken(broken)) => refuse(bench, broken),
                    Err(ParseError::NotSip) => {}
                }
            }
        }
        Step::Progress(which, with) => {
            if let Some(session) = session(which) {
                let media = local_media();
                let media = with.then_some(&media);
                bench.sip.progress(now, session, 183, "Progress", &[], media);
            }
        }
        Step::Answer(which) => {
            if let Some(session) = session(which) {
                bench.sip.answer(now, session, &local_media(), &[]);
            }
        }
        Step::Hold(which, held) => {
            if let Some(session) = session(which) {
                bench.sip.set_held(now, session, held);
            }
        }
        Step::Release(which) => {
            if let Some(session) = session(which) {
                bench.sip.release(now, session, &release(480));
            }
        }
        Step::Invite => {
            if let Ok(session) = bench.sip.invite(now, Class::Ordinary, outgoing(udp())) {
                model.live.push(session);
            }
        }
        Step::SendFailed => bench.input(Input::SendFailed { flow: udp() }),
        Step::Pass(millis) => bench.pass_ms(millis.into()),
    }
    bench.drain();
    model.take(bench);
}

proptest! {
    #[test]
    fn anything_at_any_time(steps in proptest::collection::vec(step(), 0..60)) {
        let mut bench = Bench::new(udp());
        let mut model = Model::default();
        for step in steps {
            apply(&mut bench, &mut model, step);
        }
        for session in model.live.clone() {
            bench.sip.release(bench.now, session, &release(480));
        }
        bench.pass(Duration::from_secs(200));
        model.take(&mut bench);
        bench.expect_empty();
    }
}
