//! Formats of signal units (Q.703 §2, §11).

use crate::SignalUnit;

base::coded_value! {
    /// The status field of a link status signal unit, its three low bits (Q.703 §11.1.3).
    pub struct Status(u8) {
        /// Out of alignment.
        SIO = 0, "SIO, out of alignment";
        /// Normal alignment.
        SIN = 1, "SIN, normal alignment";
        /// Emergency alignment.
        SIE = 2, "SIE, emergency alignment";
        /// Out of service.
        SIOS = 3, "SIOS, out of service";
        /// Processor outage.
        SIPO = 4, "SIPO, processor outage";
        /// Busy.
        SIB = 5, "SIB, busy";
    }
}

/// Numbers and indicator bits that every signal unit carries (Q.703 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) bsn: u8,
    pub(super) bib: bool,
    pub(super) fsn: u8,
    pub(super) fib: bool,
}

/// What tells the three formats apart (Q.703 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body<'a> {
    Fisu,
    Lssu(Status),
    /// SIO and SIF.
    Msu(&'a [u8]),
}

/// Seven bits of number, one of indicator: one octet on the line.
const NUMBER: u8 = 0x7f;
const INDICATOR: u8 = 0x80;
const LENGTH: u8 = 0x3f;

/// Reads a unit; `None` where the length indicator contradicts the length (Q.703 §2.3.3).
pub(super) fn parse(octets: &[u8]) -> Option<(Header, Body<'_>)> {
    let (&[backward, forward, length], rest) = octets.split_first_chunk::<3>()?;
    let header = Header {
        bsn: backward & NUMBER,
        bib: backward & INDICATOR != 0,
        fsn: forward & NUMBER,
        fib: forward & INDICATOR != 0,
    };
    let length = length & LENGTH;
    if length != LENGTH && usize::from(length) != rest.len() || rest.len() < usize::from(length) {
        return None;
    }
    let body = match (length, rest) {
        (0, _) => Body::Fisu,
        // A field of two octets carries the status in the first (Q.703 §11.1.3).
        (1 | 2, [status, ..]) => Body::Lssu(Status(status & 0x07)),
        _ => Body::Msu(rest),
    };
    Some((header, body))
}

/// Builds a unit. `None` for a message longer than the format allows.
pub(super) fn build(header: Header, body: Body<'_>) -> Option<SignalUnit> {
    let bit = |indicator: bool| if indicator { INDICATOR } else { 0 };
    let status;
    let field = match body {
        Body::Fisu => &[][..],
        Body::Lssu(value) => {
            status = [value.0];
            &status[..]
        }
        Body::Msu(msu) => msu,
    };
    let length = u8::try_from(field.len()).unwrap_or(LENGTH).min(LENGTH);
    let head =
        [header.bsn & NUMBER | bit(header.bib), header.fsn & NUMBER | bit(header.fib), length];
    SignalUnit::from_parts(&head, field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn q703_2_2_the_three_formats() {
        let header = Header { bsn: 127, bib: true, fsn: 5, fib: false };
        let fisu = build(header, Body::Fisu).unwrap();
        assert_eq!(fisu.as_slice(), [0xff, 0x05, 0]);
        let lssu = build(header, Body::Lssu(Status::SIE)).unwrap();
        assert_eq!(lssu.as_slice(), [0xff, 0x05, 1, 2]);
        let long = [0x85; 273];
        let msu = build(header, Body::Msu(&long)).unwrap();
        assert_eq!(msu.as_slice()[..4], [0xff, 0x05, 63, 0x85]);
        assert_eq!(build(header, Body::Msu(&[0; 274])), None);
    }

    #[test]
    fn q703_2_3_3_a_wrong_length_indicator_is_no_unit() {
        assert_eq!(parse(&[0, 0]), None);
        assert_eq!(parse(&[0, 0, 1]), None);
        assert_eq!(parse(&[0, 0, 0, 7]), None);
        assert_eq!(parse(&[0, 0, 4, 1, 2, 3]), None);
        assert_eq!(parse(&[0, 0, 63, 1, 2, 3]), None);
        // the two spare bits are not looked at
        assert!(matches!(parse(&[0, 0, 0xc0]), Some((_, Body::Fisu))));
        assert!(matches!(parse(&[0, 0, 2, 5, 9]), Some((_, Body::Lssu(Status::SIB)))));
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            (bsn, bib, fsn, fib) in (0u8..128, any::<bool>(), 0u8..128, any::<bool>()),
            field in proptest::collection::vec(any::<u8>(), 3..=273),
        ) {
            let header = Header { bsn, bib, fsn, fib };
            let unit = build(header, Body::Msu(&field)).unwrap();
            prop_assert_eq!(parse(unit.as_slice()), Some((header, Body::Msu(&field))));
        }

        #[test]
        fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&octets);
        }
    }
}
