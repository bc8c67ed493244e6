package calendar

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// DefaultPerYear is how often a household is seen that agreed on no number: once a quarter. A cadre with fifteen
// households so sees five each mass-work-day. DefaultPerDay is the most on one day, reached only when leave closes
// another day of the quarter: with 15 households two days remain for them, and eight fit between 08:30 and 17:30.
const (
	DefaultPerYear = 4
	DefaultPerDay  = 8
)

// VisitInput is what [LayVisits] needs.
type VisitInput struct {
	Days       []Day // the year's mass-work-days
	Cadres     []planner.Cadre
	Households []planner.Household
	Pairings   []planner.Pairing // those without a household are passed over
	PerDay     int               // most visits of a cadre on one day; 0 = DefaultPerDay
	PerYear    int               // of a household that has agreed on no number; 0 = DefaultPerYear
	From       civil.Date        // no visit is laid before this day; zero: the whole year
	Past       []planner.Visit   // visits before From, by whomever: a household seen in a stretch of the year is not seen again
	Last       []planner.Visit   // visits from From on, as laid before: each stays on its day if it still can
	Instead    map[CadreDay]civil.Date
	Fit        func(place planner.AreaCode, on civil.Date) Fit // how a day suits a household's village or group; nil: all do; safe for concurrent use
}

// Fit says how well a day suits visits in a place: a market day may be avoided or sought, on a no-go day nobody goes.
type Fit int

const (
	FitAny Fit = iota
	FitPrefer
	FitAvoid
	FitNever
)

// fit asks of a household's place.
func (in VisitInput) fit(h *planner.Household, on civil.Date) Fit {
	if in.Fit == nil {
		return FitAny
	}
	return in.Fit(cmp.Or(h.Group, h.Village), on)
}

// CadreDay is one cadre's share in one mass-work-day. In VisitInput.Instead it leads to the day on which a cadre who is
// excused that day goes out.
type CadreDay struct {
	Cadre planner.CadreID
	On    civil.Date
}

// LayVisits spreads each cadre's households over the mass-work-days. The year is cut into as many stretches as a household
// agreed visits (quarters by default) and it is seen once in each: never on a day on which it is muted, never when its
// cadre is on leave, never more than PerDay a day. Within these, the days are as even as they can be, and a household keeps
// its place in the stretch, so that visits come at regular distances. Of a cadre all of whose visits can stay where Last
// has them, none moves.
//
// Visits come back without IDs, sorted by day, cadre's code and stop; stops go by part of day, then group, so that a cadre
// walks through a group once. A visit that fits on no day is left out and named in the findings, one for each cadre; a
// household muted throughout a stretch is simply left alone in it. Where the laying begins inside a stretch, households whose
// turn is over are seen in it only while the days that are left carry no more than their even share.
func LayVisits(in VisitInput) ([]planner.Visit, []planner.Finding) {
	in.PerDay, in.PerYear = cmp.Or(in.PerDay, DefaultPerDay), cmp.Or(in.PerYear, DefaultPerYear)
	var days []civil.Date
	for _, d := range in.Days {
		if !d.Skipped {
			days = append(days, d.On)
		}
	}
	households := make(map[planner.HouseholdID]*planner.Household, len(in.Households))
	for i := range in.Households {
		households[in.Households[i].ID] = &in.Households[i]
	}
	of := map[planner.CadreID][]*planner.Household{}
	for _, p := range in.Pairings {
		if h := households[p.Household]; h != nil && h.Served() {
			of[p.Cadre] = append(of[p.Cadre], h)
		}
	}
	past := map[planner.HouseholdID][]civil.Date{}
	for _, v := range in.Past {
		if v.State != planner.VisitMoved && v.State != planner.VisitCancelled {
			past[v.Household] = append(past[v.Household], v.On)
		}
	}
	last := map[planner.CadreID][]int32{} // their visits in in.Last
	for i := range in.Last {
		last[in.Last[i].Cadre] = append(last[in.Last[i].Cadre], int32(i))
	}
	cadres := slices.Clone(in.Cadres)
	slices.SortFunc(cadres, func(a, b planner.Cadre) int { return strings.Compare(a.Code, b.Code) })

	order := make(map[planner.CadreID]int, len(cadres))
	for i, c := range cadres {
		order[c.ID] = i
	}
	type share struct {
		visits   []planner.Visit
		findings []planner.Finding
	}
	shares := make([]share, len(cadres))
	work := func(from, until int) {
		l := laying{in: in, days: days, past: past, last: map[houseDay]bool{}}
		for i := from; i < until && len(days) > 0; i++ {
			if c := cadres[i]; len(of[c.ID]) > 0 {
				l.begin(c, of[c.ID], last[c.ID])
				shares[i].visits, shares[i].findings = l.lay()
			}
		}
	}
	var all sync.WaitGroup
	for from := 0; from < len(cadres); from += cadresAtOnce {
		all.Go(func() { work(from, min(from+cadresAtOnce, len(cadres))) })
	}
	all.Wait()
	n := 0
	for i := range shares {
		n += len(shares[i].visits)
	}
	visits := make([]planner.Visit, 0, n)
	findings := tooOften(in, len(days))
	for i := range shares {
		visits = append(visits, shares[i].visits...)
		findings = append(findings, shares[i].findings...)
	}
	return sortedVisits(visits, order), findings
}

// cadresAtOnce are laid one after the other; more of them beside each other, since no cadre's visits depend on another's.
const cadresAtOnce = 500

// sortedVisits sorts by day, cadre and stop what is in the order of cadres already: only the days are dealt out.
func sortedVisits(visits []planner.Visit, order map[planner.CadreID]int) []planner.Visit {
	count := map[civil.Date]int{}
	for i := range visits {
		count[visits[i].On]++
	}
	at, n := make(map[civil.Date]int, len(count)), 0
	for _, on := range slices.SortedFunc(maps.Keys(count), civil.Date.Compare) {
		at[on] = n
		n += count[on]
	}
	out := make([]planner.Visit, n)
	for i := range visits {
		on := visits[i].On
		out[at[on]] = visits[i]
		at[on]++
	}
	less := func(a, b planner.Visit) int {
		if c := a.On.Compare(b.On); c != 0 {
			return c
		}
		if a.Cadre != b.Cadre {
			return cmp.Compare(order[a.Cadre], order[b.Cadre])
		}
		return cmp.Compare(a.Stop, b.Stop)
	}
	if !slices.IsSortedFunc(out, less) { // two of somebody's days became one
		slices.SortStableFunc(out, less)
	}
	return out
}

// houseDay is a visit of the cadre in hand to one household on one day.
type houseDay struct {
	household planner.HouseholdID
	on        civil.Date
}

// call is one visit to be laid: the n-th stretch of a household's year.
type call struct {
	house *planner.Household
	n     int
	share int // a late one joins a day only while the day has fewer visits than this; 0: not late
}

// laying is the work on one cadre's year.
type laying struct {
	in    VisitInput
	cadre planner.Cadre
	hs    []*planner.Household // by group and code
	days  []civil.Date         // the mass-work-days
	goes  []civil.Date         // where the cadre's part of each is spent; zero: nowhere
	past  map[planner.HouseholdID][]civil.Date
	last  map[houseDay]bool
	calls []call
	can   [][]int32            // by call: the days it can be on, the preferred first
	left  []*planner.Household // once for each call that fits on no day
}

// begin turns to another cadre, whose former visits are those of in.Last at the given places.
func (l *laying) begin(c planner.Cadre, hs []*planner.Household, last []int32) {
	l.cadre, l.hs = c, hs
	l.calls, l.can, l.left = l.calls[:0], l.can[:0], nil
	clear(l.last)
	for _, i := range last {
		l.last[houseDay{l.in.Last[i].Household, l.in.Last[i].On}] = true
	}
}

// lay lays the visits of the cadre, sorted by day and stop, and names what is left out.
func (l *laying) lay() ([]planner.Visit, []planner.Finding) {
	slices.SortFunc(l.hs, func(a, b *planner.Household) int {
		return cmp.Or(strings.Compare(string(a.Group), string(b.Group)), strings.Compare(a.Code, b.Code))
	})
	l.goes = append(l.goes[:0], l.days...)
	for i, d := range l.days {
		if other, ok := l.in.Instead[CadreDay{l.cadre.ID, d}]; ok {
			l.goes[i] = other
		}
	}
	for n := range l.days {
		for rank, h := range l.hs {
			l.call(n, rank, h)
		}
	}
	m := l.match()
	visits := make([]planner.Visit, 0, len(l.calls))
	for day := range l.days {
		var stops []*planner.Household
		for _, j := range m.in[day] {
			stops = append(stops, l.calls[j].house)
		}
		for i, h := range route(stops) {
			visits = append(visits, planner.Visit{Cadre: l.cadre.ID, Household: h.ID, On: l.goes[day], Stop: i + 1,
				Hours: cmp.Or(h.Hours, planner.HoursAny), State: planner.VisitPlanned})
		}
	}
	return visits, leftOut(l.cadre, l.left, l.in.PerDay)
}

// call adds the n-th visit of a household, if it has so many and this one is still to be made.
func (l *laying) call(n, rank int, h *planner.Household) {
	times := min(cmp.Or(h.PerYear, l.in.PerYear), len(l.days))
	if n >= times {
		return
	}
	first, until := n*len(l.days)/times, (n+1)*len(l.days)/times
	if slices.ContainsFunc(l.past[h.ID], stretchSpan(l.days, first, until).Contains) {
		return
	}
	var on []int32
	alone := 0 // days gone by, or on which the household is muted
	for i := first; i < until; i++ {
		switch {
		case l.goes[i].IsZero(): // excused, and no other day was found
		case l.goes[i].Before(l.in.From), h.Muted(l.goes[i]):
			alone++
		case l.in.fit(h, l.goes[i]) == FitNever:
		case !l.cadre.OnLeave(l.goes[i]):
			on = append(on, int32(i))
		}
	}
	if alone == until-first {
		return // served by being left alone, or over
	}
	if len(on) == 0 {
		l.left = append(l.left, h)
		return
	}
	want := first + rank*(until-first)/len(l.hs)
	liking := func(i int32) int { return [...]int{FitPrefer: 0, FitAny: 1, FitAvoid: 2}[l.in.fit(h, l.goes[i])] }
	slices.SortStableFunc(on, func(a, b int32) int {
		return cmp.Or(cmp.Compare(liking(a), liking(b)), cmp.Compare(away(a, want), away(b, want)))
	})
	if best := liking(on[0]); l.in.Fit != nil { // the days that suit best alone, as long as there is one
		on = slices.DeleteFunc(on, func(i int32) bool { return liking(i) > max(best, 1) })
	}
	c := call{house: h, n: n}
	if turn := l.goes[want]; !turn.IsZero() && turn.Before(l.in.From) {
		// The laying begins after this household's turn. It waits for the next stretch rather than crowd the days that are left.
		c.share = (len(l.hs) + until - first - 1) / (until - first)
	}
	l.calls, l.can = append(l.calls, c), append(l.can, on)
}

// match gives each call its day: the one it had, else the preferred, else any that others can make room on. Days are made
// even only if something is new.
func (l *laying) match() *matching {
	m := newMatching(l.can, len(l.days))
	for i := range m.room {
		m.room[i] = l.in.PerDay
	}
	stayed := 0
	for j, x := range l.calls {
		for _, i := range l.can[j] {
			if l.last[houseDay{x.house.ID, l.goes[i]}] && len(m.in[i]) < m.room[i] {
				m.put(int32(j), i)
				stayed++
				break
			}
		}
	}
	order := callOrder(l.calls)
	for _, j := range order {
		if m.at[j] >= 0 || l.calls[j].share > 0 {
			continue
		}
		if best := l.can[j][0]; len(m.in[best]) < m.room[best] {
			m.put(int32(j), best)
		} else if !m.place(int32(j)) {
			l.left = append(l.left, l.calls[j].house)
		}
	}
	for _, j := range order {
		if m.at[j] >= 0 || l.calls[j].share == 0 {
			continue
		}
		best := slices.MinFunc(l.can[j], func(a, b int32) int { return cmp.Compare(len(m.in[a]), len(m.in[b])) })
		if len(m.in[best]) < min(l.calls[j].share, m.room[best]) {
			m.put(int32(j), best)
		}
	}
	if stayed < len(l.calls) {
		m.even()
	}
	return m
}

// stretchSpan returns the days of a stretch, from its first mass-work-day's month to the next stretch's.
func stretchSpan(days []civil.Date, first, until int) civil.Span {
	s := civil.Span{From: days[first].MonthStart()}
	if first > 0 && days[first-1].MonthStart() == s.From {
		s.From = days[first] // several days a month
	}
	if until < len(days) {
		s.Until = days[until].MonthStart()
		if days[until-1].MonthStart() == s.Until {
			s.Until = days[until]
		}
	} else {
		s.Until = civil.Of(days[until-1].Year+1, time.January, 1)
	}
	return s
}

// away orders days by their distance from the wanted one, the later before the earlier.
func away(a int32, want int) int {
	d := int(a) - want
	if d < 0 {
		return -2*d + 1 // after the later day at the same distance
	}
	return 2 * d
}

// callOrder gives the calls a turn each: first every household's first, then every second, the households shifted by one
// from stretch to stretch so that not the same one is left out each time.
func callOrder(calls []call) []int {
	order := make([]int, 0, len(calls))
	for from := 0; from < len(calls); {
		until := from
		for until < len(calls) && calls[until].n == calls[from].n {
			until++
		}
		k := until - from
		for i := range k {
			order = append(order, from+(i+calls[from].n)%k)
		}
		from = until
	}
	return order
}
