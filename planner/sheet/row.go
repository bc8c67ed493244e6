package sheet

import (
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Row is one row of an import sheet: the row types below and nothing else.
type Row interface {
	Kind() Kind
	cells() []string // in the order of Kind().Columns()
}

// AreaRow is a row of 村组.
type AreaRow struct {
	Place  planner.Place
	Code   planner.AreaCode
	Name   string
	Level  planner.AreaLevel
	Parent planner.AreaCode // empty at the county
	Days   [4]string        // 逢集、庙会、农忙、不入户 as written: rules that the import reads; empty: as it is, “-”: none
}

// UnitRow is a row of 单位.
type UnitRow struct {
	Place    planner.Place
	Code     string
	Name     string
	Network  planner.Network
	Area     planner.AreaCode
	Parent   string             // code of the unit above; empty at the bureau
	Villages []planner.AreaCode // 包联村
}

// CadreRow is a row of 干部.
type CadreRow struct {
	Place         planner.Place
	Code          string // 工号
	Name          string // without the space that pads two-character names
	Unit          string // code
	Title         string
	Rank          planner.Rank
	Grade         planner.Grade // empty if the sheet tells the rank alone
	Head          bool
	Portfolio     []string
	Skills        []planner.Need
	OfficePhone   string
	Mobile        string
	Mail          string
	NativeVillage planner.AreaCode
	Capacity      int // 0: the preset's number
}

// LeaveRow is a row of 请假. Span is half-open; the sheet's last day is the day before Span.Until, an empty last day is
// an open end.
type LeaveRow struct {
	Place  planner.Place
	Cadre  string // 工号
	Span   civil.Span
	Reason string
}

// RecusalRow is a row of 回避: of a household, or of a whole village.
type RecusalRow struct {
	Place     planner.Place
	Cadre     string // 工号
	Household string // 户编号
	Village   planner.AreaCode
	Mode      planner.RecusalKind
}

// HouseholdRow is a row of 户名册.
type HouseholdRow struct {
	Place   planner.Place
	Code    string
	Village planner.AreaCode
	Group   string // as written: the group's name, its number (3, 03, 3组) or its whole code; empty: none
	Head    string // 张某某
	Guide   string
	Contact string
	Hours   planner.Hours   // HoursAny when the cell is empty
	Consent planner.Consent // never empty
	Needs   []planner.Need
	PerYear int // 0: the default
}

// PairingRow is a row of 上年结对.
type PairingRow struct {
	Place     planner.Place
	Household string // 户编号
	Cadre     string // 工号
}

// TaskRow is a row of 跟进事项.
type TaskRow struct {
	Place      planner.Place
	Code       string // 事项编号
	Cadre      string // 工号
	Household  string // 户编号; may be empty
	Say        string
	PromisedOn civil.Date
	DueOn      civil.Date
}

// Batch is what was read, each list in the order of the files.
type Batch struct {
	Areas      []AreaRow
	Units      []UnitRow
	Cadres     []CadreRow
	Leaves     []LeaveRow
	Recusals   []RecusalRow
	Households HouseholdRows
	Pairings   PairingRows
	Tasks      []TaskRow
	Helpers    []HelperRow
	Wishes     []WishRow
}

// Counts gives the number of rows by kind; kinds without rows are absent.
func (b Batch) Counts() map[Kind]int {
	m := map[Kind]int{Areas: len(b.Areas), Units: len(b.Units), Cadres: len(b.Cadres), Leaves: len(b.Leaves), Recusals: len(b.Recusals),
		Households: b.Households.Len(), Pairings: b.Pairings.Len(), Tasks: len(b.Tasks), Helpers: len(b.Helpers), Wishes: len(b.Wishes)}
	for k, n := range m {
		if n == 0 {
			delete(m, k)
		}
	}
	return m
}

// Kind is [Areas].
func (AreaRow) Kind() Kind { return Areas }

// Kind is [Units].
func (UnitRow) Kind() Kind { return Units }

// Kind is [Cadres].
func (CadreRow) Kind() Kind { return Cadres }

// Kind is [Leaves].
func (LeaveRow) Kind() Kind { return Leaves }

// Kind is [Recusals].
func (RecusalRow) Kind() Kind { return Recusals }

// Kind is [Households].
func (HouseholdRow) Kind() Kind { return Households }

// Kind is [Pairings].
func (PairingRow) Kind() Kind { return Pairings }

// Kind is [Tasks].
func (TaskRow) Kind() Kind { return Tasks }

func (r AreaRow) cells() []string {
	return append([]string{string(r.Code), r.Name, wordOf(levels, r.Level), string(r.Parent)}, r.Days[:]...)
}

func (r UnitRow) cells() []string {
	vs := make([]string, len(r.Villages))
	for i, v := range r.Villages {
		vs[i] = string(v)
	}
	return []string{r.Code, r.Name, wordOf(networks, r.Network), string(r.Area), r.Parent, strings.Join(vs, listMark)}
}

func (r CadreRow) cells() []string {
	head := "否"
	if r.Head {
		head = "是"
	}
	return []string{r.Code, r.Name, r.Unit, r.Title, rankWord(r.Rank, r.Grade), head, strings.Join(r.Portfolio, listMark), needWords(r.Skills),
		r.OfficePhone, r.Mobile, r.Mail, string(r.NativeVillage), numberCell(r.Capacity)}
}

func (r LeaveRow) cells() []string {
	last := civil.Date{}
	if !r.Span.Until.IsZero() {
		last = r.Span.Until.AddDays(-1)
	}
	return []string{r.Cadre, r.Span.From.String(), last.String(), r.Reason}
}

func (r RecusalRow) cells() []string {
	return []string{r.Cadre, r.Household, string(r.Village), wordOf(recusalKinds, r.Mode)}
}

func (r HouseholdRow) cells() []string {
	return []string{r.Code, string(r.Village), r.Group, r.Head, r.Guide, r.Contact, wordOf(hours, r.Hours), wordOf(consents, r.Consent),
		needWords(r.Needs), numberCell(r.PerYear)}
}

func (r PairingRow) cells() []string { return []string{r.Household, r.Cadre} }

func (r TaskRow) cells() []string {
	return []string{r.Code, r.Cadre, r.Household, r.Say, r.PromisedOn.String(), r.DueOn.String()}
}

// listMark joins several values in one cell.
const listMark = "、"

func numberCell(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func needWords(ns []planner.Need) string {
	ws := make([]string, len(ns))
	for i, n := range ns {
		ws[i] = planner.NeedText[n].ZH
	}
	return strings.Join(ws, listMark)
}
