package rule

import (
	"context"
	"runtime"
	"sync"

	"lianxin/planner"
)

// what of a target a rule reads.
type reading uint8

const (
	readsPlace reading = 1 << iota // its village and group
	readsNeeds                     // the needs, and of the cadre nothing but the skills
	readsLast                      // whether the cadre is last period's
	readsMarks                     // its own recusals, pin and consent
)

// readings of the rules that tables can be made of. A rule that is not listed is read pair by pair.
var readings = map[string]reading{
	Recusal.ID: readsPlace | readsMarks, LongLeave.ID: readsPlace, Consent.ID: readsMarks, Pinned.ID: readsMarks, WithinCounty.ID: readsPlace,
	Travel.ID: readsPlace, UnitVillage.ID: readsPlace, UpperTier.ID: readsPlace, Contiguity.ID: readsPlace, NativeVillage.ID: readsPlace,
	VillageCap.ID: readsPlace, WishedCadre.ID: readsPlace, AnotherPlease.ID: readsPlace, WishedPlace.ID: readsPlace, StayInUnit.ID: readsPlace, // see place
	NeedSkill.ID: readsNeeds, Continuity.ID: readsLast,
}

// Tables hold the prices of all pairs of a block in the space of its places: the price of the block's i-th target for its
// j-th cadre is
//
//	Base[Place[i]][j] + Match[Kind[i]][Gift[j]] (+ Churn[i] if Last[i] is not j)
//
// and the pair is forbidden where Base is [Forbidden], where Only[i] is another cadre, or where Barred[i] lists j. All
// indices are the block's own.
type Tables struct {
	Base   [][]int32
	Match  [][]int32
	Gift   []int32
	Place  []int32
	Kind   []int32
	Last   []int32 // −1: none in the block
	Churn  []int32
	Only   []int32 // −1: may go anywhere
	Barred map[int32][]int32
}

// MaxCells bounds a block's places × cadres, which are held in memory at four bytes each.
const MaxCells = 1 << 29

// Tables lays out a block's prices, by asking each rule once of every place, pair of needs and skills, and target, instead
// of every pair. Ok is false if the book has a rule of which it is not known what it reads, or the block is too large.
func (in *Instance) Tables(ctx context.Context, b Block) (t *Tables, ok bool, err error) {
	for _, rs := range [][]PairRule{in.forbids, in.prices} {
		for _, r := range rs {
			if readings[r.ID] == 0 {
				return nil, false, nil
			}
		}
	}
	t = &Tables{Barred: map[int32][]int32{}}
	column := make(map[*Cadre]int32, len(b.Cadres))
	gifts := map[uint8]int32{}
	var gift []*Cadre
	for j, x := range b.Cadres {
		c := in.Cadres[x]
		column[c] = int32(j)
		g, seen := gifts[c.skills]
		if !seen {
			g = int32(len(gifts))
			gifts[c.skills] = g
			gift = append(gift, c)
		}
		t.Gift = append(t.Gift, g)
	}
	type place struct {
		village, group, upper int32
		cover                 planner.UnitID
		wish                  int // a target with wishes is a place of its own; 0: none
	}
	places, kinds := map[place]int32{}, map[uint8]int32{}
	var at, kind []*Target
	change := in.reading(readsLast)
	for i, x := range b.Targets {
		target := in.Targets[x]
		p := place{target.village, target.group, target.upper, target.cover, 0}
		if target.wished != nil || target.another != nil {
			p.wish = i + 1
		}
		k, seen := places[p]
		if !seen {
			k = int32(len(places))
			places[p] = k
			at = append(at, bare(target))
		}
		n, seen := kinds[target.needs]
		if !seen {
			n = int32(len(kinds))
			kinds[target.needs] = n
			kind = append(kind, target)
		}
		t.Place, t.Kind = append(t.Place, k), append(t.Kind, n)
		last, churn, only := int32(-1), planner.Seconds(0), int32(-1)
		if target.Last != nil {
			if j, here := column[target.Last]; here {
				last = j
			}
			churn = sum(change, Pair{&Cadre{}, target})
		}
		if target.Pin != nil {
			j, here := column[target.Pin]
			if !here {
				return nil, false, nil
			}
			only = j
		}
		t.Last, t.Churn, t.Only = append(t.Last, last), append(t.Churn, int32(churn)), append(t.Only, only)
		for _, c := range target.recused {
			if j, here := column[c]; here {
				t.Barred[int32(i)] = append(t.Barred[int32(i)], j)
			}
		}
	}
	if len(at)*len(b.Cadres) > MaxCells {
		return nil, false, nil
	}
	needs := in.reading(readsNeeds)
	for _, k := range kind {
		row := make([]int32, len(gift))
		for g, c := range gift {
			row[g] = int32(sum(needs, Pair{c, k}))
		}
		t.Match = append(t.Match, row)
	}
	ground := in.reading(readsPlace)
	t.Base = make([][]int32, len(at))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), max(1, len(at)))
	for w := range workers {
		wg.Go(func() {
			for k := len(at) * w / workers; k < len(at)*(w+1)/workers && ctx.Err() == nil; k++ {
				t.Base[k] = in.base(b, at[k], ground)
			}
		})
	}
	wg.Wait()
	return t, true, ctx.Err()
}

// bare is a target with nothing to it but its place.
func bare(t *Target) *Target {
	b := *t
	b.needs, b.recused, b.Pin, b.Last = 0, nil, nil, nil
	return &b
}

// base prices a place for all cadres of a block.
func (in *Instance) base(b Block, t *Target, ground []*PairRule) []int32 {
	row := make([]int32, len(b.Cadres))
	for j, x := range b.Cadres {
		p := Pair{in.Cadres[x], t}
		row[j] = Forbidden
		if in.forbidden(p) == nil {
			row[j] = int32(sum(ground, p))
		}
	}
	return row
}

// reading lists the prices that read what is asked for.
func (in *Instance) reading(what reading) (rs []*PairRule) {
	for i := range in.prices {
		if r := &in.prices[i]; readings[r.ID]&what != 0 {
			rs = append(rs, r)
		}
	}
	return rs
}

// sum adds up the prices of some rules.
func sum(rs []*PairRule, p Pair) (s planner.Seconds) {
	for _, r := range rs {
		if r.When(p) {
			s += r.cost(p)
		}
	}
	return s
}

// Row fills row with the prices of the block's target i for all its cadres, [Forbidden] where none may be made: what
// [Instance.Row] says of these pairs.
func (t *Tables) Row(i int, row []int32) {
	base, match, last, churn := t.Base[t.Place[i]], t.Match[t.Kind[i]], t.Last[i], t.Churn[i]
	for j, c := range base {
		if c != Forbidden {
			c += match[t.Gift[j]] + churn
		}
		row[j] = c
	}
	if last >= 0 && row[last] != Forbidden {
		row[last] -= churn
	}
	if only := t.Only[i]; only >= 0 {
		for j := range row {
			if int32(j) != only {
				row[j] = Forbidden
			}
		}
	}
	for _, j := range t.Barred[int32(i)] {
		row[j] = Forbidden
	}
}

// Rows is [Instance.Row] for many targets: where it is known what every rule of the book reads, prices are worked out once
// and read from tables, otherwise it is Row itself. What it returns holds for the instance as it is now, is safe for
// concurrent use, and does not know targets that come or go later.
func (in *Instance) Rows(ctx context.Context) (row func(i int, row []int32)) {
	if t, ok, err := in.Tables(ctx, in.whole()); err == nil && ok {
		return t.Row
	}
	return in.Row
}
