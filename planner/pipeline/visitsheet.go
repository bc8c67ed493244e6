package pipeline

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// VisitSheet 走访表 is one cadre's day: the stops in order, the checklist, what is noted so far. Edits are those behind the
// records, for a device that goes on without a network.
type VisitSheet struct {
	Cadre     planner.CadreID   `json:"cadre"`
	Code      string            `json:"code"`
	Name      string            `json:"name"`
	Unit      string            `json:"unit"`
	On        civil.Date        `json:"on"`
	Day       planner.Text      `json:"day"`              // what the office calls the day (群众工作日, 走访)
	Days      []civil.Date      `json:"days"`             // the cadre's days with visits around On, On among them
	Places    []PlaceNote       `json:"places,omitempty"` // what holds in the villages of the day
	Checklist planner.Checklist `json:"checklist"`
	Stops     []VisitStop       `json:"stops"`
	Edits     []planner.Edit    `json:"edits"`
}

// PlaceNote is what holds in a village on the day of a sheet, and all year: market days, fairs, farm seasons, no-go days.
type PlaceNote struct {
	Name string       `json:"name"`
	Day  planner.Text `json:"day,omitzero"`
	Year planner.Text `json:"year"`
}

// placeNotes are those of the villages of the day's households.
func (v *VisitSheet) placeNotes(tx *store.Tx, visits []planner.Visit) error {
	office, err := officeDaysOf(tx)
	if err != nil || len(office.areas) == 0 {
		return err
	}
	names, err := areaNames(tx)
	if err != nil {
		return err
	}
	seen := map[planner.AreaCode]bool{}
	for _, vi := range visits {
		if vi.On != v.On || !vi.State.Counts() {
			continue
		}
		h, err := tx.Household(vi.Household)
		if planner.KindOf(err) == planner.NotFound || err == nil && seen[h.Village] {
			continue
		} else if err != nil {
			return err
		}
		seen[h.Village] = true
		if year := office.yearNote(h.Village); !year.IsZero() {
			v.Places = append(v.Places, PlaceNote{names[h.Village], office.note(h.Village, v.On), year})
		}
	}
	return nil
}

// dayCalled is what a cadre's day of visits is called, as a title.
func dayCalled(tx *store.Tx, cadre planner.CadreID, on civil.Date) (planner.Text, error) {
	es, err := tx.Events(store.EventFilter{Span: civil.Span{From: on, Until: on.AddDays(1)}, Cadre: cadre, Kinds: []planner.EventKind{planner.EventMassWorkDay}})
	if err != nil || len(es) == 0 {
		return eventTitles[planner.EventVisit], err
	}
	return eventTitle(es[0]), nil
}

// VisitStop is one household of the day.
type VisitStop struct {
	Visit     planner.VisitID    `json:"visit"`
	Stop      int                `json:"stop"`
	State     planner.VisitState `json:"state"`
	Household HouseholdRow       `json:"household"`
	Guide     string             `json:"guide,omitempty"`
	Contact   string             `json:"-"` // on the day alone, to who goes, and noted in the audit; never in JSON
	StandsFor string             `json:"stands_for,omitempty"`
	Companion string             `json:"companion,omitempty"`
	Record    planner.Record     `json:"record"`
	Refused   []RefusedEdit      `json:"refused,omitempty"`
	Open      []TaskView         `json:"open,omitempty"` // what was promised here and is not kept yet
}

// RefusedEdit is an edit that could not be taken, with the reason.
type RefusedEdit struct {
	planner.Edit
	Say planner.Text `json:"say"`
}

// sheetDays is how far around its day a sheet names the cadre's other days.
const sheetDays = 200

// VisitSheetOf returns a cadre's sheet of a day; a zero day is the next one with visits, today included, else the last before.
// NotFound if the cadre lies outside p's scope. A day without visits has no stops.
func (a *App) VisitSheetOf(ctx context.Context, p planner.Principal, cadre planner.CadreID, on civil.Date) (VisitSheet, error) {
	return a.visitSheet(ctx, p, cadre, on, true)
}

// OfflineSheetOf is [App.VisitSheetOf] for a sheet that leaves the server: no contact is opened for it.
func (a *App) OfflineSheetOf(ctx context.Context, p planner.Principal, cadre planner.CadreID, on civil.Date) (VisitSheet, error) {
	return a.visitSheet(ctx, p, cadre, on, false)
}

func (a *App) visitSheet(ctx context.Context, p planner.Principal, cadre planner.CadreID, on civil.Date, contacts bool) (v VisitSheet, err error) {
	if !p.Signed() {
		return v, mustSignIn()
	}
	today := a.Today()
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		v = VisitSheet{Cadre: cadre, On: on, Checklist: followup.VisitChecklist()}
		c, err := tx.Cadre(cadre)
		if err != nil {
			return err
		}
		v.Code, v.Name = c.Code, c.Name
		mid := cmp.Or(on, today)
		visits, err := tx.Visits(store.VisitFilter{Span: civil.Span{From: mid.AddDays(-sheetDays), Until: mid.AddDays(sheetDays)}, Cadre: cadre})
		if err != nil {
			return err
		}
		for _, vi := range visits {
			if vi.State != planner.VisitCancelled && !slices.Contains(v.Days, vi.On) {
				v.Days = append(v.Days, vi.On)
			}
		}
		if v.On.IsZero() {
			v.On = nextDay(v.Days, today)
		}
		w, err := newSheetWords(tx)
		if err != nil {
			return err
		}
		v.Unit = w.units[c.Unit]
		if v.Day, err = dayCalled(tx, cadre, v.On); err != nil {
			return err
		}
		if err := v.placeNotes(tx, visits); err != nil {
			return err
		}
		return v.stops(tx, p, w, visits, today, contacts)
	})
	return v, err
}

// nextDay is the first day from today on, else the last before; today if there is none.
func nextDay(days []civil.Date, today civil.Date) civil.Date {
	for _, d := range days {
		if !d.Before(today) {
			return d
		}
	}
	if len(days) > 0 {
		return days[len(days)-1]
	}
	return today
}

// sheetWords finds names.
type sheetWords struct {
	areas map[planner.AreaCode]string
	units map[planner.UnitID]string
}

func newSheetWords(tx *store.Tx) (w sheetWords, err error) {
	if w.areas, err = areaNames(tx); err != nil {
		return w, err
	}
	units, err := tx.Units()
	w.units = make(map[planner.UnitID]string, len(units))
	for _, u := range units {
		w.units[u.ID] = u.Name
	}
	return w, err
}

func (v *VisitSheet) stops(tx *store.Tx, p planner.Principal, w sheetWords, visits []planner.Visit, today civil.Date, contacts bool) error {
	visits = slices.DeleteFunc(visits, func(vi planner.Visit) bool { return vi.On != v.On || vi.State == planner.VisitCancelled })
	var ids []planner.VisitID
	var who []planner.CadreID
	for _, vi := range visits {
		ids = append(ids, vi.ID)
		who = append(who, vi.Cadre, vi.StandsFor, vi.Companion)
	}
	names, err := tx.CadreNames(who)
	if err != nil {
		return err
	}
	edits, err := tx.EditsOf(ids)
	if err != nil {
		return err
	}
	tasks, err := tx.Tasks(store.TaskFilter{Owner: v.Cadre, Open: true})
	if err != nil {
		return err
	}
	for _, vi := range visits {
		h, err := tx.Household(vi.Household)
		if planner.KindOf(err) == planner.NotFound {
			continue // erased or moved away meanwhile
		} else if err != nil {
			return err
		}
		s := VisitStop{Visit: vi.ID, Stop: vi.Stop, State: vi.State, Household: householdRow(h, w.areas, today), Guide: h.Guide}
		s.Household.Hours = vi.Hours
		s.StandsFor, s.Companion = names[vi.StandsFor], names[vi.Companion]
		if vi.Companion == v.Cadre {
			s.Companion = names[vi.Cadre]
		}
		if contacts && v.On == today && vi.State == planner.VisitPlanned && p.Speaks(v.Cadre) {
			if s.Contact, err = tx.ContactOnTheDay(vi); err != nil {
				return err
			}
		}
		var taken []planner.Edit
		for _, e := range edits {
			switch {
			case e.Visit != vi.ID:
			case e.Refused.IsZero():
				taken = append(taken, e.Edit)
			default:
				s.Refused = append(s.Refused, RefusedEdit{e.Edit, e.Refused})
			}
		}
		s.Record = followup.Merge(vi.ID, taken)
		v.Edits = append(v.Edits, taken...)
		for _, t := range tasks {
			if t.Household == vi.Household {
				s.Open = append(s.Open, TaskView{ID: t.ID, Say: t.Say, DueOn: t.DueOn, State: followup.StateOn(t, today), Overdue: followup.Overdue(t, today)})
			}
		}
		v.Stops = append(v.Stops, s)
	}
	return nil
}
