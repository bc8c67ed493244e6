package pipeline_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// areaFile is the sheet 村组 as CSV with the columns of days.
func areaFile(rows ...string) []sheet.Source {
	text := "代码,名称,级别,上级代码,逢集,庙会,农忙,不入户\n" + strings.Join(rows, "\n") + "\n"
	return []sheet.Source{{Name: "村组.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}
}

func TestDaysOfAreasComeAndGoWithTheSheetOfVillages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 1)
		ctx := t.Context()
		village := "411281001001,测试社区,村,411281001,"
		take := func(row string) pipeline.ImportReport {
			t.Helper()
			rep, fs, err := w.Import(ctx, asPlanner, pipeline.ImportRequest{Sources: areaFile(row)})
			if err != nil {
				t.Fatal(err, fs)
			}
			return rep
		}
		held := func() string {
			t.Helper()
			days, err := w.AreaDays(ctx, asPlanner)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, d := range days {
				out = append(out, strings.TrimSpace(strings.Join([]string{string(d.Area), string(d.Kind), d.Rule, d.Name, string(d.Wish)}, " ")))
			}
			return strings.Join(out, "|")
		}
		take(village + "\"lunar:3,6,9 西关集 避开；weekday:7\",lunar-date:2-2..2-4 龙王庙会,term:芒种..夏至,solar-date:6-7..6-10 高考")
		full := "411281001001 fair lunar-date:2-2..2-4 龙王庙会|411281001001 farm term:芒种..夏至  avoid|411281001001 market lunar:3,6,9 西关集 avoid|411281001001 market weekday:7|411281001001 no-go solar-date:6-7..6-10 高考"
		if got := held(); got != full {
			t.Errorf("got  %s\nwant %s", got, full)
		}
		if rep := take(village + ",,,"); rep.Added+rep.Changed != 0 || held() != full {
			t.Errorf("empty cells: got %+v and %s, want nothing changed", rep, held())
		}
		var b bytes.Buffer
		if err := w.AreaSheet(ctx, asPlanner, &b); err != nil {
			t.Fatal(err)
		}
		rep, fs, err := w.Import(ctx, asPlanner, pipeline.ImportRequest{Sources: []sheet.Source{{Name: "村组.xlsx", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }}}})
		if err != nil || rep.Added+rep.Changed != 0 || held() != full {
			t.Errorf("what was written is read again: got %+v, %v, %v, want nothing changed", rep, fs, err)
		}
		take(village + "\"branch:子,午\",-,,")
		if got, want := held(), "411281001001 farm term:芒种..夏至  avoid|411281001001 market branch:子,午|411281001001 no-go solar-date:6-7..6-10 高考"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		before := held()
		_, fs, err = w.Import(ctx, asPlanner, pipeline.ImportRequest{Sources: areaFile(village+"lunar:3;x,,,", "411281001002,第二社区,村,411281001,,,term:没有..夏至,date:2026-13-40")})
		if err == nil || held() != before {
			t.Errorf("a sheet with wrong rules: got %v and %s, want it refused whole", err, held())
		}
		places := map[string]bool{}
		for _, f := range fs {
			if f.Code == "area-day" {
				places[f.Place.Column] = true
				if f.Say.ZH == "" || f.Say.EN == "" || f.Place.Row == 0 {
					t.Errorf("got a finding without words or row: %+v", f)
				}
			}
		}
		if !places["逢集"] || !places["农忙"] || !places["不入户"] || len(places) != 3 {
			t.Errorf("got findings in %v, want one for each of the three wrong cells", places)
		}
		if _, _, err := w.Import(ctx, asCadre("id-S0001"), pipeline.ImportRequest{Sources: areaFile(village + ",,,")}); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre imports: %v, want Forbidden", err)
		}
	})
}
