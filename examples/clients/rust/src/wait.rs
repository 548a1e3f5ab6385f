//! How long a provider asks to wait, in each one's own form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::rfc2822;
use reqwest::header::HeaderMap;

use crate::habits::{Habits, Reset, WaitSource, WaitUnit};
use crate::json::Json;

/// The wait that an answer asks for: the header in seconds first, then the body, then the time at which a window ends.
///
/// - LeadMagic and SendPilot: `Retry-After`; a date is taken as well
/// - Magnetite: `retryAfter` of the body, in `error` for projects and beside it for campaigns
/// - LeadMagic's later documents: `context.retry_after_seconds` of the first error
/// - `RateLimit-Reset` in seconds (LeadMagic), `X-RateLimit-Reset` as Unix time (Magnetite); of a 429 only, for these stand on
///   every answer
pub(crate) fn told(habits: &Habits, status: u16, headers: &HeaderMap, body: Option<&Json>) -> Option<Duration> {
    let header = || of_header(headers).map(|wait| habits.wait_unit.scaled(wait));
    let body = || body.and_then(of_body).map(|wait| habits.wait_unit.scaled(wait));
    let reset = || (status == 429).then(|| of_reset(headers, habits.reset)).flatten();
    match habits.wait_source {
        WaitSource::All => header().or_else(body).or_else(reset),
        WaitSource::NotTheBody => header().or_else(reset),
        WaitSource::NotTheHeader => body(),
    }
}

fn of_header(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    seconds(value).or_else(|| {
        let at = unix_time(value)?;
        Some(Duration::from_secs(at.saturating_sub(now(headers))))
    })
}

fn of_body(body: &Json) -> Option<Duration> {
    let first = body.get("errors").and_then(Json::items).and_then(<[Json]>::first);
    let places = [
        body.get("error").and_then(|error| error.get("retryAfter")),
        body.get("retryAfter"),
        first.and_then(|error| error.get("context")).and_then(|context| context.get("retry_after_seconds")),
    ];
    places.into_iter().flatten().find_map(|place| match place {
        Json::Number(digits) | Json::Text(digits) => seconds(digits),
        _ => None,
    })
}

fn of_reset(headers: &HeaderMap, reset: Reset) -> Option<Duration> {
    let value = headers.get("ratelimit-reset").or_else(|| headers.get("x-ratelimit-reset"))?;
    let number: u64 = value.to_str().ok()?.trim().parse().ok()?;
    let is_time = number >= UNIX_TIME_MIN && reset == Reset::SecondsOrTime;
    // A window that is over already says nothing of the next one.
    let left = if is_time { number.checked_sub(now(headers)).filter(|left| *left > 0)? } else { number };
    Some(Duration::from_secs(left))
}

/// As Unix time this is 2001, as a wait it is 31 years.
const UNIX_TIME_MIN: u64 = 1_000_000_000;

/// Seconds, with a fraction or without.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The provider's time, so that its clock and ours need not agree.
fn now(headers: &HeaderMap) -> u64 {
    let ours = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    headers.get("date").and_then(|date| unix_time(date.to_str().ok()?)).unwrap_or_else(ours)
}

fn unix_time(date: &str) -> Option<u64> {
    u64::try_from(rfc2822::parse(date).ok()?.timestamp().as_second()).ok()
}

impl WaitUnit {
    fn scaled(self, wait: Duration) -> Duration {
        match self {
            Self::Seconds => wait,
            Self::Milliseconds => wait / 1000,
            Self::Minutes => wait * 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(head: &str, body: &str, expected_s: Option<u64>) {
        let headers = head.lines().map(|line| {
            let (name, value) = line.trim().split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        });
        let found = told(&Habits::default(), 429, &headers.collect(), Json::parse(body).ok().as_ref());
        assert_eq!(found, expected_s.map(Duration::from_secs), "{head} {body}");
    }

    #[test]
    fn each_form_is_read() {
        check("retry-after: 42", "{}", Some(42));
        check("retry-after: 42\nratelimit-reset: 7", r#"{"retryAfter":9}"#, Some(42));
        check("", r#"{"error":"Rate limit exceeded.","retryAfter":45}"#, Some(45));
        check("", r#"{"success":false,"error":{"code":"X","retryAfter":45}}"#, Some(45));
        check("", r#"{"errors":[{"context":{"retry_after_seconds":42}}]}"#, Some(42));
        check("ratelimit-reset: 42", "", Some(42));
        check("x-ratelimit-limit: 10", r#"{"error":"Rate limit exceeded."}"#, None);
    }

    #[test]
    fn a_time_is_counted_from_the_providers_own() {
        check("date: Thu, 01 Jan 2026 00:00:00 GMT\nx-ratelimit-reset: 1767225645", "", Some(45));
        check("date: Thu, 01 Jan 2026 00:00:00 GMT\nretry-after: Thu, 01 Jan 2026 00:01:00 GMT", "", Some(60));
        check("date: Thu, 01 Jan 2026 00:00:00 GMT\nx-ratelimit-reset: 1767225600", "", None);
    }

    #[test]
    fn what_is_no_wait_is_none() {
        check("retry-after: soon", "", None);
        check("retry-after: -1", "", None);
        check("", r#"{"retryAfter":null}"#, None);
    }
}
