// Package report turns counts into what may be published: cells under five are hidden so that no number beside them, above them or
// asked for on another day gives them away, and numbers over several months are sums of what was published each month.
//
// # How nothing can be computed back
//
// Each month closes once. What is published of it is a function of that month's cells alone ([Publish]), is stored, and never
// changes. Every later table, for whatever span, is made of these stored publications ([Sum]) and of nothing else: a query that
// takes in one area or one month more differs from the other by whole published cells. There are no queries by day.
//
// In [Publish], small cells of one family (the same count split once) go into one merged cell, together with other cells, if
// needed, until the merged cell holds five or more, has two parts or more, and is not so full of fours that they could be told. Which
// further cells go in is decided by their place in the list and never by their size, so knowing the rule does not help.
// The property test takes each hidden cell, changes it, and wants the same publication.
package report

import "slices"

// Least 最小格 is the smallest count that is shown.
const Least = 5

// Count is how many cases 批次 and how many persons 人次.
type Count struct {
	N       int `json:"n"`
	Persons int `json:"persons,omitempty"`
}

func (c Count) plus(d Count) Count { return Count{c.N + d.N, c.Persons + d.Persons} }

// Cell is one part of a family.
type Cell struct {
	Key string `json:"key"`
	Count
}

// Published is what may be seen of one family in one month. Held: fewer than five in all, so nothing is shown and the cells go
// into the next month.
type Published struct {
	Held   bool     `json:"held,omitempty"`
	Total  Count    `json:"total"`
	Shown  []Cell   `json:"shown,omitempty"`
	Merged []string `json:"merged,omitempty"` // keys whose cells are shown as one sum
	Rest   Count    `json:"rest,omitzero"`    // that sum
}

// Publish hides the small cells of a family. The order of the cells is fixed by the caller and says which cells are merged first
// when small ones need company.
func Publish(cells []Cell) (p Published) {
	for _, c := range cells {
		p.Total = p.Total.plus(c.Count)
	}
	if p.Total.N < Least {
		return Published{Held: true}
	}
	hidden := make([]bool, len(cells))
	k, sum, big := 0, 0, 0
	hide := func(i int) { hidden[i], k, sum = true, k+1, sum+cells[i].N }
	for i, c := range cells {
		if c.N < Least {
			hide(i)
		}
	}
	for i := range cells {
		if k == 0 || k >= 2 && sum >= Least && (big > 0 || (Least-1)*k-sum >= 2) {
			break
		}
		if !hidden[i] {
			hide(i)
			big++
		}
	}
	for i, c := range cells {
		if hidden[i] {
			p.Merged, p.Rest = append(p.Merged, c.Key), p.Rest.plus(c.Count)
		} else {
			p.Shown = append(p.Shown, c)
		}
	}
	return p
}

// PublishLoose shows the cells of five and more and no total: for counts that overlap, such as themes, of which one household may
// name several.
func PublishLoose(cells []Cell) (p Published) {
	for _, c := range cells {
		if c.N >= Least {
			p.Shown = append(p.Shown, c)
		} else {
			p.Merged = append(p.Merged, c.Key)
		}
	}
	return p
}

// Row is a line of a table over several months. Less: some of it is in the merged cell or was held back, so the true count is
// this or a little more.
type Row struct {
	Key string `json:"key"`
	Count
	Hidden bool `json:"hidden,omitempty"` // nothing of it was published
	Less   bool `json:"less,omitempty"`
}

// Table is a family over several months. The rows and Rest add up to Total.
type Table struct {
	Rows  []Row `json:"rows"`
	Rest  Count `json:"rest"` // merged cells
	Total Count `json:"total"`
	Less  bool  `json:"less,omitempty"` // a month was held back
}

// Sum adds up what was published of a family in several months. keys are the rows in order.
func Sum(keys []string, months []Published) Table {
	t := Table{Rows: make([]Row, len(keys))}
	for i, k := range keys {
		t.Rows[i] = Row{Key: k, Hidden: true}
	}
	for _, p := range months {
		t.Total, t.Rest = t.Total.plus(p.Total), t.Rest.plus(p.Rest)
		t.Less = t.Less || p.Held
		for i := range t.Rows {
			r := &t.Rows[i]
			if at := slices.IndexFunc(p.Shown, func(c Cell) bool { return c.Key == r.Key }); at >= 0 {
				r.Count, r.Hidden = r.plus(p.Shown[at].Count), false
			} else {
				r.Less = r.Less || p.Held || slices.Contains(p.Merged, r.Key)
			}
		}
	}
	return t
}

// Share is a share in percent as the offices write it, to one decimal, rounded half up; false without a denominator.
func Share(part, whole int) (tenths int, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	return (part*2000 + whole) / (2 * whole), true
}
