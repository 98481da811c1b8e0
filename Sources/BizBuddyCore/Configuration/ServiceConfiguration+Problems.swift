//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServiceConfiguration {
    /// What is wrong, in words for the person who wrote the configuration; empty when all is well.
    package var problems: [String] {
        var problems: [String] = []
        var ids: Set<DepartmentID> = []
        var owners: [ContactAddress: DepartmentID] = [:]
        for department in departments {
            if !ids.insert(department.id).inserted {
                problems.append("department \(department.id) is declared twice")
            }
            for contact in department.contacts {
                if let owner = owners.updateValue(department.id, forKey: contact) {
                    problems.append("contact \(contact) belongs to \(owner) and to \(department.id)")
                }
            }
        }
        for department in departments {
            problems += self.problems(of: department, among: ids)
        }
        for (contact, settings) in routing.contacts.sorted(by: { $0.key < $1.key }) {
            for department in settings.departments where !ids.contains(department) {
                problems.append("contact \(contact): there is no department \(department)")
            }
            if !(1...1000).contains(settings.weight) {
                problems.append("contact \(contact): the weight must be between 1 and 1000 hundredths")
            }
        }
        if agentCapacity < 1 {
            problems.append("the capacity of an agent must be at least 1")
        }
        for (agent, capacity) in agentCapacities.sorted(by: { $0.key < $1.key }) where capacity < 0 {
            problems.append("the capacity of \(agent) must not be negative")
        }
        return problems
    }

    private func problems(of department: DepartmentConfiguration, among ids: Set<DepartmentID>) -> [String] {
        var problems: [String] = []
        if department.capacity < 1 {
            problems.append("department \(department.id): capacity must be at least 1")
        }
        if department.offerTimeout < .seconds(1) {
            problems.append("department \(department.id): the offer timeout must be at least one second")
        }
        var others = department.rules.overflow.map(\.department)
        if case .department(let other) = department.rules.whenClosed { others.append(other) }
        for other in others {
            if other == department.id {
                problems.append("department \(department.id) cannot help itself out")
            } else if !ids.contains(other) {
                problems.append("department \(department.id): there is no department \(other)")
            }
        }
        if let length = department.rules.maximumLength, length < 1 {
            problems.append("department \(department.id): the maximum length must be at least 1")
        }
        return problems
    }
}
