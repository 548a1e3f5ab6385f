//! For tests: a run in which every verdict occurs, and whose answers are full of characters that mean something to a format.

use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;

use crate::case::{ALL, Case};
use crate::event::Record;
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

fn ran() -> Record {
    let all = &*ALL;
    let mut expected = ExpectedFailures::parse(Path::new("known,100%.toml"), EXPECTED, date(2026, 1, 15)).unwrap();
    expected.know(all);
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
