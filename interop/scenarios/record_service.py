#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Customers' records come from a web service: before the offer, late, wrong, or not at all, and nobody waits for it."""

import time

from care import CONTACT, WORKGROUP_ADDRESS, answered, offered
from scenarios.routing_hook import KEY, Service
from peers.switchboard import Switchboard
from stanza import Unmet
from world import case

ALICE, TOM, WENDY, XENA = "alice@acme.example", "tom@home.example", "wendy@home.example", "xena@home.example"


class Company(Switchboard):
    """The demo company, whose customers a web service knows as well."""

    def adapt(self, text):
        self.service = Service()
        key = self.folder / "crm-key"
        key.write_text(KEY)
        source = (f"  records:\n    sources:\n      crm:\n        type: http\n        url: \"http://127.0.0.1:{self.service.port}/lookup\"\n"
                  f"        signing_key_file: {key}\n        cache_seconds: 0\n        stale_seconds: 0\n"
                  "        negative_cache_seconds: 0\n")
        return text.replace("  records:\n", source, 1)


def server(folder, certificates):
    return Company(folder, certificates)


def missing():
    return Company.missing()


def _match(name, number, **fields):
    listed = [{"key": key, "label": key.capitalize(), "value": value, "class": "business"} for key, value in fields.items()]
    return {"matches": [{"customer_id": number, "confidence": 1.0, "display": name, "fields": listed}]}


async def _asks(world, alice, customer, words, *facts):
    """The customer writes, alice reads these facts in the offer and rejects it; the seconds that took."""
    began = time.monotonic()
    customer.send_message(CONTACT, words)
    await offered(alice, words, *facts)
    return time.monotonic() - began


async def _over(alice, customer):
    alice.send_message(WORKGROUP_ADDRESS, "reject")
    customer.forget()
    customer.send_message(CONTACT, "leave")
    await answered(customer)
    alice.forget()


@case
async def is_there_before_the_offer(world):
    """The service knows wendy: alice reads who she is before she accepts, and the question was signed."""
    service = world.server.service
    alice, wendy, tom = await world.all_online(ALICE, WENDY, TOM)
    service.says(_match("Wendy Walker", "9001", plan="Platinum"))
    await _asks(world, alice, wendy, "My gizmo hums", "Wendy Walker", "9001", "Plan: Platinum")
    await _over(alice, wendy)
    # Somebody with another number is a possibility, and nothing of hers is mixed in.
    await _asks(world, alice, tom, "Mine hums, too", "Tom Customer, customer 4711", "Could also be Wendy Walker")
    await _over(alice, tom)
    if service.faults or service.questions[0]["addresses"] != [{"scheme": "xmpp", "value": WENDY, "trust": "network"}]:
        raise Unmet(f"{service.faults}, asked {service.questions[0]}")


@case
async def comes_late(world):
    """After more than the soft deadline: alice is offered xena without a record, and gets it when it comes."""
    service = world.server.service
    alice, xena = await world.all_online(ALICE, XENA)
    service.says(_match("Xena Young", "9002"), delay=1.4)
    if await _asks(world, alice, xena, "Anybody there?", "still being") > 5:
        raise Unmet("the offer waited for the record")
    await alice.message(from_=WORKGROUP_ADDRESS, tells=("Xena Young", "9002"))
    await _over(alice, xena)


@case
async def is_wrong_silent_or_down(world):
    """Nonsense, an error, silence, nobody there: the offer says so, and what others know is on it."""
    service = world.server.service
    alice, tom = await world.all_online(ALICE, TOM)
    service.says("{not JSON")
    await _asks(world, alice, tom, "one", "Tom Customer, customer 4711", "crm: ")
    await _over(alice, tom)
    service.says("down for today", status=500)
    await _asks(world, alice, tom, "two", "Tom Customer", "crm: ")
    await _over(alice, tom)
    service.says(_match("Tom Late", "4711"), delay=20)
    await _asks(world, alice, tom, "three", "Tom Customer", "crm: still being asked")
    await alice.message(from_=WORKGROUP_ADDRESS, tells=("crm: no answer in time",))
    await _over(alice, tom)
    service.server.shutdown()
    service.server.server_close()
    await _asks(world, alice, tom, "four", "Tom Customer", "crm: ")
    await _over(alice, tom)
