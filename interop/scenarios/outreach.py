#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What the company tells customers of its own accord, ready answers, a customer's own copy, and the figures of it all."""

import json

from care import CONTACT, WORKGROUP_ADDRESS, answered, heard, said, take
from stanza import Unmet
from world import case

TOM, UMA, VIC = "tom@home.example", "uma@home.example", "vic@home.example"
ALICE, DAVE = "alice@acme.example", "dave@acme.example"


@case
async def alerts(world):
    """uma asks for alerts, is asked once more, gets one, answers it, and alice sees what she answers to."""
    uma, dave = await world.all_online(UMA, DAVE)
    uma.send_message(CONTACT, "alerts")
    await answered(uma, tells=("gizmo", "new gizmos"))
    uma.send_message(CONTACT, "alert gizmo")
    await answered(uma, tells=("Do you want", "yes"))
    dave.send_message(WORKGROUP_ADDRESS, "/publish gizmo Too early")
    await dave.message(from_=WORKGROUP_ADDRESS, body="Told to 0")
    uma.send_message(CONTACT, "yes")
    await answered(uma, tells=("You will be told",))
    dave.send_message(WORKGROUP_ADDRESS, "/publish gizmo A blue gizmo is at auction")
    await dave.message(from_=WORKGROUP_ADDRESS, body="Told to 1")
    await answered(uma, tells=("A blue gizmo is at auction",))
    alice = await world.online(ALICE)
    uma.send_message(CONTACT, "bid 50")
    room = await take(alice, "bid 50")
    await alice.message(type_="groupchat", tells=("after the alert: A blue gizmo is at auction",))
    said(alice, room, "/close sold")
    await answered(uma, tells=("closed",))
    uma.send_message(CONTACT, "STOP")
    await answered(uma, tells=("not be told",))
    uma.refuse("message", body="Too early")


@case
async def ready_words_and_a_copy(world):
    """alice greets tom with a ready answer; afterwards tom asks for a copy, which has neither notes nor her name."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "My gizmo hums")
    room = await take(alice, "My gizmo hums")
    said(alice, room, "/canned hello")
    await answered(tom, body="Hello Tom Customer, this is Support.")
    await heard(alice, room, "Hello Tom Customer")
    said(alice, room, "/note he is angry")
    said(alice, room, "/close solved")
    await answered(tom, tells=("closed",))
    tom.forget()
    tom.send_message(CONTACT, "transcript")
    copy = await answered(tom, tells=("You: My gizmo hums", "Support: Hello Tom Customer"))
    text = "".join(copy.itertext())
    if "angry" in text or "alice" in text:
        raise Unmet(f"the copy says too much: {text}")


@case
async def figures(world):
    """report and board read what has happened while the service runs."""
    output = await world.server.command("report", "--json")
    row = json.loads(output)[0]["figures"]
    if row["arrived"] < 2 or row["closed"] < 2 or row["answered"] < 2:
        raise Unmet(f"the report has {output}")
    output = await world.server.command("report", "--csv", "--by", "department")
    if not output.startswith("department,arrived,") or "support," not in output:
        raise Unmet(f"the table has {output}")
    output = await world.server.command("board", "--once")
    if "Support: " not in output:
        raise Unmet(f"the board has {output}")


@case
async def alerts_from_the_command_line(world):
    """uma asks for alerts; somebody at the machine publishes one, and an unknown topic is refused."""
    uma = await world.online(UMA)
    uma.send_message(CONTACT, "alert gizmo")
    await answered(uma, tells=("Do you want",))
    uma.send_message(CONTACT, "yes")
    await answered(uma, tells=("You will be told",))
    told = await world.server.command("alert", "gizmo", "A green gizmo is at auction")
    if "Told to 1" not in told:
        raise Unmet(told)
    await answered(uma, tells=("A green gizmo is at auction",))
    file = json.loads(await world.server.command("customers", "export", UMA))
    if [(line["purpose"], line["isGiven"]) for line in file["consents"][-1:]] != [("alerts/gizmo", True)]:
        raise Unmet(f"the consent ledger has {file['consents']}")


@case
async def deleted_on_request(world):
    """vic wants to be forgotten: dave is shown what there is and deletes it; nothing of it is on the disk."""
    alice, dave = await world.all_online(ALICE, DAVE)
    vic = await world.online(VIC)
    vic.send_message(CONTACT, "My turquoise gizmo hums")
    room = await take(alice, "My turquoise gizmo hums")
    said(alice, room, "/remember likes aubergines")
    await alice.message(from_=room, tells=("Noted",), type_="groupchat")
    said(alice, room, "/close solved")
    await answered(vic, tells=("closed",))
    vic.send_message(CONTACT, "And my magenta one")
    room = await take(alice, "And my magenta one")
    dave.send_message(WORKGROUP_ADDRESS, f"/erase {VIC}")
    await dave.message(
        from_=WORKGROUP_ADDRESS, tells=("1 closed conversations", "1 open conversations", "1 records", "1 notes"))
    dave.send_message(WORKGROUP_ADDRESS, f"/erase {VIC} yes")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("Deleted: 2 conversations, 1 records, 1 notes",))
    await alice.message(tells=("being deleted",))
    told = await world.server.command("customers", "erase", VIC)
    if "Nothing is kept" not in told:
        raise Unmet(told)
    for name in ("bridge.sqlite", "people.sqlite", "customers.sqlite"):
        for path in world.server.folder.rglob(f"{name}*"):
            for text in (b"turquoise", b"magenta", b"aubergines", b"vic@home.example"):
                if text in path.read_bytes():
                    raise Unmet(f"{text} is in {path.name}")
    verdict = await world.server.command("audit", "verify")
    if "all as they were written" not in verdict:
        raise Unmet(verdict)
