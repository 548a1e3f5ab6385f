//! Pages, cursors, and what is found.

use conformance::target::Response;
use serde_json::Value;

use super::{JOBS, PEOPLE, body, changed, number, set_number, text};
use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "page-overlap",
        what: "A page begins with the last row of the page before it.",
        caught_by: "leadmagic.jobs-finder.search.pages-meet-each-posting-once",
        act: |turn| {
            let Some(page) = number(turn, "page").filter(|page| turn.is("POST", JOBS) && *page > 1) else { return turn.answer() };
            let sent = turn.body.clone();
            turn.body = body(turn).replace(&format!("\"page\":{page}"), &format!("\"page\":{}", page - 1)).into_bytes();
            let before: Value = serde_json::from_str(&turn.answer()?.body).expect("JSON");
            turn.body = sent;
            changed(turn, true, |body| {
                let last = before["results"].as_array().and_then(|rows| rows.last().cloned());
                let rows = body["results"].as_array_mut().expect("rows");
                rows.splice(0..0, last);
            })
        },
    },
    Bug {
        name: "page-gap",
        what: "A later page leaves out its first row.",
        caught_by: "leadmagic.jobs-finder.search.pages-meet-each-posting-once",
        act: |turn| {
            let later = turn.is("POST", JOBS) && number(turn, "page").is_some_and(|page| page > 1);
            changed(turn, later, |body| {
                let rows = body["results"].as_array_mut().expect("rows");
                rows.drain(..rows.len().min(1));
            })
        },
    },
    Bug {
        name: "total-of-the-page",
        what: "The total counts the rows of the page.",
        caught_by: "leadmagic.jobs-finder.search.pages-meet-each-posting-once",
        act: |turn| {
            let jobs = turn.is("POST", JOBS);
            changed(turn, jobs, |body| body["total_count"] = body["results"].as_array().map_or(0, Vec::len).into())
        },
    },
    Bug {
        name: "total-pages-rounded-down",
        what: "A last page that is not full is not counted.",
        caught_by: "leadmagic.jobs-finder.search.total-pages-round-up",
        act: |turn| {
            let jobs = turn.is("POST", JOBS);
            changed(turn, jobs, |body| {
                body["total_pages"] = (body["total_count"].as_i64().unwrap_or(0) / body["per_page"].as_i64().unwrap_or(1)).into();
            })
        },
    },
    Bug {
        name: "filter-ignored",
        what: "Whether a job is remote is not looked at.",
        caught_by: "leadmagic.jobs-finder.search.a-filter-keeps-what-fits",
        act: |turn| {
            turn.body = body(turn).replace("\"has_remote\"", "\"remote_wanted\"").into_bytes();
            turn.answer()
        },
    },
    Bug {
        name: "cursor-reuse",
        what: "The next cursor is the first one again.",
        caught_by: "leadmagic.people.search.a-walk-meets-each-person-once",
        act: |turn| {
            let mut answer = turn.answer()?;
            let Some(cursor) = text(&answer, "next_cursor").filter(|_| turn.is("POST", PEOPLE)) else { return Ok(answer) };
            let first = turn.memory.entry("cursor".into()).or_insert_with(|| cursor.clone());
            answer.body = answer.body.replace(&cursor, first);
            Ok(answer)
        },
    },
    Bug {
        name: "cursor-skips-a-page",
        what: "A walk by cursor leaves out its second page.",
        caught_by: "leadmagic.people.search.a-walk-meets-each-person-once",
        act: |turn| {
            let answer = turn.answer()?;
            let first = turn.is("POST", PEOPLE) && !body(turn).contains("\"cursor\"");
            let Some(cursor) = text(&answer, "next_cursor").filter(|_| first) else { return Ok(answer) };
            turn.body = body(turn).replacen('{', &format!("{{\"cursor\":\"{cursor}\","), 1).into_bytes();
            let second = turn.answer()?;
            let further = text(&second, "next_cursor").unwrap_or_default();
            Ok(Response { body: answer.body.replace(&cursor, &further), ..answer })
        },
    },
    Bug {
        name: "cursor-of-other-filters-accepted",
        what: "A cursor is ignored beside filters that it is not of.",
        caught_by: "leadmagic.people.search.a-cursor-goes-with-its-filters",
        act: |turn| {
            let answer = turn.answer()?;
            if turn.is("POST", PEOPLE) && answer.status == 400 {
                turn.body = body(turn).replace("\"cursor\"", "\"old_cursor\"").into_bytes();
                return turn.answer();
            }
            Ok(answer)
        },
    },
    Bug {
        name: "export-cut-short",
        what: "An export has no more rows than a page.",
        caught_by: "leadmagic.jobs.export.an-export-is-the-whole-walk",
        act: |turn| {
            let export = turn.is("POST", "/v3/jobs/search/export");
            changed(turn, export, |body| body["signals"].as_array_mut().expect("rows").truncate(2))
        },
    },
    Bug {
        name: "total-of-the-rows",
        what: "The total of employees is the number of rows.",
        caught_by: "leadmagic.employee-finder.list.the-total-is-of-all-matches",
        act: |turn| {
            let employees = turn.is("POST", "/v1/people/employee-finder");
            changed(turn, employees, |body| body["total_count"] = body["employees"].as_array().map_or(0, Vec::len).into())
        },
    },
    Bug {
        name: "null-left-out",
        what: "The key of an address that was not found is left out.",
        caught_by: "leadmagic.email-finder.find.nobody-found-is-null",
        act: |turn| turn.answer_with("\"email\":null,", ""),
    },
    Bug {
        name: "profile-has-another-address",
        what: "The address of a profile is not the one that leads to it.",
        caught_by: "leadmagic.email-finder.find.a-found-address-is-valid-and-leads-back",
        act: |turn| if turn.is("POST", "/v1/people/b2b-profile-email") { turn.answer_with("jane.doe@", "jdoe@") } else { turn.answer() },
    },
    Bug {
        name: "address-told-as-typed",
        what: "An address is told back with its capitals.",
        caught_by: "leadmagic.email-validation.check.an-address-is-told-normalised",
        act: |turn| turn.answer_with("some.one@acme.example", "Some.One@acme.example"),
    },
    Bug {
        name: "valid-catch-all-is-free",
        what: "An address that is valid at a host that takes everything costs nothing, as one that cannot be told does.",
        caught_by: "leadmagic.any.drawn-calls-agree-with-a-model",
        act: |turn| {
            let mut answer = turn.answer()?;
            if answer.body.contains("\"email_status\":\"valid_catch_all\"") {
                answer.body = answer.body.replace("\"credits_consumed\":0.05", "\"credits_consumed\":0");
            }
            Ok(answer)
        },
    },
    Bug {
        name: "month-carried-over",
        what: "What was used this month goes on after the month has turned.",
        caught_by: "leadmagic.any.drawn-calls-agree-with-a-model",
        act: |turn| {
            let mut answer = turn.answer()?;
            if turn.is_exactly("GET", "/v1/credits") && answer.body.contains("\"used_this_month\":0") {
                set_number(&mut answer, "used_this_month", "2500");
            }
            Ok(answer)
        },
    },
];
