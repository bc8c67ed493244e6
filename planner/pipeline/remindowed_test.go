package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// ledgerOf lists notices of a rule as "recipient due state".
func (r *remindTown) ledgerOf(rule string) (rows []string) {
	r.t.Helper()
	ns, err := notifier.Notices(r.t.Context(), r.DB.Writer(), notifier.Filter{Limit: 1 << 20})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range ns {
		if n.Rule == rule {
			rows = append(rows, fmt.Sprintf("%s %s %s", n.Recipient, n.DueAt.In(r.Zone).Format("01-02 15:04"), n.State))
		}
	}
	return rows
}

func TestADateThatMovesIsToldInTheTransactionOfTheChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, bot, _ := newSendTown(t, url)
		// The office gives 15 January a day off by a local holiday: every mass-work-day of January moves.
		before, _ := r.all()
		if err := r.PutAreaDays(t.Context(), asPlanner, []planner.AreaDay{{Area: "411281", Kind: planner.DayClosed, Rule: "date:2026-01-15", Name: "本地放假"}}, false); err != nil {
			t.Fatal(err)
		}
		r.lay(2026)
		after, _ := r.all()
		moved := 0
		for k, e := range after {
			if e.Cadre != "" && before[k].On != e.On && before[k].ID != "" {
				moved++
			}
		}
		got := r.ledgerOf(pipeline.RuleMoved)
		if moved == 0 || len(got) < moved {
			t.Fatalf("%d events moved, %d notices: want one each", moved, len(got))
		}
		r.sweep()
		r.send()
		told := 0
		for _, m := range bot.taken {
			if strings.HasPrefix(m.to, "某S0001 ") && strings.Contains(m.text, "原定1月15日") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("S0001 was told %d times of the move, want once", told)
		}
	})
}

func TestTheRoomAndTheHouseholdsHearOfVisits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, bot, _ := newSendTown(t, url)
		sms := &provider{name: "sms", now: bot.now}
		r.Channels = append(r.Channels, sms)
		_, visits := r.all()
		var v planner.Visit
		for _, o := range visits {
			if o.Cadre == "id-S0001" && o.On.Month == 1 && (v.ID == "" || o.Stop < v.Stop) {
				v = o
			}
		}
		var h planner.Household
		r.write(func(tx *store.Tx) (err error) {
			if h, err = tx.Household(v.Household); err != nil {
				return err
			}
			h.Contact = "19900000077"
			for _, err := range []error{tx.PutHouseholds([]planner.Household{h}),
				tx.PutUnits([]planner.Unit{{ID: "room", Code: "R1", Name: "示例室", Network: planner.NetworkRoom, Area: h.Village, Parent: "D1", Villages: []planner.AreaCode{h.Village}}}),
				tx.PutCadres([]planner.Cadre{{ID: "zhang", Code: "R001", Name: "张联络", Unit: "room", Rank: planner.RankStaff, Active: true}})} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		phone := planner.HouseholdByPhone
		if err := r.Choose(t.Context(), asPlanner, h.ID, pipeline.Choices{Way: &phone}); err != nil {
			t.Fatal(err)
		}
		r.through("2026-01-12", "2026-01-11")
		r.at("2026-01-11", "20:00")
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		if len(sms.taken) != 1 || sms.taken[0].to != "19900000077" || !strings.Contains(sms.taken[0].text, "某S0001（示例局）于1月15日") || strings.Contains(sms.taken[0].text, "http") {
			t.Errorf("the household's phone got %+v, want one message with who comes and when", sms.taken)
		}
		told := ""
		for _, m := range bot.taken {
			if strings.HasPrefix(m.to, "张联络 ") {
				told += m.text
			}
		}
		for _, o := range visits {
			if o.On == v.On && o.Household != h.ID && o.Cadre == "id-S0001" && !strings.Contains(told, "转告") {
				t.Errorf("the room's contact got %q, want the households of the village", told)
			}
		}
		if strings.Contains(told, h.Code) {
			t.Errorf("the room was told of a household that chose its phone:\n%s", told)
		}
		// The visit goes to another day: both hear of it, without anything left of the old day.
		ledger := r.ledgerOf(pipeline.RuleHomeVisit)
		r.write(func(tx *store.Tx) error {
			v.On = v.On.AddDays(5)
			return tx.PutVisits([]planner.Visit{v})
		})
		r.sweep()
		r.at("2026-01-15", "09:00")
		r.send()
		if got := r.ledgerOf(pipeline.RuleHomeVisit); len(got) != len(ledger)+1 || len(sms.taken) != 2 || !strings.Contains(sms.taken[1].text, "1月20日") {
			t.Errorf("after the visit moved: ledger %q, messages %+v; want a second one with the new day", got, sms.taken)
		}
	})
}

func TestAStatutoryDeadlineIsRemindedFromFarToNearAndUrgentOnTheDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, bot, _ := newSendTown(t, url)
		r.write(func(tx *store.Tx) error {
			return tx.PutTasks([]planner.Task{{ID: "m", Key: "matter/M1/answer/0", Kind: planner.TaskMatter, Owner: "id-S0002", Say: planner.Both("信访事项2026-0001：答复"), StartOn: civil.MustDate("2026-01-05"),
				DueOn: civil.MustDate("2026-01-30"), EndOn: civil.MustDate("2026-12-30"), State: planner.TaskReady}})
		})
		r.sweep()
		var got []string
		for _, rule := range []string{pipeline.RuleDeadline15, pipeline.RuleDeadline5, pipeline.RuleDeadline1, pipeline.RuleDeadline0, pipeline.RuleTaskEve} {
			for _, row := range r.ledgerOf(rule) {
				got = append(got, rule+" "+row)
			}
		}
		want := []string{"deadline-15 id-S0002 01-15 08:00 scheduled", "deadline-5 id-S0002 01-23 08:00 scheduled", "deadline-1 id-S0002 01-29 08:00 scheduled", "deadline-0 id-S0002 01-30 07:30 scheduled"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		w := planner.SendWish{Cadre: "id-S0002", QuietFrom: 21 * 60, QuietUntil: 7 * 60, MuteUntil: civil.MustDate("2026-02-02"), Lang: "zh"}
		if err := r.SetSendWish(t.Context(), asCadre("id-S0002"), w); err != nil {
			t.Fatal(err)
		}
		for _, day := range []string{"2026-01-15", "2026-01-23", "2026-01-29", "2026-01-30"} {
			r.at(day, "08:00")
			r.send()
		}
		if got := bot.times("某S0002", r.Zone); !slices.Equal(got, []string{"01-30 08:00"}) {
			t.Errorf("somebody who paused got messages at %q, want the urgent one alone", got)
		}
	})
}

func TestOfficesWordTheirReminders(t *testing.T) {
	good, err := pipeline.ParseTemplates("t.yaml", []byte("work-day: {title: {zh: '赶集日：{when}'}}\n"))
	if err != nil || good["work-day"].Title.ZH != "赶集日：{when}" || good["work-day"].Title.EN == "" {
		t.Errorf("got %+v, %v; want the new title and the English of the program", good, err)
	}
	for name, text := range map[string]string{"an unknown template": "x: {title: {zh: a}}", "an unknown placeholder": "task: {body: {zh: '{phone}'}}", "an unknown field": "task: {head: {zh: a}}"} {
		if _, err := pipeline.ParseTemplates("t.yaml", []byte(text)); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
	var b strings.Builder
	if err := pipeline.DefaultTemplates().Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := pipeline.ParseTemplates("t.yaml", []byte(b.String()))
	if err != nil || len(again) != len(pipeline.DefaultTemplates()) {
		t.Errorf("what is written is read as %d templates, %v", len(again), err)
	}
}
