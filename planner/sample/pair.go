package sample

// turn deals last year's households of one village out to cadres, as an office does it: the staff of the units that serve
// the village take a few neighbours each in turn; now and then a household is with somebody from elsewhere.
type turn struct {
	m     *muster
	own   []int // staff of the serving units, nearest unit first
	at    int   // whose turn it is
	block int   // neighbours that this cadre still takes
	home  int   // county
	rnd   *rng
}

// elsewhere is the share, per mille, of households whose cadre's unit does not serve the village: old friendships.
const elsewhere = 40

func newTurn(m *muster, village int) *turn {
	v := m.l.villages[village]
	t := &turn{m: m, home: v.county, rnd: at(m.seed, "turn", village)}
	for _, u := range v.serving {
		unit := m.n.units[u]
		for k := range unit.staff {
			t.own = append(t.own, unit.first+k)
		}
	}
	t.at = -1
	t.next()
	return t
}

// next hands the turn on, at the end of a block and at the border of a group.
func (t *turn) next() {
	t.at++
	if t.at >= len(t.own) {
		t.at = 0
	}
	t.block = t.rnd.in(3, 7)
}

// cadre returns who had the next household and counts it. Nobody ever has more than the preset's full load.
func (t *turn) cadre(r *rng) int {
	staff := t.m.n.staff
	if r.chance(elsewhere) {
		if c := t.far(r); c >= 0 {
			staff[c].load++
			return c
		}
	}
	if t.block == 0 {
		t.next()
	}
	t.block--
	for _, limit := range []int16{int16(t.m.p.usual), int16(t.m.p.full)} {
		for range len(t.own) {
			if c := t.own[t.at]; staff[c].load < limit {
				staff[c].load++
				return c
			}
			t.next()
			t.block--
		}
	}
	c := t.spare()
	staff[c].load++
	return c
}

// far draws somebody of the whole sample with room; -1 if the first few drawn have none.
func (t *turn) far(r *rng) int {
	for range 8 {
		if c := r.n(len(t.m.n.staff)); t.m.n.units[t.m.n.staff[c].unit].county == t.home && t.m.n.staff[c].load < int16(t.m.p.usual) {
			return c
		}
	}
	return -1
}

// spare finds a cadre of the county with room, when the village's own units are full. Loads only grow, so the search
// goes on from where it stood; it wraps to other counties only if the whole county is full.
func (t *turn) spare() int {
	m := t.m
	for ; m.spare[t.home] < len(m.n.staff); m.spare[t.home]++ {
		c := m.n.staff[m.spare[t.home]]
		if m.n.units[c.unit].county == t.home && c.load < int16(m.p.full) {
			return m.spare[t.home]
		}
	}
	for c := range m.n.staff {
		if m.n.staff[c].load < int16(m.p.full) {
			return c
		}
	}
	panic("sample: more households of last year than its staff can have")
}
