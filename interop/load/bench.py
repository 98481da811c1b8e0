#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The same load on Switchboard, ejabberd and Prosody, in turn, and what it costs each of them.

  interop/load/bench.py                     the standard cases: without and with an archive
  interop/load/bench.py login fast storm    some of them, or groups of them
  interop/load/bench.py --servers switchboard:bench,ejabberd:mnesia chatsm
  interop/load/bench.py --list

Servers are pinned to core 0, the generator to core 1. Each round runs every case against every server; the table
shows medians of the rounds, and how much more CPU time the peers need for the same. Data, results and logs are kept
in $BENCH_DIR (default: switchboard-bench in the temporary folder). $BENCH_BINARY is our program.
"""

import argparse
import json
import subprocess
import sys
import time

from cases import CASES, GROUPS, STANDARD, expanded, users_needed
from servers import BENCH, HERE, Server, make_certificate
from table import table


class Bench:
    def __init__(self, servers, results):
        self.servers = servers
        self.results = results

    def run(self, names, rounds):
        try:
            for server in self.servers:
                server.start()
                server.need_users(max(users_needed(name) for name in names), self.register)
            for turn in range(rounds):
                for name in names:
                    for server in self.servers:
                        if CASES[name].only in (None, server.name):
                            self.measure(name, server, turn)
        finally:
            for server in self.servers:
                server.stop()

    def register(self, server, first, count):
        print(f"{server.title}: making {count} accounts", flush=True)
        self.load(server, ["register", "--first", str(first), "--users", str(count), "--conc", "30", "--timeout", "2000"])

    def measure(self, name, server, turn):
        case = CASES[name]
        if case.fresh:
            server.restart()
        before = calibration()
        drive = self.load_with_restart if case.restart else self.load
        rows = drive(server, case.arguments + ["--runs", "1"])
        for row in rows:
            row.update(case=name, server=server.name, variant=server.variant, calibration=[before, calibration()])
            if case.restart:
                row["cpu_ms_per_login"] = 1000 * max(0, row["cpu_s_since_start"] - server.startup) / row["users"]
            self.results.write(json.dumps(row) + "\n")
            print(f"{time.strftime('%H:%M:%S')} round {turn + 1} {name} {server.title}: {brief(row)}", flush=True)
        self.results.flush()
        if not rows:
            print(f"no result: {name} {server.title}", flush=True)

    def command(self, server, arguments):
        return [
            HERE / "pin.sh", "1", BENCH / "xmppload", arguments[0], "--port", str(server.port), "--domain",
            "localhost.example", "--server-pid", str(server.pid), "--scram-cache", server.folder / "scram"] + arguments[1:]

    def load(self, server, arguments, limit=2400):
        done = subprocess.run(
            self.command(server, arguments), stdout=subprocess.PIPE, text=True, start_new_session=True, timeout=limit)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def load_with_restart(self, server, arguments):
        """The generator says when everybody is online; then the server goes, and comes back as another process."""
        kill = "--kill" in arguments
        arguments = [argument for argument in arguments if argument != "--kill"]
        generator = subprocess.Popen(
            self.command(server, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        for line in generator.stdout:
            if line.startswith("ready"):
                break
        server.stop(kill)
        server.launch()
        generator.stdin.write(f"{server.pid}\n")
        generator.stdin.flush()
        output = generator.stdout.read()
        generator.wait()
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def brief(row):
    keys = ("per_s", "cpu_s_per_10k", "cpu_ms_per_login", "cpu_ms_per_query", "rss_per_conn", "resumed", "turns", "all_back_s",
            "errors", "drops", "failed", "lost")
    return ", ".join(f"{key} {row[key]}" for key in keys if row.get(key))


def calibration():
    """Milliseconds that fixed work takes at this moment: how slow the machine is."""
    done = subprocess.run(
        [HERE / "pin.sh", "0", BENCH / "calib"], stdout=subprocess.PIPE, text=True, check=True, start_new_session=True)
    return json.loads(done.stdout)["calib_cpu_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="names of cases")
    parser.add_argument("--servers", help="NAME:VARIANT,… for all cases")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, case in CASES.items():
            print(f"{name:<12} {case.what}")
        for name, cases in GROUPS.items():
            print(f"{name:<12} {', '.join(cases)}")
        return 0
    options.cases = expanded(options.cases)
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}")
    BENCH.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "-C", HERE / "src", f"OUT={BENCH}"], check=True)
    make_certificate()
    path = BENCH / f"results-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    for servers, names in STANDARD:
        names = [name for name in options.cases or names if options.servers or name in names]
        chosen = [Server(*each.split(":")) for each in (options.servers or servers).split(",")]
        chosen = [server for server in chosen if server.installed]
        if names:
            with open(path, "a") as results:
                Bench(chosen, results).run(names, options.rounds)
        if options.servers:
            break
    print(table(path))
    print(f"\nresults: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
