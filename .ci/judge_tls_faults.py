"""OpenSSL judges the TLS faults by host name: each is refused for its own reason, on both listeners.

Usage: judge_tls_faults.py --ready FILE --kit DIR
"""

import argparse
import json
import re
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

# OpenSSL's X509_V_ERR_… of openssl/x509_vfy.h.
VERIFY_CODES = {
    "expired": 10,
    "not-yet-valid": 9,
    "wrong-host": 62,
    "self-signed": 18,
    "untrusted-root": 19,
    "missing-intermediate": 20,
}


def meets(url: str, label: str, kit: Path) -> object:
    """What a client meets under the name: a verify code, a TLS version, or the kind of its error."""
    context = ssl.create_default_context(cafile=str(kit / "ca.pem"))
    context.load_cert_chain(kit / "transport.pem", kit / "transport.key")
    # Only a stall lets this pass.
    seconds = 1 if label == "handshake-stall" else 20
    with socket.create_connection(("127.0.0.1", urlsplit(url).port), seconds) as stream:
        try:
            with context.wrap_socket(stream, server_hostname=f"{label}.localhost") as tls:
                return tls.version()
        except ssl.SSLCertVerificationError as error:
            return error.verify_code
        except ssl.SSLError as error:
            return "alert" if "ALERT_HANDSHAKE_FAILURE" in (error.reason or "") else error.reason
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "silence"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready", type=Path, required=True)
    parser.add_argument("--kit", type=Path, required=True)
    arguments = parser.parse_args()
    ready = json.loads(arguments.ready.read_text(encoding="utf-8"))
    expected = {
        **VERIFY_CODES,
        "tls12-only": "TLSv1.2",
        "no-client-cert-request": "TLSv1.3",
        "handshake-stall": "silence",
        "handshake-reset": "reset",
        "handshake-alert": "alert",
    }
    table = Path(__file__).parent.parent / "docs/tls-faults.md"
    documented = re.findall(r"^\| `([a-z0-9-]+)\.` ", table.read_text(encoding="utf-8"), re.M)
    if documented != list(expected):
        sys.exit(f"not ok: the table has {documented}")
    for listener in ("mtls", "tls"):
        for label, wanted in expected.items():
            met = meets(ready[listener], label, arguments.kit)
            if met != wanted:
                sys.exit(f"not ok {listener} {label}: {met}, not {wanted}")
        print(f"ok {listener}: {len(expected)} TLS faults by host name")


if __name__ == "__main__":
    main()
