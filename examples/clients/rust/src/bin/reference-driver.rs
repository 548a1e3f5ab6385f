//! The reference client as a program that `conformance client` drives: JSON lines on stdin and stdout.
//!
//! `--slip NAME` gives it one wrong habit, `--slips` lists them.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reference_client::habits::{Habits, SLIPS, Slip};
use reference_client::{Arguments, Client, Error, Operation, Provider};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Calls that wait for their time to be over, by id.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [] => drive(Habits::default()),
        ["--slips"] => {
            for slip in SLIPS {
                say(&format!("{:32} {}", slip.name, slip.what));
            }
            Ok(())
        }
        ["--slip", name] => Slip::by_name(name).map_or_else(
            || Err(format!("no slip is called {name:?}\n  hint: reference-driver --slips lists them")),
            |slip| drive(slip.habits()),
        ),
        _ => Err("unknown arguments\n  hint: reference-driver [--slip NAME | --slips]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn drive(habits: Habits) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| error.to_string())?;
    let waiting = Waiting::default();
    let mut client = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| format!("stdin cannot be read: {error}"))?;
        let message: Value = serde_json::from_str(&line).map_err(|error| format!("the suite's line is no JSON: {error}"))?;
        match message["type"].as_str() {
            Some("hello") => {
                client = Some(begin(&message, habits)?);
                let operations: Vec<&str> = Operation::all().map(|operation| operation.id).collect();
                let name = concat!("reference-client ", env!("CARGO_PKG_VERSION"));
                let features = ["retries", "waits", "paging", "tls", "concurrency"];
                say(&json!({ "type": "hello", "protocol": 1, "client": name, "operations": operations, "features": features }).to_string());
            }
            Some("call") => {
                let client = client.clone().ok_or("a call came before the hello")?;
                runtime.spawn(answer(client, message, Arc::clone(&waiting)));
            }
            Some("waited") => {
                let over = message["id"].as_u64().and_then(|id| lock(&waiting).remove(&id));
                // A call that is gone waits no more.
                over.map(|over| over.send(()));
            }
            Some("end") => break,
            // A later suite says more.
            _ => {}
        }
    }
    runtime.shutdown_background();
    Ok(())
}

/// The client for the places that the suite names.
fn begin(hello: &Value, habits: Habits) -> Result<Client, String> {
    let mut builder = Client::builder().habits(habits).log(|line| eprintln!("{line}"));
    for (name, place) in hello["providers"].as_object().into_iter().flatten() {
        let (Some(provider), Some(url), Some(key)) = (Provider::by_name(name), place["base_url"].as_str(), place["key"].as_str()) else {
            continue;
        };
        builder = builder.provider(provider, url, key);
    }
    if let Some(file) = hello["ca_file"].as_str() {
        builder = builder.root_certificates_pem(std::fs::read(file).map_err(|error| format!("{file}: {error}"))?);
    }
    builder.build().map_err(|error| error.to_string())
}

/// Makes a call and says what came of it.
async fn answer(client: Client, call: Value, waiting: Waiting) {
    let id = call["id"].as_u64().unwrap_or_default();
    let client =
        client.with_deadline(Duration::from_millis(call["deadline_ms"].as_u64().unwrap_or(5000))).with_sleeper(Arc::new(move |wait| {
            let (over, is_over) = oneshot::channel();
            lock(&waiting).insert(id, over);
            say(&json!({ "type": "wait", "id": id, "ms": u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX) }).to_string());
            Box::pin(async {
                let _ = is_over.await;
            })
        }));
    let operation = call["operation"].as_str().unwrap_or_default().to_owned();
    let arguments: Arguments = call["arguments"].as_object().cloned().unwrap_or_default();
    let made = tokio::spawn(async move { client.call(&operation, &arguments).await }).await;
    say(&match made {
        // The value goes as the client has it, digit for digit.
        Ok(Ok(value)) => format!("{{\"type\":\"result\",\"id\":{id},\"value\":{value}}}"),
        Ok(Err(error)) => json!({ "type": "result", "id": id, "error": told(&error) }).to_string(),
        Err(broken) => json!({ "type": "result", "id": id, "crashed": broken.to_string() }).to_string(),
    });
}

fn told(error: &Error) -> Value {
    json!({
        "kind": error.kind.name(),
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "retry_after_ms": error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
    })
}

/// One line, whole, whoever else speaks.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Nobody who is gone needs an answer.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
