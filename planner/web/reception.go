package web

import (
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// receptionPage is the public schedule as it is hung up in the hall.
type receptionPage struct {
	pipeline.ScheduleView
	Rows    []slotRow           `json:"-"`
	Changes []pipeline.SlotView `json:"-"`
	Issued  string              `json:"-"` // the day the page was made, for the print's foot
}

// slotRow is a slot with its booking end in words.
type slotRow struct {
	pipeline.SlotView
	Book string
}

var reception = view{"reception", func(s *Server, r *request) (any, error) {
	month := r.URL.Query().Get("month")
	if month == "" {
		month = fmt.Sprintf("%04d-%02d", s.today().Year, s.today().Month)
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return nil, planner.Fail(planner.Invalid, "月份“"+month+"”请写成 2026-01 的样子。", "Write the month “"+month+"” like 2026-01.")
	}
	v, err := s.App.Schedule(r.Context(), month)
	if err != nil {
		return nil, err
	}
	return newReception(r.lang, v, s.App.Zone, lang.PlainDate(r.lang, s.today())), nil
}}

func newReception(l string, v pipeline.ScheduleView, zone *time.Location, issued string) receptionPage {
	p := receptionPage{ScheduleView: v, Issued: issued}
	for _, slot := range v.Slots {
		row := slotRow{SlotView: slot}
		if !slot.BookUntil.IsZero() {
			row.Book = lang.DayMonth(l, civil.DateIn(slot.BookUntil, zone)) + " " + slot.BookUntil.In(zone).Format("15:04")
		}
		p.Rows = append(p.Rows, row)
		if !slot.Change.IsZero() {
			p.Changes = append(p.Changes, slot)
		}
	}
	return p
}
