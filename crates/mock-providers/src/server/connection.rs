//! Connections: HTTP/1.1 and HTTP/2 with prior knowledge on one port, with limits and timeouts.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Limits;
use super::control::{self, Control};
use super::head::{Framing, Heads, Tapped};
use super::route::{Route, route};
use super::shell::Fakes;
use crate::core::reply::Reply;
use crate::core::request::{Headers, Request};
use crate::providers::{Failure, Provider};

/// What every connection shares.
#[derive(Debug)]
pub struct Service {
    /// The worlds and their shell.
    pub fakes: Arc<Fakes>,
    /// The provider of requests without host or prefix.
    pub only: Option<Provider>,
    /// What is refused, and when.
    pub limits: Limits,
    control: Router,
}

/// Bodies larger than this are handled as long work.
const LONG_WORK_BYTES: usize = 64 << 10;

/// After the end is asked for, a connection may finish the answer it is giving.
const GRACE: Duration = Duration::from_secs(1);

/// Largest head of a request; hyper answers a larger one with 431.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// A first line of HTTP/2 with prior knowledge.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Service {
    /// A service over these fakes.
    pub fn new(fakes: Arc<Fakes>, only: Option<Provider>, limits: Limits, control: Control) -> Self {
        Self { control: control::router(Arc::clone(&fakes), control), fakes, only, limits }
    }

    /// Accepts connections until the sender of `stop` is gone or speaks.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<()>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.changed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(Arc::clone(&self).connection(stream, peer, stop.clone()));
                }
                // Out of file descriptors, or a client gone before it was met: the listener itself is sound.
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, mut stop: watch::Receiver<()>) {
        // Answers are small and whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let first = tokio::select! {
            first = timeout(self.limits.head_timeout, speaks_http2(&stream)) => first,
            _ = stop.changed() => return,
        };
        let Ok(Ok(http2)) = first else { return };
        let activity = Activity::default();
        let service = |heads: Option<Heads>| {
            service_fn({
                let (this, activity) = (Arc::clone(&self), activity.clone());
                move |request| {
                    let (this, heads, busy) = (Arc::clone(&this), heads.clone(), activity.begin());
                    async move {
                        let _busy = busy;
                        Ok::<_, std::convert::Infallible>(this.answer(request, peer.ip(), heads.as_ref()).await)
                    }
                }
            })
        };
        let ending = ending(&mut stop, &activity, self.limits.head_timeout);
        if http2 {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            serve_until(builder.serve_connection(TokioIo::new(stream), service(None)), ending).await;
        } else {
            let (io, heads) = Tapped::new(stream);
            let mut builder = hyper::server::conn::http1::Builder::new();
            // The watch over idle connections is ours: hyper's sets a timer for every request.
            builder.header_read_timeout(None).half_close(true).max_buf_size(HEAD_BYTES_MAX);
            // Answers are small: one buffer is cheaper to send than head and body apart.
            builder.writev(false);
            serve_until(builder.serve_connection(TokioIo::new(io), service(Some(heads))), ending).await;
        }
    }

    async fn answer(&self, request: http::Request<Incoming>, peer: IpAddr, heads: Option<&Heads>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let captured = heads.and_then(|heads| captured(heads, &parts));
        let host =
            parts.headers.get(HOST).and_then(|host| host.to_str().ok()).or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
        let (provider, world, target) = match route(host, target, self.only) {
            Route::Provider { provider, world, target } => (provider, world, target),
            Route::Control => {
                let end = EndOfBody::of(&parts, heads);
                let body = match self.read_body(body, end).await {
                    Ok(body) => body,
                    Err(failure) => return control::unreadable(failure),
                };
                let mut request = http::Request::from_parts(parts, Body::from(body));
                request.extensions_mut().insert(control::Peer(peer));
                return self.control.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            }
            Route::Nowhere => return control::nowhere(target),
        };
        let headers = captured.map_or_else(|| Headers::from_map(&parts.headers), Headers::from_wire);
        let mut request = Request { method: parts.method.clone(), target: target.to_owned(), headers, body: Bytes::new() };
        let cell = match self.fakes.world_of(provider, world, &request) {
            Ok(cell) => cell,
            Err(error) => return control::no_world(error),
        };
        let failure = if target.len() > self.limits.target_bytes_max {
            request.target.truncate(floor_char_boundary(&request.target, self.limits.target_bytes_max));
            Some(Failure::TargetTooLong)
        } else if body.is_end_stream() {
            None
        } else {
            match self.read_body(body, EndOfBody::of(&parts, heads)).await {
                Ok(body) => {
                    request.body = body;
                    None
                }
                Err(failure) => Some(failure),
            }
        };
        match failure {
            // A large body may be long work, which must not hold up the other connections of this thread.
            None if request.body.len() > LONG_WORK_BYTES => respond(in_place(|| self.fakes.answer(&cell, provider, request))),
            None => respond(self.fakes.answer(&cell, provider, request)),
            Some(failure) => {
                let mut response = respond(self.fakes.fail(&cell, provider, request, failure));
                // The rest of the body may still be on its way, so the connection cannot be used again.
                if parts.version < Version::HTTP_2 {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                response
            }
        }
    }

    /// The whole body, if it keeps within size and time.
    ///
    /// A body that is too large is read on and thrown away, since most clients listen only after they have sent all.
    async fn read_body(&self, mut body: Incoming, end: EndOfBody<'_>) -> Result<Bytes, Failure> {
        if end.expects_continue && end.declared.is_some_and(|length| length > self.limits.body_bytes_max as u64) {
            return Err(Failure::BodyTooLarge);
        }
        let read = async {
            let mut collected = BytesMut::new();
            let mut too_large = false;
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.map_err(|_| Failure::BodyUnreadable)?.into_data() else { continue };
                too_large |= collected.len() + data.len() > self.limits.body_bytes_max;
                if too_large {
                    collected = BytesMut::new();
                } else {
                    collected.extend_from_slice(&data);
                }
            }
            if too_large { Err(Failure::BodyTooLarge) } else { Ok(collected.freeze()) }
        };
        let read = timeout(self.limits.body_timeout, read).await.unwrap_or(Err(Failure::BodyTimeout));
        if let Some(heads) = end.chunked {
            heads.end_of_chunks();
        }
        read
    }
}

/// Serves a connection to its end, or until it is to end.
async fn serve_until(connection: impl GracefulConnection, ending: impl Future<Output = Ending>) {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // An error is a client that went away or spoke no HTTP; hyper has answered it where it could.
        _ = connection.as_mut() => {}
        why = ending => if why == Ending::Stop {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(GRACE, connection).await;
        },
    }
}

/// Why a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The server stops.
    Stop,
    /// No head came in time.
    Idle,
}

/// Waits until the server stops, or the connection has been without a request for the whole of `timeout`.
async fn ending(stop: &mut watch::Receiver<()>, activity: &Activity, timeout: Duration) -> Ending {
    // A quarter of the time between two looks: an idle connection lives for one timeout to one and a quarter.
    const LOOKS: u32 = 4;
    let idle = async {
        let (mut seen, mut quiet) = (activity.count(), 0);
        while quiet < LOOKS {
            tokio::time::sleep(timeout / LOOKS).await;
            let count = activity.count();
            quiet = if count == seen && !activity.is_busy() { quiet + 1 } else { 0 };
            seen = count;
        }
    };
    tokio::select! {
        _ = stop.changed() => Ending::Stop,
        () = idle => Ending::Idle,
    }
}

/// How many requests a connection has begun and ended.
#[derive(Clone, Debug, Default)]
struct Activity(Arc<(AtomicU64, AtomicU64)>);

impl Activity {
    /// Counts a request in, and out again when the answer is given or given up.
    fn begin(&self) -> Busy {
        self.0.0.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }

    fn count(&self) -> u64 {
        self.0.0.load(Ordering::Relaxed)
    }

    fn is_busy(&self) -> bool {
        self.count() != self.0.1.load(Ordering::Relaxed)
    }
}

struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a request's head says of its body.
struct EndOfBody<'h> {
    declared: Option<u64>,
    expects_continue: bool,
    /// The heads to tell when the last chunk was read.
    chunked: Option<&'h Heads>,
}

impl<'h> EndOfBody<'h> {
    fn of(parts: &http::request::Parts, heads: Option<&'h Heads>) -> Self {
        Self {
            declared: declared_length(parts),
            expects_continue: parts.headers.contains_key(http::header::EXPECT),
            chunked: heads.filter(|_| parts.headers.contains_key(TRANSFER_ENCODING)),
        }
    }
}

fn declared_length(parts: &http::request::Parts) -> Option<u64> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn captured(heads: &Heads, parts: &http::request::Parts) -> Option<Bytes> {
    let framing =
        if parts.headers.contains_key(TRANSFER_ENCODING) { Framing::Chunked } else { Framing::Length(declared_length(parts).unwrap_or(0)) };
    heads.take(&[parts.method.as_str().as_bytes(), b" "], framing)
}

/// Whether the client begins with the preface of HTTP/2. Reads nothing; ends with an error when the client is gone.
async fn speaks_http2(stream: &TcpStream) -> std::io::Result<bool> {
    let mut seen = [0; HTTP2_PREFACE.len()];
    loop {
        let n = stream.peek(&mut seen).await?;
        let is_part = n < seen.len() && seen[..n] == HTTP2_PREFACE[..n];
        if n == 0 || is_part && stream.ready(Interest::READABLE).await?.is_read_closed() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if seen[..n] != HTTP2_PREFACE[..n] {
            return Ok(false);
        }
        if n == HTTP2_PREFACE.len() {
            return Ok(true);
        }
        // The socket stays readable while a part of the preface lies in it, so waiting for readiness would spin.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Does long work where the runtime has other threads to go on with.
fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::current().runtime_flavor() {
        tokio::runtime::RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

/// A reply on the wire.
fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !response.body().is_end_stream() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    for (name, value) in reply.headers.iter() {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
