//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension CustomerTexts {
    static let german: [CustomerText: String] = [
        .greeting: "Guten Tag, hier ist {department}. Es ist gleich jemand für Sie da.",
        .contactLink: "Behalten Sie uns in Ihren Kontakten: {link}",
        .place: "Sie sind auf Platz {place}, {wait}.",
        .placeOnly: "Sie sind auf Platz {place}.",
        .closed: """
        Sie sind auf Platz {place}. {department} ist zurzeit geschlossen. \
        Ihre Nachricht wird aufgehoben und beantwortet, sobald wir wieder da sind.
        """,
        .closedUntil: """
        Sie sind auf Platz {place}. {department} ist bis {reopens} geschlossen. \
        Ihre Nachricht wird aufgehoben und beantwortet, sobald wir wieder da sind.
        """,
        .closedCallback: """
        {department} ist zurzeit geschlossen. Ihr Platz bleibt Ihnen, und wir schreiben Ihnen, wenn Sie an der Reihe sind.
        """,
        .redirected: "{department} ist zurzeit geschlossen; {other} antwortet Ihnen.",
        .accepted: "{department} ist jetzt für Sie da.",
        .agentLost: "Die Verbindung zu Ihrer Ansprechperson ist abgebrochen. Sie stehen wieder ganz vorn.",
        .ended: "Dieses Gespräch ist beendet. Vielen Dank; schreiben Sie uns jederzeit wieder.",
        .left: "Sie stehen nicht mehr an. Schreiben Sie uns jederzeit wieder.",
        .help: """
        Schreiben Sie Ihre Frage; alles wird für die Person aufgehoben, die antwortet. \
        Solange Sie warten, nennt „platz“ Ihren Platz, mit „rückruf“ können Sie gehen und wir schreiben Ihnen, \
        wenn Sie an der Reihe sind, und „verlassen“ gibt den Platz auf. Jederzeit bitten Sie mit „/export“ um eine Kopie dessen, was \
        wir über Sie aufheben, und mit „/erase“ um das Löschen.
        """,
        .notInLine: "Sie stehen nicht an. Schreiben Sie einfach Ihre Frage.",
        .tooMany:
            "Diese Nachricht konnte nicht aufgehoben werden: Es warten schon zu viele. Bitte versuchen Sie es später.",
        .discontinued: "{department} gibt es nicht mehr. Dieses Gespräch ist beendet.",
        .whichDepartment: "Guten Tag! Wen möchten Sie erreichen? Antworten Sie mit einer Zahl:\n{options}",
        .routed: "{department} antwortet Ihnen.",
        .full: "Auf {department} warten schon viele. {faq}Antworten Sie mit einer Zahl:\n{options}",
        .longWait: "Es tut uns leid, dass es so lange dauert. {faq}Antworten Sie mit einer Zahl:\n{options}",
        .optionCallback: "Schreiben Sie mir, wenn ich an der Reihe bin",
        .optionMessage: "Heben Sie meine Nachricht auf und antworten Sie später",
        .optionWait: "Ich warte",
        .messageKept: "Ihre Nachricht ist aufgehoben und wird später beantwortet.",
        .callbackKept:
            "Ihr Platz bleibt Ihnen, und wir schreiben Ihnen, wenn Sie an der Reihe sind. Sie müssen nicht warten.",
        .callbackAt: "Wir schreiben Ihnen {moment}. Ihr Platz bleibt Ihnen, und Sie müssen nicht warten.",
        .callbackSoon: "Wir schreiben Ihnen bald, {moment}.",
        .callbackImpossible: "Diese Zeit geht nicht: Sie muss in den nächsten 90 Tagen liegen.",
        .yourTurn: """
        Sie sind an der Reihe: {department} kann Ihnen jetzt helfen. \
        Schreiben Sie uns innerhalb von {minutes} Minuten, oder „verlassen“, wenn es sich erledigt hat.
        """,
        .turnMissed:
            "Wir haben nichts von Ihnen gehört; was Sie geschrieben haben, wird aufgehoben und später beantwortet.",
        .transferred: "Jemand anderes von {department} hilft Ihnen weiter.",
        .silent: "Sind Sie noch da? Ohne Antwort wird dieses Gespräch in {minutes} Minuten beendet.",
        .silentClosed:
            "Dieses Gespräch wurde beendet, weil wir nichts mehr gehört haben. Schreiben Sie uns jederzeit wieder.",
        .redacted: """
        Wir haben etwas Vertrauliches (etwa eine Karten- oder Kontonummer) aus Ihrer Nachricht entfernt: Niemand hat es gesehen, und \
        es wird nicht aufgehoben. Wenn wir es brauchen, fragen wir so danach, dass niemand es sieht.
        """,
        .verifyAsk: """
        Bitte nennen Sie uns: {field}. Ihre Antwort wird mit dem verglichen, was wir wissen, niemandem gezeigt und nicht aufgehoben. \
        Füllen Sie das Formular aus, oder schreiben Sie „/answer“ und Ihre Antwort.
        """,
        .verifyThanks: "Vielen Dank. Ihre Antwort wurde verglichen und wird nicht aufgehoben.",
        .verifyNothing:
            "Niemand hat Sie nach etwas Vertraulichem gefragt. Was Sie geschrieben haben, wird nicht aufgehoben.",
        .linkCode: """
        Schreiben Sie uns innerhalb von {minutes} Minuten von Ihrer anderen Adresse aus „/link {code}“, dann wissen wir, dass beide \
        Ihnen gehören. Nennen Sie den Code niemandem.
        """,
        .linkDone: "Vielen Dank. Wir wissen jetzt, dass beide Adressen Ihnen gehören.",
        .linkWrong:
            "Dieser Code gilt nicht oder nicht mehr. Mit „/link“ bekommen Sie einen neuen, von der Adresse aus, die ihn hatte.",
        .linkOther: """
        Wir kennen diese beiden Adressen als zwei verschiedene Kunden, deshalb bleiben sie zwei. Jemand von uns sieht es sich mit \
        Ihnen an.
        """,
        .exportAsked:
            "Sie möchten eine Kopie dessen, was wir über Sie aufheben. Jemand von uns kümmert sich darum und schickt sie Ihnen hierher.",
        .eraseAsked:
            "Sie möchten, dass wir löschen, was wir über Sie aufheben. Jemand von uns kümmert sich darum und sagt Ihnen hier Bescheid.",
        .exportBegins: "Das heben wir über Sie auf:",
        .erased: "Was wir über Sie aufgehoben hatten, ist gelöscht.",
        .requestDeclined:
            "Was Sie zu Ihren Daten möchten, können wir nicht tun. Schreiben Sie uns, dann sagen wir Ihnen, warum.",
        .failed: "Das ging gerade nicht. Bitte versuchen Sie es später noch einmal.",
        .tooFast: "Zu viel auf einmal: Bitte warten Sie einen Augenblick.",
        .done: "Erledigt.",
        .titlePosition: "Mein Platz in der Reihe",
        .titleCallback: "Schreiben Sie mir später",
        .titleLeave: "Meinen Platz aufgeben",
        .titleTranscript: "Eine Kopie unseres letzten Gesprächs",
        .titleAlerts: "Nachrichten über etwas bekommen",
        .titleStop: "Keine Nachrichten mehr bekommen",
        .titleLink: "Ich schreibe auch von einer anderen Adresse",
        .titleAnswer: "Etwas Vertrauliches beantworten",
        .titleExport: "Eine Kopie dessen, was Sie über mich aufheben",
        .titleErase: "Löschen, was Sie über mich aufheben",
        .titleHelp: "Was ich hier tun kann",
        .fieldDepartment: "Abteilung",
        .fieldRating: "Bewertung",
        .fieldTopic: "Thema",
        .fieldTime: "Zeit, etwa 15:30 oder 2026-11-24 9:00; leer: wenn ich an der Reihe bin",
        .fieldCode: "Code; leer: ein Code für meine andere Adresse",
        .fieldAnswer: "Antwort",
        .fieldAbout: "Beschreibung",
        .fieldStatus: "Zustand",
        .serviceName: "Switchboard-Kundendienst",
        .serviceRooms: "Gespräche",
        .preferenceLanguage: "Sprache",
        .preferenceHours: "Zeiten",
        .preferenceChannel: "Kanal",
        .preferenceQuiet: "Nicht stören",
        .policyRedaction:
            "Kartennummern, Kontonummern und Ähnliches werden aus Nachrichten entfernt, bevor sie gespeichert werden.",
        .policyRequests:
            "Mit „/export“ bitten Sie uns um eine Kopie dessen, was wir über Sie aufheben, mit „/erase“ um das Löschen; jemand von uns bestätigt es.",
        .knownIssue: "Bekannte Störung: {text}",
        .alertTopics:
            "Wir können Ihnen schreiben über:\n{topics}\nSenden Sie „hinweis“ und eines der Wörter, oder „stopp“, um nichts mehr zu hören.",
        .alertConfirm: "Möchten Sie Nachrichten über {text}? Antworten Sie mit „ja“.",
        .alertOn: "Wir schreiben Ihnen über {text}. „stopp“ beendet das jederzeit.",
        .alertsOff: "Wir schreiben Ihnen von uns aus nicht mehr.",
        .alert:
            "{text}\nAntworten Sie, um mit uns darüber zu sprechen, oder senden Sie „stopp“, um nichts mehr zu hören.",
        .answer: "Vielleicht hilft das, während Sie warten:\n{text}\nHat es geholfen? Antworten Sie „ja“ oder „nein“.",
        .answerHelped: "Das freut uns. Schreiben Sie uns jederzeit wieder.",
        .survey: "Wie war es? Antworten Sie mit einer Zahl von 1 (schlecht) bis 5 (sehr gut).",
        .surveyThanks: "Vielen Dank für Ihre Antwort.",
        .transcriptYou: "Sie",
        .transcriptNone: "Es gibt kein früheres Gespräch.",
        .monitored: "Eine Aufsichtsperson von {department} verfolgt dieses Gespräch ab jetzt mit.",
        .mayBeMonitored: "Dieses Gespräch kann von einer Aufsichtsperson von {department} mitverfolgt werden.",
        .aboutOneMinute: "etwa 1 Minute",
        .aboutMinutes: "etwa {minutes} Minuten",
        .overTwentyMinutes: "mehr als 20 Minuten",
        .statusOpen: "Geöffnet",
        .statusWait: "Geöffnet, {bucket} Min. Wartezeit",
        .statusBusy: "Viel los, {bucket} Min. Wartezeit",
        .statusClosed: "Geschlossen, hinterlassen Sie eine Nachricht",
        .statusClosedUntil: "Geschlossen bis {reopens}, hinterlassen Sie eine Nachricht",
        .weekdays: "Mo Di Mi Do Fr Sa So",
        .moment: "{weekday} {day}.{month}., {hour}:{minute} Uhr",
        .keywordPosition: "platz",
        .keywordLeave: "verlassen",
        .keywordHelp: "hilfe",
        .keywordCallback: "rückruf",
        .keywordTranscript: "protokoll",
        .keywordAlerts: "hinweise",
        .keywordAlert: "hinweis",
        .keywordStop: "stopp",
        .keywordYes: "ja",
        .keywordNo: "nein",
    ]
}
