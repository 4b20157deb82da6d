//! The queue between the network and the cores, and the rule that urgency reorders calls, never
//! the messages of one call.

use crate::load::Gauge;
use crate::shares::{Concern, Shares, Source};
use base::{Class, Full, Instant};
use bytes::Bytes;
use call::{PriorityQueue, Pushed, QueueLimits, QueueStats, Shed};
use mtp::sap::{PointCode, Transfer};
use std::collections::BTreeMap;

/// A message that waits.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    /// A datagram, or a message framed from a stream.
    Sip {
        /// Where it came from.
        flow: sip::Flow,
        /// Who answers for it.
        source: Source,
        /// What it is about.
        concern: Concern,
        /// How urgent it is, wherever it has to wait.
        class: Class,
        /// The message.
        bytes: Bytes,
    },
    /// What MTP delivered to the ISUP.
    Isup(Transfer),
}

impl Waiting {
    const fn source(&self) -> Option<(Source, Concern)> {
        match self {
            Self::Sip { source, concern, .. } => Some((*source, *concern)),
            Self::Isup(_) => None,
        }
    }
}

/// What a message must not overtake, nor be overtaken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// The messages of one SIP call: a hash of its Call-ID.
    Dialog(u64),
    /// The messages of one circuit.
    Circuit(PointCode, u16),
    /// A message about many circuits of a peer: it keeps its place among all messages of the peer.
    Peer(PointCode),
}

impl Lane {
    /// The lane of a SIP call.
    pub(crate) fn dialog(call_id: &str) -> Self {
        // FNV-1a. A collision costs an urgent message its lead over one other call, no more.
        let hash = call_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::Dialog(hash)
    }

    const fn peer(self) -> Option<PointCode> {
        match self {
            Self::Dialog(_) => None,
            Self::Circuit(peer, _) | Self::Peer(peer) => Some(peer),
        }
    }
}

/// A message taken from the inbox.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// When it arrived.
    pub(crate) arrived: Instant,
    /// The message.
    pub(crate) waiting: Waiting,
}

#[derive(Clone, Debug)]
struct Entry {
    lane: Option<Lane>,
    arrived: Instant,
    waiting: Waiting,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Inbox {
    queue: PriorityQueue<Entry>,
    order: Order,
    shares: Shares,
    gauge: Gauge,
    in_hand: Option<Bytes>,
    /// How many messages for the ISUP wait, and when the links are told that they are too many.
    isup: usize,
    isup_limit: usize,
    congested: bool,
}

impl Inbox {
    /// A queue for the messages of so many SIP trunks, and of others.
    pub(crate) fn new(limits: QueueLimits, trunks: usize) -> Self {
        Self {
            queue: PriorityQueue::new(limits),
            order: Order::default(),
            shares: Shares::new(limits.total, trunks),
            gauge: Gauge::new(limits.total),
            in_hand: None,
            isup: 0,
            isup_limit: (limits.total / 4).max(1),
            congested: false,
        }
    }

    /// Appends a message at its class, or at the class behind which its lane makes it wait. Gives
    /// back what found no place, or lost it to this one: it is shed, and counted.
    pub(crate) fn push(
        &mut self,
        arrived: Instant,
        class: Class,
        lane: Option<Lane>,
        waiting: Waiting,
    ) -> Option<Waiting> {
        let class = lane.map_or(class, |lane| self.order.cap(lane, class));
        let isup = matches!(waiting, Waiting::Isup(_));
        if let Some((source, concern)) = waiting.source()
            && !self.shares.has_room(source, class, concern)
        {
            self.queue.count(class, Shed::SourceFull);
            return Some(waiting);
        }
        let source = waiting.source();
        let displaced = match self.queue.push(class, Entry { lane, arrived, waiting }) {
            Err(Full(entry)) => return Some(entry.waiting),
            Ok(Pushed::Accepted) => None,
            Ok(Pushed::Displaced(class, entry)) => {
                self.left(class, &entry);
                Some(entry.waiting)
            }
        };
        if let Some(lane) = lane {
            self.order.entered(lane, class);
        }
        if let Some((source, concern)) = source {
            self.shares.entered(source, concern);
        }
        self.isup += usize::from(isup);
        displaced
    }

    /// Takes the most urgent message.
    pub(crate) fn pop(&mut self) -> Option<Taken> {
        let (class, entry) = self.queue.pop()?;
        self.left(class, &entry);
        self.in_hand = Some(match &entry.waiting {
            Waiting::Sip { bytes, .. } => bytes.clone(),
            Waiting::Isup(transfer) => transfer.payload.clone(),
        });
        Some(Taken { arrived: entry.arrived, waiting: entry.waiting })
    }

    /// The message taken last has been worked on.
    pub(crate) fn done(&mut self) {
        self.in_hand = None;
    }

    /// The message taken last, until it has been worked on.
    pub(crate) const fn in_hand(&self) -> Option<&Bytes> {
        self.in_hand.as_ref()
    }

    fn left(&mut self, class: Class, entry: &Entry) {
        if let Some(lane) = entry.lane {
            self.order.left(lane, class);
        }
        if let Some((source, concern)) = entry.waiting.source() {
            self.shares.left(source, concern);
        }
        self.isup -= usize::from(matches!(entry.waiting, Waiting::Isup(_)));
    }

    /// Whether the signalling links are to hold back (`Some(true)`) or may go on (`Some(false)`),
    /// where that changed: they keep what they hold back, whereas we would have to shed it.
    pub(crate) const fn congestion_changed(&mut self) -> Option<bool> {
        let congested = if self.congested {
            self.isup > self.isup_limit / 2
        } else {
            self.isup >= self.isup_limit
        };
        if congested == self.congested {
            return None;
        }
        self.congested = congested;
        Some(congested)
    }

    /// Now and then: what part of the messages is too much, in percent.
    pub(crate) fn look_at_load(&mut self, now: Instant) -> Option<u8> {
        let waiting = Class::ALL.into_iter().map(|class| self.queue.depth(class)).sum();
        self.gauge.look_at(now, waiting, self.queue.stats())
    }

    /// What was too much when that was looked at last.
    pub(crate) fn reduction(&self) -> u8 {
        self.gauge.reduce()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn depth(&self, class: Class) -> usize {
        self.queue.depth(class)
    }

    pub(crate) const fn stats(&self) -> &QueueStats {
        self.queue.stats()
    }
}

/// How many messages of a lane wait, by class.
#[derive(Clone, Copy, Debug, Default)]
struct Counts([u32; Class::COUNT]);

impl Counts {
    /// The least urgent class that somebody waits at.
    fn least(&self) -> Option<Class> {
        Class::ALL
            .into_iter()
            .zip(self.0)
            .rev()
            .find(|(_, count)| *count > 0)
            .map(|(class, _)| class)
    }

    fn add(&mut self, class: Class) {
        if let Some(count) = self.0.get_mut(class.rank()) {
            *count = count.saturating_add(1);
        }
    }

    fn remove(&mut self, class: Class) {
        if let Some(count) = self.0.get_mut(class.rank()) {
            *count = count.saturating_sub(1);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

/// Who waits where. A message goes at most as urgently as the last of its lane that still waits;
/// one about many circuits goes behind everything of its peer and lets nothing of it pass.
#[derive(Debug, Default)]
struct Order {
    lanes: BTreeMap<Lane, Counts>,
    /// All that waits from a peer, whatever its lane.
    peers: BTreeMap<PointCode, Counts>,
}

impl Order {
    fn cap(&self, lane: Lane, class: Class) -> Class {
        if let Lane::Peer(peer) = lane {
            // Nothing of the peer waits: nothing is overtaken, and the sooner it is done the less
            // it holds up.
            let least = self.peers.get(&peer).and_then(Counts::least);
            return least.unwrap_or(Class::EmergencyInDialog);
        }
        let own = self.lanes.get(&lane).and_then(Counts::least);
        let barrier = lane.peer().and_then(|peer| self.lanes.get(&Lane::Peer(peer))?.least());
        [own, barrier].into_iter().flatten().fold(class, Class::min)
    }

    fn entered(&mut self, lane: Lane, class: Class) {
        self.lanes.entry(lane).or_default().add(class);
        if let Some(peer) = lane.peer() {
            self.peers.entry(peer).or_default().add(class);
        }
    }

    fn left(&mut self, lane: Lane, class: Class) {
        forget(&mut self.lanes, lane, class);
        if let Some(peer) = lane.peer() {
            forget(&mut self.peers, peer, class);
        }
    }
}

fn forget<K: Ord>(counts: &mut BTreeMap<K, Counts>, key: K, class: Class) {
    if let Some(waiting) = counts.get_mut(&key) {
        waiting.remove(class);
        if waiting.is_empty() {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
