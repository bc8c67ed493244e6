package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// truncated is the problem that all peers can solve: the k cheapest arcs of each household. Households and cadres are
// numbered along a Z-order curve, for all solvers alike: neighbours in the county are neighbours in memory.
type truncated struct {
	Households, Cadres, K int
	Seed                  uint64
	Min, Target, Cap      []int32 // of each cadre
	Col, Cost             []int32 // K for each household, cheapest first; column −1 fills up a short row
	Leavers               []int32 // cadres that leave in the re-plan test
}

// truncate lists the k cheapest arcs of each household of the county.
func (c *county) truncate(k int) *truncated {
	rows, cols := c.zHouseholds(), c.zCadres()
	t := &truncated{Households: len(rows), Cadres: len(cols), K: k, Seed: c.Seed}
	number := make([]int32, len(cols))
	for at, j := range cols {
		number[j] = int32(at)
		t.Min = append(t.Min, c.Cadres[j].Min)
		t.Target = append(t.Target, c.Cadres[j].Target)
		t.Cap = append(t.Cap, c.Cadres[j].Cap)
	}
	for _, j := range c.leavers() {
		t.Leavers = append(t.Leavers, number[j])
	}
	slices.Sort(t.Leavers)
	t.Col, t.Cost = c.arcs(k, rows)
	for x, j := range t.Col {
		if j >= 0 {
			t.Col[x] = number[j]
		}
	}
	return t
}

// network is the problem with its places spelt out.
func (t *truncated) network() *network {
	n := &network{Start: make([]int64, 1, t.Households+1), Leave: make([]int32, t.Households), Place: []int32{0}}
	full := !slices.Contains(t.Col, -1)
	if full {
		n.Col, n.Cost = t.Col, t.Cost
	}
	for i := range t.Households {
		n.Leave[i] = unservedPrice
		if full {
			n.Start = append(n.Start, int64((i+1)*t.K))
			continue
		}
		for x := i * t.K; x < (i+1)*t.K && t.Col[x] >= 0; x++ {
			n.Col, n.Cost = append(n.Col, t.Col[x]), append(n.Cost, t.Cost[x])
		}
		n.Start = append(n.Start, int64(len(n.Col)))
	}
	for j := range t.Cadres {
		n.Price = append(n.Price, cadre{Min: t.Min[j], Target: t.Target[j], Cap: t.Cap[j]}.places()...)
		n.Place = append(n.Place, int32(len(n.Price)))
	}
	return n
}

// loads are the households of each cadre.
func loads(assign []int32, cadres int) []int32 {
	out := make([]int32, cadres)
	for _, j := range assign {
		if j >= 0 {
			out[j]++
		}
	}
	return out
}

// beyond counts the households beyond the cadres' minimum loads: the part of the cost that no plan can avoid is
// beyondMinimum for each.
func beyond(load []int32, minimum func(j int) int32) (n int64) {
	for j, l := range load {
		n += int64(max(0, l-minimum(j)))
	}
	return n
}

// magic opens a file for the peers: 8 numbers of 64 bits, then arrays of 32 bits with their lengths, all little-endian.
const magic = 0xCAD0E001

// writeTo writes the file that peers read.
func (t *truncated) writeTo(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for _, x := range []uint64{magic, uint64(t.Households), uint64(t.Cadres), uint64(t.K), t.Seed, beyondMinimum, beyondTarget, unservedPrice} {
		b.Write(binary.LittleEndian.AppendUint64(nil, x))
	}
	buf := make([]byte, 0, 1<<16)
	for _, a := range [][]int32{t.Min, t.Target, t.Cap, t.Col, t.Cost, t.Leavers} {
		b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(a))))
		for part := range slices.Chunk(a, 1<<14) {
			buf = buf[:0]
			for _, x := range part {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(x))
			}
			b.Write(buf)
		}
	}
	return b.Flush() // holds the first error of all writes
}

// readTruncated reads what writeTo writes.
func readTruncated(r io.Reader) (*truncated, error) {
	b := bufio.NewReaderSize(r, 1<<20)
	var head [8]uint64
	if err := binary.Read(b, binary.LittleEndian, &head); err != nil {
		return nil, fmt.Errorf("read the head of an instance: %w", err)
	}
	if head[0] != magic {
		return nil, fmt.Errorf("not an instance: it starts with %#x", head[0])
	}
	t := &truncated{Households: int(head[1]), Cadres: int(head[2]), K: int(head[3]), Seed: head[4]}
	buf := make([]byte, 1<<16)
	for _, a := range []struct {
		into *[]int32
		want int
	}{{&t.Min, t.Cadres}, {&t.Target, t.Cadres}, {&t.Cap, t.Cadres}, {&t.Col, t.Households * t.K}, {&t.Cost, t.Households * t.K}, {&t.Leavers, -1}} {
		var n uint64
		if err := binary.Read(b, binary.LittleEndian, &n); err != nil {
			return nil, fmt.Errorf("read an instance: %w", err)
		}
		if a.want >= 0 && n != uint64(a.want) || n > 1<<32 {
			return nil, fmt.Errorf("read an instance: an array of %d, want %d", n, a.want)
		}
		*a.into = make([]int32, n)
		for part := range slices.Chunk(*a.into, len(buf)/4) {
			if _, err := io.ReadFull(b, buf[:4*len(part)]); err != nil {
				return nil, fmt.Errorf("read an instance: %w", err)
			}
			for x := range part {
				part[x] = int32(binary.LittleEndian.Uint32(buf[4*x:]))
			}
		}
	}
	return t, nil
}
