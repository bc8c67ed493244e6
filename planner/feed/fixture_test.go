package feed

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

var (
	shanghai = time.FixedZone("CST", 8*3600)
	today    = civil.Of(2026, 1, 5)
	laidAt   = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
)

// hostile are names that imports have brought or an attacker would; all are to come through a feed as Clean leaves them.
var hostile = []string{
	"赵某", "㛃𠮷𬭎龘喆", "阿依古丽·买买提", "张三\r\nX-INJECT:1", "李四\nEND:VEVENT", "王\r五", "周\x00六\x07",
	`引号"双"与'单'`, `反斜\杠;分号,逗号:冒号`, "脱字^n^'^^号", "👩‍👩‍👧‍👦🏳️‍🌈", "\xff坏\xfe字节\x80", "\ufeffBOM", "制表\t符", strings.Repeat("长", 200),
	strings.Repeat("a", 74) + "é", "BEGIN:VEVENT", "\u2028行\u2029段\u0085次\u009b", "{name}{title}", "", " 前后空格 ", "\u202e反向",
}

// source is a county of two villages, n cadres (the first is a leader and head) and the year 2026: for each cadre twelve
// mass-work-days with five households, for the leader a meeting and a slot a month.
func source(n int) Source {
	src := Source{
		Host: "lianxin.example", BaseURL: "https://lianxin.example", County: "义马市", Office: "义马市信访局", Mail: "rili@lianxin.example",
		Hall: "义马市群众来访接待中心", Zone: shanghai, Today: today,
		Areas: []planner.Area{
			{Code: "411281", Name: "义马市", Level: planner.LevelCounty},
			{Code: "411281001", Name: "千秋路街道", Level: planner.LevelTownship, Parent: "411281"},
			{Code: "411281001001", Name: "甲社区", Level: planner.LevelVillage, Parent: "411281001"},
			{Code: "411281001002", Name: "乙社区", Level: planner.LevelVillage, Parent: "411281001"},
		},
		Units: []planner.Unit{{ID: "U1", Code: "D01", Name: "市住建局"}},
		Days: []Day{
			{On: civil.Of(2026, 2, 17), Name: "春节", Official: true}, {On: civil.Of(2026, 2, 14), Makeup: true, Official: true},
			{On: civil.Of(2027, 1, 1), Name: "元旦"},
		},
	}
	event := func(key string, kind planner.EventKind, on civil.Date, from, until string, c planner.CadreID) planner.Event {
		id := planner.EventID(fmt.Sprintf("E%d", len(src.Events)))
		e := planner.Event{
			ID: id, Key: key, UID: string(id) + "@" + src.Host, Kind: kind, On: on, From: civil.MustClock(from), Until: civil.MustClock(until),
			NominalOn: on, Cadre: c, Status: planner.StatusConfirmed, CreatedAt: laidAt, ChangedAt: laidAt,
		}
		src.Events = append(src.Events, e)
		return e
	}
	for m := time.January; m <= time.December; m++ {
		of := fmt.Sprintf("2026%02d", m)
		event("mwd/"+of, planner.EventMassWorkDay, civil.Of(2026, m, 15), "08:30", "17:30", "")
		event("mtg/"+of, planner.EventLeadersMeeting, civil.Of(2026, m, 16), "09:00", "11:00", "")
	}
	for i := range n {
		c := planner.Cadre{
			ID: planner.CadreID(fmt.Sprintf("C%d", i)), Code: fmt.Sprintf("G%04d", i), Name: "某某" + fmt.Sprint(i), Unit: "U1",
			Title: "科员", Rank: planner.RankStaff, Active: true,
		}
		if i == 0 {
			c.Rank, c.Head, c.Title, c.Portfolio = planner.RankLeader, true, "市长", []string{"全面工作", "财政"}
		}
		src.Cadres = append(src.Cadres, c)
		for m := time.January; m <= time.December; m++ {
			e := event(fmt.Sprintf("mwd/2026%02d/%s", m, c.ID), planner.EventMassWorkDay, civil.Of(2026, m, 15), "08:30", "17:30", c.ID)
			src.Events[len(src.Events)-1].Village = src.Areas[2+i%2].Code
			if i == 0 {
				on := civil.Of(2026, m, 5)
				event(fmt.Sprintf("rcp/%s/%s", on, c.ID), planner.EventReception, on, "08:30", "11:30", c.ID)
			}
			for s := range 5 {
				h := planner.HouseholdID(fmt.Sprintf("H%d-%d", i, (int(m)*5+s)%15))
				src.Visits = append(src.Visits, planner.Visit{
					ID: planner.VisitID(fmt.Sprint(e.ID, s)), Event: e.ID, Cadre: c.ID, Household: h, On: e.On, Stop: s + 1, State: planner.VisitPlanned,
				})
			}
		}
		for s := range 15 {
			src.Households = append(src.Households, planner.Household{
				ID: planner.HouseholdID(fmt.Sprintf("H%d-%d", i, s)), Code: fmt.Sprintf("41128100100%d-%03d%02d", 1+i%2, i, s),
				Village: src.Areas[2+i%2].Code, Head: "绝密某", Contact: "19900000000", Needs: []planner.Need{planner.NeedCare},
			})
		}
	}
	src.Tasks = []planner.Task{{
		ID: "T1", Key: "promise/1", Kind: planner.TaskPromise, Owner: "C0", Household: "H0-1", Say: planner.Both("给绝密某送药 19900000000"),
		StartOn: today, DueOn: today.AddDays(9), EndOn: today.AddDays(39), State: planner.TaskReady,
	}}
	return src
}

func render(t testing.TB, x *Index, kind Kind, ref string) []byte {
	t.Helper()
	c, err := x.Build(kind, ref, "zh")
	if err != nil {
		t.Fatalf("build %s %s: %v", kind, ref, err)
	}
	b, err := Append(nil, c)
	if err != nil {
		t.Fatalf("encode %s %s: %v", kind, ref, err)
	}
	return b
}

// wellFormed holds the octet rules of RFC 5545 §3.1 that validators do not check.
func wellFormed(t testing.TB, b []byte) {
	t.Helper()
	if !bytes.HasPrefix(b, []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")) {
		t.Errorf("got %.60q at the beginning, want BEGIN, VERSION, PRODID", b)
	}
	if n := bytes.Count(b, []byte("BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\n")); n != 1 {
		t.Errorf("got %d VTIMEZONE, want 1", n)
	}
	if !bytes.HasSuffix(b, []byte("END:VCALENDAR\r\n")) {
		t.Errorf("got %.60q at the end, want END:VCALENDAR", b[max(0, len(b)-60):])
	}
	checkOctets(t, b)
}
