package notifier

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jmoiron/sqlx"
)

func TestABreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b breaker
		fail := func() { b.enter(); b.leave(false) }
		for range breakerLimit - 1 {
			fail()
		}
		want(t, "after four failures", b.state(), BreakerClosed)
		b.enter()
		b.leave(true)
		for range breakerLimit - 1 {
			fail()
		}
		want(t, "failures count in a row", b.state(), BreakerClosed)
		fail()
		want(t, "after five in a row", b.state(), BreakerOpen)
		ok, wait := b.enter()
		want(t, "enters while open", ok, false)
		want(t, "how long", wait, breakerFirst)
		for _, pause := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, breakerMost, breakerMost} {
			time.Sleep(b.wait())
			want(t, "after the pause", b.state(), BreakerHalfOpen)
			want(t, "room", b.room(50), 1)
			if ok, _ := b.enter(); !ok {
				t.Fatal("the probe may not go")
			}
			if ok, _ := b.enter(); ok {
				t.Error("a second message goes beside the probe")
			}
			b.leave(false)
			want(t, "the next pause", b.wait(), pause)
		}
		time.Sleep(b.wait())
		b.enter()
		b.leave(true)
		want(t, "after a probe that arrived", b.state(), BreakerClosed)
		want(t, "room", b.room(50), 50)
		b.pauseFor(time.Minute)
		want(t, "when the provider asks for a pause", b.state(), BreakerResting)
		time.Sleep(time.Minute)
		want(t, "after it", b.state(), BreakerClosed)
	})
}

func TestWhileAProviderIsDownNothingIsLostAndTheUrgentGoesRound(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		calls := 0
		sms := &fake{name: "sms", answer: func(Message) error { calls++; return &Down{errors.New("connection refused")} }}
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db, sms, slip)
		o.worker.Parallel = 1
		ns := crowdOf(o, "sms", 40)
		for who, p := range o.people {
			if who != "丁000" { // who has no other address
				o.people[who] = Person{Addresses: []Address{p.Addresses[0], {"slip", who}}}
			}
		}
		ns[7].Urgent = true
		o.enqueue(ns...)
		o.run()
		want(t, "calls of a dead provider", calls, breakerLimit)
		want(t, "the urgent one went over the next channel", slip.texts(), []string{"丁007: s/r"})
		for _, d := range o.deliveries() {
			if d.Channel == "sms" && !d.Urgent && (d.State != DeliveryReady || d.Tries != 0) {
				t.Fatalf("got %s after %d tries, want ready and no try counted", d.State, d.Tries)
			}
		}
		o.clock.add(downPatience)
		o.run()
		want(t, "after half an hour all who can be reached otherwise are", len(slip.texts()), 39)
		o.worker.lanes = nil // a new process, and the provider lives again
		sms.answer = nil
		o.clock.add(time.Minute)
		o.run()
		want(t, "the last one waited for it", sms.texts(), []string{"丁000: s/r"})
	})
}

func TestALimitOfOneRecipientDoesNotRestTheChannel(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		sms := &fake{name: "sms", keyed: true, answer: func(m Message) error {
			if m.To == "甲" {
				return &RateLimited{RetryAfter: time.Minute, One: true, Err: errors.New("isv.BUSINESS_LIMIT_CONTROL")}
			}
			return nil
		}}
		o := newOffice(t, db, sms)
		o.worker.Parallel = 1
		for _, who := range []string{"甲", "乙", "丙"} {
			o.enqueue(notice(who, "s", "r", "2026-01-05 08:00", ""))
		}
		o.run()
		want(t, "messages", sms.texts(), []string{"丙: s/r", "乙: s/r"})
	})
}
