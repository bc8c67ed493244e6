package notifier

import (
	"context"
	"errors"
	"time"
)

// Channel 渠道 hands messages to one provider. A channel knows nothing of notices, retries or people.
//
// Send returns one of the typed errors below. Any other error means "not sent, try again" on a channel that takes
// the key and "unknown" on one that does not.
type Channel interface {
	Name() string   // as [Address.Channel] names it
	TakesKey() bool // whether sending one key twice delivers one message
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Lookuper is a channel that can be asked later whether it took a message. It settles uncertain deliveries.
type Lookuper interface {
	// Lookup returns the receipt of the message with the key; taken is false if the provider never had it.
	Lookup(ctx context.Context, key string) (r Receipt, taken bool, err error)
}

// Message is one delivery as a channel gets it.
type Message struct {
	Key     string // idempotency key: the delivery's ID, the same at each try
	To      string // the address in the channel's own form
	Subject string
	Text    string
	HTML    string // empty: text only
	Urgent  bool
}

// Receipt is what the provider says when it takes a message.
type Receipt struct {
	ID        string // the provider's; may be empty
	Delivered bool   // the message is already where it has to go (a file on the disk); else a receipt may follow
}

// Temporary is an error after which the same message may be sent again later.
type Temporary struct{ Err error }

func (e *Temporary) Error() string { return "temporary: " + e.Err.Error() }
func (e *Temporary) Unwrap() error { return e.Err }

// Permanent is an error that will not go away: no such address, message refused. The next channel is tried.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return "permanent: " + e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// RateLimited says that the provider wants a pause. It does not count as a try, and the whole channel rests.
type RateLimited struct {
	RetryAfter time.Duration // zero: a minute
	Err        error
}

func (e *RateLimited) Error() string {
	if e.Err == nil {
		return "rate limited"
	}
	return "rate limited: " + e.Err.Error()
}
func (e *RateLimited) Unwrap() error { return e.Err }

// Uncertain says that nobody can know whether the message was taken: the connection broke between the last byte and
// the answer.
type Uncertain struct{ Err error }

func (e *Uncertain) Error() string { return "unknown whether taken: " + e.Err.Error() }
func (e *Uncertain) Unwrap() error { return e.Err }

// verdict is what an error of Send means for the delivery.
type verdict int

const (
	taken verdict = iota
	again
	pause
	refused
	unknown
)

func judge(err error, takesKey bool) verdict {
	if err == nil {
		return taken
	}
	if _, ok := errors.AsType[*Permanent](err); ok {
		return refused
	}
	if _, ok := errors.AsType[*RateLimited](err); ok {
		return pause
	}
	if _, ok := errors.AsType[*Temporary](err); ok {
		return again
	}
	if takesKey { // the key makes a second try harmless
		return again
	}
	return unknown
}
