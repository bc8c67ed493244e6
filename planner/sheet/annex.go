package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"lianxin/planner"
	"lianxin/planner/civil"
)

const annexSheet = "附件"

// annexCols are the columns of the annex: one header for all three tiers, so that it can be repeated on every page.
var (
	annexHeads  = []string{"序号", "单位", "姓名", "职务", "联系村（社区）", "联系组（网格）", "联系户（户编号）"}
	annexWidths = []float64{6, 22, 12, 23, 19, 15, 53}
)

// annex writes the annex of a 发文: 附件 at the top left, the title, three sections by tier, a note, office and date.
func (pw *planWriter) annex() error {
	if err := addSheet(pw.f, annexSheet, pw.sheets == 0); err != nil {
		return err
	}
	pw.sheets++
	header := ""
	if s := pw.stateWord(); s != "" {
		header = "&R&\"" + fontHead + "\"&11" + strings.Trim(s, "（）")
	}
	// Margins after GB/T 9704—2012 §5.2.1 turned sideways: 天头 37 mm and 订口 28 mm would leave too little for a table of
	// seven columns, so binding edge (top of a landscape page) 28 mm, the others 20 mm.
	if err := pageSetup(pw.f, page{sheet: annexSheet, titleRows: 1, titleFrom: 5, cols: len(annexHeads), margins: [4]float64{1.1, 0.79, 0.85, 0.79},
		header: header, footer: "&C&\"" + fontBody + "\"&12— 第 &P 页，共 &N 页 —"}); err != nil {
		return err
	}
	off := false
	if err := pw.f.SetSheetView(annexSheet, 0, &excelize.ViewOptions{ShowGridLines: &off}); err != nil {
		return err
	}
	sw, err := pw.f.NewStreamWriter(annexSheet)
	if err != nil {
		return err
	}
	for i, w := range annexWidths {
		if err := sw.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := sw.SetPanes(frozen(5)); err != nil {
		return err
	}
	a := annexWriter{sw: sw, last: string(rune('A' + len(annexHeads) - 1))}
	a.merged(pw.annexMark, 24, "附件")
	a.merged(pw.annexTitle, 44, fmt.Sprintf("%s%d年干部结对联系群众安排表", pw.b.County, pw.b.Period))
	a.merged(pw.annexSub, 24, firstOf(pw.b.Number, pw.stateWord()))
	a.merged(pw.annexSub, 8, "")
	a.cells(26, slices.Repeat([]int{pw.annexHead}, len(annexHeads)), annexHeads...)
	styles := slices.Repeat([]int{pw.annexCell}, len(annexHeads))
	for _, i := range []int{0, 2} {
		styles[i] = pw.annexCentre
	}
	number := 0
	for i, tier := range planner.Tiers {
		pairs := slices.DeleteFunc(slices.Clone(pw.b.Pairs), func(p PlanPair) bool { return p.Tier != tier })
		if len(pairs) == 0 {
			continue
		}
		a.merged(pw.annexSection, 24, []string{"一、市级领导联系村（社区）", "二、科级干部联系组（网格）", "三、机关干部联系户"}[i])
		for _, g := range gather(pairs, func(p PlanPair) []string { return []string{p.UnitCode, p.CadreCode} }) {
			number++
			a.person(styles, number, g)
		}
	}
	a.merged(pw.annexSub, 10, "")
	a.merged(pw.annexNote, 36, "注：1．联系户以户编号表示，不公开户主姓名、住址和电话；本人可向所在村（社区）查询、要求更换联系干部或者停止走访，不需要说明理由。"+
		"2．走访不打卡、不拍照、不排名。")
	a.merged(pw.annexSign, 26, pw.b.Office)
	if !pw.b.MadeOn.IsZero() {
		a.merged(pw.annexSign, 26, zhDate(pw.b.MadeOn))
	}
	if a.err != nil {
		return a.err
	}
	return sw.Flush()
}

// annexWriter writes rows and keeps the first error.
type annexWriter struct {
	sw   *excelize.StreamWriter
	last string // last column
	row  int
	err  error
}

func (a *annexWriter) cells(height float64, styles []int, cells ...string) {
	a.row++
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = excelize.Cell{StyleID: styles[i], Value: c}
	}
	a.err = firstError(a.err, a.sw.SetRow(fmt.Sprintf("A%d", a.row), out, excelize.RowOpts{Height: height}))
}

func (a *annexWriter) merged(style int, height float64, text string) {
	styles := slices.Repeat([]int{style}, len(annexHeads))
	a.cells(height, styles, append([]string{text}, make([]string, len(annexHeads)-1)...)...)
	a.err = firstError(a.err, a.sw.MergeCell(fmt.Sprintf("A%d", a.row), fmt.Sprintf("%s%d", a.last, a.row)))
}

// gather sorts by keys and puts the pairs with the same keys together, sorted by village, group and household inside.
func gather(ps []PlanPair, keys func(PlanPair) []string) (gs [][]PlanPair) {
	var last []string
	for _, p := range sorted(ps, func(p PlanPair) []string {
		return append(keys(p), string(p.VillageCode), string(p.GroupCode), p.Household)
	}) {
		k := keys(p)
		if len(gs) == 0 || !slices.Equal(k, last) {
			gs = append(gs, nil)
			last = k
		}
		gs[len(gs)-1] = append(gs[len(gs)-1], p)
	}
	return gs
}

// person writes one cadre: a row a village, so that a group stands beside the village it belongs to (第一网格 exists in
// every one), with number, unit, name and post merged over them.
func (a *annexWriter) person(styles []int, number int, g []PlanPair) {
	first := a.row + 1
	for len(g) > 0 {
		p, n := g[0], slices.IndexFunc(g, func(q PlanPair) bool { return q.VillageCode != g[0].VillageCode })
		if n < 0 {
			n = len(g)
		}
		cells := []string{fmt.Sprint(number), p.Unit, p.Cadre, p.Title, p.Village,
			wrapList(distinct(g[:n], func(p PlanPair) string { return p.Group }), annexWidths[5]),
			wrapList(distinct(g[:n], func(p PlanPair) string { return p.Household }), annexWidths[6])}
		lines := 1
		for c, s := range cells {
			lines = max(lines, linesIn(s, annexWidths[c]))
		}
		a.cells(float64(6+16*lines), styles, cells...)
		g = g[n:]
	}
	for c := 'A'; c <= 'D' && a.row > first; c++ {
		a.err = firstError(a.err, a.sw.MergeCell(fmt.Sprintf("%c%d", c, first), fmt.Sprintf("%c%d", c, a.row)))
	}
}

// distinct gives the different values of a field in order.
func distinct(ps []PlanPair, field func(PlanPair) string) (out []string) {
	for _, p := range ps {
		if v := field(p); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// zhDate is the day as an official document writes it (GB/T 9704—2012 §7.3.5.1: Arabic figures, no leading zeros).
func zhDate(d civil.Date) string { return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day) }
