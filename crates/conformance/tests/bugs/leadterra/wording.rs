//! Bugs of one answer's wording: statuses, names, order and types.

use crate::planted::Bug;

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "created-with-201",
        what: "A suppression is answered with 201.",
        caught_by: "leadterra.suppression.suppressed",
        act: |turn| turn.answer_with_status(200, 201),
    },
    Bug {
        name: "422-for-400",
        what: "A start of a campaign without leads is a 422.",
        caught_by: "leadterra.campaigns.start.needs-a-lead",
        act: |turn| turn.answer_with_status(400, 422),
    },
    Bug {
        name: "renamed-key-of-stats",
        what: "totalEnrolled is enrolled.",
        caught_by: "leadterra.stats.read",
        act: |turn| turn.answer_with("\"totalEnrolled\"", "\"enrolled\""),
    },
    Bug {
        name: "stats-key-missing",
        what: "Stats come without bounced.",
        caught_by: "leadterra.stats.read",
        act: |turn| turn.answer_with("\"bounced\":1,", ""),
    },
    Bug {
        name: "stats-keys-reordered",
        what: "Stats have delivered before sent.",
        caught_by: "leadterra.stats.read",
        act: |turn| turn.answer_with("\"sent\":13,\"delivered\":12", "\"delivered\":12,\"sent\":13"),
    },
    Bug {
        name: "rate-in-percent",
        what: "The rate of openings is in percent.",
        caught_by: "leadterra.stats.read",
        act: |turn| turn.answer_with("0.42", "42"),
    },
    Bug {
        name: "count-as-text",
        what: "The count of suppressed addresses is a string.",
        caught_by: "leadterra.suppression.suppressed",
        act: |turn| turn.answer_with("\"suppressed\":2", "\"suppressed\":\"2\""),
    },
    Bug {
        name: "extra-key-in-suppression",
        what: "A suppression tells a total that its page does not have.",
        caught_by: "leadterra.suppression.suppressed",
        act: |turn| turn.answer_with("\"suppressed\":2", "\"suppressed\":2,\"total\":2"),
    },
    Bug {
        name: "classification-in-capitals",
        what: "A reply is INTERESTED.",
        caught_by: "leadterra.replies.listed",
        act: |turn| turn.answer_with("\"interested\"", "\"INTERESTED\""),
    },
    Bug {
        name: "list-wrapped-in-data",
        what: "The reference's bare list is wrapped as on the concept pages.",
        caught_by: "leadterra.sender-pools.listed",
        act: |turn| {
            let mut response = turn.answer()?;
            response.body = format!(r#"{{"data":{}}}"#, response.body);
            Ok(response)
        },
    },
];
