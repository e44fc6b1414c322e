// Elements that lie one after the other, and are written to in place.

/// A row of elements that has one owner. An array is asked at each write whether another shares it, and retained at many
/// reads: nearly half of what it costs to keep an answer was that (callgrind).
@safe struct Row<Element: BitwiseCopyable>: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private var elements: UnsafeMutablePointer<Element>

    /// Room for so many without moving. What was not written to yet costs no memory, if that is many.
    init(capacity: Int = 0) {
        self.capacity = capacity
        unsafe elements = .allocate(capacity: capacity)
    }

    init(repeating element: Element, count: Int) {
        self.init(capacity: count)
        append(element, times: count)
    }

    deinit {
        unsafe elements.deallocate()
    }

    subscript(index: Int) -> Element {
        // The index is below the count, so that the element is there.
        @inline(__always) unsafeAddress {
            precondition(index >= 0 && index < count, "there is no such element in a row")
            return unsafe UnsafePointer(elements + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(index >= 0 && index < count, "there is no such element in a row")
            return unsafe elements + index
        }
    }

    mutating func append(_ element: Element, times: Int = 1) {
        if count + times > capacity { grow(to: max(count + times, 2 * capacity)) }
        // There is room for them after the last one.
        unsafe (elements + count).initialize(repeating: element, count: times)
        count += times
    }

    private mutating func grow(to capacity: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        // Both have room for as many as there are.
        unsafe larger.initialize(from: elements, count: count)
        unsafe elements.deallocate()
        unsafe elements = larger
        self.capacity = capacity
    }
}
