use super::*;

const HEADER: &str = "insee,number,service,long_number,alternates,valid_from,valid_to\n";

fn plan(rows: &str) -> Plan {
    Plan::parse(&format!("{HEADER}{rows}")).unwrap()
}

fn number(text: &str) -> Number {
    Number::international(text).unwrap()
}

#[test]
fn the_most_specific_row_wins() {
    let plan = plan(
        "*,15,samu,+33199009100,,,\n\
         departement:2A,15,samu 2A,+33199009101,,,\n\
         2A004,15,samu Ajaccio,+33199009102,+33199009103|0199009104,,\n\
         departement:974,15,samu 974,+33199009105,,,\n",
    );
    let long = |insee| plan.lookup(insee, "15").map(|entry| entry.long_number);
    assert_eq!(long(Some("2a004")), Some(number("33199009102")));
    assert_eq!(long(Some("2A005")), Some(number("33199009101")));
    assert_eq!(long(Some("97411")), Some(number("33199009105")));
    assert_eq!(long(Some("59350")), Some(number("33199009100")));
    assert_eq!(long(Some("no commune")), Some(number("33199009100")));
    assert_eq!(long(None), Some(number("33199009100")));
    let entry = plan.lookup(Some("2A004"), "15").unwrap();
    assert_eq!(&*entry.alternates, [number("33199009103"), number("33199009104")]);
    assert!(plan.is_long_number(&number("33199009104")));
    assert!(!plan.is_long_number(&number("33199009199")));
}

#[test]
fn an_emergency_number_without_a_row_falls_to_the_last_resort_of_112() {
    let plan = plan("*,112,europe,+33199009400,,,\n75056,114,deaf,+33199009500,,,\n");
    let (area, entry) = plan.find(None, "17").unwrap();
    assert_eq!((area, entry.long_number), (Area::Everywhere, number("33199009400")));
    assert_eq!(plan.lookup(Some("75056"), "114").unwrap().long_number, number("33199009500"));
    assert_eq!(plan.lookup(Some("59350"), "114").unwrap().long_number, number("33199009400"));
    for emergency in ["112", "15", "17", "18", "114"] {
        assert!(plan.is_service_number(emergency), "{emergency}");
    }
    for other in ["115", "1", "0199009400", ""] {
        assert!(!plan.is_service_number(other), "{other}");
    }
}

#[test]
fn rows_hold_between_their_dates_both_included() {
    let text =
        format!("{HEADER}*,18,old,+33199009300,,,2025-12-31\n*,18,new,+33199009301,,2026-01-01,\n");
    let on = |date: &str| {
        let plan = Plan::parse_with(&text, &Normaliser::default(), Date::parse(date)).unwrap();
        assert_eq!((plan.len(), plan.not_in_force()), (1, 1));
        plan.lookup(None, "18").unwrap().service.clone()
    };
    assert_eq!((&*on("2025-12-31"), &*on("2026-01-01")), ("old", "new"));
}

#[test]
fn each_error_names_its_place_and_a_remedy() {
    let cases = [
        ("*,112,europe,+33199009400,,\n", (2, 1), "6 fields"),
        ("Paris,112,europe,+33199009400,,,\n", (2, 1), "`Paris` is no area"),
        ("departement:99,112,e,+33199009400,,,\n5935,1,e,+33199009400,,,\n", (3, 1), "`5935`"),
        ("*,one,europe,+33199009400,,,\n", (2, 3), "`one` is no emergency number"),
        ("*,1120000,europe,+33199009400,,,\n", (2, 3), "`1120000`"),
        ("*,112,,+33199009400,,,\n", (2, 7), "the service has no name"),
        ("*,112,europe,112,,,\n", (2, 14), "`112` is no long number"),
        ("*,112,europe,+33199009400, x,,\n", (2, 28), "`x` is no long number"),
        ("*,112,europe,+33199009400,,2025-02-29,\n", (2, 28), "`2025-02-29` is no date"),
        ("*,112,e,+33199009400,,2026-01-02,2026-01-01\n", (2, 34), "ends before it begins"),
        ("\n*,112,e,+33199009400,,,\n*,112,f,+33199009401,,,\n", (4, 1), "a second row for *"),
    ];
    for (rows, place, what) in cases {
        let error = Plan::parse(&format!("{HEADER}{rows}")).unwrap_err();
        assert_eq!((error.line, error.column), place, "{rows}: {error}");
        assert!(error.what.contains(what), "{rows}: {error}");
        assert!(!error.remedy.is_empty());
    }
    let error = Plan::parse("insee;number\n").unwrap_err();
    assert!((error.line, error.column) == (1, 1) && error.remedy.contains("insee,number"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_taken() {
    let text = "\u{feff}insee,number,service,long_number,alternates,valid_from,valid_to\r\n\
                *,112,europe,+33199009400,,,\r\n";
    assert_eq!(Plan::parse(text).unwrap().len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(rows in "[\\PC,\n]{0,200}") {
        let _ = Plan::parse(&format!("{HEADER}{rows}"));
    }
}
