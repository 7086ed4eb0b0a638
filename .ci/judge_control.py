"""Someone else judges what the control API hands out: a TPP made in a world, by another JOSE library and
OpenSSL; the stream of exchanges by an ordinary client of server-sent events; the archive of exchanges by
a HAR parser; scenario files by another YAML parser; the metrics by Prometheus' own parser.

Usage: judge_control.py --ready FILE --kit DIR

FILE holds the line that `aspsp-emulator --log-format json` prints when it is ready. Whatever other judges
asked of that emulator before is judged too, as an archive. Stops at the first mismatch.
"""

import argparse
import base64
import json
import pathlib
import ssl
import sys
import tempfile

import hario_core.models
import hario_core.parse
import httpx
import httpx_sse
import yaml
from cryptography.hazmat.primitives.serialization import pkcs12
from jwcrypto import jwk, jws
from prometheus_client.openmetrics.parser import text_string_to_metric_families

BANK = "uk-ob-3.3"
SCENARIO = "throttled-429"
# What a stream may take; a test machine may be slow.
SECONDS = 60

passed = 0


def ok(what, holds, seen=""):
    """One case: prints it, or ends the run."""
    global passed
    if not holds:
        sys.exit(f"not ok {what}: {seen}")
    passed += 1
    print(f"ok {what}")


class Control:
    """A world's part of the control API."""

    def __init__(self, base):
        self.base = base
        self.http = httpx.Client(trust_env=False, timeout=SECONDS)

    def ask(self, method, path, status, **options):
        answer = self.http.request(method, self.base + path, **options)
        ok(f"{method} {path.split('?')[0]}: {status}", answer.status_code == status, answer.text)
        return answer

    def events(self, count, headers=None):
        """So many events of the stream of exchanges, from its beginning or after `Last-Event-ID`."""
        url = f"{self.base}/exchanges/stream?after=0"
        with httpx_sse.connect_sse(self.http, "GET", url, headers=headers or {}) as stream:
            ok("GET /exchanges/stream: 200", stream.response.status_code == 200, stream.response)
            events = stream.iter_sse()
            return [next(events) for _ in range(count)]


def made_tpp(world, kit, folder):
    """A TPP of this world, and an HTTP client that presents its certificate."""
    tpp = world.ask("POST", "/tpps", 201, json={"roles": ["AISP"]}).json()
    transport = tpp["transport"]
    pem = folder / "transport.pem"
    pem.write_text(transport["certificate"] + transport["key"])
    key, certificate, chain = pkcs12.load_key_and_certificates(
        base64.b64decode(transport["p12"]), b"test-only"
    )
    ok("the .p12 holds that certificate", f"{certificate.serial_number:x}" in transport["serial"].lower(), transport["serial"])
    ok("the .p12 holds its key", key.public_key() == certificate.public_key())
    ok("the .p12 holds the chain", chain)
    context = ssl.create_default_context(cafile=str(kit / "ca.pem"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(pem)
    return tpp, httpx.Client(verify=context, trust_env=False, timeout=SECONDS)


def judge_request(tpp, made, caller):
    """The request that was signed on request, by the keys that the TPP's statement names."""
    ok("the statement is in the request", tpp["ssa"].count(".") == 2)
    claims = json.loads(base64.urlsafe_b64decode(tpp["ssa"].split(".")[1] + "=="))
    answer = caller.get(claims["software_jwks_endpoint"])
    ok("the statement's key store answers", answer.status_code == 200, answer)
    token = jws.JWS()
    token.allowed_algs = ["PS256"]
    token.deserialize(made["request"])
    kid = json.loads(token.objects["protected"])["kid"]
    ok("kid is the TPP's", kid == tpp["signing"]["kid"], kid)
    token.verify(jwk.JWKSet.from_json(answer.text).get_key(kid))
    ok("the request's signature", True)


def register(world, tpp, caller):
    """Registers under a scenario that throttles twice."""
    statuses = []
    for _ in range(3):
        path = f"/tpps/{tpp['software_id']}/requests"
        made = world.ask("POST", path, 200, json={"bank": BANK}).json()
        headers = {"content-type": made["content_type"]}
        answer = caller.request(made["method"], made["url"], content=made["request"], headers=headers)
        statuses.append(answer.status_code)
    ok("throttled twice, then registered", statuses == [429, 429, 201], statuses)
    client_id = answer.json()["client_id"]
    form = {"grant_type": "client_credentials", "client_id": client_id}
    url = f"{made['url'].removesuffix('/register')}/token"
    answer = caller.post(url, data=form)
    ok("a token", answer.status_code == 200, answer.text)
    judge_request(tpp, made, caller)
    return answer.json()["access_token"]


def judge_journal(world, token):
    path = "/exchanges"
    listed = world.ask("GET", f"{path}?operation=register", 200).json()["items"]
    ok("all three are in the journal", [item["status"] for item in listed] == [429, 429, 201], listed)
    ok("with their rule", [item["scenario"] for item in listed] == [SCENARIO, SCENARIO, None])
    ok("and delivered", {item["delivered"] for item in listed} == {"complete"})
    whole = world.ask("GET", f"{path}?limit=1000", 200)
    ok("without the token", token not in whole.text)
    ids = [item["id"] for item in whole.json()["items"]]

    events = world.events(3)
    ok("events are exchanges", {event.event for event in events} == {"exchange"}, events)
    ok("with their ids", [int(event.id) for event in events] == ids[:3], events)
    ok("as they are listed", [event.json()["id"] for event in events] == ids[:3], events)
    events = world.events(2, {"Last-Event-ID": str(ids[0])})
    ok("a stream is taken up again", [int(event.id) for event in events] == ids[1:3], events)

    first = listed[0]["id"]
    scenario = yaml.safe_load(world.ask("GET", f"{path}/{first}/scenario", 200).text)
    ok("an exchange as a scenario", scenario["rules"], scenario)
    story = world.ask("GET", f"{path}/{first}/explain", 200, headers={"accept": "text/plain"}).text
    ok("its story names the rule", SCENARIO in story, story)
    judge_archive("the world's archive", world, len(ids))

    expected = {"match": {"operation": "register"}, "times": {"exactly": 3}}
    verified = world.ask("POST", "/verify?strict=true", 200, json=expected).json()
    ok("verified", verified["ok"] and verified["count"] == 3, verified)
    world.ask("POST", "/verify?strict=true", 409, json={**expected, "times": {"exactly": 2}})


# It takes members of our own, which HAR allows if they begin with `_`, for those of a certain browser.
hario_core.parse.register_entry_model(lambda _: True, hario_core.models.Entry)


def judge_archive(what, world, at_least):
    archive = world.ask("GET", "/exchanges.har", 200)
    log = hario_core.parse.parse(archive.content)
    ok(f"{what} is HAR {log.version}", log.version == "1.2", log.version)
    ok(f"{what} has {len(log.entries)} entries", len(log.entries) >= at_least, at_least)


def judge_metrics(base):
    answer = httpx.get(f"{base}/metrics", trust_env=False)
    kind = answer.headers["content-type"]
    ok("metrics are OpenMetrics", kind.startswith("application/openmetrics-text"), kind)
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    wanted = {"bank": BANK, "operation": "register", "status": "429", "scenario": SCENARIO}
    counted = [
        sample.value
        for sample in families["aspsp_emulator_requests"].samples
        if wanted.items() <= sample.labels.items()
    ]
    ok("throttled requests are counted", counted and counted[0] >= 2, counted)
    ok("worlds are counted", families["aspsp_emulator_worlds"].samples[0].value == 2)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ready", type=pathlib.Path, required=True)
    arguments.add_argument("--kit", type=pathlib.Path, required=True)
    arguments = arguments.parse_args()
    base = json.loads(arguments.ready.read_text())["control"]
    default = Control(f"{base}/api")
    made = default.ask("POST", "/worlds", 201, json={"name": "judged", "seed": 7})
    ok("Location", made.headers["location"] == "/api/worlds/judged", made.headers)
    world = Control(made.json()["urls"]["control"])
    world.ask("POST", f"/scenarios/{SCENARIO}/activate", 200)
    with tempfile.TemporaryDirectory() as folder:
        tpp, caller = made_tpp(world, arguments.kit, pathlib.Path(folder))
    token = register(world, tpp, caller)
    judge_journal(world, token)
    judge_archive("the archive of all that was judged before", default, 20)
    judge_metrics(base)
    default.ask("DELETE", "/worlds/judged", 204)
    world.ask("GET", "/status", 404)
    print(f"judge_control: {passed} passed, 0 failed")


main()
