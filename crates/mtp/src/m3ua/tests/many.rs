//! Many associations at once.

use super::super::{AssociationConfig, AssociationId, Event, Role};
use super::iut::Iut;
use crate::PointCode;
use base::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// The most attempts to connect within any second.
fn busiest(connects: &[(Instant, u16)]) -> usize {
    let within = |(from, _): &(Instant, u16)| {
        connects.iter().filter(|(at, _)| *at >= *from && *at < *from + SECOND).count()
    };
    connects.iter().map(within).max().unwrap_or_default()
}

/// All associations of a node share its attempts to connect: at the start, while the network is
/// away, and when it is back.
#[test]
fn five_hundred_associations_come_back_without_a_rush() {
    const MANY: u16 = 500;
    let new = |id: u16| {
        AssociationConfig::new(AssociationId(id), Role::Asp, vec![PointCode(u32::from(id) + 10)])
    };
    let mut iut = Iut::new((0..MANY).map(new).collect());
    let mut seen = 0;
    let mut away = true;
    let mut open = vec![false; usize::from(MANY)];
    // A minute in which nobody answers, then everybody does.
    for step in 0..9_000_u32 {
        away &= step < 6_000;
        let tried: Vec<u16> = iut.connects.iter().skip(seen).map(|(_, at)| *at).collect();
        seen = iut.connects.len();
        for at in tried {
            let event = if away { Event::Down } else { Event::Up };
            open[usize::from(at)] = !away;
            iut.event(at, event);
        }
        iut.pass(Duration::from_millis(10));
        if !away && open.iter().all(|open| *open) {
            break;
        }
    }
    assert!(open.iter().all(|open| *open), "all are back");
    // Fifty a second, and as many at once where nobody tried for a while.
    let busiest = busiest(&iut.connects);
    assert!(busiest <= 100, "{busiest} in a second");
    let back = iut.now - Instant::from_millis(60_000);
    assert!(back < 30 * SECOND, "{back:?}");
    // And nobody was forgotten while the network was away.
    let tries = |of: u16| iut.connects.iter().filter(|(_, at)| *at == of).count();
    let least = (0..MANY).map(tries).min();
    assert!(least >= Some(3), "{least:?}");
}
