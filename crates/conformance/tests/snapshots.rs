//! Snapshots of what the embedded fakes answer, as a project keeps them in its own repository.

use conformance::target::embedded::Embedded;
use conformance::{case, snapshot};

#[test]
fn answers_are_as_they_were() {
    let cases = case::cases(fixtures::EXCHANGES).expect("the fixtures are sound");
    for id in ["leadmagic.credits.balance", "leadmagic.credits.missing_key", "sendpilot.campaigns.page"] {
        let case = cases.iter().find(|case| case.id == id).expect("there is such a case");
        let told = snapshot::take(case, &Embedded).expect("the fakes answer it");
        insta::assert_snapshot!(id, told);
    }
}
