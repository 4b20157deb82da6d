//! The walls. Who may know whom, held against every `Cargo.toml`, and the few finer walls that a
//! dependency table cannot express, held against the sources.
//!
//! A new edge is a decision: change the table here together with ARCHITECTURE.md.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and waits")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crate, the crates of ours it may depend on, and the others' it may depend on.
const EDGES: &[(&str, &[&str], &[&str])] = &[
    ("base", &[], &[]),
    (
        "sip-parser",
        &[],
        &["bytes", "bytestring", "memchr", "nom", "sdp-types", "thiserror", "wide"],
    ),
    ("sip-rsip", &["sip-parser"], &["bytes", "rsip", "thiserror"]),
    ("sip", &["base", "sip-parser"], &["bytes", "md-5", "sha2", "thiserror", "tracing"]),
    ("isup-codec", &["base"], &["bytes", "thiserror"]),
    ("isup", &["base", "isup-codec", "mtp"], &["bytes", "thiserror", "tracing"]),
    // the judge knows nothing of what it judges
    ("conformance", &["base", "isup-codec"], &["bytes"]),
    ("mtp", &["base"], &["bytes", "thiserror", "tracing"]),
    ("tdm", &["base"], &["audio-codec-algorithms", "ringbuf", "thiserror"]),
    ("media", &["base", "tdm"], &["thiserror", "tracing"]),
    ("routing", &["base"], &["thiserror", "tracing"]),
    ("call", &["base", "routing"], &["thiserror", "tracing"]),
    (
        "interworking",
        &["base", "call", "isup", "isup-codec", "routing", "sip", "sip-parser"],
        &["bytes", "thiserror", "tracing"],
    ),
    (
        "gateway",
        &[
            "base",
            "call",
            "interworking",
            "isup",
            "isup-codec",
            "media",
            "mtp",
            "routing",
            "sip",
            "sip-parser",
            "tdm",
        ],
        &["bytes", "thiserror", "tracing"],
    ),
    ("exchange", &["base", "isup", "isup-codec", "mtp", "tdm"], &["bytes", "thiserror", "tracing"]),
    (
        "sim",
        &[
            "base",
            "call",
            "exchange",
            "gateway",
            "interworking",
            "isup",
            "isup-codec",
            "media",
            "mtp",
            "routing",
            "sip",
            "sip-parser",
            "tdm",
        ],
        &["bytes", "tracing"],
    ),
    (
        "io",
        &["base", "media", "tdm"],
        &[
            "bytes",
            "dcsctp", // SCTP where the kernel has none
            "etherparse",
            "fastrand", // where dcsctp takes its tags from: seeded by us
            "hickory-resolver",
            "libc",
            "mio",
            "nix",    // recvmmsg
            "rustix", // sendmmsg
            "rustls",
            "rustls-webpki", // reads the names of a certificate that rustls has verified by it
            "socket2",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tracing",
        ],
    ),
];

/// Words that must not appear in the production code of a crate: the walls inside an edge.
const UNSPOKEN: &[(&str, &[&str], &str)] = &[
    ("isup", &["mtp::mtp2", "mtp::mtp3", "mtp::Mtp", "m3ua"], "isup names only mtp::sap"),
    ("call", &["INVITE", "Iam", "sip::", "isup::"], "call control knows no protocol"),
    ("routing", &["INVITE", "Iam", "sip::", "isup::"], "routing knows no protocol"),
    ("media", &["sip::", "isup::"], "the media plane knows no signalling"),
];

/// Crates whose code may read the system: everything else takes time and input as arguments.
const SYSTEM: &[&str] = &["io"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap();
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dependencies(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_dependency_is_an_allowed_edge() {
    let allowed: BTreeMap<_, _> =
        EDGES.iter().map(|(name, ours, others)| (*name, (*ours, *others))).collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = manifest(&folder.join("Cargo.toml"));
        let Some((ours, others)) = allowed.get(name.as_str()) else {
            wrong.push(format!("crate {name} has no row in EDGES"));
            continue;
        };
        for dependency in dependencies(&manifest, "dependencies") {
            if !ours.contains(&dependency.as_str()) && !others.contains(&dependency.as_str()) {
                wrong.push(format!("{name} may not depend on {dependency}"));
            }
        }
        for section in ["build-dependencies", "target"] {
            if manifest.contains_key(section) {
                wrong.push(format!("{name} has [{section}], which the table does not know"));
            }
        }
        seen.insert(name);
    }
    for name in allowed.keys().filter(|name| !seen.contains(**name)) {
        wrong.push(format!("EDGES names crate {name}, which does not exist"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = manifest(&folder.join("Cargo.toml"));
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(lints.and_then(toml::Value::as_bool), Some(true), "{}", folder.display());
    }
}

#[test]
fn crates_do_not_speak_of_what_lies_behind_their_walls() {
    let mut wrong = Vec::new();
    for (name, words, why) in UNSPOKEN {
        for path in sources(&root().join("crates").join(name).join("src")) {
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = words.iter().find(|word| names(code, word)) {
                    wrong.push(format!("{}:{}: {word}: {why}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether `code` holds `word` not as the tail of a longer name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn only_io_touches_the_system_and_unsafe_lives_nowhere_else() {
    let banned =
        ["std::net::Udp", "std::net::Tcp", "std::fs", "std::thread", "std::env", "tokio::"];
    let mut wrong = Vec::new();
    for (name, _, _) in EDGES.iter().filter(|(name, _, _)| !SYSTEM.contains(name)) {
        let folder = root().join("crates").join(name).join("src");
        let front = fs::read_to_string(folder.join("lib.rs")).unwrap();
        if !front.contains("#![forbid(unsafe_code)]") {
            wrong.push(format!("crates/{name}/src/lib.rs does not forbid unsafe code"));
        }
        for path in sources(&folder).iter().filter(|path| !is_test_file(path)) {
            for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = banned.iter().find(|word| code.contains(**word)) {
                    wrong.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_test_file(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/tests/") || text.ends_with("tests.rs")
}
