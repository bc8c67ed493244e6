package web

import (
	"net/http"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// overduePage is one list of what is late, and who acts for which unit.
type overduePage struct {
	Tasks   []pipeline.OverdueTask `json:"tasks"`
	Acting  []pipeline.ActingView  `json:"acting"`
	Planner bool                   `json:"-"`
	Today   civil.Date             `json:"-"`
}

var overdue = view{"overdue", func(s *Server, r *request) (any, error) {
	ts, err := s.App.Overdue(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	acting, err := s.App.Acting(r.Context(), r.p)
	return overduePage{ts, acting, r.p.Is(planner.RolePlanner, planner.RoleAdmin), s.today()}, err
}}

// ackTask notes that the reader, or who is named, knows of an overdue task.
func (s *Server) ackTask(r *request) error {
	id := planner.TaskID(r.PathValue("id"))
	who := r.p.Cadre
	if code := strings.TrimSpace(r.PostFormValue("who")); code != "" {
		c, err := s.App.CadreByCode(r.Context(), r.p, code)
		if err != nil {
			return err
		}
		who = c.ID
	}
	if err := s.App.AckTask(r.Context(), r.p, id, who); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/overdue?done=ack", http.StatusSeeOther)
	return nil
}

// setActing names who acts for a unit, or takes it back.
func (s *Server) setActing(r *request) error {
	var from, until civil.Date
	for name, to := range map[string]*civil.Date{"from": &from, "until": &until} {
		text := strings.TrimSpace(r.PostFormValue(name))
		if text == "" {
			continue
		}
		var err error
		if *to, err = civil.ParseDate(text); err != nil {
			return planner.Fail(planner.Invalid, "日期“"+text+"”请写成 2026-02-20 的样子。", "write the date “"+text+"” like 2026-02-20.")
		}
	}
	cadre := strings.TrimSpace(r.PostFormValue("cadre"))
	if cadre == "" && r.PostFormValue("off") == "" {
		return planner.Fail(planner.Invalid, "请填主持工作的人的工号。", "enter the code of who acts.")
	}
	if err := s.App.SetActing(r.Context(), r.p, strings.TrimSpace(r.PostFormValue("unit")), cadre, from, until); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/overdue?done=acting", http.StatusSeeOther)
	return nil
}
