//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPCore
internal import XMPPStream

/// Stream management (XEP-0198).
extension ClientSession {
    /// Takes an element that is no stanza.
    func processAcknowledgement(_ element: XMLElement) {
        guard element.namespaceToken == .streamManagementNamespace else {
            return close(StreamError(.unsupportedStanzaType))
        }
        switch element.name {
        case "enable":
            guard !acknowledges else {
                handler?.write(
                    XMLElement("failed", "urn:xmpp:sm:3") { XMLElement("unexpected-request", Namespace.stanzaErrors) })
                return
            }
            acknowledges = true
            handled = 0
            outbound = OutboundQueue()
            handler?.write(raw: "<enabled xmlns='urn:xmpp:sm:3'/>")
        case "resume":
            // No session is kept to be resumed: the client goes on with this one (XEP-0198 §5).
            handler?.write(
                XMLElement("failed", "urn:xmpp:sm:3") { XMLElement("feature-not-implemented", Namespace.stanzaErrors) })
        case "r":
            guard acknowledges else { return close(StreamError(.unsupportedStanzaType)) }
            answerRequest()
        case "a":
            guard acknowledges else { return close(StreamError(.unsupportedStanzaType)) }
            takeAcknowledgement(element)
        default:
            close(StreamError(.unsupportedStanzaType))
        }
    }

    /// Tells what has been taken care of, after what came of it has been written to its recipients on this loop.
    private func answerRequest() {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let handled = handled
        resources.loop.execute { bound.value.handler?.write(raw: "<a xmlns='urn:xmpp:sm:3' h='\(handled)'/>") }
    }

    private func takeAcknowledgement(_ element: XMLElement) {
        guard let h = element["h"].flatMap({ UInt32($0) }) else { return close(StreamError(.badFormat)) }
        do throws(OutboundQueue.TooHigh) {
            for barrier in try outbound.acknowledge(h).barriers { barrier() }
        } catch {
            // XEP-0198 §4: the application condition of an impossible acknowledgement.
            let detail = XMLElement(
                "handled-count-too-high", "urn:xmpp:sm:3",
                ["h": String(error.handled), "send-count": String(error.sent)])
            close(StreamError(.undefinedCondition, application: detail))
        }
    }
}
