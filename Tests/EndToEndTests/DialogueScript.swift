// What SMTP clients say to a mail site, and how every reply must begin.

/// A line a command: `command -> start of the reply's last line`. `client ADDRESS NAME [LOGIN]` begins a new
/// connection from there.
enum DialogueScript {
    static let text = """
        # A stranger: everything that is ours, in every form that the key walk knows.
        client 203.0.113.5 mx.outside.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user1@mbx.test> -> 250 2.1.5
        RCPT TO:<USER1@Mbx.TEST> -> 250 2.1.5
        RCPT TO:<user1+ext@mbx.test> -> 250 2.1.5
        RCPT TO:<user1+a+b@mbx.test> -> 250 2.1.5
        RCPT TO:<user3+fixed@mbx.test> -> 250 2.1.5
        RCPT TO:<user3@mbx.test> -> 550 5.1.1
        RCPT TO:<user3+other@mbx.test> -> 550 5.1.1
        RCPT TO:<gone@mbx.test> -> 550 5.1.1
        RCPT TO:<nobody.here@mbx.test> -> 550 5.1.1
        RCPT TO:<nobody.here+user1@mbx.test> -> 550 5.1.1
        RCPT TO:<@mbx.test> -> 550 5.1.1
        RCPT TO:<anything@any.test> -> 250 2.1.5
        RCPT TO:<any+thing@ANY.test> -> 250 2.1.5
        RCPT TO:<someone@sub.any.test> -> 554 5.7.1
        RCPT TO:<forwarded@mbx.test> -> 250 2.1.5
        RCPT TO:<hit@alias.test> -> 250 2.1.5
        RCPT TO:<hit+ext@alias.test> -> 250 2.1.5
        RCPT TO:<list@alias.test> -> 250 2.1.5
        RCPT TO:<chain@alias.test> -> 250 2.1.5
        RCPT TO:<o'brien@alias.test> -> 250 2.1.5
        RCPT TO:<"o'brien"@alias.test> -> 250 2.1.5
        RCPT TO:<o''brien@alias.test> -> 550 5.1.1
        RCPT TO:<back\\slash@alias.test> -> 550 5.1.1
        RCPT TO:<"';drop table aliases;--"@alias.test> -> 550 5.1.1
        RCPT TO:<$1@alias.test> -> 550 5.1.1
        RCPT TO:<plus+fixed@alias.test> -> 250 2.1.5
        RCPT TO:<plus@alias.test> -> 550 5.1.1
        RCPT TO:<miss@alias.test> -> 550 5.1.1
        RCPT TO:<nowhere@alias.test> -> 250 2.1.5
        RCPT TO:<named@catchall.test> -> 250 2.1.5
        RCPT TO:<unnamed@catchall.test> -> 250 2.1.5
        RCPT TO:<un+named@CatchAll.test> -> 250 2.1.5
        RCPT TO:<known@relay.test> -> 250 2.1.5
        RCPT TO:<known+ext@relay.test> -> 250 2.1.5
        RCPT TO:<unknown@relay.test> -> 550 5.1.1
        RCPT TO:<known@sub.relay.test> -> 450 4.7.1
        RCPT TO:<known@deep.sub.relay.test> -> 450 4.7.1
        RCPT TO:<known@other.relay.test> -> 550 5.1.1
        RCPT TO:<whoever@secondary.test> -> 250 2.1.5
        RCPT TO:<whoever@third.test> -> 554 5.7.1
        RCPT TO:<user1%mbx.test@elsewhere.test> -> 554 5.7.1
        RCPT TO:<@elsewhere.test:user1@mbx.test> -> 250 2.1.5
        RCPT TO:<user1@[192.0.2.9]> -> 554 5.7.1
        RCPT TO:<special@mbx.test> -> 250 2.1.5
        RCPT TO:<slow@mbx.test> -> 450 4.2.1
        RCPT TO:<someone@dead.test> -> 550 5.7.1
        RCPT TO:<nomail@mbx.test> -> 550 5.7.1
        RCPT TO:<nomail+ext@mbx.test> -> 550 5.7.1
        RCPT TO:<abuse@mbx.test> -> 550 5.1.1
        RCPT TO:<nobody@local.test> -> 250 2.1.5
        RCPT TO:<nobody+ext@local.test> -> 250 2.1.5
        RCPT TO:<root> -> 250 2.1.5
        RCPT TO:<postbox@local.test> -> 250 2.1.5
        RCPT TO:<Team@LOCAL.test> -> 250 2.1.5
        RCPT TO:<no-such-user@local.test> -> 550 5.1.1
        RCPT TO:<postmaster> -> 250 2.1.5
        VRFY user1@mbx.test -> 252 2.0.0
        VRFY nobody.here@mbx.test -> 550 5.1.1
        VRFY whoever@third.test -> 554 5.7.1
        RSET -> 250 2.0.0
        # The same session, with other senders.
        MAIL FROM:<> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        RSET -> 250 2.0.0
        MAIL FROM:<bad@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<bad+ext@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<anyone@evil.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<anyone@very.Evil.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<good@evil.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        RSET -> 250 2.0.0
        MAIL FROM:<spammer@wherever.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<anyone@hold.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 450 4.1.8
        RSET -> 250 2.0.0
        MAIL FROM:<nobody.here@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 550 5.1.0
        RSET -> 250 2.0.0
        MAIL FROM:<user1@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 553 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        DATA -> 554 5.5.1
        RCPT TO:<list@alias.test> -> 250 2.1.5
        DATA -> 354
        MESSAGE -> 250 2.0.0
        QUIT -> 221

        # Owners of addresses, and others.
        client 203.0.113.6 laptop.customer.test alice
        EHLO laptop.customer.test -> 250 CHUNKING
        MAIL FROM:<user1@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        RCPT TO:<whoever@third.test> -> 554 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<user1+list@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        RSET -> 250 2.0.0
        MAIL FROM:<user2@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 553 5.7.1
        RSET -> 250 2.0.0
        MAIL FROM:<info@any.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 553 5.7.1
        QUIT -> 221
        client 203.0.113.6 laptop.customer.test bob
        EHLO laptop.customer.test -> 250 CHUNKING
        MAIL FROM:<user1@mbx.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 553 5.7.1
        QUIT -> 221
        client 203.0.113.6 laptop.customer.test carol
        EHLO laptop.customer.test -> 250 CHUNKING
        MAIL FROM:<info@any.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        QUIT -> 221

        # Access by the client's address and name: the table's own, its networks, its parents.
        client 203.0.113.66 mx.outside.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.114.9 mx.outside.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.113.7 spam.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.113.7 a.b.Spam.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        RCPT TO:<whoever@third.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.113.7 mx.good.spam.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 250 2.1.5
        QUIT -> 221
        client 203.0.113.8 mx.late.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 450 4.7.1
        QUIT -> 221
        client 203.0.113.8 mx.deferring.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 450 4.7.1
        RCPT TO:<nobody.here@mbx.test> -> 450 4.7.1
        QUIT -> 221
        client 203.0.113.77 mx.late.spam.test
        EHLO mx.outside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.113.77 mx.outside.test
        HELO liar.test -> 250 mail.test
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221
        client 203.0.113.77 mx.outside.test
        HELO more.liar.test -> 250 mail.test
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<user2@mbx.test> -> 554 5.7.1
        QUIT -> 221

        # One of ours may relay.
        client 198.51.100.9 host.inside.test
        EHLO host.inside.test -> 250 CHUNKING
        MAIL FROM:<someone@outside.test> -> 250 2.1.0
        RCPT TO:<whoever@third.test> -> 250 2.1.5
        RCPT TO:<user1@mbx.test> -> 250 2.1.5
        RCPT TO:<nobody.here@mbx.test> -> 550 5.1.1
        QUIT -> 221
        """
}
