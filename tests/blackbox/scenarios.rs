//! All scenarios of this suite, counted: see `support/case.rs` for their form.

use crate::support::case::Case;
use std::collections::BTreeSet;

/// Every list of cases, by the file that has it.
const LISTS: &[(&str, &[Case])] = &[
    ("basics", crate::basics::CASES),
    ("causes", crate::causes::CASES),
    ("interop", crate::interop::CASES),
    ("interop", crate::interop::WITHIN_TLS),
    ("media_offers", crate::media_offers::CASES),
    ("messages", crate::messages::CASES),
    ("dns", crate::dns::CASES),
    ("dns_streams", crate::dns_streams::CASES),
    ("reliable", crate::reliable::CASES),
    ("transactions", crate::transactions::CASES),
    ("transactions", crate::transactions::LONG),
    ("methods", crate::methods::CASES),
    ("session_timers", crate::session_timers::CASES),
    ("sessions", crate::sessions::CASES),
    ("streams", crate::streams::CASES),
    ("tls", crate::tls::CASES),
    ("auth", crate::auth::CASES),
    ("overload", crate::overload::CASES),
    ("non_invite", crate::non_invite::CASES),
    ("non_invite", crate::non_invite::LONG),
    ("identities", crate::identities::CASES),
    ("marks", crate::marks::CASES),
    ("reuse", crate::reuse::CASES),
    ("torture", crate::torture::CASES),
];

/// Printed by `cargo test --test blackbox scenarios -- --nocapture`.
#[test]
fn each_names_its_clause_and_no_two_are_the_same() {
    let mut names = BTreeSet::new();
    for (file, cases) in LISTS {
        for case in *cases {
            println!("{file:<16} {:<32} {}", case.clause, case.name);
            assert!(names.insert(case.name), "two scenarios named {}", case.name);
            let stated = case.clause.starts_with("RFC ") && case.clause.contains(" §");
            assert!(stated, "{}: {} is no clause", case.name, case.clause);
        }
    }
    println!("{} scenarios", names.len());
    assert!(names.len() >= 60, "only {} scenarios", names.len());
}
