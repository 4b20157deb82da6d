use super::*;

#[test]
fn each_alaw_octet_survives_decoding_and_encoding() {
    for octet in 0..=255 {
        assert_eq!(encode_alaw(decode_alaw(octet)), octet);
    }
}

#[test]
fn each_ulaw_octet_survives_but_negative_zero() {
    for octet in 0..=255 {
        let expected = if octet == 0x7f { ULAW_IDLE } else { octet };
        assert_eq!(encode_ulaw(decode_ulaw(octet)), expected);
    }
}

/// G.711 §2: the character signals of a 1 kHz sine at 0 dBm0 (Tables 5 and 6), whose decoded
/// values make a sine of that level: the peak lies 3.14 dB (A-law), 3.17 dB (μ-law) under the
/// greatest virtual decision value.
#[test]
fn the_reference_sequences_of_tables_5_and_6_are_a_sine_of_0_dbm0() {
    let alaw: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
    let ulaw: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
    let level = |samples: [i16; 8], overload: f64| {
        let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 8.0;
        20.0 * (power.sqrt() * 2f64.sqrt() / overload).log10()
    };
    assert!((level(alaw.map(decode_alaw), 32_768.0) + 3.139).abs() < 0.02);
    assert!((level(ulaw.map(decode_ulaw), 32_636.0) + 3.17).abs() < 0.02);
    // The two laws' sequences are each other's conversion, but for the step that Table 3 rounds.
    for (&a, &u) in alaw.iter().zip(&ulaw) {
        assert_eq!(alaw_to_ulaw(a), u);
        assert_eq!(ulaw_to_alaw(u), a);
    }
}

/// G.711 §3: μ-A-μ and A-μ-A conversion is transparent for bits 1 to 7.
#[test]
fn double_conversion_changes_the_last_bit_at_most() {
    for octet in 0..=255u8 {
        let round = alaw_to_ulaw(ulaw_to_alaw(octet));
        assert!((round ^ octet) <= 1, "μ {octet:#04x} became {round:#04x}");
        let round = ulaw_to_alaw(alaw_to_ulaw(octet));
        assert!((round ^ octet) <= 1, "A {octet:#04x} became {round:#04x}");
    }
}

#[test]
fn conversion_keeps_the_sign_and_the_order() {
    let order = |from: fn(i16) -> u8, convert: fn(u8) -> u8, to: fn(u8) -> i16| {
        let converted = (-32_767..=i16::MAX).step_by(7).map(|s| (s, to(convert(from(s)))));
        let mut last = i16::MIN;
        for (sample, result) in converted {
            assert!(result >= last, "{sample} became {result} after {last}");
            assert!(sample.abs() < 64 || (result < 0) == (sample < 0), "{sample}: {result}");
            let error = (i32::from(result) - i32::from(sample)).abs();
            assert!(error <= 40 + i32::from(sample).abs() / 14, "{sample}: {result}");
            last = result;
        }
    };
    order(encode_alaw, alaw_to_ulaw, decode_ulaw);
    order(encode_ulaw, ulaw_to_alaw, decode_alaw);
}

#[test]
fn silence_stays_silence() {
    assert_eq!(decode_alaw(ALAW_IDLE), 8);
    assert_eq!(decode_ulaw(ULAW_IDLE), 0);
    // The smallest A-law value lies nearer to the second μ-law value than to its zero.
    assert_eq!(alaw_to_ulaw(ALAW_IDLE), 0xfe);
    assert_eq!(ulaw_to_alaw(ULAW_IDLE), ALAW_IDLE);
}
