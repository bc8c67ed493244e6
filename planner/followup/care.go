package followup

import (
	"fmt"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Care 定期关心 is a small task that comes round for a need.
type Care struct {
	Need      planner.Need `yaml:"need"`
	EveryDays int          `yaml:"every_days"`
	DueDays   int          `yaml:"due_days"` // how long the cadre has
	Say       planner.Text `yaml:"say"`
}

// DefaultCare is the care that the program brings.
var DefaultCare = sync.OnceValue(func() []Care {
	b, err := checklists.ReadFile("checklists/care.yaml")
	if err == nil {
		var cs []Care
		if cs, err = ReadCare("care.yaml", b); err == nil {
			return cs
		}
	}
	panic(err) // a file of ours
})

// ReadCare reads a file of care. Errors: Invalid for what is no YAML, an unknown need, a need twice, or days out of range.
func ReadCare(name string, b []byte) ([]Care, error) {
	var cs []Care
	if err := decodeYAML(name, b, &cs); err != nil {
		return nil, err
	}
	for i, c := range cs {
		if !slices.Contains(planner.Needs, c.Need) || slices.ContainsFunc(cs[:i], func(o Care) bool { return o.Need == c.Need }) ||
			c.EveryDays < 7 || c.EveryDays > 366 || c.DueDays < 1 || c.DueDays > c.EveryDays || c.Say.ZH == "" || c.Say.EN == "" {
			return nil, &planner.Error{Kind: planner.Invalid, Where: name, Say: planner.Text{
				ZH: fmt.Sprintf("第 %d 条：need 须是已有的需求且只出现一次，every_days 为 7 到 366，due_days 为 1 到 every_days，中英文都要有。", i+1),
				EN: fmt.Sprintf("entry %d: need must be a known one and stand once, every_days 7 to 366, due_days 1 to every_days, both texts filled", i+1)}}
		}
	}
	return cs, nil
}

// CareTasks returns the tasks of care whose turn has come on today, for the households that are served, not muted, and have a
// cadre. Turns are counted from 1 January of the year, so that the same day gives the same keys
// however often it is asked: care/NEED/HOUSEHOLD/2026.3 is the third turn of 2026. A turn whose due day has passed is not made up for.
func CareTasks(cs []Care, households []planner.Household, cadre map[planner.HouseholdID]planner.CadreID, today civil.Date, id planner.NewID) []planner.Task {
	start := civil.Of(today.Year, 1, 1)
	var out []planner.Task
	for _, h := range households {
		owner := cadre[h.ID]
		if owner == "" || !h.Served() || h.Muted(today) {
			continue
		}
		for _, c := range cs {
			if !slices.Contains(h.Needs, c.Need) {
				continue
			}
			turn := today.Sub(start) / c.EveryDays
			from := start.AddDays(turn * c.EveryDays)
			due := from.AddDays(c.DueDays)
			if due.Before(today) || due.Year != today.Year {
				continue
			}
			out = append(out, planner.Task{ID: planner.TaskID(id()), Key: fmt.Sprintf("care/%s/%s/%d.%d", c.Need, h.ID, today.Year, turn),
				Kind: planner.TaskCare, Owner: owner, Household: h.ID, Say: c.Say, StartOn: from, DueOn: due, EndOn: due.AddDays(c.DueDays), State: planner.TaskReady})
		}
	}
	return out
}
