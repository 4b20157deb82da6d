//! Talking to the admin API of a running gateway.

use super::Exit;
use crate::admin::api::Failure;
use crate::out;
use base::Duration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::Response;

/// More than the server needs to give up an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running gateway.
pub(crate) struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        Self::patient(base, PATIENCE)
    }

    /// One that may take so long to answer.
    pub(crate) fn patient(base: &str, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .build();
        Self { agent: config.new_agent(), base: base.trim_end_matches('/').to_owned() }
    }

    /// Reads what is at `path`, as text.
    pub(crate) fn text(&self, path: &str) -> Result<String, Exit> {
        let answer = self.agent.get(self.url(path)).call();
        self.body(answer)
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Exit> {
        self.parse(&self.text(path)?)
    }

    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, Exit> {
        let answer = self.agent.post(self.url(path)).send_json(request);
        let text = self.body(answer)?;
        self.parse(&text)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn body(&self, answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<String, Exit> {
        let read = answer
            .and_then(|mut answer| Ok((answer.status(), answer.body_mut().read_to_string()?)));
        let (status, text) = read.map_err(|error| {
            out::complain(format_args!(
                "cannot reach a gateway at {}: {error}; is it running? --admin names another",
                self.base
            ));
            Exit::Unreachable
        })?;
        if status.is_success() {
            return Ok(text);
        }
        let error = serde_json::from_str(&text).map_or(text, |failure: Failure| failure.error);
        out::complain(format_args!("{}: {error} (HTTP {status})", self.base));
        Err(if status.is_server_error() { Exit::Unreachable } else { Exit::Wrong })
    }

    fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, Exit> {
        serde_json::from_str(text).map_err(|error| {
            let base = &self.base;
            out::complain(format_args!("{base}: this is no gateway of our version: {error}"));
            Exit::Unreachable
        })
    }
}
