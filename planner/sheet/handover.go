package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// HandoverBook 清单式交接 is what goes from one cadre to their successor. It holds what the successor needs to go on and
// nothing else: no contact, no need, no reason of the change.
type HandoverBook struct {
	County         string
	Period         int
	MadeOn         civil.Date
	From, FromCode string
	FromUnit       string
	To, ToCode     string
	ToUnit         string
	VisitBy        civil.Date // joint visit by this day; zero: not laid yet
	Households     []HandoverHousehold
}

// HandoverHousehold is one household of the list.
type HandoverHousehold struct {
	Code      string
	Head      string // 张某某
	Area      string // village with group
	Hours     planner.Hours
	MuteUntil civil.Date // zero: not muted
	NextOn    []civil.Date
	Promises  []HandoverPromise
}

// HandoverPromise is something promised and not done.
type HandoverPromise struct {
	Say   string
	DueOn civil.Date
}

// WriteHandover writes the package: sheet 交接清单 with a row a household, 未办结事项 with a row a promise, and 签字 for both
// to sign.
func WriteHandover(w io.Writer, b HandoverBook) error {
	f := newBook()
	defer f.Close()
	pw := &planWriter{f: f, b: PlanBook{County: b.County, Period: b.Period, Status: planner.PlanPublished}}
	if err := pw.styles(); err != nil {
		return fmt.Errorf("handover: %w", err)
	}
	for _, step := range []func() error{func() error { return pw.handoverList(b) }, func() error { return pw.handoverPromises(b) }, func() error { return pw.handoverSign(b) }} {
		if err := step(); err != nil {
			return fmt.Errorf("handover: %w", err)
		}
	}
	return writeBook(f, w)
}

func (b HandoverBook) heading(what string) string {
	return fmt.Sprintf("%s%d年结对联系户交接（%s）", b.County, b.Period, what)
}

func (b HandoverBook) subtitle() string {
	s := fmt.Sprintf("移交：%s（%s）　%s　　接手：%s（%s）　%s　　共%d户", b.From, b.FromCode, b.FromUnit, b.To, b.ToCode, b.ToUnit, len(b.Households))
	if !b.MadeOn.IsZero() {
		s += "　" + zhDate(b.MadeOn)
	}
	return s
}

// hourWord words visitable hours as the forms do.
var hourWord = map[planner.Hours]string{planner.HoursAny: "上午、下午", planner.HoursMorning: "上午", planner.HoursAfternoon: "下午", planner.HoursEvening: "傍晚"}

func (pw *planWriter) handoverList(b HandoverBook) error {
	put, done, err := pw.table(planTable{name: "交接清单", title: b.heading("清单"), sub: b.subtitle(), state: -1, open: []int{8, 9},
		heads:  []string{"序号", "户编号", "户主（隐名）", "村（社区）、组", "可访时段", "暂不打扰至", "已排的走访日", "未办结事项", "共同走访日期", "备注"},
		widths: []float64{6, 18, 12, 22, 12, 14, 26, 10, 14, 20}})
	if err != nil {
		return err
	}
	for i, h := range b.Households {
		mute := ""
		if !h.MuteUntil.IsZero() {
			mute = zhDate(h.MuteUntil)
		}
		var days []string
		for _, d := range h.NextOn {
			days = append(days, zhDate(d))
		}
		open := ""
		if n := len(h.Promises); n > 0 {
			open = strconv.Itoa(n) + "项"
		}
		if err := put(false, strconv.Itoa(i+1), h.Code, h.Head, h.Area, hourWord[h.Hours], mute, strings.Join(days, "\n"), open, "", ""); err != nil {
			return err
		}
	}
	return done()
}

func (pw *planWriter) handoverPromises(b HandoverBook) error {
	put, done, err := pw.table(planTable{name: "未办结事项", title: b.heading("未办结事项"), sub: b.subtitle(), state: -1, open: []int{5},
		heads:  []string{"序号", "户编号", "户主（隐名）", "答应的事", "办结期限", "交接说明"},
		widths: []float64{6, 18, 12, 60, 16, 30}})
	if err != nil {
		return err
	}
	n := 0
	for _, h := range b.Households {
		for _, p := range h.Promises {
			n++
			if err := put(false, strconv.Itoa(n), h.Code, h.Head, p.Say, zhDate(p.DueOn), ""); err != nil {
				return err
			}
		}
	}
	if n == 0 {
		if err := put(false, "", "", "", "没有未办结事项", "", ""); err != nil {
			return err
		}
	}
	return done()
}

func (pw *planWriter) handoverSign(b HandoverBook) error {
	put, done, err := pw.table(planTable{name: "签字", title: b.heading("签字"), sub: b.subtitle(), state: -1, open: []int{2, 3},
		heads: []string{"环节", "说明", "签字", "日期"}, widths: []float64{14, 70, 18, 18}})
	if err != nil {
		return err
	}
	visit := "新老干部一起逐户走访，当面介绍。"
	if !b.VisitBy.IsZero() {
		visit = "新老干部一起逐户走访，当面介绍；" + zhDate(b.VisitBy) + "前完成。"
	}
	for _, r := range [][]string{
		{"共同走访", visit}, {"移交人", b.From + "（" + b.FromCode + "）：清单所列各户和未办结事项已逐项交代。"},
		{"接手人", b.To + "（" + b.ToCode + "）：已逐项核对，接手后继续办理。"}, {"监交人", "所在单位负责同志。"}} {
		if err := put(true, r[0], r[1], "", ""); err != nil {
			return err
		}
	}
	return done()
}
