#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""People whose accounts are on other servers, and what they do with ours."""

import ssl

from peers.federation import JUPITER, MERCURY, PASSWORD, VENUS
from stanza import Unmet


async def on_prosody(world, domain=MERCURY, prepare=lambda client: None):
    """tom of Prosody. His server's certificate is checked by ours, not by his client. `prepare` gets the client before it
    connects."""
    tom = world.client(f"tom@{domain}", password=PASSWORD, server=world.server.prosody)
    tom.xmpp.ca_certs = None
    tom.xmpp.ssl_context.check_hostname = False
    tom.xmpp.ssl_context.verify_mode = ssl.CERT_NONE
    prepare(tom)
    return await tom.online()


async def on_ejabberd(world):
    """uma of ejabberd."""
    uma = world.client(f"uma@{VENUS}", password=PASSWORD, server=world.server.ejabberd)
    return await uma.online()


async def on_neighbour(world):
    """vera of the other Switchboard."""
    vera = world.client(f"vera@{JUPITER}", password=PASSWORD, server=world.server.neighbour)
    return await vera.online()


async def talk(one, other, words="there and back"):
    """A message each way, by full addresses."""
    one.send_message(other.address, f"{words}, please")
    received = await other.message(body=f"{words}, please")
    if received.get("from") != one.full:
        raise Unmet(f"{other.owner} got it from {received.get('from')}, not {one.full}")
    other.send_message(one.full, f"{words}, here")
    received = await one.message(body=f"{words}, here")
    if received.get("from") != other.full:
        raise Unmet(f"{one.owner} got it from {received.get('from')}, not {other.full}")
