"""How a TPP's registration is tested: with a bank of its own for each test, which can be told to go wrong."""

import email.utils
import os
import time

import jwt
import pytest

import tpp as module
from tpp import Failed, Refused, Tpp, seconds_of

BANK = "uk-ob-3.3"
LOST = "answer lost: asking who is registered"


@pytest.fixture
def told():
    """What the TPP said."""
    return []


@pytest.fixture
def tpp(world, told):
    clients = f"{world.url}/banks/{BANK}/clients"
    kit, token = os.environ.get("KIT", "kit"), os.environ.get("TOKEN")
    return Tpp(f"{world.tls}/{BANK}", kit, clients, token=token, log=told.append)


def meet(world, operation="register", **effect):
    """The first such request meets this rule."""
    rule = {"match": {"operation": operation}, "calls": 1, **effect}
    world.call("PUT", "/scenarios/own?activate=true", json={"rules": [rule]})


def test_a_client_is_registered_read_and_deleted(tpp):
    client_id = tpp.register()
    token = tpp.token(client_id)
    assert tpp.read(client_id, token)["software_id"] == tpp.me["software_id"]
    tpp.delete(client_id, token)
    assert tpp.registered() == set()


def test_a_throttled_registration_waits_as_long_as_the_bank_says(world, tpp, told):
    world.activate("throttled-429")
    tpp.register()
    assert told == ["throttled: waiting 2 s"] * 2
    world.verify({"operation": "register", "status": 429}, times=2)
    world.verify({"operation": "register", "status": 201}, times=1)


def test_a_lost_answer_does_not_register_twice(world, tpp, told):
    world.activate("lost-response")
    client_id = tpp.register()
    assert told == [LOST]
    assert tpp.registered() == {client_id}
    world.verify({"operation": "register"}, times=1)


def test_a_reset_connection_that_registered_nobody_is_tried_again(world, tpp):
    world.activate("connection-reset")
    client_id = tpp.register()
    assert tpp.registered() == {client_id}
    world.verify({"operation": "register"}, times=2)


def test_an_access_token_ends(world, tpp):
    client_id = tpp.register()
    token = tpp.token(client_id)
    world.advance_clock("1h")
    with pytest.raises(Refused, match="401"):
        tpp.read(client_id, token)
    assert tpp.read(client_id, tpp.token(client_id))["client_id"] == client_id


def test_a_refusal_names_the_check_that_failed(world, tpp):
    world.advance_clock("1h")  # to the bank, a request for five minutes is an old one
    with pytest.raises(Refused, match=r"400 .*\(request_expired\)"):
        tpp.register()
    world.verify({"operation": "register", "status": 201}, times=0)


AFTER_THE_WORK = {
    "throttled": ({"respond": {"status": 503, "headers": {"Retry-After": "1"}}}, "throttled: waiting 1 s"),
    "an error": ({"respond": 500}, LOST),
    "a gateway's error": ({"respond": 504}, LOST),
    "nothing in it": ({"respond": 201}, LOST),
    "no id": ({"respond": {"status": 201, "body": "{}"}}, LOST),
    "no JSON": ({"fault": "malformed_json"}, LOST),
    "no HTTP": ({"fault": "garbage"}, LOST),
}


@pytest.mark.parametrize("effect, line", AFTER_THE_WORK.values(), ids=AFTER_THE_WORK.keys())
def test_an_answer_that_hides_the_banks_work_does_not_register_twice(world, tpp, told, effect, line):
    meet(world, stage="after", **effect)
    client_id = tpp.register()
    assert told == [line]
    assert tpp.registered() == {client_id}
    world.verify({"operation": "register"}, times=1)


def test_an_answer_that_does_not_end_is_a_lost_one(world, tpp, told, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 1)
    meet(world, fault={"drip": {"bytes": 1, "every": "200ms"}})
    client_id = tpp.register()
    assert told == [LOST]
    assert tpp.registered() == {client_id}


def test_retry_after_may_be_a_date(world, tpp, told):
    later = email.utils.formatdate(time.time() + 2, usegmt=True)
    meet(world, respond={"status": 503, "headers": {"Retry-After": later}})
    tpp.register()
    assert told in (["throttled: waiting 1 s"], ["throttled: waiting 2 s"])


PAST = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize("retry_after", ["", "soon", "-5", "1.5", "²", "Tue, 32 Foo 2030", PAST])
def test_a_retry_after_that_tells_no_time_to_come_is_a_second(retry_after):
    assert seconds_of(retry_after) == 1


@pytest.mark.parametrize("retry_after", ["301", "9" * 5000, "Tue, 01 Jan 2999 00:00:00 GMT"])
def test_a_retry_after_of_more_than_five_minutes_is_an_error(world, tpp, told, retry_after):
    meet(world, respond={"status": 429, "headers": {"Retry-After": retry_after}})
    with pytest.raises(Failed, match="more than 300 s"):
        tpp.register()
    assert told == []


def test_each_try_is_a_request_of_its_own(tpp):
    first, second = (jwt.decode(tpp.registration_request(), options={"verify_signature": False}) for _ in range(2))
    assert first["jti"] != second["jti"]


def test_a_list_of_clients_that_is_none_is_not_nobody(world, tpp):
    tpp.clients = f"{world.url}/status"
    with pytest.raises(Failed, match="not {\"items\""):
        tpp.register()
    world.verify({"operation": "register"}, times=0)


def test_an_error_tells_no_token(world, tpp):
    client_id = tpp.register()
    meet(world, operation="token", fault="malformed_json")
    with pytest.raises(Failed, match="200 without JSON .x-fapi-interaction-id [0-9a-f-]{36}.$"):
        tpp.token(client_id)
