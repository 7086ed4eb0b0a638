"""A world of the emulator for each test: banks, clients, clock and scenarios that no other test sees.

EMULATOR  its control listener
SCENARIO  a scenario that is in force in every world, to see what becomes of the suite
"""

import os

import httpx
import pytest

EMULATOR = os.environ.get("EMULATOR", "http://localhost:8445")


class World:
    def __init__(self):
        scenarios = os.environ.get("SCENARIO", "").split()
        made = httpx.post(f"{EMULATOR}/api/worlds", json={"scenarios": scenarios}).raise_for_status().json()
        self.url, self.tls = f"{EMULATOR}/api/worlds/{made['name']}", made["urls"]["tls"]

    def call(self, method, path, **body):
        answer = httpx.request(method, f"{self.url}{path}", **body)
        assert answer.is_success, answer.json()["detail"]
        return answer

    def activate(self, scenario):
        self.call("POST", f"/scenarios/{scenario}/activate")

    def advance_clock(self, by):
        self.call("POST", "/clock/advance", json={"by": by})

    def verify(self, match, times):
        """Fails with what came nearest if it was not so."""
        self.call("POST", "/verify?strict=true", json={"match": match, "times": {"exactly": times}})

    def story(self):
        exchanges = self.call("GET", "/exchanges").json()["items"]
        return "\n".join(self.call("GET", f"/exchanges/{each['id']}/explain").text for each in exchanges)


@pytest.fixture
def world():
    world = World()
    yield world
    world.call("DELETE", "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the emulator saw belongs to a failed test's report."""
    report = yield
    if report.failed and call.when == "call" and "world" in item.funcargs:
        report.sections.append(("exchanges", item.funcargs["world"].story()))
    return report
