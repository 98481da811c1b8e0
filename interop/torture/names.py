#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Namespaces and element names, and the little that is read from elements."""

import base64

SM = "urn:xmpp:sm:3"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
BIND2 = "urn:xmpp:bind:0"
MAM = "urn:xmpp:mam:2"
CARBONS = "urn:xmpp:carbons:2"
RSM = "http://jabber.org/protocol/rsm"

STANZA_ID = "{urn:xmpp:sid:0}stanza-id"
ASKED, ACKNOWLEDGED = f"{{{SM}}}r", f"{{{SM}}}a"
ENABLED, RESUMED, FAILED = f"{{{SM}}}enabled", f"{{{SM}}}resumed", f"{{{SM}}}failed"
SUCCESS, FAILURE = f"{{{SASL}}}success", f"{{{SASL}}}failure"
SUCCESS2, FAILURE2 = f"{{{SASL2}}}success", f"{{{SASL2}}}failure"
AUTHENTICATION = f"{{{SASL2}}}authentication"
BOUND = f"{{{BIND2}}}bound"
RESULT, FIN = f"{{{MAM}}}result", f"{{{MAM}}}fin"
COPIES = (f"{{{CARBONS}}}sent", f"{{{CARBONS}}}received")

PASSWORD = "torture"


def login_token(local):
    """The initial response of SASL PLAIN."""
    return base64.b64encode(f"\0{local}\0{PASSWORD}".encode()).decode()


def number_of(id_):
    """The message that an id of ours names, or 0."""
    return int(id_[1:]) if id_ and id_[0] == "t" and id_[1:].isdigit() else 0


def condition(element):
    """The condition of an error stanza, or of a stream's or SASL's failure."""
    for part in element.iter():
        if part is not element and part.tag.startswith("{urn:ietf:params:xml:ns:xmpp-s") and not part.tag.endswith("}text"):
            return part.tag.rpartition("}")[2]
    return "undefined-condition"
