//! Connections: HTTP/1.1 and HTTP/2 on one port, plain and within TLS, with limits and timeouts.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Response, StatusCode, Version};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
#[cfg(feature = "intercept")]
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::Limits;
use super::begun::{Begun, Spoken};
use super::control::{self, Control};
use super::head::{Framing, Heads, Tapped};
#[cfg(feature = "intercept")]
use super::proxy::Asked;
use super::route::{Route, route};
use super::shell::Fakes;
use crate::core::reply::Reply;
use crate::core::request::{Headers, Request};
use crate::providers::{Failure, Provider};

/// What a connection runs over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// What every connection shares.
#[derive(Clone, Debug)]
pub struct Service {
    /// The worlds and their shell.
    pub fakes: Arc<Fakes>,
    /// The provider of requests without host or prefix.
    pub only: Option<Provider>,
    /// What is refused, and when.
    pub limits: Limits,
    /// How TLS is answered; without it only plain HTTP is.
    #[cfg(feature = "intercept")]
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// What the server lets through as a forward proxy; without it it is none.
    #[cfg(feature = "intercept")]
    guard: Option<Arc<super::guard::Guard>>,
    control: Router,
}

/// An answer of the fakes, whole, or one of the control API or from behind the proxy.
type Answer = Response<Either<Full<Bytes>, Body>>;

/// Bodies larger than this are handled as long work.
const LONG_WORK_BYTES: usize = 64 << 10;

/// After the end is asked for, a connection may finish the answer it is giving.
const GRACE: Duration = Duration::from_secs(1);

/// Largest head of a request; hyper answers a larger one with 431.
const HEAD_BYTES_MAX: usize = 64 << 10;

impl Service {
    /// A service over these fakes.
    pub fn new(fakes: Arc<Fakes>, only: Option<Provider>, limits: Limits, control: Control) -> Self {
        Self {
            control: control::router(Arc::clone(&fakes), control),
            fakes,
            only,
            limits,
            #[cfg(feature = "intercept")]
            tls: None,
            #[cfg(feature = "intercept")]
            guard: None,
        }
    }

    /// The same service as a forward proxy.
    #[cfg(feature = "intercept")]
    #[must_use]
    pub fn with_guard(mut self, guard: Arc<super::guard::Guard>) -> Self {
        self.guard = Some(guard);
        self
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

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, stop: watch::Receiver<()>) {
        // Answers are small and whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        self.converse(stream, peer.ip(), stop).await;
    }

    /// Speaks what the client begins with.
    async fn converse<T: Stream>(self: Arc<Self>, io: T, peer: IpAddr, mut stop: watch::Receiver<()>) {
        let listening = tokio::select! {
            listening = timeout(self.limits.head_timeout, Begun::listen(io)) => listening,
            _ = stop.changed() => return,
        };
        let Ok(Ok((spoken, begun))) = listening else { return };
        match spoken {
            Spoken::Http2 => self.http2(begun, peer, stop).await,
            #[cfg(feature = "intercept")]
            Spoken::Tls if self.tls.is_some() => self.within_tls(begun, peer, stop).await,
            // hyper tells a client in plain HTTP that it understands no TLS.
            Spoken::Http1 | Spoken::Tls => self.http1(begun, peer, stop).await,
        }
    }

    #[cfg(feature = "intercept")]
    async fn within_tls<T: Stream>(self: Arc<Self>, mut begun: Begun<T>, peer: IpAddr, mut stop: watch::Receiver<()>) {
        let Some(config) = self.tls.clone() else { return };
        if let Some(guard) = &self.guard {
            match super::proxy::admit(guard, begun).await {
                Some(admitted) => begun = admitted,
                None => return,
            }
        }
        let shaking = tokio::select! {
            shaking = timeout(self.limits.head_timeout, TlsAcceptor::from(config).accept(begun)) => shaking,
            _ = stop.changed() => return,
        };
        // A client that does not trust the authority ends here, and says so itself.
        let Ok(Ok(stream)) = shaking else { return };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, peer, stop).await;
        } else {
            self.http1(stream, peer, stop).await;
        }
    }

    /// Speaks with a client through the tunnel that it asked for.
    ///
    /// The future is boxed, since a tunnel is spoken within as any connection is, and may hold another.
    #[cfg(feature = "intercept")]
    fn within_tunnel(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        peer: IpAddr,
        stop: watch::Receiver<()>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                self.converse(TokioIo::new(upgraded), peer, stop).await;
            }
        })
    }

    async fn http1<T: Stream>(self: Arc<Self>, io: T, peer: IpAddr, stop: watch::Receiver<()>) {
        let (io, heads) = Tapped::new(io);
        let mut builder = http1::Builder::new();
        // The watch over idle connections is ours: hyper's sets a timer for every request.
        builder.header_read_timeout(None).half_close(true).max_buf_size(HEAD_BYTES_MAX);
        // Answers are small: one buffer is cheaper to send than head and body apart.
        builder.writev(false);
        let talk = Arc::new(Talk::new(self, peer, Some(heads), stop));
        let connection = builder.serve_connection(TokioIo::new(io), service_fn(|request| Arc::clone(&talk).answer(request)));
        if talk.service.is_proxy() {
            serve_until(connection.with_upgrades(), http1::UpgradeableConnection::graceful_shutdown, talk.ending()).await;
        } else {
            serve_until(connection, http1::Connection::graceful_shutdown, talk.ending()).await;
        }
    }

    async fn http2<T: Stream>(self: Arc<Self>, io: T, peer: IpAddr, stop: watch::Receiver<()>) {
        let talk = Arc::new(Talk::new(self, peer, None, stop));
        let builder = http2::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(TokioIo::new(io), service_fn(|request| Arc::clone(&talk).answer(request)));
        serve_until(connection, http2::Connection::graceful_shutdown, talk.ending()).await;
    }

    #[cfg(feature = "intercept")]
    const fn is_proxy(&self) -> bool {
        self.guard.is_some()
    }

    #[cfg(not(feature = "intercept"))]
    #[expect(clippy::unused_self, reason = "whoever asks need not know which features there are")]
    const fn is_proxy(&self) -> bool {
        false
    }

    async fn answer(&self, request: http::Request<Incoming>, peer: IpAddr, heads: Option<&Heads>) -> Answer {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let captured = heads.and_then(|heads| captured(heads, &parts));
        // A host in the request line goes before the header: the one is what a proxy was asked for, and HTTP/2's only one.
        let host = parts.uri.authority().map(http::uri::Authority::as_str);
        let host = host.or_else(|| parts.headers.get(HOST).and_then(|host| host.to_str().ok()));
        let (provider, world, target) = match route(host, target, self.only) {
            Route::Provider { provider, world, target } => (provider, world, target),
            Route::Control => {
                let end = EndOfBody::of(&parts, heads);
                let body = match self.read_body(body, end).await {
                    Ok(body) => body,
                    Err(failure) => return control::unreadable(failure).map(Either::Right),
                };
                let mut request = http::Request::from_parts(parts, Body::from(body));
                request.extensions_mut().insert(control::Peer(peer));
                return self.control.clone().oneshot(request).await.unwrap_or_else(|never| match never {}).map(Either::Right);
            }
            Route::Nowhere => return control::nowhere(target).map(Either::Right),
        };
        let headers = captured.map_or_else(|| Headers::from_map(&parts.headers), Headers::from_wire);
        let mut request = Request { method: parts.method.clone(), target: target.to_owned(), headers, body: Bytes::new() };
        let cell = match self.fakes.world_of(provider, world, &request) {
            Ok(cell) => cell,
            Err(error) => return control::no_world(error).map(Either::Right),
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
async fn serve_until<C: Future>(connection: C, shut_down: impl FnOnce(Pin<&mut C>), ending: impl Future<Output = Ending>) {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // An error is a client that went away or spoke no HTTP; hyper has answered it where it could.
        _ = connection.as_mut() => {}
        why = ending => if why == Ending::Stop {
            shut_down(connection.as_mut());
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

/// A connection on which HTTP is spoken, and what its requests share.
struct Talk {
    service: Arc<Service>,
    peer: IpAddr,
    /// The heads as they come, where they are kept: in HTTP/1.
    heads: Option<Heads>,
    /// Requests begun.
    begun: AtomicU64,
    /// Requests answered, or given up.
    ended: AtomicU64,
    stop: watch::Receiver<()>,
}

impl Talk {
    const fn new(service: Arc<Service>, peer: IpAddr, heads: Option<Heads>, stop: watch::Receiver<()>) -> Self {
        Self { service, peer, heads, begun: AtomicU64::new(0), ended: AtomicU64::new(0), stop }
    }

    async fn answer(self: Arc<Self>, request: http::Request<Incoming>) -> Result<Answer, Infallible> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let busy = Busy(self);
        let talk = &busy.0;
        #[cfg(feature = "intercept")]
        let request = match &talk.service.guard {
            None => request,
            Some(guard) => match super::proxy::ask(guard, request).await {
                Asked::Fakes(request) => request,
                Asked::Done(response) => return Ok(response.map(Either::Right)),
                Asked::Tunnel(request) => {
                    tokio::spawn(Arc::clone(&talk.service).within_tunnel(request, talk.peer, talk.stop.clone()));
                    return Ok(Response::new(Either::Left(Full::default())));
                }
            },
        };
        Ok(talk.service.answer(request, talk.peer, talk.heads.as_ref()).await)
    }

    /// Waits until the server stops, or the connection has been without a request for the whole of the timeout.
    async fn ending(&self) -> Ending {
        // A quarter of the time between two looks: an idle connection lives for one timeout to one and a quarter.
        const LOOKS: u32 = 4;
        let idle = async {
            let (mut seen, mut quiet) = (0, 0);
            while quiet < LOOKS {
                tokio::time::sleep(self.service.limits.head_timeout / LOOKS).await;
                let begun = self.begun.load(Ordering::Relaxed);
                let is_busy = begun != self.ended.load(Ordering::Relaxed);
                quiet = if begun == seen && !is_busy { quiet + 1 } else { 0 };
                seen = begun;
            }
        };
        let mut stop = self.stop.clone();
        tokio::select! {
            _ = stop.changed() => Ending::Stop,
            () = idle => Ending::Idle,
        }
    }
}

/// A request that is being answered; it is over when this is dropped, whether the answer was given or given up.
struct Busy(Arc<Talk>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
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

/// Does long work where the runtime has other threads to go on with.
fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::current().runtime_flavor() {
        tokio::runtime::RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

/// A reply on the wire.
fn respond(reply: Reply) -> Answer {
    let has_body = !reply.body.is_empty();
    let mut response = Response::new(Either::Left(Full::new(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if has_body {
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
