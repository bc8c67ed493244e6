package followup

import (
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Roll is what happens to a term whose last day is no working day. The 条例 says nothing of it; 民法典 Art. 203 rolls over. It is
// the office's setting.
type Roll string

const (
	RollNone Roll = "none"
	RollNext Roll = "next_workday"
)

// Open says whether offices work on a day, and whether that is known: false for a year whose holiday notice is not published.
// An unknown day is given as what it would be as things stand.
type Open func(civil.Date) (works, known bool)

// Case is what a deadline is reckoned from. Zero dates are unknown; which ones a step needs is the rule's.
type Case struct {
	ReceivedOn   civil.Date // the matter (or, for review and recheck, the request) was received
	AcceptedOn   civil.Date // 受理
	AnsweredOn   civil.Date // the person received the written answer (or the review, for a recheck)
	ExtendedOn   civil.Date // an extension was approved; zero: none
	ExtendDays   int        // by how many days; 0: by as many as the rule allows
	HearingFrom  civil.Date // first and last day of a hearing, both inclusive; zero: none
	HearingUntil civil.Date
	Roll         Roll // empty: none
}

// Deadline is the last day of a step and why it is that day.
type Deadline struct {
	Step        Step
	BaseOn      civil.Date // the day it runs from, which is not counted
	Days        int
	Working     bool
	DueOn       civil.Date
	NominalOn   civil.Date   // before rolling
	ActOn       civil.Date   // the last working day up to NominalOn: what a reminder counts back from
	Paused      int          // days of a hearing that were not counted
	AskedOn     civil.Date   // set if the day of the request was not known and the last possible one was taken
	Provisional bool         // 暂定: a day whose state is not published yet decided it
	Article     planner.Text // the article, such as 《信访工作条例》第三十四条
	Say         planner.Text // what the article asks for
}

// Of reckons the deadline of a step.
//
// Errors: Invalid with the column in Where if the step is unknown, a date it needs is missing, the dates are out of order, the
// rule did not hold yet, or an extension was approved after the term it would extend.
func (r Rules) Of(step Step, c Case, open Open) (Deadline, error) {
	t, ok := r.terms[step]
	if !ok {
		return Deadline{}, bad("step", "没有“"+string(step)+"”这一步，可用 transfer、notify、object、answer、extend、review-ask、review、recheck-ask、recheck。",
			"there is no step "+strconv.Quote(string(step))+"; known are transfer, notify, object, answer, extend, review-ask, review, recheck-ask, recheck")
	}
	if err := c.check(step); err != nil {
		return Deadline{}, err
	}
	if step == StepAnswer && !c.ExtendedOn.IsZero() {
		plain := t.days
		t = r.terms[StepExtend]
		if c.ExtendDays > 0 {
			t.days = min(t.days, plain+c.ExtendDays)
		}
	}
	d := Deadline{Step: step, Days: t.days, Working: t.working, Article: t.article, Say: t.say}
	if err := r.base(&d, t, c, open); err != nil {
		return d, err
	}
	if d.BaseOn.Before(r.FromOn) {
		return d, bad("rules", r.Name.ZH+"自"+r.FromOn.String()+"起施行，"+d.BaseOn.String()+"的事项不能按它计算。",
			r.Name.EN+" holds from "+r.FromOn.String()+"; a term from "+d.BaseOn.String()+" cannot be reckoned by it")
	}
	if t.from == fromAccept && !c.ExtendedOn.IsZero() {
		if err := r.inTime(c, open); err != nil {
			return d, err
		}
	}
	d.run(t, c, open)
	return d, nil
}

// base finds the day that the term runs from.
func (r Rules) base(d *Deadline, t term, c Case, open Open) error {
	switch t.from {
	case fromReceipt:
		d.BaseOn = c.ReceivedOn
		return needs(d.BaseOn, "received_on", "收到之日", "the day of receipt")
	case fromAccept:
		d.BaseOn = c.AcceptedOn
		return needs(d.BaseOn, "accepted_on", "受理之日", "the day of acceptance")
	case fromAnswer:
		d.BaseOn = c.AnsweredOn
		return needs(d.BaseOn, "answered_on", "收到书面答复之日", "the day the written answer was received")
	}
	// A request for review follows the answer. A receipt before it is the matter's own, and the day of the request is unknown: then
	// the last day for asking bounds it.
	if !c.ReceivedOn.IsZero() && !c.ReceivedOn.Before(c.AnsweredOn) {
		d.BaseOn = c.ReceivedOn
		return nil
	}
	if err := needs(c.AnsweredOn, "received_on", "收到请求之日（或 answered_on 收到书面答复之日）", "the day the request was received (or answered_on, when the written answer was)"); err != nil {
		return err
	}
	ask := StepReviewAsk
	if t.from == fromAsking36 {
		ask = StepRecheckAsk
	}
	last, err := r.Of(ask, Case{AnsweredOn: c.AnsweredOn, Roll: c.Roll}, open)
	d.BaseOn, d.AskedOn, d.Provisional = last.DueOn, last.DueOn, last.Provisional
	return err
}

// inTime refuses an extension that was approved after the term had run out.
func (r Rules) inTime(c Case, open Open) error {
	plain := Deadline{BaseOn: c.AcceptedOn}
	plain.run(r.terms[StepAnswer], Case{Roll: c.Roll}, open)
	if c.ExtendedOn.After(plain.DueOn) {
		return bad("extended_on", "延期批准日"+c.ExtendedOn.String()+"晚于原期限"+plain.DueOn.String()+"；延期须在期限届满前批准。",
			"the extension was approved on "+c.ExtendedOn.String()+", after the term ended on "+plain.DueOn.String()+"; it must be approved before")
	}
	return nil
}

// run counts the term from the base. The base itself is not counted; the last day counted is the due day.
func (d *Deadline) run(t term, c Case, open Open) {
	day := d.BaseOn
	for n := 0; n < t.days; {
		day = day.AddDays(1)
		if t.pauses && !c.HearingFrom.IsZero() && !day.Before(c.HearingFrom) && !day.After(c.HearingUntil) {
			d.Paused++
			continue
		}
		if t.working {
			works, known := open(day)
			d.Provisional = d.Provisional || !known
			if !works {
				continue
			}
		}
		n++
	}
	d.NominalOn, d.DueOn, d.ActOn = day, day, day
	if c.Roll == RollNext {
		for {
			works, known := open(d.DueOn)
			d.Provisional = d.Provisional || !known
			if works {
				break
			}
			d.DueOn = d.DueOn.AddDays(1)
		}
	}
	for works, _ := open(d.ActOn); !works; works, _ = open(d.ActOn) {
		d.ActOn = d.ActOn.AddDays(-1)
	}
}

// check reports dates that contradict one another.
func (c Case) check(step Step) error {
	early := step != StepReviewAsk && step != StepReview && step != StepRecheckAsk && step != StepRecheck
	switch {
	case c.Roll != "" && c.Roll != RollNone && c.Roll != RollNext:
		return bad("roll", "“"+string(c.Roll)+"”不是顺延规则，请填 none 或 next_workday。", strconv.Quote(string(c.Roll))+" is no rolling rule; write none or next_workday")
	case early && before(c.AcceptedOn, c.ReceivedOn):
		return bad("accepted_on", "受理日"+c.AcceptedOn.String()+"早于收到日"+c.ReceivedOn.String()+"，请核对。",
			"accepted on "+c.AcceptedOn.String()+", before it was received on "+c.ReceivedOn.String()+"; check the dates")
	case before(c.AnsweredOn, c.AcceptedOn):
		return bad("answered_on", "答复日"+c.AnsweredOn.String()+"早于受理日"+c.AcceptedOn.String()+"，请核对。",
			"answered on "+c.AnsweredOn.String()+", before it was accepted on "+c.AcceptedOn.String()+"; check the dates")
	case before(c.ExtendedOn, c.AcceptedOn):
		return bad("extended_on", "延期批准日"+c.ExtendedOn.String()+"早于受理日"+c.AcceptedOn.String()+"，请核对。",
			"extended on "+c.ExtendedOn.String()+", before it was accepted on "+c.AcceptedOn.String()+"; check the dates")
	case c.HearingFrom.IsZero() != c.HearingUntil.IsZero():
		return bad("hearing_until", "听证要填第一天和最后一天（同一天就填两次）。", "a hearing needs its first and its last day (the same day twice if it is one)")
	case before(c.HearingUntil, c.HearingFrom):
		return bad("hearing_until", "听证最后一天"+c.HearingUntil.String()+"早于第一天"+c.HearingFrom.String()+"，请核对。",
			"the hearing ends on "+c.HearingUntil.String()+", before its first day "+c.HearingFrom.String()+"; check the dates")
	}
	return nil
}

// before reports whether both are known and a is the earlier.
func before(a, b civil.Date) bool { return !a.IsZero() && !b.IsZero() && a.Before(b) }

func needs(d civil.Date, column, zh, en string) error {
	if d.IsZero() {
		return bad(column, "这一步从"+zh+"算起，请补填日期。", "the step runs from "+en+"; fill it in")
	}
	return nil
}

func bad(column, zh, en string) error {
	return &planner.Error{Kind: planner.Invalid, Where: column, Say: planner.Text{ZH: zh, EN: en}}
}

// Cite is the article with what else decided the day: hearing days, rolling, an assumed request, 暂定.
func (d Deadline) Cite() planner.Text {
	t := d.Article
	add := func(zh, en string) { t.ZH, t.EN = t.ZH+"；"+zh, t.EN+"; "+en }
	if !d.AskedOn.IsZero() {
		add("请求日未填，按最迟请求日"+d.AskedOn.String()+"推算", "the request taken as made on the last possible day "+d.AskedOn.String())
	}
	if d.Paused > 0 {
		add("听证"+strconv.Itoa(d.Paused)+"日不计算在内", strconv.Itoa(d.Paused)+" days of hearing not counted")
	}
	if d.DueOn != d.NominalOn {
		add("末日"+d.NominalOn.String()+"不上班，顺延", d.NominalOn.String()+" is no working day, rolled over")
	}
	if d.Provisional {
		add("暂定：放假安排尚未公布", "provisional: the holidays are not published yet")
	}
	return t
}

// Light is a traffic light of a deadline: what a page shows beside the date.
type Light string

const (
	LightGreen Light = "green" // more than [SoonWorkdays] working days left
	LightAmber Light = "amber" // due soon, or on its last working day
	LightRed   Light = "red"   // past due
)

// SoonWorkdays is from how many working days before a deadline its light is amber; office practice, a setting.
const SoonWorkdays = 5

// LightOn is the light of a deadline on a day. back counts working days from ActOn, negative back.
func (d Deadline) LightOn(today civil.Date, workdays Workdays) Light {
	switch {
	case today.After(d.DueOn):
		return LightRed
	case today.Before(workdays(d.ActOn, -SoonWorkdays)):
		return LightGreen
	}
	return LightAmber
}
