package pipeline

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/store"
)

// Places are the villages and units that lists filter by and the map shows, in the order of their codes.
type Places struct {
	Villages []VillageView `json:"villages"`
	Units    []UnitView    `json:"units"`
}

// VillageView is a village with where it belongs and the size of the circle that the map draws: its groups. It holds no
// figure about its residents (domain.md §6.2a: no map by need).
type VillageView struct {
	Code         planner.AreaCode `json:"code"`
	Name         string           `json:"name"`
	TownshipCode planner.AreaCode `json:"township_code"`
	Township     string           `json:"township"`
	Groups       int              `json:"groups"`
	Leader       string           `json:"leader,omitempty"` // 包联领导 of the newest plan, empty before it
}

// UnitView is a unit as a filter names it.
type UnitView struct {
	ID   planner.UnitID `json:"id"`
	Name string         `json:"name"`
}

// Places returns the villages and units within the reader's scope.
func (a *App) Places(ctx context.Context, p planner.Principal) (out Places, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = Places{}
		areas, err := tx.Areas()
		if err != nil {
			return err
		}
		name, groups := map[planner.AreaCode]string{}, map[planner.AreaCode]int{}
		for _, ar := range areas {
			name[ar.Code] = ar.Name
			if ar.Level == planner.LevelGroup {
				groups[ar.Code.Village()]++
			}
		}
		leader, err := leadersOf(tx)
		if err != nil {
			return err
		}
		for _, ar := range areas {
			if ar.Level == planner.LevelVillage {
				t := ar.Code.Township()
				out.Villages = append(out.Villages, VillageView{Code: ar.Code, Name: ar.Name, TownshipCode: t, Township: name[t],
					Groups: groups[ar.Code], Leader: leader[ar.Code]})
			}
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		for _, u := range units {
			out.Units = append(out.Units, UnitView{u.ID, u.Name})
		}
		return nil
	})
	if err != nil {
		return Places{}, fmt.Errorf("places: %w", err)
	}
	return out, nil
}

// leadersOf names the leader of each village in the newest plan that the office works with: the published one, else the
// newest head.
func leadersOf(tx *store.Tx) (map[planner.AreaCode]string, error) {
	heads, err := tx.PlanHeads()
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	head := heads[0]
	for _, h := range heads {
		if h.Status == planner.PlanPublished && h.Period == head.Period {
			head = h
		}
	}
	leader := map[planner.AreaCode]string{}
	name := map[planner.CadreID]string{}
	for offset := 0; ; {
		rows, total, err := tx.PairingsOf(head.ID, store.PairingFilter{Tier: planner.TierVillage, Offset: offset, Limit: 500})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if _, ok := name[r.Cadre]; !ok {
				c, err := tx.Cadre(r.Cadre)
				if planner.KindOf(err) == planner.NotFound {
					continue // outside the reader's scope
				} else if err != nil {
					return nil, err
				}
				name[r.Cadre] = c.Name
			}
			leader[r.Area] = name[r.Cadre]
		}
		if offset += len(rows); len(rows) == 0 || offset >= total {
			return leader, nil
		}
	}
}

// Ping reports whether the database answers.
func (a *App) Ping(ctx context.Context) error {
	return a.DB.Read(ctx, planner.System("health"), func(tx *store.Tx) error {
		_, err := tx.Setting("health")
		return err
	})
}
