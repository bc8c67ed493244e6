package notifier

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: got %v, want %v\n%s", what, got, want, d)
	}
}

func TestEveryStatementPreparesOnItsEngines(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		for statement, on := range queries {
			if on == onPostgres && db.DriverName() != "postgres" || on == onSQLite && db.DriverName() != "sqlite" {
				continue
			}
			expanded := strings.ReplaceAll(statement, "IN (?)", "IN (?, ?)")
			s, err := db.Preparex(db.Rebind(expanded))
			if err != nil {
				t.Errorf("%s\n%v", statement, err)
				continue
			}
			s.Close()
		}
	})
}

func TestANoticeExistsOnlyIfTheChangeCommitted(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		tx := db.MustBegin()
		if _, err := Enqueue(t.Context(), tx, o.Now(), func() string { return "n" }, notice("甲", "走访", "T-3", "2026-01-05 08:00", "")); err != nil {
			t.Fatal(err)
		}
		tx.Rollback()
		want(t, "notices after a rollback", o.states(), []string{})
	})
}

func TestTheSameObligationIsEnteredOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		n := notice("甲", "走访", "T-3", "2026-01-05 08:00", "")
		want(t, "added at first", o.enqueue(n, n), 1)
		want(t, "added again", o.enqueue(n), 0)
		o.run()
		want(t, "added after it was sent", o.enqueue(n), 0)
		o.run()
		want(t, "messages", mail.texts(), []string{"甲: 走访/T-3"})
		n.Revision++
		want(t, "added for a later revision", o.enqueue(n), 1)
	})
}

func TestABadNoticeIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		good := notice("甲", "走访", "T-3", "2026-01-05 08:00", "")
		for name, bad := range map[string]Notice{
			"no recipient":       notice("", "走访", "T-3", "2026-01-05 08:00", ""),
			"ends before it due": notice("甲", "走访", "T-1", "2026-01-05 08:00", "2026-01-05 07:59"),
			"no due instant":     {Recipient: "甲", Subject: "走访", Rule: "T-3"},
		} {
			tx := db.MustBegin()
			if n, err := Enqueue(t.Context(), tx, o.Now(), func() string { return "n" }, good, bad); err == nil || n != 0 {
				t.Errorf("%s: got %d added, error %v, want an error", name, n, err)
			}
			tx.Rollback()
		}
	})
}

func TestADayHasOneDigest(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		o.enqueue(
			notice("甲", "走访", "当天", "2026-01-05 07:30", "2026-01-05 17:30"),
			notice("甲", "事项", "T-1", "2026-01-05 08:00", "2026-01-06 18:00"),
			notice("甲", "会议", "T-3", "2026-01-05 15:00", "2026-01-08 09:00"),
			notice("甲", "走访", "明天", "2026-01-06 08:00", ""),
			notice("乙", "走访", "当天", "2026-01-05 07:30", "2026-01-05 17:30"))
		o.runAt("2026-01-05 07:00")
		want(t, "before anything is due", mail.texts(), []string{})
		o.runAt("2026-01-05 07:30")
		want(t, "the digest takes along what is due later that day", mail.texts(),
			[]string{"乙: 走访/当天", "甲: 事项/T-1 会议/T-3 走访/当天"})
		o.runAt("2026-01-05 23:00")
		want(t, "messages in the evening", len(mail.texts()), 2)
		o.runAt("2026-01-06 08:00")
		want(t, "messages the next day", len(mail.texts()), 3)
	})
}

func TestAtMostThreeMessagesADayOutsideUrgentOnes(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		due := "2026-01-05 09:00"
		o.enqueue(notice("甲", "一", "r", due, ""))
		o.runAt("2026-01-05 09:00")
		o.enqueue(notice("甲", "可等", "r", due, ""), notice("甲", "二", "r", due, "2026-01-05 20:00"))
		o.runAt("2026-01-05 09:10")
		want(t, "the second goes because it cannot wait", mail.texts(), []string{"甲: 一/r", "甲: 二/r"})
		o.enqueue(notice("甲", "三", "r", due, "2026-01-05 20:00"))
		o.runAt("2026-01-05 09:20")
		o.enqueue(notice("甲", "四", "r", due, "2026-01-05 20:00"))
		urgent := notice("甲", "急", "r", due, "2026-01-05 20:00")
		urgent.Urgent = true
		o.enqueue(urgent)
		o.runAt("2026-01-05 09:30")
		want(t, "the fourth waits, the urgent one goes", mail.texts(), []string{"甲: 一/r", "甲: 三/r", "甲: 二/r", "甲: 急/r"})
		o.runAt("2026-01-06 08:00")
		want(t, "the next digest carries what could wait", mail.texts()[len(mail.texts())-3:], []string{"甲: 二/r", "甲: 可等/r", "甲: 急/r"})
		want(t, "states", o.states(), []string{"一/r done", "三/r done", "二/r done", "可等/r done", "四/r expired too-late; daily-limit", "急/r done"})
	})
}

func TestQuietHoursAndDaysOffHoldAllButUrgentOnes(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		urgent := notice("甲", "急", "r", "2026-01-09 22:00", "")
		urgent.Urgent = true
		o.enqueue(urgent, notice("甲", "夜", "r", "2026-01-09 22:00", ""), notice("甲", "周末", "r", "2026-01-09 22:00", "2026-01-10 12:00"))
		o.runAt("2026-01-09 22:00") // a Friday
		want(t, "at night", mail.texts(), []string{"甲: 急/r"})
		o.runAt("2026-01-10 06:59")
		want(t, "one minute before seven", len(mail.texts()), 1)
		o.runAt("2026-01-10 07:00")
		want(t, "on Saturday only what would be useless on Monday", mail.texts(), []string{"甲: 周末/r", "甲: 急/r"})
		o.runAt("2026-01-11 10:00")
		want(t, "on Sunday", len(mail.texts()), 2)
		o.runAt("2026-01-12 08:00")
		want(t, "on Monday", len(mail.texts()), 3)
	})
}

func TestAfterAnOutageWhatIsUsefulIsSentAndTheRestExpiresWithANote(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		o.enqueue(notice("甲", "走访", "T-3", "2026-01-12 08:00", "2026-01-14 08:00"), notice("甲", "走访", "T-1", "2026-01-14 08:00", "2026-01-15 07:30"),
			notice("甲", "事项", "逾期", "2026-01-13 08:00", "2026-02-13 08:00"))
		o.runAt("2026-01-26 10:00") // two weeks later, a Monday
		want(t, "messages", mail.texts(), []string{"甲: 事项/逾期"})
		want(t, "states", o.states(), []string{"事项/逾期 done", "走访/T-1 expired too-late", "走访/T-3 expired too-late"})
		zh, en := Words("too-late; quiet-hours")
		want(t, "the note in Chinese", zh, "发送前已过时：免打扰时段，顺延")
		want(t, "the note in English", en, "it was of no more use before it could be sent: waits for the end of quiet hours")
	})
}

func TestAClockThatJumpsLosesAndDoublesNothing(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		o.enqueue(notice("甲", "会议", "T-1", "2026-01-05 19:10", "2026-01-05 20:30"), notice("乙", "会议", "T-1", "2026-01-05 19:10", ""))
		o.runAt("2026-01-05 21:05") // two hours fast, in quiet hours: nothing goes, all is put off, one looks expired
		want(t, "while the clock is fast", mail.texts(), []string{})
		o.runAt("2026-01-05 19:05") // set right
		want(t, "before it is due", mail.texts(), []string{})
		o.runAt("2026-01-05 19:10")
		want(t, "at its time", mail.texts(), []string{"乙: 会议/T-1", "甲: 会议/T-1"})
		o.runAt("2026-01-05 17:10") // two hours back
		o.runAt("2026-01-05 19:10")
		want(t, "after a jump back", len(mail.texts()), 2)
	})
}

func TestARetryPutOffByAFastClockIsNotForgotten(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		down := true
		mail := &fake{name: "mail", answer: func(Message) error {
			if down {
				return &Temporary{errors.New("421 busy")}
			}
			return nil
		}}
		o := newOffice(t, db, mail)
		o.enqueue(notice("甲", "会议", "T-1", "2026-01-05 09:00", ""))
		o.runAt("2026-01-05 11:00")
		down = false
		o.runAt("2026-01-05 09:01")
		want(t, "messages", mail.texts(), []string{"甲: 会议/T-1"})
	})
}

func TestACancelledSubjectIsNotSent(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		down := true
		mail := &fake{name: "mail", answer: func(Message) error {
			if down {
				return &Temporary{errors.New("down")}
			}
			return nil
		}}
		o := newOffice(t, db, mail)
		o.enqueue(notice("甲", "走访", "T-1", "2026-01-05 08:00", ""), notice("甲", "会议", "T-3", "2026-01-07 08:00", ""), notice("乙", "走访", "T-1", "2026-01-05 08:00", ""))
		o.run()
		o.enqueue(Notice{Recipient: "甲", Subject: "走访", Revision: 1, Rule: "T-1", DueAt: at("2026-01-06 08:00")})
		tx := db.MustBegin()
		n, err := CancelSubject(context.Background(), tx, o.Now(), "走访", 1)
		if err != nil || n != 2 {
			t.Fatalf("cancel: got %d, %v, want 2", n, err)
		}
		tx.Commit()
		down = false
		o.runAt("2026-01-05 09:00")
		want(t, "messages", mail.texts(), []string{})
		for _, d := range o.deliveries() {
			want(t, "delivery of "+d.Recipient, d.State, DeliveryWithdrawn)
		}
		o.runAt("2026-01-06 08:00")
		want(t, "messages of the next day", mail.texts(), []string{"甲: 走访/T-1"})
		tx = db.MustBegin()
		if _, err := CancelSubject(context.Background(), tx, o.Now(), "会议", math.MaxInt32); err != nil {
			t.Fatal(err)
		}
		tx.Commit()
		want(t, "states", o.states(), []string{"会议/T-3 cancelled subject-changed", "走访/T-1 cancelled subject-changed", "走访/T-1 cancelled subject-changed", "走访/T-1 done"})
	})
}

func TestTheNextChannelFollowsARefusal(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail", answer: func(Message) error { return &Permanent{errors.New("550 no such user")} }}
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db, mail, slip)
		o.enqueue(notice("甲", "走访", "T-1", "2026-01-05 08:00", ""))
		out := o.run()
		want(t, "failed and handed", []int{out.Failed, out.Handed}, []int{1, 1})
		want(t, "slips", slip.texts(), []string{"甲: 走访/T-1"})
		ds := o.deliveries()
		want(t, "states", []DeliveryState{ds[0].State, ds[1].State}, []DeliveryState{DeliveryFailed, DeliveryHanded})
		want(t, "chain", ds[1].Root, ds[0].ID)
		want(t, "why", ds[0].Why, "permanent: 550 no such user")
		want(t, "notices", o.states(), []string{"走访/T-1 done"})
	})
}

func TestTheNextChannelFollowsAfterFiveTries(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		tries := 0
		mail := &fake{name: "mail", answer: func(Message) error { tries++; return &Temporary{errors.New("451 later")} }}
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db, mail, slip)
		o.enqueue(notice("甲", "走访", "T-1", "2026-01-05 08:00", ""))
		for range 100 {
			o.run()
			o.clock.add(time.Minute)
		}
		want(t, "tries", tries, maxTries)
		want(t, "slips", slip.texts(), []string{"甲: 走访/T-1"})
	})
}

func TestWithoutAnyChannelTheObligationStandsAndIsTriedAnew(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		broken := true
		mail := &fake{name: "mail", answer: func(Message) error {
			if broken {
				return &Permanent{errors.New("550")}
			}
			return nil
		}}
		o := newOffice(t, db, mail)
		delete(o.people, "乙")
		o.enqueue(notice("甲", "走访", "T-1", "2026-01-05 08:00", ""), notice("乙", "走访", "T-1", "2026-01-05 08:00", "2026-01-05 18:00"))
		o.run()
		want(t, "states", o.states(), []string{"走访/T-1 scheduled no-channel", "走访/T-1 scheduled no-channel; permanent: 550"})
		broken = false
		o.runAt("2026-01-06 08:00")
		want(t, "messages", mail.texts(), []string{"甲: 走访/T-1"})
		want(t, "states at last", o.states(), []string{"走访/T-1 done", "走访/T-1 expired too-late; no-channel"})
	})
}

func TestARateLimitPausesTheChannelWithoutCountingTries(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		calls := 0
		bot := &fake{name: "bot", keyed: true, answer: func(Message) error {
			calls++
			return &RateLimited{RetryAfter: time.Hour, Err: errors.New("errcode 45009")}
		}}
		mail := &fake{name: "mail"}
		o := newOffice(t, db, bot, mail)
		o.people["丙"] = Person{Addresses: []Address{{"mail", "丙"}}}
		o.worker.Parallel = 1
		o.enqueue(notice("甲", "走访", "r", "2026-01-05 08:00", ""), notice("乙", "走访", "r", "2026-01-05 08:00", ""), notice("丙", "走访", "r", "2026-01-05 08:00", ""))
		o.run()
		o.run()
		want(t, "calls of the limited provider", calls, 1)
		want(t, "the other provider", mail.texts(), []string{"丙: 走访/r"})
		for _, d := range o.deliveries() {
			if d.Channel == "bot" {
				want(t, "tries", d.Tries, 0)
				want(t, "state", d.State, DeliveryReady)
			}
		}
	})
}

func TestAnUncertainDeliveryIsAskedForRepeatedOrShown(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		broken := true
		cut := func(Message) error {
			if broken {
				return errors.New("connection reset after DATA")
			}
			return nil
		}
		known := asking{&fake{name: "known", answer: cut, find: func(string) (bool, error) { return true, nil }}}
		never := asking{&fake{name: "never", answer: cut, find: func(string) (bool, error) { return false, nil }}}
		mute := &fake{name: "mute", answer: cut}
		o := newOffice(t, db)
		o.worker.Channels = []Channel{known, never, mute}
		o.SendAgain = func(rule string) bool { return rule == "again" }
		for who, c := range map[string]string{"甲": "known", "乙": "never", "丙": "mute", "丁": "mute"} {
			o.people[who] = Person{Addresses: []Address{{c, who}}}
		}
		due := "2026-01-05 08:00"
		o.enqueue(notice("甲", "s", "ask", due, ""), notice("乙", "s", "ask", due, ""), notice("丙", "s", "show", due, ""), notice("丁", "s", "again", due, ""))
		want(t, "uncertain", o.run().Uncertain, 4)
		broken = false
		want(t, "settled at once", o.run().Handed, 0) // the worker itself might still answer
		o.runAt("2026-01-05 08:05")
		want(t, "asked and taken: not sent again", known.texts(), []string{})
		want(t, "asked and never taken: sent", never.texts(), []string{"乙: s/ask"})
		want(t, "not to be asked: sent again by policy, or shown", mute.texts(), []string{"丁: s/again"})
		want(t, "states", o.states(), []string{"s/again done", "s/ask done", "s/ask done", "s/show due unknown-outcome"})
		shown, err := Deliveries(t.Context(), db, Filter{Delivery: DeliveryUncertain})
		if err != nil || len(shown) != 1 || shown[0].Recipient != "丙" {
			t.Fatalf("uncertain: got %v, %v, want 丙's", shown, err)
		}
		if err := o.Resolve(t.Context(), shown[0].ID, true); err != nil {
			t.Fatal(err)
		}
		if err := o.Resolve(t.Context(), shown[0].ID, true); !errors.Is(err, ErrSettled) {
			t.Errorf("resolve twice: got %v, want ErrSettled", err)
		}
		want(t, "after a person's word", o.states()[3], "s/show done")
	})
}

func TestAnAddressIsRevealedOnlyAtHandOver(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail, slip := &fake{name: "mail"}, &fake{name: "slip", keyed: true}
		o := newOffice(t, db, mail, slip)
		o.people["甲"] = Person{Addresses: []Address{{"mail", ""}, {"slip", "甲"}}}
		o.people["乙"] = Person{Addresses: []Address{{"mail", ""}, {"slip", "乙"}}}
		asked := 0
		o.Reveal = func(_ context.Context, channel string, rs []string) (map[string]string, error) {
			asked++
			return map[string]string{"甲": "jia@example.org"}, nil
		}
		o.enqueue(notice("甲", "s", "r", "2026-01-05 09:00", ""), notice("乙", "s", "r", "2026-01-05 09:00", ""))
		if _, err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.runAt("2026-01-05 08:59")
		want(t, "asked before anything is due", asked, 0)
		o.runAt("2026-01-05 09:00")
		want(t, "mails", mail.texts(), []string{"jia@example.org: s/r"})
		want(t, "slips for who has no mail", slip.texts(), []string{"乙: s/r"})
	})
}

func TestCountsAreSortedByChannelAndState(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail", answer: func(m Message) error {
			if m.To == "乙" {
				return &Permanent{errors.New("550")}
			}
			return nil
		}}
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db, mail, slip)
		for _, who := range []string{"甲", "乙", "丙"} {
			o.enqueue(notice(who, "s", "r", "2026-01-05 08:00", ""))
		}
		o.run()
		counts, err := Counts(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "counts", counts, []Count{{"mail", DeliveryFailed, 1}, {"mail", DeliveryHanded, 2}, {"slip", DeliveryHanded, 1}})
	})
}

func TestQuietHoursMaySpanMidnight(t *testing.T) {
	night := Person{QuietFrom: civil.MustClock("21:00"), QuietUntil: civil.MustClock("07:00")}
	noon := Person{QuietFrom: civil.MustClock("12:00"), QuietUntil: civil.MustClock("14:30")}
	for _, c := range []struct {
		p     Person
		clock string
		quiet bool
	}{{night, "21:00", true}, {night, "00:00", true}, {night, "06:59", true}, {night, "07:00", false}, {night, "20:59", false},
		{noon, "12:00", true}, {noon, "14:30", false}, {noon, "11:59", false}, {Person{}, "03:00", false}} {
		if got := c.p.quiet(civil.MustClock(c.clock)); got != c.quiet {
			t.Errorf("quiet at %s: got %v, want %v", c.clock, got, c.quiet)
		}
	}
}
