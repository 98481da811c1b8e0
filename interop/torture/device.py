#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A device: an application that remembers what it has seen and what it still has to say."""

import asyncio

from .memory import Memory
from .names import COPIES, FIN, MAM, RESULT, RSM, STANZA_ID, condition, number_of
from .session import Session
from .wire import MESSAGE

#: Messages that an archive page asks for.
PAGE = 50


class Device(Session):
    """One of an account's devices. `kind.syncs`: it has carbons and reads the archive after a new session began."""

    def __init__(self, field, account, index, kind, rng):
        super().__init__(field, account, index, kind, rng)
        self.name = f"{account.local}/{index}"
        self.memory = Memory(field.ledger, index, field.archives)
        #: The id up to which the archive has been read, or seen live while nothing was missing before it.
        self.synced = None
        self.caught_up = False
        #: The id of the query under way, and the crashes that were before it.
        self._query = None
        self._passes = 0
        self._newest_live = None
        #: The last message of the archive page that is coming.
        self._page_end = 0

    def _new_session(self):
        """Catches up and becomes available, the one or the other first."""
        self.ledger.event("new session", self.index)
        self.memory.new_session()
        self._query = self._newest_live = None
        self._passes = 0
        self.caught_up = not self.kind.syncs
        if self.kind.syncs and self.kind.query_first:
            self._ask_archive()
            return
        self._stanza("<presence/>")
        if self.kind.syncs:
            self._passes = 1
            self._ask_archive()

    def _forget(self):
        """What comes now, before the next session has caught up, says nothing of what was missed before it."""
        super()._forget()
        self.caught_up = not self.kind.syncs
        self._query = None

    def _resumed_session(self):
        """An answer that was on its way when the server crashed does not come any more."""
        if self._query and self._query[1] != self.field.kills:
            self._ask_archive()

    # What comes

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
                self.ledger.event("sync point", self.index, message)
        self.memory.see(message, id_, how, (self.sequence.serial if self.sequence else 0, self.field.kills))

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
        self._page_end = message
        if message:
            self.memory.see(message, result.get("id"), "seen in the archive", None)

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
                self.ledger.event("sync point", self.index, self._page_end)
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
        asyncio.get_running_loop().call_later(0.3, self._ask_archive_again)

    def _ask_archive_again(self):
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
        # What a new session begins with fills a small window.
        self._ask()
        self.pump()

    # What goes

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
            self._wire.write("".join(texts))
            self._ask()

    def state(self):
        """Where it stands, for people."""
        queue = len(self.sequence.queue) if self.sequence else 0
        return (f"asked {self.asked} times, {'live' if self.live else 'not live'}, {'caught up' if self.caught_up else 'not caught up'},"
                f" {len(self.outbox)} to send, {queue} not acknowledged, asked the archive: {self._query is not None}")

    @property
    def settled(self):
        """Nothing is on the way to or from the server, as far as this side can know."""
        return self.live and self.caught_up and not self.outbox and not (self.sequence and self.sequence.remains())
