//! A deterministic world: gateways, exchanges, SIP peers, faults, checkers
