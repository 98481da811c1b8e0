//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What is particular about a contact.
package struct ContactSettings: Hashable, Sendable, Codable {
    /// With more than one, customers are asked which one they want.
    package var departments: [DepartmentID]
    /// What an agent must know to be asked about its customers.
    package var skills: [String]
    /// Goes before others of the same department; more is earlier.
    package var priority: Int
    /// How much of an agent a conversation takes, in hundredths of one.
    package var weight: Int

    package init(departments: [DepartmentID] = [], skills: [String] = [], priority: Int = 0, weight: Int = 100) {
        self.departments = departments
        self.skills = skills
        self.priority = priority
        self.weight = weight
    }
}
