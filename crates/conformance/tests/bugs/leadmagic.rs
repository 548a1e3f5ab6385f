//! Bugs of a `LeadMagic`.

use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[Bug {
    name: "credit-not-charged-on-a-hit",
    what: "A valid address is found, and the balance stays.",
    caught_by: "leadmagic.email-validation.check.a-valid-address-is-charged-once",
    act: |turn| {
        if turn.is("POST", "/v1/people/email-validation") {
            turn.count("refunded", 1);
        }
        let answer = turn.answer();
        if turn.is("GET", "/v1/credits") && turn.count("refunded", 0) > 0 {
            return turn.answer_with("9999.95", "10000");
        }
        answer
    },
}];
