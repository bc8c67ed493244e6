package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// ReviewBook 征求意见稿 is what one unit gets to correct.
type ReviewBook struct {
	County string
	Office string // who asks, and to whom it goes back
	Unit   string // name; empty: all units
	Period int
	DueOn  civil.Date // to be sent back by this day; zero: not said
	Pairs  []PlanPair // of the tier of households; any order
}

// The wishes of a [Correction].
const (
	WantKeep   = "保持" // pin the pair
	WantChange = "更换" // another cadre, To if named
	WantRecuse = "回避" // never this pair
)

// Correction is one row that a unit sent back with an opinion. All parties are codes.
type Correction struct {
	Place     planner.Place
	Household string // 户编号
	From      string // 工号 as proposed
	To        string // 工号 as wished; empty: whoever fits
	Want      string // 保持, 更换 or 回避
	Why       string // may be empty
}

const reviewSheet = "征求意见"

// reviewCols are the columns of 征求意见; Required means here that a row with an opinion needs them.
var reviewCols = []Column{
	{Header: planner.Text{ZH: "户编号", EN: "household code"}, Form: FormCode, Width: 18},
	{Header: planner.Text{ZH: "户主", EN: "head"}, Width: 10},
	{Header: planner.Text{ZH: "村（社区）", EN: "village"}, Width: 18},
	{Header: planner.Text{ZH: "组", EN: "group"}, Width: 12},
	{Header: planner.Text{ZH: "拟联系干部工号", EN: "proposed cadre code"}, Form: FormCode, Width: 15},
	{Header: planner.Text{ZH: "拟联系干部", EN: "proposed cadre"}, Width: 12},
	{Header: planner.Text{ZH: "单位", EN: "unit"}, Width: 24},
	{Header: planner.Text{ZH: "意见", EN: "opinion"}, Choices: []string{WantKeep, WantChange, WantRecuse}, Width: 9},
	{Header: planner.Text{ZH: "建议干部工号", EN: "cadre code wished"}, Form: FormCode, Width: 15},
	{Header: planner.Text{ZH: "说明", EN: "why"}, Free: true, Width: 30},
}

const (
	revHousehold = 0
	revFrom      = 4
	revWant      = 7
	revTo        = 8
	revWhy       = 9
)

// WriteReview writes the workbook that goes to a unit: one row a household, the last three columns open. No opinion
// means no objection.
func WriteReview(w io.Writer, b ReviewBook) error {
	f := newBook()
	defer f.Close()
	pw := &planWriter{f: f, b: PlanBook{County: b.County, Office: b.Office, Period: b.Period, Status: planner.PlanReview}}
	if err := pw.styles(); err != nil {
		return fmt.Errorf("review: %w", err)
	}
	pairs := gather(b.Pairs, func(p PlanPair) []string { return []string{p.UnitCode} })
	rows := 0
	for _, g := range pairs {
		rows += len(g)
	}
	// Rules before the stream begins: a stream writes those that the sheet has when it is flushed.
	lists := &dropLists{f: f}
	rule := excelize.NewDataValidation(true)
	rule.SetSqref(fmt.Sprintf("H4:H%d", rows+4))
	rule.SetInput("意见", "没有不同意见不用填。保持：就这样定；更换：换一名干部；回避：这名干部不联系这一户。")
	rule.SetError(excelize.DataValidationErrorStyleStop, "意见", "请从下拉列表中选择：保持、更换、回避")
	if err := lists.drop(rule, reviewCols[revWant].Choices); err != nil {
		return fmt.Errorf("review: %w", err)
	}
	t := planTable{name: reviewSheet, title: pw.heading(firstOf(b.Unit, "全部单位")), state: -1, rules: []*excelize.DataValidation{rule}, open: []int{revWant, revTo, revWhy}}
	for _, c := range reviewCols {
		t.heads, t.widths = append(t.heads, c.Header.ZH), append(t.widths, c.Width)
	}
	t.sub = "请只在后三列填写意见，没有不同意见不用填；回避不需要写理由。"
	if !b.DueOn.IsZero() {
		t.sub += "请于" + zhDate(b.DueOn) + "前交回" + b.Office + "。"
	}
	put, done, err := pw.table(t)
	if err != nil {
		return fmt.Errorf("review: %w", err)
	}
	for _, g := range pairs {
		last := ""
		for _, p := range g {
			if p.Household == "" {
				continue
			}
			if err := put(p.CadreCode != last, p.Household, p.Head, p.Village, p.Group, p.CadreCode, p.Cadre, p.Unit, "", "", ""); err != nil {
				return fmt.Errorf("review: %w", err)
			}
			last = p.CadreCode
		}
	}
	if err := done(); err != nil {
		return fmt.Errorf("review: %w", err)
	}
	return writeBook(f, w)
}

// ReadCorrections reads a workbook of [WriteReview] that came back. Rows without an opinion mean "no objection" and are
// left out. A fault in a row is a finding and the row is left out. The error is as in [Read].
func ReadCorrections(ctx context.Context, src Source) ([]Correction, []planner.Finding, error) {
	r := &reader{ctx: ctx, file: src.Name}
	var out []Correction
	found := false
	err := src.tables(func(t *table) error {
		p := &parser{r: r, cols: reviewCols, table: t}
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			cells, row, err := t.next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			p.line = line{cells, row}
			switch {
			case p.at == nil:
				p.findReview()
				found = found || p.at != nil
			case !p.line.empty():
				if c, ok := p.correction(); ok {
					out = append(out, c)
				}
			}
		}
	})
	if bad, ok := errors.AsType[*notATable](err); ok {
		r.Add(planner.Stop, bad.code, planner.Place{File: src.Name}, bad.say)
		return nil, r.All(), nil
	}
	if err != nil {
		return nil, r.All(), err
	}
	if !found {
		r.Add(planner.Stop, "unknown-sheet", planner.Place{File: src.Name}, planner.Text{
			ZH: "没有找到征求意见表（表头要有“户编号”“拟联系干部工号”“意见”）。请交回发给贵单位的那份表。",
			EN: "there is no sheet of opinions (with the headers 户编号, 拟联系干部工号 and 意见). Send back the workbook that you received."})
	}
	return out, r.All(), nil
}

// findReview takes the line as the header if it has the three columns that matter.
func (p *parser) findReview() {
	at, heads := make([]int, len(p.cols)), make([]string, len(p.cols))
	for i, c := range p.cols {
		at[i] = slices.IndexFunc(p.line.cells, c.means)
		heads[i] = c.Header.ZH
	}
	if at[revHousehold] >= 0 && at[revFrom] >= 0 && at[revWant] >= 0 {
		p.at, p.heads = at, heads
	}
}

func (p *parser) correction() (c Correction, ok bool) {
	before := p.r.Len()
	c = Correction{Place: p.place(-1), Household: p.code(revHousehold), From: p.code(revFrom), Want: choose(p, revWant, wants), To: p.code(revTo), Why: p.text(revWhy)}
	if p.r.Len() > before {
		return c, false
	}
	switch {
	case c.Want == "" && c.To == "" && c.Why == "":
		return c, false
	case c.Want == "":
		p.stop(revWant, "empty-cell", "填了建议或说明，但没有选意见。请选：保持、更换或回避。", "has a wish or a reason but no opinion. Choose 保持, 更换 or 回避.")
	case c.Household == "":
		p.stop(revHousehold, "empty-cell", "为空，不知道是哪一户。请补上户编号。", "is empty, and it is open which household is meant. Fill in its code.")
	case c.From == "":
		p.stop(revFrom, "empty-cell", "为空。请补上拟联系干部的工号。", "is empty. Fill in the code of the proposed cadre.")
	case c.Want == WantChange && c.To == c.From:
		p.stop(revTo, "same-cadre", "意见是“更换”，建议的却还是原来的干部。请核对。", "the opinion is 更换, yet the cadre wished is the one proposed. Check both.")
	case c.Want != WantChange && c.To != "" && c.To != c.From:
		p.stop(revTo, "same-cadre", "意见是“"+c.Want+"”，又建议了另一名干部。要换人请选“更换”。", "the opinion is "+c.Want+", yet another cadre is wished. Choose 更换 to change.")
	default:
		return c, true
	}
	return c, false
}

var wants = []choice[string]{{WantKeep, WantKeep, []string{"同意", "无意见"}}, {WantChange, WantChange, []string{"调整"}}, {WantRecuse, WantRecuse, nil}}
