//! 3: transmission failure; 4: processor outage control.

use super::bench::{
    FISU, Step, Told, aligned_not_ready, aligned_ready, fisu, hear, in_service, msu, out,
};
use super::{Case, basic};
use Step::{Broken, Fills, FillsStatus, Hear, Is, LocalOutage, Resume, Transmit, Wait};
use mtp::mtp2::{Buffers, State, Status};

fn told(told: &[Told]) -> Step {
    Step::Told(told.to_vec())
}

/// Two units that announce a retransmission nobody asked for.
fn corrupt() -> Vec<Step> {
    vec![Hear(FISU.fib(false)), Hear(FISU.fib(false))]
}

fn local() -> Vec<Step> {
    vec![LocalOutage(true), told(&[Told::Outage]), FillsStatus(Status::SIPO)]
}

fn remote() -> Vec<Step> {
    vec![hear(Status::SIPO), told(&[Told::Outage]), Is(State::ProcessorOutage)]
}

pub(crate) fn cases() -> Vec<Case> {
    [failures(), outages(), buffers()].into_iter().flatten().collect()
}

fn failures() -> Vec<Case> {
    let broken = || [vec![Broken(63), told(&[]), Broken(1)], out()].concat();
    vec![
        basic("3.1", "link aligned ready (break Tx path)", vec![aligned_ready(), broken()]),
        basic(
            "3.2",
            "link aligned ready (corrupt FIBs)",
            vec![
                aligned_ready(),
                corrupt(),
                vec![told(&[Told::InService, Told::OutOfService]), FillsStatus(Status::SIOS)],
            ],
        ),
        basic("3.3", "link aligned not ready (break Tx path)", vec![aligned_not_ready(), broken()]),
        // While our processor is out, messages and fill-in units are not looked at (Q.703 §8.2).
        basic(
            "3.4",
            "link aligned not ready (corrupt FIBs)",
            vec![
                aligned_not_ready(),
                corrupt(),
                vec![told(&[Told::InService, Told::Outage]), FillsStatus(Status::SIPO)],
                vec![LocalOutage(false), told(&[Told::Recovered]), Resume(Buffers::Continue)],
                corrupt(),
                out(),
            ],
        ),
        basic("3.5", "link in service (break Tx path)", vec![in_service(), broken()]),
        basic("3.6", "link in service (corrupt FIBs)", vec![in_service(), corrupt(), out()]),
        basic(
            "3.7",
            "link in processor outage (break Tx path)",
            vec![in_service(), remote(), broken()],
        ),
        basic(
            "3.8",
            "link in processor outage (corrupt FIBs)",
            vec![
                in_service(),
                remote(),
                corrupt(),
                vec![told(&[Told::Recovered, Told::OutOfService]), FillsStatus(Status::SIOS)],
            ],
        ),
    ]
}

fn outages() -> Vec<Case> {
    vec![
        basic(
            "4.1",
            "set and clear LPO while link in service",
            vec![
                in_service(),
                local(),
                vec![Hear(msu(127, 0)), told(&[]), Wait(10_000)],
                vec![LocalOutage(false), told(&[Told::Recovered]), Fills(FISU)],
                vec![Resume(Buffers::Continue), Is(State::InService), Hear(fisu(127, 0))],
                vec![Fills(FISU.bib(false)), Hear(msu(127, 0).fib(false))],
                vec![told(&[Told::Received(0)]), Fills(fisu(0, 127).bib(false))],
            ],
        ),
        basic(
            "4.2",
            "RPO during LPO",
            vec![
                in_service(),
                local(),
                vec![hear(Status::SIPO), told(&[]), LocalOutage(false), Fills(FISU), told(&[])],
                vec![Is(State::ProcessorOutage), Hear(FISU), told(&[Told::Recovered])],
                vec![Resume(Buffers::Continue), Is(State::InService)],
            ],
        ),
        basic(
            "4.3",
            "clear LPO when both processor outage",
            vec![
                in_service(),
                remote(),
                vec![LocalOutage(true), FillsStatus(Status::SIPO), told(&[]), Hear(FISU)],
                vec![told(&[]), FillsStatus(Status::SIPO), LocalOutage(false)],
                vec![told(&[Told::Recovered]), Resume(Buffers::Continue), Is(State::InService)],
            ],
        ),
    ]
}

/// What Q.703 §8 adds to the recommendation of the tests: what becomes of the buffers.
fn buffers() -> Vec<Case> {
    vec![
        basic(
            "4.3b",
            "continue: what was not acknowledged is acknowledged or sent after the outage",
            vec![
                in_service(),
                vec![Transmit(vec![10, 11]), Step::Sent(vec![0, 1]), Step::Line(2)],
                remote(),
                vec![Step::Ready(false), Wait(60_000), told(&[]), Hear(fisu(0, 127))],
                vec![told(&[Told::Recovered]), Step::Ready(false), Resume(Buffers::Continue)],
                vec![Step::Unacknowledged(1), Hear(fisu(0, 127).bib(false))],
                vec![Step::Sent(vec![1]), Wait(1_500)],
                out(),
            ],
        ),
        basic(
            "4.3c",
            "flush: what had not arrived is gone, and its numbers are used again",
            vec![
                in_service(),
                vec![Transmit(vec![10, 11]), Step::Sent(vec![0, 1]), Step::Line(2)],
                remote(),
                vec![Hear(fisu(0, 127)), told(&[Told::Recovered]), Resume(Buffers::Flush)],
                vec![told(&[Told::Flushed(1)]), Step::Unacknowledged(0), Fills(fisu(127, 0))],
                vec![Step::Ready(true), Transmit(vec![12]), Step::Sent(vec![1]), Wait(1_499)],
                vec![Hear(fisu(1, 127)), Wait(2_000), Is(State::InService)],
            ],
        ),
        basic(
            "4.3d",
            "flush after our own outage waits for what the peer says of them",
            vec![
                in_service(),
                vec![Transmit(vec![10, 11]), Step::Sent(vec![0, 1]), Step::Line(2)],
                local(),
                vec![Resume(Buffers::Flush), Hear(fisu(0, 127)), Step::Unacknowledged(2)],
                vec![LocalOutage(false), told(&[Told::Recovered]), Is(State::InService)],
                vec![Step::Ready(false), Hear(fisu(0, 127)), told(&[Told::Flushed(1)])],
                vec![Step::Ready(true), Fills(fisu(127, 0))],
            ],
        ),
    ]
}
