//! 8: transmission and reception control, basic method; 10: congestion control.

use super::bench::{FISU, Step, Told, fisu, hear, in_service, msu, out};
use super::{Case, basic};
use Step::{Busy, Fills, Hear, Is, Line, Ready, Repeat, Sent, Transmit, Unacknowledged, Wait};
use mtp::mtp2::{Buffers, State, Status};

fn told(told: &[Told]) -> Step {
    Step::Told(told.to_vec())
}

fn one_sent() -> Vec<Step> {
    vec![Transmit(vec![0]), Sent(vec![0]), Line(1)]
}

pub(crate) fn cases() -> Vec<Case> {
    [transmission(), abnormal(), congestion()].into_iter().flatten().collect()
}

fn transmission() -> Vec<Case> {
    let one_by_one = |count: u8| (0..count).flat_map(|n| [Transmit(vec![n]), Line(1)]).collect();
    vec![
        basic(
            "8.1",
            "MSU transmission and reception",
            vec![
                in_service(),
                one_sent(),
                vec![Fills(fisu(127, 0)), Unacknowledged(1), Hear(msu(0, 0))],
                vec![told(&[Told::Received(0)]), Unacknowledged(0), Fills(fisu(0, 0))],
            ],
        ),
        basic(
            "8.2",
            "negative acknowledgement of an MSU",
            vec![
                in_service(),
                one_sent(),
                vec![Hear(FISU.bib(false)), Sent(vec![0]), Line(1)],
                vec![Fills(fisu(127, 0).fib(false)), Hear(fisu(0, 127).bib(false))],
                vec![Unacknowledged(0), Is(State::InService)],
            ],
        ),
        basic(
            "8.3",
            "check RTB full",
            vec![
                in_service(),
                one_by_one(127),
                vec![Ready(false), Unacknowledged(127), Sent((0..127).collect())],
                vec![Hear(fisu(0, 127)), Ready(true), Transmit(vec![7]), Sent(vec![127])],
                vec![Ready(false)],
            ],
        ),
        basic(
            "8.5",
            "duplicated FSN",
            vec![
                in_service(),
                vec![Hear(msu(127, 0)), Hear(msu(127, 0)), told(&[Told::Received(0)])],
                vec![Fills(fisu(0, 127)), Hear(msu(127, 1)), told(&[Told::Received(1)])],
            ],
        ),
        basic(
            "8.9",
            "single FISU prior to RPO being set",
            vec![
                in_service(),
                one_sent(),
                vec![Hear(fisu(0, 127)), Unacknowledged(0), hear(Status::SIPO)],
                vec![told(&[Told::Outage]), Ready(false), Hear(fisu(0, 127))],
                vec![told(&[Told::Recovered]), Step::Resume(Buffers::Continue), Ready(true)],
            ],
        ),
        basic(
            "8.12",
            "excessive delay of acknowledgements",
            vec![in_service(), one_sent(), vec![Wait(1_499), told(&[]), Wait(1)], out()],
        ),
        basic(
            "8.13",
            "level 3 stop command",
            vec![in_service(), one_sent(), vec![Step::Stop], out()],
        ),
    ]
}

fn abnormal() -> Vec<Case> {
    vec![
        basic(
            "8.4",
            "single MSU with erroneous FIB",
            vec![
                in_service(),
                vec![Hear(msu(127, 0).fib(false)), told(&[]), Hear(msu(127, 0))],
                vec![told(&[Told::Received(0)]), Is(State::InService)],
            ],
        ),
        basic(
            "8.6",
            "erroneous retransmission, single MSU",
            vec![
                in_service(),
                vec![Hear(msu(127, 1)), told(&[]), Fills(FISU.bib(false))],
                // what comes again is not what was asked for
                vec![Hear(msu(127, 1).fib(false)), told(&[]), Fills(FISU.bib(true))],
                vec![Hear(msu(127, 0)), told(&[Told::Received(0)]), Is(State::InService)],
            ],
        ),
        basic(
            "8.7",
            "erroneous retransmission, multiple FISUs",
            vec![in_service(), vec![Hear(FISU.fib(false)), Hear(FISU.fib(false))], out()],
        ),
        basic(
            "8.8",
            "single FISU with corrupt FIB",
            vec![
                in_service(),
                vec![Hear(FISU.fib(false)), Hear(FISU), Hear(FISU), Hear(FISU.fib(false))],
                vec![told(&[]), Is(State::InService)],
            ],
        ),
        basic(
            "8.10",
            "abnormal BSN, single MSU",
            vec![
                in_service(),
                vec![Hear(msu(5, 0)), told(&[]), Hear(msu(127, 0)), told(&[Told::Received(0)])],
            ],
        ),
        basic(
            "8.11",
            "abnormal BSN, two consecutive FISUs",
            vec![in_service(), vec![Hear(fisu(5, 127)), told(&[]), Hear(fisu(6, 127))], out()],
        ),
    ]
}

fn congestion() -> Vec<Case> {
    vec![
        basic(
            "10.1",
            "congestion abatement",
            vec![
                in_service(),
                vec![Busy(true), Step::SentBusy(1), Line(1), Hear(msu(127, 0)), told(&[])],
                vec![Fills(FISU), Wait(99), Step::SentBusy(0), Wait(1), Step::SentBusy(1)],
                vec![Line(1), Wait(100), Step::SentBusy(1), Line(1), Busy(false), Wait(500)],
                vec![Step::SentBusy(0), Hear(fisu(127, 0)), Fills(FISU.bib(false))],
                vec![Hear(msu(127, 0).fib(false)), told(&[Told::Received(0)])],
            ],
        ),
        basic(
            "10.2",
            "timer T7",
            vec![
                in_service(),
                one_sent(),
                vec![Wait(1_400), hear(Status::SIB), Wait(1_499), told(&[]), Wait(1)],
                out(),
            ],
        ),
        basic(
            "10.3",
            "timer T6",
            vec![
                in_service(),
                one_sent(),
                vec![Repeat(49, vec![hear(Status::SIB), Wait(100)]), hear(Status::SIB)],
                vec![Wait(99), told(&[]), Wait(1)],
                out(),
            ],
        ),
    ]
}
