"""Asks the studio of this container whether it is alive: exit status 0 if it is."""

import http.client
import os
import ssl
import sys
from http import HTTPStatus
from urllib.parse import urlsplit

PATIENCE_S = 4


def _connection() -> http.client.HTTPConnection:
    port = int(os.environ.get("PORT") or 8000)
    if not os.environ.get("TLS_CERT"):
        return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    # The certificate is made out to another name than the loopback address.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, context=trusting)


def main() -> int:
    sub_path = urlsplit(os.environ.get("PUBLIC_URL", "")).path.rstrip("/")
    connection = _connection()
    try:
        connection.request("GET", f"{sub_path}/healthz")
        return int(connection.getresponse().status != HTTPStatus.OK)
    except (OSError, http.client.HTTPException) as e:
        print(f"The studio does not answer: {e}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
