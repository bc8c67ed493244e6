package followup

import (
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Terms that no statute gives: office practice, to be settings. A reopened matter gets the days of a review; a matter is followed
// up after 3, 15 and 30 days.
const ReopenDays = 30

// FollowDays are the days after closing on which a person who agreed is asked.
var FollowDays = []int{3, 15, 30}

// Deed is what somebody wants to do about a matter.
type Deed struct {
	Kind     planner.ActKind
	On       civil.Date
	By       planner.CadreID // who does it, or approved it
	Unit     planner.UnitID  // assign, reopen: to whom
	Officer  planner.CadreID
	Partners []planner.UnitID
	Outcome  planner.Outcome // close
	Opinion  planner.Opinion // follow-up
	Reason   string          // why; also the answer itself
	Until    civil.Date      // hearing: last day; supervise: day given
	From     civil.Date      // hearing: first day
	Days     int             // extension
	NoticeOn civil.Date      // extension: the day the person was told why
	Number   string          // 文号
}

// what each act may follow. A matter that is nobody's yet may be accepted by the receiver or assigned first (Art. 22, 23).
var mayFollow = map[planner.ActKind][]planner.MatterState{
	planner.ActAsk:       {planner.MatterNoted},
	planner.ActAccept:    {planner.MatterRegistered, planner.MatterAssigned},
	planner.ActRefuse:    {planner.MatterRegistered, planner.MatterAssigned},
	planner.ActTransfer:  {planner.MatterRegistered, planner.MatterAccepted, planner.MatterAssigned},
	planner.ActAssign:    {planner.MatterRegistered, planner.MatterAccepted, planner.MatterNoted},
	planner.ActObject:    {planner.MatterAssigned},
	planner.ActSupervise: {planner.MatterRegistered, planner.MatterAccepted, planner.MatterAssigned, planner.MatterNoted},
	planner.ActExtend:    {planner.MatterAccepted, planner.MatterAssigned},
	planner.ActHearing:   {planner.MatterAccepted, planner.MatterAssigned, planner.MatterClosed},
	planner.ActAnswer:    {planner.MatterAccepted, planner.MatterAssigned, planner.MatterNoted},
	planner.ActClose:     {planner.MatterAnswered},
	planner.ActFollow:    {planner.MatterClosed},
	planner.ActReopen:    {planner.MatterClosed},
	planner.ActReviewAsk: {planner.MatterAnswered, planner.MatterClosed},
	planner.ActReview:    {planner.MatterAnswered, planner.MatterClosed}, planner.ActRecheckAsk: {planner.MatterClosed, planner.MatterAnswered},
	planner.ActRecheck: {planner.MatterClosed, planner.MatterAnswered}, planner.ActComfort: {planner.MatterClosed},
	planner.ActStep: {planner.MatterNoted, planner.MatterRegistered, planner.MatterAccepted, planner.MatterAssigned},
}

// MoveMatter does one act and returns the matter as it shall be, with the line of its file.
//
// Errors: Conflict if the act does not follow from the matter's state, a hearing suspends it, or its time has passed; Invalid if
// what the act needs is missing.
func MoveMatter(m planner.Matter, v Deed, open Open) (planner.Matter, planner.Act, error) {
	a := planner.Act{Matter: m.ID, Kind: v.Kind, On: v.On, By: v.By, Unit: v.Unit, To: v.Officer, Number: v.Number, Say: v.Reason}
	if !slices.Contains(mayFollow[v.Kind], m.State) {
		return m, a, planner.Fail(planner.Conflict, "事项现为“"+MatterStateText[m.State].ZH+"”，不能"+ActText[v.Kind].ZH+"。",
			"the matter is "+MatterStateText[m.State].EN+"; it cannot be "+ActText[v.Kind].EN)
	}
	if err := v.check(m); err != nil {
		return m, a, err
	}
	var err error
	switch v.Kind {
	case planner.ActAsk:
		m.State, m.ReceivedOn = planner.MatterRegistered, v.On
	case planner.ActAccept:
		if !m.AcceptedOn.IsZero() {
			return m, a, planner.Fail(planner.Conflict, "事项已经受理。", "the matter is accepted already")
		}
		m.AcceptedOn = v.On
		if m.State == planner.MatterRegistered {
			m.State = planner.MatterAccepted
		}
	case planner.ActRefuse, planner.ActTransfer:
		m.Outcome = planner.OutcomeNotAccepted
		if v.Kind == planner.ActTransfer {
			m.Outcome = planner.OutcomeTransferred
		}
		m.State, m.Reason, m.ClosedOn, m.AnsweredOn = planner.MatterClosed, v.Reason, v.On, v.On
	case planner.ActAssign:
		m.Unit, m.Officer, m.Partners, m.AssignedOn = v.Unit, v.Officer, v.Partners, v.On
		if m.State != planner.MatterNoted {
			m.State = planner.MatterAssigned
		}
	case planner.ActObject:
		err = object(&m, v, open)
	case planner.ActSupervise:
		a.Unit, a.To, a.DueOn = m.Unit, m.Officer, v.Until
	case planner.ActExtend:
		err = extend(&m, &a, v, open)
	case planner.ActHearing:
		m.HearingFromOn, m.HearingUntilOn, a.DueOn = v.From, v.Until, v.Until
	case planner.ActAnswer:
		if err = answerable(m, v.On); err == nil {
			m.State, m.AnsweredOn = planner.MatterAnswered, v.On
		}
	case planner.ActClose:
		m.State, m.Outcome, m.Reason, m.ClosedOn, m.Opinion, m.OpinionOn = planner.MatterClosed, v.Outcome, v.Reason, v.On, "", civil.Date{}
	case planner.ActFollow:
		m.Opinion, m.OpinionOn = v.Opinion, v.On
	case planner.ActReopen:
		m.State, m.Unit, m.Officer, m.Partners = planner.MatterAssigned, v.Unit, v.Officer, nil
		m.ReopenedOn, m.AssignedOn, m.Rung = v.On, v.On, m.Rung+1
		m.AnsweredOn, m.ClosedOn, m.Outcome, m.Reason = civil.Date{}, civil.Date{}, "", ""
		m.ExtendedOn, m.ExtendDays, m.HearingFromOn, m.HearingUntilOn = civil.Date{}, 0, civil.Date{}, civil.Date{}
	case planner.ActStep:
		err = climbSteps(&m, &a, v, open)
	default:
		err = reviewMatter(&m, v, open)
	}
	return m, a, err
}

// check reports what an act lacks.
func (v Deed) check(m planner.Matter) error {
	missing := func(zh, en string) error {
		return planner.Fail(planner.Invalid, ActText[v.Kind].ZH+"要填"+zh+"。", "to be "+ActText[v.Kind].EN+" it needs "+en+".")
	}
	switch {
	case v.On.IsZero():
		return missing("日期", "its day")
	case before(v.On, m.ReceivedOn):
		return planner.Fail(planner.Invalid, "日期"+v.On.String()+"早于收到日"+m.ReceivedOn.String()+"，请核对。", v.On.String()+" is before the day of receipt, "+m.ReceivedOn.String())
	}
	switch v.Kind {
	case planner.ActRefuse, planner.ActTransfer, planner.ActObject, planner.ActAnswer, planner.ActExtend, planner.ActReopen, planner.ActSupervise, planner.ActReview, planner.ActRecheck:
		if v.Reason == "" {
			return missing("书面理由", "a written reason")
		}
	case planner.ActClose:
		if v.Outcome != planner.OutcomeSolved && v.Outcome != planner.OutcomeExplained {
			return missing("结果：已解决（solved）或无政策依据、已解释（explained）", "an outcome: solved or explained")
		}
		if v.Reason == "" {
			return missing("书面理由", "a written reason")
		}
	case planner.ActHearing:
		if v.From.IsZero() || v.Until.Before(v.From) {
			return missing("听证第一天和最后一天", "the first and last day of the hearing")
		}
	case planner.ActFollow:
		if !slices.Contains(planner.Opinions, v.Opinion) {
			return missing("意见：满意、基本满意、不满意或不愿评价", "an opinion: satisfied, basically, unsatisfied or declined")
		}
	}
	if (v.Kind == planner.ActAssign || v.Kind == planner.ActReopen) && v.Unit == "" {
		return missing("承办单位", "the unit")
	}
	return nil
}

// rulesOf are those the matter was registered under.
func rulesOf(m planner.Matter) (Rules, error) { return FindRules(RulesID(m.Rules)) }

// object returns a misdirected matter to its first receiver, who owns it until another has accepted (首接首办).
func object(m *planner.Matter, v Deed, open Open) error {
	if !m.AcceptedOn.IsZero() || m.Rung > 0 {
		return planner.Fail(planner.Conflict, "事项已经受理，不能退回。", "the matter is accepted and cannot be returned")
	}
	r, err := rulesOf(*m)
	if err != nil {
		return err
	}
	last, err := r.Of(StepObject, Case{ReceivedOn: m.AssignedOn}, open)
	if err != nil {
		return err
	}
	if v.On.After(last.DueOn) {
		return planner.Fail(planner.Conflict, "退回异议应在"+last.DueOn.String()+"前提出（"+last.Article.ZH+"），现由本单位办理。",
			"an objection was due by "+last.DueOn.String()+" ("+last.Article.EN+"); the unit now handles it")
	}
	m.State, m.Unit, m.Officer, m.Partners, m.AssignedOn = planner.MatterRegistered, m.ReceiverUnit, "", nil, civil.Date{}
	return nil
}

// extend lengthens the term once, with approval, reason and the day the person was told.
func extend(m *planner.Matter, a *planner.Act, v Deed, open Open) error {
	switch {
	case m.AcceptedOn.IsZero() || m.Rung > 0:
		return planner.Fail(planner.Conflict, "受理后、提级重办前才能延期。", "only the term from acceptance can be extended")
	case !m.ExtendedOn.IsZero():
		return planner.Fail(planner.Conflict, "事项已经延期过一次。", "the matter was extended already")
	case v.By == "":
		return planner.Fail(planner.Invalid, "延期要写明批准的单位负责人。", "name the head who approved the extension")
	case v.NoticeOn.IsZero() || v.NoticeOn.Before(v.On):
		return planner.Fail(planner.Invalid, "延期要填告知信访人的日期，不早于批准日。", "give the day on which the person was told, not before the approval")
	}
	r, err := rulesOf(*m)
	if err != nil {
		return err
	}
	most := r.terms[StepExtend].days - r.terms[StepAnswer].days
	if v.Days < 1 || v.Days > most {
		return planner.Fail(planner.Invalid, "延长1至"+strconv.Itoa(most)+"日（"+r.terms[StepExtend].article.ZH+"）。",
			"extend by 1 to "+strconv.Itoa(most)+" days ("+r.terms[StepExtend].article.EN+")")
	}
	c := Case{AcceptedOn: m.AcceptedOn, ExtendedOn: v.On, ExtendDays: v.Days, Roll: Roll(m.Roll)}
	d, err := r.Of(StepAnswer, c, open)
	if err != nil {
		return err
	}
	m.ExtendedOn, m.ExtendDays, a.DueOn = v.On, v.Days, d.DueOn
	return nil
}

// answerable reports why a matter cannot be decided on a day: not accepted, or a hearing is not over.
func answerable(m planner.Matter, on civil.Date) error {
	if m.AcceptedOn.IsZero() && m.State != planner.MatterNoted {
		return planner.Fail(planner.Conflict, "先受理，再答复。", "accept the matter before answering it")
	}
	if !m.HearingUntilOn.IsZero() && !on.After(m.HearingUntilOn) {
		return planner.Fail(planner.Conflict, "听证要到"+m.HearingUntilOn.String()+"才结束，结束前不作决定。", "a hearing runs until "+m.HearingUntilOn.String()+"; nothing is decided before it ends")
	}
	return nil
}

// reviewMatter walks the statutory way after the answer: 复查, then 复核, after which the same facts are not accepted again.
func reviewMatter(m *planner.Matter, v Deed, open Open) error {
	out := func(zh, en string) error { return planner.Fail(planner.Conflict, zh, en) }
	late := func(step Step, answered civil.Date) error {
		r, err := rulesOf(*m)
		if err != nil {
			return err
		}
		last, err := r.Of(step, Case{AnsweredOn: answered, Roll: Roll(m.Roll)}, open)
		if err == nil && v.On.After(last.DueOn) {
			return out("请求应在"+last.DueOn.String()+"前提出（"+last.Article.ZH+"）。", "it had to be asked for by "+last.DueOn.String()+" ("+last.Article.EN+")")
		}
		return err
	}
	switch v.Kind {
	case planner.ActReviewAsk:
		if !m.ReviewAskedOn.IsZero() {
			return out("已经请求过复查。", "a review was asked for already")
		}
		if err := late(StepReviewAsk, m.AnsweredOn); err != nil {
			return err
		}
		m.ReviewAskedOn = v.On
	case planner.ActReview:
		if m.ReviewAskedOn.IsZero() || !m.ReviewedOn.IsZero() {
			return out("没有待办的复查请求。", "no review is waiting")
		}
		m.ReviewedOn = v.On
	case planner.ActRecheckAsk:
		if m.ReviewedOn.IsZero() || !m.RecheckAskedOn.IsZero() {
			return out("复查之后才能请求复核，且只能请求一次。", "a recheck follows a review, once")
		}
		if err := late(StepRecheckAsk, m.ReviewedOn); err != nil {
			return err
		}
		m.RecheckAskedOn = v.On
	case planner.ActRecheck:
		if m.RecheckAskedOn.IsZero() || !m.FinalOn.IsZero() {
			return out("没有待办的复核请求。", "no recheck is waiting")
		}
		if err := answerable(planner.Matter{State: planner.MatterNoted, HearingUntilOn: m.HearingUntilOn}, v.On); err != nil {
			return err
		}
		m.FinalOn = v.On
	case planner.ActComfort:
		if m.FinalOn.IsZero() {
			return out("疏导帮扶在复核之后；现在仍可提级重办或请求复查。", "counsel and help follow the recheck; until then the matter can be reopened or reviewed")
		}
	}
	return nil
}

// MayReopen reports whether 不满意 raises the matter: once per rung, never after the recheck.
func MayReopen(m planner.Matter) bool {
	return m.State == planner.MatterClosed && m.FinalOn.IsZero() && (m.Outcome == planner.OutcomeSolved || m.Outcome == planner.OutcomeExplained)
}

// Clocks are the deadlines that run for a matter, the nearest first. A remark has none until the person asks.
func Clocks(m planner.Matter, open Open) (out []Deadline, err error) {
	r, err := rulesOf(m)
	if err != nil {
		return nil, err
	}
	c := Case{ReceivedOn: m.ReceivedOn, AcceptedOn: m.AcceptedOn, AnsweredOn: m.AnsweredOn, ExtendedOn: m.ExtendedOn, ExtendDays: m.ExtendDays, Roll: Roll(m.Roll)}
	add := func(step Step, c Case) {
		d, e := r.Of(step, c, open)
		if e != nil && err == nil {
			err = e
		}
		out = append(out, d)
	}
	plain := func(step Step, from, due civil.Date, zh, en string) {
		d := Deadline{Step: step, BaseOn: from, DueOn: due, NominalOn: due, ActOn: due, Article: planner.Text{ZH: zh, EN: en}, Say: planner.Text{ZH: zh, EN: en}}
		for works, _ := open(d.ActOn); !works; works, _ = open(d.ActOn) {
			d.ActOn = d.ActOn.AddDays(-1)
		}
		out = append(out, d)
	}
	switch {
	case m.State == planner.MatterRegistered:
		add(StepTransfer, c)
	case m.State == planner.MatterAssigned && m.Rung > 0:
		plain(StepReopened, m.ReopenedOn, m.ReopenedOn.AddDays(ReopenDays), "提级重办期限（单位设置）", "term of a reopened matter (a setting)")
	case m.State == planner.MatterAssigned && m.AcceptedOn.IsZero():
		add(StepObject, Case{ReceivedOn: m.AssignedOn})
		add(StepNotify, Case{ReceivedOn: m.AssignedOn, Roll: c.Roll})
	case m.State == planner.MatterAccepted || m.State == planner.MatterAssigned:
		add(StepAnswer, c)
	case m.State == planner.MatterNoted && !m.PromisedOn.IsZero():
		plain(StepPromised, m.ReceivedOn, m.PromisedOn, "当众承诺的答复日期", "the day promised in public")
	case !m.FinalOn.IsZero():
	case !m.RecheckAskedOn.IsZero():
		add(StepRecheck, Case{ReceivedOn: m.RecheckAskedOn, HearingFrom: m.HearingFromOn, HearingUntil: m.HearingUntilOn, Roll: c.Roll})
	case !m.ReviewedOn.IsZero():
		add(StepRecheckAsk, Case{AnsweredOn: m.ReviewedOn, Roll: c.Roll})
	case !m.ReviewAskedOn.IsZero():
		add(StepReview, Case{ReceivedOn: m.ReviewAskedOn, Roll: c.Roll})
	}
	if m.Open() && m.LadderStep > 0 && !m.LadderDueOn.IsZero() {
		plain(StepLadder, m.LadderDueOn, m.LadderDueOn, "四步一站第"+strconv.Itoa(m.LadderStep)+"步期限（单位设置）", "term of step "+strconv.Itoa(m.LadderStep)+" of four (a setting)")
	}
	slices.SortStableFunc(out, func(a, b Deadline) int { return a.DueOn.Compare(b.DueOn) })
	return out, err
}

// Stamp writes the nearest deadline that the office must keep into the matter, so that lists and reminders need not reckon.
func Stamp(m planner.Matter, open Open) (planner.Matter, error) {
	m.DueOn, m.DueStep, m.ActOn = civil.Date{}, "", civil.Date{}
	ds, err := Clocks(m, open)
	for _, d := range ds {
		if d.Step != StepObject && d.Step != StepRecheckAsk { // these are rights, not duties
			m.DueOn, m.DueStep, m.ActOn = d.DueOn, string(d.Step), d.ActOn
			break
		}
	}
	return m, err
}

// Possible reports whether an act may follow in a matter's state at all, for a page that shows a button.
func Possible(m planner.Matter, k planner.ActKind) bool {
	if !slices.Contains(mayFollow[k], m.State) {
		return false
	}
	statutory := m.Kind != planner.MatterRemark && m.Kind != planner.MatterSquare || !m.AcceptedOn.IsZero()
	switch k {
	case planner.ActAccept:
		return m.AcceptedOn.IsZero()
	case planner.ActRefuse, planner.ActTransfer:
		return m.AcceptedOn.IsZero() || k == planner.ActTransfer && m.Rung == 0
	case planner.ActObject:
		return m.AcceptedOn.IsZero() && m.Rung == 0
	case planner.ActExtend:
		return !m.AcceptedOn.IsZero() && m.ExtendedOn.IsZero() && m.Rung == 0
	case planner.ActAnswer:
		return !m.AcceptedOn.IsZero() || m.State == planner.MatterNoted
	case planner.ActStep:
		return m.LadderStep < len(FourSteps)
	case planner.ActHearing:
		return m.State != planner.MatterClosed || !m.RecheckAskedOn.IsZero() && m.FinalOn.IsZero()
	case planner.ActFollow:
		return MayReopen(m) && m.Opinion == ""
	case planner.ActReviewAsk:
		return statutory && m.ReviewAskedOn.IsZero() && MayReview(m)
	case planner.ActReview:
		return !m.ReviewAskedOn.IsZero() && m.ReviewedOn.IsZero()
	case planner.ActRecheckAsk:
		return !m.ReviewedOn.IsZero() && m.RecheckAskedOn.IsZero()
	case planner.ActRecheck:
		return !m.RecheckAskedOn.IsZero() && m.FinalOn.IsZero()
	case planner.ActComfort:
		return !m.FinalOn.IsZero()
	}
	return true
}

// MayReview reports whether there is an opinion 处理意见 that a review could be asked of: the matter was accepted and answered.
func MayReview(m planner.Matter) bool { return !m.AcceptedOn.IsZero() && !m.AnsweredOn.IsZero() }
