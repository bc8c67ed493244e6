package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// parser reads the rows of one sheet. Its methods take the index of a column in Kind.Columns, note what is wrong with
// the cell and give the zero value then.
type parser struct {
	r        *reader
	kind     Kind
	cols     []Column
	table    *table
	at       []int    // cell of each column, -1 if the sheet has not got it
	heads    []string // headers as written
	headless []int    // columns without a header
	line     line
}

func (p *parser) place(col int) planner.Place {
	at := planner.Place{File: p.r.file, Sheet: p.table.name, Row: p.line.row}
	if col >= 0 {
		at.Column = p.heads[col]
	}
	return at
}

func (p *parser) stop(col int, code, zh, en string) {
	p.r.Add(planner.Stop, code, p.place(col), planner.Text{ZH: zh, EN: en})
}

// row begins a row: values in columns without a header are somebody's notes that nobody could place.
func (p *parser) row() planner.Place {
	for _, i := range slices.Clone(p.headless) {
		if i < len(p.line.cells) && strings.TrimFunc(p.line.cells[i], blank) != "" {
			p.stop(-1, "headless-column", "第"+strconv.Itoa(i+1)+"列没有表头，但填了内容。请补上表头或清空该列。",
				"column "+strconv.Itoa(i+1)+" has no header, but holds values. Give it one of the headers or clear it.")
			p.headless = slices.DeleteFunc(p.headless, func(h int) bool { return h == i }) // once a sheet
		}
	}
	return p.place(-1)
}

// text is the cell of a column, trimmed and searched for what must not be there; "" if it is empty.
func (p *parser) text(col int) string {
	c := p.cols[col]
	if p.at[col] < 0 {
		return ""
	}
	s := ""
	if p.at[col] < len(p.line.cells) {
		s = p.line.cells[p.at[col]]
	}
	s = disarm(strings.TrimFunc(s, blank))
	if strings.ContainsFunc(s, unprintable) {
		s = strings.TrimFunc(strings.Map(func(r rune) rune {
			if unprintable(r) {
				return -1
			}
			return r
		}, s), blank)
	}
	if c.Form != FormText {
		s = strings.Map(halfWidth, s)
	}
	if s == "" {
		if c.Required {
			p.stop(col, "empty-cell", "为空，请补填；这一行如已作废，请整行删除。", "is empty; fill it in, or delete the whole row if it is void.")
		}
		return ""
	}
	if s[0] == '#' && errorCell.MatchString(s) {
		p.stop(col, "error-cell", "单元格里是公式错误“"+s+"”。请改成要填的内容。", "the cell shows the formula error "+s+". Replace it by the value meant.")
		return ""
	}
	most := maxCell
	if c.Many && c.Form == FormCode {
		most = maxList
	}
	if n := utf8.RuneCountInString(s); n > most {
		p.stop(col, "too-long", fmt.Sprintf("有%d个字，最多%d个字。请写短一些。", n, most), fmt.Sprintf("is %d characters long, at most %d are taken. Shorten it.", n, most))
		return ""
	}
	if p.secret(col, s, c.Free) {
		return ""
	}
	return s
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' }

// halfWidth turns the full-width ASCII of Chinese input methods (４１１２８１) into plain ASCII; 、 stays.
func halfWidth(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// maxCell bounds a cell; the longest sentence that a form asks for has some 60 characters.
const maxCell = 200

// maxList is the same for a list of codes: a township has up to some 110 villages of 12 digits.
const maxList = 2_000

func (p *parser) secret(col int, s string, free bool) bool {
	switch secretIn(s, free) {
	case idNumber:
		p.stop(col, "id-number", "里面像是有身份证号，系统不收证件号码。请删去（编号请另行编制）。", "seems to hold an ID-card number, which is not taken in. Remove it (codes must be made otherwise).")
	case bankCard:
		p.stop(col, "bank-card", "里面像是有银行卡号，系统不收金融账户。请删去。", "seems to hold a bank-card number, which is not taken in. Remove it.")
	case mobileNumber:
		p.stop(col, "phone-in-words", "里面像是有手机号。电话只能填在“联系方式”或“手机”列，加密保存；这里请删去。",
			"seems to hold a mobile number. Phones belong in the column 联系方式 or 手机 alone, where they are encrypted; remove it here.")
	default:
		if !free {
			return false
		}
		if w := refusedWord(s); w != "" {
			p.stop(col, "refused-word", "写有“"+w+"”。本系统只记为群众办的事，不记对人的看管和名单。请删去或改写。",
				"says “"+w+"”. Only what is done for residents is kept, nothing that holds or lists them. Remove or reword it.")
			return true
		}
		return false
	}
	return true
}

// code is a text that must keep its digits.
func (p *parser) code(col int) string {
	s := p.text(col)
	if strings.ContainsFunc(s, blank) {
		s = strings.Map(func(r rune) rune {
			if blank(r) {
				return -1
			}
			return r
		}, s)
	}
	if !strings.ContainsAny(s, "eE") || !expRE.MatchString(s) {
		return s
	}
	// A long code typed into a numeric cell. A workbook still knows its digits, up to the 15 that a float keeps; a CSV
	// saved from it does not.
	if f, err := strconv.ParseFloat(s, 64); err == nil && p.table.xlsx && f < 1e15 && f == float64(int64(f)) {
		return strconv.FormatInt(int64(f), 10)
	}
	p.stop(col, "lost-digits", "变成了科学计数“"+s+"”，原来的数字已经丢失。请把该列设为文本格式，重新填写代码。",
		"has turned into "+s+", and the digits of the code are lost. Set the column to text and enter the code again.")
	return ""
}

// area is a division code of one of the lengths given.
func (p *parser) area(col int, lengths ...int) planner.AreaCode {
	s := p.code(col)
	if s == "" {
		return ""
	}
	if !p.isArea(col, s, lengths...) {
		return ""
	}
	return planner.AreaCode(s)
}

func (p *parser) isArea(col int, s string, lengths ...int) bool {
	if isAreaCode(s) && (len(lengths) == 0 || slices.Contains(lengths, len(s))) {
		return true
	}
	want, wantEN := "县6位、乡镇9位、村12位，组为村代码加“-”和两位序号", "6 digits for a county, 9 for a township, 12 for a village, a village's code, “-” and two digits for a group"
	if slices.Equal(lengths, []int{12}) {
		want, wantEN = "12位村（社区）代码", "the 12 digits of a village"
	}
	p.stop(col, "bad-area-code", "“"+s+"”不是区划代码，应为"+want+"。请核对（有没有少一位、丢了末尾的0）。",
		"“"+s+"” is no division code; expected are "+wantEN+". Check for a missing digit.")
	return false
}

// choose reads a word of a drop-down; empty gives the zero value.
func choose[T comparable](p *parser, col int, cs []choice[T]) T {
	var none T
	s := p.text(col)
	if s == "" {
		return none
	}
	v, ok := valueOf(cs, s)
	if !ok {
		p.stop(col, "bad-choice", "“"+s+"”不在可选范围内，请改为："+strings.Join(words(cs), "、")+"。",
			"“"+s+"” is not among the words allowed: "+strings.Join(words(cs), ", ")+". Use one of them.")
	}
	return v
}

// list splits a cell of several values.
func (p *parser) list(col int) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(p.text(col), func(r rune) bool { return strings.ContainsRune(listMarks, r) }) {
		if part = strings.TrimFunc(part, blank); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// listMarks are what offices put between several values of a cell.
const listMarks = "、,，;；/\n"

// needs reads need tags, in the order of the forms and each once.
func (p *parser) needs(col int) []planner.Need {
	var bad []string
	got := map[planner.Need]bool{}
	for _, w := range p.list(col) {
		if v, ok := valueOf(needs, w); ok {
			got[v] = true
		} else if w != "无" {
			bad = append(bad, w)
		}
	}
	if len(bad) > 0 {
		p.stop(col, "bad-choice", "“"+strings.Join(bad, "、")+"”不在可选范围内，请从这七项里选："+strings.Join(words(needs), "、")+"。",
			"“"+strings.Join(bad, ", ")+"” is not among the seven tags: "+strings.Join(words(needs), ", ")+". Use these.")
	}
	var out []planner.Need
	for _, n := range planner.Needs {
		if got[n] {
			out = append(out, n)
		}
	}
	return out
}

// number reads a whole number between lo and hi; empty gives 0.
func (p *parser) number(col, lo, hi int) int {
	s := p.text(col)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, ".0"))
	if err != nil || n < lo || n > hi {
		p.stop(col, "bad-number", fmt.Sprintf("“%s”应为%d至%d的整数；没有约定请留空。", s, lo, hi),
			fmt.Sprintf("“%s” should be a whole number from %d to %d; leave it empty if nothing was agreed.", s, lo, hi))
		return 0
	}
	return n
}

var dateRE = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$`)

// date reads a day: a serial number of a workbook, or 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301.
func (p *parser) date(col int) civil.Date {
	s := p.text(col)
	if s == "" {
		return civil.Date{}
	}
	d := civil.Date{}
	if m := dateRE.FindStringSubmatch(s); m != nil {
		y, _ := strconv.Atoi(m[1])
		mo, _ := strconv.Atoi(m[2])
		da, _ := strconv.Atoi(m[3])
		d = civil.Date{Year: y, Month: time.Month(mo), Day: da}
	} else if f, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case len(s) == 8 && f == float64(int(f)):
			d = civil.Date{Year: int(f) / 10000, Month: time.Month(int(f) / 100 % 100), Day: int(f) % 100}
		case p.table.xlsx && f > 60 && f < 100000:
			first := civil.Date{Year: 1899, Month: 12, Day: 30}
			if p.table.date1904 {
				first = civil.Date{Year: 1904, Month: 1, Day: 1}
			}
			d = first.AddDays(int(f))
		}
	}
	if !d.Valid() {
		p.stop(col, "bad-date", "“"+s+"”不是日期。请写成2026-03-01的样子，并检查是否真有这一天。", "“"+s+"” is no day. Write it like 2026-03-01 and check that the day exists.")
		return civil.Date{}
	}
	if d.Year < 2000 || d.Year > 2100 {
		p.stop(col, "bad-date", "“"+s+"”的年份不像是对的，请核对。", "the year of “"+s+"” can hardly be right; check it.")
		return civil.Date{}
	}
	return d
}

// contact reads a phone or mail that is kept encrypted; "-" deletes what is stored. The value is never shown whole.
func (p *parser) contact(col int, form *regexp.Regexp, zh, en string) string {
	s := strings.ReplaceAll(p.code(col), "－", "-")
	if s == "" || s == "-" || form.MatchString(s) {
		return s
	}
	if form == mobileRE {
		if t := strings.TrimPrefix(strings.ReplaceAll(s, "-", ""), "+86"); form.MatchString(t) {
			return t
		}
	}
	p.stop(col, "bad-contact", "“"+hint(s)+"”不像"+zh+"，请核对；没有请留空。", "“"+hint(s)+"” does not look like "+en+"; check it, or leave it empty.")
	return ""
}
