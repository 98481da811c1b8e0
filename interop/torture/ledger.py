#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What was sent, what was acknowledged, who has seen what: the model that the server is held against.

A message counts as acknowledged when the stream management of its sender's stream covered it, whether at the first
time or when it was sent again, and no error came for it. From then on it must be in the archives of both accounts
exactly once, and be seen by every device of the recipient and by the sender's other devices.
"""

import array
import collections
import struct
import tempfile
import time

#: One event of the history: seconds, message (0: none), device (0: the server), what.
_EVENT = struct.Struct("<dIHH")

EVENTS = (
    "sent", "sent again", "acknowledged", "refused", "seen live", "seen by carbon", "seen in the archive", "repeated",
    "connected", "resumed", "not resumed", "new session", "cut", "cut in the middle of a stanza", "left after sending",
    "frozen", "session forgotten", "closed by the server", "stuck", "synchronised", "killed", "stopped", "started",
    "disk full", "disk has space", "doubled", "misordered", "unmarked", "gone", "contended", "sync point",
)
CODE = {name: code for code, name in enumerate(EVENTS)}

#: What is said of a message that somebody has missed.
NEVER_SEEN = "acknowledged and never seen"

#: How many offenders of a kind are told with their history, of how many devices.
OFFENDERS = 3


class Ledger:
    def __init__(self):
        self.sender = array.array("H", [0])
        self.target = [""]
        self.recipient = array.array("H", [0])
        self.times = array.array("H", [0])
        self.acknowledged = bytearray(1)
        #: Messages that got an error at some time: their place in the order is open.
        self.refused = set()
        self.again = collections.Counter()
        self.conditions = collections.Counter()
        #: kind of violation: [(message, device, detail)]
        self.violations = collections.defaultdict(list)
        #: device: {message: its id in the archive of the device's account}
        self.archives = {}
        self._events = tempfile.TemporaryFile()
        self._began = time.monotonic()

    @property
    def sent(self):
        return len(self.times) - 1

    def event(self, what, device=0, message=0):
        self._events.write(_EVENT.pack(time.monotonic() - self._began, message, device, CODE[what]))

    def new_message(self, sender, recipient, target):
        """A number for a message that is about to be sent for the first time."""
        self.sender.append(sender)
        self.recipient.append(recipient)
        self.target.append(target)
        self.times.append(0)
        self.acknowledged.append(0)
        return self.sent

    def sending(self, message, device):
        self.times[message] += 1
        if self.times[message] > 1:
            self.again["by clients"] += 1
        self.event("sent" if self.times[message] == 1 else "sent again", device, message)

    def acknowledge(self, message, device):
        self.acknowledged[message] = 1
        self.event("acknowledged", device, message)

    def refuse(self, message, device, condition):
        self.acknowledged[message] = 0
        self.refused.add(message)
        self.conditions[condition] += 1
        self.event("refused", device, message)

    def violate(self, kind, message, device, detail):
        self.violations[kind].append((message, device, detail))
        if kind in CODE:
            self.event(kind, device, message)

    def repeated(self, how, message, device):
        self.again[how] += 1
        self.event("repeated", device, message)

    # The verdict

    def line(self):
        """The result in one line."""
        counts = {kind: len(self.violations[kind]) for kind in ("lost", "doubled")}
        others = "".join(
            f", {kind} = {len(found)}" for kind, found in sorted(self.violations.items()) if found and kind not in counts)
        unseen = [device in self.archives and message in self.archives[device]
                  for message, device, detail in self.violations["lost"] if detail.startswith(NEVER_SEEN)]
        found = f" ({sum(unseen)} never seen and in the archive, {len(unseen) - sum(unseen)} not)" if unseen else ""
        return (
            f"{self.sent} sent, {sum(self.acknowledged)} acknowledged, lost = {counts['lost']}{found},"
            f" doubled = {counts['doubled']}{others}, resent = {sum(self.again.values())}")

    def details(self):
        """What was sent again and why, and the errors that came."""
        parts = [f"{count} {how}" for how, count in sorted(self.again.items())]
        parts += [f"{count} refused ({condition})" for condition, count in sorted(self.conditions.items())]
        return "; ".join(parts) or "nothing was sent again"

    def failed(self, strict):
        """Whether anything was lost or shown twice, or told wrongly; `strict`: or came out of order."""
        return any(found and (strict or kind != "misordered") for kind, found in self.violations.items())

    def history(self, names):
        """The history of the first offenders of each kind, for people who look for the cause."""
        chosen = {}
        for kind, found in sorted(self.violations.items()):
            told = collections.Counter()
            for message, device, detail in found:
                told[device] += 1
                if told[device] > OFFENDERS or len(told) > OFFENDERS:
                    continue
                chosen.setdefault(message, []).append((kind, device, detail))
        if not chosen:
            return ""
        own = collections.defaultdict(list)
        general = []
        passed = {}
        self._events.flush()
        self._events.seek(0)
        while block := self._events.read(_EVENT.size * 65536):
            for seconds, message, device, code in _EVENT.iter_unpack(block):
                if code == CODE["sync point"]:
                    self._note_passing(passed, seconds, message, device, chosen)
                elif message in chosen and message:
                    own[message].append((seconds, device, EVENTS[code]))
                elif message == 0:
                    general.append((seconds, device, EVENTS[code]))
        lines = []
        for message, reasons in chosen.items():
            for kind, device, detail in reasons:
                lines.append(f"{kind}: message t{message} to {self.target[message]} at {names[device]}: {detail}")
                if (message, device) in passed:
                    seconds, by = passed[message, device]
                    lines.append(f"  {seconds:9.3f}  its sync point moved past it, to t{by}")
            lines += self._timeline(message, own[message], general, {device for _, device, _ in reasons}, names)
        return "\n".join(self.by_device(names) + lines)

    def _note_passing(self, passed, seconds, by, device, chosen):
        """A device goes on from this message: which of those it has missed lie before it in the archive."""
        ids = self.archives.get(device, {})
        for message, reasons in chosen.items():
            if any(each == device for _, each, _ in reasons) and (message, device) not in passed:
                if ids.get(message, "~") < ids.get(by, ""):
                    passed[message, device] = (seconds, by)

    def by_device(self, names):
        """How many of each kind at whom, and between which messages."""
        groups = collections.defaultdict(list)
        for kind, found in sorted(self.violations.items()):
            for message, device, _ in found:
                groups[kind, device].append(message)
        return [f"{kind} at {names[device]}: {len(all_)}, t{min(all_)} to t{max(all_)}"
                for (kind, device), all_ in groups.items()]

    def _timeline(self, message, own, general, involved, names):
        """The events of a message, with what befell the server and the devices involved around them."""
        if not own:
            # Nothing of one message: how the device came there.
            near = [event for event in general if event[1] in involved | {0}][-20:]
            return [f"  {seconds:9.3f}  {names[device]:<24} {what}" for seconds, device, what in near]
        involved |= {0, self.sender[message]}
        first, last = own[0][0] - 3, own[-1][0] + 3
        near = [event for event in general if first <= event[0] <= last and event[1] in involved]
        return [f"  {seconds:9.3f}  {names[device]:<24} {what}" for seconds, device, what in sorted(own + near)]
