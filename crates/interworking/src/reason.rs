//! The Reason header with a Q.850 cause, in requests (RFC 3326) and responses (RFC 6432).

use base::Cause;
use sip_parser::Typed;
use sip_parser::headers::{Quoted, Reason, list};

/// The value of a Reason header: `Q.850;cause=17;text="user busy"`.
pub fn reason_header(cause: Cause) -> String {
    // No name holds a quotation mark or a backslash.
    let text = cause.name().and_then(Quoted::new);
    let reason =
        Reason { protocol: "Q.850", cause: Some(cause.0.into()), text, ..Reason::default() };
    reason.to_string()
}

/// The Q.850 cause of a Reason header value, which may be one of several separated by commas.
pub fn parse_reason(value: &str) -> Option<Cause> {
    list(value).find_map(q850).map(Cause)
}

/// A cause counts beside texts that nobody has quoted, too: where all of a value cannot be read,
/// its parameters are read one by one.
fn q850(reason: &str) -> Option<u8> {
    if let Some(reason) = Reason::parse(reason) {
        return reason.q850();
    }
    let (protocol, params) = reason.split_once(';')?;
    let mut each = params.split(';').map(|param| format!("{protocol};{param}"));
    each.find_map(|one| Reason::parse(&one)?.q850())
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
        for sloppy in [
            "Q.850;cause=17;text=User busy",
            "Q.850 ; text=User busy ; cause=17",
            "Q.850;cause=17;",
            "Q.850;cause=17;text=\"User busy",
            "SIP;cause=486;text=Busy here, Q.850;cause=17;text=User busy",
        ] {
            assert_eq!(parse_reason(sloppy), Some(Cause(17)), "{sloppy}");
        }
        assert_eq!(parse_reason("SIP;cause=17;text=User busy"), None);
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
