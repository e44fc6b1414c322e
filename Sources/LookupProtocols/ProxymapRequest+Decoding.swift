// Reads proxymap requests of both generations, in one pass.

extension ProxymapRequest {
    /// Reads one request from `offset` on. The offset is at most the number of bytes.
    ///
    /// A violation is reported as soon as its first byte is there, and a result other than `needsMore` doesn't change with
    /// the bytes that follow. Nothing is copied.
    package static func decode(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        let available = bytes.count - offset
        var reader = AttributeReader(from: offset, to: offset + min(available, maximumLength))
        do throws(AttributeReader.Stop) {
            let request = try read(&reader, bytes, from: offset)
            return .request(request, end: reader.index)
        } catch {
            switch error {
            case .ranOut:
                return available < maximumLength ? .needsMore : decodeOverlong(bytes, from: offset)
            case .unexpectedAttribute:
                return .violation(.unexpectedAttribute)
            case .malformedNumber:
                return .violation(.malformedNumber)
            }
        }
    }

    /// The part of a request before the key.
    private struct Head {
        let generation: Generation
        let table: Range<Int>
        let instanceFlags: ProxymapFlags
        let flags: ProxymapFlags
    }

    /// Reads the beginning of a request that is too long to be kept, up to its key. No table has such a key.
    private static func decodeOverlong(_ bytes: Span<UInt8>, from start: Int) -> Decoded {
        var reader = AttributeReader(from: start, to: start + maximumLength)
        do throws(AttributeReader.Stop) {
            try reader.readName("request", bytes)
            let kind = Kind(bytes, try reader.readString(bytes))
            switch kind {
            case .lookup, .update, .delete: break
            case .open, .sequence, .unknown: return .violation(.tooLong(limit: maximumLength))
            }
            let head = try readHead(of: kind, &reader, bytes)
            try reader.readName("key", bytes)
            return .overlong(
                ProxymapRequest(
                    kind: kind, generation: head.generation, bytes: start..<reader.index,
                    table: head.table, instanceFlags: head.instanceFlags, flags: head.flags,
                    key: reader.index..<reader.index))
        } catch {
            return .violation(.tooLong(limit: maximumLength))
        }
    }

    private static func read(
        _ reader: inout AttributeReader, _ bytes: Span<UInt8>, from start: Int
    ) throws(AttributeReader.Stop) -> ProxymapRequest {
        try reader.readName("request", bytes)
        let kind = Kind(bytes, try reader.readString(bytes))
        if kind == .unknown {
            return try readUnknown(&reader, bytes, from: start)
        }
        let head = try readHead(of: kind, &reader, bytes)
        var key = reader.index..<reader.index
        switch kind {
        case .open, .unknown:
            break
        case .lookup, .delete:
            try reader.readName("key", bytes)
            key = try reader.readString(bytes)
        case .update:
            try reader.readName("key", bytes)
            key = try reader.readString(bytes)
            try reader.readName("value", bytes)
            _ = try reader.readString(bytes)
        case .sequence:
            try reader.readName("function", bytes)
            _ = try reader.readNumber(bytes)
        }
        try reader.readEnd(bytes)
        return ProxymapRequest(
            kind: kind, generation: head.generation, bytes: start..<reader.index, table: head.table,
            instanceFlags: head.instanceFlags, flags: head.flags, key: key)
    }

    /// Reads the table and the flags.
    private static func readHead(
        of kind: Kind, _ reader: inout AttributeReader, _ bytes: Span<UInt8>
    ) throws(AttributeReader.Stop) -> Head {
        try reader.readName("table", bytes)
        let table = withoutProxyPrefixes(try reader.readString(bytes), bytes)

        // The first letter tells the generations apart.
        let generation: Generation = try reader.peek(bytes) == UInt8(ascii: "i") ? .from311 : .upTo310
        var instanceFlags = ProxymapFlags()
        if generation == .from311 {
            try reader.readName("instance_flags", bytes)
            instanceFlags = ProxymapFlags(rawValue: try reader.readNumber(bytes))
        }
        var flags = instanceFlags
        if generation == .upTo310 || kind != .open {
            try reader.readName("flags", bytes)
            flags = ProxymapFlags(rawValue: try reader.readNumber(bytes))
        }
        if generation == .upTo310 { instanceFlags = flags }
        return Head(generation: generation, table: table, instanceFlags: instanceFlags, flags: flags)
    }

    /// Reads the rest of a request with an unknown name: any attributes. The first may be a table.
    private static func readUnknown(
        _ reader: inout AttributeReader, _ bytes: Span<UInt8>, from start: Int
    ) throws(AttributeReader.Stop) -> ProxymapRequest {
        var table = reader.index..<reader.index
        if try reader.peek(bytes) != 0 {
            let name = try reader.readString(bytes)
            let value = try reader.readString(bytes)
            if name.count == 5 && bytes.extracting(name).begins(with: "table") {
                table = withoutProxyPrefixes(value, bytes)
            }
        }
        try reader.readRest(bytes)
        return ProxymapRequest(
            kind: .unknown, generation: .upTo310, bytes: start..<reader.index, table: table,
            instanceFlags: [], flags: [], key: table.upperBound..<table.upperBound)
    }

    private static func withoutProxyPrefixes(_ table: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        var start = table.lowerBound
        while bytes.extracting(start..<table.upperBound).begins(with: "proxy:") {
            start += 6
        }
        return start..<table.upperBound
    }
}

extension ProxymapRequest.Kind {
    /// The kind that is named by the bytes of the attribute `request`.
    fileprivate init(_ bytes: Span<UInt8>, _ name: Range<Int>) {
        let name = bytes.extracting(name)
        func isName(_ text: StaticString) -> Bool {
            name.count == text.utf8CodeUnitCount && name.begins(with: text)
        }
        if isName("lookup") {
            self = .lookup
        } else if isName("open") {
            self = .open
        } else if isName("update") {
            self = .update
        } else if isName("delete") {
            self = .delete
        } else if isName("sequence") {
            self = .sequence
        } else {
            self = .unknown
        }
    }
}
