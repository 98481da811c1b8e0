#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Runs the scenarios: real clients against a running server.

  interop/run.py                        all scenarios against the release build
  interop/run.py broadcast basics       those whose name holds one of the words
  interop/run.py basics.ping            one case
  interop/run.py --against prosody      the cases that must hold for any server, against Debian's Prosody
  interop/run.py --keep …               keeps the folders with configuration, data and logs
"""

import argparse
import asyncio
import importlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

logging.basicConfig(level=logging.CRITICAL)
sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

try:
    import slixmpp  # noqa: F401
except ImportError:
    sys.exit("interop: slixmpp is missing: apt-get install python3-slixmpp (and run Debian's /usr/bin/python3)")

from peers.network import in_own_world  # noqa: E402
from peers.prosody import Prosody  # noqa: E402
from peers.switchboard import Switchboard  # noqa: E402
from stanza import Unmet  # noqa: E402
from world import USERS, Skip, World  # noqa: E402

CERTIFICATES = HERE.parent / "certs" / "dev"


class Tally:
    """Counts and prints results."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def result(self, verdict, name, seconds, detail=""):
        print(f"{verdict} {name} ({seconds:.1f} s){detail}", flush=True)

    def line(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def scenarios():
    """(name, module) of every scenario, in order."""
    for path in sorted((HERE / "scenarios").glob("[a-z]*.py")):
        yield path.stem, importlib.import_module(f"scenarios.{path.stem}")


def cases(module):
    """The cases of a scenario in the order they are written."""
    found = [value for value in vars(module).values() if getattr(value, "is_case", False)]
    return sorted(found, key=lambda function: function.__code__.co_firstlineno)


def wanted(name, function, words, anywhere_only):
    if anywhere_only and not function.anywhere:
        return False
    full = f"{name}.{function.__name__}"
    return not words or any(word in full for word in words)


def make_server(kind, module, folder):
    """The server in front of a scenario: its own choice (`server(folder, certificates)`), or the one asked for."""
    if kind == "prosody":
        return Prosody(folder, CERTIFICATES, USERS)
    make = getattr(module, "server", None)
    return make(folder, CERTIFICATES) if make else Switchboard(folder, CERTIFICATES)


async def run_case(name, function, server, folder, tally, verbose):
    started = time.monotonic()
    world = World(server, folder)
    try:
        await asyncio.wait_for(function(world), function.within)
    except Skip as reason:
        tally.skipped += 1
        tally.result("SKIP", name, time.monotonic() - started, f": {reason}")
    except Exception as error:  # noqa: BLE001: a case fails, the run goes on
        tally.failed += 1
        tally.result("FAIL", name, time.monotonic() - started)
        if isinstance(error, asyncio.TimeoutError):
            error = Unmet(f"the case took longer than its {function.within} s")
        print(indented(f"{function.__doc__ or ''}"))
        where = traceback.extract_tb(error.__traceback__)
        steps = [frame for frame in where if "/scenarios/" in frame.filename]
        for frame in steps:
            print(f"    {Path(frame.filename).name}:{frame.lineno}: {frame.line}")
        if not isinstance(error, Unmet) or verbose:
            print(indented("".join(traceback.format_exception(error))))
        print(indented(str(error) or repr(error)))
        print(indented(world.tails()), flush=True)
    else:
        tally.passed += 1
        tally.result("PASS", name, time.monotonic() - started)
    finally:
        await world.close()


async def run_scenario(name, module, functions, options, tally):
    """One server for all cases of a file; when it dies, the next case gets a fresh one."""
    folder = Path(tempfile.mkdtemp(prefix=f"switchboard-{name}-"))
    server = None
    try:
        missing = getattr(module, "missing", lambda: [])()
        if missing:
            raise Skip(f"{', '.join(missing)} not installed")
        for function in functions:
            if server is None or not server.program.running:
                if server is not None:
                    # Its peers and networks go with it.
                    await server.stop()
                server = make_server(options.against, module, folder)
                await server.start()
            await run_case(f"{name}.{function.__name__}", function, server, folder, tally, options.verbose)
    except Skip as reason:
        tally.skipped += len(functions)
        tally.result("SKIP", name, 0, f": {reason}")
    except Exception as error:  # noqa: BLE001: a server that does not start fails its scenario, the run goes on
        tally.failed += 1
        tally.result("FAIL", name, 0, f": {error}")
        if options.verbose:
            traceback.print_exception(error)
    finally:
        if server is not None:
            await server.stop()
        if options.keep:
            print(f"  kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def indented(text):
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())


async def run_all(options, tally):
    """One scenario after the other; those that say `beside` have a server and a network to themselves and do little but wait, and
    go on meanwhile."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    portable = options.against != "switchboard"
    beside, others = [], []
    for name, module in scenarios():
        functions = [each for each in cases(module) if wanted(name, each, options.words, portable)]
        if functions:
            (beside if getattr(module, "beside", False) else others).append((name, module, functions))
    async with asyncio.TaskGroup() as waiting:
        for scenario in beside:
            waiting.create_task(run_scenario(*scenario, options, tally))
        for scenario in others:
            await run_scenario(*scenario, options, tally)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="parts of scenario or case names")
    parser.add_argument("--against", choices=("switchboard", "prosody"), default="switchboard")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folders")
    parser.add_argument("--verbose", action="store_true", help="whole tracebacks")
    parser.add_argument("--list", action="store_true", help="list the cases and what they hold")
    options = parser.parse_args()
    if options.list:
        for name, module in scenarios():
            for function in cases(module):
                print(f"{name}.{function.__name__}: {' '.join((function.__doc__ or '').split())}")
        return 0
    in_own_world([sys.executable, *sys.argv])
    if options.against == "switchboard" and Switchboard.missing():
        sys.exit(f"interop: missing {', '.join(Switchboard.missing())}: run `make build` first")
    subprocess.run([str(HERE.parent / "certs" / "make-dev-certs.sh"), "--quiet"], check=True)
    tally = Tally()
    asyncio.run(run_all(options, tally))
    print(tally.line())
    if tally.passed + tally.failed == 0:
        print("interop: nothing ran", file=sys.stderr)
        return 1
    return 1 if tally.failed else 0


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.exit(main())
