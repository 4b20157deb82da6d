use rustls::CommonState;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::IpAddr;
use webpki::EndEntityCert;

/// Names taken from one certificate; more would only cost.
const NAMES: usize = 64;

/// What the peer of a connection has proved to be: the domains of its verified certificate (RFC
/// 5922 §7.1), in lower case. None where it showed none.
pub(crate) fn names_of(connection: &CommonState) -> Vec<String> {
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    certificate.map(domains).unwrap_or_default()
}

/// RFC 5922 §7.1: the hosts of `sip` URIs without a user; DNS names where there is none of those.
fn domains(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let uris = certificate.valid_uri_names().filter_map(domain);
    let mut names: Vec<String> = uris.map(str::to_ascii_lowercase).take(NAMES).collect();
    if names.is_empty() {
        names = certificate.valid_dns_names().map(str::to_ascii_lowercase).take(NAMES).collect();
    }
    names
}

/// The host of a `sip` URI without a user.
fn domain(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("sip") || rest.contains('@') {
        return None;
    }
    let host = rest.split([':', ';', '?']).next()?;
    (!host.is_empty()).then_some(host)
}

/// The name that a server is told at the start of the handshake (SNI; never an address, RFC 6066
/// §3): the first of those that it may prove.
pub(crate) fn indicated(expected: &[String], address: IpAddr) -> ServerName<'static> {
    let mut names = expected.iter().filter_map(|name| ServerName::try_from(name.clone()).ok());
    names.next().unwrap_or(ServerName::IpAddress(address.into()))
}

/// Whether the peer is one of those that are meant (RFC 5922 §7.3); where no name is known, the
/// address must stand in its certificate.
pub(crate) fn is_expected(
    connection: &CommonState,
    names: &[String],
    expected: &[String],
    address: IpAddr,
) -> bool {
    if !expected.is_empty() {
        // §7.2: whole names, without regard to case, no wildcards.
        return names.iter().any(|name| expected.iter().any(|one| one.eq_ignore_ascii_case(name)));
    }
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.and_then(|one| EndEntityCert::try_from(one).ok());
    let name = ServerName::IpAddress(address.into());
    certificate.is_some_and(|one| one.verify_is_valid_for_subject_name(&name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::Authority;

    #[test]
    fn the_domains_of_a_certificate_are_its_sip_uris_or_else_its_dns_names() {
        let authority = Authority::new();
        let of = |names: &[&str]| domains(&authority.issue(names).0.into());
        let uris = ["sip:PBX.example.net", "dns.example.net", "sip:alice@example.net"];
        assert_eq!(of(&uris), ["pbx.example.net"]);
        assert_eq!(of(&["Dns.example.net", "sip:alice@example.net"]), ["dns.example.net"]);
        assert_eq!(of(&["https://example.net", "127.0.0.1"]), Vec::<String>::new());
        assert!(domains(&CertificateDer::from(vec![1, 2, 3])).is_empty());
    }

    #[test]
    fn a_server_is_told_a_name_but_no_address() {
        let address = "127.0.0.1".parse().unwrap();
        let names = ["pbx.example.net".to_owned()];
        assert_eq!(indicated(&names, address).to_str(), "pbx.example.net");
        assert!(matches!(indicated(&[], address), ServerName::IpAddress(_)));
        assert!(matches!(indicated(&["-".to_owned()], address), ServerName::IpAddress(_)));
    }
}
