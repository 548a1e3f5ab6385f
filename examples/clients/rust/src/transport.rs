//! One request over the wire, within bounds of time, size and number.

use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method, Url};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::habits::{Certificates, Concurrency, Deadline, Habits, Redirects};
use crate::request::Request;

/// Sends requests.
pub(crate) struct Transport {
    http: reqwest::Client,
    in_flight: Semaphore,
    body_bytes_max: usize,
}

/// Whose certificates are trusted.
pub(crate) enum Trust {
    /// Those of the system's authorities.
    System,
    /// Those of these alone. Without any there is no TLS.
    Only(Vec<Certificate>),
}

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection could not be made: nothing was sent.
    NotSent(String),
    /// It broke with the request on its way.
    Lost(String),
    /// It took too long.
    Late,
    /// The answer is larger than any answer is.
    TooLarge,
}

/// Redirects in a row.
const REDIRECTS_MAX: u32 = 3;

impl Transport {
    pub(crate) fn new(
        trust: Trust,
        connect: Duration,
        in_flight_max: usize,
        body_bytes_max: usize,
        habits: &Habits,
    ) -> reqwest::Result<Self> {
        // Fails where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            // Redirects are looked at here: with them the key would go where the provider does not say.
            .redirect(Policy::none())
            // What is sent goes to the base URL and through nobody.
            .no_proxy()
            // A second sending is decided on in one place, by what it would do.
            .retry(reqwest::retry::never())
            .connect_timeout(connect)
            .tls_danger_accept_invalid_certs(habits.certificates == Certificates::Any);
        let http = match trust {
            Trust::System => http,
            Trust::Only(roots) => http.tls_certs_only(roots),
        };
        let in_flight = if habits.concurrency == Concurrency::Unbounded { Semaphore::MAX_PERMITS } else { in_flight_max };
        Ok(Self { http: http.build()?, in_flight: Semaphore::new(in_flight), body_bytes_max })
    }

    /// The answer, or why there is none by `until`.
    pub(crate) async fn exchange(&self, request: &Request, until: Instant, habits: &Habits) -> Result<Answer, Broken> {
        if habits.deadline == Deadline::None {
            return self.followed(request, None, habits).await;
        }
        tokio::time::timeout_at(until, self.followed(request, Some(until), habits)).await.unwrap_or(Err(Broken::Late))
    }

    /// Redirects are followed within the origin.
    async fn followed(&self, request: &Request, until: Option<Instant>, habits: &Habits) -> Result<Answer, Broken> {
        let _place = self.in_flight.acquire().await.map_err(|_| Broken::NotSent("the client is closed".to_owned()))?;
        // Whose turn comes when the time is over sends nothing any more.
        if until.is_some_and(|until| until <= Instant::now()) {
            return Err(Broken::Late);
        }
        let mut url = request.url.clone();
        for _ in 0..REDIRECTS_MAX {
            let answer = self.sent(request, url.clone()).await?;
            match next(&url, &answer, &request.method, habits.redirects) {
                Some(target) => url = target,
                None => return Ok(answer),
            }
        }
        self.sent(request, url).await
    }

    async fn sent(&self, request: &Request, url: Url) -> Result<Answer, Broken> {
        let mut building = self.http.request(request.method.clone(), url).headers(request.headers.clone());
        if let Some(body) = &request.body {
            building = building.body(body.clone());
        }
        let mut response = building.send().await.map_err(broken)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len().saturating_add(chunk.len()) > self.body_bytes_max {
                return Err(Broken::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

/// Where a redirect leads, if it may be followed: a write only where the method stays as it is.
fn next(from: &Url, answer: &Answer, method: &Method, habit: Redirects) -> Option<Url> {
    let may_follow = match answer.status {
        307 | 308 => true,
        301..=303 => *method == Method::GET,
        _ => false,
    };
    if !may_follow {
        return None;
    }
    let target = from.join(answer.headers.get(LOCATION)?.to_str().ok()?).ok()?;
    (target.origin() == from.origin() || habit == Redirects::Anywhere).then_some(target)
}

fn broken(error: reqwest::Error) -> Broken {
    let (connects, late) = (error.is_connect(), error.is_timeout());
    // A redirected URL may hold anything; what went wrong is enough.
    let error = error.without_url();
    let why = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
    let why = why.map_or_else(|| error.to_string(), ToString::to_string);
    match (connects, late) {
        (true, _) => Broken::NotSent(why),
        (false, true) => Broken::Late,
        (false, false) => Broken::Lost(why),
    }
}
