// What a lease asks of those who have connections.

/// One of the connections that a lease has.
package enum LeaseLink: Hashable, Sendable {
    /// The only one to this host: LISTEN is executed on it if the host is the one listened to, questions otherwise.
    case host(Int)
    /// The second one to the host that is listened to, for beats and whatever may take long.
    case beats
}

/// What is to be done for a lease, in this order.
package enum LeaseAction: Equatable, Sendable {
    /// Connect to a host. `connected` or `lost` follows.
    case connect(LeaseLink, host: Int)
    /// Close the connection, or give up the attempt. No event of it follows.
    case close(LeaseLink)
    /// Ask what the host is: `HostReport`. `checked` or `refused` follows.
    ///
    /// - Parameter isPlain: whether to ask only if it is a standby.
    case check(host: Int, isPlain: Bool)
    /// LISTEN on the host's connection. `listens` or `refused` follows.
    case listen(host: Int)
    /// Find out on the connection for beats what the tables' queries depend on. `analysed` follows, with this number.
    case analyse(number: Int)
    /// Send a beat. `beaten` or `beatFailed` follows.
    case beat(LeaseBeat)
    case tell(CacheNews)
    case log(LeaseRemark)
}

/// What is sent at once, as one transaction.
package struct LeaseBeat: Equatable, Sendable {
    /// The payload of its notification.
    package let text: String
    /// SQL for one text: see `TargetProof`.
    package let look: String
    /// The relations whose writers are asked for, by OID; empty: none are asked for.
    package let relations: [UInt32]

    package init(text: String, look: String, relations: [UInt32]) {
        self.text = text
        self.look = look
        self.relations = relations
    }
}

/// What came back for a beat.
package struct BeatAnswer: Equatable, Sendable {
    package let look: String
    /// What `pg_current_wal_insert_lsn()` was, in bytes.
    package let position: UInt64
    /// The virtual transactions that hold a lock for writing on one of the relations that were asked about.
    package let writers: Set<String>

    package init(look: String, position: UInt64, writers: Set<String> = []) {
        self.look = look
        self.position = position
        self.writers = writers
    }
}

/// What a host says of itself.
package struct HostReport: Equatable, Sendable {
    package let isStandby: Bool
    /// The system's identifier; nil if it was not asked for or can't be told.
    package let system: String?
    /// Of a primary: the timeline that it writes. Of a standby: the one that it is receiving now. What its control file has
    /// is no proof: that is the timeline of its latest restartpoint, which may be minutes old.
    package let timeline: String?
    /// Of a standby: what `pg_last_wal_replay_lsn()` was, in bytes.
    package let replayed: UInt64?

    package init(isStandby: Bool, system: String?, timeline: String?, replayed: UInt64?) {
        self.isStandby = isStandby
        self.system = system
        self.timeline = timeline
        self.replayed = replayed
    }
}

/// What the log is to say about a lease.
package enum LeaseRemark: Equatable, Sendable {
    case listening(host: Int)
    case listeningLost(host: Int)
    /// The connection is up, and beats don't arrive on it.
    case deaf(host: Int)
    /// No host can be listened to.
    case unheard
    /// A pooler is between.
    case pooled(host: Int)
    /// No beat has come in time: nothing is answered by notification until one does.
    case late
    case verifiedAgain
    /// The table's answers are given by notification, or not any more.
    case proven(table: Int)
    case unproven(table: Int, CacheBypass)
    /// The server has refused to tell what the tables' queries depend on, or to send beats.
    case refused
    /// What changes for tables is known only when transactions that write to them have ended.
    case awaitsWriters
    /// A notification could not be understood.
    case notUnderstood
    /// A standby's answers are given by notification, or not any more.
    case follows(host: Int)
    case followsNot(host: Int)
}
