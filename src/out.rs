//! What the user asked for goes to standard output; a reader that went away is no failure.

use std::fmt::Display;
use std::io::Write;

/// Writes one line, and more where the text has more.
pub(crate) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes one line to standard error.
pub(crate) fn complain(text: impl Display) {
    let _gone = writeln!(std::io::stderr().lock(), "tocsin: {text}");
}
