//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Within and outside of the hours.
extension ServiceState {
    /// Sees whether a department's hours have begun or ended. Runs before every command, so that none counts by the
    /// hours of before.
    mutating func lookAtHours(_ effects: inout [Effect]) {
        for department in configuration.departments {
            guard case .weekly(let hours) = department.hours else { continue }
            if let known = derived.hours[department.id], known.until.map({ now < $0 }) ?? true { continue }
            let isOpen = hours.isOpen(at: now)
            let change = hours.nextChange(after: now)
            derived.hours[department.id] = HoursNow(
                isOpen: isOpen, reopens: isOpen ? nil : hours.nextOpening(from: now), until: change)
            if let change {
                set(.hours(department.id), at: change, &effects)
            }
        }
    }

    /// Within the hours, whether anybody is on duty or not.
    package func isOpen(_ id: DepartmentID) -> Bool {
        switch configuration[department: id]?.hours {
        case .always: true
        case .weekly: derived.hours[id]?.isOpen ?? false
        case .closed, nil: false
        }
    }

    /// When a department that is outside of its hours opens again, if that is known.
    package func reopens(_ id: DepartmentID) -> Instant? {
        switch configuration[department: id]?.hours {
        case .closed(let moment): moment
        case .weekly: derived.hours[id]?.reopens
        case .always, nil: nil
        }
    }

    /// Within hours, and somebody is on duty.
    package func isServed(_ department: DepartmentID) -> Bool {
        isOpen(department) && staff(of: department).available > 0
    }

    /// Right after a restart, within hours: agents are only coming back, so nobody can say yet that it is closed.
    func isUncertain(_ department: DepartmentID) -> Bool {
        quietUntil != nil && isOpen(department)
    }
}
