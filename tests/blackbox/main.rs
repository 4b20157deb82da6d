//! The real binary, driven from outside: sipp places and takes the calls, tshark judges what was
//! sent. Each test runs its own gateway on its own loopback address, on `conf/demo.toml` with
//! nothing but addresses and file names changed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking, waits, and tells its scenarios"
)]

mod alarms;
mod auth;
mod bad_input;
mod basics;
mod capacity;
mod capture;
mod causes;
mod circuit_test;
mod commands;
mod congestion;
mod continuity;
mod demo_table;
mod dns;
mod dns_streams;
mod emergency;
mod identities;
mod interop;
mod ipv6;
mod listeners;
mod load;
mod loss;
mod m2pa;
mod m3ua;
mod marks;
mod media;
mod media_offers;
mod messages;
mod methods;
mod non_invite;
mod osmo_stp;
mod overlap;
mod overload;
mod q784;
mod reliable;
mod reuse;
mod scenarios;
mod sctp;
mod session_timers;
mod sessions;
mod shutdown;
mod streams;
mod supervision;
mod support;
mod tls;
mod torture;
mod transactions;
mod transfer;
mod urgent;
mod variants;
