//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension SASL2 {
    /// The attempt has come to nothing (XEP-0388 §2.6.2).
    package struct Failure: Payload, Equatable {
        /// The name of a condition of RFC 6120 §6.5.
        package var condition: String
        package var text: String?
        /// Conditions of applications.
        package var details: [XMLElement]

        package init(_ condition: String, text: String? = nil, details: [XMLElement] = []) {
            self.condition = condition
            self.text = text
            self.details = details
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("failure", namespace)
            guard let condition = element.children.first(where: { $0.namespace == Namespace.sasl }) else {
                throw PayloadError("failure", "no condition")
            }
            self.condition = condition.name
            text = element.childText("text")
            details = element.children.filter { $0.namespace != namespace && $0.namespace != Namespace.sasl }
        }

        package var element: XMLElement {
            XMLElement("failure", namespace) {
                XMLElement(condition, Namespace.sasl)
                details
                if let text { XMLElement("text", namespace, text: text) }
            }
        }
    }

    /// Authenticated, but there is more to do (XEP-0388 §2.6.3).
    package struct Continue: Payload, Equatable {
        package var additionalData: String?
        /// The client chooses one.
        package var tasks: [String]
        package var text: String?

        package init(tasks: [String], additionalData: String? = nil, text: String? = nil) {
            self.tasks = tasks
            self.additionalData = additionalData
            self.text = text
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("continue", namespace)
            tasks = element.child("tasks", namespace)?.children("task", namespace).map(\.trimmedText) ?? []
            additionalData = element.child("additional-data", namespace)?.trimmedText
            text = element.childText("text")
            guard !tasks.isEmpty else { throw PayloadError("continue", "no task") }
        }

        package var element: XMLElement {
            XMLElement("continue", namespace) {
                if let additionalData { XMLElement("additional-data", namespace, text: additionalData) }
                XMLElement("tasks", namespace) { tasks.map { XMLElement("task", namespace, text: $0) } }
                if let text { XMLElement("text", namespace, text: text) }
            }
        }
    }

    /// The client begins a task.
    package struct Next: Payload, Equatable {
        package var task: String
        package var content: [XMLElement]

        package init(_ task: String, content: [XMLElement] = []) {
            self.task = task
            self.content = content
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("next", namespace)
            task = try element.required("task")
            content = Array(element.children)
        }

        package var element: XMLElement { XMLElement("next", namespace, ["task": task]) { content } }
    }

    /// What either side says within a task.
    package struct TaskData: Payload, Equatable {
        package var content: [XMLElement]

        package init(content: [XMLElement]) { self.content = content }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("task-data", namespace)
            content = Array(element.children)
        }

        package var element: XMLElement { XMLElement("task-data", namespace) { content } }
    }

    /// The client gives up (XEP-0388 §4.5).
    package struct Abort: Payload, Equatable {
        package var text: String?

        package init(text: String? = nil) { self.text = text }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("abort", namespace)
            text = element.childText("text")
        }

        package var element: XMLElement {
            XMLElement("abort", namespace) {
                if let text { XMLElement("text", namespace, text: text) }
            }
        }
    }
}
