use super::*;
use crate::sample::number;
use proptest::prelude::*;

fn numbers() -> NumberFormat {
    NumberFormat::default()
}

#[test]
fn our_own_country_travels_as_national_numbers_with_st() {
    let called = numbers().called_party(&number("33199000001")).unwrap();
    assert_eq!(called.nature, NatureOfAddress::NATIONAL);
    assert_eq!(called.digits, "199000001");
    assert!(called.complete);
    let abroad = numbers().called_party(&number("441632960000")).unwrap();
    assert_eq!(
        (abroad.nature, abroad.digits.as_str()),
        (NatureOfAddress::INTERNATIONAL, "441632960000")
    );
    let short = numbers().called_party(&Number::short("112").unwrap()).unwrap();
    assert_eq!((short.nature, short.digits.as_str()), (NatureOfAddress::NATIONAL, "112"));
}

#[test]
fn a_called_number_is_read_by_its_nature() {
    let read = |nature, digits: &str| {
        numbers().number_of_called(&CalledPartyNumber::new(nature, digits.parse().unwrap()))
    };
    assert_eq!(read(NatureOfAddress::NATIONAL, "199008001"), Ok(number("33199008001")));
    assert_eq!(read(NatureOfAddress::INTERNATIONAL, "33199008001"), Ok(number("33199008001")));
    assert_eq!(read(NatureOfAddress::UNKNOWN, "0199008001"), Ok(number("33199008001")));
    assert_eq!(read(NatureOfAddress::NATIONAL, "112"), Ok(Number::short("112").unwrap()));
    // Code 11 and code 12 are no digits of a subscriber's number (Q.763 §3.9 e).
    for digits in ["19900B001", ""] {
        assert_eq!(read(NatureOfAddress::NATIONAL, digits), Err(Cause::INVALID_NUMBER_FORMAT));
    }
}

#[test]
fn q763_3_10_presentation_and_screening() {
    for restricted in [false, true] {
        for verified in [false, true] {
            let calling = Calling { number: number("33639980001"), restricted, verified };
            let party = numbers().calling_party(&calling).unwrap();
            assert_eq!(party.presentation == Presentation::RESTRICTED, restricted);
            assert_eq!(party.screening == Screening::NETWORK, verified);
            assert_eq!(numbers().calling_of_isup(&party), Some(calling));
        }
    }
    let digits = "639980001".parse().unwrap();
    let mut party = CallingPartyNumber::new(NatureOfAddress::NATIONAL, digits);
    party.screening = Screening::USER_VERIFIED;
    assert!(numbers().calling_of_isup(&party).unwrap().verified);
    // Restricted by the network.
    party.presentation = Presentation(3);
    assert!(numbers().calling_of_isup(&party).unwrap().restricted);
    party.presentation = Presentation::NOT_AVAILABLE;
    assert_eq!(numbers().calling_of_isup(&party), None);
}

#[test]
fn a_connected_number_is_told_where_it_may_be_shown() {
    let answered = number("33199001201");
    let mut party = numbers().connected_party(&answered).unwrap();
    assert_eq!(numbers().number_of_connected(&party), Some(answered));
    party.presentation = Presentation::RESTRICTED;
    assert_eq!(numbers().number_of_connected(&party), None);
}

#[test]
fn rfc3966_5_1_5_a_local_number_says_where_it_is_valid() {
    let uri = numbers().uri(&number("33199008001"), "127.0.0.1:5070");
    assert_eq!(uri, "sip:+33199008001@127.0.0.1:5070;user=phone");
    let short = Number::short("112").unwrap();
    let uri = numbers().uri(&short, "127.0.0.1");
    assert_eq!(uri, "sip:112;phone-context=+33@127.0.0.1;user=phone");
    assert_eq!(numbers().number_of_uri(&uri), Some(short));
}

proptest! {
    /// Whatever E.164 number goes out, in either world, comes back as itself.
    #[test]
    fn numbers_come_back(digits in "(33[1-9][0-9]{8}|44[1-9][0-9]{7,10})") {
        let number = number(&digits);
        let called = numbers().called_party(&number).unwrap();
        prop_assert_eq!(numbers().number_of_called(&called), Ok(number));
        prop_assert_eq!(numbers().number_of_uri(&numbers().uri(&number, "127.0.0.1")), Some(number));
    }

    /// `routing` looks for digits in URIs by itself, because it may know no protocol: of every URI
    /// that the parser takes, it makes what the parser makes.
    #[test]
    fn both_readers_of_uris_find_the_same_number(
        uri in "(sips?|SIP|tel|Tel):[+]?[0-9().*#-]{0,12}(;phone-context=([+]33|a[.]b))?\
                (;(isub|ext|x)=[0-9a-f]{1,3})?(:[a-z0-9]{1,3})?(@[a-z.]{1,5}(:50)?)?\
                (;(user=phone|phone-context=[+]44))?([?][a-z]=([0-9@]){1,3})?",
    ) {
        let found = RawNumber::from_uri(&uri).map(|raw| (raw.text, raw.context));
        match sip_parser::Uri::parse(&uri) {
            // A tel URI has no header fields (RFC 3966 §3): what looks like some is the caller's slip.
            Some(sip_parser::Uri::Tel(tel)) if !uri.contains('?') => {
                prop_assert_eq!(found, Some((tel.number, tel.context())), "{}", uri);
            }
            Some(sip_parser::Uri::Sip(sip)) => {
                let user = sip.user.and_then(sip_parser::TelUri::of_subscriber);
                if let Some(tel) = user {
                    prop_assert_eq!(found, Some((tel.number, tel.context())), "{}", uri);
                } else if sip.user.is_none() {
                    let number = found.map(|(text, _)| RawNumber::dialled(text));
                    let number = number.and_then(|raw| numbers().normaliser.normalise(raw).ok());
                    prop_assert_eq!(number, None, "{}", uri);
                }
            }
            Some(_) | None => {}
        }
    }
}
