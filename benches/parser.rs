//! Reading and writing of usual messages, beside rsip and ezk-sip-types in the same run, and a whole
//! call through the SIP core: `cargo bench --bench parser`.

#![expect(clippy::panic, reason = "a bench of a call that fails has nothing to measure")]

use std::hint::black_box;
use std::net::SocketAddr;

use base::{Class, Duration, Instant};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ezk_sip_types::header::typed as ezk;
use ezk_sip_types::msg::{Line as EzkLine, MessageLine, PullParser};
use ezk_sip_types::parse::Parse;
use rsip::prelude::{HeadersExt, ToTypedHeader};
use sip::{
    Codec, Config, Event, Flow, Input, LocalMedia, Output, Peers, SessionTimers, Sip, Timers,
    Transport,
};
use sip_parser::headers::{
    Allow, Contact, ContentDisposition, ContentLength, ContentType, From, MaxForwards,
    PAssertedIdentity, Privacy, RecordRoute, Supported, To, UserAgent,
};
use sip_parser::{Limits, Message, Name, Typed, Uri, Via, Writer, peek};

/// The message of `crates/sip-parser/tests/allocations.rs`.
const INVITE: &str = include_str!("../crates/sip-parser/tests/invite.txt");

/// What a gateway reads of every INVITE: six header fields.
fn six(message: &Message) -> usize {
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

/// How many values of that header field can be read as what they are.
fn all<'a, T: Typed<'a>>(message: &'a Message) -> usize {
    message.all_typed::<T>().filter(Result::is_ok).count()
}

/// Every header field of the message, every value of it, and the Request-URI.
fn everything(message: &Message) -> usize {
    all::<Via<'_>>(message)
        + all::<MaxForwards>(message)
        + all::<From<'_>>(message)
        + all::<To<'_>>(message)
        + usize::from(!message.call_id().is_empty())
        + usize::from(message.cseq().number != 0)
        + all::<Contact<'_>>(message)
        + all::<RecordRoute<'_>>(message)
        + all::<Allow<'_>>(message)
        + all::<Supported<'_>>(message)
        + all::<PAssertedIdentity<'_>>(message)
        + all::<Privacy<'_>>(message)
        + all::<UserAgent<'_>>(message)
        + all::<ContentType<'_>>(message)
        + all::<ContentLength>(message)
        + all::<ContentDisposition<'_>>(message)
        + usize::from(message.uri().and_then(Uri::parse).is_some())
}

/// The six of rsip.
fn rsip_six(request: &rsip::Request) -> Result<usize, rsip::Error> {
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

/// A message as ezk-sip-types reads it: the start line, and the header fields by name.
fn ezk_parse(bytes: &Bytes) -> Option<(MessageLine, ezk_sip_types::Headers)> {
    let mut parser = PullParser::new(bytes, 0);
    let line = std::str::from_utf8(parser.next()?.ok()?).ok()?;
    let (_, line) = MessageLine::parse(bytes)(line).ok()?;
    let mut headers = ezk_sip_types::Headers::new();
    for field in parser {
        let field = std::str::from_utf8(field.ok()?).ok()?;
        let (_, field) = EzkLine::parse(bytes, field).ok()?;
        headers.insert(field.name, field.value);
    }
    Some((line, headers))
}

/// The six of ezk-sip-types.
fn ezk_six(headers: &ezk_sip_types::Headers) -> Option<usize> {
    let via: Vec<ezk::Via> = headers.get_named().ok()?;
    let from: ezk::FromTo = headers.get(ezk_sip_types::Name::FROM).ok()?;
    let to: ezk::FromTo = headers.get(ezk_sip_types::Name::TO).ok()?;
    let contact: ezk::Contact = headers.get_named().ok()?;
    let cseq: ezk::CSeq = headers.get_named().ok()?;
    let hops: ezk::MaxForwards = headers.get_named().ok()?;
    black_box((&contact, &hops));
    Some(
        via.len()
            + usize::from(from.tag.is_some())
            + usize::from(to.tag.is_some())
            + usize::from(cseq.cseq != 0),
    )
}

fn invite(criterion: &mut Criterion) {
    let bytes = Bytes::from(INVITE.replace('\n', "\r\n"));
    let limits = Limits::default();
    let parse = || Message::parse(black_box(bytes.clone()), &limits).ok();
    let Some(message) = parse() else { return };
    assert_eq!(everything(&message), 26, "all of it can be read");
    assert!(ezk_parse(&bytes).is_some_and(|(_, headers)| ezk_six(&headers).is_some()));
    assert!(rsip::Request::try_from(&bytes[..]).is_ok_and(|request| rsip_six(&request).is_ok()));

    let mut group = criterion.benchmark_group("invite");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("peek", |bench| bench.iter(|| black_box(peek(black_box(&bytes)))));
    group.bench_function("parse", |bench| bench.iter(|| black_box(parse())));
    group.bench_function("parse and read six", |bench| {
        bench.iter(|| black_box(parse()).as_ref().map(six));
    });
    group.bench_function("parse and read everything", |bench| {
        bench.iter(|| black_box(parse()).as_ref().map(everything));
    });
    group.bench_function("rsip parse", |bench| {
        bench.iter(|| black_box(rsip::Request::try_from(black_box(&bytes[..]))).is_ok());
    });
    group.bench_function("rsip parse and read six", |bench| {
        bench.iter(|| {
            let request = rsip::Request::try_from(black_box(&bytes[..]));
            request.ok().and_then(|request| rsip_six(&request).ok())
        });
    });
    group.bench_function("ezk parse", |bench| {
        bench.iter(|| black_box(ezk_parse(black_box(&bytes))).is_some());
    });
    group.bench_function("ezk parse and read six", |bench| {
        bench.iter(|| ezk_parse(black_box(&bytes)).and_then(|(_, headers)| ezk_six(&headers)));
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
    let body = message.body();
    group.bench_function("write the request", |bench| {
        bench.iter(|| {
            let mut writer = Writer::request("INVITE", message.uri().unwrap_or_default());
            for (name, value) in message.headers() {
                writer.header(name, value);
            }
            writer.finish_with_body(&body)
        });
    });
    group.finish();
}

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8\r\n";

/// A request of call number `call`, of which `to` says the To.
fn request(method: &str, sequence: u32, call: u64, to: &str) -> Message {
    let mut writer = Writer::request(method, "sip:+33199000000@127.0.0.1;user=phone");
    let branch = format_args!("SIP/2.0/UDP 127.0.0.2:5062;branch=z9hG4bK{call}-{sequence}{method}");
    writer.header("Via", branch);
    writer.header("Max-Forwards", 70);
    writer.header("From", "<sip:+33639980001@127.0.0.2>;tag=caller").header("To", to);
    writer.header("Call-ID", call);
    writer.header("CSeq", format_args!("{sequence} {method}"));
    writer.header("Contact", "<sip:127.0.0.2:5062>");
    let offer = if method == "INVITE" { OFFER } else { "" };
    let bytes = writer.finish_with("application/sdp", offer.as_bytes());
    Message::parse(bytes, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A core, and what a peer sees of it.
struct World {
    sip: Sip,
    now: Instant,
    flow: Flow,
}

impl World {
    fn new() -> Self {
        let address = |text: &str| -> SocketAddr { text.parse().unwrap_or_else(|_| panic!()) };
        let local = address("127.0.0.1:5060");
        let flow = Flow {
            transport: Transport::Udp,
            local,
            remote: address("127.0.0.2:5062"),
            connection: None,
            peer: None,
        };
        let config = Config {
            locals: vec![(Transport::Udp, local)],
            timers: Timers::default(),
            sessions: 100,
            emergency_reserve: 10,
            transactions: 400,
            transaction_reserve: 40,
            progress_repeat: Duration::from_secs(60),
            session_timers: SessionTimers { interval: None, ..SessionTimers::default() },
            software: "bench".to_owned(),
            seed: 1,
            peers: Peers::default(),
            limits: Limits::default(),
        };
        let sip = Sip::new(config, Instant::ZERO).unwrap_or_else(|error| panic!("{error}"));
        Self { sip, now: Instant::ZERO, flow }
    }

    /// Takes in a message; gives what was sent, as the peer reads it, and what was told.
    fn feed(&mut self, message: Message) -> (Vec<Message>, Vec<Event>) {
        let input = Input::Message { flow: self.flow, class: Class::Ordinary, peer: None, message };
        self.sip.handle_input(self.now, input);
        self.drain()
    }

    fn drain(&mut self) -> (Vec<Message>, Vec<Event>) {
        let (mut sent, mut told) = (Vec::new(), Vec::new());
        while let Some(output) = self.sip.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    sent.extend(Message::parse(bytes, &Limits::default()));
                }
                Output::Event(event) => told.push(event),
                Output::Close { .. } => {}
            }
        }
        (sent, told)
    }

    /// INVITE, 100, 200, ACK, BYE, 200, and every timer of it.
    fn call(&mut self, invite: Message, call: u64) {
        let (sent, told) = self.feed(invite);
        assert_eq!(sent.first().and_then(Message::status), Some(100));
        let Some(Event::Incoming { session, .. }) = told.first() else { panic!("no call") };
        let media = LocalMedia {
            address: SocketAddr::from(([127, 0, 0, 1], 16_384)),
            other: None,
            codecs: vec![Codec::Pcma],
        };
        self.sip
            .answer(self.now, *session, &media, &[])
            .unwrap_or_else(|| panic!("no common codec"));
        let (sent, _) = self.drain();
        let to = sent.first().and_then(|answer| answer.header(Name::To)).unwrap_or_default();
        let to = to.to_owned();
        self.feed(request("ACK", 1, call, &to));
        let (sent, _) = self.feed(request("BYE", 2, call, &to));
        assert_eq!(sent.first().and_then(Message::status), Some(200));
        self.now += Duration::from_secs(64);
        while self.sip.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
            self.sip.handle_timeout(self.now);
        }
        self.drain();
    }
}

fn call(criterion: &mut Criterion) {
    let mut world = World::new();
    let mut call = 0;
    criterion.bench_function("a call through the core, both sides' messages", |bench| {
        bench.iter(|| {
            call += 1;
            let invite = request("INVITE", 1, call, "<sip:+33199000000@127.0.0.1>");
            world.call(invite, call);
        });
    });
}

criterion_group!(benches, invite, call);
criterion_main!(benches);
