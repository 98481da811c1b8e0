#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A network of its own for a scenario: each server in its own network namespace, all on one bridge; where namespaces cannot be
made, each on a loopback address of its own."""

import itertools
import os
import shutil
import subprocess
from pathlib import Path

from process import Broken


#: Set where this program has been started anew in namespaces of its own, in which it may do what only root may outside.
OWN_WORLD = "INTEROP_OWN_WORLD"
#: Set to have loopback addresses though namespaces could be made.
LOOPBACK = "INTEROP_LOOPBACK"
#: Set to have such a world though network namespaces can be made without it.
UNSHARE = "INTEROP_UNSHARE"


def in_own_world(arguments):
    """Starts this program anew in namespaces of its own (`unshare -Urnm`) where network namespaces cannot be made here but
    there, or where $INTEROP_UNSHARE asks for them; returns where that is not needed or not possible."""
    if OWN_WORLD in os.environ:
        _furnish()
        return
    is_wanted = UNSHARE in os.environ
    if LOOPBACK in os.environ or shutil.which("ip") is None or (not is_wanted and _makes_namespaces()):
        return
    unshare = ["unshare", "-Urnm"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        if is_wanted:
            raise SystemExit(f"interop: ${UNSHARE} is set, but {' '.join(unshare)} is not to be had here")
        return
    os.execvpe("unshare", [*unshare, *arguments], {**os.environ, OWN_WORLD: "1"})


def _furnish():
    """A world that was just made has no loopback interface, and no place for names of namespaces."""
    for command in (["ip", "link", "set", "lo", "up"], ["mount", "-t", "tmpfs", "none", "/run"]):
        subprocess.run(command, capture_output=True)


def _makes_namespaces():
    probe = f"sbprobe{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return False
    subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    return True


class Network:
    """Addresses 10.213.N.0/24. The first is this machine's, where Switchboard and the DNS server listen.

    With `has_resolver` programs in a namespace find the DNS server by `/etc/netns/NAME/resolv.conf`, which `ip netns exec` puts in
    place. Only root can write it; on loopback (127.213.N.0/24) nobody can say where the server is for a program alone. There each is
    configured to ask it, on loopback on a port that needs no rights.
    """

    _made = itertools.count()

    def __init__(self):
        self.number = (os.getpid() + next(self._made)) % 250 + 1
        self.is_loopback = bool(self.missing())
        self.has_resolver = not self.is_loopback and OWN_WORLD not in os.environ
        self.dns_port = 5354 if self.is_loopback else 53
        self.bridge = f"sbfed{self.number}"
        self.address = self._address(1)
        self._spaces = []
        self._hosts = 1

    @staticmethod
    def missing():
        """What is not there; without it there are loopback addresses only."""
        if LOOPBACK in os.environ:
            return ["network namespaces, which were not wanted"]
        if shutil.which("ip") is None:
            return ["iproute2"]
        return [] if _makes_namespaces() else ["the right to make network namespaces"]

    def _address(self, host):
        return f"{127 if self.is_loopback else 10}.213.{self.number}.{host}"

    def open(self):
        if self.is_loopback:
            return
        self.close()
        self._ip("link", "add", self.bridge, "type", "bridge")
        self._ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        self._ip("link", "set", self.bridge, "up")

    def space(self, name):
        """A namespace with one address: (prefix of commands that run in it, address)."""
        self._hosts += 1
        if self.is_loopback:
            return [], self._address(self._hosts)
        full, inner, outer = f"{self.bridge}-{name}", f"sbi{self.number}x{self._hosts}", f"sbo{self.number}x{self._hosts}"
        if self.has_resolver:
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
        if self.is_loopback:
            return
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
