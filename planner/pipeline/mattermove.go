package pipeline

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// MatterDeed is what somebody does about a matter. On empty is today.
type MatterDeed struct {
	Kind     planner.ActKind  `json:"kind"`
	On       civil.Date       `json:"on"`
	By       planner.CadreID  `json:"by"` // who approved it; empty: who does it
	Unit     planner.UnitID   `json:"unit"`
	Officer  planner.CadreID  `json:"officer"` // empty: who answers for the unit
	Partners []planner.UnitID `json:"partners"`
	Outcome  planner.Outcome  `json:"outcome"`
	Opinion  planner.Opinion  `json:"opinion"`
	Reason   string           `json:"reason"`
	From     civil.Date       `json:"from"`
	Until    civil.Date       `json:"until"`
	Days     int              `json:"days"`
	NoticeOn civil.Date       `json:"notice_on"`
	Number   string           `json:"number"`   // 文号
	Follower planner.CadreID  `json:"follower"` // close: who will ask afterwards
}

// MoveMatter does one act about a matter of p's scope, brings its deadlines and tasks up to date, and writes the line of its file,
// in one transaction. 不满意 reopens the matter one rung up by itself.
//
// Errors: NotFound outside the scope, Forbidden if the act is somebody else's to do, Conflict and Invalid as
// [followup.MoveMatter] has them.
func (a *App) MoveMatter(ctx context.Context, p planner.Principal, id planner.MatterID, d MatterDeed) (out MatterRow, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	if d.On.IsZero() {
		d.On = a.Today()
	}
	if d.On.After(a.Today()) && d.Kind != planner.ActHearing {
		return out, planner.Fail(planner.Invalid, "日期"+d.On.String()+"还没有到。", d.On.String()+" has not come yet")
	}
	if what, found := sheet.NumberIn(d.Reason); found {
		return out, planner.Fail(planner.Invalid, "文字里有"+what.ZH+"，请删去。", "the words hold "+what.EN+"; take it out")
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "matter-" + string(d.Kind), Now: a.Now()}, func(tx *store.Tx) error {
		m, err := tx.Matter(id)
		if err != nil {
			return err
		}
		ts, err := tx.MatterTasks(id)
		if err != nil {
			return err
		}
		if err := a.mayAct(p, m, &d, words, ts); err != nil {
			return err
		}
		next, err := a.act(ctx, tx, p, m, ts, d, words)
		if err != nil {
			return err
		}
		out = a.matterRow(next, words)
		return nil
	})
	return out, err
}

// act moves a matter inside a transaction: first the lines of its file and its tasks, then the matter itself, because an act may
// take the matter out of the scope of who did it.
func (a *App) act(ctx context.Context, tx *store.Tx, p planner.Principal, m planner.Matter, ts []planner.Task, d MatterDeed, words matterWords) (planner.Matter, error) {
	next, acts, err := a.plan(p, m, d, words)
	if err != nil {
		return m, err
	}
	put := a.deadlineTasks(ts, next, words)
	switch d.Kind {
	case planner.ActClose:
		asks, err := a.askTasks(next, d.Follower, words)
		if err != nil {
			return m, err
		}
		put = append(put, asks...)
	case planner.ActFollow:
		put = append(put, stopTasks(ts)...)
	}
	for _, act := range acts {
		act.ID = planner.ActID(a.NewID())
		if err := tx.AddAct(act); err != nil {
			return m, err
		}
	}
	if err := putMatterTasks(ctx, tx, a.Now(), next.ID, ts, put); err != nil {
		return m, err
	}
	return next, tx.PutMatter(next)
}

// plan works out what an act does to a matter, and what follows of itself: 不满意 opens it again one rung up.
func (a *App) plan(p planner.Principal, m planner.Matter, d MatterDeed, words matterWords) (planner.Matter, []planner.Act, error) {
	if d.Unit != "" && words.unit[d.Unit] == "" || d.Officer != "" && words.cadre[d.Officer].ID == "" {
		return m, nil, planner.Fail(planner.NotFound, "名册里没有这个单位或干部。", "the roster has no such unit or cadre")
	}
	if d.Kind == planner.ActAssign && d.Officer == "" {
		d.Officer, _ = words.office.Holder(d.Unit, "", a.Today())
	}
	if d.Officer != "" && d.Unit != "" && words.cadre[d.Officer].Unit != d.Unit {
		return m, nil, planner.Fail(planner.Invalid, "承办人不在承办单位。", "the officer does not belong to the unit")
	}
	next, act, err := followup.MoveMatter(m, followup.Deed{Kind: d.Kind, On: d.On, By: cmp.Or(d.By, p.Cadre), Unit: d.Unit, Officer: d.Officer, Partners: d.Partners,
		Outcome: d.Outcome, Opinion: d.Opinion, Reason: d.Reason, From: d.From, Until: d.Until, Days: d.Days, NoticeOn: d.NoticeOn, Number: d.Number}, words.open)
	if err != nil {
		return m, nil, err
	}
	switch d.Kind {
	case planner.ActExtend:
		act.Say += "（" + d.NoticeOn.String() + "告知信访人）"
	case planner.ActFollow:
		act.Say = followup.OpinionText[d.Opinion].ZH // never free words about a person
	case planner.ActAccept:
		if next.Officer == "" {
			next.Officer, _ = words.office.Holder(next.Unit, "", a.Today())
		}
	}
	acts := []planner.Act{act}
	if up := words.above(next.Unit); d.Kind == planner.ActFollow && d.Opinion == planner.OpinionUnsatisfied && followup.MayReopen(next) && up != "" {
		officer, _ := words.office.Holder(up, "", a.Today())
		again, act, err := followup.MoveMatter(next, followup.Deed{Kind: planner.ActReopen, On: d.On, Unit: up, Officer: officer, Reason: "信访人不满意，提一级重办"}, words.open)
		if err != nil {
			return m, nil, err
		}
		next, acts = again, append(acts, act)
	}
	next, err = followup.Stamp(next, words.open)
	return next, acts, err
}

// mayAct says who may do what. The answering side is the officer, the unit's liaison, and the first receiver until somebody else
// is in charge; assigning and supervising is for whoever stands above it.
func (a *App) mayAct(p planner.Principal, m planner.Matter, d *MatterDeed, words matterWords, ts []planner.Task) error {
	planners := p.Is(planner.RolePlanner)
	clerk := p.Is(planner.RoleClerk) && slices.ContainsFunc(p.Areas, func(c planner.AreaCode) bool { return m.Area.Within(c) })
	unit := p.Is(planner.RoleLiaison) && words.inUnit(p, m.Unit)
	officer := p.Speaks(m.Officer) || m.Officer == "" && p.Speaks(m.Receiver)
	receiver := p.Speaks(m.Receiver) && m.AssignedOn.IsZero() || p.Is(planner.RoleLiaison) && words.inUnit(p, m.ReceiverUnit)
	supervisor := p.Is(planner.RoleSupervisor) && slices.ContainsFunc(p.Areas, func(c planner.AreaCode) bool { return m.Area.Within(c) })
	allowed := false
	switch d.Kind {
	case planner.ActAsk:
		allowed = planners || clerk || receiver || officer
	case planner.ActAccept, planner.ActRefuse, planner.ActTransfer:
		allowed = planners || clerk || unit || officer || receiver
	case planner.ActAssign:
		allowed = planners || clerk || receiver
	case planner.ActSupervise:
		allowed = planners || clerk || supervisor || receiver && !officer
	case planner.ActObject, planner.ActAnswer, planner.ActHearing, planner.ActStep:
		allowed = planners || unit || officer
	case planner.ActExtend:
		if !planners && !unit && !officer {
			return mattersForbidden(p)
		}
		return a.mayExtend(m, d, words)
	case planner.ActClose:
		allowed = planners || clerk || unit || officer
	case planner.ActFollow:
		return a.mayAsk(p, m, d, words, ts)
	case planner.ActReviewAsk, planner.ActRecheckAsk, planner.ActReview, planner.ActRecheck, planner.ActComfort:
		allowed = planners || clerk
	}
	if !allowed {
		return mattersForbidden(p)
	}
	return nil
}

// mayExtend checks that a person in charge of the unit approved: its first person, or a leader. The officer does not approve the
// own delay.
func (a *App) mayExtend(m planner.Matter, d *MatterDeed, words matterWords) error {
	head, ok := words.cadre[d.By]
	switch {
	case d.By == "" || !ok:
		return planner.Fail(planner.Invalid, "延期要写明批准的单位负责人（工号）。", "name the head of the unit who approved the extension")
	case d.By == m.Officer && head.Rank == planner.RankStaff:
		return planner.Fail(planner.Forbidden, "承办人不能批准自己延期，请由单位负责人批准。", "the officer cannot approve the own extension; the head of the unit does")
	case head.Unit != m.Unit && head.Rank != planner.RankLeader:
		return planner.Fail(planner.Forbidden, "批准人应是承办单位负责人。", "the approval must come from the head of the unit in charge")
	}
	return nil
}

// mayAsk keeps satisfaction out of the hands of those who are assessed: the officer, whoever belongs to the answering unit or its
// partners, and the leader of the case. It comes from who was named to ask, from a clerk, or from the planner in the name of such a
// person; by code it comes from the person alone ([App.RateMatter]).
func (a *App) mayAsk(p planner.Principal, m planner.Matter, d *MatterDeed, words matterWords, ts []planner.Task) error {
	if !m.Agreed {
		return planner.Fail(planner.Forbidden, "信访人没有同意回访；可以凭查询码自行评价。", "the person did not agree to be asked; they can rate by their code")
	}
	by := cmp.Or(p.Cadre, d.By)
	if p.Cadre != "" {
		d.By = p.Cadre
	}
	if words.assessed(m, by) {
		return planner.Fail(planner.Forbidden, "满意度不由承办人和承办单位登记，请由其他人回访，或由信访人凭查询码评价。",
			"satisfaction is not entered by those who handled the matter; somebody else asks, or the person rates by code")
	}
	named := slices.ContainsFunc(ts, func(t planner.Task) bool {
		return t.Kind == planner.TaskFollow && !t.State.Terminal() && t.Owner == by
	})
	if by == "" || !named && !p.Is(planner.RoleClerk, planner.RolePlanner) {
		return planner.Fail(planner.Forbidden, "请由指定的回访人登记。", "it is entered by whoever was named to ask")
	}
	return nil
}

// assessed reports whether a cadre took part in what is assessed.
func (w matterWords) assessed(m planner.Matter, c planner.CadreID) bool {
	return c != "" && (c == m.Officer || w.cadre[c].Unit == m.Unit || slices.Contains(m.Partners, w.cadre[c].Unit))
}

// RateMatter is the person's own word, by slip code, from the person's own device: a session of anybody who works here is
// refused. Within 30 days of the answer; a second word replaces the first unless the first reopened the matter.
func (a *App) RateMatter(ctx context.Context, p planner.Principal, code string, o planner.Opinion) (SlipView, error) {
	if p.Signed() {
		return SlipView{}, planner.Fail(planner.Forbidden, "满意度只由信访人在自己的手机或电脑上评价，登录的工作人员不能代评。", "only the person rates, on their own device; nobody who is signed in here can do it for them")
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return SlipView{}, err
	}
	var view SlipView
	sys := planner.System("opinion by slip code")
	err = a.DB.Write(ctx, sys, store.Op{Name: "matter-opinion", Now: a.Now()}, func(tx *store.Tx) error {
		m, err := tx.MatterByCode(slipHash(code))
		if err != nil {
			return err
		}
		if !mayRate(m, a.Today()) {
			return planner.Fail(planner.Conflict, "现在还不能评价，或者已过答复后30日。", "it cannot be rated yet, or the 30 days after the answer are over")
		}
		ts, err := tx.MatterTasks(m.ID)
		if err != nil {
			return err
		}
		next, err := a.act(ctx, tx, sys, m, ts, MatterDeed{Kind: planner.ActFollow, On: a.Today(), Opinion: o}, words)
		if err != nil {
			return err
		}
		view, err = a.slipView(tx, next, words)
		return err
	})
	return view, err
}

func mayRate(m planner.Matter, today civil.Date) bool {
	return m.State == planner.MatterClosed && (m.Outcome == planner.OutcomeSolved || m.Outcome == planner.OutcomeExplained) && followup.RatingOpen(m.AnsweredOn, today)
}
