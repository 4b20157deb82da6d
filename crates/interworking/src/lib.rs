//! RFC 3398: the only crate that knows SIP and ISUP both
