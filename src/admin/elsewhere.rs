//! An exchange that is a process of its own: what it is asked here is asked there.

use super::api::Originate;
use super::server::failure;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::Duration;
use std::net::SocketAddr;
use ureq::Agent;

/// How long it may take to answer: it is as near as the gateway's own threads.
const PATIENCE: Duration = Duration::from_secs(2);

/// The admin API of another process.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    agent: Agent,
    address: SocketAddr,
}

impl Elsewhere {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build();
        Self { agent: config.new_agent(), address }
    }

    pub(super) async fn originate(&self, request: Originate) -> Response {
        let (agent, url) = (self.agent.clone(), self.url(""));
        self.forward(move || agent.post(url).send_json(request)).await
    }

    pub(super) async fn progress(&self, batch: u64) -> Response {
        let (agent, url) = (self.agent.clone(), self.url(&format!("/{batch}")));
        self.forward(move || agent.get(url).call()).await
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}/api/v1/exchange/calls{rest}", self.address)
    }

    /// Asks on a thread that may wait, and hands the answer on as it is.
    async fn forward(
        &self,
        question: impl FnOnce() -> Result<ureq::http::Response<ureq::Body>, ureq::Error>
        + Send
        + 'static,
    ) -> Response {
        let asked = tokio::task::spawn_blocking(move || {
            let mut answer = question()?;
            let status = answer.status().as_u16();
            Ok::<_, ureq::Error>((status, answer.body_mut().read_to_string()?))
        });
        match asked.await {
            Ok(Ok((status, text))) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
            }
            Ok(Err(error)) => {
                let what = format!("cannot reach the exchange at {}: {error}", self.address);
                failure(StatusCode::BAD_GATEWAY, what)
            }
            Err(_over) => failure(StatusCode::SERVICE_UNAVAILABLE, "the gateway ends"),
        }
    }
}
