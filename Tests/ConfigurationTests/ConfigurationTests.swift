// mapmux.conf as a whole: what is reported where, and what the command line overrides.

import DaemonTestSupport
import EventLoop
import LookupTables
import Testing
import ThrowawayServers

@testable import Configuration

@Test("A configuration needs no more than maps")
func aConfigurationNeedsNoMoreThanMaps() throws {
    let reading = try ConfigurationReading("maps = pgsql:DIR/good.cf\n")
    #expect(reading.errors == [])
    #expect(reading.warnings == [])
    #expect(reading.isUsable)
    #expect(reading.configuration.settings == DaemonSettings())
    #expect(reading.names == ["good"])
}

@Test(
    "A configuration without maps is refused",
    arguments: [
        ("", nil), ("# maps = pgsql:/a.cf\n", nil), ("workers = 1\n\nmaps =\n", 3), ("maps = ,\n , ,\n", 1),
    ])
func aConfigurationWithoutMapsIsRefused(text: String, line: Int?) throws {
    let reading = try ConfigurationReading(text)
    let place = line.map { "DIR/mapmux.conf:\($0)" } ?? "DIR/mapmux.conf"
    #expect(
        reading.errors == [
            "\(place): found no maps, expected maps = pgsql:/absolute/path.cf, one at least"
        ])
    #expect(!reading.isUsable)
}

@Test("A configuration that can't be read is an error")
func aConfigurationThatCannotBeReadIsAnError() throws {
    let directory = try TemporaryDirectory()
    for (path, reason) in [
        ("\(directory.path)/none.conf", "open: No such file or directory"),
        (directory.path, "open: Invalid argument"),
    ] {
        var diagnostics: [Diagnostic] = []
        _ = ConfigurationSource(file: path, overrides: [], system: .local).read(diagnostics: &diagnostics)
        #expect(
            diagnostics.map(\.description) == [
                "\(path): can't be read: \(reason); expected a configuration file"
            ])
        #expect(diagnostics.allSatisfy { $0.severity == .error })
    }
}

@Test("An unknown parameter is an error that names the known ones")
func anUnknownParameterIsAnErrorThatNamesTheKnownOnes() throws {
    let reading = try ConfigurationReading.parameters("poolsize = 4")
    #expect(reading.errors.count == 1)
    let error = try #require(reading.errors.first)
    #expect(
        error.hasPrefix("DIR/mapmux.conf:2: found the unknown parameter `poolsize`, expected one of maps, "))
    for parameter in DaemonParameter.all { #expect(error.contains(parameter.name)) }
    #expect(!reading.isUsable)
}

@Test("Names are exact", arguments: ["Pool_Size = 4", "mapmux_pool_size = 4", "hosts = localhost"])
func namesAreExact(line: String) throws {
    let reading = try ConfigurationReading.parameters(line)
    #expect(reading.errors.count == 1)
    #expect(reading.errors.first?.hasPrefix("DIR/mapmux.conf:2: found the unknown parameter") == true)
}

@Test(
    "A line that is no parameter is an error",
    arguments: [
        ("pool_size", "no `=`"), ("= 4", "no name"), ("pool_size 4", "no `=`"),
    ])
func aLineThatIsNoParameterIsAnError(line: String, found: String) throws {
    let reading = try ConfigurationReading.parameters(line)
    #expect(reading.errors.count == 1)
    #expect(reading.errors.first?.hasPrefix("DIR/mapmux.conf:2: found \(found)") == true)
}

@Test("The last of a repeated name counts with a warning")
func theLastOfARepeatedNameCountsWithAWarning() throws {
    let reading = try ConfigurationReading.parameters("pool_size = 5\npool_size = 6")
    #expect(reading.errors == [])
    #expect(reading.warnings.count == 1)
    #expect(reading.warnings.first?.hasPrefix("DIR/mapmux.conf:3: found `pool_size` again") == true)
    #expect(reading.configuration.settings.poolSize == 6)
    #expect(reading.isUsable)
    #expect(reading.reported == reading.warnings)
}

@Test("Every problem is reported, not only the first")
func everyProblemIsReportedNotOnlyTheFirst() throws {
    let reading = try ConfigurationReading(
        """
        pool_size = 0
        nonsense = 1
        no equals sign
        maps = pgsql:relative.cf pgsql:DIR/none.cf
            pgsql:DIR/bad.cf pgsql:DIR/good.cf
        log_level = loud

        """, ["workers=none"], files: ["bad.cf": "expansion_limit = x\nresult_format =\nhosts = a:b\n"])
    let places = reading.errors.map { $0.split(separator: " ")[0] }
    #expect(
        Set(places) == [
            "DIR/mapmux.conf:1:", "DIR/mapmux.conf:2:", "DIR/mapmux.conf:3:", "DIR/mapmux.conf:4:",
            "DIR/mapmux.conf:6:", "-o", "DIR/bad.cf:", "DIR/bad.cf:1:", "DIR/bad.cf:2:", "DIR/bad.cf:3:",
        ])
    #expect(places.count { $0 == "DIR/mapmux.conf:4:" } == 2)
    #expect(!reading.isUsable)
    #expect(reading.reported == reading.errors)
    // What is in order can still be looked at, by `mapmux check`.
    #expect(reading.names == ["good"])
}

// MARK: What the command line overrides

@Test("An override that is given twice counts once")
func anOverrideThatIsGivenTwiceCountsOnce() throws {
    let reading = try ConfigurationReading.parameters(
        "", Array(repeating: "maps=pgsql:DIR/good.cf", count: 2))
    #expect(reading.isUsable)
    #expect(reading.names == ["good"])
}

@Test("Overrides win over the file")
func overridesWinOverTheFile() throws {
    let reading = try ConfigurationReading.parameters(
        "pool_size = 5\nworkers = 2", ["pool_size=6", "lookup_timeout = 7s"])
    #expect(reading.errors == [])
    #expect(reading.warnings == [])
    #expect(reading.configuration.settings.poolSize == 6)
    #expect(reading.configuration.settings.workers == 2)
    #expect(reading.configuration.settings.lookupTimeout == 7)
}

@Test("The last override of a name counts")
func theLastOverrideOfANameCounts() throws {
    let reading = try ConfigurationReading.parameters("", ["pool_size=5", "workers=2", "pool_size=6"])
    #expect(reading.errors == [])
    #expect(reading.configuration.settings.poolSize == 6)
}

@Test("Maps can be overridden")
func mapsCanBeOverridden() throws {
    let files = ["other.cf": table()]
    let reading = try ConfigurationReading(
        "maps = pgsql:DIR/good.cf pgsql:DIR/none.cf\n", ["maps=m=pgsql:DIR/other.cf"], files: files)
    #expect(reading.errors == [])
    #expect(reading.names == ["m"])
}

@Test(
    "An error in an override names the option",
    arguments: [
        ("pool_size=0", "found `pool_size = 0`, expected a whole number"),
        ("poolsize=1", "found the unknown parameter `poolsize`, expected one of maps"),
        ("pool_size", "found no parameter"),
        ("=1", "found no parameter"),
        ("maps=pgsql:relative.cf", "found `pgsql:relative.cf` in maps"),
        ("maps=pgsql:/nonexistent/t.cf", "found pgsql:/nonexistent/t.cf, which can't be read"),
        ("maps=", "found no maps, expected maps = "),
        ("maps= ,", "found no maps, expected maps = "),
    ])
func anErrorInAnOverrideNamesTheOption(override: String, message: String) throws {
    let reading = try ConfigurationReading.parameters("", [override])
    #expect(reading.errors.count == 1)
    let error = try #require(reading.errors.first)
    #expect(error.hasPrefix("-o \(override):"), "\(error)")
    #expect(error.contains(message), "\(error)")
    // A table's file is that map's trouble.
    #expect(reading.isUsable == reading.troubles.keys.contains("t"))
}

@Test("An override takes a bad value in the file out of the way")
func anOverrideTakesABadValueInTheFileOutOfTheWay() throws {
    let reading = try ConfigurationReading.parameters("pool_size = 0\nworkers = 0", ["pool_size=6"])
    #expect(reading.errors.count == 1)
    #expect(reading.errors.first?.hasPrefix("DIR/mapmux.conf:3: found `workers = 0`") == true)
    #expect(reading.configuration.settings.poolSize == 6)
}

// MARK: Parameters that must go together

@Test(
    "Every worker needs a connection",
    arguments: [
        ("workers = 5", [], "DIR/mapmux.conf:2:"),
        ("pool_size = 2\nworkers = 3", [], "DIR/mapmux.conf:3:"),
        ("workers = 3", ["pool_size=2"], "DIR/mapmux.conf:2:"),
        ("pool_size = 2", ["workers=3"], "-o workers=3:"),
        ("workers = 1", ["workers=5"], "-o workers=5:"),
    ])
func everyWorkerNeedsAConnection(text: String, overrides: [String], place: String) throws {
    let reading = try ConfigurationReading.parameters(text, overrides)
    #expect(reading.errors.count == 1)
    let error = try #require(reading.errors.first)
    #expect(error.hasPrefix(place), "\(error)")
    #expect(error.contains("found workers = "))
    #expect(!reading.isUsable)
}

@Test("A worker for each connection is enough")
func aWorkerForEachConnectionIsEnough() throws {
    let reading = try ConfigurationReading.parameters("workers = 6\npool_size = 6")
    #expect(reading.isUsable)
}

@Test("map_trust names maps whose tables are trusted, under every name")
func mapTrustNamesMapsWhoseTablesAreTrustedUnderEveryName() throws {
    let text = "maps = one=pgsql:DIR/good.cf two=pgsql:DIR/good.cf pgsql:DIR/more.cf\nmap_trust = two\n"
    let files = ["more.cf": table("query = SELECT 1 WHERE 'x' = '%s'")]
    let reading = try ConfigurationReading(text, files: files)
    #expect(reading.errors == [])
    #expect(reading.configuration.pools.map(\.trusted) == [[0]])
    #expect(reading.configuration.settings.mapTrust == ["two"])
    let both = try ConfigurationReading(text, ["map_trust=one, more"], files: files)
    #expect(both.configuration.pools.map(\.trusted) == [[0, 1]])
    // A reload that changes no more than this has the pool made anew.
    let neither = try ConfigurationReading(text, ["map_trust="], files: files)
    #expect(neither.configuration.pools.map(\.trusted) == [[]])
    #expect(neither.configuration.pools != both.configuration.pools)
}

@Test("An unknown map in map_trust is an error that names the line")
func anUnknownMapInMapTrustIsAnErrorThatNamesTheLine() throws {
    let reading = try ConfigurationReading.parameters("workers = 1\nmap_trust = good, goods")
    #expect(
        reading.errors == [
            "DIR/mapmux.conf:3: found `goods` in map_trust, expected names that are in maps"
        ])
    #expect(!reading.isUsable)
}

@Test("The default encoding is that of tables without one, wherever it stands")
func theDefaultEncodingIsThatOfTablesWithoutOneWhereverItStands() throws {
    for text in [
        "maps = pgsql:DIR/good.cf pgsql:DIR/own.cf\ndefault_encoding = LATIN1\n",
        "default_encoding = LATIN1\nmaps = pgsql:DIR/good.cf pgsql:DIR/own.cf\n",
    ] {
        let reading = try ConfigurationReading(text, files: ["own.cf": table("encoding = UTF8")])
        #expect(reading.errors == [])
        #expect(reading.configuration.pools.map(\.target.encoding) == ["LATIN1", "UTF8"])
    }
    let wrong = try ConfigurationReading("maps = pgsql:DIR/good.cf\ndefault_encoding = x y\n")
    #expect(wrong.errors.count == 1 && wrong.errors[0].hasPrefix("DIR/mapmux.conf:2: "), "\(wrong.errors)")
}
