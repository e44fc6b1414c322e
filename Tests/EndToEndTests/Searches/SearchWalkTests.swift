// SearchOrder predicts each walk of a real Postfix.

import LookupValues
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Walks of Postfix", .serialized)
    struct SearchWalkTests {
        @Test(
            "Each walk for what a client says is predicted, and there are many", arguments: SearchSetting.all)
        func asked(_ setting: SearchSetting) throws {
            var numbers = SplitMix64(seed: 18)
            let scene = try SearchScene(setting)
            let bare = setting.appendsOrigin ? [] : AddressSample.bare
            let addresses = bare + AddressSample.hard + AddressSample.random(12, &numbers)
            try scene.reject(addresses, from: HostSample.hard + HostSample.random(10, &numbers))
            try scene.accept(addresses)
            expectNoSurprise(scene)
            #expect(scene.walks.distinct.count > 1000)
            #expect(scene.walks.programs == ["smtpd", "cleanup", "trivial-rewrite"])
            #expect(
                scene.walks.parameters.isSuperset(of: [
                    "transport_maps", "check_helo_access", "fast_flush_domains",
                ]))
        }

        @Test(
            "Each walk for the hosts that mail comes from is predicted", arguments: [nil, []] as [[String]?])
        func servers(parents: [String]?) throws {
            var setting = SearchSetting(recipientDelimiter: "+", parentLists: parents)
            setting.checksServers = true
            let scene = try SearchScene(setting)
            try scene.reject(AddressSample.literal, from: HostSample.literal)
            expectNoSurprise(scene)
            let kinds = ["helo", "sender"].flatMap { subject in
                ["a", "mx"].map { "check_\(subject)_\($0)_access" }
            }
            #expect(scene.walks.parameters.isSuperset(of: kinds))
        }

        @Test("Each walk for what is delivered is predicted", arguments: ["+", "-"])
        func delivered(_ delimiter: String) throws {
            var numbers = SplitMix64(seed: 18)
            let sink = try PasswordSink.start()
            let out = "smtp:[127.0.0.1]:\(sink.port)"
            let scene = try SearchScene(
                SearchSetting(recipientDelimiter: delimiter),
                main: [
                    "local_transport": out, "virtual_transport": out, "relay_transport": out,
                    "default_transport": out,
                    "smtpd_data_restrictions": "", "smtp_sasl_auth_enable": "yes",
                    "smtp_sender_dependent_authentication": "yes", "smtp_sasl_security_options": "",
                ],
                services: "smtp unix - - n - - smtp\n")
            try scene.deliver(
                AddressSample.hard + AddressSample.random(12, &numbers),
                server: ["127.0.0.1", "[127.0.0.1]:\(sink.port)"])
            expectNoSurprise(scene)
            #expect(scene.walks.parameters.isSuperset(of: ["smtp_generic_maps", "smtp_sasl_password_maps"]))
            #expect(sink.accepted > 0)
        }

        @Test(
            "The keys of all that Postfix asks of a socketmap are those that it asks of a table",
            arguments: ["+", "-"])
        func socketmap(_ delimiter: String) throws {
            var numbers = SplitMix64(seed: 18)
            var setting = SearchSetting(recipientDelimiter: delimiter)
            setting.parentLists = delimiter == "+" ? nil : []
            // What is found ends a search.
            setting.relays = false
            let addresses = AddressSample.hard + AddressSample.random(4, &numbers)
            let hosts = HostSample.hard
            let searched = try SearchScene(setting)
            try searched.reject(addresses, from: hosts)
            try searched.accept(addresses)
            let asked = try SearchScene(setting, patterns: true)
            try asked.reject(addresses, from: hosts)
            try asked.accept(addresses)
            let facts = setting.facts
            for (stock, ours) in zip(searched.questions, asked.questions) {
                let differences = ours.searched(facts).differences(from: stock)
                #expect(differences.isEmpty, "\(stock.question): \(differences.joined(separator: "\n"))")
            }
            #expect(
                asked.questions.map(\.count).reduce(0, +) < searched.questions.map(\.count).reduce(0, +) / 2)
        }

        @Test("mapmux keys says for each first key what Postfix asks for")
        func command() throws {
            var setting = SearchSetting(recipientDelimiter: "+-", parentLists: ["smtpd_access_maps"])
            setting.relays = false
            let scene = try SearchScene(setting)
            try scene.reject(Array(AddressSample.hard.prefix(60)), from: HostSample.hard)
            try scene.accept(AddressSample.hard)
            expectNoSurprise(scene)
            let directory = try TemporaryDirectory()
            try directory.write("mapmux.conf", setting.mapmuxConfiguration)
            let walks = scene.walks.distinct.filter { !RecordedWalks.validates($0.parameter, $0.program) }
            for (parameter, walks) in Dictionary(grouping: walks, by: \.parameter) {
                let tab = [UInt8(ascii: "\t")], newline = [UInt8(ascii: "\n")]
                let result = try MapmuxProcess.run(
                    bytes: ["keys", "-c", "\(directory.path)/mapmux.conf", parameter, "-"].map {
                        Array($0.utf8)
                    },
                    stdin: Array(walks.map { $0.keys[0] }.joined(separator: newline)))
                let expected = walks.map { Array(([$0.keys[0]] + $0.keys).joined(separator: tab)) + newline }
                #expect(
                    result.stdout == Array(expected.joined()),
                    "\(parameter): \(result.stderr) \(result.text) instead of \(String(decoding: expected.joined(), as: UTF8.self))"
                )
            }
        }

        private func expectNoSurprise(_ scene: SearchScene) {
            let walks = scene.walks
            guard !walks.surprises.isEmpty else { return }
            Issue.record(
                """
                \(walks.surprises.count) in \(walks.count) walks:
                \(walks.surprises.prefix(30).joined(separator: "\n"))
                \(scene.log)
                """)
        }
    }
}
