package followup

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// JointVisitDays is how long old and new cadre have for their visit together. [domain.md §2.3: no source gives a number;
// 30 days is the default of the project]
const JointVisitDays = 30

// handoverEndDays is how long an overdue handover stays open before it fails.
const handoverEndDays = 30

// Move is one household that a plan gives from one cadre to another; an empty ID is nobody.
type Move struct {
	Household planner.HouseholdID
	Code      string
	From, To  planner.CadreID
}

// Pass is one handover 交接: the households that go from one cadre to another, sorted by code.
type Pass struct {
	From, To planner.CadreID
	Moves    []Move
}

// Passes groups moves by the pair of cadres, sorted by From, then To. A household that had nobody, has nobody now, or
// stays where it is makes no pass.
func Passes(moves []Move) []Pass {
	moves = slices.Clone(moves)
	slices.SortFunc(moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Code, b.Code))
	})
	var out []Pass
	for _, m := range moves {
		if m.From == "" || m.To == "" || m.From == m.To {
			continue
		}
		if n := len(out); n == 0 || out[n-1].From != m.From || out[n-1].To != m.To {
			out = append(out, Pass{From: m.From, To: m.To})
		}
		p := &out[len(out)-1]
		p.Moves = append(p.Moves, m)
	}
	return out
}

// HandoverKey names the handover between two cadres in a revision of a period's plan: handover/2026.1/OLD/NEW. Publishing
// the same revision twice makes no second task.
func HandoverKey(period, revision int, from, to planner.CadreID) string {
	return "handover/" + strconv.Itoa(period) + "." + strconv.Itoa(revision) + "/" + string(from) + "/" + string(to)
}

// HandoverOf reads a key of [HandoverKey]; false if it is none.
func HandoverOf(key string) (period, revision int, from, to planner.CadreID, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 || parts[0] != "handover" {
		return
	}
	year, rev, found := strings.Cut(parts[1], ".")
	period, e1 := strconv.Atoi(year)
	revision, e2 := strconv.Atoi(rev)
	return period, revision, planner.CadreID(parts[2]), planner.CadreID(parts[3]), found && e1 == nil && e2 == nil
}

// Handovers makes the tasks of the passes in their order: one each, owned by who takes over, to begin today and due within
// [JointVisitDays]. IDs are the caller's to give. The text names codes only, no household's name and no reason of the
// change: that is the planner's alone. Name words a cadre.
func Handovers(period, revision int, passes []Pass, today civil.Date, name func(planner.CadreID) string) []planner.Task {
	var out []planner.Task
	for _, p := range passes {
		codes := make([]string, len(p.Moves))
		for i, m := range p.Moves {
			codes[i] = m.Code
		}
		say := planner.Text{
			ZH: "与{old}交接{n}户：一起上门走访，核对未办结事项，双方在交接清单上签字。户编号：{codes}",
			EN: "Take over {n} household(s) from {old}: visit them together, go through what is still promised, both sign the list. Codes: {codes_en}",
		}.Fill("old", name(p.From), "n", strconv.Itoa(len(codes)), "codes", strings.Join(codes, "、"), "codes_en", strings.Join(codes, ", "))
		due := today.AddDays(JointVisitDays)
		out = append(out, planner.Task{
			Key: HandoverKey(period, revision, p.From, p.To), Kind: planner.TaskHandover, Owner: p.To, Say: say,
			StartOn: today, DueOn: due, EndOn: due.AddDays(handoverEndDays), State: planner.TaskReady,
		})
	}
	return out
}

// Renew compares the handovers that the plan in force wants with those among tasks. Fresh are those to make: one that
// was made before, whatever became of it, or that a live one of an earlier revision says word for word, is not made
// again. Stale are the live ones of the period's earlier revisions that say something else, cancelled as [Resolved].
// Both are sorted by key.
func Renew(tasks, want []planner.Task, period, revision int) (fresh, stale []planner.Task) {
	type pair struct{ from, to planner.CadreID }
	says := map[pair]planner.Text{}
	for _, t := range want {
		_, _, from, to, _ := HandoverOf(t.Key)
		says[pair{from, to}] = t.Say
	}
	made, kept := map[string]bool{}, map[pair]bool{}
	for _, t := range tasks {
		of, rev, from, to, ok := HandoverOf(t.Key)
		switch {
		case !ok || of != period:
		case rev == revision:
			made[t.Key] = true
		case t.State.Terminal():
		case says[pair{from, to}] == t.Say:
			kept[pair{from, to}] = true
		default:
			t.State, t.Reason = planner.TaskCancelled, Resolved
			stale = append(stale, t)
		}
	}
	for _, t := range want {
		if _, _, from, to, _ := HandoverOf(t.Key); !made[t.Key] && !kept[pair{from, to}] {
			fresh = append(fresh, t)
		}
	}
	byKey := func(a, b planner.Task) int { return cmp.Compare(a.Key, b.Key) }
	slices.SortFunc(fresh, byKey)
	slices.SortFunc(stale, byKey)
	return fresh, stale
}

// Inherit gives live promises to who looks after the household now, sorted by key. A promise moves when the handover
// between the two cadres is done, or at once if its owner cannot act any more; otherwise it stays with who made it.
// A household that nobody holds keeps its owner.
func Inherit(tasks []planner.Task, holder map[planner.HouseholdID]planner.CadreID, done func(from, to planner.CadreID) bool, today civil.Date, o *Office) []planner.Task {
	var out []planner.Task
	for _, t := range tasks {
		to := holder[t.Household]
		if !t.Kind.Promised() || t.State.Terminal() || t.Household == "" || to == "" || to == t.Owner {
			continue
		}
		if o.gone(t.Owner, today) || done(t.Owner, to) {
			t.Owner = to
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b planner.Task) int { return cmp.Compare(a.Key, b.Key) })
	return out
}
