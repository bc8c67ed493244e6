package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// remindTown is a town with a laid year whose mails and slips are files.
type remindTown struct {
	*calendarTown
	mails, slips string
}

func newRemindTown(t *testing.T, url string) *remindTown {
	w := newCalendarTown(t, url, 3)
	r := &remindTown{w, filepath.Join(t.TempDir(), "mail"), filepath.Join(t.TempDir(), "slip")}
	w.Channels = []notifier.Channel{notifier.File{Label: "mail", Dir: r.mails}, notifier.File{Label: pipeline.SlipChannel, Dir: r.slips}}
	c := w.cadres["id-S0001"]
	c.Mail, c.Mobile = "s1@example.org", "19900000001"
	w.write(func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{c}) })
	w.lay(2026)
	return r
}

// files are the texts in a folder, sorted by their names of no meaning.
func files(t *testing.T, dir string) (texts []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	slices.Sort(texts)
	return texts
}

func (r *remindTown) sweep() (added int) {
	r.t.Helper()
	added, err := r.EnsureReminders(r.t.Context(), pipeline.ReminderHorizonDays)
	if err != nil {
		r.t.Fatal(err)
	}
	return added
}

func (r *remindTown) send() notifier.Outcome {
	r.t.Helper()
	out, err := r.SendDue(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *remindTown) at(day, clock string) {
	r.now = civil.MustDate(day).At(civil.MustClock(clock), r.Zone)
}

// of lists the reminders of one person as "due title state".
func (r *remindTown) of(name, until string) (rows []string) {
	r.t.Helper()
	ns, err := r.Reminders(r.t.Context(), asPlanner, civil.MustDate(until))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range ns {
		if strings.HasPrefix(n.Who, name+" ") {
			rows = append(rows, fmt.Sprintf("%s %s %s %s", n.DueAt.In(r.Zone).Format("01-02 15:04"), n.Channel, n.Title.ZH, n.State))
		}
	}
	return rows
}

func TestACadreIsRemindedThreeTimesOfTheMassWorkDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		want := []string{
			"01-12 08:00 mail 群众工作日：1月15日 周四 08:30–17:30 planned",
			"01-14 08:00 mail 群众工作日：1月15日 周四 08:30–17:30 planned",
			"01-15 07:30 mail 群众工作日：1月15日 周四 08:30–17:30 planned",
		}
		if got := r.of("某S0001", "2026-01-31"); !slices.Equal(got, want) {
			t.Errorf("dry run: got %q, want %q", got, want)
		}
		added := r.sweep()
		if added == 0 {
			t.Fatal("a sweep added nothing")
		}
		if again := r.sweep(); again != 0 {
			t.Errorf("a second sweep: got %d added, want 0", again)
		}
		if got := r.of("某S0001", "2026-01-31"); len(got) != 3 || !strings.HasSuffix(got[0], " scheduled") {
			t.Errorf("after the sweep: got %q, want the same three, scheduled", got)
		}
		for _, moment := range [][2]string{{"2026-01-12", "07:59"}, {"2026-01-12", "08:00"}, {"2026-01-14", "08:00"}, {"2026-01-15", "07:30"}, {"2026-01-15", "18:00"}} {
			r.at(moment[0], moment[1])
			r.send()
		}
		mails := files(t, r.mails)
		if len(mails) != 3 {
			t.Fatalf("mails: got %d, want 3", len(mails))
		}
		for _, m := range mails {
			if !strings.Contains(m, "To: s1@example.org\r\n") || !strings.Contains(m, "请走访5户，户编号：") || !strings.Contains(m, "示例市信访局") {
				t.Errorf("mail lacks address, households or sender:\n%s", m)
			}
		}
		if got := r.of("某S0001", "2026-01-31"); len(got) != 3 || !strings.HasSuffix(got[2], " done") {
			t.Errorf("at the end: got %q, want all done", got)
		}
		if again := r.sweep(); again < 0 || len(files(t, r.mails)) != 3 {
			t.Errorf("a sweep after sending: %d mails, want 3", len(files(t, r.mails)))
		}
	})
}

var forbidden = regexp.MustCompile(`1[3-9]\d{9}|张某某|政策咨询|农技|就业|助学|日常照料|法律咨询|代办跑腿`)

func TestAMonthOfMessagesHoldsCodesOnlyAndNobodyGetsMoreThanThreeADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		perDay := map[string]int{}
		for day := civil.MustDate("2026-01-05"); day.Before(civil.MustDate("2026-02-05")); day = day.AddDays(1) {
			every := civil.Clock(60)
			if smallTest() {
				every = 120
			}
			for clock := civil.MustClock("06:00"); clock < civil.MustClock("22:00"); clock += every {
				r.now = day.At(clock, r.Zone)
				if clock == civil.MustClock("06:00") {
					r.sweep()
				}
				r.send()
			}
		}
		ds, err := notifier.Deliveries(t.Context(), r.DB.Writer(), notifier.Filter{Limit: 100000})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			if d.State != notifier.DeliveryDelivered {
				t.Errorf("delivery %s: got %s (%s), want delivered", d.ID, d.State, d.Why)
			}
			perDay[d.Recipient+" "+d.Day.String()]++
			if r.Notifier().IsWorkday(d.Day) == false {
				t.Errorf("a message on %s, which is no working day", d.Day)
			}
		}
		for key, n := range perDay {
			if n > 1 {
				t.Errorf("%s: got %d messages, want one digest", key, n)
			}
		}
		texts := slices.Concat(files(t, r.mails), files(t, r.slips))
		if len(texts) != len(ds) || len(ds) < 35 {
			t.Errorf("got %d files for %d deliveries, want as many, at least one for each leader", len(texts), len(ds))
		}
		for _, text := range texts {
			if found := forbidden.FindString(text); found != "" {
				t.Errorf("a message holds %q:\n%s", found, text)
			}
			if strings.Contains(text, "{") {
				t.Errorf("a placeholder was left:\n%s", text)
			}
		}
		ns, err := notifier.Notices(t.Context(), r.DB.Writer(), notifier.Filter{Until: r.now, Limit: 100000})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range ns {
			if n.State != notifier.NoticeDone {
				t.Errorf("notice %s %s due %s: got %s (%s), want done", n.Subject, n.Rule, n.DueAt.In(r.Zone), n.State, n.Why)
			}
		}
	})
}

func TestAMovedDayCancelsWhatWasPlannedAndIsToldAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		events, _ := r.all()
		e := events["mwd/202601/id-S0001"]
		e.On, e.Sequence, e.ChangedAt = civil.MustDate("2026-01-20"), e.Sequence+1, r.now
		r.write(func(tx *store.Tx) error { return tx.PutEvents([]planner.Event{e}) })
		r.sweep()
		want := []string{
			"01-12 08:00 mail 群众工作日：1月15日 周四 08:30–17:30 done",
			"01-14 08:00 mail 群众工作日：1月15日 周四 08:30–17:30 cancelled",
			"01-15 07:30 mail 群众工作日：1月15日 周四 08:30–17:30 cancelled",
			"01-15 08:00 mail 群众工作日：1月20日 周二 08:30–17:30 scheduled",
			"01-19 08:00 mail 群众工作日：1月20日 周二 08:30–17:30 scheduled",
			"01-20 07:30 mail 群众工作日：1月20日 周二 08:30–17:30 scheduled",
		}
		if got := r.of("某S0001", "2026-01-31"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestATaskIsRemindedBeforeAndAfterItsDueDayUnlessClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		task := func(id string) planner.Task {
			return planner.Task{ID: planner.TaskID(id), Key: "promise/" + id, Kind: planner.TaskPromise, Owner: "id-S0002", Household: "h000100", Say: planner.Both("联系灌溉站" + id),
				StartOn: civil.MustDate("2026-01-05"), DueOn: civil.MustDate("2026-01-09"), EndOn: civil.MustDate("2026-02-08"), State: planner.TaskReady}
		}
		open, closed := task("甲"), task("乙")
		r.write(func(tx *store.Tx) error { return tx.PutTasks([]planner.Task{open, closed}) })
		r.sweep()
		closed.State, closed.Revision = planner.TaskCompleted, 1
		r.write(func(tx *store.Tx) error { return tx.PutTasks([]planner.Task{closed}) })
		r.sweep()
		for _, day := range []string{"2026-01-08", "2026-01-10", "2026-01-12"} {
			r.at(day, "08:00")
			r.sweep()
			r.send()
		}
		want := []string{
			"01-08 08:00 slip 跟进事项：联系灌溉站乙（1月9日 周五前办结） cancelled",
			"01-08 08:00 slip 跟进事项：联系灌溉站甲（1月9日 周五前办结） done",
			"01-12 08:00 slip 群众工作日：1月15日 周四 08:30–17:30 done",
			"01-12 08:00 slip 跟进事项：联系灌溉站乙（1月9日 周五前办结） cancelled",
			"01-12 08:00 slip 跟进事项：联系灌溉站甲（1月9日 周五前办结） done",
		}
		if got := r.of("某S0002", "2026-01-12"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		slips := slices.DeleteFunc(files(t, r.slips), func(s string) bool { return !strings.Contains(s, "联系灌溉站甲") })
		if len(slips) != 2 || !strings.Contains(slips[0]+slips[1], "今日提醒2项") && !strings.Contains(slips[0]+slips[1], "1. ") {
			t.Errorf("slips about the open task: got %q, want two, the second a digest with the mass-work-day", slips)
		}
	})
}

func TestALeaderHearsOfAReceptionFiveDaysAndOneDayAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		events, _ := r.all()
		var slot planner.Event
		for _, e := range events {
			if e.Kind == planner.EventReception && !e.On.Before(civil.MustDate("2026-01-15")) && (slot.ID == "" || e.On.Before(slot.On)) {
				slot = e
			}
		}
		ns, err := r.Reminders(t.Context(), planner.Principal{Account: "a", Cadre: slot.Cadre, Roles: []planner.Role{planner.RoleLeader}}, slot.On)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range ns {
			if strings.HasPrefix(n.Title.ZH, "领导接访") && strings.HasPrefix(n.Title.EN, "Reception duty") {
				got = append(got, civil.DateIn(n.DueAt, r.Zone).String())
			}
			if n.Who != "某"+string(slot.Cadre)[3:]+" "+string(slot.Cadre)[3:]+"（示例局）" {
				t.Errorf("a leader sees the reminder of %s", n.Who)
			}
		}
		want := []string{"2026-01-08", "2026-01-14"} // 15 January is a Thursday
		if slot.On == civil.MustDate("2026-01-15") && !slices.Equal(got, want) {
			t.Errorf("got reminders on %q, want %q", got, want)
		}
		if len(got) != 2 {
			t.Errorf("got %d reminders, want 2", len(got))
		}
		if _, err := r.Reminders(t.Context(), planner.Principal{}, slot.On); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a visitor: got %v, want Forbidden", err)
		}
	})
}

func TestRemindersAreCountedByChannel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		plan, err := r.ReminderPlan(t.Context(), civil.MustDate("2026-12-31"))
		if err != nil {
			t.Fatal(err)
		}
		// Twelve mass-work-days, three reminders each, for the one cadre with a mail address.
		if plan["mail"] != 36 || plan["slip"] < 36*2 || plan[""] != 0 {
			t.Errorf("got %v, want 36 by mail, the others as slips, nobody out of reach", plan)
		}
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		after, err := r.ReminderPlan(t.Context(), civil.MustDate("2026-12-31"))
		if err != nil || after["mail"] != 36 {
			t.Errorf("after sending: got %v, %v, want the same 36", after, err)
		}
		counts, err := r.ReminderCounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, c := range counts {
			got[c.Channel+" "+c.State] = c.Count
		}
		if got["mail delivered"] != 1 || got["mail scheduled"] == 0 || got["slip delivered"] == 0 {
			t.Errorf("counts: got %v, want one mail delivered and others scheduled", got)
		}
	})
}

func TestNoReminderIsOwedBeforeItsEventIsKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		r.sweep()
		ns, err := notifier.Notices(t.Context(), r.DB.Writer(), notifier.Filter{Limit: 100000})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range ns {
			if n.ExpiresAt.Before(r.now) {
				t.Errorf("%s %s expired at %s, before the calendar was laid", n.Subject, n.Rule, n.ExpiresAt.In(r.Zone).Format(time.DateTime))
			}
		}
	})
}
