"""Someone else judges the Brazilian side and the directory: the subject's spelling is computed anew from
the certificate by another X.509 library, statements are verified by another JOSE library, and a client
lives its life over another HTTP client.

Usage: judge_brasil.py --ready FILE --kit DIR

FILE holds the line that `aspsp-emulator --log-format json` prints when it is ready. Stops at the
first mismatch.
"""

import argparse
import json
import pathlib
import time
import uuid

import httpx
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from jwcrypto import jwk

import judge
from judge import check_answer, key_set, ok, sign, tls, verify

BANK, DIRECTORY = "open-finance-brasil", "raidiam-directory"
# The attributes that Open Finance Brasil wants by name; every other one is a dotted OID with its BER.
NAMED = {
    "2.5.4.3": "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
SERVER_OWNED = {
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
}
STATEMENT_CLAIMS = {
    "iss", "iat", "software_id", "software_client_id", "software_client_name",
    "software_client_description", "software_client_uri", "software_logo_uri", "software_tos_uri",
    "software_policy_uri", "software_environment", "software_mode", "software_version",
    "software_redirect_uris", "software_api_webhook_uris", "software_roles",
    "software_statement_roles", "software_jwks_uri", "software_jwks_inactive_uri",
    "software_jwks_transport_uri", "software_jwks_transport_inactive_uri", "org_id", "org_number",
    "org_name", "org_status", "organisation_competent_authority_claims",
}


def attribute(entry):
    oid = entry.oid.dotted_string
    if oid in NAMED:
        return f"{NAMED[oid]}={entry.value}"
    value = entry.value.encode()
    tag = {_ASN1Type.UTF8String: 0x0C, _ASN1Type.PrintableString: 0x13}[entry._type]
    return f"{oid}=#{bytes([tag, len(value)]).hex()}{value.hex()}"


def subject(certificate):
    """The subject in RFC 4514 order, as the profile writes it."""
    name = x509.load_pem_x509_certificate(certificate).subject
    return ",".join(attribute(entry) for rdn in reversed(name.rdns) for entry in rdn)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ready", type=pathlib.Path, required=True)
    arguments.add_argument("--kit", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    ready = json.loads(options.ready.read_text())
    kit = options.kit / "brasil"
    tpp = json.loads((kit / "tpp.json").read_text())
    public = httpx.Client(verify=tls(kit))
    mtls = httpx.Client(verify=tls(kit, "transport"))
    control = httpx.Client(base_url=ready["control"])
    key = jwk.JWK.from_pem((kit / "signing.key").read_bytes())

    discovery = public.get(f"{ready['tls']}/{BANK}/.well-known/openid-configuration").json()
    endpoint, token_endpoint = discovery["registration_endpoint"], discovery["token_endpoint"]
    ok("discovery: registration_endpoint", endpoint == f"{ready['mtls']}/{BANK}/reg", endpoint)

    directory_keys = key_set(public, f"{ready['tls']}/directory/directory.jwks")

    def statement():
        token = control.get("/kit/brasil/ssa.jwt").text
        header, claims = verify("statement", token, directory_keys)
        ok("statement: header", header == {"alg": "PS256", "kid": "signer", "typ": "JWT"}, header)
        return token, claims

    token, claims = statement()
    missing = STATEMENT_CLAIMS - claims.keys()
    ok("statement: every claim", not missing, missing)
    surplus = {"jti", "exp", "aud", "nbf"} & claims.keys()
    ok("statement: no more", not surplus, surplus)
    ok("statement: software_id is a UUID", str(uuid.UUID(claims["software_id"])) == claims["software_id"])
    ok("statement: organisation number", len(claims["org_number"]) == 14 and claims["org_number"].isdigit())
    authorities = claims["organisation_competent_authority_claims"]
    ok("statement: authorities in an array", isinstance(authorities, list) and authorities, authorities)
    for name, value in claims.items():
        if "jwks" in name:
            ok(f"statement: {name} answers", public.get(value).status_code == 200, value)

    expected = subject((kit / "transport.pem").read_bytes())
    request = control.get(f"/kit/brasil/registration-{BANK}.json").json()
    ok("kit's request: subject", request["tls_client_auth_subject_dn"] == expected, expected)
    answer = mtls.post(endpoint, json=request)
    check_answer("register the kit's request", answer, 201)

    wrong = {**request, "tls_client_auth_subject_dn": expected.replace("#0c", "#13")}
    judge.check_refusal("another tag", mtls.post(endpoint, json=wrong), "invalid_client_metadata", "subject_dn_mismatch")

    own = {
        "software_statement": token,
        "redirect_uris": claims["software_redirect_uris"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "PS256",
        "grant_types": ["client_credentials", "authorization_code", "implicit"],
        "response_types": ["code id_token"],
        "jwks_uri": claims["software_jwks_uri"],
    }
    answer = mtls.post(endpoint, json=own)
    check_answer("register", answer, 201)
    client = answer.json()
    changed = [name for name, value in own.items() if client.get(name) != value]
    ok("register: every field is echoed", not changed, changed)
    url = client["registration_client_uri"]
    manage = {"authorization": f"Bearer {client['registration_access_token']}"}

    def assertion(subject_id, audience):
        now = int(time.time())
        claims = {"iss": subject_id, "sub": subject_id, "aud": audience, "iat": now, "exp": now + 60}
        claims["jti"] = str(uuid.uuid4())
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": sign(claims, key, tpp["kid"]),
        }

    check_answer("token", mtls.post(token_endpoint, data=assertion(client["client_id"], token_endpoint)), 200)
    answer = mtls.get(url, headers=manage)
    check_answer("read", answer, 200)
    ok("read: the same token", answer.json()["registration_access_token"] == client["registration_access_token"])
    back = {name: value for name, value in client.items() if name not in SERVER_OWNED}
    check_answer("replace with all that came back", mtls.put(url, json=back, headers=manage), 200)
    check_answer("delete", mtls.delete(url, headers=manage), 204)
    answer = mtls.get(url, headers=manage)
    check_answer("read after delete", answer, 401)
    ok("read after delete: invalid_token", answer.json()["error"] == "invalid_token", answer.text)

    directory = f"{ready['mtls']}/{DIRECTORY}"
    form = assertion(tpp["software_id"], f"{directory}/token") | {"scope": "directory:software"}
    answer = mtls.post(f"{directory}/token", data=form)
    check_answer("directory: token", answer, 200)
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    answer = mtls.get(f"{directory}/clients", headers=bearer)
    check_answer("directory: clients", answer, 200)
    ids = [entry["client_id"] for entry in answer.json()["content"]]
    ok("directory: the TPP is listed", tpp["software_id"] in ids, ids)
    path = f"organisations/{tpp['org_id']}/softwarestatements/{tpp['software_id']}/assertion"
    answer = mtls.get(f"{directory}/{path}", headers=bearer)
    check_answer("directory: statement", answer, 200)
    verify("directory: statement", answer.text, directory_keys)

    print(f"judge: {judge.passed} passed, 0 failed")


if __name__ == "__main__":
    main()
