use crate::context::{Context, Remote};
use crate::continuity::Continuity;
use crate::sender::Sender;
use crate::stats::{Stats, Tally};
use crate::{CheckId, Command, Config, ContextId, ContextStats, Event, Packets, TimeSlot};
use base::{Instant, Rng};
use std::collections::VecDeque;
use std::net::SocketAddr;
use tdm::{Block, SLOTS, Tone};

/// All contexts of one thread. Its memory is taken when it is made; a tick costs as much as there
/// are contexts in use.
#[derive(Debug)]
pub struct Plane {
    config: Config,
    contexts: Vec<Context>,
    /// The contexts in use.
    active: Vec<u32>,
    /// By span and time slot: the context joined to it.
    joined: Vec<Option<u32>>,
    continuity: Continuity,
    events: VecDeque<Event>,
    rng: Rng,
    stats: Stats,
}

impl Plane {
    /// A plane with no context in use.
    pub fn new(config: Config, _now: Instant) -> Self {
        let mut rng = Rng::new(config.seed);
        let count = config.contexts as usize;
        let depth = u32::try_from(config.jitter.as_millis()).unwrap_or(u32::MAX).saturating_mul(8);
        let contexts = std::iter::repeat_with(|| Context::new(depth, Sender::new(&mut rng)));
        let places = usize::from(config.spans) * SLOTS;
        let transceivers = config.transceivers as usize;
        Self {
            contexts: contexts.take(count).collect(),
            active: Vec::with_capacity(count),
            joined: vec![None; places],
            continuity: Continuity::new(places, transceivers),
            events: VecDeque::with_capacity(2 * (count + transceivers)),
            rng,
            stats: Stats::default(),
            config,
        }
    }

    /// Obeys `command`.
    pub fn command(&mut self, now: Instant, command: Command, packets: &mut dyn Packets) {
        let is_obeyed = match command {
            Command::Open { context, local } => self.open(context, local, packets),
            Command::OpenOther { context, local } => self.open_other(context, local, packets),
            Command::Remote { context, remote, codec, payload_type, send, receive, latch } => {
                let remote = Remote { address: remote, codec, payload_type, send, receive, latch };
                self.active(context).map(|context| context.set_remote(now, remote)).is_some()
            }
            Command::Format { context, ptime, events } => {
                self.active(context).map(|context| context.set_format(ptime, events)).is_some()
            }
            Command::Key { context, key, millis } => {
                let samples = u32::from(millis) * 8;
                self.active(context).map(|context| context.keys.press(key, samples)).is_some()
            }
            Command::Join { context, slot } => self.join(context, slot).is_some(),
            Command::Ringback { context, to } => {
                let ringback = to.map(|to| (to, Tone::ringback()));
                self.active(context).map(|context| context.ringback = ringback).is_some()
            }
            Command::Close { context } => {
                let closed = self.close(context, packets);
                let stats = closed.unwrap_or_default();
                self.events.push_back(Event::Closed { context, stats });
                closed.is_some()
            }
            Command::Loop { slot, on } => self.set_loop(slot, on),
            Command::Check { slot, check } => self.begin_check(check, slot),
            Command::EndCheck { check } => self.continuity.end(check),
        };
        self.stats.refused += u64::from(!is_obeyed);
    }

    /// Takes a packet that came to the socket of `context`.
    pub fn packet(&mut self, now: Instant, context: u32, from: SocketAddr, packet: &[u8]) {
        let latch = self.config.latch;
        match self.contexts.get_mut(context as usize).filter(|context| context.is_active) {
            Some(context) => context.packet(now, from, packet, latch, &mut self.stats.total),
            None => self.stats.stray += 1,
        }
    }

    /// Moves one millisecond: one block of each span, in the order of the spans. All of `tx` is
    /// written, time slots without a context with [`Block::IDLE`]; whoever owns others of them
    /// writes theirs after this.
    pub fn tick(
        &mut self,
        now: Instant,
        rx: &[Block],
        tx: &mut [Block],
        packets: &mut dyn Packets,
    ) {
        tx.fill(Block::IDLE);
        for &index in &self.active {
            let Some(context) = self.contexts.get_mut(index as usize) else { continue };
            let played = context.listen();
            let heard = context.slot.and_then(|TimeSlot { span, slot }| {
                if self.continuity.uses(usize::from(span) * SLOTS + usize::from(slot)) {
                    // Q.724 §7.4.2: the speech path is not connected before the check is over.
                    return Some(Block::IDLE.slot(usize::from(slot)));
                }
                if let Some(block) = tx.get_mut(usize::from(span)) {
                    *block.slot_mut(usize::from(slot)) = played;
                }
                rx.get(usize::from(span)).map(|block| block.slot(usize::from(slot)))
            });
            if let Some((to, packet)) = context.speak(heard) {
                packets.send(index, to, packet.octets());
                let total = &mut self.stats.total;
                Tally { context: &mut context.stats, total }.add(1, |stats| &mut stats.sent);
            }
            // Where nobody takes the reports there is no place for what will be said again.
            if let Some(times) = context.missed(now, self.config.silence)
                && self.events.len() < self.events.capacity()
            {
                self.events.push_back(Event::Silent { context: ContextId(index), times });
            }
        }
        self.continuity.tick(rx, tx, &mut self.events);
    }

    /// Takes the next report.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What has been counted.
    pub const fn stats(&self) -> Stats {
        let mut stats = self.stats;
        let (loops, checks) = self.continuity.counts();
        (stats.loops, stats.checks) = (loops as u32, checks as u32);
        stats
    }

    fn set_loop(&mut self, slot: TimeSlot, on: bool) -> bool {
        let Some(place) = self.place(slot) else { return false };
        if on {
            self.continuity.connect_loop(place, slot);
        }
        on || self.continuity.disconnect_loop(place)
    }

    fn begin_check(&mut self, check: CheckId, slot: TimeSlot) -> bool {
        let place = self.place(slot);
        let is_begun = place.is_some_and(|place| self.continuity.begin(check, place, slot));
        if !is_begun {
            self.events.push_back(Event::CheckRefused { check });
        }
        is_begun
    }

    fn active(&mut self, id: ContextId) -> Option<&mut Context> {
        self.contexts.get_mut(id.0 as usize).filter(|context| context.is_active)
    }

    fn open(&mut self, id: ContextId, local: SocketAddr, packets: &mut dyn Packets) -> bool {
        let _ = self.close(id, packets);
        let Some(context) = self.contexts.get_mut(id.0 as usize) else {
            self.events.push_back(Event::OpenFailed { context: id });
            return false;
        };
        context.open(Sender::new(&mut self.rng));
        context.has_socket = packets.open(id.0, local);
        if !context.has_socket {
            self.stats.open_failed += 1;
            self.events.push_back(Event::OpenFailed { context: id });
        }
        self.active.push(id.0);
        self.stats.active += 1;
        true
    }

    fn open_other(&mut self, id: ContextId, local: SocketAddr, packets: &mut dyn Packets) -> bool {
        let is_active = self.active(id).is_some();
        let is_open = is_active && packets.open(id.0, local);
        self.stats.open_failed += u64::from(is_active && !is_open);
        is_active
    }

    /// The youngest context gets the time slot: who joins knows that the circuit is its own.
    fn join(&mut self, id: ContextId, slot: TimeSlot) -> Option<()> {
        let place = self.place(slot)?;
        let old = self.active(id)?.slot;
        if old == Some(slot) {
            return Some(());
        }
        if old.is_some() {
            self.leave(id);
        }
        if let Some(other) = self.joined.get(place).copied().flatten() {
            self.leave(ContextId(other));
            self.stats.displaced += 1;
        }
        *self.joined.get_mut(place)? = Some(id.0);
        self.active(id)?.slot = Some(slot);
        self.stats.joined += 1;
        Some(())
    }

    fn leave(&mut self, id: ContextId) {
        let Some(slot) = self.active(id).and_then(|context| context.slot.take()) else { return };
        if let Some(joined) = self.place(slot).and_then(|place| self.joined.get_mut(place)) {
            *joined = None;
            self.stats.joined -= 1;
        }
    }

    fn close(&mut self, id: ContextId, packets: &mut dyn Packets) -> Option<ContextStats> {
        self.active(id)?;
        self.leave(id);
        packets.close(id.0);
        self.active.retain(|&index| index != id.0);
        self.stats.active -= 1;
        let context = self.contexts.get_mut(id.0 as usize)?;
        Some(context.close(&mut self.stats.total))
    }

    fn place(&self, TimeSlot { span, slot }: TimeSlot) -> Option<usize> {
        // G.704 §2.3: time slot 0 is for frame alignment.
        let is_there = span < self.config.spans && (1..SLOTS).contains(&usize::from(slot));
        is_there.then(|| usize::from(span) * SLOTS + usize::from(slot))
    }
}

#[cfg(test)]
mod tests;
