//! A forward proxy that answers for the providers itself, and lets nothing out but what was allowed.
//!
//! Clients ask it in four ways: `CONNECT host:port`, `GET http://host/path`, `GET https://host/path` (which some send for
//! want of a tunnel), and, by a preload that redirects their sockets, as if it were the host itself.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{CONNECTION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::begun::{Begun, Spoken};
use super::guard::{Guard, Way, host_and_port};

/// How long a host that was allowed may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest greeting of a TLS client that is waited for.
const HELLO_BYTES_MAX: usize = 64 << 10;
/// What a TLS client is told when its host is refused: a fatal alert, `unrecognized_name`.
const UNRECOGNIZED_NAME: &[u8] = &[0x15, 3, 3, 0, 2, 2, 112];
/// Header lines that concern one hop alone.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What becomes of a request.
pub(super) enum Asked {
    /// The fakes answer it.
    Fakes(Request<Incoming>),
    /// A tunnel to the fakes; the response is to be sent first.
    Tunnel(Request<Incoming>),
    /// It was answered.
    Done(Response<Body>),
}

/// Decides on a request to the proxy.
pub(super) async fn ask(guard: &Arc<Guard>, request: Request<Incoming>) -> Asked {
    let uri = request.uri();
    let host = uri.authority().map_or_else(|| request.headers().get(HOST).and_then(|host| host.to_str().ok()), |name| Some(name.as_str()));
    // Without a host it was meant for us.
    let Some(host) = host else { return Asked::Fakes(request) };
    let is_connect = request.method() == Method::CONNECT;
    let default = if is_connect || uri.scheme_str() == Some("https") { 443 } else { 80 };
    let Some((host, port)) = host_and_port(host) else {
        return Asked::Done(problem(StatusCode::BAD_REQUEST, &format!("{host:?} is no host and port")));
    };
    let port = port.unwrap_or(default);
    match guard.way(&host, port) {
        Way::Fakes if is_connect => Asked::Tunnel(request),
        Way::Fakes => Asked::Fakes(request),
        // In origin form it was sent to our own port.
        Way::Loopback if uri.authority().is_none() => Asked::Fakes(request),
        Way::Loopback | Way::Out => {
            Asked::Done(if is_connect { tunnel(Arc::clone(guard), request, host, port).await } else { forward(request, &host, port).await })
        }
        Way::Refused => {
            let line = (!is_connect).then(|| (request.method().as_str(), request.uri().path()));
            guard.refuse(&host, Some(port), line);
            Asked::Done(refused(&host))
        }
    }
}

/// A tunnel to another program on this machine, or to a host that was allowed.
async fn tunnel(guard: Arc<Guard>, request: Request<Incoming>, host: String, port: u16) -> Response<Body> {
    let upstream = match connect(&host, port).await {
        Ok(upstream) => upstream,
        Err(error) => return unreachable(&host, port, &error),
    };
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(request).await {
            join(&guard, TokioIo::new(upgraded), upstream, &host, port).await;
        }
    });
    Response::new(Body::empty())
}

/// Passes bytes between a client and where it wanted to go, unless what it says there names a real host after all.
async fn join<T: AsyncRead + AsyncWrite + Unpin>(guard: &Guard, mut client: T, mut upstream: TcpStream, host: &str, port: u16) {
    // Only on this port the client is sure to speak first.
    if port == 443 && guard.way(host, port) == Way::Out {
        let Ok(Ok((spoken, begun))) = timeout(CONNECT_TIMEOUT, Begun::listen(client)).await else { return };
        let Some((mut begun, name)) = (match spoken {
            Spoken::Tls => server_name(begun).await,
            Spoken::Http1 | Spoken::Http2 => Some((begun, None)),
        }) else {
            return;
        };
        if let Some(name) = name
            && matches!(guard.way(&name, port), Way::Fakes | Way::Refused)
        {
            guard.refuse(&name, Some(port), None);
            refuse_tls(&mut begun).await;
            return;
        }
        let _ = copy_bidirectional(&mut begun, &mut upstream).await;
    } else {
        let _ = copy_bidirectional(&mut client, &mut upstream).await;
    }
}

/// Passes every connection to a listener on to one place: how a program in a namespace of its own reaches what it may.
pub async fn relay(guard: Arc<Guard>, listener: TcpListener, host: String, port: u16) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (guard, host) = (Arc::clone(&guard), host.clone());
        tokio::spawn(async move {
            match connect(&host, port).await {
                Ok(upstream) => join(&guard, client, upstream, &host, port).await,
                Err(error) => tracing::warn!("{host}:{port} was let through, but cannot be reached: {error}"),
            }
        });
    }
}

/// What a client that begins with TLS is asking for; what it may not have is refused here.
///
/// None when the connection has been dealt with.
pub(super) async fn admit<T: AsyncRead + AsyncWrite + Unpin>(guard: &Guard, begun: Begun<T>) -> Option<Begun<T>> {
    let (mut begun, name) = server_name(begun).await?;
    let Some(name) = name else { return Some(begun) };
    // A socket that was redirected has lost its port; what speaks TLS without more is the web's.
    let allowed = guard.allowed().iter().find(|allowed| allowed.host == name);
    let port = allowed.and_then(|allowed| allowed.port).unwrap_or(443);
    match guard.way(&name, port) {
        Way::Fakes | Way::Loopback => Some(begun),
        Way::Out => {
            match connect(&name, port).await {
                Ok(mut upstream) => {
                    let _ = copy_bidirectional(&mut begun, &mut upstream).await;
                }
                Err(error) => tracing::warn!("{name}:{port} was let through, but cannot be reached: {error}"),
            }
            None
        }
        Way::Refused => {
            guard.refuse(&name, Some(port), None);
            refuse_tls(&mut begun).await;
            None
        }
    }
}

/// The host that a TLS client names in its greeting. None when it is no greeting.
async fn server_name<T: AsyncRead + AsyncWrite + Unpin>(mut begun: Begun<T>) -> Option<(Begun<T>, Option<String>)> {
    loop {
        let mut acceptor = Acceptor::default();
        let mut first = begun.first();
        while !first.is_empty() {
            acceptor.read_tls(&mut first).ok()?;
        }
        if let Some(accepted) = acceptor.accept().ok()? {
            let name = accepted.client_hello().server_name().map(str::to_ascii_lowercase);
            return Some((begun, name));
        }
        if begun.first().len() > HELLO_BYTES_MAX {
            return None;
        }
        timeout(CONNECT_TIMEOUT, begun.read_more()).await.ok()?.ok()?;
    }
}

async fn refuse_tls<T: AsyncWrite + Unpin>(client: &mut T) {
    let _ = client.write_all(UNRECOGNIZED_NAME).await;
    let _ = client.shutdown().await;
}

/// Passes a request in absolute form on, and its answer back.
async fn forward(request: Request<Incoming>, host: &str, port: u16) -> Response<Body> {
    if request.uri().scheme_str() == Some("https") {
        let why = format!(
            "{host} was asked for with https:// in the request line, which would have the proxy read what is meant for the host: \
             let the client use CONNECT"
        );
        return problem(StatusCode::NOT_IMPLEMENTED, &why);
    }
    let upstream = match connect(host, port).await {
        Ok(upstream) => upstream,
        Err(error) => return unreachable(host, port, &error),
    };
    let broken = |error: hyper::Error| problem(StatusCode::BAD_GATEWAY, &format!("{host}:{port} gave no answer: {error}"));
    let (mut sender, connection) = match hyper::client::conn::http1::handshake(TokioIo::new(upstream)).await {
        Ok(parts) => parts,
        Err(error) => return broken(error),
    };
    tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    // What the client named in the request line is where it goes, whatever its Host says.
    if let Some(authority) = parts.uri.authority().and_then(|name| HeaderValue::from_str(name.as_str()).ok()) {
        parts.headers.insert(HOST, authority);
    }
    parts.uri = parts.uri.path_and_query().map_or_else(|| Uri::from_static("/"), |target| Uri::from(target.clone()));
    without_hops(&mut parts.headers);
    match sender.send_request(Request::from_parts(parts, body)).await {
        Ok(response) => {
            let (mut parts, body) = response.into_parts();
            without_hops(&mut parts.headers);
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) => broken(error),
    }
}

fn without_hops(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let connecting = async {
        if host == "localhost" || host.ends_with(".localhost") {
            // No look-up: these names are this machine's wherever they are asked for.
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => Ok(stream),
                Err(_) => TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await,
            }
        } else {
            TcpStream::connect((host, port)).await
        }
    };
    let stream = timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

fn refused(host: &str) -> Response<Body> {
    problem(StatusCode::FORBIDDEN, &format!("{host} is not let through: mock-providers exec --allow-host {host} would let it"))
}

fn unreachable(host: &str, port: u16, error: &io::Error) -> Response<Body> {
    problem(StatusCode::BAD_GATEWAY, &format!("{host}:{port} cannot be reached: {error}"))
}

/// The proxy's own answers are plain text: what reads them is a person's eye.
fn problem(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("mock-providers: {text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
