use crate::bits::Field;
use crate::value::{Unwritable, Value};
use base::Cause;
use bytes::Bytes;
use std::fmt;

/// Where a cause arose (Q.850 §2.2.3).
pub mod location {
    /// User.
    pub const USER: u8 = 0;
    /// Private network serving the local user.
    pub const PRIVATE_LOCAL: u8 = 1;
    /// Public network serving the local user.
    pub const PUBLIC_LOCAL: u8 = 2;
    /// Transit network.
    pub const TRANSIT: u8 = 3;
    /// Public network serving the remote user.
    pub const PUBLIC_REMOTE: u8 = 4;
    /// Private network serving the remote user.
    pub const PRIVATE_REMOTE: u8 = 5;
    /// International network.
    pub const INTERNATIONAL: u8 = 7;
    /// Network beyond an interworking point.
    pub const BEYOND_INTERWORKING: u8 = 10;
}

/// By whose standard a cause value is to be read (Q.850 §2.2.2).
pub mod coding {
    /// The ITU's.
    pub const ITU: u8 = 0;
    /// ISO/IEC's.
    pub const ISO: u8 = 1;
    /// A national one.
    pub const NATIONAL: u8 = 2;
    /// One particular to the location.
    pub const LOCATION: u8 = 3;
}

/// Cause indicators (Q.763 §3.12, laid out as Q.850 §2.1 says).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseIndicators {
    /// One of [`location`], 4 bits.
    pub location: u8,
    /// The cause value, 7 bits.
    pub cause: Cause,
    /// One of [`coding`], 2 bits.
    pub coding: u8,
    /// The recommendation of octet 1a, 7 bits, which ISUP leaves out.
    pub recommendation: Option<u8>,
    /// What the cause value says follows it.
    pub diagnostic: Bytes,
}

/// The first octet: extension, coding standard, a spare bit, location.
const LOCATION: Field = Field::new(0, 4);
const CODING: Field = Field::new(5, 2);
/// The other octets: extension and seven bits.
const VALUE: Field = Field::new(0, 7);
/// Set in the last octet of a group (Q.850 §2.1).
const EXTENSION: Field = Field::bit(7);

impl CauseIndicators {
    /// An ITU cause without diagnostic that arose at `location`.
    pub const fn new(cause: Cause, location: u8) -> Self {
        Self {
            location,
            cause,
            coding: coding::ITU,
            recommendation: None,
            diagnostic: Bytes::new(),
        }
    }
}

impl Value for CauseIndicators {
    const LENGTHS: (u8, u8) = (2, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, mut rest) = octets.split_first()?;
        let first = u16::from(*first);
        let mut recommendation = None;
        if !EXTENSION.is_set(first) {
            let (octet, after) = rest.split_first()?;
            (recommendation, rest) = (Some(VALUE.get((*octet).into())), after);
        }
        let (cause, diagnostic) = rest.split_first()?;
        Some(Self {
            location: LOCATION.get(first),
            cause: Cause(VALUE.get((*cause).into())),
            coding: CODING.get(first),
            recommendation,
            diagnostic: Bytes::copy_from_slice(diagnostic),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let fits = LOCATION.holds(self.location)
            && CODING.holds(self.coding)
            && VALUE.holds(self.cause.0)
            && self.recommendation.is_none_or(|octet| VALUE.holds(octet));
        if !fits {
            return Err(Unwritable);
        }
        let last = |octet: u16| EXTENSION.put(octet, 1) as u8;
        let first = CODING.put(LOCATION.put(0, self.location), self.coding);
        match self.recommendation {
            None => out.push(last(first)),
            Some(octet) => out.extend([first as u8, last(octet.into())]),
        }
        out.push(last(self.cause.0.into()));
        out.extend_from_slice(&self.diagnostic);
        Ok(())
    }
}

impl fmt::Display for CauseIndicators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}), location {}", self.cause.0, self.cause, self.location)?;
        if self.coding != coding::ITU {
            write!(f, ", coding {}", self.coding)?;
        }
        if let Some(recommendation) = self.recommendation {
            write!(f, ", recommendation {recommendation}")?;
        }
        if !self.diagnostic.is_empty() {
            f.write_str(", diagnostic ")?;
            crate::print::hex(&self.diagnostic, f)?;
        }
        Ok(())
    }
}
