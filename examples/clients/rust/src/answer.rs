//! What an answer means: a value, or an error and whether it is worth another try.

use crate::error::{Error, ErrorKind, Said};
use crate::habits::{Habits, Kinds, Told};
use crate::json::Json;
use crate::operations::{Form, Operation};
use crate::retry::{Failure, Why};
use crate::transport::{Answer, Broken};
use crate::wait;

/// A try that came to nothing.
pub(crate) type Failed = (Failure, Error);

/// The value of a success: a 2xx with a JSON body of the documented form. Whether the body is declared as JSON is not asked,
/// for proxies declare what they like.
pub(crate) fn understood(operation: &Operation, answer: &Answer, habits: &Habits) -> Result<Json, Box<Failed>> {
    let text = String::from_utf8_lossy(&answer.body);
    let status = answer.status;
    let parsed = Json::parse(&text);
    if !(200..300).contains(&status) {
        let body = parsed.ok();
        if let Some(value) = success_after_all(status, &text, habits) {
            return Ok(value);
        }
        habits.brace_for(body.as_ref());
        return Err(Box::new(refused(answer, body.as_ref(), habits)));
    }
    let fits = |body: &Json| match operation.form {
        Form::Object => matches!(body, Json::Object(_)),
        Form::Array => matches!(body, Json::Array(_)),
        Form::Either => matches!(body, Json::Object(_) | Json::Array(_)),
    };
    let unreadable = |why: String| {
        let error = Error { status: Some(status), ..Error::ours(ErrorKind::Decode, why) };
        Box::new((Failure::Final, error))
    };
    match parsed {
        Ok(body) if fits(&body) && std::str::from_utf8(&answer.body).is_ok() => {
            habits.understood(operation, body).ok_or_else(|| unreadable("the answer has a field that is not known".to_owned()))
        }
        parsed => habits.taken_for_success(status, &text).ok_or_else(|| {
            unreadable(match parsed {
                Ok(_) => format!("the answer is JSON of another form than {:?}", operation.form),
                Err(_) if text.trim().is_empty() => "the answer is empty".to_owned(),
                Err(error) => format!("the answer is no JSON: {error}"),
            })
        }),
    }
}

/// What wrong habits make of a refusal.
fn success_after_all(status: u16, text: &str, habits: &Habits) -> Option<Json> {
    match (status, habits.kinds) {
        (404, Kinds::NotFoundIsEmpty) => Some(Json::Null),
        (409, Kinds::ConflictIsSuccess) => Some(Json::parse(text).unwrap_or(Json::Null)),
        _ => habits.taken_for_success(status, text),
    }
}

fn refused(answer: &Answer, body: Option<&Json>, habits: &Habits) -> Failed {
    let status = answer.status;
    let failure = match status {
        429 => Failure::TooMany,
        // What is not implemented now is not in a second either.
        500 | 502..=599 => Failure::Failed,
        _ => Failure::Final,
    };
    let kind = match (status, habits.kinds) {
        (403, Kinds::ForbiddenIsAuth) => ErrorKind::Auth,
        (402, Kinds::PaymentIsInvalid) => ErrorKind::Invalid,
        (_, Kinds::AllServer) => ErrorKind::Server,
        _ => ErrorKind::of_status(status),
    };
    let Said { code, message } = body.map(Said::read).unwrap_or_default();
    let retry_after = wait::told(habits, status, &answer.headers, body);
    let detail = match status {
        300..=399 => Some("a redirect to another origin is not followed".to_owned()),
        _ if body.is_none() => Some("the answer is no JSON".to_owned()),
        _ => None,
    };
    (failure, Error { kind, status: Some(status), code, message, retry_after, detail })
}

/// A try without an answer.
pub(crate) fn broken(broken: Broken) -> Failed {
    match broken {
        Broken::NotSent(why) => (Failure::NotSent, Error::ours(ErrorKind::Network, format!("no connection: {why}"))),
        Broken::Lost(why) => (Failure::Lost(Why::Broken), Error::ours(ErrorKind::Network, format!("the connection broke: {why}"))),
        Broken::Late => (Failure::Lost(Why::Late), Error::ours(ErrorKind::Timeout, "no answer in time")),
        Broken::TooLarge => (Failure::Final, Error::ours(ErrorKind::Decode, "the answer is larger than any answer is")),
    }
}

/// What is passed on of an error.
pub(crate) fn passed_on(mut error: Error, habits: &Habits) -> Error {
    match habits.told {
        Told::All => {}
        Told::NoMessage => error.message = None,
        Told::NoCode => error.code = None,
        Told::NoStatus => error.status = None,
        Told::NoWait => error.retry_after = None,
    }
    error
}
