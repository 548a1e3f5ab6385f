//! Searches, extractions and the balance that pays for them.

use serde_json::Value;

use crate::planted::{Bug, Turn};
use crate::sendpilot::{add, drop_parameter, edited_at, replaced_at, sent};

/// Takes more of an account of the balance.
fn take(account: &mut Value, more: i64) {
    add(&mut account["used"], more);
    add(&mut account["remaining"], -more);
}

/// What the request would search for or extract; 0 for any other.
fn wanted(turn: &Turn<'_>, path: &str) -> i64 {
    if turn.is_exactly("POST", path) { sent(turn)["limit"].as_i64().unwrap_or(0) } else { 0 }
}

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "sendpilot-search-charged-twice",
        what: "A search takes its limit when it begins, and once more.",
        caught_by: "sendpilot.searches.create.a-search-takes-what-it-estimates",
        act: |turn| {
            let taken = turn.count("taken", wanted(turn, "/v1/lead-database/searches"));
            edited_at(turn, "GET", "/v1/credits", |body| take(&mut body["leadDatabase"], taken))
        },
    },
    Bug {
        name: "sendpilot-refused-search-charged",
        what: "A search that is refused for want of quota is charged a credit.",
        caught_by: "sendpilot.searches.create.a-search-beyond-the-quota-takes-nothing",
        act: |turn| {
            let refused = turn.is("POST", "/v1/lead-database/searches") && turn.answer()?.status == 403;
            let taken = turn.count("taken", i64::from(refused));
            edited_at(turn, "GET", "/v1/credits", |body| take(&mut body["leadDatabase"], taken))
        },
    },
    Bug {
        name: "sendpilot-search-never-ends",
        what: "A search that has found everybody is still processing.",
        caught_by: "sendpilot.searches.status.a-search-begins-pending-and-ends-completed",
        act: |turn| replaced_at(turn, "GET", "/v1/lead-database/searches/", "\"completed\"", "\"processing\""),
    },
    Bug {
        name: "sendpilot-progress-falls",
        what: "Every other look at a search shows it at its beginning, as a copy that lags behind.",
        caught_by: "sendpilot.searches.status.progress-never-falls",
        act: |turn| {
            let lags = turn.count("looks", i64::from(turn.is("GET", "/v1/lead-database/searches/"))) % 2 == 0;
            edited_at(turn, "GET", "/v1/lead-database/searches/", |body| {
                if lags {
                    body["progress"]["found"] = 0.into();
                }
            })
        },
    },
    Bug {
        name: "sendpilot-more-behind-a-full-page",
        what: "A full page says that there is more, though it is the last.",
        caught_by: "sendpilot.searches.results.offsets-lead-to-each-result-once",
        act: |turn| {
            edited_at(turn, "GET", "/v1/lead-database/searches/", |body| {
                let rows = body["leads"].as_array().map_or(0, Vec::len);
                body["has_more"] = (body["limit"] == rows).into();
            })
        },
    },
    Bug {
        name: "sendpilot-enrichment-for-nothing",
        what: "Enrichment is estimated and not charged.",
        caught_by: "sendpilot.extractions.create.enrichment-costs-as-much-again",
        act: |turn| {
            let enriches = sent(turn)["mode"] == "with_enrichment";
            let saved = if enriches { wanted(turn, "/v1/lead-extractor/campaigns") } else { 0 };
            let saved = turn.count("saved", saved);
            edited_at(turn, "GET", "/v1/credits", |body| take(&mut body["globalCredits"], -saved))
        },
    },
    Bug {
        name: "sendpilot-enriched-only-ignored",
        what: "With enriched_only the results have leads without an address.",
        caught_by: "sendpilot.extractions.results.enriched-only-holds-those-with-an-address",
        act: |turn| {
            drop_parameter(turn, "enriched_only");
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-used-credits-stand-still",
        what: "What is left falls, and what is used stays.",
        caught_by: "sendpilot.credits.get.the-parts-make-the-whole",
        act: |turn| edited_at(turn, "GET", "/v1/credits", |body| body["leadDatabase"]["used"] = 3_500.into()),
    },
    Bug {
        name: "sendpilot-purchase-lapses-with-the-month",
        what: "A new month takes away what was bought.",
        caught_by: "sendpilot.credits.get.what-was-bought-outlives-the-month",
        act: |turn| {
            edited_at(turn, "GET", "/v1/credits", |body| {
                if body["used"] == 0 {
                    body["purchased"] = 0.into();
                    body["available"] = body["subscription"].clone();
                }
            })
        },
    },
    Bug {
        name: "sendpilot-looking-is-charged",
        what: "A look at results costs a credit.",
        caught_by: "sendpilot.credits.get.looking-costs-nothing",
        act: |turn| {
            let looked = turn.is("GET", "/v1/lead-database/searches/") && turn.request.target.contains("/results");
            let taken = turn.count("taken", i64::from(looked));
            edited_at(turn, "GET", "/v1/credits", |body| take(&mut body["leadDatabase"], taken))
        },
    },
];
