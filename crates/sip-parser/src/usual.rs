//! Header field values in their usual shape, read in one go: no white space where none is wanted,
//! no quoted parameter, no IPv6 reference.
//!
//! Everything here is a shortcut through [`crate::grammar`]: `None` decides nothing but that the
//! grammar has to, and `Some` is what the grammar says of the same octets (a property of `tests`).

use crate::class::{self, split_run};
use crate::grammar::{self, HostPort, NameAddrParts, Param, ViaParts};

/// One octet or more of a class, and the rest.
#[inline]
fn run(input: &[u8], of: u16) -> Option<(&[u8], &[u8])> {
    let (run, rest) = split_run(input, of);
    (!run.is_empty()).then_some((run, rest))
}

/// `;name` or `;name=value` in front of the rest.
#[inline]
pub(crate) fn param(input: &[u8]) -> Option<(&[u8], Param<'_>)> {
    let (name, rest) = run(input.strip_prefix(b";")?, class::NAME)?;
    match rest {
        [] | [b';', ..] => Some((rest, (name, None))),
        [b'=', value @ ..] => {
            let (value, rest) = run(value, class::VALUE)?;
            Some((rest, (name, Some(value))))
        }
        _ => None,
    }
}

/// Parameters, how many, and what follows them, which is no parameter or an unusual one.
#[inline]
fn params(input: &[u8]) -> (&[u8], usize, &[u8]) {
    let (mut rest, mut count) = (input, 0);
    while let Some((after, _)) = param(rest) {
        rest = after;
        count += 1;
    }
    let (params, rest) = input.split_at_checked(input.len() - rest.len()).unwrap_or_default();
    (params, count, rest)
}

/// `:port`, if one stands there.
#[inline]
fn port(input: &[u8]) -> Option<(Option<u16>, &[u8])> {
    let [b':', after @ ..] = input else { return Some((None, input)) };
    let (number, rest) = number(after)?;
    Some((Some(u16::try_from(number).ok()?), rest))
}

/// Up to nine digits: they fit whatever they are.
#[inline]
fn number(input: &[u8]) -> Option<(u32, &[u8])> {
    let (mut number, mut rest) = (0_u32, input);
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        rest = after;
    }
    let digits = input.len() - rest.len();
    (1..=9).contains(&digits).then_some((number, rest))
}

/// A whole via-parm.
#[inline]
pub(crate) fn via(value: &[u8]) -> Option<ViaParts<'_>> {
    let (parts, rest) = via_without_params(value)?;
    let (params, count, rest) = params(rest);
    rest.is_empty().then_some(ViaParts { params, count, ..parts })
}

/// A via-parm up to its parameters, and what follows.
#[inline]
pub(crate) fn via_without_params(value: &[u8]) -> Option<(ViaParts<'_>, &[u8])> {
    let rest = value.strip_prefix(b"SIP/2.0/")?;
    let (transport, rest) = run(rest, class::TOKEN)?;
    let (host, rest) = run(rest.strip_prefix(b" ")?, class::HOST)?;
    let (port, rest) = port(rest)?;
    Some((ViaParts { version: b"2.0", transport, host, port, params: &[], count: 0 }, rest))
}

/// A whole name-addr or addr-spec with its parameters.
#[inline]
pub(crate) fn name_addr(value: &[u8]) -> Option<NameAddrParts<'_>> {
    let (display, rest) = match value {
        [b'<', ..] => (&[][..], value),
        [b'"', ..] => {
            let (rest, quoted) = grammar::quoted(value).ok()?;
            (quoted, grammar::trim_start(rest))
        }
        [first, ..] if class::is(*first, class::LWS) => return None,
        _ => split_run(value, class::DISPLAY),
    };
    let (display, uri, rest) = if let [b'<', rest @ ..] = rest {
        let (uri, rest) = run(rest, class::BRACKETED)?;
        (display.trim_ascii_end(), uri, rest.strip_prefix(b">")?)
    } else {
        let (uri, rest) = run(value, class::BARE)?;
        (&[][..], uri, rest)
    };
    grammar::scheme(uri)?;
    let (params, count, rest) = params(rest);
    rest.is_empty().then_some(NameAddrParts { display, uri, params, count })
}

/// A whole CSeq value.
#[inline]
pub(crate) fn cseq(value: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = number(value)?;
    let (method, rest) = run(rest.strip_prefix(b" ")?, class::TOKEN)?;
    rest.is_empty().then_some((number, method))
}

/// All that follows the user of a `sip:` URI.
#[inline]
pub(crate) fn host_port(input: &[u8]) -> Option<HostPort<'_>> {
    let (host, rest) = run(input, class::HOST)?;
    let (port, rest) = port(rest)?;
    let (params, _, rest) = params(rest);
    rest.is_empty().then_some((host, port, params))
}

#[cfg(test)]
mod tests;
