//! Transfer encodings of a part (RFC 2045 §6).

use std::borrow::Cow;

/// The content behind a transfer encoding; `None` where the encoding is unknown, or is not what
/// stands there.
///
/// SIP needs none of them (RFC 5621 §3.2), but gateways from mail and XML toolkits use base64 all
/// the same, and a call should not fail for that.
#[must_use]
pub fn decode<'a>(encoding: &str, content: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let is = |name: &str| encoding.trim().eq_ignore_ascii_case(name);
    if ["", "binary", "8bit", "7bit"].into_iter().any(is) {
        Some(Cow::Borrowed(content))
    } else if is("base64") {
        base64(content).map(Cow::Owned)
    } else if is("quoted-printable") {
        Some(Cow::Owned(quoted_printable(content)))
    } else {
        None
    }
}

/// RFC 2045 §6.8; line ends do not count, other characters are refused.
fn base64(content: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(content.len() / 4 * 3);
    let (mut bits, mut held, mut padding) = (0_u32, 0_u32, 0_usize);
    for octet in content.iter().filter(|octet| !octet.is_ascii_whitespace()) {
        let digit = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        held = (held << 6 | u32::from(digit)) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((held >> bits & 0xff) as u8);
        }
    }
    // Padding may be forgotten, but a single digit stands for nothing.
    (bits < 6 && padding <= 2).then_some(decoded)
}

/// RFC 2045 §6.7; what is no escape stands for itself.
fn quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [octet, after @ ..] = rest {
        rest = after;
        match (octet, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'='),
            },
            _ => decoded.push(*octet),
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc2045_6_encodings() {
        let text = |encoding: &str, content: &str| {
            decode(encoding, content.as_bytes()).map(|plain| String::from_utf8_lossy(&plain).into())
        };
        let is = |text: &str| Some(text.to_owned());
        for plain in ["binary", "8BIT", "7bit", "", " binary "] {
            assert_eq!(text(plain, "v=0\r\n"), is("v=0\r\n"), "{plain}");
        }
        for (coded, plain) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm8", "fo"),
            ("Zm9v\r\nYmFy\r\n", "foobar"),
            ("dj0wDQo=", "v=0\r\n"),
        ] {
            assert_eq!(text("Base64", coded), is(plain), "{coded}");
        }
        for coded in ["Z", "Zm9vY", "Zg==Zg==", "Z!==", "Zg===", "v=0"] {
            assert_eq!(text("base64", coded), None, "{coded}");
        }
        for (coded, plain) in [
            ("v=3D0=0D=0Aa=\r\nb=\nc", "v=0\r\nabc"),
            ("caf=c3=A9", "café"),
            ("a=zz=", "a=zz="),
            ("=3", "=3"),
        ] {
            assert_eq!(text("quoted-printable", coded), is(plain), "{coded}");
        }
        assert_eq!(text("x-uuencode", "x"), None);
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode("binary", &all).as_deref(), Some(&all[..]));
    }
}
