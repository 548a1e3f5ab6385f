//! For tests: a run in which every verdict occurs, and whose answers are full of characters that mean something to a format.

use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;

use crate::case::{ALL, Case};
use crate::client;
use crate::client::careless::{CASES, Careless, Slip};
use crate::client::case::{ClientCase, Family};
use crate::event::{Record, Verdict};
use crate::expected::ExpectedFailures;
use crate::run::{Setting, run_observed};
use crate::target::planted::Planted;

/// What every wrong answer ends with.
pub(crate) const ODD: &str = "<script>alert(1)</script> ]]> &amp; ``` | % \u{0}\u{8}\u{1b}\u{fffe} \r\n::error::x 'é\"";

const EXPECTED: &str = "\
[[case]]
id = \"leadmagic.credits.missing_key\"
reason = \"the <b>key</b> | is `not` looked at\"
[[case]]
id = \"leadmagic.email-validation.check.precedence.missing_key-before-wrong_content_type\"
reason = \"it held once & may again\"
";

/// `LeadMagic`'s credits fail, one of them as expected; refusals of the searches prove nothing; what is out of reach is skipped.
pub(crate) fn record() -> Record {
    static RECORD: LazyLock<Record> = LazyLock::new(ran);
    RECORD.clone()
}

/// A client of `LeadMagic`'s credits that keeps the providers' messages to itself and logs the key, and says odd things.
pub(crate) fn client_record() -> Record {
    static RECORD: LazyLock<Record> = LazyLock::new(client_ran);
    RECORD.clone()
}

fn client_ran() -> Record {
    let some = ["leadmagic.credits.get", "leadmagic.legacy.credits", "magnetite.health.get"];
    let families = [Family::Error, Family::Understanding];
    let some = |case: &&ClientCase| some.contains(&case.operation.id) && families.contains(&case.family);
    let cases: Vec<ClientCase> = CASES.iter().filter(some).cloned().collect();
    let mut record = Record::default();
    client::run::run(&cases, &mut Careless::new(Slip::LogsKey), &client::run::Setting::default(), &mut record).unwrap();
    for case in record.cases.iter_mut().filter(|case| case.verdict.is_bad()) {
        case.client.iter_mut().for_each(|line| line.push_str(ODD));
        case.differences.iter_mut().for_each(|difference| difference.found.push_str(ODD));
    }
    record.finished.client.as_mut().unwrap().client.push_str(ODD);
    // One of its refusals it knows.
    for case in record.cases.iter_mut().filter(|case| case.operation == "leadmagic.credits.get" && case.outcome == "missing_key") {
        (case.verdict, case.differences) = (Verdict::Held, Vec::new());
    }
    record
}

fn ran() -> Record {
    let all = &*ALL;
    let mut expected = ExpectedFailures::parse(Path::new("known,100%.toml"), EXPECTED, date(2026, 1, 15)).unwrap();
    expected.know(crate::case::ids(all), "`conformance list` shows the ids");
    let some = |case: &Case| case.id.starts_with("leadmagic.") && !case.id.contains('@');
    let some: Vec<Case> = all.iter().filter(|case| some(case)).cloned().collect();
    let bug = Planted(|request, response| match &*request.target {
        "/v1/credits" => response.body.push_str(ODD),
        "/v1/people/role-finder" => response.status = 418,
        _ => {}
    });
    let setting = Setting { filter: Some("--filter 'a|b'".into()), expected: Some(&expected), ..Setting::default() };
    let mut record = Record::default();
    run_observed(&some, &bug, &setting, &mut record);
    record
}
