//! 1: link state control, expected signal units and orders.

use super::bench::{
    FISU, Step, Told, aligned_not_ready, aligned_ready, hear, in_service, msu, out,
};
use super::{Case, basic};
use Step::{
    Emergency, Fills, FillsStatus, Hear, Is, LocalOutage, PowerOn, Resume, Start, StartEmergency,
    Stop, Wait,
};
use mtp::mtp2::{Buffers, State, Status};

/// The normal period begins.
fn proving() -> Vec<Step> {
    vec![
        PowerOn,
        Start,
        FillsStatus(Status::SIO),
        hear(Status::SIO),
        FillsStatus(Status::SIN),
        hear(Status::SIN),
        FillsStatus(Status::SIN),
    ]
}

fn proved(millis: u64, status: Status) -> Vec<Step> {
    vec![Wait(millis - 1), FillsStatus(status), Wait(1), Is(State::AlignedReady), Fills(FISU)]
}

pub(crate) fn cases() -> Vec<Case> {
    [initial(), ready(), emergency(), ended()].into_iter().flatten().collect()
}

fn initial() -> Vec<Case> {
    let told = |told: &[Told]| Step::Told(told.to_vec());
    vec![
        basic(
            "1.1",
            "initialization (power-up)",
            vec![vec![
                Is(State::PowerOff),
                PowerOn,
                FillsStatus(Status::SIOS),
                Is(State::OutOfService),
                told(&[]),
            ]],
        ),
        basic(
            "1.2",
            "timer T2",
            vec![
                vec![PowerOn, Start, FillsStatus(Status::SIO), Wait(9_999)],
                vec![FillsStatus(Status::SIO), Wait(1)],
                out(),
            ],
        ),
        basic(
            "1.3",
            "timer T3",
            vec![
                vec![PowerOn, Start, hear(Status::SIO), FillsStatus(Status::SIN), Wait(1_499)],
                vec![FillsStatus(Status::SIN), Wait(1)],
                out(),
            ],
        ),
        basic(
            "1.4",
            "timers T1 and T4 (normal)",
            vec![
                proving(),
                proved(8_200, Status::SIN),
                vec![hear(Status::SIN), Wait(44_999), Fills(FISU), Wait(1)],
                out(),
            ],
        ),
        basic(
            "1.5",
            "normal alignment, correct procedure (FISU)",
            vec![
                proving(),
                proved(8_200, Status::SIN),
                vec![told(&[]), Hear(FISU), told(&[Told::InService]), Is(State::InService)],
            ],
        ),
        basic(
            "1.6",
            "normal alignment, correct procedure (MSU)",
            vec![
                proving(),
                proved(8_200, Status::SIN),
                vec![Hear(msu(127, 0)), told(&[Told::InService, Told::Received(0)])],
            ],
        ),
        basic(
            "1.7",
            "SIO received during normal proving period",
            vec![
                proving(),
                vec![Wait(4_000), hear(Status::SIO), FillsStatus(Status::SIN)],
                vec![Wait(1_499), hear(Status::SIN)],
                proved(8_200, Status::SIN),
            ],
        ),
        basic(
            "1.17",
            "no SIO sent during normal proving period",
            vec![
                vec![PowerOn, Start, hear(Status::SIN), FillsStatus(Status::SIN)],
                vec![hear(Status::SIN)],
                proved(8_200, Status::SIN),
            ],
        ),
    ]
}

fn ready() -> Vec<Case> {
    let told = |told: &[Told]| Step::Told(told.to_vec());
    let outage = || vec![told(&[Told::InService, Told::Outage]), Is(State::ProcessorOutage)];
    vec![
        basic(
            "1.8",
            "normal alignment with PO set (FISU)",
            vec![
                vec![LocalOutage(true)],
                proving(),
                vec![Wait(8_200), FillsStatus(Status::SIPO), Hear(FISU)],
                outage(),
                vec![FillsStatus(Status::SIPO)],
            ],
        ),
        basic(
            "1.9",
            "normal alignment with PO set (MSU)",
            vec![
                vec![LocalOutage(true)],
                proving(),
                vec![Wait(8_200), FillsStatus(Status::SIPO), Hear(msu(127, 0))],
                outage(),
                vec![FillsStatus(Status::SIPO)],
            ],
        ),
        basic(
            "1.10",
            "normal alignment with PO set and cleared",
            vec![
                vec![LocalOutage(true), LocalOutage(false)],
                proving(),
                proved(8_200, Status::SIN),
                vec![Hear(FISU), told(&[Told::InService])],
            ],
        ),
        basic(
            "1.11",
            "set RPO when aligned not ready",
            vec![aligned_not_ready(), vec![hear(Status::SIPO)], outage()],
        ),
        basic(
            "1.12",
            "SIOS received when aligned not ready",
            vec![aligned_not_ready(), vec![hear(Status::SIOS)], out()],
        ),
        basic(
            "1.13",
            "SIO received when aligned not ready",
            vec![aligned_not_ready(), vec![hear(Status::SIO)], out()],
        ),
        basic(
            "1.14",
            "set and clear LPO when initial alignment",
            vec![
                proving(),
                vec![LocalOutage(true), FillsStatus(Status::SIN), LocalOutage(false)],
                proved(8_200, Status::SIN),
            ],
        ),
        basic(
            "1.15",
            "set and clear LPO when aligned ready",
            vec![
                aligned_ready(),
                vec![LocalOutage(true), FillsStatus(Status::SIPO), Is(State::AlignedNotReady)],
                vec![LocalOutage(false), Fills(FISU), Is(State::AlignedReady), told(&[])],
            ],
        ),
        basic(
            "1.16",
            "timer T1 in aligned not ready state",
            vec![
                aligned_not_ready(),
                vec![Wait(44_999), FillsStatus(Status::SIPO), Wait(1)],
                out(),
            ],
        ),
        basic(
            "1.33",
            "SIO received instead of FISUs",
            vec![aligned_ready(), vec![hear(Status::SIO)], out()],
        ),
        basic(
            "1.34",
            "SIOS received instead of FISUs",
            vec![aligned_ready(), vec![hear(Status::SIOS)], out()],
        ),
        basic(
            "1.35",
            "PO set (SIPO) received instead of FISUs",
            vec![
                aligned_ready(),
                vec![hear(Status::SIPO)],
                outage(),
                vec![Fills(FISU), Wait(60_000), Hear(FISU), told(&[Told::Recovered])],
                vec![Resume(Buffers::Continue), Is(State::InService)],
            ],
        ),
    ]
}

fn emergency() -> Vec<Case> {
    let asked = |first| vec![PowerOn, first];
    vec![
        basic(
            "1.18",
            "set and cease emergency prior to start alignment",
            vec![vec![PowerOn, Emergency], proving(), proved(8_200, Status::SIN)],
        ),
        basic(
            "1.19",
            "set emergency while in not aligned state",
            vec![
                asked(Start),
                vec![Emergency, FillsStatus(Status::SIO), hear(Status::SIO)],
                vec![FillsStatus(Status::SIE), hear(Status::SIN)],
                proved(512, Status::SIE),
            ],
        ),
        basic(
            "1.20",
            "set emergency when aligned",
            vec![
                asked(Start),
                vec![hear(Status::SIO), FillsStatus(Status::SIN), Emergency],
                vec![FillsStatus(Status::SIE), hear(Status::SIN)],
                proved(512, Status::SIE),
            ],
        ),
        basic(
            "1.21",
            "both ends set emergency",
            vec![
                asked(StartEmergency),
                vec![hear(Status::SIO), FillsStatus(Status::SIE), hear(Status::SIE)],
                proved(512, Status::SIE),
            ],
        ),
        basic(
            "1.22a",
            "individual end sets emergency: ours",
            vec![
                asked(StartEmergency),
                vec![hear(Status::SIO), FillsStatus(Status::SIE), hear(Status::SIN)],
                proved(512, Status::SIE),
            ],
        ),
        basic(
            "1.22b",
            "individual end sets emergency: the peer",
            vec![
                asked(Start),
                vec![hear(Status::SIE), FillsStatus(Status::SIN), hear(Status::SIE)],
                proved(512, Status::SIN),
            ],
        ),
        basic(
            "1.23a",
            "set emergency during normal proving: ours",
            vec![
                proving(),
                vec![Wait(3_000), Emergency, FillsStatus(Status::SIE)],
                proved(512, Status::SIE),
            ],
        ),
        basic(
            "1.23b",
            "set emergency during normal proving: the peer",
            vec![proving(), vec![Wait(3_000), hear(Status::SIE)], proved(512, Status::SIN)],
        ),
        basic(
            "1.24",
            "no SIO sent during emergency alignment",
            vec![
                asked(StartEmergency),
                vec![hear(Status::SIE), FillsStatus(Status::SIE), hear(Status::SIE)],
                proved(512, Status::SIE),
            ],
        ),
    ]
}

fn ended() -> Vec<Case> {
    let stopped = |number, title, before: Vec<Step>| {
        basic(number, title, vec![before, vec![Step::Told(Vec::new()), Stop], out()])
    };
    let told = |told: &[Told]| Step::Told(told.to_vec());
    let local = [in_service(), vec![LocalOutage(true), told(&[Told::Outage])]].concat();
    let remote = [in_service(), vec![hear(Status::SIPO), told(&[Told::Outage])]].concat();
    vec![
        stopped("1.25", "deactivation during initial alignment", vec![PowerOn, Start]),
        stopped(
            "1.26",
            "deactivation during aligned state",
            vec![PowerOn, Start, hear(Status::SIO), FillsStatus(Status::SIN)],
        ),
        stopped("1.27", "deactivation during aligned not ready", aligned_not_ready()),
        basic(
            "1.28",
            "SIO received during link in service",
            vec![in_service(), vec![hear(Status::SIO)], out()],
        ),
        stopped("1.29", "deactivation during link in service", in_service()),
        stopped("1.30", "deactivation during LPO", local),
        stopped("1.31", "deactivation during RPO", remote),
        stopped("1.32", "deactivation during the proving period", proving()),
    ]
}
