#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What people find in their archives (XEP-0313), asked by slixmpp's own xep_0313."""

import datetime
import re

from stanza import CLIENT, Unmet, child, error_condition, local_name, serialised, text_of
from world import case

TOM, UMA = "tom@home.example", "uma@home.example"
MAM, FORWARD, RETRACT = "urn:xmpp:mam:2", "urn:xmpp:forward:0", "urn:xmpp:message-retract:1"
TEXT_FIELD = "{urn:xmpp:fulltext:0}fulltext"


def archive_of(client):
    """slixmpp's view of the client's own archive."""
    client.xmpp.register_plugin("xep_0313")
    return client.xmpp["xep_0313"]


async def iterated(client, word="", **conditions):
    """(id, text) of all with that word that slixmpp finds, page by page."""
    found = []
    async for message in archive_of(client).iterate(jid=client.address, **conditions):
        result = message["mam_result"]
        text = result["forwarded"]["stanza"]["body"]
        if word in text:
            found.append((result["id"], text))
    return found


async def asked(client, fields, page=""):
    """The forwarded messages of one answer to a raw query, as (id, element)."""
    inner = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items())
    form = ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
            f"<value>{MAM}</value></field>{inner}</x>")
    query_id = client.new_id()
    await client.request("set", f"<query xmlns='{MAM}' queryid='{query_id}'>{form}{page}</query>")
    found = []
    for stanza in client.history:
        result = child(stanza, "result", MAM) if local_name(stanza) == "message" else None
        if result is None or result.get("queryid") != query_id:
            continue
        found.append((result.get("id"), child(child(result, "forwarded", FORWARD), "message", CLIENT)))
    return found


async def exchanged(tom, uma, number, word):
    """Sends messages with a word of their own in turn and returns their texts when both have all."""
    texts = [f"{word} {index} <&> \"quoted\" \U0001f44b" for index in range(number)]
    for index, text in enumerate(texts):
        sender, other = (tom, uma) if index % 3 else (uma, tom)
        sender.send_message(other.full, text)
        await other.message(from_=sender.full, body=text)
    return texts


@case
async def pages_both_ways(world):
    """Everything two people said is in both archives, in order, read forwards and backwards in pages of any size."""
    tom, uma = await world.all_online(TOM, UMA)
    texts = await exchanged(tom, uma, 35, "paged")
    for client, other in ((tom, UMA), (uma, TOM)):
        for size in (7, 50):
            forward = await iterated(client, "paged", with_jid=other, rsm={"max": size})
            if [text for _, text in forward] != texts:
                raise Unmet(f"{client.owner} reads forwards {[text for _, text in forward]}")
            backward = await iterated(client, "paged", with_jid=other, rsm={"max": size}, reverse=True)
            if backward[::-1] != forward:
                raise Unmet(f"{client.owner} reads backwards {backward}")
        if len({id_ for id_, _ in forward}) != len(texts):
            raise Unmet("two messages have one id")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    if await iterated(tom, with_jid=UMA, end=past):
        raise Unmet("messages of today are found in what is older than a day")
    if len(await iterated(tom, "paged", with_jid=UMA, start=past)) != len(texts):
        raise Unmet("messages of today are not found in what is newer than a day")


@case
async def delivered_id_is_the_archived_one(world):
    """The stanza-id that a client is given names the message in its archive."""
    tom, uma = await world.all_online(TOM, UMA)
    tom.send_message(UMA, "which one?")
    message = await uma.message(from_=tom.full, body="which one?")
    ids = [element.get("id") for element in message if element.tag == "{urn:xmpp:sid:0}stanza-id"]
    if len(ids) != 1:
        raise Unmet(f"there is not one stanza-id: {serialised(message)}")
    found = await asked(uma, {"ids": ids[0]})
    if [(id_, text_of(element, "body")) for id_, element in found] != [(ids[0], "which one?")]:
        raise Unmet(f"the archive gives {found} for {ids[0]}")
    answer = await tom.iq("set", f"<query xmlns='{MAM}'><set xmlns='http://jabber.org/protocol/rsm'>"
                                 "<after>no-such-id</after></set></query>")
    if error_condition(answer) != "item-not-found":
        raise Unmet(f"an unknown id gives {serialised(answer)}")


@case
async def late_reader_gets_nothing_twice(world):
    """Who reads the archive before the first presence is not sent the same messages again; who does not, is."""
    tom = await world.online(TOM)
    for index in range(3):
        tom.send_message(UMA, f"while away {index}")
    await tom.settle()
    reader = await world.client(UMA).connect()
    found = await asked(reader, {"with": TOM})
    texts = [text_of(element, "body") for _, element in found if "while away" in text_of(element, "body")]
    if texts != [f"while away {index}" for index in range(3)]:
        raise Unmet(f"the archive gives {texts}")
    before = len(reader.history)
    reader.send_presence()
    await reader.presence(from_=reader.full, type_="")
    await reader.settle()
    again = [stanza for stanza in reader.history[before:] if text_of(stanza, "body")]
    if again:
        raise Unmet(f"a message came twice: {serialised(again[0])}")
    await reader.disconnect()
    tom.send_message(UMA, "once more")
    await tom.settle()
    other = await world.online(UMA)
    await other.message(from_=tom.full, body="once more")


@case
async def metadata_form_and_search(world):
    """The ends of the archive, the fields it can be asked by, and words in it."""
    tom, uma = await world.all_online(TOM, UMA)
    await exchanged(tom, uma, 4, "zebra")
    tom.send_message(UMA, "Die Brücke über den Fluß")
    await uma.message(from_=tom.full, body="Die Brücke über den Fluß")
    metadata = (await archive_of(uma).get_archive_metadata(uma.address))["mam_metadata"]
    ids = [id_ for id_, _ in await iterated(uma)]
    if (metadata["start"]["id"], metadata["end"]["id"]) != (ids[0], ids[-1]):
        raise Unmet(f"metadata says {metadata}")
    fields = set((await archive_of(uma).get_fields(uma.address)).get_fields())
    missing = {"with", "start", "end", "before-id", "after-id", "ids", TEXT_FIELD} - fields
    if missing:
        raise Unmet(f"the form lacks {missing}")
    for words, number in (("brucke", 1), ("zebra", 4), ("quoted zebra", 4), ("\"", 0), ("zeb*", 0)):
        found = await asked(uma, {TEXT_FIELD: words})
        if len(found) != number:
            raise Unmet(f"{words} is found in {len(found)} messages, not in {number}")
    answer = await tom.iq("get", f"<metadata xmlns='{MAM}'/>", to=UMA)
    if error_condition(answer) != "forbidden":
        raise Unmet(f"tom asked for uma's archive and got {serialised(answer)}")


@case
async def retracted_message_leaves_a_tombstone(world):
    """The text of a message that its sender takes back is gone from both archives; the place stays."""
    tom, uma = await world.all_online(TOM, UMA)
    tom.send_message(UMA, "a secret of mine", id_="oops-1")
    await uma.message(from_=tom.full, body="a secret of mine")
    # Nobody but the sender takes it back.
    foreign = f"<retract xmlns='{RETRACT}' id='oops-1'/><store xmlns='urn:xmpp:hints'/>"
    uma.send_message(TOM, "not mine", payload=foreign)
    await tom.message(from_=uma.full, body="not mine")
    if not await asked(tom, {TEXT_FIELD: "secret"}):
        raise Unmet("somebody else has taken a message back")
    tom.send_message(UMA, "taken back", id_="oops-2", payload=foreign)
    await uma.message(from_=tom.full, body="taken back")
    for client in (tom, uma):
        if await asked(client, {TEXT_FIELD: "secret"}):
            raise Unmet(f"{client.owner} still finds the text")
        found = [element for _, element in await asked(client, {}) if element.get("id") == "oops-1"]
        if len(found) != 1 or child(found[0], "retracted", RETRACT) is None:
            raise Unmet(f"{client.owner} finds {[serialised(element) for element in found]}")
        if "secret" in serialised(found[0]):
            raise Unmet("the tombstone holds the text")


@case
async def command_line_reads_its_archive(world):
    """xmppc, which checks the certificate and logs in by SCRAM, prints all that two people said, with times in order."""
    vic, wendy = "vic@home.example", "wendy@home.example"
    reader = world.command_line(wendy)
    one, other = await world.all_online(vic, wendy)
    texts = await exchanged(one, other, 7, "terminal")
    output, found = await reader.archive(vic)
    if not re.search(r"SASL SCRAM-SHA-\d+(-PLUS)? auth successful", output):
        raise Unmet(f"xmppc has not logged in by SCRAM:\n{output}")
    if "Certificate verification passed" not in output:
        raise Unmet(f"xmppc has not believed the certificate:\n{output}")
    if [text for _, text in found] != texts:
        raise Unmet(f"xmppc prints {found}, and said was {texts}")
    stamps = [stamp for stamp, _ in found]
    if stamps != sorted(stamps):
        raise Unmet(f"the times are {stamps}")
    _, found = await reader.archive(TOM)
    if found:
        raise Unmet(f"xmppc prints {found} of somebody who has said nothing")


@case
async def preferences_hold(world):
    """Who wants no archive with somebody has none; the other side's archive is its own."""
    tom, uma = await world.all_online(TOM, UMA)
    never = f"<prefs xmlns='{MAM}' default='always'><always/><never><jid>{UMA}</jid></never></prefs>"
    await tom.request("set", never)
    answer = await tom.request("get", f"<prefs xmlns='{MAM}'/>")
    if child(answer, "prefs", MAM).get("default") != "always":
        raise Unmet(f"the preferences are {serialised(answer)}")
    tom.send_message(UMA, "not for my archive")
    await uma.message(from_=tom.full, body="not for my archive")
    if any(text == "not for my archive" for _, text in await iterated(tom)):
        raise Unmet("it is in the archive of one who wanted none")
    if not any(text == "not for my archive" for _, text in await iterated(uma)):
        raise Unmet("it is not in the other's archive")
    await tom.request("set", f"<prefs xmlns='{MAM}' default='always'/>")
