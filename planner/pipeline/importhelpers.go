package pipeline

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// checkHelpers checks helpers and wishes.
func (c *importCheck) checkHelpers() {
	first := map[string]planner.Place{}
	place := func(at planner.Place, column string, code planner.AreaCode) {
		if level := c.areas[code]; code != "" && level != planner.LevelVillage && level != planner.LevelGroup {
			c.stop(at, column, "unknown-area", "没有代码为“"+string(code)+"”的村（社区）或组。请核对，或先在《村组》表里补上。", "there is no village or group "+string(code)+". Check the code, or add it to 村组 first.")
		}
	}
	for _, r := range c.batch.Helpers {
		c.double(first, r.Code, r.Code, r.Place, "人员编号")
		place(r.Place, "服务区划", r.Area)
		if r.What == planner.HelperVolunteer && len(r.Skills) == 0 {
			c.add(planner.Warn, r.Place, "能帮忙的事", "no-skill", "这名志愿者没有填能帮忙的事，没法对口安排。", "this volunteer names nothing to help with and cannot be matched.")
		}
	}
	for _, r := range c.batch.Wishes {
		c.household(r.Place, "户编号", r.Household)
		c.cadre(r.Place, "工号", r.Cadre)
		place(r.Place, "村组代码", r.Area)
	}
}

// mergeHelpers lays helper rows over the stored helpers.
func (m *merged) mergeHelpers(b sheet.Batch, old planner.Roster, newID planner.NewID) {
	stored := map[string]planner.Helper{}
	for _, h := range old.Helpers {
		stored[h.Code] = h
	}
	for _, r := range b.Helpers {
		h, ok := stored[r.Code]
		if !ok {
			h.ID = planner.HelperID(newID())
			m.added[sheet.Helpers]++
		}
		h.Code, h.Name, h.Kind, h.Area, h.Skills, h.Capacity, h.Agreement, h.Active = r.Code, r.Name, r.What, r.Area, r.Skills, r.Capacity, r.Agreement, true
		m.helpers = append(m.helpers, h)
	}
	byCode(m.helpers, func(h planner.Helper) string { return h.Code })
}

// mergeWishes adds the wishes that are new.
func (m *merged) mergeWishes(b sheet.Batch, old planner.Roster, cadres map[string]planner.CadreID, households householdIDs) {
	have := map[planner.Wish]bool{}
	for _, w := range old.Wishes {
		have[w] = true
	}
	for _, r := range b.Wishes {
		w := planner.Wish{Household: households(r.Household), Cadre: cadres[r.Cadre], Area: r.Area}
		if have[w] {
			m.same++
			continue
		}
		have[w] = true
		m.wishes = append(m.wishes, w)
	}
	m.wishes = slices.Clip(m.wishes)
}
