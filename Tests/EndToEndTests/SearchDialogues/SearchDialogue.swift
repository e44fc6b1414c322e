// One SMTP session that a table must be searched for.

/// A session of one mail transaction, in which no reply is known beforehand: stock Postfix has them.
struct SearchDialogue {
    let title: String
    /// The client's address and name, and the login that it has if it has one.
    var client = "203.0.113.5 mx.outside.test"
    var helo = "mx.outside.test"
    var from = "someone@outside.test"
    var to: [String] = []
    /// The header of the message that is sent to the recipients that were accepted, with `|` between its lines;
    /// `Subject` comes before it. Nil if none is sent.
    var header: String?
    /// Further commands before the end.
    var commands: [String] = []

    init(
        _ title: String, client: String? = nil, helo: String? = nil, from: String? = nil, to: String...,
        header: String? = nil, commands: [String] = []
    ) {
        self.title = title
        if let client { self.client = client }
        if let helo { self.helo = helo }
        if let from { self.from = from }
        self.to = to
        self.header = header
        self.commands = commands
    }

    /// The same with a message.
    static func letter(
        _ title: String, client: String? = nil, from: String? = nil, to: String..., header: String = ""
    ) -> SearchDialogue {
        var dialogue = SearchDialogue(title, client: client, from: from, header: header)
        dialogue.to = to
        return dialogue
    }

    var dialogue: Dialogue {
        var lines = ["client \(client)", "EHLO \(helo)", "MAIL FROM:<\(from)>"]
        lines += to.map { "RCPT TO:<\($0)>" }
        if let header {
            let subject = "Subject: \(title)"
            lines += ["DATA", "MESSAGE \(header.isEmpty ? subject : "\(subject)|\(header)")"]
        }
        return Dialogue(commands: lines + commands + ["QUIT"])
    }
}
