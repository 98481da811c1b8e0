//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Every sentence and word of ours that a customer can read, by its name in the configuration.
///
/// Sentences have places to be filled in: `{department}`, `{place}`, `{wait}`, `{reopens}`, `{other}`, `{minutes}`,
/// `{options}`, `{link}`, `{faq}`, `{field}`, `{code}`, `{text}`, `{topics}`, `{moment}`. None has one for an agent's address.
package enum CustomerText: String, Hashable, Sendable, Codable, CaseIterable {
    case greeting
    case place
    /// Stands below a first greeting: `{link}`.
    case contactLink = "contact_link"
    case placeOnly = "place_only"
    case closed
    case closedUntil = "closed_until"
    case closedCallback = "closed_callback"
    case redirected
    case accepted
    case agentLost = "agent_lost"
    case ended
    case left
    case help
    case notInLine = "not_in_line"
    case tooMany = "too_many"
    case discontinued
    case whichDepartment = "which_department"
    case routed
    case full
    case longWait = "long_wait"
    case optionCallback = "option_callback"
    case optionMessage = "option_message"
    case optionWait = "option_wait"
    case messageKept = "message_kept"
    case callbackKept = "callback_kept"
    case callbackAt = "callback_at"
    case callbackSoon = "callback_soon"
    case callbackImpossible = "callback_impossible"
    case yourTurn = "your_turn"
    case turnMissed = "turn_missed"
    case transferred
    case silent
    case silentClosed = "silent_closed"
    case knownIssue = "known_issue"
    case alertTopics = "alert_topics"
    case alertConfirm = "alert_confirm"
    case alertOn = "alert_on"
    case alertsOff = "alerts_off"
    case alert
    case answer
    case answerHelped = "answer_helped"
    case survey
    case surveyThanks = "survey_thanks"
    case transcriptYou = "transcript_you"
    case transcriptNone = "transcript_none"
    case monitored
    case mayBeMonitored = "may_be_monitored"
    case aboutOneMinute = "about_one_minute"
    case aboutMinutes = "about_minutes"
    case overTwentyMinutes = "over_twenty_minutes"
    case statusOpen = "status_open"
    case statusWait = "status_wait"
    case statusBusy = "status_busy"
    case statusClosed = "status_closed"
    case statusClosedUntil = "status_closed_until"
    /// Names of the days, Monday first, with a space between.
    case weekdays
    /// A moment: `{weekday}`, `{day}`, `{month}`, `{hour}`, `{minute}`.
    case moment
    /// Words that act as keywords beside the English ones.
    case keywordPosition = "keyword_position"
    case keywordLeave = "keyword_leave"
    case keywordHelp = "keyword_help"
    case keywordCallback = "keyword_callback"
    /// Something was taken out of a message.
    case redacted
    /// Asks for something that is compared unseen: `{field}`.
    case verifyAsk = "verify_ask"
    case verifyThanks = "verify_thanks"
    /// An answer that nobody has asked for.
    case verifyNothing = "verify_nothing"
    /// A code to be said from another address: `{code}`, `{minutes}`.
    case linkCode = "link_code"
    case linkDone = "link_done"
    case linkWrong = "link_wrong"
    /// The two addresses are known as two customers'.
    case linkOther = "link_other"
    /// A copy of what is kept was asked for, or that it is deleted.
    case exportAsked = "export_asked"
    case eraseAsked = "erase_asked"
    case exportBegins = "export_begins"
    case erased
    case requestDeclined = "request_declined"
    /// What was asked for could not be done now.
    case failed
    case tooFast = "too_fast"
    /// A command was carried out that has nothing else to say.
    case done
    case titlePosition = "title_position"
    case titleCallback = "title_callback"
    case titleLeave = "title_leave"
    case titleTranscript = "title_transcript"
    case titleAlerts = "title_alerts"
    case titleStop = "title_stop"
    case titleLink = "title_link"
    case titleAnswer = "title_answer"
    case titleExport = "title_export"
    case titleErase = "title_erase"
    case titleHelp = "title_help"
    case fieldDepartment = "field_department"
    case fieldRating = "field_rating"
    case fieldTopic = "field_topic"
    case fieldTime = "field_time"
    case fieldCode = "field_code"
    case fieldAnswer = "field_answer"
    case fieldAbout = "field_about"
    case fieldStatus = "field_status"
    /// What the service calls itself, and its rooms.
    case serviceName = "service_name"
    case serviceRooms = "service_rooms"
    /// What a customer prefers, as a copy names it.
    case preferenceLanguage = "preference_language"
    case preferenceHours = "preference_hours"
    case preferenceChannel = "preference_channel"
    case preferenceQuiet = "preference_dnd"
    /// What is told to clients about customers' data (XEP-0504).
    case policyRedaction = "policy_redaction"
    case policyRequests = "policy_requests"
    case keywordTranscript = "keyword_transcript"
    case keywordAlerts = "keyword_alerts"
    case keywordAlert = "keyword_alert"
    case keywordStop = "keyword_stop"
    case keywordYes = "keyword_yes"
    case keywordNo = "keyword_no"
}
