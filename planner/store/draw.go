package store

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lianxin/planner/civil"
)

// A county's calendar moves by a hundred thousand rows at a time. Their images are drawn without reflection, byte for byte as
// json.Marshal would; a test holds them against each other.

// drawing appends the members of a JSON object.
type drawing struct {
	b    []byte
	next bool // a comma goes before the next member
}

func (d *drawing) key(k string) {
	if d.next {
		d.b = append(d.b, ',')
	}
	d.next = true
	d.b = append(append(append(d.b, '"'), k...), '"', ':')
}

func (d *drawing) text(k, s string) {
	d.key(k)
	d.b = appendText(d.b, s)
}

func (d *drawing) someText(k, s string) {
	if s != "" {
		d.text(k, s)
	}
}

func (d *drawing) number(k string, n int) {
	d.key(k)
	d.b = strconv.AppendInt(d.b, int64(n), 10)
}

func (d *drawing) date(k string, on civil.Date) {
	d.key(k)
	d.b = append(on.Append(append(d.b, '"')), '"')
}

func (d *drawing) someInstant(k string, at civil.Instant) {
	if !at.IsZero() {
		d.key(k)
		d.b = append(at.UTC().AppendFormat(append(d.b, '"'), time.RFC3339Nano), '"')
	}
}

// appendText appends a string as json.Marshal does; what must be escaped is left to it.
func appendText(b []byte, s string) []byte {
	wide := false
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return appendEscaped(b, s)
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	if wide && (!utf8.ValidString(s) || strings.ContainsAny(s, "\u2028\u2029")) {
		return appendEscaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendEscaped(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has no error
	}
	return append(b, text...)
}

func drawEvent(b []byte, r eventRow) []byte {
	d := drawing{b: append(b, '{')}
	d.text("id", r.ID)
	d.text("key", r.Key)
	d.text("uid", r.UID)
	d.text("kind", r.Kind)
	d.date("held_on", r.HeldOn)
	d.number("from_min", r.From)
	d.number("until_min", r.Until)
	d.date("nominal_on", r.NominalOn)
	d.text("why_zh", r.WhyZH)
	d.text("why_en", r.WhyEN)
	d.text("cadre", string(r.Cadre))
	d.text("village", string(r.Village))
	d.text("place", r.Place)
	d.text("status", r.Status)
	d.number("sequence", r.Sequence)
	d.text("digest", r.Digest)
	d.someInstant("created_at", r.CreatedAt)
	d.someInstant("changed_at", r.ChangedAt)
	d.text("about_zh", r.AboutZH)
	d.text("about_en", r.AboutEN)
	return append(d.b, '}')
}

func drawVisit(b []byte, r visitRow) []byte {
	d := drawing{b: append(b, '{')}
	d.text("id", r.ID)
	d.text("event", string(r.Event))
	d.text("cadre", r.Cadre)
	d.text("household", r.Household)
	d.date("held_on", r.HeldOn)
	d.number("stop", r.Stop)
	d.text("hours", r.Hours)
	d.text("state", r.State)
	d.someText("stands_for", string(r.StandsFor))
	d.someText("companion", string(r.Companion))
	return append(d.b, '}')
}
