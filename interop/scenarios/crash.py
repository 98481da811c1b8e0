#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 5: `kill -9` with people in line and conversations open: nothing that was acknowledged is lost."""

import asyncio
import sqlite3

from care import CONTACT, FIRST, SECOND, answered, heard, take
from process import eventually
from stanza import SM, Unmet, serialised, text_of
from world import PASSWORD, case

COUNT = 20


async def _acknowledged(stream, stanzas, *, already=0):
    """Sends stanzas on a managed stream and waits until the server has acknowledged the last."""
    for stanza in stanzas:
        await stream.send(stanza)
    await stream.send(f"<r xmlns='{SM}'/>")
    answer = await stream.until("a")
    while int(answer.get("h")) < already + len(stanzas):
        await stream.send(f"<r xmlns='{SM}'/>")
        answer = await stream.until("a")


async def _managed(world, user):
    stream = await world.raw_stream("home.example").logged_in(user, PASSWORD)
    await stream.send(f"<enable xmlns='{SM}'/>")
    await stream.until("enabled")
    return stream


@case
async def acknowledged_is_kept(world):
    """Messages to somebody offline, acknowledged, then the crash: all arrive after it, once and in order."""
    tom = await _managed(world, "tom")
    await _acknowledged(tom, [
        f"<message to='erin@acme.example' type='chat' id='m{number}'><body>kept {number}</body></message>"
        for number in range(COUNT)])
    await world.server.crash()
    await world.server.start()
    erin = await world.online("erin@acme.example")
    for number in range(COUNT):
        message = await erin.message(body="kept ")
        if text_of(message, "body") != f"kept {number}":
            raise Unmet(f"expected number {number}: {serialised(message)}")
    await erin.settle()
    if len(erin.saw("message", body="kept ")) != COUNT:
        raise Unmet("a message came twice")


def _database(world):
    return sqlite3.connect(world.server.data / "switchboard.sqlite", timeout=20)


@case(within=180)
async def broadcast_reaches_everybody_once(world):
    """A broadcast to thousands, `kill -9` in the middle of it: after the next start everybody has it, and has it once."""
    count = 4000
    await world.server.program.terminate()
    with _database(world) as store:
        store.executemany(
            "INSERT INTO account (jid, host, created) VALUES (?, 'acme.example', 0)",
            [(f"extra{number}@acme.example",) for number in range(count)])
    await world.server.start()
    dave = await world.online("dave@acme.example")
    dave.send_message("all@broadcast.acme.example", "to all of you")

    def reached():
        with _database(world) as store:
            return store.execute(
                "SELECT COUNT(*) FROM archive_entry JOIN archive ON archive = number WHERE account LIKE 'extra%'"
            ).fetchone()[0]

    while not 0 < (before := reached()):
        await asyncio.sleep(0.01)
    await world.server.crash()
    if before >= count:
        raise Unmet("the broadcast was over before the crash")
    await world.server.start()

    async def done():
        with _database(world) as store:
            return store.execute("SELECT COUNT(*) FROM broadcast_job").fetchone()[0] == 0

    await eventually(done, 60, "the end of the broadcast")
    with _database(world) as store:
        for table, column in (("archive_entry JOIN archive ON archive = number", "account"), ("offline", "account")):
            rows = store.execute(
                f"SELECT COUNT(*), COUNT(DISTINCT {column}) FROM {table} WHERE {column} LIKE 'extra%'").fetchone()
            if rows != (count, count):
                raise Unmet(f"{rows} in {table}, {before} before the crash")


@case(within=180)
async def line_and_conversations_go_on(world):
    """Three conversations and two in line: after the crash the places are the same and everybody talks on."""
    alice = await world.online("alice@acme.example")
    names = ("tom", "uma", "vic", "wendy", "xena")
    customers = dict(zip(names, await world.all_online(*(f"{name}@home.example" for name in names))))
    rooms = {}
    for name in ("tom", "uma", "vic"):
        customers[name].send_message(CONTACT, f"{name} needs help")
        rooms[name] = await take(alice, f"{name} needs help")
    for name, place in (("wendy", FIRST), ("xena", SECOND)):
        customers[name].send_message(CONTACT, f"{name} needs help")
        await answered(customers[name], body=place)
    # uma writes on, is acknowledged, and the machine dies at that moment.
    uma = await _managed(world, "uma")
    await _acknowledged(uma, [
        f"<message to='{CONTACT}' type='chat' id='u{number}'><body>detail {number:02}</body></message>"
        for number in range(COUNT)])
    await world.server.crash()
    await world.server.start()

    alice = await world.online("alice@acme.example")
    customers = dict(zip(names, await world.all_online(*(f"{name}@home.example" for name in names))))
    for name, place in (("wendy", FIRST), ("xena", SECOND)):
        customers[name].send_message(CONTACT, "position")
        await answered(customers[name], body=place)
    # What alice's client had taken before the crash is hers; the rest comes now. Nothing may come twice in one session.
    customers["uma"].send_message(CONTACT, "that was all")
    await heard(alice, rooms["uma"], "that was all", within=30)
    details = [text_of(stanza, "body") for stanza in alice.saw("message", body="detail ")]
    if sorted(set(details)) != sorted(details):
        raise Unmet(f"details came twice: {details}")
    before = _before_the_crash(world)
    missing = {f"detail {number:02}" for number in range(COUNT)} - set(details) - before
    if missing:
        raise Unmet(f"acknowledged, but lost: {sorted(missing)}")
    customers["tom"].send_message(CONTACT, "are you still there?")
    await heard(alice, rooms["tom"], "are you still there?")
    alice.send_message(rooms["tom"], "of course")
    await answered(customers["tom"], body="of course")
    alice.send_message(rooms["vic"], "/close")
    await answered(customers["vic"])
    await take(alice, "wendy needs help")


def _before_the_crash(world):
    """The details that alice's first session had received before the crash."""
    first = next(client for client in world.clients if client.address == "alice@acme.example")
    return {text_of(stanza, "body") for stanza in first.saw("message", body="detail ")}
