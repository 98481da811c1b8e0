#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A small delivery torture; `make torture` is the big one. Whatever ends, nothing is lost and nothing comes twice."""

from stanza import Unmet
from torture.run import arguments, torture
from world import case


async def _campaign(world, *words):
    """Fails with the history of what was lost or came twice."""
    options = arguments([*words, "--accounts", "8", "--mean-blow", "3"])
    ledger, field, complaints = await torture(options, world.folder / "torture", lambda text: None)
    print(f"  seed {options.seed}: {ledger.line()}", flush=True)
    if ledger.failed(options.strict):
        raise Unmet(f"{ledger.history(field.names)}\nseed {options.seed}: {ledger.line()}\n{ledger.details()}\n{dict(complaints)}")


@case(within=150)
async def nothing_is_lost_and_nothing_doubled(world):
    """Connections are cut, sessions resume or die, the server is stopped, killed and started, its disk is full at times."""
    await _campaign(world, "--messages", "3000", "--rate", "160")
