//! Connections: TLS, names, keep-alives, idleness.

use super::{duration, in_range};
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use crate::conf::settings::SipSettings;
use base::Duration;
use io::{ClientCertificate, TlsFiles, TlsWatch};
use sip::Transport;
use std::path::PathBuf;
use toml::Spanned;

pub(super) fn idle(source: &Source, sip: &file::Sip) -> Result<Duration, ConfError> {
    // Below this a caller could lose its connection between two messages of one call setup.
    let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
    duration(source, &sip.idle, "sip.idle", range)
}

/// RFC 5626 §4.4.1: pings on connections are a matter of tens of seconds to minutes.
pub(super) fn keep_alive(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
) -> Result<Option<Duration>, ConfError> {
    let Some(interval) = trunk.keep_alive.as_ref().filter(|text| text.get_ref() != "off") else {
        return Ok(None);
    };
    let key = format!("sip.trunk[{n}].keep_alive");
    let range = Duration::from_secs(1)..=Duration::from_secs(3_600);
    duration(source, interval, &key, range).map(Some)
}

/// The names of a trunk's peers (RFC 5922 §7).
pub(super) fn names(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    settings: &SipSettings,
) -> Result<Vec<String>, ConfError> {
    for (m, name) in trunk.tls_names.iter().enumerate() {
        let key = format!("sip.trunk[{n}].tls_names[{m}]");
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        if text.is_empty() || !text.chars().all(plain) {
            let what = format!("`{text}` is no domain");
            let remedy = "write one like sbc.example.net; wildcards match nothing (RFC 5922 §7.2)";
            return Err(source.error(name.span(), key, what, remedy));
        }
        let verifies = |tls: &TlsFiles| tls.client_ca.is_some() || tls.server_ca.is_some();
        if !settings.tls.as_ref().is_some_and(verifies) {
            let what = "nobody vouches for such a name";
            let remedy = "add client_ca (for peers that connect to us) to [sip.tls], or server_ca";
            return Err(source.error(name.span(), key, what, remedy));
        }
    }
    Ok(trunk.tls_names.iter().map(|name| name.get_ref().clone()).collect())
}

/// Whether a trunk is known by proven names only. Then what we send it is within TLS as well.
pub(super) fn required(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    targets: &[sip::Target],
) -> Result<bool, ConfError> {
    let required = *trunk.tls_required.get_ref();
    if !required {
        return Ok(false);
    }
    let refused = |what: &str, remedy| {
        let key = format!("sip.trunk[{n}].tls_required");
        Err(source.error(trunk.tls_required.span(), key, what, remedy))
    };
    if trunk.tls_names.is_empty() {
        return refused("nobody could be of this trunk", "add tls_names, the names of its peers");
    }
    let plain = |target: &sip::Target| target.transport() != Transport::Tls;
    if targets.iter().any(plain) {
        return refused(
            "a target of this trunk is reached without TLS",
            "write each as tls:ADDRESS:PORT, sips:NAME or sip:NAME;transport=tls",
        );
    }
    Ok(true)
}

/// What an operator should know about a trunk that is accepted all the same.
pub(super) fn advice(source: &Source, file: &file::Sip) -> Vec<ConfError> {
    let mut advice = Vec::new();
    let addresses = super::voip::neighbours(file);
    for (n, (trunk, addresses)) in file.trunk.get_ref().iter().zip(addresses).enumerate() {
        let trunk = trunk.get_ref();
        // Where its calls go is known by the time they do.
        if addresses.is_empty() && trunk.target.is_none() {
            let what = format!(
                "no address of `{}` is known before it comes: in a flood it is a stranger",
                trunk.name.get_ref()
            );
            let remedy = "write in `sources` what networks it sends from, if they are known";
            let key = format!("sip.trunk[{n}].sources");
            advice.push(source.error(trunk.name.span(), key, what, remedy));
        }
        if let (Some(name), Some(network), false) =
            (trunk.tls_names.first(), trunk.sources.first(), *trunk.tls_required.get_ref())
        {
            let what = format!(
                "whoever sends from {} is of this trunk without proving `{}`",
                network.get_ref(),
                name.get_ref()
            );
            let remedy = "add tls_required = true unless its peers also come without TLS";
            let key = format!("sip.trunk[{n}].tls_names");
            advice.push(source.error(name.span(), key, what, remedy));
        }
    }
    advice
}

/// What is wrong with a target within TLS, if anything: it must be able to prove who it is.
pub(super) fn unproved(target: &str, settings: &SipSettings) -> Option<(String, &'static str)> {
    let target = target.to_ascii_lowercase();
    let is_secure = target.starts_with("tls:")
        || target.starts_with("sips:")
        || target.contains(";transport=tls");
    let verifies = settings.tls.as_ref().is_some_and(|tls| tls.server_ca.is_some());
    let what = "nobody vouches for the certificate of this target".to_owned();
    (is_secure && !verifies).then_some((what, "add server_ca to [sip.tls]"))
}

/// TLS handshakes of peers in a second.
pub(super) fn handshakes(source: &Source, sip: &file::Sip) -> Result<u32, ConfError> {
    let Some(tls) = &sip.tls else {
        return Ok(1);
    };
    let rate = &tls.get_ref().handshakes_per_second;
    in_range(source, rate, "sip.tls.handshakes_per_second", 8..=10_000)
}

/// The certificates. They are read here once, so that what is wrong with them is said before a
/// call depends on them.
pub(super) fn tls(source: &Source, sip: &file::Sip) -> Result<Option<TlsFiles>, ConfError> {
    let Some(tls) = sip.tls.as_ref().map(Spanned::get_ref) else {
        return Ok(None);
    };
    let path = |text: &Spanned<String>| -> PathBuf {
        source.file.parent().map_or_else(PathBuf::new, PathBuf::from).join(text.get_ref())
    };
    let client_certificate = match tls.client_certificate.as_ref() {
        None => ClientCertificate::Optional,
        Some(text) if text.get_ref() == "optional" => ClientCertificate::Optional,
        Some(text) if text.get_ref() == "required" && tls.client_ca.is_some() => {
            ClientCertificate::Required
        }
        Some(text) => {
            let key = "sip.tls.client_certificate";
            let (what, remedy) = if text.get_ref() == "required" {
                ("nobody could vouch for it".to_owned(), "name the client_ca that does")
            } else {
                (format!("`{}` is neither", text.get_ref()), "write optional or required")
            };
            return Err(source.error(text.span(), key, what, remedy));
        }
    };
    let files = TlsFiles {
        certificate: path(&tls.certificate),
        key: path(&tls.key),
        client_ca: tls.client_ca.as_ref().map(path),
        client_certificate,
        server_ca: tls.server_ca.as_ref().map(path),
    };
    match TlsWatch::new(files.clone()) {
        Ok(_) => Ok(Some(files)),
        Err(error) => {
            let named = [
                ("certificate", Some(&tls.certificate)),
                ("key", Some(&tls.key)),
                ("client_ca", tls.client_ca.as_ref()),
                ("server_ca", tls.server_ca.as_ref()),
            ];
            let is_at_fault =
                |text: Option<&Spanned<String>>| text.is_some_and(|text| path(text) == error.file);
            let named = named.into_iter().find(|(_, text)| is_at_fault(*text));
            let (key, text) = named.unwrap_or(("certificate", Some(&tls.certificate)));
            let span = text.map_or(0..0, Spanned::span);
            let remedy = "name a PEM file that this process can read";
            Err(source.error(span, format!("sip.tls.{key}"), error.to_string(), remedy))
        }
    }
}
