"""A TPP in Python: registers a client at a bank, gets a token, reads the client and deletes it.

It waits when it is throttled, and does not register twice when an answer is lost.

ISSUER   the bank, as it calls itself; its discovery document is below
KIT      folder with certificate, keys, ids and software statement of the TPP, and the CA to trust
CLIENTS  who is registered there, as the bank's developer portal or its support desk would tell
"""

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
# The request may have arrived. Errors of connecting are not among them: then nothing was sent.
LOST = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadTimeout, httpx.WriteTimeout)


class Refused(Exception):
    """An answer that is not the one expected."""

    def __init__(self, answer):
        super().__init__(f"{described(answer.request)}: {answer.status_code} {answer.text}")


class Tpp:
    def __init__(self, issuer, kit, clients, log=print):
        kit = pathlib.Path(kit)
        self.issuer, self.clients, self.log = issuer, clients, log
        self.me = json.loads((kit / "tpp.json").read_text())
        self.signing_key = (kit / "signing.key").read_text()
        self.statement = (kit / "ssa.jwt").read_text().strip()
        tls = ssl.create_default_context(cafile=kit / "ca.pem")
        tls.load_cert_chain(kit / "transport.pem", kit / "transport.key")
        self.http = httpx.Client(verify=tls, timeout=30)
        self.bank = self.send("GET", f"{issuer}/.well-known/openid-configuration").json()

    def send(self, method, url, expected=200, headers=None, **body):
        """Sends a request; as often as the bank says "later", it waits for so long and sends it again."""
        for tries_left in reversed(range(TRIES)):
            fresh = {"x-fapi-interaction-id": str(uuid.uuid4())}
            answer = self.http.request(method, url, headers=fresh | (headers or {}), **body)
            retry_after = answer.headers.get("retry-after")
            if answer.status_code not in (429, 503) or not retry_after or not tries_left:
                break
            seconds = seconds_of(retry_after)
            self.log(f"throttled: waiting {seconds} s")
            time.sleep(seconds)
        if answer.status_code != expected:
            raise Refused(answer)
        return answer

    def register(self):
        """Registers a client and tells its id."""
        before = self.registered()
        for _ in range(TRIES):
            try:
                answer = self.send(
                    "POST",
                    self.bank["registration_endpoint"],
                    expected=201,
                    headers={"content-type": "application/jose"},
                    content=self.registration_request(),
                )
                return answer.json()["client_id"]
            except LOST as error:
                # A second POST could register a second client.
                self.log("answer lost: asking who is registered")
                lost = error
                if newcomers := self.registered() - before:
                    return newcomers.pop()
                time.sleep(1)
        raise lost

    def registration_request(self):
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
        answer = httpx.get(self.clients).raise_for_status()
        return {each["client_id"] for each in answer.json()["items"] if each["software_id"] == self.me["software_id"]}

    def token(self, client_id):
        # With a certificate tokens are had where the bank asks for one (RFC 8705, section 5).
        endpoint = self.bank.get("mtls_endpoint_aliases", self.bank).get("token_endpoint", self.bank["token_endpoint"])
        form = {"grant_type": "client_credentials", "client_id": client_id}
        return self.send("POST", endpoint, data=form).json()["access_token"]

    def read(self, client_id, token):
        return self.send("GET", self.url(client_id), headers={"authorization": f"Bearer {token}"}).json()

    def delete(self, client_id, token):
        self.send("DELETE", self.url(client_id), expected=204, headers={"authorization": f"Bearer {token}"})

    def url(self, client_id):
        return f"{self.bank['registration_endpoint']}/{client_id}"


def described(request):
    """A request with the id that support desks ask for."""
    interaction_id = request.headers.get("x-fapi-interaction-id", "none")
    return f"{request.method} {request.url} (x-fapi-interaction-id {interaction_id})"


def seconds_of(retry_after):
    """Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3)."""
    if retry_after.isdigit():
        return int(retry_after)
    until = email.utils.parsedate_to_datetime(retry_after).timestamp()
    return max(0, math.ceil(until - time.time()))


def main():
    tpp = Tpp(
        issuer=os.environ.get("ISSUER", "https://localhost:8444/uk-ob-3.3"),
        kit=os.environ.get("KIT", "kit"),
        clients=os.environ.get("CLIENTS", "http://localhost:8445/api/banks/uk-ob-3.3/clients"),
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
    except Refused as error:
        sys.exit(f"tpp: {error}")
    except httpx.HTTPError as error:
        sys.exit(f"tpp: {described(error.request)}: {error}")
