#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Delivery torture: is anything lost or shown twice, whatever happens to connections, process and disk?

  interop/torture/run.py                              300,000 messages
  interop/torture/run.py --messages 5000 --seed 7     a small one that can be repeated
  interop/torture/run.py --faults cut,kill            only these faults
"""

import argparse
import asyncio
import gc
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from process import REPOSITORY  # noqa: E402
from torture.campaign import BLOWS, Campaign  # noqa: E402
from torture.machine import Machine  # noqa: E402
from torture.peer import Peer  # noqa: E402

CERTIFICATES = REPOSITORY / "certs" / "dev"


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--seconds", type=float, default=0, help="stop sending after so long")
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0: as many as the server takes")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--accounts", type=int, default=12)
    parser.add_argument("--devices", type=int, default=3, help="devices of most accounts")
    parser.add_argument("--faults", default=",".join(["cut", *BLOWS]), help="of cut, kill, stop, disk; or none")
    parser.add_argument("--mean-connection", type=float, default=3, help="seconds that a connection lives")
    parser.add_argument("--mean-blow", type=float, default=6, help="seconds between blows to the server")
    parser.add_argument("--without", default="", help="archive, carbons, resumption, sasl2: what is not expected")
    parser.add_argument("--against", choices=("switchboard", "ejabberd", "prosody"), default="switchboard")
    parser.add_argument("--strict", action="store_true", help="what comes out of order fails, too; it is always told")
    parser.add_argument("--quiet", action="store_true", help="only the verdict")
    parser.add_argument("--keep", action="store_true", help="leaves data and logs in the folder it names")
    options = parser.parse_args(words)
    options.faults = options.faults.split(",")
    options.without = options.without.split(",")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    return options


async def torture(options, folder, say):
    """Runs a campaign; its ledger, the names of the devices, what the server has logged."""
    folder.mkdir(parents=True, exist_ok=True)
    megabytes = 256 + options.messages // 100 if "disk" in options.faults else 0
    machine = (
        Machine(folder, CERTIFICATES, megabytes) if options.against == "switchboard"
        else Peer(options.against, folder, CERTIFICATES))
    campaign = Campaign(machine, options, say)
    try:
        ledger = await campaign.run()
    except BaseException:
        say(machine.tail())
        raise
    finally:
        await machine.end()
    return ledger, campaign.field, machine.complaints()


def main():
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="switchboard-torture-"))
    say = (lambda text: None) if options.quiet else (lambda text: print(text, flush=True))
    print(f"seed {options.seed}", flush=True)
    gc.freeze()
    try:
        ledger, field, complaints = asyncio.run(torture(options, folder, say))
    finally:
        if options.keep:
            print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print("; ".join(f"{count} {what}" for what, count in sorted(field.tally.items())))
    print(ledger.details())
    if any(ledger.violations.values()):
        print(ledger.history(field.names))
        for text, count in sorted(complaints.items()):
            print(f"logged {count} times: {text}")
    print(ledger.line())
    return 1 if ledger.failed(options.strict) else 0


if __name__ == "__main__":
    sys.exit(main())
