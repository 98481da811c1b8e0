#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What an application on a device has seen, and whether it may see this now."""


class Memory:
    def __init__(self, ledger, device, archives):
        """`archives`: every message must come with the id that it has in the archive."""
        self._ledger = ledger
        self._device = device
        self._archives = archives
        #: message: (its id in the archive, the era in which it came live last)
        self.seen = {}
        self._orders = {}

    def new_session(self):
        self._orders = {}

    def see(self, message, id_, how, era):
        """`era` is the session and the number of crashes so far; None: it was read in the archive."""
        ledger, device = self._ledger, self._device
        if ledger.sender[message] == device:
            if era:
                # A session that it has left may be handled while it has a new one: that one gets copies.
                ledger.repeated("copied to the device that sent it, from an earlier session", message, device)
            return
        before = self.seen.get(message)
        if before is None:
            self.seen[message] = (id_, era)
            ledger.event(how, device, message)
            self._check_order(message, era is not None)
            return
        first_id, first_era = before
        self.seen[message] = (first_id, era or first_era)
        if id_ != first_id:
            ledger.violate("doubled", message, device, f"{how} as {id_}, before as {first_id}")
        elif not self._archives and ledger.times[message] > 1:
            ledger.repeated("by the server, which cannot know it without an archive", message, device)
        elif era is None:
            ledger.repeated("fetched again from archives", message, device)
        elif era == first_era and id_:
            ledger.repeated("by the server to the same session", message, device)
        elif era == first_era:
            ledger.violate("doubled", message, device, f"{how}, the second time in one session")
        elif first_era and era[0] == first_era[0]:
            ledger.repeated("by the server after a crash", message, device)
        else:
            ledger.repeated("by the server to a new session", message, device)

    def _check_order(self, message, live):
        # What is for one resource goes there at once, also while it is not available for the rest (RFC 6121 §8.5.3.1).
        key = (self._ledger.sender[message], self._ledger.target[message], live)
        last = self._orders.get(key, 0)
        if message > last:
            self._orders[key] = message
        elif message not in self._ledger.refused and last not in self._ledger.refused:
            self._ledger.violate("misordered", message, self._device, f"after t{last} of the same sender"
                                 f" to {self._ledger.target[last]}")
