package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// Defaults of 领导包案, both settings. The duties are the four of 2009 in the words of domain.md §2.2 and the follow-up; no duty to
// make anybody fall silent exists.
const defaultLeadCap = 5

var defaultDuties = []string{"包掌握情况", "包政策解释", "包解决化解", "包答复告知", "包跟踪回访"}

// LeadRow is one case on the board, sorted by its next date.
type LeadRow struct {
	ID         planner.LeadID   `json:"id"`
	Matter     planner.MatterID `json:"matter"`
	Number     string           `json:"number"`
	Title      string           `json:"title"`
	Unit       string           `json:"unit"`
	Leader     string           `json:"leader"`
	LeaderOf   string           `json:"post"`
	Plan       string           `json:"plan"`
	NextOn     civil.Date       `json:"next_on,omitzero"`
	DueOn      civil.Date       `json:"due_on"`
	Late       bool             `json:"late"` // its next date or its end is past
	Duties     []planner.Duty   `json:"duties"`
	ExtendedOn civil.Date       `json:"extended_on,omitzero"`
	ClosedOn   civil.Date       `json:"closed_on,omitzero"`
	FiledOn    civil.Date       `json:"filed_on,omitzero"`
}

// LeadWish is what somebody wants to do about a case lead.
type LeadWish struct {
	Leader planner.CadreID `json:"leader"`
	DueOn  civil.Date      `json:"due_on"`
	NextOn civil.Date      `json:"next_on"`
	Plan   string          `json:"plan"`
	Duty   string          `json:"duty"` // done today
	Until  civil.Date      `json:"until"`
	By     planner.CadreID `json:"by"` // extension: the head who approves it; empty: who is signed in
	Reason string          `json:"reason"`
}

func (a *App) leadRow(l planner.Lead, m planner.Matter, w matterWords) LeadRow {
	today := a.Today()
	return LeadRow{ID: l.ID, Matter: l.Matter, Number: m.Number, Title: m.Title, Unit: w.unit[m.Unit], Leader: w.cadre[l.Leader].Name, LeaderOf: w.cadre[l.Leader].Title, Plan: l.Plan,
		NextOn: l.NextOn, DueOn: l.DueOn, Late: l.ClosedOn.IsZero() && (today.After(l.DueOn) || !l.NextOn.IsZero() && today.After(l.NextOn)), Duties: l.Duties,
		ExtendedOn: l.ExtendedOn, ClosedOn: l.ClosedOn, FiledOn: l.FiledOn}
}

// Leads is the board of 领导包案 within p's scope, by next date and never counted by leader.
func (a *App) Leads(ctx context.Context, p planner.Principal, open bool) (out []LeadRow, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		ls, err := tx.Leads("", open)
		if err != nil {
			return err
		}
		ms, err := tx.Matters(store.MatterFilter{})
		byID := map[planner.MatterID]planner.Matter{}
		for _, m := range ms {
			byID[m.ID] = m
		}
		for _, l := range ls {
			out = append(out, a.leadRow(l, byID[l.Matter], words))
		}
		return err
	})
	return out, err
}

// LeadMatter puts a leader on a matter. Planners only; the leader's open cases stay within the cap, and a matter has one leader.
func (a *App) LeadMatter(ctx context.Context, p planner.Principal, id planner.MatterID, w LeadWish) error {
	words, err := a.matterWords(ctx)
	if err != nil {
		return err
	}
	today := a.Today()
	switch leader := words.cadre[w.Leader]; {
	case !p.Is(planner.RolePlanner):
		return mattersForbidden(p)
	case leader.ID == "" || leader.Rank != planner.RankLeader || !leader.Active:
		return planner.Fail(planner.Invalid, "包案领导要是名册里的在职领导。", "the leader of a case must be an active leader of the roster")
	case !w.DueOn.After(today):
		return planner.Fail(planner.Invalid, "包案要写明今天以后的化解期限。", "give the case an end after today")
	case strings.TrimSpace(w.Plan) == "":
		return planner.Fail(planner.Invalid, "一案一策：请写明化解方案。", "every case has its own plan; write it down")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "lead-matter", Now: a.Now()}, func(tx *store.Tx) error {
		m, err := tx.Matter(id)
		if err != nil {
			return err
		}
		if !m.Open() {
			return planner.Fail(planner.Conflict, "事项已办结，不再包案。", "the matter is closed")
		}
		limit, err := leadCap(tx)
		if err != nil {
			return err
		}
		n, err := tx.OpenLeads(w.Leader)
		if err != nil {
			return err
		}
		if n >= limit {
			return planner.Fail(planner.Conflict, "这位领导已包案"+strconv.Itoa(n)+"件，达到上限"+strconv.Itoa(limit)+"件，请换一位或先办结。",
				"this leader has "+strconv.Itoa(n)+" open cases, the most is "+strconv.Itoa(limit)+"; choose another or close one first")
		}
		duties, err := caseDuties(tx)
		if err != nil {
			return err
		}
		l := planner.Lead{ID: planner.LeadID(a.NewID()), Matter: id, Leader: w.Leader, SinceOn: today, DueOn: w.DueOn, NextOn: w.NextOn, Plan: w.Plan, Duties: duties}
		if err := tx.PutLead(l); err != nil {
			return err
		}
		return a.leadTask(ctx, tx, m, l)
	})
}

func leadCap(tx *store.Tx) (int, error) {
	s, err := tx.Setting(settingLeadCap)
	if n, bad := strconv.Atoi(s); err == nil && bad == nil && n > 0 {
		return n, nil
	}
	return defaultLeadCap, err
}

func caseDuties(tx *store.Tx) (out []planner.Duty, err error) {
	s, err := tx.Setting(settingDuties)
	names := defaultDuties
	if s != "" {
		names = strings.Split(s, "、")
	}
	for _, n := range names {
		out = append(out, planner.Duty{Name: n})
	}
	return out, err
}

// leadTask keeps one open task of the next date of the plan, or of its end.
func (a *App) leadTask(ctx context.Context, tx *store.Tx, m planner.Matter, l planner.Lead) error {
	old, err := tx.MatterTasks(m.ID)
	if err != nil {
		return err
	}
	due := l.DueOn
	if !l.NextOn.IsZero() && l.NextOn.Before(due) {
		due = l.NextOn
	}
	var put []planner.Task
	for _, t := range old {
		if t.Kind == planner.TaskLead && !t.State.Terminal() {
			t.State = planner.TaskCompleted
			put = append(put, t)
		}
	}
	if l.ClosedOn.IsZero() {
		start := a.Today()
		if start.After(due) {
			start = due
		}
		put = append(put, planner.Task{ID: planner.TaskID(a.NewID()), Key: matterKey(m, "lead/"+string(l.ID)+"/"+due.String()), Kind: planner.TaskLead, Owner: l.Leader,
			Say:     planner.Text{ZH: "包案事项{number}：按方案推进，时间{due}", EN: "Case {number}: next date {due}"}.Fill("number", m.Number, "due", due.String()),
			StartOn: start, DueOn: due, EndOn: due.AddDays(matterTaskDays), State: planner.TaskReady, Priority: 1})
	}
	// The task that ends and the one that begins may have one key, which may live once: end first.
	if err := putMatterTasks(ctx, tx, a.Now(), m.ID, old, slices.DeleteFunc(slices.Clone(put), func(t planner.Task) bool { return !t.State.Terminal() })); err != nil {
		return err
	}
	return tx.PutMatterTasks(m.ID, slices.DeleteFunc(put, func(t planner.Task) bool { return t.State.Terminal() }))
}

// MoveLead changes a case lead: op is "plan" (plan and next date), "duty" (one duty done today), "extend", "close" or "file". The leader,
// who acts for them, and the planner may; extending is for a head of Party committee or government alone, who is not the leader of
// the case.
func (a *App) MoveLead(ctx context.Context, p planner.Principal, id planner.MatterID, op string, w LeadWish) error {
	if !p.Signed() {
		return mustSignIn()
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return err
	}
	today := a.Today()
	return a.DB.Write(ctx, p, store.Op{Name: "lead-" + op, Now: a.Now()}, func(tx *store.Tx) error {
		m, err := tx.Matter(id)
		if err != nil {
			return err
		}
		ls, err := tx.Leads(id, false)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(ls, func(l planner.Lead) bool { return l.FiledOn.IsZero() })
		if i < 0 {
			return planner.Fail(planner.NotFound, "这件事项没有包案。", "nobody leads this matter")
		}
		l := ls[i]
		own := p.Speaks(l.Leader) || p.Is(planner.RolePlanner)
		bad := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
		switch op {
		case "plan":
			l.Plan, l.NextOn = cmp.Or(strings.TrimSpace(w.Plan), l.Plan), w.NextOn
			if w.NextOn.Before(today) || w.NextOn.After(l.DueOn) {
				return bad("下次时间应在今天和化解期限"+l.DueOn.String()+"之间。", "the next date lies between today and the end, "+l.DueOn.String())
			}
		case "duty":
			at := slices.IndexFunc(l.Duties, func(d planner.Duty) bool { return d.Name == w.Duty })
			if at < 0 {
				return bad("没有这项包案职责。", "there is no such duty")
			}
			l.Duties = slices.Clone(l.Duties)
			l.Duties[at].DoneOn = today
		case "extend":
			by := cmp.Or(p.Cadre, w.By)
			own = words.cadre[by].Head && by != l.Leader && (p.Speaks(by) || p.IsSystem())
			if !w.Until.After(l.DueOn) || strings.TrimSpace(w.Reason) == "" {
				return bad("延期要写明新的期限（晚于"+l.DueOn.String()+"）和理由。", "an extension needs a later end than "+l.DueOn.String()+" and a reason")
			}
			l.DueOn, l.ExtendedOn, l.ExtendedBy, l.Reason = w.Until, today, by, w.Reason
		case "close":
			if m.Open() {
				return planner.Fail(planner.Conflict, "事项还没有答复办结，不能结束包案。", "the matter is not answered and closed yet")
			}
			l.ClosedOn = today
		case "file":
			if l.ClosedOn.IsZero() {
				return planner.Fail(planner.Conflict, "先办结，再归档。", "close it before filing it")
			}
			l.FiledOn = today
		default:
			return bad("没有这种操作；可用 plan、duty、extend、close、file。", "there is no such operation; use plan, duty, extend, close or file")
		}
		if !own {
			if op == "extend" {
				return planner.Fail(planner.Forbidden, "包案延期只由党政主要负责人批准，包案领导不能给自己延期。", "only a head of Party committee or government extends a case, and never the own one")
			}
			return mattersForbidden(p)
		}
		if err := tx.PutLead(l); err != nil {
			return err
		}
		return a.leadTask(ctx, tx, m, l)
	})
}

// MatterSettings are what an office decides about matters.
type MatterSettings struct {
	Rules   followup.RulesID `json:"rules"`
	Roll    followup.Roll    `json:"roll"`
	LeadCap int              `json:"lead_cap"`
	Duties  []string         `json:"duties"`
}

// SetMatters stores the settings that are given; empty ones stay. Planners and administrators only. Running matters keep theirs.
func (a *App) SetMatters(ctx context.Context, p planner.Principal, s MatterSettings) error {
	if s.Rules != "" {
		if _, err := followup.FindRules(s.Rules); err != nil {
			return err
		}
	}
	if s.Roll != "" && s.Roll != followup.RollNone && s.Roll != followup.RollNext {
		return planner.Fail(planner.Invalid, "顺延规则填 none 或 next_workday。", "the rolling rule is none or next_workday")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "set-matters", Now: a.Now()}, func(tx *store.Tx) error {
		for key, value := range map[string]string{settingRules: string(s.Rules), settingRoll: string(s.Roll), settingDuties: strings.Join(s.Duties, "、")} {
			if value != "" {
				if err := tx.PutSetting(key, value); err != nil {
					return err
				}
			}
		}
		if s.LeadCap > 0 {
			return tx.PutSetting(settingLeadCap, strconv.Itoa(s.LeadCap))
		}
		return nil
	})
}
