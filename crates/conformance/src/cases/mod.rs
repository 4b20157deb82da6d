//! The cases, a file for each chapter, in the order of their numbers.

mod abnormal;
mod bearers;
mod blocking;
mod compatibility;
mod congestion;
mod continuity;
mod release;
mod reset;
mod setup;
mod special;
mod supplementary;
mod unexpected;
mod words;

use crate::case::Case;

const CHAPTERS: [&[Case]; 12] = [
    reset::CASES,
    blocking::CASES,
    continuity::CASES,
    unexpected::CASES,
    compatibility::CASES,
    setup::CASES,
    release::CASES,
    abnormal::CASES,
    special::CASES,
    bearers::CASES,
    congestion::CASES,
    supplementary::CASES,
];

/// Every case.
pub fn all() -> impl Iterator<Item = &'static Case> {
    CHAPTERS.into_iter().flatten()
}
