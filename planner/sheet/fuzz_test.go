package sheet_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// Whatever bytes arrive, reading ends with rows or findings and never with a panic or an error; and a row that was read
// is written and read again as the same row.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"户编号,工号\nH1,G1\n", "\ufeff工号,开始日期\nG1,2026/1/1\n", "\xBB\xA7\xB1\xE0\xBA\xC5,\xB9\xA4\xBA\xC5\n1,2\n", "PK\x03\x04", "a\x00b", "\"",
		"工号,户编号,村代码,方式\n'=1,\"\n\",4,本人申报\n", "工号,姓名,单位代码,职级,手机,能帮忙的事\n1,喆 静,D,科级,-,农技/就业\n", "代码,名称,级别\n411281,市,县\n",
		"户编号,村代码,户主,同意状态,每年走访次数\nH1,411281001001,张三,同意,4\n", "事项编号,工号,事项,答应日期,办结期限\nS,G,+办证,20260105,2026.2.1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, fs, err := sheet.Read(t.Context(), []sheet.Source{file("f.csv", body)})
		if err != nil {
			t.Fatalf("got error %v, want findings", err)
		}
		if planner.Stops(fs) {
			return // what could not be read whole is never written
		}
		for _, r := range flat(b) {
			var buf bytes.Buffer
			w := sheet.NewCSV(&buf, r.Kind(), false)
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			again, fs := read(t, file("g.csv", buf.Bytes()))
			if d := cmp.Diff([]sheet.Row{r}, flat(again), cmpopts.IgnoreTypes(planner.Place{}), cmpopts.EquateEmpty()); d != "" || planner.Stops(fs) {
				t.Errorf("written and read again (-first +second), findings %v:\n%s\n%q", fs, d, buf.String())
			}
		}
	})
}
