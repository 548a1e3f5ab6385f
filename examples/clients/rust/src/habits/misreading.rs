//! How answers are misread. With right habits nothing here does anything.

mod printed;

use printed::PRINTED;

use super::{Errors, Habits, Missing, Nulls, Numbers, Order, Pages, Success, Unknown};
use crate::json::Json;
use crate::operations::Operation;

impl Habits {
    /// What a client with these habits makes of a success; none where it cannot read it.
    pub(crate) fn understood(&self, operation: &Operation, body: Json) -> Option<Json> {
        let printed = PRINTED.iter().find(|(id, _)| *id == operation.id).map_or(&[][..], |(_, names)| names);
        let Json::Object(fields) = body else { return Some(self.values(body)) };
        let stranger = fields.iter().find(|(name, _)| !printed.contains(&name.as_str()));
        match (self.unknown, stranger) {
            (Unknown::Crashes, Some((name, _))) => panic!("unknown field {name}"),
            (Unknown::Refused, Some(_)) => return None,
            _ => {}
        }
        let mut fields = fields;
        if self.order == Order::AsPrinted {
            let mut last = 0;
            fields.retain(|(name, _)| {
                let at = printed.iter().position(|known| known == name).unwrap_or(last);
                let in_time = at >= last;
                last = last.max(at);
                in_time
            });
        }
        if self.missing == Missing::AsNull {
            let absent = printed.iter().filter(|name| !fields.iter().any(|(known, _)| known == *name));
            let absent: Vec<(String, Json)> = absent.map(|name| ((*name).to_owned(), Json::Null)).collect();
            fields.extend(absent);
        }
        Some(self.values(Json::Object(fields)))
    }

    fn values(&self, json: Json) -> Json {
        match json {
            Json::Null if self.nulls == Nulls::AsEmpty => Json::Text(String::new()),
            Json::Number(digits) => self.number(digits),
            Json::Text(text) if self.numbers == Numbers::FromText && text.parse::<i64>().is_ok() => {
                Json::Number(text.parse::<i64>().unwrap_or_default().to_string())
            }
            Json::Array(items) => Json::Array(items.into_iter().map(|item| self.values(item)).collect()),
            Json::Object(fields) => {
                let kept = fields.into_iter().filter(|(_, value)| self.nulls != Nulls::Dropped || *value != Json::Null);
                Json::Object(kept.map(|(name, value)| (name, self.values(value))).collect())
            }
            other => other,
        }
    }

    fn number(&self, digits: String) -> Json {
        match self.numbers {
            Numbers::Exact | Numbers::FromText => Json::Number(digits),
            Numbers::Float => Json::Number(digits.parse::<f32>().map_or(digits, |float| f64::from(float).to_string())),
            Numbers::Whole => Json::Number(digits.split(['.', 'e', 'E']).next().unwrap_or_default().to_owned()),
            Numbers::AsText => Json::Text(digits),
        }
    }

    /// What a client with these habits takes for a success although it is none.
    pub(crate) fn taken_for_success(&self, status: u16, text: &str) -> Option<Json> {
        let empty = text.trim().is_empty();
        match self.success {
            Success::JsonOnly => None,
            Success::HtmlToo => text.trim_start().starts_with('<').then(|| Json::Text(text.to_owned())),
            Success::EmptyToo => empty.then(|| Json::Object(Vec::new())),
            Success::TruncatedToo => (status < 300 && !empty).then(|| completed(text)).flatten(),
            Success::AnyStatus => Json::parse(text).ok(),
        }
    }

    /// Breaks where such a client breaks on an error's body.
    pub(crate) fn brace_for(&self, body: Option<&Json>) {
        let error = body.and_then(|body| body.get("error"));
        match self.errors {
            Errors::All => {}
            Errors::TextOnly => assert!(matches!(error, Some(Json::Text(_))), "error is no text"),
            Errors::ObjectOnly => assert!(matches!(error, Some(Json::Object(_))), "error is no object"),
            Errors::JsonOnly => assert!(body.is_some(), "the answer is no JSON"),
        }
    }

    /// Pages after which even a client that does not stop stops here.
    pub(crate) fn pages_max(&self, right: usize) -> usize {
        if matches!(self.pages, Pages::Endless | Pages::FirstTotal) { right.min(100) } else { right }
    }
}

/// A text that is cut off, with the values that are whole.
fn completed(text: &str) -> Option<Json> {
    let mut text = text.trim_end().to_owned();
    while !text.is_empty() {
        let mut open = Vec::new();
        let (mut quoted, mut escaped) = (false, false);
        for letter in text.chars() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '{' if !quoted => open.push('}'),
                '[' if !quoted => open.push(']'),
                '}' | ']' if !quoted => drop(open.pop()),
                _ => {}
            }
        }
        let closed: String = text.chars().chain(open.into_iter().rev()).collect();
        if let Ok(json) = Json::parse(&closed) {
            return Some(json);
        }
        text.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_off_text_keeps_its_whole_values() {
        let check = |text| completed(text).map(|json| json.to_string());
        assert_eq!(check(r#"{"a":1,"b":"x"#).as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(check(r#"[{"a":{"b":[1,2"#).as_deref(), Some(r#"[{"a":{"b":[1,2]}}]"#));
        assert_eq!(check("<html>"), None);
    }

    #[test]
    fn wrong_habits_change_what_they_say() {
        let operation = Operation::by_id("leadmagic.credits.get").unwrap();
        let check = |slip: &str, text: &str, expected: &str| {
            let habits = super::super::Slip::by_name(slip).unwrap().habits();
            let understood = habits.understood(operation, Json::parse(text).unwrap());
            assert_eq!(understood.map_or_else(|| "none".to_owned(), |json| json.to_string()), expected, "{slip}");
        };
        check("float-numbers", r#"{"credits":0.05}"#, r#"{"credits":0.05000000074505806}"#);
        check("whole-numbers", r#"{"credits":0.05}"#, r#"{"credits":0}"#);
        check("numbers-read-as-text", r#"{"credits":0.05}"#, r#"{"credits":"0.05"}"#);
        check("text-read-as-number", r#"{"id":"007"}"#, r#"{"id":7}"#);
        check("null-read-as-absent", r#"{"a":null,"b":[{"c":null}]}"#, r#"{"b":[{}]}"#);
        check("null-read-as-empty", r#"{"a":null}"#, r#"{"a":""}"#);
        let printed = r#""used_this_month":2,"is_frozen":false,"credits_frozen":0,"credits_liquid":1"#;
        let rest = r#""credit_freeze_message":null,"credit_freeze_plan_hint":null"#;
        check("absent-read-as-null", &format!(r#"{{"credits":1,{printed}}}"#), &format!(r#"{{"credits":1,{printed},{rest}}}"#));
        check("unknown-field-refused", r#"{"credits":1,"new":2}"#, "none");
        check("order-dependent", r#"{"used_this_month":2,"credits":1}"#, r#"{"used_this_month":2}"#);
    }

    #[test]
    fn right_habits_change_nothing() {
        let operation = Operation::by_id("leadmagic.credits.get").unwrap();
        let text = r#"{"z":null,"credits":15432.50,"n":[{"x":"007"}]}"#;
        let understood = Habits::default().understood(operation, Json::parse(text).unwrap()).unwrap();
        assert_eq!(understood.to_string(), text);
    }
}
