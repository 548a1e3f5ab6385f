//! One call after the other, more slowly than the documented limits, and not before the target wants the next.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use serde_json::Value;

use crate::target::Response;

/// The longest wait that a target may ask for. Asked for more, the run ends.
pub const WAIT_MAX: Duration = Duration::from_secs(120);

/// Time, which a test moves by hand.
pub trait Time {
    /// Since some beginning.
    fn now(&self) -> Duration;
    /// The date, for waits that are asked for as a date.
    fn date(&self) -> Timestamp;
    /// Lets time go by.
    fn sleep(&self, wait: Duration);
}

/// The machine's own.
#[derive(Debug)]
pub struct WallTime(pub std::time::Instant);

impl Time for WallTime {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn date(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, wait: Duration) {
        std::thread::sleep(wait);
    }
}

/// Time that goes by where somebody waits, and nowhere else: a server on this machine need not be spared.
#[derive(Debug, Default)]
pub struct SkippedTime(std::cell::Cell<Duration>);

impl Time for SkippedTime {
    fn now(&self) -> Duration {
        self.0.get()
    }

    fn date(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, wait: Duration) {
        self.0.set(self.0.get() + wait);
    }
}

/// The time between two calls to a provider.
///
/// Magnetite documents 60 reads and 10 others a minute; `LeadMagic` 100 a minute for its slowest product. A call is made at four
/// fifths of that. `SendPilot` and Leadterra document no number; decided: one call a second.
const fn interval(provider: Provider, effect: Effect) -> Duration {
    match (provider, effect) {
        (Provider::Magnetite, Effect::FreeRead) => Duration::from_millis(1_250),
        (Provider::Magnetite, _) => Duration::from_millis(7_500),
        (Provider::Leadmagic, _) => Duration::from_millis(750),
        (Provider::Sendpilot | Provider::Leadterra, _) => Duration::from_secs(1),
    }
}

/// When each provider may be called next.
pub struct Pacer {
    time: Box<dyn Time>,
    last: HashMap<Provider, Duration>,
    /// Not before, because the target said so.
    held: HashMap<Provider, Duration>,
    waited: Duration,
}

impl Pacer {
    /// By this clock.
    pub fn new(time: Box<dyn Time>) -> Self {
        Self { time, last: HashMap::new(), held: HashMap::new(), waited: Duration::ZERO }
    }

    /// Waits until the provider may be called.
    pub fn wait(&mut self, provider: Provider, effect: Effect) {
        let now = self.time.now();
        let free = self.last.get(&provider).map_or(now, |last| *last + interval(provider, effect));
        let free = free.max(self.held.get(&provider).copied().unwrap_or_default());
        if let Some(wait) = free.checked_sub(now).filter(|wait| !wait.is_zero()) {
            self.time.sleep(wait);
            self.waited += wait;
        }
        self.last.insert(provider, self.time.now());
    }

    /// Notes a wait that an answer asks for. Errors when that is longer than [`WAIT_MAX`].
    pub fn note(&mut self, provider: Provider, response: &Response) -> Result<Option<Duration>, String> {
        let Some(wait) = asked_for(response, self.time.date()) else { return Ok(None) };
        if wait > WAIT_MAX {
            return Err(format!("{provider} asks to wait {} s, and a run waits {} s at most", wait.as_secs(), WAIT_MAX.as_secs()));
        }
        self.held.insert(provider, self.time.now() + wait);
        Ok(Some(wait))
    }

    /// How long calls were held back altogether.
    pub const fn waited(&self) -> Duration {
        self.waited
    }
}

/// The wait that an answer of 429 or 5xx asks for: `Retry-After` in seconds or as a date, or `retryAfter` in its body.
fn asked_for(response: &Response, now: Timestamp) -> Option<Duration> {
    if response.status != 429 && response.status < 500 {
        return None;
    }
    let header = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after")).map(|(_, value)| value.trim());
    let of_date = |text: &str| {
        let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(Duration::from_secs(u64::try_from(date.duration_since(now).as_secs()).unwrap_or(0)))
    };
    let of_header = header.and_then(|text| text.parse().ok().map(Duration::from_secs).or_else(|| of_date(text)));
    let body: Option<Value> = serde_json::from_str(&response.body).ok();
    let of_body = body.and_then(|body| {
        let value = body.get("retryAfter").or_else(|| body.get("error")?.get("retryAfter"))?.as_f64()?;
        // More than can be waited for is all one.
        Some(Duration::from_secs_f64(value.clamp(0.0, 1e9)))
    });
    of_header.max(of_body)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// Time that passes only where somebody sleeps.
    struct Still(Rc<Cell<Duration>>);

    impl Time for Still {
        fn now(&self) -> Duration {
            self.0.get()
        }

        fn date(&self) -> Timestamp {
            Timestamp::from_second(1_000_000_000).unwrap()
        }

        fn sleep(&self, wait: Duration) {
            self.0.set(self.0.get() + wait);
        }
    }

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.to_owned(), took: Duration::ZERO }
    }

    #[test]
    fn calls_to_a_provider_keep_their_distance() {
        let now = Rc::new(Cell::new(Duration::ZERO));
        let mut pacer = Pacer::new(Box::new(Still(Rc::clone(&now))));
        for _ in 0..11 {
            pacer.wait(Provider::Magnetite, Effect::Write);
        }
        // Ten a minute are allowed.
        assert!(now.get() > Duration::from_secs(60), "{:?}", now.get());
        let before = now.get();
        pacer.wait(Provider::Leadmagic, Effect::FreeRead);
        assert_eq!(now.get(), before);
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_within_bounds() {
        let now = Rc::new(Cell::new(Duration::ZERO));
        let mut pacer = Pacer::new(Box::new(Still(Rc::clone(&now))));
        let mut asked = |response: &Response| pacer.note(Provider::Magnetite, response).map(|wait| wait.map(|wait| wait.as_secs()));
        assert_eq!(asked(&refusal(200, &[("retry-after", "30")], "")), Ok(None));
        assert_eq!(asked(&refusal(429, &[], "")), Ok(None));
        assert_eq!(asked(&refusal(503, &[("Retry-After", "30")], "")), Ok(Some(30)));
        assert_eq!(asked(&refusal(429, &[("retry-after", "Sun, 09 Sep 2001 01:46:50 GMT")], "")), Ok(Some(10)));
        assert_eq!(asked(&refusal(429, &[], "{\"success\":false,\"error\":{\"retryAfter\":45}}")), Ok(Some(45)));
        assert_eq!(asked(&refusal(429, &[], "{\"error\":\"Rate limit exceeded.\",\"retryAfter\":46}")), Ok(Some(46)));
        assert!(asked(&refusal(429, &[("retry-after", "121")], "")).unwrap_err().contains("asks to wait 121 s, and a run waits 120 s"));
        assert!(asked(&refusal(429, &[], "{\"retryAfter\":1e300}")).is_err());
        pacer.wait(Provider::Magnetite, Effect::FreeRead);
        assert_eq!(now.get(), Duration::from_secs(46));
    }
}
