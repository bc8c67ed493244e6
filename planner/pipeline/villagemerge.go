package pipeline

import (
	"fmt"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// VillageMerge is a village (code) that was merged into another.
type VillageMerge struct {
	From planner.AreaCode `json:"from"`
	Into planner.AreaCode `json:"into"`
}

// mergedVillages is what mergers of villages change of a roster.
type mergedVillages struct {
	areas      []planner.Area // that end, and groups that begin
	units      []planner.Unit
	cadres     []planner.Cadre
	households []planner.Household
	recusals   []planner.Recusal
	helpers    []planner.Helper
	wishes     []planner.Wish
	findings   []planner.Finding
}

// mergeVillages works out what mergers change, from the plan's first day on: the village of before ends with its groups, its households
// go to the other one in groups of the same people under new codes, and whatever was said of it is said of the other: the villages
// that units serve, where cadres come from, whom they may not look after, whom helpers serve and cadres would like to serve. Invalid
// or NotFound names the code that is wrong.
func mergeVillages(r planner.Roster, ms []VillageMerge, day civil.Date) (out mergedVillages, err error) {
	area := map[planner.AreaCode]planner.Area{}
	for _, a := range r.Areas {
		area[a.Code] = a
	}
	to := map[planner.AreaCode]planner.AreaCode{} // villages and groups, of before → of now
	for _, m := range ms {
		for _, code := range []planner.AreaCode{m.From, m.Into} {
			if a, ok := area[code]; !ok || a.Level != planner.LevelVillage || !a.Valid.Contains(day) {
				return out, planner.Fail(planner.NotFound, "没有代码为“"+string(code)+"”、还在使用的村（社区），请核对12位代码。", "there is no village in use with code "+string(code)+"; please check the 12 digits.")
			}
		}
		switch {
		case m.From == m.Into:
			return out, planner.Fail(planner.Invalid, area[m.From].Name+"不能并入它自己。", area[m.From].Name+" cannot be merged into itself.")
		case m.From.County() != m.Into.County():
			return out, planner.Fail(planner.Invalid, area[m.From].Name+"和"+area[m.Into].Name+"不在同一个县。", area[m.From].Name+" and "+area[m.Into].Name+" are not of one county.")
		case to[m.From] != "":
			return out, planner.Fail(planner.Invalid, area[m.From].Name+"写了两次，只能并入一个村。", area[m.From].Name+" is named twice; it can go into one village.")
		}
		to[m.From] = m.Into
	}
	for _, m := range ms {
		if to[m.Into] != "" {
			return out, planner.Fail(planner.Invalid, area[m.Into].Name+"自己也要并入别的村，请直接写最后并入的村。", area[m.Into].Name+" is itself merged; name the village that remains.")
		}
		if err := out.groups(r.Areas, area, m, to, day); err != nil {
			return out, err
		}
	}
	moved := func(a *planner.AreaCode) bool {
		now := to[*a]
		if now == "" {
			return false
		}
		*a = now
		return true
	}
	from := map[planner.HouseholdID]planner.AreaCode{}
	homes := map[planner.AreaCode]int{}
	for _, h := range r.Households {
		was := h.Village
		if moved(&h.Village) {
			if h.Group != "" && !moved(&h.Group) {
				h.Group = ""
			}
			from[h.ID] = was
			homes[was]++
			out.households = append(out.households, h)
		}
	}
	for _, u := range r.Units {
		if slices.ContainsFunc(u.Villages, func(v planner.AreaCode) bool { return to[v] != "" }) {
			vs := make([]planner.AreaCode, 0, len(u.Villages))
			for _, v := range u.Villages {
				if moved(&v); !slices.Contains(vs, v) {
					vs = append(vs, v)
				}
			}
			u.Villages = vs
			out.units = append(out.units, u)
		}
	}
	rank := map[planner.CadreID]planner.Rank{}
	for _, c := range r.Cadres {
		rank[c.ID] = c.Rank
		if moved(&c.NativeVillage) {
			out.cadres = append(out.cadres, c)
		}
	}
	for _, x := range r.Recusals {
		was := x.Village
		if x.Village == "" || !moved(&x.Village) {
			continue
		}
		if rank[x.Cadre] != planner.RankStaff { // leaders and section-level cadres have villages and groups
			out.recusals = append(out.recusals, x)
		}
		for _, h := range out.households {
			if from[h.ID] == was {
				out.recusals = append(out.recusals, planner.Recusal{Cadre: x.Cadre, Household: h.ID, Kind: x.Kind})
			}
		}
	}
	out.recusals = slices.DeleteFunc(out.recusals, func(x planner.Recusal) bool { return slices.Contains(r.Recusals, x) })
	for _, h := range r.Helpers {
		if moved(&h.Area) {
			out.helpers = append(out.helpers, h)
		}
	}
	for _, w := range r.Wishes {
		if w.Area != "" && moved(&w.Area) && !slices.Contains(r.Wishes, w) && !slices.Contains(out.wishes, w) {
			out.wishes = append(out.wishes, w)
		}
	}
	for _, m := range ms {
		n := strconv.Itoa(homes[m.From])
		out.findings = append(out.findings, planner.Finding{Severity: planner.Note, Code: "village-merged", Say: planner.Text{
			ZH: area[m.From].Name + "（" + string(m.From) + "）并入" + area[m.Into].Name + "（" + string(m.Into) + "）：" + n + "户随村转入，包联单位、回避、原籍、服务地一并改过。" + area[m.From].Name + "的逢集、庙会、农忙、不入户日子没有转，请在《村组》表里核对。",
			EN: area[m.From].Name + " (" + string(m.From) + ") is merged into " + area[m.Into].Name + " (" + string(m.Into) + "): " + n + " households go along; units, recusals, native villages and helpers follow. Its market, fair, farm and no-go days do not; check them in sheet 村组."}})
	}
	return out, nil
}

// groups ends a village with its groups and makes them groups of the other one, numbered after those that it ever had.
func (m *mergedVillages) groups(all []planner.Area, area map[planner.AreaCode]planner.Area, v VillageMerge, to map[planner.AreaCode]planner.AreaCode, day civil.Date) error {
	old := area[v.From]
	old.Valid.Until = day
	m.areas = append(m.areas, old)
	last := 0
	for _, a := range append(slices.Clone(all), m.areas...) {
		if a.Level == planner.LevelGroup && a.Code.Village() == v.Into {
			if n, err := strconv.Atoi(string(a.Code[min(13, len(a.Code)):])); err == nil {
				last = max(last, n)
			}
		}
	}
	for _, g := range all {
		if g.Level != planner.LevelGroup || g.Code.Village() != v.From || !g.Valid.Contains(day) {
			continue
		}
		if last++; last > 99 {
			return planner.Fail(planner.Invalid, area[v.Into].Name+"并村以后超过99个组，编号放不下。", area[v.Into].Name+" would have more than 99 groups.")
		}
		now := planner.Area{Code: planner.AreaCode(fmt.Sprintf("%s-%02d", v.Into, last)), Name: old.Name + g.Name, Level: planner.LevelGroup, Parent: v.Into, Valid: civil.Span{From: day}}
		to[g.Code] = now.Code
		g.Valid.Until = day
		m.areas = append(m.areas, g, now)
	}
	return nil
}

// over lays the changes over a roster.
func (m mergedVillages) over(r planner.Roster) planner.Roster {
	r.Areas = overlay(r.Areas, m.areas, func(x planner.Area) planner.AreaCode { return x.Code })
	r.Units = overlay(r.Units, m.units, func(x planner.Unit) planner.UnitID { return x.ID })
	r.Cadres = withCadres(r.Cadres, m.cadres)
	r.Households = overlay(r.Households, m.households, func(x planner.Household) planner.HouseholdID { return x.ID })
	r.Recusals = append(slices.Clone(r.Recusals), m.recusals...)
	r.Helpers = overlay(r.Helpers, m.helpers, func(x planner.Helper) planner.HelperID { return x.ID })
	r.Wishes = append(slices.Clone(r.Wishes), m.wishes...)
	return r
}

// put stores the changes. Households are read again: only where they live changes.
func (m mergedVillages) put(tx *store.Tx) error {
	if len(m.areas) == 0 {
		return nil
	}
	households := make([]planner.Household, len(m.households))
	for i, h := range m.households {
		now, err := tx.Household(h.ID)
		if err != nil {
			return err
		}
		now.Village, now.Group = h.Village, h.Group
		households[i] = now
	}
	for _, put := range []func() error{
		func() error { return tx.PutAreas(m.areas) },
		func() error { return tx.PutUnits(m.units) },
		func() error { return tx.PutCadres(m.cadres) },
		func() error { return tx.PutHouseholds(households) },
		func() error { return tx.PutRecusals(m.recusals) },
		func() error { return tx.PutHelpers(m.helpers) },
		func() error { return tx.PutPairWishes(m.wishes) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	return nil
}
