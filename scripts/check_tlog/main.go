// check_tlog checks a node with Go's transparency log (golang.org/x/mod/sumdb/tlog and note), which shares nothing with
// Cairn.
//
// Build (Debian's golang-go and golang-golang-x-mod-dev):
//
//	GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode go build
//
// Run:
//
//	check_tlog equal ADDRESS SIZES TOTAL SAMPLES
//	    fills a new ledger, and compares tiles and proofs with its own: of every tree size up to SIZES, then of SAMPLES
//	    random ones up to TOTAL
//	check_tlog notes ADDRESS VKEY NOTE SEED COUNT
//	    shows COUNT changed copies of a note (a file, cosigned by the witness at ADDRESS) to that witness and to
//	    sumdb/note, which have to agree on whether the log signed it
//	check_tlog read ADDRESS VKEY RECORD [OLD_CHECKPOINT]
//	    reads a record by checkpoint, tiles and entry bundle alone, verifies it, and that the tree of an older checkpoint
//	    (a file) is the beginning of the present one
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "check_tlog: "+format+"\n", values...)
	os.Exit(1)
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail("%v", err)
	}
	return n
}

var address string

func get(path string) []byte {
	response, err := http.Get("http://" + address + path)
	if err != nil {
		fail("%v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		fail("%s: %s %v %s", path, response.Status, err, body)
	}
	return body
}

// tilePath is tlog-tiles' path, which has no height in it: tile/8/0/x001/067.p/5 is tile/0/x001/067.p/5.
func tilePath(t tlog.Tile) string {
	return "/tile/" + strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
}

// stored is a tree's hashes, as tlog.StoredHashes makes them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

// must ends the program on an error.
func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

// grow appends records to the node and to our own tree.
func grow(tree stored, from, to int64) stored {
	for from < to {
		var lines bytes.Buffer
		end := from + 8000
		if end > to {
			end = to
		}
		for ; from < end; from++ {
			record := []byte(fmt.Sprintf(`{"n":%d}`, from))
			lines.Write(append(record, '\n'))
			tree = append(tree, must(tlog.StoredHashes(from, record, tree))...)
		}
		response := must(http.Post("http://"+address+"/v1/records", "application/x-ndjson", &lines))
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != 201 {
			fail("append: %s", response.Status)
		}
	}
	return tree
}

// hashes compares a list of hashes in hexadecimal with ours.
func hashes(what string, found []string, ours []tlog.Hash) {
	if len(found) != len(ours) {
		fail("%s: %d hashes in place of %d", what, len(found), len(ours))
	}
	for i, hash := range ours {
		if found[i] != hex.EncodeToString(hash[:]) {
			fail("%s: hash %d is %s, not %s", what, i, found[i], hex.EncodeToString(hash[:]))
		}
	}
}

var compared struct{ tiles, inclusions, consistencies int }
var seenTiles = map[string]bool{}

func compare(tree stored, size int64, records, olds []int64) {
	for _, tile := range tlog.NewTiles(height, 0, size) {
		path := tilePath(tile)
		if seenTiles[path] {
			continue
		}
		seenTiles[path] = true
		if !bytes.Equal(get(path), must(tlog.ReadTileData(tile, tree))) {
			fail("%s is not what it should be", path)
		}
		compared.tiles++
	}
	if size == 0 {
		return
	}
	root := must(tlog.TreeHash(size, tree))
	for _, record := range records {
		var proof struct {
			Root string
			Path []string
		}
		path := fmt.Sprintf("/v1/records/%d/proof?tree_size=%d", record, size)
		if err := json.Unmarshal(get(path), &proof); err != nil {
			fail("%v", err)
		}
		hashes(path, append(proof.Path, proof.Root), append(must(tlog.ProveRecord(size, record, tree)), root))
		compared.inclusions++
	}
	for _, old := range olds {
		var proof struct {
			FromRoot string `json:"from_root"`
			ToRoot   string `json:"to_root"`
			Path     []string
		}
		path := fmt.Sprintf("/v1/consistency?from=%d&to=%d", old, size)
		if err := json.Unmarshal(get(path), &proof); err != nil {
			fail("%v", err)
		}
		ours := append(must(tlog.ProveTree(size, old, tree)), must(tlog.TreeHash(old, tree)), root)
		hashes(path, append(proof.Path, proof.FromRoot, proof.ToRoot), ours)
		compared.consistencies++
	}
}

func equal(sizes, total, samples int64) {
	random := rand.New(rand.NewSource(1))
	tree := grow(nil, 0, sizes)
	for size := int64(0); size <= sizes; size++ {
		var records, olds []int64
		if size <= 40 {
			for i := int64(0); i < size; i++ {
				records, olds = append(records, i), append(olds, i+1)
			}
		} else {
			records = []int64{0, size - 1, random.Int63n(size), random.Int63n(size)}
			olds = []int64{1, size, 1 + random.Int63n(size), 1 + random.Int63n(size)}
		}
		compare(tree, size, records, olds)
	}
	tree = grow(tree, sizes, total)
	for i := int64(0); i < samples; i++ {
		size := sizes + 1 + random.Int63n(total-sizes)
		if i == 0 {
			size = total
		}
		compare(tree, size, []int64{size - 1, random.Int63n(size)}, []int64{1 + random.Int63n(size), 1 + random.Int63n(size)})
	}
	fmt.Printf("check_tlog: %d tiles, %d inclusion proofs and %d consistency proofs of %d sizes are Go's own\n",
		compared.tiles, compared.inclusions, compared.consistencies, sizes+1+samples)
}

// tiles reads tiles from the node; it keeps nothing.
type tiles struct{}

func (tiles) Height() int                           { return height }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		data = append(data, get(tilePath(tile)))
	}
	return data, nil
}

// checkpoint opens a signed checkpoint.
func checkpoint(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("this is no checkpoint of " + verifier.Name())
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("the checkpoint's root can't be read")
	}
	tree := tlog.Tree{N: number(lines[1])}
	copy(tree.Hash[:], root)
	return tree, nil
}

func read(vkey string, record int64, old string) {
	verifier := must(note.NewVerifier(vkey))
	tree := must(checkpoint(get("/checkpoint"), verifier))
	// Checks every tile against the checkpoint's root.
	reader := tlog.TileHashReader(tree, tiles{})

	width := tree.N - record/256*256
	path := (tlog.Tile{H: height, L: -1, N: record / 256, W: 256}).Path()
	path = "/tile/entries/" + strings.TrimPrefix(path, fmt.Sprintf("tile/%d/data/", height))
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	bundle := get(path)
	for skip := record % 256; skip > 0; skip-- {
		bundle = bundle[2+binary.BigEndian.Uint16(bundle):]
	}
	data := bundle[2 : 2+binary.BigEndian.Uint16(bundle)]

	proof := must(tlog.ProveRecord(tree.N, record, reader))
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, record, tlog.RecordHash(data)); err != nil {
		fail("%v", err)
	}
	fmt.Printf("check_tlog: record %d of %d is %s\n", record, tree.N, data)
	if old == "" {
		return
	}
	before := must(checkpoint(must(os.ReadFile(old)), verifier))
	growth := must(tlog.ProveTree(tree.N, before.N, reader))
	if err := tlog.CheckTree(growth, tree.N, tree.Hash, before.N, before.Hash); err != nil {
		fail("%v", err)
	}
	fmt.Printf("check_tlog: the tree of %d records is the beginning of that of %d\n", before.N, tree.N)
}

func main() {
	if len(os.Args) < 5 {
		fail("usage: check_tlog equal ADDRESS SIZES TOTAL SAMPLES | notes ADDRESS VKEY NOTE SEED COUNT | " +
			"read ADDRESS VKEY RECORD [OLD_CHECKPOINT]")
	}
	address = os.Args[2]
	switch os.Args[1] {
	case "equal":
		equal(number(os.Args[3]), number(os.Args[4]), number(os.Args[5]))
	case "notes":
		notes(os.Args[3], must(os.ReadFile(os.Args[4])), number(os.Args[5]), number(os.Args[6]))
	case "read":
		old := ""
		if len(os.Args) > 5 {
			old = os.Args[5]
		}
		read(os.Args[3], number(os.Args[4]), old)
	default:
		fail("unknown command %s", os.Args[1])
	}
}
