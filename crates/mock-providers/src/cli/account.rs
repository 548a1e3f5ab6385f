//! What a run came to, for people: nothing is said of what did not happen, but for money and mail.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::core::credits::Credits;
use crate::server::tally::{Calls, Tally, UnmatchedGroup};

/// The whole account, as a server says it when it ends.
pub fn text(tally: &Tally) -> String {
    format!("{} answered\n{}{}", counted(tally.requests, "request"), requests(tally), bill(tally))
}

/// What was asked: calls, what was not recognised, remarks.
pub fn requests(tally: &Tally) -> String {
    let mut calls: BTreeMap<&str, Vec<&Calls>> = BTreeMap::new();
    for row in &tally.calls {
        calls.entry(row.operation).or_default().push(row);
    }
    let calls = calls.into_iter().map(|(operation, mut rows)| {
        rows.sort_unstable_by_key(|row| (row.outcome.status, row.outcome.name));
        (rows.iter().map(|row| row.count).sum(), vec![operation.to_owned(), endings(&rows)])
    });
    let unmatched = tally.unmatched.groups.iter().map(|group| {
        let asked = format!("{} {} on {}", group.method, group.path, group.provider);
        (group.count, vec![asked, why(group)])
    });
    let lints = tally.lints.iter().map(|remarks| (remarks.count, vec![remarks.rule.to_owned(), remarks.example.clone()]));
    [
        section("calls", calls.collect(), 0),
        section("not recognised", unmatched.collect(), tally.unmatched.others),
        section("remarks on requests, with an example", lints.collect(), 0),
    ]
    .concat()
}

/// What the real APIs would have charged, and whom they would have contacted. A run without requests has no bill.
pub fn bill(tally: &Tally) -> String {
    if tally.requests == 0 {
        return String::new();
    }
    let charges = tally.charges.iter().map(|charge| (charge.calls, vec![charge.operation.to_owned(), credits(charge.credits)]));
    let mut text = section("calls that cost credits", charges.collect(), 0);
    let cost = if tally.charges.is_empty() {
        "nothing".to_owned()
    } else {
        let by_provider: Vec<String> = credits_by_provider(tally).iter().map(|(provider, sum)| format!("{provider} {sum}")).collect();
        format!("{} ({})", credits(tally.credits()), by_provider.join(", "))
    };
    let people = match tally.people {
        0 => "nobody".to_owned(),
        1 => "1 person".to_owned(),
        n => format!("{n} people"),
    };
    let _ = writeln!(text, "  the real APIs would have charged: {cost}");
    let _ = writeln!(text, "  people they would have contacted: {people}");
    text
}

/// A heading, and rows that begin with a number, the largest first. `others` are counted and not told apart.
pub fn section(heading: &str, mut rows: Vec<(u64, Vec<String>)>, mut others: u64) -> String {
    const ROWS_MAX: usize = 20;
    if rows.is_empty() {
        return String::new();
    }
    // Rows of one number stay as they came.
    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    others += rows.iter().skip(ROWS_MAX).map(|(count, _)| count).sum::<u64>();
    rows.truncate(ROWS_MAX);
    let count_width = rows.iter().map(|(count, _)| count.to_string().len()).max().unwrap_or(0).max(others.to_string().len());
    let columns = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|(_, cells)| cells.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = format!("  {heading}\n");
    for (count, cells) in &rows {
        let mut line = format!("    {count:>count_width$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(line, "  {cell:width$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if others > 0 {
        let _ = writeln!(text, "    {others:>count_width$}  others");
    }
    text
}

/// `1 request`, `2 requests`.
pub fn counted(n: u64, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// `1 credit`, `0.05 credits`.
pub fn credits(amount: Credits) -> String {
    if amount == Credits::from(1) { "1 credit".to_owned() } else { format!("{amount} credits") }
}

fn credits_by_provider(tally: &Tally) -> BTreeMap<&'static str, Credits> {
    let mut sums: BTreeMap<&str, Credits> = BTreeMap::new();
    for charge in &tally.charges {
        let provider = charge.operation.split('.').next().unwrap_or_default();
        *sums.entry(provider).or_default() += charge.credits;
    }
    sums
}

/// How calls of one operation ended: `200 x3, 401 invalid key`.
fn endings(rows: &[&Calls]) -> String {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for row in rows {
        let status = row.outcome.status;
        // A success needs no name.
        let ending = if status < 300 { status.to_string() } else { format!("{status} {}", row.outcome.name.replace('_', " ")) };
        match counts.iter_mut().find(|(known, _)| *known == ending) {
            Some((_, count)) => *count += row.count,
            None => counts.push((ending, row.count)),
        }
    }
    let endings: Vec<String> =
        counts.into_iter().map(|(ending, count)| if count == 1 { ending } else { format!("{ending} x{count}") }).collect();
    endings.join(", ")
}

fn why(group: &UnmatchedGroup) -> String {
    let outcome = group.outcome;
    match (outcome.name, &group.nearest) {
        ("unknown_route", Some(nearest)) => format!("no such path; nearest: {} {}", nearest.method, nearest.path),
        ("wrong_method", Some(nearest)) => format!("no such method; nearest: {} {}", nearest.method, nearest.path),
        _ => format!("{} {}", outcome.status, outcome.name.replace('_', " ")),
    }
}
