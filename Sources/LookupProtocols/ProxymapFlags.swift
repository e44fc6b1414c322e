// The dictionary flags that Postfix's proxymap client and server exchange.

/// A set of Postfix's DICT_FLAG bits, dict.h. Flags without a name here are returned to the client unchanged.
package struct ProxymapFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// DICT_FLAG_FIXED: keys are strings, not patterns. Every `pgsql:` table has this flag.
    package static let fixed = ProxymapFlags(rawValue: 1 << 4)
    /// DICT_FLAG_FOLD_FIX: the key of a table of strings is to be case-folded.
    package static let foldFix = ProxymapFlags(rawValue: 1 << 14)
    /// DICT_FLAG_UTF8_REQUEST: the client wants keys and values to be valid UTF-8, as `smtputf8_enable` says.
    package static let utf8Request = ProxymapFlags(rawValue: 1 << 19)
    /// DICT_FLAG_UTF8_ACTIVE: keys and values are checked, and folding is Unicode's. Without it Postfix folds
    /// ASCII letters only.
    package static let utf8Active = ProxymapFlags(rawValue: 1 << 20)
}
