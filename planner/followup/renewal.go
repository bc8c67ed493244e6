package followup

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// renewalDays is how long before the end of an agreement somebody asks whether it goes on. [MY; no source]
const renewalDays = 30

// renewalPrefix begins the keys of renewals: renewal/2026/HELPER/2026-06-30.
const renewalPrefix = "renewal/"

// Renewals compares the agreements of helpers that end within a plan with the renewals among tasks. Fresh are those to make, one a
// helper, owned by the cadre of the first household: ask whether the agreement goes on, or find somebody else. Until then
// the helper goes on; after it the link ends by itself. Stale are live ones whose agreement no longer ends so, cancelled as
// [Resolved]. IDs are the caller's to give; the text names codes of households only.
func Renewals(tasks []planner.Task, plan planner.Plan, r planner.Roster, today civil.Date) (fresh, stale []planner.Task) {
	code, cadre, helper := map[planner.HouseholdID]string{}, map[planner.HouseholdID]planner.CadreID{}, map[planner.HelperID]planner.Helper{}
	for _, h := range r.Households {
		code[h.ID] = h.Code
	}
	for _, h := range r.Helpers {
		helper[h.ID] = h
	}
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			cadre[p.Household] = p.Cadre
		}
	}
	homes, until := map[planner.HelperID][]planner.HouseholdID{}, map[planner.HelperID]civil.Date{}
	for _, l := range plan.Links {
		if l.Helper == "" || l.Until.IsZero() || !l.Until.After(today) {
			continue
		}
		hs := l.Members
		if l.Household != "" {
			hs = []planner.HouseholdID{l.Household}
		}
		homes[l.Helper], until[l.Helper] = append(homes[l.Helper], hs...), l.Until
	}
	want, made := map[string]bool{}, map[string]bool{}
	for _, t := range tasks {
		made[t.Key] = true
	}
	prefix := renewalPrefix + strconv.Itoa(plan.Period) + "/"
	for id, hs := range homes {
		slices.SortFunc(hs, func(a, b planner.HouseholdID) int { return cmp.Compare(code[a], code[b]) })
		owner := planner.CadreID("")
		for _, h := range hs {
			if owner = cadre[h]; owner != "" {
				break
			}
		}
		last := until[id].AddDays(-1)
		key := prefix + string(id) + "/" + last.String()
		if want[key] = true; owner == "" || made[key] {
			continue
		}
		var codes []string
		for _, h := range hs {
			codes = append(codes, code[h])
		}
		start := later(today, last.AddDays(-2*renewalDays))
		due := later(start, last.AddDays(-renewalDays))
		fresh = append(fresh, planner.Task{Key: key, Kind: planner.TaskRenewal, Owner: owner, StartOn: start, DueOn: due, EndOn: later(due, last), State: planner.TaskReady,
			Say: planner.Text{
				ZH: "{name}（{code}）的协议到{last}为止：问清是否续签；不续签的，和户商量另找一名。到期之前照常联系，到期之后不再安排。户编号：{codes}",
				EN: "The agreement of {name} ({code}) ends on {last}: ask whether it goes on; if not, find somebody else with the household. Until then nothing changes, after it nothing is planned. Codes: {codes_en}",
			}.Fill("name", helper[id].Name, "code", helper[id].Code, "last", last.String(), "codes", strings.Join(codes, "、"), "codes_en", strings.Join(codes, ", "))})
	}
	for _, t := range tasks {
		if strings.HasPrefix(t.Key, prefix) && !t.State.Terminal() && !want[t.Key] {
			t.State, t.Reason = planner.TaskCancelled, Resolved
			stale = append(stale, t)
		}
	}
	byKey := func(a, b planner.Task) int { return cmp.Compare(a.Key, b.Key) }
	slices.SortFunc(fresh, byKey)
	slices.SortFunc(stale, byKey)
	return fresh, stale
}

func later(a, b civil.Date) civil.Date {
	if a.Before(b) {
		return b
	}
	return a
}
