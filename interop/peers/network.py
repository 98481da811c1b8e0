#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A network of its own for a scenario: each server in its own network namespace, all on one bridge."""

import os
import shutil
import subprocess
from pathlib import Path

from process import Broken


class Network:
    """Addresses 10.213.N.0/24. The first is this machine's, where Switchboard and the DNS server listen.

    Programs in a namespace find the DNS server by `/etc/netns/NAME/resolv.conf`, which `ip netns exec` puts in place.
    """

    def __init__(self):
        self.number = os.getpid() % 250 + 1
        self.bridge = f"sbfed{self.number}"
        self.address = self._address(1)
        self._spaces = []
        self._hosts = 1

    @staticmethod
    def missing():
        """What is not there; without it a scenario is skipped."""
        if shutil.which("ip") is None:
            return ["iproute2"]
        if os.geteuid() != 0:
            return ["the right to make network namespaces (run as root, or under `unshare -Urnm`)"]
        probe = f"sbprobe{os.getpid()}"
        if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
            return ["the right to make network namespaces"]
        subprocess.run(["ip", "netns", "del", probe], capture_output=True)
        return []

    def _address(self, host):
        return f"10.213.{self.number}.{host}"

    def open(self):
        self.close()
        self._ip("link", "add", self.bridge, "type", "bridge")
        self._ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        self._ip("link", "set", self.bridge, "up")

    def space(self, name):
        """A namespace with one address: (prefix of commands that run in it, address)."""
        self._hosts += 1
        full, inner, outer = f"{self.bridge}-{name}", f"sbi{self.number}x{self._hosts}", f"sbo{self.number}x{self._hosts}"
        settings = Path("/etc/netns") / full
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "resolv.conf").write_text(f"nameserver {self.address}\n")
        self._spaces.append(full)
        address = self._address(self._hosts)
        self._ip("netns", "add", full)
        self._ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        self._ip("link", "set", outer, "master", self.bridge, "up")
        self._ip("link", "set", inner, "netns", full)
        self._ip("-n", full, "addr", "add", f"{address}/24", "dev", inner)
        self._ip("-n", full, "link", "set", inner, "up")
        self._ip("-n", full, "link", "set", "lo", "up")
        return ["ip", "netns", "exec", full], address

    def close(self):
        """Removes everything, also what an earlier run with this number left."""
        for name in self._spaces:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
            shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)
        self._spaces = []
        subprocess.run(["ip", "link", "del", self.bridge], capture_output=True)

    @staticmethod
    def _ip(*arguments):
        result = subprocess.run(["ip", *arguments], capture_output=True)
        if result.returncode != 0:
            raise Broken(f"ip {' '.join(arguments)}: {result.stderr.decode(errors='replace')}")
