use super::verifier::ChainOnly;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Whether a peer that connects to us must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// Whoever shows none is served, and has proved nothing.
    #[default]
    Optional,
    /// Whoever shows none is turned away.
    Required,
}

/// Where certificates and keys are, all of them in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate, then those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who vouches for the peers that connect to us; without it none is asked for a certificate.
    pub client_ca: Option<PathBuf>,
    /// Whether they must be vouched for.
    pub client_certificate: ClientCertificate,
    /// Who vouches for the peers that we connect to; without it we connect to none.
    pub server_ca: Option<PathBuf>,
}

/// What is wrong with the files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", file.display())]
pub struct TlsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub what: String,
}

/// What new connections are made with.
#[derive(Debug)]
pub struct TlsConfigs {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Option<Arc<ClientConfig>>,
}

/// What the files looked like: a change of it is a reason to read them again.
pub(super) type Look = Vec<Option<(SystemTime, u64)>>;

impl TlsFiles {
    fn all(&self) -> impl Iterator<Item = &Path> {
        let roots = [self.client_ca.as_deref(), self.server_ca.as_deref()];
        [self.certificate.as_path(), &self.key].into_iter().chain(roots.into_iter().flatten())
    }

    pub(super) fn look(&self) -> Look {
        let look = |file: &Path| {
            let data = fs::metadata(file).ok()?;
            Some((data.modified().ok()?, data.len()))
        };
        self.all().map(look).collect()
    }

    /// Reads all of them.
    pub fn read(&self) -> Result<TlsConfigs, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| wrong(&self.key, format!("no private key: {error}")))?;
        let server = self.server(&provider, chain.clone(), key.clone_key())?;
        let client =
            self.server_ca.as_deref().map(|roots| self.client(&provider, roots, chain, key));
        Ok(TlsConfigs { server: Arc::new(server), client: client.transpose()?.map(Arc::new) })
    }

    fn server(
        &self,
        provider: &Arc<CryptoProvider>,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ServerConfig, TlsError> {
        let of_key = |error: rustls::Error| wrong(&self.key, error.to_string());
        let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .map_err(of_key)?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let roots = Arc::new(roots(file)?);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
                let verifier = match self.client_certificate {
                    ClientCertificate::Required => verifier,
                    ClientCertificate::Optional => verifier.allow_unauthenticated(),
                };
                let verifier = verifier.build();
                builder.with_client_cert_verifier(
                    verifier.map_err(|error| wrong(file, error.to_string()))?,
                )
            }
        };
        builder.with_single_cert(chain, key).map_err(of_key)
    }

    fn client(
        &self,
        provider: &Arc<CryptoProvider>,
        file: &Path,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ClientConfig, TlsError> {
        let of_key = |error: rustls::Error| wrong(&self.key, error.to_string());
        let verifier = ChainOnly::new(roots(file)?, provider);
        ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .map_err(of_key)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(chain, key)
            .map_err(of_key)
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| wrong(file, format!("no certificate: {error}")))?;
    if read.is_empty() { Err(wrong(file, "no certificate in it".to_owned())) } else { Ok(read) }
}

fn roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| wrong(file, error.to_string()))?;
    }
    Ok(roots)
}

fn wrong(file: &Path, what: String) -> TlsError {
    TlsError { file: file.to_path_buf(), what }
}
