package pipeline

import (
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/report"
	"lianxin/planner/sheet"
)

// hiddenMark stands where a count is not shown.
const hiddenMark = "＜5"

// Cell words a row's count: hidden, or with a + where a little of it is in the merged cell.
func Cell(r report.Row) string {
	if r.Hidden {
		return hiddenMark
	}
	return strconv.Itoa(r.N) + plus(r.Less)
}

func plus(less bool) string {
	if less {
		return "+"
	}
	return ""
}

// Percent words tenths of a percent: 95.2%.
func Percent(tenths int) string { return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10) + "%" }

func personsCell(r report.Row) string {
	if r.Hidden {
		return hiddenMark
	}
	return strconv.Itoa(r.Persons) + plus(r.Less)
}

// Sheets are the tables of a statistic as they are written to a workbook.
func (s Stats) Sheets(office string, made civil.Date) (out []sheet.Ledger) {
	l := sheet.Ledger{Name: "stats", Title: planner.Text{ZH: "信访事项统计", EN: "statistics"}, Office: office, MadeOn: made, Span: civil.Span{From: s.From, Until: nextOf(s.Last)}, Rows: [][]string{},
		Columns: []sheet.LedgerColumn{col("key", "统计口径", "row", 34), col("n", "批次（件）", "cases", 14), col("persons", "人次", "persons", 14), col("closed", "办结（件）", "closed", 14)}}
	for i, r := range s.Registered.Rows {
		l.Add(s.Names[i].ZH, Cell(r), personsCell(r), Cell(s.Closed.Rows[i]))
	}
	l.Add("合并（不足5）", strconv.Itoa(s.Registered.Rest.N), strconv.Itoa(s.Registered.Rest.Persons), strconv.Itoa(s.Closed.Rest.N))
	l.Add("合计", strconv.Itoa(s.Registered.Total.N)+plus(s.Registered.Less), strconv.Itoa(s.Registered.Total.Persons)+plus(s.Registered.Less), strconv.Itoa(s.Closed.Total.N)+plus(s.Closed.Less))
	if s.Rate != nil {
		l.Add("办结率", strconv.Itoa(s.Closed.Total.N)+"/"+strconv.Itoa(s.Registered.Total.N), "", Percent(*s.Rate))
	}
	out = append(out, l)
	if s.Opinions != nil {
		out = append(out, tableSheet("opinions", "满意度（全县）", "cases", BriefTable{*s.Opinions, s.OpinionsOf}, nil, l))
	}
	return out
}

func nextOf(d civil.Date) civil.Date {
	if d.IsZero() {
		return d
	}
	return d.AddDays(1)
}

func tableSheet(name, title, unit string, month BriefTable, year *BriefTable, like sheet.Ledger) sheet.Ledger {
	l := sheet.Ledger{Name: name, Title: planner.Text{ZH: title, EN: name}, Office: like.Office, MadeOn: like.MadeOn, Span: like.Span, Rows: [][]string{}, Columns: []sheet.LedgerColumn{col("key", "项目", "row", 34), col("n", "本月", "month", 16)}}
	if year != nil {
		l.Columns = append(l.Columns, col("year", "本年累计", "year so far", 16))
	}
	add := func(name string, cells func(BriefTable) string) {
		row := []string{name, cells(month)}
		if year != nil {
			row = append(row, cells(*year))
		}
		l.Add(row...)
	}
	for i, n := range month.Names {
		add(n.ZH, func(t BriefTable) string { return Cell(t.Rows[i]) })
	}
	add("合并（不足5）", func(t BriefTable) string { return strconv.Itoa(t.Rest.N) })
	add("合计", func(t BriefTable) string { return strconv.Itoa(t.Total.N) + plus(t.Less) })
	return l
}

// Sheets are the pages of a brief as they are written to a workbook.
func (b BriefView) Sheets(office string, made civil.Date) []sheet.Ledger {
	like := sheet.Ledger{Office: office, MadeOn: made, Span: civil.Span{From: b.From, Until: nextOf(b.Last)}}
	out := []sheet.Ledger{
		tableSheet("visits", "走访", "visits", b.Visits[0], &b.Visits[1], like), tableSheet("promises", "答应的事", "promises", b.Promises[0], &b.Promises[1], like),
		tableSheet("matters", "信访事项登记（按接访人类别）", "cases", b.Matters[0], &b.Matters[1], like), tableSheet("closed", "信访事项办结（按接访人类别）", "cases", b.Closed[0], &b.Closed[1], like),
		tableSheet("opinions", "满意度", "cases", b.Opinions[0], &b.Opinions[1], like)}
	themes := sheet.Ledger{Name: "themes", Title: planner.Text{ZH: "听到的意见（按方面）", EN: "themes"}, Office: office, MadeOn: made, Span: like.Span, Rows: [][]string{},
		Columns: []sheet.LedgerColumn{col("theme", "方面", "theme", 30), col("n", "户次", "times", 12), col("common", "举一反三", "common cause", 24)}}
	for _, t := range b.Themes {
		n, common := strconv.Itoa(t.N), ""
		if t.Hidden {
			n = hiddenMark
		}
		if t.Common {
			common = "三个以上村（社区）"
			if t.Task != "" {
				common = "已交" + t.Task
			}
		}
		themes.Add(t.Name.ZH, n, common)
	}
	return append(out, themes)
}
