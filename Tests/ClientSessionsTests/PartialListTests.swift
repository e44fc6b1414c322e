// How often an attribute list is looked at that comes in pieces.

import Testing

@testable import ClientSessions

@Test("A list that comes byte by byte is looked at seldom")
func aListThatComesByteByByteIsLookedAtSeldom() {
    var bytes = Array("request\0lookup\0key\0".utf8)
    var list = PartialList(bytes.span)
    let byte: [UInt8] = [120]
    var looks = 0
    while bytes.count < 100_000 {
        bytes += byte
        if list.isWorthALook(with: byte.span, of: bytes.count) {
            looks += 1
            list = PartialList(bytes.span)
        }
    }
    // Each time when it has doubled, from 19 bytes on.
    #expect(looks == 12)
}

@Test("A list is looked at when its end has come")
func aListIsLookedAtWhenItsEndHasCome() {
    var bytes = Array("request\0lookup\0key\0value".utf8)
    var list = PartialList(bytes.span)
    for (piece, isEnd) in [("s", false), ("\0", false), ("a", false), ("\0\0", false), ("\0more", true)] {
        let piece = Array(piece.utf8)
        bytes += piece
        #expect(list.isWorthALook(with: piece.span, of: bytes.count) == isEnd)
    }
}
