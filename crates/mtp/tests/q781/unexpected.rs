//! 2: link state control, unexpected signal units and orders.

use super::bench::{
    FISU, Step, Told, aligned_not_ready, aligned_ready, hear, in_service, msu, out,
};
use super::{Case, basic};
use Step::{Emergency, Fills, FillsStatus, Hear, Is, PowerOn, Resume, Start, Wait};
use mtp::mtp2::{Buffers, State, Status};

pub(crate) fn cases() -> Vec<Case> {
    let nothing = || Step::Told(Vec::new());
    let flush = || Resume(Buffers::Flush);
    vec![
        basic(
            "2.1",
            "unexpected signal units and orders in out of service state",
            vec![
                vec![PowerOn, Emergency, flush(), Step::Stop],
                [Status::SIO, Status::SIN, Status::SIE].map(hear).to_vec(),
                [Status::SIOS, Status::SIPO, Status::SIB, Status(7)].map(hear).to_vec(),
                vec![Hear(FISU), Hear(msu(127, 0)), nothing(), FillsStatus(Status::SIOS)],
                vec![Is(State::OutOfService)],
            ],
        ),
        basic(
            "2.2",
            "unexpected signal units and orders in initial alignment state",
            vec![
                vec![PowerOn, Start, Start, flush(), Wait(9_999)],
                [Status::SIOS, Status::SIPO, Status::SIB, Status(6)].map(hear).to_vec(),
                vec![Hear(FISU), Hear(msu(127, 0)), nothing(), FillsStatus(Status::SIO)],
                vec![hear(Status::SIO), hear(Status::SIPO), hear(Status::SIB), Hear(FISU)],
                vec![FillsStatus(Status::SIN), hear(Status::SIN), hear(Status::SIPO)],
                vec![hear(Status::SIN), hear(Status::SIB), Hear(msu(127, 0)), Wait(8_200)],
                vec![Fills(FISU), nothing()],
            ],
        ),
        basic(
            "2.3",
            "unexpected signal units and orders in aligned ready state",
            vec![
                aligned_ready(),
                vec![hear(Status::SIN), hear(Status::SIE), hear(Status::SIB), hear(Status(7))],
                vec![Start, flush(), Emergency, Fills(FISU), nothing(), Is(State::AlignedReady)],
            ],
        ),
        basic(
            "2.4",
            "unexpected signal units and orders in aligned not ready state",
            vec![
                aligned_not_ready(),
                vec![hear(Status::SIN), hear(Status::SIE), hear(Status::SIB), Start, flush()],
                vec![FillsStatus(Status::SIPO), nothing(), Is(State::AlignedNotReady)],
            ],
        ),
        basic(
            "2.5a",
            "unexpected signal units and orders in service: those that mean nothing",
            vec![
                in_service(),
                vec![Start, Emergency, flush(), hear(Status::SIB), hear(Status(7))],
                vec![nothing(), Fills(FISU), Is(State::InService)],
            ],
        ),
        basic(
            "2.5b",
            "unexpected signal units in service: SIN",
            vec![in_service(), vec![hear(Status::SIN)], out()],
        ),
        basic(
            "2.5c",
            "unexpected signal units in service: SIE",
            vec![in_service(), vec![hear(Status::SIE)], out()],
        ),
        basic(
            "2.6a",
            "unexpected signal units and orders in processor outage",
            vec![
                in_service(),
                vec![hear(Status::SIPO), Step::Told(vec![Told::Outage])],
                vec![hear(Status::SIPO), hear(Status::SIB), hear(Status(6)), Start, Emergency],
                vec![nothing(), Fills(FISU), Is(State::ProcessorOutage)],
            ],
        ),
        basic(
            "2.6b",
            "unexpected signal units in processor outage: SIN",
            vec![
                in_service(),
                vec![hear(Status::SIPO), Step::Told(vec![Told::Outage]), hear(Status::SIN)],
                out(),
            ],
        ),
    ]
}
