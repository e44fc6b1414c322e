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
        #expect(ServiceUnit(serving: "/etc/mapmux/mapmux.conf")?.postfixDirectory == nil)
        #expect(unit("/etc/mapmux/out.conf") == "mapmux@out.service")
        #expect(ServiceUnit(serving: "/etc/mapmux/out.conf")?.template == "mapmux@.service")
        #expect(ServiceUnit(serving: "/etc/mapmux/out.conf")?.postfixDirectory == "/etc/postfix-out")
        for file in ["/etc/mapmux/.conf", "/etc/mapmux/a/b.conf", "/srv/out.conf", "/etc/mapmux/out.cf"] {
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
}
