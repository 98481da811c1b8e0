//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension CustomerTexts {
    static let english: [CustomerText: String] = [
        .greeting: "Hello, this is {department}. Someone will be with you in a moment.",
        .contactLink: "Keep us in your contacts: {link}",
        .place: "You are {place} in line, {wait}.",
        .placeOnly: "You are {place} in line.",
        .closed: """
        You are {place} in line. {department} is closed at the moment. \
        Your message is kept and will be answered when we are back.
        """,
        .closedUntil: """
        You are {place} in line. {department} is closed until {reopens}. \
        Your message is kept and will be answered when we are back.
        """,
        .closedCallback: """
        {department} is closed at the moment. You keep your place, and we write to you when it is your turn.
        """,
        .redirected: "{department} is closed at the moment, so {other} will answer you.",
        .accepted: "Someone from {department} is with you now.",
        .agentLost: "The person who helped you was disconnected. You keep your place at the head of the line.",
        .ended: "This conversation is closed. Thank you; write again at any time.",
        .left: "You have left the line. Write again at any time.",
        .help: """
        Write your question, everything is kept for the person who will answer. \
        While you wait, "position" tells your place in line, "callback" lets you go and be written to when it is your turn, \
        and "leave" gives your place up. At any time, "/export" asks for a copy of what we keep of you, and "/erase" to delete it.
        """,
        .notInLine: "You are not in line. Write your question to start.",
        .tooMany: "This message could not be kept: too many are waiting already. Please try later.",
        .discontinued: "{department} is no longer available. This conversation is closed.",
        .whichDepartment: "Hello! Whom would you like to reach? Answer with a number:\n{options}",
        .routed: "{department} will answer you.",
        .full: "Many people are waiting for {department} already. {faq}Answer with a number:\n{options}",
        .longWait: "We are sorry that it takes so long. {faq}Answer with a number:\n{options}",
        .optionCallback: "Write to me when it is my turn",
        .optionMessage: "Keep what I wrote as a message, to be answered later",
        .optionWait: "I will wait",
        .messageKept: "Your message is kept and will be answered later.",
        .callbackKept: "You keep your place, and we write to you when it is your turn. You need not stay.",
        .callbackAt: "We will write to you {moment}. You keep your place and need not stay.",
        .callbackSoon: "We will write to you soon, {moment}.",
        .callbackImpossible: "That time cannot be: it must lie in the next 90 days.",
        .yourTurn: """
        It is your turn: {department} can help you now. Write something within {minutes} minutes, or "leave" to give your turn up.
        """,
        .turnMissed: "We have not heard from you, so what you wrote is kept as a message and will be answered later.",
        .transferred: "Somebody else from {department} will help you further.",
        .silent: "Are you still there? Without an answer this conversation will be closed in {minutes} minutes.",
        .silentClosed: "This conversation was closed because we have not heard from you. Write again at any time.",
        .redacted: """
        We have taken something confidential (a card or account number, say) out of your message: nobody has seen it, and it is not \
        kept. If we need it, we will ask in a way that shows it to nobody.
        """,
        .verifyAsk: """
        Please tell us: {field}. Your answer is compared with what we know, shown to nobody and not kept. \
        Fill in the form, or write "/answer" and your answer.
        """,
        .verifyThanks: "Thank you. Your answer has been compared, and is not kept.",
        .verifyNothing: "Nobody has asked you for anything confidential. What you wrote is not kept.",
        .linkCode: """
        Write "/link {code}" to us from your other address within {minutes} minutes, and we know that both are you. \
        Tell the code to nobody.
        """,
        .linkDone: "Thank you. We know now that both addresses are yours.",
        .linkWrong:
            "This code is not good, or no longer. Write \"/link\" for a new one from the address you had it from.",
        .linkOther: """
        We know these two addresses as two different customers', so they stay two. Somebody of us will look at it with you.
        """,
        .exportAsked:
            "You have asked for a copy of what we keep of you. Somebody of us will see to it and send it to you here.",
        .eraseAsked:
            "You have asked us to delete what we keep of you. Somebody of us will see to it and tell you here when it is done.",
        .exportBegins: "This is what we keep of you:",
        .erased: "What we kept of you has been deleted.",
        .requestDeclined:
            "We cannot do what you have asked for about your data. Write to us, and we will tell you why.",
        .failed: "That could not be done now. Please try again later.",
        .tooFast: "Too much at once: please wait a moment.",
        .done: "Done.",
        .titlePosition: "My place in line",
        .titleCallback: "Write to me later",
        .titleLeave: "Give my place up",
        .titleTranscript: "A copy of our last conversation",
        .titleAlerts: "Be told about something",
        .titleStop: "Be told about nothing any more",
        .titleLink: "I write from another address, too",
        .titleAnswer: "Answer something confidential",
        .titleExport: "A copy of what you keep of me",
        .titleErase: "Delete what you keep of me",
        .titleHelp: "What I can do here",
        .fieldDepartment: "Department",
        .fieldRating: "Rating",
        .fieldTopic: "Topic",
        .fieldTime: "Time, such as 15:30 or 2026-11-24 9:00; empty: when it is my turn",
        .fieldCode: "Code; empty: a code for my other address",
        .fieldAnswer: "Answer",
        .fieldAbout: "Description",
        .fieldStatus: "Status",
        .serviceName: "Switchboard customer service",
        .serviceRooms: "Conversations",
        .preferenceLanguage: "Language",
        .preferenceHours: "Hours",
        .preferenceChannel: "Channel",
        .preferenceQuiet: "Do not disturb",
        .policyRedaction:
            "Card numbers, account numbers and the like are taken out of messages before they are stored.",
        .policyRequests:
            "\"/export\" asks us for a copy of what we keep of you, \"/erase\" to delete it; somebody of us confirms it.",
        .knownIssue: "Known issue: {text}",
        .alertTopics:
            "You can be told about:\n{topics}\nSend \"alert\" and one of the words, or \"stop\" to hear of nothing more.",
        .alertConfirm: "Do you want to be told about {text}? Answer \"yes\".",
        .alertOn: "You will be told about {text}. \"stop\" ends it at any time.",
        .alertsOff: "You will not be told about anything any more.",
        .alert: "{text}\nAnswer to talk to us about it, or send \"stop\" to hear of nothing more.",
        .answer: "This may help while you wait:\n{text}\nDid it? Answer \"yes\" or \"no\".",
        .answerHelped: "Good to hear. Write again at any time.",
        .survey: "How was it? Answer with a number from 1 (bad) to 5 (very good).",
        .surveyThanks: "Thank you for your answer.",
        .transcriptYou: "You",
        .transcriptNone: "There is no earlier conversation.",
        .monitored: "A supervisor of {department} is following this conversation from now on.",
        .mayBeMonitored: "A supervisor of {department} may follow this conversation.",
        .aboutOneMinute: "about 1 minute",
        .aboutMinutes: "about {minutes} minutes",
        .overTwentyMinutes: "more than 20 minutes",
        .statusOpen: "Open",
        .statusWait: "Open, {bucket} min wait",
        .statusBusy: "Busy, {bucket} min wait",
        .statusClosed: "Closed, leave a message",
        .statusClosedUntil: "Closed until {reopens}, leave a message",
        .weekdays: "Mon Tue Wed Thu Fri Sat Sun",
        .moment: "{weekday} {month}/{day} at {hour}:{minute}",
        .keywordPosition: "position",
        .keywordLeave: "leave",
        .keywordHelp: "help",
        .keywordCallback: "callback",
        .keywordTranscript: "transcript",
        .keywordAlerts: "alerts",
        .keywordAlert: "alert",
        .keywordStop: "stop",
        .keywordYes: "yes",
        .keywordNo: "no",
    ]
}
