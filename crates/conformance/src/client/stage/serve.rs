//! The servers of the stage: a thread accepts, a thread serves each connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use mock_providers::core::ledger::Ledger;
use mock_providers::core::operation::Effect;
use mock_providers::core::request::Request;
use mock_providers::providers::{Provider, World};
use mock_providers::server::tls::{Authority, AuthorityError};
use rust_decimal::Decimal;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::wire::{NoRequest, PATIENCE, Received, Wire};
use super::{Act, Answer, Entry, Message, Origin, Scene, Sent, Shared, base_url, operation_of, time_of};

/// TLS for connections that speak HTTP/1.1 only.
pub(super) fn http1(authority: &Arc<Authority>) -> Result<Arc<ServerConfig>, AuthorityError> {
    let mut config = ServerConfig::clone(&*authority.server_config()?);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Accepts until the stage is closed.
pub(super) fn start(shared: Arc<Shared>, listener: TcpListener, origin: Origin, tls: Option<Arc<ServerConfig>>) {
    thread::spawn(move || {
        for connection in listener.incoming() {
            if shared.closing.load(Ordering::Acquire) {
                return;
            }
            let Ok(connection) = connection else { continue };
            let (shared, tls) = (Arc::clone(&shared), tls.clone());
            thread::spawn(move || {
                let _ = connection.set_nodelay(true);
                let _ = connection.set_read_timeout(Some(PATIENCE));
                // A client that does not read must not keep a thread.
                let _ = connection.set_write_timeout(Some(Duration::from_secs(10)));
                let Ok(raw) = connection.try_clone() else { return };
                match tls.filter(|_| !is_clear(&connection)) {
                    // What comes in the clear where TLS is spoken is answered, so that it is in the journal.
                    None if origin != Origin::Other => serve(&shared, Wire::new(connection), &raw, Origin::Plain),
                    None => serve(&shared, Wire::new(connection), &raw, origin),
                    Some(config) => {
                        let Ok(session) = ServerConnection::new(config) else { return };
                        serve(&shared, Wire::new(StreamOwned::new(session, connection)), &raw, origin);
                    }
                }
            });
        }
    });
}

/// Whether a connection begins with a letter, as no handshake of TLS does.
fn is_clear(connection: &TcpStream) -> bool {
    let mut first = [0];
    connection.peek(&mut first).is_ok_and(|n| n == 1 && first[0].is_ascii_alphabetic())
}

/// One connection, to its end.
fn serve(shared: &Shared, mut wire: Wire<impl Read + Write>, raw: &TcpStream, origin: Origin) {
    let closing = || shared.closing.load(Ordering::Acquire);
    loop {
        let received = match wire.request(&closing) {
            Ok(received) => received,
            Err(NoRequest::Ended) => return,
            Err(NoRequest::Malformed(why)) => return wire.refuse(why),
        };
        let (to_head, last) = (received.method == "HEAD", received.last);
        let (number, message, sent) = enter(shared, origin, received);
        let goes_on = match (message, sent) {
            (Some(message), Sent::Stalled) => {
                let _ = wire.answer(to_head, &message, sent, || {});
                wait_for_the_end(shared, number);
                false
            }
            (_, Sent::Never) => {
                wait_for_the_end(shared, number);
                false
            }
            (Some(message), sent) if sent != Sent::Reset => {
                // It is over before its last byte arrives: a client may send its next one at once.
                wire.answer(to_head, &message, sent, || leave(shared, number)).unwrap_or(false)
            }
            _ => {
                leave(shared, number);
                return reset(raw);
            }
        };
        if last || !goes_on {
            let _ = raw.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Lets the connection end with a reset, as soon as nobody holds it any more: a proper end could be taken for an answer's.
fn reset(raw: &TcpStream) {
    #[cfg(unix)]
    let _ = rustix::net::sockopt::set_socket_linger(raw, Some(Duration::ZERO));
    #[cfg(not(unix))]
    let _ = raw.shutdown(Shutdown::Both);
}

/// Lets the scene hear of a request: what it answers, and how.
fn enter(shared: &Shared, origin: Origin, received: Received) -> (u64, Option<Message>, Sent) {
    let mut scene = shared.scene();
    let (provider, target) = split(&received.target);
    let path = target.split('?').next().unwrap_or_default();
    scene.in_flight += 1;
    let mut entry = Entry {
        at: scene.elapsed(),
        passed: scene.passed,
        origin,
        provider,
        operation: provider.and_then(|provider| operation_of(provider, &received.method, path)),
        method: received.method,
        target: target.to_owned(),
        headers: received.headers,
        body: received.body,
        answer: None,
        acted: false,
        credits: Decimal::ZERO,
        in_flight: scene.in_flight,
    };
    let mut sent = Sent::Whole;
    entry.answer = match provider {
        // What stands there has nothing to say; that it is asked at all is what counts.
        _ if origin == Origin::Other => Some(Message::json(200, "{}")),
        None => Some(Message::json(404, r#"{"error":"the base URL ends in the provider's name, and this path does not begin with it"}"#)),
        Some(provider) => {
            let act = scene.script.pop_front().unwrap_or_else(|| scene.then.clone());
            sent = act.sent;
            let message = play(&mut scene, shared, provider, &mut entry, &act);
            message.map(|message| Message {
                body: act.rewritten.map_or_else(|| message.body.clone(), |rewrite| rewrite(&message.body)),
                ..message
            })
        }
    };
    // As a server sends it: by it a client can tell what is left until a moment.
    if let Some(message) =
        entry.answer.as_mut().filter(|message| message.headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("date")))
    {
        message.headers.extend(date(scene.now()).map(|date| ("date".to_owned(), date)));
    }
    let answer = entry.answer.clone();
    if matches!(sent, Sent::Reset | Sent::Never) {
        entry.answer = None;
    }
    scene.journal.push(entry);
    (scene.number, answer, sent)
}

/// A time as the header `Date` has it.
fn date(time: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()
}

/// Provider and documented path of a target below a base URL.
fn split(target: &str) -> (Option<Provider>, &str) {
    let below = target.strip_prefix('/').unwrap_or(target);
    let name = below.split(['/', '?']).next().unwrap_or_default();
    match Provider::by_name(name) {
        Some(provider) => (Some(provider), &below[name.len()..]),
        None => (None, target),
    }
}

fn play(scene: &mut Scene, shared: &Shared, provider: Provider, entry: &mut Entry, act: &Act) -> Option<Message> {
    match &act.answer {
        Answer::World => Some(ask(scene, provider, entry)),
        Answer::WorldThen(message) => {
            ask(scene, provider, entry);
            Some(message.clone())
        }
        Answer::Say(message) => Some(message.clone()),
        Answer::Made(maker) => Some(maker.make(entry)),
        Answer::Nobody => None,
        Answer::Redirect(status, origin) => {
            let to = format!("{}{}", base_url(*origin, shared.addresses[origin], provider), entry.target);
            Some(Message { status: *status, headers: vec![("location".into(), to)], body: String::new() })
        }
    }
}

/// The fakes' answer, and whether anything is otherwise since.
fn ask(scene: &mut Scene, provider: Provider, entry: &mut Entry) -> Message {
    let now = scene.now();
    let Ok(method) = entry.method.parse() else { return Message::json(400, "{}") };
    let request = Request::new(method, entry.target.clone()).body(entry.body.clone());
    let request = entry.headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_bytes()));
    // What falls due by the clock is no doing of the request.
    scene.world.settle(now);
    let writes = entry.operation.is_some_and(|spec| spec.effect >= Effect::Write);
    let before = writes.then(|| state(&scene.world));
    let spent = scene.world.common.ledger.credits().decimal();
    let reply = scene.world.handle(provider, &request, now).reply;
    entry.credits = scene.world.common.ledger.credits().decimal() - spent;
    entry.acted = before.is_some_and(|before| before != state(&scene.world));
    Message::from(&reply)
}

/// All that a call can change, as text: the state of the fakes, credits, and who was contacted how often.
fn state(world: &World) -> (String, String) {
    let ledger: &Ledger = &world.common.ledger;
    let fixed = time_of(Duration::ZERO);
    (world.describe(fixed).to_string(), format!("{:?} {:?}", ledger.charges(), ledger.recipients()))
}

fn leave(shared: &Shared, number: u64) {
    let mut scene = shared.scene();
    if scene.number == number {
        scene.in_flight -= 1;
    }
}

fn wait_for_the_end(shared: &Shared, number: u64) {
    let mut scene = shared.scene();
    while scene.number == number && !shared.closing.load(Ordering::Acquire) {
        scene = shared.changed.wait_timeout(scene, PATIENCE).unwrap_or_else(std::sync::PoisonError::into_inner).0;
    }
}
