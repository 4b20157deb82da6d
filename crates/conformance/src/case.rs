use crate::profile::{Need, Profile};
use crate::step::Step;
use base::Duration;

/// Where a case comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// Q.784.1, basic call.
    Q784,
    /// Q.785, supplementary services.
    Q785,
}

/// One case of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The recommendation.
    pub suite: Suite,
    /// Its number there; a letter of ours behind it where one number has several of our cases.
    pub number: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What says how it has to go: a clause of Q.764 unless another recommendation is named.
    pub clause: &'static str,
    /// What happens in it.
    pub script: Script,
}

/// What happens in a case.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// These steps, where the switch has what they need.
    Steps(&'static [Need], fn(&Profile) -> Vec<Step>),
    /// Nothing that could be run, for this reason.
    None(&'static str),
}

/// Why a case does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// To no switch, for this reason.
    Nowhere(&'static str),
    /// The switch lacks this, or the driver cannot do it, for this reason.
    Lacks(Need, &'static str),
    /// It would last so long.
    Long(Duration),
}

impl Case {
    /// The recommendation and the number.
    pub fn name(&self) -> String {
        let suite = match self.suite {
            Suite::Q784 => "Q.784.1",
            Suite::Q785 => "Q.785",
        };
        format!("{suite} {}", self.number)
    }

    /// The steps for a switch of this profile, or why there are none.
    pub fn steps(&self, profile: &Profile) -> Result<Vec<Step>, Reason> {
        let (needs, steps) = match self.script {
            Script::Steps(needs, steps) => (needs, steps(profile)),
            Script::None(why) => return Err(Reason::Nowhere(why)),
        };
        let acts = steps.iter().filter_map(|step| match step {
            Step::Do(act) => act.need(),
            _ => None,
        });
        for need in needs.iter().copied().chain(acts) {
            if let Some(why) = profile.lacks.get(&need) {
                return Err(Reason::Lacks(need, why));
            }
        }
        let lasts: Duration = steps.iter().map(Step::lasts).sum();
        match profile.pace.longest {
            Some(longest) if lasts > longest => Err(Reason::Long(lasts)),
            _ => Ok(steps),
        }
    }
}
