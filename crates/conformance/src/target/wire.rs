//! One request over a connection, and what comes back.

use std::error::Error;
use std::time::Instant;

use fixtures::RequestText;
use http::Method;
use reqwest::IntoUrl;
use reqwest::blocking::Client;

use super::Response;

/// The keys that stand for the documents' ones, and the header that carries them.
#[derive(Clone, Copy)]
pub(super) struct Keys<'k> {
    pub(super) header: &'static str,
    pub(super) own: &'k [(&'static str, String)],
}

/// Sends the request with these bytes as its body. Errors say why no response came.
pub(super) fn exchange(client: &Client, url: impl IntoUrl, request: &RequestText, body: &[u8], keys: Keys<'_>) -> Result<Response, String> {
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|e| format!("{:?}: {e}", request.method))?;
    let mut builder = client.request(method, url);
    for (name, value) in request.headers.iter() {
        let is_key = name.eq_ignore_ascii_case(keys.header);
        builder = builder.header(&**name, if is_key { with_own_key(keys.own, value) } else { value.to_string() });
    }
    if !body.is_empty() {
        builder = builder.body(body.to_vec());
    }
    let began = Instant::now();
    let response = builder.send().map_err(|e| chain(&e))?;
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Response {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&response.bytes().map_err(|e| chain(&e))?).into_owned(),
        took: began.elapsed(),
    })
}

/// A key header's value with the documents' key replaced. Scheme and space stay: a case may be about them.
fn with_own_key(keys: &[(&'static str, String)], value: &str) -> String {
    let own = |word: &str| keys.iter().find(|(documented, _)| *documented == word.trim_end()).map(|(_, own)| own.as_str());
    value.split_inclusive(' ').map(|word| own(word).map_or_else(|| word.to_owned(), |own| word.replacen(word.trim_end(), own, 1))).collect()
}

/// What caused the error in the end, in one line.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_replaced_where_it_stands() {
        let keys = vec![("sk_live_YOUR_KEY", "sk_live_1".to_owned())];
        assert_eq!(with_own_key(&keys, "Bearer  sk_live_YOUR_KEY"), "Bearer  sk_live_1");
        assert_eq!(with_own_key(&keys, "sk_live_YOUR_KEY "), "sk_live_1 ");
        assert_eq!(with_own_key(&keys, "Bearer sk_live_YOUR_KEYS"), "Bearer sk_live_YOUR_KEYS");
    }
}
