package notifier

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

func TestMetricsSayHowOldTheOldestDueNoticeIsAndHowChannelsDo(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail", answer: func(Message) error { return &Down{errors.New("refused")} }}
		bot := &counted{fake: &fake{name: `b"t`, keyed: true}, limits: []Limit{{"", 20, time.Minute}}}
		o := newOffice(t, db)
		o.worker.Channels = []Channel{mail, bot}
		o.worker.Parallel = 1
		o.enqueue(crowdOf(o, "mail", 8)...)
		o.people["甲"] = Person{Addresses: []Address{{`b"t`, "甲"}}}
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
		o.run()
		o.clock.add(90 * time.Second)
		var b strings.Builder
		if err := o.WriteMetrics(t.Context(), &b, o.worker.Health()); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"# TYPE lianxin_notifier_oldest_due_seconds gauge",
			"lianxin_notifier_oldest_due_seconds 90",
			`lianxin_notifier_notices{state="done"} 1`,
			`lianxin_notifier_notices{state="due"} 8`,
			`lianxin_notifier_deliveries{channel="mail",state="ready"} 8`,
			`lianxin_notifier_deliveries{channel="b\"t",state="handed"} 1`,
			`lianxin_notifier_budget_in_hand{budget="b\"t 20/1m0s"} 0`,
			`lianxin_notifier_breaker{channel="mail",state="open"} 1`,
			`lianxin_notifier_breaker{channel="b\"t",state="closed"} 1`,
		} {
			if !strings.Contains(b.String(), line+"\n") {
				t.Errorf("no line %s in\n%s", line, b.String())
			}
		}
	})
}

func TestAfterAFailOverReceiptsSettleWhatTheLedgerForgot(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""), notice("乙", "s", "r", "2026-01-05 08:00", ""))
		if _, err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		ds := o.deliveries()
		out, err := o.Reconcile(t.Context(), []string{ds[0].ID, "a key of the lost minutes"})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "reconciled", out, Reconciled{Settled: []string{ds[0].ID}, Unknown: []string{"a key of the lost minutes"}})
		o.run()
		want(t, "only the other is sent", mail.texts(), []string{ds[1].Recipient + ": s/r"})
		want(t, "states", o.states(), []string{"s/r done", "s/r done"})
	})
}
