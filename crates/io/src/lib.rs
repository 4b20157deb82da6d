//! Drivers: sockets, media polling, capture files; the only crate that touches the system
