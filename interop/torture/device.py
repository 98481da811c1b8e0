#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A device: an application that remembers what it has seen, and the connections and sessions that come and go under it."""

import asyncio
import base64
import collections
import itertools

from .sequence import Counted, Sequence
from .wire import FEATURES, IQ, MESSAGE, PRESENCE, STREAM_ERROR, Gone, Wire

SM = "urn:xmpp:sm:3"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
MAM = "urn:xmpp:mam:2"
CARBONS = "urn:xmpp:carbons:2"
RSM = "http://jabber.org/protocol/rsm"
STANZA_ERRORS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
STANZA_ID = "{urn:xmpp:sid:0}stanza-id"
ASKED, ACKNOWLEDGED = f"{{{SM}}}r", f"{{{SM}}}a"
ENABLED, RESUMED, FAILED = f"{{{SM}}}enabled", f"{{{SM}}}resumed", f"{{{SM}}}failed"
SUCCESS, FAILURE = f"{{{SASL}}}success", f"{{{SASL}}}failure"
RESULT, FIN = f"{{{MAM}}}result", f"{{{MAM}}}fin"
COPIES = (f"{{{CARBONS}}}sent", f"{{{CARBONS}}}received")

PASSWORD = "torture"
#: Seconds for a log-in and for an answer; a server that needs longer counts as stuck.
PATIENCE = 30
#: Messages that an archive page asks for.
PAGE = 50

#: How a connection ends, and how often.
ENDINGS = {"cut": 4, "left after sending": 3, "cut in the middle of a stanza": 3, "frozen": 3, "gone": 1}


class NotLetIn(Exception):
    """The server refused the log-in or the binding; told with its condition."""


def login_token(local):
    """The initial response of SASL PLAIN."""
    return base64.b64encode(f"\0{local}\0{PASSWORD}".encode()).decode()


def number_of(id_):
    """The message that an id of ours names, or 0."""
    return int(id_[1:]) if id_ and id_[0] == "t" and id_[1:].isdigit() else 0


def condition(element):
    """The condition of an error stanza, or of a stream's or SASL's failure."""
    for part in element.iter():
        if part is not element and not part.tag.endswith(("}error", "}text")):
            if part.tag.startswith((STANZA_ERRORS, "{urn:ietf:params:xml:ns:xmpp-s")):
                return part.tag.rpartition("}")[2]
    return "undefined-condition"


class Device:
    """One of an account's devices. `kind.syncs`: it has carbons and reads the archive after a new session began."""

    def __init__(self, field, account, index, kind, rng):
        self.field = field
        self.ledger = field.ledger
        self.account = account
        self.index = index
        self.kind = kind
        self.rng = rng
        self.name = f"{account.local}/{index}"
        self.full = None
        # The application's memory.
        self.seen = {}
        self.synced = None
        self.outbox = collections.deque()
        #: Messages that got an error before the acknowledgement that covers them.
        self._refusals = set()
        # The session and its connection.
        self.sequence = None
        self.live = self.caught_up = False
        self._counting = False
        self._wire = self._waiting = self._end = self._timer = None
        self._serials = itertools.count(1)
        self._query = None
        self._passes = 0
        self._newest_live = None
        self._orders = {}

    # Life

    async def live_on(self):
        """Connects, and again whenever a connection ended, until the field is over."""
        while not self.field.over:
            self._end = asyncio.get_running_loop().create_future()
            try:
                self._wire = await Wire.connect(self.field.port, self._element, self._lost)
                await asyncio.wait_for(self._log_in(), PATIENCE)
                await self._end
            except (Gone, OSError):
                pass
            except asyncio.TimeoutError:
                self.ledger.event("stuck", self.index)
                self.field.tally["log-ins that hung"] += 1
            except NotLetIn as reason:
                self.field.tally[f"log-in refused: {reason}"] += 1
            except Counted as error:
                self.ledger.violate("miscounted", 0, self.index, str(error))
                self._forget()
            self._settle()
            await self.field.pause(self._away())

    def _away(self):
        """Seconds until the device comes back: mostly soon, now and then past the time that a session is kept."""
        draw = self.rng.random()
        if draw < 0.6:
            return self.rng.uniform(0, 0.3)
        return self.rng.uniform(0.3, 2) if draw < 0.93 else self.rng.uniform(2, self.field.longest_absence)

    async def _log_in(self):
        self._wire.open(self.field.domain)
        await self._next(FEATURES)
        self._wire.write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login_token(self.account.local)}</auth>")
        answer = await self._next(SUCCESS, FAILURE)
        if answer.tag == FAILURE:
            raise NotLetIn(condition(answer))
        self._wire.open(self.field.domain)
        await self._next(FEATURES)
        self.ledger.event("connected", self.index)
        if self.sequence is not None:
            self._wire.write(f"<resume xmlns='{SM}' previd='{self.sequence.id}' h='{self.sequence.received}'/>")
            if (await self._next(RESUMED, FAILED)).tag == RESUMED:
                self._begin()
                return
        await self._bind()

    async def _bind(self):
        wish = f"<resource>{self.kind.resource}{self.index}</resource>" if self.kind.resource else ""
        self._wire.write(
            f"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wish}</bind></iq>")
        answer = await self._next(IQ)
        if answer.get("type") != "result":
            raise NotLetIn(condition(answer))
        self.full = answer[0][0].text
        self._passes, self._query, self._newest_live = 0, None, None
        self.caught_up = not self.kind.syncs
        self._orders = {}
        resume = " resume='true'" if self.kind.resumes else ""
        self._wire.write(f"<enable xmlns='{SM}'{resume}/>")
        if (await self._next(ENABLED, FAILED)).tag == FAILED:
            raise NotLetIn("stream management")
        self.ledger.event("new session", self.index)
        if self.kind.syncs:
            self._stanza(f"<iq type='set' id='carbons'><enable xmlns='{CARBONS}'/></iq>")
        if self.kind.syncs and self.kind.query_first:
            self._ask_archive()
        else:
            self._stanza("<presence/>")
            if self.kind.syncs:
                self._passes = 1
                self._ask_archive()
        self._begin()

    def _begin(self):
        self.live = True
        if self.field.faults.connections:
            self._timer = asyncio.get_running_loop().call_later(
                self.rng.expovariate(1 / self.field.mean_connection), self._disturb)
        self.pump()

    # Endings

    def _disturb(self):
        """Ends the connection in one of the bad ways."""
        if not self.live or not self.field.faults.connections:
            return
        way = self.rng.choices(list(ENDINGS), ENDINGS.values())[0]
        self.ledger.event(way, self.index)
        wire, loop = self._wire, asyncio.get_running_loop()
        if way == "left after sending":
            self.pump(self.kind.window)
            wire.close()
        elif way == "cut in the middle of a stanza":
            text = self._next_message()
            if text:
                wire.write(text[:self.rng.randrange(1, len(text))])
            self.rng.choice((wire.close, wire.cut))()
        elif way == "frozen":
            loop.call_later(self.rng.uniform(0.2, self.field.longest_absence), wire.freeze())
            self._lost(wire)
        elif way == "gone":
            wire.write("</stream:stream>")
            wire.close()
            self._forget()
        else:
            wire.cut()

    def drop(self):
        """Ends the connection quietly, at the end of everything."""
        if self._wire is not None and not self._wire.lost:
            self._wire.cut()

    def _lost(self, wire):
        if wire is not self._wire:
            return
        if self._waiting and not self._waiting[1].done():
            self._waiting[1].set_exception(Gone())
        if not self._end.done():
            self._end.set_result(None)

    def _settle(self):
        """After a connection: what of the session goes on is kept, the rest is to be sent again."""
        if self._timer:
            self._timer.cancel()
        if self._wire is not None and not self._wire.lost:
            self._wire.cut()
        self.live = self._counting = False
        self._waiting = None
        if self.sequence is None:
            return
        if self.sequence.id is None or (self.field.faults.connections and self.rng.random() < 0.12):
            self.ledger.event("session forgotten", self.index)
            self._forget()

    def _forget(self):
        """The session is over for us: what it has not acknowledged is sent again in the next one, first."""
        if self.sequence is not None:
            remains = [message for message in self.sequence.remains() if message not in self._refusals]
            self.outbox.extendleft(reversed(remains))
            self._refusals.clear()
            self.sequence = None

    # What comes

    async def _next(self, *tags):
        """The next element with one of these names; stanzas before it go their ordinary ways."""
        if self._wire.lost:
            raise Gone
        future = asyncio.get_running_loop().create_future()
        self._waiting = (tags, future)
        return await future

    def _element(self, wire, element):
        if wire is not self._wire:
            return
        tag = element.tag
        if tag == MESSAGE:
            self._count()
            self._message(element)
        elif tag == IQ:
            self._count()
            self._iq(element)
        elif tag == PRESENCE:
            self._count()
        elif tag == ASKED:
            self._wire.write(f"<a xmlns='{SM}' h='{self.sequence.received if self.sequence else 0}'/>")
        elif tag == ACKNOWLEDGED:
            self._acknowledged(element)
            self.pump()
        elif tag == STREAM_ERROR:
            self.ledger.event("closed by the server", self.index)
            self.field.tally[f"streams closed with {condition(element)}"] += 1
        elif tag == ENABLED:
            self.sequence = Sequence(next(self._serials))
            self.sequence.id = element.get("id") if element.get("resume") in ("true", "1") else None
            self._counting = True
        elif tag == RESUMED:
            self._resumed(element)
        elif tag == FAILED and self.sequence is not None:
            self.ledger.event("not resumed", self.index)
            self.field.tally["sessions not resumed"] += 1
            if element.get("h") is not None:
                self._acknowledged(element)
            self._forget()
        self._tell(element)

    def _tell(self, element):
        """Hands an element to whoever waits for one of its name."""
        if self._waiting and element.tag in self._waiting[0] and not self._waiting[1].done():
            self._waiting[1].set_result(element)
            self._waiting = None

    def _count(self):
        if self._counting:
            self.sequence.received += 1

    def _acknowledged(self, element):
        try:
            covered = self.sequence.acknowledge(int(element.get("h")))
        except Counted as error:
            self.ledger.violate("miscounted", 0, self.index, f"{error} (<{element.tag.rpartition('}')[2]}/>)")
            self.field.tally["miscounted"] += 1
            self._wire.cut()
            self._forget()
            return
        for message in covered:
            # An error comes before the acknowledgement that covers its message: then it is no longer ours to wait for.
            if message in self._refusals:
                self._refusals.discard(message)
            else:
                self.ledger.acknowledge(message, self.index)

    def _resumed(self, element):
        self.ledger.event("resumed", self.index)
        self.field.tally["sessions resumed"] += 1
        self._counting = True
        self._acknowledged(element)
        if self.sequence is None:
            return
        for message, text in self.sequence.queue:
            if message:
                self.ledger.sending(message, self.index)
            self._wire.write(text)
        self._wire.write(f"<r xmlns='{SM}'/>")
        if self._query and self._query[1] != self.field.kills:
            self._ask_archive()

    def _message(self, element):
        if element.get("type") == "error":
            self._refused(element)
            return
        for child in element:
            if child.tag == RESULT:
                self._archived(child)
                return
            if child.tag in COPIES:
                if element.get("from") != self.account.bare:
                    self.ledger.violate("forged", 0, self.index, "a carbon that is not from the own account")
                self._arrived(child[0][-1], "seen by carbon")
                return
        self._arrived(element, "seen live")

    def _refused(self, element):
        message = number_of(element.get("id"))
        reason = condition(element)
        if not message or self.ledger.sender[message] != self.index:
            self.field.tally[f"errors for others' messages: {reason}"] += 1
            return
        self.ledger.refuse(message, self.index, reason)
        if self.sequence is not None and any(message == each for each, _ in self.sequence.queue):
            self._refusals.add(message)
        asyncio.get_running_loop().call_later(0.5, self._try_again, message)

    def _try_again(self, message):
        self.outbox.append(message)
        self.pump()

    def _arrived(self, element, how):
        """A message, alone or in a carbon."""
        message = number_of(element.get("id"))
        if not message:
            return
        ids = [child.get("id") for child in element if child.tag == STANZA_ID and child.get("by") == self.account.bare]
        if self.field.archives and len(ids) != 1:
            self.ledger.violate("unmarked", message, self.index, f"{how} with {len(ids)} stanza-ids")
        id_ = ids[0] if ids else None
        if id_:
            self._newest_live = id_
            if self.caught_up:
                self.synced = id_
        self._see(message, id_, how)

    def _see(self, message, id_, how):
        live = how != "seen in the archive"
        if self.ledger.sender[message] == self.index:
            if live:
                self.ledger.violate("returned", message, self.index, "one's own message came back")
            return
        era = (self.sequence.serial if self.sequence else 0, self.field.kills) if live else None
        before = self.seen.get(message)
        if before is None:
            self.seen[message] = (id_, era)
            self.ledger.event(how, self.index, message)
            self._check_order(message, live)
            return
        first_id, first_era = before
        self.seen[message] = (first_id or id_, era or first_era)
        if id_ != first_id and (id_ and first_id or self.field.archives or live):
            self.ledger.violate("doubled", message, self.index, f"{how} as {id_}, before as {first_id}")
        elif not live:
            self.ledger.repeated("fetched again from archives", message, self.index)
        elif era == first_era:
            self.ledger.violate("doubled", message, self.index, f"{how} twice in one session")
        elif first_era and era[0] == first_era[0]:
            self.ledger.repeated("by the server after a crash", message, self.index)
        else:
            self.ledger.repeated("by the server to a new session", message, self.index)

    def _check_order(self, message, live):
        key = (self.ledger.sender[message], live)
        last = self._orders.get(key, 0)
        if message > last:
            self._orders[key] = message
        elif message not in self.ledger.refused and last not in self.ledger.refused:
            self.ledger.violate("misordered", message, self.index, f"after t{last} of the same sender")

    # The archive

    def _ask_archive(self):
        number = self.field.number()
        self._query = (f"s{number}", self.field.kills)
        after = f"<after>{self.synced}</after>" if self.synced else ""
        self._stanza(
            f"<iq type='set' id='s{number}'><query xmlns='{MAM}' queryid='s{number}'>"
            f"<set xmlns='{RSM}'><max>{PAGE}</max>{after}</set></query></iq>")

    def _archived(self, result):
        message = number_of(result[0].find(MESSAGE).get("id"))
        if not self._query or result.get("queryid") != self._query[0]:
            return
        self._page_end = result.get("id")
        if message:
            self._see(message, result.get("id"), "seen in the archive")

    def _iq(self, element):
        type_, id_ = element.get("type"), element.get("id")
        if type_ in ("get", "set"):
            self._stanza(f"<iq type='result' id='{id_}'/>" if element.get("from") is None else
                         f"<iq type='result' id='{id_}' to='{element.get('from')}'/>")
        elif self._query and id_ == self._query[0]:
            self._query = None
            if type_ == "error":
                self._archive_refused(condition(element))
                return
            fin = element.find(FIN)
            last = fin.find(f"{{{RSM}}}set/{{{RSM}}}last")
            if last is not None and last.text:
                self.synced = last.text
            if fin.get("complete") != "true":
                self._ask_archive()
            else:
                self._pass_ended()
        elif type_ == "error":
            self.field.tally[f"requests refused: {id_} {condition(element)}"] += 1

    def _archive_refused(self, reason):
        self.field.tally[f"archive refused: {reason}"] += 1
        if reason == "item-not-found" and self.synced:
            self.ledger.violate("unknown id", 0, self.index, f"{self.synced} was seen and is not in the archive")
            self.synced = None
        asyncio.get_running_loop().call_later(0.3, self._ask_again)

    def _ask_again(self):
        if self.live and self._query is None and not self.caught_up:
            self._ask_archive()

    def _pass_ended(self):
        """The archive has no more: a first pass is followed by presence and by a second one for what came between."""
        self._passes += 1
        if self._passes == 1:
            self._stanza("<presence/>")
            self._ask_archive()
            return
        self.caught_up = True
        self.ledger.event("synchronised", self.index)
        self.synced = self._newest_live or self.synced
        self.pump()

    # What goes

    def _stanza(self, text, message=0):
        """Sends a stanza; it belongs to the session until it is acknowledged."""
        if self.sequence is None or not self._counting:
            return
        self.sequence.sent(message, text)
        self._wire.write(text)

    def _next_message(self):
        """The text of the next message to send, numbered and queued, or None."""
        message = self.outbox.popleft() if self.outbox else self.field.new_message(self)
        if not message:
            return None
        text = self.field.text(message)
        self.ledger.sending(message, self.index)
        self.sequence.sent(message, text)
        return text

    def pump(self, more=0):
        """Sends as much as may be on the way, and asks for an acknowledgement."""
        if not self.live or self.sequence is None:
            return
        room = self.kind.window - len(self.sequence.queue) + more
        texts = []
        while len(texts) < room and (text := self._next_message()):
            texts.append(text)
        if texts:
            self._wire.write("".join(texts) + f"<r xmlns='{SM}'/>")

    def state(self):
        """Where it stands, for people."""
        queue = len(self.sequence.queue) if self.sequence else 0
        return (f"{'live' if self.live else 'not live'}, {'caught up' if self.caught_up else 'not caught up'},"
                f" {len(self.outbox)} to send, {queue} not acknowledged, asked the archive: {self._query is not None}")

    @property
    def settled(self):
        """Nothing is on the way to or from the server, as far as this side can know."""
        return self.live and self.caught_up and not self.outbox and not (self.sequence and self.sequence.remains())
