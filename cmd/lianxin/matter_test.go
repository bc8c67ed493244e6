package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMatterDeadlinesAnswersAJuristsTable(t *testing.T) {
	table, err := os.ReadFile("../../planner/followup/testdata/deadlines.csv")
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, "postgres://nobody@127.0.0.1:1/none?sslmode=disable") // no database is asked
	if err := os.WriteFile(filepath.Join(p.dir, "cases.csv"), append([]byte("\xef\xbb\xbf"), table...), 0o644); err != nil {
		t.Fatal(err)
	}
	want, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(p.run("matter", "deadlines", "--file", "cases.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || len(got) < 201 {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if strings.Join(got[i][:10], ",") != strings.Join(want[i][:10], ",") || !strings.Contains(got[i][10], want[i][10]) {
			t.Errorf("row %d: got %v, want %v", i+1, got[i], want[i])
		}
	}
}

func TestARowThatCannotBeReckonedIsNamedWithRowAndColumn(t *testing.T) {
	p := newProgram(t, "")
	for table, want := range map[string][]string{
		"received_on,rules,step\n2026-02-30,national-2022,transfer\n\n2026-03-02,national-2022,answer\n2026-03-02,beijing,transfer\n": {"第2行“received_on”：“2026-02-30”不是日期", "第4行“accepted_on”", "第5行“rules”", "row 5, column rules", "共 3 处"},
		"received_on,rule,step\n":                {"第1行“rule”：不认识的列", "第1行“rules”：缺少这一列"},
		"":                                       {"表是空的"},
		"rules,step\nnational-2022,transfer,x\n": {"格数多于表头"},
		"rules,step\n\"national-2022,transfer\n": {"不是逗号分隔"},
	} {
		if err := os.WriteFile(filepath.Join(p.dir, "cases.csv"), []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		out, errs, code := p.try("matter", "deadlines", "--file", "cases.csv")
		if code != 3 || out != "" {
			t.Errorf("%q: got exit code %d and %q, want 3 and nothing", table, code, out)
		}
		for _, w := range want {
			if !strings.Contains(errs, w) {
				t.Errorf("%q: got no %q in\n%s", table, w, errs)
			}
		}
	}
	if _, errs, code := p.try("matter", "deadlines", "--file", "none.csv"); code != 3 || !strings.Contains(errs, "读不到") {
		t.Errorf("no file: got exit code %d\n%s", code, errs)
	}
}

func TestAMatterFromTheCommandLine(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_NOW=2026-03-02T09:00").start()
	smallTown(p)
	p.env = append(p.env, "LIANXIN_NOW=2026-03-02T09:00")
	reg := p.run("matter", "register", "letter", "门前排水沟堵塞", "--area", "411281001001", "--receiver", "K1", "--name", "张三丰", "--national", "XF-TEST-0001")
	if !strings.Contains(reg, `"number": "2026-0001"`) || !strings.Contains(reg, `"code": "`) {
		t.Errorf("register: got %s", reg)
	}
	p.run("matter", "accept", "2026-0001")
	if out := p.run("matter", "assign", "2026-0001", "--unit", "D1", "--officer", "K2"); !strings.Contains(out, `"due_on": "2026-05-01"`) {
		t.Errorf("assign: got %s", out)
	}
	p.run("matter", "supervise", "2026-0001", "--reason", "请按期答复", "--until", "2026-03-20")
	if out := p.run("matter"); !strings.Contains(out, "XF-TEST-0001") || !strings.Contains(out, "第三十四条") || strings.Contains(out, "张") {
		t.Errorf("list: got %s", out)
	}
	if _, errs, code := p.try("matter", "close", "2026-0001", "--outcome", "solved", "--reason", "已办"); code != 3 || !strings.Contains(errs, "已交办") {
		t.Errorf("closed before it is answered: got exit code %d %s", code, errs)
	}
	p.run("matter", "answer", "2026-0001", "--reason", "已疏通。")
	p.run("matter", "close", "2026-0001", "--outcome", "solved", "--reason", "已疏通。")
	if out := p.run("matter", "show", "2026-0001"); !strings.Contains(out, `"outcome": "solved"`) || !strings.Contains(out, "张某某") {
		t.Errorf("show: got %s", out)
	}
	if _, errs, code := p.try("matter", "accept", "2026-0099"); code != 3 || !strings.Contains(errs, "没有编号") {
		t.Errorf("no such matter: got exit code %d %s", code, errs)
	}
}
