package pipeline_test

import (
	"fmt"
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

// audit is the report of January as "kind rule who".
func (r *remindTown) audit(from, until string) (rows []string, rep pipeline.ReminderAudit) {
	r.t.Helper()
	rep, err := r.AuditReminders(r.t.Context(), asPlanner, civil.MustDate(from), civil.MustDate(until))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range rep.Findings {
		rows = append(rows, f.Kind+" "+f.Rule+" "+strings.Fields(f.Who)[0])
	}
	return rows, rep
}

func TestTheAuditFindsExactlyWhatWasDeletedForgedHeldUpAndLeftInDoubt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		r.write(func(tx *store.Tx) error {
			d := civil.MustDate("2026-01-14")
			return tx.PutTasks([]planner.Task{{ID: "t1", Key: "promise/t1", Kind: planner.TaskPromise, Owner: "id-S0001", Say: planner.Both("某事"), StartOn: civil.MustDate("2026-01-05"), DueOn: d, EndOn: d.AddDays(30), State: planner.TaskReady}})
		})
		for _, day := range []string{"2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09", "2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15", "2026-01-16"} {
			for _, clock := range []string{"07:30", "08:00", "18:00"} {
				r.at(day, clock)
				r.sweep()
				if _, err := r.SweepTasks(t.Context()); err != nil {
					t.Fatal(err)
				}
				r.send()
			}
		}
		rows, rep := r.audit("2026-01-05", "2026-01-16")
		if len(rows) != 0 || rep.Bad() || rep.Owed == 0 || rep.Sent < rep.Owed {
			t.Fatalf("an honest fortnight: %v, %+v; want nothing found and all that was owed sent", rows, rep)
		}
		db := r.DB.Writer()
		exec := func(want int64, statement string, args ...any) {
			t.Helper()
			done, err := db.Exec(db.Rebind(statement), args...)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := done.RowsAffected(); n != want {
				t.Fatalf("%s: %d rows, want %d", statement, n, want)
			}
		}
		ns, err := notifier.Notices(t.Context(), db, notifier.Filter{Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		pick := func(who, rule string) notifier.Notice {
			t.Helper()
			i := slices.IndexFunc(ns, func(n notifier.Notice) bool {
				return n.Recipient == who && n.Rule == rule && n.State == notifier.NoticeDone
			})
			if i < 0 {
				t.Fatalf("no %s of %s was sent", rule, who)
			}
			return ns[i]
		}
		// Two obligations vanish with their messages, one of an event and one of a task.
		for _, n := range []notifier.Notice{pick("id-S0001", pipeline.RuleWorkDayEve), pick("id-S0001", pipeline.RuleTaskEve)} {
			if _, err := db.Exec(db.Rebind(`DELETE FROM delivery_notices WHERE notice = ?`), n.ID); err != nil {
				t.Fatal(err)
			}
			exec(1, `DELETE FROM notices WHERE id = ?`, n.ID)
		}
		// Forged: of an event that is not there, to a second person about an event of now, and a rung that nobody climbed.
		real := pick("id-S0002", pipeline.RuleWorkDayEve)
		forge := func(who, subject, rule, template, due string, revision int) {
			n := notifier.Notice{Recipient: who, Subject: subject, Revision: revision, Rule: rule, Template: template, DueAt: civil.MustDate(due).At(8*60, r.Zone), Args: map[string]string{"on": "2026-01-15"}}
			tx := db.MustBegin()
			if _, err := notifier.Enqueue(t.Context(), tx, r.now.Add(-time.Hour), r.NewID, n); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		forge("id-S0001", "work-day/no-such", pipeline.RuleWorkDayEve, "work-day", "2026-01-14", 0)
		forge("id-S0003", real.Subject, pipeline.RuleWorkDayEve, "work-day", "2026-01-14", real.Revision)
		forge("id-S0002", "task/t1/2026-01-14", "task-rung-9", "task-rung", "2026-01-15", 0)
		// One is marked as sent, and its messages are gone.
		unproved := pick("id-S0003", pipeline.RuleWorkDayEve)
		if _, err := db.Exec(db.Rebind(`DELETE FROM delivery_notices WHERE notice = ?`), unproved.ID); err != nil {
			t.Fatal(err)
		}
		// One is still scheduled that should have gone the day before, one is uncertain.
		held := pick("id-S0003", pipeline.RuleWorkDay)
		exec(1, `UPDATE notices SET state = 'scheduled' WHERE id = ?`, held.ID)
		doubt := pick("id-S0002", pipeline.RuleWorkDay)
		exec(1, `UPDATE deliveries SET state = 'uncertain' WHERE id IN (SELECT delivery FROM delivery_notices WHERE notice = ?)`, doubt.ID)

		rows, rep = r.audit("2026-01-05", "2026-01-16")
		want := []string{"late work-day-0 某S0003", "missing task-1 某S0001", "missing work-day-1 某S0001", "surplus task-rung-9 某S0002", "surplus work-day-1 某S0001", "surplus work-day-1 某S0003", "uncertain work-day-0 某S0002", "uncertain work-day-1 某S0003"}
		got := slices.Clone(rows)
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) || !rep.Bad() {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		if rep.Counts[pipeline.AuditMissing] != 2 || rep.Counts[pipeline.AuditSurplus] != 3 {
			t.Errorf("counts %v", rep.Counts)
		}
		if _, err := r.AuditReminders(t.Context(), asCadre("id-S0001"), civil.MustDate("2026-01-05"), civil.MustDate("2026-01-06")); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre: %v, want forbidden", err)
		}
		if _, err := r.AuditReminders(t.Context(), asPlanner, civil.MustDate("2026-01-06"), civil.MustDate("2026-01-05")); planner.KindOf(err) != planner.Invalid {
			t.Errorf("backwards: %v, want invalid", err)
		}
		if err := r.NightlyAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		last, ok, err := r.LastAudit(t.Context(), asPlanner)
		if err != nil || !ok || !last.Bad() || last.Counts[pipeline.AuditMissing] != 2 || len(last.Findings) != 0 {
			t.Errorf("the nightly sweep kept %+v, %v, %v", last, ok, err)
		}
	})
}

// A worker that is down for a week, and comes back: what was useless by then is listed as expired with what kept it, and nothing is called missing.
func TestTheAuditTellsAnOutageFromALoss(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		r.at("2026-01-19", "09:00")
		rows, rep := r.audit("2026-01-12", "2026-01-18")
		if rep.Counts[pipeline.AuditMissing] != 0 || rep.Counts[pipeline.AuditLate] == 0 {
			t.Errorf("during the outage: %v; want late ones and none missing", rows)
		}
		r.sweep()
		r.send()
		rows, rep = r.audit("2026-01-12", "2026-01-18")
		if rep.Counts[pipeline.AuditMissing]+rep.Counts[pipeline.AuditLate]+rep.Counts[pipeline.AuditSurplus] != 0 || rep.Counts[pipeline.AuditExpired] == 0 || rep.Bad() {
			t.Errorf("after it: %v; want expired ones alone", rows)
		}
	})
}
