package notifier

import (
	"sync"
	"time"
)

const (
	breakerLimit = 5                // failures in a row that open it
	breakerFirst = 5 * time.Second  // how long it stays open at first; doubles with every failed probe
	breakerMost  = 2 * time.Minute  // and at most
	downPatience = 30 * time.Minute // how long a message waits for a provider that is down before the next address is taken
)

// BreakerState of a channel in this process.
type BreakerState string

const (
	BreakerClosed   BreakerState = "closed"    // messages go
	BreakerOpen     BreakerState = "open"      // none goes until the pause is over
	BreakerHalfOpen BreakerState = "half-open" // one goes as a probe
	BreakerResting  BreakerState = "resting"   // the provider asked for a pause
)

// breaker keeps a worker from hammering a provider that is out of order. It runs on the monotonic clock and is a process's
// own: see the decisions in the package doc.
type breaker struct {
	mu       sync.Mutex
	failures int           // in a row
	pause    time.Duration // the last one; zero: closed
	until    time.Time     // of the pause
	probing  bool
	rest     time.Time // until when the provider wants to be left alone
}

// wait is how long nothing may go; zero: something may.
func (b *breaker) wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting()
}

func (b *breaker) waiting() time.Duration {
	wait := time.Until(b.rest)
	if b.pause > 0 {
		wait = max(wait, time.Until(b.until))
		if b.probing {
			wait = max(wait, time.Second) // until the probe's answer
		}
	}
	return max(wait, 0)
}

// enter asks to send one message. If it may not go, wait says how long.
func (b *breaker) enter() (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait = b.waiting(); wait > 0 {
		return false, wait
	}
	b.probing = b.pause > 0
	return true, 0
}

// leave reports what the message says about the provider's health. opened says that this very answer opened the breaker.
func (b *breaker) leave(alive bool) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if alive {
		b.failures, b.pause, b.probing = 0, 0, false
		return false
	}
	b.failures++
	switch {
	case b.pause == 0 && b.failures >= breakerLimit:
		b.pause, opened = breakerFirst, true
	case b.pause > 0 && b.probing:
		b.pause = min(2*b.pause, breakerMost)
	default: // not enough yet, or begun before it opened
		return false
	}
	b.probing, b.until = false, time.Now().Add(b.pause)
	return opened
}

// abandon takes back an entry whose message did not go.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// pauseFor leaves the provider alone.
func (b *breaker) pauseFor(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.rest) {
		b.rest = until
	}
}

// room is how many messages may be claimed now, at most n: one while half open.
func (b *breaker) room(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.waiting() > 0:
		return 0
	case b.pause > 0:
		return 1
	}
	return n
}

func (b *breaker) state() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.pause > 0 && time.Until(b.until) > 0:
		return BreakerOpen
	case b.pause > 0:
		return BreakerHalfOpen
	case time.Until(b.rest) > 0:
		return BreakerResting
	}
	return BreakerClosed
}

// isOpen reports whether the provider is taken for dead.
func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause > 0
}

// inARow is how many failures the provider's health has against it.
func (b *breaker) inARow() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures
}
