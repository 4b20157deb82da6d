//! The published crate `itu-isup` reads the same messages, and finds the same parameters in them:
//! the check of the fuzz target, on noise and on what we write.

use isup_codec::{View, variants};
use isup_differential::check;
use itu_isup::Message;
use proptest::prelude::*;

#[path = "../../../fuzz/src/checks/isup_differential.rs"]
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a check fails by panicking")]
mod isup_differential;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Noise with the type of a message that both know, most of it short enough to be one.
    #[test]
    fn both_find_the_same(
        code: u8,
        octets in prop::collection::vec(prop_oneof![3 => 0u8..20, 1 => any::<u8>()], 2..60),
    ) {
        let mut octets = octets;
        octets.insert(2, code);
        check(&octets);
    }
}

/// A message of each type that we write is read there.
#[test]
fn what_we_write_is_read_there() {
    let fixed: [(&[u8], usize); 4] = [
        (&[1, 0, 1, 0, 0x20, 0, 0x0a, 0, 2, 9, 7, 3, 0x10, 0x91, 9, 0, 0, 0xf1, 0x3d, 1, 20, 0], 6),
        (&[1, 0, 6, 0x16, 0x11, 1, 0x29, 1, 1, 0x12, 2, 0x82, 0x96, 0], 3),
        (&[1, 0, 0x0c, 2, 0, 2, 0x80, 0x91], 1),
        (&[1, 0, 0x18, 1, 1, 3, 8, 1, 1], 2),
    ];
    for (octets, parameters) in fixed {
        check(octets);
        let (cic, message) = isup_codec::decode(octets).unwrap();
        assert_eq!(isup_codec::encode(cic, &message).unwrap(), octets);
        let theirs = Message::decode(octets).unwrap();
        assert_eq!(theirs.encode().unwrap(), octets);
        let view = View::parse(octets, &variants::ITU).unwrap();
        assert_eq!(view.parameters().count(), parameters);
    }
}
