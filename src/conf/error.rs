//! Configuration errors: where, which key, what is wrong, what to do.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfError {
    pub(crate) file: PathBuf,
    /// From 1; 0 where the file as a whole is meant.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// For example `ss7.group[0].peer`.
    pub(crate) key: String,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl fmt::Display for ConfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, key, what, remedy } = self;
        write!(f, "{}:{line}:{column}: {key}: {what}; {remedy}", file.display())
    }
}

impl std::error::Error for ConfError {}

/// The text of a configuration file, to turn positions into lines.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Reads the file.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfError {
            file: file.to_path_buf(),
            line: 0,
            column: 0,
            key: "file".to_owned(),
            what: format!("cannot be read: {error}"),
            remedy: "name a readable configuration file, such as conf/demo.toml".to_owned(),
        })?;
        Ok(Self { file: file.to_path_buf(), text })
    }

    /// An error about the value at `span`.
    pub(crate) fn error(
        &self,
        span: Range<usize>,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ConfError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfError {
            file: self.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            key: key.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// What the TOML reader says, with the key that the position belongs to.
    pub(crate) fn toml_error(&self, error: &toml::de::Error) -> ConfError {
        let message = error.message().replace('\n', " ");
        let span = error.span().unwrap_or(0..0);
        let (key, remedy) = if let Some(rest) = message.strip_prefix("unknown field ") {
            let remedy = match rest.split_once("expected ") {
                Some((_, expected)) => format!("known here: {expected}"),
                None => "remove it".to_owned(),
            };
            (self.key_at(span.start), remedy)
        } else if let Some(told) = self.wrong_brackets(&message, span.start) {
            return told;
        } else if message.starts_with("missing field ") {
            let is_inline = self.text.get(span.start..).is_some_and(|rest| rest.starts_with('{'));
            let at = span.start;
            let table = if is_inline { self.key_at(at) } else { self.table_at(at) };
            (table, "add the key to this table".to_owned())
        } else {
            let remedy = match message.split_once(", expected ") {
                Some((_, expected)) => format!("write {}", in_words(expected)),
                None => "correct the value".to_owned(),
            };
            (self.key_at(span.start), remedy)
        };
        let what = message.split(", expected ").next().unwrap_or(&message).to_owned();
        self.error(span, key, what, remedy)
    }

    /// A table where there may be several, written like one of which there is one, or the other way
    /// round: the reader of TOML has no word for either.
    fn wrong_brackets(&self, message: &str, at: usize) -> Option<ConfError> {
        let start = self.line_start(at);
        let header = self.text.get(start..)?.lines().next()?.split('#').next()?.trim();
        let name = header.strip_prefix('[')?.trim_matches(['[', ']', ' ']);
        let (what, remedy) = if message.starts_with("duplicate key") {
            let what = format!("`{header}` stands here for the second time");
            (what, format!("give the table once, or write [[{name}]] where there may be several"))
        } else if header.starts_with("[[") && message.starts_with("invalid type: ") {
            // A table may be read from a list, and then its first value is what does not fit.
            (format!("there is one `{name}` and no list of them"), format!("write [{name}]"))
        } else if message.starts_with("invalid type: map, expected a sequence") {
            (format!("`{name}` is a list of tables"), format!("write [[{name}]] for each of them"))
        } else {
            return None;
        };
        Some(self.error(start..at, name, what, remedy))
    }

    /// Where the line of `at` begins.
    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).and_then(|before| before.rfind('\n'));
        before.map_or(0, |line_end| line_end + 1)
    }

    /// The dotted name of the key on the line of `at`.
    fn key_at(&self, at: usize) -> String {
        let start = self.line_start(at);
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let table = self.table_at(at);
        match line.split_once('=') {
            Some((key, _)) if table.is_empty() => key.trim().to_owned(),
            Some((key, _)) => format!("{table}.{}", key.trim()),
            None => table,
        }
    }

    /// The last table header up to the line of `at`, with its position among headers of its name.
    fn table_at(&self, at: usize) -> String {
        let end = self
            .text
            .get(at..)
            .and_then(|rest| rest.find('\n'))
            .map_or(self.text.len(), |n| at + n);
        let headers = self.text.get(..end).unwrap_or_default().lines().map(str::trim);
        let headers: Vec<_> = headers.filter(|line| line.starts_with('[')).collect();
        let Some(header) = headers.last() else { return String::new() };
        let header = header.split('#').next().unwrap_or_default().trim();
        let name = header.trim_matches(['[', ']', ' ']);
        if header.starts_with("[[") {
            let earlier = headers.iter().filter(|other| other.starts_with(header)).count();
            format!("{name}[{}]", earlier.saturating_sub(1))
        } else {
            name.to_owned()
        }
    }
}

/// What a value must be, in words of the file and not of Rust.
fn in_words(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list, as in [\"one\", \"another\"]",
        "a string" => "a text in quotation marks",
        "a boolean" => "true or false",
        "a map" => "a table",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "i64" | "u32" | "u64" | "usize" => "a whole number",
        _ if expected.starts_with("struct ") => "a table, as in { key = \"value\" }",
        _ => expected,
    }
}
