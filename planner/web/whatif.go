package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// whatIfPage is plans side by side, with one picture each: how many cadres have how many households.
type whatIfPage struct {
	pipeline.WhatIfReport
	Codes     string                    `json:"-"` // as asked
	Tried     []string                  `json:"-"`
	Practices []pipeline.RuleBookPreset `json:"-"` // that may be tried
	Asked     bool                      `json:"-"`
	Measures  []measureChart            `json:"-"`
	Pictures  []loadPicture             `json:"-"`
}

// Tries reports whether a preset was asked for.
func (p whatIfPage) Tries(id string) bool { return slices.Contains(p.Tried, id) }

// The picture's size in its own units.
const (
	pictureWide = 320
	pictureTall = 130
	pictureBase = 108 // where the bars stand
)

// loadPicture is the spread of the load as bars; all pictures of a page share one scale.
type loadPicture struct {
	Say         planner.Text
	Width, Tall int
	Base        int
	Bars        []loadBar
	Mean        float64 // x of the mean
	Label       string  // the mean in words
}

type loadBar struct {
	X, Y, W, H float64
	Households int
	Cadres     int
	Tick       bool // the number is written below
}

var whatIf = view{"what-if", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	p := whatIfPage{Codes: q.Get("leave"), Tried: codes(strings.Join(q["try"], " ")), Asked: q.Has("leave")}
	if !r.p.Is(planner.RolePlanner) {
		return nil, planner.Fail(planner.Forbidden, "只有组织部门经办人可以试算方案。", "only a planner of the organization department may compare plans.")
	}
	period, _ := strconv.Atoi(q.Get("period"))
	if period == 0 {
		period = s.today().Year
	}
	p.Period = period
	book, err := s.App.Rules(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	for _, x := range book.Presets {
		if x.ID != book.Preset {
			p.Practices = append(p.Practices, x)
		}
	}
	r.unhurried()
	if !p.Asked { // an open page computes nothing
		return p, nil
	}
	p.WhatIfReport, err = s.App.WhatIf(r.Context(), r.p, pipeline.WhatIfRequest{Period: period, Leave: codes(p.Codes), Presets: p.Tried})
	if err != nil {
		return nil, err
	}
	p.Measures, p.Pictures = drawMeasures(r.lang, p.Plans), drawLoads(p.Plans)
	return p, nil
}}

// codes splits what somebody typed: by spaces and commas of either width.
func codes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,，、;；\t\r\n", r) })
}

// drawLoads lays out one picture a plan on one scale.
func drawLoads(plans []pipeline.WhatIfPlan) (out []loadPicture) {
	most, tallest := 1, 1
	for _, w := range plans {
		most = max(most, len(w.Loads))
		for _, n := range w.Loads {
			tallest = max(tallest, n)
		}
	}
	step := float64(pictureWide-20) / float64(most)
	every := max(1, most/10)
	for _, w := range plans {
		p := loadPicture{Say: w.Say, Width: pictureWide, Tall: pictureTall, Base: pictureBase, Label: strconv.FormatFloat(w.LoadMean, 'f', 1, 64)}
		p.Mean = round1(10 + step*(w.LoadMean+0.5))
		for load, n := range w.Loads {
			h := math.Sqrt(float64(n)/float64(tallest)) * (pictureBase - 22) // roots, so that few remain visible beside many
			p.Bars = append(p.Bars, loadBar{X: round1(10 + step*float64(load) + 0.1*step), Y: round1(pictureBase - h), W: round1(0.8 * step), H: round1(h),
				Households: load, Cadres: n, Tick: load%every == 0})
		}
		out = append(out, p)
	}
	return out
}
