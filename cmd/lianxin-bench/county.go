package main

import (
	"math"
	"slices"
)

// The prices of a made county. They are shifted so that none is negative: a household within the minimum load costs 0
// instead of a reward.
const (
	beyondMinimum = 20_000  // of each household beyond a cadre's minimum load
	beyondTarget  = 400     // more for each household beyond its target than for the one before
	unservedPrice = 140_000 // of a household without cadre
	changePrice   = 2_500   // of another cadre than the present one
	roadFactor    = 1.3     // metres of road for a metre of straight line
)

// missPrice is the price of a need that the cadre cannot meet, by the household's weight class.
var missPrice = [3]int32{3_000, 2_000, 1_000}

// size is a standard size of county.
type size struct {
	Name               string
	Cadres, Households int
}

var sizes = []size{{"S", 100, 1_500}, {"M", 1_000, 15_000}, {"L", 10_000, 150_000}, {"XL", 67_000, 1_000_000}}

// point is a place in metres.
type point struct{ X, Y float64 }

func (p point) distance2(q point) float64 {
	dx, dy := p.X-q.X, p.Y-q.Y
	return float64(dx*dx) + float64(dy*dy) // the conversions forbid fused multiplication, which would round otherwise on some machines
}

// household is a made household: place, needs and present cadre.
type household struct {
	At      point
	Village int32
	Need    uint8 // set of 7 categories
	Class   uint8 // 0, 1, 2: how dear an unmet need is. A property of made instances that varies the costs; the product has no such field.
	Present int32 // its cadre, −1 for none
}

// cadre is a made cadre: place, skills and loads.
type cadre struct {
	At               point
	Skill            uint8 // set of 7 categories
	Min, Target, Cap int32
}

// county is a made instance. Costs of all pairs follow from it; none is stored.
type county struct {
	Size       string
	Seed       uint64
	Side       float64
	Households []household
	Cadres     []cadre
}

// site is a township or village while a county is being made.
type site struct {
	at     point
	weight float64
}

// makeCounty makes a county by size and seed: the same on every machine.
//
// Townships keep apart from one another, villages gather round townships, households round villages. Of the cadres 45 % sit
// at the township's office, all at one point; 35 % in teams of 8 at the centre of a village; the others live in a village.
//
// The order of draws and the hash of a pair are this program's choice, so that only its own instances compare: of size S the optimum is
// 18,729,301, where the figure published with the recipe is 17,905,862. Ten other readings, one at a time, do not have it
// either: the present cadre drawn before whether there is one, the cosine of a normal deviate before its radius, weights of
// townships after all of them, the class of a household before its needs, loads before skills, the shuffle from the front,
// households sorted after they were made, and three more hashes (16,629,533 to 18,778,525).
func makeCounty(z size, seed uint64) *county {
	r := splitmix(seed)
	scale := float64(z.Households) / 15_000
	c := &county{Size: z.Name, Seed: seed, Side: 50_000 * math.Sqrt(scale)}
	towns := c.townships(&r, max(2, int(12*scale)))
	villages, townOf := c.villages(&r, max(8, int(120*scale)), towns)
	c.settle(&r, z.Households, villages)
	c.staff(&r, z.Cadres, towns, villages, townOf)
	c.pairUp(&r)
	return c
}

// townships places n sites, each the best of 8 by distance to the last 200.
func (c *county) townships(r *splitmix, n int) []site {
	var out []site
	for range n {
		var best point
		bestD := -1.0
		for range 8 {
			p := point{r.unit() * c.Side, r.unit() * c.Side}
			d := math.Inf(1)
			for _, t := range out[max(0, len(out)-200):] {
				d = min(d, p.distance2(t.at))
			}
			if d > bestD {
				best, bestD = p, d
			}
		}
		out = append(out, site{best, math.Exp(0.5 * r.norm())})
	}
	return out
}

// villages places n sites round the townships and returns the township of each.
func (c *county) villages(r *splitmix, n int, towns []site) (out []site, townOf []int) {
	w := byWeight(towns)
	for range n {
		t := w.pick(r)
		p := towns[t].at
		p.X = min(max(p.X+r.metres(4_000), 0), c.Side)
		p.Y = min(max(p.Y+r.metres(4_000), 0), c.Side)
		out, townOf = append(out, site{p, math.Exp(0.6 * r.norm())}), append(townOf, t)
	}
	return out, townOf
}

func byWeight(sites []site) weights {
	w := make([]float64, len(sites))
	for i, s := range sites {
		w[i] = s.weight
	}
	return cumulate(w)
}

var (
	needWeights  = cumulate([]float64{.24, .20, .16, .13, .11, .09, .07})
	classWeights = cumulate([]float64{.1, .3, .6})
	skillWeights = cumulate([]float64{.5, .35, .15})
)

// settle makes the households, sorted by village.
func (c *county) settle(r *splitmix, n int, villages []site) {
	w := byWeight(villages)
	home := make([]int, n)
	for i := range home {
		home[i] = w.pick(r)
	}
	slices.Sort(home)
	for _, v := range home {
		h := household{Village: int32(v), Present: -1}
		for {
			dx, dy := r.metres(600), r.metres(600)
			if float64(dx*dx)+float64(dy*dy) <= 2_000*2_000 {
				h.At = point{villages[v].at.X + dx, villages[v].at.Y + dy}
				break
			}
		}
		h.Need = 1 << needWeights.pick(r)
		if r.unit() < .3 {
			h.Need |= 1 << needWeights.pick(r)
		}
		h.Class = uint8(classWeights.pick(r))
		c.Households = append(c.Households, h)
	}
}

// staff makes the cadres.
func (c *county) staff(r *splitmix, n int, towns, villages []site, townOf []int) {
	inTown, inVillage := make([]float64, len(towns)), make([]float64, len(villages))
	for _, h := range c.Households {
		inTown[townOf[h.Village]]++
		inVillage[h.Village]++
	}
	townWeights, villageWeights := cumulate(inTown), cumulate(inVillage)
	office, team := n*45/100, n*35/100
	var centre point
	for j := range n {
		var k cadre
		switch {
		case j < office:
			k.At = towns[townWeights.pick(r)].at
		case j < office+team:
			if (j-office)%8 == 0 {
				centre = villages[villageWeights.pick(r)].at
			}
			k.At = centre
		default:
			k.At = villages[villageWeights.pick(r)].at
			k.At.X += r.metres(600)
			k.At.Y += r.metres(600)
		}
		for range skillWeights.pick(r) + 1 {
			k.Skill |= 1 << needWeights.pick(r)
		}
		k.Min, k.Target, k.Cap = 10, 16, 20
		if r.unit() < .1 {
			k.Min, k.Target, k.Cap = 3, 6, 8
		}
		c.Cadres = append(c.Cadres, k)
	}
}

// pairUp gives most households a present cadre out of the 12 nearest, and lets some cadres leave.
func (c *county) pairUp(r *splitmix) {
	order := make([]int, len(c.Households))
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0; i-- {
		j := r.below(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	near, load := newNearest(c), make([]int32, len(c.Cadres))
	for _, i := range order {
		if r.unit() >= .8 {
			continue
		}
		close := near.find(i, min(12, len(c.Cadres)), nil)
		j := close[r.below(len(close))]
		if load[j] < c.Cadres[j].Cap+2 {
			load[j]++
			c.Households[i].Present = j
		}
	}
	left := make([]bool, len(c.Cadres))
	for j := range left {
		left[j] = r.unit() < .02
	}
	for i := range c.Households {
		if h := &c.Households[i]; h.Present >= 0 && left[h.Present] {
			h.Present = -1
		}
	}
}

// leavers are the cadres that leave in the re-plan test: 1 %, drawn apart from all else.
func (c *county) leavers() (out []int32) {
	r := splitmix(c.Seed + 1000)
	for j := range c.Cadres {
		if r.unit() < .01 {
			out = append(out, int32(j))
		}
	}
	return out
}

// pairHash decides ties and forbidden pairs.
func pairHash(i, j int) uint64 { return mix(uint64(i)<<32 | uint64(j)) }

// forbids reports whether household i must not go to cadre j: one pair in 200, never a present one.
func (c *county) forbids(i, j int) bool {
	return pairHash(i, j)%200 == 0 && c.Households[i].Present != int32(j)
}

// cost is the price of the pair without regard to whether it is forbidden.
func (c *county) cost(i, j int) int32 {
	h, k := &c.Households[i], &c.Cadres[j]
	price := int32(math.Floor(float64(roadFactor*math.Sqrt(h.At.distance2(k.At))) + 0.5))
	if unmet := h.Need &^ k.Skill; unmet != 0 {
		price += missPrice[h.Class] * bits8[unmet&0x7f]
	}
	if h.Present >= 0 && h.Present != int32(j) {
		price += changePrice
	}
	return price
}

// bits8 counts the bits of a set of categories.
var bits8 = func() (t [128]int32) {
	for x := 1; x < len(t); x++ {
		t[x] = t[x/2] + int32(x&1)
	}
	return t
}()

// places are the prices of a cadre's first, second, … household; they never fall.
func (k cadre) places() []int32 {
	out := make([]int32, k.Cap)
	for l := range out {
		switch {
		case int32(l) < k.Min:
		case int32(l) < k.Target:
			out[l] = beyondMinimum
		default:
			out[l] = beyondMinimum + beyondTarget*(int32(l)-k.Target+1)
		}
	}
	return out
}
