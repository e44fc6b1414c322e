// How the maps of a configuration are searched.

package import LookupSearch

extension DaemonSettings {
    /// How a question of a socketmap client to a map is searched: the client asks for the first key only. Nil: it is asked
    /// for that key only, as the map stands in no parameter that is searched, or in several that are not searched alike.
    package func socketmapSearch(ofMap name: String) -> SearchOrder? {
        let orders = orders(ofMap: name)
        return orders.count == 1 && orders[0].isSearched ? orders[0] : nil
    }

    /// The orders in which proxymap clients ask a map's tables, which are searched; none: they ask for the key only, or it
    /// is not known what they ask for.
    package func proxymapSearches(ofMap name: String) -> [SearchOrder] {
        let orders = orders(ofMap: name)
        return orders.allSatisfy(\.isSearched) ? orders : []
    }

    private func orders(ofMap name: String) -> [SearchOrder] {
        (mapParameters[name] ?? []).orders(by: facts)
    }
}
