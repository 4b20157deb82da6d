//! Whether what `rsip` reads of a value is what the value says.
//!
//! Nothing here knows `rsip`'s faults by heart: each value is read both ways and compared, so that
//! a fault nobody has seen yet is refused too. The reason named is the first part that differs.

use rsip::headers::ToTypedHeader;
use rsip::headers::auth::AuthQop;
use sip_parser::{NameAddr, Params, SipUri, Uri, Via};

/// What `rsip` would change or lose of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// `tel:`, `urn:` and all schemes but `sip:` and `sips:`: read as a host and a port, refused,
    /// or printed as `scheme://`.
    #[error("a URI that is neither sip: nor sips:")]
    Scheme,
    /// An IPv6 reference: refused, and printed without its brackets.
    #[error("an IPv6 reference")]
    Ipv6,
    /// A user part or password that is cut, as every one with a dot in it is.
    #[error("a user part that would be cut")]
    User,
    /// A host name with other characters than it expects.
    #[error("a host that would be cut")]
    Host,
    /// A port that is lost.
    #[error("a port that would be lost")]
    Port,
    /// `?name=value` behind a URI: taken for part of the host.
    #[error("header fields in a URI")]
    UriHeaders,
    /// A transport it does not know: the whole value is refused.
    #[error("an unknown transport")]
    Transport,
    /// Parameters that are dropped: behind white space, quoted, or with characters beyond a token.
    #[error("parameters that would be lost")]
    Parameters,
    /// A display name that is cut or lost.
    #[error("a display name that would be lost")]
    DisplayName,
    /// `*`, which is no URI.
    #[error("a wildcard")]
    Wildcard,
    /// A method it does not know, or one in other letters than capitals.
    #[error("a method that would be lost")]
    Method,
    /// A number that is read as another.
    #[error("a number that would change")]
    Number,
    /// A value that it reads, and prints as another.
    #[error("a value that would be rewritten")]
    Rewritten,
    /// A NUL, which could not come back: our writer never writes one.
    #[error("a NUL")]
    Nul,
    /// A value that it cannot read for another reason.
    #[error("a value that cannot be read")]
    Unreadable,
}

/// The URI as `rsip` reads it.
pub(crate) fn uri(text: &str) -> Result<rsip::Uri, Flaw> {
    let ours = sip_uri(text)?;
    let theirs = rsip::Uri::try_from(text).map_err(|_| why_unreadable(&ours))?;
    same_uri(&ours, &theirs)?;
    Ok(theirs)
}

/// A URI that `rsip` has a chance with.
pub(crate) fn sip_uri(text: &str) -> Result<SipUri<'_>, Flaw> {
    let Some(Uri::Sip(ours)) = Uri::parse(text) else { return Err(Flaw::Scheme) };
    if ours.host.starts_with('[') { Err(Flaw::Ipv6) } else { Ok(ours) }
}

/// The name of what an error of `rsip`'s does not name.
fn why_unreadable(uri: &SipUri<'_>) -> Flaw {
    if uri.params.value("transport").is_some_and(|transport| !known_transport(transport)) {
        return Flaw::Transport;
    }
    match uri.user {
        Some(user) if user.contains('.') => Flaw::User,
        _ => Flaw::Unreadable,
    }
}

fn known_transport(transport: &str) -> bool {
    transport.parse::<rsip::Transport>().is_ok()
}

pub(crate) fn same_uri(ours: &SipUri<'_>, theirs: &rsip::Uri) -> Result<(), Flaw> {
    let scheme = if ours.secure { rsip::Scheme::Sips } else { rsip::Scheme::Sip };
    if theirs.scheme != Some(scheme) {
        return Err(Flaw::Scheme);
    }
    if ours.headers.is_some() || !theirs.headers.is_empty() {
        return Err(Flaw::UriHeaders);
    }
    let auth = theirs.auth.as_ref();
    let password = auth.and_then(|auth| auth.password.as_deref());
    if (ours.user, ours.password) != (auth.map(|auth| auth.user.as_str()), password) {
        return Err(Flaw::User);
    }
    same_host(ours.host, ours.port, theirs)?;
    same_params(ours.params, &theirs.params)
}

fn same_host(host: &str, port: Option<u16>, theirs: &rsip::Uri) -> Result<(), Flaw> {
    if theirs.host_with_port.host.to_string() != host {
        return Err(Flaw::Host);
    }
    let theirs = theirs.host_with_port.port.as_ref().map(ToString::to_string);
    if theirs != port.map(|port| port.to_string()) { Err(Flaw::Port) } else { Ok(()) }
}

fn same_params(ours: Params<'_>, theirs: &[rsip::Param]) -> Result<(), Flaw> {
    let mut theirs = theirs.iter();
    for (name, value) in ours.iter() {
        let printed = theirs.next().map(ToString::to_string).ok_or(Flaw::Parameters)?;
        let printed = printed.trim_start_matches(';');
        let (their_name, their_value) = match printed.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (printed, None),
        };
        // RFC 3261 §19.1.4: a transport is the same in any case, and is printed in capitals.
        let transport = name.eq_ignore_ascii_case("transport");
        let same = match (value, their_value) {
            (Some(ours), Some(theirs)) if transport => ours.eq_ignore_ascii_case(theirs),
            (ours, theirs) => ours == theirs,
        };
        if !same || !name.eq_ignore_ascii_case(their_name) {
            return Err(Flaw::Parameters);
        }
    }
    if theirs.next().is_some() { Err(Flaw::Parameters) } else { Ok(()) }
}

pub(crate) fn via(ours: &Via<'_>, theirs: &rsip::headers::Via) -> Result<(), Flaw> {
    if ours.host.starts_with('[') {
        return Err(Flaw::Ipv6);
    }
    if !known_transport(ours.transport) {
        return Err(Flaw::Transport);
    }
    let theirs = theirs.typed().map_err(|_| Flaw::Unreadable)?;
    if theirs.version != rsip::Version::V2
        || !theirs.transport.to_string().eq_ignore_ascii_case(ours.transport)
    {
        return Err(Flaw::Transport);
    }
    if theirs.uri.scheme.is_some() || theirs.uri.auth.is_some() {
        return Err(Flaw::Host);
    }
    same_host(ours.host, ours.port, &theirs.uri)?;
    same_params(ours.params, &theirs.params)
}

/// A name-addr as `rsip` reads it: of From, To and Contact alike.
pub(crate) struct Address {
    pub(crate) display_name: Option<String>,
    pub(crate) uri: rsip::Uri,
    pub(crate) params: Vec<rsip::Param>,
}

pub(crate) fn address(
    ours: &NameAddr<'_>,
    theirs: Result<Address, rsip::Error>,
) -> Result<(), Flaw> {
    if ours.uri == "*" {
        return Err(Flaw::Wildcard);
    }
    let uri = sip_uri(ours.uri)?;
    let theirs = theirs.map_err(|_| match why_unreadable(&uri) {
        // All that is left is what stands behind the URI.
        Flaw::Unreadable if !ours.params.as_str().is_empty() => Flaw::Parameters,
        flaw => flaw,
    })?;
    let display = theirs.display_name.as_deref().unwrap_or_default();
    let inside = display.strip_prefix('"').and_then(|inside| inside.strip_suffix('"'));
    if inside.unwrap_or(display) != ours.display.unwrap_or_default() {
        return Err(Flaw::DisplayName);
    }
    same_uri(&uri, &theirs.uri)?;
    same_params(ours.params, &theirs.params)
}

/// Whether a value that is read and printed again says the same: the same parts between commas and
/// semicolons, in any order, quotes and white space aside. One that cannot be read is refused
/// where somebody reads it, which is no silent change.
pub(crate) fn rewritten<T: ToString>(
    value: &str,
    theirs: Result<T, rsip::Error>,
) -> Result<(), Flaw> {
    fn parts(text: &str) -> Vec<String> {
        let bare = |part: &str| part.replace([' ', '\t', '"'], "");
        let mut parts: Vec<_> = text.split([',', ';']).map(bare).collect();
        parts.sort();
        parts
    }
    match theirs {
        Ok(theirs) if parts(&theirs.to_string()) != parts(value) => Err(Flaw::Rewritten),
        _ => Ok(()),
    }
}

/// Whether the count in digest credentials is the one that is written, in hexadecimal
/// (RFC 7616 §3.4).
pub(crate) fn nonce_count(value: &str, theirs: Option<&AuthQop>) -> Result<(), Flaw> {
    let Some(AuthQop::Auth { nc, .. } | AuthQop::AuthInt { nc, .. }) = theirs else {
        return Ok(());
    };
    let mut parts = value.split(',').filter_map(|part| part.trim().split_once('='));
    let written = parts.find(|(name, _)| name.trim().eq_ignore_ascii_case("nc"));
    let count = written.and_then(|(_, count)| u32::from_str_radix(count.trim(), 16).ok());
    if count == Some(u32::from(*nc)) { Ok(()) } else { Err(Flaw::Number) }
}
