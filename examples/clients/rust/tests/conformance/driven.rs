//! The client as the suite drives it in this process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conformance::client::driver::Waits;
use conformance::client::in_process;
use conformance::client::protocol::{Call, ClientError, ErrorKind as Kind, Feature, Hello, Outcome, VERSION, Welcome};
use reference_client::habits::Habits;
use reference_client::{Client, Error, ErrorKind, Operation, Provider};
use serde_json::value::RawValue;

/// The reference client, with these habits.
pub(crate) struct Driven {
    client: Client,
    log: Arc<Mutex<String>>,
}

impl Driven {
    /// The client for the places of a hello: what [`in_process::InProcess`] begins with.
    pub(crate) fn begin(hello: &Hello, waits: &Waits, habits: Habits) -> Result<Self, String> {
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, waits) = (Arc::clone(&log), waits.clone());
        let mut builder = Client::builder()
            .habits(habits)
            .sleeper(move |wait: Duration| {
                waits.pass(wait);
                std::future::ready(())
            })
            .log(move |line| {
                let mut log = lines.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(line);
                log.push('\n');
            });
        for (name, place) in &hello.providers {
            if let Some(provider) = Provider::by_name(name) {
                builder = builder.provider(provider, &place.base_url, &place.key);
            }
        }
        if let Some(file) = &hello.ca_file {
            builder = builder.root_certificates_pem(std::fs::read(file).map_err(|error| format!("{file}: {error}"))?);
        }
        Ok(Self { client: builder.build().map_err(|error| error.to_string())?, log })
    }
}

impl in_process::Client for Driven {
    fn welcome(&self) -> Welcome {
        let features = [Feature::Retries, Feature::Waits, Feature::Paging, Feature::Tls, Feature::Concurrency];
        Welcome {
            protocol: VERSION,
            client: "reference-client in process".to_owned(),
            operations: Operation::all().map(|operation| operation.id.to_owned()).collect(),
            features: features.map(|feature| feature.name().to_owned()).to_vec(),
        }
    }

    async fn call(&self, call: Call) -> Outcome {
        let client = self.client.with_deadline(Duration::from_millis(call.deadline_ms));
        match client.call(&call.operation, &call.arguments).await {
            Ok(value) => match RawValue::from_string(value.to_string()) {
                Ok(value) => Outcome::Value(value),
                Err(error) => Outcome::Crashed(format!("the value is no JSON: {error}")),
            },
            Err(error) => Outcome::Error(told(error)),
        }
    }

    fn take_log(&self) -> String {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn told(error: Error) -> ClientError {
    let Error { kind, status, code, message, retry_after, .. } = error;
    let retry_after_ms = retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    ClientError { kind: kind_of(kind), status, code, message, retry_after_ms }
}

const fn kind_of(kind: ErrorKind) -> Kind {
    match kind {
        ErrorKind::Auth => Kind::Auth,
        ErrorKind::Forbidden => Kind::Forbidden,
        ErrorKind::Invalid => Kind::Invalid,
        ErrorKind::NotFound => Kind::NotFound,
        ErrorKind::Conflict => Kind::Conflict,
        ErrorKind::InsufficientCredits => Kind::InsufficientCredits,
        ErrorKind::RateLimited => Kind::RateLimited,
        ErrorKind::Server => Kind::Server,
        ErrorKind::Network => Kind::Network,
        ErrorKind::Timeout => Kind::Timeout,
        ErrorKind::Decode => Kind::Decode,
    }
}
