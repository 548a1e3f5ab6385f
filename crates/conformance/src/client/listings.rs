//! The operations that answer in pages: where the entries stand, how the next page is asked for, and how the end is told.
//!
//! Documents do not agree on a listing's form, so a listing has several. Lists without pages, such as bare arrays, are none.

use fixtures::{EXCHANGES, Exchange};
use mock_providers::core::operation::Spec;
use serde_json::{Map, Value};

use super::arguments;
use crate::json_tree::{Node, Shape};

/// A listing of one operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing {
    /// The operation's id.
    pub(crate) operation: &'static str,
    /// One for each way in which documents print it.
    pub(crate) forms: &'static [Form],
}

/// How a document prints a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// The exchange that prints it.
    pub(crate) exchange: &'static str,
    /// Where the entries stand, from the outermost field on.
    pub(crate) entries: &'static [&'static str],
    /// The parameter, or field of the body, for the number of entries on a page.
    pub(crate) limit: &'static str,
    /// The ways to ask for a further page; the first is the one that the document leads with.
    pub(crate) next: &'static [Next],
    /// The object that says which page it is; the body itself if empty.
    pub(crate) told_in: &'static [&'static str],
    /// What stands there.
    pub(crate) tells: &'static [(&'static str, Tells)],
}

/// How a further page is asked for, by the parameter or field of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Its number, from 1.
    Page(&'static str),
    /// How many entries are before it.
    Offset(&'static str),
    /// The text that the page before gave for it.
    Cursor(&'static str),
}

/// What a field of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    /// Entries on all pages.
    Total,
    /// Pages.
    Pages,
    /// This page's number, from 1.
    Page,
    /// Entries before this page.
    Offset,
    /// Most entries of a page.
    Limit,
    /// Entries of this page.
    Count,
    /// Whether another page follows.
    More,
    /// What the next page is asked for by; null when there is none.
    Cursor,
}

/// The fields of a page that is counted: `{total, page, limit, totalPages}`.
const COUNTED: &[(&str, Tells)] = &[("total", Tells::Total), ("page", Tells::Page), ("limit", Tells::Limit), ("totalPages", Tells::Pages)];

/// The fields of the vendor's file, version 1.0, for lists by offset.
const BY_OFFSET: &[(&str, Tells)] =
    &[("total", Tells::Total), ("limit", Tells::Limit), ("offset", Tells::Offset), ("has_more", Tells::More)];

/// The fields of the job finders.
const OF_FINDER: &[(&str, Tells)] =
    &[("total_count", Tells::Total), ("page", Tells::Page), ("per_page", Tells::Limit), ("total_pages", Tells::Pages)];

/// The fields that searches with cursors have in common.
const OF_SEARCH: &[(&str, Tells)] = &[("count", Tells::Count), ("next_cursor", Tells::Cursor), ("has_more", Tells::More)];

/// Every listing.
pub(crate) const LISTINGS: &[Listing] = &[
    Listing {
        operation: "leadmagic.companies.search",
        forms: &[Form {
            exchange: "leadmagic.v3-companies-search.found",
            entries: &["companies"],
            limit: "limit",
            next: &[Next::Cursor("cursor"), Next::Offset("offset")],
            told_in: &[],
            tells: OF_SEARCH,
        }],
    },
    Listing {
        operation: "leadmagic.people.search",
        forms: &[
            Form {
                exchange: "leadmagic.v3-people-search.found_drawn_locked",
                entries: &["people"],
                limit: "limit",
                next: &[Next::Cursor("cursor"), Next::Offset("offset"), Next::Page("page")],
                told_in: &[],
                tells: OF_SEARCH,
            },
            Form {
                exchange: "leadmagic.v3-people-search.found_drawn",
                entries: &["people"],
                limit: "limit",
                next: &[Next::Cursor("cursor"), Next::Offset("offset"), Next::Page("page")],
                told_in: &[],
                tells: &[
                    ("count", Tells::Count),
                    ("returned_count", Tells::Count),
                    ("limit_applied", Tells::Limit),
                    ("next_cursor", Tells::Cursor),
                    ("has_more", Tells::More),
                ],
            },
        ],
    },
    Listing {
        operation: "leadmagic.jobs.search",
        forms: &[Form {
            exchange: "leadmagic.v3-jobs-search.found_drawn",
            entries: &["signals"],
            limit: "limit",
            next: &[Next::Cursor("cursor"), Next::Offset("offset")],
            told_in: &[],
            tells: &[("total", Tells::Total), ("next_cursor", Tells::Cursor), ("has_more", Tells::More)],
        }],
    },
    Listing {
        operation: "leadmagic.jobs-finder.search",
        forms: &[Form {
            exchange: "leadmagic.jobs-finder.found_drawn",
            entries: &["results"],
            limit: "per_page",
            next: &[Next::Page("page")],
            told_in: &[],
            tells: OF_FINDER,
        }],
    },
    Listing {
        operation: "leadmagic.legacy.jobs-finder",
        forms: &[Form {
            exchange: "leadmagic.jobs-finder.legacy25",
            entries: &["results"],
            limit: "per_page",
            next: &[Next::Page("page")],
            told_in: &[],
            tells: OF_FINDER,
        }],
    },
    Listing {
        operation: "leadmagic.legacy.employee-finder",
        forms: &[Form {
            exchange: "leadmagic.employee-finder.legacy25",
            entries: &["data"],
            limit: "per_page",
            next: &[Next::Page("page")],
            told_in: &[],
            tells: &[("total_count", Tells::Total), ("returned_count", Tells::Count)],
        }],
    },
    Listing {
        operation: "sendpilot.campaigns.list",
        forms: &[
            Form {
                exchange: "sendpilot.campaigns.filtered",
                entries: &["data"],
                limit: "limit",
                next: &[Next::Page("page")],
                told_in: &["meta"],
                tells: COUNTED,
            },
            Form {
                exchange: "sendpilot.campaigns.page_1_0_0",
                entries: &["campaigns"],
                limit: "limit",
                next: &[Next::Page("page")],
                told_in: &["pagination"],
                tells: COUNTED,
            },
        ],
    },
    Listing {
        operation: "sendpilot.leads.list",
        forms: &[Form {
            exchange: "sendpilot.leads.page",
            entries: &["leads"],
            limit: "limit",
            next: &[Next::Page("page")],
            told_in: &["pagination"],
            tells: COUNTED,
        }],
    },
    Listing {
        operation: "sendpilot.inbox.conversations",
        forms: &[
            Form {
                exchange: "sendpilot.inbox.conversations",
                entries: &["conversations"],
                limit: "limit",
                next: &[Next::Cursor("continuationToken")],
                told_in: &["pagination"],
                tells: &[("continuationToken", Tells::Cursor), ("limit", Tells::Limit), ("hasMore", Tells::More)],
            },
            Form {
                exchange: "sendpilot.inbox.conversations_by_number",
                entries: &["conversations"],
                limit: "limit",
                next: &[Next::Page("page")],
                told_in: &["pagination"],
                tells: &[
                    ("page", Tells::Page),
                    ("limit", Tells::Limit),
                    ("total", Tells::Total),
                    ("totalPages", Tells::Pages),
                    ("hasMore", Tells::More),
                ],
            },
        ],
    },
    Listing {
        operation: "sendpilot.inbox.messages",
        forms: &[Form {
            exchange: "sendpilot.inbox.messages",
            entries: &["messages"],
            limit: "limit",
            next: &[Next::Cursor("continuationToken")],
            told_in: &["pagination"],
            tells: &[("hasMore", Tells::More), ("continuationToken", Tells::Cursor)],
        }],
    },
    Listing {
        operation: "sendpilot.searches.results",
        forms: &[
            Form {
                exchange: "sendpilot.searches.results",
                entries: &["leads"],
                limit: "limit",
                next: &[Next::Offset("offset")],
                told_in: &[],
                tells: BY_OFFSET,
            },
            Form {
                exchange: "sendpilot.searches.results_1_0_0",
                entries: &["results"],
                limit: "limit",
                next: &[Next::Page("page")],
                told_in: &["pagination"],
                tells: COUNTED,
            },
        ],
    },
    Listing {
        operation: "sendpilot.lead-database.filters",
        forms: &[Form {
            exchange: "sendpilot.filters.values",
            entries: &["values"],
            limit: "limit",
            next: &[Next::Offset("offset")],
            told_in: &[],
            tells: BY_OFFSET,
        }],
    },
    Listing {
        operation: "sendpilot.extractions.results",
        forms: &[
            Form {
                exchange: "sendpilot.extractions.results",
                entries: &["leads"],
                limit: "limit",
                next: &[Next::Offset("offset")],
                told_in: &[],
                tells: BY_OFFSET,
            },
            Form {
                exchange: "sendpilot.extractions.results_1_0_0",
                entries: &["leads"],
                limit: "limit",
                next: &[Next::Offset("offset")],
                told_in: &["pagination"],
                tells: &[("total", Tells::Total), ("limit", Tells::Limit), ("offset", Tells::Offset), ("hasMore", Tells::More)],
            },
        ],
    },
    Listing {
        operation: "leadterra.replies.list",
        forms: &[Form {
            exchange: "leadterra.replies.listed_guide",
            entries: &["replies"],
            limit: "perPage",
            next: &[Next::Page("page")],
            told_in: &["pagination"],
            tells: &[("total", Tells::Total), ("page", Tells::Page), ("perPage", Tells::Limit)],
        }],
    },
    Listing {
        operation: "leadterra.sdr.inbox",
        forms: &[Form {
            exchange: "leadterra.sdr.inbox",
            entries: &["data", "threads"],
            limit: "limit",
            next: &[Next::Offset("offset")],
            told_in: &["data"],
            tells: &[("total", Tells::Total), ("hasMore", Tells::More)],
        }],
    },
];

/// The listing of an operation, if it is one.
pub(crate) fn of(operation: &str) -> Option<&'static Listing> {
    LISTINGS.iter().find(|listing| listing.operation == operation)
}

impl Listing {
    /// The form that a body has, if it is a page.
    pub(crate) fn form_of(&self, body: &str) -> Option<&'static Form> {
        let node = Node::read(body)?;
        // What an answer has beside its entries differs from document to document; a number or cursor that a walk goes by there
        // must be. The form that has more of them is the one.
        let told = |form: &Form| {
            let fields = at(&node, form.told_in).map(|told| form.tells.iter().filter(|(name, _)| at(told, &[name]).is_some()).count());
            fields.filter(|fields| *fields > 0 && items(&node, form.entries).is_some())
        };
        self.forms.iter().rev().filter_map(|form| Some((told(form)?, form))).max_by_key(|(fields, _)| *fields).map(|(_, form)| form)
    }
}

impl Next {
    /// The parameter's, or field's, name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Page(name) | Self::Offset(name) | Self::Cursor(name) => name,
        }
    }
}

impl Form {
    /// The documented page.
    pub(crate) fn printed(&self) -> &'static Exchange {
        EXCHANGES.iter().find(|exchange| exchange.id == self.exchange).expect("a test holds every form to have its exchange")
    }

    /// Its arguments, but for the place among the pages.
    pub(crate) fn arguments(&self, spec: &Spec) -> Map<String, Value> {
        let mut arguments = arguments::of_request(spec, &self.printed().request).expect("a test holds every success to have arguments");
        arguments.retain(|name, _| self.next.iter().all(|next| next.name() != name));
        arguments
    }

    /// The entries of a body, as text.
    pub(crate) fn entries_of(&self, body: &str) -> Vec<String> {
        let node = Node::read(body);
        let items = node.as_ref().and_then(|node| items(node, self.entries)).unwrap_or_default();
        items.iter().map(|item| item.raw.to_owned()).collect()
    }

    /// The body with other entries, at another place among the pages. Fields that it does not have stay away.
    pub(crate) fn page(&self, body: &str, entries: &[String], place: &Place) -> String {
        let mut body = replaced(body, self.entries, &format!("[{}]", entries.join(",")));
        for (name, tells) in self.tells {
            let path: Vec<&str> = self.told_in.iter().copied().chain([*name]).collect();
            let value = match tells {
                Tells::Total => place.total.to_string(),
                Tells::Pages => place.total.div_ceil(place.limit).to_string(),
                Tells::Page => (place.offset / place.limit + 1).to_string(),
                Tells::Offset => place.offset.to_string(),
                Tells::Limit => place.limit.to_string(),
                Tells::Count => entries.len().to_string(),
                Tells::More => place.cursor.is_some().to_string(),
                Tells::Cursor => place.cursor.as_deref().map_or_else(|| "null".to_owned(), |cursor| Value::from(cursor).to_string()),
            };
            body = replaced(&body, &path, &value);
        }
        body
    }
}

/// Where a page is among the others.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Entries on all pages.
    pub(crate) total: usize,
    /// Entries before this page.
    pub(crate) offset: usize,
    /// Most entries of a page.
    pub(crate) limit: usize,
    /// What the next page is asked for by; none on the last one.
    pub(crate) cursor: Option<String>,
}

fn at<'n, 'a>(node: &'n Node<'a>, path: &[&str]) -> Option<&'n Node<'a>> {
    path.iter().try_fold(node, |node, name| match &node.shape {
        Shape::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, node)| node),
        _ => None,
    })
}

fn items<'n, 'a>(node: &'n Node<'a>, path: &[&str]) -> Option<&'n [Node<'a>]> {
    match &at(node, path)?.shape {
        Shape::Array(items) => Some(items),
        _ => None,
    }
}

/// The text with another value in this place; as it is where there is none.
fn replaced(text: &str, path: &[&str], value: &str) -> String {
    let node = Node::read(text);
    let Some(old) = node.as_ref().and_then(|node| at(node, path)) else { return text.to_owned() };
    let start = old.raw.as_ptr() as usize - text.as_ptr() as usize;
    format!("{}{value}{}", &text[..start], &text[start + old.raw.len()..])
}

/// Another entry of the same form: its id, or else its first text, has a number behind it.
pub(crate) fn numbered(entry: &str, number: usize) -> String {
    fn texts<'n, 'a>(node: &'n Node<'a>, key: &'a str, found: &mut Vec<(&'a str, &'n Node<'a>)>) {
        match &node.shape {
            Shape::Object(members) => members.iter().for_each(|(key, node)| texts(node, key, found)),
            Shape::Array(items) => items.iter().for_each(|node| texts(node, key, found)),
            Shape::Scalar if node.raw.starts_with('"') => found.push((key, node)),
            Shape::Scalar => {}
        }
    }
    let Some(node) = Node::read(entry) else { return entry.to_owned() };
    let mut found = Vec::new();
    texts(&node, "", &mut found);
    let Some((_, text)) = found.iter().find(|(key, _)| *key == "id").or_else(|| found.first()) else { return entry.to_owned() };
    let end = text.raw.as_ptr() as usize - entry.as_ptr() as usize + text.raw.len() - 1;
    format!("{}-{number}{}", &entry[..end], &entry[end..])
}

#[cfg(test)]
mod tests {
    use mock_providers::providers::Provider;

    use super::*;

    #[test]
    fn each_listing_is_as_its_documents_print_it() {
        for listing in LISTINGS {
            let spec = Provider::ALL
                .into_iter()
                .flat_map(Provider::operations)
                .find(|spec| spec.id == listing.operation)
                .expect(listing.operation);
            let asked: Vec<&str> = spec.query.iter().chain(spec.body).map(|field| field.name).collect();
            for form in listing.forms {
                let exchange = EXCHANGES.iter().find(|exchange| exchange.id == form.exchange).expect(form.exchange);
                assert_eq!((&*exchange.operation, exchange.status), (spec.id, 200), "{}", form.exchange);
                let body = exchange.compact_body();
                assert!(!form.entries_of(&body).is_empty(), "{}: no entries at {:?}", form.exchange, form.entries);
                let node = Node::read(&body).unwrap();
                for (name, _) in form.tells {
                    let path: Vec<&str> = form.told_in.iter().copied().chain([*name]).collect();
                    assert!(at(&node, &path).is_some(), "{}: nothing at {path:?}", form.exchange);
                }
                for name in form.next.iter().map(|next| next.name()).chain([form.limit]) {
                    assert!(asked.contains(&name), "{}: {name} is no parameter", form.exchange);
                }
                let found = listing.form_of(&body).unwrap();
                assert_eq!(found.exchange, form.exchange);
            }
        }
    }

    /// The other direction: whatever answers with a cursor, a page's number, or whether there is more, is in the table.
    #[test]
    fn every_documented_page_has_a_row() {
        let told = ["next_cursor", "continuationToken", "hasMore", "has_more", "totalPages", "total_pages", "pagination"];
        for exchange in EXCHANGES.iter().filter(|exchange| exchange.status == 200) {
            let body = exchange.compact_body();
            if told.iter().any(|name| body.contains(&format!("\"{name}\":"))) {
                let listing = of(&exchange.operation).unwrap_or_else(|| panic!("{} answers in pages", exchange.id));
                assert!(listing.form_of(&body).is_some(), "{} has a form of its own: {body}", exchange.id);
            }
        }
    }

    #[test]
    fn a_page_is_the_printed_one_with_other_numbers() {
        let form = &of("sendpilot.extractions.results").unwrap().forms[1];
        let body = r#"{"leads":[{"id":"a"}],"pagination":{"total":75,"limit":1,"offset":0,"hasMore":true}}"#;
        let place = Place { total: 3, offset: 2, limit: 2, cursor: None };
        let page = form.page(body, &[numbered(r#"{"n":"x","id":"a"}"#, 2)], &place);
        assert_eq!(page, r#"{"leads":[{"n":"x","id":"a-2"}],"pagination":{"total":3,"limit":2,"offset":2,"hasMore":false}}"#);
    }
}
