//! Reading a usual INVITE, beside rsip in the same run: `cargo bench --bench parser`.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rsip::prelude::{HeadersExt, ToTypedHeader};
use sip_parser::{Limits, Message, Name, Writer, peek};

/// The message of `crates/sip-parser/tests/allocations.rs`.
const INVITE: &str = include_str!("../crates/sip-parser/tests/invite.txt");

/// What a gateway reads of an INVITE.
fn typed(message: &Message) -> usize {
    let via = message.top_via();
    let cseq = message.cseq();
    let contact = message.contact().map_or(0, |contact| contact.uri.len());
    via.host.len()
        + usize::from(message.from().tag().is_some())
        + usize::from(message.to().tag().is_some())
        + contact
        + usize::from(cseq.number != 0)
        + usize::from(message.max_forwards().unwrap_or(70))
}

/// The same of rsip.
fn rsip_typed(request: &rsip::Request) -> Result<usize, rsip::Error> {
    let via = request.via_header()?.typed()?;
    let from = request.from_header()?.typed()?;
    let to = request.to_header()?.typed()?;
    let contact = request.contact_header()?.typed()?;
    let cseq = request.cseq_header()?.typed()?;
    let hops = request.max_forwards_header()?.num()?;
    Ok(usize::from(via.branch().is_some())
        + usize::from(from.tag().is_some())
        + usize::from(to.tag().is_some())
        + contact.params.len()
        + usize::from(cseq.seq != 0)
        + usize::try_from(hops).unwrap_or(0))
}

fn invite(criterion: &mut Criterion) {
    let bytes = Bytes::from(INVITE.replace('\n', "\r\n"));
    let limits = Limits::default();
    let parse = || Message::parse(bytes.clone(), &limits).ok();
    let Some(message) = parse() else { return };

    let mut group = criterion.benchmark_group("invite");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("peek", |bench| bench.iter(|| peek(black_box(&bytes)).is_some()));
    group.bench_function("parse", |bench| bench.iter(|| black_box(parse())));
    group.bench_function("parse and read", |bench| {
        bench.iter(|| black_box(parse()).as_ref().map(typed));
    });
    group.bench_function("rsip parse", |bench| {
        bench.iter(|| black_box(rsip::Request::try_from(&bytes[..])).is_ok());
    });
    group.bench_function("rsip parse and read", |bench| {
        bench.iter(|| {
            let request = rsip::Request::try_from(black_box(&bytes[..]));
            request.ok().and_then(|request| rsip_typed(&request).ok())
        });
    });
    group.bench_function("write a response", |bench| {
        bench.iter(|| {
            let mut writer = Writer::response(180, "Ringing");
            for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
                writer.copy(&message, name);
            }
            writer.finish()
        });
    });
    group.finish();
}

criterion_group!(benches, invite);
criterion_main!(benches);
