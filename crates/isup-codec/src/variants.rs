//! The variants that are built in.

use crate::Variant;
use std::borrow::Cow;

/// Q.763 (2000) as it stands.
pub static ITU: Variant = Variant {
    name: Cow::Borrowed("itu"),
    base: None,
    cic_bits: 12,
    messages: Cow::Borrowed(&[]),
    parameters: Cow::Borrowed(&[]),
};
