#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 1: colleagues chat, one goes to lunch in a terminal client, a supervisor broadcasts."""

import re

from client import delayed
from stanza import BROADCAST, PRESENCE_STATE, Unmet, anywhere, child, error_condition, serialised, text_of
from world import case

ALICE, BOB, CAROL, DAVE, ERIN = (f"{name}@acme.example" for name in ("alice", "bob", "carol", "dave", "erin"))


@case
async def shared_roster(world):
    """Colleagues and the company's contact are in everybody's list without anybody adding them."""
    alice = await world.client(ALICE).connect()
    roster = await alice.roster()
    for colleague in (BOB, CAROL, DAVE):
        subscription, _, groups, _ = roster.get(colleague, ("missing", None, set(), None))
        if subscription != "both" or not {"Support", "Staff"} <= groups:
            raise Unmet(f"{colleague} is in alice's roster as {subscription}, {groups}")
    if "Staff" not in roster.get(ERIN, ("", None, set(), None))[2]:
        raise Unmet(f"erin is not in alice's group Staff: {roster.get(ERIN)}")
    if "BizBuddy" not in roster.get("support@acme.example", ("", None, set(), None))[2]:
        raise Unmet(f"support@ is not in alice's group BizBuddy: {roster.get('support@acme.example')}")


@case
async def lunch_in_a_terminal(world):
    """alice and bob chat; bob sets "At Lunch" by plain status in profanity; alice's client gets show, status, state."""
    alice = await world.online(ALICE)
    bob = await world.terminal(BOB)
    await alice.presence(from_=f"{BOB}/profanity", type_="")
    await bob.say(ALICE, "shall we eat?")
    await alice.message(from_=f"{BOB}/profanity", body="shall we eat?")
    alice.send_message(f"{BOB}/profanity", "in ten minutes")
    await bob.sees("in ten minutes")
    await bob.type('/status set online "At Lunch"')
    lunch = await alice.presence(from_=f"{BOB}/profanity", has=("state", PRESENCE_STATE), tells=("At Lunch",))
    state = child(lunch, "state", PRESENCE_STATE)
    shown = (text_of(lunch, "show"), text_of(lunch, "status"), state.get("id"))
    if shown != ("away", "At Lunch", "lunch") or not (state.get("since") or "").endswith("Z"):
        raise Unmet(f"bob at lunch looks like {serialised(lunch)}")
    alice.send_presence(status="training")
    await bob.sees("Training")
    await bob.type("/status set online")
    back = await alice.presence(from_=f"{BOB}/profanity", has=("state", PRESENCE_STATE))
    if child(back, "state", PRESENCE_STATE).get("id") != "available" or text_of(back, "show"):
        raise Unmet(f"bob back from lunch looks like {serialised(back)}")


@case
async def state_of_the_account(world):
    """The state belongs to the account: all resources show it, and a client's auto-away does not end it."""
    alice = await world.online(ALICE)
    desk = await world.online(f"{BOB}/desk")
    phone = await world.online(f"{BOB}/phone")
    await alice.presence(from_=phone.full, type_="")
    alice.forget()
    desk.send_presence(status="AT LUNCH")
    for resource in (desk, phone):
        shown = await alice.presence(from_=resource.full, has=("state", PRESENCE_STATE))
        if child(shown, "state", PRESENCE_STATE).get("id") != "lunch" or text_of(shown, "show") != "away":
            raise Unmet(f"{resource.full} at lunch looks like {serialised(shown)}")
    alice.forget()
    phone.send_presence(show="xa", status="auto away")
    await phone.settle()
    late = await world.online(f"{ALICE}/later")
    shown = await late.presence(from_=desk.full, has=("state", PRESENCE_STATE))
    if child(shown, "state", PRESENCE_STATE).get("id") != "lunch":
        raise Unmet(f"auto-away ended the lunch: {serialised(shown)}")


@case
async def state_by_command(world):
    """The ad-hoc command sets a state, too; an invented state in presence is removed."""
    alice, bob = await world.all_online(ALICE, BOB)
    node = "urn:switchboard:presence:1#set"
    commands = "http://jabber.org/protocol/commands"
    first = await bob.request("set", f"<command xmlns='{commands}' node='{node}' action='execute'/>", to="acme.example")
    command = child(first, "command", commands)
    field = next((each for each in first.iter("{jabber:x:data}field") if each.get("type") == "list-single"), None)
    if field is None or command.get("status") != "executing":
        raise Unmet(f"the command offers no choice: {serialised(first)}")
    alice.forget()
    form = f"<x xmlns='jabber:x:data' type='submit'><field var='{field.get('var')}'><value>meeting</value></field></x>"
    await bob.request(
        "set", f"<command xmlns='{commands}' node='{node}' sessionid='{command.get('sessionid')}'>{form}</command>",
        to="acme.example")

    def in_meeting(stanza):
        state = anywhere(stanza, "state", PRESENCE_STATE)
        return stanza.get("from") == bob.full and state is not None and state.get("id") == "meeting"

    shown = await alice.wait_for(in_meeting, what="bob in a meeting")
    if text_of(shown, "show") != "dnd":
        raise Unmet(f"bob in a meeting looks like {serialised(shown)}")
    bob.send_presence(payload=f"<state xmlns='{PRESENCE_STATE}' id='surfing'/>", status="Busy")
    shown = await alice.presence(from_=bob.full, has=("state", PRESENCE_STATE))
    if child(shown, "state", PRESENCE_STATE).get("id") != "busy":
        raise Unmet(f"an invented state came through: {serialised(shown)}")


@case
async def broadcast(world):
    """dave broadcasts to support: alice gets it at once, carol later with a stamp, erin never; bob may not, at all."""
    alice, dave, erin = await world.all_online(ALICE, DAVE, ERIN)
    bob = await world.terminal(BOB)
    text = "The phones are down until noon"
    dave.send_message("support@broadcast.acme.example", text, type_="normal")
    copy = await alice.message(from_="support@broadcast.acme.example", body=text)
    sender = child(copy, "sender", BROADCAST)
    if sender is None or sender.get("jid") != DAVE:
        raise Unmet(f"the copy does not name its sender: {serialised(copy)}")
    carol = await world.online(CAROL)
    copy = await carol.message(from_="support@broadcast.acme.example", body=text)
    if not delayed(copy):
        raise Unmet(f"carol's copy has no stamp: {serialised(copy)}")
    await erin.settle()
    erin.refuse("message", body=text)
    await dave.settle()
    dave.refuse("message", body=text, type_="normal")
    carol.send_message("support@broadcast.acme.example", "may I?", type_="normal")
    refusal = await carol.expect("message", from_="support@broadcast.acme.example", type_="error")
    if error_condition(refusal) != "forbidden":
        raise Unmet(f"carol's broadcast was answered with {serialised(refusal)}")
    await bob.say("support@broadcast.acme.example", "let me, too")
    await bob.sees(re.compile("forbidden|not allowed|may not", re.I))
    await alice.settle()
    alice.refuse("message", body="may I?")
    alice.refuse("message", body="let me, too")


@case
async def broadcast_addresses(world):
    """all@ reaches everybody, online@ stores nothing, unknown groups are not found."""
    dave, erin = await world.all_online(DAVE, ERIN)
    dave.send_message("online@broadcast.acme.example", "only who is here", type_="normal")
    await erin.message(from_="online@broadcast.acme.example", body="only who is here")
    dave.send_message("all@broadcast.acme.example", "for everybody", type_="normal")
    await erin.message(from_="all@broadcast.acme.example", body="for everybody")
    dave.send_message("nobody@broadcast.acme.example", "hello?", type_="normal")
    refusal = await dave.expect("message", from_="nobody@broadcast.acme.example", type_="error")
    if error_condition(refusal) != "item-not-found":
        raise Unmet(f"an unknown group was answered with {serialised(refusal)}")
    bob = await world.online(BOB)
    await bob.message(from_="all@broadcast.acme.example", body="for everybody", has=("delay", "urn:xmpp:delay"))
    await bob.settle()
    bob.refuse("message", body="only who is here")
