package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// VillageYear 村年历 is a village's year on one page: the county's days, its market days, fairs, farm seasons and days on which nobody
// calls, and the days on which cadres come, by unit. It names no cadre and no household, so that it can hang on a wall.
type VillageYear struct {
	Code     planner.AreaCode `json:"code"`
	Name     string           `json:"name"`
	Township string           `json:"township"`
	YearView
	Marks  map[civil.Date][]planner.AreaDayKind `json:"marks"` // what holds in the village on a day
	Rules  []AreaDayView                        `json:"rules"` // the same as rules, the county's and township's among them
	Visits []VillageVisit                       `json:"visits"`
	Open   bool                                 `json:"-"` // Visits is filled: the reader serves the village or plans
}

// VillageVisit is a day on which cadres come.
type VillageVisit struct {
	On     civil.Date            `json:"on"`
	Title  planner.Text          `json:"title"` // what the day is called
	Units  []string              `json:"units"`
	Marks  []planner.AreaDayKind `json:"marks,omitempty"` // what else holds in the village that day
	Status planner.EventStatus   `json:"status"`
}

// VillageYears draws the years of an area's villages, by code; an area that is a village has one. Everybody who is signed in may see
// the days; who comes is for those who serve the village and those who see all. NotFound if there is no village.
func (a *App) VillageYears(ctx context.Context, p planner.Principal, area planner.AreaCode, year int) ([]VillageYear, error) {
	base, err := a.Year(ctx, p, year)
	if err != nil {
		return nil, err
	}
	var office officeDays
	var areas []planner.Area
	var days []store.VillageDay
	err = a.DB.Read(ctx, planner.System("years of villages: no person is named"), func(tx *store.Tx) (err error) {
		if office, err = officeDaysOf(tx); err != nil {
			return err
		}
		if areas, err = tx.Areas(); err != nil {
			return err
		}
		days, err = tx.VillageDays(civil.YearSpan(year), area)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("years of villages: %w", err)
	}
	names := map[planner.AreaCode]string{}
	for _, x := range areas {
		names[x.Code] = x.Name
	}
	comes := map[planner.AreaCode][]store.VillageDay{}
	for _, d := range days {
		comes[d.Village] = append(comes[d.Village], d)
	}
	called := dayTitles(base)
	var out []VillageYear
	for _, x := range areas {
		if x.Level != planner.LevelVillage || !x.Code.Within(area) || !x.Valid.Contains(civil.Of(year, 1, 1)) && !x.Valid.Contains(civil.Of(year, 12, 31)) {
			continue
		}
		v := VillageYear{Code: x.Code, Name: x.Name, Township: names[x.Code.Township()], YearView: base, Marks: map[civil.Date][]planner.AreaDayKind{},
			Rules: office.rulesOf(x.Code, names), Open: p.SeesAll() || serves(p, x.Code)}
		for _, month := range base.Months {
			for _, cell := range month {
				for _, d := range office.of(x.Code, cell.On) {
					if !slices.Contains(v.Marks[cell.On], d.Kind) {
						v.Marks[cell.On] = append(v.Marks[cell.On], d.Kind)
					}
				}
			}
		}
		if v.Open {
			v.visits(comes[x.Code], called)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, planner.Fail(planner.NotFound, "没有代码为“"+string(area)+"”的村（社区）。", "there is no village with the code "+string(area)+".")
	}
	return out, nil
}

// dayTitles are what the county calls the days on which cadres go out.
func dayTitles(y YearView) map[civil.Date]EventView {
	called := map[civil.Date]EventView{}
	for _, month := range y.Months {
		for _, cell := range month {
			for _, e := range cell.Events {
				if (e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventFestivalVisit) && e.Status != planner.StatusCancelled {
					called[e.On] = e
				}
			}
		}
	}
	return called
}

// visits gathers the units by day.
func (v *VillageYear) visits(days []store.VillageDay, called map[civil.Date]EventView) {
	for _, d := range days {
		if n := len(v.Visits); n == 0 || v.Visits[n-1].On != d.On {
			x := VillageVisit{On: d.On, Title: eventTitles[planner.EventVisit], Marks: v.Marks[d.On], Status: planner.StatusConfirmed}
			if e, ok := called[d.On]; ok {
				x.Title, x.Status = e.Title, e.Status
			}
			v.Visits = append(v.Visits, x)
		}
		x := &v.Visits[len(v.Visits)-1]
		x.Units = append(x.Units, d.Unit)
	}
}

// rulesOf lists the days of areas that hold in a village, its own last.
func (o *officeDays) rulesOf(place planner.AreaCode, names map[planner.AreaCode]string) (views []AreaDayView) {
	last := planner.AreaCode("")
	for _, code := range []planner.AreaCode{place.County(), place.Township(), place.Village()} {
		if code == last {
			continue
		}
		last = code
		for _, d := range o.areas[code] {
			views = append(views, AreaDayView{d.AreaDay, names[code], areaDayNames[d.Kind], d.rule.Say()})
		}
	}
	return views
}
