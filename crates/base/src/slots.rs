use crate::{Class, Full};
use std::fmt;

/// The name of a record in a [`SlotTable`]. The generation makes the key of a removed record
/// useless for whoever uses the slot next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotKey {
    index: u32,
    generation: u32,
}

impl SlotKey {
    /// The position in the table, from 0.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The key as one number, for logs and wire tokens of our own.
    pub const fn to_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The inverse of [`SlotKey::to_u64`].
    pub const fn from_u64(value: u64) -> Self {
        Self { index: value as u32, generation: (value >> 32) as u32 }
    }
}

impl fmt::Debug for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

impl fmt::Display for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[derive(Clone, Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// Records with stable keys, a limit, and a part of that limit which only emergency calls may use.
///
/// Slots are reused last-freed-first and iterated in index order, so equal histories give equal
/// tables.
#[derive(Clone, Debug)]
pub struct SlotTable<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    limit: usize,
    reserve: usize,
}

impl<T> SlotTable<T> {
    /// A table of at most `limit` records, the last `reserve` of them for emergency calls only.
    /// Memory grows with use, never past the limit.
    pub fn new(limit: usize, reserve: usize) -> Self {
        let limit = limit.min(u32::MAX as usize);
        Self { slots: Vec::new(), free: Vec::new(), limit, reserve: reserve.min(limit) }
    }

    /// Stores `value`, or gives it back when there is no place left for `class`.
    pub fn insert(&mut self, class: Class, value: T) -> Result<SlotKey, Full<T>> {
        if !self.has_place(class) {
            return Err(Full(value));
        }
        if let Some(index) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(index as usize)
        {
            slot.value = Some(value);
            return Ok(SlotKey { index, generation: slot.generation });
        }
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { generation: 0, value: Some(value) });
        Ok(SlotKey { index, generation: 0 })
    }

    /// Whether [`SlotTable::insert`] would find a place for `class`.
    pub fn has_place(&self, class: Class) -> bool {
        let limit = if class.is_emergency() { self.limit } else { self.limit - self.reserve };
        self.len() < limit
    }

    /// The record, unless it was removed.
    pub fn get(&self, key: SlotKey) -> Option<&T> {
        let slot = self.slots.get(key.index())?;
        if slot.generation == key.generation { slot.value.as_ref() } else { None }
    }

    /// The record, unless it was removed.
    pub fn get_mut(&mut self, key: SlotKey) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index())?;
        if slot.generation == key.generation { slot.value.as_mut() } else { None }
    }

    /// Takes the record out; its key is dead from now on.
    pub fn remove(&mut self, key: SlotKey) -> Option<T> {
        let slot = self.slots.get_mut(key.index())?;
        if slot.generation != key.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.index);
        Some(value)
    }

    /// How many records are stored.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether no record is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most records that can be stored.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// The records in index order.
    pub fn iter(&self) -> impl Iterator<Item = (SlotKey, &T)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let key = SlotKey { index: index as u32, generation: slot.generation };
            slot.value.as_ref().map(|value| (key, value))
        })
    }

    /// The records in index order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (SlotKey, &mut T)> {
        self.slots.iter_mut().enumerate().filter_map(|(index, slot)| {
            let key = SlotKey { index: index as u32, generation: slot.generation };
            slot.value.as_mut().map(|value| (key, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_for_emergency_calls_only() {
        let mut table = SlotTable::new(3, 1);
        table.insert(Class::Ordinary, 'a').unwrap();
        table.insert(Class::GovernmentPriority, 'b').unwrap();
        assert_eq!(table.insert(Class::PsapCallback, 'c'), Err(Full('c')));
        let key = table.insert(Class::Emergency, 'd').unwrap();
        assert_eq!(table.insert(Class::Emergency, 'e'), Err(Full('e')));
        assert_eq!(table.remove(key), Some('d'));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn a_removed_record_is_not_reached_by_its_old_key() {
        let mut table = SlotTable::new(1, 0);
        let old = table.insert(Class::Ordinary, 1).unwrap();
        assert_eq!(table.remove(old), Some(1));
        let new = table.insert(Class::Ordinary, 2).unwrap();
        assert_eq!(old.index(), new.index());
        assert_eq!(table.get(old), None);
        assert_eq!(table.remove(old), None);
        assert_eq!(table.get(new), Some(&2));
        assert_eq!(SlotKey::from_u64(new.to_u64()), new);
    }
}
