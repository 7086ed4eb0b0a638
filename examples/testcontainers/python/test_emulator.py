"""The emulator as a container that lives as long as a test session, on whatever ports are free.

pip install -r requirements.txt && pytest

IMAGE                    the emulator's image
ASPSP_EMULATOR_HOSTNAME  where the tests find the engine's ports, if that is not localhost, such as
                         `docker`, or 172.17.0.1 for tests that are in a container themselves: it must
                         be in the server's certificate
"""

import os
import pathlib
import ssl

import httpx
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HealthcheckWaitStrategy

IMAGE = os.environ.get("IMAGE", "aspsp-emulator")
HOSTNAME = os.environ.get("ASPSP_EMULATOR_HOSTNAME", "localhost")
MTLS, TLS, CONTROL = 8443, 8444, 8445
KIT = ("ca.pem", "transport.pem", "transport.key", "signing.key", "tpp.json", "ssa.jwt")


@pytest.fixture(scope="session")
def control():
    """The control listener's URL, of an emulator that advertises its mapped ports."""
    container = DockerContainer(IMAGE).with_env("ASPSP_EMULATOR_HOSTNAME", HOSTNAME)
    container.with_exposed_ports(MTLS, TLS, CONTROL).waiting_for(HealthcheckWaitStrategy())
    with container:
        host = container.get_container_host_ip()
        mtls, tls, control = (f"{host}:{container.get_exposed_port(port)}" for port in (MTLS, TLS, CONTROL))
        urls = {"mtls": f"https://{mtls}", "tls": f"https://{tls}"}
        httpx.put(f"http://{control}/api/urls", json=urls).raise_for_status()
        yield f"http://{control}"


@pytest.fixture(scope="session")
def kit(control, tmp_path_factory) -> pathlib.Path:
    """What a TPP has after it enrolled: certificates, keys, ids and software statement, as files."""
    folder = tmp_path_factory.mktemp("kit")
    for name in KIT:
        (folder / name).write_bytes(httpx.get(f"{control}/kit/{name}").raise_for_status().content)
    return folder


def test_the_kits_tpp_registers(control, kit):
    tls = ssl.create_default_context(cafile=kit / "ca.pem")
    tls.load_cert_chain(kit / "transport.pem", kit / "transport.key")
    bank = httpx.get(f"{control}/api/banks/uk-ob-3.3").raise_for_status().json()
    request = httpx.get(f"{control}/kit/registration-uk-ob-3.3.jwt").raise_for_status().content

    with httpx.Client(verify=tls) as tpp:
        discovery = tpp.get(bank["discovery"]).raise_for_status().json()
        headers = {"Content-Type": "application/jose"}
        answer = tpp.post(discovery["registration_endpoint"], content=request, headers=headers)

    assert answer.status_code == 201, answer.text
    assert answer.json()["token_endpoint_auth_method"] == "tls_client_auth"
