"""A world of the emulator for each test: banks, clients, clock and scenarios that no other test sees.

EMULATOR  its control listener
TOKEN     the control listener's token, if it has one
SCENARIO  a scenario that is in force in every world, to see what becomes of the suite
"""

import os
import warnings

import httpx
import pytest

EMULATOR = os.environ.get("EMULATOR", "http://localhost:8445").rstrip("/")
TOKEN = os.environ.get("TOKEN")
SCENARIO = os.environ.get("SCENARIO")


class World:
    def __init__(self, control):
        # Where a run is killed, nobody deletes its worlds.
        wanted = {"ttl": "10m", "scenarios": [SCENARIO] if SCENARIO else []}
        made = control.post("/api/worlds", json=wanted).raise_for_status().json()
        self.control, self.path = control, f"/api/worlds/{made['name']}"
        self.url, self.tls = f"{EMULATOR}{self.path}", made["urls"]["tls"]

    def call(self, method, path, **body):
        __tracebackhide__ = True
        answer = self.control.request(method, f"{self.path}{path}", **body)
        if not answer.is_success:
            raise AssertionError(f"{method} {answer.url}: {answer.status_code} {answer.text[:500]}")
        return answer

    def activate(self, scenario):
        self.call("POST", f"/scenarios/{scenario}/activate")

    def advance_clock(self, by):
        self.call("POST", "/clock/advance", json={"by": by})

    def verify(self, match, times):
        """Fails with what came nearest if it was not so."""
        __tracebackhide__ = True
        self.call("POST", "/verify?strict=true", json={"match": match, "times": {"exactly": times}})

    def story(self):
        exchanges = self.call("GET", "/exchanges").json()["items"]
        return "\n".join(self.call("GET", f"/exchanges/{each['id']}/explain").text for each in exchanges) or "none"


WORLD = pytest.StashKey[World]()


@pytest.fixture
def world(request):
    headers = {"authorization": f"Bearer {TOKEN}"} if TOKEN else {}
    with httpx.Client(base_url=EMULATOR, headers=headers, timeout=30) as control:
        try:
            world = World(control)
        except httpx.HTTPStatusError as error:
            raise unusable(f"no world: {error.response.status_code} {error.response.text[:500]}") from None
        except httpx.HTTPError as error:
            raise unusable(f"no emulator at {EMULATOR}: {error}") from None
        request.node.stash[WORLD] = world
        yield world
        try:
            world.call("DELETE", "")
        except Exception as error:  # no reason for a test to fail that passed, or to fail twice
            warnings.warn(f"a world was not deleted: {error}", stacklevel=1)


def unusable(why):
    """A line and no traceback: it is no test's fault."""
    return pytest.fail.Exception(why, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the emulator saw belongs to the report of a test that failed, or whose fixtures did."""
    report = yield
    if report.failed and call.when != "teardown" and WORLD in item.stash:
        try:
            story = item.stash[WORLD].story()
        except Exception as error:  # the test's own failure is what matters
            story = f"nothing to tell: {error}"
        report.sections.append(("exchanges", story))
    return report
