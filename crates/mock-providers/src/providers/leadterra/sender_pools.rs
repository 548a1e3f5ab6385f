//! `GET /v1/sender-pools`: one list in four shapes, one a family of documents, and the capacity behind it.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::State;
use super::auth::{refusals, tenant};
use super::errors::{UNEXPECTED_PARAMETER, invalid_request};
use super::family::{Edition, wrapped};
use super::sender_accounts::{Account, Status};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::core::window::FixedWindow;

pub(super) const LISTED: Outcome = Outcome::new("listed", 200);

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.sender-pools.list",
        method: Method::GET,
        paths: &["/v1/sender-pools"],
        summary: "the workspace's sending pools and what they can still send",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[LISTED],
        refusals: &refusals::<_, 7>([Refusal::new(Check::Query, UNEXPECTED_PARAMETER)]),
    },
    handle: list,
}];

/// How long a pool's window is.
///
/// Documented: 24 hours. Decided: a fixed window that the first mail opens, since one page says rolling and another reset.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Sender accounts that send together.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Most mails in 24 hours.
    pub(super) daily_capacity: u32,
    pub(super) accounts: Vec<&'static str>,
    window: FixedWindow,
}

impl Pool {
    /// A pool that has sent so many mails in a window that is open since `opened`.
    pub(super) fn new(
        (id, name): (&'static str, &'static str),
        daily_capacity: u32,
        remaining: u32,
        accounts: Vec<&'static str>,
        opened: Timestamp,
    ) -> Self {
        let mut window = FixedWindow::default();
        if remaining < daily_capacity {
            window.count(u64::from(daily_capacity - remaining), WINDOW, opened);
        }
        Self { id, name, daily_capacity, accounts, window }
    }

    /// Mails that can still be sent in the window that is open at `now`.
    pub(super) fn remaining(&self, now: Timestamp) -> u32 {
        let used = u32::try_from(self.window.used(WINDOW, now)).unwrap_or(u32::MAX);
        self.daily_capacity.saturating_sub(used)
    }

    /// Whether an account of the pool is active. Documented: only active accounts send.
    fn can_send(&self, accounts: &[Account]) -> bool {
        accounts.iter().any(|account| account.status == Status::Active && self.accounts.contains(&account.id))
    }
}

/// Mails that the pools with an active account can still send.
pub(super) fn room(pools: &[Pool], accounts: &[Account], now: Timestamp) -> u32 {
    pools.iter().filter(|pool| pool.can_send(accounts)).fold(0, |sum, pool| sum.saturating_add(pool.remaining(now)))
}

/// When the first of the pools with an active account can send again; none when none has one.
pub(super) fn opens(pools: &[Pool], accounts: &[Account], now: Timestamp) -> Option<Timestamp> {
    pools.iter().filter(|pool| pool.can_send(accounts)).map(|pool| pool.window.ends(WINDOW, now)).min()
}

/// Takes the room of so many mails, from the first pool that has it.
pub(super) fn draw(pools: &mut [Pool], accounts: &[Account], mut mails: u32, now: Timestamp) {
    for pool in pools.iter_mut().filter(|pool| pool.can_send(accounts)) {
        let taken = mails.min(pool.remaining(now));
        if taken > 0 {
            pool.window.count(u64::from(taken), WINDOW, now);
        }
        mails -= taken;
    }
}

/// Documented: api-reference/sender-pools.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    id: &'a str,
    name: &'a str,
    daily_capacity: u32,
    remaining_volume: u32,
    sender_account_ids: &'a [&'static str],
}

/// Documented: quickstart.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quickstart<'a> {
    id: &'a str,
    name: &'a str,
    daily_capacity: u32,
    remaining_today: u32,
    sender_count: usize,
}

/// Documented: guides/create-campaign.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guide<'a> {
    id: &'a str,
    name: &'a str,
    sender_count: usize,
    daily_capacity: u32,
    remaining_volume: u32,
}

/// Assembled: concepts/sender-pools names the two numbers, the page's siblings the envelope.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Concept<'a> {
    id: &'a str,
    name: &'a str,
    daily_capacity: u32,
    remaining_volume: u32,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    no_parameters(call)?;
    let (edition, now) = (call.state.edition, call.now);
    let pools = &call.state.of(tenant).pools;
    Ok(match edition {
        Edition::Reference => {
            let rows = pools.iter().map(|pool| Reference {
                id: pool.id,
                name: pool.name,
                daily_capacity: pool.daily_capacity,
                remaining_volume: pool.remaining(now),
                sender_account_ids: &pool.accounts,
            });
            Reply::json(LISTED, &rows.collect::<Vec<_>>())
        }
        Edition::Quickstart => {
            let rows = pools.iter().map(|pool| Quickstart {
                id: pool.id,
                name: pool.name,
                daily_capacity: pool.daily_capacity,
                remaining_today: pool.remaining(now),
                sender_count: pool.accounts.len(),
            });
            wrapped(LISTED, Some("senderPools"), &rows.collect::<Vec<_>>())
        }
        Edition::Guides => {
            let rows = pools.iter().map(|pool| Guide {
                id: pool.id,
                name: pool.name,
                sender_count: pool.accounts.len(),
                daily_capacity: pool.daily_capacity,
                remaining_volume: pool.remaining(now),
            });
            wrapped(LISTED, Some("pools"), &rows.collect::<Vec<_>>())
        }
        Edition::Concepts => {
            let rows = pools.iter().map(|pool| Concept {
                id: pool.id,
                name: pool.name,
                daily_capacity: pool.daily_capacity,
                remaining_volume: pool.remaining(now),
            });
            wrapped(LISTED, edition.list(), &rows.collect::<Vec<_>>())
        }
    })
}

/// Documented for the lists of pools and accounts, for stats and for pause: a parameter that is not expected is refused.
pub(super) fn no_parameters(call: &Call<'_, State>) -> Result<(), Reply> {
    match call.request.query().next() {
        None => Ok(()),
        Some((name, _)) => {
            let name: String = name.chars().take(64).collect();
            Err(invalid_request(UNEXPECTED_PARAMETER, &format!("Unexpected parameter: {name}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_draw_a_pool_down_and_the_window_restores_it() {
        let at = |hours: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let accounts =
            [("a", Status::Active), ("b", Status::Paused)].map(|(id, status)| Account { id, email: "", name: "", status }).to_vec();
        let mut pools = vec![
            Pool::new(("p", "P"), 10, 4, vec!["a"], at(0)),
            Pool::new(("q", "Q"), 5, 5, vec!["a"], at(0)),
            Pool::new(("r", "R"), 99, 99, vec!["b"], at(0)),
        ];
        assert_eq!(room(&pools, &accounts, at(1)), 9);
        draw(&mut pools, &accounts, 6, at(1));
        let remaining = |pools: &[Pool], now| pools.iter().map(|pool| pool.remaining(now)).collect::<Vec<_>>();
        assert_eq!(remaining(&pools, at(1)), [0, 3, 99]);
        assert_eq!(opens(&pools, &accounts, at(1)), Some(at(24)));
        assert_eq!(remaining(&pools, at(24)), [10, 3, 99]);
        assert_eq!(remaining(&pools, at(25)), [10, 5, 99]);
    }
}
