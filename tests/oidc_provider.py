"""A login provider over HTTP that asks nobody anything: whoever ``claims`` tell of is let in."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID = "parley"


class Provider:
    """``claims`` are added to those of each ID token; ``key`` signs it (RS256)."""

    def __init__(self) -> None:
        self._own_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.reset()
        self._nonces: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self) -> None:
        """Eve is logged in again, and tokens are signed with the key that is published."""
        eve = {"sub": "17", "email": "eve@example.org", "email_verified": True, "name": "Eve"}
        self.claims: dict[str, Any] = eve
        self.key = self._own_key

    def secrets(self, app_url: str) -> str:
        """What Streamlit's secrets have to say."""
        values = {
            "redirect_uri": f"{app_url}/oauth2callback",
            "cookie_secret": "s" * 40,
            "client_id": CLIENT_ID,
            "client_secret": "hush",
            "server_metadata_url": f"{self.url}/.well-known/openid-configuration",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        return "\n".join(["[auth]", *lines, ""])

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes, at once."""
        code = uuid4().hex
        self._nonces[code] = query["nonce"]
        back = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{back}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        known = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims = {**known, "nonce": self._nonces.pop(form["code"]), **self.claims}
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def jwks(self) -> dict[str, Any]:
        key = RSAAlgorithm.to_jwk(self._own_key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                if url.path == "/authorize":
                    self.send_response(302)
                    query = {name: values[0] for name, values in parse_qs(url.query).items()}
                    self.send_header("Location", provider.authorize(query))
                    self.end_headers()
                elif url.path == "/jwks":
                    self._answer(provider.jwks())
                else:
                    self._answer(provider.metadata())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._answer(provider.token(form))

            def _answer(self, value: dict[str, Any]) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing into the test's output."""

        return Handler
