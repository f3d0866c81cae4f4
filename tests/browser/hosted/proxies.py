"""The README's proxies, as processes; as a script (`make test`) it installs them from Debian."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from store.types import utc_now
from tests import apt
from tests.processes import ROOT
from tests.waiting import until

PACKAGES = {"nginx": "nginx-light", "caddy": "caddy"}
NAME, PARLEY = "chat.example.org", "127.0.0.1:8501"
Make = Callable[[Path, Mapping[int, str]], list[str]]
"""Writes its configuration into a folder, for these ports; gives the command."""


def written(language: str) -> str:
    """The README's only block in that language."""
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    [text] = found
    return str(text)


def certificate(folder: Path) -> tuple[Path, Path]:
    """For this computer, signed by itself; the file of it, and of its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "proxy.pem", folder / "proxy.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


def nginx(folder: Path, sites: Mapping[int, str]) -> list[str]:
    """What starts it, as the README configures it but for names and numbers."""
    return _nginx(folder, sites, "")


def pages_only(folder: Path, sites: Mapping[int, str]) -> list[str]:
    """The same as a host of pages has it: of what is not Streamlit's it knows nothing."""
    return _nginx(folder, sites, "location /api { return 404; }")


def _nginx(folder: Path, sites: Mapping[int, str], more: str) -> list[str]:
    pem, key = certificate(folder)
    example = written("nginx").replace(NAME, "localhost")
    servers = ""
    for port, to in sites.items():
        server = example.replace("listen 443", f"listen 127.0.0.1:{port}").replace(PARLEY, to)
        server = server.replace("/etc/ssl/localhost.pem", str(pem))
        server = server.replace("/etc/ssl/localhost.key", str(key))
        servers += server.replace("    location /", f"    {more}\n    location /", 1)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{places}{servers}}}\n"
    )
    return [_found("nginx"), "-c", str(configuration), "-p", str(folder)]


def caddy(folder: Path, sites: Mapping[int, str]) -> list[str]:
    """The same; with a certificate that is there already."""
    pem, key = certificate(folder)
    example = written("caddyfile").replace("{\n", f"{{\n    tls {pem} {key}\n", 1)
    servers = [
        example.replace(NAME, f"https://localhost:{port}").replace(PARLEY, to)
        for port, to in sites.items()
    ]
    configuration = folder / "Caddyfile"
    # It would wait for ever for who still looks at an answer.
    options = "admin off\n    auto_https disable_redirects\n    grace_period 1s"
    configuration.write_text("\n".join([f"{{\n    {options}\n}}", *servers]))
    return [_found("caddy"), "run", "--config", str(configuration), "--adapter", "caddyfile"]


@contextmanager
def running(make: Make, folder: Path, sites: Mapping[int, str]) -> Iterator[list[str]]:
    """The https addresses at which it passes on, by its ports, to a Parley (host and port)."""
    log = (folder / "proxy.out").open("wb")
    known = {**os.environ, "HOME": str(folder)}
    process = subprocess.Popen(make(folder, sites), stdout=log, stderr=log, env=known)
    urls = [f"https://localhost:{port}" for port in sites]

    def is_up() -> bool:
        assert process.poll() is None, (folder / "proxy.out").read_text()
        try:
            for url in urls:
                urlopen(f"{url}/_stcore/health", context=unchecked()).close()
        except OSError:
            return False
        return True

    try:
        until(is_up)
        yield urls
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        log.close()


def unchecked() -> ssl.SSLContext:
    """Whoever asks here knows that certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _found(name: str) -> str:
    found = _path(name)
    assert found, f"there is no {name}; as root on Debian `make test` installs it"
    return found


def _path(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


if __name__ == "__main__":
    apt.install(*(package for name, package in PACKAGES.items() if not _path(name)))
