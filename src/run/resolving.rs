//! The gateway's questions to the domain name system, in the words of the resolver's thread and
//! back.

use gateway::Input;
use io::{DnsAnswer, DnsKind, DnsRecord, Resolver, ResolverOptions};
use sip::{Answer, Naptr, Question, Record, RecordKind};
use std::collections::BTreeMap;

/// Questions that wait for their answers; the resolver's own bound is lower.
const OPEN: usize = 4_096;

/// The resolver's thread, where a target of a trunk is a name, and the questions it has.
pub(crate) struct Resolving {
    resolver: Option<Resolver>,
    open: BTreeMap<u64, Question>,
    number: u64,
    /// Questions for which there was no room, or no resolver.
    pub(crate) unasked: u64,
}

impl Resolving {
    /// Starts the thread where it is needed. A gateway whose system names no server runs without:
    /// its trunks may have addresses as well, and those take calls.
    pub(crate) fn start(options: &ResolverOptions, needed: bool) -> Self {
        let resolver = needed.then(|| Resolver::start(options));
        let resolver = resolver.and_then(|resolver| {
            let complain = |error| tracing::error!(%error, "no names can be resolved");
            resolver.map_err(complain).ok()
        });
        Self { resolver, open: BTreeMap::new(), number: 0, unasked: 0 }
    }

    /// Puts a question. Gives the input that says that it could not be put.
    pub(crate) fn ask(&mut self, question: Question) -> Option<Input> {
        self.number += 1;
        let kind = match question.kind {
            RecordKind::Naptr => DnsKind::Naptr,
            RecordKind::Srv => DnsKind::Srv,
            RecordKind::A => DnsKind::A,
            RecordKind::Aaaa => DnsKind::Aaaa,
        };
        let has_room = self.open.len() < OPEN;
        let resolver = self.resolver.as_mut().filter(|_| has_room);
        if resolver.is_some_and(|resolver| resolver.ask(self.number, kind, &question.name)) {
            self.open.insert(self.number, question);
            return None;
        }
        self.unasked += 1;
        Some(Input::Resolved { question, answer: Answer::Failed })
    }

    /// Waits for the next answer; for ever where nothing was asked. Nothing is lost if it is no
    /// longer waited for.
    pub(crate) async fn answer(&mut self) -> Input {
        let Some(resolver) = &mut self.resolver else {
            return std::future::pending().await;
        };
        loop {
            let (number, answer) = resolver.answer().await;
            if let Some(question) = self.open.remove(&number) {
                return Input::Resolved { question, answer: understood(answer) };
            }
        }
    }
}

fn understood(answer: DnsAnswer) -> Answer {
    match answer {
        DnsAnswer::Records(records, ttl) => {
            Answer::Records { records: records.into_iter().map(record).collect(), ttl }
        }
        DnsAnswer::Nothing(ttl) => Answer::Nothing { ttl },
        DnsAnswer::Failed => Answer::Failed,
    }
}

fn record(record: DnsRecord) -> Record {
    match record {
        DnsRecord::Naptr { order, preference, flags, services, regexp, replacement } => {
            Record::Naptr(Naptr { order, preference, flags, services, regexp, replacement })
        }
        DnsRecord::Srv { priority, weight, port, target } => {
            Record::Srv { priority, weight, port, target }
        }
        DnsRecord::Address(address) => Record::Address(address),
    }
}
