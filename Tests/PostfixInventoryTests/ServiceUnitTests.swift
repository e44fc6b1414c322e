// Whom systemd starts mapmux as.

import PostfixInventory
import Testing

@Suite("The service's user")
struct ServiceUnitTests {
    @Test("The last one of section Service counts, of drop-ins too, and an empty one takes it back")
    func last() {
        let unit = "[Unit]\nUser=no\n[Service]\n# User=no\n User = postfix \nGroup=x\n"
        #expect(ServiceUnit.user(in: [unit]) == "postfix")
        #expect(ServiceUnit.user(in: [unit, "[Service]\nUser=mail\n", "[Service]\nNice=1\n"]) == "mail")
        #expect(ServiceUnit.user(in: [unit, "[Service]\nUser=\n"]) == nil)
        #expect(ServiceUnit.user(in: ["[Service]\n[Install]\nUser=x\n"]) == nil)
        #expect(ServiceUnit.user(in: []) == nil)
    }

    @Test("A configuration in /etc/mapmux is served by the unit with its name")
    func instances() {
        func unit(_ file: String) -> String? { ServiceUnit(serving: file)?.name }
        #expect(unit("/etc/mapmux/mapmux.conf") == "mapmux.service")
        #expect(unit("//etc/./mapmux//mapmux.conf") == "mapmux.service")
        #expect(ServiceUnit(serving: "/etc/mapmux/mapmux.conf")?.postfixDirectory == nil)
        #expect(unit("/etc/mapmux/out.conf") == "mapmux@out.service")
        #expect(ServiceUnit(serving: "/etc/mapmux/out.conf")?.template == "mapmux@.service")
        #expect(ServiceUnit(serving: "/etc/mapmux/out.conf")?.postfixDirectory == "/etc/postfix-out")
        let others = ["/etc/mapmux/.conf", "/etc/mapmux/a/b.conf", "/srv/out.conf", "/etc/mapmux/out.cf"]
        for file in others + ["etc/mapmux/out.conf"] {
            #expect(unit(file) == nil)
        }
    }

    @Test("What a unit hides is as its last settings say")
    func hidden() {
        let unit = "[Service]\nProtectHome=yes\nPrivateTmp=yes\n"
        #expect(
            ServiceUnit.hiddenDirectories(in: [unit]) == ["/tmp", "/var/tmp", "/home", "/root", "/run/user"])
        #expect(
            ServiceUnit.hiddenDirectories(in: [unit, "[Service]\nProtectHome=read-only\n"])
                == ["/tmp", "/var/tmp"])
        #expect(ServiceUnit.hiddenDirectories(in: ["[Service]\nPrivateTmp=no\n"]) == [])
    }

    @Test("Groups are the last Group= and all of SupplementaryGroups=")
    func groups() {
        let unit = "[Service]\nUser=postfix\nGroup=postfix\nSupplementaryGroups=ssl-cert\n"
        #expect(ServiceUnit.group(in: [unit]) == "postfix")
        #expect(ServiceUnit.group(in: [unit, "[Service]\nGroup=mail\n"]) == "mail")
        #expect(
            ServiceUnit.otherGroups(in: [unit, "[Service]\nSupplementaryGroups=a b\n"]) == [
                "ssl-cert", "a", "b",
            ])
        #expect(ServiceUnit.otherGroups(in: [unit, "[Service]\nSupplementaryGroups=\n"]) == [])
    }

    @Test(
        "Environment= is words of NAME=value, with quotes, backslashes and specifiers",
        arguments: [
            ("PGSSLMODE=require", ["PGSSLMODE=require"]),
            (#"A=1 "B=two words"  C='x "y"' "#, ["A=1", "B=two words", #"C=x "y""#]),
            (#"A="a b"c D=\"q E="#, ["A=a bc", #"D="q"#, "E="]),
            ("A=/run/%i/%n 100%% %x=1 word =2", ["A=/run/out/mapmux@out.service", "%x=1"]),
        ])
    func environment(line: String, expected: [String]) {
        let unit = ServiceUnit(serving: "/etc/mapmux/out.conf")
        let found = unit?.environment(in: ["[Service]\nEnvironment=\(line)\n"])
        #expect(found?.map { "\($0.name)=\($0.value)" } == expected)
        #expect(unit?.environment(in: ["[Service]\nEnvironment=\(line)\nEnvironment=\n"]).isEmpty == true)
    }

    @Test("A file of the environment has an assignment a line")
    func environmentFile() {
        let unit = ServiceUnit(serving: "/etc/mapmux/out.conf")
        #expect(
            unit?.environmentFiles(in: [
                "[Service]\nEnvironmentFile=-/etc/default/%i\nEnvironmentFile=/etc/b\n"
            ])
                == ["/etc/default/out", "/etc/b"])
        let text = "# A=0\n; A=0\n\n A = 1\nPGPASSFILE=\"/etc/a b\"\nno\nC=d e\n"
        #expect(
            ServiceUnit.assignments(inFile: text).map { "\($0.name)=\($0.value)" }
                == ["A=1", "PGPASSFILE=/etc/a b", "C=d e"])
    }
}
