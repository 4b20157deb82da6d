use crate::NumberFormat;
use call::Calling;
use sip_parser::headers::Privacy;
use sip_parser::{BadHeader, Message, Name, Uri};

/// Who calls, as an INVITE tells it: the asserted identity of a trusted peer (RFC 3325 §5), or the
/// From header, for which nobody vouches.
pub fn calling_of_invite(
    invite: &Message,
    trusted: bool,
    numbers: &NumberFormat,
) -> Option<Calling> {
    let restricted = asks_for_privacy(invite) || is_anonymous(invite.from().uri);
    let asserted = trusted
        .then(|| {
            let mut identities = invite.name_addrs(Name::PAssertedIdentity);
            identities.find_map(|identity| numbers.number_of_uri(identity.uri))
        })
        .flatten();
    if let Some(number) = asserted {
        return Some(Calling { number, restricted, verified: true });
    }
    let number = numbers.number_of_uri(invite.from().uri)?;
    Some(Calling { number, restricted, verified: false })
}

/// RFC 3323 §4.2, RFC 3325 §9.3: these ask that the other party does not learn who sent it. What
/// is asked and cannot be read may be that.
pub(crate) fn asks_for_privacy(message: &Message) -> bool {
    message.all_typed::<Privacy<'_>>().any(|privacy| match privacy {
        Ok(privacy) => ["id", "user", "header"].iter().any(|what| privacy.asks_for(what)),
        Err(BadHeader(_)) => true,
    })
}

/// RFC 3323 §4.1.1.3: the host of an anonymous From.
fn is_anonymous(uri: &str) -> bool {
    match Uri::parse(uri) {
        Some(Uri::Sip(uri)) => uri.host.eq_ignore_ascii_case("anonymous.invalid"),
        _ => false,
    }
}

/// The headers of an INVITE that say who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The From header, to which the tag is added.
    pub from: String,
    /// P-Asserted-Identity and Privacy, where they are due.
    pub headers: Vec<(&'static str, String)>,
}

/// What a peer is told about the caller: a restricted number only where the peer is trusted to
/// keep it (RFC 3325 §6, §7), an asserted identity only where a network vouches for it. `host` is
/// ours.
pub fn identity_for_sip(
    calling: Option<&Calling>,
    trusted: bool,
    host: &str,
    numbers: &NumberFormat,
) -> Identity {
    let Some(calling) = calling else {
        // RFC 3398 §8.2.1.1: only the name of the gateway.
        return Identity { from: format!("<sip:{host}>"), headers: Vec::new() };
    };
    let uri = numbers.uri(&calling.number, host);
    let mut headers = Vec::new();
    if trusted && (calling.verified || calling.restricted) {
        headers.push(("P-Asserted-Identity", format!("<{uri}>")));
    }
    if !calling.restricted {
        return Identity { from: format!("<{uri}>"), headers };
    }
    // RFC 3323 §4.2: asked for on the way, too, by those who still know the number.
    headers.push(("Privacy", "id".to_owned()));
    Identity { from: "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(), headers }
}

#[cfg(test)]
mod tests;
