package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/pipeline"
)

// holidaysCmd lists, takes in and takes back holiday notices.
type holidaysCmd struct {
	List   holidaysListCmd   `cmd:"" default:"withargs" help:"列出各年状态和出处。 List the years, their state and source."`
	Import holidaysImportCmd `cmd:"" help:"导入一年的放假通知：先看变动，加 --yes 才写入。 Take a year's notice in: shows what moves, --yes does it."`
	Undo   holidaysUndoCmd   `cmd:"" help:"撤销一年的导入：先看变动，加 --yes 才写入。 Take an import back: shows what moves, --yes does it."`
}

type holidaysListCmd struct{}

var holidaySources = map[string]planner.Text{"imported": {ZH: "本单位导入", EN: "imported"}, "embedded": {ZH: "随程序附带", EN: "comes with the program"},
	"law": {ZH: "只有法定节日", EN: "statutory days alone"}, "none": {ZH: "没有", EN: "none"}}

var yearStates = map[string]planner.Text{"official": {ZH: "已公布", EN: "official"}, "provisional": {ZH: "待确认", EN: "provisional"}, "unpublished": {ZH: "未公布", EN: "unpublished"}}

// Run needs no database; where there is one, its imports count.
func (holidaysListCmd) Run(ctx context.Context, s *Settings) error {
	years := pipeline.HolidaysOf(nil, s.now().In(s.zone).Year()+2)
	if s.hasDatabase() {
		err := s.with(ctx, "holidays", func(app *pipeline.App) (err error) { years, err = app.Holidays(ctx); return err })
		if err != nil {
			return err
		}
	}
	if s.JSON {
		return s.writeJSON(years)
	}
	var rows [][]string
	for _, y := range years {
		rows = append(rows, []string{strconv.Itoa(y.Year), yearStates[y.Status].In(s.Lang), holidaySources[y.Source].In(s.Lang), strconv.Itoa(y.DaysOff), strconv.Itoa(y.Makeups),
			strings.Join(y.Papers, " "), y.SHA256})
	}
	table(s.out, []string{"年 year", "状态 state", "来自 from", "放假 off", "补班 worked", "通知 notice", "SHA-256"}, rows)
	return nil
}

// holidaysImportCmd takes a notice in.
type holidaysImportCmd struct {
	File        string `arg:"" help:"holiday-cn 格式的 JSON：{year, papers[], days[{name,date,isOffDay}]}；“-”从标准输入读。 JSON in the shape of holiday-cn; - reads standard input."`
	Yes         bool   `help:"写入；不加则只看变动。 Do it; without it only what moves is shown."`
	Provisional bool   `help:"通知还没有正式公布：按它排，仍标暂定。 Not confirmed yet: laid by it, still marked provisional."`
	Paper       string `placeholder:"TEXT" help:"通知的文号或网址（文件里没有时补上）。 Number or address of the notice, if the file has none."`
}

// Run shows what moves; with --yes it is done, in one transaction.
func (c *holidaysImportCmd) Run(ctx context.Context, s *Settings) error {
	n, err := readNotice(c.File)
	if err != nil {
		return err
	}
	n.Provisional = c.Provisional
	if c.Paper != "" {
		n.Papers = append(n.Papers, c.Paper)
	}
	defer fewerCollections()()
	return s.with(ctx, "holidays", func(app *pipeline.App) error {
		ch, err := app.ImportHolidays(ctx, operator("holidays"), n, !c.Yes)
		if err != nil {
			return err
		}
		return s.printHolidayChange(ch, fmt.Sprintf("lianxin holidays import %s --yes", c.File))
	})
}

// readNotice reads a notice from a file or, for "-", from standard input.
func readNotice(name string) (calendar.Notice, error) {
	b, err := []byte(nil), error(nil)
	if name == "-" {
		b, err = io.ReadAll(io.LimitReader(os.Stdin, 2<<20))
	} else {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		kind := planner.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = planner.NotFound
		}
		return calendar.Notice{}, &planner.Error{Kind: kind, Where: name, Err: err, Say: planner.Text{ZH: "读不到这个文件，请检查路径。", EN: "the file cannot be read; check the path."}}
	}
	n, err := calendar.ReadNotice(bytes.NewReader(b))
	var e *planner.Error
	if errors.As(err, &e) && e.Where == "" {
		e.Where = name
	}
	return n, err
}

// holidaysUndoCmd takes an import back.
type holidaysUndoCmd struct {
	Year int  `arg:"" help:"哪一年。 Which year."`
	Yes  bool `help:"写入；不加则只看变动。 Do it; without it only what moves is shown."`
}

// Run shows what moves back; with --yes it is done.
func (c *holidaysUndoCmd) Run(ctx context.Context, s *Settings) error {
	defer fewerCollections()()
	return s.with(ctx, "holidays", func(app *pipeline.App) error {
		ch, err := app.UndoHolidays(ctx, operator("holidays"), c.Year, !c.Yes)
		if err != nil {
			return err
		}
		return s.printHolidayChange(ch, fmt.Sprintf("lianxin holidays undo %d --yes", c.Year))
	})
}

// printHolidayChange prints the days that change, the dates that shift, and what to do next.
func (s *Settings) printHolidayChange(c pipeline.HolidayChange, next string) error {
	if s.JSON {
		return s.writeJSON(c)
	}
	s.findings(c.Findings)
	if c.Same {
		s.say("%d年的这份安排已经在用，没有改动。", "This notice of %d is in use already; nothing changes.", c.Year)
		return nil
	}
	word := func(t planner.Text) string { return t.In(s.Lang) }
	states := map[string]planner.Text{"workday": {ZH: "上班", EN: "workday"}, "off": {ZH: "休", EN: "off"}, "unknown": {ZH: "未定", EN: "unknown"}}
	day := func(d string) string {
		if d == "" {
			return "—"
		}
		return d
	}
	var rows [][]string
	for _, d := range c.Days {
		rows = append(rows, []string{d.On.String(), word(states[d.Was]) + " " + d.WasName, "→", word(states[d.Now]) + " " + d.NowName})
	}
	if len(rows) > 0 {
		table(s.out, []string{"日子 day", "原 was", "", "现 now"}, rows)
		fmt.Fprintln(s.out)
	}
	rows = nil
	for _, e := range c.Events {
		who := ""
		if e.Cadres > 0 {
			who = "×" + strconv.Itoa(e.Cadres)
		}
		market := ""
		if e.Market {
			market = word(planner.Text{ZH: "当日有逢集", EN: "a market day"})
		}
		rows = append(rows, []string{word(e.Title), who, day(e.Was.String()), "→", day(e.Now.String()), word(e.Why), market})
	}
	for _, v := range c.Visits {
		rows = append(rows, []string{word(planner.Text{ZH: "走访", EN: "visits"}), "×" + strconv.Itoa(v.Visits), day(v.Was.String()), "→", day(v.Now.String()), "", ""})
	}
	if len(rows) > 0 {
		table(s.out, []string{"日程 event", "", "原 was", "", "现 now", "原因 why", ""}, rows)
	}
	if c.Done {
		s.say("已写入：%d年由“%s”变为“%s”，订阅的日历有 %d 项变动。要撤销：lianxin holidays undo %d --yes", "Done: %d goes from %s to %s; %d entries of subscribed calendars change. To undo: lianxin holidays undo %d --yes",
			c.Year, word(yearStates[c.Was]), word(yearStates[c.Now]), c.Stamped, c.Year)
		return nil
	}
	s.say("以上是将要发生的变动（订阅的日历 %d 项），还没有写入。确认执行：%s", "This is what would change (%d entries of subscribed calendars); nothing is written yet. To do it: %s", c.Stamped, next)
	return nil
}
