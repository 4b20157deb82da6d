//! The use of trunk groups.

use super::*;
use isup::{Control, Direction, Selection};

const RESERVE: &str = "emergency_reserve = 4";

#[test]
fn a_group_is_used_as_the_file_says_and_by_the_exchange_the_other_way_round() {
    let text = changed(
        RESERVE,
        "emergency_reserve = 4\nreserve_incoming = 3\nreserve_outgoing = 2\n\
         selection = \"clockwise\"\ncontrol = \"even\"",
    );
    let settings = Folder::new().load(&text).unwrap();
    let group = &settings.gateway.isup.groups[0];
    assert_eq!((group.direction, group.selection), (Direction::Both, Selection::Clockwise));
    assert_eq!((group.reserve_incoming, group.reserve_outgoing), (3, 2));
    let far = &settings.exchange.as_ref().unwrap().isup.groups[0];
    assert_eq!((far.selection, far.control), (Selection::CounterClockwise, Control::Odd));
    assert_eq!((far.reserve_incoming, far.reserve_outgoing), (2, 3));
    assert_eq!(far.emergency_reserve, group.emergency_reserve);
}

#[test]
fn a_peer_takes_part_in_automatic_congestion_control_unless_the_file_says_otherwise() {
    let takes_part = |text: &str| {
        let settings = Folder::new().load(text).unwrap();
        settings.gateway.isup.groups[0].automatic_congestion
    };
    assert!(takes_part(&demo()));
    assert!(!takes_part(&changed(RESERVE, "automatic_congestion = false")));
}

#[test]
fn a_one_way_group_is_one_way_at_both_ends() {
    let text = changed(RESERVE, "direction = \"outgoing\"");
    let settings = Folder::new().load(&text).unwrap();
    assert_eq!(settings.gateway.isup.groups[0].direction, Direction::Outgoing);
    assert_eq!(settings.exchange.unwrap().isup.groups[0].direction, Direction::Incoming);
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    for (written, key, place) in [
        ("direction = \"in\"", "direction", "\"in\""),
        ("selection = \"random\"", "selection", "\"random\""),
        ("control = \"\"", "control", "\"\""),
        ("direction = \"outgoing\"\nreserve_incoming = 1", "reserve_incoming", "1"),
        ("direction = \"incoming\"\nreserve_outgoing = 1", "reserve_outgoing", "1"),
        ("loops = \"elsewhere\"", "loops", "\"elsewhere\""),
        ("emergency_reserve = 40\nreserve_outgoing = 83", "emergency_reserve", "40"),
    ] {
        let (error, pointed) = refusal(RESERVE, written);
        assert_eq!(error.key, format!("ss7.group[0].{key}"), "{written}");
        assert_eq!(pointed, place, "{written}");
    }
}

#[test]
fn circuits_of_which_nobody_says_whether_they_are_looped_are_worth_a_word() {
    let advice = |loops: &str| {
        let group = "[[ss7.group]]\nname = \"far\"\npeer = 3\ncics = \"1-31\"";
        let association = "[[ss7.association]]\nname = \"far\"\nconnect = \"127.0.0.1:2905\"";
        let text = format!("{}\n{group}\n{loops}\n{association}\npeers = [3]\n", demo());
        let line = text.lines().position(|line| line.starts_with("cics")).unwrap() + 1;
        (Folder::new().load(&text).unwrap().advice, line)
    };
    let (said, line) = advice("");
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(said.key, "ss7.group[1].loops");
    let said = said.to_string();
    assert!(said.contains(&format!(":{line}:")), "{said}");
    assert!(said.contains("an emergency call goes on") && said.contains("loops = "), "{said}");
    for loops in ["loops = \"none\"", "loops = \"elsewhere\""] {
        assert!(advice(loops).0.is_empty(), "{loops}");
    }
}
