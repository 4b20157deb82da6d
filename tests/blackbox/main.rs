//! The real binary, driven from outside: sipp places and takes the calls, tshark judges what was
//! sent. Each test runs its own gateway on its own loopback address, on `conf/demo.toml` with
//! nothing but addresses and file names changed.

mod bad_input;
mod capture;
mod demo_table;
mod emergency;
mod load;
mod media;
mod shutdown;
mod support;
