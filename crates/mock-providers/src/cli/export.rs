//! `mock-providers export`.

use clap::{Args, Subcommand};

use super::{parse_provider, print};
use crate::providers::{Provider, Revisions};
use crate::server::openapi;

/// What to write to stdout.
#[derive(Args)]
pub(super) struct Export {
    #[command(subcommand)]
    form: Form,
}

#[derive(Subcommand)]
enum Form {
    /// A provider's operations as an OpenAPI 3.1 document
    Openapi {
        /// magnetite, leadmagic, sendpilot or leadterra
        #[arg(value_parser = parse_provider)]
        provider: Provider,
        /// The revision of its documents
        #[arg(long, value_name = "LABEL")]
        revision: Option<String>,
    },
}

impl Export {
    pub(super) fn run(&self) -> Result<(), String> {
        let Form::Openapi { provider, revision } = &self.form;
        let mut revisions = Revisions::default();
        if let Some(label) = revision {
            revisions.choose(*provider, label).map_err(|e| e.to_string())?;
        }
        print(&openapi::text(*provider, revisions))
    }
}
