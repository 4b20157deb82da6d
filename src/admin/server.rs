use super::api::{
    Accepted, CircuitOrder, CircuitsOperated, Failure, LinkOrder, Originate, TestOrder, Tested,
};
use super::ask::{ExchangeQuestion, NoAnswer, Question, ask};
use super::elsewhere::Elsewhere;
use super::metrics;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::Duration;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// How often it is asked whether a circuit test is over, and how many times: longer than T24 takes
/// when LPA starts it anew.
const TEST_LOOK: Duration = Duration::from_millis(100);
const TEST_LOOKS: usize = 80;

/// Who places the calls of `tocsin originate`.
#[derive(Clone, Debug)]
pub(crate) enum ExchangeAt {
    /// Nobody.
    Nowhere,
    /// A thread of this process.
    Here(SyncSender<ExchangeQuestion>),
    /// Another process.
    Elsewhere(Elsewhere),
}

/// Questions to an exchange elsewhere at a time; more wait.
const FORWARDED_MAX: usize = 4;

/// The ways to the threads that know.
#[derive(Clone, Debug)]
struct Ways {
    signalling: mpsc::Sender<Question>,
}

/// The management thread.
#[derive(Debug)]
pub(crate) struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Binds the listener before any thread starts, so that a taken port is told at once.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Server {
    /// Starts the thread of a gateway.
    pub(crate) fn start(
        listener: TcpListener,
        signalling: mpsc::Sender<Question>,
        exchange: ExchangeAt,
    ) -> io::Result<Self> {
        let calls = exchange_routes().with_state(exchange.clone());
        Self::serve(listener, routes(Ways { signalling }).merge(calls))
    }

    /// Starts the thread of an exchange that is a process of its own.
    pub(crate) fn start_exchange(
        listener: TcpListener,
        exchange: SyncSender<ExchangeQuestion>,
    ) -> io::Result<Self> {
        let own = Router::new()
            .route("/healthz", get(exchange_health))
            .route("/readyz", get(exchange_readiness))
            .fallback(no_page);
        let routes = own.merge(exchange_routes()).with_state(ExchangeAt::Here(exchange));
        Self::serve(listener, routes)
    }

    fn serve(listener: TcpListener, routes: Router) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(FORWARDED_MAX)
            .build()?;
        let serve = move || {
            let served = runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::select! {
                    served = axum::serve(listener, routes) => served,
                    _ = stopped => Ok(()),
                }
            });
            // A question to another process may go on for a while; nobody waits for its answer.
            runtime.shutdown_background();
            if let Err(error) = served {
                tracing::error!(%error, "the admin API has ended");
            }
        };
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(serve)?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread; requests in progress are cut off.
    pub(crate) fn finish(self) {
        let _gone = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the management thread failed");
        }
    }
}

fn routes(ways: Ways) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics_page))
        .route("/api/v1/status", get(status))
        .route("/api/v1/calls", get(calls))
        .route("/api/v1/circuits", get(circuits).post(operate))
        .route("/api/v1/links", get(links).post(inhibit))
        .route("/api/v1/alarms", get(alarms))
        .route("/api/v1/circuits/test", post(test_circuit))
        .route("/api/v1/trunks", get(trunks))
        .fallback(no_page)
        .with_state(ways)
}

fn exchange_routes() -> Router<ExchangeAt> {
    Router::new()
        .route("/api/v1/exchange/calls", post(originate))
        .route("/api/v1/exchange/calls/{batch}", get(progress))
}

async fn no_page() -> Response {
    failure(StatusCode::NOT_FOUND, "no such page; / of a gateway lists them")
}

pub(super) fn failure(status: StatusCode, error: impl Into<String>) -> Response {
    (status, Json(Failure { error: error.into() })).into_response()
}

impl IntoResponse for NoAnswer {
    fn into_response(self) -> Response {
        failure(StatusCode::SERVICE_UNAVAILABLE, "the gateway is too busy to answer; try again")
    }
}

impl Ways {
    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Question,
    ) -> Result<T, NoAnswer> {
        ask(|answer| self.signalling.try_send(question(answer)).is_ok()).await
    }
}

/// Puts a question to the exchange's thread of this process.
async fn ask_exchange<T>(
    exchange: &SyncSender<ExchangeQuestion>,
    question: impl FnOnce(oneshot::Sender<T>) -> ExchangeQuestion,
) -> Result<T, Response> {
    let answer = ask(|answer| exchange.try_send(question(answer)).is_ok()).await;
    answer.map_err(IntoResponse::into_response)
}

fn no_exchange() -> Response {
    failure(StatusCode::NOT_FOUND, "no exchange is embedded here, and exchange.admin is not set")
}

async fn index() -> Html<&'static str> {
    Html(include_str!("index.html"))
}

/// The process lives and its signalling thread answers.
async fn health(State(ways): State<Ways>) -> Response {
    match ways.ask(Question::Status).await {
        Ok(_) => "ok\n".into_response(),
        Err(none) => none.into_response(),
    }
}

/// Calls are taken: a signalling link is in service, circuits are usable, no shutdown has begun.
async fn readiness(State(ways): State<Ways>) -> Response {
    match ways.ask(Question::Status).await {
        Ok(status) if status.ready => "ready\n".into_response(),
        Ok(status) if status.draining => failure(StatusCode::SERVICE_UNAVAILABLE, "draining"),
        Ok(_) => failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "no signalling link is in service, or no circuit is usable, yet",
        ),
        Err(none) => none.into_response(),
    }
}

async fn metrics_page(State(ways): State<Ways>) -> Response {
    let snapshot = match ways.ask(Question::Metrics).await {
        Ok(snapshot) => snapshot,
        Err(none) => return none.into_response(),
    };
    match metrics::encode(*snapshot) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => failure(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

async fn status(State(ways): State<Ways>) -> Response {
    ways.ask(Question::Status).await.map(Json).into_response()
}

async fn links(State(ways): State<Ways>) -> Response {
    ways.ask(Question::Links).await.map(Json).into_response()
}

async fn alarms(State(ways): State<Ways>) -> Response {
    ways.ask(Question::Alarms).await.map(Json).into_response()
}

async fn calls(State(ways): State<Ways>) -> Response {
    ways.ask(Question::Calls).await.map(Json).into_response()
}

async fn circuits(State(ways): State<Ways>) -> Response {
    // Some groups at a time: nothing else waits for the view of all circuits of a large node.
    let (mut all, mut next) = (Vec::new(), Some(0));
    while let Some(from) = next {
        match ways.ask(|answer| Question::Circuits(from, answer)).await {
            Ok((circuits, then)) => {
                all.extend(circuits);
                next = then;
            }
            Err(none) => return none.into_response(),
        }
    }
    Json(all).into_response()
}

async fn operate(
    State(ways): State<Ways>,
    order: Result<Json<CircuitOrder>, JsonRejection>,
) -> Response {
    let order = match order {
        Ok(Json(order)) => order,
        Err(wrong) => return failure(StatusCode::BAD_REQUEST, wrong.body_text()),
    };
    let operation = match order.operation.as_str() {
        "block" => isup::Operation::Block,
        "unblock" => isup::Operation::Unblock,
        "reset" => isup::Operation::Reset,
        "query" => isup::Operation::Query,
        _ => return failure(StatusCode::BAD_REQUEST, "block, unblock, reset or query"),
    };
    let CircuitOrder { group, first, last, force, .. } = order;
    let order = gateway::CircuitOrder { group, cics: first..=last, operation, force };
    match ways.ask(|answer| Question::Operate(order, answer)).await {
        Ok(Ok(done)) => {
            let isup::Operated { asked, unchanged, calls } = done;
            Json(CircuitsOperated { asked, unchanged, calls }).into_response()
        }
        Ok(Err(refused)) => order_refused(&refused),
        Err(none) => none.into_response(),
    }
}

async fn inhibit(
    State(ways): State<Ways>,
    order: Result<Json<LinkOrder>, JsonRejection>,
) -> Response {
    let order = match order {
        Ok(Json(order)) => order,
        Err(wrong) => return failure(StatusCode::BAD_REQUEST, wrong.body_text()),
    };
    let wanted = order.clone();
    match ways.ask(|answer| Question::Inhibit(order, answer)).await {
        Ok(Ok(())) => Json(wanted).into_response(),
        Ok(Err(refused)) => {
            let status = match refused {
                mtp::InhibitError::NoSuchLink => StatusCode::NOT_FOUND,
                mtp::InhibitError::Needed => StatusCode::CONFLICT,
            };
            failure(status, refused.to_string())
        }
        Err(none) => none.into_response(),
    }
}

fn order_refused(refused: &gateway::OrderError) -> Response {
    use gateway::OrderError::{LastWay, NoCircuit, NoGroup, NoTimeSlot, Untestable};
    let status = match refused {
        NoGroup(_) | NoCircuit { .. } => StatusCode::NOT_FOUND,
        LastWay { .. } | NoTimeSlot { .. } | Untestable { .. } => StatusCode::CONFLICT,
    };
    failure(status, refused.to_string())
}

/// Begins a circuit test, and answers when it is over.
async fn test_circuit(
    State(ways): State<Ways>,
    order: Result<Json<TestOrder>, JsonRejection>,
) -> Response {
    let order = match order {
        Ok(Json(order)) => order,
        Err(wrong) => return failure(StatusCode::BAD_REQUEST, wrong.body_text()),
    };
    match ways.ask(|answer| Question::Test(order.clone(), answer)).await {
        Ok(Ok(())) => {}
        Ok(Err(refused)) => return order_refused(&refused),
        Err(none) => return none.into_response(),
    }
    for _ in 0..TEST_LOOKS {
        tokio::time::sleep(TEST_LOOK).await;
        match ways.ask(|answer| Question::Tested(order.clone(), answer)).await {
            Ok(None) => {}
            Ok(Some(result)) => {
                let TestOrder { group, cic, .. } = order;
                let (result, meaning) = (result.name().to_owned(), result.meaning().to_owned());
                return Json(Tested { group, cic, result, meaning }).into_response();
            }
            Err(none) => return none.into_response(),
        }
    }
    failure(
        StatusCode::GATEWAY_TIMEOUT,
        "the test goes on; `tocsin circuits` shows what came of it",
    )
}

async fn trunks(State(ways): State<Ways>) -> Response {
    ways.ask(Question::Trunks).await.map(Json).into_response()
}

async fn originate(
    State(exchange): State<ExchangeAt>,
    request: Result<Json<Originate>, JsonRejection>,
) -> Response {
    let request = match request {
        Ok(Json(request)) => request,
        Err(wrong) => return failure(StatusCode::BAD_REQUEST, wrong.body_text()),
    };
    let exchange = match exchange {
        ExchangeAt::Nowhere => return no_exchange(),
        ExchangeAt::Elsewhere(exchange) => return exchange.originate(request).await,
        ExchangeAt::Here(exchange) => exchange,
    };
    match ask_exchange(&exchange, |answer| ExchangeQuestion::Originate(request, answer)).await {
        Ok(Ok(batch)) => (StatusCode::ACCEPTED, Json(Accepted { batch })).into_response(),
        Ok(Err(refused)) => failure(StatusCode::BAD_REQUEST, refused),
        Err(none) => none,
    }
}

async fn progress(State(exchange): State<ExchangeAt>, batch: Path<String>) -> Response {
    let Ok(batch) = batch.parse() else {
        return failure(StatusCode::BAD_REQUEST, "a batch is a number");
    };
    let exchange = match exchange {
        ExchangeAt::Nowhere => return no_exchange(),
        ExchangeAt::Elsewhere(exchange) => return exchange.progress(batch).await,
        ExchangeAt::Here(exchange) => exchange,
    };
    match ask_exchange(&exchange, |answer| ExchangeQuestion::Progress(batch, answer)).await {
        Ok(Some(progress)) => Json(progress).into_response(),
        Ok(None) => failure(StatusCode::NOT_FOUND, "no such batch, or not any more"),
        Err(none) => none,
    }
}

/// The exchange's thread answers.
async fn exchange_health(State(exchange): State<ExchangeAt>) -> Response {
    is_exchange_ready(&exchange).await.map_or_else(|none| none, |_| "ok\n".into_response())
}

/// Calls are taken.
async fn exchange_readiness(State(exchange): State<ExchangeAt>) -> Response {
    match is_exchange_ready(&exchange).await {
        Ok(true) => "ready\n".into_response(),
        Ok(false) => failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "no association is in service, or no circuit is idle",
        ),
        Err(none) => none,
    }
}

async fn is_exchange_ready(exchange: &ExchangeAt) -> Result<bool, Response> {
    let ExchangeAt::Here(exchange) = exchange else { return Err(no_exchange()) };
    ask_exchange(exchange, ExchangeQuestion::Ready).await
}
