package pipeline

import (
	"context"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

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
