#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""One address for several departments: the customer says which by a digit, a form or the queue's own dialogue."""

from care import CONTACT, SERVICE, accepted, answered, heard, joined, no_agent_named, offered, said
from stanza import DATA, WORKGROUP, Unmet, anywhere, child, error_condition, serialised
from world import case

HELLO = "hello@acme.example"
SALES = f"sales@{SERVICE}"
TOM, UMA, VIC = "tom@home.example", "uma@home.example", "vic@home.example"
ALICE = "alice@acme.example"
QUICK_RESPONSE = "urn:xmpp:quick-response:0"


@case
async def by_digit(world):
    """tom writes to hello@, is asked, answers 1, and alice of sales gets his question, not the digit."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    tom.send_message(HELLO, "Do you sell blue gizmos?")
    question = await tom.message(from_=HELLO, tells=("1 – Sales", "2 – Support"))
    responses = question.findall(f"{{{QUICK_RESPONSE}}}response")
    if [(each.get("value"), each.get("label")) for each in responses] != [("1", "Sales"), ("2", "Support")]:
        raise Unmet(f"no quick responses: {serialised(question)}")
    alice.refuse("message", body="blue gizmos")
    alice.forget()
    tom.send_message(HELLO, "1")
    await offered(alice, "Do you sell blue gizmos?", workgroup=SALES)
    room = await joined(alice, await accepted(alice, workgroup=SALES))
    await heard(alice, room, "Do you sell blue gizmos?")
    said(alice, room, "In all shades")
    await answered(tom, contact=HELLO, body="In all shades")
    tom.forget()
    said(alice, room, "/close sold")
    await answered(tom, contact=HELLO)
    no_agent_named(tom, alice)


@case
async def by_form(world):
    """uma's client fills in the form that came with the question."""
    alice = await world.online(ALICE)
    uma = await world.online(UMA)
    uma.send_message(HELLO, "My gizmo hums")
    question = await uma.message(from_=HELLO, has=("x", DATA))
    form = child(question, "x", DATA)
    values = [option.findtext(f"{{{DATA}}}value") for option in form.iter(f"{{{DATA}}}option")]
    if values != ["sales", "support"]:
        raise Unmet(f"the form offers {values}")
    answer = "<field var='department'><value>support</value></field>"
    uma.send_message(HELLO, payload=f"<x xmlns='{DATA}' type='submit'>{answer}</x>")
    await offered(alice, "My gizmo hums")
    alice.send_message(f"support@{SERVICE}", "reject")
    uma.forget()
    uma.send_message(HELLO, "leave")
    await answered(uma, contact=HELLO)


@case
async def by_dialogue(world):
    """XEP-0142 §4.1.1: joining without the form is not acceptable; the form is had for the asking."""
    vic = await world.online(VIC)
    refusal = await vic.iq("set", f"<join-queue xmlns='{WORKGROUP}'/>", to=HELLO)
    if error_condition(refusal) != "not-acceptable":
        raise Unmet(f"joined without saying where: {serialised(refusal)}")
    form = await vic.request("get", f"<join-queue xmlns='{WORKGROUP}'/>", to=HELLO)
    if anywhere(form, "option", DATA) is None:
        raise Unmet(f"no form to join with: {serialised(form)}")
    filled = f"<x xmlns='{DATA}' type='submit'><field var='department'><value>support</value></field></x>"
    await vic.request("set", f"<join-queue xmlns='{WORKGROUP}'>{filled}</join-queue>", to=HELLO)
    await vic.request("get", f"<queue-status xmlns='{WORKGROUP}'/>", to=HELLO)
    await vic.request("set", f"<depart-queue xmlns='{WORKGROUP}'/>", to=HELLO)


@case
async def in_german(world):
    """Who writes German is answered in German."""
    tom = await world.online(TOM)
    tom.send(f"<message type='chat' xml:lang='de' to='{HELLO}'><body>Guten Tag</body></message>")
    await tom.message(from_=HELLO, tells=("Wen möchten Sie erreichen?", "1 – Sales"))
    tom.send(f"<message type='chat' xml:lang='de' to='{HELLO}'><body>verlassen</body></message>")
    await tom.message(from_=HELLO, tells=("Sie stehen nicht mehr an",))


@case
async def passed_on(world):
    """alice passes tom on to bob with a word about him; bob accepts, reads what was said, and goes on."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "My gizmo hums in the night")
    await offered(alice, "hums in the night")
    room = await joined(alice, await accepted(alice))
    bob = await world.online("bob@acme.example")
    said(alice, room, "/board")
    await alice.message(from_=room, tells=("Support:", "on duty"), type_="groupchat")
    tom.forget()
    said(alice, room, "/transfer bob he repairs gizmos")
    await offered(bob, "alice@acme.example passes a customer on to you: he repairs gizmos", "Tom Customer")
    if await joined(bob, await accepted(bob)) != room:
        raise Unmet("the conversation is another one now")
    await heard(bob, room, "My gizmo hums in the night")
    await bob.message(from_=room, body="he repairs gizmos", type_="groupchat")
    said(bob, room, "Which colour is it?")
    await answered(tom, body="Which colour is it?")
    tom.forget()
    said(bob, room, "/close solved")
    await answered(tom)
    no_agent_named(tom, alice, bob)
