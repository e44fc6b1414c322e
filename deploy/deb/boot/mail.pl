# Sends mail to 127.0.0.1 by SMTP, as the machine's site has it: mail.pl send prints each case and what was replied; mail.pl
# load FILE asks until the file STOP is there, and compares each reply with that in the FILE of an earlier send. It prints
# how many replies each client had, and for how many seconds at most none that was right.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes 'time';

my $mode = shift // '';

# Senders and recipients of all kinds that the tables tell apart.
sub cases {
    my @cases;
    push @cases, ['someone@elsewhere.example', "u$_\@d" . $_ % 100 . '.example'] for map { $_ * 149 } 0 .. 79;
    push @cases, ['someone@elsewhere.example', $_] for
        'alice@example.com', 'Alice@EXAMPLE.com', 'alice+news@example.com', "o'brien\@example.com", 'staff@example.com',
        'nested@example.com', 'off@example.com', 'nobody@example.com', 'anyone@d5.example', 'alice@old.example',
        'nobody@old.example', 'a@relayed.example', 'a@gone.example', 'a@nowhere.example', 'u49@d49.example';
    push @cases, [$_, 'alice@example.com'] for
        '', 'spammer@elsewhere.example', 'x@bulk.example', 'x@sub.bulk.example', 'alice@example.com';
    return @cases;
}

# The replies to a whole session, or to one up to RCPT; undef where it is cut off.
sub session {
    my ($sender, $recipient, $body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 25, Timeout => 30) or return undef;
    # No reply may take longer than Postfix's own clients wait.
    $SIG{ALRM} = sub { die "no reply to a session of $sender, $recipient in 60 s\n" };
    alarm 60;
    my $reply = sub {
        my $line;
        do { $line = <$socket> // return undef } while $line =~ /^\d+-/;
        $line =~ s/\r?\n//;
        $line =~ s/queued as \w+/queued/;
        return $line;
    };
    my @replies;
    my $first = $reply->() // return undef;
    return $first if $first !~ /^220/;
    for my $command ('EHLO client.example', "MAIL FROM:<$sender>", "RCPT TO:<$recipient>",
        defined $body ? ('DATA', "Subject: $body\r\n\r\nHello\r\n.") : ())
    {
        print $socket "$command\r\n";
        my $line = $reply->() // return undef;
        push @replies, $line if $command !~ /^(EHLO|MAIL|DATA)/ || $line !~ /^[23]/;
        last if $line !~ /^[23]/;
    }
    print $socket "QUIT\r\n";
    alarm 0;
    return join ' / ', @replies;
}

if ($mode eq 'send') {
    my $number = 0;
    $| = 1;
    for my $case (cases()) {
        my ($sender, $recipient) = @$case;
        $number++;
        print "$number <$sender> <$recipient>: ", session($sender, $recipient, "mail $number") // 'cut off', "\n";
    }
} elsif ($mode eq 'ask') {
    print session('someone@elsewhere.example', shift // 'alice@example.com') // 'cut off', "\n";
} elsif ($mode eq 'load') {
    my ($file, $stop) = @ARGV;
    my %expected;
    open my $known, '<', $file or die "$file: $!\n";
    while (<$known>) { $expected{"$1 $2"} = $3 if m{^\d+ <(.*?)> <(.*?)>: (.*?)( / .*)?$} }
    my @clients;
    for my $client (0 .. 3) {
        my $process = fork // die "fork: $!\n";
        if ($process) { push @clients, $process; next }
        my ($right, $later, $wrong, $outage, $last) = (0, 0, 0, 0, time);
        my @cases = cases();
        for (my $turn = $client; !-e $stop; $turn += 7) {
            my ($sender, $recipient) = @{ $cases[$turn % @cases] };
            my $reply = eval { session($sender, $recipient) } // '';
            my $since = time - $last;
            $outage = $since if $since > $outage;
            if ($reply eq $expected{"$sender $recipient"}) { $right++; $last = time }
            elsif ($@) { $wrong++; print "WRONG: $@" }
            elsif ($reply =~ /^4/ || $reply eq '') { $later++; select undef, undef, undef, 0.05 }
            else { $wrong++; print "WRONG: <$sender> <$recipient>: $reply\n" }
        }
        printf "right %d later %d wrong %d outage %.1f\n", $right, $later, $wrong, $outage;
        exit;
    }
    waitpid $_, 0 for @clients;
} else {
    die "mail.pl send | ask [RECIPIENT] | load FILE STOP\n";
}
