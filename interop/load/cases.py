#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What is measured: arguments for the generator, and which servers stand side by side."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """How many times better than a peer ours has to be."""
    times: float
    #: Name of the peer; the better one without it.
    peer: str = None
    #: What is compared: the CPU time that something costs, or how much is done in a second.
    of: str = "cost"
    #: Whether the servers keep archives.
    archive: bool = False


@dataclasses.dataclass(frozen=True)
class Case:
    what: str
    arguments: list
    #: Name of the only server that can do it.
    only: str = None
    #: The case of the peers that it is compared with, when they cannot do it.
    beside: str = None
    #: The server starts anew before each run.
    fresh: bool = False
    #: The server goes away and comes back during the run.
    restart: bool = False
    target: Target = None


_WINDOW = ["--warmup", "1.5", "--duration", "6"]
_LOGIN = ["login", "--users", "300", "--conc", "30"]
_CHAT = ["chat", "--pairs", "50", "--window", "10"]
_STORM = ["storm", "--users", "1000", "--conc", "1000"]
_RESTART = ["restart", "--users", "1000", "--conc", "100", "--timeout", "120"]
_OURS = "switchboard"

CASES = {
    "login": Case("STARTTLS, SCRAM-SHA-1, bind, roster, presence", _LOGIN, target=Target(1 / 0.3, "ejabberd")),
    "login2": Case("the same with SASL2 and Bind 2", _LOGIN + ["--sasl2"], only=_OURS, beside="login"),
    "fast": Case("with a token, HT-SHA-256-NONE", _LOGIN + ["--fast", "HT-SHA-256-NONE"], only=_OURS, beside="login"),
    "fastexpr": Case("with a token bound to TLS", _LOGIN + ["--fast", "HT-SHA-256-EXPR"], only=_OURS, beside="login"),
    "fastpipe": Case("with a token, sent with the stream header", _LOGIN + ["--fast", "HT-SHA-256-NONE", "--pipeline"],
                     only=_OURS, beside="login"),
    "loginsm": Case("log-in, then stream management and carbons", _LOGIN + ["--resume", "--carbons"]),
    "login2sm": Case("SASL2 and Bind 2 with stream management and carbons inline",
                     _LOGIN + ["--sasl2", "--resume", "--carbons"], only=_OURS, beside="loginsm"),
    "idle1000": Case("1,000 online and idle", ["idle", "--users", "1000", "--conc", "40", "--hold", "3"], fresh=True),
    "idlesm": Case("1,000 online and idle, sessions resumable",
                   ["idle", "--users", "1000", "--conc", "40", "--hold", "3", "--resume"], fresh=True),
    "chat100": Case("50 pairs, 10 messages on the way each", _CHAT + _WINDOW,
                    target=Target(20, of="rate", archive=True)),
    "chatsm": Case("the same with stream management and carbons", _CHAT + ["--resume", "--carbons"] + _WINDOW,
                   target=Target(5, "ejabberd")),
    "chat1000": Case("500 pairs, one message on the way each",
                     ["chat", "--pairs", "500", "--window", "1", "--conc", "40"] + _WINDOW),
    "chatlow": Case("10 pairs, one message on the way each",
                    ["chat", "--pairs", "10", "--window", "1", "--warmup", "2", "--duration", "10"]),
    "rate500": Case("500 messages a second, come what may", ["chat", "--pairs", "50", "--rate", "500"] + _WINDOW),
    "storm1000": Case("1,000 lose their connections at once and log in anew", _STORM),
    "stormsm": Case("1,000 lose their connections at once and resume", _STORM + ["--resume"]),
    "stormfast": Case("the same with SASL2, token and resumption in one step",
                      _STORM + ["--resume", "--fast", "HT-SHA-256-NONE"], only=_OURS, beside="stormsm"),
    "restart": Case("a clean stop and start with 1,000 online", _RESTART + ["--resume"], restart=True),
    "restartkill": Case("kill -9 and start with 1,000 online", _RESTART + ["--resume", "--kill"], restart=True),
    "restartfast": Case("a clean stop and start, SASL2, token and resumption in one step",
                        _RESTART + ["--resume", "--fast", "HT-SHA-256-NONE"], only=_OURS, beside="restart", restart=True),
    "mam50": Case("the last 50 messages of an archive",
                  ["mam", "--first", "200", "--users", "40", "--seed", "50", "--conc", "20"] + _WINDOW,
                  target=Target(10, archive=True)),
    "muc200": Case("a room of 200, 5 talk", ["muc", "--users", "200", "--senders", "5", "--conc", "20"] + _WINDOW),
}

#: Short names of several cases.
GROUPS = {
    "sasl2": ["login2", "login2sm"],
    "storm": ["storm1000", "stormsm", "stormfast"],
    "restarts": ["restart", "restartkill", "restartfast"],
}

#: (servers, cases) of `make bench`.
STANDARD = [
    ("switchboard:bench,ejabberd:mnesia,prosody:internal",
     ["login", "login2", "fast", "fastexpr", "fastpipe", "loginsm", "login2sm", "chat100", "chatsm", "storm1000", "stormsm",
      "stormfast", "restart", "restartkill", "restartfast"]),
    ("switchboard:bench-archive,ejabberd:sqlite-mam,prosody:sqlite-mam", ["chatlow", "chat100", "mam50"]),
]


def expanded(names):
    return [case for name in names for case in GROUPS.get(name, [name])]


def users_needed(name):
    arguments = CASES[name].arguments
    value = {key: int(value) for key, value in zip(arguments, arguments[1:]) if key in ("--first", "--users", "--pairs")}
    return value.get("--first", 0) + max(value.get("--users", 0), 2 * value.get("--pairs", 0))
