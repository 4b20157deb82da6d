//! An exchange that is a process of its own: what it is asked here is asked there.

use super::api::Originate;
use super::server::failure;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::Duration;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;
use ureq::Agent;

/// How long it may take to answer: it is as near as the gateway's own threads.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many questions may wait for it at once: each has a thread.
const AT_ONCE: usize = 8;

/// Octets of an answer: a few counters.
const ANSWER: u64 = 64 * 1024;

/// The admin API of another process.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    agent: Agent,
    address: SocketAddr,
    places: Arc<Semaphore>,
}

impl Elsewhere {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self { agent: config.new_agent(), address, places }
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
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let what = format!("{AT_ONCE} questions wait for the exchange at {}", self.address);
            return failure(StatusCode::SERVICE_UNAVAILABLE, what);
        };
        let asked = tokio::task::spawn_blocking(move || {
            // Until the thread is free, also when nobody waits for the answer any more.
            let _place = place;
            let mut answer = question()?;
            let status = answer.status().as_u16();
            let text = answer.body_mut().with_config().limit(ANSWER).read_to_string()?;
            Ok::<_, ureq::Error>((status, text))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    async fn an_exchange_that_does_not_answer_holds_a_bounded_number_of_threads() {
        // Connections wait in its backlog for ever.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let elsewhere = Elsewhere::new(silent.local_addr().unwrap());
        let asked: Vec<_> = (0..AT_ONCE as u64)
            .map(|batch| {
                let elsewhere = elsewhere.clone();
                tokio::spawn(async move { elsewhere.progress(batch).await.status() })
            })
            .collect();
        while elsewhere.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(elsewhere.progress(0).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        for one in asked {
            assert_eq!(one.await.unwrap(), StatusCode::BAD_GATEWAY);
        }
        assert_eq!(elsewhere.places.available_permits(), AT_ONCE);
    }
}
