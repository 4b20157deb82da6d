use base::{Class, Full};
use std::collections::VecDeque;

/// How many entries wait at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Of each class, by [`Class::rank`].
    pub per_class: [usize; Class::COUNT],
    /// Of all classes together.
    pub total: usize,
}

impl QueueLimits {
    /// `total` entries, of which the classes that are no emergency may take all but a quarter.
    pub const fn of(total: usize) -> Self {
        let most = total - total / 4;
        Self { per_class: [total, total, most, most, most, most], total }
    }
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self::of(4096)
    }
}

/// Why an entry was refused or thrown out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shed {
    /// Its class has its share already.
    ClassFull,
    /// The queue is full and nothing less urgent waits in it.
    QueueFull,
    /// It made room for something more urgent.
    Displaced,
    /// Whoever sent it has its share of the queue already.
    SourceFull,
}

impl Shed {
    /// The number of reasons.
    pub const COUNT: usize = 4;

    /// All reasons, in the order of the counters.
    pub const ALL: [Self; Self::COUNT] =
        [Self::ClassFull, Self::QueueFull, Self::Displaced, Self::SourceFull];

    /// The name used in metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClassFull => "class_full",
            Self::QueueFull => "queue_full",
            Self::Displaced => "displaced",
            Self::SourceFull => "source_full",
        }
    }
}

/// Counters of a queue, by [`Class::rank`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueStats {
    /// Entries taken in.
    pub accepted: [u64; Class::COUNT],
    /// Entries refused or thrown out, by class and then by the order of [`Shed::ALL`].
    pub shed: [[u64; Shed::COUNT]; Class::COUNT],
}

/// What became of a push that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed<T> {
    /// There was room.
    Accepted,
    /// There was room after this entry, the newest of the least urgent class, had gone.
    Displaced(Class, T),
}

/// A bounded queue that gives the most urgent entry first, and the oldest among equals.
#[derive(Clone, Debug)]
pub struct PriorityQueue<T> {
    classes: [VecDeque<T>; Class::COUNT],
    limits: QueueLimits,
    length: usize,
    stats: QueueStats,
}

impl<T> PriorityQueue<T> {
    /// An empty queue.
    pub fn new(limits: QueueLimits) -> Self {
        let classes = std::array::from_fn(|_| VecDeque::new());
        Self { classes, limits, length: 0, stats: QueueStats::default() }
    }

    /// Appends an entry, if need be in the place of a less urgent one, or gives it back.
    pub fn push(&mut self, class: Class, entry: T) -> Result<Pushed<T>, Full<T>> {
        let rank = class.rank();
        let limit = self.limits.per_class.get(rank).copied().unwrap_or(0);
        if self.depth(class) >= limit {
            self.count(class, Shed::ClassFull);
            return Err(Full(entry));
        }
        let displaced = if self.length < self.limits.total {
            None
        } else if let Some(displaced) = self.displace(class) {
            Some(displaced)
        } else {
            self.count(class, Shed::QueueFull);
            return Err(Full(entry));
        };
        let Some(queue) = self.classes.get_mut(rank) else {
            return Err(Full(entry));
        };
        queue.push_back(entry);
        self.length += 1;
        if let Some(accepted) = self.stats.accepted.get_mut(rank) {
            *accepted += 1;
        }
        Ok(displaced.map_or(Pushed::Accepted, |(class, entry)| Pushed::Displaced(class, entry)))
    }

    /// Takes the most urgent entry.
    pub fn pop(&mut self) -> Option<(Class, T)> {
        let mut classes = self.classes.iter_mut().zip(Class::ALL);
        let next = classes.find_map(|(queue, class)| Some((class, queue.pop_front()?)))?;
        self.length -= 1;
        Some(next)
    }

    /// How many entries wait.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many entries of a class wait.
    pub fn depth(&self, class: Class) -> usize {
        self.classes.get(class.rank()).map_or(0, VecDeque::len)
    }

    /// The counters.
    pub const fn stats(&self) -> &QueueStats {
        &self.stats
    }

    /// Throws out the newest entry of the least urgent class below `class`.
    fn displace(&mut self, class: Class) -> Option<(Class, T)> {
        let mut classes = self.classes.iter_mut().zip(Class::ALL).skip(class.rank() + 1).rev();
        let displaced = classes.find_map(|(queue, class)| Some((class, queue.pop_back()?)))?;
        self.length -= 1;
        self.count(displaced.0, Shed::Displaced);
        Some(displaced)
    }

    /// Counts an entry that its owner refused or threw out by a rule of its own.
    pub fn count(&mut self, class: Class, reason: Shed) {
        let position = Shed::ALL.iter().position(|known| *known == reason).unwrap_or(0);
        let counters = self.stats.shed.get_mut(class.rank());
        if let Some(counter) = counters.and_then(|counters| counters.get_mut(position)) {
            *counter += 1;
        }
    }
}

#[cfg(test)]
mod tests;
