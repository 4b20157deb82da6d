//! Two signalling points of `mtp` over a span between them, bit by bit: alignment, bit errors,
//! loss of the signal. Nothing but the clock is made up.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use base::{Class, Instant, Rng};
use mtp::sap::{Indication, Transfer};
use mtp::{
    Config, Input, LineInput, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode,
    SignalUnit, Sls,
};
use tdm::{Block, InProcessSpan, LineCommand, LineEvent, SignallingSlot, Span, Unit};

const LINK: LinkId = LinkId(0);
const SLOT: usize = 16;

/// One end: level 3 and 2, level 1, the span.
struct End {
    own: PointCode,
    peer: PointCode,
    mtp: Mtp,
    slot: SignallingSlot,
    span: InProcessSpan,
    is_up: bool,
    events: Vec<LineEvent>,
    /// The numbers in the messages that came.
    heard: Vec<u32>,
    said: u32,
}

impl End {
    fn new(own: u32, peer: u32, span: InProcessSpan) -> Self {
        let (own, peer) = (PointCode(own), PointCode(peer));
        let mut config = Config::new(own, NetworkIndicator(2));
        config.links.push(LinkConfig::new(LINK, peer, 0));
        Self {
            own,
            peer,
            mtp: Mtp::new(config, Instant::ZERO).unwrap(),
            slot: SignallingSlot::new(),
            span,
            is_up: true,
            events: Vec::new(),
            heard: Vec::new(),
            said: 0,
        }
    }

    fn input(&mut self, now: Instant, input: Input) {
        self.mtp.handle_input(now, input);
        self.drain();
    }

    fn drain(&mut self) {
        let unit = |unit: SignalUnit| Unit::from_slice(unit.as_slice()).unwrap();
        while let Some(output) = self.mtp.poll_output() {
            match output {
                Output::Send { unit: sent, .. } => self.slot.command(LineCommand::Send(unit(sent))),
                Output::Fill { unit: fill, .. } => self.slot.command(LineCommand::Fill(unit(fill))),
                Output::Indication(Indication::Transfer(transfer)) => {
                    let number = transfer.payload.last_chunk().unwrap();
                    self.heard.push(u32::from_be_bytes(*number));
                }
                _ => {}
            }
        }
    }

    /// One millisecond, in which one bit in `wrong` is wrong where that is not zero.
    fn tick(&mut self, now: Instant, rng: &mut Rng, wrong: u64) {
        let (mut rx, mut tx) = (Block::IDLE, Block::IDLE);
        let is_up = self.span.receive(&mut rx).is_up();
        if std::mem::replace(&mut self.is_up, is_up) != is_up {
            let failed = Input::LineFailed { link: LINK };
            let restored = Input::LineRestored { link: LINK };
            self.input(now, if is_up { restored } else { failed });
        }
        for bit in 0..64 {
            if wrong > 0 && rng.chance(1, wrong) {
                rx.slot_mut(SLOT)[bit / 8] ^= 1 << (bit % 8);
            }
        }
        let mut events = std::mem::take(&mut self.events);
        self.slot.tick(rx.slot(SLOT), tx.slot_mut(SLOT), &mut |event| events.push(event));
        self.span.transmit(&tx);
        for event in events.drain(..) {
            self.input(now, Input::Line { link: LINK, event: line(event) });
        }
        self.events = events;
        while self.mtp.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.mtp.handle_timeout(now);
            self.drain();
        }
    }

    /// Sends a message of `len` octets with the next number, where the peer can be reached.
    fn say(&mut self, now: Instant, len: usize) {
        if self.mtp.destination_available(self.peer) {
            let payload = [&vec![0xff; len][..], &self.said.to_be_bytes()].concat().into();
            let (opc, dpc, class) = (self.own, self.peer, Class::Ordinary);
            let transfer = Transfer { opc, dpc, sls: Sls(3), class, payload };
            self.input(now, Input::Transfer(transfer));
            self.said += 1;
        }
    }
}

fn line(event: LineEvent) -> LineInput {
    match event {
        LineEvent::SignalUnit(unit) => {
            LineInput::SignalUnit(SignalUnit::from_slice(unit.as_slice()).unwrap())
        }
        LineEvent::Repeated(times) => LineInput::Repeated(times),
        LineEvent::Errored(times) => LineInput::Errored(times),
        LineEvent::OctetCounting(times) => LineInput::OctetCounting(times),
        LineEvent::Transmitted => LineInput::Transmitted,
    }
}

struct World {
    ends: [End; 2],
    millis: u64,
    rng: Rng,
}

impl World {
    fn new(seed: u64) -> Self {
        let (a, b) = tdm::in_process();
        Self { ends: [End::new(1, 2, a), End::new(2, 1, b)], millis: 0, rng: Rng::new(seed) }
    }

    fn activate(&mut self, end: usize) {
        self.ends[end].input(Instant::from_millis(self.millis), Input::Activate { link: LINK });
    }

    fn run(&mut self, millis: u64, wrong: u64, talk: bool) {
        for _ in 0..millis {
            let now = Instant::from_millis(self.millis);
            for end in &mut self.ends {
                end.tick(now, &mut self.rng, wrong);
                if talk && self.rng.chance(1, 20) {
                    end.say(now, 4 + self.rng.below(100) as usize);
                }
            }
            self.millis += 1;
        }
    }

    fn in_service(&self) -> [bool; 2] {
        self.ends.each_ref().map(|end| end.mtp.link_in_service(LINK))
    }

    /// Everything that was said was heard once, in order.
    fn assert_nothing_lost(&self) {
        let [a, b] = &self.ends;
        assert_eq!(a.heard, (0..b.said).collect::<Vec<_>>());
        assert_eq!(b.heard, (0..a.said).collect::<Vec<_>>());
        assert!(a.said > 50 && b.said > 50, "{} and {} messages", a.said, b.said);
        assert_eq!((a.slot.stats().refused, b.slot.stats().refused), (0, 0));
    }
}

#[test]
fn an_empty_link_set_aligns_within_a_second_whichever_end_starts_first() {
    for (first, pause) in [(0, 0), (0, 1), (1, 700), (0, 3_000), (1, 17_000), (0, 40_000)] {
        let mut world = World::new(pause);
        world.activate(first);
        world.run(pause, 0, false);
        world.activate(1 - first);
        // An end whose alignment was not possible tries again after a pause of its own.
        world.run(1_000, 0, false);
        assert_eq!(world.in_service(), [true; 2], "end {first} is {pause} ms ahead");
        world.run(2_000, 0, true);
        world.run(1_000, 0, false);
        world.assert_nothing_lost();
    }
}

/// Q.703 §5: with an error rate of 1 in 20,000 bits nothing is lost, doubled or out of order.
#[test]
fn bit_errors_cost_retransmissions_and_no_message() {
    for seed in 0..5 {
        let mut world = World::new(seed);
        (0..2).for_each(|end| world.activate(end));
        world.run(1_000, 0, false);
        world.run(10_000, 20_000, true);
        world.run(2_000, 0, false);
        world.assert_nothing_lost();
        let stats = world.ends.each_ref().map(|end| end.mtp.link_stats(LINK).unwrap().level2);
        assert!(stats.iter().all(|level2| level2.failures == 0), "{stats:?}");
        assert!(stats.iter().any(|level2| level2.retransmitted > 0), "{stats:?}");
    }
}

/// One wrong bit in 10,000 spoils more than one FISU in 256, and nearly every emergency proving
/// period: the link fails and is long in coming back. What passes meanwhile passes once and in
/// order, and what does not is counted.
#[test]
fn a_line_too_bad_for_the_error_rate_monitor_loses_nothing_unnoticed() {
    for seed in 0..3 {
        let mut world = World::new(seed);
        (0..2).for_each(|end| world.activate(end));
        world.run(1_000, 0, false);
        world.run(60_000, 10_000, true);
        world.run(12_000, 0, false);
        assert_eq!(world.in_service(), [true; 2]);
        for (speaker, listener) in [(0, 1), (1, 0)] {
            let (speaker, listener) = (&world.ends[speaker], &world.ends[listener]);
            assert!(speaker.mtp.link_stats(LINK).unwrap().level2.failures > 0);
            assert!(listener.heard.is_sorted_by(|one, next| one < next));
            let missing = u64::from(speaker.said) - listener.heard.len() as u64;
            assert!(missing <= speaker.mtp.stats().lost, "{missing} missing");
            assert!(listener.heard.len() > 100);
        }
    }
}

#[test]
fn a_link_comes_back_after_its_span_did() {
    let mut world = World::new(1);
    (0..2).for_each(|end| world.activate(end));
    world.run(1_000, 0, false);
    assert_eq!(world.in_service(), [true; 2]);
    // One end is cut off: its clock stands, so the other hears nothing.
    for _ in 0..500 {
        let now = Instant::from_millis(world.millis);
        world.ends[1].tick(now, &mut world.rng, 0);
        world.ends[0].span.receive(&mut Block::default());
        world.millis += 1;
    }
    assert!(!world.ends[1].mtp.link_in_service(LINK));
    world.run(2_000, 0, false);
    assert_eq!(world.in_service(), [true; 2]);
    world.run(2_000, 0, true);
    world.run(500, 0, false);
    world.assert_nothing_lost();
}

/// So many wrong bits fail the link, and it does not carry messages before they are gone.
#[test]
fn a_noisy_line_takes_the_link_out_of_service() {
    let mut world = World::new(1);
    (0..2).for_each(|end| world.activate(end));
    world.run(1_000, 0, false);
    assert_eq!(world.in_service(), [true; 2]);
    world.run(5_000, 100, false);
    let failures = |world: &World| {
        world.ends.each_ref().map(|end| end.mtp.link_stats(LINK).unwrap().level2.failures)
    };
    assert!(failures(&world).iter().all(|count| *count > 0), "{:?}", failures(&world));
    world.run(30_000, 0, false);
    assert_eq!(world.in_service(), [true; 2]);
}
