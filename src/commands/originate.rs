use super::Exit;
use super::client::Client;
use crate::admin::api::{self, Accepted, Progress};
use crate::{cli, out};
use base::{Cause, Duration};
use std::fmt::Write;

const POLL: Duration = Duration::from_millis(200);

/// `tocsin originate NUMBER`: fine when every call was answered.
pub(crate) fn originate(command: &cli::Originate) -> Exit {
    let client = Client::new(&command.admin.admin);
    let request = api::Originate {
        number: command.number.clone(),
        caller: command.caller.clone(),
        count: command.count,
        rate: command.rate,
        hold: command.hold,
    };
    match place(&client, &request) {
        Ok(progress) => {
            let text = if command.json { json(&progress) } else { text(&progress) };
            out::line(text);
            if progress.answered == command.count { Exit::Fine } else { Exit::Wrong }
        }
        Err(exit) => exit,
    }
}

#[expect(clippy::disallowed_methods, reason = "a command that waits between two questions")]
fn place(client: &Client, request: &api::Originate) -> Result<Progress, Exit> {
    let Accepted { batch } = client.post("/api/v1/exchange/calls", request)?;
    loop {
        let progress: Progress = client.get(&format!("/api/v1/exchange/calls/{batch}"))?;
        if progress.done {
            return Ok(progress);
        }
        std::thread::sleep(POLL);
    }
}

fn json(progress: &Progress) -> String {
    serde_json::to_string(progress).unwrap_or_default()
}

fn text(progress: &Progress) -> String {
    let mut text = format!("{} placed, {} answered", progress.placed, progress.answered);
    for (cause, calls) in &progress.failed {
        let name = Cause(*cause).name().unwrap_or("no name in Q.850");
        let _infallible = write!(text, ", {calls} failed with cause {cause} ({name})");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_cause() {
        let failed = [(17, 2)].into_iter().collect();
        let progress = Progress { placed: 3, answered: 1, failed, active: 0, done: true };
        assert_eq!(text(&progress), "3 placed, 1 answered, 2 failed with cause 17 (user busy)");
    }
}
