//! Replays the committed fuzz corpora through the checks of the fuzz targets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[path = "../fuzz/src/checks/mod.rs"]
#[expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check fails by panicking"
)]
#[expect(unreachable_pub, reason = "the fuzz targets reach it")]
mod checks;

fn corpus() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

#[test]
fn every_corpus_passes_its_check() {
    for (target, _) in checks::TARGETS {
        let mut replayed = 0;
        for entry in fs::read_dir(corpus().join(target)).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            let outcome = std::panic::catch_unwind(|| checks::run(target, &data));
            assert!(outcome.is_ok(), "{} fails", path.display());
            replayed += 1;
        }
        assert!(replayed >= 10, "{target} has {replayed} files");
    }
}

#[test]
fn every_corpus_and_target_file_has_its_row() {
    let rows: BTreeSet<String> = checks::TARGETS.iter().map(|row| row.0.to_owned()).collect();
    let names = |folder: &Path| -> BTreeSet<String> {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rows, names(&corpus()));
    assert_eq!(rows, names(&corpus().join("../targets")));
}
