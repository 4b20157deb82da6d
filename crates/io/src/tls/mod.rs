//! TLS: certificates and keys out of files, and who a peer has proved to be (RFC 5922).

mod files;
mod identity;
#[cfg(test)]
pub(crate) mod testing;
mod verifier;
mod watch;

pub use files::{ClientCertificate, TlsConfigs, TlsError, TlsFiles};
pub(crate) use identity::{indicated, is_expected, names_of};
pub use watch::{TlsReload, TlsWatch};
