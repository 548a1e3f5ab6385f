//! What a request is asked twice for: a GET as HEAD, and the same in another world.

use http::Method;
use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use proptest::sample::select;
use proptest::strategy::{Strategy, Union};

use crate::case::Case;
use crate::claim::claim;
use crate::strategies::{nearly_valid, printed, valid};
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};

use super::answers::roles;

/// Few, because each example is asked in worlds of its own.
const EXAMPLES: u32 = 3;

pub(super) fn cases(provider: Provider, spec: &'static Spec) -> Vec<Case> {
    let (method, path) = (&spec.method, spec.paths[0]);
    let head = (*method == Method::GET).then(|| {
        claim(spec.id, "head-answers-as-get", format!("HEAD {path} has the status and the content type of GET, and no body."))
            .derived("RFC 9110, section 9.3.2")
            .needs([Need::World])
            .for_all_asks(EXAMPLES, move || select(printed(spec)), head_answers_as_get)
    });
    let same = claim(
        spec.id,
        "the-same-request-gets-the-same-answer",
        format!("Two worlds alike answer {method} {path} alike, to the character."),
    )
    .assumed("a test against a fake is worth nothing if its answers differ from run to run")
    .needs([Need::World].into_iter().chain(roles(provider).into_iter().map(Need::Key)))
    .for_all_asks(
        EXAMPLES,
        move || {
            let slipped = nearly_valid(provider, spec).prop_map(|slipped| slipped.ask);
            Union::new_weighted(vec![(3, valid(provider, spec).boxed()), (1, slipped.boxed())])
        },
        the_same_request_gets_the_same_answer,
    );
    head.into_iter().flatten().chain(same).collect()
}

fn head_answers_as_get(trial: &mut Trial<'_>, ask: &Ask) -> Checked {
    let get = trial.call(ask)?;
    trial.anew()?;
    let head = trial.call(&Ask { method: "HEAD".into(), ..ask.clone() })?;
    require(head.status == get.status, "status of HEAD", get.status.to_string(), head.status.to_string())?;
    require(head.body.is_empty(), "body of HEAD", "nothing", format!("{:?}", head.body))?;
    let (of_get, of_head) = (content_type(&get), content_type(&head));
    require(of_get == of_head, "header content-type of HEAD", of_get, of_head)
}

fn content_type(answer: &Answer) -> String {
    answer.header("content-type").unwrap_or_else(|_| "none".to_owned())
}

fn the_same_request_gets_the_same_answer(trial: &mut Trial<'_>, ask: &Ask) -> Checked {
    let first = trial.call(ask)?;
    trial.anew()?;
    let second = trial.call(ask)?;
    require(first.status == second.status, "status, asked again", first.status.to_string(), second.status.to_string())?;
    require(first.body == second.body, "body, asked again", first.body.clone(), second.body.clone())
}
