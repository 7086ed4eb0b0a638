"""What schemathesis cannot know of the control API: what there is to ask about. A request is given the
names of things that are there (they are made if they are not) and a body that fits them.
"""

import json
import pathlib

import requests

BANK = "uk-ob-3.3"
WORLD = "judged"
SCENARIO = {"rules": [{"match": {"operation": "token"}, "respond": 503}]}
CLOCK = {"offset": "1h"}
# By method and the end of the path.
BODIES = {
    ("POST", "/worlds"): {"ttl": "1m"},
    ("POST", "/reset"): {"parts": ["counts"]},
    ("POST", "/tpps"): {"ecosystem": "uk"},
    ("PATCH", "/tpps/{software_id}"): {"redirect_uris": ["https://app.example/cb"]},
    ("POST", "/statements"): {"flaw": "expired"},
    ("POST", "/requests"): {"bank": BANK},
    ("POST", "/assertions"): {"bank": BANK, "client_id": "judged"},
    ("POST", "/certificates"): {"kind": "obwac"},
    ("POST", "/explain"): {"bank": BANK, "request": "a.b.c"},
    ("PATCH", "/clients/{client_id}"): {"status": "suspended"},
    ("PUT", "/scenarios/{name}"): SCENARIO,
    ("POST", "/activate"): {"match": {"bank": BANK}},
    ("POST", "/verify"): {"match": {}, "times": {"at_least": 0}},
    ("PUT", "/clock"): CLOCK,
    ("POST", "/clock/advance"): {"by": "1s"},
    ("PUT", "/urls"): {"mtls": None, "tls": None},
}


class Subjects:
    """What a world has, by the control API itself. `about`: `control` and `tls`, the URLs of these
    listeners, and `kit`, the kit's folder.
    """

    def __init__(self, about):
        self.control, self.tls = about["control"], about["tls"]
        self.kit = pathlib.Path(about["kit"])
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.cert = (str(self.kit / "transport.pem"), str(self.kit / "transport.key"))
        self.http.verify = str(self.kit / "ca.pem")

    def make_own(self, case):
        """Gives a case the names of what is there."""
        method, path = case.method.upper(), case.operation.path
        world = WORLD if "{world}" in path else None
        # Whether it is there does not matter where none is named.
        self.world()
        base = f"{self.control}/api/worlds/{WORLD}" if world else f"{self.control}/api"
        segments = path.split("/")
        for before, segment in zip(segments, segments[1:]):
            if segment.startswith("{"):
                name = segment.strip("{}")
                case.path_parameters[name] = self.named(before, base, method, case.path_parameters)
        body = self.body(method, path, base)
        if body is not None:
            case.body = body
            case.media_type = "application/json"

    def shorten(self, case):
        """Nobody waits for what a test sends to be so."""
        if case.operation.path.endswith("/verify") and isinstance(case.body, dict) and "within" in case.body:
            case.body = {**case.body, "within": "1ms"}

    def body(self, method, path, base):
        if (method, path.rsplit("/", 1)[-1]) == ("PUT", "snapshot"):
            return self.json("GET", f"{base}/snapshot")
        ends = [body for (of, end), body in BODIES.items() if of == method and path.endswith(end)]
        return ends[-1] if ends else None

    def json(self, method, url, **options):
        answer = self.http.request(method, url, timeout=30, **options)
        assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def items(self, url):
        return self.json("GET", url)["items"]

    def world(self):
        worlds = f"{self.control}/api/worlds"
        if self.http.get(f"{worlds}/{WORLD}").status_code == 404:
            self.json("POST", worlds, json={"name": WORLD})

    def named(self, kind, base, method, others):
        """The name of one of this kind: what stands before it in the path."""
        return {
            "worlds": lambda: WORLD,
            "banks": lambda: BANK,
            "kit": lambda: "ca.pem",
            "brasil": lambda: "ca.pem",
            "clients": lambda: self.client(base),
            "tpps": lambda: self.tpp(base),
            "certificates": lambda: self.certificate(base, others["software_id"]),
            "scenarios": lambda: self.scenario(base, method),
            "exchanges": lambda: self.exchange(base),
        }[kind]()

    def tpp(self, base):
        """One that was made here: the kit's cannot be deleted."""
        kits = [self.kit / "tpp.json", self.kit / "brasil/tpp.json"]
        kits = [json.loads(kit.read_text())["software_id"] for kit in kits]
        made = [tpp["software_id"] for tpp in self.items(f"{base}/tpps")]
        made = [tpp for tpp in made if tpp not in kits]
        made = made or [self.json("POST", f"{base}/tpps", json={})["software_id"]]
        return made[-1]

    def certificate(self, base, software_id):
        url = f"{base}/tpps/{software_id}/certificates"
        return self.json("POST", url, json={"kind": "ob-transport"})["serial"]

    def scenario(self, base, method):
        url = f"{base}/scenarios/{WORLD}"
        if self.http.get(url).status_code == 404:
            self.json("PUT", url, json=SCENARIO)
        if method == "DELETE":
            self.http.post(f"{url}/deactivate")
        return WORLD

    def exchange(self, base):
        world = f"/w/{WORLD}" if base.endswith(WORLD) else ""
        if not self.items(f"{base}/exchanges"):
            self.json("GET", f"{self.tls}{world}/{BANK}/.well-known/openid-configuration")
        return self.items(f"{base}/exchanges")[-1]["id"]

    def client(self, base):
        """Of the kit's TPP, whom every world knows. What was asked before may stand in its way."""
        clients = f"{base}/banks/{BANK}/clients"
        if not self.items(clients):
            self.json("PUT", f"{self.control}/api/urls", json=BODIES["PUT", "/urls"])
            self.json("POST", f"{base}/reset")
            software_id = json.loads((self.kit / "tpp.json").read_text())["software_id"]
            made = self.json("POST", f"{base}/tpps/{software_id}/requests", json={"bank": BANK})
            headers = {"content-type": made["content_type"]}
            self.json(made["method"], made["url"], data=made["request"], headers=headers)
        return self.items(clients)[-1]["client_id"]
