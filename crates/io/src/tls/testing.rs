//! Certificates for tests.

use super::{ClientCertificate, TlsFiles};
use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Somebody who vouches for others.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate (DER and PEM) with these URIs, addresses and DNS names, and its key.
    pub(crate) fn issue(&self, names: &[&str]) -> (Vec<u8>, String, String) {
        let mut params = CertificateParams::default();
        let text = |name: &str| Ia5String::try_from(name).unwrap();
        let name = |name: &&str| match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) if name.contains(':') => SanType::URI(text(name)),
            Err(_) => SanType::DnsName(text(name)),
        };
        params.subject_alt_names = names.iter().map(name).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().to_vec(), certificate.pem(), key.serialize_pem())
    }
}

/// A folder of this test alone, with files in it.
pub(crate) struct Folder(pub(crate) PathBuf);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

impl Folder {
    pub(crate) fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("tocsin-tls-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The files of somebody with these names, who trusts `trusted`.
    pub(crate) fn files(&self, of: &Authority, trusted: &Authority, names: &[&str]) -> TlsFiles {
        let (_, certificate, key) = of.issue(names);
        let ca = self.write("ca.pem", &trusted.pem);
        TlsFiles {
            certificate: self.write("certificate.pem", &certificate),
            key: self.write("key.pem", &key),
            client_ca: Some(ca.clone()),
            client_certificate: ClientCertificate::Optional,
            server_ca: Some(ca),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all::<&Path>(self.0.as_ref());
    }
}
