//! `variant` of a group and `[[ss7.variant]]`.

use super::*;
use isup_codec::{MessageType, ParameterName, View, variants};

const OWN: &str = r#"[[ss7.variant]]
name = "inland"
base = "spirou"

[[ss7.variant.parameter]]
code = 0xf0
name = "meter"
contents = "octet"

[[ss7.variant.parameter]]
code = 0xf3
name = "tariff zone"
contents = "called party number"

[[ss7.variant.parameter]]
code = 0x3d
absent = true

[[ss7.variant.message]]
code = 0xf1
name = "MTR"
fixed = [{ parameter = "meter" }, { parameter = "tariff zone", octets = 4 }]
variable = ["calling party number"]
optional = []
answer = "MTA"

[[ss7.variant.message]]
code = 0xf2
name = "MTA"

[[ss7.variant.message]]
code = 0x01
optional = ["tariff zone"]

[[ss7.variant]]
name = "inland-2"
base = "inland"
circuit_code_bits = 13

[[ss7.variant.message]]
code = 0xe1
absent = true

[[ss7.variant.message]]
code = 0xf1
variable = []
"#;

fn with(variants: &str, spoken: &str) -> String {
    let group = "[[ss7.group]]\n";
    changed(group, &format!("{variants}\n{group}variant = \"{spoken}\"\n"))
}

/// What is said about these variants, and the text at the place that is pointed at.
fn refused(variants: &str) -> (ConfError, String) {
    let text = with(variants, "itu-2000");
    let error = Folder::new().load(&text).map(|_| ()).unwrap_err();
    let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
    let place = line.chars().skip(error.column.saturating_sub(1)).collect();
    assert!(!error.what.is_empty() && !error.remedy.is_empty(), "{error}");
    (error, place)
}

#[test]
fn a_group_speaks_what_it_names_and_so_does_its_mirror() {
    for variant in variants::ALL {
        let loaded = Folder::new().load(&with("", &variant.name));
        if variant.point_code_bits == 14 {
            let settings = loaded.unwrap();
            assert_eq!(*settings.gateway.isup.groups[0].variant, *variant);
            assert_eq!(*settings.exchange.as_ref().unwrap().isup.groups[0].variant, *variant);
        } else {
            let error = loaded.map(|_| ()).unwrap_err();
            assert_eq!(error.key, "ss7.group[0].variant");
            assert!(error.what.contains("24 bits, those of this gateway 14"), "{error}");
            assert!(error.remedy.contains("spirou") && !error.remedy.contains("ansi"), "{error}");
        }
    }
    let settings = Folder::new().load(&demo()).unwrap();
    assert_eq!(*settings.gateway.isup.groups[0].variant, variants::ITU);
    let error = Folder::new().load(&with(OWN, "outland")).map(|_| ()).unwrap_err();
    assert_eq!(error.key, "ss7.group[0].variant");
    assert!(error.remedy.contains("inland-2"), "{error}");
}

#[test]
fn an_operators_variant_names_what_it_has_otherwise() {
    let settings = Folder::new().load(&with(OWN, "inland")).unwrap();
    let variant = &settings.gateway.isup.groups[0].variant;
    let octets = [1, 0, 0xf1, 7, 0x83, 0x10, 0x91, 0x09, 2, 0, 3, 0x83, 0x13, 0x09];
    let view = View::parse(&octets, variant).unwrap();
    assert_eq!(
        view.to_string(),
        "MTR on circuit 1: meter: 7; tariff zone: 199 (national (significant) number); calling \
         party number: 9 (national (significant) number, presentation allowed, network provided)"
    );
    let answer = variant.answer(MessageType(0xf1)).unwrap();
    assert_eq!(variant.encode(view.cic(), &answer).unwrap()[..], [1, 0, 0xf2]);
    assert!(variant.answer(MessageType(0xe1)).is_some(), "its base's own stay");
    let iam = variant.layout(MessageType::IAM).unwrap();
    assert!(iam.expects(ParameterName(0xf3)) && iam.expects(ParameterName::LOCATION_NUMBER));
    assert!(!variant.knows(ParameterName::HOP_COUNTER));

    let settings = Folder::new().load(&with(OWN, "inland-2")).unwrap();
    let second = &settings.gateway.isup.groups[0].variant;
    assert_eq!((second.cic_bits, second.layout(MessageType(0xe1))), (13, None));
    assert_eq!(second.message_name(MessageType(0xe2)), Some("TXA"));
    let layout = second.layout(MessageType(0xf1)).unwrap();
    assert_eq!((layout.fixed.len(), layout.variable.len()), (2, 0));
    assert_eq!(second.answer(MessageType(0xf1)), Some(answer));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let parameter =
        |text: &str| format!("[[ss7.variant]]\nname = \"x\"\n[[ss7.variant.parameter]]\n{text}");
    let message =
        |text: &str| format!("[[ss7.variant]]\nname = \"x\"\n[[ss7.variant.message]]\n{text}");
    let first = "ss7.variant[0]";
    for (text, key, place) in [
        ("[[ss7.variant]]\nname = \"spirou\"".to_owned(), "name", "\"spirou"),
        ("[[ss7.variant]]\nname = \"no name\"".to_owned(), "name", "\"no name"),
        ("[[ss7.variant]]\nname = \"x\"\nbase = \"y\"".to_owned(), "base", "\"y"),
        ("[[ss7.variant]]\nname = \"x\"\nbase = \"ansi\"".to_owned(), "base", "\"ansi"),
        (
            "[[ss7.variant]]\nname = \"x\"\ncircuit_code_bits = 17".to_owned(),
            "circuit_code_bits",
            "17",
        ),
        (parameter("code = 0xf0"), "parameter[0].code", "0xf0"),
        (parameter("code = 0\nname = \"end\""), "parameter[0].code", "0"),
        (parameter("code = 1\nname = \"hop counter\""), "parameter[0].name", "\"hop"),
        (parameter("code = 1\nname = \"a\"\nabsent = true"), "parameter[0].name", "\"a"),
        (
            parameter("code = 1\nname = \"a\"\ncontents = \"words\""),
            "parameter[0].contents",
            "\"words",
        ),
        (
            parameter(
                "code = 1\nabsent = true\n[[ss7.variant.parameter]]\ncode = 1\nabsent = true",
            ),
            "parameter[1].code",
            "1",
        ),
        (message("code = 0xf1"), "message[0].code", "0xf1"),
        (message("code = 0xf1\nname = \"a b\""), "message[0].name", "\"a b"),
        (message("code = 0xf1\nname = \"IAM\""), "message[0].name", "\"IAM"),
        (message("code = 0x0c\nvariable = []"), "message[0].code", "0x0c"),
        (message("code = 0x12\nvariable = [\"cause indicators\"]"), "message[0].code", "0x12"),
        (message("code = 0x01\noptional = [\"x\"]"), "message[0].optional[0]", "\"x"),
        (
            message("code = 0xf1\nname = \"A\"\nfixed = [{ parameter = \"cause indicators\" }]"),
            "message[0].fixed[0].octets",
            "\"cause",
        ),
        (
            message(
                "code = 0xf1\nname = \"A\"\nfixed = [{ parameter = \"hop counter\", octets = 2 }]",
            ),
            "message[0].code",
            "0xf1",
        ),
        (message("code = 0xf1\nname = \"A\"\nanswer = \"REL\""), "message[0].answer", "\"REL"),
        (message("code = 0xf1\nname = \"A\"\nanswer = \"B\""), "message[0].answer", "\"B"),
        (message("code = 0x0c\nanswer = \"BLA\""), "message[0].answer", "\"BLA"),
        (message("code = 0x41\nabsent = true\noptional = []"), "message[0].code", "0x41"),
        (
            message(
                "code = 0x41\nabsent = true\n[[ss7.variant.message]]\ncode = 0x41\nabsent = true",
            ),
            "message[1].code",
            "0x41",
        ),
    ] {
        let (error, found) = refused(&text);
        assert_eq!(error.key, format!("{first}.{key}"), "{error}");
        assert!(found.starts_with(place), "{error}: {found}");
    }
    let narrow = "[[ss7.variant]]\nname = \"narrow\"\ncircuit_code_bits = 6";
    let error = Folder::new().load(&with(narrow, "narrow")).map(|_| ()).unwrap_err();
    assert_eq!(error.key, "ss7.group[0].spans");
}
