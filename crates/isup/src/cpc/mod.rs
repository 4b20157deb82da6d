//! Call processing control: one call on one circuit, from IAM to RLC (Q.764 §2.1 to §2.5).

mod cpc_incoming;
mod cpc_outgoing;
mod facility;
mod information;
mod overlap;
mod release;
pub(crate) mod segmentation;
mod suspension;

pub(crate) use information::Caller;

use base::Cause;
use isup_codec::{CauseIndicators, location};

/// A cause that arose here.
pub(crate) const fn cause(cause: Cause) -> CauseIndicators {
    CauseIndicators::new(cause, location::PUBLIC_LOCAL)
}
