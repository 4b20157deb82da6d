use std::collections::VecDeque;

/// What an insertion into a full table or queue gives back: the thing that found no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full<T>(pub T);

/// A first-in first-out queue with a limit.
#[derive(Clone, Debug)]
pub struct Bounded<T> {
    entries: VecDeque<T>,
    limit: usize,
}

impl<T> Bounded<T> {
    /// An empty queue of at most `limit` entries. Memory grows with use, never past the limit.
    pub const fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit }
    }

    /// The same with the memory for all entries taken at once.
    pub fn allocated(limit: usize) -> Self {
        Self { entries: VecDeque::with_capacity(limit), limit }
    }

    /// Appends `entry`, or gives it back when the queue is full.
    pub fn push(&mut self, entry: T) -> Result<(), Full<T>> {
        if self.entries.len() >= self.limit {
            return Err(Full(entry));
        }
        self.entries.push_back(entry);
        Ok(())
    }

    /// Takes the oldest entry.
    pub fn pop(&mut self) -> Option<T> {
        self.entries.pop_front()
    }

    /// The oldest entry.
    pub fn front(&self) -> Option<&T> {
        self.entries.front()
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter()
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
