use serde_json::json;

use super::*;

fn made(source: &str) -> Result<String, TemplateError> {
    let context = json!({
        "request": { "method": "POST", "headers": { "x-a": "b" }, "body": "x".repeat(60_000) },
        "claims": { "iss": "me", "redirect_uris": ["https://a", "https://b"] },
        "now": 1_700_000_000,
        "call": 3,
    });
    Template::parse(source)
        .unwrap_or_else(|error| panic!("{source}: {error}"))
        .render(&context)
}

#[test]
fn a_template_makes_a_text_of_an_exchange() {
    for (source, expected) in [
        ("plain } text %}", "plain } text %}"),
        ("{{ request.method }} {{ claims.iss }}", "POST me"),
        ("{{ request.headers['x-a'] }}", "b"),
        ("{{ statement.nothing.at.all }}", ""),
        ("{{ now + 60 }}", "1700000060"),
        (
            "{{ claims | tojson }}",
            r#"{"iss":"me","redirect_uris":["https://a","https://b"]}"#,
        ),
        (
            "{{ claims.redirect_uris | join(' ') }}",
            "https://a https://b",
        ),
        (
            "{% for uri in claims.redirect_uris %}{{ loop.index }}{% endfor %}",
            "12",
        ),
        ("{% if client is defined %}a{% else %}b{% endif %}", "b"),
        (
            "{% if claims.iss is not none and (call > 2) %}a{% endif %}",
            "a",
        ),
        ("{{ {'a': {'b': 1}} | tojson }}", r#"{"a":{"b":1}}"#),
        (
            "{% raw %}{{ nothing | nothing }}{% endraw %}!",
            "{{ nothing | nothing }}!",
        ),
        ("{# {{ nothing }} #}{{ '<' }}", "<"),
        (
            "{{ claims.iss | default('you') | replace('m', 'w') | upper }}",
            "WE",
        ),
        ("{{ '}} | zebra' }}", "}} | zebra"),
        ("{%- set x = call -%} {{ x }}", "3"),
    ] {
        assert_eq!(made(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn what_is_wrong_with_a_template_is_told_before_it_runs() {
    for (source, expected) in [
        ("a\n{{ claims.iss", "line 2: "),
        (
            "{{ claim.iss }}",
            "line 1: found the variable `claim`; allowed: request, claims, ",
        ),
        (
            "\n{% if false %}{{ claims | uper }}{% endif %}",
            "line 2: found the filter `uper`; allowed: abs, ",
        ),
        (
            "{{ claims is zebra }}",
            "line 1: found the test `zebra`; allowed: ",
        ),
        (
            "{{ claims is not zebra }}",
            "line 1: found the test `zebra`; allowed: ",
        ),
        (
            "{{ shout(claims) }}",
            "line 1: found the function `shout`; allowed: range",
        ),
        (
            "{{ claims.iss.upper() }}",
            "line 1: found a call of `upper`, but values have no",
        ),
        ("{% include 'a' %}", "line 1: "),
        (
            "{% set x %}a{% endset %}",
            "line 1: found the statement `endset`; allowed: for, ",
        ),
        (
            "{% filter upper %}a{% endfilter %}",
            "line 1: found the statement `filter`; allowed: for, ",
        ),
        (
            "{{ 1+1+1+1+1+1+1+1+1+1+1+1 }}",
            "line 1: found more than 6 of `~` and `+` in one template",
        ),
        (
            "{{ [0] * 100000000 }}",
            "line 1: found `*`, which also repeats texts and lists",
        ),
        (
            "{% for a in [1] recursive %}{{ loop([a]) }}{% endfor %}",
            "line 1: found the function `loop`; allowed: range",
        ),
    ] {
        let error = Template::parse(source).unwrap_err();
        assert!(error.starts_with(expected), "{source}: {error}");
    }
    let long = format!("{{{{ now }}}}{}", "x".repeat(LONGEST_SOURCE));
    assert!(Template::parse(&long).is_err());
}

#[test]
fn a_template_ends() {
    for (source, expected) in [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            TemplateError::TooManySteps,
        ),
        (
            "{% for a in range(100) %}{{ request.body }}{% endfor %}",
            TemplateError::TooLong,
        ),
        (
            "{{ range(99999) | join(request.body) }}",
            TemplateError::TooLong,
        ),
        (
            "{{ request.body | replace('x', request.body) }}",
            TemplateError::TooLong,
        ),
        (
            "{{ request.body | replace('', request.body) }}",
            TemplateError::TooLong,
        ),
        (
            "{% set a = request.body %}{% set a = a ~ a %}{% set a = a ~ a %}{% set a = a ~ a %}{% set a = a ~ a %}{% set a = a ~ a %}{{ a }}",
            TemplateError::TooLong,
        ),
    ] {
        assert_eq!(made(source), Err(expected), "{source}");
    }
    let failed = made("{{ claims.iss - 1 }}").unwrap_err();
    assert!(matches!(failed, TemplateError::Failed(_)), "{failed}");
}
