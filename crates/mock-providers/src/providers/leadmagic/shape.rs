//! Answers in the printed shape: keys, order and forms are those of the document, values are the directory's.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::core::body::{Field, Object};

/// Values by their place in a body: `company_name`, `headquarter.city`.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<(&'static str, Fact)>);

#[derive(Debug)]
enum Fact {
    /// JSON text.
    Value(String),
    /// A list: the shape of the printed list's first entry, filled once for each.
    Each(Vec<Facts>),
    /// The key is left out.
    Absent,
}

impl Facts {
    /// No facts: everything stays as printed.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Puts a value there.
    pub(super) fn with(mut self, place: &'static str, value: impl Serialize) -> Self {
        let text = serde_json::to_string(&value).expect("facts hold nothing that JSON cannot carry");
        self.0.push((place, Fact::Value(text)));
        self
    }

    /// Fills the list there, an entry for each.
    pub(super) fn each(mut self, place: &'static str, entries: Vec<Self>) -> Self {
        self.0.push((place, Fact::Each(entries)));
        self
    }

    /// Leaves the key out.
    pub(super) fn without(mut self, place: &'static str) -> Self {
        self.0.push((place, Fact::Absent));
        self
    }

    fn at(&self, place: &str) -> Option<&Fact> {
        self.0.iter().rev().find(|(known, _)| *known == place).map(|(_, fact)| fact)
    }

    /// A printed body with these values. What no fact speaks of stays as printed.
    pub(super) fn fill(&self, printed: &str) -> String {
        let mut out = String::with_capacity(printed.len());
        let raw: &RawValue = serde_json::from_str(printed).expect("the build has checked the fixtures");
        self.write(raw, "", &mut out);
        out
    }

    fn write(&self, raw: &RawValue, place: &str, out: &mut String) {
        match self.at(place) {
            Some(Fact::Value(text)) => return out.push_str(text),
            Some(Fact::Each(entries)) => return write_each(entries, raw, out),
            Some(Fact::Absent) | None => {}
        }
        if let Some(object) = Object::of_raw(raw) {
            out.push('{');
            let mut first = true;
            for (name, value) in object.iter() {
                let below = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
                if matches!(self.at(&below), Some(Fact::Absent)) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(name).expect("a name is a string"));
                out.push(':');
                self.write(value, &below, out);
            }
            out.push('}');
        } else if let Some(items) = Field::of(raw).items() {
            out.push('[');
            for (at, item) in items.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                self.write(item, &format!("{place}[]"), out);
            }
            out.push(']');
        } else {
            out.push_str(raw.get());
        }
    }
}

fn write_each(entries: &[Facts], raw: &RawValue, out: &mut String) {
    let printed = Field::of(raw).items().unwrap_or_default();
    out.push('[');
    if let Some(shape) = printed.first() {
        for (at, entry) in entries.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            entry.write(shape, "", out);
        }
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_keeps_order_and_what_no_fact_speaks_of() {
        let printed = r#"{ "b": 1.50, "a": {"x": "old", "y": null}, "rows": [{"n": 1, "k": "s"}, {"n": 2}], "gone": 1 }"#;
        let facts = Facts::new()
            .with("a.x", "new")
            .each("rows", vec![Facts::new().with("n", 7), Facts::new().with("k", None::<u8>)])
            .without("gone");
        assert_eq!(facts.fill(printed), r#"{"b":1.50,"a":{"x":"new","y":null},"rows":[{"n":7,"k":"s"},{"n":1,"k":null}]}"#);
    }

    #[test]
    fn a_list_may_end_empty() {
        assert_eq!(Facts::new().each("rows", Vec::new()).fill(r#"{"rows":[1]}"#), r#"{"rows":[]}"#);
    }
}
