//! `GET /credits`: what is left, in the two forms that the documents have had.

use http::Method;
use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use serde::Serialize;
use serde_json::{Value, json};

use super::auth::{self, caller};
use super::state::{State, iso};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

const BALANCE: Outcome = Outcome::new("balance", 200);

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "sendpilot.credits.get",
        method: Method::GET,
        paths: &["/api/v1/credits", "/v1/credits"],
        summary: "what is left of the workspace's credits",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[BALANCE],
        refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, auth::WORKSPACE, auth::RATE, auth::HEALTH],
    },
    handle: get,
}];

/// Credits of a subscription's month. Decided: what is left and what is used in the newer sample add up to it.
const PLAN: u64 = 10_000;

/// 2026-06-01, the newer sample's reset.
const SAMPLE_RESET_MS: i64 = 1_780_272_000_000;

/// The credits of a workspace. The two forms are two books: a revision keeps one of them.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Older form: for extractions.
    global: Meter,
    /// Older form: for searches.
    database: Meter,
    /// Newer form: one balance for both, the month's part first.
    subscription: u64,
    purchased: u64,
    used: u64,
    subscribed: bool,
}

/// Older form: a total, of which a part is used.
#[derive(Clone, Copy, Debug)]
struct Meter {
    total: u64,
    used: u64,
}

impl Meter {
    const fn left(self) -> u64 {
        self.total.saturating_sub(self.used)
    }
}

/// What credits are spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Search,
    Extraction,
}

/// Whether credits are one balance in two buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Book {
    Meters,
    Buckets,
}

impl Account {
    pub(super) const fn new(workspace: Workspace) -> Self {
        match workspace {
            Workspace::Home => Self {
                global: Meter { total: 6_200, used: 1_200 },
                database: Meter { total: 10_000, used: 3_500 },
                subscription: 7_500,
                purchased: 5_000,
                used: 2_500,
                subscribed: true,
            },
            Workspace::Other => Self {
                global: Meter { total: 1_000, used: 0 },
                database: Meter { total: 1_000, used: 0 },
                subscription: 0,
                purchased: 1_000,
                used: 0,
                subscribed: false,
            },
            Workspace::Broke => Self {
                global: Meter { total: 1_000, used: 1_000 },
                database: Meter { total: 1_000, used: 1_000 },
                subscription: 0,
                purchased: 0,
                used: 0,
                subscribed: false,
            },
        }
    }

    const fn meter(&mut self, purpose: Purpose) -> &mut Meter {
        match purpose {
            Purpose::Search => &mut self.database,
            Purpose::Extraction => &mut self.global,
        }
    }

    /// Takes so many credits, or none and `false` when there are fewer.
    pub(super) fn spend(&mut self, book: Book, purpose: Purpose, credits: u64) -> bool {
        let left = match book {
            Book::Meters => self.meter(purpose).left(),
            Book::Buckets => self.subscription.saturating_add(self.purchased),
        };
        if credits > left {
            return false;
        }
        match book {
            Book::Meters => {
                let meter = self.meter(purpose);
                meter.used = meter.used.saturating_add(credits);
            }
            Book::Buckets => {
                let of_month = credits.min(self.subscription);
                self.subscription -= of_month;
                self.purchased -= credits - of_month;
                self.used = self.used.saturating_add(credits);
            }
        }
        true
    }

    /// Leaves so many credits, in both books.
    pub(super) fn set_left(&mut self, left: u32) {
        let left = u64::from(left);
        self.global.total = self.global.used.saturating_add(left);
        self.database.total = self.database.used.saturating_add(left);
        if self.subscribed {
            (self.subscription, self.purchased) = (left, 0);
        } else {
            (self.subscription, self.purchased) = (0, left);
        }
    }

    /// A subscription's month begins. Documented: what was bought stays.
    pub(super) const fn renew(&mut self) {
        if self.subscribed {
            (self.subscription, self.used) = (PLAN, 0);
        }
    }

    pub(super) const fn subscribed(&self) -> bool {
        self.subscribed
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "global": self.global.left(), "lead_database": self.database.left(), "subscription": self.subscription,
            "purchased": self.purchased, "used": self.used,
        })
    }
}

/// The first reset: the printed one, or the next month's beginning in a world that begins later.
pub(super) fn first_reset_ms(began: Timestamp) -> i64 {
    if began.as_millisecond() < SAMPLE_RESET_MS { SAMPLE_RESET_MS } else { month_after(began) }
}

/// When the month after `now` begins, in UTC.
pub(super) fn month_after(now: Timestamp) -> i64 {
    let first: civil::Date = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let next = first.checked_add(1.month()).and_then(|date| date.to_zoned(TimeZone::UTC));
    next.map_or(i64::MAX, |next| next.timestamp().as_millisecond())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meters {
    global_credits: Global,
    lead_database: Database,
}

#[derive(Serialize)]
struct Global {
    balance: u64,
    used: u64,
    remaining: u64,
}

#[derive(Serialize)]
struct Database {
    quota: u64,
    used: u64,
    remaining: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Buckets {
    available: u64,
    subscription: u64,
    purchased: u64,
    used: u64,
    next_reset_date: Option<String>,
}

impl State {
    /// The book that the revision keeps.
    pub(super) const fn book(&self) -> Book {
        if self.edition.buckets() { Book::Buckets } else { Book::Meters }
    }
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let reset_ms = call.state.next_reset_ms();
    let account = &call.state.tenant(workspace).account;
    Ok(match call.state.book() {
        Book::Meters => {
            let (global, database) = (account.global, account.database);
            Reply::json(
                BALANCE,
                &Meters {
                    global_credits: Global { balance: global.total, used: global.used, remaining: global.left() },
                    lead_database: Database { quota: database.total, used: database.used, remaining: database.left() },
                },
            )
        }
        Book::Buckets => Reply::json(
            BALANCE,
            &Buckets {
                available: account.subscription.saturating_add(account.purchased),
                subscription: account.subscription,
                purchased: account.purchased,
                used: account.used,
                next_reset_date: account.subscribed.then(|| iso(reset_ms)),
            },
        ),
    })
}
