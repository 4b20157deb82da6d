//! Starting gateways, sipp, tshark, and programs that others wrote.

pub(crate) mod callee;
pub(crate) mod case;
pub(crate) mod dns;
pub(crate) mod exchange;
pub(crate) mod gateway;
pub(crate) mod isup_peer;
pub(crate) mod judge;
pub(crate) mod lossy;
pub(crate) mod peer;
pub(crate) mod pki;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod relay;
pub(crate) mod scenario;
pub(crate) mod sipp;
pub(crate) mod stream_callee;
pub(crate) mod stream_peer;
pub(crate) mod ua;

/// Whether `tests/run quick` asked to leave out what takes minutes.
pub(crate) fn quick() -> bool {
    std::env::var_os("TOCSIN_TEST_QUICK").is_some()
}
