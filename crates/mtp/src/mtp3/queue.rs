//! What waits for a link: the most urgent first, but never a message before an earlier one of its
//! own conversation.

use super::label::{Label, Msu};
use crate::{PointCode, Sls};
use base::{Class, Full};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A message of the user part on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) class: Class,
    pub(crate) msu: Msu,
}

/// What may wait in a [`Queue`].
pub(crate) trait Queued {
    fn class(&self) -> Class;
    fn label(&self) -> &Label;
    fn payload(&self) -> &Bytes;
}

impl Queued for Message {
    fn class(&self) -> Class {
        self.class
    }

    fn label(&self) -> &Label {
        &self.msu.label
    }

    fn payload(&self) -> &Bytes {
        &self.msu.payload
    }
}

/// Messages of one stream stay in sequence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stream {
    dpc: PointCode,
    sls: Sls,
    /// For ISUP the circuit identification code.
    leading: Bytes,
}

/// The place of a stream among others: by its most urgent message, then by the arrival of its
/// first. So an emergency message pulls the ordinary ones ahead of it in its own stream along.
type Rank = (usize, u64);

#[derive(Clone, Debug)]
struct Waiting<M> {
    messages: VecDeque<(u64, M)>,
    rank: Rank,
}

impl<M> Default for Waiting<M> {
    fn default() -> Self {
        Self { messages: VecDeque::new(), rank: Rank::default() }
    }
}

impl<M: Queued> Waiting<M> {
    fn ranked(&self) -> Option<Rank> {
        let urgent = self.messages.iter().map(|(_, message)| message.class().rank()).min()?;
        Some((urgent, self.messages.front()?.0))
    }
}

/// A bounded queue with a reserve for emergency calls.
#[derive(Clone, Debug)]
pub(crate) struct Queue<M = Message> {
    streams: BTreeMap<Stream, Waiting<M>>,
    order: BTreeSet<(Rank, Stream)>,
    arrivals: u64,
    len: usize,
    limits: Limits,
}

/// How much a [`Queue`] takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Places in all.
    pub(crate) places: usize,
    /// Those of them for emergency calls only.
    pub(crate) reserve: usize,
    /// How many leading octets of the payload belong to the name of a stream.
    pub(crate) leading: usize,
}

impl<M: Queued> Queue<M> {
    pub(crate) fn new(limits: Limits) -> Self {
        let (streams, order) = (BTreeMap::new(), BTreeSet::new());
        Self { streams, order, arrivals: 0, len: 0, limits }
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many places are open to every class.
    pub(crate) fn ordinary_places(&self) -> usize {
        self.limits.places.saturating_sub(self.limits.reserve)
    }

    pub(crate) fn push(&mut self, message: M) -> Result<(), Full<M>> {
        let emergency = message.class().is_emergency();
        let places = if emergency { self.limits.places } else { self.ordinary_places() };
        if self.len >= places {
            return Err(Full(message));
        }
        let (payload, label) = (message.payload(), message.label());
        let stream = Stream {
            dpc: label.dpc,
            sls: label.sls,
            leading: payload.slice(..self.limits.leading.min(payload.len())),
        };
        let waiting = self.streams.entry(stream.clone()).or_default();
        if !waiting.messages.is_empty() {
            self.order.remove(&(waiting.rank, stream.clone()));
        }
        waiting.messages.push_back((self.arrivals, message));
        waiting.rank = waiting.ranked().unwrap_or_default();
        self.order.insert((waiting.rank, stream));
        self.arrivals += 1;
        self.len += 1;
        Ok(())
    }

    /// Takes the first message of the most urgent stream.
    pub(crate) fn pop(&mut self) -> Option<M> {
        let (_, stream) = self.order.pop_first()?;
        let waiting = self.streams.get_mut(&stream)?;
        let (_, message) = waiting.messages.pop_front()?;
        self.len -= 1;
        if let Some(rank) = waiting.ranked() {
            waiting.rank = rank;
            self.order.insert((rank, stream));
        } else {
            self.streams.remove(&stream);
        }
        Some(message)
    }

    /// Takes every message whose link selection is `wanted`, in the order of arrival.
    pub(crate) fn extract(&mut self, wanted: impl Fn(Sls) -> bool) -> Vec<M> {
        self.extract_of(|_, sls| wanted(sls))
    }

    /// Takes every message to this destination likewise.
    pub(crate) fn extract_to(&mut self, destination: PointCode) -> Vec<M> {
        self.extract_of(|dpc, _| dpc == destination)
    }

    fn extract_of(&mut self, wanted: impl Fn(PointCode, Sls) -> bool) -> Vec<M> {
        let mut taken = Vec::new();
        let order = &mut self.order;
        self.streams.retain(|stream, waiting| {
            if !wanted(stream.dpc, stream.sls) {
                return true;
            }
            order.remove(&(waiting.rank, stream.clone()));
            taken.extend(waiting.messages.drain(..));
            false
        });
        self.len -= taken.len();
        taken.sort_by_key(|(arrival, _)| *arrival);
        taken.into_iter().map(|(_, message)| message).collect()
    }
}

#[cfg(test)]
mod tests;
