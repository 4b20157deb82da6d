//! `docs/configuration.md` against the shapes of the configuration file: a row for each key, its
//! default as in the code, and no row without a key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Each shape of `src/conf/file.rs`, and the heading of its table.
const SECTIONS: &[(&str, &str)] = &[
    ("Sip", "`[sip]`"),
    ("Tls", "`[sip.tls]`"),
    ("Dns", "`[sip.dns]`"),
    ("Trunk", "`[[sip.trunk]]`"),
    ("Challenge", "`challenge = { … }` of a trunk"),
    ("Credentials", "`credentials = { … }` of a trunk"),
    ("Marks", "`marks = { … }` of a trunk"),
    ("Register", "`register = { … }` of a trunk"),
    ("Rtp", "`[rtp]`"),
    ("Ss7", "`[ss7]`"),
    ("Link", "`[[ss7.link]]`"),
    ("Association", "`[[ss7.association]]`"),
    ("M2pa", "`[[ss7.m2pa]]`"),
    ("SignallingRoute", "`[[ss7.route]]`"),
    ("Mtp", "`[ss7.mtp]`"),
    ("Server", "`[[ss7.association.server]]`"),
    ("Group", "`[[ss7.group]]`"),
    ("Variant", "`[[ss7.variant]]`"),
    ("VariantParameter", "`[[ss7.variant.parameter]]`"),
    ("VariantMessage", "`[[ss7.variant.message]]`"),
    ("VariantFixed", "`fixed = [{ … }]` of a message"),
    ("Numbers", "`[numbers]`"),
    ("Emergency", "`[emergency]`"),
    ("Route", "`[[route]]`"),
    ("Calls", "`[calls]`"),
    ("Admin", "`[admin]`"),
    ("Cdr", "`[cdr]`"),
    ("Shutdown", "`[shutdown]`"),
    ("Exchange", "`[exchange]`"),
    ("Subscribers", "`[exchange]` there"),
];

/// Defaults that the code writes in some other way than people do.
const WRITTEN: &[(&str, &str)] =
    &[("8 << 20", "8388608"), ("io::CS3.into()", "24"), ("io::EF.into()", "46")];

/// What happens when a key is missing.
#[derive(Debug, PartialEq)]
enum Missing {
    /// The file is refused.
    Refused,
    /// The code has this value for it.
    Is(String),
    /// A default that types imply.
    Nothing,
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Each heading, with the key and the last cell of each row of its table.
fn tables(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut tables = BTreeMap::<_, Vec<_>>::new();
    let mut heading = String::new();
    for line in text.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches(['#', ' ']).to_owned();
        }
        let Some(row) = line.strip_prefix("| `") else { continue };
        let cells: Vec<&str> = row.trim_end_matches(['|', ' ']).split(" | ").collect();
        assert_eq!(cells.len(), 4, "a row of four cells: {line}");
        let key = cells.first().unwrap().trim_end_matches('`').to_owned();
        let rows = tables.entry(heading.clone()).or_default();
        rows.push((key, (*cells.last().unwrap()).to_owned()));
    }
    tables
}

/// The value that a function such as `fn idle() -> …` gives.
fn value_of(code: &str, function: &str) -> String {
    let body = code.split(&format!("fn {function}() ->")).nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    let value = match body.split_once("given(") {
        Some((_, value)) => value.strip_suffix(')').unwrap(),
        None => body.split_once('{').unwrap().1.trim(),
    };
    let value = value.trim_end_matches(".to_owned()").trim_matches('"');
    match WRITTEN.iter().find(|row| row.0 == value) {
        Some((_, written)) => (*written).to_owned(),
        None => value.replace('_', ""),
    }
}

/// Each shape, with its keys and what their absence means.
fn shapes(code: &str) -> BTreeMap<String, Vec<(String, Missing)>> {
    let mut shapes = BTreeMap::new();
    for shape in code.split("pub(crate) struct ").skip(1) {
        let (name, rest) = shape.split_once(" {\n").unwrap();
        let body = rest.split("\n}").next().unwrap();
        let (mut keys, mut default) = (Vec::new(), None);
        for line in body.lines().map(str::trim) {
            if let Some(attribute) = line.strip_prefix("#[serde(default") {
                let function = attribute.trim_end_matches(")]").trim_matches([' ', '=', '"']);
                default = Some(function.to_owned());
            }
            let Some((key, of)) = line.strip_prefix("pub(crate) ").and_then(|f| f.split_once(": "))
            else {
                continue;
            };
            let missing = match default.take() {
                Some(function) if !function.is_empty() => Missing::Is(value_of(code, &function)),
                Some(_) if of == "bool," => Missing::Is("false".to_owned()),
                Some(_) => Missing::Nothing,
                None if of.starts_with("Option<") => Missing::Nothing,
                None => Missing::Refused,
            };
            keys.push((key.to_owned(), missing));
        }
        shapes.insert(name.to_owned(), keys);
    }
    shapes
}

#[test]
fn every_key_has_its_row_and_every_row_its_key() {
    let (tables, shapes) =
        (tables(&read("docs/configuration.md")), shapes(&read("src/conf/file.rs")));
    let mut wrong = Vec::new();
    for (shape, keys) in shapes.iter().filter(|(shape, _)| !shape.ends_with("File")) {
        let Some((_, heading)) = SECTIONS.iter().find(|row| row.0 == shape) else {
            panic!("{shape} has no row in SECTIONS");
        };
        let rows = tables.get(*heading).unwrap_or_else(|| panic!("no table under {heading}"));
        for (key, missing) in keys {
            let Some((_, cell)) = rows.iter().find(|row| row.0 == *key) else {
                wrong.push(format!("{heading}: `{key}` has no row"));
                continue;
            };
            let right = match missing {
                Missing::Refused => cell == "required",
                Missing::Is(value) => *cell == format!("`{value}`"),
                Missing::Nothing => cell != "required",
            };
            if !right {
                wrong.push(format!("{heading}: the default of `{key}` is not {cell}: {missing:?}"));
            }
        }
        for (row, _) in rows.iter().filter(|row| !keys.iter().any(|(key, _)| *key == row.0)) {
            wrong.push(format!("{heading}: there is no `{row}`"));
        }
    }
    assert!(wrong.is_empty(), "docs/configuration.md:\n{}", wrong.join("\n"));
    assert_eq!(tables.len(), SECTIONS.len(), "tables of no shape");
    assert_eq!(shapes.len(), SECTIONS.len() + 2, "rows of SECTIONS for no shape");
}
