package web

import (
	"math"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// villageMap is the schematic map: each township a ring, its villages inside in the order of their codes. Nothing on it
// says where a village lies, since no coordinates are public, and no colour says anything about residents.
type villageMap struct {
	Width, Height int
	Townships     []mapTownship
	Labels        bool // village names fit
	Led           int  // villages with a leader
}

type mapTownship struct {
	X, Y, R  float64
	Name     string
	Villages []mapVillage
}

type mapVillage struct {
	X, Y, R, DX, DY float64 // DX, DY: from the township's middle
	Code            planner.AreaCode
	Label           string // short name
	Name            string
	Leader          string
}

const (
	mapWidth    = 1060
	mapLabelled = 150 // up to this many villages their names are written
)

// drawMap lays the villages out; they come sorted by code, hence township by township.
func drawMap(vs []pipeline.VillageView) *villageMap {
	if len(vs) == 0 {
		return nil
	}
	m := &villageMap{Width: mapWidth, Labels: len(vs) <= mapLabelled}
	pitch, most := 15.0, 1
	if m.Labels {
		pitch = 74
	}
	for _, v := range vs {
		most = max(most, v.Groups)
	}
	for i := 0; i < len(vs); {
		j := i
		for j < len(vs) && vs[j].TownshipCode == vs[i].TownshipCode {
			j++
		}
		t := mapTownship{Name: vs[i].Township}
		rings := ringsFor(j - i)
		for k, v := range vs[i:j] {
			dx, dy := seat(k, rings)
			mv := mapVillage{DX: dx * pitch, DY: dy * pitch, Code: v.Code, Name: v.Name, Label: shortName(v.Name), Leader: v.Leader}
			mv.R = pitch * (0.26 + 0.13*math.Sqrt(float64(v.Groups)/float64(most)))
			t.R = max(t.R, math.Hypot(mv.DX, mv.DY))
			t.Villages = append(t.Villages, mv)
			if v.Leader != "" {
				m.Led++
			}
		}
		t.R += pitch * 0.62
		m.Townships = append(m.Townships, t)
		i = j
	}
	m.shelve(pitch)
	return m
}

// ringGap is the distance between two rings of seats, in units of the pitch.
const ringGap = 0.92

// ring is one ring of seats: how many, how far out.
type ring struct {
	seats  int
	radius float64
}

// ringsFor arranges n seats in concentric rings, neighbours about one pitch apart. Of the innermost rings of one to five
// it takes the one that ends with the smallest circle.
func ringsFor(n int) (best []ring) {
	for inner := 1; inner <= min(n, 5); inner++ {
		r := ring{inner, 0}
		if inner > 1 {
			r.radius = 0.5 / math.Sin(math.Pi/float64(inner))
		}
		rings, rest := []ring{r}, n-inner
		for rest > 0 {
			r.radius += ringGap
			r.seats = min(rest, int(math.Pi/math.Asin(0.5/r.radius)))
			rings, rest = append(rings, r), rest-r.seats
		}
		if best == nil || r.radius < best[len(best)-1].radius {
			best = rings
		}
	}
	return best
}

// seat is the place of the k-th of all seats, ring by ring, in units of the pitch.
func seat(k int, rings []ring) (x, y float64) {
	for i, r := range rings {
		if k >= r.seats {
			k -= r.seats
			continue
		}
		angle := 2*math.Pi*float64(k)/float64(r.seats) - math.Pi/2 + 0.35*float64(i)
		return r.radius * math.Cos(angle), r.radius * math.Sin(angle)
	}
	return 0, 0
}

// shelve puts the townships side by side on shelves, each centred, in the order of their codes.
func (m *villageMap) shelve(pitch float64) {
	gap, label := pitch*0.35, 26.0
	y := 8.0
	for i := 0; i < len(m.Townships); {
		width, tall, j := 0.0, 0.0, i
		for j < len(m.Townships) {
			w := 2*m.Townships[j].R + gap
			if j > i && width+w > mapWidth {
				break
			}
			width, tall, j = width+w, max(tall, m.Townships[j].R), j+1
		}
		x := (mapWidth-width)/2 + gap/2
		for k := i; k < j; k++ {
			t := &m.Townships[k]
			t.X, t.Y = round1(x+t.R), round1(y+label+tall)
			x += 2*t.R + gap
			for v := range t.Villages {
				p := &t.Villages[v]
				p.X, p.Y, p.R = round1(t.X+p.DX), round1(t.Y+p.DY), round1(p.R)
			}
			t.R = round1(t.R)
		}
		y += label + 2*tall + 10
		i = j
	}
	m.Height = int(y) + 8
}

// round1 keeps the SVG short.
func round1(f float64) float64 { return math.Round(f*10) / 10 }

// shortName drops the generic ending of a village's name, for a label of two to four characters.
func shortName(name string) string {
	s := name
	for _, suffix := range []string{"居民委员会", "村民委员会", "居委会", "村委会", "社区", "行政村"} {
		if t := strings.TrimSuffix(s, suffix); t != "" && t != s {
			s = t
		}
	}
	if r := []rune(s); len(r) > 5 {
		s = string(r[:4]) + "…"
	}
	return s
}
