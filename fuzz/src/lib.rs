//! Fuzzing. Each target is one line around a function of [`checks`]; `tests/corpus.rs` of the root
//! package replays every committed corpus through the same functions in the ordinary test run.
//!
//! A new target is a module in `checks/` with its row in `checks::TARGETS`, a file in `targets/`,
//! its `[[bin]]` in Cargo.toml, and a folder in `corpus/`.

pub mod checks;
