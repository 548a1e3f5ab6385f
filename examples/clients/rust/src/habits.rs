//! What this client does at each point where other clients go wrong. A user has no use for it: leave it at its default.
//!
//! The suite that judges clients is judged itself by the slips of [`SLIPS`]: each must be found.

mod misreading;
mod slips;

pub use slips::{SLIPS, Slip};

/// One decision for each point. The first variant of each, the default, is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Where the key goes.
    pub key: Key,
    /// What the body is declared as.
    pub content_type: ContentType,
    /// Which path is asked.
    pub path: Path,
    /// Which method it is asked with.
    pub method: MethodOf,
    /// How arguments are written in the path.
    pub segments: Escapes,
    /// How arguments are written in the query.
    pub parameters: Escapes,
    /// What is sent for an argument that was not given.
    pub absent: Absent,
    /// How arguments are written in the body.
    pub fields: Fields,
    /// How numbers are read.
    pub numbers: Numbers,
    /// How null is read.
    pub nulls: Nulls,
    /// How a field that is not there is read.
    pub missing: Missing,
    /// What a field that no document has does.
    pub unknown: Unknown,
    /// Whether the order of fields matters.
    pub order: Order,
    /// What is taken for a success.
    pub success: Success,
    /// Which error bodies are understood.
    pub errors: Errors,
    /// What is left of the provider's words.
    pub told: Told,
    /// What kind an error is.
    pub kinds: Kinds,
    /// Which refusals are asked again.
    pub refused: Refused,
    /// What a 429 does.
    pub rate_limit: RateLimit,
    /// The unit of a wait.
    pub wait_unit: WaitUnit,
    /// Where a wait is looked for.
    pub wait_source: WaitSource,
    /// How the end of a window is read.
    pub reset: Reset,
    /// How often is tried.
    pub tries: Tries,
    /// Whether reads are tried again.
    pub reads: Reads,
    /// How waits grow that nobody names.
    pub backoff: Backoff,
    /// After what writes are tried again.
    pub writes: Writes,
    /// How pages are walked.
    pub pages: Pages,
    /// Where a redirect leads.
    pub redirects: Redirects,
    /// What the log says.
    pub log: Log,
    /// Which servers are trusted.
    pub certificates: Certificates,
    /// Whether a call ends.
    pub deadline: Deadline,
    /// How many calls there are at a time.
    pub concurrency: Concurrency,
}

/// An enum whose first variant is what a careful client does.
macro_rules! habit {
    ($(#[$about:meta])* $name:ident { $(#[$of_right:meta])* $right:ident, $($(#[$of_wrong:meta])* $wrong:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            #[default]
            $(#[$of_right])*
            $right,
            $($(#[$of_wrong])* $wrong),+
        }
    };
}

habit! {
    /// Where the key goes.
    Key {
        /// In the provider's header and its form.
        AsDocumented,
        /// In a header of another name.
        OtherHeader,
        /// `Authorization: Bearer` everywhere.
        AlwaysBearer,
        /// Bare in the provider's header, without `Bearer`.
        NeverBearer,
        /// In the query as well.
        InQuery,
    }
}
habit! {
    /// What the body is declared as.
    ContentType {
        /// JSON where there is a body, nothing where there is none.
        WithBody,
        /// Nothing.
        Never,
        /// A form.
        Form,
    }
}
habit! {
    /// Which path is asked.
    Path {
        /// The documented one.
        AsDocumented,
        /// With a slash at its end.
        TrailingSlash,
        /// Without the version.
        NoVersion,
    }
}
habit! {
    /// Which method it is asked with.
    MethodOf {
        /// The documented one.
        AsDocumented,
        /// PUT where PATCH is due.
        PutForPatch,
        /// POST with an empty object where GET is due.
        PostForGet,
    }
}
habit! {
    /// How a text is written in an URL.
    Escapes {
        /// Percent-encoded, but for letters, digits and `-._~`.
        Once,
        /// As it is.
        Never,
        /// Percent-encoded twice.
        Twice,
    }
}
habit! {
    /// What is sent for an argument that was not given.
    Absent {
        /// Nothing.
        LeftOut,
        /// Null.
        AsNull,
        /// An empty text.
        AsEmpty,
    }
}
habit! {
    /// How arguments are written in the body.
    Fields {
        /// As they were given.
        AsGiven,
        /// Numbers as text.
        NumbersAsText,
        /// With a field that no document has.
        OneMore,
        /// Without the last one.
        OneLess,
        /// Letters beyond ASCII replaced.
        AsciiOnly,
        /// Names in another style: `firstName` for `first_name` and the other way round.
        OtherStyle,
    }
}
habit! {
    /// How numbers are read.
    Numbers {
        /// By their digits.
        Exact,
        /// As binary floats of single precision: 0.05 is 0.05000000074505806 then.
        Float,
        /// As whole numbers.
        Whole,
        /// As texts.
        AsText,
        /// Texts of digits as numbers, too.
        FromText,
    }
}
habit! {
    /// How null is read.
    Nulls {
        /// As null.
        Kept,
        /// As a field that is not there.
        Dropped,
        /// As an empty text.
        AsEmpty,
    }
}
habit! {
    /// How a field that is not there is read.
    Missing {
        /// As not there.
        Kept,
        /// As null.
        AsNull,
    }
}
habit! {
    /// What a field that no document has does.
    Unknown {
        /// It is passed on.
        Kept,
        /// It breaks the client.
        Crashes,
        /// It makes the answer unreadable.
        Refused,
    }
}
habit! {
    /// Whether the order of fields matters.
    Order {
        /// It does not.
        Free,
        /// A field that comes before its time is overlooked.
        AsPrinted,
    }
}
habit! {
    /// What is taken for a success.
    Success {
        /// A 2xx with a JSON body of the documented form.
        JsonOnly,
        /// A page of HTML as well.
        HtmlToo,
        /// An empty body as well.
        EmptyToo,
        /// What can be read of a body that is cut off.
        TruncatedToo,
        /// Any status.
        AnyStatus,
    }
}
habit! {
    /// Which error bodies are understood.
    Errors {
        /// Every documented one, and none breaks the client.
        All,
        /// Only `{"error": "text"}`; another breaks the client.
        TextOnly,
        /// Only `{"error": {"code", "message"}}`; another breaks the client.
        ObjectOnly,
        /// JSON only; another body breaks the client.
        JsonOnly,
    }
}
habit! {
    /// What is left of the provider's words.
    Told {
        /// Status, code, message and wait.
        All,
        /// No message.
        NoMessage,
        /// No code.
        NoCode,
        /// No status.
        NoStatus,
        /// No wait.
        NoWait,
    }
}
habit! {
    /// What kind an error is.
    Kinds {
        /// By its status.
        ByStatus,
        /// A 403 is a matter of the key.
        ForbiddenIsAuth,
        /// A 404 is an empty value.
        NotFoundIsEmpty,
        /// A 402 is a wrong request.
        PaymentIsInvalid,
        /// A 409 is a success: it is there already.
        ConflictIsSuccess,
        /// Everything is the provider's failure.
        AllServer,
    }
}
habit! {
    /// Which refusals are asked again.
    Refused {
        /// None: the answer will be the same.
        IsFinal,
        /// A 402.
        PaymentTriedAgain,
        /// A 401.
        KeyTriedAgain,
        /// A 400 or 422.
        InvalidTriedAgain,
    }
}
habit! {
    /// What a 429 does.
    RateLimit {
        /// It is waited for.
        Waits,
        /// It is tried again at once.
        AtOnce,
        /// It is given up.
        GivesUp,
    }
}
habit! {
    /// The unit of a wait.
    WaitUnit {
        /// Seconds.
        Seconds,
        /// Milliseconds.
        Milliseconds,
        /// Minutes.
        Minutes,
    }
}
habit! {
    /// Where a wait is looked for.
    WaitSource {
        /// In headers and body.
        All,
        /// In headers only.
        NotTheBody,
        /// In the body only.
        NotTheHeader,
    }
}
habit! {
    /// How the end of a window is read.
    Reset {
        /// As seconds, or as a time where it is one.
        SecondsOrTime,
        /// As seconds always.
        Seconds,
    }
}
habit! {
    /// How often is tried.
    Tries {
        /// A bounded number of times.
        Bounded,
        /// Until it works.
        Endless,
    }
}
habit! {
    /// Whether reads are tried again.
    Reads {
        /// After a failure that may pass.
        TriedAgain,
        /// Never.
        Once,
    }
}
habit! {
    /// How waits grow that nobody names.
    Backoff {
        /// They double, and differ by chance.
        Jittered,
        /// They double, the same for everybody.
        Even,
        /// There are none.
        None,
    }
}
habit! {
    /// After what writes are tried again.
    Writes {
        /// When they were refused or never sent.
        OnlyRefused,
        /// After a 5xx.
        AlsoAfterFailure,
        /// After a connection that broke.
        AlsoAfterLostAnswer,
        /// After a timeout.
        AlsoAfterTimeout,
    }
}
habit! {
    /// How pages are walked.
    Pages {
        /// To the end, once.
        ToTheEnd,
        /// Only the first.
        FirstOnly,
        /// All but the second.
        SecondSkipped,
        /// The last one twice.
        LastTwice,
        /// Without the cursor that leads on.
        CursorDropped,
        /// From number 0.
        FromZero,
        /// The offset counts pages, not entries.
        OffsetInPages,
        /// Until the first page's total is there, whatever became of it.
        FirstTotal,
        /// For ever.
        Endless,
    }
}
habit! {
    /// Where a redirect leads.
    Redirects {
        /// To the same origin at most.
        SameOrigin,
        /// Anywhere, with the key.
        Anywhere,
    }
}
habit! {
    /// What the log says.
    Log {
        /// Nothing secret.
        WithoutKey,
        /// The key.
        WithKey,
    }
}
habit! {
    /// Which servers are trusted.
    Certificates {
        /// Those with a certificate of a known authority.
        Checked,
        /// All.
        Any,
        /// Those whose URL says `http` where `https` was given.
        PlainHttp,
    }
}
habit! {
    /// Whether a call ends.
    Deadline {
        /// Before its caller's patience does.
        Kept,
        /// When the provider pleases.
        None,
    }
}
habit! {
    /// How many calls there are at a time.
    Concurrency {
        /// A bounded number.
        Bounded,
        /// All at once.
        Unbounded,
    }
}
