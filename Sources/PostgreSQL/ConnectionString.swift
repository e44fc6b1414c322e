// Connection strings and URIs, taken apart by libpq itself.

internal import CLibpq

/// The options that a connection string or URI names, by libpq's keywords, with their percent-encoding
/// decoded; see PQconninfoParse(3). Nil if libpq can't read the text.
package func connectionOptions(in text: String) -> [String: String]? {
    guard let options = unsafe PQconninfoParse(text, nil) else { return nil }
    defer { unsafe PQconninfoFree(options) }
    var values: [String: String] = [:]
    var index = 0
    // An option without a keyword ends the list.
    while let keyword = unsafe options[index].keyword {
        if let value = unsafe options[index].val {
            unsafe values[String(cString: keyword)] = unsafe String(cString: value)
        }
        index += 1
    }
    return values
}
