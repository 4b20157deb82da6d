use super::*;
use proptest::prelude::*;

fn class() -> impl Strategy<Value = Class> {
    (0..Class::COUNT).prop_map(|rank| Class::ALL[rank])
}

#[test]
fn the_most_urgent_goes_first_and_the_oldest_among_equals() {
    let mut queue = PriorityQueue::new(QueueLimits::of(8));
    for (class, entry) in [
        (Class::Ordinary, 1),
        (Class::Emergency, 2),
        (Class::Ordinary, 3),
        (Class::EmergencyInDialog, 4),
        (Class::Emergency, 5),
    ] {
        assert_eq!(queue.push(class, entry), Ok(Pushed::Accepted));
    }
    let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, entry)| entry).collect();
    assert_eq!(order, [4, 2, 5, 1, 3]);
    assert_eq!(queue.pop(), None);
}

#[test]
fn ordinary_messages_leave_a_quarter_to_the_emergency_ones() {
    let mut queue = PriorityQueue::new(QueueLimits::of(8));
    for entry in 0..6 {
        queue.push(Class::Ordinary, entry).unwrap();
    }
    assert_eq!(queue.push(Class::Ordinary, 6), Err(Full(6)));
    assert_eq!(queue.push(Class::Emergency, 7), Ok(Pushed::Accepted));
    assert_eq!(queue.stats().shed[Class::Ordinary.rank()], [1, 0, 0, 0]);
}

#[test]
fn a_full_queue_gives_up_the_newest_of_the_least_urgent() {
    let limits = QueueLimits { per_class: [4; Class::COUNT], total: 4 };
    let mut queue = PriorityQueue::new(limits);
    for (class, entry) in
        [(Class::InDialog, 1), (Class::Ordinary, 2), (Class::Ordinary, 3), (Class::Emergency, 4)]
    {
        queue.push(class, entry).unwrap();
    }
    assert_eq!(queue.push(Class::Ordinary, 5), Err(Full(5)));
    let displaced = queue.push(Class::Emergency, 6);
    assert_eq!(displaced, Ok(Pushed::Displaced(Class::Ordinary, 3)));
    let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, entry)| entry).collect();
    assert_eq!(order, [4, 6, 1, 2]);
    assert_eq!(queue.stats().shed[Class::Ordinary.rank()], [0, 1, 1, 0]);
}

proptest! {
    /// Against one list searched from end to end.
    #[test]
    fn agrees_with_a_list(
        steps in proptest::collection::vec((proptest::option::of(class()), any::<u16>()), 0..200),
        total in 1usize..12,
    ) {
        let limits = QueueLimits::of(total);
        let mut queue = PriorityQueue::new(limits);
        let mut model: Vec<(Class, u16)> = Vec::new();
        for (class, entry) in steps {
            let Some(class) = class else {
                let first = model.iter().map(|(class, _)| class.rank()).min();
                let at = model.iter().position(|(class, _)| Some(class.rank()) == first);
                prop_assert_eq!(queue.pop(), at.map(|at| model.remove(at)));
                continue;
            };
            let same = model.iter().filter(|(other, _)| *other == class).count();
            let expected = if same >= limits.per_class[class.rank()] {
                Err(Full(entry))
            } else if model.len() < total {
                Ok(Pushed::Accepted)
            } else {
                let last = model.iter().map(|(class, _)| class.rank()).max().unwrap();
                if last <= class.rank() {
                    Err(Full(entry))
                } else {
                    let at = model.iter().rposition(|(other, _)| other.rank() == last).unwrap();
                    let (other, gone) = model.remove(at);
                    Ok(Pushed::Displaced(other, gone))
                }
            };
            if expected.is_ok() {
                model.push((class, entry));
            }
            prop_assert_eq!(queue.push(class, entry), expected);
            prop_assert_eq!(queue.len(), model.len());
        }
    }
}
