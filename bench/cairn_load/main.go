// cairn_load loads a Cairn node over HTTP/1.1 and prints requests/s, records/s and latencies.
//
// One goroutine a connection, one request in flight on each. Requests are written and answers read by hand on plain
// sockets, so that the load costs little next to the node it measures; the process prints the CPU time it took itself.
//
// Modes:
//
//	put    POST /v1/records, one record a request
//	batch  POST /v1/records, NDJSON with -batch records a request
//	get    GET /v1/records/{n} of random records
//	proof  GET /v1/records/{n}/proof of random records
//	tlog   GET /v1/records/{n}/tlog-proof of random records
//	tile   GET /tile/0/{n} of random full tiles
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	address     = flag.String("address", "127.0.0.1:5000", "host:port of the node, or of several with commas: connections take turns")
	mode        = flag.String("mode", "put", "put, batch, get, proof, tlog or tile")
	connections = flag.Int("connections", 64, "connections, each with one request in flight")
	seconds     = flag.Float64("seconds", 5, "how long")
	size        = flag.Int("bytes", 256, "canonical bytes of a record")
	batch       = flag.Int("batch", 1000, "records a request in batch mode")
	total       = flag.Int64("total", 0, "put and batch: stop after so many records, whatever the time")
	records     = flag.Int64("records", 1, "reads: records in the ledger")
)

type worker struct {
	conn   net.Conn
	reader *bufio.Reader
	buffer bytes.Buffer
	body   bytes.Buffer
	random *rand.Rand
	id     int
	sent   int64
	host   string
}

// record writes {"id":"<unique>","value":"xxx…"} with exactly *size canonical bytes.
func (w *worker) record(out *bytes.Buffer) {
	start := out.Len()
	out.WriteString(`{"id":"`)
	out.WriteString(strconv.Itoa(w.id))
	out.WriteByte('-')
	out.WriteString(strconv.FormatInt(w.sent, 10))
	out.WriteString(`","value":"`)
	for fill := *size - (out.Len() - start) - 2; fill > 0; fill -= len(padding) {
		out.WriteString(padding[:min(fill, len(padding))])
	}
	out.WriteString(`"}`)
	w.sent++
}

var padding = strings.Repeat("x", 4096)

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func (w *worker) request() {
	w.buffer.Reset()
	switch *mode {
	case "put", "batch":
		w.body.Reset()
		kind := "application/json"
		if *mode == "put" {
			w.record(&w.body)
		} else {
			kind = "application/x-ndjson"
			for i := 0; i < *batch; i++ {
				w.record(&w.body)
				w.body.WriteByte('\n')
			}
		}
		fmt.Fprintf(&w.buffer, "POST /v1/records HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
			w.host, kind, w.body.Len())
		w.buffer.Write(w.body.Bytes())
	case "get":
		fmt.Fprintf(&w.buffer, "GET /v1/records/%d HTTP/1.1\r\nHost: %s\r\n\r\n", w.random.Int63n(*records), w.host)
	case "proof":
		fmt.Fprintf(&w.buffer, "GET /v1/records/%d/proof HTTP/1.1\r\nHost: %s\r\n\r\n", w.random.Int63n(*records), w.host)
	case "tlog":
		fmt.Fprintf(&w.buffer, "GET /v1/records/%d/tlog-proof HTTP/1.1\r\nHost: %s\r\n\r\n", w.random.Int63n(*records), w.host)
	case "tile":
		number := w.random.Int63n(*records / 256)
		path := fmt.Sprintf("%03d", number%1000)
		for number /= 1000; number > 0; number /= 1000 {
			path = fmt.Sprintf("x%03d/%s", number%1000, path)
		}
		fmt.Fprintf(&w.buffer, "GET /tile/0/%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, w.host)
	default:
		panic("unknown mode " + *mode)
	}
}

// exchange sends the request and reads the whole answer.
func (w *worker) exchange() error {
	if _, err := w.conn.Write(w.buffer.Bytes()); err != nil {
		return err
	}
	status, err := w.reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(status) < 12 || status[9] != '2' {
		rest, _ := w.reader.Peek(w.reader.Buffered())
		return fmt.Errorf("the node answered %s%s", status, rest)
	}
	length := 0
	for {
		line, err := w.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > 15 && bytes.EqualFold(line[:15], []byte("content-length:")) {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[15:]))); err != nil {
				return err
			}
		}
	}
	_, err = io.CopyN(io.Discard, w.reader, int64(length))
	return err
}

func main() {
	flag.Parse()
	var lock sync.Mutex
	var latencies []float64
	var group sync.WaitGroup
	failed := false
	left := *total
	start := time.Now()
	end := start.Add(time.Duration(*seconds * float64(time.Second)))
	perRequest := int64(1)
	if *mode == "batch" {
		perRequest = int64(*batch)
	}
	takes := func() bool {
		if *total == 0 {
			return time.Now().Before(end)
		}
		lock.Lock()
		defer lock.Unlock()
		left -= perRequest
		return left >= 0
	}
	hosts := strings.Split(*address, ",")
	for id := 0; id < *connections; id++ {
		host := hosts[id%len(hosts)]
		conn, err := net.Dial("tcp", host)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		w := &worker{conn: conn, reader: bufio.NewReaderSize(conn, 16384), id: id, host: host,
			random: rand.New(rand.NewSource(int64(id) + 1)), sent: time.Now().UnixNano()}
		group.Add(1)
		go func() {
			defer group.Done()
			var mine []float64
			for takes() {
				w.request()
				sent := time.Now()
				if err := w.exchange(); err != nil {
					fmt.Fprintln(os.Stderr, err)
					lock.Lock()
					failed = true
					lock.Unlock()
					break
				}
				mine = append(mine, float64(time.Since(sent).Nanoseconds())/1e6)
			}
			w.conn.Close()
			lock.Lock()
			latencies = append(latencies, mine...)
			lock.Unlock()
		}()
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	if len(latencies) == 0 {
		fmt.Fprintln(os.Stderr, "no request was answered")
		os.Exit(1)
	}
	sort.Float64s(latencies)
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	requests := float64(len(latencies))
	fmt.Printf("mode=%s connections=%d bytes=%d requests_per_s=%.0f records_per_s=%.0f p50_ms=%.3f p99_ms=%.3f client_cpu_s=%.2f seconds=%.2f\n",
		*mode, *connections, *size, requests/elapsed, requests*float64(perRequest)/elapsed,
		latencies[len(latencies)/2], latencies[len(latencies)*99/100], cpu, elapsed)
	if failed {
		os.Exit(1)
	}
}
