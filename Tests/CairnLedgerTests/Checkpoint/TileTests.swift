import CairnLedger
import Testing

struct TileTests {
    @Test(arguments: [
        ("0/000", Tile(.hashes(level: 0), index: 0)),
        ("0/067.p/5", Tile(.hashes(level: 0), index: 67, width: 5)),
        ("63/x001/x234/067", Tile(.hashes(level: 63), index: 1_234_067)),
        ("2/x001/x234/067.p/255", Tile(.hashes(level: 2), index: 1_234_067, width: 255)),
        ("entries/x001/000.p/1", Tile(.entries, index: 1_000, width: 1)),
        ("entries/999", Tile(.entries, index: 999)),
        ("0/x018/x446/x744/x073/x709/x551/615", Tile(.hashes(level: 0), index: .max)),
    ])
    func pathAndBack(path: String, tile: Tile) {
        #expect(Tile(path: path.utf8) == tile)
        #expect(tile.path == path)
    }

    @Test(arguments: [
        "", "/", "0", "0/", "0/00", "0/0000", "0/0a0", "0/x000", "0/x000/000", "0/x00/000", "0/001/000", "0/x001/x000",
        "00/000", "64/000", "-1/000", "0/000/", "0//000", "0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/01",
        "0/000.p/256",
        "0/000.p/5/", "0/000.p/5.p/5", "0/x001.p/000", "entries", "entries/", "entries/0", "Entries/000", "0/000 ",
        "0/x018/x446/x744/x073/x709/x551/616", "0/x999/x999/x999/x999/x999/x999/x999/999", "0/%30%30%30",
    ])
    func whatIsNoPath(path: String) {
        #expect(Tile(path: path.utf8) == nil)
    }
}
