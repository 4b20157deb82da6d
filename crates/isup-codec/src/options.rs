use crate::value::read;
use crate::{Key, ParameterName, Value};
use std::fmt;

/// The optional part of a message: its parameters as they came, in their order, each as octets
/// until somebody asks what they say. What is not touched is written as it was read, whether it is
/// known or not.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Name, length and contents of each, without the end of optional parameters octet.
    octets: Vec<u8>,
    /// The first one that was set to something that its octets cannot hold: the message is
    /// refused when it is to be written, as with mandatory parameters.
    unwritable: Option<ParameterName>,
}

/// Name, length and contents of parameters, one after the other.
#[derive(Clone, Debug)]
pub struct OptionalParameters<'a> {
    rest: &'a [u8],
}

impl<'a> OptionalParameters<'a> {
    /// From octets without pointer and without end of optional parameters octet.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
}

impl<'a> Iterator for OptionalParameters<'a> {
    type Item = (ParameterName, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let ([name, length], after) = self.rest.split_first_chunk()?;
        let (contents, rest) = after.split_at_checked(usize::from(*length))?;
        self.rest = rest;
        Some((ParameterName(*name), contents))
    }
}

impl Options {
    /// Nothing.
    pub const fn new() -> Self {
        Self { octets: Vec::new(), unwritable: None }
    }

    /// From octets that the iterator above can read to their end.
    pub(crate) fn from_octets(octets: &[u8]) -> Self {
        Self { octets: octets.to_vec(), unwritable: None }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Names and contents.
    pub fn iter(&self) -> OptionalParameters<'_> {
        OptionalParameters::new(&self.octets)
    }

    /// The contents of the first parameter of this name.
    pub fn find(&self, name: ParameterName) -> Option<&[u8]> {
        self.iter().find(|(its, _)| *its == name).map(|(_, contents)| contents)
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: ParameterName) -> bool {
        self.find(name).is_some()
    }

    /// The first parameter of this name, if its contents can be read: one that cannot be must not
    /// cost the call.
    pub fn get<T: Value>(&self, key: Key<T>) -> Option<T> {
        read(self.find(key.name())?)
    }

    /// Every parameter of this name that can be read: some may come more than once.
    pub fn all<T: Value>(&self, key: Key<T>) -> impl Iterator<Item = T> {
        let of_name = self.iter().filter(move |(name, _)| *name == key.name());
        of_name.filter_map(|(_, contents)| read(contents))
    }

    /// Puts a parameter in the place of the first one of its name and removes the others, or puts
    /// it at the end.
    pub fn set<T: Value>(&mut self, key: Key<T>, value: &T) {
        let name = key.name();
        let at = self.position(name);
        self.remove(name);
        let after = self.octets.split_off(at.min(self.octets.len()));
        self.add(key, value);
        self.octets.extend(after);
    }

    /// Puts a parameter at the end.
    pub fn add<T: Value>(&mut self, key: Key<T>, value: &T) {
        let start = self.octets.len();
        self.octets.extend([key.name().0, 0]);
        let written = value.write(&mut self.octets);
        self.close(start, key.name(), written.is_ok());
    }

    /// Puts a parameter at the end, whatever its contents are.
    pub fn push(&mut self, name: ParameterName, contents: &[u8]) {
        let start = self.octets.len();
        self.octets.extend([name.0, 0]);
        self.octets.extend_from_slice(contents);
        self.close(start, name, true);
    }

    /// Removes every parameter of this name.
    pub fn remove(&mut self, name: ParameterName) {
        self.retain(|its, _| its != name);
    }

    /// Removes the parameters for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(ParameterName, &[u8]) -> bool) {
        if self.iter().any(|(name, contents)| !keep(name, contents)) {
            let mut kept = Vec::with_capacity(self.octets.len());
            for (name, contents) in self.iter().filter(|(name, contents)| keep(*name, contents)) {
                // The length was a length before.
                kept.extend([name.0, contents.len() as u8]);
                kept.extend_from_slice(contents);
            }
            self.octets = kept;
        }
    }

    /// The octets of all, or the parameter that has none.
    pub(crate) fn octets(&self) -> Result<&[u8], ParameterName> {
        self.unwritable.map_or(Ok(&self.octets), Err)
    }

    /// Where the first parameter of this name begins.
    fn position(&self, name: ParameterName) -> usize {
        let before = self.iter().take_while(|(its, _)| *its != name);
        before.map(|(_, contents)| 2 + contents.len()).sum()
    }

    /// Writes the length of the parameter that begins at `start`, or takes it back.
    fn close(&mut self, start: usize, name: ParameterName, written: bool) {
        let length = u8::try_from(self.octets.len() - start - 2);
        // That name would end the optional part.
        let named = name != ParameterName::END_OF_OPTIONAL_PARAMETERS;
        match (length, self.octets.get_mut(start + 1)) {
            (Ok(length), Some(octet)) if written && named => *octet = length,
            _ => {
                self.octets.truncate(start);
                self.unwritable.get_or_insert(name);
            }
        }
    }
}

impl<'a> IntoIterator for &'a Options {
    type Item = (ParameterName, &'a [u8]);
    type IntoIter = OptionalParameters<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
