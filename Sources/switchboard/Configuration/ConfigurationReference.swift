//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Writes the reference configuration file from the schema: every key with its meaning, kind, range and default, commented out.
enum ConfigurationReference {
    /// The text of `config/switchboard.yaml`.
    static func render() -> String {
        var text = """
            # Switchboard: every key of the configuration.
            #
            # Lines that start with "#" and a space explain; the others that start with "#" are keys with their defaults, or with an
            # example where there is none. Take the "#" away to change one. This file as it is changes nothing and serves no host.
            #
            # Each key can be overridden by an environment variable: SWITCHBOARD_ and the keys on the way to it, in capitals and joined by
            # "_", everything but letters and digits written as "_": SWITCHBOARD_LIMITS_STANZA_BYTES. Entries of maps must exist in the
            # file; items of lists are separated by commas.
            #
            # "switchboard check --config FILE" says what is wrong with a file. This one is written by "switchboard check --reference".

            """
        for field in SwitchboardConfiguration.schema.describe(SwitchboardConfiguration()) {
            text += "\n"
            append(field, indent: "", to: &text)
        }
        return text
    }

    private static func append(_ field: FieldDescription, indent: String, to text: inout String) {
        let isSection = !field.children.isEmpty
        var sentence = field.documentation
        if !isSection { sentence += " [\(field.summary)\(field.isRequired ? "; required" : "")]" }
        for line in wrapped(sentence, width: 118 - indent.count) { text += "\(indent)# \(line)\n" }
        guard isSection else {
            let shown = field.example ?? field.defaultText ?? ""
            text += "\(indent)#\(field.key): \(shown)\n"
            return
        }
        text += "\(indent)#\(field.key):\n"
        var inner = indent + "  "
        if let name = field.entryName {
            text += "\(inner)#\(name):\n"
            inner += "  "
        }
        for child in field.children { append(child, indent: inner, to: &text) }
    }

    /// Breaks a text between words.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
