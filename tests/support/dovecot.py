"""A real IMAP server for tests: Dovecot, of this run alone, on a loopback port, with folders in Dutch.

`python -m tests.support.dovecot --ensure` fetches it where it can (root with apt); where it can't, the tests that need
it say so and are left out. With CI=true that is a failure.
"""

import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from tests.support.services import HOME, WORKER
from watson.processes import Child, Unavailable, answers

PATHS = ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot")
PASSWORD = "secret-of-the-mailbox"
TRASH, JUNK, SENT, ARCHIVE = "Prullenbak", "Ongewenst", "Verzonden", "Archief"


def find() -> str | None:
    """The path of a Dovecot of the 2.3 series that is here now."""
    found = shutil.which("dovecot") or next((path for path in PATHS if os.access(path, os.X_OK)), None)
    if not found or not any(Path(path).exists() for path in ("/usr/lib/dovecot/imap", "/usr/libexec/dovecot/imap")):
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return found if version.startswith("2.3.") else None  # 2.4 reads another configuration


def ensure() -> str:
    """The path of Dovecot, fetched when there is none; raises Unavailable with the sentence."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "dovecot-imapd"]):
            subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)
    if found := find():
        return found
    raise Unavailable("There is no Dovecot 2.3 and none could be fetched: install the package dovecot-imapd.")


class Dovecot:
    """One server. Any user name is a mailbox of its own, made on first sign-in with PASSWORD or a token of `tokens`."""

    def __init__(self, place: Path, *, extra: str = "") -> None:
        self.place, self.extra = place, extra
        with socket.socket() as held, socket.socket() as other:
            held.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port: int = held.getsockname()[1]
            self.starttls_port: int = other.getsockname()[1]
        self.host = "localhost"
        self.tokens = Tokens()
        self.child: Child | None = None

    @property
    def ca(self) -> Path:
        return self.place / "ca.pem"

    def start(self) -> "Dovecot":
        binary = ensure()
        self.tokens.start()
        for name in ("run", "state", "mail"):
            (self.place / name).mkdir(parents=True)
        self.place.chmod(0o711)
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        os.chown(self.place / "mail", owner.pw_uid, owner.pw_gid)
        _certificate(self.place)
        (self.place / "oauth2.conf").write_text(
            "introspection_mode = post\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n"
            f"introspection_url = http://127.0.0.1:{self.tokens.port}/introspect\n"
        )
        (self.place / "dovecot.conf").write_text(self._configuration(owner))
        log = self.place / "dovecot.out"
        self.child = Child("Dovecot", [binary, "-F", "-c", str(self.place / "dovecot.conf")], log=log)
        self.child.wait_until(lambda: answers(self.port), timeout=20)
        return self

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
        self.tokens.stop()

    @contextmanager
    def mail_of(self, user: str) -> Iterator[IMAPClient]:
        """The mailbox of a user as their own mail program sees it."""
        context = ssl.create_default_context(cafile=str(self.ca))
        with IMAPClient(self.host, self.port, ssl_context=context) as client:
            client.login(user, PASSWORD)
            yield client

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder, made where it is not there."""
        with self.mail_of(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail)

    def subjects(self, user: str) -> dict[str, list[str]]:
        """What is in every folder that holds something: the subjects, in order."""
        found: dict[str, list[str]] = {}
        with self.mail_of(user) as client:
            for flags, _delimiter, name in client.list_folders():
                if {b"\\Noselect", b"\\NonExistent"} & set(flags):
                    continue
                client.select_folder(name, readonly=True)
                held = client.fetch(client.search(), ["ENVELOPE"])
                if held:
                    found[name] = [one[b"ENVELOPE"].subject.decode() for _uid, one in sorted(held.items())]
        return found

    def _configuration(self, owner: pwd.struct_passwd) -> str:
        me = pwd.getpwuid(os.geteuid()).pw_name
        alone = ""
        if os.geteuid() != 0:
            # Only root may change roots or become somebody else.
            alone = (
                f"default_internal_user = {me}\ndefault_internal_group = {owner.pw_gid}\ndefault_login_user = {me}\n"
            )
            alone += "".join(f"service {name} {{\n  chroot =\n}}\n" for name in ("anvil", "stats", "imap-login"))
        folders = "".join(
            f'  mailbox "{name}" {{\n    special_use = \\{use}\n    auto = create\n  }}\n'
            for name, use in ((TRASH, "Trash"), (JUNK, "Junk"), (SENT, "Sent"), (ARCHIVE, "Archive"))
        )
        return f"""
base_dir = {self.place}/run
state_dir = {self.place}/state
log_path = {self.place}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{self.place}/server.pem
ssl_key = <{self.place}/server.key
first_valid_uid = 1
mail_location = maildir:{self.place}/mail/%u
mail_fsync = never
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {self.place}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={self.place}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {self.starttls_port}
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
{folders}}}
{alone}{self.extra}
"""


class Tokens:
    """A token server on loopback: who has which access token, and what a refresh token is traded for."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}  # access token to user
        self.refresh: dict[str, str] = {}  # refresh token to user
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def start(self) -> None:
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
                given = {name: values[0] for name, values in asked.items()}
                status, answer = tokens.answer(self.path, given)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/introspect":
            user = self.users.get(given.get("token", ""))
            return 200, {"active": user is not None, "username": user or ""}
        user = self.refresh.get(given.get("refresh_token", ""))
        if given.get("grant_type") != "refresh_token" or user is None:
            return 400, {"error": "invalid_grant"}
        token = f"access-{len(self.users)}"
        self.users[token] = user
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _certificate(place: Path) -> None:
    """A certificate authority of this run, and a certificate of it for localhost."""
    now = datetime.now(UTC)

    def make(
        name: str, key: Any, issuer: x509.Name, signer: Any, extensions: list[tuple[Any, bool]]
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests of Watson")])
    ca = make("Tests of Watson", authority, ca_name, authority, [(x509.BasicConstraints(True, None), True)])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    leaf = make("localhost", server, ca_name, authority, [(x509.BasicConstraints(False, None), True), (names, False)])
    (place / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (place / "server.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    secret = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (place / "server.key").write_bytes(secret)
    (place / "server.key").chmod(0o600)


def start(name: str = "dovecot", *, extra: str = "") -> Dovecot:
    """A server in this run's directory."""
    number = 0
    while (place := HOME / f"{name}-{WORKER}-{number}").exists():
        number += 1
    place.mkdir()
    return Dovecot(place, extra=extra).start()


def main() -> int:
    try:
        ensure()
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1 if os.environ.get("CI") == "true" else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
