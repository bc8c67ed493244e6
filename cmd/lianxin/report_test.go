package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// openStore opens the database of a program that is not running.
func (p *program) openStore() *store.DB {
	p.t.Helper()
	keys, err := store.LoadKeyring(filepath.Join(p.dir, "lianxin.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(p.t.Context(), store.Options{URL: "sqlite:" + filepath.Join(p.dir, "lianxin.db"), Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.t.Fatal(err)
	}
	return db
}

// visitOnce plans one visit and notes it once, as a device sends it.
func visitOnce(p *program) {
	p.t.Helper()
	db := p.openStore()
	err := db.Write(p.t.Context(), planner.System("test"), store.Op{Name: "test", Now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}, func(tx *store.Tx) error {
		return tx.PutVisits([]planner.Visit{{ID: "v1", Cadre: "c1", Household: "h0", On: civil.MustDate("2026-01-15"), Stop: 1, Hours: planner.HoursAny, State: planner.VisitPlanned},
			{ID: "v2", Cadre: "c1", Household: "h1", On: civil.MustDate("2026-01-15"), Stop: 2, Hours: planner.HoursAny, State: planner.VisitPlanned}})
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	edit := func(n int, f planner.Field, v string) planner.Edit {
		return planner.Edit{ID: planner.EditID(fmt.Sprint("phone-", n)), Visit: "v1", Field: f, Value: v, Clock: n}
	}
	b, err := json.Marshal(map[string]any{"edits": []planner.Edit{edit(1, "outcome", "done"), edit(2, "tick/policy.insurance", "yes"), edit(3, "tick/theme.road", "yes"), edit(4, "note/opinions", "村口路灯坏了三盏"),
		edit(5, "tick/mediation.neighbours", "yes"), edit(6, "tick/errands.errand", "yes"), edit(7, "promise/1", "errand 2026-02-10 帮问老年公交卡")}})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "edits.json"), b, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.env = append(p.env, "LIANXIN_NOW=2026-01-15T18:00")
	p.run("visit", "record", "edits.json")
}

// valuesOfTheVisit are what each ledger must say of the visit.
var valuesOfTheVisit = map[string][]string{
	"diary":    {"2026-01-15", "甲1", "示例局", "H0", "张某某", "示范社区", "医保、养老保险", "道路、出行", "村口路灯坏了三盏", "帮问老年公交卡", "2026-02-10"},
	"visits":   {"2026-01-15", "H0", "已走访", "医保、养老保险", "道路、出行", "邻里间的事", "答应代办"},
	"work":     {"第1季度", "甲1", "示例局", "2026-01-15", "H0", "道路、出行", "帮问老年公交卡"},
	"problems": {"走访", "代办", "帮问老年公交卡", "示例局", "2026-01-15", "2026-02-10", "办理中"},
}

func TestOneVisitTypedOnceFillsTheLedgers(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	visitOnce(p)
	for name, values := range valuesOfTheVisit {
		var l pipeline.LedgerPage
		if err := json.Unmarshal([]byte(p.run("report", "ledger", name, "--json")), &l); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, r := range l.Rows {
			if s := strings.Join(r, " "); strings.Contains(s, values[1]) {
				line = s
				break
			}
		}
		for _, v := range values {
			if !strings.Contains(line, v) {
				t.Errorf("%s: got %q, want %s in it", name, line, v)
			}
		}
		if l.Saved.Visits != 1 || l.Saved.Most != 6 {
			t.Errorf("%s: got %+v, want one visit in six forms", name, l.Saved)
		}
	}
	// With matters of all kinds, every ledger there is goes through LibreOffice onto paper.
	for _, args := range [][]string{
		{"register", "reception", "门前排水沟堵塞", "--area", "411281001001", "--receiver", "K0", "--name", "李四光", "--persons", "7", "--representatives", "3", "--national", "XF-TEST-0001", "--contact", "0398-1234567"},
		{"accept", "2026-0001"}, {"assign", "2026-0001", "--unit", "D1", "--officer", "K2"}, {"supervise", "2026-0001", "--reason", "请按期答复", "--until", "2026-01-20"},
		{"lead", "2026-0001", "new", "--leader", "K0", "--due", "2026-03-30", "--plan", "先到现场看水路"},
		{"answer", "2026-0001", "--reason", "已疏通。"}, {"close", "2026-0001", "--outcome", "solved", "--reason", "已疏通。"},
	} {
		if out, errs, code := p.try(append([]string{"matter"}, args...)...); code != 0 {
			t.Fatalf("matter %v: %s%s", args, out, errs)
		}
	}
	dir := filepath.Join(p.dir, "out")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.run("report", "ledger", "all", "--out", filepath.Join(dir, "all.xlsx"))
	onPaper(t, dir, "all", "testdata/ledgers", map[int][]string{1: valuesOfTheVisit["diary"], 2: valuesOfTheVisit["visits"], 3: valuesOfTheVisit["work"], 4: valuesOfTheVisit["problems"],
		5: {"李某某", "集体访", "门前排水沟堵塞", "已解决"}, 6: {"XF-TEST-0001", "李某某", "甲0"}, 7: {"督办", "2026-01-22"}, 8: {"先到现场看水路", "甲0", "2026-03-30"}, 9: {"没有记录"}})
	// The brief and the statistics are workbooks too; in this small town every cell is under five.
	p.env = append(p.env, "LIANXIN_NOW=2026-02-01T09:00")
	p.run("report", "brief", "--month", "2026-01", "--out", filepath.Join(dir, "brief.xlsx"))
	p.run("report", "stats", "--by", "area", "--out", filepath.Join(dir, "stats.xlsx"))
	var st pipeline.Stats
	if err := json.Unmarshal([]byte(p.run("report", "stats", "--json", "--from", "2026-01-01", "--until", "2026-01-31")), &st); err != nil || len(st.Months) != 1 || st.Registered.Total.N != 0 || !st.Registered.Less {
		t.Errorf("stats --json: got %+v, %v; want January with its one matter held back", st, err)
	}
	if out := p.run("report", "brief"); !strings.Contains(out, "＜5") || strings.Contains(out, "示范社区") {
		t.Errorf("brief: got %s", out)
	}
	if n := lookForNumbers(t, dir); n < 18 {
		t.Errorf("got %d parts looked at for numbers, want each sheet and the PDF", n)
	}
}

// onPaper opens a workbook with LibreOffice, prints it to PDF, wants the values on its pages, and compares each page with its
// golden picture. LIANXIN_GOLDEN=write writes the pictures anew.
func onPaper(t *testing.T, dir, name, golden string, want map[int][]string) {
	t.Helper()
	c := exec.Command("soffice", "-env:UserInstallation=file://"+filepath.Join(t.TempDir(), "office"), "--headless", "--convert-to", "pdf", "--outdir", dir, filepath.Join(dir, name+".xlsx"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("soffice (Debian: libreoffice-calc): %v\n%s", err, out)
	}
	pdf := filepath.Join(dir, name+".pdf")
	for page, values := range want {
		out, err := exec.Command("pdftotext", "-raw", "-f", fmt.Sprint(page), "-l", fmt.Sprint(page), pdf, "-").Output()
		if err != nil {
			t.Fatalf("pdftotext (Debian: poppler-utils): %v", err)
		}
		text := strings.Join(strings.Fields(string(out)), "")
		for _, v := range values {
			if !strings.Contains(text, v) {
				t.Errorf("page %d of %s: got no %s in\n%s", page, name, v, out)
			}
		}
	}
	if out, err := exec.Command("pdftoppm", "-png", "-gray", "-r", "36", pdf, filepath.Join(dir, name)).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, name+"-*.png"))
	if err != nil || len(pages) < len(want) {
		t.Fatalf("got %d pages, %v; want %d", len(pages), err, len(want))
	}
	for _, page := range pages {
		if os.Getenv("LIANXIN_GOLDEN") == "write" {
			b, err := os.ReadFile(page)
			if err == nil {
				err = os.WriteFile(filepath.Join(golden, filepath.Base(page)), b, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		if d := difference(t, page, filepath.Join(golden, filepath.Base(page))); d > 0.15 {
			t.Errorf("%s: got a picture of which %.1f %% differ, want at most 15 %%", filepath.Base(page), 100*d)
		}
	}
	if d := difference(t, pages[0], filepath.Join(golden, filepath.Base(pages[1]))); d < 0.3 {
		t.Errorf("got %.1f %% between two different ledgers; the comparison sees nothing", 100*d)
	}
}

// difference is how much of the ink of a golden picture lies elsewhere in a page, after averaging over 5×5 points, so that a font's
// own hinting does not count. 0: the same; 1 and more: another page.
func difference(t *testing.T, page, golden string) float64 {
	t.Helper()
	read := func(name string) image.Image {
		f, err := os.Open(name)
		if err != nil {
			t.Fatalf("%v; LIANXIN_GOLDEN=write makes the golden pictures", err)
		}
		defer f.Close()
		m, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	x, y := read(page), read(golden)
	if x.Bounds() != y.Bounds() {
		return 1
	}
	ink := func(m image.Image, i, j int) float64 {
		return 1 - float64(color.GrayModel.Convert(m.At(i, j)).(color.Gray).Y)/255
	}
	apart, all, box := 0.0, 0.0, 5
	for j := 0; j+box <= x.Bounds().Dy(); j += box {
		for i := 0; i+box <= x.Bounds().Dx(); i += box {
			d := 0.0
			for k := range box * box {
				at := ink(y, i+k%box, j+k/box)
				d, all = d+ink(x, i+k%box, j+k/box)-at, all+at
			}
			apart += max(d, -d)
		}
	}
	return apart / all
}

func TestAnOfficeBringsItsOwnColumns(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	visitOnce(p)
	write := func(s string) {
		if err := os.WriteFile(filepath.Join(p.dir, "visits.yaml"), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ledger: visits\ntitle: 示范街道走访登记簿\ncolumns:\n  - {column: code, header: 户号}\n  - {column: result}\ndrop: [no, with, mediation, errands]\n")
	p.run("report", "layout", "visits.yaml")
	if head := strings.Fields(strings.SplitN(p.run("report", "ledger", "visits"), "\n", 2)[0]); strings.Join(head, " ") != "户号 结果 日期 村（社区）、组 户主（隐名） 走访干部 单位 讲政策 听意见" {
		t.Errorf("got columns %v, want the office's order, names and no dropped ones", head)
	}
	for layout, want := range map[string]string{
		"ledger: visits\ncolumns: [{column: 身份证号}]\n":               "不能加“身份证号”",
		"ledger: visits\ncolumns: [{column: 定位}]\n":                 "不能加“定位”",
		"ledger: leads\ncolumns: [{column: unit, header: 稳控责任人}]\n": "表头“稳控责任人”不能用",
		"ledger: visits\ntitle: 重点人员走访表\n":                          "不能用",
		"ledger: visits\ncolumns: [{column: mood}]\n":               "不能新加",
		"ledger: visits\ndrop: [no, no]\n":                          "写了两次",
		"ledger: nothing\n":                                         "没有台账",
		"ledger: visits\nadd: [x]\n":                                "读不懂",
		"":                                                          "读不懂",
		"ledger: cards\ndrop: [code, place, cadre, unit, post, phone, help, next, watch, rights]\n": "至少留一栏",
	} {
		write(layout)
		if _, errs, code := p.try("report", "layout", "visits.yaml"); code != 3 || !strings.Contains(errs, want) {
			t.Errorf("%q: got exit code %d and %q, want it refused with %s", layout, code, errs, want)
		}
	}
	p.run("report", "layout", "visits", "--reset")
	if head := strings.Fields(strings.SplitN(p.run("report", "ledger", "visits"), "\n", 2)[0]); head[0] != "序号" || len(head) != 13 {
		t.Errorf("after the reset: got %v, want the columns as delivered", head)
	}
}
