//! A provider as a `tower::Service`, for a client that takes its transport as one.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::core::reply::Reply;
use crate::core::request::{Headers, Request};
use crate::embed::ProviderHandle;

impl tower::Service<http::Request<Bytes>> for ProviderHandle {
    type Response = http::Response<Bytes>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let request = Request { method: parts.method, target, headers: Headers::from_map(&parts.headers), body };
        ready(Ok(response(self.answer(request))))
    }
}

fn response(reply: Reply) -> http::Response<Bytes> {
    let mut response = http::Response::builder().status(reply.outcome.status);
    if !reply.body.is_empty() {
        response = response.header("content-type", reply.content_type);
    }
    for (name, value) in reply.headers.iter() {
        response = response.header(name, value);
    }
    response.body(reply.body).expect("a reply's status and headers are valid")
}
