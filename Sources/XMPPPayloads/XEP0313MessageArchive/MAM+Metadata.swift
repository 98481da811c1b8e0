//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension MAM {
    /// The ends of an archive (XEP-0313 §5).
    package struct Metadata: Payload, Equatable {
        package struct End: Sendable, Equatable {
            package var id: String
            package var stamp: Timestamp

            package init(_ id: String, _ stamp: Timestamp) {
                self.id = id
                self.stamp = stamp
            }
        }

        /// The oldest and the newest message; nil if the archive is empty, or where it is asked for.
        package var start: End?
        package var end: End?

        package init(start: End? = nil, end: End? = nil) {
            self.start = start
            self.end = end
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("metadata", MAM.namespace)
            start = try Self.end("start", of: element)
            end = try Self.end("end", of: element)
        }

        private static func end(_ name: String, of element: XMLElement) throws(PayloadError) -> End? {
            guard let child = element.child(name, MAM.namespace) else { return nil }
            guard let stamp = try child.timestamp("timestamp") else { throw PayloadError(name, "no 'timestamp'") }
            return End(try child.required("id"), stamp)
        }

        package var element: XMLElement {
            XMLElement("metadata", MAM.namespace) {
                if let start { Self.element("start", start) }
                if let end { Self.element("end", end) }
            }
        }

        private static func element(_ name: String, _ end: End) -> XMLElement {
            XMLElement(name, MAM.namespace, ["id": end.id, "timestamp": end.stamp.description])
        }
    }
}
