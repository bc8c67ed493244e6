package pipeline

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/store"
)

// AreaDayView is a day of an area as lists show it.
type AreaDayView struct {
	planner.AreaDay
	Place string       `json:"place"`
	Word  planner.Text `json:"word"` // the kind in words
	Say   planner.Text `json:"say"`  // the rule in words
}

// Village reports whether the day is that of a village alone.
func (v AreaDayView) Village() bool { return v.Area.Village() == v.Area }

// AreaDays lists the market days, fairs, farm seasons, no-go and closed days of all areas to whoever signed in.
func (a *App) AreaDays(ctx context.Context, p planner.Principal) (views []AreaDayView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		areas, err := tx.Areas()
		if err != nil {
			return err
		}
		names := make(map[planner.AreaCode]string, len(areas))
		for _, x := range areas {
			names[x.Code] = x.Name
		}
		days, err := tx.AreaDays()
		if err != nil {
			return err
		}
		views = nil
		for _, d := range days {
			r, err := calendar.ParseDayRule(d.Rule)
			if err != nil {
				return err
			}
			views = append(views, AreaDayView{d, names[d.Area], areaDayNames[d.Kind], r.Say()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("area days: %w", err)
	}
	return views, nil
}

// PutAreaDays adds days of areas, or takes them away. What is wrong with one comes as an Invalid error that names it; then
// nothing is written. Calendars that were laid before follow at their next laying.
func (a *App) PutAreaDays(ctx context.Context, p planner.Principal, days []planner.AreaDay, remove bool) error {
	if err := mayLay(p); err != nil {
		return err
	}
	for i := range days {
		if err := cleanAreaDay(&days[i]); err != nil {
			return err
		}
	}
	err := a.DB.Write(ctx, p, store.Op{Name: "area-days", Now: a.Now()}, func(tx *store.Tx) error {
		if remove {
			before := tx.Written()
			if err := tx.DeleteAreaDays(days); err != nil {
				return err
			}
			if tx.Written() == before {
				return planner.Fail(planner.NotFound, "没有这样的日子可以删除；用 lianxin local 查看已有的。", "there is no such day to take away; lianxin local lists those that are.")
			}
			return nil
		}
		areas, err := tx.Areas()
		if err != nil {
			return err
		}
		known := make(map[planner.AreaCode]bool, len(areas))
		for _, x := range areas {
			known[x.Code] = true
		}
		for _, d := range days {
			if !known[d.Area] {
				return planner.Fail(planner.NotFound, "没有代码为“"+string(d.Area)+"”的区划，请按村组表填写。", "there is no area with the code "+string(d.Area)+"; write it as in the sheet 村组.")
			}
		}
		return tx.PutAreaDays(days)
	})
	if err != nil {
		return fmt.Errorf("area days: %w", err)
	}
	return nil
}

// cleanAreaDay checks a day and brings its rule into the stored form.
func cleanAreaDay(d *planner.AreaDay) error {
	r, err := calendar.ParseDayRule(d.Rule)
	if err != nil {
		return err
	}
	d.Rule, d.Name = r.Text(), strings.TrimSpace(d.Name)
	if _, ok := areaDayNames[d.Kind]; !ok {
		return planner.Fail(planner.Invalid, "类别“"+string(d.Kind)+"”不认识，请选逢集、庙会、农忙、不入户、本地放假。", "the kind "+string(d.Kind)+" is unknown; choose market, fair, farm, no-go or closed.")
	}
	if d.Wish != "" && d.Wish != planner.WishAvoid && d.Wish != planner.WishPrefer {
		return planner.Fail(planner.Invalid, "走访办法“"+string(d.Wish)+"”不认识，请选避开、优先或不填。", "the wish "+string(d.Wish)+" is unknown; choose avoid, prefer or nothing.")
	}
	digits := 0
	for _, c := range d.Name {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if utf8.RuneCountInString(d.Name) > 20 || digits > 4 {
		return planner.Fail(planner.Invalid, "名称“"+d.Name+"”太长或带有号码；只写地方或集会的名称，不写人名和电话。", "the name "+d.Name+" is too long or holds a number; write the name of the place or fair alone, no person and no phone.")
	}
	return nil
}

// areaDayHeaders are the columns of the file, in any order.
var areaDayHeaders = []string{"区划代码", "类别", "规则", "名称", "走访"}

var areaDayWords = map[string]planner.AreaDayKind{"逢集": planner.DayMarket, "庙会": planner.DayFair, "农忙": planner.DayFarm, "不入户": planner.DayNoGo, "本地放假": planner.DayClosed}
var wishWords = map[string]planner.DayWish{"": "", "避开": planner.WishAvoid, "优先": planner.WishPrefer}

// ReadAreaDays reads a CSV file with the columns 区划代码, 类别, 规则, 名称 and 走访. All that is wrong comes as findings by row.
func ReadAreaDays(name string, r io.Reader) (days []planner.AreaDay, fs []planner.Finding) {
	stop := func(row int, column string, zh, en string) {
		fs = append(fs, planner.Finding{Severity: planner.Stop, Code: "area-day", Place: planner.Place{File: name, Row: row, Column: column}, Say: planner.Text{ZH: zh, EN: en}})
	}
	b, err := io.ReadAll(io.LimitReader(r, 4<<20))
	if err != nil || !utf8.Valid(b) {
		stop(0, "", "读不出这个文件，请另存为UTF-8编码的CSV。", "the file cannot be read; save it as CSV in UTF-8.")
		return nil, fs
	}
	c := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	c.FieldsPerRecord = -1
	rows, err := c.ReadAll()
	if err != nil || len(rows) == 0 {
		stop(1, "", "文件是空的，或引号没有配对。", "the file is empty, or its quotes do not match.")
		return nil, fs
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[strings.TrimSpace(h)] = i
	}
	for i, h := range areaDayHeaders {
		if _, ok := at[h]; !ok && i < 3 {
			stop(1, h, "缺少这一列。", "this column is missing.")
		}
	}
	for h := range at {
		if h != "" && !strings.Contains(strings.Join(areaDayHeaders, " "), h) {
			stop(1, h, "不需要这一列，请删去。", "this column is not needed; delete it.")
		}
	}
	if len(fs) > 0 {
		return nil, fs
	}
	for i, row := range rows[1:] {
		cell := func(h string) string {
			if k, ok := at[h]; ok && k < len(row) {
				return strings.TrimSpace(row[k])
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		d := planner.AreaDay{Area: planner.AreaCode(cell("区划代码")), Rule: cell("规则"), Name: cell("名称")}
		var ok bool
		if d.Kind, ok = areaDayWords[cell("类别")]; !ok {
			d.Kind = planner.AreaDayKind(cell("类别"))
		}
		if d.Wish, ok = wishWords[cell("走访")]; !ok {
			d.Wish = planner.DayWish(cell("走访"))
		}
		if err := cleanAreaDay(&d); err != nil {
			var e *planner.Error
			if errors.As(err, &e) {
				stop(i+2, "", e.Say.ZH, e.Say.EN)
			}
			continue
		}
		days = append(days, d)
	}
	return days, fs
}
