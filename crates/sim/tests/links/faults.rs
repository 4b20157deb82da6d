//! Links that flap, that damage bits, that pass tests in one direction only.

use super::*;
use mtp::SignalUnit;

/// A message from each end every `period` milliseconds, in all link selections in turns, for so
/// long; `each` is asked every millisecond.
fn talk(
    links: &mut Links,
    traffic: &mut Traffic,
    time: Duration,
    mut each: impl FnMut(&mut Links, u128),
) {
    for at in 0..time.as_millis() {
        if at % 11 == 0 {
            let sls = ((at / 11) % 16) as u8;
            traffic.send(links, 0, sls);
            traffic.send(links, 1, sls);
        }
        each(links, at);
        links.tick();
        assert_eq!(traffic.take(links), 0, "told at {at} ms that nothing can be sent");
    }
}

#[test]
fn a_link_that_flaps_ten_times_a_second_for_ten_minutes_loses_and_reorders_nothing() {
    let mut links = aligned(configs(2, Correction::Basic), 0, 1);
    let mut traffic = Traffic::default();
    let ten_minutes = Duration::from_secs(600);
    talk(&mut links, &mut traffic, ten_minutes, |links, at| match at % 100 {
        0 => links.cut(0, [true; 2]),
        50 => links.cut(0, [false; 2]),
        _ => {}
    });
    links.cut(0, [false; 2]);
    // T17 and a proving period: in seconds it carries traffic again.
    pass(&mut links, Duration::from_secs(15));
    traffic.take(&mut links);
    traffic.all_arrived();
    assert!(links.are_in_service());
}

#[test]
fn a_link_that_is_heard_in_one_direction_only_is_left_by_both_ends() {
    for deaf in [[true, false], [false, true]] {
        let mut links = aligned(configs(2, Correction::Basic), 0, 2);
        let mut traffic = Traffic::default();
        let mut out = [0, 0];
        talk(&mut links, &mut traffic, Duration::from_secs(60), |links, at| {
            match at {
                5_000 => links.cut(0, deaf),
                45_000 => links.cut(0, [false; 2]),
                _ => {}
            }
            for (out, end) in out.iter_mut().zip(&links.ends) {
                *out += u64::from(!end.point.link_in_service(LinkId(0)));
            }
        });
        // From the first second of the trouble to some seconds behind it: T17, alignment, test.
        assert!(out.iter().all(|out| (39_900..50_000).contains(out)), "{out:?}");
        pass(&mut links, Duration::from_secs(2));
        traffic.take(&mut links);
        traffic.all_arrived();
    }
}

#[test]
fn bit_errors_of_one_in_a_hundred_thousand_cost_no_message_and_no_link() {
    for correction in [Correction::Basic, PREVENTIVE] {
        let mut links = aligned(configs(2, correction), 10, 7);
        let mut traffic = Traffic::default();
        talk(&mut links, &mut traffic, Duration::from_secs(300), |_, _| {});
        pass(&mut links, Duration::from_secs(2));
        traffic.take(&mut links);
        traffic.all_arrived();
        let repeated = |end: usize| {
            let stats = |link| links.ends[end].point.link_stats(LinkId(link)).unwrap().level2;
            (0..2).map(|link| stats(link).failures).sum::<u64>()
        };
        assert_eq!((repeated(0), repeated(1)), (0, 0), "a link failed");
    }
}

/// Spoils the test messages of link 0: their pattern does not come back as it was meant to
/// (Q.707 §5.4: service indicator 1, heading 0x11; the link selection is the link's code).
fn spoil_tests(unit: SignalUnit) -> SignalUnit {
    let mut octets = unit.as_slice().to_vec();
    let is_test = octets.len() > 10 && octets[3] & 0x0f == 1 && octets[8] == 0x11;
    if is_test && octets[7] >> 4 == 0 {
        octets[10] ^= 0xff;
    }
    SignalUnit::from_slice(&octets).unwrap()
}

#[test]
fn q707_2_2_a_link_whose_test_fails_one_way_is_left_and_taken_back_without_loss() {
    let mut links = aligned(configs(2, Correction::Basic), 0, 3);
    let mut traffic = Traffic::default();
    links.ends[0].alter(spoil_tests);
    let mut out = [0, 0];
    talk(&mut links, &mut traffic, Duration::from_secs(300), |links, _| {
        for (out, end) in out.iter_mut().zip(&links.ends) {
            *out += u64::from(!end.point.link_in_service(LinkId(0)));
        }
    });
    println!("out of service for {out:?} of 300,000 ms");
    assert!(out[0] > 100_000, "the end that is not answered goes on using the link");
    links.ends[0].alter(|unit| unit);
    talk(&mut links, &mut traffic, Duration::from_secs(60), |_, _| {});
    assert!(links.are_in_service());
    pass(&mut links, Duration::from_secs(2));
    traffic.take(&mut links);
    traffic.all_arrived();
}
