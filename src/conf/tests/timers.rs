//! `[ss7.timers]`: each row of the table of `isup` has its key, its range and its line in
//! `docs/configuration.md`.

use super::*;
use base::Duration;
use isup::{TABLE, TimerRow};

fn with(keys: &str) -> String {
    changed("[exchange]", &format!("[ss7.timers]\n{keys}\n\n[exchange]"))
}

fn load(keys: &str) -> Result<Settings, ConfError> {
    Folder::new().load(&with(keys))
}

fn key(row: &TimerRow) -> String {
    row.name.to_string().to_lowercase()
}

fn written(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        _ if millis.is_multiple_of(60_000) => format!("{}min", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}

#[test]
fn each_timer_takes_the_ends_of_its_range_and_nothing_beyond() {
    for row in TABLE {
        for end in [row.min, row.max] {
            let settings = load(&format!("{} = \"{}\"", key(&row), written(end))).unwrap();
            assert_eq!(settings.gateway.isup.timers.get(row.name), end);
        }
        let beyond = row.max + Duration::from_millis(1);
        let line = format!("{} = \"{}\"", key(&row), written(beyond));
        let error = load(&line).unwrap_err();
        assert_eq!(error.key, format!("ss7.timers.{}", key(&row)));
        assert!(error.line > 0 && error.remedy.contains("give "), "{error}");
        let text = with(&line);
        assert_eq!(text.lines().nth(error.line - 1), Some(&*line), "{error}");
    }
}

#[test]
fn a_timer_of_no_name_is_told_with_those_that_there_are() {
    let error = load("t99 = \"1s\"").unwrap_err();
    assert_eq!((error.key.as_str(), error.column), ("ss7.timers.t99", 1));
    assert!(error.remedy.contains("t7, "), "{error}");
    assert_eq!(load("t7 = \"soon\"").unwrap_err().key, "ss7.timers.t7");
}

#[test]
fn the_documentation_has_a_line_for_each_timer() {
    let row = |row: &TimerRow| {
        let range = format!("{} to {}", written(row.min), written(row.max));
        format!("| {} | {} | {range} | {} |", key(row), row.meaning, written(row.default))
    };
    let text = fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    let is_row =
        |line: &&str| line.strip_prefix("| t").is_some_and(|n| n.starts_with(char::is_numeric));
    let there: Vec<_> = text.lines().filter(is_row).collect();
    let wanted = TABLE.map(|timer| row(&timer));
    assert!(there == wanted, "docs/configuration.md, [ss7.timers]:\n{}", wanted.join("\n"));
}
