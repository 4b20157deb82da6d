//! 5: delimitation and check; 6: signal unit error rate monitor; 7: alignment error rate monitor.

use super::bench::{FISU, Step, hear, in_service, out};
use super::{Case, Script, basic};
use Step::{Broken, Corrupt, Fills, FillsStatus, Good, Is, PowerOn, Repeat, Start, Wait};
use mtp::mtp2::{State, Status};

/// Units between flags are found below this machine.
const BELOW: &str = "flags and check octets are the business of the time slot below";

fn below(number: &'static str, title: &'static str) -> Case {
    Case { number, title, script: Script::None(BELOW) }
}

pub(crate) fn cases() -> Vec<Case> {
    [delimitation(), service(), proving()].into_iter().flatten().collect()
}

fn delimitation() -> Vec<Case> {
    vec![
        below("5.1", "more than seven ones between MSU opening and closing flags"),
        below("5.2", "greater than maximum signal unit length"),
        below("5.3", "below minimum signal unit length"),
        below("5.4", "reception of single and multiple flags between FISUs"),
        below("5.5", "reception of single and multiple flags between MSUs"),
    ]
}

fn service() -> Vec<Case> {
    let nothing = || Step::Told(Vec::new());
    vec![
        basic(
            "6.1",
            "error rate of 1 in 256: link remains in service",
            vec![
                in_service(),
                vec![Repeat(20_000, vec![Good(255), Corrupt(1)]), nothing()],
                vec![Is(State::InService)],
            ],
        ),
        basic(
            "6.2",
            "error rate of 1 in 254: link out of service",
            vec![
                in_service(),
                vec![Repeat(7_000, vec![Good(253), Corrupt(1)]), Is(State::InService)],
                vec![Repeat(2_000, vec![Good(253), Corrupt(1)])],
                out(),
            ],
        ),
        basic(
            "6.3",
            "consecutive corrupt signal units",
            vec![in_service(), vec![Corrupt(63), nothing(), Corrupt(1)], out()],
        ),
        // 64 periods of 16 octets are 128 ms at 64 kbit/s.
        basic(
            "6.4",
            "time controlled break of the link",
            vec![
                in_service(),
                vec![Broken(60), Good(16 * 256), nothing(), Broken(19), nothing(), Broken(1)],
                out(),
            ],
        ),
    ]
}

fn proving() -> Vec<Case> {
    let begun = || vec![PowerOn, Start, hear(Status::SIO), hear(Status::SIN)];
    let spoil = |errors| vec![Wait(8_000), Corrupt(errors), Good(1), FillsStatus(Status::SIN)];
    vec![
        basic(
            "7.1",
            "error rate below the normal threshold",
            vec![begun(), vec![Corrupt(3), Wait(8_200), Fills(FISU)]],
        ),
        basic(
            "7.2",
            "error rate at the normal threshold",
            vec![
                begun(),
                [spoil(4), spoil(4), spoil(4), spoil(4)].concat(),
                vec![Wait(8_199), FillsStatus(Status::SIN), Wait(1), Fills(FISU)],
            ],
        ),
        basic(
            "7.3",
            "error rate above the normal threshold",
            vec![
                begun(),
                [spoil(4), spoil(40), spoil(4), spoil(4)].concat(),
                vec![Broken(4)],
                out(),
            ],
        ),
        basic(
            "7.4",
            "error rate at the emergency threshold",
            vec![
                vec![PowerOn, Step::StartEmergency, hear(Status::SIO), hear(Status::SIE)],
                vec![Repeat(4, vec![Wait(500), Corrupt(1), Good(1), FillsStatus(Status::SIE)])],
                vec![Wait(511), FillsStatus(Status::SIE), Corrupt(1)],
                out(),
            ],
        ),
    ]
}
