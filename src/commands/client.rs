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
/// The longest answer: 400,000 circuits.
const OCTETS_MAX: u64 = 64 << 20;

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
        let read = answer.and_then(|mut answer| {
            let status = answer.status();
            let body = answer.body_mut().with_config().limit(OCTETS_MAX);
            Ok((status, body.read_to_string()?))
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// Answers one request with so many octets.
    fn serve(octets: usize) -> (String, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = BufReader::new(stream.try_clone().unwrap());
            assert!(request.lines().any(|line| line.unwrap().is_empty()));
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {octets}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&vec![b'x'; octets]).unwrap();
        };
        (base, std::thread::Builder::new().spawn(serve).unwrap())
    }

    #[test]
    fn the_circuits_of_a_national_node_are_read() {
        let octets = 24 << 20;
        let (base, server) = serve(octets);
        let client = Client::patient(&base, Duration::from_secs(60));
        assert_eq!(client.text("/api/v1/circuits").unwrap().len(), octets);
        server.join().unwrap();
    }
}
