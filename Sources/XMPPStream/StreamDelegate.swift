//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPTLS
package import XMPPXML

/// What a stream's owner is told, in order, on the connection's event loop.
package protocol StreamDelegate: AnyObject {
    /// The peer opened the stream, for the first time or anew after a restart.
    func streamOpened(_ header: StreamHeader)
    /// A whole first-level element came.
    func streamReceived(_ element: XMLElement)
    /// The peer closed its side with `</stream:stream>`.
    func streamClosed()
    /// The peer broke a rule of XML or a limit: the error is to be sent and the connection closed.
    func streamFailed(_ error: StreamError)
    /// TLS is in place.
    func streamSecured(_ session: TLSSessionInfo)
    /// All that came in one go has been handed on.
    func streamReadComplete()
    /// What was written is about to leave: the last chance to write something with it.
    func streamWillFlush()
    /// The peer takes more again, or no more for now.
    func streamWritabilityChanged(_ isWritable: Bool)
    /// The connection fails, as the network or TLS says; it is closed next.
    func connectionFailed(_ error: any Error)
    /// The connection is gone. The last call.
    func connectionClosed()
}

extension StreamDelegate {
    package func streamWillFlush() {}
    package func connectionFailed(_ error: any Error) {}
}
