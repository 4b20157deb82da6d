use super::*;
use proptest::prelude::*;

fn normal(text: &str) -> Number {
    Normaliser::default().normalise(RawNumber::dialled(text)).unwrap()
}

fn from_uri(uri: &str) -> String {
    let raw = RawNumber::from_uri(uri).unwrap();
    Normaliser::default().normalise(raw).unwrap().to_e164()
}

#[test]
fn the_accepted_forms_of_one_number_are_one_number() {
    let expected = Number::international("33199000000").unwrap();
    for text in
        ["+33199000000", "0199000000", "0033199000000", "+33 1 99.00-00(00)", "%2B33199000000"]
    {
        assert_eq!(normal(text), expected, "{text}");
    }
    let normaliser = Normaliser::default();
    assert_eq!(normaliser.normalise(RawNumber::national("199000000")), Ok(expected));
    assert_eq!(normaliser.normalise(RawNumber::international("33199000000")), Ok(expected));
    assert_eq!(normaliser.national_significant(&expected), Some("199000000"));
}

#[test]
fn short_numbers_stay_apart() {
    assert_eq!(normal("112"), Number::short("112").unwrap());
    assert_ne!(normal("112"), normal("+112"));
    assert_eq!(normal("116117").kind(), NumberKind::Short);
    assert_eq!(normal("199000000").kind(), NumberKind::Unknown);
    let national = Normaliser::default().normalise(RawNumber::national("15"));
    assert_eq!(national, Number::short("15"));
}

#[test]
fn rfc3966_and_rfc3261_19_1_6_uris() {
    assert_eq!(from_uri("tel:+33-1-99-00-00-00"), "+33199000000");
    assert_eq!(from_uri("TEL:+33199000000;isub=1"), "+33199000000");
    assert_eq!(from_uri("sip:+33199000000@gateway.example;user=phone"), "+33199000000");
    assert_eq!(from_uri("sips:0199000000:secret@127.0.0.1:5061"), "+33199000000");
    assert_eq!(from_uri("sip:0199000000;phone-context=+33@gw.example"), "+33199000000");
    assert_eq!(from_uri("tel:7042;phone-context=example.com"), "7042");
    assert_eq!(from_uri("tel:112;phone-context=+33"), "112");
    assert_eq!(from_uri("tel:5550100;phone-context=+1-914"), "+19145550100");
    assert_eq!(RawNumber::from_uri("sip:127.0.0.1"), None);
    assert_eq!(RawNumber::from_uri("http://127.0.0.1/"), None);
}

#[test]
fn rfc5031_4_2_services() {
    assert_eq!(service_number("urn:service:sos"), Some("112"));
    assert_eq!(service_number("URN:Service:SOS.police"), Some("17"));
    assert_eq!(service_number("urn:service:sos.fire"), Some("18"));
    assert_eq!(service_number("urn:service:sos.ambulance.any"), Some("15"));
    assert_eq!(service_number("urn:service:sos.physician"), Some("112"));
    assert_eq!(service_number("urn:service:sosias"), None);
    assert_eq!(service_number("urn:service:counseling"), None);
    assert_eq!(from_uri("urn:service:sos.police"), "17");
}

#[test]
fn what_is_no_number_is_refused() {
    let refused = |text| Normaliser::default().normalise(RawNumber::dialled(text)).unwrap_err();
    assert_eq!(refused(""), NumberError::Empty);
    assert_eq!(refused("+"), NumberError::Empty);
    assert_eq!(refused("alice"), NumberError::NotADigit);
    assert_eq!(refused("12+3"), NumberError::NotADigit);
    assert_eq!(refused("1%2"), NumberError::NotADigit);
    assert_eq!(refused(&"1".repeat(33)), NumberError::TooLong);
}

#[test]
fn a_number_does_not_print_its_digits() {
    let number = normal("+33199000000");
    assert_eq!(format!("{number}"), "<11 digits>");
    assert_eq!(format!("{number:?}"), "International(<11 digits>)");
    assert_eq!(format!("{}", normal("112")), "112");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}", context in proptest::option::of(".{0,20}")) {
        let _ = service_number(&text);
        let _ = RawNumber::from_uri(&text);
        for nature in [Nature::Dialled, Nature::International, Nature::National] {
            let raw = RawNumber { text: &text, nature, context: context.as_deref() };
            if let Ok(number) = Normaliser::default().normalise(raw) {
                prop_assert!(number.digits().bytes().all(|digit| digit.is_ascii_digit()));
                prop_assert!(!number.digits().is_empty());
            }
        }
    }

    /// Separators carry no meaning.
    #[test]
    fn separators_do_not_matter(digits in "[1-9][0-9]{4,14}", at in 0usize..5) {
        let (head, tail) = digits.split_at(at.min(digits.len()));
        prop_assert_eq!(normal(&format!("+{head}-({tail})")), normal(&format!("+{digits}")));
    }
}
