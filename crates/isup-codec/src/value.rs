use crate::ParameterName;
use bytes::Bytes;
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

/// A value does not fit its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not fit its octets")]
pub struct Unwritable;

/// The contents of a parameter: what lies between its length octet and the next parameter.
pub trait Value: Sized + fmt::Display + 'static {
    /// The least and the most octets of such contents. Where they are the same the parameter may
    /// stand in the mandatory fixed part, where no length is written.
    const LENGTHS: (u8, u8);

    /// None: the contents are not what the parameter's clause of Q.763 describes. `octets` are as
    /// many as `LENGTHS` allows.
    fn read(octets: &[u8]) -> Option<Self>;

    /// Appends the contents.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable>;

    /// What it is where a variant has no such parameter, though Q.763 demands one.
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads contents of a length that they may have.
pub(crate) fn read<T: Value>(octets: &[u8]) -> Option<T> {
    let (least, most) = T::LENGTHS;
    let fits = (usize::from(least)..=usize::from(most)).contains(&octets.len());
    if fits { T::read(octets) } else { None }
}

/// A parameter's name and the type of its contents.
#[derive(Debug)]
pub struct Key<T> {
    name: ParameterName,
    contents: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// Says that the parameter of this name has such contents.
    pub const fn new(name: ParameterName) -> Self {
        Self { name, contents: PhantomData }
    }

    /// The parameter's name.
    pub const fn name(self) -> ParameterName {
        self.name
    }
}

impl<T: Value> Key<T> {
    /// What this parameter says, if it has the key's name and can be read.
    pub fn read(self, (name, contents): (ParameterName, &[u8])) -> Option<T> {
        if name == self.name { read(contents) } else { None }
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

/// What can be done with contents whose type is known only by their parameter's name.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    /// The type, to tell one from another.
    of: fn() -> TypeId,
    lengths: (u8, u8),
    show: fn(&[u8], &mut fmt::Formatter<'_>) -> Option<fmt::Result>,
    rewrite: fn(&[u8]) -> Option<Vec<u8>>,
}

impl Contents {
    /// Contents of this type.
    pub const fn of<T: Value>() -> Self {
        Self {
            of: TypeId::of::<T>,
            lengths: T::LENGTHS,
            show: |octets, f| read::<T>(octets).map(|value| write!(f, "{value}")),
            rewrite: |octets| {
                let mut again = Vec::with_capacity(octets.len());
                read::<T>(octets)?.write(&mut again).ok()?;
                Some(again)
            },
        }
    }

    /// The least and the most octets.
    pub const fn lengths(&self) -> (u8, u8) {
        self.lengths
    }

    /// Prints the value; None where the octets are no such value.
    pub(crate) fn show(&self, octets: &[u8], f: &mut fmt::Formatter<'_>) -> Option<fmt::Result> {
        (self.show)(octets, f)
    }

    /// The octets as they would be written after having been read: spare bits are 0. None where
    /// they are no such value.
    pub fn rewrite(&self, octets: &[u8]) -> Option<Vec<u8>> {
        (self.rewrite)(octets)
    }
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        (self.of)() == (other.of)()
    }
}

impl Eq for Contents {}

/// One octet as it is.
impl Value for u8 {
    const LENGTHS: (Self, Self) = (1, 1);

    fn read(octets: &[u8]) -> Option<Self> {
        if let [octet] = octets { Some(*octet) } else { None }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.push(*self);
        Ok(())
    }
}

/// Bit A of one octet; the others are spare.
impl Value for bool {
    const LENGTHS: (u8, u8) = (1, 1);

    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(|octet| octet & 1 != 0)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        u8::from(*self).write(out)
    }
}

/// Two octets, the first in the low half.
impl Value for u16 {
    const LENGTHS: (u8, u8) = (2, 2);

    fn read(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self::from_le_bytes)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.to_le_bytes());
        Ok(())
    }
}

/// Contents that another standard describes.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Octets(pub Bytes);

impl Value for Octets {
    const LENGTHS: (u8, u8) = (0, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        Some(Self(Bytes::copy_from_slice(octets)))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

impl<T: Into<Bytes>> From<T> for Octets {
    fn from(octets: T) -> Self {
        Self(octets.into())
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::print::hex(&self.0, f)
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
