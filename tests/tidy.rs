//! House limits, as a ratchet: what is within them stays within them, and the few exceptions of
//! `RATCHET` may only shrink. Measured over production code: tests are cut off.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and waits"
)]

use std::fs;
use std::path::{Path, PathBuf};

const LINE_MAX: usize = 100;
const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 800;
const STRUCT_FIELDS_MAX: usize = 12;
const MACROS_PER_CRATE_MAX: usize = 1;
/// Tests inside their file's own module, at most so many lines.
const INLINE_TESTS_MAX: usize = 100;

/// What is over a limit today: file, name, measured. Lower the figure when you shrink it, remove
/// the row when it fits; a row that is no longer needed fails the test.
const RATCHET: &[(&str, &str, usize)] = &[];

struct Source {
    name: String,
    /// Production lines: all lines before the test module.
    lines: Vec<String>,
    test_lines: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn production() -> Vec<Source> {
    let mut paths = Vec::new();
    rust_files(&root().join("src"), &mut paths);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        rust_files(&entry.unwrap().path().join("src"), &mut paths);
    }
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let is_test = |name: &str| name.contains("/tests/") || name.ends_with("tests.rs");
    named.filter(|(name, _)| !is_test(name)).map(|(name, text)| source(name, &text)).collect()
}

fn source(name: String, text: &str) -> Source {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let inline_tests = lines.windows(2).position(|pair| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    let end = inline_tests.unwrap_or(lines.len());
    Source { name, test_lines: lines.len() - end, lines: lines[..end].to_vec() }
}

/// Bodies that start at a line holding `keyword` and end at the closing brace of that indentation.
fn bodies<'a>(source: &'a Source, keyword: &str) -> Vec<(String, &'a [String])> {
    let mut found = Vec::new();
    for (start, line) in source.lines.iter().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//")
            || !trimmed
                .split(['(', '<', '{'])
                .next()
                .is_some_and(|head| head.split_whitespace().any(|word| word == keyword))
        {
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - trimmed.len()]);
        let rest = &source.lines[start..];
        let Some(open) = rest.iter().position(|line| line.contains('{') || line.ends_with(';'))
        else {
            continue;
        };
        if !rest[open].contains('{') || rest[open].trim_end().ends_with('}') {
            continue;
        }
        let Some(length) = rest.iter().position(|line| *line == closing) else { continue };
        let after = trimmed.split_whitespace().skip_while(|word| *word != keyword).nth(1);
        let name = after.unwrap_or_default().split(['(', '<', '{']).next().unwrap_or_default();
        found.push((name.to_owned(), &rest[..=length]));
    }
    found
}

fn check(what: &str, measured: Vec<(String, String, usize)>, limit: usize) {
    let mut wrong = Vec::new();
    for (file, name, figure) in measured {
        let allowed = RATCHET.iter().find(|row| row.0 == file && row.1 == name).map(|row| row.2);
        match allowed {
            Some(allowed) if figure < allowed => {
                wrong.push(format!("{file} {name}: {figure}; lower its row in RATCHET"));
            }
            Some(allowed) if figure > allowed => {
                wrong.push(format!("{file} {name}: {figure} {what}, RATCHET allows {allowed}"));
            }
            None if figure > limit => {
                wrong.push(format!("{file} {name}: {figure} {what}, the limit is {limit}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn functions_are_short() {
    let mut measured = Vec::new();
    for source in production() {
        for (name, body) in bodies(&source, "fn") {
            measured.push((source.name.clone(), name, body.len()));
        }
    }
    assert!(measured.len() > 100, "the measure found only {} functions", measured.len());
    check("lines", measured, FUNCTION_LINES_MAX);
}

#[test]
fn files_are_short() {
    let sources = production();
    let lengths =
        sources.iter().map(|source| (source.name.clone(), String::new(), source.lines.len()));
    check("production lines", lengths.collect(), FILE_LINES_MAX);
    let tests =
        sources.iter().map(|source| (source.name.clone(), "tests".to_owned(), source.test_lines));
    check("lines of tests (move them to a sibling file)", tests.collect(), INLINE_TESTS_MAX);
}

#[test]
fn lines_fit() {
    let mut wrong = Vec::new();
    for source in production() {
        for (number, line) in source.lines.iter().enumerate() {
            if line.chars().count() > LINE_MAX {
                wrong.push(format!("{}:{}", source.name, number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "lines over {LINE_MAX} columns:\n{}", wrong.join("\n"));
}

#[test]
fn structs_with_behaviour_are_small() {
    let mut measured = Vec::new();
    for source in production() {
        for (name, body) in bodies(&source, "struct") {
            let behaves = source.lines.iter().any(|line| {
                line.starts_with("impl") && line.contains(&name) && !line.contains(" for ")
            });
            let indentation = body[0].len() - body[0].trim_start().len() + 4;
            let fields = body.iter().filter(|line| {
                let trimmed = line.trim_start();
                line.len() - trimmed.len() == indentation
                    && trimmed.contains(": ")
                    && !trimmed.starts_with("//")
                    && !trimmed.starts_with('#')
            });
            if behaves && !is_plain_data(&name) {
                measured.push((source.name.clone(), name, fields.count()));
            }
        }
    }
    check("fields", measured, STRUCT_FIELDS_MAX);
}

/// Configuration and counters are data: their functions only build or check them.
fn is_plain_data(name: &str) -> bool {
    ["Config", "Stats", "Timers", "Status", "View"].iter().any(|end| name.ends_with(end))
}

#[test]
fn front_pages_only_declare() {
    for source in production() {
        let is_front = source.name.ends_with("/lib.rs") || source.name.ends_with("/mod.rs");
        let functions = bodies(&source, "fn");
        if is_front && source.name.starts_with("crates/") {
            let names: Vec<_> = functions.iter().map(|(name, _)| name.as_str()).collect();
            assert!(names.len() <= 3, "{} is more than a front page: {names:?}", source.name);
            assert!(source.lines[0].starts_with("//!"), "{} says not what it is", source.name);
        }
    }
}

#[test]
fn a_crate_has_one_macro_at_most() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let mut paths = Vec::new();
        rust_files(&entry.unwrap().path().join("src"), &mut paths);
        let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
        let macros: usize = texts.map(|text| text.matches("macro_rules!").count()).sum();
        assert!(macros <= MACROS_PER_CRATE_MAX, "{}", paths[0].display());
    }
}

#[test]
fn nothing_is_left_unfinished() {
    // Split so that this file does not find itself.
    let words =
        [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X "), concat!("HA", "CK")];
    for source in production() {
        for (number, line) in source.lines.iter().enumerate() {
            let found = words.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{}:{}: {found:?}", source.name, number + 1);
        }
    }
}
