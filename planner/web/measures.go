package web

import (
	"math"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// measureChart lays the plans of a comparison side by side by one measure: a bar each, the least in green.
type measureChart struct {
	Key  string // word what-if.KEY
	Tall int
	Bars []measureBar
}

type measureBar struct {
	Say      planner.Text
	NameAt   int     // y of the name
	Y        int     // of the bar, below it
	From, To float64 // of the load from the least to the most; else from nought
	Mean     float64 // x of the mean; 0: none
	Value    string
	ValueAt  float64
	Least    bool
	None     bool // no bar: this plan cannot be compared by this measure, and Value says why
}

// Wide is the width of the bar.
func (b measureBar) Wide() float64 { return round1(max(2, b.To-b.From)) }

// The charts' size in their own units.
const (
	chartBar  = 300 // of the longest
	chartStep = 46
)

// drawMeasures draws price, travel, changes and load. A plan that leaves more households without a cadre than another is no cheaper
// for it: its price is not drawn, and it is nowhere the least.
func drawMeasures(l string, plans []pipeline.WhatIfPlan) []measureChart {
	left := math.MaxInt
	for _, w := range plans {
		left = min(left, w.Unserved)
	}
	fair := func(w pipeline.WhatIfPlan) bool { return w.Unserved == left }
	price := func(w pipeline.WhatIfPlan) (float64, string) {
		if !fair(w) {
			return math.NaN(), lang.T(l, "what-if.left-out", "n", lang.Number(int64(w.Unserved)))
		}
		return float64(w.Price), lang.Minutes(l, w.Price.Minutes())
	}
	travel := func(w pipeline.WhatIfPlan) (float64, string) {
		return float64(w.TravelMean), lang.Exact(l, int64(w.TravelMean))
	}
	changed := func(w pipeline.WhatIfPlan) (float64, string) {
		return float64(w.Changed), lang.Number(int64(w.Changed))
	}
	return []measureChart{drawMeasure("price", plans, price, fair), drawMeasure("travel", plans, travel, fair), drawMeasure("changed", plans, changed, fair), drawSpan(plans)}
}

// drawMeasure draws one measure, from nought. NaN draws no bar; only plans that pass fair may be the least.
func drawMeasure(key string, plans []pipeline.WhatIfPlan, of func(pipeline.WhatIfPlan) (float64, string), fair func(pipeline.WhatIfPlan) bool) measureChart {
	c := measureChart{Key: key, Tall: chartStep*len(plans) + 6}
	longest, least, most := 0.0, math.Inf(1), math.Inf(-1)
	for _, w := range plans {
		n, _ := of(w)
		if math.IsNaN(n) {
			continue
		}
		if longest = max(longest, n); fair(w) {
			least, most = min(least, n), max(most, n)
		}
	}
	for i, w := range plans {
		n, say := of(w)
		b := newBar(i, w, say)
		b.None, b.Least = math.IsNaN(n), fair(w) && n == least && most > least
		if longest > 0 && !b.None {
			b.To = round1(n / longest * chartBar)
		}
		if !b.None {
			b.ValueAt = b.To + 7
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// drawSpan draws the households of a cadre: from the least to the most, with the mean.
func drawSpan(plans []pipeline.WhatIfPlan) measureChart {
	c := measureChart{Key: "load", Tall: chartStep*len(plans) + 6}
	most := 1
	for _, w := range plans {
		most = max(most, w.LoadMax)
	}
	at := func(n float64) float64 { return round1(n / float64(most) * chartBar) }
	for i, w := range plans {
		b := newBar(i, w, strconv.Itoa(w.LoadMin)+"–"+strconv.Itoa(w.LoadMax))
		b.From, b.To, b.Mean = at(float64(w.LoadMin)), at(float64(w.LoadMax)), at(w.LoadMean)
		b.ValueAt = max(b.To, b.From+b.Wide()) + 7
		c.Bars = append(c.Bars, b)
	}
	return c
}

// newBar is the place of a plan, with its name cut to what fits.
func newBar(i int, w pipeline.WhatIfPlan, say string) measureBar {
	return measureBar{Say: planner.Text{ZH: cut(w.Say.ZH, 29), EN: cut(w.Say.EN, 54)}, NameAt: chartStep*i + 15, Y: chartStep*i + 23, Value: say}
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
