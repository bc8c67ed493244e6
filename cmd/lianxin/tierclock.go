package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/pairing"
)

// tierClock measures how long each tier was being planned, from what the solver says of its progress. Times are printed and
// never stored: a plan is the same on every machine.
type tierClock struct {
	last time.Time
	took map[planner.Tier]time.Duration
}

func newTierClock() *tierClock {
	return &tierClock{took: map[planner.Tier]time.Duration{}}
}

// step is called as a tier moves on. Reading the roster, before the first call, is not planning.
func (c *tierClock) step(t planner.Tier) {
	now := time.Now()
	if !c.last.IsZero() {
		c.took[t] += now.Sub(c.last)
	}
	c.last = now
}

// tierNames are the tiers as they are printed.
var tierNames = []struct {
	tier planner.Tier
	name string
}{{planner.TierUnit, "单位包村 units"}, {planner.TierVillage, "领导联村 villages"}, {planner.TierGroup, "科级包组 groups"}, {planner.TierHousehold, "干部联户 households"}, {pairing.Teams, "选定各村干部 cadres of capped villages"},
	{planner.TierSecond, "第二责任人 second"}, {planner.TierVolunteer, "志愿者 volunteers"}, {planner.TierTen, "十户调解员 tens"}}

// print lists the tiers that were planned.
func (c *tierClock) print(w io.Writer) {
	var parts []string
	for _, t := range tierNames {
		if d, ok := c.took[t.tier]; ok {
			parts = append(parts, fmt.Sprintf("%s %.2f s", t.name, d.Seconds()))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "  各层求解用时 time by tier: %s\n", strings.Join(parts, "   "))
	}
}

// tierName is a tier as it is printed.
func tierName(t planner.Tier) string {
	for _, n := range tierNames {
		if n.tier == t {
			return n.name
		}
	}
	return string(t)
}
