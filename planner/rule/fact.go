package rule

import (
	"runtime"
	"slices"
	"sync"

	"lianxin/planner"
)

// Fact is one thing said in the roster, or one rule, that keeps pairs from being made; what could be taken back to allow
// them. Which fields are set depends on the rule: a recusal has Cadre and either Target or Village, a long leave Cadre, a
// pin Target; any other rule stands for itself, because it is switched on or off as a whole. Facts compare with ==.
type Fact struct {
	Rule    string
	Cadre   *Cadre
	Target  *Target
	Village planner.AreaCode
}

// Allowed reports whether no rule forbids target i for cadre j.
func (in *Instance) Allowed(i, j int) bool {
	return in.forbidden(Pair{in.Cadres[j], in.Targets[i]}) == nil
}

// Facts are all that forbid target i for cadre j, in the order of the book; nil if the pair is allowed.
func (in *Instance) Facts(i, j int) (fs []Fact) {
	p := Pair{in.Cadres[j], in.Targets[i]}
	for k := range in.forbids {
		r := &in.forbids[k]
		if !r.When(p) {
			continue
		}
		switch r.ID {
		case Recusal.ID:
			if slices.Contains(p.Target.recused, p.Cadre) {
				fs = append(fs, Fact{Rule: r.ID, Cadre: p.Cadre, Target: p.Target})
			}
			if slices.Contains(p.Cadre.off, p.Target.village) {
				fs = append(fs, Fact{Rule: r.ID, Cadre: p.Cadre, Village: p.Target.Area.Village()})
			}
		case LongLeave.ID:
			fs = append(fs, Fact{Rule: r.ID, Cadre: p.Cadre})
		case Pinned.ID:
			fs = append(fs, Fact{Rule: r.ID, Target: p.Target})
		case VillageCap.ID:
			fs = append(fs, Fact{Rule: r.ID, Village: p.Target.Area.Village()})
		default:
			fs = append(fs, Fact{Rule: r.ID})
		}
	}
	return fs
}

// PriceAnyway is what the pair would cost without load if no rule forbade it.
func (in *Instance) PriceAnyway(i, j int) planner.Seconds {
	return in.price(Pair{in.Cadres[j], in.Targets[i]})
}

// LoadPrice is the price of cadre j's n-th target, n ≥ 1, whether they may have so many or not.
func (in *Instance) LoadPrice(j, n int) (s planner.Seconds) {
	for k := range in.loads {
		r := &in.loads[k]
		s += r.Next(r.Price, in.Cadres[j], n).Seconds()
	}
	return s
}

// PlaceName is the name of an area, its code if it has none.
func (in *Instance) PlaceName(code planner.AreaCode) string {
	for _, a := range in.q.Roster.Areas {
		if a.Code == code && a.Name != "" {
			return a.Name
		}
	}
	return string(code)
}

// Each calls do for every target, on all processors; do must be safe for concurrent use.
func (in *Instance) Each(do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), max(1, len(in.Targets)/256))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := len(in.Targets) * w / workers; i < len(in.Targets)*(w+1)/workers; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}

// PrivateRule reports whether a rule of the book is the planner's alone.
func (in *Instance) PrivateRule(id string) bool {
	return slices.ContainsFunc(in.q.Book.Pairs, func(r PairRule) bool { return r.ID == id && r.Private })
}
