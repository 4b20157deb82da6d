//! Transactions: RFC 3261 §17 with RFC 6026.

mod client;
mod invite_client;
mod invite_server;
mod keys;
mod machine;
mod server;
mod size;
mod table;

pub(crate) use keys::{MergeKey, ServerKey};
pub(crate) use table::{Failure, Notice, Purpose, Transactions, User};

#[cfg(test)]
mod tests;
