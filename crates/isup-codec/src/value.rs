use crate::ParameterName;
use bytes::Bytes;

/// A value does not fit its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwritable;

/// The contents of a parameter: what lies between its length octet and the next parameter.
pub(crate) trait Value: Sized {
    /// None: the contents are not what the parameter's clause of Q.763 describes.
    fn read(octets: &[u8]) -> Option<Self>;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable>;
}

/// A parameter that stands in the mandatory fixed part, where its length is not written.
pub(crate) trait Fixed: Value {
    const LENGTH: usize;
}

/// An optional parameter that its message has no field for, or whose contents are not what Q.763
/// describes: passed on as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// Its contents, at most 255 octets.
    pub value: Bytes,
}

/// One octet as it is.
impl Value for u8 {
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
    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(|octet| octet & 1 != 0)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        u8::from(*self).write(out)
    }
}

impl Fixed for bool {
    const LENGTH: usize = 1;
}

/// Contents that another standard describes.
impl Value for Bytes {
    fn read(octets: &[u8]) -> Option<Self> {
        Some(Self::copy_from_slice(octets))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend_from_slice(self);
        Ok(())
    }
}
