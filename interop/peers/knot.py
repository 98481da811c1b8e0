#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Debian's knot as the DNS server of a scenario, which signs its zone itself."""

import shutil
import subprocess
from pathlib import Path

from process import Broken, Program, run_tool

ZONE = "example"


class Knot:
    """Serves the zone `example.` on a port of one address; `anchor` is what validates it."""

    def __init__(self, folder, address, records, port=53):
        """`records` are lines of a zone file."""
        self.folder = Path(folder) / "knot"
        self.address = address
        self.port = port
        self.records = records
        self.anchor = self.folder / "anchor.ds"
        self.configuration = self.folder / "knot.conf"
        self.program = Program("knot", ["knotd", "-c", self.configuration], self.folder / "knot.log")

    @staticmethod
    def missing():
        return [name for name in ("knotd", "keymgr", "kdig") if shutil.which(name) is None]

    async def start(self):
        (self.folder / "keys").mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(f"""
server:
    listen: {self.address}@{self.port}
    rundir: {self.folder}
    pidfile: {self.folder}/knot.pid
control:
    listen: {self.folder}/knot.sock
log:
  - target: stderr
    any: warning
database:
    storage: {self.folder}/keys
policy:
  - id: own
    algorithm: ecdsap256sha256
    single-type-signing: on
zone:
  - domain: {ZONE}
    storage: {self.folder}
    file: zone
    zonefile-sync: -1
    semantic-checks: off
    dnssec-signing: on
    dnssec-policy: own
""")
        (self.folder / "zone").write_text(
            f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns root 1 3600 600 86400 10\n@ NS ns\nns A {self.address}\n"
            + "\n".join(self.records) + "\n")
        self._keymgr("generate", "algorithm=ecdsap256sha256", "ksk=yes", "zsk=yes")
        keys = [line for line in self._keymgr("ds").splitlines() if " 13 2 " in line]
        self.anchor.write_text("\n".join(keys) + "\n")
        await self.program.start()
        await self.program.ready(self._answers)
        return self

    async def _answers(self):
        code, output = await run_tool(
            ["kdig", f"@{self.address}", "-p", str(self.port), f"ns.{ZONE}", "A", "+short", "+timeout=1", "+retry=0"])
        return code == 0 and self.address in output

    def _keymgr(self, *arguments):
        result = subprocess.run(
            ["keymgr", "-c", self.configuration, ZONE, *arguments], capture_output=True, text=True, timeout=60)
        if result.returncode != 0:
            raise Broken(f"keymgr {arguments[0]}: {result.stderr}")
        return result.stdout

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail()
