//! The fakes inside a test: started, mounted elsewhere, many at once, and gone.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use bytes::Bytes;
use mock_providers::core::request::Request;
use mock_providers::server::worlds::{NewWorld, WorldError};
use mock_providers::{KeyRole, MockProviders, StartError, WorldHandle, blocking};
use tower::Service;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::client::{Connection, ask, request};

fn credits(address: SocketAddr, key: &str) -> String {
    ask(address, request("GET", "/leadmagic/v1/credits", &[("X-API-Key", key)], "")).to_string()
}

const FULL: &str = "200 {\"credits\":10000,\"used_this_month\":2500}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_there_from_start_to_drop() {
    let fakes = MockProviders::start().await;
    let address = fakes.address();
    let key = fakes.world().leadmagic().key(KeyRole::Valid);
    let world = fakes.world();
    let other = world.leadmagic().key(KeyRole::Valid);
    assert_ne!(key, other);
    let asked = tokio::task::spawn_blocking(move || {
        let mut idle = Connection::open(address);
        idle.send("GET /half");
        (credits(address, &other), idle)
    });
    let (answer, mut idle) = asked.await.expect("the client does not panic");
    assert_eq!((answer.as_str(), world.journal().len()), (FULL, 1));
    drop(fakes);
    // The port is free as soon as the accept loop has ended; connections are ended with it.
    let freed = tokio::time::timeout(Duration::from_secs(10), async {
        while TcpListener::bind(address).is_err() {
            tokio::task::yield_now().await;
        }
    });
    freed.await.expect("the port is free");
    let rest = tokio::task::spawn_blocking(move || idle.until_closed()).await.expect("the client does not panic");
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    // A handle outlives its server: what was journaled can still be read.
    assert_eq!(world.journal().len(), 1);
}

#[test]
fn a_test_without_a_runtime_has_one_for_itself() {
    let fakes = blocking::MockProviders::start();
    let world = fakes.world();
    assert_eq!(credits(fakes.address(), &world.leadmagic().key(KeyRole::Valid)), FULL);
    assert_eq!(fakes.url(), format!("http://{}", fakes.address()));
    assert_eq!(world.leadmagic().base_url(), format!("{}/w/{}/leadmagic", fakes.url(), world.id()));
    assert_eq!(fakes.documentation_world().leadmagic().base_url(), format!("{}/leadmagic", fakes.url()));
    assert_eq!(world.leadmagic().host(), "api.leadmagic.io");
}

#[test]
fn an_address_that_is_taken_is_an_error_that_names_it() {
    let fakes = blocking::MockProviders::start();
    let Err(StartError::Bind { address, source }) = blocking::MockProviders::start_with(MockProviders::builder().address(fakes.address()))
    else {
        panic!("two servers listen on {}", fakes.address());
    };
    assert_eq!((address, source.kind()), (fakes.address(), std::io::ErrorKind::AddrInUse));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_servers_run_at_once() {
    let servers: Vec<MockProviders> = {
        let starting: Vec<_> = (0..100).map(|_| tokio::spawn(MockProviders::start())).collect();
        let mut started = Vec::new();
        for server in starting {
            started.push(server.await.expect("a server starts"));
        }
        started
    };
    let addresses: Vec<SocketAddr> = servers.iter().map(MockProviders::address).collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), 100);
    let answers = tokio::task::spawn_blocking(move || addresses.iter().map(|a| credits(*a, "YOUR_API_KEY")).collect::<Vec<_>>());
    assert!(answers.await.expect("the client does not panic").iter().all(|answer| answer == FULL));
    assert!(servers.iter().all(|server| server.documentation_world().journal().len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_answers_inside_wiremock() {
    let fakes = MockProviders::start().await;
    let world = fakes.world();
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(world.magnetite()).mount(&server).await;
    let (address, key) = (*server.address(), format!("Bearer {}", world.magnetite().key(KeyRole::Valid)));
    let answers = tokio::task::spawn_blocking(move || {
        let body = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
        let headers = [("Authorization", key.as_str()), ("Content-Type", "application/json")];
        let add = || ask(address, request("POST", "/api/campaigns/YOUR_CAMPAIGN_ID/leads", &headers, body));
        let (first, second) = (add(), add());
        let options = ask(address, request("OPTIONS", "/api/health", &[], ""));
        (first, second, options)
    });
    let (first, second, options) = answers.await.expect("the client does not panic");
    assert_eq!((first.status(), first.header("content-type")), (200, Some("application/json")));
    assert_eq!(second.to_string(), "409 {\"error\":\"Lead already exists in this campaign\"}");
    assert_eq!((options.status(), options.header("allow")), (204, Some("GET, HEAD")));
    // State, journal and ledger are the world's.
    assert_eq!((world.journal().len(), world.ledger().people()), (3, 1));
}

#[tokio::test]
async fn a_provider_is_a_tower_service() {
    let fakes = MockProviders::start().await;
    let world = fakes.world();
    let mut service = world.sendpilot();
    let request = http::Request::get("https://api.sendpilot.ai/v1/campaigns?limit=1")
        .header("X-API-Key", world.sendpilot().key(KeyRole::Valid))
        .body(Bytes::new())
        .expect("the request is one");
    std::future::poll_fn(|cx| Service::poll_ready(&mut service, cx)).await.expect("it is always ready");
    let response = service.call(request).await.expect("it always answers");
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].as_bytes()), (200, &b"application/json"[..]));
    assert!(response.body().starts_with(b"{\"data\":[{\"id\":\"clxxx123456\""), "{:?}", response.body());
    assert_eq!(world.journal()[0].request.target, "/v1/campaigns?limit=1");
}

#[test]
#[should_panic(expected = "leadterra has no expired key; it has: valid, valid, revoked, restricted, no_workspace, other_workspace, no_sdr")]
fn a_role_that_a_provider_lacks_is_named_with_those_it_has() {
    blocking::MockProviders::start().world().leadterra().key(KeyRole::Expired);
}

#[test]
fn a_world_is_gone_with_its_last_handle() {
    let fakes = blocking::MockProviders::start();
    let world = fakes.world();
    let (key, clone) = (world.leadmagic().key(KeyRole::Valid), world.clone());
    let provider = world.leadmagic();
    drop(world);
    assert_eq!(credits(fakes.address(), &key), FULL);
    drop(clone);
    assert_eq!(credits(fakes.address(), &key), FULL, "a provider's handle is one of the world's");
    drop(provider);
    assert!(credits(fakes.address(), &key).starts_with("401 "));
    // Dropped handles of the documentation world end nothing.
    drop(fakes.documentation_world());
    assert_eq!(credits(fakes.address(), "YOUR_API_KEY"), FULL);
    assert!(ask(fakes.address(), request("GET", "/__mock/health", &[], "")).text().contains("\"worlds\":1"));
}

#[test]
fn a_name_is_checked_before_there_is_a_world() {
    let fakes = blocking::MockProviders::start();
    let named = |name: &str| fakes.world_with(&NewWorld { name: Some(name.to_owned()), ..NewWorld::default() });
    let first = named("once").expect("the name is free");
    assert!(matches!(named("once"), Err(WorldError::Taken(_))));
    assert!(matches!(named("default"), Err(WorldError::Taken(_))));
    assert!(matches!(named("a/b"), Err(WorldError::Name(_))));
    // A world that could not be made has ended no other.
    assert_eq!(credits(fakes.address(), &first.leadmagic().key(KeyRole::Valid)), FULL);
}

#[test]
fn a_thousand_parallel_worlds_never_meet() {
    const WORLDS: usize = 1_000;
    const CLIENTS: usize = 8;
    let fakes = blocking::MockProviders::start();
    let worlds: Vec<WorldHandle> = (0..WORLDS).map(|_| fakes.world()).collect();
    let address = fakes.address();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let worlds = &worlds;
            scope.spawn(move || {
                let mut connection = Connection::open(address);
                for world in worlds.iter().skip(client).step_by(CLIENTS) {
                    let bearer = format!("Bearer {}", world.magnetite().key(KeyRole::Valid));
                    // The same address in every world: in one world it would be a duplicate.
                    let body = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
                    let lead = request("POST", "/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads", &[("Authorization", &bearer)], body);
                    assert_eq!(connection.send(&lead).answer().status(), 200, "{}", world.id());
                    assert_eq!(connection.send(&lead).answer().status(), 409, "{}", world.id());
                }
            });
        }
    });
    for world in &worlds {
        assert_eq!((world.journal().len(), world.ledger().people()), (2, 1), "{}", world.id());
    }
    let keys: BTreeSet<String> = worlds.iter().map(|world| world.magnetite().key(KeyRole::Valid)).collect();
    assert_eq!((keys.len(), fakes.documentation_world().journal().len()), (WORLDS, 0));
}

#[test]
fn an_answer_needs_no_socket() {
    let fakes = blocking::MockProviders::start();
    let leadmagic = fakes.world().leadmagic();
    let request = Request::new(http::Method::GET, "/v1/credits").header("X-API-Key", leadmagic.key(KeyRole::Valid));
    assert_eq!(leadmagic.answer(request).body, "{\"credits\":10000,\"used_this_month\":2500}");
}
