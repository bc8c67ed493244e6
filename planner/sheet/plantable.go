package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"lianxin/planner"
)

// planWriter writes the sheets of plan.xlsx one after the other.
type planWriter struct {
	f        *excelize.File
	b        PlanBook
	compared bool // there is a last year to compare with
	sheets   int

	title, sub, header, tableRow, tableFirst, kept, changed int
	annexMark, annexTitle, annexSub, annexHead, annexSection, annexCell, annexCentre, annexNote, annexSign,
	openCell int
}

func (pw *planWriter) styles() error {
	st := stylist{f: pw.f}
	font := func(family string, size float64, color string) *excelize.Font {
		return &excelize.Font{Family: family, Size: size, Color: color}
	}
	align := func(h string) *excelize.Alignment {
		return &excelize.Alignment{Horizontal: h, Vertical: "center", WrapText: true}
	}
	pw.title = st.style(excelize.Style{Font: font(fontHead, 16, colorInk), Alignment: &excelize.Alignment{Vertical: "center"}})
	pw.sub = st.style(excelize.Style{Font: font(fontBody, 10, "7A7468"), Alignment: &excelize.Alignment{Vertical: "center"}})
	pw.header = st.style(excelize.Style{Font: font(fontHead, 11, colorInk), Alignment: align("center"),
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colorPaper}},
		Border: append(lines("top", colorInk, 1), lines("bottom", colorInk, 1)...)})
	body := excelize.Style{Font: font(fontBody, 10.5, colorInk), Alignment: align("left"), Border: lines("bottom", "E6E1D8", 1), NumFmt: 49}
	pw.tableRow = st.style(body)
	body.Border = append(lines("top", "8C8577", 1), lines("bottom", "E6E1D8", 1)...)
	pw.tableFirst = st.style(body)
	body.Border, body.Alignment = lines("bottom", "E6E1D8", 1), align("center")
	body.Font = font(fontBody, 10.5, colorDone)
	pw.kept = st.style(body)
	body.Font = font(fontBody, 10.5, colorChange)
	pw.changed = st.style(body)
	pw.openCell = st.style(excelize.Style{Font: font(fontBody, 10.5, colorInk), Alignment: align("left"), Border: lines("all", colorRule, 1),
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF9E8"}}, NumFmt: 49})

	// The annex follows the look of an official document: 小标宋 title of 二号 (22), 黑体 sections of 三号 (16), 仿宋 text.
	indented := align("left")
	indented.Indent = 1
	pw.annexMark = st.style(excelize.Style{Font: font(fontHead, 16, "000000")})
	pw.annexTitle = st.style(excelize.Style{Font: font(fontTitle, 22, "000000"), Alignment: align("center")})
	pw.annexSub = st.style(excelize.Style{Font: font("楷体", 14, "000000"), Alignment: align("center")})
	pw.annexHead = st.style(excelize.Style{Font: font(fontHead, 12, "000000"), Alignment: align("center"), Border: lines("all", "000000", 1)})
	pw.annexSection = st.style(excelize.Style{Font: font(fontHead, 12, "000000"), Alignment: indented, Border: lines("all", "000000", 1)})
	cell := excelize.Style{Font: font(fontText, 11, "000000"), Alignment: indented, Border: lines("all", "000000", 1), NumFmt: 49}
	pw.annexCell = st.style(cell)
	cell.Alignment = align("center")
	pw.annexCentre = st.style(cell)
	pw.annexNote = st.style(excelize.Style{Font: font(fontText, 12, "000000"), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	pw.annexSign = st.style(excelize.Style{Font: font(fontText, 14, "000000"), Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"}})
	return st.err
}

// planTable is one of the working sheets.
type planTable struct {
	name   string
	title  string
	heads  []string
	widths []float64
	sub    string // line under the title; empty: the plan's own
	state  int    // column that says 沿用 or 调整, -1 if none
	open   []int  // columns to be filled in by the reader
	rules  []*excelize.DataValidation
}

// table begins a sheet with title, sub-title and a frozen header, and gives a function that adds a row: first draws a
// line above it, where a new unit or village begins.
func (pw *planWriter) table(t planTable) (put func(first bool, cells ...string) error, done func() error, err error) {
	if err := addSheet(pw.f, t.name, pw.sheets == 0); err != nil {
		return nil, nil, err
	}
	pw.sheets++
	if err := pageSetup(pw.f, page{sheet: t.name, titleRows: 1, titleFrom: 3, cols: len(t.heads),
		footer: "&L&\"" + fontBody + "\"&9" + pw.b.County + pw.stateWord() + "&C&\"" + fontBody + "\"&9第 &P 页，共 &N 页&R&\"" + fontBody + "\"&9" + t.name}); err != nil {
		return nil, nil, err
	}
	off := false
	if err := pw.f.SetSheetView(t.name, 0, &excelize.ViewOptions{ShowGridLines: &off}); err != nil {
		return nil, nil, err
	}
	for _, r := range t.rules {
		if err := pw.f.AddDataValidation(t.name, r); err != nil {
			return nil, nil, err
		}
	}
	sw, err := pw.f.NewStreamWriter(t.name)
	if err != nil {
		return nil, nil, err
	}
	for i, w := range t.widths {
		if err := sw.SetColWidth(i+1, i+1, w); err != nil {
			return nil, nil, err
		}
	}
	heads := make([]any, len(t.heads))
	for i, h := range t.heads {
		heads[i] = excelize.Cell{StyleID: pw.header, Value: h}
	}
	if err := firstError(sw.SetPanes(frozen(3)),
		sw.SetRow("A1", []any{excelize.Cell{StyleID: pw.title, Value: t.title}}, excelize.RowOpts{Height: 30}),
		sw.SetRow("A2", []any{excelize.Cell{StyleID: pw.sub, Value: firstOf(t.sub, pw.subtitle())}}, excelize.RowOpts{Height: 18}),
		sw.SetRow("A3", heads, excelize.RowOpts{Height: 24})); err != nil {
		return nil, nil, err
	}
	row := 3
	put = func(first bool, cells ...string) error {
		row++
		out := make([]any, len(cells))
		lines := 1
		for i, c := range cells {
			style := pw.tableRow
			switch {
			case i == t.state && (c == "沿用"):
				style = pw.kept
			case i == t.state && c != "":
				style = pw.changed
			case slices.Contains(t.open, i):
				style = pw.openCell
			case first:
				style = pw.tableFirst
			}
			out[i] = excelize.Cell{StyleID: style, Value: c}
			lines = max(lines, linesIn(c, t.widths[i]))
		}
		return sw.SetRow(fmt.Sprintf("A%d", row), out, excelize.RowOpts{Height: float64(4 + 15*lines)})
	}
	return put, sw.Flush, nil
}

// places is how wide a text is in characters of a column: a Chinese character counts two, a Latin one a little over
// one, since offices substitute fonts.
func places(s string) (n float64) {
	for _, r := range s {
		if r > 0x2E7F {
			n += 2
		} else {
			n += 1.1
		}
	}
	return n
}

// linesIn is how many lines a text takes in a column of so many characters.
func linesIn(s string, width float64) (lines int) {
	for _, l := range strings.Split(s, "\n") {
		lines += max(1, int(places(l)/(width-1.5))+1)
	}
	return lines
}

// wrapList joins items with 、 and breaks the line between items alone: a code torn in two is misread.
func wrapList(items []string, width float64) string {
	var b strings.Builder
	used := 0.0
	for i, it := range items {
		if i > 0 {
			b.WriteString(listMark)
			used += 2
			if used+places(it)+2 > width-2 {
				b.WriteString("\n")
				used = 0
			}
		}
		b.WriteString(it)
		used += places(it)
	}
	return b.String()
}

func (pw *planWriter) stateWord() string {
	switch pw.b.Status {
	case planner.PlanReview:
		return "（征求意见稿）"
	case planner.PlanDraft:
		return "（草案）"
	case planner.PlanSuperseded:
		return "（已被替代）"
	case planner.PlanWithdrawn:
		return "（已撤回）"
	}
	return ""
}

func (pw *planWriter) subtitle() string {
	var parts []string
	if pw.b.Office != "" {
		parts = append(parts, pw.b.Office)
	}
	if !pw.b.MadeOn.IsZero() {
		parts = append(parts, zhDate(pw.b.MadeOn))
	}
	if pw.b.Preset != "" {
		parts = append(parts, "规则："+pw.b.Preset)
	}
	for _, t := range pw.b.Summaries {
		parts = append(parts, fmt.Sprintf("%s：%d名干部，%d%s", tierWord(t.Tier), t.Cadres, t.Targets, map[planner.Tier]string{planner.TierVillage: "个", planner.TierGroup: "个", planner.TierHousehold: "户"}[t.Tier]))
	}
	return strings.Join(parts, "　")
}

func (pw *planWriter) heading(what string) string {
	return fmt.Sprintf("%s%d年干部结对联系群众安排（%s）%s", pw.b.County, pw.b.Period, what, pw.stateWord())
}

func (pw *planWriter) byUnit() error {
	put, done, err := pw.table(planTable{name: "按单位", title: pw.heading("按单位"), state: 9,
		heads:  []string{"单位", "姓名", "工号", "职务", "职级", "层级", "村（社区）", "组", "户", "与上年"},
		widths: []float64{24, 12, 11, 18, 11, 15, 18, 12, 24, 9}})
	if err != nil {
		return err
	}
	last := ""
	for _, p := range sorted(pw.b.Pairs, func(p PlanPair) []string {
		return []string{p.UnitCode, rankKey(p.Rank), p.CadreCode, tierKey(p.Tier), string(p.VillageCode), string(p.GroupCode), p.Household}
	}) {
		if err := put(p.UnitCode != last, p.Unit, p.Cadre, p.CadreCode, p.Title, wordOf(ranks, p.Rank), tierWord(p.Tier), p.Village, p.Group, householdCell(p), pw.since(p)); err != nil {
			return err
		}
		last = p.UnitCode
	}
	return done()
}

func (pw *planWriter) byVillage() error {
	put, done, err := pw.table(planTable{name: "按村", title: pw.heading("按村"), state: 9,
		heads:  []string{"乡镇（街道）", "村（社区）", "组", "层级", "户", "联系干部", "工号", "单位", "职务", "与上年"},
		widths: []float64{16, 18, 12, 15, 24, 12, 11, 24, 18, 9}})
	if err != nil {
		return err
	}
	last := planner.AreaCode("")
	for _, p := range sorted(pw.b.Pairs, func(p PlanPair) []string {
		return []string{string(p.VillageCode), tierKey(p.Tier), string(p.GroupCode), p.Household, p.CadreCode}
	}) {
		if err := put(p.VillageCode != last, p.Township, p.Village, p.Group, tierWord(p.Tier), householdCell(p), p.Cadre, p.CadreCode, p.Unit, p.Title, pw.since(p)); err != nil {
			return err
		}
		last = p.VillageCode
	}
	return done()
}

func (pw *planWriter) byCadre() error {
	put, done, err := pw.table(planTable{name: "按干部", title: pw.heading("按干部"), state: -1,
		heads:  []string{"工号", "姓名", "单位", "职务", "职级", "层级", "村（社区）", "组", "户"},
		widths: []float64{11, 12, 24, 16, 11, 15, 18, 12, 55}})
	if err != nil {
		return err
	}
	last := ""
	for _, g := range gather(pw.b.Pairs, func(p PlanPair) []string {
		return []string{p.CadreCode, tierKey(p.Tier), string(p.VillageCode), string(p.GroupCode)}
	}) {
		p := g[0]
		hs := make([]string, len(g))
		for i, q := range g {
			hs[i] = householdCell(q)
		}
		if err := put(p.CadreCode != last, p.CadreCode, p.Cadre, p.Unit, p.Title, wordOf(ranks, p.Rank), tierWord(p.Tier), p.Village, p.Group, wrapList(hs, 55)); err != nil {
			return err
		}
		last = p.CadreCode
	}
	return done()
}

func (pw *planWriter) changes() error {
	put, done, err := pw.table(planTable{name: "与上年变动", title: pw.heading("与上年变动"), state: -1,
		heads:  []string{"户", "村（社区）", "组", "上年联系干部", "上年单位", "本年联系干部", "本年单位", "原因"},
		widths: []float64{24, 18, 12, 20, 22, 20, 22, 36}})
	if err != nil {
		return err
	}
	for _, c := range pw.b.Changes {
		if err := put(false, strings.TrimSpace(c.Household+" "+c.Head), c.Village, c.Group, who(c.From, c.FromCode), c.FromUnit, who(c.To, c.ToCode), c.ToUnit, c.Why.ZH); err != nil {
			return err
		}
	}
	if len(pw.b.Changes) == 0 {
		if err := put(false, "没有变动", "", "", "", "", "", "", ""); err != nil {
			return err
		}
	}
	return done()
}

func householdCell(p PlanPair) string { return strings.TrimSpace(p.Household + " " + p.Head) }

func who(name, code string) string {
	if code == "" {
		return "（无）"
	}
	return name + "（" + code + "）"
}
