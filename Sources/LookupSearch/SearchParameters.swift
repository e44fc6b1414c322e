// What the parameters of one map come to, if it stands in several.

extension [SearchParameter] {
    /// The orders in which a map is searched, equal ones once. A parameter that asks for domains does not get in the way of those
    /// that ask for addresses.
    package func orders(by facts: PostfixFacts) -> [SearchOrder] {
        var orders: [SearchOrder] = []
        for parameter in decisive {
            let order = SearchOrder(parameter, facts)
            let new = isBesideDomains ? order.besideDomains() : order
            if !orders.contains(new) { orders.append(new) }
        }
        return orders
    }

    /// One of the parameters, if all come to the same search; nil if they don't, or there is no search.
    package func searchedAlike(by facts: PostfixFacts) -> SearchParameter? {
        let orders = orders(by: facts)
        return orders.count == 1 && orders[0].isSearched ? decisive[0] : nil
    }

    /// Those that decide how the map is searched.
    private var decisive: [SearchParameter] {
        isBesideDomains ? filter { !$0.asksForDomains } : self
    }

    private var isBesideDomains: Bool {
        let others = filter { !$0.asksForDomains }
        return !others.isEmpty && others.count < count && others.allSatisfy(\.searchClass.isOfAddresses)
    }
}
