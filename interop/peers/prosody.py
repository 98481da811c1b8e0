#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Debian's Prosody as a peer: its own configuration and data, in the foreground, on free ports."""

import re
import shutil
from pathlib import Path

from process import HOST, Program, accepts, free_ports


class Prosody:
    """A Prosody with virtual hosts, users and, when asked for, a component."""

    #: Scenarios ask for this to know which server they talk to.
    kind = "prosody"

    def __init__(self, folder, certificates, users, *, component="care.acme.example", secret="prosody-secret"):
        """`certificates` is the folder of the development certificates, `users` a dictionary address: password."""
        self.folder = Path(folder) / "prosody"
        self.certificates = Path(certificates)
        self.ca = self.certificates / "ca.crt"
        self.users = users
        self.component = component
        self.secret = secret
        self.host = HOST
        self.c2s, self.c2s_tls, self.component_port = free_ports(3)
        self.program = Program(
            "prosody", ["prosody", "-F", "--config", self.folder / "prosody.cfg.lua"], self.folder / "prosody.log")

    @staticmethod
    def missing():
        """The names of programs that are not installed."""
        return [name for name in ("prosody",) if shutil.which(name) is None]

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
            return await accepts(self.c2s) and await accepts(self.component_port)

        await self.program.ready(listens)
        return self

    def _configuration(self, data):
        domains = sorted({address.partition("@")[2] for address in self.users})
        hosts = "\n".join(
            f'VirtualHost "{domain}"\n'
            f'    ssl = {{ certificate = "{self.certificates}/{domain}.crt";\n'
            f'            key = "{self.certificates}/{domain}.key" }}'
            for domain in domains)
        component = f'Component "{self.component}"\n    component_secret = "{self.secret}"\n' if self.component else ""
        return f"""
run_as_root = true
daemonize = false
data_path = "{data}"
pidfile = "{self.folder}/prosody.pid"
plugin_paths = {{}}
interfaces = {{ "{HOST}" }}
c2s_ports = {{ {self.c2s} }}
c2s_direct_tls_ports = {{ {self.c2s_tls} }}
component_ports = {{ {self.component_port} }}
component_interfaces = {{ "{HOST}" }}
modules_enabled = {{
    "roster"; "saslauth"; "tls"; "disco"; "private"; "vcard_legacy"; "pep"; "version"; "uptime"; "time"; "ping";
    "smacks"; "carbons"; "offline"; "component"; "posix"; "blocklist";
}}
modules_disabled = {{ "s2s"; "s2s_auth_certs"; "dialback" }}
s2s_ports = {{}}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = true
certificates = "{self.certificates}"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
{hosts}
{component}
"""

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail()


def _file_name(text):
    """Prosody's datastore encoding: everything but letters and digits as %xx."""
    return re.sub(r"[^A-Za-z0-9]", lambda match: f"%{ord(match.group()):02x}", text)
