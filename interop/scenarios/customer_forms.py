#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What customers can do with a client that knows ad-hoc commands, and what they ask for about their own data."""

from care import CONTACT, WORKGROUP_ADDRESS, answered, offered, said, take
from stanza import DATA, Unmet, child, error_condition, serialised
from world import case

COMMANDS = "http://jabber.org/protocol/commands"
ITEMS = "http://jabber.org/protocol/disco#items"
TOM, UMA, VIC, WENDY = (f"{name}@home.example" for name in ("tom", "uma", "vic", "wendy"))
ALICE, DAVE = "alice@acme.example", "dave@acme.example"


async def step(client, verb, language="en", **fields):
    """One step of a command at the contact; the `<command/>` of the answer."""
    inner = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items())
    form = f"<x xmlns='{DATA}' type='submit'>{inner}</x>" if fields else ""
    answer = await client.request(
        "set", f"<command xmlns='{COMMANDS}' xml:lang='{language}' node='urn:switchboard:bizbuddy:1#{verb}'>{form}</command>",
        to=CONTACT)
    return child(answer, "command", COMMANDS)


def notes(command):
    if command.get("status") != "completed":
        raise Unmet(f"not done: {serialised(command)}")
    return " ".join(note.text or "" for note in command.iter(f"{{{COMMANDS}}}note"))


def tells(command, *words):
    text = notes(command)
    if any(word not in text for word in words):
        raise Unmet(f"{words} is not in {text!r}")


@case
async def everything_by_form(world):
    """wendy finds what she can do where her client lists it, in her language, and does it without a word in the chat."""
    alice = await world.online(ALICE, status="Busy")
    wendy = await world.online(WENDY)
    wendy.send_message(CONTACT, "Do you sell gizmos?")
    await answered(wendy)
    wendy.forget()
    listed = await wendy.request("get", f"<query xmlns='{ITEMS}' node='{COMMANDS}' xml:lang='de'/>", to=CONTACT)
    names = {item.get("node").rpartition("#")[2]: item.get("name") for item in listed.iter(f"{{{ITEMS}}}item")}
    if not {"position", "leave", "callback", "transcript", "alerts", "stop", "link", "export", "erase"} <= set(names):
        raise Unmet(f"what there is: {names}")
    if "answer" in names or "Platz" not in names["position"]:
        raise Unmet(f"what there is: {names}")
    said_before = len(wendy.saw("message", from_=CONTACT))
    tells(await step(wendy, "position"), "1st in line")
    tells(await step(wendy, "position", "de"), "Platz 1")
    asked = await step(wendy, "alerts", topic="gizmo")
    if asked.get("status") != "executing" or asked.find(f".//{{{DATA}}}field[@var='confirmed']") is None:
        raise Unmet(f"not asked twice: {serialised(asked)}")
    tells(await step(wendy, "alerts", topic="gizmo", confirmed="true"), "told about new gizmos")
    tells(await step(wendy, "stop"), "not be told")
    tells(await step(wendy, "leave"), "left the line")
    await wendy.settle()
    if len(wendy.saw("message", from_=CONTACT)) > said_before:
        raise Unmet(f"told in the chat, too: {wendy.recent()}")
    refusal = await wendy.iq(
        "set", f"<command xmlns='{COMMANDS}' node='urn:switchboard:bizbuddy:1#transfer'/>", to=CONTACT)
    if error_condition(refusal) != "item-not-found":
        raise Unmet(f"a customer may do what agents do: {serialised(refusal)}")
    alice.refuse("message", body="gizmos?")


@case
async def a_copy_and_a_deletion(world):
    """uma asks for a copy and for a deletion; dave sees to both, and of uma nothing is left but her own archive."""
    alice, dave = await world.all_online(ALICE, DAVE)
    uma = await world.online(UMA)
    uma.send_message(CONTACT, "My vermilion gizmo hums")
    room = await take(alice, "My vermilion gizmo hums")
    said(alice, room, "/note she seems cross")
    await alice.message(from_=room, tells=("cross",), type_="groupchat")
    said(alice, room, "/close solved")
    await answered(uma, tells=("closed",))
    uma.forget()
    tells(await step(uma, "export"), "asked for a copy")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=(UMA, "a copy", f"/export {UMA}"))
    dave.send_message(WORKGROUP_ADDRESS, f"/export {UMA} yes")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("is sent",))
    copy = await answered(uma, tells=("Uma", "You: My vermilion gizmo hums"))
    if "cross" in serialised(copy) or "alice" in serialised(copy):
        raise Unmet(f"the copy says too much: {serialised(copy)}")
    uma.send_message(CONTACT, "/erase")
    await answered(uma, tells=("asked us to delete",))
    dave.send_message(WORKGROUP_ADDRESS, "/requests")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=(f"/erase {UMA}",))
    dave.send_message(WORKGROUP_ADDRESS, f"/erase {UMA} yes")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("Deleted: 1 conversations",))
    await answered(uma, body="What we kept of you has been deleted.")
    for name in ("bridge.sqlite", "people.sqlite", "customers.sqlite"):
        for path in world.server.folder.rglob(f"{name}*"):
            for text in (b"vermilion", b"uma@home.example"):
                if text in path.read_bytes():
                    raise Unmet(f"{text} is in {path.name}")
    log = (world.server.data / "audit.log").read_text()
    if '"request"' not in log or "sent to the customer" not in log or UMA in log:
        raise Unmet(f"the audit log says: {log}")


@case
async def two_numbers_stay_two(world):
    """vic says a code of tom's, and the directory knows both: they stay two, and the agent is told."""
    alice = await world.online(ALICE)
    tom, vic = await world.all_online(TOM, VIC)
    tom.send_message(CONTACT, "/link")
    told = await answered(tom, tells=("/link",))
    code = next(word for word in "".join(told.itertext()).replace('"', " ").split() if word.isdigit() and len(word) == 6)
    vic.send_message(CONTACT, "My gizmo hums")
    room = await take(alice, "My gizmo hums")
    vic.forget()
    vic.send_message(CONTACT, f"/link {code}")
    await answered(vic, tells=("two different customers",))
    await alice.message(from_=room, tells=("4711", f"xmpp:{TOM} yes"))
    said(alice, room, "/close")
    await answered(vic, tells=("closed",))


@case
async def taken_for_somebody_else(world):
    """Somebody writes from an address that looks like tom's: alice reads a warning before she accepts."""
    await world.server.command("user", "add", "t0m@home.example", "--password-stdin", stdin="switchboard-demo\n")
    alice = await world.online(ALICE)
    imposter = await world.online("t0m@home.example")
    imposter.send_message(CONTACT, "It is me, Tom")
    await offered(alice, "It is me, Tom", "Careful: this address looks like one of Tom Customer's, customer 4711")
    alice.send_message(WORKGROUP_ADDRESS, "reject")
    imposter.send_message(CONTACT, "leave")
    await answered(imposter)
