package sample

import (
	"context"
	"fmt"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// Per mille of households; what they chose is theirs, so most chose nothing.
const (
	withNeed    = 380
	withSecond  = 250 // of those
	withGuide   = 600
	withContact = 450
)

// Recusals, per mille of the consenting households.
const (
	recuseLast     = 5  // the household asks for another cadre than last year's, no reason
	recuseDeclared = 14 // a cadre of a unit that serves the village declares one
	recuseOrdered  = 2
)

// muster writes the households of all villages, last year's pairs beside them, and collects the recusals and promises
// that come of them.
type muster struct {
	p        preset
	seed     uint64
	l        *land
	n        *network
	homes    *output
	pairs    *output
	recusals []sheet.RecusalRow
	promises []sheet.TaskRow
	promise  quota
	extra    extras
	spare    []int // per county: where the search for a cadre with room stands among n.staff
	count    int   // households so far
	paired   int
	agreed   int
	rare     int
}

func (m *muster) run(ctx context.Context, progress func(done int)) error {
	m.spare = make([]int, len(m.l.counties))
	m.promise.want, m.promise.left = m.p.promises, 0
	for _, v := range m.l.villages {
		m.promise.left += v.paired
	}
	for i := range m.l.villages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.village(i); err != nil {
			return err
		}
		progress(m.count)
	}
	return nil
}

// village writes one village, group by group.
func (m *muster) village(i int) error {
	v := m.l.villages[i]
	agreed, paired := quota{v.agreed, v.size}, quota{v.paired, v.agreed}
	turn := newTurn(m, i)
	seq := 0
	for g, size := range v.groups {
		turn.next()
		for range size {
			seq++
			m.count++
			r := at(m.seed, "household", m.count)
			h := m.household(r, v, g, seq, agreed.take(r))
			if err := m.homes.put(h); err != nil {
				return err
			}
			if h.Consent != planner.ConsentGiven {
				continue
			}
			m.agreed++
			last := -1
			if paired.take(r) {
				last = turn.cadre(r)
				m.paired++
				if err := m.pairs.put(sheet.PairingRow{Household: h.Code, Cadre: m.n.staff[last].code}); err != nil {
					return err
				}
			}
			m.after(r, i, h, last)
			m.extra.home(m, i, h, last)
		}
	}
	return nil
}

// household draws one household: what domain.md §3 keeps and nothing else.
func (m *muster) household(r *rng, v village, g, seq int, agreed bool) sheet.HouseholdRow {
	h := sheet.HouseholdRow{Code: fmt.Sprintf("%s-%04d", v.tag(), seq), Village: v.code, Group: fmt.Sprintf("%02d", g+1), Head: maskedHead(r),
		Hours: planner.HoursAny, Consent: planner.ConsentGiven}
	if seq == 7 && m.rare < len(rareHeads) {
		h.Head = rareHeads[m.rare]
		m.rare++
	}
	if !agreed {
		h.Consent = []planner.Consent{planner.ConsentUnasked, planner.ConsentDeclined, planner.ConsentWithdrawn}[min(2, r.n(20)/8)] // 40, 40, 20 %
		return h
	}
	switch n := r.n(100); {
	case n < 18:
		h.Hours = planner.HoursMorning
	case n < 35:
		h.Hours = planner.HoursAfternoon
	case n < 45:
		h.Hours = planner.HoursEvening
	}
	if r.chance(withGuide) {
		h.Guide = pick(r, []string{"由群众工作室带路", "先联系网格员", "请网格员陪同", "到群众工作室会合"})
	}
	if r.chance(withContact) {
		h.Contact = fmt.Sprintf("%s-0%06d", m.p.phone, (100_000+m.count)%1_000_000) // the cadres' lines are 0000001 and up
	}
	if r.chance(withNeed) {
		first := r.n(len(planner.Needs))
		h.Needs = []planner.Need{planner.Needs[first]}
		if second := r.n(len(planner.Needs)); r.chance(withSecond) && second > first {
			h.Needs = append(h.Needs, planner.Needs[second])
		}
	}
	switch n := r.n(100); {
	case n < 6:
		h.PerYear = 2
	case n < 8:
		h.PerYear = 3
	case n < 11:
		h.PerYear = 6
	}
	return h
}

// after adds the recusals and the promise that a household comes with. Last is its cadre of last year, -1 if none.
func (m *muster) after(r *rng, i int, h sheet.HouseholdRow, last int) {
	if last >= 0 && r.chance(recuseLast) {
		m.recusals = append(m.recusals, sheet.RecusalRow{Cadre: m.n.staff[last].code, Household: h.Code, Mode: planner.RecusalRequested})
	}
	if r.chance(recuseDeclared) {
		if c := m.server(r, i); c >= 0 && c != last {
			m.recusals = append(m.recusals, sheet.RecusalRow{Cadre: m.n.staff[c].code, Household: h.Code, Mode: planner.RecusalDeclared})
		}
	} else if r.chance(recuseOrdered) {
		if c := m.server(r, i); c >= 0 && c != last {
			m.recusals = append(m.recusals, sheet.RecusalRow{Cadre: m.n.staff[c].code, Household: h.Code, Mode: planner.RecusalOrdered})
		}
	}
	if last >= 0 && m.promise.take(r) {
		m.promises = append(m.promises, m.task(r, h, last))
	}
}

// server draws a staff cadre of a unit that serves the village, -1 if there is none.
func (m *muster) server(r *rng, i int) int {
	u := m.n.units[pick(r, m.l.villages[i].serving)]
	if u.staff == 0 {
		return -1
	}
	return u.first + r.n(u.staff)
}

// villageRecusals are declared by staff for a whole village: their own native one, or where their family lives.
func (m *muster) villageRecusals() []sheet.RecusalRow {
	var out []sheet.RecusalRow
	want := max(1, len(m.n.staff)/40)
	for k := range want {
		r := at(m.seed, "village recusal", k)
		c := m.n.staff[r.n(len(m.n.staff))]
		v := pick(r, m.l.counties[m.n.units[c.unit].county].villages)
		out = append(out, sheet.RecusalRow{Cadre: c.code, Village: m.l.villages[v].code, Mode: planner.RecusalDeclared})
	}
	return out
}

// promised are things that staff promise at the door, one sentence each, by need.
var promised = map[planner.Need][]string{
	planner.NeedPolicy:  {"送一份养老金认证办理指南并讲清步骤", "问清公租房申请条件后答复", "把医保缴费时间和办法打印送来"},
	planner.NeedFarming: {"请农技员来看一次大棚", "带一份春季果树修剪要点", "联系种子站问清补贴种子领取时间"},
	planner.NeedJobs:    {"送最近一期招聘信息", "帮助报名电工技能培训", "问清创业担保贷款需要哪些材料"},
	planner.NeedStudy:   {"问清助学贷款办理地点和时间", "借两本小学阅读书目送来", "联系学校问清转学手续"},
	planner.NeedCare:    {"联系社区食堂问清送餐办法", "请志愿者每周来陪聊一次", "帮助申请安装楼道扶手"},
	planner.NeedLegal:   {"约法律援助中心律师讲一次租房合同", "问清遗失证件补办的法律手续", "请调解员来商量相邻采光的事"},
	planner.NeedErrands: {"代办老年公交卡", "代交水费并把收据送来", "报修楼道照明并回访是否修好"},
}

// task draws an open promise to a household. Due days lie around the beginning of the year, so that some are overdue on
// its first working day.
func (m *muster) task(r *rng, h sheet.HouseholdRow, last int) sheet.TaskRow {
	need := pick(r, planner.Needs)
	if len(h.Needs) > 0 {
		need = h.Needs[0]
	}
	due := promisesFrom.AddDays(r.n(promisesTill.Sub(promisesFrom) + 1))
	on := due.AddDays(-r.in(10, 50))
	if on.After(lastPromise) {
		on = lastPromise
	}
	return sheet.TaskRow{Code: "S" + strconv.Itoa(planYear) + "-" + fmt.Sprintf("%04d", len(m.promises)+1), Cadre: m.n.staff[last].code, Household: h.Code,
		Say: pick(r, promised[need]), PromisedOn: on, DueOn: due}
}
