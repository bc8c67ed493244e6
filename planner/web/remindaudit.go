package web

import (
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// auditPage compares what should have been sent with what was.
type auditPage struct {
	pipeline.ReminderAudit
	Rows    []auditRow             `json:"-"`
	Kinds   []auditCount           `json:"-"`
	Nightly pipeline.ReminderAudit `json:"nightly"`
	Ran     string                 `json:"-"` // when the nightly sweep ran last; empty: not yet
}

type auditRow struct {
	pipeline.AuditFinding
	When string
}

type auditCount struct {
	Kind string
	N    int
}

// auditDays is how far the page looks back unless told.
const auditDays = 7

var reminderAudit = view{"reminder-audit", func(s *Server, r *request) (any, error) {
	from, until := s.today().AddDays(-auditDays), s.today()
	for name, to := range map[string]*civil.Date{"from": &from, "until": &until} {
		v := r.URL.Query().Get(name)
		if v == "" {
			continue
		}
		var err error
		if *to, err = civil.ParseDate(v); err != nil {
			return nil, planner.Fail(planner.Invalid, "日期“"+v+"”请写成 2026-02-20 的样子。", "Write the date “"+v+"” like 2026-02-20.")
		}
	}
	rep, err := s.App.AuditReminders(r.Context(), r.p, from, until)
	if err != nil {
		return nil, err
	}
	p := auditPage{ReminderAudit: rep}
	for _, f := range rep.Findings {
		p.Rows = append(p.Rows, auditRow{f, lang.Instant(r.lang, f.DueAt, s.App.Zone)})
	}
	for _, k := range pipeline.AuditKinds {
		p.Kinds = append(p.Kinds, auditCount{k, rep.Counts[k]})
	}
	last, ok, err := s.App.LastAudit(r.Context(), r.p)
	if ok {
		p.Nightly, p.Ran = last, lang.Instant(r.lang, last.At, s.App.Zone)
	}
	return p, err
}}
