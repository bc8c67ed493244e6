package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// ledgersPage lists the ledgers and shows one, with the address of its workbook.
type ledgersPage struct {
	pipeline.LedgerPage
	All    []sheet.Ledger         `json:"-"`
	Places []pipeline.VillageView `json:"-"`
	Area   planner.AreaCode       `json:"area,omitempty"`
	File   string                 `json:"file"`
}

// ledgerShown is how many rows the page shows; the workbook has all.
const ledgerShown = 500

// Shown are the rows of the page.
func (p ledgersPage) Shown() [][]string { return p.Rows[:min(len(p.Rows), ledgerShown)] }

func ledgerWish(q url.Values, name string) (w pipeline.LedgerWish, err error) {
	w = pipeline.LedgerWish{Name: name, Area: planner.AreaCode(q.Get("area"))}
	if w.Span.From, err = dayOf(q.Get("from")); err != nil {
		return w, err
	}
	w.Span.Until, err = untilOf(q.Get("until"))
	return w, err
}

// untilOf reads the last day of a form, which the form counts in; spans end before their Until.
func untilOf(v string) (civil.Date, error) {
	d, err := dayOf(v)
	if err != nil || d.IsZero() {
		return d, err
	}
	return d.AddDays(1), nil
}

var ledgers = view{"ledgers", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	name := q.Get("name")
	if name == "" {
		name = "visits"
	}
	w, err := ledgerWish(q, name)
	if err != nil {
		return nil, err
	}
	l, err := s.App.Ledger(r.Context(), r.p, w)
	if err != nil {
		return nil, err
	}
	places, err := s.App.Places(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newLedgers(l, places, w.Area), nil
}}

func newLedgers(l pipeline.LedgerPage, places pipeline.Places, area planner.AreaCode) ledgersPage {
	q := url.Values{"from": {l.From.String()}, "until": {l.Until.AddDays(-1).String()}, "area": {string(area)}}
	return ledgersPage{LedgerPage: l, All: pipeline.Ledgers(), Places: places.Villages, Area: area, File: "/ledgers/" + url.PathEscape(l.Name) + ".xlsx?" + q.Encode()}
}

// Last is the last day of the span, as the form has it.
func (p ledgersPage) Last() civil.Date { return p.Until.AddDays(-1) }

// ledgerFile sends a ledger as a workbook.
func (s *Server) ledgerFile(r *request) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".xlsx")
	if !ok {
		return planner.Fail(planner.NotFound, "没有这个文件。", "There is no such file.")
	}
	w, err := ledgerWish(r.URL.Query(), name)
	if err != nil {
		return err
	}
	l, err := s.App.Ledger(r.Context(), r.p, w)
	if err != nil {
		return err
	}
	return sendBook(r, name+".xlsx", l.Title.ZH, func(b *bytes.Buffer) error { return sheet.WriteLedger(b, l.Ledger) })
}

// sendBook writes a workbook to the browser, named in both alphabets (RFC 6266).
func sendBook(r *request, ascii, title string, write func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="`+ascii+`"; filename*=UTF-8''`+url.PathEscape(title)+".xlsx")
	r.w.WriteHeader(http.StatusOK)
	_, err := b.WriteTo(r.w)
	return err
}
