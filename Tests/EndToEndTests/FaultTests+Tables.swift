// Tables that change, and queries that fail, all while clients ask.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd.FaultTests {
    @Test("Columns, types and indexes change under load: no client notices")
    func migration() throws {
        let scene = try Scene()
        let (mapmux, load) = try underLoad(scene)
        let steps = [
            "ALTER TABLE addresses ALTER COLUMN goto TYPE text",
            "ALTER TABLE addresses ALTER COLUMN goto TYPE varchar(200)",
            "ALTER TABLE addresses ALTER COLUMN address TYPE text",
            "ALTER TABLE addresses ALTER COLUMN id TYPE bigint",
            "DROP INDEX addresses_id",
            "CREATE INDEX addresses_id ON addresses (id)",
            "ALTER TABLE addresses ADD COLUMN comment text DEFAULT 'none', ALTER COLUMN goto TYPE name",
            "ALTER TABLE addresses DROP COLUMN comment, ALTER COLUMN id TYPE int",
            """
            BEGIN;
            ALTER TABLE addresses RENAME TO old_addresses;
            CREATE TABLE addresses (goto varchar(90), id int, address text UNIQUE);
            INSERT INTO addresses SELECT goto, id, address FROM old_addresses;
            COMMIT
            """,
            "DROP TABLE old_addresses",
            "ANALYZE addresses",
            """
            BEGIN;
            ALTER TABLE addresses RENAME TO stored;
            CREATE VIEW addresses AS SELECT id::bigint AS id, address, goto::text AS goto FROM stored;
            COMMIT
            """,
        ]
        for step in steps {
            let before = load.current.temporary
            try scene.cluster.psql(Scene.database, step)
            try load.waitForRight(300)
            #expect(load.current.temporary == before, "\(step)")
        }
        expectOnlyRight(try load.stop(), mapmux)
    }

    @Test("The column that a key is compared with changes its type under load: no client notices")
    func migrationOfKeyColumn() throws {
        let scene = try Scene()
        let (mapmux, load) = try underLoad(scene)
        for type in ["text", "int", "varchar(20)", "numeric(12)", "smallint"] {
            try scene.cluster.psql(
                Scene.database, "ALTER TABLE addresses ALTER COLUMN id TYPE \(type) USING id::\(type)")
            try load.waitForRight(300)
            #expect(load.current.temporary == 0, "\(type)")
        }
        expectOnlyRight(try load.stop(), mapmux)
    }

    @Test("Statements that another session's pooler forgot are prepared anew")
    func forgottenStatements() throws {
        let scene = try Scene()
        let forgetful = try scene.table(
            "forgetful", query: "SELECT forget('%s') FROM addresses WHERE address = '%s'")
        try scene.cluster.psql(
            Scene.database,
            """
            CREATE FUNCTION forget(key text) RETURNS text LANGUAGE plpgsql AS
                $$ BEGIN DEALLOCATE ALL; RETURN key; END $$
            """)
        let maps = try scene.loadTables() + [forgetful]
        let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "1"])
        try mapmux.start()
        let client = try mapmux.client()
        try waitUntil("the first value arrives: \(mapmux.log())") {
            try client.lookup("numbers", "1") == .ok("box1@store.example.net")
        }
        for number in 0..<50 {
            let key = "user\(number)@example.com"
            #expect(try client.lookup("forgetful", key) == .ok(key))
            #expect(try client.lookup("numbers", "\(number)") == .ok("box\(number)@store.example.net"))
            #expect(try client.lookup("addresses", key) == .ok("box\(number)@store.example.net"))
        }
    }

    @Test("A query that writes what can't be committed fails, as in stock Postfix, and no other with it")
    func failureAtSync() throws {
        let scene = try Scene()
        try scene.cluster.psql(
            Scene.database,
            """
            CREATE TABLE known (key text PRIMARY KEY);
            CREATE TABLE log (key text REFERENCES known DEFERRABLE INITIALLY DEFERRED);
            CREATE FUNCTION logged(key text) RETURNS text LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO log VALUES (key); RETURN key; END $$
            """)
        let logged = try scene.table("logged", query: "SELECT logged('%s')")
        let maps = try scene.loadTables() + [logged]
        let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "1"])
        try mapmux.start()
        try waitForValue(mapmux)
        let client = try mapmux.client()
        for _ in 0..<20 {
            try client.send(SocketmapClient.request("logged", Array("key".utf8)))
            try client.send(
                (0..<20).flatMap { SocketmapClient.request("numbers", Array("\($0)".utf8)) })
            // It has read a value before the commit fails.
            #expect(try client.readReply().isTemporary)
            for number in 0..<20 {
                #expect(try client.readReply() == .ok("box\(number)@store.example.net"))
            }
        }
        let load = LoadClients(path: mapmux.socketPath) { random in
            // Its failures are counted; an answer would be wrong.
            random % 4 == 0
                ? LoadClients.Lookup(map: "logged", key: "key\(random)", value: "none")
                : Scene.lookup(random / 4)
        }
        try load.waitForRight(4000)
        expectNoneWrongOrLost(try load.stop(), mapmux)
        try mapmux.waitForLog("can't be committed")
        #expect(try scene.cluster.psql(Scene.database, "SELECT count(*) FROM log") == "0")
        #expect(try client.lookup("numbers", "7") == .ok("box7@store.example.net"))
    }

    @Test("A table whose queries fail does not disturb the others on the same connections")
    func failingNeighbour() throws {
        let scene = try Scene()
        let failing = try scene.table(
            "failing", query: "SELECT 1 / length('%s') / 0 FROM addresses WHERE id = 1")
        let maps = try scene.loadTables() + [failing]
        let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "1"])
        try mapmux.start()
        let client = try mapmux.client()
        try waitUntil("the first value arrives: \(mapmux.log())") {
            try client.lookup("numbers", "1") == .ok("box1@store.example.net")
        }
        let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
        for _ in 0..<10 {
            try client.send((0..<100).flatMap { SocketmapClient.request("failing", Array("\($0)".utf8)) })
            for _ in 0..<100 { #expect(try client.readReply().isTemporary) }
            try load.waitForRight(100)
        }
        expectOnlyRight(try load.stop(), mapmux)
    }
}
