#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Sessions that outlive their connection and the server (XEP-0198): a cut, a clean stop, a `kill -9`."""

from stanza import Unmet, local_name, serialised, text_of
from world import case


def _resumable(world, user):
    """A client that enables acknowledgements and resumes by itself when it connects again."""
    client = world.client(user)
    client.resumed = client.mark = 0

    def resumed(_):
        client.resumed += 1
        client.connected = True
        client.wake()

    client.xmpp.register_plugin("xep_0198")
    client.xmpp.add_event_handler("session_resumed", resumed)
    return client


async def _back(client):
    """Connects again; it must be the same session."""
    before = client.resumed
    await client.connect()
    if client.resumed != before + 1:
        raise Unmet(f"{client.owner} has a new session instead of its old one")


async def _bodies(client, *expected):
    """Exactly these messages came, in this order."""
    await client.message(body=expected[-1])
    await client.settle()
    came = _came(client)
    if came != list(expected):
        raise Unmet(f"{client.owner} expected {expected} and nothing else: {came}")
    _forget(client)


def _came(client):
    """The bodies of the messages since `_forget`."""
    return [text_of(stanza, "body") for stanza in client.history[client.mark:] if local_name(stanza) == "message"]


def _forget(client):
    client.forget()
    client.mark = len(client.history)


def _say(client, to, body):
    """As a stanza of slixmpp's own, which counts it."""
    client.xmpp.send_message(to, body, mtype="chat")


async def _both(world):
    alice = await _resumable(world, "alice@acme.example/desk").online()
    bob = await _resumable(world, "bob@acme.example/phone").online()
    await alice.presence(from_=bob.full, type_="")
    await alice.settle()
    await bob.settle()
    _forget(alice)
    _forget(bob)
    alice.start = alice.mark
    return alice, bob


async def _acknowledged(client):
    """The server has said that it has taken what the client sent: that is what must survive."""
    management = client.xmpp["xep_0198"]
    management.request_ack()
    await client.until(lambda: management.last_ack > 0, what="an acknowledgement")


def _saw_nothing(client, other):
    for stanza in client.history[client.start:]:
        if local_name(stanza) == "presence" and stanza.get("from") == other.full:
            raise Unmet(f"{client.owner} saw {other.owner} go or come: {serialised(stanza)}")


@case
async def a_cut_connection(world):
    """What comes while the phone has no network is there once when it is back, and nobody saw it go."""
    alice, bob = await _both(world)
    for round_ in range(3):
        bob.drop()
        await bob.closed()
        for number in range(3):
            _say(alice, "bob@acme.example", f"cut {round_}.{number}")
        await alice.settle()
        await _back(bob)
        await _bodies(bob, *(f"cut {round_}.{number}" for number in range(3)))
    _say(bob, "alice@acme.example", "thanks")
    await _bodies(alice, "thanks")
    _saw_nothing(alice, bob)


@case
async def a_stop_and_a_start(world):
    """The server is stopped and started: both go on with their sessions, and nothing is sent twice."""
    alice, bob = await _both(world)
    _say(alice, "bob@acme.example", "before")
    await _bodies(bob, "before")
    for round_ in range(2):
        bob.drop()
        await bob.closed()
        _say(alice, "bob@acme.example", f"waiting {round_}")
        await alice.settle()
        await world.server.stop()
        await alice.closed()
        await world.server.start()
        await _back(alice)
        _say(alice, "bob@acme.example", f"after {round_}")
        await alice.settle()
        await _back(bob)
        await _bodies(bob, f"waiting {round_}", f"after {round_}")
    _saw_nothing(alice, bob)


@case
async def a_crash(world):
    """The server is killed: both go on with their sessions, and what was acknowledged is there once."""
    alice, bob = await _both(world)
    _say(alice, "bob@acme.example", "before")
    await _bodies(bob, "before")
    bob.xmpp["xep_0198"].send_ack()
    for client in (alice, bob):
        await _acknowledged(client)
    await world.server.crash()
    await alice.closed()
    await bob.closed()
    await world.server.start()
    await _back(alice)
    _say(alice, "bob@acme.example", "after")
    await alice.settle()
    await _back(bob)
    await bob.message(body="after")
    await bob.settle()
    again = _came(bob)
    # The acknowledgement may not have been on the disk: then the message comes again, and nothing else does.
    if again not in (["after"], ["before", "after"]):
        raise Unmet(f"bob got {again}")
    _say(bob, "alice@acme.example", "still here")
    await alice.message(body="still here")
    alice.refuse("presence", from_=bob.full, type_="unavailable")
