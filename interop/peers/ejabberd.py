#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Debian's ejabberd as another domain, in the foreground of its own network namespace."""

import shutil
from pathlib import Path

from process import Program
from peers.ports import takes_connections

#: Where Debian has its libraries, by architecture.
LIBRARIES = Path("/usr/lib")


class Ejabberd:
    """One domain with users; federates by certificates, and by dialback where those do not suffice."""

    kind = "ejabberd"

    def __init__(self, folder, enter, address, domain, users, *, authority, bundle, resolver=None):
        """`enter` is the command prefix that runs a program in the namespace, `users` a dictionary name: password.
        `resolver` is the DNS server's (address, port), by default what resolv.conf says."""
        self.folder = Path(folder) / "ejabberd"
        self.host = address
        self.enter = enter
        self.domain = domain
        self.users = users
        self.ca = authority.root
        self.authority = authority
        self.bundle = bundle
        self.resolver = resolver
        self.c2s, self.s2s = 5222, 5269
        self.program = Program(
            "ejabberd", [*enter, "erl", *self._arguments()], self.folder / "console.log",
            environment={
                "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
                "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
                "ERL_CRASH_DUMP": str(self.folder / "crash.dump"), "ERL_EPMD_ADDRESS": "127.0.0.1",
                "ERL_LIBS": str(self.folder / "lib"), "HOME": str(self.folder),
            }, cwd="/")

    @staticmethod
    def missing():
        return [name for name in ("ejabberdctl", "erl") if shutil.which(name) is None]

    def _arguments(self):
        accounts = "".join(
            f'ejabberd_auth:try_register(<<"{name}">>, <<"{self.domain}">>, <<"{password}">>),'
            for name, password in self.users.items())
        return [
            "-noinput", "-sname", "interop@localhost", "-setcookie", "interop", "-erl_epmd_port", "14371",
            "-start_epmd", "false", "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
            *(("-kernel", "inetrc", f'"{self.folder}/inetrc"') if self.resolver else ()),
            "-mnesia", "dir", f'"{self.folder}/db"', "-ejabberd", "log_rotate_count", "0", "-s", "ejabberd",
            "-eval", f'{accounts} file:write_file("{self.folder}/ready", <<>>).',
        ]

    async def start(self):
        (self.folder / "db").mkdir(parents=True, exist_ok=True)
        # Its own libraries alone: of the system's folder Erlang would look at every file.
        (self.folder / "lib").mkdir(exist_ok=True)
        for library in LIBRARIES.glob("*/ejabberd-*"):
            place = self.folder / "lib" / library.name
            if not place.exists():
                place.symlink_to(library)
        if self.resolver:
            address, port = self.resolver
            (self.folder / "inetrc").write_text(
                '{resolv_conf, ""}.\n{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, dns]}.\n'
                f"{{nameserver, {{{address.replace('.', ',')}}}, {port}}}.\n")
        pem = self.folder / "server.pem"
        pem.write_text(
            self.authority.certificate(self.domain).read_text() + self.authority.key(self.domain).read_text())
        (self.folder / "ejabberd.yml").write_text(f"""
loglevel: info
hosts: ["{self.domain}"]
certfiles: ["{pem}"]
ca_file: "{self.bundle}"
s2s_cafile: "{self.bundle}"
s2s_use_starttls: required
listen:
  - {{port: {self.c2s}, ip: "{self.host}", module: ejabberd_c2s, access: c2s, starttls: true, starttls_required: true}}
  - {{port: {self.s2s}, ip: "{self.host}", module: ejabberd_s2s_in}}
auth_password_format: scram
access_rules:
  local: {{allow: all}}
  c2s: {{allow: all}}
  register: {{allow: all}}
acl: {{}}
modules:
  mod_adhoc: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_muc: {{host: "rooms.{self.domain}", access_create: local}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
  mod_version: {{}}
""")
        await self.program.start()

        async def listens():
            return (self.folder / "ready").exists() and await takes_connections(self.host, self.s2s)

        # It takes seconds of processor time to start, which are minutes where others want it, too.
        await self.program.ready(listens, within=240)
        return self

    async def stop(self):
        await self.program.stop()

    def tail(self):
        log = self.folder / "ejabberd.log"
        lines = log.read_text(errors="replace").splitlines()[-25:] if log.exists() else []
        return "\n".join([self.program.tail(), *(f"  ejabberd: {line[:400]}" for line in lines)])
