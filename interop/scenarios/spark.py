#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Customer service with Smack, the library that Spark is made of: its own classes for XEP-0142 and Fastpath, on both sides."""

from care import CONTACT, WORKGROUP_ADDRESS, answered, offered, said, take
from peers.smack import Smack
from peers.switchboard import Switchboard
from stanza import Unmet
from world import PASSWORD, case

ALICE, BOB, TOM, UMA = "alice@acme.example", "bob@acme.example", "tom@home.example", "uma@home.example"


def missing():
    return [*Switchboard.missing(), *Smack.missing()]


async def _smack(world, jid):
    return await world.run(Smack(jid, PASSWORD, world.server, WORKGROUP_ADDRESS, world.folder))


async def _offer(agent, customer, *words):
    """The session of an offer about a customer."""
    line = await agent.says("offer", customer, *words)
    return line[2]


@case(within=180)
async def offered_accepted_and_answered(world):
    """alice's Smack goes online, sees who waits, gets the offer with tom's record, joins the room and answers him."""
    alice = await _smack(world, ALICE)
    alice.does("online", 2)
    await alice.says("online", "true")
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "My gizmo hums")
    session = await _offer(alice, TOM, "request", "question=My gizmo hums", "Plan=Gold", "customer=4711")
    await alice.says("oldest")
    await alice.says("users", f"{TOM}@0")
    alice.does("accept")
    room = (await alice.says("workgroup invites"))[1]
    alice.does("join", room)
    await alice.says("joined", room)
    await alice.says("heard", "My gizmo hums")
    alice.does("say", "Is it warm?")
    await answered(tom, body="Is it warm?")
    tom.send_message(CONTACT, "Quite warm")
    await alice.says("heard", "Quite warm")
    occupants = await alice.answers("occupants", room.partition("@")[0], end="occupants end")
    if [line[2] for line in occupants if line[0] == "occupant"] != ["alice"]:
        raise Unmet(f"in the room: {occupants}")
    alice.does("metadata", session)
    await alice.says("metadata", "username=[Tom Customer]", "Plan=[Gold]")
    macros = await alice.answers("macros", end="macros end")
    if ["macro", "hello", "Hello {customer}, this is {department}. How can I help?"] not in macros:
        raise Unmet(f"macros: {macros}")
    tom.forget()
    alice.does("say", "/close solved")
    await answered(tom, tells=("closed",))
    history = await alice.answers("history", end="history end")
    if ["session", "Tom Customer", session, "My gizmo hums"] not in history:
        raise Unmet(f"history: {history}")
    # The past of a customer is for those who serve him.
    tom.send_message(CONTACT, "It hums again")
    await _offer(alice, TOM, "It hums again")
    summaries = await alice.answers("transcripts", TOM, end="transcripts end")
    if ["summary", session, "1"] not in summaries:
        raise Unmet(f"transcripts: {summaries}")
    lines = await alice.answers("transcript", session, end="transcript end")
    words = [line[2] for line in lines if line[0] == "line"]
    if words[:3] != ["My gizmo hums", "Is it warm?", "Quite warm"]:
        raise Unmet(f"the transcript: {lines}")
    alice.does("reject")
    await alice.answers("offline", end="offline")
    tom.send_message(CONTACT, "leave")
    await answered(tom, tells=("left the line",))


@case(within=180)
async def passed_on_and_invited(world):
    """alice's Smack passes tom on to bob's, bob's invites alice's, and each is asked in Smack's own way."""
    alice, bob = await _smack(world, ALICE), await _smack(world, BOB)
    alice.does("online", 3)
    await alice.says("online", "true")
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "My gizmo leaks")
    session = await _offer(alice, TOM, "My gizmo leaks")
    alice.does("accept")
    room = (await alice.says("workgroup invites"))[1]
    alice.does("join", room)
    await alice.says("joined")
    bob.does("online", 3)
    await bob.says("online", "true")
    alice.does("transfer", "user", BOB, session, "he knows leaks")
    await alice.says("transferring")
    if await _offer(bob, TOM, "transfer") != session:
        raise Unmet("bob was offered another conversation")
    bob.does("accept")
    bob.does("join", (await bob.says("workgroup invites"))[1])
    await bob.says("heard", "My gizmo leaks")
    bob.does("say", "Which colour is it?")
    await answered(tom, body="Which colour is it?")
    bob.does("invite", "user", ALICE, session, "you know colours")
    await bob.says("inviting")
    await alice.says("invited", room)
    alice.does("join", room)
    await alice.says("joined")
    alice.does("say", "Blue ones leak")
    await answered(tom, body="Blue ones leak")
    await bob.says("heard", "Blue ones leak")
    bob.does("say", "/close solved")
    await answered(tom, tells=("closed",))


@case(within=180)
async def waits_in_line(world):
    """uma's Smack joins the queue as Fastpath's customers do: it is told its place, is invited, and talks in the room."""
    alice = await world.online(ALICE)
    uma = await _smack(world, UMA)
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "Me first")
    await offered(alice, "Me first")
    uma.does("queue")
    await uma.says("open", "true")
    await uma.says("in line")
    await uma.says("position", "1")
    tom.send_message(CONTACT, "leave")
    await offered(alice, UMA)
    await uma.says("position", "0")
    alice.send_message(WORKGROUP_ADDRESS, "accept")
    room = (await uma.says("invited"))[1]
    uma.does("join", room)
    await uma.says("joined")
    uma.does("say", "Do you sell gizmos?")
    await alice.message(body="Do you sell gizmos?")
    alice.send_message(room, "In all colours")
    await uma.says("heard", "Support", "In all colours")
    alice.send_message(room, "/close")
    uma.does("queue")
    await uma.says("in line")
    await uma.answers("depart", end="out of line")
