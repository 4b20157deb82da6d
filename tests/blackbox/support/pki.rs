//! Certificates of tests.

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An authority, and what it signs.
pub(crate) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    pem: String,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        Self { root: root.der().clone(), pem: root.pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate and its key, in PEM.
    pub(crate) fn issue(&self, names: &[&str]) -> (String, String) {
        self.issue_with(names, CertificateParams::default())
    }

    fn issue_with(&self, names: &[&str], mut params: CertificateParams) -> (String, String) {
        let text = |name: &str| Ia5String::try_from(name).unwrap();
        let name = |name: &&str| match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) if name.contains(':') => SanType::URI(text(name)),
            Err(_) => SanType::DnsName(text(name)),
        };
        params.subject_alt_names = names.iter().map(name).collect();
        // A subject of its own: OpenSSL takes one that equals its issuer for signed by itself.
        params.distinguished_name = DistinguishedName::new();
        let subject = names.first().copied().unwrap_or("nobody");
        params.distinguished_name.push(DnType::CommonName, subject);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    fn chain(&self, names: &[&str]) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        Self::read(self.issue(names))
    }

    fn read(
        (certificate, key): (String, String),
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        (vec![certificate], PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        roots
    }

    /// A client that trusts this authority alone.
    pub(crate) fn client(&self, names: &[&str]) -> ClientConfig {
        self.client_of(rustls::ALL_VERSIONS, (!names.is_empty()).then(|| self.chain(names)))
    }

    /// The same that speaks one version only.
    pub(crate) fn client_speaking(
        &self,
        version: &'static rustls::SupportedProtocolVersion,
        names: &[&str],
    ) -> ClientConfig {
        self.client_of(&[version], Some(self.chain(names)))
    }

    /// A client whose certificate was good once, or will be.
    pub(crate) fn client_between(&self, names: &[&str], years: [i32; 2]) -> ClientConfig {
        let [not_before, not_after] = years.map(|year| rcgen::date_time_ymd(year, 1, 1));
        let mut params = CertificateParams::default();
        (params.not_before, params.not_after) = (not_before, not_after);
        self.client_of(rustls::ALL_VERSIONS, Some(Self::read(self.issue_with(names, params))))
    }

    fn client_of(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        chain: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    ) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.roots());
        match chain {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        }
    }

    /// A server that takes only clients of this authority.
    pub(crate) fn server(&self, names: &[&str]) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = Arc::new(self.roots());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
        let (chain, key) = self.chain(names);
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(chain, key)
            .unwrap()
    }

    /// Writes the gateway's certificate and key, and ours as those who vouch for its peers.
    pub(crate) fn write(&self, folder: &Path, names: &[&str]) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let (certificate, key) = self.issue(names);
        for (file, text) in
            [("gateway.pem", &certificate), ("gateway.key", &key), ("peers.pem", &self.pem)]
        {
            fs::write(folder.join(file), text).unwrap();
        }
        folder.to_path_buf()
    }
}
