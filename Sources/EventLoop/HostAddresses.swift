// The addresses of this machine, and of hosts by their names.

internal import CLinux
internal import Glibc

/// The addresses of all interfaces, as numbers: `192.0.2.1`, `2001:db8::1`; see getifaddrs(3). None if they can't be had.
package func interfaceAddresses() -> [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&list) == 0 else { return [] }
    defer { unsafe freeifaddrs(list) }
    var addresses: [String] = []
    var next = unsafe list
    while let interface = unsafe next {
        if let address = unsafe numericAddress(interface.pointee.ifa_addr), !addresses.contains(address) {
            addresses.append(address)
        }
        unsafe next = interface.pointee.ifa_next
    }
    return addresses
}

/// The addresses of a host, as numbers, by getaddrinfo(3), which may wait for name servers; none if it has none.
package func addresses(ofHost name: String) -> [String] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [String] = []
    var next = unsafe list
    while let info = unsafe next {
        if let address = unsafe numericAddress(info.pointee.ai_addr), !addresses.contains(address) {
            addresses.append(address)
        }
        unsafe next = info.pointee.ai_next
    }
    return addresses
}

/// Nil if it is neither IPv4 nor IPv6.
private func numericAddress(_ address: UnsafeMutablePointer<sockaddr>?) -> String? {
    guard let address = unsafe address else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = unsafe Int32(address.pointee.sa_family)
    let isKnown: Bool
    switch family {
    case AF_INET:
        // An address of that family lies in a sockaddr_in.
        isKnown = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            unsafe inet_ntop(family, &$0.pointee.sin_addr, &text, socklen_t(text.count)) != nil
        }
    case AF_INET6:
        isKnown = unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            unsafe inet_ntop(family, &$0.pointee.sin6_addr, &text, socklen_t(text.count)) != nil
        }
    default: isKnown = false
    }
    return isKnown
        ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
}
