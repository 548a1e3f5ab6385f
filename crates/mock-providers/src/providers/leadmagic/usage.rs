//! What an account used, by day and product: the source of the analytics.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::Success;
use super::edition::Product;
use crate::core::credits::Credits;

/// Counts by day and product.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    by_day: BTreeMap<(Date, Product), Count>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

/// Requests and credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) requests: u64,
    /// Requests that cost something.
    pub(super) chargeable: u64,
    /// Requests that found what they were asked for.
    pub(super) successes: u64,
    pub(super) credits: Credits,
    /// The dearest request.
    pub(super) credits_max: Credits,
}

impl Count {
    /// Adds another count.
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.chargeable += other.chargeable;
        self.successes += other.successes;
        self.credits += other.credits;
        self.credits_max = self.credits_max.max(other.credits_max);
    }
}

impl Usage {
    /// Notes a request.
    pub(super) fn note(&mut self, now: Timestamp, product: Product, price: Credits, success: Success) {
        let day = date(now);
        self.by_day.entry((day, product)).or_default().add(Count {
            requests: 1,
            chargeable: u64::from(price > Credits::ZERO),
            successes: u64::from(success == Success::Found),
            credits: price,
            credits_max: price,
        });
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    /// Counts of the days from `first` to `last`, both included, in order.
    pub(super) fn between(&self, first: Date, last: Date) -> impl Iterator<Item = (Date, Product, Count)> {
        let rows = self.by_day.iter().filter(move |((day, _), _)| (first..=last).contains(day));
        rows.map(|((day, product), count)| (*day, *product, *count))
    }

    pub(super) fn describe(&self) -> Value {
        self.by_day
            .iter()
            .map(|((day, product), count)| {
                json!({ "day": day.to_string(), "product": product.id(), "requests": count.requests, "credits": count.credits.to_string() })
            })
            .collect()
    }
}

/// The day of a time, UTC.
pub(super) fn date(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
