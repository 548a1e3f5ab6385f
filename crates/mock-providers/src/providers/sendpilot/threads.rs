//! The threads of a workspace's senders, and the messages in them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::profile_url::{handle, same_profile};
use crate::core::ids::fnv1a;
use crate::core::key::Workspace;

type Text = Cow<'static, str>;

/// The order of the printed thread until somebody writes in it, and of its last printed message.
pub(super) const SAMPLE_ORDER: u64 = 1_708_784_200_000;

/// Characters of a message that a list of conversations shows. Documented.
const PREVIEW_CHARS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: Text,
    pub(super) text: Text,
    pub(super) direction: Direction,
    /// Milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) read: bool,
    /// Its place among all of the workspace: near to the time, and told once.
    pub(super) order: u64,
}

/// The person at the other end.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: Text,
    pub(super) profile: Text,
    /// What messages call them. The documents print another id in the list of conversations.
    pub(super) member: Text,
    pub(super) participant: Text,
    pub(super) picture: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) id: Text,
    pub(super) sender: u16,
    pub(super) person: Person,
    pub(super) messages: Vec<Message>,
    /// The last message as the list shows it.
    pub(super) preview: Text,
    pub(super) unread: u32,
    pub(super) created_ms: i64,
    pub(super) active_ms: i64,
    pub(super) order: u64,
}

/// All threads of a workspace, by id, by sender and person, and by last activity.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    threads: Vec<Thread>,
    by_id: BTreeMap<Text, usize>,
    by_person: BTreeMap<(u16, String), usize>,
    by_order: BTreeMap<u64, usize>,
    by_sender: BTreeMap<(u16, u64), usize>,
    last_order: u64,
}

impl Inbox {
    /// The inbox at the start: `home` has the printed thread, `other` one of its own.
    pub(super) fn new(workspace: Workspace) -> Self {
        let mut inbox = Self::default();
        match workspace {
            Workspace::Home => _ = inbox.open(sample()),
            Workspace::Other => _ = inbox.open(Thread { id: "2-of-other-workspace".into(), ..sample() }),
            Workspace::Broke => {}
        }
        inbox
    }

    pub(super) const fn len(&self) -> usize {
        self.threads.len()
    }

    /// How many threads there are, of a sender or of all.
    pub(super) fn count(&self, sender: Option<u16>) -> usize {
        sender.map_or(self.threads.len(), |sender| self.by_sender.range((sender, 0)..=(sender, u64::MAX)).count())
    }

    pub(super) fn find(&self, id: &str) -> Option<&Thread> {
        self.by_id.get(id).map(|at| &self.threads[*at])
    }

    /// Threads with less than `before` as their order, the newest first.
    pub(super) fn newest(&self, sender: Option<u16>, before: u64) -> Box<dyn Iterator<Item = &Thread> + '_> {
        let thread = |at: &usize| &self.threads[*at];
        match sender {
            Some(sender) => Box::new(self.by_sender.range((sender, 0)..(sender, before)).rev().map(move |(_, at)| thread(at))),
            None => Box::new(self.by_order.range(..before).rev().map(move |(_, at)| thread(at))),
        }
    }

    fn open(&mut self, thread: Thread) -> usize {
        let at = self.threads.len();
        self.by_id.insert(thread.id.clone(), at);
        self.by_person.insert((thread.sender, same_profile(&thread.person.profile)), at);
        self.by_order.insert(thread.order, at);
        self.by_sender.insert((thread.sender, thread.order), at);
        self.last_order = self.last_order.max(thread.order);
        self.threads.push(thread);
        at
    }

    /// The number of the thread between a sender and a person.
    pub(super) fn between(&self, sender: u16, profile: &str) -> Option<usize> {
        self.by_person.get(&(sender, same_profile(profile))).copied()
    }

    /// The sender whose thread with the person was the last to be written in.
    pub(super) fn last_writer_to(&self, profile: &str, senders: u16) -> Option<u16> {
        let active = |sender: u16| self.between(sender, profile).map(|at| (self.threads[at].order, sender));
        (0..senders).filter_map(active).max().map(|(_, sender)| sender)
    }

    /// Adds a message to the thread of a sender and a person, which is opened with `id` if there is none. Gives its id.
    pub(super) fn add(&mut self, new: NewMessage<'_>) -> String {
        let order = self.last_order.saturating_add(1).max(u64::try_from(new.at_ms).unwrap_or(0));
        self.last_order = order;
        let at = self.between(new.sender, new.profile).unwrap_or_else(|| {
            self.open(Thread {
                id: new.thread_id.to_owned().into(),
                sender: new.sender,
                person: Person::of(new.profile, new.name),
                messages: Vec::new(),
                preview: Text::default(),
                unread: 0,
                created_ms: new.at_ms,
                active_ms: new.at_ms,
                order,
            })
        });
        let thread = &mut self.threads[at];
        self.by_order.remove(&thread.order);
        self.by_sender.remove(&(thread.sender, thread.order));
        self.by_order.insert(order, at);
        self.by_sender.insert((thread.sender, order), at);
        (thread.order, thread.active_ms) = (order, new.at_ms);
        thread.preview = new.text.chars().take(PREVIEW_CHARS).collect::<String>().into();
        match new.direction {
            // Who answers has read.
            Direction::Sent => {
                thread.unread = 0;
                thread.messages.iter_mut().rev().take_while(|message| !message.read).for_each(|message| message.read = true);
            }
            Direction::Received => thread.unread += 1,
        }
        let read = new.direction == Direction::Sent;
        let (id, text) = (new.id.to_owned().into(), new.text.to_owned().into());
        thread.messages.push(Message { id, text, direction: new.direction, at_ms: new.at_ms, read, order });
        thread.id.clone().into_owned()
    }
}

/// A message about to be added.
#[derive(Debug)]
pub(super) struct NewMessage<'a> {
    pub(super) id: &'a str,
    /// The id of the thread, should it be a new one.
    pub(super) thread_id: &'a str,
    pub(super) sender: u16,
    pub(super) profile: &'a str,
    pub(super) name: String,
    pub(super) text: &'a str,
    pub(super) direction: Direction,
    pub(super) at_ms: i64,
}

impl Person {
    fn of(profile: &str, name: String) -> Self {
        let id: Text = member(profile).into();
        Self { name: name.into(), profile: profile.to_owned().into(), member: id.clone(), participant: id, picture: None }
    }
}

/// A member's id: the profile's name and five digits, as the printed ones.
fn member(profile: &str) -> String {
    let handle = handle(profile);
    format!("{handle}-{}", 10_000 + fnv1a(&handle) % 90_000)
}

/// The printed thread. Both printed continuation tokens hold one number, which is the order of what they follow.
fn sample() -> Thread {
    const ORDER: u64 = SAMPLE_ORDER;
    let (asked_ms, answered_ms) = (1_708_783_200_000, 1_708_788_600_000);
    let message = |id, text, direction, at_ms, read, order| Message {
        id: Text::Borrowed(id),
        text: Text::Borrowed(text),
        direction,
        at_ms,
        read,
        order,
    };
    Thread {
        id: "2-OVp-y-UNyFXBYvx0FqmQ".into(),
        sender: 0,
        person: Person {
            name: "John Doe".into(),
            profile: "https://www.linkedin.com/in/john-doe".into(),
            member: "john-doe-67890".into(),
            participant: "john-doe-12345".into(),
            picture: Some("https://media.licdn.com/dms/image/..."),
        },
        messages: vec![
            message(
                "msg_abc123",
                "Hi John! Thanks for connecting. I wanted to follow up on our conversation about your company's growth plans.",
                Direction::Sent,
                asked_ms,
                true,
                ORDER - 1,
            ),
            message(
                "msg_def456",
                "Thanks for reaching out! I'd love to discuss this further. Are you available for a call next week?",
                Direction::Received,
                answered_ms,
                false,
                ORDER,
            ),
        ],
        // The printed one ends earlier than the rule says.
        preview: "Thanks for reaching out! I'd love to discuss...".into(),
        unread: 1,
        created_ms: 1_708_423_200_000,
        active_ms: answered_ms,
        order: ORDER,
    }
}
