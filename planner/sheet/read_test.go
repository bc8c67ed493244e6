package sheet_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/simplifiedchinese"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
)

// file is a Source over bytes.
func file(name string, body []byte) sheet.Source {
	return sheet.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
}

// rows is one row of each kind with every cell filled, the rare characters of deps.md §5 among the names.
func rows() []sheet.Row {
	return []sheet.Row{
		sheet.AreaRow{Code: "411281001001-01", Name: "第一组", Level: planner.LevelGroup, Parent: "411281001001"},
		sheet.UnitRow{Code: "D001", Name: "示例局", Network: planner.NetworkStation, Area: "411281", Parent: "D000", Villages: []planner.AreaCode{"411281001001", "411281001002"}},
		sheet.CadreRow{Code: "00123", Name: "𠮷静", Unit: "D001", Title: "主任", Rank: planner.RankLeader, Head: true, Portfolio: []string{"农业", "水利"},
			Skills: []planner.Need{planner.NeedPolicy, planner.NeedErrands}, OfficePhone: "0398-5550123", Mobile: "19900000001", Mail: "a@example.cn",
			NativeVillage: "411281001003", Capacity: 15},
		sheet.CadreRow{Code: "00124", Name: "阿依古丽·买买提", Unit: "D001", Rank: planner.RankStaff, Mobile: "-"},
		sheet.LeaveRow{Cadre: "00123", Span: civil.Span{From: civil.Of(2026, 3, 1), Until: civil.Of(2026, 9, 1)}, Reason: "外出学习"},
		sheet.LeaveRow{Cadre: "00123", Span: civil.Span{From: civil.Of(2026, 10, 1)}},
		sheet.RecusalRow{Cadre: "00123", Village: "411281001003", Mode: planner.RecusalOrdered},
		sheet.HouseholdRow{Code: "H0001", Village: "411281001001", Group: "03", Head: "𬭎某某", Guide: "=请社区带路", Contact: "-",
			Hours: planner.HoursEvening, Consent: planner.ConsentUnasked, Needs: []planner.Need{planner.NeedFarming}, PerYear: 4},
		sheet.PairingRow{Household: "H0001", Cadre: "00124"},
		sheet.TaskRow{Code: "S1", Cadre: "00123", Household: "H0001", Say: "代办公交卡", PromisedOn: civil.Of(2026, 1, 5), DueOn: civil.Of(2026, 2, 28)},
		sheet.HelperRow{Code: "Z001", Name: "喆静", What: planner.HelperVolunteer, Area: "411281001001-03", Skills: []planner.Need{planner.NeedFarming}, Capacity: 2,
			Agreement: civil.Span{From: civil.Of(2026, 1, 1), Until: civil.Of(2027, 1, 1)}},
		sheet.HelperRow{Code: "T001", Name: "张三", What: planner.HelperMediator, Area: "411281001001"},
		sheet.WishRow{What: sheet.WishCadre, Household: "H0001", Cadre: "00123"},
		sheet.WishRow{What: sheet.WishAnother, Household: "H0001"},
		sheet.WishRow{What: sheet.WishPlace, Cadre: "00123", Area: "411281001001"},
	}
}

// flat gives the rows of a batch in the order of the kinds.
func flat(b sheet.Batch) (out []sheet.Row) {
	add := func(r sheet.Row) { out = append(out, r) }
	for _, r := range b.Areas {
		add(r)
	}
	for _, r := range b.Units {
		add(r)
	}
	for _, r := range b.Cadres {
		add(r)
	}
	for _, r := range b.Leaves {
		add(r)
	}
	for _, r := range b.Recusals {
		add(r)
	}
	for _, r := range b.Households.All() {
		add(r)
	}
	for _, r := range b.Pairings.All() {
		add(r)
	}
	for _, r := range b.Tasks {
		add(r)
	}
	for _, r := range b.Helpers {
		add(r)
	}
	for _, r := range b.Wishes {
		add(r)
	}
	return out
}

func read(t *testing.T, srcs ...sheet.Source) (sheet.Batch, []planner.Finding) {
	t.Helper()
	b, fs, err := sheet.Read(context.Background(), srcs)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return b, fs
}

func workbook(t *testing.T, rows ...sheet.Row) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := sheet.NewXLSX(&buf)
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestWhatIsWrittenIsReadBackCellByCell(t *testing.T) {
	places := cmpopts.IgnoreTypes(planner.Place{})
	t.Run("a workbook with all sheets", func(t *testing.T) {
		b, fs := read(t, file("all.xlsx", workbook(t, rows()...)))
		if len(fs) > 0 {
			t.Errorf("got findings %v, want none", fs)
		}
		if d := cmp.Diff(rows(), flat(b), places); d != "" {
			t.Errorf("rows differ (-written +read):\n%s", d)
		}
		if got, want := b.Cadres[1].Place, (planner.Place{File: "all.xlsx", Sheet: "干部", Row: 3}); got != want {
			t.Errorf("got place %v, want %v", got, want)
		}
	})
	for _, gb := range []bool{false, true} {
		for _, kind := range sheet.Kinds() {
			var want []sheet.Row
			var buf bytes.Buffer
			w := sheet.NewCSV(&buf, kind, gb)
			for _, r := range rows() {
				if r.Kind() == kind {
					want = append(want, r)
				}
			}
			if err := w.Write(want...); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b, fs := read(t, file("x.csv", buf.Bytes()))
			if len(fs) > 0 {
				t.Errorf("%s, GB18030 %v: got findings %v, want none", kind, gb, fs)
			}
			if d := cmp.Diff(want, flat(b), places); d != "" {
				t.Errorf("%s, GB18030 %v: rows differ (-written +read):\n%s", kind, gb, d)
			}
		}
	}
}

func TestTheSameRowsGiveTheSameBytes(t *testing.T) {
	first := workbook(t, rows()...)
	for range 5 {
		if !bytes.Equal(first, workbook(t, rows()...)) {
			t.Fatal("got two different files from the same rows")
		}
	}
}

func TestNoCellOfACSVStartsAFormula(t *testing.T) {
	var buf bytes.Buffer
	w := sheet.NewCSV(&buf, sheet.Households, false)
	for _, evil := range []string{"=1+1", "+1", "-1", "@x", "\tx"} {
		if err := w.Write(sheet.HouseholdRow{Code: "H1", Village: "411281001001", Head: "张某某", Guide: evil, Consent: planner.ConsentGiven}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(strings.TrimSpace(buf.String()), "\r\n")[1:] {
		if guide := strings.Split(l, ",")[4]; !strings.HasPrefix(guide, "'") && !strings.HasPrefix(guide, `"'`) {
			t.Errorf("got cell %q, want an apostrophe in front", guide)
		}
	}
}

func TestFilesThatAreNoTableGetAHint(t *testing.T) {
	whole := workbook(t, rows()...)
	for name, tc := range map[string]struct {
		body []byte
		code string
		zh   string
	}{
		"an old .xls":             {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 rest"), "old-xls", "另存为"},
		"a .et of WPS":            {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "old-xls", ".et"},
		"half a workbook":         {whole[:len(whole)/2], "damaged-xlsx", "打不开"},
		"a picture":               {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "not-a-table", "xlsx"},
		"nothing":                 {nil, "empty-file", "空"},
		"blank lines alone":       {[]byte("\n\n,,\n"), "no-rows", "没有填写"},
		"a table of other things": {[]byte("菜名,价格\n馒头,1\n"), "unknown-sheet", "认不出"},
	} {
		b, fs := read(t, file("名册.xls", tc.body))
		if len(flat(b)) != 0 || len(fs) != 1 || fs[0].Code != tc.code || !strings.Contains(fs[0].Say.ZH, tc.zh) || fs[0].Place.File != "名册.xls" {
			t.Errorf("%s: got %d rows and %v, want one finding %s with %q", name, len(flat(b)), fs, tc.code, tc.zh)
		}
	}
}

func TestRowNumbersAreThoseOfTheSpreadsheet(t *testing.T) {
	body := "义马市户名册,,,\r\n\r\n户编号,村代码,户主,同意状态\r\nH1,411281001001,张某某,同意\r\n\r\n\"H\n2\",411281001001,李某某,同意\r\nH3,411281001001,王某某,大概同意\r\n"
	b, fs := read(t, file("h.csv", []byte(body)))
	var got []int
	for _, h := range b.Households.All() {
		got = append(got, h.Place.Row)
	}
	if d := cmp.Diff([]int{4, 6, 7}, got); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if len(fs) != 1 || fs[0].Place.Row != 7 || fs[0].Place.Column != "同意状态" {
		t.Errorf("got %v, want one finding in row 7", fs)
	}
}

func TestEncodingsAreToldApart(t *testing.T) {
	const text = "事项编号,工号,户编号,事项,答应日期,办结期限\nS1,G1,,给𠮷家代办公交卡,2026/1/5,2026年2月8日\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range strings.ReplaceAll(strings.ReplaceAll(text, "𠮷", "吉"), ",", "\t") {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, tc := range map[string]struct{ body, say string }{
		"UTF-8 with BOM":          {"\ufeff" + text, "给𠮷家代办公交卡"},
		"UTF-8":                   {text, "给𠮷家代办公交卡"},
		"UTF-8, semicolons":       {strings.ReplaceAll(text, ",", ";"), "给𠮷家代办公交卡"},
		"GB18030":                 {gb, "给𠮷家代办公交卡"},
		"UTF-16 of Excel, tabs":   {string(utf16), "给吉家代办公交卡"},
		"UTF-8, 64 KiB of digits": {text + strings.Repeat("S2,G1,,代办,2026-01-05,2026-02-08\n", 3000), "给𠮷家代办公交卡"},
	} {
		b, fs := read(t, file("t.csv", []byte(tc.body)))
		if len(fs) > 0 || len(b.Tasks) == 0 || b.Tasks[0].Say != tc.say || b.Tasks[0].DueOn != civil.Of(2026, 2, 8) {
			t.Errorf("%s: got %+v and %v, want %s", name, b.Tasks[:min(1, len(b.Tasks))], fs, tc.say)
		}
	}
}
