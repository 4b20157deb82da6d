//! Groups that speak a version of ISUP of their own.

use super::*;
use crate::ConfigError;
use isup_codec::{
    Cfn, MessageType, ParameterCompatibility, ParameterInstructions, ParameterName,
    UpgradedParameter, Variant, key, variants,
};
use std::sync::Arc;

const ITX: [u8; 6] = [1, 0, 0xe1, 3, 7, 0];

fn speaking(variant: &Variant) -> Config {
    let variant = Arc::new(variant.clone());
    let groups = vec![GroupConfig { variant, ..group(1..=8, 0) }];
    Config { groups, ..config(1..=8, 0) }
}

/// An answered call to the peer on circuit 1.
fn talking(variant: &Variant) -> Exchange {
    let mut exchange = Exchange::with(speaking(variant));
    let (_, cic) = exchange.outgoing();
    assert_eq!(cic, 1);
    exchange.receive(1, acm());
    exchange.told();
    exchange
}

/// SPIROU: a charging pulse is acknowledged, as often as it comes.
#[test]
fn charging_pulses_are_acknowledged() {
    let mut exchange = talking(&variants::SPIROU);
    for _ in 0..2 {
        exchange.raw(&ITX[..]);
        let sent = exchange.transfers.pop_front().unwrap();
        assert_eq!(sent.payload[..], [1, 0, 0xe2, 0]);
    }
    let stats = exchange.isup.stats();
    let itx = MessageType(0xe1);
    assert_eq!((stats.national.get(&itx), stats.unknown_type), (Some(&2), 0));
    assert_eq!(exchange.told(), []);
    // Without a call there is nothing to charge.
    exchange.raw(&[2, 0, 0xe1, 3, 7, 0][..]);
    exchange.raw(&[2, 0, 0xe2, 0][..]);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.isup.stats().unexpected, 2);
    // On a circuit that is not there: the answer is answered by nothing.
    exchange.raw(&[9, 0, 0xe1, 3, 7, 0][..]);
    assert_eq!(exchange.sent_names(), ["UCIC 9"]);
    exchange.raw(&[9, 0, 0xe2, 0][..]);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

/// Where nobody charges by messages, they are of an unknown type (Q.764 §2.9.5.3.3).
#[test]
fn elsewhere_nobody_knows_them() {
    let mut exchange = talking(&variants::ITU);
    exchange.raw(&ITX[..]);
    let sent = exchange.sent();
    let [(1, Message::Cfn(Cfn { cause, .. }))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(cause.cause, Cause::MESSAGE_TYPE_NOT_IMPLEMENTED);
    assert_eq!(exchange.isup.stats().unknown_type, 1);
}

/// What the peer's version does not have is not known here, whatever Q.763 (2000) says of it.
#[test]
fn a_parameter_of_a_later_version_is_unknown() {
    let name = ParameterName::HOP_COUNTER;
    let instructions = ParameterInstructions(0).with_discard_parameter(true).with_notify(true);
    let upgraded = UpgradedParameter { name, instructions, more: isup_codec::Octets::default() };
    let acm = acm()
        .with(key::HOP_COUNTER, &3)
        .with(key::PARAMETER_COMPATIBILITY_INFORMATION, &ParameterCompatibility(vec![upgraded]));
    for (variant, expected) in
        [(&variants::ITU, &[][..]), (&variants::WHITE_BOOK, &["CFN 1".to_owned()][..])]
    {
        let mut exchange = Exchange::with(speaking(variant));
        exchange.outgoing();
        exchange.receive(1, acm.clone());
        assert_eq!(exchange.sent_names(), expected, "{}", variant.name);
    }
}

/// Fourteen bits: only what the variant has makes a code.
#[test]
fn circuit_codes_are_as_wide_as_the_variant_has_them() {
    let wide = Variant {
        name: "wide".into(),
        base: Some(&variants::ITU),
        cic_bits: 14,
        ..variants::ITU.clone()
    };
    let variant = Arc::new(wide);
    let wide = GroupConfig { variant: Arc::clone(&variant), ..group([0x1001, 0x2001], 0) };
    let mut exchange = Exchange::cold(Config { groups: vec![wide.clone()], ..Config::new(OWN) });
    exchange.mtp(Indication::Resume { dpc: PEER });
    let octets = |exchange: &mut Exchange| exchange.transfers.pop_front().unwrap().payload;
    assert_eq!(octets(&mut exchange)[..], [0x01, 0x10, 0x12]);
    assert_eq!(octets(&mut exchange)[..], [0x01, 0x20, 0x12]);
    exchange.raw(&[0x01, 0x60, 0x10, 0][..]);
    let states: Vec<_> = exchange.isup.circuits().map(|circuit| circuit.state).collect();
    assert_eq!(states, ["reset", "idle"]);
    // Two widths to one exchange: nobody could tell which circuit is meant.
    let other = GroupConfig { name: "other".to_owned(), ..group([5], 0) };
    let groups = vec![wide, other];
    let error = Isup::new(Config { groups, ..Config::new(OWN) }, Instant::ZERO).unwrap_err();
    let group = "other".to_owned();
    assert_eq!(error, ConfigError::CircuitCodes { group, peer: PEER, bits: 14 });
}

#[test]
fn point_codes_of_24_bits_are_refused() {
    let error = Isup::new(speaking(&variants::ANSI), Instant::ZERO).unwrap_err();
    assert_eq!(
        error.to_string(),
        "group trunk: point codes of ansi have 24 bits, those of this gateway 14"
    );
}

/// A look at a message copies nothing and knows the group's own messages.
#[test]
fn a_view_is_by_the_tables_of_the_group() {
    let exchange = Exchange::with(speaking(&variants::SPIROU));
    let payload = bytes::Bytes::from_static(&ITX);
    let transfer = Transfer { opc: PEER, dpc: OWN, sls: Sls(0), class: Class::Ordinary, payload };
    let view = exchange.isup.view(&transfer).unwrap();
    assert_eq!(view.to_string(), "ITX on circuit 1: collection field: 3; message number: 7");
    assert_eq!(exchange.isup.cic_of(&transfer), Some(Cic(1)));
    let stranger = Transfer { opc: PointCode(77), ..transfer };
    assert_eq!(
        exchange.isup.view(&stranger).unwrap().to_string(),
        "message 0xe1 on circuit 1: 03 07 00"
    );
}
