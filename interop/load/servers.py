#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The servers that are measured: configured, started and stopped, with as many accounts as the cases need."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
BENCH = Path(os.environ.setdefault("BENCH_DIR", os.path.join(tempfile.gettempdir(), "switchboard-bench")))
BINARY = Path(os.environ.get("BENCH_BINARY", REPOSITORY / ".build" / "release" / "switchboard"))

PORTS = {"switchboard": 17222, "ejabberd": 15222, "prosody": 16222}
#: The program that must be installed, and the default variant.
PROGRAMS = {"switchboard": (str(BINARY), "bench"), "ejabberd": ("ejabberdctl", "mnesia"), "prosody": ("prosody", "internal")}


class Server:
    """Variants: a name in config/ for ours; `mnesia`, `sqlite`, `sqlite-mam` for ejabberd; `internal`, `sqlite`,
    `sqlite-mam` for Prosody."""

    def __init__(self, name, variant=None):
        self.name = name
        self.variant = variant or PROGRAMS[name][1]
        self.title = f"{name}:{self.variant}"
        self.port = PORTS[name]
        self.folder = BENCH / name / self.variant
        self.folder.mkdir(parents=True, exist_ok=True)
        #: CPU seconds of a start without clients.
        self.startup = 0.0
        self._process = None

    @property
    def installed(self):
        there = shutil.which(PROGRAMS[self.name][0]) is not None
        if not there:
            print(f"{self.title} is left out: {PROGRAMS[self.name][0]} is missing", file=sys.stderr)
        return there

    @property
    def pid(self):
        return self._process.pid

    def _command(self):
        if self.name == "switchboard":
            return [BINARY, "serve", "--config", REPOSITORY / "config" / f"{self.variant}.yaml"]
        return [HERE / self.name / "run.sh", self.variant]

    def launch(self):
        """Starts the process and does not wait."""
        environment = {
            **os.environ, "DATA": str(self.folder / "data"), "CERTIFICATE": str(BENCH / "cert" / "cert.pem"),
            "CERTIFICATE_KEY": str(BENCH / "cert" / "key.pem")}
        with open(self.folder / "output", "a") as log:
            self._process = subprocess.Popen(
                [HERE / "pin.sh", "0", *self._command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env=environment)

    def start(self):
        if self.name != "switchboard":
            subprocess.run([HERE / self.name / "gen.sh", self.variant], check=True)
        self.launch()
        self._wait()
        self.startup = cpu_seconds(self.pid)

    def _wait(self):
        deadline = time.monotonic() + 60
        while not port_open(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{self.title} does not start: see {self.folder / 'output'}")
            time.sleep(0.1)
        time.sleep(1)

    def restart(self):
        self.stop()
        self.launch()
        self._wait()

    def stop(self, kill=False):
        if self._process is None:
            return
        if kill:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def need_users(self, count, register):
        """Accounts u0, u1, …: with ours by in-band registration, with the peers as copies of the first."""
        mark = self.folder / "users"
        have = int(mark.read_text()) if mark.exists() else 0
        if have >= count:
            return
        if self.name == "switchboard":
            register(self, have, count - have)
        else:
            register(self, 0, 1)
            subprocess.run([HERE / self.name / "clone.sh", self.variant, str(count)], check=True, stdout=subprocess.DEVNULL)
        mark.write_text(str(count))


def port_open(port):
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(pid):
    """CPU time of a process and its descendants."""
    parents, used = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        used[int(folder.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family and child not in family}:
        family |= more
    return sum(used.get(each, 0) for each in family)


def make_certificate():
    """The same for all servers: what a handshake costs depends on it."""
    folder = BENCH / "cert"
    folder.mkdir(exist_ok=True)
    if not (folder / "both.pem").exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
             "-subj", "/CN=localhost.example", "-addext",
             "subjectAltName=DNS:localhost.example,DNS:conference.localhost.example",
             "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
        (folder / "both.pem").write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    subprocess.run(["chmod", "-R", "a+rX", BENCH], check=True)
