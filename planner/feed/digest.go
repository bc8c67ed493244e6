package feed

import (
	"crypto/sha256"
	"encoding/hex"
)

// Digest is the hex SHA-256 of the rendered VEVENTs without DTSTAMP, LAST-MODIFIED and SEQUENCE: two renderings with the
// same digest look the same to every subscriber. Give all renderings of one planner event (its owner's and the
// public's), in a fixed order. It fails for what [Append] refuses.
//
// Whoever lays a calendar uses [Index.Digest] instead, which renders a planner event as each of its feeds would:
//
//	x := feed.NewIndex(feed.Source{… roster, events with their UIDs, visits with their event's ID …})
//	if d, err := x.Digest(e); d != e.Digest { e.Digest, e.Sequence, e.ChangedAt = d, e.Sequence+1, now }
func Digest(es ...Event) (string, error) {
	w := &writer{out: make([]byte, 0, 1024*len(es))}
	for i := range es {
		w.event(&es[i], true)
	}
	if w.err != nil {
		return "", w.err
	}
	sum := sha256.Sum256(w.out)
	return hex.EncodeToString(sum[:]), nil
}
