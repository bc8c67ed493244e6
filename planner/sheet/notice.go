package sheet

import (
	"fmt"
	"io"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// NoticeBook 公示 is the public schedule of receptions of one month: officials only.
type NoticeBook struct {
	Office      string
	Month       string // 2026-03
	Hall, Phone string // the office's
	IssuedOn    civil.Date
	State       string // 未公布稿, or empty
	Late        string // why it was published less than two days before
	Provisional bool
	Rows        []NoticeRow
}

// NoticeRow is one reception with the legal fields of domain.md §3.
type NoticeRow struct {
	On                                              civil.Date
	Weekday, Hours, Leader, Title, Portfolio, Place string
	Form, Book, Phone, Deputy, Beside, Change       string
}

// WriteNotice writes the notice as a workbook of one sheet, 接访日程公示.
func WriteNotice(w io.Writer, b NoticeBook) error {
	f := newBook()
	defer f.Close()
	pw := &planWriter{f: f, b: PlanBook{Status: planner.PlanPublished}}
	if err := pw.styles(); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	title := "领导干部接待群众来访日程公示"
	sub := b.Month + "　" + b.Hall + "　咨询电话：" + b.Phone + "　" + b.Office
	if !b.IssuedOn.IsZero() {
		sub += "　" + zhDate(b.IssuedOn) + "公布"
	}
	if b.Provisional {
		sub += "　暂定"
	}
	if b.State != "" {
		sub += "　" + b.State
	}
	if b.Late != "" {
		sub += "　公布不足两天的原因：" + b.Late
	}
	put, done, err := pw.table(planTable{name: "接访日程公示", title: title, sub: sub, state: -1,
		heads:  []string{"日期", "星期", "时段", "领导", "职务", "分管（接待范围）", "地点", "形式", "预约截止", "电话", "补位领导", "陪同接访", "变更及原因"},
		widths: []float64{16, 8, 14, 12, 18, 26, 26, 11, 16, 15, 12, 12, 40}})
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	for _, r := range b.Rows {
		if err := put(false, zhDate(r.On), r.Weekday, r.Hours, r.Leader, r.Title, r.Portfolio, r.Place, r.Form, r.Book, r.Phone, r.Deputy, r.Beside, r.Change); err != nil {
			return fmt.Errorf("notice: %w", err)
		}
	}
	if err := done(); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return writeBook(f, w)
}
