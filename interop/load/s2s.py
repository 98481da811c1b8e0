#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What a message between two servers costs: two of ours, two ejabberds, and one of each, in both directions.

  interop/load/s2s.py [--rounds N] [--archive] [ours-ours ours-ejabberd ejabberd-ours ejabberd-ejabberd …]

The users of the first server write to those of the second, 50 pairs, 10 messages on the way each. The first table has the CPU
time of both servers together. The second one sets our half of a pair with an ejabberd beside an ejabberd's half of a pair of
two: a pair of one of ours and an ejabberd cannot cost less than what the ejabberd does. Each pair of servers runs in network namespaces of its own, with certificates and DNS of its
own; servers share core 0, the generator has core 1. Needs root, knot and ejabberd. $INTEROP_BINARY is our program.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True

from peers.authority import Authority, in_thread  # noqa: E402
from peers.ejabberd import Ejabberd  # noqa: E402
from peers.knot import Knot  # noqa: E402
from peers.neighbour import Neighbour  # noqa: E402
from peers.network import Network  # noqa: E402

PAIRS = 50
USERS = {f"u{number}": "p" for number in range(2 * PAIRS)}
DOMAINS = ("left.example", "right.example")
STANDARD = ("ours-ours", "ours-ejabberd", "ejabberd-ours", "ejabberd-ejabberd")
#: Beyond what is good for a public server.
MORE = """
authentication:
  scram_iterations: 4096
logging:
  level: warning
"""


class Pair:
    """Two servers that can reach each other, with the users of both on both."""

    def __init__(self, kinds, folder, archives):
        self.kinds = kinds
        self.folder = folder
        self.archives = archives
        self.network = Network()
        self.knot = None
        self.servers = []

    async def start(self):
        authority = await in_thread(self._certificates)
        bundle = authority.bundle(f"{self.folder}/trusted.pem")
        self.network.open()
        places = [self.network.space(domain.partition(".")[0]) for domain in DOMAINS]
        records = [
            record for domain, (_, address) in zip(DOMAINS, places)
            for name in [domain.partition(".")[0]]
            for record in (f"_xmpp-server._tcp.{name} SRV 5 0 5269 {name}-host", f"{name}-host A {address}")]
        self.knot = Knot(self.folder, self.network.address, records)
        await self.knot.start()
        for kind, domain, (enter, address) in zip(self.kinds, DOMAINS, places):
            enter = [str(HERE / "pin.sh"), "0", *enter]
            folder = Path(self.folder) / domain
            folder.mkdir()
            if kind == "ours":
                server = Neighbour(
                    folder, enter, address, domain, USERS, authority=authority, bundle=bundle,
                    resolver=self.network.address, anchor=self.knot.anchor, stanzas_per_second=100_000,
                    more=MORE + f"archive:\n  enabled: {str(self.archives).lower()}\n")
            else:
                server = Ejabberd(folder, enter, address, domain, USERS, authority=authority, bundle=bundle)
            self.servers.append(server)
        await asyncio.gather(*(server.start() for server in self.servers))

    def _certificates(self):
        authority = Authority(f"{self.folder}/authority")
        for domain in DOMAINS:
            authority.server(domain)
        return authority

    async def measure(self, program):
        first, second = self.servers
        options = {
            "--host": first.host, "--port": first.c2s, "--domain": DOMAINS[0], "--server-pid": first.program.process.pid,
            "--host2": second.host, "--port2": second.c2s, "--domain2": DOMAINS[1],
            "--server-pid2": second.program.process.pid, "--pairs": PAIRS, "--window": 10, "--warmup": 2, "--duration": 6,
            "--runs": 1, "--src-n": 1, "--scram-cache": f"{self.folder}/scram"}
        arguments = [str(each) for pair in options.items() for each in pair]
        process = await asyncio.create_subprocess_exec(
            str(HERE / "pin.sh"), "1", program, "chat", *arguments, stdout=asyncio.subprocess.PIPE)
        output, _ = await asyncio.wait_for(process.communicate(), 300)
        if process.returncode != 0:
            raise SystemExit(f"the generator ended with {process.returncode}\n{self.tail()}")
        return json.loads(output.decode().splitlines()[-1])

    def tail(self):
        return "\n".join(server.tail() for server in self.servers)

    async def stop(self):
        for server in self.servers:
            await server.stop()
        if self.knot is not None:
            await self.knot.stop()
        self.network.close()


async def one(name, archives, program):
    folder = tempfile.mkdtemp(prefix="switchboard-s2s-")
    pair = Pair(name.split("-"), folder, archives)
    try:
        await pair.start()
        return await pair.measure(program)
    finally:
        await pair.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Cost:
    """What a pair has cost, in CPU seconds per 10,000 messages: the median of the rounds, together and each server."""

    def __init__(self, rounds):
        per = [10_000 / each["delivered"] for each in rounds]
        self.both = statistics.median(each["cpu_s_per_10k"] for each in rounds)
        self.second = statistics.median(each["second_cpu_s"] * factor for each, factor in zip(rounds, per))
        self.first = statistics.median(
            (each["server_cpu_s"] - each["second_cpu_s"]) * factor for each, factor in zip(rounds, per))
        self.speed = statistics.median(each["per_s"] for each in rounds)


def tell(results):
    """The two tables."""
    costs = {name: Cost(rounds) for name, rounds in results.items()}
    base = costs.get("ejabberd-ejabberd")

    def times(theirs, ours):
        return f"{theirs / ours:.1f}" if base else "-"

    print("\n| pair | CPU s per 10,000 | first server | second server | times less than two ejabberds | messages/s |")
    print("|---|---|---|---|---|---|")
    for name, cost in costs.items():
        print(f"| {name} | {cost.both:.3f} | {cost.first:.3f} | {cost.second:.3f} | "
              f"{times(base and base.both, cost.both)} | {cost.speed:.0f} |")
    if base is None:
        return
    print("\n| half, with an ejabberd at the other end | ours | ejabberd's | times less |\n|---|---|---|---|")
    for what, name, half in (("sends", "ours-ejabberd", "first"), ("receives", "ejabberd-ours", "second")):
        if name in costs:
            ours, theirs = getattr(costs[name], half), getattr(base, half)
            print(f"| {what} | {ours:.3f} | {theirs:.3f} | {times(theirs, ours)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="*", help="FIRST-SECOND, each ours or ejabberd")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--archive", action="store_true", help="with archives on our side")
    options = parser.parse_args()
    missing = [*Network.missing(), *Knot.missing(), *Ejabberd.missing()]
    if missing:
        sys.exit(f"s2s: {', '.join(missing)} missing")
    names = options.pairs or STANDARD
    if any(kind not in ("ours", "ejabberd") for name in names for kind in name.split("-")):
        parser.error("pairs are of ours and ejabberd")
    build = Path(os.environ.get("BENCH_DIR", os.path.join(tempfile.gettempdir(), "switchboard-bench")))
    build.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "-C", HERE / "src", f"OUT={build}"], check=True)
    results = {name: [] for name in names}
    for turn in range(options.rounds):
        for name in names:
            result = asyncio.run(one(name, options.archive, str(build / "xmppload")))
            results[name].append(result)
            print(
                f"{name} round {turn + 1}: {result['cpu_s_per_10k']:.3f} CPU s per 10,000, {result['per_s']:.0f}/s, "
                f"p99 {result['lat_ms']['p99']:.1f} ms, lost {result['lost']}, errors {result['errors']}", flush=True)
    tell(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
