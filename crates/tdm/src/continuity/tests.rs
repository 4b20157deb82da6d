//! Q.724 §7.3 and §7.4, clause by clause.

use super::*;
use crate::Dtmf;
use proptest::prelude::*;

/// Levels of tests.
fn amplitude(dbm0: f64) -> f64 {
    Tone::amplitude(dbm0)
}

/// Samples as octets of blocks, cut to a whole number of these.
fn blocks(law: Law, samples: &[f64]) -> Vec<[u8; BLOCK_FRAMES]> {
    let octet = |sample: &f64| law.encode(sample.clamp(-32_767.0, 32_767.0).round() as i16);
    samples
        .chunks_exact(BLOCK_FRAMES)
        .map(|chunk| std::array::from_fn(|n| octet(&chunk[n])))
        .collect()
}

fn sine(hertz: f64, dbm0: f64, phase: f64, millis: usize) -> Vec<f64> {
    let sample = |n: usize| {
        let angle = std::f64::consts::TAU * hertz * n as f64 / 8_000.0 + phase;
        amplitude(dbm0) * angle.sin()
    };
    (0..8 * millis).map(sample).collect()
}

fn silence(millis: usize) -> Vec<f64> {
    vec![0.0; 8 * millis]
}

/// White noise of this level.
fn noise(dbm0: f64, seed: u64, millis: usize) -> Vec<f64> {
    let mut rng = base::Rng::new(seed);
    // The power of a uniform distribution is a third of that of its bound, of a sine a half.
    let bound = amplitude(dbm0) * 1.5f64.sqrt();
    let mut uniform = || rng.below(1 << 20) as f64 / f64::from(1 << 19) - 1.0;
    (0..8 * millis).map(|_| bound * uniform()).collect()
}

fn add(to: &mut [f64], other: &[f64]) {
    to.iter_mut().zip(other).for_each(|(sample, more)| *sample += more);
}

/// The blocks after which what the receiver says has changed.
fn changes(law: Law, samples: &[f64]) -> Vec<usize> {
    let mut receiver = CheckToneReceiver::new(law);
    let mut was = false;
    let mut found = Vec::new();
    for (number, block) in blocks(law, samples).iter().enumerate() {
        let is = receiver.hear(block);
        if is != was {
            found.push(number + 1);
        }
        was = is;
    }
    found
}

fn is_recognised(samples: &[f64]) -> bool {
    !changes(Law::A, samples).is_empty()
}

#[test]
fn q724_7_3_2_1_the_tone_is_2000_hz_at_minus_12_dbm0() {
    for law in [Law::A, Law::Mu] {
        let mut check = CheckTone::new(law);
        let silence = [law.idle(); BLOCK_FRAMES];
        let sent: Vec<_> = (0..1_000).flat_map(|_| check.tick(&silence)).collect();
        // Each period has the same four octets: the frequency is exact.
        assert!(sent.chunks_exact(4).all(|period| period == &sent[..4]));
        let samples = sent.iter().map(|octet| f64::from(law.decode(*octet)));
        let power = samples.map(|sample| sample * sample).sum::<f64>() / sent.len() as f64;
        let level = 10.0 * (2.0 * power / amplitude(0.0).powi(2)).log10();
        assert!((level + 12.0).abs() < 0.5, "{level} dBm0");
    }
}

#[test]
fn q724_7_3_2_3_the_receiver_operates_in_its_range() {
    for law in [Law::A, Law::Mu] {
        for hertz in [1_970.0, 1_980.0, 2_000.0, 2_020.0, 2_030.0] {
            for dbm0 in [-18.0, -15.0, -12.0, -9.0, -6.0] {
                let at = changes(law, &sine(hertz, dbm0, 0.3, 100));
                assert!(matches!(at[..], [30..=60]), "{law:?} {hertz} Hz {dbm0} dBm0: {at:?}");
            }
        }
    }
}

#[test]
fn q724_7_3_2_3_it_does_not_operate_beside_its_frequency() {
    for hertz in (200..=3_800).step_by(20).filter(|hertz| !(1_800..=2_200).contains(hertz)) {
        for dbm0 in [-18.0, -12.0, -6.0, 0.0, 3.0] {
            assert!(!is_recognised(&sine(f64::from(hertz), dbm0, 0.0, 500)), "{hertz} {dbm0}");
        }
    }
}

#[test]
fn q724_7_3_2_3_it_does_not_operate_below_its_level_nor_above_it() {
    for dbm0 in [-60.0, -30.0, -22.0, -3.0, 0.0, 3.0] {
        for phase in [0.0, 0.4, 0.8] {
            assert!(!is_recognised(&sine(2_000.0, dbm0, phase, 500)), "{dbm0} dBm0");
        }
    }
}

#[test]
fn q724_7_3_2_3_a_tone_shorter_than_30_ms_is_none() {
    for millis in 1..30 {
        let mut samples = sine(2_000.0, -6.0, 0.0, millis);
        samples.extend(silence(100));
        assert!(!is_recognised(&samples), "{millis} ms");
        // Nor are several, one after the other.
        assert!(!is_recognised(&samples.repeat(5)));
    }
}

#[test]
fn q724_7_3_2_3_interruptions_of_15_ms_are_ignored_and_the_end_is_found_within_40() {
    for dbm0 in [-18.0, -12.0, -6.0] {
        for gap in 1..=15 {
            let mut samples = sine(2_000.0, dbm0, 0.0, 100);
            samples.extend(silence(gap));
            samples.extend(sine(2_000.0, dbm0, 1.0, 100));
            let end = 200 + gap;
            samples.extend(silence(100));
            let at = changes(Law::A, &samples);
            let [_, removal] = at[..] else { panic!("{gap} ms: {at:?}") };
            assert!((end + 1..=end + 40).contains(&removal), "{removal} for {end}");
        }
    }
}

#[test]
fn q724_7_3_2_3_it_stays_operated_down_to_minus_27_dbm0() {
    let mut samples = sine(2_000.0, -12.0, 0.0, 100);
    samples.extend(sine(2_000.0, -27.0, 0.7, 500));
    assert_eq!(changes(Law::A, &samples).len(), 1);
    samples.extend(sine(2_000.0, -33.0, 0.7, 100));
    assert_eq!(changes(Law::A, &samples).len(), 2);
}

#[test]
fn other_tones_of_the_network_are_not_taken_for_it() {
    for key in 0..16 {
        let mut dtmf = Dtmf::new(key).unwrap();
        let mut receiver = CheckToneReceiver::new(Law::A);
        for _ in 0..500 {
            let mut block = [0; BLOCK_FRAMES];
            dtmf.fill(&mut block);
            assert!(!receiver.hear(&block), "key {key}");
        }
    }
    // Q.441 Table 5: the forward signals of R2, of which 1,980 Hz is one frequency.
    let forward = [1_380.0, 1_500.0, 1_620.0, 1_740.0, 1_860.0, 1_980.0];
    for (n, low) in forward.iter().enumerate() {
        for high in &forward[n + 1..] {
            for dbm0 in [-20.0, -12.0, -8.0, -5.0] {
                let mut pair = sine(*low, dbm0, 0.0, 300);
                add(&mut pair, &sine(*high, dbm0, 1.0, 300));
                assert!(!is_recognised(&pair), "{low} {high} {dbm0}");
            }
        }
    }
    // What an idle time slot, a lost span and a stuck one carry.
    for octet in 0..=255 {
        let mut receiver = CheckToneReceiver::new(Law::A);
        assert!((0..200).all(|_| !receiver.hear(&[octet; BLOCK_FRAMES])), "{octet:#x}");
    }
}

/// A voice: a fundamental that wanders, with the harmonics that three formants let through, in
/// syllables between pauses.
fn voice(rng: &mut base::Rng, millis: usize) -> Vec<f64> {
    let mut between = |low: u64, high: u64| (low + rng.below(high - low)) as f64;
    let mut samples = Vec::new();
    while samples.len() < 8 * millis {
        let (begin, end) = (between(80, 400), between(80, 400));
        let formants = [between(250, 900), between(800, 2_600), between(1_800, 3_400)];
        let (level, length) = (between(8, 28), between(60, 350) as usize * 8);
        let mut phase = 0.0;
        for n in 0..length {
            let part = n as f64 / length as f64;
            let pitch = begin + (end - begin) * part;
            phase += std::f64::consts::TAU * pitch / 8_000.0;
            let mut sample = 0.0;
            for harmonic in (1..).take_while(|harmonic| pitch * f64::from(*harmonic) < 3_600.0) {
                let hertz = pitch * f64::from(harmonic);
                let gain = |formant: &f64| (-((hertz - formant) / 120.0).powi(2)).exp();
                // The voice itself falls by 6 dB an octave.
                let gain =
                    (0.05 + formants.iter().map(gain).sum::<f64>()) * (500.0 / hertz).min(1.0);
                sample += gain * (phase * f64::from(harmonic)).sin();
            }
            samples.push(sample * amplitude(-level) * (std::f64::consts::PI * part).sin());
        }
        samples.extend(silence(between(1, 200) as usize));
    }
    samples
}

/// Half a minute of each of several voices.
#[test]
fn speech_is_not_taken_for_it() {
    for seed in 0..8 {
        let mut rng = base::Rng::new(seed);
        assert!(!is_recognised(&voice(&mut rng, 30_000)), "voice {seed}");
    }
}

#[test]
fn a_loop_is_found_good_and_a_broken_one_is_not() {
    for (delay, law) in [(0, Law::A), (1, Law::A), (40, Law::Mu), (560, Law::A)] {
        let mut check = CheckTone::new(law);
        let mut line = std::collections::VecDeque::from(vec![[law.idle(); BLOCK_FRAMES]; delay]);
        let mut back = [law.idle(); BLOCK_FRAMES];
        let mut seen = Vec::new();
        for _ in 0..2_000 {
            line.push_back(check.tick(&back));
            back = line.pop_front().unwrap();
            if seen.last() != Some(&check.progress()) {
                seen.push(check.progress());
            }
        }
        let all = [CheckProgress::Sent, CheckProgress::Heard, CheckProgress::Passed];
        assert_eq!(seen, all, "{delay} ms");
        assert_eq!(back, [law.idle(); BLOCK_FRAMES], "silent in the end");
    }
    let mut deaf = CheckTone::new(Law::A);
    for _ in 0..2_000 {
        deaf.tick(&[g711::ALAW_IDLE; BLOCK_FRAMES]);
    }
    assert_eq!(deaf.progress(), CheckProgress::Sent);
}

/// A generator at the far end is no loop: what is sent no longer must not be heard any longer.
#[test]
fn a_tone_that_does_not_end_passes_no_check() {
    let mut check = CheckTone::new(Law::A);
    for block in blocks(Law::A, &sine(2_000.0, -12.0, 0.0, 2_000)) {
        check.tick(&block);
    }
    assert_eq!(check.progress(), CheckProgress::Heard);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_tone_is_recognised_through_noise(
        hertz in 1_970.0..=2_030.0,
        dbm0 in -18.0..=-6.0,
        phase in 0.0..std::f64::consts::TAU,
        before in 0_usize..50,
        below in 12.0..60.0,
        seed: u64,
        is_a: bool,
    ) {
        let law = if is_a { Law::A } else { Law::Mu };
        let mut samples = silence(before);
        samples.extend(sine(hertz, dbm0, phase, 150));
        let end = before + 150;
        samples.extend(silence(100));
        // A receiver that releases only below -27 dBm0 (§7.3.2.3 c)) may take noise near that for
        // the rest of a tone: where there is none, the noise is that of a line.
        add(&mut samples[..8 * end], &noise(dbm0 - below, seed, end));
        add(&mut samples[8 * end..], &noise(f64::min(dbm0 - below, -36.0), !seed, 100));
        let at = changes(law, &samples);
        prop_assert_eq!(at.len(), 2, "{:?}", &at);
        prop_assert!((before + 30..=before + 60).contains(&at[0]), "{:?}", &at);
        prop_assert!((end + 1..=end + 40).contains(&at[1]), "{:?} for {}", &at, end);
    }

    #[test]
    fn what_is_outside_the_range_is_not(
        hertz in 100.0..3_900.0,
        dbm0 in -60.0..3.0,
        phase in 0.0..std::f64::consts::TAU,
    ) {
        prop_assume!(!(1_800.0..=2_200.0).contains(&hertz) || dbm0 <= -22.0);
        prop_assert!(!is_recognised(&sine(hertz, dbm0, phase, 200)));
    }

    #[test]
    fn noise_is_not(dbm0 in -50.0..0.0, seed: u64) {
        prop_assert!(!is_recognised(&noise(dbm0, seed, 2_000)));
    }

    /// Octets of anything (data calls, a span out of alignment) make no sum overflow.
    #[test]
    fn any_octets_are_taken(octets in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        let mut receiver = CheckToneReceiver::new(Law::A);
        for block in octets.chunks_exact(BLOCK_FRAMES) {
            receiver.hear(block.try_into().unwrap());
        }
    }
}
