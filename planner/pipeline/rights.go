package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
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
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		v = MyRecord{Code: h.Code, Head: h.Head, Area: cmp.Or(names[h.Group], names[h.Village]), Guide: h.Guide, Hours: h.Hours, Consent: h.Consent,
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

// Choices are what a household decides itself. A nil field stays as it is.
type Choices struct {
	MuteDays *int             // left alone for so many days from today; 0 ends it
	Consent  *planner.Consent // given or withdrawn
	Hours    *planner.Hours
	Needs    *[]planner.Need
	PerYear  *int
}

// MaxMuteDays is the longest that one mute lasts; it can be set again. Whoever wishes no visits at all withdraws consent.
const MaxMuteDays = 366

// ChooseByCard carries out what a household decides with its card.
func (a *App) ChooseByCard(ctx context.Context, code string, c Choices) error {
	var id planner.HouseholdID
	err := a.DB.Read(ctx, asHousehold(), func(tx *store.Tx) error {
		h, err := householdOf(tx, code)
		id = h.ID
		return err
	})
	if err != nil {
		return err
	}
	return a.Choose(ctx, asHousehold(), id, c)
}

// Choose carries out what a household decides, at the counter or by its card, in one transaction: its planned visits within a mute, or all
// of them once consent is withdrawn, are cancelled, what waits to be sent about them too; promises wait until the mute is over, and are
// cancelled with the consent. The visiting cadre cannot do it (domain.md §6.2a.2).
//
// Errors: Forbidden but for clerks, planners and the card; NotFound; Invalid for a mute of more than [MaxMuteDays] or an unknown word.
func (a *App) Choose(ctx context.Context, p planner.Principal, id planner.HouseholdID, c Choices) error {
	if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "由本户凭户卡、窗口或组织部门办理。", "this is done by the household with its card, at the counter, or by the planner")
	}
	now, today := a.Now(), a.Today()
	err := a.DB.Write(ctx, p, store.Op{Name: "household-choice", Now: now}, func(tx *store.Tx) error {
		h, err := tx.Household(id)
		if err != nil {
			return err
		}
		if err := c.apply(&h, today); err != nil {
			return err
		}
		return tx.PutChoices(h)
	})
	if err != nil {
		return err
	}
	return a.cascade(ctx, id)
}

// apply checks and sets.
func (c Choices) apply(h *planner.Household, today civil.Date) error {
	bad := planner.Fail(planner.Invalid, "有一项选择不认识，请刷新后重试。", "one of the choices is not known; reload and try again")
	if c.MuteDays != nil {
		if *c.MuteDays < 0 || *c.MuteDays > MaxMuteDays {
			return planner.Fail(planner.Invalid, "暂不打扰一次最长一年，到期可以再设。", "being left alone lasts a year at most at a time, and can be set again")
		}
		h.MuteUntil = civil.Date{}
		if *c.MuteDays > 0 {
			h.MuteUntil = today.AddDays(*c.MuteDays)
		}
	}
	if c.Consent != nil {
		if *c.Consent != planner.ConsentGiven && *c.Consent != planner.ConsentWithdrawn {
			return bad
		}
		h.Consent = *c.Consent
	}
	if c.Hours != nil {
		if !slices.Contains([]planner.Hours{planner.HoursAny, planner.HoursMorning, planner.HoursAfternoon, planner.HoursEvening}, *c.Hours) {
			return bad
		}
		h.Hours = *c.Hours
	}
	if c.Needs != nil {
		for _, n := range *c.Needs {
			if !slices.Contains(planner.Needs, n) {
				return bad
			}
		}
		h.Needs = *c.Needs
	}
	if c.PerYear != nil {
		if *c.PerYear < 0 || *c.PerYear > 24 {
			return planner.Fail(planner.Invalid, "一年走访次数请在 0 到 24 之间，0 为按常规。", "visits a year are 0 to 24; 0 is the usual number")
		}
		h.PerYear = *c.PerYear
	}
	return nil
}

// cascade brings visits, tasks and reminders of a household in line with what it decided. It may run at any time.
func (a *App) cascade(ctx context.Context, id planner.HouseholdID) error {
	now, today := a.Now(), a.Today()
	err := a.DB.Write(ctx, planner.System("a household's choice"), store.Op{Name: "household-choice", Now: now}, func(tx *store.Tx) error {
		h, err := tx.Household(id)
		if err != nil {
			return err
		}
		visits, err := tx.Visits(store.VisitFilter{Household: id, Span: civil.Span{From: today, Until: today.AddDays(800)}})
		if err != nil {
			return err
		}
		var put []planner.Visit
		for _, v := range visits {
			if v.State == planner.VisitPlanned && (!h.Served() || h.Muted(v.On)) {
				v.State = planner.VisitCancelled
				put = append(put, v)
			}
		}
		if err := tx.PutVisits(put); err != nil {
			return err
		}
		tasks, err := tx.Tasks(store.TaskFilter{Household: id, Open: true})
		if err != nil {
			return err
		}
		var changed []planner.Task
		for _, t := range tasks {
			switch {
			case !h.Served():
				t.State, t.Reason = planner.TaskCancelled, followup.Dismissed
			case t.Kind == planner.TaskCare && h.Muted(t.DueOn):
				t.State, t.Reason = planner.TaskCancelled, followup.Dismissed
			case h.Muted(today) && h.Muted(t.StartOn):
				wait := h.MuteUntil.Sub(t.StartOn)
				t.StartOn, t.DueOn, t.EndOn = h.MuteUntil, t.DueOn.AddDays(wait), t.EndOn.AddDays(wait)
				t.State = followup.StateOn(t, today)
			default:
				continue
			}
			if _, err := notifier.CancelSubject(ctx, tx.SQL(), now, taskSubject(t), math.MaxInt32); err != nil {
				return err
			}
			changed = append(changed, t)
		}
		return tx.PutTasks(changed)
	})
	if err != nil {
		return err
	}
	return a.SettleVisits(ctx)
}

// Ask files a household's request about its record. Asking for another cadre also declares the recusal at once, so that the next plan
// gives another; no reason is asked for. Conflict if one of the kind is open.
func (a *App) Ask(ctx context.Context, code string, kind planner.RequestKind, words string) error {
	if say, secret := sheet.SecretIn(words); secret {
		return &planner.Error{Kind: planner.Invalid, Say: say}
	}
	if len([]rune(words)) > followup.MaxNote {
		return planner.Fail(planner.Invalid, "文字请不超过 300 字。", "at most 300 characters, please")
	}
	today := a.Today()
	return a.DB.Write(ctx, asHousehold(), store.Op{Name: "household-request", Now: a.Now()}, func(tx *store.Tx) error {
		h, err := householdOf(tx, code)
		if err != nil {
			return err
		}
		q := planner.Request{ID: a.NewID(), Household: h.ID, Kind: kind, Words: strings.TrimSpace(words), AskedOn: today, DueOn: today.AddDays(planner.RequestDays), State: "open"}
		switch kind {
		case planner.RequestOtherCadre:
			q.Words = "" // whatever was typed: no reason is kept
			return a.otherCadre(tx, h, q)
		case planner.RequestErase:
		case planner.RequestCorrect:
			if q.Words == "" {
				return planner.Fail(planner.Invalid, "请写明哪里要改、改成什么。", "say what is to be corrected, and how")
			}
		default:
			return planner.Fail(planner.Invalid, "没有这种请求。", "there is no such request")
		}
		return tx.PutRequest(q)
	})
}

// otherCadre records that the household asked for somebody else.
func (a *App) otherCadre(tx *store.Tx, h planner.Household, q planner.Request) error {
	plan, err := tx.PlanFor(q.AskedOn.Year, planner.PlanPublished)
	if err != nil {
		return planner.Fail(planner.Conflict, "您家还没有联系干部。", "no cadre looks after the household yet")
	}
	i := slices.IndexFunc(plan.Pairings, func(p planner.Pairing) bool { return p.Household == h.ID && p.Tier == planner.TierHousehold })
	if i < 0 {
		return planner.Fail(planner.Conflict, "您家还没有联系干部。", "no cadre looks after the household yet")
	}
	r, err := tx.Roster()
	if err != nil {
		return err
	}
	cadre := plan.Pairings[i].Cadre
	if !slices.ContainsFunc(r.Recusals, func(x planner.Recusal) bool { return x.Cadre == cadre && x.Household == h.ID }) {
		if err := tx.PutRecusals([]planner.Recusal{{Cadre: cadre, Household: h.ID, Kind: planner.RecusalRequested}}); err != nil {
			return err
		}
	}
	return tx.PutRequest(q)
}

// Complain files a complaint by the other code of a card. It keeps the village and no household. Village may be empty without a code.
func (a *App) Complain(ctx context.Context, code, words string) error {
	words = strings.TrimSpace(words)
	if say, secret := sheet.SecretIn(words); secret {
		return &planner.Error{Kind: planner.Invalid, Say: say}
	}
	if n := len([]rune(words)); n == 0 || n > 2000 {
		return planner.Fail(planner.Invalid, "请写下意见，2000 字以内。", "write down what you wish to say, up to 2000 characters")
	}
	return a.DB.Write(ctx, asHousehold(), store.Op{Name: "complaint", Now: a.Now()}, func(tx *store.Tx) error {
		c := planner.Complaint{ID: a.NewID(), Words: words, WrittenOn: a.Today()}
		if code != "" {
			card, err := tx.CardByHash(hashCode(code))
			if err != nil {
				return err
			}
			if card.ComplaintHash != hashCode(code) {
				return planner.Fail(planner.NotFound, "投诉请用户卡上的投诉码，或者不填码。", "use the card's code for complaints, or none")
			}
			h, err := tx.Household(card.Household)
			if err != nil {
				return err
			}
			c.Village = h.Village
		}
		return tx.PutComplaint(c)
	})
}

// RequestView is an open request as the counter sees it.
type RequestView struct {
	planner.Request
	Code    string `json:"code"`
	Village string `json:"village"`
	Overdue bool   `json:"overdue"`
}

// Desk 权利台 is what the counter works off.
type Desk struct {
	Requests   []RequestView       `json:"requests"`
	Complaints []planner.Complaint `json:"complaints"` // to planners, supervisors and auditors alone
}

// RightsDesk lists the open requests of p's scope by due day, and complaints to those who may read them.
func (a *App) RightsDesk(ctx context.Context, p planner.Principal) (d Desk, err error) {
	if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin, planner.RoleSupervisor, planner.RoleAuditor) {
		return d, planner.Fail(planner.Forbidden, "权利台由窗口和组织部门办理。", "the desk of rights is the counter's and the planner's")
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		d = Desk{}
		qs, err := tx.Requests("", true)
		if err != nil {
			return err
		}
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		for _, q := range qs {
			h, err := tx.Household(q.Household)
			if err != nil {
				return err
			}
			d.Requests = append(d.Requests, RequestView{Request: q, Code: h.Code, Village: names[h.Village], Overdue: q.DueOn.Before(a.Today())})
		}
		if p.Is(planner.RolePlanner, planner.RoleAdmin, planner.RoleSupervisor, planner.RoleAuditor) {
			d.Complaints, err = tx.Complaints()
		}
		return err
	})
	return d, err
}

// AnswerRequest closes a request. Erasing is done with it, once the clerk has checked at the counter who asks: checked says so. A
// refusal needs its reason.
//
// Errors: NotFound outside p's scope; Invalid for a refusal without words or an erasure unchecked; Conflict if it is closed already.
func (a *App) AnswerRequest(ctx context.Context, p planner.Principal, id string, refuse, checked bool, answer string) error {
	now, today := a.Now(), a.Today()
	return a.DB.Write(ctx, p, store.Op{Name: "answer-request", Now: now}, func(tx *store.Tx) error {
		qs, err := tx.Requests("", false)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(qs, func(q planner.Request) bool { return q.ID == id })
		if i < 0 {
			return planner.Fail(planner.NotFound, "没有这件请求，或不在您的范围内。", "there is no such request, or not within your scope")
		}
		q := qs[i]
		switch {
		case q.State != "open":
			return planner.Fail(planner.Conflict, "这件请求已经办过。", "the request is closed already")
		case refuse && strings.TrimSpace(answer) == "":
			return planner.Fail(planner.Invalid, "不予办理要写明理由。", "a refusal needs its reason")
		case !refuse && q.Kind == planner.RequestErase && !checked:
			return planner.Fail(planner.Invalid, "删除前请在窗口核对来人是不是本户，并勾选“已核对”。", "check at the counter that the person is of the household, and tick it, before erasing")
		}
		q.State, q.Answer, q.AnsweredOn = "done", strings.TrimSpace(answer), today
		if refuse {
			q.State = "refused"
		}
		if q.Kind == planner.RequestErase && !refuse {
			return tx.EraseAtCounter(q.Household) // takes the request along
		}
		return tx.PutRequest(q)
	})
}
