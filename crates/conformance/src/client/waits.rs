//! The waits that providers ask for, in each of their forms, and requests that came before one was over.

use std::time::Duration;

use serde_json::Value;

use super::stage::{Entry, Message};

/// Where an answer says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Seconds, in the header `Retry-After`.
    RetryAfter,
    /// Seconds, in the body's `retryAfter`, inside `error`.
    InError,
    /// Seconds, in the body's `retryAfter`, beside `error`.
    BesideError,
    /// Seconds, in the context of the first of the body's `errors`.
    InContext,
    /// Seconds, in the header `RateLimit-Reset`.
    Reset,
    /// Unix time, in the header `X-RateLimit-Reset`.
    ResetTime,
}

impl Place {
    /// Every place, the one that speaks of a wait first.
    const ALL: [Self; 6] = [Self::RetryAfter, Self::InError, Self::BesideError, Self::InContext, Self::Reset, Self::ResetTime];

    /// The words in an id.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RetryAfter => "retry-after",
            Self::InError => "retryafter-in-error",
            Self::BesideError => "retryafter-beside-error",
            Self::InContext => "retry-after-seconds-in-context",
            Self::Reset => "ratelimit-reset",
            Self::ResetTime => "x-ratelimit-reset",
        }
    }

    /// The words in a sentence.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::RetryAfter => "the header Retry-After",
            Self::InError => "the body's error.retryAfter",
            Self::BesideError => "the body's retryAfter",
            Self::InContext => "the body's errors[0].context.retry_after_seconds",
            Self::Reset => "the header RateLimit-Reset",
            Self::ResetTime => "the header X-RateLimit-Reset",
        }
    }

    const fn header(self) -> Option<&'static str> {
        match self {
            Self::RetryAfter => Some("retry-after"),
            Self::Reset => Some("ratelimit-reset"),
            Self::ResetTime => Some("x-ratelimit-reset"),
            Self::InError | Self::BesideError | Self::InContext => None,
        }
    }

    /// In a body.
    const fn pointer(self) -> &'static str {
        match self {
            Self::InError => "/error/retryAfter",
            Self::InContext => "/errors/0/context/retry_after_seconds",
            _ => "/retryAfter",
        }
    }

    /// The places at which an answer has a figure, the one that counts first.
    pub(crate) fn of(message: &Message) -> Vec<Self> {
        Self::ALL.into_iter().filter(|place| place.figure(message).is_some()).collect()
    }

    fn figure(self, message: &Message) -> Option<u64> {
        match self.header() {
            Some(name) => value(message, name)?.trim().parse().ok(),
            None => serde_json::from_str::<Value>(&message.body).ok()?.pointer(self.pointer())?.as_u64(),
        }
    }

    /// How long the answer asks to wait at this place.
    pub(crate) fn read(self, message: &Message) -> Option<Duration> {
        let figure = self.figure(message)?;
        if self != Self::ResetTime {
            return Some(Duration::from_secs(figure));
        }
        // By the answer's own clock; without one nobody knows what is left.
        let date = jiff::fmt::rfc2822::parse(value(message, "date")?).ok()?.timestamp();
        let now = u64::try_from(date.as_second()).ok()?;
        Some(Duration::from_secs(figure.saturating_sub(now)))
    }

    /// With this figure at this place. A body that has no such place stays as it is.
    pub(crate) fn told(self, message: Message, figure: u64) -> Message {
        match self.header() {
            Some(name) => self.taken_from(message).header(name, figure.to_string()),
            None => self.with_body(message, |place| *place = figure.into()),
        }
    }

    /// Without the figure at this place.
    pub(crate) fn taken_from(self, mut message: Message) -> Message {
        match self.header() {
            Some(name) => {
                message.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                message
            }
            None => self.with_body(message, |place| *place = Value::Null),
        }
    }

    fn with_body(self, message: Message, change: impl FnOnce(&mut Value)) -> Message {
        let Ok(mut body) = serde_json::from_str::<Value>(&message.body) else { return message };
        let Some(place) = body.pointer_mut(self.pointer()) else { return message };
        change(place);
        Message { body: body.to_string(), ..message }
    }
}

fn value<'m>(message: &'m Message, name: &str) -> Option<&'m str> {
    message.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// How long an answer asks to wait; none when it does not say. Statuses other than 429 and 503 ask for nothing, and the end of
/// a window, which may stand in any answer, is a wait only where calls were too many.
pub(crate) fn asked(message: &Message) -> Option<Duration> {
    let places = Place::of(message);
    let speaks = |place: &&Place| match message.status {
        429 => true,
        503 => !matches!(place, Place::Reset | Place::ResetTime),
        _ => false,
    };
    places.iter().filter(speaks).find_map(|place| place.read(message))
}

/// The requests that came before a wait was over that the same provider had asked for, with how much too early.
pub(crate) fn too_early(journal: &[Entry]) -> Vec<(&Entry, Duration)> {
    let mut early = Vec::new();
    for (at, entry) in journal.iter().enumerate() {
        let of_provider = journal[..at].iter().filter(|earlier| earlier.provider == entry.provider);
        let until = of_provider.filter_map(|earlier| Some(earlier.at + asked(earlier.answer.as_ref()?)?)).max();
        if let Some(left) = until.and_then(|until| until.checked_sub(entry.at)).filter(|left| *left > CLOCKS_DIFFER) {
            early.push((entry, left));
        }
    }
    early
}

/// Timers of two programs are not the same to the millisecond.
pub(crate) const CLOCKS_DIFFER: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use mock_providers::providers::Provider;
    use rust_decimal::Decimal;

    use super::*;
    use crate::client::stage::Origin;

    fn limited(body: &str) -> Message {
        Message::json(429, body)
    }

    #[test]
    fn a_wait_is_read_in_every_form() {
        let check = |message: Message, place: Option<Place>, wait_s: Option<u64>| {
            assert_eq!((Place::of(&message).first().copied(), asked(&message)), (place, wait_s.map(Duration::from_secs)), "{message:?}");
        };
        check(limited("{}"), None, None);
        check(limited("{}").header("Retry-After", "42"), Some(Place::RetryAfter), Some(42));
        check(limited("{}").header("RateLimit-Reset", "7"), Some(Place::Reset), Some(7));
        check(limited(r#"{"error":{"retryAfter":45}}"#), Some(Place::InError), Some(45));
        check(limited(r#"{"error":"x","retryAfter":60}"#), Some(Place::BesideError), Some(60));
        check(limited(r#"{"errors":[{"context":{"retry_after_seconds":9}}]}"#), Some(Place::InContext), Some(9));
        let at = limited("{}").header("X-RateLimit-Reset", "1768471230");
        check(at.clone(), Some(Place::ResetTime), None);
        check(at.header("Date", "Thu, 15 Jan 2026 10:00:00 GMT"), Some(Place::ResetTime), Some(30));
        let down = Message { status: 503, ..limited("{}") };
        check(down.clone().header("Retry-After", "2"), Some(Place::RetryAfter), Some(2));
        check(down.header("RateLimit-Reset", "2"), Some(Place::Reset), None);
    }

    #[test]
    fn a_figure_is_put_where_it_stood_and_nowhere_else() {
        let message = limited(r#"{"error":{"retryAfter":45}}"#);
        assert_eq!(Place::InError.told(message.clone(), 1).body, r#"{"error":{"retryAfter":1}}"#);
        assert_eq!(Place::BesideError.told(message.clone(), 1), message);
        assert_eq!(Place::of(&Place::InError.taken_from(message.clone())), []);
        let twice = Place::RetryAfter.told(Place::RetryAfter.told(message, 1), 2);
        assert_eq!(Place::RetryAfter.read(&twice), Some(Duration::from_secs(2)));
        assert_eq!(Place::of(&Place::RetryAfter.taken_from(twice)), [Place::InError]);
    }

    fn received(at_s: u64, provider: Provider, answer: Message) -> Entry {
        Entry {
            at: Duration::from_secs(at_s),
            passed: Duration::ZERO,
            origin: Origin::Plain,
            provider: Some(provider),
            operation: None,
            method: "GET".to_owned(),
            target: "/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            answer: Some(answer),
            acted: false,
            credits: Decimal::ZERO,
            in_flight: 1,
        }
    }

    #[test]
    fn what_comes_before_a_wait_is_over_is_too_early() {
        let refused = || limited("{}").header("Retry-After", "42");
        let (leadmagic, other) = (Provider::Leadmagic, Provider::Sendpilot);
        let check = |next: Entry, left_s: Option<u64>| {
            let journal = [received(10, leadmagic, refused()), next];
            let left: Vec<Duration> = too_early(&journal).into_iter().map(|(_, left)| left).collect();
            assert_eq!(left, left_s.map(Duration::from_secs).into_iter().collect::<Vec<_>>());
        };
        check(received(11, leadmagic, Message::json(200, "{}")), Some(41));
        check(received(52, leadmagic, Message::json(200, "{}")), None);
        check(received(11, other, Message::json(200, "{}")), None);
    }
}
