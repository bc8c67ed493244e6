package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// importApp is an App over a fresh database, its clock at 2026-01-05 08:00 in Shanghai.
func importApp(t *testing.T, url string) *pipeline.App {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: url, Keys: store.TestKeyring(7), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	zone := time.FixedZone("Asia/Shanghai", 8*3600)
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, zone)
	return &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: zone, NewID: planner.SeededIDs(1, t.Name()), Host: "test.example", Log: slog.New(slog.DiscardHandler)}
}

var importer = planner.Principal{Account: "a1", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}}

func source(name string, body []byte) sheet.Source {
	return sheet.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
}

// goodRows is a small county that has no fault: two communities, two units, three cadres, four households.
func goodRows() []sheet.Row {
	return []sheet.Row{
		sheet.AreaRow{Code: "411281", Name: "示例市", Level: planner.LevelCounty},
		sheet.AreaRow{Code: "411281001", Name: "示范街道", Level: planner.LevelTownship, Parent: "411281"},
		sheet.AreaRow{Code: "411281001001", Name: "向阳社区", Level: planner.LevelVillage, Parent: "411281001"},
		sheet.AreaRow{Code: "411281001002", Name: "和平社区", Level: planner.LevelVillage, Parent: "411281001"},
		sheet.AreaRow{Code: "411281001001-03", Name: "幸福里", Level: planner.LevelGroup, Parent: "411281001001"},
		sheet.UnitRow{Code: "D001", Name: "示例局", Network: planner.NetworkBureau, Area: "411281"},
		sheet.UnitRow{Code: "D002", Name: "示例站", Network: planner.NetworkStation, Area: "411281", Parent: "D001", Villages: []planner.AreaCode{"411281001002", "411281001001"}},
		sheet.CadreRow{Code: "001", Name: "喆静", Unit: "D001", Title: "主任", Rank: planner.RankLeader, Head: true, Portfolio: []string{"农业"}, Mobile: "19900000001"},
		sheet.CadreRow{Code: "002", Name: "𠮷三", Unit: "D002", Rank: planner.RankStaff, Skills: []planner.Need{planner.NeedJobs}, Capacity: 15, NativeVillage: "411281001002"},
		sheet.CadreRow{Code: "003", Name: "龘一", Unit: "D002", Rank: planner.RankStaff, NativeVillage: "410000000001"},
		sheet.LeaveRow{Cadre: "003", Span: civil.Span{From: civil.Of(2026, 3, 1), Until: civil.Of(2026, 4, 1)}, Reason: "外出学习"},
		sheet.RecusalRow{Cadre: "002", Household: "H2", Mode: planner.RecusalDeclared},
		sheet.HouseholdRow{Code: "H1", Village: "411281001001", Group: "幸福里", Head: "张某某", Contact: "0398-5550001", Hours: planner.HoursAny, Consent: planner.ConsentGiven},
		sheet.HouseholdRow{Code: "H2", Village: "411281001001", Group: "3组", Head: "李某某", Hours: planner.HoursMorning, Consent: planner.ConsentGiven, Needs: []planner.Need{planner.NeedJobs}},
		sheet.HouseholdRow{Code: "H3", Village: "411281001002", Head: "欧阳某某", Hours: planner.HoursEvening, Consent: planner.ConsentWithdrawn, PerYear: 2},
		sheet.PairingRow{Household: "H1", Cadre: "002"},
		sheet.PairingRow{Household: "H2", Cadre: "003"},
		sheet.TaskRow{Code: "S1", Cadre: "002", Household: "H1", Say: "代办公交卡", PromisedOn: civil.Of(2026, 1, 5), DueOn: civil.Of(2026, 2, 10)},
	}
}

func good(t *testing.T, rows ...sheet.Row) []sheet.Source {
	t.Helper()
	var buf bytes.Buffer
	w := sheet.NewXLSX(&buf)
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return []sheet.Source{source("名册.xlsx", buf.Bytes())}
}

func canonical(t *testing.T, a *pipeline.App) string {
	t.Helper()
	var b strings.Builder
	if err := a.DB.Canonical(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mustImport(t *testing.T, a *pipeline.App, srcs []sheet.Source, dry bool) pipeline.ImportReport {
	t.Helper()
	rep, fs, err := a.Import(context.Background(), importer, pipeline.ImportRequest{Sources: srcs, Period: 2026, DryRun: dry})
	if err != nil {
		t.Fatalf("Import: %v, findings %v", err, fs)
	}
	return rep
}

func TestABrokenRosterGivesTwentyFindingsAndChangesNothing(t *testing.T) {
	want := []string{
		"01-村组.csv 村组 8 代码 duplicate",
		"01-村组.csv 村组 9 级别 level-code",
		"01-村组.csv 村组 10 上级代码 unknown-area",
		"02-单位.csv 单位 4 上级单位代码 unknown-unit",
		"02-单位.csv 单位 5 网络层级 bad-choice",
		"03-干部.csv 干部 1 身份证号 refused-column",
		"03-干部.csv 干部 4 单位代码 unknown-unit",
		"03-干部.csv 干部 5 工号 duplicate",
		"03-干部.csv 干部 6 手机 bad-contact",
		"03-干部.csv 干部 7 最多联系户数 bad-number",
		"03-干部.csv 干部 8 主要负责人 head-rank",
		"04-户名册.csv 户名册 1 养狗 unknown-column",
		"04-户名册.csv 户名册 3 村代码 unknown-village",
		"04-户名册.csv 户名册 4 组 unknown-group",
		"04-户名册.csv 户名册 5 同意状态 bad-choice",
		"04-户名册.csv 户名册 6 入户指引 phone-in-words",
		"05-跟进事项.csv 跟进事项 3 工号 name-for-code",
		"05-跟进事项.csv 跟进事项 4 办结期限 date-order",
		"05-跟进事项.csv 跟进事项 5 办结期限 bad-date",
		"05-跟进事项.csv 跟进事项 6 户编号 unknown-household",
	}
	files, err := filepath.Glob("../sheet/testdata/broken/*.csv")
	if err != nil || len(files) != 5 {
		t.Fatalf("got %d files of the broken roster, %v, want 5", len(files), err)
	}
	slices.Sort(files)
	var srcs []sheet.Source
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		srcs = append(srcs, source(filepath.Base(f), body))
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		a := importApp(t, url)
		mustImport(t, a, good(t, goodRows()...), false)
		before := canonical(t, a)
		_, fs, err := a.Import(context.Background(), importer, pipeline.ImportRequest{Sources: srcs, Period: 2026})
		if planner.KindOf(err) != planner.Invalid {
			t.Errorf("got error %v, want one of kind Invalid", err)
		}
		var got []string
		for _, f := range fs {
			got = append(got, fmt.Sprint(f.Place.File, " ", f.Place.Sheet, " ", f.Place.Row, " ", f.Place.Column, " ", f.Code))
			if f.Severity != planner.Stop || f.Say.ZH == "" || f.Say.EN == "" {
				t.Errorf("got finding %+v, want a Stop in both languages", f)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("findings (-want +got):\n%s", d)
		}
		if canonical(t, a) != before {
			t.Error("a refused import has changed the canonical export")
		}
	})
}

func TestAnImportIsAllThereAndASecondChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		a := importApp(t, url)
		files := good(t, goodRows()...)
		empty := canonical(t, a)
		dry := mustImport(t, a, files, true)
		if canonical(t, a) != empty {
			t.Error("a dry run has changed the database")
		}
		rep := mustImport(t, a, files, false)
		if rep.ID == "" || dry.ID != "" || dry.Added != rep.Added || rep.Added != 17 || rep.Changed+rep.Same != 0 {
			t.Errorf("got %+v after the dry run %+v, want 17 records added by both and an ID", rep, dry)
		}
		full := canonical(t, a)
		var roster planner.Roster
		var last planner.Plan
		var tasks []planner.Task
		if err := a.DB.Read(context.Background(), importer, func(tx *store.Tx) (err error) {
			if roster, err = tx.Roster(); err != nil {
				return err
			}
			if last, err = tx.PlanFor(2025, planner.PlanPublished); err != nil {
				return err
			}
			tasks, err = tx.Tasks(store.TaskFilter{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []planner.AreaCode{"411281001001-03", "411281001001-03", ""} {
			if got := roster.Households[i].Group; got != want {
				t.Errorf("household %s: got group %q, want %q", roster.Households[i].Code, got, want)
			}
		}
		if c := roster.Cadres[2]; len(c.Leaves) != 1 || c.Leaves[0].Reason != "外出学习" || c.NativeVillage != "" {
			t.Errorf("got cadre %+v, want one leave with its reason and no village of elsewhere", c)
		}
		if len(last.Pairings) != 2 || last.Pairings[0].Origin != planner.OriginImport || last.Valid != civil.YearSpan(2025) {
			t.Errorf("got last year's plan %+v, want two imported pairs of 2025", last)
		}
		if len(tasks) != 1 || tasks[0].Key != "promise/S1" || tasks[0].State != planner.TaskReady || tasks[0].EndOn != civil.Of(2026, 3, 12) {
			t.Errorf("got tasks %+v, want the promise S1, ready, ending on 2026-03-12", tasks)
		}
		again := mustImport(t, a, files, false)
		if again.ID != "" || again.Added+again.Changed != 0 || again.Same != 17 {
			t.Errorf("second import: got %+v, want 17 the same and nothing written", again)
		}
		if canonical(t, a) != full {
			t.Error("the same files a second time have changed the database")
		}
	})
}

func TestAnImportCanBeUndoneAsAWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		a := importApp(t, url)
		mustImport(t, a, good(t, goodRows()...), false)
		before := canonical(t, a)
		rep := mustImport(t, a, good(t,
			sheet.CadreRow{Code: "002", Name: "𠮷 三", Unit: "D001", Rank: planner.RankStaff, Mobile: "19900000009"},
			sheet.HouseholdRow{Code: "H9", Village: "411281001002", Head: "程某某", Consent: planner.ConsentGiven},
			sheet.LeaveRow{Cadre: "003", Span: civil.Span{From: civil.Of(2026, 3, 1)}},
			sheet.PairingRow{Household: "H2", Cadre: "002"}), false)
		if rep.Added != 1 || rep.Changed != 3 {
			t.Errorf("got %+v, want 1 added and 3 changed", rep)
		}
		if canonical(t, a) == before {
			t.Fatal("the second import has changed nothing")
		}
		if rows, err := a.UndoImport(context.Background(), importer, rep.ID); err != nil || rows == 0 {
			t.Fatalf("UndoImport: got %d rows, %v, want some", rows, err)
		}
		if d := cmp.Diff(before, canonical(t, a)); d != "" {
			t.Errorf("after the undo (-before +after):\n%s", d)
		}
		is, err := a.Imports(context.Background(), importer)
		if err != nil || len(is) != 2 {
			t.Errorf("got imports %v, %v, want two", is, err)
		}
		visitor := planner.Principal{Account: "x", Roles: []planner.Role{planner.RoleCadre}}
		if _, err := a.UndoImport(context.Background(), visitor, rep.ID); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre undoes an import: got %v, want Forbidden", err)
		}
	})
}

func TestReferencesAreToldApartByCode(t *testing.T) {
	a := importApp(t, dbtest.SQLite(t))
	mustImport(t, a, good(t, goodRows()...), false)
	for name, tc := range map[string]struct {
		row  sheet.Row
		want string // severity, code and a part of the sentence
		say  string
	}{
		"a name padded with a space": {sheet.LeaveRow{Cadre: "喆 静", Span: civil.Span{From: civil.Of(2026, 1, 1)}}, "stop name-for-code", "001（示例局）"},
		"lost zeros":                 {sheet.LeaveRow{Cadre: "2", Span: civil.Span{From: civil.Of(2026, 1, 1)}}, "stop unknown-cadre", "“002”（𠮷三）"},
		"a namesake in one unit":     {sheet.CadreRow{Code: "004", Name: "新人", Unit: "D001", Rank: planner.RankStaff}, "note homonym", "按工号分开"},
		"two cadres for a household": {sheet.PairingRow{Household: "H1", Cadre: "003"}, "stop duplicate", "第2行"},
		"a withdrawn consent":        {sheet.HouseholdRow{Code: "H3", Village: "411281001002", Head: "欧阳某某", Consent: planner.ConsentGiven}, "warn consent-withdrawn", "已撤回"},
		"a group of another village": {sheet.HouseholdRow{Code: "H1", Village: "411281001002", Group: "411281001001-03", Head: "张某某", Consent: planner.ConsentGiven}, "stop unknown-group", "没有“411281001001-03”"},
		"a township for a village":   {sheet.RecusalRow{Cadre: "001", Village: "411281001009", Mode: planner.RecusalOrdered}, "stop unknown-village", "411281001009"},
	} {
		rows := []sheet.Row{tc.row}
		switch r := tc.row.(type) {
		case sheet.CadreRow:
			r.Code = "005"
			rows = append(rows, r)
		case sheet.PairingRow:
			rows = []sheet.Row{sheet.PairingRow{Household: "H1", Cadre: "002"}, r}
		}
		_, fs, _ := a.Import(context.Background(), importer, pipeline.ImportRequest{Sources: good(t, rows...), Period: 2026, DryRun: true})
		if len(fs) != 1 {
			t.Errorf("%s: got %v, want one finding", name, fs)
			continue
		}
		sev, _ := fs[0].Severity.MarshalText()
		if got := string(sev) + " " + fs[0].Code; got != tc.want || !strings.Contains(fs[0].Say.ZH, tc.say) {
			t.Errorf("%s: got %s %q, want %s with %q", name, got, fs[0].Say.ZH, tc.want, tc.say)
		}
	}
}

func TestOnlyPlannersImport(t *testing.T) {
	a := importApp(t, dbtest.SQLite(t))
	for _, role := range []planner.Role{planner.RoleCadre, planner.RoleAdmin, planner.RoleAuditor} {
		_, _, err := a.Import(context.Background(), planner.Principal{Account: "x", Roles: []planner.Role{role}}, pipeline.ImportRequest{Sources: good(t, goodRows()...)})
		if planner.KindOf(err) != planner.Forbidden {
			t.Errorf("%s: got %v, want Forbidden", role, err)
		}
	}
}
