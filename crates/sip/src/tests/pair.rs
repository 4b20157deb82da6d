//! Two cores joined by a network that loses, repeats and reorders, by seed; in some worlds a third
//! one, and a place in the network that hands each new INVITE to two of them. Whatever happens to
//! the messages: every call ends on both sides, each session tells `Ended` once and last, and after
//! quiet time no session, transaction or timer is left.

use super::bench::{config, release};
use crate::session::Phase;
use crate::{
    Codec, ConnectionId, EarlyPolicy, Event, Flow, Input, LocalMedia, Negotiated, Outgoing, Output,
    Reliability, SessionId, SessionTimers, Sip, Stats, Transport,
};
use base::{Class, Duration, Instant, Rng};
use bytes::Bytes;
use sip_parser::{Limits, Message, peek};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How many worlds an ordinary run sees; `SEEDS=from..to` in the environment sees others.
const SEEDS: std::ops::Range<u64> = 0..400;

/// When the network heals, and when one side hangs up whatever is left.
const HEALED: Instant = Instant::from_millis(60_000);
const HANG_UP: Instant = Instant::from_millis(110_000);
/// When the other side does the same, should anything be left there.
const HANG_UP_ALL: Instant = Instant::from_millis(160_000);
const QUIET: Instant = Instant::from_millis(400_000);

#[derive(Debug)]
enum Happening {
    Arrives { from: usize, at: usize, bytes: Bytes },
    Calls(usize),
    Rings { at: usize, session: SessionId, media: bool },
    Answers(usize, SessionId),
    HangsUp(usize, SessionId),
    Holds(usize, SessionId, bool),
    HangsUpAll(usize),
}

#[derive(Default, Debug)]
struct Track {
    released: u32,
    ended: u32,
}

struct World {
    seed: u64,
    rng: Rng,
    transport: Transport,
    loss: u64,
    now: Instant,
    cores: Vec<Sip>,
    agenda: BTreeMap<(Instant, u64), Happening>,
    number: u64,
    tracks: BTreeMap<(usize, SessionId), Track>,
    log: Vec<String>,
}

fn address(core: usize) -> SocketAddr {
    SocketAddr::new(format!("127.0.0.{}", core + 1).parse().unwrap(), 5060)
}

/// Where an INVITE is doubled: nobody's own address.
const FORK: usize = 8;

fn media(core: usize, codecs: &[Codec]) -> LocalMedia {
    let address = SocketAddr::new(address(core).ip(), 16_384);
    LocalMedia { address, other: None, codecs: codecs.to_vec() }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let transport = if rng.chance(1, 5) { Transport::Tcp } else { Transport::Udp };
        let forks = transport == Transport::Udp && rng.chance(1, 3);
        // Short enough for sessions to be refreshed, or to expire, while messages are lost; either
        // side may be the one that refreshes.
        let interval = [None, Some(12), Some(20), Some(45)][rng.below(4) as usize];
        let interval = interval.map(Duration::from_secs);
        let session_timers = SessionTimers { interval, min: Duration::from_secs(10) };
        let core = |core: usize| {
            let locals = vec![(Transport::Udp, address(core)), (Transport::Tcp, address(core))];
            let seed = seed * 2 + core as u64;
            let config = crate::Config { locals, seed, session_timers, ..config() };
            Sip::new(config, Instant::ZERO).unwrap()
        };
        let loss = [0, 5, 15, 30, 50].get(rng.below(5) as usize).copied().unwrap();
        let mut world = Self {
            seed,
            rng,
            transport,
            loss,
            now: Instant::ZERO,
            cores: (0..if forks { 3 } else { 2 }).map(core).collect(),
            agenda: BTreeMap::new(),
            number: 0,
            tracks: BTreeMap::new(),
            log: Vec::new(),
        };
        for _ in 0..=world.rng.below(5) {
            let (caller, at) = (world.rng.below(2) as usize, world.rng.below(30_000));
            world.plan(at, Happening::Calls(caller));
        }
        // Where calls fork it is for the caller to hang up; it sees them all.
        let first = if world.cores.len() == 3 { 0 } else { world.rng.below(2) as usize };
        world.plan(HANG_UP.as_millis(), Happening::HangsUpAll(first));
        for core in 0..world.cores.len() {
            world.plan(HANG_UP_ALL.as_millis(), Happening::HangsUpAll(core));
        }
        world
    }

    /// Puts something on the agenda, in so many milliseconds from now.
    fn plan(&mut self, millis: u64, what: Happening) {
        self.number += 1;
        self.agenda.insert((self.now + Duration::from_millis(millis), self.number), what);
    }

    fn flow(&self, core: usize, other: usize) -> Flow {
        let connection = (self.transport == Transport::Tcp).then_some(ConnectionId(1));
        let (local, remote) = (address(core), address(other));
        Flow { transport: self.transport, local, remote, connection, peer: None }
    }

    fn run(&mut self, until: Instant) {
        for _ in 0..200_000 {
            let timers =
                self.cores.iter().enumerate().filter_map(|(core, sip)| {
                    sip.poll_timeout().map(|(deadline, _)| (deadline, core))
                });
            let timer = timers.min();
            let planned = self.agenda.keys().next().map(|(at, _)| *at);
            let next = [timer.map(|(deadline, _)| deadline), planned].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            if planned == Some(next) {
                let (_, what) = self.agenda.pop_first().unwrap();
                self.happen(what);
            } else if let Some((_, core)) = timer {
                let now = self.now;
                self.cores[core].handle_timeout(now);
            }
            self.drain();
        }
        panic!("seed {}: no end\n{}", self.seed, self.tail());
    }

    fn tail(&self) -> String {
        self.log[self.log.len().saturating_sub(200)..].join("\n")
    }

    fn note(&mut self, text: String) {
        self.log.push(format!("{:?} {text}", self.now));
    }

    fn happen(&mut self, what: Happening) {
        let now = self.now;
        match what {
            Happening::Arrives { from, at, bytes } => {
                // The class of what belongs to a session is known before it is parsed.
                let facts = peek(&bytes).unwrap();
                let class = self.cores[at].class_of(&facts).unwrap_or_default();
                let message = Message::parse(bytes, &Limits::default()).unwrap();
                let flow = self.flow(at, from);
                self.cores[at]
                    .handle_input(now, Input::Message { flow, class, peer: None, message });
            }
            Happening::Calls(caller) => self.call(caller),
            Happening::Rings { at, session, media: with } => {
                self.note(format!("{at} rings {session}"));
                let local = media(at, &[Codec::Pcmu, Codec::Pcma]);
                let local = with.then_some(&local);
                self.cores[at].progress(now, session, 180, "Ringing", &[], local);
            }
            Happening::Answers(at, session) => {
                self.note(format!("{at} answers {session}"));
                let codecs: &[Codec] =
                    if self.rng.chance(1, 2) { &[Codec::Pcmu] } else { &[Codec::Pcma] };
                self.cores[at].answer(now, session, &media(at, codecs), &[]);
            }
            Happening::HangsUp(at, session) => {
                self.note(format!("{at} hangs up {session}"));
                self.cores[at].release(now, session, &release(486));
            }
            Happening::Holds(at, session, held) => {
                self.note(format!("{at} holds {session}: {held}"));
                self.cores[at].set_held(now, session, held);
            }
            Happening::HangsUpAll(at) => {
                let sessions: Vec<_> =
                    self.cores[at].sessions.iter().map(|(key, _)| SessionId(key)).collect();
                for session in sessions {
                    self.note(format!("{at} hangs up {session} at last"));
                    self.cores[at].release(now, session, &release(480));
                }
            }
        }
    }

    fn call(&mut self, caller: usize) {
        // The first core may reach both others at once.
        let callee = if self.cores.len() == 3 && caller == 0 { FORK } else { 1 - caller };
        let out = Outgoing {
            peer: None,
            flow: Flow { connection: None, ..self.flow(caller, callee) },
            request_uri: format!("sip:+33199000000@{}", address(callee)),
            from: "<sip:+33639980001@127.0.0.1>".to_owned(),
            to: "<sip:+33199000000@127.0.0.1>".to_owned(),
            max_forwards: 70,
            headers: Vec::new(),
            media: media(caller, &[Codec::Pcma, Codec::Pcmu]),
            spare: Vec::new(),
            patience: crate::Patience::default(),
            redirects: crate::Redirects::default(),
            session_expires: [None, Some(Duration::from_secs(10)), Some(Duration::from_secs(30))]
                [self.rng.below(3) as usize],
            early: EarlyPolicy { reliability: self.reliability(), gated: false },
        };
        let session = self.cores[caller].invite(self.now, Class::Ordinary, out).unwrap();
        self.note(format!("{caller} calls: {session}"));
        self.tracks.insert((caller, session), Track::default());
        self.live(caller, session);
    }

    /// What one side does with a call as time goes by.
    fn live(&mut self, at: usize, session: SessionId) {
        if self.rng.chance(1, 2) {
            let after = self.rng.below(20_000);
            self.plan(after, Happening::HangsUp(at, session));
        }
        for _ in 0..self.rng.below(4) {
            let (after, held) = (self.rng.below(30_000), self.rng.chance(1, 2));
            self.plan(after, Happening::Holds(at, session, held));
        }
    }

    fn drain(&mut self) {
        for core in 0..self.cores.len() {
            while let Some(output) = self.cores[core].poll_output() {
                match output {
                    Output::Send { flow, bytes, .. } => self.send(core, flow, bytes),
                    Output::Event(event) => self.event(core, event),
                    Output::Close { .. } => panic!("seed {}", self.seed),
                }
            }
        }
    }

    fn send(&mut self, core: usize, flow: Flow, bytes: Bytes) {
        assert_eq!(flow.local, address(core));
        assert_eq!(flow.transport, self.transport);
        let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
        let (first, cseq) = (lines[0], lines.iter().find(|line| line.starts_with("CSeq")));
        self.note(format!("{core} -> {} {first} ({})", flow.remote, cseq.unwrap()));
        if flow.remote == address(FORK) {
            self.carry(core, 1, bytes.clone());
            self.carry(core, 2, bytes);
        } else {
            let at = (0..self.cores.len()).find(|core| address(*core) == flow.remote);
            self.carry(core, at.unwrap(), bytes);
        }
    }

    fn carry(&mut self, from: usize, at: usize, bytes: Bytes) {
        if self.transport == Transport::Tcp {
            return self.plan(20, Happening::Arrives { from, at, bytes });
        }
        let loss = if self.now < HEALED { self.loss } else { 0 };
        if self.rng.chance(loss, 100) {
            return self.note("  lost".to_owned());
        }
        let copies = if self.rng.chance(1, 8) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = if self.rng.chance(1, 10) { self.rng.below(1_500) } else { 10 };
            self.plan(delay, Happening::Arrives { from, at, bytes: bytes.clone() });
        }
    }

    fn event(&mut self, core: usize, event: Event) {
        self.note(format!("{core} {}", name(&event)));
        let session = session_of(&event);
        if let Event::Incoming { .. } = &event {
            let before = self.tracks.insert((core, session), Track::default());
            assert!(before.is_none(), "seed {}: a session twice", self.seed);
            self.live(core, session);
            self.decide(core, session);
            return;
        }
        let seed = self.seed;
        let track = self.tracks.get_mut(&(core, session));
        let track = track.unwrap_or_else(|| panic!("seed {seed}: event of nobody"));
        assert_eq!(track.ended, 0, "seed {seed}: an event after the end");
        match event {
            Event::Released { .. } => track.released += 1,
            Event::Ended { .. } => track.ended += 1,
            Event::Answered { media, .. } => {
                let others = (0..3).filter(|other| *other != core);
                let mut ends = others.map(|other| SocketAddr::new(address(other).ip(), 16_384));
                assert!(ends.any(|end| end == media.remote));
            }
            _ => {}
        }
        assert!(track.released <= 1, "seed {seed}: released twice");
    }

    /// How much one side makes of reliable provisional responses.
    fn reliability(&mut self) -> Reliability {
        match self.rng.below(4) {
            0 => Reliability::Off,
            1 => Reliability::Required,
            _ => Reliability::Supported,
        }
    }

    fn decide(&mut self, at: usize, session: SessionId) {
        let reliability = self.reliability();
        if !self.cores[at].set_reliability(self.now, session, reliability) {
            return;
        }
        if self.rng.chance(1, 4) {
            // More than one, perhaps while the first waits for its PRACK.
            let (after, media) = (self.rng.below(3_000), self.rng.chance(1, 2));
            self.plan(after, Happening::Rings { at, session, media });
        }
        if self.rng.chance(2, 3) {
            let (after, media) = (self.rng.below(3_000), self.rng.chance(1, 2));
            self.plan(after, Happening::Rings { at, session, media });
        }
        match self.rng.below(6) {
            0 => {
                let after = self.rng.below(4_000);
                self.plan(after, Happening::HangsUp(at, session));
            }
            // Rings for ever.
            1 => {}
            _ => {
                let after = self.rng.below(8_000);
                self.plan(after, Happening::Answers(at, session));
            }
        }
    }

    /// What a core believes about each call that talks: by Call-ID, media and whether it holds.
    fn talking(&self, core: usize) -> BTreeMap<String, (Negotiated, bool)> {
        let sessions = self.cores[core].sessions.iter();
        let talking = sessions.filter_map(|(_, session)| match &session.phase {
            Phase::Talking(talking) => {
                let call_id = session.call_id.clone();
                Some((call_id, (talking.agreement.media, session.held)))
            }
            _ => None,
        });
        talking.collect()
    }

    /// Both sides agree about every call that talks: codec, and which ways speech goes.
    fn check_agreement(&self) -> usize {
        let left = self.talking(0);
        let mut right = self.talking(1);
        if self.cores.len() == 3 {
            for (call_id, there) in self.talking(2) {
                let both = right.insert(call_id, there);
                assert!(both.is_none(), "seed {}: two forks talk\n{}", self.seed, self.tail());
            }
        }
        for (call_id, (ours, held)) in &left {
            let Some((theirs, held_there)) = right.get(call_id) else { continue };
            let context = format!("seed {}: {call_id}\n{}", self.seed, self.tail());
            assert_eq!(ours.codec, theirs.codec, "{context}");
            assert_eq!((ours.send, ours.receive), (theirs.receive, theirs.send), "{context}");
            assert_eq!((ours.send, ours.receive), (!held_there, !held), "{context}");
        }
        left.len()
    }

    /// No call lives on one side only, unless the other gave up in silence that the network made.
    fn check_one_side(&self) {
        let left: usize = self.cores.iter().map(Sip::sessions).sum();
        let timeouts: u64 = self.cores.iter().map(|core| core.stats().timeouts).sum();
        let context = format!("seed {}: {left} left\n{}", self.seed, self.tail());
        // A fork that nobody answers rings on when the other has refused: there is no proxy here
        // that would cancel it.
        let expired: u64 = self.cores.iter().map(|core| core.stats().sessions_expired).sum();
        let excused = (timeouts + expired > 0 && self.loss > 0) || self.cores.len() == 3;
        assert!(left == 0 || excused, "{context}");
    }

    fn check_end(&self) {
        let tail = || format!("seed {}\n{}", self.seed, self.tail());
        for core in &self.cores {
            assert_eq!(core.sessions(), 0, "{}", tail());
            assert_eq!(core.transactions(), 0, "{}", tail());
            assert_eq!(core.poll_timeout(), None, "{}", tail());
            assert!(core.tags.is_empty() && core.transactions.is_clean(), "{}", tail());
        }
        for (session, track) in &self.tracks {
            assert_eq!(track.ended, 1, "{session:?} {track:?} {}", tail());
        }
    }
}

fn session_of(event: &Event) -> SessionId {
    match event {
        Event::Incoming { session, .. }
        | Event::Progress { session, .. }
        | Event::Answered { session, .. }
        | Event::Acknowledged { session, .. }
        | Event::Media { session, .. }
        | Event::Key { session, .. }
        | Event::Ready { session }
        | Event::Released { session, .. }
        | Event::HopFailed { session, .. }
        | Event::Ended { session } => *session,
        Event::Refused { .. } | Event::Replied { .. } | Event::Unanswered { .. } => {
            panic!("{event:?}")
        }
    }
}

fn name(event: &Event) -> String {
    let text = format!("{event:?}");
    let name = text.split([' ', '{']).next().unwrap_or_default();
    match event {
        Event::Released { session, why } => format!("{name} {session} {why:?}"),
        Event::Media { session, media } => format!("{name} {session} {media:?}"),
        other => format!("{name} {}", session_of(other)),
    }
}

/// Lives through one world; says how many calls talked when it was healed, and what was counted.
fn run(seed: u64) -> (usize, Vec<Stats>) {
    let mut world = World::new(seed);
    world.run(Instant::from_millis(HANG_UP.as_millis() - 1));
    let talking = world.check_agreement();
    world.run(Instant::from_millis(HANG_UP_ALL.as_millis() - 1));
    world.check_one_side();
    world.run(QUIET);
    world.check_end();
    (talking, world.cores.iter().map(Sip::stats).collect())
}

#[test]
fn every_call_ends_on_both_sides_whatever_the_network_does() {
    let seeds = std::env::var("SEEDS").ok().and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    let mut sum = Stats::default();
    let mut talked = 0;
    for seed in seeds.unwrap_or(SEEDS) {
        let (talking, stats) = run(seed);
        talked += talking;
        for stats in stats {
            sum.glares += stats.glares;
            sum.retransmissions += stats.retransmissions;
            sum.not_acknowledged += stats.not_acknowledged;
            sum.timeouts += stats.timeouts;
            sum.forks_released += stats.forks_released;
            sum.pracks += stats.pracks;
            sum.pracks_sent += stats.pracks_sent;
            sum.not_pracked += stats.not_pracked;
            sum.rseq_out_of_order += stats.rseq_out_of_order;
            sum.refreshes += stats.refreshes;
            sum.refreshes_failed += stats.refreshes_failed;
            sum.sessions_expired += stats.sessions_expired;
        }
    }
    println!("{talked} calls talked at the end, {sum:?}");
    // The worlds are hard enough, and not too hard.
    assert!(sum.glares > 20 && sum.retransmissions > 1_000 && talked > 100);
    assert!(sum.forks_released > 20);
    assert!(sum.pracks > 100 && sum.pracks_sent > 100 && sum.not_pracked > 0);
    assert!(sum.refreshes > 500 && sum.refreshes_failed > 5 && sum.sessions_expired > 0);
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let log = |seed| {
        let mut world = World::new(seed);
        world.run(QUIET);
        world.log
    };
    assert_eq!(log(4), log(4));
}
