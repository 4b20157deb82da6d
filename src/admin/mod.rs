//! Management: health, metrics, what is going on, and calls from the embedded exchange, over HTTP
//! on a thread of its own. It asks the signalling thread and never touches what that thread owns.

pub(crate) mod api;
pub(crate) mod ask;
mod elsewhere;
mod histogram;
pub(crate) mod metrics;
mod server;

pub(crate) use elsewhere::Elsewhere;
pub(crate) use histogram::Histogram;
pub(crate) use server::{ExchangeAt, Server, bind};
