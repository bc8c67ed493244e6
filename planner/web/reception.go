package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// receptionPage is the public schedule as it is hung up in the hall.
type receptionPage struct {
	pipeline.PublicNotice
	Rows    []slotRow           `json:"-"`
	Changes []pipeline.SlotView `json:"-"`
	Issued  string              `json:"-"` // the day it was published, for the foot; empty: not published
	Places  bool                `json:"-"` // not all in the hall: each row says where
	Print   string              `json:"-"` // class of the largest print with which the notice stays on one page
	BookAt  string              `json:"-"` // the hour at which booking ends, if it is the same for all rows
	LateSay planner.Text        `json:"-"` // the days that publishing today would announce too late, in one sentence
	Publish bool                `json:"-"` // whoever reads may publish it, and there is something new
}

// slotRow is a slot with its weekday as a column of weekdays says it, its post, and its booking end in words.
type slotRow struct {
	pipeline.SlotView
	Week string
	Post []string // a line may break between its parts
	Book string
}

// LateChoices are the reasons that the form offers.
func (receptionPage) LateChoices() []planner.LateWhy { return planner.LateWhys }

var reception = view{"reception", func(s *Server, r *request) (any, error) {
	v, err := s.notice(r.Context(), r.URL.Query().Get("month"))
	if err != nil {
		return nil, err
	}
	p := newReception(r.lang, v, s.App.Zone)
	p.LateSay = s.App.SayLate(v)
	p.Publish = v.Pending && len(v.Slots) > 0 && r.p.Is(planner.RolePlanner)
	return p, nil
}}

// notice reads the notice of a month; empty is the current one.
func (s *Server) notice(ctx context.Context, month string) (pipeline.PublicNotice, error) {
	if month == "" {
		month = fmt.Sprintf("%04d-%02d", s.today().Year, s.today().Month)
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return pipeline.PublicNotice{}, planner.Fail(planner.Invalid, "月份“"+month+"”请写成 2026-01 的样子。", "Write the month “"+month+"” like 2026-01.")
	}
	return s.App.PublicNotice(ctx, month)
}

func newReception(l string, v pipeline.PublicNotice, zone *time.Location) receptionPage {
	p := receptionPage{PublicNotice: v, Issued: lang.PlainDate(l, v.IssuedOn)}
	for i, slot := range v.Slots {
		if at := slot.BookUntil.In(zone).Format("15:04"); i == 0 {
			p.BookAt = at
		} else if at != p.BookAt {
			p.BookAt = ""
			break
		}
	}
	for _, slot := range v.Slots {
		row := slotRow{SlotView: slot, Week: strings.TrimPrefix(lang.Weekday(l, slot.On.Weekday()), "周"), Post: postParts(slot.Title)}
		if !slot.BookUntil.IsZero() {
			row.Book = lang.DayMonth(l, civil.DateIn(slot.BookUntil, zone))
			if p.BookAt == "" {
				row.Book += " " + slot.BookUntil.In(zone).Format("15:04")
			}
		}
		p.Rows = append(p.Rows, row)
		p.Places = p.Places || slot.Place != "" && slot.Place != v.Hall
		if !slot.Change.IsZero() {
			p.Changes = append(p.Changes, slot)
		}
	}
	p.Print = posterFit(l, p)
	return p
}

// publishNotice records that the notice is hung up.
func (s *Server) publishNotice(r *request) error {
	n, err := s.App.PublishNotice(r.Context(), r.p, r.PostFormValue("month"), planner.LateWhy(r.PostFormValue("late")))
	if err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/reception?month="+n.Month+"&done=notice", http.StatusSeeOther)
	return nil
}

// noticeFile is the notice as a file: notice.txt for the media, notice.xlsx.
func (s *Server) noticeFile(r *request) error {
	v, err := s.notice(r.Context(), r.URL.Query().Get("month"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	kind := "text/plain; charset=utf-8"
	switch r.PathValue("file") {
	case "notice.txt":
		b.WriteString(s.App.NoticeText(v, r.lang))
	case "notice.xlsx":
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		if err := sheet.WriteNotice(&b, s.App.NoticeBook(v)); err != nil {
			return err
		}
	default:
		return planner.Fail(planner.NotFound, "没有这个页面。", "There is no such page.")
	}
	r.w.Header().Set("Content-Type", kind)
	r.w.Header().Set("Content-Disposition", `attachment; filename="reception-`+v.Month+r.PathValue("file")[len("notice"):]+`"`)
	_, err = b.WriteTo(r.w)
	return err
}

// hallScreen is the page on the screen of the hall: it reads itself anew, without a script.
var hallScreen = view{"screen", func(s *Server, r *request) (any, error) { return s.App.HallScreen(r.Context()) }}

var styleLink = regexp.MustCompile(`<link rel="stylesheet"[^>]*>`)

// NoticePage is the notice of a month as one HTML file that needs nothing else: it prints on A4.
func (s *Server) NoticePage(ctx context.Context, l, month string) ([]byte, error) {
	v, err := s.notice(ctx, month)
	if err != nil {
		return nil, err
	}
	return s.alone(l, "reception", newReception(l, v, s.App.Zone))
}
