// Finds the tables that main.cf and master.cf name, with each place in which they stand.

/// Collects the tables of all parameters and overrides.
struct TableFinder {
    private(set) var tables: [InventoriedTable] = []
    /// What follows each `socketmap:`, once.
    private(set) var socketmaps: [String] = []
    private(set) var socketmapUses: [SocketmapUse] = []
    /// Of parameters as they are in effect, those of variables left out.
    private(set) var lists: [TableList] = []
    private(set) var fileEdits: [FileEdit] = []
    private let postconf: PostconfOutput

    init(_ postconf: PostconfOutput) {
        self.postconf = postconf
    }

    /// Looks through the expanded values, and through the values as written, which show every branch of a condition.
    mutating func find() {
        for (values, isInEffect) in [(postconf.parameters, true), (postconf.written, false)] {
            for (name, value) in values {
                add(value, service: nil, parameter: name, isInEffect: isInEffect)
            }
        }
        for (overrides, isInEffect) in [(postconf.overrides, true), (postconf.writtenOverrides, false)] {
            for override in overrides {
                add(
                    override.value, service: override.service, parameter: override.parameter,
                    isInEffect: isInEffect)
            }
        }
    }

    private mutating func add(_ value: String, service: String?, parameter: String, isInEffect: Bool) {
        // A table without a file has its password in main.cf, in name_password.
        guard !parameter.hasSuffix("_password"),
            !ParameterTraits.looksNothingUp(parameter)
        else { return }
        let text = ParameterValueText(value, expand: postconf.expand)
        if isInEffect, !text.listed.isEmpty, !postconf.userNames.contains(parameter) {
            let use = TableUse(service: service, parameter: parameter, restriction: nil)
            lists.append(TableList(use: use, tables: text.listed))
        }
        add(text, service: service, parameter: parameter)
        for (path, list) in postconf.files(in: value, of: parameter) {
            let text = ParameterValueText(list, expand: { $0 })
            add(text, service: service, parameter: parameter)
            for reference in text.references where reference.route == .direct {
                let edit = FileEdit(path: path, table: reference.name, parameter: parameter)
                if !fileEdits.contains(edit) { fileEdits.append(edit) }
            }
        }
    }

    private mutating func add(_ text: ParameterValueText, service: String?, parameter: String) {
        for reference in text.references {
            let index = tables.firstIndex { $0.name == reference.name } ?? tables.count
            if index == tables.count { tables.append(InventoriedTable(name: reference.name)) }
            let use = TableUse(
                service: service, parameter: parameter, restriction: reference.restriction)
            // The name of a restriction class is made up as well, but its tables are looked up.
            let isVariable = postconf.userNames.contains(parameter) && reference.restriction == nil
            tables[index].add(use, isVariable: isVariable, reference)
        }
        for reference in text.socketmaps {
            if !socketmaps.contains(reference.name) { socketmaps.append(reference.name) }
            guard let colon = reference.name.lastIndex(of: ":"),
                !postconf.userNames.contains(parameter) || reference.restriction != nil
            else { continue }
            let use = SocketmapUse(
                socket: String(reference.name[..<colon]),
                map: String(reference.name[reference.name.index(after: colon)...]),
                use: TableUse(service: service, parameter: parameter, restriction: reference.restriction),
                isInCompound: reference.isInCompound)
            if !socketmapUses.contains(use) { socketmapUses.append(use) }
        }
    }
}
