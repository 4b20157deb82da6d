//! Arbitrary messages, from the lists that declare messages and parameters.

use super::samples::samples;
use crate::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=most)
}

/// Octets that say something as the contents of a parameter, and are what is written for it.
pub(super) fn contents(name: ParameterName) -> BoxedStrategy<Vec<u8>> {
    let Some(contents) = name.contents() else { return octets(20).boxed() };
    let sample = super::samples::sample(name);
    let (least, most) = contents.lengths();
    let lengths = usize::from(least)..=usize::from(most.min(least + 20));
    // What is no value becomes the sample.
    vec(any::<u8>(), lengths)
        .prop_map(move |octets| contents.rewrite(&octets).unwrap_or_else(|| sample.clone()))
        .boxed()
}

/// Contents of a mandatory parameter, which may be others than of an optional one of its name.
fn mandatory(message_type: MessageType, name: ParameterName) -> BoxedStrategy<Vec<u8>> {
    let status_of = |(range, bits): (u8, u64)| {
        let status = RangeStatus::new(Range(range), |at| bits.rotate_left(at as u32) & 1 != 0);
        let mut octets = Vec::new();
        status.write(&mut octets).unwrap();
        octets
    };
    match (message_type, name) {
        (
            MessageType::GRS | MessageType::CQM | MessageType::CQR,
            ParameterName::RANGE_AND_STATUS,
        ) => vec(any::<u8>(), 1).boxed(),
        (_, ParameterName::RANGE_AND_STATUS) => {
            (any::<u8>(), any::<u64>()).prop_map(status_of).boxed()
        }
        _ => contents(name),
    }
}

/// An optional parameter: one that the message's table names, any other, or one that nobody knows.
fn optional(layout: &'static Layout) -> BoxedStrategy<(ParameterName, Vec<u8>)> {
    let expected: Vec<_> = layout.optional.iter().flat_map(|names| names.iter()).copied().collect();
    let expected =
        if expected.is_empty() { vec![ParameterName::CAUSE_INDICATORS] } else { expected };
    let unknown =
        (1u8..).prop_map(ParameterName).prop_filter("known", |name| name.name().is_none());
    let known = prop_oneof![4 => select(expected), 1 => select(ParameterName::NAMED)];
    prop_oneof![
        5 => known.prop_flat_map(|name| (Just(name), contents(name))),
        1 => (unknown, octets(20)),
    ]
    .boxed()
}

/// The body of a message, written here and not by what is tested.
fn body(layout: &Layout, mandatory: &[Vec<u8>], optional: &[(ParameterName, Vec<u8>)]) -> Vec<u8> {
    let (fixed, variable) = mandatory.split_at(layout.fixed.len());
    let mut body = fixed.concat();
    let pointers = body.len();
    body.resize(pointers + variable.len() + usize::from(layout.optional.is_some()), 0);
    for (pointer, contents) in (pointers..).zip(variable) {
        body[pointer] = (body.len() - pointer) as u8;
        body.push(contents.len() as u8);
        body.extend(contents);
    }
    if !optional.is_empty() {
        let pointer = pointers + variable.len();
        body[pointer] = (body.len() - pointer) as u8;
        for (name, contents) in optional {
            body.extend([name.0, contents.len() as u8]);
            body.extend(contents);
        }
        body.push(0);
    }
    body
}

fn payload(cic: u16, message_type: MessageType, body: &[u8]) -> Vec<u8> {
    let mut payload = cic.to_le_bytes().to_vec();
    payload.push(message_type.0);
    payload.extend(body);
    payload
}

fn bodies(message_type: MessageType) -> BoxedStrategy<Vec<u8>> {
    let Some(layout) = message_type.layout() else { return octets(100).boxed() };
    let names = layout.fixed.iter().map(|(name, _)| *name).chain(layout.variable.iter().copied());
    let contents: Vec<_> = names.map(|name| mandatory(message_type, name)).collect();
    let most = if layout.optional.is_some() { 6 } else { 0 };
    (contents, vec(optional(layout), 0..=most))
        .prop_map(|(mandatory, optional)| body(layout, &mandatory, &optional))
        .boxed()
}

pub(super) fn message_type() -> impl Strategy<Value = MessageType> {
    prop_oneof![9 => select(Message::TYPED), 1 => any::<u8>().prop_map(MessageType)]
}

/// What follows the routing label, as it would be written.
pub(super) fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let parts = message_type().prop_flat_map(|kind| (0u16..=0xfff, Just(kind), bodies(kind)));
    parts
        .prop_map(|(cic, message_type, body)| payload(cic, message_type, &body))
        .prop_filter("too long", |payload| payload.len() <= MAX_LENGTH)
}

/// The same of one type.
pub(super) fn payloads_of(message_type: MessageType) -> BoxedStrategy<Vec<u8>> {
    let parts = (0u16..=0xfff, bodies(message_type));
    parts.prop_map(move |(cic, body)| payload(cic, message_type, &body)).boxed()
}

/// A message of this type with the sample of every mandatory parameter, and these optional ones.
pub(super) fn sample_payload(
    cic: u16,
    message_type: MessageType,
    optional: &[ParameterName],
) -> Vec<u8> {
    let samples = samples();
    let sample = |name: ParameterName| {
        let found = samples.iter().find(|(its, _)| *its == name);
        found.unwrap_or_else(|| panic!("{name}")).1.clone()
    };
    let Some(layout) = message_type.layout() else {
        // In a pass-along message, another one.
        return payload(cic, message_type, &[MessageType::FOT.0, 0]);
    };
    let without_status = [MessageType::GRS, MessageType::CQM, MessageType::CQR];
    let mandatory = |name| match name {
        ParameterName::RANGE_AND_STATUS if without_status.contains(&message_type) => vec![30],
        name => sample(name),
    };
    let names = layout.fixed.iter().map(|(name, _)| *name).chain(layout.variable.iter().copied());
    let mandatory: Vec<_> = names.map(mandatory).collect();
    let optional: Vec<_> = optional.iter().map(|name| (*name, sample(*name))).collect();
    payload(cic, message_type, &body(layout, &mandatory, &optional))
}
