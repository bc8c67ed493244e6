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
