"""Someone else judges: schemathesis reads the OpenAPI documents of the banks and of the control API,
makes requests out of them, good and bad ones, and holds every answer against them.

Usage: judge_schemathesis.py --ready FILE --kit DIR banks|control

FILE holds the line that `aspsp-emulator --log-format json` prints when it is ready. Whatever is sent to
the control API may change the emulator, which is of no use afterwards. The same requests are made each
time. What schemathesis cannot know, such as how a request is signed, stands in `schemathesis_hooks.py`.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import httpx

# Left out: positive_data_acceptance, since a request that fits its schema is still refused when its
# signature, its token or its statement is wrong; ignored_auth, since the hooks give each request the
# token it lacks, or a certificate is all it needs; and those about stored data, which nothing links.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]
BANK_CHECKS = [*CHECKS, "negative_data_rejection", "missing_required_header", "allow_header_conformance"]
EXAMPLES = 25
PHASES = "examples,coverage,fuzzing"
# What never ends cannot be judged so.
STREAM = "/stream"
# What takes matchers of scenarios or a whole world: to try every combination of members is thousands of
# requests, so these are drawn only.
LARGE = r"(/activate|/verify|/scenarios/\{name\}|/snapshot)$"
# For a run that hangs.
SECONDS = 300
HERE = pathlib.Path(__file__).parent


def fetched(url):
    answer = httpx.get(url, trust_env=False)
    if answer.status_code != 200:
        sys.exit(f"not ok {url}: {answer.status_code}")
    return answer.json()


def judge(name, document, url, work, checks, about, options, phases=PHASES):
    """Runs schemathesis over one document; ends the run if it found something."""
    file = work / f"{name}.json"
    file.write_text(json.dumps(document))
    seen = work / f"{name}.seen"
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"),
        "run",
        file,
        f"--url={url}",
        f"--checks={','.join(checks)}",
        f"--phases={phases}",
        f"--max-examples={EXAMPLES}",
        "--generation-deterministic",
        "--continue-on-failure",
        "--request-timeout=10",
        "--warnings=off",
        "--no-color",
        *options,
    ]
    environment = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "schemathesis_hooks"}
    environment["JUDGE_ABOUT"] = json.dumps({**about, "seen": str(seen)})
    run = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    if run.returncode:
        sys.exit(f"{run.stdout}{run.stderr}not ok {name}: schemathesis found something")
    counts = [line.strip() for line in run.stdout.splitlines() if " generated, " in line]
    print(f"ok {name}: {' '.join(counts)}")
    return json.loads(seen.read_text())


def must_have_succeeded(name, document, seen):
    """Every operation must have been seen to succeed: else little of it was judged."""
    for path, operations in document["paths"].items():
        names = [operation["operationId"] for operation in operations.values() if isinstance(operation, dict)]
        for operation in names if not path.endswith(STREAM) else []:
            statuses = seen.get(operation, [])
            if not any(status < 300 for status in statuses):
                sys.exit(f"not ok {name}: {operation} never succeeded, only {statuses}")


def judge_bank(bank, control, kit, work):
    document = fetched(f"{control}/api/banks/{bank['id']}/openapi.json")
    if bank["dialect"] == "open-finance-brasil":
        kit = kit / "brasil"
    options = [
        f"--request-cert={kit / 'transport.pem'}",
        f"--request-cert-key={kit / 'transport.key'}",
        f"--tls-verify={kit / 'ca.pem'}",
    ]
    checks = list(BANK_CHECKS)
    # A Brazilian bank says 404.
    if bank["policy"]["wrong_method"] == "method_not_allowed":
        checks.append("unsupported_method")
    url = document["servers"][0]["url"]
    about = {"bank": bank, "control": control, "kit": str(kit)}
    seen = judge(bank["id"], document, url, work, checks, about, options)
    must_have_succeeded(bank["id"], document, seen)


def judge_control(ready, kit, work):
    control = ready["control"]
    document = fetched(f"{control}/openapi.json")
    paths = document["paths"]
    # What any world has is judged in a world of its own; that of the default one is the same.
    twins = [path for path in paths if path.replace("/api/", "/api/worlds/{world}/", 1) in paths]
    for path in twins:
        del paths[path]
    about = {"control": control, "tls": ready["tls"], "kit": str(kit)}
    # Names in paths that hold for HTTP are few among those that are drawn.
    common = ["--suppress-health-check=filter_too_much"]
    options = [*common, f"--exclude-path-regex={STREAM}$|{LARGE}"]
    seen = judge("control", document, control, work, CHECKS, about, options)
    options = [*common, f"--include-path-regex={LARGE}"]
    seen |= judge("control, large bodies", document, control, work, CHECKS, about, options, "fuzzing")
    must_have_succeeded("control", document, seen)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ready", type=pathlib.Path, required=True)
    arguments.add_argument("--kit", type=pathlib.Path, required=True)
    arguments.add_argument("what", choices=["banks", "control"])
    arguments = arguments.parse_args()
    ready = json.loads(arguments.ready.read_text())
    kit = arguments.kit.resolve()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        if arguments.what == "control":
            judge_control(ready, kit, work)
        else:
            for bank in fetched(f"{ready['control']}/api/banks")["items"]:
                judge_bank(bank, ready["control"], kit, work)


main()
