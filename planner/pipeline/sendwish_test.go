package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// provider counts what it takes, and refuses those whom it does not know.
type provider struct {
	name    string
	mu      sync.Mutex
	taken   []taken
	refuses func(to string) bool
	now     func() time.Time
}

type taken struct {
	at     time.Time
	to     string
	text   string
	urgent bool
}

func (p *provider) Name() string   { return p.name }
func (p *provider) TakesKey() bool { return true }
func (p *provider) Send(_ context.Context, m notifier.Message) (notifier.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuses != nil && p.refuses(m.To) {
		return notifier.Receipt{}, &notifier.Permanent{Err: errors.New("unknown")}
	}
	p.taken = append(p.taken, taken{p.now(), m.To, m.Subject + "\n" + m.Text, m.Urgent})
	return notifier.Receipt{ID: m.Key, Delivered: true}, nil
}

// times are when messages to somebody went, as "01-12 08:00".
func (p *provider) times(who string, zone *time.Location) (out []string) {
	for _, m := range p.taken {
		if strings.HasPrefix(m.to, who+" ") {
			out = append(out, m.at.In(zone).Format("01-02 15:04"))
		}
	}
	slices.Sort(out)
	return out
}

// newSendTown is a town whose office has a bot and slips.
func newSendTown(t *testing.T, url string) (r *remindTown, bot, slip *provider) {
	r = newRemindTown(t, url)
	bot, slip = &provider{name: "bot", now: func() time.Time { return r.now }}, &provider{name: pipeline.SlipChannel, now: func() time.Time { return r.now }}
	r.Channels = []notifier.Channel{bot, slip}
	return r, bot, slip
}

// through runs the service from day to day, every quarter of an hour from 06:00 to 22:00.
func (r *remindTown) through(from, until string) {
	for day := civil.MustDate(from); !day.After(civil.MustDate(until)); day = day.AddDays(1) {
		for clock := civil.MustClock("06:00"); clock < civil.MustClock("22:00"); clock += 15 {
			r.now = day.At(clock, r.Zone)
			r.send()
		}
	}
}

func TestEachPersonIsToldAsTheyChose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, bot, slip := newSendTown(t, url)
		r.sweep()
		clock := civil.MustClock
		base := planner.SendWish{Cadre: "id-S0001", QuietFrom: clock("21:00"), QuietUntil: clock("07:00"), Lang: "en"}
		set := func(w planner.SendWish) {
			if err := r.SetSendWish(t.Context(), asCadre(w.Cadre), w); err != nil {
				t.Fatal(err)
			}
		}
		one, two, three := base, base, base
		one.Channels, one.DigestAt = []string{pipeline.SlipChannel, "bot"}, clock("10:30")
		two.Cadre, two.QuietFrom, two.QuietUntil, two.Lang = "id-S0002", clock("12:00"), clock("09:00"), "zh"
		three.Cadre, three.MuteUntil, three.Lang = "id-S0003", civil.MustDate("2026-01-14"), "zh"
		set(one)
		set(two)
		set(three)
		bot.refuses = func(to string) bool { return strings.HasPrefix(to, "某S0002 ") }
		r.through("2026-01-12", "2026-01-14")
		// A mute on the evening before; who lifts it gets what waited at once, not when it would have ended.
		r.at("2026-01-14", "22:00")
		three.MuteUntil = civil.MustDate("2026-01-20")
		set(three)
		for _, clock := range []string{"07:30", "09:00", "10:30", "11:45"} {
			r.at("2026-01-15", clock)
			r.send()
		}
		r.at("2026-01-15", "12:00")
		three.MuteUntil = civil.Date{}
		set(three)
		r.send()
		for _, c := range []struct {
			who  string
			by   *provider
			want []string
		}{
			{"某S0001", slip, []string{"01-12 10:30", "01-14 10:30", "01-15 10:30"}},
			{"某S0001", bot, nil},
			{"某S0002", bot, nil}, // refused, so it falls back
			{"某S0002", slip, []string{"01-12 09:00", "01-14 09:00", "01-15 09:00"}},
			{"某S0003", bot, []string{"01-14 08:00", "01-15 12:00"}},
		} {
			if got := c.by.times(c.who, r.Zone); !slices.Equal(got, c.want) {
				t.Errorf("%s by %s: got %q, want %q", c.who, c.by.name, got, c.want)
			}
		}
		for _, m := range slip.taken {
			if strings.HasPrefix(m.to, "某S0001 ") && !strings.Contains(m.text, "Mass-work-day") {
				t.Errorf("a reader of English got:\n%s", m.text)
			}
		}
	})
}

func TestOnlyThePersonSetsHowTheyAreTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, _, _ := newSendTown(t, url)
		good := planner.SendWish{Cadre: "id-S0001", QuietFrom: 21 * 60, QuietUntil: 7 * 60, Lang: "zh"}
		if err := r.SetSendWish(t.Context(), asCadre("id-S0002"), good); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("another cadre: got %v, want Forbidden", err)
		}
		if _, err := r.SendWish(t.Context(), asCadre("id-S0002"), "id-S0001"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("another cadre reads it: got %v, want Forbidden", err)
		}
		for name, spoil := range map[string]func(w *planner.SendWish){
			"an unknown channel":     func(w *planner.SendWish) { w.Channels = []string{"telex"} },
			"a channel twice":        func(w *planner.SendWish) { w.Channels = []string{"bot", "bot"} },
			"no hour left":           func(w *planner.SendWish) { w.QuietFrom, w.QuietUntil = 8*60, 7*60+30 },
			"a digest in the night":  func(w *planner.SendWish) { w.DigestAt = 23 * 60 },
			"a mute of half a year":  func(w *planner.SendWish) { w.MuteUntil = civil.MustDate("2026-07-01") },
			"an unknown language":    func(w *planner.SendWish) { w.Lang = "fr" },
			"an hour after midnight": func(w *planner.SendWish) { w.QuietFrom = 30 * 60 },
		} {
			w := good
			spoil(&w)
			if err := r.SetSendWish(t.Context(), asCadre("id-S0001"), w); planner.KindOf(err) != planner.Invalid {
				t.Errorf("%s: got %v, want Invalid", name, err)
			}
		}
		if err := r.SetSendWish(t.Context(), asCadre("id-S0001"), good); err != nil {
			t.Error(err)
		}
	})
}

// A month of tasks and of short-lived reminders for 1,000 people with all kinds of wishes (100 on PostgreSQL unless LIANXIN_SEND_FULL is set).
func TestNobodyGetsMoreThanThreeMessagesADayInAMonthOfAThousandPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		people := 1000
		switch {
		case smallTest():
			people = 25
		case strings.HasPrefix(url, "postgres") && os.Getenv("LIANXIN_SEND_FULL") == "":
			people = 100
		}
		r, bot, slip := newSendTown(t, url)
		rng := rand.New(rand.NewPCG(1, 2))
		var cs []planner.Cadre
		var ts []planner.Task
		for i := range people {
			c := planner.Cadre{ID: planner.CadreID(fmt.Sprintf("m%04d", i)), Code: fmt.Sprintf("M%04d", i), Name: fmt.Sprintf("民%04d", i), Unit: "unit", Rank: planner.RankStaff, Active: true}
			cs = append(cs, c)
			for j := range 3 {
				due := civil.MustDate("2026-01-06").AddDays(rng.IntN(28))
				ts = append(ts, planner.Task{ID: planner.TaskID(fmt.Sprintf("t%04d%d", i, j)), Key: fmt.Sprintf("promise/%d/%d", i, j), Kind: planner.TaskPromise, Owner: c.ID,
					Say: planner.Both(fmt.Sprintf("第%d件", j)), StartOn: civil.MustDate("2026-01-01"), DueOn: due, EndOn: due.AddDays(60), State: planner.TaskReady})
			}
		}
		r.write(func(tx *store.Tx) error {
			if err := tx.PutCadres(cs); err != nil {
				return err
			}
			for i, c := range cs {
				w := planner.SendWish{Cadre: c.ID, QuietFrom: civil.Clock((17 + rng.IntN(6)) * 60), QuietUntil: civil.Clock((6 + rng.IntN(4)) * 60), AnyDay: i%5 == 0, Lang: []string{"zh", "en"}[i%2]}
				if i%3 == 0 {
					w.DigestAt = civil.Clock((10 + rng.IntN(6)) * 60)
				}
				if i%7 == 0 {
					w.MuteUntil = civil.MustDate("2026-01-05").AddDays(rng.IntN(20))
				}
				if i%4 == 0 {
					w.Channels = []string{pipeline.SlipChannel}
				}
				if i%2 == 0 {
					if err := tx.PutSendWish(w); err != nil {
						return err
					}
				}
			}
			// Short-lived ones all day long on a few days: more than three would be wanted.
			var short []notifier.Notice
			for i, c := range cs {
				for _, day := range []int{7, 13, 22} {
					for clock := 8; clock <= 17; clock += 2 {
						at := civil.Of(2026, 1, day+i%2).At(civil.Clock(clock*60), r.Zone)
						short = append(short, notifier.Notice{Recipient: string(c.ID), Subject: fmt.Sprintf("short/%d/%d", day, clock), Rule: "short", DueAt: at, ExpiresAt: at.Add(3 * time.Hour), Template: "short", Args: map[string]string{"zh": "短", "en": "short"}})
					}
				}
			}
			if _, err := notifier.Enqueue(t.Context(), tx.SQL(), r.now, r.NewID, short...); err != nil {
				return err
			}
			return tx.PutTasks(ts)
		})
		for day := civil.MustDate("2026-01-05"); day.Before(civil.MustDate("2026-02-05")); day = day.AddDays(1) {
			r.now = day.At(5*60, r.Zone)
			if _, err := r.SweepTasks(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.sweep()
			for _, clock := range []string{"08:00", "10:00", "12:00", "15:00", "18:00"} {
				r.now = day.At(civil.MustClock(clock), r.Zone)
				r.send()
			}
		}
		perDay, messages, most := map[string]int{}, 0, 0
		for _, p := range []*provider{bot, slip} {
			for _, m := range p.taken {
				messages++
				if !m.urgent {
					key := m.to + m.at.In(r.Zone).Format(" 2006-01-02")
					perDay[key]++
					most = max(most, perDay[key])
				}
			}
		}
		if most != 3 {
			t.Errorf("got %d messages to one person on one day, want three, which is the limit", most)
		}
		if messages < 6*people {
			t.Errorf("got %d messages to %d people, want at least 6 each", messages, people)
		}
		ns, err := notifier.Notices(t.Context(), r.DB.Writer(), notifier.Filter{Until: civil.MustDate("2026-02-02").At(0, r.Zone), Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range ns {
			if n.State == notifier.NoticeScheduled || n.State == notifier.NoticeDue {
				t.Errorf("%s %s to %s due %s is still %s (%s)", n.Rule, n.Subject, n.Recipient, n.DueAt.In(r.Zone), n.State, n.Why)
			}
		}
		t.Logf("%d messages of %d notices to %d people; at most %d on one day", messages, len(ns), people, most)
	})
}
