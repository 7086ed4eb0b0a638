"""Someone else judges: a client's life at a running emulator, by another JOSE library (jwcrypto),
another HTTP client (httpx) and Python's own TLS with its strict X.509 rules.

Usage: judge.py --ready FILE --kit DIR [--bank ID]

FILE holds the line that `aspsp-emulator --log-format json` prints when it is ready. Stops at the
first mismatch.
"""

import argparse
import base64
import json
import pathlib
import re
import ssl
import sys
import time
import uuid

import httpx
from jwcrypto import jwk, jws

# Every claim of the UK directory's statement, and the JSON type it has there.
STATEMENT_CLAIMS = {
    "iss": str,
    "iat": int,
    "jti": str,
    "software_environment": str,
    "software_mode": str,
    "software_id": str,
    "software_client_id": str,
    "software_client_name": str,
    "software_client_description": str,
    "software_version": str,
    "software_client_uri": str,
    "software_redirect_uris": list,
    "software_roles": list,
    "software_logo_uri": str,
    "software_policy_uri": str,
    "software_tos_uri": str,
    "software_on_behalf_of_org": str,
    "software_jwks_endpoint": str,
    "software_jwks_revoked_endpoint": str,
    "org_id": str,
    "org_name": str,
    "org_status": str,
    "org_contacts": list,
    "org_jwks_endpoint": str,
    "org_jwks_revoked_endpoint": str,
    "organisation_competent_authority_claims": dict,
}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

passed = 0


def ok(what, holds, seen=""):
    """One case: prints it, or ends the run."""
    global passed
    if not holds:
        sys.exit(f"not ok {what}: {seen}")
    passed += 1
    print(f"ok {what}")


def tls(kit, certificate=None):
    """A TLS context that trusts the kit's CA alone, as strictly as Python can."""
    context = ssl.create_default_context(cafile=str(kit / "ca.pem"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if certificate:
        context.load_cert_chain(kit / f"{certificate}.pem", kit / f"{certificate}.key")
    return context


def key_set(client, url):
    answer = client.get(url)
    ok(f"key set {url.rsplit('/', 1)[-1]}", answer.status_code == 200, answer.status_code)
    for key in answer.json()["keys"]:
        private = {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        ok(f"key {key['kid']} has no private part", not private, private)
        if "x5c" in key:
            leaf = base64.b64decode(key["x5c"][0])
            pem = ssl.DER_cert_to_PEM_cert(leaf).encode()
            certified = jwk.JWK.from_pem(pem)
            same = certified.thumbprint() == jwk.JWK(**key).thumbprint()
            ok(f"key {key['kid']} is that of its certificate", same)
    return jwk.JWKSet.from_json(answer.text)


def verify(what, token, keys, algorithm="PS256"):
    """The header and claims of a compact JWS that one of these keys signed."""
    parsed = jws.JWS()
    parsed.allowed_algs = [algorithm]
    parsed.deserialize(token)
    header = json.loads(parsed.objects["protected"])
    ok(f"{what}: alg {algorithm}", header["alg"] == algorithm, header)
    key = keys.get_key(header["kid"])
    ok(f"{what}: kid is in the key set", key is not None, header)
    parsed.verify(key)
    ok(f"{what}: signature", True)
    return header, json.loads(parsed.payload)


def sign(claims, key, kid, algorithm="PS256"):
    token = jws.JWS(json.dumps(claims))
    header = {"alg": algorithm, "kid": kid, "typ": "JWT"}
    token.allowed_algs = [algorithm]
    token.add_signature(key, protected=json.dumps(header))
    return token.serialize(compact=True)


def check_statement(header, claims, tpp):
    ok("statement: typ", header.get("typ") == "JWT", header)
    ok("statement: its header holds no more", set(header) == {"alg", "typ", "kid"}, header)
    ok("statement: claims", claims.keys() == STATEMENT_CLAIMS.keys(), claims.keys() ^ STATEMENT_CLAIMS.keys())
    wrong = [name for name, kind in STATEMENT_CLAIMS.items() if type(claims[name]) is not kind]
    ok("statement: types", not wrong, wrong)
    ok("statement: iss", claims["iss"] == "OpenBanking Ltd", claims["iss"])
    ok("statement: jti", re.fullmatch("[0-9a-f]{16}", claims["jti"]), claims["jti"])
    ok("statement: iat", abs(claims["iat"] - time.time()) < 60, claims["iat"])
    ok("statement: software_id", re.fullmatch("[0-9A-Za-z]{22}", claims["software_id"]), claims["software_id"])
    ok("statement: software_client_id", claims["software_client_id"] == claims["software_id"])
    ok("statement: org_id", re.fullmatch("[0-9A-Za-z]{18}", claims["org_id"]), claims["org_id"])
    ok("statement: org_status", claims["org_status"] == "Active", claims["org_status"])
    for name in ("org_id", "software_id"):
        ok(f"statement: {name} is the kit's", claims[name] == tpp[name], tpp[name])
    ok("statement: redirect URIs are the kit's", claims["software_redirect_uris"] == tpp["redirect_uris"])
    authority = claims["organisation_competent_authority_claims"]
    expected = {"authority_id", "registration_id", "status", "authorisations"}
    ok("statement: authority claims", authority.keys() == expected, authority)


def check_answer(what, answer, status, interaction_id=None):
    ok(f"{what}: {status}", answer.status_code == status, f"{answer.status_code} {answer.text}")
    given = answer.headers.get("x-fapi-interaction-id", "")
    if interaction_id:
        ok(f"{what}: interaction id is the one sent", given == interaction_id, given)
    else:
        ok(f"{what}: interaction id is a UUID", UUID.fullmatch(given), given)


def check_refusal(what, answer, error, check):
    check_answer(what, answer, 400)
    body = answer.json()
    ok(f"{what}: {error}", body["error"] == error, body)
    ok(f"{what}: {check}", body["error_description"].endswith(f"({check})"), body)
    ok(f"{what}: two members", body.keys() == {"error", "error_description"}, body)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ready", type=pathlib.Path, required=True)
    arguments.add_argument("--kit", type=pathlib.Path, required=True)
    arguments.add_argument("--bank", default="uk-ob-3.3")
    options = arguments.parse_args()
    ready = json.loads(options.ready.read_text())
    kit, bank = options.kit, options.bank
    tpp = json.loads((kit / "tpp.json").read_text())

    public = httpx.Client(verify=tls(kit))
    mtls = httpx.Client(verify=tls(kit, "transport"))
    control = httpx.Client(base_url=ready["control"])
    base = f"{ready['mtls']}/{bank}"

    try:
        answer = public.post(f"{base}/register", content="x")
        ok("no client certificate: no answer", False, answer.status_code)
    except httpx.TransportError:
        ok("no client certificate: no answer", True)

    discovery = public.get(f"{ready['tls']}/{bank}/.well-known/openid-configuration").json()
    ok("discovery: issuer", discovery["issuer"] == f"{ready['tls']}/{bank}", discovery["issuer"])
    endpoint, token_endpoint = discovery["registration_endpoint"], discovery["token_endpoint"]
    ok("discovery: registration_endpoint", endpoint == f"{base}/register", endpoint)
    ok("discovery: PS256 first", discovery["request_object_signing_alg_values_supported"][0] == "PS256")
    key_set(public, discovery["jwks_uri"])

    directory_keys = key_set(public, f"{ready['tls']}/directory/directory.jwks")
    statement = control.get("/kit/ssa.jwt").text
    header, claims = verify("statement", statement, directory_keys)
    check_statement(header, claims, tpp)
    for name in ("software_jwks_revoked_endpoint", "org_jwks_endpoint", "org_jwks_revoked_endpoint"):
        key_set(public, claims[name])
    software_keys = key_set(public, claims["software_jwks_endpoint"])

    request = control.get(f"/kit/registration-{bank}.jwt").text
    _, kit_claims = verify("kit's request", request, software_keys)
    ok("kit's request: iss", kit_claims["iss"] == claims["software_id"], kit_claims["iss"])
    ok("kit's request: jti", uuid.UUID(kit_claims["jti"]).version == 4, kit_claims["jti"])
    verify("kit's request: statement", kit_claims["software_statement"], directory_keys)

    key = jwk.JWK.from_pem((kit / "signing.key").read_bytes())

    def own_claims(**changes):
        now = int(time.time())
        return {
            "iss": claims["software_id"],
            "iat": now,
            "exp": now + 300,
            "aud": discovery["issuer"],
            "jti": str(uuid.uuid4()),
            "redirect_uris": claims["software_redirect_uris"],
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "PS256",
            "grant_types": ["client_credentials", "authorization_code"],
            "response_types": ["code id_token"],
            "software_id": claims["software_id"],
            "scope": "openid accounts",
            "software_statement": statement,
            "application_type": "web",
            "id_token_signed_response_alg": "PS256",
            "request_object_signing_alg": "PS256",
            **changes,
        }

    jose = {"content-type": "application/jose"}

    def register(request, **headers):
        return mtls.post(endpoint, content=request, headers=jose | headers)

    answer = register(sign(own_claims(), key, tpp["kid"], "RS256"))
    check_refusal("RS256", answer, "invalid_client_metadata", "request_alg_not_allowed")
    stranger = jwk.JWK.generate(kty="RSA", size=2048)
    answer = register(sign(own_claims(), stranger, tpp["kid"]))
    check_refusal("another's key", answer, "invalid_client_metadata", "request_signature_invalid")

    sent = own_claims()
    answer = register(sign(sent, key, tpp["kid"]), **{"x-fapi-interaction-id": "judge-1"})
    check_answer("register", answer, 201, "judge-1")
    client = answer.json()
    ok("register: content-type", answer.headers["content-type"] == "application/json")
    ok("register: no-store", answer.headers["cache-control"] == "no-store", answer.headers)
    changed = [name for name, value in sent.items() if client.get(name) != value]
    ok("register: every claim is echoed", not changed, changed)
    kept = {"iss", "iat", "jti"}
    changed = [name for name in claims.keys() - kept if client.get(name) != claims[name]]
    ok("register: every claim of the statement is there", not changed, changed)
    ok("register: no secret for private_key_jwt", "client_secret" not in client)
    url = f"{endpoint}/{client['client_id']}"

    def token():
        now = int(time.time())
        assertion = {
            "iss": client["client_id"],
            "sub": client["client_id"],
            "aud": token_endpoint,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
        }
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": kind,
            "client_assertion": sign(assertion, key, tpp["kid"]),
        }
        return mtls.post(token_endpoint, data=form)

    answer = token()
    check_answer("token", answer, 200)
    body = answer.json()
    ok("token: Bearer for a while", body["token_type"] == "Bearer" and body["expires_in"] > 0, body)
    bearer = {"authorization": f"Bearer {body['access_token']}"}

    answer = mtls.get(url, headers=bearer)
    check_answer("read", answer, 200)
    ok("read: what was registered", answer.json() == client)

    answer = mtls.put(url, content=sign(own_claims(scope="openid"), key, tpp["kid"]), headers=jose | bearer)
    check_answer("replace", answer, 200)
    ok("replace: scope", answer.json()["scope"] == "openid", answer.text)
    ok("replace: same client", answer.json()["client_id"] == client["client_id"], answer.text)

    answer = mtls.get(url)
    check_answer("no token", answer, 401)
    challenge = answer.headers.get("www-authenticate", "")
    ok("no token: challenge", challenge.startswith("Bearer "), challenge)

    answer = mtls.delete(url, headers=bearer)
    check_answer("delete", answer, 204)
    ok("delete: no body", answer.content == b"", answer.content)

    check_answer("read after delete", mtls.get(url, headers=bearer), 401)
    answer = token()
    check_answer("token after delete", answer, 401)
    ok("token after delete: invalid_client", answer.json()["error"] == "invalid_client", answer.text)

    print(f"judge: {passed} passed, 0 failed")


if __name__ == "__main__":
    main()
