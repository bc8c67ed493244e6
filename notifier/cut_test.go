package notifier

import (
	"errors"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// A connection that breaks while a message is handed over leaves it open whether the provider took it. Where the key settles that, the
// message goes again after seconds, not after a minute; a provider that says "later" is left alone for its minute as before.
func TestAMessageWhoseConnectionBrokeGoesAgainInSecondsWhereItsKeyIsHonoured(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		pauses []time.Duration // until the provider takes it, at the fourth try
	}{
		{"cut", &Uncertain{errors.New("connection reset")}, []time.Duration{cutPause, 5 * time.Minute, 15 * time.Minute}},
		{"later", &Temporary{errors.New("500")}, []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
				tries := 0
				bot := &fake{name: "bot", keyed: true, answer: func(Message) error {
					if tries++; tries < 4 {
						return c.err
					}
					return nil
				}}
				o := newOffice(t, db, bot)
				o.enqueue(notice("甲", "走访", "T-1", "2026-01-05 08:00", ""))
				o.run()
				for n, pause := range c.pauses {
					want(t, "tries", tries, n+1)
					o.clock.add(pause - time.Second)
					o.run()
					want(t, "tries a second too early", tries, n+1)
					o.clock.add(time.Second)
					o.run()
				}
				want(t, "messages", bot.texts(), []string{"甲: 走访/T-1"})
			})
		})
	}
}
