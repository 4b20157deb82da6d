//! The gateway's questions to the domain name system, in the words of the resolver's thread and
//! back.

use gateway::Input;
use io::{DnsAnswer, DnsKind, DnsRecord, Resolver, ResolverOptions};
use sip::{Answer, Naptr, Question, Record, RecordKind};
use std::collections::{BTreeMap, BTreeSet};

/// The resolver's thread, where a target of a trunk is a name, and the questions it has.
pub(crate) struct Resolving {
    resolver: Option<Resolver>,
    open: Open,
    /// Questions for which there was no room, or no resolver.
    pub(crate) unasked: u64,
}

/// The questions that wait for their answers. Each is put once, however many targets ask it, so
/// their number is bounded by that of the targets.
#[derive(Default)]
struct Open {
    questions: BTreeMap<u64, Question>,
    known: BTreeSet<Question>,
    number: u64,
}

impl Open {
    fn insert(&mut self, question: Question) {
        self.known.insert(question.clone());
        self.questions.insert(self.number, question);
    }

    fn take(&mut self, number: u64) -> Option<Question> {
        let question = self.questions.remove(&number)?;
        self.known.remove(&question);
        Some(question)
    }
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
        Self { resolver, open: Open::default(), unasked: 0 }
    }

    /// Puts a question. Gives the input that says that it could not be put.
    pub(crate) fn ask(&mut self, question: Question) -> Option<Input> {
        if self.open.known.contains(&question) {
            // The answer is for all who asked.
            return None;
        }
        let kind = match question.kind {
            RecordKind::Naptr => DnsKind::Naptr,
            RecordKind::Srv => DnsKind::Srv,
            RecordKind::A => DnsKind::A,
            RecordKind::Aaaa => DnsKind::Aaaa,
        };
        self.open.number += 1;
        let number = self.open.number;
        if let Some(resolver) = &mut self.resolver
            && resolver.ask(number, kind, &question.name)
        {
            self.open.insert(question);
            return None;
        }
        self.unasked += 1;
        Some(Input::Resolved { question, answer: Answer::Failed })
    }

    /// Waits for the next answer; for ever where nothing was asked. Nothing is lost if it is no
    /// longer waited for.
    pub(crate) async fn answer(&mut self) -> Input {
        while let Some(resolver) = &mut self.resolver {
            match resolver.answer().await {
                Some((number, answer)) => {
                    if let Some(question) = self.open.take(number) {
                        return Input::Resolved { question, answer: understood(answer) };
                    }
                }
                None => {
                    tracing::error!("the resolver's thread is gone: names keep what was known");
                    self.resolver = None;
                }
            }
        }
        // What a thread that is gone still owes.
        let owed = self.open.questions.keys().next().copied();
        match owed.and_then(|number| self.open.take(number)) {
            Some(question) => Input::Resolved { question, answer: Answer::Failed },
            None => std::future::pending().await,
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

#[cfg(test)]
mod tests {
    use super::*;
    use base::Duration;

    /// A name server that says nothing.
    fn resolving(waiting: usize) -> (Resolving, std::net::UdpSocket) {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let servers = vec![silent.local_addr().unwrap()];
        let patience = Duration::from_millis(20);
        let options = ResolverOptions { servers, patience, in_flight: 4, waiting };
        (Resolving::start(&options, true), silent)
    }

    fn question(number: usize) -> Question {
        Question { kind: RecordKind::A, name: format!("t{number}.example.net") }
    }

    #[tokio::test]
    async fn more_questions_than_are_asked_at_once_wait_and_none_fails_for_that() {
        let (mut resolving, _silent) = resolving(100);
        for number in 0..100 {
            assert!(resolving.ask(question(number)).is_none(), "{number}");
            assert!(resolving.ask(question(number)).is_none(), "{number} again");
        }
        assert_eq!((resolving.unasked, resolving.open.questions.len()), (0, 100));
        for _ in 0..100 {
            assert!(matches!(resolving.answer().await, Input::Resolved { .. }));
        }
        assert!(resolving.open.known.is_empty() && resolving.open.questions.is_empty());
    }

    #[tokio::test]
    async fn past_their_bound_they_fail_at_once() {
        let (mut resolving, _silent) = resolving(1);
        let refused = (0..100).filter(|n| resolving.ask(question(*n)).is_some()).count();
        assert!((90..100).contains(&refused), "{refused}");
        assert_eq!(resolving.unasked, refused as u64);
    }

    #[tokio::test]
    async fn a_thread_that_is_gone_owes_no_answer() {
        let (mut resolving, _silent) = resolving(10);
        for number in 0..3 {
            assert!(resolving.ask(question(number)).is_none());
        }
        resolving.resolver = None;
        for _ in 0..3 {
            let input = resolving.answer().await;
            assert!(matches!(input, Input::Resolved { answer: Answer::Failed, .. }));
        }
        assert!(resolving.ask(question(0)).is_some());
    }
}
