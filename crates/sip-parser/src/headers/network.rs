//! What networks tell each other (RFC 7315): charging, and how the user got in.

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::Cursor;
use super::params::{quoted, write_field};
use super::{Others, Quoted, Typed};

/// P-Charging-Vector (RFC 7315 §4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PChargingVector<'a> {
    /// The charging identity of the session: the same in all records about it.
    pub icid: Quoted<'a>,
    /// Who made it.
    pub generated_at: Option<Quoted<'a>>,
    /// The network that the session comes from.
    pub orig_ioi: Option<Quoted<'a>>,
    /// The network that it goes to.
    pub term_ioi: Option<Quoted<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for PChargingVector<'a> {
    const NAME: Name = Name::PChargingVector;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        cursor.token().filter(|name| name.eq_ignore_ascii_case("icid-value"))?;
        cursor.octet(b'=')?;
        let icid = if cursor.at(b'"') {
            cursor.quoted()?
        } else {
            // As wide as the grammar's value of a parameter.
            Quoted::new(cursor.word(b";,<>\"")?)?
        };
        let params = cursor.params(&["icid-generated-at", "orig-ioi", "term-ioi"])?;
        Some(Self {
            icid,
            generated_at: params.field("icid-generated-at", quoted)?,
            orig_ioi: params.field("orig-ioi", quoted)?,
            term_ioi: params.field("term-ioi", quoted)?,
            params,
        })
    }
}

impl Display for PChargingVector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "icid-value={}", self.icid)?;
        write_field(f, "icid-generated-at", self.generated_at)?;
        write_field(f, "orig-ioi", self.orig_ioi)?;
        write_field(f, "term-ioi", self.term_ioi)?;
        self.params.fmt(f)
    }
}

/// P-Access-Network-Info (RFC 7315 §4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PAccessNetworkInfo<'a> {
    /// The type or class of the access, as in `3GPP-E-UTRAN-FDD`.
    pub access: &'a str,
    /// The cell of the user, as a 3GPP access writes it (`utran-cell-id-3gpp`).
    pub cell: Option<Quoted<'a>>,
    /// Other parameters; `network-provided` among them.
    pub params: Others<'a>,
}

impl PAccessNetworkInfo<'_> {
    /// Whether the network says so, and not the user's own device (RFC 7315 §5.4).
    #[must_use]
    pub fn is_network_provided(&self) -> bool {
        self.params.get("network-provided").is_some()
    }
}

impl<'a> Typed<'a> for PAccessNetworkInfo<'a> {
    const NAME: Name = Name::PAccessNetworkInfo;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let access = cursor.token()?;
        let params = cursor.params(&["utran-cell-id-3gpp"])?;
        Some(Self { access, cell: params.field("utran-cell-id-3gpp", quoted)?, params })
    }
}

impl Display for PAccessNetworkInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.access)?;
        write_field(f, "utran-cell-id-3gpp", self.cell)?;
        self.params.fmt(f)
    }
}
