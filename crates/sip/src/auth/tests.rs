//! The arithmetic against the examples of the RFCs, and nonces against a model.

use super::digest::{Algorithm, Hash, Proof, Secret, key, same};
use super::nonces::{Nonces, Read};
use base::{Duration, Instant};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SEED: [u64; 4] = [1, 2, 3, 4];

fn proof<'a>(algorithm: Algorithm, nonce: &'a str, cnonce: &'a str) -> Proof<'a> {
    let (count, method, uri) = (Some("00000001"), "GET", "/dir/index.html");
    Proof { algorithm, nonce, cnonce, count, method, uri }
}

#[test]
fn the_example_of_rfc_2617_3_5() {
    let ha1 = key(Hash::Md5, "Mufasa", "testrealm@host.com", &Secret::new("Circle Of Life"));
    let proof = proof(Algorithm::MD5, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b");
    assert_eq!(proof.response(&ha1), "6629fae49393a05397450978507c4ef1");
}

#[test]
fn the_examples_of_rfc_7616_3_9_1() {
    let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let password = Secret::new("Circle of Life");
    for (algorithm, response) in [
        (Algorithm::MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::SHA256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let ha1 = key(algorithm.hash, "Mufasa", "http-auth@example.org", &password);
        assert_eq!(proof(algorithm, nonce, cnonce).response(&ha1), response);
    }
}

#[test]
fn the_user_name_of_rfc_7616_3_9_2_is_hashed_with_sha_512_256() {
    // FIPS 180-4: no cut SHA-512, but a function with a start of its own.
    let hashed = Hash::Sha512_256.of(&["J\u{e4}s\u{f8}n Doe", "api@example.org"]);
    assert_eq!(hashed, "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
}

#[test]
fn a_session_key_is_of_one_nonce_and_no_quality_of_protection_is_rfc_2069() {
    let ha1 = key(Hash::Md5, "Mufasa", "testrealm@host.com", &Secret::new("Circle Of Life"));
    let (nonce, cnonce) = ("dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b");
    let algorithm = Algorithm { hash: Hash::Md5, session: true };
    let what = Hash::Md5.of(&["GET", "/dir/index.html"]);
    // RFC 7616 §3.4.2
    let session = Hash::Md5.of(&[ha1.reveal(), nonce, cnonce]);
    let expected = Hash::Md5.of(&[&session, nonce, "00000001", cnonce, "auth", &what]);
    assert_eq!(proof(algorithm, nonce, cnonce).response(&ha1), expected);
    // RFC 2069 §2.1.2 as RFC 2617 §3.2.2.1 writes it.
    let old = Proof { count: None, ..proof(Algorithm::MD5, nonce, cnonce) };
    assert_eq!(old.response(&ha1), Hash::Md5.of(&[ha1.reveal(), nonce, &what]));
}

#[test]
fn algorithms_have_the_names_of_rfc_8760_and_none_is_md5() {
    assert_eq!(Algorithm::named(None), Some(Algorithm::MD5));
    assert_eq!(Algorithm::named(Some("md5")), Some(Algorithm::MD5));
    assert_eq!(Algorithm::named(Some("SHA-256")), Some(Algorithm::SHA256));
    assert_eq!(Algorithm::named(Some("SHA-1")), None);
    for name in ["MD5-sess", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
        assert_eq!(Algorithm::named(Some(name)).unwrap().name(), name);
    }
    assert!(Algorithm::MD5 < Algorithm::SHA256);
}

#[test]
fn a_secret_is_shown_to_nobody() {
    assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(..)");
    let nonces = format!("{:?}", Nonces::new(SEED));
    assert_eq!(nonces, "Nonces { remembered: 0, .. }");
    assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "abcd") && !same("", "a"));
}

#[test]
fn a_nonce_is_known_by_its_realm_and_its_age_and_by_us_only() {
    let (nonces, others) = (Nonces::new(SEED), Nonces::new([1, 2, 3, 5]));
    let now = Instant::from_millis(1_000);
    let nonce = nonces.make(now, 7, "a");
    assert!(matches!(nonces.read(now, "a", &nonce), Read::Ours(_)));
    let almost = now + Duration::from_secs(300);
    assert!(matches!(nonces.read(almost, "a", &nonce), Read::Ours(_)));
    assert_eq!(nonces.read(almost + Duration::from_millis(1), "a", &nonce), Read::Stale);
    assert_eq!(nonces.read(Instant::ZERO, "a", &nonce), Read::Stale, "from the future");
    assert_eq!(nonces.read(now, "b", &nonce), Read::Stale);
    assert_eq!(others.read(now, "a", &nonce), Read::Stale);
    for at in 0..nonce.len() {
        let mut forged = nonce.clone().into_bytes();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(nonces.read(now, "a", &forged), Read::Stale, "{forged}");
    }
    for forged in ["", "0", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", &nonce[..63]]
    {
        assert_eq!(nonces.read(now, "a", forged), Read::Stale);
    }
}

#[test]
fn a_nonce_that_was_pushed_out_cannot_be_used_again() {
    let mut nonces = Nonces::remembering(SEED, 2);
    let read = |nonces: &Nonces, text: &str| nonces.read(Instant::from_millis(9), "a", text);
    let made: Vec<String> =
        (1..=4).map(|at| nonces.make(Instant::from_millis(at), 0, "a")).collect();
    for (at, text) in made.iter().enumerate() {
        let Read::Ours(nonce) = read(&nonces, text) else { panic!("{at}") };
        assert!(nonces.spend(Instant::from_millis(9), nonce, 1));
    }
    assert_eq!(read(&nonces, &made[0]), Read::Stale);
    assert_eq!(read(&nonces, &made[1]), Read::Stale);
    let Read::Ours(nonce) = read(&nonces, &made[2]) else { panic!() };
    assert!(!nonces.spend(Instant::from_millis(9), nonce, 1));
    assert!(nonces.spend(Instant::from_millis(9), nonce, 2));
}

proptest! {
    /// Never twice the same count, and always a new one that is not far behind.
    #[test]
    fn counts_are_used_once(counts in prop::collection::vec(0_u32..200, 1..200)) {
        let mut nonces = Nonces::new(SEED);
        let now = Instant::from_millis(5);
        let Read::Ours(nonce) = nonces.read(now, "a", &nonces.make(now, 1, "a")) else {
            panic!()
        };
        let (mut used, mut highest) = (BTreeSet::new(), 0);
        for count in counts {
            let expected = count > 0 && count + 64 > highest && !used.contains(&count);
            prop_assert_eq!(nonces.spend(now, nonce, count), expected, "{}", count);
            if expected {
                used.insert(count);
                highest = highest.max(count);
            }
        }
    }
}
