//! Character classes of RFC 3261 §25.1, one bit each.

use wide::{i8x16, u8x16};

pub(crate) const TOKEN: u16 = 1;
/// A parameter's value outside quotes: any visible character that ends neither the parameter
/// nor its value. Wider than gen-value, for tags made of base64 exist.
pub(crate) const VALUE: u16 = 2;
pub(crate) const LWS: u16 = 4;
/// Inside `<>`: visible, and octets beyond ASCII.
pub(crate) const BRACKETED: u16 = 8;
/// An addr-spec outside `<>` (RFC 3261 §20: no `;`, `,`, `?`).
pub(crate) const BARE: u16 = 16;
/// Host names, with the underscore that exists in spite of RFC 1123.
pub(crate) const HOST: u16 = 32;
/// Call-ID: visible, without the comma that would make two of it.
pub(crate) const WORD: u16 = 64;
/// An unquoted display name: tokens, white space, octets beyond ASCII.
pub(crate) const DISPLAY: u16 = 128;
/// A parameter's name: of the header field (token) or of a URI (paramchar), no stricter.
pub(crate) const NAME: u16 = 256;
/// The number of a `tel:` URI (RFC 3966 §3).
pub(crate) const DIGITS: u16 = 512;
/// A Request-URI: visible, and nothing that would end it elsewhere.
pub(crate) const URI: u16 = 1024;
/// What neither ends an element of a list nor begins something that commas may stand in.
pub(crate) const PLAIN: u16 = 2048;

#[expect(clippy::indexing_slicing, reason = "runs at compile time, 256 of 256")]
#[expect(clippy::cast_possible_truncation, reason = "at most 255")]
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let octet = at as u8;
        table[at] = of_octet(octet);
        at += 1;
    }
    table
}

const fn of_octet(octet: u8) -> u16 {
    let visible = octet.is_ascii_graphic();
    let mut class = 0;
    if octet.is_ascii_alphanumeric()
        || matches!(octet, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
    {
        class |= TOKEN | DISPLAY;
    }
    if visible && !matches!(octet, b';' | b',' | b'<' | b'>' | b'"') {
        class |= VALUE;
        if octet != b'?' {
            class |= BARE;
        }
        if octet != b'=' && octet != b'?' {
            class |= NAME;
        }
    }
    if matches!(octet, b' ' | b'\t' | b'\r' | b'\n') {
        class |= LWS | DISPLAY;
    }
    if visible && !matches!(octet, b'<' | b'>' | b'"') {
        class |= BRACKETED | URI;
    }
    if !octet.is_ascii() {
        class |= BRACKETED;
    }
    if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_') {
        class |= HOST;
    }
    if visible && octet != b',' {
        class |= WORD;
    }
    if !octet.is_ascii() {
        class |= DISPLAY;
    }
    if !matches!(octet, b',' | b'"' | b'<') {
        class |= PLAIN;
    }
    if octet.is_ascii_hexdigit() || matches!(octet, b'+' | b'-' | b'.' | b'(' | b')' | b'*' | b'#')
    {
        class |= DIGITS;
    }
    class
}

static TABLE: [u16; 256] = table();

#[inline]
pub(crate) fn is(octet: u8, class: u16) -> bool {
    TABLE.get(usize::from(octet)).is_some_and(|found| found & class != 0)
}

/// How many octets of a class the input starts with.
// The class is a constant wherever this is called, and half of it falls away when it is inlined.
#[inline(always)]
pub(crate) fn run_length(input: &[u8], of: u16) -> usize {
    let (begun, input) = match excluded(of) {
        Some(excluded) => {
            let (begun, is_end) = run_of_blocks(input, of == PLAIN, excluded);
            // `BRACKETED` goes on with octets beyond ASCII.
            if is_end && of != BRACKETED {
                return begun;
            }
            (begun, input.get(begun..).unwrap_or_default())
        }
        None => (0, input),
    };
    // By eights, so that the inner loop is unrolled: three instructions an octet.
    let (chunks, tail) = input.as_chunks::<8>();
    let mut at = begun;
    for chunk in chunks {
        for (offset, octet) in chunk.iter().enumerate() {
            if !is(*octet, of) {
                return at + offset;
            }
        }
        at += chunk.len();
    }
    at + tail.iter().take_while(|octet| is(**octet, of)).count()
}

/// What the classes of long runs leave out: of the visible characters, or (`PLAIN`) of all octets.
#[inline]
const fn excluded(class: u16) -> Option<&'static [u8]> {
    match class {
        VALUE => Some(b";,<>\""),
        BARE => Some(b";,<>\"?"),
        BRACKETED | URI => Some(b"<>\""),
        WORD => Some(b","),
        PLAIN => Some(b",\"<"),
        _ => None,
    }
}

/// How many octets, visible if not any will do, that are not excluded the input starts with, and
/// whether another follows. An input shorter than a block is not looked at.
#[inline]
fn run_of_blocks(input: &[u8], any: bool, excluded: &[u8]) -> (usize, bool) {
    let mut at = 0;
    while let Some(octets) = input.get(at..).and_then(|rest| rest.first_chunk()) {
        let octets = i8x16::new(octets.map(u8::cast_signed));
        let is = |octet: u8| octets.simd_eq(i8x16::splat(octet.cast_signed()));
        // Octets beyond ASCII are less than any character.
        let invisible = || octets.simd_lt(i8x16::splat(0x21)) | is(0x7f);
        let other = if any { i8x16::ZERO } else { invisible() };
        let other = excluded.iter().fold(other, |other, octet| other | is(*octet)).to_bitmask();
        if other != 0 {
            return (at + other.trailing_zeros() as usize, true);
        }
        let last = input.len() - octets.as_array().len();
        if at == last {
            return (input.len(), false);
        }
        // The last block has some octets once more, which are known to be no end.
        at = (at + octets.as_array().len()).min(last);
    }
    (0, false)
}

/// Where the first of these octets is. Not by `memchr`: a call through a pointer costs more than
/// the few blocks of a header field's value.
#[inline]
pub(crate) fn position(input: &[u8], any_of: &[u8]) -> Option<usize> {
    let (begun, is_end) = run_of_blocks(input, true, any_of);
    if is_end {
        return Some(begun);
    }
    let rest = input.get(begun..)?;
    rest.iter().position(|octet| any_of.contains(octet)).map(|at| begun + at)
}

/// Where the last of these octets is, likewise.
#[inline]
pub(crate) fn last_position(input: &[u8], any_of: &[u8]) -> Option<usize> {
    let (begin, blocks) = input.as_rchunks();
    let mut at = input.len();
    for octets in blocks.iter().rev() {
        at -= octets.len();
        let octets = u8x16::new(*octets);
        let is = |octet: &u8| octets.simd_eq(u8x16::splat(*octet));
        let found = any_of.iter().fold(u8x16::ZERO, |found, octet| found | is(octet)).to_bitmask();
        if let Some(last) = found.checked_ilog2() {
            return Some(at + last as usize);
        }
    }
    begin.iter().rposition(|octet| any_of.contains(octet))
}

/// The octets of a class that the input starts with, and the rest.
#[inline(always)]
pub(crate) fn split_run(input: &[u8], of: u16) -> (&[u8], &[u8]) {
    input.split_at_checked(run_length(input, of)).unwrap_or((input, &[]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_run_ends_at_the_first_octet_of_another_class() {
        for class in (0..12).map(|bit| 1 << bit) {
            let member = (0..=u8::MAX).find(|octet| is(*octet, class)).unwrap();
            for octet in 0..=u8::MAX {
                for at in 0..40 {
                    let mut input = [member; 40];
                    input[at] = octet;
                    let expected = if is(octet, class) { 40 } else { at };
                    assert_eq!(run_length(&input, class), expected, "{class} {octet} {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_run_is_what_it_is_octet_by_octet(
            input in prop::collection::vec(prop_oneof![9 => b'!'..=b'~', 1 => any::<u8>()], 0..70),
            class in 0..12_u32,
        ) {
            let class = 1 << class;
            let run = input.iter().take_while(|octet| is(**octet, class)).count();
            prop_assert_eq!(run_length(&input, class), run);
        }
    }
}
