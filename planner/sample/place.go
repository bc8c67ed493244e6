package sample

import (
	"strings"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// writePlaces writes the areas from the county down to the groups, and the network.
func writePlaces(w *output, l land, n network) error {
	for _, c := range l.counties {
		if err := w.put(sheet.AreaRow{Code: c.code, Name: c.name, Level: planner.LevelCounty}); err != nil {
			return err
		}
	}
	for _, t := range l.townships {
		if err := w.put(sheet.AreaRow{Code: t.code, Name: strings.TrimSuffix(t.name, "办事处"), Level: planner.LevelTownship, Parent: l.counties[t.county].code}); err != nil {
			return err
		}
	}
	for _, v := range l.villages {
		if err := w.put(sheet.AreaRow{Code: v.code, Name: v.name, Level: planner.LevelVillage, Parent: l.townships[v.township].code}); err != nil {
			return err
		}
	}
	for _, v := range l.villages {
		for g := range v.groups {
			if err := w.put(sheet.AreaRow{Code: groupCode(v.code, g), Name: groupName(v, g), Level: planner.LevelGroup, Parent: v.code}); err != nil {
				return err
			}
		}
	}
	for _, u := range n.units {
		if err := w.put(u.row(l)); err != nil {
			return err
		}
	}
	return nil
}
