// Which search a place in Postfix's configuration makes.

internal import LookupSearch

extension TableUse {
    /// What map_parameters calls it: the restriction, or the parameter. A table without a restriction before it in a list of
    /// restrictions is asked by the one that the list's stage implies: see smtpd_check.c, generic_checks().
    var searchName: String {
        if let restriction { return restriction }
        return switch parameter {
        case "smtpd_client_restrictions": "check_client_access"
        case "smtpd_helo_restrictions": "check_helo_access"
        case "smtpd_sender_restrictions": "check_sender_access"
        case "smtpd_relay_restrictions", "smtpd_recipient_restrictions": "check_recipient_access"
        case "smtpd_etrn_restrictions": "check_etrn_access"
        default: parameter
        }
    }

    /// Nil if mapmux knows no search for it.
    var searchParameter: SearchParameter? { SearchParameter(named: searchName) }
}
