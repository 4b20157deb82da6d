//! The Reason header with a Q.850 cause, in requests (RFC 3326) and responses (RFC 6432).

use base::Cause;
use std::fmt::Write;

/// The value of a Reason header: `Q.850;cause=17;text="user busy"`.
pub fn reason_header(cause: Cause) -> String {
    let mut value = format!("Q.850;cause={}", cause.0);
    if let Some(text) = cause.name() {
        // No name holds a quotation mark or a backslash.
        let _ = write!(value, ";text=\"{text}\"");
    }
    value
}

/// The Q.850 cause of a Reason header value, which may be one of several separated by commas.
pub fn parse_reason(value: &str) -> Option<Cause> {
    split(value, b',').find_map(|reason| {
        let mut parts = split(reason, b';');
        let protocol = parts.next()?.trim();
        if !protocol.eq_ignore_ascii_case("Q.850") {
            return None;
        }
        let cause = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("cause").then(|| value.trim())
        })?;
        // Q.850 §2.2.7: seven bits, and no cause is 0.
        let cause: u8 = cause.parse().ok()?;
        (1..=127).contains(&cause).then_some(Cause(cause))
    })
}

/// The parts of a text between separators that do not stand in a quoted string.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|octet| {
            let ends = !quoted && octet == separator;
            match octet {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ => {}
            }
            ends
        });
        let Some(end) = end else {
            return rest.take();
        };
        rest = text.get(end + 1..);
        text.get(..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc3326_2_examples() {
        assert_eq!(parse_reason("Q.850 ;cause=16 ;text=\"Terminated\""), Some(Cause(16)));
        assert_eq!(parse_reason("SIP ;cause=600 ;text=\"Busy Everywhere\""), None);
        let several = "SIP;cause=200;text=\"a, Q.850;cause=1\\\", b\", q.850 ; Cause = 17";
        assert_eq!(parse_reason(several), Some(Cause(17)));
        for wrong in ["Q.850", "Q.850;cause=", "Q.850;cause=0", "Q.850;cause=128", "Q.850;cause=x"]
        {
            assert_eq!(parse_reason(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rfc6432_a_cause_is_printed_and_read_back() {
        assert_eq!(reason_header(Cause::USER_BUSY), "Q.850;cause=17;text=\"user busy\"");
        assert_eq!(reason_header(Cause(13)), "Q.850;cause=13");
        for cause in 1..=127 {
            assert_eq!(parse_reason(&reason_header(Cause(cause))), Some(Cause(cause)));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = parse_reason(&text);
        }
    }
}
