//! The span thread: once a millisecond it moves a block of each span, runs the bit level of the
//! signalling time slots and the media plane, and plays the exchange's speech at the far end. It
//! waits for nobody and allocates nothing for a packet or a tick.

use super::packets::RtpSockets;
use super::rings::{Command, Event, FarCommand, FarEvent, Reader, Writer};
use crate::conf::LinkSlot;
use base::{Duration, Instant};
use io::{Clock, Ticker};
use media::Plane;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tdm::{Block, InProcessSpan, SignallingSlot, Span};

/// A block of eight frames at 8,000 frames a second.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// Ticks made up for after a pause of the machine; the rest is lost like a slip.
const CATCH_UP: u32 = 200;

/// Figures of the media plane for the metrics page, written on the span thread and read elsewhere.
#[derive(Debug, Default)]
pub(crate) struct MediaFigures {
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// Ticks never made up for.
    pub(crate) skipped: AtomicU64,
}

/// A signalling link's time slot.
struct Line {
    link: mtp::LinkId,
    span: usize,
    slot: usize,
    machine: SignallingSlot,
}

/// One side of all spans.
struct Side {
    spans: Vec<InProcessSpan>,
    up: Vec<bool>,
    rx: Vec<Block>,
    tx: Vec<Block>,
    lines: Vec<Line>,
}

impl Side {
    fn new(spans: Vec<InProcessSpan>, links: &[LinkSlot]) -> Self {
        let count = spans.len();
        let line = |link: &LinkSlot| Line {
            link: link.link,
            span: usize::from(link.span),
            slot: usize::from(link.slot),
            machine: SignallingSlot::new(),
        };
        Self {
            spans,
            up: vec![true; count],
            rx: vec![Block::IDLE; count],
            tx: vec![Block::IDLE; count],
            lines: links.iter().map(line).collect(),
        }
    }

    /// Takes a block from each span; `changed` says whether it could tell that a span's state has
    /// changed. If not, it is told in the next tick.
    fn receive(&mut self, mut changed: impl FnMut(u16, bool) -> bool) {
        let spans = self.spans.iter_mut().zip(&mut self.rx).zip(&mut self.up);
        for (number, ((span, block), was_up)) in (0_u16..).zip(spans) {
            let up = span.receive(block).is_up();
            if up != *was_up && changed(number, up) {
                *was_up = up;
            }
        }
    }

    fn signal(&mut self, mut each: impl FnMut(mtp::LinkId, tdm::LineEvent)) {
        for line in &mut self.lines {
            let (Some(rx), Some(tx)) = (self.rx.get(line.span), self.tx.get_mut(line.span)) else {
                continue;
            };
            let link = line.link;
            let mut report = |event| each(link, event);
            line.machine.tick(rx.slot(line.slot), tx.slot_mut(line.slot), &mut report);
        }
    }

    fn transmit(&mut self) {
        for (span, block) in self.spans.iter_mut().zip(&self.tx) {
            span.transmit(block);
        }
    }

    fn command(&mut self, link: mtp::LinkId, command: tdm::LineCommand) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.link == link) {
            line.machine.command(command);
        }
    }
}

/// The rings of the span thread.
pub(crate) struct Rings {
    pub(crate) commands: Reader<Command>,
    pub(crate) events: Writer<Event>,
    pub(crate) far_commands: Reader<FarCommand>,
    pub(crate) far_events: Writer<FarEvent>,
}

/// Everything the span thread owns.
pub(crate) struct Spans {
    near: Side,
    far: Side,
    plane: Plane,
    sockets: RtpSockets,
    bearers: exchange::Bearers,
    rings: Rings,
    figures: Arc<MediaFigures>,
}

impl Spans {
    pub(crate) fn new(
        count: u16,
        links: &[LinkSlot],
        plane: Plane,
        sockets: RtpSockets,
        rings: Rings,
    ) -> Self {
        let (near, far) = (0..count).map(|_| tdm::in_process()).unzip();
        Self {
            near: Side::new(near, links),
            far: Side::new(far, links),
            plane,
            sockets,
            bearers: exchange::Bearers::new(usize::from(count)),
            rings,
            figures: Arc::default(),
        }
    }

    pub(crate) fn figures(&self) -> Arc<MediaFigures> {
        Arc::clone(&self.figures)
    }

    /// Ticks until `stop`.
    pub(crate) fn run(mut self, clock: Clock, stop: &AtomicBool) {
        let mut ticker = Ticker::new(clock, TICK, CATCH_UP);
        while !stop.load(Ordering::Relaxed) {
            let now = ticker.wait();
            self.tick(now);
            self.figures.skipped.store(ticker.skipped(), Ordering::Relaxed);
        }
    }

    fn tick(&mut self, now: Instant) {
        self.sockets.set_time(now);
        self.obey(now);
        let Self { near, far, plane, sockets, bearers, rings, .. } = self;
        near.receive(|span, up| rings.events.put(Event::Span { span, up }));
        far.receive(|span, up| rings.far_events.put(FarEvent::Span { span, up }));
        if let Err(error) = sockets.receive(|context, from, packet| {
            plane.packet(now, context, from, packet);
        }) {
            tracing::error!(%error, "cannot poll the media sockets");
        }
        plane.tick(now, &near.rx, &mut near.tx, sockets);
        bearers.tick(&far.rx, &mut far.tx);
        while rings.far_events.has_room()
            && let Some(check) = bearers.poll_passed()
        {
            rings.far_events.put(FarEvent::CheckPassed(check));
        }
        // After the speech: the signalling time slots are theirs alone.
        near.signal(|link, event| {
            rings.events.put(Event::Line(link, event));
        });
        far.signal(|link, event| {
            rings.far_events.put(FarEvent::Line(link, event));
        });
        near.transmit();
        far.transmit();
        // A port is free again only once that was told: the plane keeps what finds no room.
        while rings.events.has_room()
            && let Some(event) = plane.poll_event()
        {
            rings.events.put(Event::Media(event));
        }
        let total = plane.stats().total;
        self.figures.received.store(total.received, Ordering::Relaxed);
        self.figures.sent.store(total.sent, Ordering::Relaxed);
        self.figures.lost.store(total.lost, Ordering::Relaxed);
    }

    fn obey(&mut self, now: Instant) {
        while let Some(command) = self.rings.commands.take() {
            match command {
                Command::Line(link, command) => self.near.command(link, command),
                Command::Media(command) => self.plane.command(now, command, &mut self.sockets),
            }
        }
        while let Some(command) = self.rings.far_commands.take() {
            match command {
                FarCommand::Line(link, command) => self.far.command(link, command),
                FarCommand::Bearer(slot, source) => self.bearers.set(slot, source),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rings::ring;
    use super::*;
    use io::{EF, PacketSockets, SocketOptions};
    use media::{Config, ContextId};

    /// The end of a context is told once, and its port stays taken until then.
    #[test]
    fn what_the_media_plane_reports_waits_for_room_in_the_ring() {
        let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: EF };
        let config = Config {
            contexts: 1,
            spans: 1,
            transceivers: 1,
            jitter: Duration::ZERO,
            silence: Duration::from_secs(60),
            latch: false,
            seed: 0,
        };
        let (mut events, mut told, _) = ring();
        let (mut orders, commands, _) = ring();
        let ((far_events, _far_told, _), (_far_orders, far_commands, _)) = (ring(), ring());
        while events.has_room() {
            events.put(Event::Span { span: 0, up: true });
        }
        let context = ContextId(0);
        let local = "127.0.0.1:0".parse().unwrap();
        orders.put(Command::Media(media::Command::Open { context, local }));
        orders.put(Command::Media(media::Command::Close { context }));
        let plane = Plane::new(config, Instant::ZERO);
        let sockets = RtpSockets::new(PacketSockets::new(1, options).unwrap(), None);
        let rings = Rings { commands, events, far_commands, far_events };
        let mut spans = Spans::new(1, &[], plane, sockets, rings);
        spans.tick(Instant::ZERO);
        while let Some(event) = told.take() {
            assert!(matches!(event, Event::Span { .. }));
        }
        spans.tick(Instant::from_millis(1));
        let Some(Event::Media(media::Event::Closed { context: closed, .. })) = told.take() else {
            panic!("the end was not told");
        };
        assert_eq!(closed, context);
    }
}
