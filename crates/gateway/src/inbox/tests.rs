use super::*;
use mtp::sap::Sls;
use proptest::prelude::*;

const PEER: PointCode = PointCode(2);

fn waiting(octet: u8) -> Waiting {
    Waiting::Isup(Transfer {
        opc: PEER,
        dpc: PointCode(1),
        sls: Sls(0),
        class: Class::Ordinary,
        payload: Bytes::copy_from_slice(&[octet]),
    })
}

fn octet(taken: &Taken) -> u8 {
    match &taken.waiting {
        Waiting::Isup(transfer) => transfer.payload[0],
        Waiting::Sip { .. } => panic!("{taken:?}"),
    }
}

fn inbox(total: usize) -> Inbox {
    Inbox::new(QueueLimits { per_class: [total; Class::COUNT], total }, 1)
}

fn drain(inbox: &mut Inbox) -> Vec<u8> {
    std::iter::from_fn(|| inbox.pop()).map(|taken| octet(&taken)).collect()
}

fn push(inbox: &mut Inbox, class: Class, lane: Lane, octet: u8) -> Option<Waiting> {
    inbox.push(Instant::ZERO, class, Some(lane), waiting(octet))
}

#[test]
fn the_urgent_go_first_but_not_past_their_own_call() {
    let mut inbox = inbox(16);
    push(&mut inbox, Class::Ordinary, Lane::dialog("a"), 1);
    push(&mut inbox, Class::Emergency, Lane::dialog("b"), 2);
    // The class of call `a` was raised meanwhile: its CANCEL does not overtake its INVITE.
    push(&mut inbox, Class::EmergencyInDialog, Lane::dialog("a"), 3);
    assert_eq!(drain(&mut inbox), [2, 1, 3]);
    // Once nothing of the call waits, its class counts again.
    push(&mut inbox, Class::Ordinary, Lane::dialog("b"), 1);
    push(&mut inbox, Class::EmergencyInDialog, Lane::dialog("a"), 2);
    assert_eq!(drain(&mut inbox), [2, 1]);
}

#[test]
fn a_group_message_keeps_its_place_among_those_of_its_peer() {
    let mut inbox = inbox(16);
    push(&mut inbox, Class::Ordinary, Lane::Circuit(PEER, 1), 1);
    push(&mut inbox, Class::Ordinary, Lane::Peer(PEER), 2);
    push(&mut inbox, Class::Emergency, Lane::Circuit(PEER, 2), 3);
    push(&mut inbox, Class::Emergency, Lane::Circuit(PointCode(3), 2), 4);
    assert_eq!(drain(&mut inbox), [4, 1, 2, 3]);
    // With nothing of the peer before it, it holds nobody up.
    push(&mut inbox, Class::Ordinary, Lane::dialog("a"), 1);
    push(&mut inbox, Class::Ordinary, Lane::Peer(PEER), 2);
    push(&mut inbox, Class::Emergency, Lane::Circuit(PEER, 2), 3);
    assert_eq!(drain(&mut inbox), [2, 3, 1]);
}

#[test]
fn what_is_displaced_is_forgotten() {
    let mut inbox = inbox(2);
    push(&mut inbox, Class::Ordinary, Lane::dialog("a"), 1);
    push(&mut inbox, Class::Ordinary, Lane::dialog("b"), 2);
    for (class, lane, octet, shed) in
        [(Class::Emergency, Lane::dialog("c"), 3, 2), (Class::Ordinary, Lane::dialog("d"), 4, 4)]
    {
        let gone = push(&mut inbox, class, lane, octet);
        assert!(matches!(gone, Some(Waiting::Isup(transfer)) if transfer.payload[0] == shed));
    }
    assert_eq!(inbox.stats().shed[Class::Ordinary.rank()].iter().sum::<u64>(), 2);
    assert_eq!(drain(&mut inbox), [3, 1]);
    assert!(inbox.order.lanes.is_empty());
    assert!(inbox.order.peers.is_empty());
}

#[test]
fn links_are_told_when_too_much_waits_and_when_no_longer() {
    let mut inbox = inbox(16);
    assert_eq!(inbox.congestion_changed(), None);
    for octet in 0..4 {
        push(&mut inbox, Class::Ordinary, Lane::Circuit(PEER, 1), octet);
    }
    assert_eq!(inbox.congestion_changed(), Some(true));
    inbox.pop();
    assert_eq!(inbox.congestion_changed(), None);
    inbox.pop();
    assert_eq!(inbox.congestion_changed(), Some(false));
    assert_eq!(inbox.congestion_changed(), None);
}

fn lanes() -> impl Strategy<Value = Lane> {
    prop_oneof![
        (0..3_u64).prop_map(Lane::Dialog),
        (2..4_u32, 1..4_u16).prop_map(|(peer, cic)| Lane::Circuit(PointCode(peer), cic)),
        (2..4_u32).prop_map(|peer| Lane::Peer(PointCode(peer))),
    ]
}

/// Whether the order of two messages matters.
fn related(one: Lane, other: Lane) -> bool {
    let all = |lane| matches!(lane, Lane::Peer(_));
    one == other || one.peer().is_some() && one.peer() == other.peer() && (all(one) || all(other))
}

proptest! {
    /// Whatever comes and goes, related messages come out in the order in which they went in, and
    /// nothing is remembered of an empty queue.
    #[test]
    fn related_messages_are_never_reordered(
        steps in prop::collection::vec((lanes(), 0..Class::COUNT, any::<bool>()), 1..120),
    ) {
        let mut inbox = inbox(40);
        let mut taken = Vec::new();
        for (number, (lane, rank, pop)) in steps.iter().enumerate() {
            push(&mut inbox, Class::ALL[*rank], *lane, number as u8);
            if *pop {
                taken.extend(inbox.pop().as_ref().map(octet));
            }
        }
        taken.extend(drain(&mut inbox));
        let lane = |number: u8| steps[usize::from(number)].0;
        for (place, later) in taken.iter().enumerate() {
            for earlier in &taken[..place] {
                prop_assert!(earlier < later || !related(lane(*earlier), lane(*later)));
            }
        }
        prop_assert!(inbox.order.lanes.is_empty() && inbox.order.peers.is_empty());
        prop_assert_eq!(inbox.isup, 0);
    }
}
