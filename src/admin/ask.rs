//! Questions of the management thread to the others: bounded channels, answers with a deadline.
//! Neither side waits for the other for longer.

use super::api;
use super::metrics::Snapshot;
use base::Duration;
use std::sync::mpsc::SyncSender;
use tokio::sync::{mpsc, oneshot};

/// Questions that wait at most.
const WAITING: usize = 32;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the signalling thread is asked.
#[derive(Debug)]
pub(crate) enum Question {
    Status(oneshot::Sender<api::Status>),
    Calls(oneshot::Sender<Vec<api::Call>>),
    /// Those of some groups from this place on, and the place to go on from: so many are shown
    /// without a pause.
    Circuits(u16, oneshot::Sender<(Vec<api::Circuit>, Option<u16>)>),
    Operate(gateway::CircuitOrder, oneshot::Sender<Result<isup::Operated, gateway::OrderError>>),
    Links(oneshot::Sender<api::Links>),
    Inhibit(api::LinkOrder, oneshot::Sender<Result<(), mtp::InhibitError>>),
    Alarms(oneshot::Sender<Vec<api::Alarm>>),
    Test(api::TestOrder, oneshot::Sender<Result<(), gateway::OrderError>>),
    Tested(api::TestOrder, oneshot::Sender<Option<isup::TestResult>>),
    Trunks(oneshot::Sender<Vec<api::Trunk>>),
    Metrics(oneshot::Sender<Box<Snapshot>>),
}

/// What the exchange's thread is asked.
#[derive(Debug)]
pub(crate) enum ExchangeQuestion {
    Originate(api::Originate, oneshot::Sender<Result<u64, String>>),
    Progress(u64, oneshot::Sender<Option<api::Progress>>),
    /// Whether the gateway can be reached and a circuit is idle.
    Ready(oneshot::Sender<bool>),
}

/// The channel to the signalling thread.
pub(crate) fn signalling() -> (mpsc::Sender<Question>, mpsc::Receiver<Question>) {
    mpsc::channel(WAITING)
}

/// The channel to the exchange's thread, which runs on no runtime.
pub(crate) fn exchange()
-> (SyncSender<ExchangeQuestion>, std::sync::mpsc::Receiver<ExchangeQuestion>) {
    std::sync::mpsc::sync_channel(WAITING)
}

/// No answer: too many questions wait, or the thread is busy or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer;

/// Puts a question by `put`, which says whether there was room, and waits for the answer.
pub(crate) async fn ask<T>(put: impl FnOnce(oneshot::Sender<T>) -> bool) -> Result<T, NoAnswer> {
    let (sender, receiver) = oneshot::channel();
    if !put(sender) {
        return Err(NoAnswer);
    }
    match tokio::time::timeout(PATIENCE, receiver).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) | Err(_) => Err(NoAnswer),
    }
}
