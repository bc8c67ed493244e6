package rule

import (
	"slices"

	"lianxin/planner"
)

// A stored plan keeps the sentences of the day on which it was made. Whoever mends the sentence of a rule adds the one of before to its
// Earlier, so that a plan of before can still be held against the rules word for word: a sentence that the rule never said about this
// pair, or said with another name or number, is no sentence of before. (A test keeps the list of all that was ever said.)

// Before reports whether a pairing's stored reasons are those of [Instance.Explain] for target i as cadre j's n-th, but for sentences that
// a rule had before: the same rules in the same order at the same prices, filled with the same names and numbers. Which rules those are
// is listed, each once.
func (in *Instance) Before(i, j, n int, stored []planner.Reason) (reworded []string, ok bool) {
	now := in.Explain(i, j, n)
	if len(stored) != len(now) {
		return nil, false
	}
	for k, r := range stored {
		want := now[k]
		if r == want {
			continue
		}
		said := r.Say
		if r.Say = want.Say; r != want {
			return nil, false
		}
		last := k == len(now)-1 && in.Targets[i].Former != nil && in.Cadres[j].ID != in.Targets[i].Was
		if !slices.Contains(in.before(r.Rule, i, j, n, last), said) {
			return nil, false
		}
		if !slices.Contains(reworded, r.Rule) {
			reworded = append(reworded, r.Rule)
		}
	}
	return reworded, true
}

// before lists the sentences of before of one rule: of why the former cadre could not go on, or of a part of the price.
func (in *Instance) before(rule string, i, j, n int, former bool) []planner.Text {
	if former {
		return in.Targets[i].formerly
	}
	p := Pair{in.Cadres[j], in.Targets[i]}
	for k := range in.prices {
		if r := &in.prices[k]; r.ID == rule {
			return in.saidBefore(r, p)
		}
	}
	for k := range in.loads {
		if r := &in.loads[k]; r.ID == rule {
			var said []planner.Text
			for _, s := range r.Earlier {
				said = append(said, r.filled(s, p.Cadre, n))
			}
			return said
		}
	}
	return nil
}

// saidBefore fills the sentences of before of a rule for a pair.
func (in *Instance) saidBefore(r *PairRule, p Pair) (said []planner.Text) {
	for _, s := range r.Earlier {
		said = append(said, r.said(s, p))
	}
	return said
}
