#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A device's connections and sessions: logging in, stream management, and every way in which a connection ends."""

import asyncio
import collections
import itertools

from .names import (
    ACKNOWLEDGED, ASKED, AUTHENTICATION, BIND2, BOUND, CARBONS, ENABLED, FAILED, FAILURE, FAILURE2, RESUMED, SASL,
    SASL2, SM, SUCCESS, SUCCESS2, condition, login_token,
)
from .rival import Rival
from .sequence import Counted, Sequence
from .wire import FEATURES, IQ, MESSAGE, PRESENCE, STREAM_ERROR, Gone, Wire

#: Seconds for a log-in and for an answer; a server that needs longer counts as stuck.
PATIENCE = 30
#: How a connection ends, and how often.
ENDINGS = {"cut": 4, "left after sending": 3, "cut in the middle of a stanza": 3, "frozen": 3, "gone": 1}


class NotLetIn(Exception):
    """The server refused the log-in or the binding; told with its condition."""

class Session:
    """What every device does alike. The device itself says what a message, an answer and a new session mean to it."""

    def __init__(self, field, account, index, kind, rng):
        self.field = field
        self.ledger = field.ledger
        self.account = account
        self.index = index
        self.kind = kind
        self.rng = rng
        self.full = None
        #: Messages to send first: what a session that is over has not acknowledged.
        self.outbox = collections.deque()
        self.sequence = None
        self.live = False
        self._counting = False
        self._wire = self._waiting = self._end = self._timer = None
        self._serials = itertools.count(1)
        #: How often an acknowledgement was asked for.
        self.asked = 0
        #: Messages that got an error before the acknowledgement that covers them.
        self._refusals = set()

    # Life

    async def live_on(self):
        """Connects, and again whenever a connection ended, until the field is over."""
        while not self.field.over:
            self._end = asyncio.get_running_loop().create_future()
            try:
                self._wire = await Wire.connect(self.field.port, self._element, self._lost, self._garbled)
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
        features = await self._next(FEATURES)
        if self.kind.at_once and features.find(AUTHENTICATION) is not None:
            await self._log_in_at_once()
            return
        self._wire.write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login_token(self.account.local)}</auth>")
        answer = await self._next(SUCCESS, FAILURE)
        if answer.tag == FAILURE:
            raise NotLetIn(condition(answer))
        self._wire.open(self.field.domain)
        await self._next(FEATURES)
        self.ledger.event("connected", self.index)
        if self.sequence is not None:
            self._contend()
            self._wire.write(self._resume)
            if (await self._next(RESUMED, FAILED)).tag == RESUMED:
                self._begin()
                return
        await self._bind()
        self._begin()

    async def _log_in_at_once(self):
        """SASL2 with everything inline: resumption if there is a session, binding if that fails."""
        carbons = f"<enable xmlns='{CARBONS}'/>" if self.field.carbons else ""
        self._wire.write(
            f"<authenticate xmlns='{SASL2}' mechanism='PLAIN'><initial-response>{login_token(self.account.local)}"
            f"</initial-response><user-agent id='d4565fa7-4d72-4749-b3d3-{self.index:012}'><software>torture</software>"
            f"</user-agent>{self._resume if self.sequence else ''}<bind xmlns='{BIND2}'><tag>phone</tag>{self._enable}"
            f"{carbons}</bind></authenticate>")
        answer = await self._next(SUCCESS2, FAILURE2)
        if answer.tag == FAILURE2:
            raise NotLetIn(condition(answer))
        if answer.find(RESUMED) is None and answer.find(BOUND) is None:
            raise NotLetIn("neither resumed nor bound")

    def _contend(self):
        """Now and then somebody else asks for the same session at the same moment."""
        draw = self.rng.random() if self.field.faults.connections else 1
        if draw < 0.06:
            self.ledger.event("contended", self.index)
            self.field.background(Rival(self.field, self.account.local).ask(self._resume, self.rng.uniform(0, 0.3)))
        elif draw < 0.1:
            self.field.background(self._theft(self._resume))

    async def _theft(self, resume):
        thief = self.rng.choice([account for account in self.field.accounts if account is not self.account])
        if await Rival(self.field, thief.local).ask(resume, 0):
            self.ledger.violate("stolen", 0, self.index, f"the session was given to {thief.local}")

    @property
    def _resume(self):
        return f"<resume xmlns='{SM}' previd='{self.sequence.id}' h='{self.sequence.received}'/>"

    @property
    def _enable(self):
        resume = " resume='true'" if self.kind.resumes else ""
        return f"<enable xmlns='{SM}'{resume}/>"

    async def _bind(self):
        wish = f"<resource>{self.kind.resource}{self.index}</resource>" if self.kind.resource else ""
        self._wire.write(
            f"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wish}</bind></iq>")
        answer = await self._next(IQ)
        if answer.get("type") != "result":
            raise NotLetIn(condition(answer))
        self.full = answer[0][0].text
        self._wire.write(self._enable)
        if (await self._next(ENABLED, FAILED)).tag == FAILED:
            raise NotLetIn("stream management")
        if self.kind.syncs and self.field.carbons:
            self._stanza(f"<iq type='set' id='carbons'><enable xmlns='{CARBONS}'/></iq>")
        self._new_session()

    def _logged_in_at_once(self, success):
        """What a success of SASL2 brought; stanzas may follow it immediately."""
        self.ledger.event("connected", self.index)
        for child in success:
            if child.tag in (RESUMED, FAILED):
                self._element(self._wire, child)
        bound = success.find(BOUND)
        if bound is not None:
            self.full = success.findtext(f"{{{SASL2}}}authorization-identifier")
            self._element(self._wire, bound.find(ENABLED))
            self._new_session()
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

    def _garbled(self, wire, error):
        if wire is self._wire:
            self.ledger.violate("malformed", 0, self.index, error)

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
            # A refusal is of the oldest copy: a younger one may be on its way already.
            remains = []
            for message in self.sequence.remains():
                if message in self._refusals:
                    self._refusals.discard(message)
                else:
                    remains.append(message)
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
            asyncio.get_running_loop().call_later(1, self._ask_again, self.sequence, self.asked)
        elif tag == STREAM_ERROR:
            self.ledger.event("closed by the server", self.index)
            self.field.tally[f"streams closed with {condition(element)}"] += 1
        elif tag == ENABLED:
            self.sequence = Sequence(next(self._serials))
            self.sequence.id = element.get("id") if element.get("resume") in ("true", "1") else None
            self._counting = True
        elif tag == RESUMED:
            self._resumed(element)
        elif tag == SUCCESS2:
            self._logged_in_at_once(element)
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

    def _ask_again(self, sequence, asked):
        """What was not acknowledged a second ago, and not asked for since, is asked for: its writing may have failed."""
        if self.live and sequence is self.sequence and self.asked == asked and sequence and sequence.queue:
            self._ask()

    def _ask(self):
        self.asked += 1
        self._wire.write(f"<r xmlns='{SM}'/>")

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
        self._ask()
        self._resumed_session()

    def _stanza(self, text, message=0):
        """Sends a stanza; it belongs to the session until it is acknowledged."""
        if self.sequence is None or not self._counting:
            return
        self.sequence.sent(message, text)
        self._wire.write(text)
