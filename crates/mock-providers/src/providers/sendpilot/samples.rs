//! The documents' own data: what their examples name is there, and nothing is built before somebody looks.

use serde_json::json;
use serde_json::value::RawValue;

use super::lead_status::Status;
use crate::core::ids::Ids;
use crate::core::key::Workspace;
use crate::providers::directory::Directory;

/// What a campaign does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Draft,
    Started,
    Paused,
    Finished,
}

/// A campaign at the start of a world. Counts are the documents' where they print them.
#[derive(Debug)]
pub(super) struct SampleCampaign {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) progress: Progress,
    /// The printed list shows two. The others are those that further examples name by id; they join the list once changed.
    pub(super) listed: bool,
    /// Number of its sender.
    pub(super) sender: u16,
    pub(super) leads: SampleLeads,
    /// Requests sent, requests accepted, messages sent, replies.
    pub(super) counters: [u32; 4],
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
}

/// The leads of a sample campaign.
#[derive(Clone, Copy, Debug)]
pub(super) enum SampleLeads {
    None,
    /// One that a document names.
    One(&'static SampleLead),
    /// So many people of the directory, by status.
    Drawn(&'static [(Status, u32)]),
}

/// A lead that a document names.
#[derive(Debug)]
pub(super) struct SampleLead {
    pub(super) id: &'static str,
    sent: &'static str,
    status: Status,
}

impl SampleLeads {
    pub(super) fn count(self) -> u32 {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Drawn(groups) => groups.iter().map(|(_, n)| n).sum(),
        }
    }

    /// Each with id, entry and status, the same whenever they are asked for.
    pub(super) fn each(self, seed: u64, campaign: &str) -> Vec<(String, Box<RawValue>, Status)> {
        let raw = |text: String| RawValue::from_string(text).expect("samples are JSON");
        match self {
            Self::None => Vec::new(),
            Self::One(lead) => vec![(lead.id.to_owned(), raw(lead.sent.to_owned()), lead.status)],
            Self::Drawn(groups) => {
                let mut ids = Ids::new(seed, &format!("sendpilot/leads/{campaign}"));
                let directory = Directory::new(seed ^ crate::core::ids::fnv1a(campaign));
                let statuses = groups.iter().flat_map(|(status, n)| (0..*n).map(|_| *status));
                statuses
                    .zip(0_u64..)
                    .map(|(status, at)| {
                        let person = directory.employee(&directory.company_at(at / 4), at % 4);
                        let sent = json!({
                            "linkedinUrl": person.profile_url(), "firstName": person.first, "lastName": person.last,
                            "company": person.company.name, "title": person.title,
                        });
                        (ids.alnum("lead_", 12), raw(sent.to_string()), status)
                    })
                    .collect()
            }
        }
    }
}

const CREATED_MS: i64 = 1_708_423_200_000;
/// 2024-02-23T15:30:00.000Z, when the printed lead was last changed.
const LEAD_UPDATED_MS: i64 = 1_708_702_200_000;

const JOHN: SampleLead = SampleLead {
    id: "lead_abc123",
    sent: r#"{"linkedinUrl":"https://www.linkedin.com/in/john-doe","firstName":"John","lastName":"Doe","title":"VP of Engineering","company":"TechCorp","region":"North America"}"#,
    status: Status::ConnectionAccepted,
};

const JOHN_OF_THE_FILE: SampleLead = SampleLead {
    id: "lead_123",
    sent: r#"{"linkedinUrl":"https://www.linkedin.com/in/johndoe/","firstName":"John","lastName":"Doe","company":"Acme Corp","title":"VP of Engineering","industry":"SaaS","region":"EMEA"}"#,
    status: Status::ConnectionAccepted,
};

const NOT_CONNECTED: SampleLead = SampleLead {
    id: "lead_not_connected",
    sent: r#"{"linkedinUrl":"https://www.linkedin.com/in/not-connected","firstName":"Noor","lastName":"Haddad"}"#,
    status: Status::Pending,
};

const ELSEWHERE: SampleLead = SampleLead {
    id: "lead_of_other",
    sent: r#"{"linkedinUrl":"https://www.linkedin.com/in/olga-other","firstName":"Olga","lastName":"Other"}"#,
    status: Status::ConnectionAccepted,
};

/// The leads that a document names, and the campaign that holds each.
pub(super) const NAMED_LEADS: [(&str, &str); 4] = [
    ("lead_abc123", "camp_xyz789"),
    ("lead_123", "campaign_123"),
    ("lead_not_connected", "camp_draft"),
    ("lead_of_other", "camp_of_other_workspace"),
];

const HOME: [SampleCampaign; 7] = [
    SampleCampaign {
        id: "clxxx123456",
        name: "Q1 Tech Founders Outreach",
        progress: Progress::Started,
        listed: true,
        sender: 0,
        // As the printed counters have it: 120 were asked, 45 of them accepted, 40 of those were written to, 12 replied.
        leads: SampleLeads::Drawn(&[
            (Status::ReplyReceived, 12),
            (Status::MessageSent, 28),
            (Status::ConnectionAccepted, 5),
            (Status::ConnectionSent, 75),
            (Status::Pending, 30),
        ]),
        counters: [120, 45, 40, 12],
        created_ms: CREATED_MS,
        updated_ms: 1_708_788_600_000,
    },
    SampleCampaign {
        id: "clxxx789012",
        name: "SaaS Decision Makers",
        progress: Progress::Paused,
        listed: true,
        sender: 0,
        leads: SampleLeads::Drawn(&[(Status::Pending, 75)]),
        counters: [0; 4],
        created_ms: 1_708_246_800_000,
        updated_ms: 1_708_689_600_000,
    },
    SampleCampaign {
        id: "camp_xyz789",
        name: "Q1 Outreach",
        leads: SampleLeads::One(&JOHN),
        sender: 1,
        counters: [1, 1, 0, 0],
        ..UNLISTED
    },
    SampleCampaign {
        id: "campaign_123",
        name: "SaaS Outreach",
        leads: SampleLeads::One(&JOHN_OF_THE_FILE),
        sender: 2,
        counters: [1, 1, 0, 0],
        ..UNLISTED
    },
    SampleCampaign { id: "cmobr5lei0000u1h02ezf5itt", name: "EMEA Engineering Leaders", ..UNLISTED },
    SampleCampaign { id: "camp_draft", name: "Draft", progress: Progress::Draft, leads: SampleLeads::One(&NOT_CONNECTED), ..UNLISTED },
    SampleCampaign { id: "camp_finished", name: "Finished", progress: Progress::Finished, ..UNLISTED },
];

const UNLISTED: SampleCampaign = SampleCampaign {
    id: "",
    name: "",
    progress: Progress::Started,
    listed: false,
    sender: 0,
    leads: SampleLeads::None,
    counters: [0; 4],
    created_ms: CREATED_MS,
    updated_ms: LEAD_UPDATED_MS,
};

const OTHER: [SampleCampaign; 1] = [SampleCampaign {
    id: "camp_of_other_workspace",
    name: "Somebody Else's",
    listed: true,
    leads: SampleLeads::One(&ELSEWHERE),
    counters: [1, 1, 0, 0],
    ..UNLISTED
}];

/// A LinkedIn account at the start of a world.
#[derive(Debug)]
pub(super) struct SampleSender {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) profile: &'static str,
    /// What its messages call it.
    pub(super) member: &'static str,
    /// Only a paying member's request carries a note.
    pub(super) premium: bool,
    pub(super) connected: bool,
    /// Whether its day's requests and messages were used up when the world began.
    pub(super) used_up: bool,
}

const SENDER: SampleSender = SampleSender { id: "", name: "", profile: "", member: "", premium: false, connected: true, used_up: false };

const HOME_SENDERS: [SampleSender; 5] = [
    SampleSender {
        id: "sender_abc123",
        name: "Jane Smith",
        profile: "https://www.linkedin.com/in/jane-smith",
        member: "jane-smith-12345",
        premium: true,
        ..SENDER
    },
    SampleSender {
        id: "sender_def456",
        name: "Sam Lee",
        profile: "https://www.linkedin.com/in/sam-lee",
        member: "sam-lee-23456",
        ..SENDER
    },
    SampleSender {
        id: "sender_123",
        name: "Alex Kim",
        profile: "https://www.linkedin.com/in/alex-kim",
        member: "alex-kim-34567",
        ..SENDER
    },
    SampleSender {
        id: "sender_disconnected",
        name: "Dana Fox",
        profile: "https://www.linkedin.com/in/dana-fox",
        member: "dana-fox-45678",
        connected: false,
        ..SENDER
    },
    SampleSender {
        id: "sender_rate_limited",
        name: "Robin Hill",
        profile: "https://www.linkedin.com/in/robin-hill",
        member: "robin-hill-56789",
        used_up: true,
        ..SENDER
    },
];

const OTHER_SENDERS: [SampleSender; 1] = [SampleSender {
    id: "sender_of_other",
    name: "Kim Other",
    profile: "https://www.linkedin.com/in/kim-other",
    member: "kim-other-67890",
    ..SENDER
}];

pub(super) const fn campaigns(of: Workspace) -> &'static [SampleCampaign] {
    match of {
        Workspace::Home => &HOME,
        Workspace::Other => &OTHER,
        Workspace::Broke => &[],
    }
}

pub(super) const fn senders(of: Workspace) -> &'static [SampleSender] {
    match of {
        Workspace::Home => &HOME_SENDERS,
        Workspace::Other => &OTHER_SENDERS,
        Workspace::Broke => &[],
    }
}

/// Whether a message to them arrives though no call has connected them.
///
/// The documents send to John Doe as to a friend, and ask him for a connection as a stranger, with the same sender. So it
/// is open until the first of the two: who is asked first has yet to accept, and who is written to first is a friend.
pub(super) fn is_open_to_messages(handle: &str) -> bool {
    matches!(handle, "john-doe" | "johndoe" | "olga-other") || is_connected(handle)
}

/// Whether they are first-degree from the start, by the wording of their profile.
pub(super) fn is_connected(handle: &str) -> bool {
    handle.starts_with("connected")
}
