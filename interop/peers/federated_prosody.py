#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Debian's Prosody as several other domains, in its own network namespace."""

import shutil
from pathlib import Path

from process import Program
from peers.ports import takes_connections


class FederatedProsody:
    """Virtual hosts, each with its certificate and users; EXTERNAL and dialback in both directions."""

    kind = "prosody"

    def __init__(self, folder, enter, address, users, *, authority, bundle, anchor, resolver):
        """`users` is a dictionary address: password; every domain in it is a host. `anchor` validates DNS,
        which is asked at `resolver` (ADDRESS@PORT)."""
        self.folder = Path(folder) / "prosody"
        self.host = address
        self.enter = enter
        self.users = users
        self.ca = authority.root
        self.authority = authority
        self.bundle = bundle
        self.anchor = anchor
        self.resolver = resolver
        self.c2s, self.s2s, self.s2s_tls = 5222, 5269, 5270
        self.program = Program(
            "prosody", [*enter, "prosody", "-F", "--config", self.folder / "prosody.cfg.lua"],
            self.folder / "prosody.log")

    @staticmethod
    def missing():
        return [name for name in ("prosody",) if shutil.which(name) is None]

    @property
    def domains(self):
        return sorted({address.partition("@")[2] for address in self.users})

    async def start(self):
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        (self.folder / "prosody.cfg.lua").write_text(self._configuration(data))
        for address, password in self.users.items():
            user, _, domain = address.partition("@")
            accounts = data / _file_name(domain) / "accounts"
            accounts.mkdir(parents=True, exist_ok=True)
            (accounts / f"{_file_name(user)}.dat").write_text(f'return {{ ["password"] = "{password}" }};\n')
        await self.program.start()

        async def listens():
            return await takes_connections(self.host, self.c2s) and await takes_connections(self.host, self.s2s)

        await self.program.ready(listens)
        return self

    def _configuration(self, data):
        hosts = "\n".join(f'VirtualHost "{domain}"\n{self._tls(domain)}' for domain in self.domains)
        rooms = f"rooms.{next(iter(self.users)).partition('@')[2]}"
        return f"""
run_as_root = true
daemonize = false
data_path = "{data}"
pidfile = "{self.folder}/prosody.pid"
interfaces = {{ "{self.host}" }}
c2s_ports = {{ {self.c2s} }}
s2s_ports = {{ {self.s2s} }}
s2s_direct_tls_ports = {{ {self.s2s_tls} }}
modules_enabled = {{
    "roster"; "saslauth"; "tls"; "disco"; "ping"; "dialback"; "s2s"; "s2s_auth_certs"; "s2s_bidi"; "offline"; "posix"; "pep"; "smacks";
}}
unbound = {{ resolvconf = false; forward = "{self.resolver}"; hoststxt = false; trustfile = "{self.anchor}" }}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = false
ssl = {{ cafile = "{self.bundle}" }}
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
{hosts}
Component "{rooms}" "muc"
    muc_room_default_public = true
    muc_room_locking = false
{self._tls(rooms)}
"""

    def _tls(self, domain):
        certificate, key = self.authority.certificate(domain), self.authority.key(domain)
        return (
            f'    certificate = "{certificate}"\n'
            f'    ssl = {{ certificate = "{certificate}"; key = "{key}"; cafile = "{self.bundle}" }}')

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail(25)


def _file_name(text):
    """Prosody's datastore encoding: everything but letters and digits as %xx."""
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"%{byte:02x}" for byte in text.encode())
