package web

import (
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

func litOverdue() overduePage {
	task := pipeline.TaskView{ID: "T1", Say: text("代办老年公交卡", "get the bus pass"), DueOn: day("2026-01-09"), State: planner.TaskReady, Code: "281006-0132", Owner: "陈可", Overdue: true, Mine: true,
		Known: []pipeline.AckView{{Cadre: "C1", Name: "王芳（市水利局）", On: day("2026-01-12")}}}
	paused := task
	paused.ID, paused.Matter, paused.Mine = "T2", "M1", false
	return overduePage{Planner: true, Today: day("2026-01-14"),
		Tasks: []pipeline.OverdueTask{{TaskView: task, Unit: "市水利局", Days: 5, Rung: 1, Next: day("2026-01-16"), Ladder: []string{"示例室", "示例站", "示例局"}},
			{TaskView: paused, Unit: "市水利局", Days: 5, Paused: text("听证到2026-01-20，期间不提级", "a hearing runs until 2026-01-20"), Ladder: []string{"示例室"}}},
		Acting: []pipeline.ActingView{{Unit: "U1", Code: "D1", Name: "示例站", Cadre: "C1", Who: "王芳 G0102（市水利局）", From: day("2026-01-01"), Now: true}, {Unit: "U2", Code: "D2", Name: "示例室", Who: "甲", From: day("2026-02-01"), Until: day("2026-02-10")}}}
}

func TestOnlyThePlannerNamesWhoActsOnThePageOfWhatIsOverdue(t *testing.T) {
	p := litOverdue()
	with := show(t, lang.ZH, "overdue", p)
	p.Planner = false
	without := show(t, lang.ZH, "overdue", p)
	const form = `action="/overdue/acting"`
	if !strings.Contains(with, form) || strings.Contains(without, form) || strings.Count(without, "/tasks/T1/ack") != 1 || strings.Contains(without, "/tasks/T2/ack") {
		t.Error("want the form of acting holders for the planner alone, and the button 知悉 where the reader was told")
	}
}
