package web

import (
	"fmt"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

func TestTasksComeFiftyToAPageOpenOnesFirst(t *testing.T) {
	var ts []pipeline.TaskView
	for i := range 120 {
		state := planner.TaskReady
		if i%3 == 0 {
			state = planner.TaskCompleted
		}
		ts = append(ts, pipeline.TaskView{ID: planner.TaskID(fmt.Sprint(i)), DueOn: day("2026-01-06").AddDays(i), State: state, Overdue: i == 1})
	}
	seen := map[planner.TaskID]bool{}
	open, pages := true, 0
	for offset := 0; offset < 120; offset += perPage {
		p := newTasks(ts, day("2026-01-05"), offset)
		pages++
		if (p.Prev == "") != (offset == 0) || (p.Next == "") != (offset+perPage >= 120) || p.Total != 120 {
			t.Errorf("page from %d: got %+v, want links to its neighbours", offset, p)
		}
		groups := [][]pipeline.TaskView{p.Overdue, p.Soon, p.Later, p.Closed}
		for g, list := range groups {
			for _, task := range list {
				seen[task.ID] = true
				if g < 3 && !open {
					t.Errorf("got the open task %s after a closed one, want it before", task.ID)
				}
			}
		}
		open = len(p.Closed) == 0
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("got %d tasks on %d pages, want 120 on 3", len(seen), pages)
	}
}
