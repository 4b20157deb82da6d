use crate::case::{Case, Reason};
use std::fmt;

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The switch does what the recommendations say.
    Passes,
    /// It does not.
    Fails(String),
    /// It does not apply here.
    DoesNotApply(Reason),
}

/// One line of the result.
#[derive(Clone, Debug)]
pub struct Report {
    /// The case.
    pub case: &'static Case,
    /// How it went.
    pub verdict: Verdict,
    /// What passed between the tester and the switch, line by line.
    pub log: Vec<String>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere(why) | Self::Lacks(_, why) => f.write_str(why),
            Self::Long(lasts) => write!(f, "lasts up to {} s", lasts.as_secs()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passes => f.write_str("passes"),
            Self::Fails(why) => write!(f, "FAILS: {why}"),
            Self::DoesNotApply(why) => write!(f, "does not apply: {why}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, verdict, .. } = self;
        write!(f, "{:<16} {:<70} {verdict}", case.name(), case.title)?;
        if matches!(verdict, Verdict::Fails(_)) {
            write!(f, " (Q.764 {})", case.clause)?;
            for line in &self.log {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

/// How many passed, failed, and did not apply.
pub fn summary(reports: &[Report]) -> String {
    let count = |of: fn(&Verdict) -> bool| reports.iter().filter(|r| of(&r.verdict)).count();
    format!(
        "{} pass, {} fail, {} do not apply",
        count(|verdict| matches!(verdict, Verdict::Passes)),
        count(|verdict| matches!(verdict, Verdict::Fails(_))),
        count(|verdict| matches!(verdict, Verdict::DoesNotApply(_))),
    )
}
