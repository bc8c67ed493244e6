package web

import (
	"net/http"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// tasksPage groups the tasks by what a reader does with them. Order inside is the use case's, by due day.
type tasksPage struct {
	Overdue []pipeline.TaskView `json:"overdue"`
	Soon    []pipeline.TaskView `json:"soon"` // due within soonDays
	Later   []pipeline.TaskView `json:"later"`
	Closed  []pipeline.TaskView `json:"closed"`
}

// soonDays is two weeks: what falls to the coming mass-work-day or before it.
const soonDays = 14

var tasks = view{"tasks", func(s *Server, r *request) (any, error) {
	ts, err := s.App.Tasks(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newTasks(ts, s.today()), nil
}}

func newTasks(ts []pipeline.TaskView, today civil.Date) (p tasksPage) {
	for _, t := range ts {
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

// advanceTask moves a task to another state; whether that is allowed is the use case's to say.
func (s *Server) advanceTask(r *request) error {
	to := planner.TaskState(r.PostFormValue("to"))
	if err := s.App.AdvanceTask(r.Context(), r.p, planner.TaskID(r.PathValue("id")), to, r.PostFormValue("reason")); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/tasks?done=task", http.StatusSeeOther)
	return nil
}
