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
}
