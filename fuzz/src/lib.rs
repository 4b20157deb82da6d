//! Fuzzing. Each target is one line around a function of [`checks`]; `tests/corpus.rs` of the root
//! package replays every committed corpus through the same functions in the ordinary test run.
//!
//! A new target is a module in `checks/` with its row in `checks::TARGETS`, a file in `targets/`,
//! its `[[bin]]` in Cargo.toml, and a folder in `corpus/`.

pub mod checks;

/// Runs the check of `target` on `data`, and panics too when it costs more than such a length may:
/// what grows with the square of its input is found long before it hangs.
pub fn run(target: &str, data: &[u8]) {
    let before = processor_time();
    checks::run(target, data);
    let spent = processor_time().saturating_sub(before);
    let allowed = ALLOWED + ALLOWED_OCTET * data.len() as u64;
    assert!(spent <= allowed, "{spent} ns for {} octets", data.len());
}

/// For any input: a session that is scripted for hours, in a build that checks every access.
const ALLOWED: u64 = 2_000_000_000;
/// For each octet of it.
const ALLOWED_OCTET: u64 = 100_000;

/// Nanoseconds that this thread has run, whatever else the machine does.
fn processor_time() -> u64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    schedule.split(' ').next().and_then(|spent| spent.parse().ok()).unwrap_or_default()
}
