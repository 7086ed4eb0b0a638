//! Whether the bank has done its work: before and after.

use crate::scenarios::cases::party::{Who, delete, read, register, token, update};
use crate::scenarios::cases::row::{ready, stored};
use crate::scenarios::cases::table::{Case, case, play};

fn cases() -> Vec<Case> {
    vec![
        case(
            "before: no client is stored",
            "rules: [{ match: { operation: register }, respond: 503 }]",
            vec![register().gets(503), stored(0)],
        ),
        case(
            "after: the client is stored, and its id is lost",
            "rules: [{ match: { operation: register }, stage: after, respond: 503 }]",
            vec![register().gets(503), stored(1)],
        ),
        case(
            "after: what the bank refuses is not stored",
            "rules: [{ match: { operation: register }, stage: after, respond: 201 }]",
            vec![
                register()
                    .changed(|request| request.claim("scope", "nonsense"))
                    .gets(201),
                stored(0),
            ],
        ),
        case(
            "before: nothing is deleted",
            "rules: [{ match: { operation: delete }, calls: 1, respond: 500 }]",
            vec![
                ready(Who::A),
                delete().gets(500),
                read().gets(200),
                stored(1),
            ],
        ),
        case(
            "after: it is deleted all the same",
            "rules: [{ match: { operation: delete }, calls: 1, stage: after, respond: 500 }]",
            vec![
                ready(Who::A),
                delete().gets(500),
                read().gets(401),
                stored(0),
            ],
        ),
        case(
            "before: a token request uses nothing up, and no token is issued",
            "rules: [{ match: { operation: token }, calls: 1, respond: 503 }]",
            vec![register().gets(201), token().gets(503), read().gets(401)],
        ),
        case(
            "before: a delay alone lets the bank work",
            "rules: [{ match: { operation: register }, delay: 1ms }]",
            vec![register().gets(201), stored(1)],
        ),
        case(
            "a rotated token is lost with the answer",
            r"
            policy: { rotate_rat: true, management_token: both }
            rules: [{ match: { operation: update }, calls: 1, stage: after, respond: 502 }]
            ",
            vec![
                register()
                    .at("open-finance-brasil")
                    .by(Who::Brazilian)
                    .gets(201),
                update()
                    .at("open-finance-brasil")
                    .by(Who::Brazilian)
                    .gets(502),
                read()
                    .at("open-finance-brasil")
                    .by(Who::Brazilian)
                    .gets(401),
            ],
        ),
    ]
}

#[tokio::test]
async fn a_stage_says_whether_the_bank_works() {
    play(cases()).await;
}
