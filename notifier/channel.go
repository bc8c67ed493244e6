package notifier

import (
	"context"
	"errors"
	"time"
)

// Channel 渠道 hands messages to one account at one provider: a mailbox, one group's bot, one SMS contract. Two bots are
// two channels, each with a name, a budget and a breaker of its own. A channel knows nothing of notices, retries or people,
// keeps no state that a second process would have to know, and is called from several goroutines at once.
//
// Send tries once, minds ctx and returns when the provider has answered. It classes what went wrong by one of the typed
// errors below:
//
//	error         the provider     this message                               the channel
//	[Temporary]   answered         again after 1, 5, 15, 60 minutes; five     goes on
//	                               tries, then the person's next address
//	[Permanent]   answered         the person's next address                  goes on
//	[RateLimited] answered         again after the pause, no try counted      rests; with One it goes on for others
//	[Down]        is out of order  again soon, no try counted; the next       its breaker counts: five in a row open it
//	                               address after half an hour, an urgent one
//	                               at once
//	[Uncertain]   may have taken   looked up, or sent again by the rule's     its breaker counts
//	              it               policy, or shown to a person
//	any other                      as Temporary if the channel takes the      its breaker counts
//	                               key, as Uncertain if not
//
// Down may be returned only if the provider cannot have the message: no connection, no token, 502, 503.
type Channel interface {
	Name() string   // as [Address.Channel] names it
	TakesKey() bool // whether sending one key twice delivers one message
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Limited is a channel whose provider states how many messages it takes. The worker keeps to all of the limits over any
// window as the provider measures it, together with all other workers on the same database.
type Limited interface {
	Limits() []Limit // always the same
}

// Limit is one budget: at most N messages in any window of length Per.
type Limit struct {
	Budget string        // channels that share the provider's count share this name; empty: the channel's name
	N      int           // at most 10,000
	Per    time.Duration // at least 10 ms
}

// Lookuper is a channel that can be asked later whether it took a message. It settles uncertain deliveries.
type Lookuper interface {
	// Lookup returns the receipt of the message with the key; taken is false if the provider never had it.
	Lookup(ctx context.Context, key string) (r Receipt, taken bool, err error)
}

// Receipter is a channel whose provider can be asked what became of a message after it took it.
type Receipter interface {
	// Arrived asks for the receipt of a message that went to an address on a day (of the provider's zone, UTC+8).
	Arrived(ctx context.Context, receipt, to string, sent time.Time) (Arrival, error)
}

// Arrival is what a provider knows of a message it took.
type Arrival string

const (
	ArrivalPending Arrival = "pending" // on its way, or nobody knows
	ArrivalDone    Arrival = "arrived" // on the person's device, or read
	ArrivalFailed  Arrival = "failed"  // it will not arrive
)

// Message is one delivery as a channel gets it.
type Message struct {
	Key     string // idempotency key: the delivery's ID, the same at each try
	To      string // the address in the channel's own form
	Subject string
	Text    string
	HTML    string // empty: text only
	Urgent  bool

	// The same words in pieces, for channels with a markup or approved templates of their own; nil: Subject and Text.
	Items []Item
	Foot  string // who signs
	Link  string // a URL; empty: none

	Calendar []byte // an iCalendar object that goes along (RFC 6047); nil: none. Only [SMTP] sends it.
	Method   string // its METHOD: REQUEST, CANCEL
}

// Item is one thing that a message tells.
type Item struct {
	Template string // by which an SMS contract may choose its own
	Title    string
	Body     string
}

// AddressKind is what a channel wants as [Message.To].
type AddressKind string

const (
	ToMail   AddressKind = "mail"   // a mail address
	ToMobile AddressKind = "mobile" // a mainland mobile number
	ToMember AddressKind = "member" // the vendor's ID of a member
	ToGroup  AddressKind = "group"  // the vendor's ID of a member after @, or a name: a group reads it
	ToName   AddressKind = "name"   // a name, for people
)

// Addressed is a channel that says what it wants as address. Those that do not want a name.
type Addressed interface{ Wants() AddressKind }

// Wants says what a channel wants as address.
func Wants(c Channel) AddressKind {
	if a, ok := c.(Addressed); ok {
		return a.Wants()
	}
	return ToName
}

// Receipt is what the provider says when it takes a message.
type Receipt struct {
	ID        string // the provider's; may be empty
	Delivered bool   // the message is already where it has to go (a file on the disk); else a receipt may follow
}

// Temporary is an error after which the same message may be sent again later, though others may go now: greylisting, a
// full mailbox.
type Temporary struct{ Err error }

func (e *Temporary) Error() string { return "temporary: " + e.Err.Error() }
func (e *Temporary) Unwrap() error { return e.Err }

// Down says that the provider as a whole is out of order and has not taken the message.
type Down struct{ Err error }

func (e *Down) Error() string { return "provider down: " + e.Err.Error() }
func (e *Down) Unwrap() error { return e.Err }

// Permanent is an error that will not go away: no such address, message refused. The next channel is tried.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return "permanent: " + e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// RateLimited says that the provider wants a pause. It does not count as a try. The whole channel rests, unless the limit
// is this recipient's alone (SMS: one a minute to a number).
type RateLimited struct {
	RetryAfter time.Duration // zero: a minute
	One        bool          // only this recipient must wait
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
	down
	refused
	unknown
)

// judge also says whether the answer, or its absence, speaks for the provider's health.
func judge(err error, takesKey bool) (v verdict, alive bool) {
	if err == nil {
		return taken, true
	}
	if _, ok := errors.AsType[*Permanent](err); ok {
		return refused, true
	}
	if _, ok := errors.AsType[*RateLimited](err); ok {
		return pause, true
	}
	if _, ok := errors.AsType[*Temporary](err); ok {
		return again, true
	}
	if _, ok := errors.AsType[*Down](err); ok {
		return down, false
	}
	if takesKey { // the key makes a second try harmless, even of what the channel calls uncertain
		return again, false
	}
	return unknown, false
}
