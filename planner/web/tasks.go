package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// tasksPage groups one page of the tasks by what a reader does with them. Order inside is the use case's, by due day.
type tasksPage struct {
	Total    int                 `json:"total"`
	From, To int                 `json:"-"` // tasks shown, from 1
	Overdue  []pipeline.TaskView `json:"overdue"`
	Soon     []pipeline.TaskView `json:"soon"` // due within soonDays
	Later    []pipeline.TaskView `json:"later"`
	Closed   []pipeline.TaskView `json:"closed"`
	Prev     string              `json:"prev,omitempty"`
	Next     string              `json:"next,omitempty"`
}

// soonDays is two weeks: what falls to the coming mass-work-day or before it.
const soonDays = 14

var tasks = view{"tasks", func(s *Server, r *request) (any, error) {
	ts, err := s.App.Tasks(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(ts, func(t pipeline.TaskView) bool { return t.Overdue }) {
		late, err := s.App.Overdue(r.Context(), r.p)
		if err != nil {
			return nil, err
		}
		of := make(map[planner.TaskID]pipeline.TaskView, len(late))
		for _, t := range late {
			of[t.ID] = t.TaskView
		}
		for i := range ts {
			ts[i].Known, ts[i].Mine = of[ts[i].ID].Known, of[ts[i].ID].Mine
		}
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	return newTasks(ts, s.today(), max(0, offset)), nil
}}

// newTasks sorts a page of tasks into its groups: open ones come before closed ones.
func newTasks(ts []pipeline.TaskView, today civil.Date, offset int) (p tasksPage) {
	ts = slices.Clone(ts)
	slices.SortStableFunc(ts, func(x, y pipeline.TaskView) int {
		return cmp.Compare(closed(x), closed(y))
	})
	p.Total = len(ts)
	offset = min(offset, len(ts))
	end := min(offset+perPage, len(ts))
	if offset < end {
		p.From, p.To = offset+1, end
	}
	if offset > 0 {
		p.Prev = "/tasks?offset=" + strconv.Itoa(max(0, offset-perPage))
	}
	if end < len(ts) {
		p.Next = "/tasks?offset=" + strconv.Itoa(end)
	}
	for _, t := range ts[offset:end] {
		switch {
		case t.State.Terminal():
			p.Closed = append(p.Closed, t)
		case t.Overdue:
			p.Overdue = append(p.Overdue, t)
		case t.DueOn.Sub(today) <= soonDays:
			p.Soon = append(p.Soon, t)
		default:
			p.Later = append(p.Later, t)
		}
	}
	return p
}

// closed sorts closed tasks behind open ones.
func closed(t pipeline.TaskView) int {
	if t.State.Terminal() {
		return 1
	}
	return 0
}

// advanceTask moves a task to another state; whether that is allowed is the use case's to say.
func (s *Server) advanceTask(r *request) error {
	to := planner.TaskState(r.PostFormValue("to"))
	if err := s.App.AdvanceTask(r.Context(), r.p, planner.TaskID(r.PathValue("id")), to, r.PostFormValue("reason")); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/tasks?done=task", http.StatusSeeOther)
	return nil
}
