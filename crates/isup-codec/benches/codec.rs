//! An initial address message as most are: read, looked at, written.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, CallingPartysCategory, Cic, Iam, Message, Milliseconds,
    NatureOfAddress, UserServiceInformation, View, decode, encode, key, variants,
};
use std::hint::black_box;

fn iam() -> Option<Message> {
    let number = |text: &str| text.parse().ok();
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, number("199000001")?);
    let calling = CallingPartyNumber::new(NatureOfAddress::INTERNATIONAL, number("33639980001")?);
    let iam = Iam::new(called, CallingPartysCategory::ORDINARY)
        .with(key::CALLING_PARTY_NUMBER, &calling)
        .with(key::USER_SERVICE_INFORMATION, &UserServiceInformation::speech())
        .with(key::PROPAGATION_DELAY_COUNTER, &Milliseconds(50))
        .with(key::HOP_COUNTER, &20);
    Some(iam.into())
}

fn codec(c: &mut Criterion) {
    let Some(message) = iam() else { return };
    let Ok(payload) = encode(Cic(33), &message) else { return };
    let mut group = c.benchmark_group("iam");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decode", |b| b.iter(|| decode(black_box(&payload))));
    group.bench_function("view", |b| {
        b.iter(|| {
            let view = View::parse(black_box(&payload), &variants::ITU).ok()?;
            Some((view.get(key::CALLED_PARTY_NUMBER)?, view.get(key::CALLING_PARTY_NUMBER)?))
        });
    });
    let mut buffer = Vec::with_capacity(64);
    group.bench_function("encode", |b| {
        b.iter(|| {
            buffer.clear();
            variants::ITU.encode_into(Cic(33), black_box(&message), &mut buffer)
        });
    });
    group.finish();
}

/// As many parameters as a message has room for, none of which says anything.
fn hostile(c: &mut Criterion) {
    let mut payload = vec![1, 0, 0x33, 1];
    (1..=131).for_each(|code| payload.extend([code, 0]));
    payload.push(0);
    let mut group = c.benchmark_group("hostile");
    group.throughput(Throughput::Bytes(payload.len() as u64));
    for variant in [&variants::ITU, &variants::WHITE_BOOK, &variants::ANSI] {
        group.bench_function(format!("{} decode", variant.name), |b| {
            b.iter(|| variant.decode(black_box(&payload)));
        });
        group.bench_function(format!("{} print", variant.name), |b| {
            b.iter(|| View::parse(black_box(&payload), variant).map(|view| view.to_string()));
        });
    }
    group.finish();
}

criterion_group!(benches, codec, hostile);
criterion_main!(benches);
