//! Takes a target's own keys out of what it answered.

use crate::compare::Difference;
use crate::target::Response;

/// The keys that stand for the documents' ones, the longest first, so that none is taken for the beginning of another.
pub(crate) struct Mask(Vec<(&'static str, String)>);

impl Mask {
    /// The documents' keys and what was sent in place of each. A document's own key is no secret.
    pub(crate) fn new(own_keys: &[(&'static str, String)]) -> Self {
        let is_secret = |(documented, own): &&(&'static str, String)| !own.is_empty() && own != documented;
        let mut keys: Vec<_> = own_keys.iter().filter(is_secret).cloned().collect();
        keys.sort_by_key(|(_, own)| std::cmp::Reverse(own.len()));
        Self(keys)
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (documented, own)| text.replace(own, &format!("[key in place of {documented}]")))
    }

    pub(crate) fn response(&self, response: Response) -> Response {
        if self.0.is_empty() {
            return response;
        }
        Response {
            status: response.status,
            headers: response.headers.into_iter().map(|(name, value)| (name, self.text(&value))).collect(),
            body: self.text(&response.body),
            took: response.took,
        }
    }

    pub(crate) fn differences(&self, differences: Vec<Difference>) -> Vec<Difference> {
        let masked = |Difference { at, expected, found }| Difference { at: self.text(&at), expected, found: self.text(&found) };
        differences.into_iter().map(masked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_target_are_masked_and_the_documents_own_stay() {
        let keys =
            [("YOUR_API_KEY", "lm_1".to_owned()), ("REVOKED", "lm_12".to_owned()), ("SAME", "SAME".to_owned()), ("NONE", String::new())];
        let mask = Mask::new(&keys);
        assert_eq!(mask.text("a lm_12 b lm_1 SAME"), "a [key in place of REVOKED] b [key in place of YOUR_API_KEY] SAME");
        let headers = vec![("x-key".to_owned(), "lm_1".to_owned())];
        let response = mask.response(Response { status: 200, headers, body: "{\"k\":\"lm_1\"}".into(), took: std::time::Duration::ZERO });
        assert!(!format!("{response:?}").contains("lm_1"), "{response:?}");
        let difference = Difference { at: "$.lm_1".into(), expected: "1".into(), found: "lm_12".into() };
        assert!(!format!("{:?}", mask.differences(vec![difference])).contains("lm_1"));
    }
}
