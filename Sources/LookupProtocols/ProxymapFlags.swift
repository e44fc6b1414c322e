// The dictionary flags that Postfix's proxymap client and server tell each other.

/// A set of Postfix's DICT_FLAG bits, dict.h. Those without a name here go back to the client as they came.
package struct ProxymapFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// DICT_FLAG_FIXED: keys are strings, not patterns. Every `pgsql:` table says so.
    package static let fixed = ProxymapFlags(rawValue: 1 << 4)
    /// DICT_FLAG_FOLD_FIX: the key of a table of strings is to be case-folded.
    package static let foldFix = ProxymapFlags(rawValue: 1 << 14)
    /// DICT_FLAG_UTF8_REQUEST: the client wants keys and values to be valid UTF-8, as `smtputf8_enable` says.
    package static let utf8Request = ProxymapFlags(rawValue: 1 << 19)
    /// DICT_FLAG_UTF8_ACTIVE: keys and values are checked, and folding is Unicode's. Without it Postfix folds
    /// ASCII letters only.
    package static let utf8Active = ProxymapFlags(rawValue: 1 << 20)
}
