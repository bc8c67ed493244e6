package notifier

import (
	"context"

	"lianxin/planner/civil"
)

// Person is how somebody can be reached.
type Person struct {
	Addresses  []Address   // in order of preference; the next is tried when one fails
	Lang       string      // of the texts; "zh" if empty
	QuietFrom  civil.Clock // quiet hours begin; may be later than QuietUntil, then they span midnight
	QuietUntil civil.Clock // quiet hours end (exclusive); equal to QuietFrom: none
	DigestAt   civil.Clock // the day's digest waits until then; zero: it goes as soon as there is something to say
	AnyDay     bool        // days off are as good as others
	MuteUntil  civil.Date  // only urgent notices before this day
}

// Address is one way to reach a person.
type Address struct {
	Channel string // name of a [Channel]
	To      string // in the channel's form; may be empty if [Ledger.Reveal] knows it
}

// FindFunc returns how the recipients can be reached. One who is missing from the map cannot be.
type FindFunc func(ctx context.Context, recipients []string) (map[string]Person, error)

// RevealFunc returns the addresses of recipients for one channel at the moment of hand-over, so that contacts are
// decrypted then and not before. One who is missing has no such address, and the next channel is tried.
type RevealFunc func(ctx context.Context, channel string, recipients []string) (map[string]string, error)

// RenderFunc words one message that carries the notices, of which there is at least one.
type RenderFunc func(lang string, ns []Notice) (Content, error)

// Content is the words of a message, in every form that a channel may want; see [Message].
type Content struct {
	Subject string
	Text    string
	HTML    string
	Items   []Item
	Foot    string
	Link    string
}

// Message makes a message of the words.
func (c Content) Message(key, to string, urgent bool) Message {
	return Message{Key: key, To: to, Subject: c.Subject, Text: c.Text, HTML: c.HTML, Urgent: urgent, Items: c.Items, Foot: c.Foot, Link: c.Link}
}

// quiet reports whether clock c lies in the person's quiet hours.
func (p Person) quiet(c civil.Clock) bool {
	switch {
	case p.QuietFrom == p.QuietUntil:
		return false
	case p.QuietFrom < p.QuietUntil:
		return c >= p.QuietFrom && c < p.QuietUntil
	}
	return c >= p.QuietFrom || c < p.QuietUntil
}
