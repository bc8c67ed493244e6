package followup

import (
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Steps without a statute: they stand beside the others in lists.
const (
	StepReopened Step = "reopened" // 提级重办
	StepPromised Step = "promised" // 政务广场限期答复
	StepLadder   Step = "ladder"   // 四步一站
)

func init() {
	StepText[StepReopened] = planner.Text{ZH: "提级重办", EN: "reopened"}
	StepText[StepPromised] = planner.Text{ZH: "限期答复", EN: "promised answer"}
	StepText[StepLadder] = planner.Text{ZH: "四步一站", EN: "four steps"}
}

// LadderStep is one step of 四步一站 with its limit.
type LadderStep struct {
	Name    planner.Text
	Days    int
	Working bool // working days; else calendar days
}

// FourSteps is the ladder of 磁县高臾镇: 十户调解员 → 村委会 → 专业律师 → 镇调委会与律师会诊. The article names the steps; their limits
// are office practice and settings.
var FourSteps = []LadderStep{
	{planner.Text{ZH: "十户调解员", EN: "ten-household mediator"}, 3, true},
	{planner.Text{ZH: "村委会", EN: "village committee"}, 5, true},
	{planner.Text{ZH: "专业律师", EN: "lawyer"}, 7, false},
	{planner.Text{ZH: "镇调委会与律师会诊", EN: "township mediators and lawyers together"}, 15, false},
}

// climbSteps begins the ladder or goes to its next step.
func climbSteps(m *planner.Matter, a *planner.Act, v Deed, open Open) error {
	if m.LadderStep >= len(FourSteps) {
		return planner.Fail(planner.Conflict, "四步已走完，可以受理、交办或建议通过法律途径解决。", "all "+strconv.Itoa(len(FourSteps))+" steps are done; accept or assign it, or point to the courts")
	}
	step := FourSteps[m.LadderStep]
	m.LadderStep++
	m.LadderDueOn = StepDue(step, v.On, open)
	a.DueOn = m.LadderDueOn
	if a.Say == "" {
		a.Say = step.Name.ZH
	}
	return nil
}

// StepDue is the last day of a step that begins on a day, which is not counted.
func StepDue(s LadderStep, from civil.Date, open Open) civil.Date {
	day := from
	for n := 0; n < s.Days; {
		day = day.AddDays(1)
		if works, _ := open(day); works || !s.Working {
			n++
		}
	}
	return day
}
