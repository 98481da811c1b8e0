//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// Ready words and settings as clients of Fastpath ask for them.
extension BridgeCore {
    /// Ready answers as Fastpath's macros: a tree, written as text of an element, which is what these clients read. What
    /// they call a macro is words to send; ours of several steps are typed (`/macro NAME`), and stand there as such.
    func macros(_ payload: XMLElement) -> XMLElement {
        let namespace = payload.namespace
        let isPersonal = payload.child("personal", namespace)?.text == "true"
        func macro(_ title: String, _ description: String, _ response: String) -> XMLElement {
            XMLElement("macro", "") {
                XMLElement("title", "", text: title)
                XMLElement("type", "", text: "0")
                XMLElement("description", "", text: description)
                XMLElement("response", "", text: response)
            }
        }
        func group(_ title: String, _ macros: [XMLElement]) -> XMLElement {
            XMLElement("macrogroup", "") {
                XMLElement("title", "", text: title)
                macros
            }
        }
        // There are none of single agents.
        let groups =
            isPersonal
            ? []
            : [
                group(
                    "Ready answers",
                    configuration.canned.sorted { $0.key < $1.key }.map { macro($0.key, "/canned \($0.key)", $0.value) }
                ),
                group(
                    "Macros",
                    configuration.macros.sorted { $0.key < $1.key }
                        .map { macro($0.key, $0.value.joined(separator: "; "), "/macro \($0.key)") }),
            ]
        let root = XMLElement("macrogroup", "") {
            XMLElement("title", "", text: isPersonal ? "Personal" : "Parent Category")
            groups
        }
        // Smack passes over the outermost element, older ones look for the first group: both find it within another.
        let model = XMLElement("model", "") { root }
        return XMLElement("macros", namespace) {
            XMLElement("model", namespace, text: model.xmlString)
        }
    }

    /// Texts that a client may show to customers, by the keys of our catalogue; all of them, those of one key, or none
    /// where images or a robot's words are asked for.
    func settings(_ payload: XMLElement) -> XMLElement {
        let namespace = payload.namespace
        let wanted = payload["key"]
        let isText = payload["type"].map { $0 == Self.textSetting } ?? true
        let texts = service.configuration.catalogue.texts(language: payload.language, contact: nil)
        let keys = CustomerText.allCases.filter { isText && (wanted == nil || $0.rawValue == wanted) }
        return XMLElement("chat-settings", namespace) {
            keys.map { key in
                XMLElement("chat-setting", namespace) {
                    XMLElement("key", namespace, text: key.rawValue)
                    XMLElement("value", namespace, text: texts[key])
                    XMLElement("type", namespace, text: Self.textSetting)
                }
            }
        }
    }

    /// Of images 0, of a robot 2.
    private static let textSetting = "1"
}
