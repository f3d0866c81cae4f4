"""Certificates: the connection goes to an address, the proof is for the name."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.chat.web.web_site import Names, answer, browsing, failure, served

HERE = ["127.0.0.1"]


def certificate(folder: Path, name: str) -> Path:
    """A key and a certificate for a name that vouches for itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    file = certificate(tmp_path, "good.example")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(file)
    asked_for: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    trust = ssl.create_default_context(cafile=str(file))

    async def run() -> None:
        names = Names(good_example=[HERE], bad_example=[HERE])
        async with served(answer(200, b"yes"), tls=tls) as site:
            good, bad = (f"https://{name}.example:{site.port}/" for name in ("good", "bad"))
            async with browsing(resolve=names, trust=trust) as web:
                assert (await web.get(good)).body == b"yes"
                error = await failure(web.get(bad))
            assert "certificate is not accepted" in error.message
            async with browsing(resolve=names) as web:
                error = await failure(web.get(good))
            assert "certificate is not accepted" in error.message
            assert len(site.asked) == 1

    asyncio.run(run())
    assert asked_for == ["good.example", "bad.example", "good.example"]
