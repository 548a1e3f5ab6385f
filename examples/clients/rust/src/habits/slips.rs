//! Every slip by name.

use super::{
    Absent, Backoff, Certificates, Concurrency, ContentType, Deadline, Errors, Escapes, Fields, Habits, Key, Kinds, Log, MethodOf, Missing,
    Nulls, Numbers, Order, Pages, Path, RateLimit, Reads, Redirects, Refused, Reset, Success, Told, Tries, Unknown, WaitSource, WaitUnit,
    Writes,
};

/// One wrong habit.
#[derive(Clone, Copy, Debug)]
pub struct Slip {
    /// Its name, for a command line and a table.
    pub name: &'static str,
    /// What such a client does.
    pub what: &'static str,
    acquire: fn(&mut Habits),
}

impl Slip {
    /// The slip of that name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        SLIPS.iter().find(|slip| slip.name == name)
    }

    /// Right habits but for this one.
    pub fn habits(&self) -> Habits {
        let mut habits = Habits::default();
        (self.acquire)(&mut habits);
        habits
    }
}

const fn slip(name: &'static str, what: &'static str, acquire: fn(&mut Habits)) -> Slip {
    Slip { name, what, acquire }
}

/// Every slip, in the order in which a call meets them.
pub const SLIPS: &[Slip] = &[
    // The request.
    slip("key-in-other-header", "sends the key as X-Auth-Token", |h| h.key = Key::OtherHeader),
    slip("bearer-for-bare-key", "sends Authorization: Bearer where X-API-Key is due", |h| h.key = Key::AlwaysBearer),
    slip("bare-key-for-bearer", "sends the key without Bearer", |h| h.key = Key::NeverBearer),
    slip("key-in-query", "puts the key into the URL", |h| h.key = Key::InQuery),
    slip("no-content-type", "sends a JSON body undeclared", |h| h.content_type = ContentType::Never),
    slip("form-content-type", "declares its JSON body as a form", |h| h.content_type = ContentType::Form),
    slip("trailing-slash", "ends each path with a slash", |h| h.path = Path::TrailingSlash),
    slip("no-version-in-path", "leaves the version out of the path", |h| h.path = Path::NoVersion),
    slip("put-for-patch", "sends PUT where PATCH is due", |h| h.method = MethodOf::PutForPatch),
    slip("post-for-get", "sends POST where GET is due", |h| h.method = MethodOf::PostForGet),
    slip("path-not-encoded", "puts ids into the path as they are", |h| h.segments = Escapes::Never),
    slip("path-encoded-twice", "percent-encodes ids twice", |h| h.segments = Escapes::Twice),
    slip("query-not-encoded", "puts values into the query as they are, so that a plus becomes a space", |h| {
        h.parameters = Escapes::Never;
    }),
    slip("query-encoded-twice", "percent-encodes the query twice", |h| h.parameters = Escapes::Twice),
    slip("null-for-absent", "sends null for each argument that was not given", |h| h.absent = Absent::AsNull),
    slip("empty-for-absent", "sends an empty text for each argument that was not given", |h| h.absent = Absent::AsEmpty),
    slip("numbers-sent-as-text", "puts quotes around numbers", |h| h.fields = Fields::NumbersAsText),
    slip("unknown-field-sent", "sends a field that no document has", |h| h.fields = Fields::OneMore),
    slip("argument-lost", "forgets the last argument of a body", |h| h.fields = Fields::OneLess),
    slip("ascii-only", "replaces letters beyond ASCII", |h| h.fields = Fields::AsciiOnly),
    slip("names-in-other-style", "writes firstName for first_name and the other way round", |h| h.fields = Fields::OtherStyle),
    // Understanding.
    slip("float-numbers", "reads numbers as floats of single precision", |h| h.numbers = Numbers::Float),
    slip("whole-numbers", "cuts fractions off", |h| h.numbers = Numbers::Whole),
    slip("numbers-read-as-text", "gives numbers as texts", |h| h.numbers = Numbers::AsText),
    slip("text-read-as-number", "reads texts of digits as numbers", |h| h.numbers = Numbers::FromText),
    slip("null-read-as-absent", "drops fields that are null", |h| h.nulls = Nulls::Dropped),
    slip("null-read-as-empty", "reads null as an empty text", |h| h.nulls = Nulls::AsEmpty),
    slip("absent-read-as-null", "reads a field that is not there as null", |h| h.missing = Missing::AsNull),
    slip("unknown-field-crash", "breaks on a field that no document has", |h| h.unknown = Unknown::Crashes),
    slip("unknown-field-refused", "cannot read an answer with a field that no document has", |h| h.unknown = Unknown::Refused),
    slip("order-dependent", "finds fields in their printed order only", |h| h.order = Order::AsPrinted),
    slip("html-as-success", "takes a page of HTML with status 200 for a success", |h| h.success = Success::HtmlToo),
    slip("empty-as-success", "takes an empty 200 for a success", |h| h.success = Success::EmptyToo),
    slip("truncated-as-success", "takes what can be read of a body that is cut off", |h| h.success = Success::TruncatedToo),
    slip("status-ignored", "takes any JSON for a success", |h| h.success = Success::AnyStatus),
    // Errors.
    slip("error-text-only", "breaks where error is an object", |h| h.errors = Errors::TextOnly),
    slip("error-object-only", "breaks where error is a text", |h| h.errors = Errors::ObjectOnly),
    slip("error-json-only", "breaks on an error that is no JSON", |h| h.errors = Errors::JsonOnly),
    slip("message-lost", "does not pass on the provider's message", |h| h.told = Told::NoMessage),
    slip("code-lost", "does not pass on the provider's code", |h| h.told = Told::NoCode),
    slip("status-lost", "does not pass on the status", |h| h.told = Told::NoStatus),
    slip("wait-lost", "does not pass on how long to wait", |h| h.told = Told::NoWait),
    slip("forbidden-read-as-auth", "reads a 403 as a bad key", |h| h.kinds = Kinds::ForbiddenIsAuth),
    slip("not-found-read-as-empty", "reads a 404 as an empty value", |h| h.kinds = Kinds::NotFoundIsEmpty),
    slip("payment-read-as-invalid", "reads a 402 as a wrong request", |h| h.kinds = Kinds::PaymentIsInvalid),
    slip("conflict-read-as-success", "reads a 409 as done", |h| h.kinds = Kinds::ConflictIsSuccess),
    slip("every-error-the-servers", "reads every refusal as the provider's failure", |h| h.kinds = Kinds::AllServer),
    // Trying again.
    slip("payment-retried", "asks again after a 402", |h| h.refused = Refused::PaymentTriedAgain),
    slip("auth-retried", "asks again after a 401", |h| h.refused = Refused::KeyTriedAgain),
    slip("invalid-retried", "asks again after a 400 or 422", |h| h.refused = Refused::InvalidTriedAgain),
    slip("rate-limit-not-waited-for", "asks again at once after a 429", |h| h.rate_limit = RateLimit::AtOnce),
    slip("rate-limit-given-up", "gives up at the first 429", |h| h.rate_limit = RateLimit::GivesUp),
    slip("wait-in-milliseconds", "reads seconds as milliseconds", |h| h.wait_unit = WaitUnit::Milliseconds),
    slip("wait-in-minutes", "reads seconds as minutes", |h| h.wait_unit = WaitUnit::Minutes),
    slip("wait-of-body-ignored", "overlooks retryAfter in the body", |h| h.wait_source = WaitSource::NotTheBody),
    slip("wait-of-header-ignored", "overlooks Retry-After", |h| h.wait_source = WaitSource::NotTheHeader),
    slip("time-read-as-delay", "reads a Unix time as a number of seconds to wait", |h| h.reset = Reset::Seconds),
    slip("endless-retries", "tries until it works", |h| h.tries = Tries::Endless),
    slip("reads-not-retried", "gives up a read at the first failure", |h| h.reads = Reads::Once),
    slip("no-jitter", "waits exactly as long each time", |h| h.backoff = Backoff::Even),
    slip("no-backoff", "tries again at once after a failure", |h| h.backoff = Backoff::None),
    slip("write-retried-after-failure", "writes again after a 5xx", |h| h.writes = Writes::AlsoAfterFailure),
    slip("write-retried-after-lost-answer", "writes again when the connection broke", |h| h.writes = Writes::AlsoAfterLostAnswer),
    slip("write-retried-after-timeout", "writes again when no answer came in time", |h| h.writes = Writes::AlsoAfterTimeout),
    // Pages.
    slip("first-page-only", "takes the first page for all", |h| h.pages = Pages::FirstOnly),
    slip("second-page-skipped", "leaves the second page out", |h| h.pages = Pages::SecondSkipped),
    slip("last-page-twice", "reads the last page twice", |h| h.pages = Pages::LastTwice),
    slip("cursor-dropped", "asks for the next page without the cursor", |h| h.pages = Pages::CursorDropped),
    slip("pages-from-zero", "counts pages from zero", |h| h.pages = Pages::FromZero),
    slip("offset-in-pages", "counts pages where entries are to be counted", |h| h.pages = Pages::OffsetInPages),
    slip("first-total-kept", "asks on until the first page's total is there", |h| h.pages = Pages::FirstTotal),
    slip("endless-pages", "asks for pages beyond the end", |h| h.pages = Pages::Endless),
    // Secrets and bounds.
    slip("redirect-followed-with-key", "follows a redirect to another host, with the key", |h| h.redirects = Redirects::Anywhere),
    slip("key-logged", "writes the key into its log", |h| h.log = Log::WithKey),
    slip("any-certificate-trusted", "trusts any certificate", |h| h.certificates = Certificates::Any),
    slip("http-for-https", "asks over http where https was given", |h| h.certificates = Certificates::PlainHttp),
    slip("no-deadline", "waits for an answer for ever", |h| h.deadline = Deadline::None),
    slip("unbounded-concurrency", "sends all calls at once", |h| h.concurrency = Concurrency::Unbounded),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_slip_is_one_of_its_own() {
        let names: BTreeSet<&str> = SLIPS.iter().map(|slip| slip.name).collect();
        assert_eq!(names.len(), SLIPS.len());
        let habits: Vec<Habits> = SLIPS.iter().map(Slip::habits).collect();
        for (at, one) in habits.iter().enumerate() {
            assert_ne!(*one, Habits::default(), "{}", SLIPS[at].name);
            assert!(!habits[..at].contains(one), "{}", SLIPS[at].name);
        }
    }
}
