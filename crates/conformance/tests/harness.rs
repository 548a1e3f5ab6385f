//! The suite as tests of a project, as a user of the library writes it.

use std::process::ExitCode;

use conformance::harness::Suite;
use mock_providers::providers::Provider;

fn main() -> ExitCode {
    Suite::new().provider(Provider::Leadmagic).filter("leadmagic.credits.").main()
}
