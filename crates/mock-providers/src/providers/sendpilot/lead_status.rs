//! The words for a lead's state, and who may set which.

use serde::{Serialize, Serializer};

use super::revision::Edition;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum $name { $($variant),* }

        impl $name {
            /// Every word, in the documents' order.
            pub(super) const WORDS: &'static [&'static str] = &[$($word),*];
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(super) const fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            pub(super) fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

words! {
    /// Where a lead stands. Documented: the 35 words of openapi-1.0, and `NOT_INTERESTED`, which only status updates name.
    Status {
        Pending = "PENDING",
        Processing = "PROCESSING",
        MessageSent = "MESSAGE_SENT",
        ConnectionSent = "CONNECTION_SENT",
        ConnectionAccepted = "CONNECTION_ACCEPTED",
        ConnectionAlreadySent = "CONNECTION_ALREADY_SENT",
        ReplyReceived = "REPLY_RECEIVED",
        FollowupSent = "FOLLOWUP_SENT",
        Blocked = "BLOCKED",
        ProfileUnreachable = "PROFILE_UNREACHABLE",
        RateLimited = "RATE_LIMITED",
        Failed = "FAILED",
        Success = "SUCCESS",
        Unsubscribed = "UNSUBSCRIBED",
        Irrelevant = "IRRELEVANT",
        Skipped = "SKIPPED",
        Done = "DONE",
        MeetingBooked = "MEETING_BOOKED",
        Opportunity = "OPPORTUNITY",
        LikedPost = "LIKED_POST",
        MessageScheduled = "MESSAGE_SCHEDULED",
        ConnectionScheduled = "CONNECTION_SCHEDULED",
        LikePostScheduled = "LIKE_POST_SCHEDULED",
        ViewProfileScheduled = "VIEW_PROFILE_SCHEDULED",
        Connected = "CONNECTED",
        ConnectionWithdrawn = "CONNECTION_WITHDRAWN",
        WithdrawalScheduled = "WITHDRAWAL_SCHEDULED",
        WithdrawalNotPossible = "WITHDRAWAL_NOT_POSSIBLE",
        NotConnected = "NOT_CONNECTED",
        IcpMatch = "ICP_MATCH",
        IcpNotMatch = "ICP_NOT_MATCH",
        ProfileViewed = "PROFILE_VIEWED",
        Started = "STARTED",
        Stopped = "STOPPED",
        Waiting = "WAITING",
        NotInterested = "NOT_INTERESTED",
    }
}

words! {
    /// The second axis of openapi-1.0, set by hand alone.
    CustomStatus {
        Lead = "LEAD",
        Interested = "INTERESTED",
        MeetingBooked = "MEETING_BOOKED",
        MeetingCompleteNotClosed = "MEETING_COMPLETE_NOT_CLOSED",
        Closed = "CLOSED",
        WrongPerson = "WRONG_PERSON",
        NotInterested = "NOT_INTERESTED",
        NoResponse = "NO_RESPONSE",
    }
}

use Status::{ConnectionAccepted, ConnectionSent, Done, Irrelevant, MeetingBooked, MessageSent, NotInterested, Opportunity, Pending};
use Status::{ReplyReceived, Unsubscribed};

/// What the sequence itself sets.
const SEQUENCE: [Status; 6] = [Pending, ConnectionSent, ConnectionAccepted, MessageSent, ReplyReceived, Done];

impl Status {
    /// Whether a list may be filtered by it.
    pub(super) fn filters(self, edition: Edition) -> bool {
        match edition {
            Edition::Seed | Edition::Field => true,
            Edition::OpenApi10 => self != NotInterested,
            _ => SEQUENCE.contains(&self),
        }
    }

    /// Whether a client may set it. Documented: patch-lead-status, a set a revision.
    pub(super) fn settable(self, edition: Edition) -> bool {
        let set: &[Self] = match edition {
            Edition::Seed | Edition::ApiV1 | Edition::V1Early => &[Opportunity, NotInterested, Done],
            Edition::V1Late | Edition::PageNumbers => &[MeetingBooked, Opportunity, NotInterested, Done],
            Edition::OpenApi100 => &SEQUENCE,
            Edition::OpenApi10 => &[Opportunity, MeetingBooked, Done, Unsubscribed, Irrelevant],
            Edition::Field => &[Done, NotInterested, MeetingBooked, Opportunity],
        };
        set.contains(&self)
    }

    /// Whether it is an outcome that a client sets by hand. What people do afterwards leaves it.
    pub(super) const fn is_outcome(self) -> bool {
        matches!(self, Opportunity | NotInterested | MeetingBooked | Done | Unsubscribed | Irrelevant)
    }

    /// Whether the sequence has yet to reach the person.
    pub(super) const fn before_message(self) -> bool {
        matches!(self, Pending | ConnectionSent | ConnectionAccepted)
    }
}
