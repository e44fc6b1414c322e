// How the maps of a configuration are searched.

package import LookupSearch

extension DaemonSettings {
    /// How a question of a socketmap client to a map is searched: the client asks for the first key only. Nil: it is asked
    /// for that key only, as the map stands in no parameter that is searched, or in several that are not searched alike.
    package func socketmapSearch(ofMap name: String) -> SearchOrder? {
        let orders = orders(ofMap: name)
        guard let first = orders.first, orders.allSatisfy({ $0 == first }), first.isSearched else {
            return nil
        }
        return first
    }

    /// The orders in which proxymap clients ask a map's tables, which are searched; none: they ask for the key only, or it
    /// is not known what they ask for.
    package func proxymapSearches(ofMap name: String) -> [SearchOrder] {
        let orders = orders(ofMap: name)
        return orders.allSatisfy(\.isSearched) ? orders : []
    }

    /// One for each parameter in which the map stands, equal ones once. A parameter that asks for domains does not get in the
    /// way of those that ask for addresses.
    private func orders(ofMap name: String) -> [SearchOrder] {
        let parameters = mapParameters[name] ?? []
        let others = parameters.filter { !$0.asksForDomains }
        let isBesideDomains =
            !others.isEmpty && others.count < parameters.count
            && others.allSatisfy(\.searchClass.isOfAddresses)
        var orders: [SearchOrder] = []
        for parameter in isBesideDomains ? others : parameters {
            let order = SearchOrder(parameter, facts)
            let new = isBesideDomains ? order.besideDomains() : order
            if !orders.contains(new) { orders.append(new) }
        }
        return orders
    }
}
