"""What schemathesis cannot know: of a bank, how a request is signed, which client is the caller's own,
and its token; of the control API, what there is (`control_subjects.py`). Every other well-formed request
is made the caller's own by it; the rest stay as they were generated.
"""

import collections
import itertools
import json
import os
import pathlib
import re

import requests
import schemathesis
from control_subjects import Subjects
from schemathesis import GenerationMode
from schemathesis.core.failures import MalformedJson
from schemathesis.openapi.checks import MissingContentType

ABOUT = json.loads(os.environ["JUDGE_ABOUT"])
BANK = ABOUT.get("bank")
SUBJECTS = None if BANK else Subjects(ABOUT)
JOSE = ("application/jose", "application/jwt")
COMPACT_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
# What a directory's token is for.
DIRECTORY = "directory:software"

counts = collections.defaultdict(itertools.count)
seen = collections.defaultdict(set)
client = None


def as_it_is(value):
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    return value if isinstance(value, bytes) else json.dumps(value).encode()


# Schemathesis knows no JOSE, and takes a JWT for a kind of JSON: see before_call.
schemathesis.serializer(*JOSE)(lambda _, value: as_it_is(value))


def session():
    """With the kit's certificate and CA, whatever the environment says."""
    kit = pathlib.Path(ABOUT["kit"])
    made = requests.Session()
    made.trust_env = False
    made.cert = (str(kit / "transport.pem"), str(kit / "transport.key"))
    made.verify = str(kit / "ca.pem")
    return made


def fields():
    return json.loads((pathlib.Path(ABOUT["kit"]) / "tpp.json").read_text())


def is_brazilian():
    return BANK["dialect"] == "open-finance-brasil"


def signed():
    """A registration request of the kit's TPP, signed now."""
    folder, ending = ("kit/brasil", "json") if is_brazilian() else ("kit", "jwt")
    answer = session().get(f"{ABOUT['control']}/{folder}/registration-{BANK['id']}.{ending}")
    answer.raise_for_status()
    return answer.json() if is_brazilian() else answer.text


def form(client_id):
    scope = "openid" if BANK["registration_endpoint"] else DIRECTORY
    return {"grant_type": "client_credentials", "client_id": client_id, "scope": scope}


def own_client():
    """A client of the kit's TPP at this bank, and the token that manages it."""
    global client
    if client:
        return client
    caller = session()
    made = {}
    if BANK["registration_endpoint"]:
        body = signed()
        body = json.dumps(body) if is_brazilian() else body
        headers = {"content-type": BANK["request_media_type"]}
        answer = caller.post(BANK["registration_endpoint"], data=body, headers=headers)
        assert answer.status_code == 201, answer.text
        made = answer.json()
    client_id = made.get("client_id", fields()["software_id"])
    token = made.get("registration_access_token")
    if not token:
        answer = caller.post(BANK["token_endpoint"], data=form(client_id))
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
    client = {"id": client_id, "token": token}
    return client


def operation(case):
    return case.operation.definition.raw.get("operationId", case.operation.label)


@schemathesis.hook
def before_call(_, case, kwargs):
    make_own(case)
    if operation(case).startswith("verify") and isinstance(case.body, dict):
        # Nobody waits for what will not come.
        case.body.pop("within", None)
    if case.media_type in JOSE and case.operation.body:
        kwargs["data"] = as_it_is(case.body)


def make_own(case):
    global client
    name = operation(case)
    is_good = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if SUBJECTS and is_good:
        SUBJECTS.shorten(case)
    if not is_good or next(counts[name]) % 2:
        return
    if SUBJECTS:
        SUBJECTS.make_own(case)
    elif name == "register":
        case.body = signed()
    elif name == "token":
        case.body = form(own_client()["id"])
    elif name in ("read", "update", "delete", "clients", "client", "assertion"):
        own = own_client()
        case.headers["Authorization"] = f"Bearer {own['token']}"
        ids = {
            "ClientId": own["id"],
            "OrganisationId": fields()["org_id"],
            "SoftwareStatementId": fields()["software_id"],
        }
        for parameter in case.path_parameters:
            case.path_parameters[parameter] = ids[parameter]
        if name == "update":
            body = signed()
            case.body = {**body, "client_id": own["id"]} if is_brazilian() else body
        if name == "delete":
            client = None


@schemathesis.hook
def after_call(_, case, response):
    seen[operation(case)].add(response.status_code)
    statuses = {name: sorted(statuses) for name, statuses in seen.items()}
    pathlib.Path(ABOUT["seen"]).write_text(json.dumps(statuses))


@schemathesis.hook
def filter_failure(_, failure, case, response):
    """Drops two kinds of failures that are none: OpenAPI has no word for a body that is not always
    there, so the banks' documents have one; and what the UK directory calls `application/jws+json` is
    a compact JWS, no JSON.
    """
    if not isinstance(failure, (MalformedJson, MissingContentType)):
        return True
    documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if not response.content:
        return not documented.get("x-may-be-empty")
    is_jws = response.headers.get("content-type") == ["application/jws+json"]
    return not (is_jws and COMPACT_JWS.fullmatch(response.text))
