//! One page that needs nothing else: no network, no script. A cell a case, by provider, operation and outcome.

use std::fmt::Write as _;

use super::error_coverage::{self, Handling, Line};
use super::scores::{self, Score, percent};
use crate::client::run::ClientSummary;
use crate::event::{CaseFinished, Message, Record, Row, Verdict};

const STYLE: &str = include_str!("html.css");

/// The whole page.
pub fn report(record: &Record) -> String {
    let scores = scores::of(record);
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    // Even if an escape were forgotten, nothing would run and nothing would be fetched.
    page.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    let title = title(record);
    let _ = write!(page, "<title>Conformance: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", escaped(&title));
    head(&mut page, record, &title);
    overview(&mut page, &scores);
    if let Some(client) = &record.finished.client {
        of_client(&mut page, client);
    }
    problems(&mut page, record);
    broken(&mut page, record);
    errors(&mut page, record);
    for score in &scores {
        provider(&mut page, record, score);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn title(record: &Record) -> String {
    let bad = record.cases.iter().filter(|case| case.verdict.is_bad()).count();
    let (all, problems) = (record.cases.len(), record.finished.problems.len());
    match (bad, problems) {
        (0, 0) if record.finished.counts.skipped + record.finished.counts.expected_failures == 0 => format!("all {all} cases held"),
        (0, 0) => format!("{} of {all} cases held, none failed", record.finished.counts.held),
        (0, 1) => "1 expected failure is no longer true".into(),
        (0, n) => format!("{n} expected failures are no longer true"),
        (n, _) => format!("{n} of {all} cases did not hold"),
    }
}

fn head(page: &mut String, record: &Record, title: &str) {
    let class = if record.finished.passed { "good" } else { "bad" };
    let _ =
        write!(page, "<header>\n<p class=\"what\">Conformance</p>\n<h1 class=\"{class}\">{}</h1>\n<dl class=\"facts\">\n", escaped(title));
    let targets = record.started.targets.iter().map(|asked| format!("{} {}", asked.provider, asked.target)).collect::<Vec<_>>().join(", ");
    let embedded = record.started.targets.iter().all(|asked| asked.target == "embedded");
    match &record.finished.client {
        Some(client) => fact(page, "Client", &client.client),
        None => fact(page, "Asked", if embedded { "the fakes of the program itself" } else { &targets }),
    }
    revisions(page, &record.started.revisions);
    if let Some(filter) = &record.started.filter {
        fact(page, "Narrowed by", filter);
    }
    fact(page, "Suite", &record.started.suite_version);
    page.push_str("</dl>\n<p class=\"legend\">");
    for verdict in [Verdict::Held, Verdict::Failed, Verdict::ExpectedFailure, Verdict::Inconclusive, Verdict::Skipped] {
        let _ = write!(page, "<span><b class=\"{}\">{}</b>{}</span>", verdict.name(), letter(verdict), verdict.name().replace('-', " "));
    }
    page.push_str("<span><b class=\"none\">\u{2013}</b>no case ran</span></p>\n</header>\n");
}

/// A run of everything has more of them than a phone has lines.
fn revisions(page: &mut String, revisions: &[String]) {
    const SHOWN_AT_ONCE: usize = 6;
    if revisions.len() <= SHOWN_AT_ONCE {
        return fact(page, "Revisions", &revisions.join(", "));
    }
    let _ = write!(page, "<div><dt>Revisions</dt><dd><details><summary>all {}</summary>", revisions.len());
    for label in revisions {
        let _ = write!(page, "<span>{}</span> ", escaped(label));
    }
    page.push_str("</details></dd></div>\n");
}

fn fact(page: &mut String, name: &str, value: &str) {
    let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", escaped(value));
}

fn overview(page: &mut String, scores: &[Score]) {
    page.push_str("<section class=\"overview\">\n");
    for score in scores {
        let counts = score.counts;
        let mut numbers = vec![format!("{} held", counts.held)];
        for (n, word) in [
            (counts.failed, "failed"),
            (counts.expected_failures, "failed as expected"),
            (counts.inconclusive, "inconclusive"),
            (counts.skipped, "skipped"),
        ] {
            if n > 0 {
                numbers.push(format!("{n} {word}"));
            }
        }
        let index = score.index;
        let _ = write!(
            page,
            "<a class=\"card\" href=\"#{0}\"><h2>{0}</h2>\n<p class=\"two\"><span><b>{1}</b> score</span><span><b>{2}</b> index</span></p>\n\
             <p>{3}</p>\n<p>{4} of {5} outcomes: {6} documented, {7} derived, {8} assumed</p></a>\n",
            escaped(&score.provider),
            percent(counts.held, score.ran),
            percent(index.covered(), index.outcomes),
            numbers.join(", "),
            index.covered(),
            index.outcomes,
            index.documented,
            index.derived,
            index.assumed
        );
    }
    page.push_str("</section>\n<p class=\"note\">Score: the cases that held, of those that ran. Index: the outcomes of the tables with a case that ran.</p>\n");
}

/// The numbers of a client's run.
fn of_client(page: &mut String, client: &ClientSummary) {
    let errors = client.errors_handled + client.errors_misread + client.errors_crashed + client.errors_never_exercised;
    page.push_str("<section>\n<h2>The client</h2>\n<div class=\"numbers\">\n");
    let mut number = |value: &str, of: &str, is_good: Option<bool>| {
        let class = is_good.map_or("", |is_good| if is_good { " class=\"good\"" } else { " class=\"bad\"" });
        let _ = writeln!(page, "<p><b{class}>{}</b>{of}</p>", escaped(value));
    };
    number(&client.operations.to_string(), "operations", None);
    number(&client.calls.to_string(), "calls", None);
    number(&client.requests.to_string(), "requests", None);
    number(&percent(client.errors_handled, errors), "of documented errors handled", None);
    number(&client.errors_misread.to_string(), "errors misread", Some(client.errors_misread == 0));
    number(&client.errors_crashed.to_string(), "errors crashed it", Some(client.errors_crashed == 0));
    number(&client.errors_never_exercised.to_string(), "errors never exercised", None);
    number(&client.too_early.to_string(), "requests before a wait was over", Some(client.too_early == 0));
    number(&client.credits, "credits, on the real APIs", None);
    number(&client.people.to_string(), "people contacted, on the real APIs", None);
    page.push_str("</div>\n</section>\n");
}

/// What a client makes of each documented error, by operation: what it offers in full, the rest by name.
fn errors(page: &mut String, record: &Record) {
    let lines = error_coverage::of(record);
    if lines.is_empty() {
        return;
    }
    page.push_str("<section class=\"errors\">\n<h2>Documented errors</h2>\n<p class=\"legend\">");
    for handling in Handling::ALL {
        let (class, letter) = sign(handling);
        let _ = write!(page, "<span><b class=\"{class}\">{letter}</b>{}</span>", handling.name());
    }
    page.push_str("</p>\n");
    for of_provider in lines.chunk_by(|a, b| a.provider == b.provider) {
        let count = |handling| of_provider.iter().map(|line| line.outcomes(handling).count()).sum::<usize>();
        let numbers = Handling::ALL.map(|handling| (count(handling), handling)).into_iter().filter(|(n, _)| *n > 0);
        let numbers = numbers.map(|(n, handling)| format!("{n} {}", handling.name())).collect::<Vec<_>>().join(", ");
        let is_open = if count(Handling::Misread) + count(Handling::Crashed) > 0 { " open" } else { "" };
        let provider = escaped(&of_provider[0].provider);
        let _ = writeln!(page, "<details{is_open}><summary><span>{provider}</span>: {numbers}</summary>");
        let (met, never): (Vec<&Line>, Vec<&Line>) = of_provider.iter().partition(|line| line.is_exercised());
        for line in met {
            let _ = write!(page, "<div class=\"row\">\n<h3>{}</h3>\n<div class=\"outcomes\">", escaped(&line.operation));
            for error in &line.errors {
                let (class, letter) = sign(error.handling);
                let (name, handling) = (escaped(&error.outcome), error.handling.name());
                let _ = writeln!(
                    page,
                    "<div class=\"outcome\"><span class=\"name\">{name}</span><b class=\"{class}\" title=\"{handling}\">{letter}</b></div>"
                );
            }
            page.push_str("</div>\n</div>\n");
        }
        if !never.is_empty() {
            let names = never.iter().map(|line| escaped(&line.operation)).collect::<Vec<_>>().join(", ");
            let _ = writeln!(page, "<p class=\"note\">Not exercised at all: {names}</p>");
        }
        page.push_str("</details>\n");
    }
    page.push_str("</section>\n");
}

const fn sign(handling: Handling) -> (&'static str, char) {
    match handling {
        Handling::Handled => ("held", 'H'),
        Handling::Misread => ("failed", 'M'),
        Handling::Crashed => ("failed", 'C'),
        Handling::NeverExercised => ("none", '\u{2013}'),
    }
}

fn problems(page: &mut String, record: &Record) {
    if record.finished.problems.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>Expected failures that are no longer true</h2>\n<ul class=\"problems\">\n");
    for problem in &record.finished.problems {
        let _ = writeln!(
            page,
            "<li><code>{}:{}</code> <code>{}</code> {}<br>{}</li>",
            escaped(&problem.file),
            problem.line,
            escaped(&problem.id),
            escaped(&problem.what),
            escaped(&problem.hint)
        );
    }
    page.push_str("</ul>\n</section>\n");
}

/// What a reader came for, before the matrix.
fn broken(page: &mut String, record: &Record) {
    let bad: Vec<&CaseFinished> = record.cases.iter().filter(|case| case.verdict.is_bad()).collect();
    if bad.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>What did not hold</h2>\n<ul class=\"broken\">\n");
    for case in bad {
        let first = case.reasons().next().unwrap_or_default();
        let first: String = first.chars().take(160).chain(first.chars().nth(160).map(|_| '\u{2026}')).collect();
        let _ = writeln!(
            page,
            "<li><b class=\"{}\">{}</b><a href=\"#{1}-{id}\">{id}</a><span>{}</span></li>",
            case.verdict.name(),
            letter(case.verdict),
            escaped(&first),
            id = escaped(&case.id)
        );
    }
    page.push_str("</ul>\n</section>\n");
}

fn provider(page: &mut String, record: &Record, score: &Score) {
    let _ = writeln!(page, "<section id=\"{0}\">\n<h2>{0}</h2>", escaped(&score.provider));
    for row in rows(record, &score.provider) {
        let of_row: Vec<&CaseFinished> = record.cases.iter().filter(|case| case.operation == row.operation).collect();
        // A narrowed run shows what it is about.
        if of_row.is_empty() && record.started.filter.is_some() {
            continue;
        }
        let _ = writeln!(page, "<div class=\"row\">\n<h3>{}</h3>\n<div class=\"outcomes\">", escaped(&row.operation));
        for outcome in &row.outcomes {
            let cells: Vec<&CaseFinished> = of_row.iter().copied().filter(|case| case.outcome == *outcome).collect();
            if cells.is_empty() && record.started.filter.is_some() {
                continue;
            }
            let _ = write!(page, "<div class=\"outcome\"><span class=\"name\">{}</span>", escaped(outcome));
            if cells.is_empty() {
                page.push_str("<b class=\"none\" title=\"no case\">\u{2013}</b>");
            }
            for case in cells {
                cell(page, case);
            }
            page.push_str("</div>\n");
        }
        page.push_str("</div>\n</div>\n");
    }
    page.push_str("</section>\n");
}

/// The tables' rows, and what cases are about beyond them.
fn rows(record: &Record, provider: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = record.started.tables.iter().filter(|row| row.provider == provider).cloned().collect();
    for case in record.cases.iter().filter(|case| case.provider == provider) {
        let at = rows.iter().position(|row| row.operation == case.operation).unwrap_or_else(|| {
            rows.push(Row { provider: provider.into(), operation: case.operation.clone(), outcomes: Vec::new() });
            rows.len() - 1
        });
        if !rows[at].outcomes.contains(&case.outcome) {
            rows[at].outcomes.push(case.outcome.clone());
        }
    }
    rows
}

fn cell(page: &mut String, case: &CaseFinished) {
    let (verdict, id) = (case.verdict.name(), escaped(&case.id));
    let _ = write!(
        page,
        "<details class=\"{verdict}\"><summary title=\"{id}: {verdict}\">{}</summary><div class=\"case\" id=\"{0}-{id}\">\
         <h4>{id} <em>{verdict}</em></h4><p>{}</p>",
        letter(case.verdict),
        escaped(&case.claim)
    );
    let _ = write!(page, "<p>revision {}, {}, {}", escaped(&case.revision), escaped(&case.evidence), escaped(&case.effect));
    if let Some(family) = &case.family {
        let _ = write!(page, ", {}", escaped(family));
    }
    if !case.after.is_empty() {
        let _ = write!(page, ", after {}", escaped(&case.after.join(", ")));
    }
    page.push_str("</p>");
    if let Some(reason) = &case.reason {
        let _ = write!(page, "<p class=\"reason\">{}</p>", escaped(reason));
    }
    if !case.differences.is_empty() {
        page.push_str("<dl class=\"differences\">");
        for difference in &case.differences {
            let _ = write!(
                page,
                "<dt>{}</dt><dd><span>expected</span> <code>{}</code></dd><dd><span>found</span> <code>{}</code></dd>",
                escaped(&difference.at),
                escaped(&difference.expected),
                escaped(&difference.found)
            );
        }
        page.push_str("</dl>");
    }
    if !case.client.is_empty() {
        let lines = case.client.chunks(2).flat_map(|pair| ["call    ", "answer  "].into_iter().zip(pair));
        block(
            page,
            "what the client was told, and said",
            &lines.map(|(word, line)| format!("{word}{line}")).collect::<Vec<_>>().join("\n"),
        );
    }
    if let Some(request) = &case.request {
        block(page, "request", &request.text());
    }
    if let Some(expected) = &case.expected {
        block(page, "expected", &expected.text());
    }
    if let Some(received) = &case.received {
        block(page, "received", &received.text());
    }
    if !case.calls.is_empty() {
        block(page, "calls before it", &calls(case));
    }
    block(page, "source", &case.source_line());
    if !case.replay.is_empty() {
        block(page, "replay", &case.replay);
    }
    if let Some(curl) = &case.curl {
        block(page, "curl", curl);
    }
    page.push_str("</div></details>");
}

fn calls(case: &CaseFinished) -> String {
    let mut text =
        case.call_lines().next().filter(|_| case.calls_made > case.calls.len() + 1).map_or_else(String::new, |line| line + "\n\n");
    let first = case.calls_made.saturating_sub(case.calls.len());
    for (at, call) in case.calls.iter().enumerate() {
        let received = call.received.as_ref().map_or_else(|| "no response".to_owned(), Message::text);
        let _ = write!(text, "\u{2500}\u{2500} call {}\n{}\n\n{received}\n\n", first + at, call.request.text());
    }
    text.truncate(text.trim_end().len());
    text
}

fn block(page: &mut String, name: &str, text: &str) {
    // A line feed after the tag is dropped by readers, so one at the beginning of the text would be lost without it.
    let _ = write!(page, "<h5>{name}</h5><pre>\n{}</pre>", escaped(text));
}

const fn letter(verdict: Verdict) -> char {
    match verdict {
        Verdict::Held => 'H',
        Verdict::Failed => 'F',
        Verdict::ExpectedFailure => 'E',
        Verdict::Skipped => 'S',
        Verdict::Inconclusive => 'I',
    }
}

/// Text for an element or a quoted attribute. Control characters are shown by their pictures.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..='\u{1f}' => escaped.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)),
            // They would turn the text around them about, or hide in it.
            '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            _ => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    /// The names of all tags.
    fn tags(page: &str) -> Vec<&str> {
        let body = &page[page.find("</style>").unwrap()..];
        let name = |part: &'_ str| part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        body.split('<').skip(1).map(|part| part.strip_prefix('/').unwrap_or(part)).map(|part| &part[..name(part)]).collect()
    }

    #[test]
    fn text_is_text_everywhere() {
        assert_eq!(
            escaped("<a href='\"'>&\u{0}\u{1b}\r\n\u{202e}"),
            "&lt;a href=&#39;&quot;&#39;&gt;&amp;\u{2400}\u{241b}\u{240d}\n\\u202e"
        );
        let page = report(&odd::record());
        let known = [
            "style", "head", "body", "html", "header", "p", "h1", "dl", "div", "dt", "dd", "span", "b", "section", "a", "h2", "ul", "li",
            "code", "br", "h3", "details", "summary", "h4", "h5", "em", "pre",
        ];
        for tag in tags(&page) {
            assert!(known.contains(&tag), "<{tag}>");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp;amp; ``` | % \u{2400}\u{2408}\u{241b}\\ufffe \u{240d}\n::error::x &#39;é&quot;"));
    }

    #[test]
    fn text_of_a_client_is_text_too() {
        let page = report(&odd::client_record());
        let known = [
            "style", "head", "body", "html", "header", "p", "h1", "dl", "div", "dt", "dd", "span", "b", "section", "a", "h2", "ul", "li",
            "details", "summary", "h3", "h4", "h5", "em", "pre", "code",
        ];
        for tag in tags(&page) {
            assert!(known.contains(&tag), "<{tag}>");
        }
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"));
    }

    #[test]
    fn a_client_has_its_numbers_and_its_errors() {
        let record = odd::client_record();
        let page = report(&record);
        let client = record.finished.client.as_ref().unwrap();
        assert!(page.contains(&format!("<p><b>{}</b>calls</p>", client.calls)));
        let misread = error_coverage::of(&record).iter().map(|line| line.outcomes(Handling::Misread).count()).sum::<usize>();
        assert!(misread > 0);
        assert_eq!(page.matches("<b class=\"failed\" title=\"misread\">M</b>").count(), misread);
        assert_eq!(page.matches("<details open><summary><span>leadmagic</span>: ").count(), 1);
        assert!(page.contains("<h5>what the client was told, and said</h5><pre>\ncall    {&quot;type&quot;:&quot;call&quot;"));
        assert!(!page.contains("<h5>replay</h5>"), "it runs in its own test only");
        assert_eq!(page.matches("<details class=").count(), record.cases.len());
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = report(&odd::record()) + &report(&odd::client_record());
        let tags = page.split('<').skip(1).map(|part| part.split('>').next().unwrap());
        for tag in tags.filter(|tag| tag.contains('=')) {
            let fetches = ["src=", "srcset=", "action=", "style=\"", "on"].iter().any(|name| tag.contains(&format!(" {name}")));
            assert!(!fetches && tag.matches("href=").count() == tag.matches("href=\"#").count(), "<{tag}>");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("</"));
    }

    #[test]
    fn each_case_has_a_cell_and_each_failure_is_linked() {
        let record = odd::record();
        let page = report(&record);
        assert_eq!(page.matches("<details class=").count(), record.cases.len());
        for case in &record.cases {
            let cell = format!("<details class=\"{}\"><summary title=\"{}: ", case.verdict.name(), case.id);
            assert_eq!(page.matches(&cell).count(), 1, "{cell}");
            let link = format!("<a href=\"#{}-{}\">", letter(case.verdict), case.id);
            assert_eq!(page.matches(&link).count(), usize::from(case.verdict.is_bad()), "{link}");
        }
        let counts = record.finished.counts;
        let bad = counts.failed + counts.inconclusive;
        assert!(page.contains(&format!("<h1 class=\"bad\">{bad} of {} cases did not hold</h1>", record.cases.len())));
        assert!(page.contains("<h5>expected</h5>") && page.contains("<h5>received</h5>") && page.contains("<h5>replay</h5>"));
    }
}
