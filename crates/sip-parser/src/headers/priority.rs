//! Precedence of requests.

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::Cursor;
use super::{Named, Typed, Value};

/// One r-value of Resource-Priority (RFC 4412 §3.1): `esnet.0`, `ets.1`, `q735.3`, …
#[derive(Clone, Copy, Debug)]
pub struct ResourcePriority<'a> {
    /// The set of values it is one of.
    pub namespace: &'a str,
    /// Its rank, meaningful in its namespace only.
    pub priority: &'a str,
}

/// Tokens: equal in any case (RFC 3261 §7.3.1).
impl PartialEq for ResourcePriority<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.namespace.eq_ignore_ascii_case(other.namespace)
            && self.priority.eq_ignore_ascii_case(other.priority)
    }
}

impl Eq for ResourcePriority<'_> {}

/// `namespace.priority`, each a token without a dot.
fn r_value(value: &str) -> Option<(&str, &str)> {
    let mut cursor = Cursor::new(value);
    let token = cursor.token()?;
    cursor.end()?;
    let (namespace, priority) = token.split_once('.')?;
    let right = !namespace.is_empty() && !priority.is_empty() && !priority.contains('.');
    right.then_some((namespace, priority))
}

/// Accept-Resource-Priority (RFC 4412 §3.2): a value that is understood.
pub type AcceptResourcePriority<'a> =
    Named<ResourcePriority<'a>, { Name::AcceptResourcePriority as u8 }>;

impl<'a> Value<'a> for ResourcePriority<'a> {
    fn read(value: &'a str) -> Option<Self> {
        r_value(value).map(|(namespace, priority)| Self { namespace, priority })
    }
}

impl<'a> Typed<'a> for ResourcePriority<'a> {
    const NAME: Name = Name::ResourcePriority;

    fn parse(value: &'a str) -> Option<Self> {
        Self::read(value)
    }
}

impl Display for ResourcePriority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.priority)
    }
}
