package pipeline

import (
	"fmt"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/report"
)

// made makes matters of one receiver: n batches with persons in all, of which closed are closed and accepted say so.
func made(receiver planner.CadreID, n, persons, closed, accepted int) (ms []planner.Matter) {
	on := civil.Of(2026, 3, 2)
	for i := range n {
		m := planner.Matter{ID: planner.MatterID(fmt.Sprint(receiver, i)), Kind: planner.MatterReception, State: planner.MatterRegistered, Area: "411281001", Receiver: receiver, ReceivedOn: on, Persons: persons / n}
		if i < persons%n {
			m.Persons++
		}
		if i < closed {
			m.State, m.Outcome, m.AnsweredOn, m.ClosedOn = planner.MatterClosed, planner.OutcomeSolved, on, on
			if i < accepted {
				m.Opinion, m.OpinionOn = planner.OpinionSatisfied, on
			}
		}
		ms = append(ms, m)
	}
	return ms
}

// month publishes the month of March 2026 of matters.
func month(ms ...[]planner.Matter) ReportMonth {
	w := matterWords{rosterWords: rosterWords{cadre: map[planner.CadreID]planner.Cadre{
		"city": {ID: "city", Unit: "p", Rank: planner.RankLeader}, "head": {ID: "head", Unit: "c", Rank: planner.RankLeader, Head: true},
		"vice": {ID: "vice", Unit: "c", Rank: planner.RankLeader}, "town": {ID: "town", Unit: "t", Rank: planner.RankSection}, "clerk": {ID: "clerk", Unit: "c", Rank: planner.RankStaff}}},
		units: map[planner.UnitID]planner.Unit{"p": {Area: "4112"}, "c": {Area: "411281"}, "t": {Area: "411281001"}}}
	level := map[planner.AreaCode]planner.AreaLevel{"4112": planner.LevelPrefecture, "411281": planner.LevelCounty, "411281001": planner.LevelTownship}
	d := newCounted()
	d.keys[famArea] = []string{"411281001", "county"}
	d.keys[famClosedArea] = d.keys[famArea]
	for _, some := range ms {
		d.matters(some, w, level, civil.Of(2026, 12, 31))
	}
	return d.publish("2026-03", ReportMonth{}, civil.Of(2026, 3, 15))
}

func row(t *testing.T, m ReportMonth, family, key string) report.Row {
	t.Helper()
	return report.Sum([]string{key}, []report.Published{m.Families[family]}).Rows[0]
}

func TestTheNumbersOfTheArticlesToTheDigit(t *testing.T) {
	share := func(of string, part, whole, wantPart, wantWhole, tenths int) {
		t.Helper()
		got, ok := report.Share(part, whole)
		if part != wantPart || whole != wantWhole || got != tenths || !ok {
			t.Errorf("%s: got %d/%d → %d tenths, want %d/%d → %d", of, part, whole, got, wantPart, wantWhole, tenths)
		}
	}
	m := month(made("clerk", 1317, 1317, 1254, 0))
	share("登记、办结", m.Families[famClosed].Total.N, m.Families[famReceiver].Total.N, 1254, 1317, 952)
	m = month(made("clerk", 1056, 1056, 950, 0))
	share("积案", m.Families[famClosed].Total.N, m.Families[famReceiver].Total.N, 950, 1056, 900)
	m = month(made("clerk", 83, 83, 78, 0))
	share("批阅来信", m.Families[famClosed].Total.N, m.Families[famReceiver].Total.N, 78, 83, 940)

	m = month(made("head", 99, 99*5, 0, 0), made("clerk", 19, 19*5, 0, 0))
	share("领导接待集体访", row(t, m, famReceiver, "heads").N, m.Families[famReceiver].Total.N, 99, 118, 839)
	if got, _ := report.Share(99, 118); (got+5)/10 != 84 {
		t.Errorf("got %d tenths, want it to round to 84%%", got)
	}

	m = month(made("city", 96, 672, 0, 0), made("head", 1924, 6847, 0, 0), made("vice", 3000, 13000, 0, 0), made("town", 2393, 10230, 0, 0))
	for key, want := range map[string]report.Count{"city": {N: 96, Persons: 672}, "heads": {N: 1924, Persons: 6847}, "others": {N: 5393, Persons: 23230}} {
		if got := row(t, m, famReceiver, key); got.Count != want {
			t.Errorf("%s: got %+v, want %+v", key, got.Count, want)
		}
	}
	if got := m.Families[famReceiver].Total; got != (report.Count{N: 7413, Persons: 30749}) {
		t.Errorf("got %+v, want 7413批 30749人", got)
	}

	// 包案: 41 + 77 = 118. These cells are small; a real brief would merge them, so they are counted here each for itself.
	city, heads := month(made("city", 41, 41, 38, 38)), month(made("head", 77, 77, 74, 59))
	if a, b := city.Families[famReceiver].Total.N, heads.Families[famReceiver].Total.N; a != 41 || b != 77 || a+b != 118 {
		t.Errorf("got %d + %d, want 41 + 77 = 118", a, b)
	}
	// Only acceptance was said in March, so the total of opinions is it; who said nothing counts 30 days later, apart.
	if a, b, c := city.Families[famOpinion].Total.N, heads.Families[famClosed].Total.N, heads.Families[famOpinion].Total.N; a != 38 || b != 74 || c != 59 {
		t.Errorf("got %d accepted, %d closed, %d accepted; want 38, 74, 59", a, b, c)
	}
	// 政务广场: on the spot, or in time.
	spot, later := month(made("vice", 619, 619, 619, 0)), month(made("vice", 159, 159, 159, 0))
	if a, b := spot.Families[famClosed].Total.N, later.Families[famClosed].Total.N; a != 619 || b != 159 || a+b != 778 {
		t.Errorf("got %d + %d, want 619 + 159 = 778", a, b)
	}
}
