"""How a TPP's registration is tested: with a bank of its own for each test, which can be told to go wrong."""

import email.utils
import os
import time

import pytest

from tpp import Refused, Tpp

BANK = "uk-ob-3.3"


@pytest.fixture
def told():
    """What the TPP said."""
    return []


@pytest.fixture
def tpp(world, told):
    clients = f"{world.url}/banks/{BANK}/clients"
    return Tpp(f"{world.tls}/{BANK}", os.environ.get("KIT", "kit"), clients, log=told.append)


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
    assert told == ["answer lost: asking who is registered"]
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


def test_retry_after_may_be_a_date(world, tpp, told):
    later = email.utils.formatdate(time.time() + 2, usegmt=True)
    busy = {"status": 503, "headers": {"Retry-After": later}}
    rule = {"match": {"operation": "register"}, "calls": 1, "respond": busy}
    world.call("PUT", "/scenarios/busy?activate=true", json={"rules": [rule]})
    tpp.register()
    assert told in (["throttled: waiting 1 s"], ["throttled: waiting 2 s"])
