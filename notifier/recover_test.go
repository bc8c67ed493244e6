package notifier

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// A standby that was behind takes over after everything was sent: it knows the notices and no delivery. Providers that honour keys
// drop what comes again under the same key, one that can be asked says so, and what nobody can know is listed and not sent.
func TestALedgerThatLostItsLastMinutesDoublesNothing(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		keyed, plain := &fake{name: "keyed", keyed: true}, &fake{name: "plain"}
		asked := asking{&fake{name: "asked"}}
		asked.find = func(key string) (bool, error) {
			asked.mu.Lock()
			defer asked.mu.Unlock()
			_, ok := asked.took[key]
			return ok, nil
		}
		o := newOffice(t, db, keyed, asked, plain)
		o.SendAgain = func(rule string) bool { return rule == "harmless" }
		for _, who := range []string{"keyed", "asked", "plain", "again"} {
			channel := who
			if who == "again" {
				channel = "plain"
			}
			o.people[who] = Person{Addresses: []Address{{channel, who}, {"keyed", who}}}
		}
		enter := func() int {
			return o.enqueue(notice("keyed", "s", "r", "2026-01-05 08:00", ""), notice("keyed", "s2", "r", "2026-01-05 15:00", ""), notice("asked", "s", "r", "2026-01-05 08:00", ""),
				notice("plain", "s", "r", "2026-01-05 08:00", ""), notice("again", "s", "harmless", "2026-01-05 08:00", ""))
		}
		enter()
		o.run()
		first := append(append(keyed.texts(), asked.texts()...), plain.texts()...)
		want(t, "sent at first", len(first), 4)
		var before []string
		for _, d := range o.deliveries() {
			before = append(before, d.ID)
		}
		o.exec(`DELETE FROM delivery_notices`)
		o.exec(`DELETE FROM deliveries`)
		o.exec(`DELETE FROM notices WHERE recipient <> 'keyed'`)
		o.exec(`UPDATE notices SET state = 'scheduled'`)
		want(t, "entered again", enter(), 3)
		rec, err := o.worker.Recover(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "doubtful", len(rec.Doubtful), 3)
		o.run()
		want(t, "keyed", keyed.texts(), []string{"keyed: s/r s2/r"})
		want(t, "asked", asked.texts(), []string{"asked: s/r"})
		want(t, "plain", plain.texts(), []string{"again: s/harmless", "again: s/harmless", "plain: s/r"})
		var after, states []string
		for _, d := range o.deliveries() {
			after = append(after, d.ID)
			states = append(states, fmt.Sprint(d.Recipient, " ", d.State))
		}
		slices.Sort(before)
		slices.Sort(after)
		slices.Sort(states)
		want(t, "keys", after, before)
		want(t, "states", states, []string{"again handed", "asked handed", "keyed handed", "plain uncertain"})
	})
}

// What is sent once more on purpose, and what goes on to the next address, has a key of its own.
func TestASecondCarriageHasAnotherKey(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		keyed := &fake{name: "keyed", keyed: true}
		o := newOffice(t, db, keyed)
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
		o.run()
		tx := db.MustBegin()
		if err := Again(t.Context(), tx, o.Now(), "n0001"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		o.runAt("2026-01-06 08:00")
		want(t, "messages", keyed.texts(), []string{"甲: s/r", "甲: s/r"})
	})
}

// Two workers look into the same uncertain message. One is slow: while it asks, the other has sent it again and died over it. What
// the slow one was told is about the message of before; acting on it would send a third.
func TestAnAnswerAboutAnEarlierHandOverIsNoAnswer(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		plain := &fake{name: "plain"}
		asked := asking{&fake{name: "asked"}}
		o := newOffice(t, db, asked, plain)
		meanwhile := func() { o.exec(`UPDATE deliveries SET changed_at = ? WHERE state = 'uncertain'`, civil.At(o.Now())) }
		asked.find = func(string) (bool, error) { meanwhile(); return false, nil }
		o.SendAgain = func(string) bool { meanwhile(); return true }
		o.people["asked"] = Person{Addresses: []Address{{"asked", "asked"}}}
		o.people["plain"] = Person{Addresses: []Address{{"plain", "plain"}}}
		o.enqueue(notice("asked", "s", "r", "2026-01-05 08:00", ""), notice("plain", "s", "r", "2026-01-05 08:00", ""))
		if _, err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.exec(`UPDATE deliveries SET state = 'uncertain'`)
		o.clock.add(time.Hour)
		for _, c := range o.worker.Channels {
			if _, _, err := o.worker.settle(t.Context(), o.worker.lane(c)); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range o.deliveries() {
			want(t, d.Recipient, d.State, DeliveryUncertain)
		}
		asked.find = func(string) (bool, error) { return false, nil }
		o.SendAgain = func(string) bool { return true }
		o.clock.add(time.Hour)
		o.run()
		want(t, "asked", asked.texts(), []string{"asked: s/r"})
		want(t, "plain", plain.texts(), []string{"plain: s/r"})
	})
}

// A machine that stood still after it had marked a hand-over must not send any more: others may have looked into it meanwhile.
func TestAWorkerThatStoodStillDoesNotSend(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		plain := &fake{name: "plain"}
		o := newOffice(t, db, plain)
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
		o.worker.Timeout = 100 * time.Millisecond
		stood, sent := false, -1
		o.worker.Trace = func(step string) {
			if step == "begun" && !stood {
				stood = true
				time.Sleep(2 * o.worker.Timeout)
			}
			if step == "recording" && sent < 0 {
				sent = len(plain.texts())
			}
		}
		o.worker.Channels = []Channel{plain}
		o.run()
		want(t, "messages sent after the stillness", sent, 0)
		o.run()
		want(t, "messages in the end", plain.texts(), []string{"甲: s/r"})
	})
}

// A standby that was behind brings back leases of a worker that lives on, under the same epoch, and handed those messages over long
// ago. It frees them by itself: a provider that honours keys drops what comes again, over the others nobody knows.
func TestAWorkerFreesLeasesThatItKnowsNothingOf(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		for _, recovered := range []bool{false, true} {
			keyed, plain := &fake{name: "keyed", keyed: true}, &fake{name: "plain"}
			o := newOffice(t, db, keyed, plain)
			for _, channel := range []string{"keyed", "plain"} {
				o.people[channel] = Person{Addresses: []Address{{channel, channel}}}
			}
			o.enqueue(notice("keyed", "s", "r", "2026-01-05 08:00", ""), notice("plain", "s", "r", "2026-01-05 08:00", ""))
			living, err := o.worker.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			goBack := func() {
				o.exec(`UPDATE deliveries SET state = 'leased', handed_at = NULL, why = '', worker = 'w1', epoch = ?`, living.current())
				o.exec(`UPDATE deliveries SET started_at = ? WHERE channel = 'plain'`, civil.At(o.Now()))
				o.exec(`UPDATE notices SET state = 'due'`)
			}
			goBack()
			if recovered {
				rec, err := o.worker.Recover(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				want(t, "doubtful", len(rec.Doubtful), 1)
				if err := living.heartbeat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range o.worker.Channels {
				if _, _, err := o.worker.drain(t.Context(), living, o.worker.lane(c)); err != nil {
					t.Fatal(err)
				}
			}
			want(t, "keyed", keyed.texts(), []string{"keyed: s/r"})
			want(t, "plain", len(plain.texts()), 0)
			states := func() map[string]DeliveryState {
				states := map[string]DeliveryState{}
				for _, d := range o.deliveries() {
					states[d.Channel] = d.State
				}
				return states
			}
			want(t, "states", states(), map[string]DeliveryState{"keyed": DeliveryHanded, "plain": DeliveryUncertain})
			goBack() // once more at once: the lane has just looked, and looks again later
			if _, _, err := o.worker.drain(t.Context(), living, o.worker.lane(keyed)); err != nil {
				t.Fatal(err)
			}
			want(t, "looked for too soon", states()["keyed"], DeliveryLeased)
			o.worker.lane(keyed).looked = time.Time{}
			if _, _, err := o.worker.drain(t.Context(), living, o.worker.lane(keyed)); err != nil {
				t.Fatal(err)
			}
			want(t, "looked for again", states()["keyed"], DeliveryHanded)
			want(t, "messages under their key", keyed.texts(), []string{"keyed: s/r"})
			for _, table := range []string{"delivery_notices", "deliveries", "notices", "notifier_workers"} {
				o.exec(`DELETE FROM ` + table)
			}
		}
	})
}
