package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// mutate changes a few bytes or lines of a note.
func mutate(text []byte, random *rand.Rand) []byte {
	text = append([]byte(nil), text...)
	for changes := 1 + random.Intn(3); changes > 0 && len(text) > 0; changes-- {
		place := random.Intn(len(text))
		// Most changes to the text spoil the signature: what stands behind it is where notes differ in form only.
		if blank := bytes.LastIndex(text, []byte("\n\n")); blank >= 0 && blank+2 < len(text) && random.Intn(4) > 0 {
			place = blank + 1 + random.Intn(len(text)-blank-1)
		}
		switch random.Intn(7) {
		case 0:
			text[place] ^= 1 << random.Intn(8)
		case 1:
			text = append(text[:place], text[place+1:]...)
		case 2:
			pieces := []string{
				"\n", " ", "\t", "+", "=", "A", "\u2014 ", "\u2014 x AAAAAAA=\n", "\xff", "é", "\r", "\u00a0",
			}
			piece := pieces[random.Intn(len(pieces))]
			text = append(text[:place], append([]byte(piece), text[place:]...)...)
		default:
			lines := bytes.SplitAfter(text, []byte("\n"))
			one, other := random.Intn(len(lines)), random.Intn(len(lines))
			switch random.Intn(3) {
			case 0:
				lines[one], lines[other] = lines[other], lines[one]
			case 1:
				lines = append(lines[:one], lines[one+1:]...)
			default:
				lines = append(lines, lines[one])
			}
			text = bytes.Join(lines, nil)
		}
	}
	return text
}

// isNarrower says whether Cairn refuses a note on purpose that Go takes: two lines of one key, or base64 with bits behind
// its last byte, so that one signature has several spellings.
func isNarrower(text []byte) bool {
	seen := map[string]bool{}
	lines := strings.Split(string(text[bytes.LastIndex(text, []byte("\n\n"))+2:]), "\n")
	for _, line := range lines[:len(lines)-1] {
		fields := strings.SplitN(strings.TrimPrefix(line, "\u2014 "), " ", 2)
		signature, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil || base64.StdEncoding.EncodeToString(signature) != fields[1] {
			return true
		}
		key := fields[0] + " " + string(signature[:4])
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

// notes compares the witness, which answers 400, 403 or 404 for what its log did not sign, with Go's note.Open.
func notes(vkey string, original []byte, seed, count int64) {
	verifiers := note.VerifierList(must(note.NewVerifier(vkey)))
	size := strings.Split(string(original), "\n")[1]
	random := rand.New(rand.NewSource(seed))
	taken, narrower := 0, 0
	for i := int64(0); i < count; i++ {
		changed := original
		if i > 0 {
			changed = mutate(original, random)
		}
		_, err := note.Open(changed, verifiers)
		body := append([]byte("old "+size+"\n\n"), changed...)
		response := must(http.Post("http://"+address+"/add-checkpoint", "text/plain", bytes.NewReader(body)))
		said := must(io.ReadAll(response.Body))
		response.Body.Close()
		isTaken := response.StatusCode != 400 && response.StatusCode != 403 && response.StatusCode != 404
		switch {
		case isTaken && err == nil:
			taken++
		case !isTaken && err == nil && isNarrower(changed):
			narrower++
		case isTaken != (err == nil):
			fail("Go says %v and the witness %d (%s) to %q", err, response.StatusCode, said, changed)
		}
	}
	// A check that never sees a good note shows nothing.
	if taken < 2 || taken == int(count) {
		fail("%d of %d changed notes were taken: the changes are no test", taken, count)
	}
	fmt.Printf("check_tlog: %d changed notes: %d taken by both, %d refused by Cairn alone as meant, the rest by both\n",
		count, taken, narrower)
}
