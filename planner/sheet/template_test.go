package sheet_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"lianxin/planner/sheet"
)

func TestTheTemplateIsEmptyAndSaysHowToFillItIn(t *testing.T) {
	var buf, again bytes.Buffer
	if err := sheet.WriteTemplate(&buf); err != nil {
		t.Fatal(err)
	}
	if err := sheet.WriteTemplate(&again); err != nil || !bytes.Equal(buf.Bytes(), again.Bytes()) {
		t.Errorf("got two different templates (%v)", err)
	}
	if keep := os.Getenv("LIANXIN_TEST_KEEP"); keep != "" {
		if err := os.WriteFile(filepath.Join(keep, "template.xlsx"), buf.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, fs := read(t, file("模板.xlsx", buf.Bytes()))
	if len(flat(b)) != 0 || len(fs) != 0 {
		t.Errorf("imported as it is: got %d rows and %v, want nothing and no fault", len(flat(b)), fs)
	}
	f, err := excelize.OpenReader(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notes, err := f.GetRows("填表说明")
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, r := range notes {
		all += strings.Join(r, "\t") + "\n"
	}
	for _, k := range sheet.Kinds() {
		name := k.Name().ZH
		head, err := f.GetRows(name)
		if err != nil || len(head) != 1 || !slices.Equal(head[0], k.Headers()) {
			t.Errorf("%s: got rows %v, %v, want the header alone", name, head, err)
			continue
		}
		rules, err := f.GetDataValidations(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range k.Columns() {
			if rules[i].Prompt == nil || !strings.HasPrefix(c.Note.ZH, strings.TrimSuffix(*rules[i].Prompt, "…")) {
				t.Errorf("%s %s: got no note at the cell, want %q", name, c.Header.ZH, c.Note.ZH)
			}
			if drop := rules[i].Type == "list"; drop != (len(c.Choices) > 0) {
				t.Errorf("%s %s: got drop-down %v, want %v", name, c.Header.ZH, drop, len(c.Choices) > 0)
			}
			if !strings.Contains(all, c.Note.ZH) || !strings.Contains(all, c.Note.EN) || c.Example == "" || !strings.Contains(all, c.Example) {
				t.Errorf("%s %s: the notes lack its sentence or example", name, c.Header.ZH)
			}
			col, _ := excelize.ColumnNumberToName(i + 1)
			id, err := f.GetColStyle(name, col)
			if err != nil {
				t.Fatal(err)
			}
			st, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if c.Form == sheet.FormCode && st.NumFmt != 49 {
				t.Errorf("%s %s: got number format %d, want 49 (text), lest zeros get lost", name, c.Header.ZH, st.NumFmt)
			}
		}
	}
}

// What an office types into the template comes in: dates as serials, numbers as numbers, codes as text.
func TestAFilledTemplateIsRead(t *testing.T) {
	var buf bytes.Buffer
	if err := sheet.WriteTemplate(&buf, sheet.Cadres, sheet.Leaves); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	set := func(sheet, cell string, v any) {
		t.Helper()
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("干部", "A4", 123) // somebody left two rows empty
	set("干部", "B4", "喆 静")
	set("干部", "C4", "D１")
	set("干部", "E4", "一般干部")
	set("干部", "H4", "农技，就业")
	set("干部", "J4", 19900000001)
	set("干部", "M4", 12)
	set("请假", "A2", "123")
	set("请假", "B2", 46082)
	set("请假", "C2", "2026年3月2日")
	buf.Reset()
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	b, fs := read(t, file("t.xlsx", buf.Bytes()))
	if len(fs) > 0 || len(b.Cadres) != 1 || len(b.Leaves) != 1 {
		t.Fatalf("got %v and findings %v, want a cadre and a leave", b, fs)
	}
	c, l := b.Cadres[0], b.Leaves[0]
	if c.Place.Row != 4 || c.Code != "123" || c.Name != "喆静" || c.Unit != "D1" || c.Mobile != "19900000001" || c.Capacity != 12 || len(c.Skills) != 2 {
		t.Errorf("got %+v", c)
	}
	if l.Span.From.String() != "2026-03-01" || l.Span.Until.String() != "2026-03-03" {
		t.Errorf("got leave %v, want 2026-03-01 until 2026-03-03", l.Span)
	}
}
