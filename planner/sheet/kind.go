package sheet

import (
	"slices"
	"strings"

	"lianxin/planner"
)

// Kind 表 is one kind of import sheet.
type Kind string

// The kinds, in the order in which they refer to each other.
const (
	Areas      Kind = "areas"         // 村组
	Units      Kind = "units"         // 单位
	Cadres     Kind = "cadres"        // 干部
	Leaves     Kind = "leaves"        // 请假
	Recusals   Kind = "recusals"      // 回避
	Households Kind = "households"    // 户名册
	Pairings   Kind = "last-pairings" // 上年结对
	Tasks      Kind = "tasks"         // 跟进事项
	Helpers    Kind = "helpers"       // 志愿者与调解员
	Wishes     Kind = "wishes"        // 双向选择
)

// Kinds lists all kinds: a kind refers only to kinds before it.
func Kinds() []Kind {
	return []Kind{Areas, Units, Cadres, Leaves, Recusals, Households, Pairings, Tasks, Helpers, Wishes}
}

// Form is how a column's cells are written and shown.
type Form int

const (
	FormText   Form = iota // free words, cell kept as text
	FormCode               // digits that are no number: codes and phones; cell kept as text, no leading zero lost
	FormNumber             // whole number
	FormDate               // day
)

// Column of a kind of sheet.
type Column struct {
	Header   planner.Text // ZH is what templates and samples write; EN is understood as well
	Also     []string     // other headers that mean the same
	Required bool         // the column must be there and no cell of it may be empty
	Choices  []string     // the words allowed, in the order of the drop-down; empty: any
	Many     bool         // several choices or values, separated by 、 or ;
	Form     Form
	Free     bool    // free words, searched for numbers that must not be there
	Width    float64 // in characters of the template
	Note     planner.Text
	Example  string // invented; stands in the notes only, never in a cell
}

// Name is the sheet's name.
func (k Kind) Name() planner.Text { return kindNames[k] }

var kindNames = map[Kind]planner.Text{
	Areas:      {ZH: "村组", EN: "villages and groups"},
	Units:      {ZH: "单位", EN: "units"},
	Cadres:     {ZH: "干部", EN: "cadres"},
	Leaves:     {ZH: "请假", EN: "leave"},
	Recusals:   {ZH: "回避", EN: "recusals"},
	Households: {ZH: "户名册", EN: "households"},
	Pairings:   {ZH: "上年结对", EN: "last year's pairings"},
	Tasks:      {ZH: "跟进事项", EN: "follow-up tasks"},
}

// Columns of the kind, in the order of the template; nil for a kind that does not exist. The caller must not change
// what it returns.
func (k Kind) Columns() []Column { return columns[k] }

// Headers are the Chinese headers in order.
func (k Kind) Headers() []string {
	hs := make([]string, len(columns[k]))
	for i, c := range columns[k] {
		hs[i] = c.Header.ZH
	}
	return hs
}

// means reports whether a header as written is this column's.
func (c Column) means(header string) bool {
	h := plainHeader(header)
	return h == plainHeader(c.Header.ZH) || h == plainHeader(c.Header.EN) ||
		slices.ContainsFunc(c.Also, func(a string) bool { return h == plainHeader(a) })
}

// plainHeader drops what offices put around a header: spaces, line breaks, a star for "required", full-width brackets.
func plainHeader(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\r', '\u3000', '\u00a0', '\ufeff', '*', '＊':
			return -1
		case '（':
			return '('
		case '）':
			return ')'
		}
		return r
	}, s))
}
