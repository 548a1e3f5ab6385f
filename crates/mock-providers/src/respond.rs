//! A provider in the `wiremock` server that a test already has.

use wiremock::{Respond, ResponseTemplate};

use crate::core::request::{Headers, Request};
use crate::embed::ProviderHandle;

/// Answers as the provider does, with its world's state behind it.
///
/// ```
/// # #[tokio::main] async fn main() {
/// use mock_providers::MockProviders;
/// use wiremock::matchers::any;
/// use wiremock::{Mock, MockServer};
///
/// let world = MockProviders::start().await.world();
/// let server = MockServer::start().await;
/// Mock::given(any()).respond_with(world.leadmagic()).mount(&server).await;
/// # }
/// ```
///
/// wiremock hands on header names in lower case, so remarks on their spelling are left out here.
impl Respond for ProviderHandle {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let target = request.url.query().map_or_else(|| request.url.path().to_owned(), |query| format!("{}?{query}", request.url.path()));
        let reply = self.answer(Request {
            method: request.method.clone(),
            target,
            headers: Headers::from_map(&request.headers),
            body: request.body.clone().into(),
        });
        let mut template = ResponseTemplate::new(reply.outcome.status);
        for (name, value) in reply.headers.iter() {
            template = template.append_header(name, value);
        }
        if reply.body.is_empty() { template } else { template.set_body_raw(reply.body.to_vec(), reply.content_type) }
    }
}
