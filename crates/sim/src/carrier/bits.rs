//! Everything bit by bit, as in the daemon: the spans, HDLC on the signalling time slots, the
//! media plane, the exchange's echo. One tick is one millisecond.

use super::{Harm, Report, Side};
use crate::topology::SIGNALLING_SLOT;
use base::{Duration, Instant, Rng};
use exchange::Bearers;
use media::{Command, Packets, Plane};
use mtp::LinkId;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tdm::{Block, InProcessSpan, LineCommand, SignallingSlot, Span, SpanState};

const TICK: Duration = Duration::from_millis(1);
/// Bits of a signal unit, about; noise is counted in units.
const UNIT_BITS: u64 = 64;

/// One end of a span.
#[derive(Debug)]
struct End {
    span: InProcessSpan,
    /// Signalling, where this span has it.
    slot: Option<SignallingSlot>,
    up: bool,
    /// What the direction towards this end suffers.
    harm: Harm,
}

/// The RTP sockets of the gateway.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: BTreeMap<u32, SocketAddr>,
    sent: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    pub(crate) port_taken: bool,
}

impl Sockets {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}

impl Packets for Sockets {
    fn open(&mut self, context: u32, local: SocketAddr) -> bool {
        if std::mem::take(&mut self.port_taken) || self.open.values().any(|other| *other == local) {
            return false;
        }
        self.open.insert(context, local);
        true
    }

    fn close(&mut self, context: u32) {
        self.open.remove(&context);
    }

    fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]) {
        if let Some(from) = self.open.get(&context) {
            self.sent.push((*from, to, packet.to_vec()));
        }
    }
}

/// The spans and what hangs on them.
#[derive(Debug)]
pub(crate) struct Bits {
    next: Instant,
    /// By side, then by span.
    ends: [Vec<End>; 2],
    media: media::Config,
    plane: Plane,
    pub(crate) sockets: Sockets,
    pub(crate) bearers: Bearers,
}

impl Bits {
    pub(crate) fn new(spans: u16, links: u16, contexts: u32, seed: u64) -> Self {
        let (mut gateway, mut exchange) = (Vec::new(), Vec::new());
        for span in 0..spans {
            let (a, b) = tdm::in_process();
            let end = |at| End {
                span: at,
                slot: (span < links).then(SignallingSlot::new),
                up: true,
                harm: Harm::default(),
            };
            gateway.push(end(a));
            exchange.push(end(b));
        }
        let config = media::Config {
            contexts,
            spans,
            transceivers: 8,
            jitter: Duration::from_millis(40),
            silence: crate::topology::SILENCE,
            latch: false,
            seed,
        };
        Self {
            next: Instant::ZERO + TICK,
            ends: [gateway, exchange],
            plane: Plane::new(config.clone(), Instant::ZERO),
            media: config,
            sockets: Sockets::default(),
            bearers: Bearers::new(usize::from(spans)),
        }
    }

    pub(crate) const fn next(&self) -> Instant {
        self.next
    }

    pub(crate) fn advance(&mut self, now: Instant, rng: &mut Rng, reports: &mut Vec<Report>) {
        self.next = now + TICK;
        let [gateway, exchange] = &mut self.ends;
        let rx = receive(Side::Gateway, gateway, rng, reports);
        let mut tx = vec![Block::IDLE; rx.len()];
        self.plane.tick(now, &rx, &mut tx, &mut self.sockets);
        transmit(Side::Gateway, gateway, &rx, &mut tx, reports);

        let rx = receive(Side::Exchange, exchange, rng, reports);
        let mut tx = vec![Block::IDLE; rx.len()];
        self.bearers.tick(&rx, &mut tx);
        transmit(Side::Exchange, exchange, &rx, &mut tx, reports);

        while let Some(check) = self.bearers.poll_passed() {
            reports.push(Report::CheckPassed { check });
        }
        while let Some(event) = self.plane.poll_event() {
            reports.push(Report::Media(event));
        }
        let sent = self.sockets.sent.drain(..);
        reports.extend(sent.map(|(from, to, packet)| Report::Rtp { from, to, packet }));
    }

    pub(crate) fn restart(&mut self, now: Instant, side: Side) {
        let [gateway, exchange] = &mut self.ends;
        if side == Side::Gateway {
            self.plane = Plane::new(self.media.clone(), now);
            self.sockets = Sockets::default();
        } else {
            self.bearers = Bearers::new(exchange.len());
        }
        for end in if side == Side::Gateway { gateway } else { exchange } {
            end.slot = end.slot.as_ref().map(|_| SignallingSlot::new());
            end.up = true; // as it believes until told otherwise
        }
    }

    pub(crate) fn line(&mut self, side: Side, link: LinkId, command: LineCommand) {
        let [gateway, exchange] = &mut self.ends;
        let ends = if side == Side::Gateway { gateway } else { exchange };
        let end = ends.get_mut(usize::from(link.0));
        if let Some(slot) = end.and_then(|end| end.slot.as_mut()) {
            slot.command(command);
        }
    }

    pub(crate) fn media(&mut self, now: Instant, command: Command) {
        self.plane.command(now, command, &mut self.sockets);
    }

    pub(crate) fn rtp(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, packet: &[u8]) {
        let context = self.sockets.open.iter().find(|(_, local)| **local == to);
        if let Some((context, _)) = context {
            self.plane.packet(now, *context, from, packet);
        }
    }

    pub(crate) fn harm(&mut self, span: u16, to: Side, harm: Harm) {
        let [gateway, exchange] = &mut self.ends;
        let ends = if to == Side::Gateway { gateway } else { exchange };
        if let Some(end) = ends.get_mut(usize::from(span)) {
            end.harm = harm;
        }
    }
}

fn receive(side: Side, ends: &mut [End], rng: &mut Rng, reports: &mut Vec<Report>) -> Vec<Block> {
    let mut blocks = vec![Block::IDLE; ends.len()];
    for (number, (end, block)) in ends.iter_mut().zip(&mut blocks).enumerate() {
        let state = end.span.receive(block);
        let up = state == SpanState::Up && !end.harm.down;
        if !up {
            *block = Block::AIS;
        }
        if end.slot.is_some() {
            harm_slot(block.slot_mut(usize::from(SIGNALLING_SLOT)), end.harm, rng);
        }
        if end.up != up {
            end.up = up;
            reports.push(Report::Span { side, span: number as u16, up });
        }
    }
    blocks
}

fn harm_slot(slot: &mut [u8; tdm::BLOCK_FRAMES], harm: Harm, rng: &mut Rng) {
    if harm.cut {
        *slot = [0xff; tdm::BLOCK_FRAMES];
    }
    if harm.noise == 0 {
        return;
    }
    for octet in slot {
        for bit in 0..8 {
            if rng.below(10_000 * UNIT_BITS) < u64::from(harm.noise) {
                *octet ^= 1 << bit;
            }
        }
    }
}

fn transmit(
    side: Side,
    ends: &mut [End],
    rx: &[Block],
    tx: &mut [Block],
    reports: &mut Vec<Report>,
) {
    let at = usize::from(SIGNALLING_SLOT);
    for (number, ((end, rx), tx)) in ends.iter_mut().zip(rx).zip(tx).enumerate() {
        if let Some(slot) = &mut end.slot {
            let link = LinkId(number as u16);
            slot.tick(rx.slot(at), tx.slot_mut(at), &mut |event| {
                reports.push(Report::Line { side, link, event });
            });
        }
        end.span.transmit(tx);
    }
}
