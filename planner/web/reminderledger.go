package web

import (
	"net/http"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// reminderStates are those by which the ledger is filtered.
var reminderStates = []string{"scheduled", "due", "done", "expired", "cancelled", "uncertain", "failed"}

// reminderLedgerPage is what became of each reminder.
type reminderLedgerPage struct {
	Rows   []reminderRow `json:"rows"`
	Day    civil.Date    `json:"day,omitzero"`
	State  string        `json:"state,omitempty"`
	Rule   string        `json:"rule,omitempty"`
	States []string      `json:"-"`
	Rules  []string      `json:"-"` // of the rows
}

type reminderRow struct {
	pipeline.ReminderRow
	When string `json:"-"`
}

// Open reports whether the reminder can still be cancelled.
func (r reminderRow) Open() bool { return r.State == "scheduled" || r.State == "due" }

var reminderLedger = view{"reminder-ledger", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	f := pipeline.ReminderFilter{State: q.Get("state"), Rule: q.Get("rule")}
	if v := q.Get("day"); v != "" {
		var err error
		if f.Day, err = civil.ParseDate(v); err != nil {
			return nil, planner.Fail(planner.Invalid, "日期“"+v+"”请写成 2026-02-20 的样子。", "Write the date “"+v+"” like 2026-02-20.")
		}
	}
	rows, err := s.App.ReminderLedger(r.Context(), r.p, f)
	if err != nil {
		return nil, err
	}
	p := reminderLedgerPage{Day: f.Day, State: f.State, Rule: f.Rule, States: reminderStates, Rows: []reminderRow{}}
	for _, x := range rows {
		p.Rows = append(p.Rows, reminderRow{x, lang.Instant(r.lang, x.DueAt, s.App.Zone)})
		if !slices.Contains(p.Rules, x.Rule) {
			p.Rules = append(p.Rules, x.Rule)
		}
	}
	slices.Sort(p.Rules)
	return p, nil
}}

// reminderByHand cancels a reminder, sends it again, or settles an uncertain message.
func (s *Server) reminderByHand(r *request) error {
	if err := s.App.ReminderByHand(r.Context(), r.p, r.PathValue("id"), pipeline.ByHand(r.PostFormValue("do"))); err != nil {
		return err
	}
	back := "/reminders/ledger?done=reminder"
	if q := r.PostFormValue("back"); q != "" && !strings.ContainsAny(q, "\r\n#") {
		back += "&" + q
	}
	http.Redirect(r.w, r.Request, back, http.StatusSeeOther)
	return nil
}
