//! 380 (RFC 3261 §21.3.5): whether the other service is that of emergency calls.
//!
//! An IMS core says so in a body of its own (TS 24.229 §7.6), others by a Contact that is a service
//! URN (RFC 5031). The body is looked through for one element and no more: this is no reader of
//! XML, and what it does not understand means nothing.

use sip_parser::headers::MediaType;
use sip_parser::multipart::Multipart;
use sip_parser::{Message, Name};

/// An IMS core needs some three hundred octets.
const OCTETS: usize = 8_192;
/// Tags that are looked at.
const TAGS: usize = 64;

/// An emergency service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emergency {
    /// Its URN, where one was named.
    pub(crate) service: Option<String>,
}

/// The emergency service that a response names, if it does.
pub(crate) fn emergency(response: &Message) -> Option<Emergency> {
    let contacts = response.name_addrs(Name::Contact).map(|contact| contact.uri);
    let service = contacts.into_iter().find(|uri| is_sos(uri)).map(str::to_owned);
    (service.is_some() || says_emergency(response)).then_some(Emergency { service })
}

/// RFC 5031 §4.2: without regard to case.
fn is_sos(uri: &str) -> bool {
    let sos = "urn:service:sos";
    let (start, rest) = (uri.get(..sos.len()), uri.get(sos.len()..).unwrap_or_default());
    start.is_some_and(|start| start.eq_ignore_ascii_case(sos))
        && (rest.is_empty() || rest.starts_with('.'))
}

/// Whether the body of IMS is there, alone or among others, and says so.
fn says_emergency(response: &Message) -> bool {
    let body = response.body();
    let kind = response.header(Name::ContentType).and_then(MediaType::lenient);
    let Some(kind) = kind else {
        return false;
    };
    if is_ims(&kind) {
        return is_emergency(&body);
    }
    let parts = Multipart::parse(&kind, &body).ok().and_then(|parts| parts.leaves().ok());
    let parts = parts.unwrap_or_default();
    parts.iter().any(|part| is_ims(&part.content_type()) && is_emergency(part.body))
}

fn is_ims(kind: &MediaType<'_>) -> bool {
    kind.is("application", "3gpp-ims+xml")
}

/// Whether an `alternative-service` has the type `emergency`, written as its text, or as an element
/// within.
fn is_emergency(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..OCTETS).unwrap_or(body));
    let (mut in_service, mut in_type) = (false, false);
    for tag in without_comments(&text).split('<').skip(1).take(TAGS) {
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let (closes, name) = (tag.starts_with('/'), local(tag));
        match name {
            "alternative-service" => (in_service, in_type) = (!closes, false),
            "type" => in_type = !closes && in_service && !tag.ends_with('/'),
            "emergency" if in_type => return true,
            _ => {}
        }
        if in_type && name == "type" && after.trim().eq_ignore_ascii_case("emergency") {
            return true;
        }
    }
    false
}

/// The name in a tag, without its prefix.
fn local(tag: &str) -> &str {
    let tag = tag.trim_start_matches('/');
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

/// The text with what stands in comments left out.
fn without_comments(text: &str) -> String {
    let mut plain = String::new();
    for (n, part) in text.split("<!--").enumerate() {
        let part = if n == 0 { Some(part) } else { part.split_once("-->").map(|(_, rest)| rest) };
        plain.push_str(part.unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ts24229_7_6_an_emergency_is_told_by_its_type() {
        let ims = |inner: &str| {
            format!(
                "<?xml version=\"1.0\"?>\n<ims-3gpp version=\"1\">\n  <alternative-service>\n\
                 {inner}<reason>x</reason></alternative-service></ims-3gpp>"
            )
        };
        for body in [
            ims("<type>emergency</type>"),
            ims("<type>\n   emergency\n </type><action>emergency-registration</action>"),
            ims("<type><emergency/></type>"),
            ims("<type a='b'> <emergency></emergency></type>"),
            ims("<!-- <type>none</type> --><type>EMERGENCY</type>"),
            "<a:ims-3gpp xmlns:a='urn:x'><a:alternative-service ><a:type >emergency</a:type>"
                .to_owned(),
        ] {
            assert!(is_emergency(body.as_bytes()), "{body}");
        }
        for body in [
            ims("<type>restoration</type>"),
            ims("<type/>emergency"),
            ims("<type></type>emergency"),
            ims("<!-- <type>emergency</type> -->"),
            ims("<reason>emergency</reason><emergency/>"),
            "<type>emergency</type>".to_owned(),
            "<alternative-service/></alternative-service><type>emergency</type>".to_owned(),
            format!("{}<alternative-service><type>emergency</type>", "<x>".repeat(3_000)),
            String::new(),
        ] {
            assert!(!is_emergency(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn rfc5031_4_2_a_service_urn_is_told_whole() {
        for uri in ["urn:service:sos", "URN:Service:SOS.police"] {
            assert!(is_sos(uri));
        }
        for uri in ["urn:service:sosumi", "urn:service:counseling", "sip:sos@example.net", ""] {
            assert!(!is_sos(uri));
        }
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_is_read(body in "[<>/!\\- a-z:\"]{0,200}") {
            let _ = is_emergency(body.as_bytes());
        }
    }
}
