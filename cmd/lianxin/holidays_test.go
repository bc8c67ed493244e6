package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const notice2027 = "\ufeff" + `{"$schema": "x", "year": 2027, "papers": ["测试用通知"], "days": [
	{"name": "元旦", "date": "2026-12-27", "isOffDay": false}, {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
	{"name": "春节", "date": "2027-02-15", "isOffDay": true}, {"name": "劳动节", "date": "2027-05-15", "isOffDay": false}]}`

func TestANoticeIsShownThenTakenInThenTakenBack(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start()
	file := filepath.Join(p.dir, "2027.json")
	if err := os.WriteFile(file, []byte(notice2027), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run("calendar", "--year", "2027")
	before := p.canonical()
	out := p.run("holidays", "import", file)
	for _, want := range []string{"2027-02-15", "2027-02-16", "2027-05-17", "2027-05-15", "2026-12-27", "群众工作日"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s, want %s in what would move", out, want)
		}
	}
	if p.canonical() != before {
		t.Fatal("looking changed the database")
	}
	p.run("holidays", "import", file, "--yes")
	if d := p.days("2026-12-27", "2027-12-31"); strings.Join(d["2026-12-27"][:4], ",") != "2026-12-27,workday,official,元旦" ||
		strings.Join(d["2027-02-15"][:4], ",") != "2027-02-15,off,official,春节" || d["2027-03-02"][1] != "workday" || d["2027-03-06"][1] != "off" {
		t.Errorf("got %v, %v, want the imported notice", d["2026-12-27"], d["2027-02-15"])
	}
	if out := p.run("calendar", "--year", "2027"); !strings.Contains(out, "2027-02-16") || !strings.Contains(out, "2027-05-15") {
		t.Errorf("got %s, want the shifted days", out)
	}
	if out := squeeze(p.run("holidays")); !strings.Contains(out, "2027 已公布") || !strings.Contains(out, "本单位导入") || !strings.Contains(out, "content_7047091") {
		t.Errorf("got %s, want the years with their sources", out)
	}
	p.run("holidays", "undo", "2027", "--yes")
	if d := p.days("2027-02-15", "2027-02-15"); d["2027-02-15"][1] != "unknown" || d["2027-02-15"][2] != "unpublished" {
		t.Errorf("got %v after the undo", d)
	}
}

func TestHolidaysAreListedWithoutADatabase(t *testing.T) {
	out := squeeze(newProgram(t, "").run("holidays"))
	for _, want := range []string{"2018", "2026 已公布 随程序附带 33 6", "0dcfd8004351e132ce15e8444de4df123265b3f490f7e2f8346631122cb5b709", "2027 未公布 只有法定节日 13 0"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s, want %s", out, want)
		}
	}
}

func TestABrokenNoticeIsRefusedWithItsPlace(t *testing.T) {
	p := newProgram(t, "").start()
	for text, want := range map[string]string{
		"{\"year\": 2027,\n \"days\": [}": "第2行第",
		`{"year": 2027, "days": [{"name": "元旦", "date": "2027-1-1", "isOffDay": true}]}`:   "第1个日子“2027-1-1”不是日期",
		`{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01"}]}`:                   "第1个日子（2027-01-01）没有 isOffDay",
		`{"year": 2027, "days": [{"name": "元旦", "date": "2026-11-01", "isOffDay": true}]}`: "2026-11-01不属于这一年",
		`{"year": 2027, "days": []}`:   "还没有公布",
		`{"year": "2027", "days": []}`: "year",
		"\xff\xfe\x00":                 "UTF-8",
	} {
		file := filepath.Join(p.dir, "n.json")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, errs, code := p.try("holidays", "import", file); code != 3 || !strings.Contains(errs, want) {
			t.Errorf("%q: got exit code %d and %s, want 3 and %s", text, code, errs, want)
		}
	}
	if _, _, code := p.try("holidays", "import", "nothing.json"); code != 3 {
		t.Errorf("a file that is not there: got exit code %d, want 3", code)
	}
}

// squeeze leaves one space between the cells of a table.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestDaysOfAreasAreKeptAndListed(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start()
	p.run("sample", "--out", "样例")
	areas, err := filepath.Glob(filepath.Join(p.dir, "样例", "01-*"))
	if err != nil || len(areas) != 1 {
		t.Fatalf("got %v %v, want the sheet of areas", areas, err)
	}
	p.run("import", areas[0])
	p.run("local", "add", "411281", "closed", "date:2026-04-15", "--name", "本地节日")
	file := filepath.Join(p.dir, "日子.csv")
	if err := os.WriteFile(file, []byte("区划代码,类别,规则,名称,走访\n411281,逢集,农历,,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := p.try("local", "import", file); code != 3 || !strings.Contains(errs, "第2行") {
		t.Errorf("got exit code %d and %s, want 3 and the row", code, errs)
	}
	if err := os.WriteFile(file, []byte("区划代码,类别,规则,名称,走访\n411281,逢集,lunar：3、6、9,,避开\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run("local", "import", file)
	if out := squeeze(p.run("local")); !strings.Contains(out, "逢集 农历逢三、六、九 避开 lunar:3,6,9") || !strings.Contains(out, "本地放假 2026-04-15 本地节日") {
		t.Errorf("got %s", out)
	}
	if d := p.days("2026-04-15", "2026-04-15")["2026-04-15"]; d[1] != "off" || d[3] != "本地节日" {
		t.Errorf("got %v, want the county's closed day", d)
	}
	if out := p.run("calendar", "--year", "2026"); !strings.Contains(out, "2026-04-16") {
		t.Errorf("got %s, want April's day moved", out)
	}
	p.run("local", "remove", "411281", "market", "lunar:3,6,9")
	if out := p.run("local"); strings.Contains(out, "lunar") {
		t.Errorf("got %s after the removal", out)
	}
}
