#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A server that is away for minutes, as for an update, while very much is written to it."""

import asyncio
import json
import time

from abroad import on_prosody
from peers.federated_prosody import FederatedProsody
from peers.federation import MERCURY, FederatedSwitchboard
from peers.knot import Knot
from scenarios.servers_away import acknowledged, all_come, logged_in, write
from stanza import Unmet, child, serialised
from world import case

#: It is waited for most of the time.
beside = True

#: Messages that wait.
WAITING = 10_000
#: Seconds for which the server is away: long enough for us to have tried again and again, with ever longer pauses, before we are
#: killed and after that.
AWAY = 130
#: Seconds after its return in which we have tried again: our pauses have grown to as long as we had been trying, at most.
RETURN = 150


def server(folder, certificates):
    return FederatedSwitchboard(folder, certificates, peers=("prosody",))


def missing():
    return [*Knot.missing(), *FederatedProsody.missing()]


async def _way(server):
    """What `federation status` tells of the way to it."""
    report = json.loads(await server.command("federation", "status", "--json"))
    return next((way for way in report["ways"] if way["domain"] == MERCURY), None), report


@case(within=AWAY + RETURN + 120)
async def ten_thousand_wait(world):
    """10,000 messages to a Prosody that is down for minutes, and ours is killed meanwhile: all arrive when it is back, once, in
    order, and say since when they have waited."""
    server = world.server
    await server.prosody.stop()
    left = time.monotonic()
    alice = await logged_in(world)
    await write(alice, f"tom@{MERCURY}", range(WAITING), "waits")
    await acknowledged(alice, WAITING)
    await asyncio.sleep(left + AWAY / 2 - time.monotonic())
    way, report = await _way(server)
    if way is None or way["state"] not in ("unreachable", "connecting") or report["storedInAll"]["stanzas"] != WAITING:
        raise Unmet(f"before the crash: {json.dumps(report, indent=1)}")
    await server.crash()
    await server.start()
    await asyncio.sleep(left + AWAY - time.monotonic())
    way, report = await _way(server)
    if way is None or way["state"] not in ("unreachable", "connecting") or report["storedInAll"]["stanzas"] != WAITING:
        raise Unmet(f"before its return: {json.dumps(report, indent=1)}")
    await server.prosody.start()
    tom = await on_prosody(world)

    def says_since_when(message):
        delay = child(message, "delay", "urn:xmpp:delay")
        if delay is None or delay.get("from") != "acme.example":
            raise Unmet(f"it does not say that it has waited: {serialised(message)}")

    await all_come(tom, WAITING, "waits", first_within=RETURN, look=says_since_when)
