package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// HouseholdSlip 户卡 is a household's card as it is printed: the only time that its codes can be read. It is handed over
// sealed, or at the counter; the visiting cadre never sees it (domain.md §6.2a.3).
type HouseholdSlip struct {
	Household string `json:"household"` // code of the household
	Head      string `json:"head"`
	Village   string `json:"village"`
	Code      string `json:"code"`      // opens /my
	Complaint string `json:"complaint"` // opens /complain
}

// IssueCards makes new cards for the served households of a village that have none, or for one household (again, when the old card is
// lost). Planners and clerks; the caller prints them at once, since the codes are stored nowhere.
func (a *App) IssueCards(ctx context.Context, p planner.Principal, village planner.AreaCode, household planner.HouseholdID) (out []HouseholdSlip, err error) {
	if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, planner.Fail(planner.Forbidden, "户卡由窗口或组织部门制作。", "cards are made at the counter or by the planner")
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "issue-cards", Now: a.Now()}, func(tx *store.Tx) error {
		out = nil
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		had, err := tx.CardsOf(village)
		if err != nil {
			return err
		}
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		var cards []planner.Card
		for _, h := range r.Households {
			if household != "" && h.ID != household || household == "" && (h.Village != village || had[h.ID]) || !h.Active {
				continue
			}
			s := HouseholdSlip{Household: h.Code, Head: h.Head, Village: names[h.Village], Code: newCode(), Complaint: newCode()}
			out = append(out, s)
			cards = append(cards, planner.Card{Household: h.ID, CodeHash: hashCode(s.Code), ComplaintHash: hashCode(s.Complaint), IssuedOn: a.Today()})
		}
		if household != "" && len(out) == 0 {
			return planner.Fail(planner.NotFound, "没有这户，或不在您的范围内。", "there is no such household, or none within your scope")
		}
		return tx.PutCards(cards)
	})
	return out, err
}

// hashCode is by what a card is found, however its code was typed.
func hashCode(code string) string { return secretHash(plainCode(code)) }

// asHousehold is who acts when somebody holds a household's card.
func asHousehold() planner.Principal { return planner.System("household by card") }

// MyRecord 我家的记录 is everything that the office holds about a household, who saw it, and what is to come.
type MyRecord struct {
	Code      string            `json:"code"`
	Head      string            `json:"head"`
	Area      string            `json:"area"`
	Guide     string            `json:"guide,omitempty"`
	Contact   string            `json:"contact,omitempty"` // masked: 199****0001
	Hours     planner.Hours     `json:"hours"`
	Consent   planner.Consent   `json:"consent"`
	Needs     []planner.Need    `json:"needs,omitempty"`
	MuteUntil civil.Date        `json:"mute_until,omitzero"`
	PerYear   int               `json:"visits_per_year,omitempty"`
	Way       string            `json:"way"`             // how it hears of visits
	Cadre     string            `json:"cadre,omitempty"` // who looks after it, with the unit
	Phone     string            `json:"phone,omitempty"` // of the cadre's office
	Why       []planner.Text    `json:"why,omitempty"`   // why this cadre; reasons that expose somebody read 按规定不安排
	Visits    []MyVisit         `json:"visits,omitempty"`
	Promises  []TaskView        `json:"promises,omitempty"`
	Looks     []planner.Look    `json:"looks,omitempty"`
	Requests  []planner.Request `json:"requests,omitempty"`
}

// MyVisit is one visit with what was noted.
type MyVisit struct {
	On    civil.Date         `json:"on"`
	State planner.VisitState `json:"state"`
	Who   string             `json:"who"`
	Notes []planner.Text     `json:"notes,omitempty"`
}

// MyRecord returns what the card's code opens. NotFound for a code that opens nothing, or that is for complaints.
func (a *App) MyRecord(ctx context.Context, code string) (v MyRecord, err error) {
	err = a.DB.Read(ctx, asHousehold(), func(tx *store.Tx) error {
		v = MyRecord{}
		h, err := householdOf(tx, code)
		if err != nil {
			return err
		}
		ways, err := tx.HouseholdWays([]planner.HouseholdID{h.ID})
		if err != nil {
			return err
		}
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		v = MyRecord{Code: h.Code, Way: cmp.Or(ways[h.ID], planner.HouseholdByRoom), Head: h.Head, Area: cmp.Or(names[h.Group], names[h.Village]), Guide: h.Guide, Hours: h.Hours, Consent: h.Consent,
			Needs: h.Needs, MuteUntil: h.MuteUntil, PerYear: h.PerYear}
		contact, err := tx.ContactOfCard(h.ID)
		if err != nil {
			return err
		}
		v.Contact = masked(contact)
		if err := v.addCadre(tx, h, a.Today().Year); err != nil {
			return err
		}
		if err := v.addVisits(tx, h, a.Today()); err != nil {
			return err
		}
		if v.Requests, err = tx.Requests(h.ID, false); err != nil {
			return err
		}
		v.Looks, err = tx.LooksAt(h.ID)
		return err
	})
	return v, err
}

// householdOf is the household whose record a code opens.
func householdOf(tx *store.Tx, code string) (planner.Household, error) {
	c, err := tx.CardByHash(hashCode(code))
	if err != nil {
		return planner.Household{}, err
	}
	if c.CodeHash != hashCode(code) {
		return planner.Household{}, planner.Fail(planner.NotFound, "这是投诉用的码，查询请用户卡上的另一个码。", "this code is for complaints; use the other one on the card")
	}
	return tx.Household(c.Household)
}

// masked shows the ends of a telephone number.
func masked(s string) string {
	r := []rune(s)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:3]) + "****" + string(r[len(r)-4:])
}

func (v *MyRecord) addCadre(tx *store.Tx, h planner.Household, year int) error {
	plan, err := tx.PlanFor(year, planner.PlanPublished)
	if planner.KindOf(err) == planner.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	i := slices.IndexFunc(plan.Pairings, func(p planner.Pairing) bool { return p.Household == h.ID && p.Tier == planner.TierHousehold })
	if i < 0 {
		return nil
	}
	c, err := tx.Cadre(plan.Pairings[i].Cadre)
	if err != nil {
		return err
	}
	units, err := tx.Units()
	if err != nil {
		return err
	}
	v.Cadre, v.Phone = c.Name, c.OfficePhone
	for _, u := range units {
		if u.ID == c.Unit {
			v.Cadre += "（" + u.Name + "）"
		}
	}
	for _, r := range plan.Pairings[i].Reasons {
		say := r.Say
		if r.Private {
			say = planner.Text{ZH: "按规定安排", EN: "arranged under the rules"}
		}
		if !slices.Contains(v.Why, say) {
			v.Why = append(v.Why, say)
		}
	}
	return nil
}

func (v *MyRecord) addVisits(tx *store.Tx, h planner.Household, today civil.Date) error {
	visits, err := tx.Visits(store.VisitFilter{Household: h.ID, Span: civil.Span{From: today.AddDays(-400), Until: today.AddDays(400)}})
	if err != nil {
		return err
	}
	var ids []planner.VisitID
	var who []planner.CadreID
	for _, vi := range visits {
		ids, who = append(ids, vi.ID), append(who, vi.Cadre)
	}
	edits, err := tx.EditsOf(ids)
	if err != nil {
		return err
	}
	names, err := tx.CadreNames(who)
	if err != nil {
		return err
	}
	list := followup.VisitChecklist()
	for _, vi := range visits {
		if vi.State == planner.VisitCancelled {
			continue
		}
		m := MyVisit{On: vi.On, State: vi.State, Who: names[vi.Cadre]}
		var own []planner.Edit
		for _, e := range edits {
			if e.Visit == vi.ID && e.Refused.IsZero() {
				own = append(own, e.Edit)
			}
		}
		rec := followup.Merge(vi.ID, own)
		for _, s := range list.Sections {
			for _, it := range s.Items {
				if rec.Ticked(it.Key) {
					m.Notes = append(m.Notes, it.Say)
				}
			}
			if note := rec.Note(s.Key); note != "" {
				m.Notes = append(m.Notes, planner.Both(note))
			}
		}
		v.Visits = append(v.Visits, m)
	}
	tasks, err := tx.Tasks(store.TaskFilter{Household: h.ID, Open: true})
	for _, t := range tasks {
		if t.Kind.Promised() {
			v.Promises = append(v.Promises, TaskView{Say: t.Say, DueOn: t.DueOn, State: followup.StateOn(t, today), Overdue: followup.Overdue(t, today)})
		}
	}
	return err
}
