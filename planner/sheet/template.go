package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"lianxin/planner"
)

const (
	noteSheet = "填表说明" // what each column takes; holds no rows
	listSheet = "选项"   // hidden: drop lists that are too long for a cell rule
)

// templateRows is how many rows of a template carry its drop-downs and formats.
const templateRows = 5000

// listChars is the most that a drop list may have inside its rule (ECMA-376 Part 1 §18.3.1.32: 255 characters).
const listChars = 255

// WriteTemplate writes an empty workbook with the sheets of the kinds, or of all kinds if none is named, and a first
// sheet 填表说明 with what each column takes and an example. The example stands there alone: an example row in the sheet
// itself would be imported by the first who forgets to delete it.
func WriteTemplate(w io.Writer, kinds ...Kind) error {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	f := newBook()
	defer f.Close()
	l, err := newLook(f)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	if err := writeNotes(f, kinds); err != nil {
		return fmt.Errorf("template notes: %w", err)
	}
	lists := &dropLists{f: f}
	for _, k := range kinds {
		if err := addSheet(f, k.Name().ZH, false); err != nil {
			return fmt.Errorf("template sheet %s: %w", k, err)
		}
		if err := templateSheet(f, l, lists, k); err != nil {
			return fmt.Errorf("template sheet %s: %w", k, err)
		}
	}
	return writeBook(f, w)
}

func templateSheet(f *excelize.File, l look, lists *dropLists, k Kind) error {
	name := k.Name().ZH
	if err := f.SetPanes(name, frozen(1)); err != nil {
		return err
	}
	if err := f.SetRowHeight(name, 1, 26); err != nil {
		return err
	}
	for i, c := range k.Columns() {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		style := l.header
		if c.Required {
			style = l.required
		}
		if err := firstError(f.SetColWidth(name, col, col, c.Width), f.SetColStyle(name, col, l.cell(c.Form)),
			f.SetCellValue(name, col+"1", c.Header.ZH), f.SetCellStyle(name, col+"1", col+"1", style)); err != nil {
			return err
		}
		rule := excelize.NewDataValidation(true)
		rule.SetSqref(fmt.Sprintf("%s2:%s%d", col, col, templateRows))
		rule.SetInput(c.Header.ZH, cut(c.Note.ZH, 250))
		if len(c.Choices) > 0 {
			if err := lists.drop(rule, c.Choices); err != nil {
				return err
			}
			if c.Many { // a drop list takes one word; several are typed, so another value is no error
				rule.ShowErrorMessage = false
			} else {
				rule.SetError(excelize.DataValidationErrorStyleStop, c.Header.ZH, "请从下拉列表中选择："+strings.Join(c.Choices, "、"))
			}
		}
		if err := f.AddDataValidation(name, rule); err != nil {
			return err
		}
	}
	return pageSetup(f, page{sheet: name, titleRows: 1, cols: len(k.Columns()), footer: "&C&\"" + fontBody + "\"&9第 &P 页，共 &N 页"})
}

// dropLists puts long drop lists on a hidden sheet.
type dropLists struct {
	f   *excelize.File
	col int
}

func (d *dropLists) drop(rule *excelize.DataValidation, choices []string) error {
	if len([]rune(strings.Join(choices, ","))) <= listChars {
		return rule.SetDropList(choices)
	}
	if d.col == 0 {
		if _, err := d.f.NewSheet(listSheet); err != nil {
			return err
		}
		if err := d.f.SetSheetVisible(listSheet, false); err != nil {
			return err
		}
	}
	d.col++
	col, err := excelize.ColumnNumberToName(d.col)
	if err != nil {
		return err
	}
	for i, c := range choices {
		if err := d.f.SetCellStr(listSheet, fmt.Sprintf("%s%d", col, i+1), c); err != nil {
			return err
		}
	}
	rule.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$1:$%s$%d", listSheet, col, col, len(choices)))
	return nil
}

// writeNotes fills 填表说明.
func writeNotes(f *excelize.File, kinds []Kind) error {
	if err := addSheet(f, noteSheet, true); err != nil {
		return err
	}
	st := stylist{f: f}
	title := st.style(excelize.Style{Font: &excelize.Font{Family: fontHead, Size: 18, Color: colorInk}})
	lead := st.style(excelize.Style{Font: &excelize.Font{Family: fontBody, Size: 11, Color: "595959"}, Alignment: &excelize.Alignment{Vertical: "center"}})
	section := st.style(excelize.Style{Font: &excelize.Font{Family: fontHead, Size: 13, Color: "9B2C1F"}, Alignment: &excelize.Alignment{Vertical: "bottom"}})
	head := st.style(excelize.Style{Font: &excelize.Font{Family: fontHead, Size: 11}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colorPaper}},
		Alignment: &excelize.Alignment{Vertical: "center"}, Border: lines("bottom", colorInk, 1)})
	cell := st.style(excelize.Style{Font: &excelize.Font{Family: fontBody, Size: 11}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
		Border: lines("bottom", colorRule, 1), NumFmt: 49})
	if st.err != nil {
		return st.err
	}
	n := noteWriter{f: f, row: 1}
	n.put(title, 30, "填表说明")
	n.put(lead, 18, "一、表头请勿改动；列可以少（非必填的），不能多。系统按代码和编号认人认户，不按姓名。")
	n.put(lead, 18, "二、代码、编号、电话均为文本格式；日期写成 2026-03-01；多个值之间用“、”隔开。")
	n.put(lead, 18, "三、只填够用的。证件号、银行卡、健康、宗教、政治面貌、未成年人、照片、位置、打分、人员名单一类的列，系统一律不收。")
	n.put(lead, 18, "四、先试导入（不写入任何数据），系统会逐行指出问题；全部改好后再正式导入，要么全部成功，要么一行不动。")
	for _, k := range kinds {
		n.row++
		n.put(section, 26, "《"+k.Name().ZH+"》"+k.Name().EN)
		n.put(head, 22, "列", "必填", "怎么填", "Note", "示例（虚构）")
		for _, c := range k.Columns() {
			must := ""
			if c.Required {
				must = "是"
			}
			note := c.Note
			if len(c.Choices) > 0 && !c.Many {
				note.ZH = "选填：" + strings.Join(c.Choices, "、") + "。" + note.ZH
			}
			n.put(cell, height(note), c.Header.ZH, must, note.ZH, note.EN, c.Example)
		}
	}
	for i, w := range []float64{16, 7, 52, 58, 26} {
		col := string(rune('A' + i))
		if n.err == nil {
			n.err = f.SetColWidth(noteSheet, col, col, w)
		}
	}
	if n.err != nil {
		return n.err
	}
	off := false
	if err := f.SetSheetView(noteSheet, 0, &excelize.ViewOptions{ShowGridLines: &off}); err != nil {
		return err
	}
	return pageSetup(f, page{sheet: noteSheet, cols: 5, footer: "&C&\"" + fontBody + "\"&9第 &P 页，共 &N 页"})
}

// height is the row height at which a note of two lines still shows whole.
func height(t planner.Text) float64 {
	lines := max((len([]rune(t.ZH))*2+49)/50, (len(t.EN)+54)/55, 1)
	return float64(6 + 15*lines)
}

type noteWriter struct {
	f   *excelize.File
	row int
	err error
}

func (n *noteWriter) put(style int, height float64, cells ...string) {
	for i, c := range cells {
		at := fmt.Sprintf("%c%d", 'A'+i, n.row)
		n.err = firstError(n.err, n.f.SetCellStr(noteSheet, at, c), n.f.SetCellStyle(noteSheet, at, at, style))
	}
	n.err = firstError(n.err, n.f.SetRowHeight(noteSheet, n.row, height))
	n.row++
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
