#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What must not be kept: taken out before anything is stored, compared without being shown, and nowhere on the disk."""

import re

from care import CONTACT, accepted, answered, heard, joined, offered, said
from peers.switchboard import Switchboard
from process import Broken
from scenarios.archive import iterated
from stanza import DATA, Unmet, child, serialised, text_of
from world import case

ALICE, TOM, UMA = "alice@acme.example", "tom@home.example", "uma@home.example"
CARD, SPACED, IBAN, SSN = "4242424242424242", "4242 4242 4242 4242", "DE89370400440532013000", "219-09-9999"
#: As the customer writes it; the record spells it otherwise.
ANSWER = "b.l.u.e-Bird/7741"
VERIFY = "urn:switchboard:bizbuddy:verify:1"

CUSTOMERS = """address,name,customer,plan,born,codeword
tom@home.example,Tom Customer,4711,Gold,1970-01-31,Blue Bird 7741
uma@home.example,Uma Underwood,4822,Silver,1980-02-28,Red Fish 1
"""


class Company(Switchboard):
    """The demo company with fields that not everybody may see."""

    def adapt(self, text):
        customers = self.folder / "customers.csv"
        customers.write_text(CUSTOMERS)
        records = f"initial_customers: {customers}\n    sensitive_fields: [born]\n    secret_fields: [codeword]"
        return re.sub(r"initial_customers: .*", records, text)


def server(folder, certificates):
    return Company(folder, certificates)


def missing():
    return Company.missing()


def nowhere(world, *secrets):
    """None of these bytes is in any file of the data folder or in the log."""
    files = [path for path in world.server.folder.rglob("*") if path.is_file() and path.name != "customers.csv"]
    if not any(path.name.endswith("-wal") for path in files):
        raise Unmet(f"no write-ahead log is there to be looked at: {[path.name for path in files]}")
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            for spelling in (secret.encode(), secret.encode("utf-16-le")):
                if spelling in content:
                    raise Unmet(f"{secret!r} is in {path.relative_to(world.server.folder)}")


async def _conversation(world, customer):
    alice, customer = await world.online(ALICE), await world.online(customer)
    customer.send_message(CONTACT, "My order has not arrived")
    await offered(alice, "My order has not arrived")
    room = await joined(alice, await accepted(alice))
    await heard(alice, room, "My order has not arrived")
    return alice, customer, room


@case
async def taken_out_before_anything_is_stored(world):
    """tom writes a card number: alice, tom's archive and the disk never have it; tom is told."""
    alice, tom, room = await _conversation(world, TOM)
    other = await world.online(TOM)
    other.send("<iq type='set' id='cc'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    await other.settle()
    tom.send_message(CONTACT, f"Charge {SPACED}, or {CARD}, or {IBAN}; I am {SSN}")
    await heard(alice, room, "Charge [•••• 4242], or [•••• 4242], or "
                             "[IBAN ••••]; I am [•••-••-••••]")
    await alice.message(from_=room, tells=("card", "/verify"), type_="groupchat")
    await answered(tom, body="confidential")
    said(alice, room, f"/note pays with {CARD}")
    said(alice, room, f"Was it {CARD}?")
    await answered(tom, body="Was it [•••• 4242]?")
    if not await iterated(tom, "[•••• 4242]"):
        raise Unmet("tom's own archive has nothing of the message")
    for secret in (CARD, SPACED, IBAN, SSN):
        if await iterated(tom, secret) or await iterated(alice, secret):
            raise Unmet(f"an archive has {secret}")
        for client in (alice, other):
            if any(secret in serialised(stanza) for stanza in client.history):
                raise Unmet(f"{client.full} has seen {secret}")
    nowhere(world, CARD, SPACED, IBAN, SSN)
    tom.forget()
    said(alice, room, "/close solved")
    await answered(tom)
    await world.server.crash()
    nowhere(world, CARD, SPACED, IBAN, SSN)
    await world.server.start()
    nowhere(world, CARD, SPACED, IBAN, SSN)


@case
async def compared_unseen(world):
    """alice asks tom for his codeword: she sees right or wrong, nobody sees the word, and it is nowhere."""
    alice, tom, room = await _conversation(world, TOM)
    said(alice, room, "/verify codeword")
    question = await tom.message(from_=CONTACT, tells=("Codeword", "/answer"))
    if child(question, "x", DATA) is None:
        raise Unmet(f"no form: {serialised(question)}")
    tom.send_message(CONTACT, "/answer not-that-one-4455")
    await alice.message(from_=room, tells=("✗",), type_="groupchat")
    tom.send_message(CONTACT, f"/answer {ANSWER}")
    await alice.message(from_=room, tells=("✓", "Codeword"), type_="groupchat")
    await answered(tom, body="is not kept")
    said(alice, room, "/verify codeword")
    await tom.message(from_=CONTACT, tells=("Codeword", "/answer"))
    fields = (f"<field var='FORM_TYPE'><value>{VERIFY}</value></field>"
              f"<field var='answer'><value>{ANSWER}</value></field>")
    alice.forget()
    tom.send_message(CONTACT, payload=f"<x xmlns='{DATA}' type='submit'>{fields}</x>")
    await alice.message(from_=room, tells=("✓",), type_="groupchat")
    if any(ANSWER in serialised(stanza) for stanza in alice.history):
        raise Unmet("alice has seen the answer")
    if await iterated(tom, ANSWER) or await iterated(tom, "not-that-one-4455"):
        raise Unmet("tom's archive has the answer")
    nowhere(world, ANSWER, "not-that-one-4455")
    tom.forget()
    said(alice, room, "/close")
    await answered(tom)
    verdict = await world.server.command("audit", "verify")
    if "all as they were written" not in verdict:
        raise Unmet(verdict)


@case
async def revealed_on_demand(world):
    """alice's card of uma names what is withheld; /reveal shows it, and the audit log says that she looked."""
    alice, uma, room = await _conversation(world, UMA)
    said(alice, room, "/record")
    card = await alice.message(from_=room, tells=("Uma Underwood", "Born: withheld", "Codeword: secret"))
    if "1980" in serialised(card):
        raise Unmet(f"the card has what it withholds: {serialised(card)}")
    said(alice, room, "/reveal codeword")
    await alice.message(from_=room, tells=("shown to nobody",))
    said(alice, room, "/reveal born")
    await alice.message(from_=room, tells=("Born: 1980-02-28", "written down"))
    log = (world.server.data / "audit.log").read_text()
    if '"reveal"' not in log or ALICE not in log or UMA in log or "1980" in log:
        raise Unmet(f"the audit log says: {log}")
    nowhere_but_in_the_record(world, "1980-02-28")
    uma.forget()
    said(alice, room, "/close")
    await answered(uma)
    path = world.server.data / "audit.log"
    path.write_text(log.replace(ALICE, "nobody@acme.example", 1))
    try:
        await world.server.command("audit", "verify")
    except Broken as failure:
        if "has been changed" not in str(failure):
            raise
    else:
        raise Unmet("a changed line was not found")
    finally:
        path.write_text(log)


def nowhere_but_in_the_record(world, secret):
    """The company's own record is where it was; the queue and the archives have nothing of it."""
    for path in world.server.data.rglob("*"):
        if path.is_file() and not path.name.startswith("customers.sqlite") and secret.encode() in path.read_bytes():
            raise Unmet(f"{secret!r} is in {path.name}")


@case
async def one_customer_many_addresses(world):
    """wendy says tom's code: both are one customer, and the next agent sees it with what was noted."""
    alice, tom, room = await _conversation(world, TOM)
    said(alice, room, "/remember likes tea")
    await alice.message(from_=room, tells=("Noted",))
    tom.send_message(CONTACT, "/link")
    told = await tom.message(from_=CONTACT, tells=("/link",))
    code = re.search(r"/link (\d{6})", text_of(told, "body"))[1]
    wendy = await world.online("wendy@home.example")
    wendy.send_message(CONTACT, f"/link {code}")
    await wendy.message(from_=CONTACT, tells=("both addresses are yours",))
    tom.forget()
    said(alice, room, "/close solved")
    await answered(tom)
    alice.forget()
    wendy.send_message(CONTACT, "It is me again")
    await offered(alice, "Tom Customer", "4711", "likes tea", "Also writes from", "My order has not arrived")
    alice.send_message("support@care.acme.example", "reject")
    wendy.send_message(CONTACT, "leave")
    await answered(wendy)
