// What refusals have in common.

package import PostgreSQL

extension ServerError {
    /// lock_not_available, query_canceled, and what ends a query at a standby because of what it has to replay,
    /// serialization_failure and deadlock_detected: another attempt may succeed.
    package var isLate: Bool { ["55P03", "57014", "40001", "40P01"].contains(sqlState) }

    /// insufficient_privilege.
    var isForbidden: Bool { sqlState == "42501" }
}
