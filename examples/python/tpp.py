"""A TPP in Python: registers a client at a bank, gets a token, reads the client and deletes it.

It waits when it is throttled, and does not register twice when an answer is lost.

ISSUER   the bank, as it calls itself; its discovery document is below
KIT      folder with certificate, keys, ids and software statement of the TPP, and the CA to trust
CLIENTS  who is registered there, as the bank's developer portal or its support desk would tell
TOKEN    a bearer token for CLIENTS, where it asks for one
"""

import asyncio
import datetime
import email.utils
import json
import math
import os
import pathlib
import ssl
import sys
import time
import uuid

import httpx
import jwt

TRIES = 5
ANSWER_SECONDS = 30
LONGEST_WAIT = 300
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class Failed(Exception):
    """A request that came to nothing, with the id that support desks ask for."""

    def __init__(self, request, why):
        interaction_id = request.headers["x-fapi-interaction-id"]
        super().__init__(f"{request.method} {request.url}: {why} (x-fapi-interaction-id {interaction_id})")


class Lost(Failed):
    """No answer, or none that can be read: the bank may have done its work, or not."""


class Refused(Failed):
    """An answer that is not the one expected."""

    def __init__(self, answer):
        super().__init__(answer.request, said(answer))


class Tpp:
    def __init__(self, issuer, kit, clients, token=None, log=print):
        kit = pathlib.Path(kit)
        self.issuer, self.clients, self.log = issuer, clients, log
        self.portal = bearer(token) if token else {}
        self.me = json.loads((kit / "tpp.json").read_text())
        self.signing_key = (kit / "signing.key").read_text()
        self.statement = (kit / "ssa.jwt").read_text().strip()
        self.tls = ssl.create_default_context(cafile=kit / "ca.pem")
        self.tls.load_cert_chain(kit / "transport.pem", kit / "transport.key")
        discovery = self.send("GET", f"{issuer}/.well-known/openid-configuration")
        self.registration_endpoint = endpoint(discovery, "registration_endpoint")
        self.token_endpoint = endpoint(discovery, "token_endpoint")

    def register(self):
        """Registers a client and tells its id."""
        before = self.registered()
        for tries_left in reversed(range(TRIES)):
            pause = 0
            try:
                answer = self.registration()
                if not throttled(answer):
                    return text(answer, "client_id")
                failure = Refused(answer)
                if tries_left:
                    self.wait(answer)
            except Lost as error:
                failure, pause = error, 1
                self.log("answer lost: asking who is registered")
            # A second POST could register a second client.
            if newcomers := self.registered() - before:
                return newcomers.pop()
            time.sleep(pause)
        raise failure

    def registration(self):
        """One try: the answer is a success or says "later"."""
        answer = self.exchange(
            "POST",
            self.registration_endpoint,
            headers={"content-type": "application/jose"},
            content=self.registration_request(),
        )
        if answer.status_code == 201 or throttled(answer):
            return answer
        if answer.is_client_error:
            raise Refused(answer)
        raise Lost(answer.request, said(answer))

    def registration_request(self):
        """Signed anew for each try: banks may take a `jti` only once."""
        now = int(time.time())
        claims = {
            "iss": self.me["software_id"],
            "aud": self.issuer,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            "software_id": self.me["software_id"],
            "software_statement": self.statement,
            "redirect_uris": self.me["redirect_uris"],
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": self.me["subject_dn"],
            "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
            "response_types": ["code id_token"],
            "application_type": "web",
            "scope": "openid accounts",
            "id_token_signed_response_alg": "PS256",
            "request_object_signing_alg": "PS256",
        }
        return jwt.encode(claims, self.signing_key, algorithm="PS256", headers={"kid": self.me["kid"]})

    def registered(self):
        """The ids of this software's clients at the bank."""
        answer = self.exchange("GET", self.clients, verify=True, headers=self.portal)
        if answer.status_code != 200:
            raise Refused(answer)
        match parsed(answer):
            case {"items": list(items)} if all(map(is_client, items)):
                return {each["client_id"] for each in items if each["software_id"] == self.me["software_id"]}
        raise Failed(answer.request, 'not {"items": [{"client_id": "…", "software_id": "…"}, …]}')

    def token(self, client_id):
        form = {"grant_type": "client_credentials", "client_id": client_id}
        return text(self.send("POST", self.token_endpoint, data=form), "access_token")

    def read(self, client_id, token):
        answer = self.send("GET", self.url(client_id), headers=bearer(token))
        text(answer, "token_endpoint_auth_method")
        return parsed(answer)

    def delete(self, client_id, token):
        self.send("DELETE", self.url(client_id), expected=204, headers=bearer(token))

    def url(self, client_id):
        return f"{self.registration_endpoint}/{client_id}"

    def send(self, method, url, expected=200, **parts):
        """Sends a request; as often as the bank says "later", it waits for so long and sends it again."""
        for tries_left in reversed(range(TRIES)):
            answer = self.exchange(method, url, **parts)
            if not throttled(answer) or not tries_left:
                break
            self.wait(answer)
        if answer.status_code != expected:
            raise Refused(answer)
        return answer

    def exchange(self, method, url, verify=None, headers=None, **body):
        """One request and its whole answer."""
        fresh = {"x-fapi-interaction-id": str(uuid.uuid4())}
        request = httpx.Request(method, url, headers=fresh | (headers or {}), **body)

        async def whole_answer():
            timeout = httpx.Timeout(None, connect=10)
            async with httpx.AsyncClient(verify=verify or self.tls, timeout=timeout) as http:
                return await http.send(request)

        try:
            # httpx alone limits the time between two bytes, and a slow answer may have many.
            return asyncio.run(asyncio.wait_for(whole_answer(), ANSWER_SECONDS))
        except NOT_SENT as error:
            raise Failed(request, error) from error
        except asyncio.TimeoutError as error:
            raise Lost(request, f"no whole answer in {ANSWER_SECONDS} s") from error
        except httpx.RequestError as error:
            raise Lost(request, str(error) or type(error).__name__) from error

    def wait(self, answer):
        retry_after = answer.headers.get("retry-after", "")
        seconds = seconds_of(retry_after)
        if seconds > LONGEST_WAIT:
            why = f"{answer.status_code} wants a wait of more than {LONGEST_WAIT} s: Retry-After {retry_after}"
            raise Failed(answer.request, why)
        self.log(f"throttled: waiting {seconds} s")
        time.sleep(seconds)


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def throttled(answer):
    return answer.status_code == 429 or (answer.status_code == 503 and bool(answer.headers.get("retry-after")))


def seconds_of(retry_after):
    """Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).

    Without one, or with one that cannot be read or is past, a second is a polite guess.
    """
    if retry_after.isascii() and retry_after.isdigit():
        return int(min(float(retry_after), LONGEST_WAIT + 1))
    try:
        until = email.utils.parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 1
    utc = until.replace(tzinfo=until.tzinfo or datetime.timezone.utc)
    return max(1, math.ceil(utc.timestamp() - time.time()))


def said(answer):
    """On one line, and without the body of a success: there may be a token in it."""
    body = "" if answer.is_success else " ".join(answer.text.split())[:300]
    return f"{answer.status_code} {body}".rstrip()


def parsed(answer):
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise Lost(answer.request, f"{answer.status_code} without JSON") from error


def text(answer, name):
    """The member of that name, a text."""
    members = parsed(answer)
    if isinstance(members, dict) and isinstance(members.get(name), str) and members[name]:
        return members[name]
    raise Lost(answer.request, f"{answer.status_code} without {name}")


def is_client(each):
    return isinstance(each, dict) and all(isinstance(each.get(name), str) for name in ("client_id", "software_id"))


def endpoint(discovery, name):
    """With a certificate endpoints are had where the bank says so (RFC 8705, section 5)."""
    try:
        return parsed(discovery)["mtls_endpoint_aliases"][name]
    except (KeyError, TypeError):
        return text(discovery, name)


def main():
    tpp = Tpp(
        issuer=os.environ.get("ISSUER", "https://localhost:8444/uk-ob-3.3"),
        kit=os.environ.get("KIT", "kit"),
        clients=os.environ.get("CLIENTS", "http://localhost:8445/api/banks/uk-ob-3.3/clients"),
        token=os.environ.get("TOKEN"),
    )
    client_id = tpp.register()
    print("registered", client_id)
    token = tpp.token(client_id)
    print(f"read {client_id}: {tpp.read(client_id, token)['token_endpoint_auth_method']}")
    tpp.delete(client_id, token)
    print("deleted", client_id)


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, ValueError, httpx.InvalidURL) as error:
        sys.exit(f"tpp: {error}")
