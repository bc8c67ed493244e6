package planner

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"sync/atomic"
)

// Typed IDs. An ID is given once by whoever creates the thing and says nothing about it;
// official codes are columns of their own.
type (
	UnitID      string
	CadreID     string
	HouseholdID string
	PlanID      string
	PairingID   string
	EventID     string
	VisitID     string
	TaskID      string
	AccountID   string
	ImportID    string
	MatterID    string
	ActID       string
	LeadID      string
)

// NewID gives the next ID: 26 characters of base32 in 130 random bits, or the same
// alphabet from a seed. It is injected wherever things are created.
type NewID func() string

// RandomIDs is the service's source.
func RandomIDs() NewID { return rand.Text }

// SeededIDs gives the same IDs for the same seed and purpose, for samples, the demo and
// tests. Purpose keeps the streams of two commands apart.
// Secrets (feed links, invitations, sessions) never come from it.
func SeededIDs(seed uint64, purpose string) NewID {
	var n atomic.Uint64
	return func() string {
		b := binary.BigEndian.AppendUint64(nil, seed)
		b = binary.BigEndian.AppendUint64(b, n.Add(1))
		sum := sha256.Sum256(append(b, purpose...))
		return base32.StdEncoding.EncodeToString(sum[:])[:26]
	}
}

// SeriesIDs is a source for many records that are made and stored together, such as those of an import. Its IDs are as long
// and of the same letters as random ones, but each sorts after the one before: the indexes of a database then grow at their
// end, where random IDs touch pages all over (a million households: the difference between minutes). An ID is six random
// characters that the series shares, five that count, and 75 random bits. It tells which records came together and in what
// order, and nothing of when. Not for what people write without giving their name.
func SeriesIDs() NewID {
	const letters = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ" // of base32, in the order in which they sort
	start := rand.Text()[:6]
	var n atomic.Uint64
	return func() string {
		k := n.Add(1)
		id := append(make([]byte, 0, 26), start...)
		for shift := 20; shift >= 0; shift -= 5 {
			id = append(id, letters[k>>shift&31])
		}
		return string(append(id, rand.Text()[:15]...))
	}
}
