//! 9: transmission and reception control, preventive cyclic retransmission.

use super::bench::{FISU, Step, Told, fisu, hear, in_service, msu, out};
use super::{Case, Script};
use Step::{Fills, Hear, Is, Line, Ready, Sent, Transmit, Unacknowledged, Wait};
use mtp::mtp2::{Buffers, State, Status};

const N1: u8 = 127;
const N2: u32 = 5_920;

fn told(told: &[Told]) -> Step {
    Step::Told(told.to_vec())
}

fn case(number: &'static str, title: &'static str, steps: Vec<Vec<Step>>) -> Case {
    limited(number, title, (N1, N2), steps)
}

fn limited(
    number: &'static str,
    title: &'static str,
    (messages, octets): (u8, u32),
    steps: Vec<Vec<Step>>,
) -> Case {
    let steps = [in_service(), steps.concat()].concat();
    Case { number, title, script: Script::Preventive(messages, octets, steps) }
}

pub(crate) fn cases() -> Vec<Case> {
    [transmission(), forced(), abnormal()].into_iter().flatten().collect()
}

fn transmission() -> Vec<Case> {
    vec![
        case(
            "9.1",
            "MSU transmission and reception",
            vec![
                vec![Transmit(vec![0, 1]), Sent(vec![0, 1]), Line(2), Sent(vec![0])],
                vec![Line(3), Sent(vec![1, 0, 1]), Hear(msu(1, 0)), Line(1), Sent(vec![])],
                vec![Unacknowledged(0), told(&[Told::Received(0)]), Fills(fisu(0, 1))],
            ],
        ),
        case(
            "9.2",
            "priority control",
            vec![
                vec![Transmit(vec![0]), Line(3), Sent(vec![0, 0, 0, 0]), Ready(true)],
                // new ones at once, then the cycle from where it was
                vec![Transmit(vec![1]), Sent(vec![1]), Line(4), Hear(FISU), Sent(vec![1, 0, 1])],
            ],
        ),
        case(
            "9.7",
            "MSU transmission while RPO set",
            vec![
                vec![Transmit(vec![0, 1]), Sent(vec![0, 1]), hear(Status::SIPO), Line(9)],
                vec![Sent(vec![]), Ready(false), told(&[Told::Outage]), Hear(fisu(0, 127))],
                vec![told(&[Told::Recovered]), Step::Resume(Buffers::Continue), Sent(vec![1])],
                vec![Unacknowledged(1), Ready(true)],
            ],
        ),
        case(
            "9.11",
            "excessive delay of acknowledgements",
            vec![vec![Transmit(vec![0]), Line(100), Wait(1_499), told(&[]), Wait(1)], out()],
        ),
        case("9.13", "level 3 stop command", vec![vec![Transmit(vec![0]), Step::Stop], out()]),
    ]
}

fn forced() -> Vec<Case> {
    let three = || vec![Transmit(vec![0, 1]), Line(1), Transmit(vec![2]), Ready(false)];
    vec![
        limited(
            "9.3",
            "forced retransmission with the value N1",
            (3, N2),
            vec![
                three(),
                vec![Line(1), Sent(vec![0, 1, 2, 0]), Hear(fisu(0, 127)), Ready(false)],
                // the others once more, then new ones
                vec![Line(1), Sent(vec![1]), Line(1), Sent(vec![2]), Line(2), Ready(true)],
                vec![Transmit(vec![3]), Ready(false)],
            ],
        ),
        limited(
            "9.4",
            "forced retransmission with the value N2",
            (N1, 18), // the octets of three
            vec![
                three(),
                vec![Line(1), Sent(vec![0, 1, 2, 0]), Hear(fisu(0, 127)), Ready(false)],
                vec![Line(1), Sent(vec![1]), Line(1), Sent(vec![2]), Line(2), Ready(true)],
            ],
        ),
        limited(
            "9.5",
            "forced retransmission cancel",
            (3, N2),
            vec![
                three(),
                vec![Line(6), Ready(false), Unacknowledged(3)], // cycle after cycle
                vec![
                    Hear(fisu(2, 127)),
                    Line(2),
                    Ready(true),
                    Unacknowledged(0),
                    Is(State::InService),
                ],
            ],
        ),
        case(
            "9.6",
            "reception of forced retransmission",
            vec![
                (0..3).map(|fsn| Hear(msu(127, fsn))).collect(),
                (0..3).map(|fsn| Hear(msu(127, fsn))).collect(),
                vec![Hear(msu(127, 3)), Fills(fisu(3, 127))],
                vec![told(&[0, 1, 2, 3].map(Told::Received))],
            ],
        ),
    ]
}

fn abnormal() -> Vec<Case> {
    vec![
        case(
            "9.8",
            "abnormal BSN, single MSU",
            vec![vec![Hear(msu(5, 0)), told(&[]), Hear(msu(127, 0)), told(&[Told::Received(0)])]],
        ),
        case(
            "9.9",
            "abnormal BSN, two MSUs",
            vec![vec![Hear(msu(5, 0)), told(&[]), Hear(msu(6, 1))], out()],
        ),
        case(
            "9.10",
            "unexpected FSN",
            vec![
                vec![Hear(msu(127, 1)), Hear(msu(127, 99)), told(&[]), Fills(FISU)],
                vec![Hear(msu(127, 0)), Hear(msu(127, 1))],
                vec![told(&[Told::Received(0), Told::Received(1)])],
            ],
        ),
        case(
            "9.12",
            "FISU with FSN expected for MSU",
            vec![
                vec![Hear(fisu(127, 0)), told(&[]), Fills(FISU), Is(State::InService)],
                // indicator bits are not looked at
                vec![Hear(msu(127, 0).fib(false).bib(false)), told(&[Told::Received(0)])],
                vec![Fills(fisu(0, 127))],
            ],
        ),
    ]
}
