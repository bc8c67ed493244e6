package web

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/report"
	"lianxin/planner/sheet"
)

// briefMonthPage is the brief of a month with its charts.
type briefMonthPage struct {
	pipeline.BriefView
	Chart  template.HTML `json:"-"` // themes
	Tables []briefTable  `json:"-"`
	File   string        `json:"file"`
}

// briefTable is a table of the brief, the month beside the year.
type briefTable struct {
	Key  string
	Both [2]pipeline.BriefTable
	Part string // numerator and denominator in words; empty: none
}

// briefTableKeys are the tables in the order of the page.
var briefTableKeys = []string{"visits", "promises", "matters", "closed", "opinions"}

var briefMonth = view{"brief-month", func(s *Server, r *request) (any, error) {
	b, err := s.App.Brief(r.Context(), r.p, r.URL.Query().Get("month"))
	if err != nil {
		return nil, err
	}
	return newBriefMonth(r.lang, b), nil
}}

func newBriefMonth(l string, b pipeline.BriefView) briefMonthPage {
	p := briefMonthPage{BriefView: b, File: "/brief-month/" + url.PathEscape(b.Month) + ".xlsx"}
	for i, both := range [][2]pipeline.BriefTable{b.Visits, b.Promises, b.Matters, b.Closed, b.Opinions} {
		p.Tables = append(p.Tables, briefTable{Key: briefTableKeys[i], Both: both})
	}
	for i, of := range map[int][2]pipeline.BriefTable{0: b.Visits, 1: b.Promises} {
		if r := of[0].Rows[0]; !r.Hidden && !r.Less && !of[0].Less {
			p.Tables[i].Part = share(r.N, of[0].Total.N)
		}
	}
	if m, c := b.Matters[1], b.Closed[1]; !m.Less && !c.Less {
		p.Tables[3].Part = share(c.Total.N, m.Total.N)
	}
	var bars []bar
	for _, t := range b.Themes {
		if !t.Hidden {
			bars = append(bars, bar{t.Name.In(l), t.N})
		}
	}
	p.Chart = drawBars(bars)
	return p
}

// share words a share with its two numbers: 1254/1317 → 95.2%.
func share(part, whole int) string {
	tenths, ok := report.Share(part, whole)
	if !ok {
		return ""
	}
	return strconv.Itoa(part) + "/" + strconv.Itoa(whole) + " → " + pipeline.Percent(tenths)
}

// bar is one bar of a chart.
type bar struct {
	Name string
	N    int
}

// drawBars draws bars as SVG without a script: each has a title, and the chart says in words what it shows.
func drawBars(bars []bar) template.HTML {
	if len(bars) == 0 {
		return ""
	}
	most, say := 1, make([]string, len(bars))
	for i, b := range bars {
		most = max(most, b.N)
		say[i] = b.Name + " " + strconv.Itoa(b.N)
	}
	esc := template.HTMLEscapeString
	var s strings.Builder
	height := 30*len(bars) + 6
	s.WriteString(`<svg class="bars" viewBox="0 0 720 ` + strconv.Itoa(height) + `" role="img" aria-label="` + esc(strings.Join(say, "; ")) + `"><title>` + esc(strings.Join(say, "; ")) + `</title>`)
	for i, b := range bars {
		y, w := 30*i+4, max(2, 400*b.N/most)
		s.WriteString(`<g><title>` + esc(say[i]) + `</title><text x="200" y="` + strconv.Itoa(y+16) + `" text-anchor="end">` + esc(b.Name) + `</text><rect x="212" y="` + strconv.Itoa(y) + `" width="` + strconv.Itoa(w) +
			`" height="22"></rect><text x="` + strconv.Itoa(220+w) + `" y="` + strconv.Itoa(y+16) + `">` + strconv.Itoa(b.N) + `</text></g>`)
	}
	s.WriteString(`</svg>`)
	return template.HTML(s.String()) // every text in it is escaped above
}

// briefFile sends the brief as a workbook.
func (s *Server) briefFile(r *request) error {
	month, _ := strings.CutSuffix(r.PathValue("file"), ".xlsx")
	b, err := s.App.Brief(r.Context(), r.p, month)
	if err != nil {
		return err
	}
	return sendBook(r, "brief-"+b.Month+".xlsx", "月度简报"+b.Month, func(w *bytes.Buffer) error { return sheet.WriteLedger(w, b.Sheets(s.App.Office.Name, s.today())...) })
}

// commonCause makes the one task of a theme.
func (s *Server) commonCause(r *request) error {
	due, err := formDay(r.PostFormValue("due"))
	if err != nil {
		return err
	}
	month := r.PostFormValue("month")
	if _, err := s.App.CommonCause(r.Context(), r.p, month, r.PostFormValue("theme"), planner.UnitID(r.PostFormValue("unit")), due); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/brief-month?month="+url.QueryEscape(month)+"&done=agenda", http.StatusSeeOther)
	return nil
}

// statsPage is a statistic with its chart.
type statsPage struct {
	pipeline.Stats
	Lines []statsLine   `json:"-"`
	Chart template.HTML `json:"-"`
	Share string        `json:"-"`
	Query url.Values    `json:"-"`
	File  string        `json:"file"`
	Begin string        `json:"-"` // months of the form
	End   string        `json:"-"`
}

type statsLine struct {
	Name                  planner.Text
	Cases, Persons, Close string
}

func statsWish(q url.Values) (w pipeline.StatsWish, err error) {
	w = pipeline.StatsWish{By: q.Get("by"), Area: planner.AreaCode(q.Get("area"))}
	if w.By == "" {
		w.By = "receiver"
	}
	for field, into := range map[string]*civil.Date{"from": &w.From, "until": &w.Until} {
		v := q.Get(field)
		if len(v) == len("2026-03") {
			v += "-01"
		}
		if *into, err = dayOf(v); err != nil {
			return w, err
		}
	}
	return w, nil
}

var stats = view{"stats", func(s *Server, r *request) (any, error) {
	w, err := statsWish(r.URL.Query())
	if err != nil {
		return nil, err
	}
	st, err := s.App.Stats(r.Context(), r.p, w)
	if err != nil {
		return nil, err
	}
	return newStats(r.lang, st, r.URL.Query()), nil
}}

func newStats(l string, st pipeline.Stats, q url.Values) statsPage {
	p := statsPage{Stats: st, File: "/stats/stats.xlsx?" + q.Encode()}
	var bars []bar
	for i, r := range st.Registered.Rows {
		c := st.Closed.Rows[i]
		line := statsLine{st.Names[i], pipeline.Cell(r), "＜5", pipeline.Cell(c)}
		if !r.Hidden {
			line.Persons = strconv.Itoa(r.Persons)
			bars = append(bars, bar{st.Names[i].In(l), r.N})
		}
		p.Lines = append(p.Lines, line)
	}
	p.Chart = drawBars(bars)
	if st.Rate != nil {
		p.Share = share(st.Closed.Total.N, st.Registered.Total.N)
	}
	if len(st.Months) > 0 {
		p.Begin, p.End = st.Months[0], st.Months[len(st.Months)-1]
	}
	return p
}

// statsFile sends a statistic as a workbook.
func (s *Server) statsFile(r *request) error {
	w, err := statsWish(r.URL.Query())
	if err != nil {
		return err
	}
	st, err := s.App.Stats(r.Context(), r.p, w)
	if err != nil {
		return err
	}
	return sendBook(r, "stats.xlsx", "信访事项统计", func(b *bytes.Buffer) error { return sheet.WriteLedger(b, st.Sheets(s.App.Office.Name, s.today())...) })
}
