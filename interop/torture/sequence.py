#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A client's side of stream management (XEP-0198): what it received, and what it sent that is not yet acknowledged."""

import collections


class Counted(Exception):
    """The server acknowledged what it cannot have."""


class Sequence:
    """The counters and the queue of one session, which may outlive its connection."""

    def __init__(self, serial):
        self.serial = serial
        #: What the server calls the session; None: it cannot be resumed.
        self.id = None
        #: Stanzas received since it was enabled: our own h.
        self.received = 0
        self._acknowledged = 0
        #: (message number or 0, text) of each stanza sent and not acknowledged, oldest first.
        self.queue = collections.deque()

    def sent(self, message, text):
        self.queue.append((message, text))

    def acknowledge(self, h):
        """The messages that the server's h covers now. Counted when it moves back or past what was sent."""
        covered = (h - self._acknowledged) & 0xFFFFFFFF
        if covered > len(self.queue):
            raise Counted(f"h = {h} after {self._acknowledged}, with {len(self.queue)} stanzas on the way")
        self._acknowledged = h
        return [message for message, _ in (self.queue.popleft() for _ in range(covered)) if message]

    def remains(self):
        """The messages not acknowledged, in order."""
        return [message for message, _ in self.queue if message]
