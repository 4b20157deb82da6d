use super::*;
use crate::mtp3::label::Label;
use crate::{NetworkIndicator, ServiceIndicator};
use proptest::prelude::*;

fn message(class: Class, sls: u8, cic: u8, number: u8) -> Message {
    let label = Label { dpc: PointCode(2), opc: PointCode(1), sls: Sls(sls) };
    let msu = Msu {
        service: ServiceIndicator::ISUP,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        label,
        payload: Bytes::copy_from_slice(&[cic, 0, number]),
    };
    Message { class, msu }
}

fn queue(places: usize, reserve: usize) -> Queue {
    Queue::new(Limits { places, reserve, leading: 2 })
}

fn numbers(queue: &mut Queue) -> Vec<u8> {
    std::iter::from_fn(|| queue.pop()).map(|message| message.msu.payload[2]).collect()
}

#[test]
fn an_emergency_message_passes_ordinary_ones() {
    let mut queue = queue(10, 0);
    for (number, class) in [Class::Ordinary, Class::InDialog, Class::Emergency].iter().enumerate() {
        queue.push(message(*class, 1, number as u8, number as u8)).unwrap();
    }
    assert_eq!(numbers(&mut queue), [2, 1, 0]);
}

#[test]
fn a_message_never_passes_an_earlier_one_of_its_circuit_but_pulls_it_along() {
    let mut queue = queue(10, 0);
    queue.push(message(Class::Ordinary, 1, 7, 0)).unwrap();
    queue.push(message(Class::Ordinary, 1, 8, 1)).unwrap();
    queue.push(message(Class::Emergency, 1, 8, 2)).unwrap();
    queue.push(message(Class::Ordinary, 1, 8, 3)).unwrap();
    assert_eq!(numbers(&mut queue), [1, 2, 0, 3]);
}

#[test]
fn the_last_places_are_for_emergency_messages() {
    let mut queue = queue(3, 1);
    for number in 0..2 {
        queue.push(message(Class::PsapCallback, 0, number, number)).unwrap();
    }
    let refused = message(Class::GovernmentPriority, 0, 3, 3);
    assert_eq!(queue.push(refused.clone()), Err(Full(refused)));
    queue.push(message(Class::EmergencyInDialog, 0, 4, 4)).unwrap();
    assert!(queue.push(message(Class::Emergency, 0, 5, 5)).is_err());
    assert_eq!(numbers(&mut queue), [4, 0, 1]);
}

proptest! {
    /// Against the definition: the first message of the stream that has the most urgent message,
    /// and among those the one that arrived first.
    #[test]
    fn agrees_with_a_search_from_end_to_end(
        steps in proptest::collection::vec((0u8..8, 0usize..6, 0u8..3, 0u8..3), 0..120),
    ) {
        let mut queue = queue(40, 8);
        let mut model: Vec<Message> = Vec::new();
        for (number, (step, class, sls, cic)) in steps.into_iter().enumerate() {
            match step {
                0..5 => {
                    let message = message(Class::ALL[class], sls, cic, number as u8);
                    let limit = if message.class.is_emergency() { 40 } else { 32 };
                    prop_assert_eq!(queue.push(message.clone()).is_ok(), model.len() < limit);
                    if model.len() < limit {
                        model.push(message);
                    }
                }
                5 | 6 => {
                    let expected = search(&model).map(|at| model.remove(at));
                    prop_assert_eq!(queue.pop(), expected);
                }
                _ => {
                    let (taken, left) =
                        model.into_iter().partition(|message| message.msu.label.sls == Sls(sls));
                    model = left;
                    prop_assert_eq!(queue.extract(|of| of == Sls(sls)), taken);
                }
            }
            prop_assert_eq!(queue.len(), model.len());
        }
    }
}

fn search(model: &[Message]) -> Option<usize> {
    let stream = |message: &Message| (message.msu.label.sls, message.msu.payload[0]);
    let urgency = |at: usize| {
        let of = stream(&model[at]);
        model.iter().filter(|other| stream(other) == of).map(|other| other.class.rank()).min()
    };
    let first = |at: &usize| !model[..*at].iter().any(|other| stream(other) == stream(&model[*at]));
    (0..model.len()).filter(first).min_by_key(|at| (urgency(*at), *at))
}
