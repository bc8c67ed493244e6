package pipeline

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// MatterRow is one matter in a list: sorted by deadline, never by person.
type MatterRow struct {
	ID       planner.MatterID    `json:"id"`
	Number   string              `json:"number"`
	National string              `json:"national_number,omitempty"` // in 国家信访信息系统
	Kind     planner.MatterKind  `json:"kind"`
	State    planner.MatterState `json:"state"`
	Area     string              `json:"area"`
	Topic    planner.Need        `json:"topic,omitempty"`
	Title    string              `json:"title"`
	Persons  int                 `json:"persons"`
	Group    bool                `json:"group"` // 集体访
	Unit     string              `json:"unit"`
	Officer  string              `json:"officer,omitempty"`
	Received civil.Date          `json:"received_on"`
	DueOn    civil.Date          `json:"due_on,omitzero"`
	Step     followup.Step       `json:"step,omitempty"`
	StepText planner.Text        `json:"step_text,omitzero"`
	Article  planner.Text        `json:"article,omitzero"` // with what else decided the day
	Light    followup.Light      `json:"light,omitempty"`
	Rung     int                 `json:"rung"`
	Outcome  planner.Outcome     `json:"outcome,omitempty"`

	KindText    planner.Text `json:"kind_text"`
	StateText   planner.Text `json:"state_text"`
	OutcomeText planner.Text `json:"outcome_text,omitzero"`
}

// MatterView is one matter with its file, its clocks and what p may do about it.
type MatterView struct {
	MatterRow
	Name     string         `json:"name"` // masked; empty: anonymous
	Story    string         `json:"story,omitempty"`
	Contact  string         `json:"contact,omitempty"` // to those who answer or ask
	Reason   string         `json:"reason,omitempty"`
	Receiver string         `json:"receiver"` // unit
	Partners []string       `json:"partners,omitempty"`
	Agreed   bool           `json:"agreed"`
	Clocks   []ClockView    `json:"clocks"`
	Acts     []ActView      `json:"acts"`
	Can      []ActChoice    `json:"can"`
	Steps    []StepView     `json:"steps"` // 四步一站
	Lead     *LeadRow       `json:"lead,omitempty"`
	Final    bool           `json:"final"`
	Matter   planner.Matter `json:"-"`
}

// ActChoice is an act that somebody may do now.
type ActChoice struct {
	Kind planner.ActKind `json:"kind"`
	Text planner.Text    `json:"text"`
}

// May reports whether an act is among those that may be done.
func (v MatterView) May(k planner.ActKind) bool {
	return slices.ContainsFunc(v.Can, func(c ActChoice) bool { return c.Kind == k })
}

// ClockView is a running deadline in words.
type ClockView struct {
	Step    followup.Step  `json:"step"`
	Text    planner.Text   `json:"text"`
	BaseOn  civil.Date     `json:"base_on"`
	DueOn   civil.Date     `json:"due_on"`
	ActOn   civil.Date     `json:"act_on"`
	Article planner.Text   `json:"article"`
	Say     planner.Text   `json:"say"`
	Light   followup.Light `json:"light"`
	Right   bool           `json:"right"` // what somebody may still do, not what the office must
}

// ActView is a line of the file.
type ActView struct {
	On     civil.Date      `json:"on"`
	Kind   planner.ActKind `json:"kind"`
	Text   planner.Text    `json:"text"`
	Unit   string          `json:"unit,omitempty"`
	By     string          `json:"by,omitempty"`
	DueOn  civil.Date      `json:"due_on,omitzero"`
	Number string          `json:"number,omitempty"`
	Say    string          `json:"say,omitempty"`
}

// StepView is a step of 四步一站.
type StepView struct {
	Text    planner.Text `json:"text"`
	Days    int          `json:"days"`
	Working bool         `json:"working"`
	Now     bool         `json:"now"`
	DueOn   civil.Date   `json:"due_on,omitzero"`
}

// Matters lists the matters of p's scope by deadline: open ones, or all. Forbidden to visitors.
func (a *App) Matters(ctx context.Context, p planner.Principal, f store.MatterFilter) (out []MatterRow, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		ms, err := tx.Matters(f)
		for _, m := range ms {
			out = append(out, a.matterRow(m, words))
		}
		return err
	})
	return out, err
}

// duty is the nearest deadline that the office must keep.
func duty(m planner.Matter, w matterWords) (d followup.Deadline, ok bool) {
	ds, err := followup.Clocks(m, w.open)
	if err != nil {
		return d, false
	}
	i := slices.IndexFunc(ds, func(d followup.Deadline) bool { return string(d.Step) == m.DueStep })
	if i < 0 {
		return d, false
	}
	return ds[i], true
}

func (a *App) matterRow(m planner.Matter, w matterWords) MatterRow {
	r := MatterRow{ID: m.ID, Number: m.Number, National: m.National, Kind: m.Kind, State: m.State, Area: w.area[m.Area], Topic: m.Topic, Title: m.Title, Persons: m.Persons,
		Group: m.Group(), Unit: w.unit[m.Unit], Officer: w.cadre[m.Officer].Name, Received: m.ReceivedOn, Rung: m.Rung, Outcome: m.Outcome,
		KindText: followup.KindText[m.Kind], StateText: followup.MatterStateText[m.State], OutcomeText: followup.OutcomeText[m.Outcome]}
	if d, ok := duty(m, w); ok {
		r.DueOn, r.Step, r.StepText, r.Article, r.Light = d.DueOn, d.Step, followup.StepText[d.Step], d.Cite(), d.LightOn(a.Today(), w.work.Add)
	}
	return r
}

// handActs are what a page offers by hand.
var handActs = []planner.ActKind{planner.ActAsk, planner.ActAccept, planner.ActRefuse, planner.ActTransfer, planner.ActAssign, planner.ActObject, planner.ActSupervise, planner.ActExtend,
	planner.ActHearing, planner.ActStep, planner.ActAnswer, planner.ActClose, planner.ActFollow, planner.ActReviewAsk, planner.ActReview, planner.ActRecheckAsk, planner.ActRecheck, planner.ActComfort}

// Matter shows one matter of p's scope. The contact is shown to those who answer it or ask afterwards, and the reading is recorded.
func (a *App) Matter(ctx context.Context, p planner.Principal, id planner.MatterID) (out MatterView, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	today := a.Today()
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		m, err := tx.Matter(id)
		if err != nil {
			return err
		}
		secrets, err := tx.OpenMatter(id)
		if err != nil {
			return err
		}
		acts, err := tx.ActsSaid(id)
		if err != nil {
			return err
		}
		ts, err := tx.MatterTasks(id)
		if err != nil {
			return err
		}
		ls, err := tx.Leads(id, true)
		if err != nil {
			return err
		}
		out = MatterView{MatterRow: a.matterRow(m, words), Name: m.Name, Story: secrets.Story, Reason: secrets.Reason, Receiver: words.unit[m.ReceiverUnit], Agreed: m.Agreed,
			Final: !m.FinalOn.IsZero(), Matter: m, Clocks: []ClockView{}, Acts: []ActView{}, Can: []ActChoice{}}
		for _, u := range m.Partners {
			out.Partners = append(out.Partners, words.unit[u])
		}
		clocks, err := followup.Clocks(m, words.open)
		if err != nil {
			return err
		}
		for _, d := range clocks {
			out.Clocks = append(out.Clocks, ClockView{Step: d.Step, Text: followup.StepText[d.Step], BaseOn: d.BaseOn, DueOn: d.DueOn, ActOn: d.ActOn, Article: d.Cite(), Say: d.Say,
				Light: d.LightOn(today, words.work.Add), Right: d.Step == followup.StepObject || d.Step == followup.StepRecheckAsk})
		}
		for _, act := range acts {
			out.Acts = append(out.Acts, ActView{On: act.On, Kind: act.Kind, Text: followup.ActText[act.Kind], Unit: words.unit[act.Unit], By: words.cadre[act.By].Name,
				DueOn: act.DueOn, Number: act.Number, Say: act.Say})
		}
		for _, k := range handActs {
			d := MatterDeed{Kind: k}
			if k == planner.ActExtend { // whoever may ask for it sees the form; the approval is checked with it
				d.Kind = planner.ActAnswer
			}
			if followup.Possible(m, k) && a.mayAct(p, m, &d, words, ts) == nil {
				out.Can = append(out.Can, ActChoice{k, followup.ActText[k]})
			}
		}
		if out.May(planner.ActAnswer) || out.May(planner.ActFollow) || out.May(planner.ActAccept) {
			out.Contact = secrets.Contact
		}
		for i, s := range followup.FourSteps {
			v := StepView{Text: s.Name, Days: s.Days, Working: s.Working, Now: i+1 == m.LadderStep}
			if v.Now {
				v.DueOn = m.LadderDueOn
			}
			out.Steps = append(out.Steps, v)
		}
		if len(ls) > 0 {
			row := a.leadRow(ls[0], m, words)
			out.Lead = &row
		}
		return nil
	})
	return out, err
}

// SlipView is what a resident sees by the code of the slip: how far it is, by when, and what was decided. No name, no contact and
// no words of the file, since a slip may be found by somebody else.
type SlipView struct {
	Number   string              `json:"number"`
	Kind     planner.MatterKind  `json:"kind"`
	State    planner.MatterState `json:"state"`
	Received civil.Date          `json:"received_on"`
	Unit     string              `json:"unit"`
	Steps    []ActView           `json:"steps"` // day and kind alone
	DueOn    civil.Date          `json:"due_on,omitzero"`
	StepText planner.Text        `json:"step_text,omitzero"`
	Article  planner.Text        `json:"article,omitzero"`
	Outcome  planner.Outcome     `json:"outcome,omitempty"`
	Reason   string              `json:"reason,omitempty"`
	Opinion  planner.Opinion     `json:"opinion,omitempty"`
	MayRate  bool                `json:"may_rate"`
	AskBy    civil.Date          `json:"ask_by,omitzero"` // the last day to ask for a review
	AskWhy   planner.Text        `json:"ask_article,omitzero"`

	KindText    planner.Text `json:"kind_text"`
	StateText   planner.Text `json:"state_text"`
	OutcomeText planner.Text `json:"outcome_text,omitzero"`
	OpinionText planner.Text `json:"opinion_text,omitzero"`
}

// MatterBySlip shows a matter to whoever holds its code. NotFound for any other code.
func (a *App) MatterBySlip(ctx context.Context, code string) (out SlipView, err error) {
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	err = a.DB.Read(ctx, planner.System("progress by slip code"), func(tx *store.Tx) error {
		m, err := tx.MatterByCode(slipHash(code))
		if err != nil {
			return err
		}
		out, err = a.slipView(tx, m, words)
		return err
	})
	return out, err
}

func (a *App) slipView(tx *store.Tx, m planner.Matter, words matterWords) (SlipView, error) {
	row := a.matterRow(m, words)
	v := SlipView{Number: m.Number, Kind: m.Kind, State: m.State, Received: m.ReceivedOn, Unit: row.Unit, DueOn: row.DueOn, StepText: row.StepText, Article: row.Article,
		Outcome: m.Outcome, Opinion: m.Opinion, MayRate: mayRate(m, a.Today()),
		KindText: row.KindText, StateText: row.StateText, OutcomeText: row.OutcomeText}
	if m.Opinion != "" {
		v.OpinionText = followup.OpinionText[m.Opinion]
	}
	acts, err := tx.Acts(m.ID)
	if err != nil {
		return v, err
	}
	for _, act := range acts {
		if act.Kind != planner.ActSupervise && act.Kind != planner.ActFollow {
			v.Steps = append(v.Steps, ActView{On: act.On, Kind: act.Kind, Text: followup.ActText[act.Kind], Unit: words.unit[act.Unit]})
		}
	}
	if m.Outcome != "" {
		secrets, err := tx.OpenMatter(m.ID)
		if err != nil {
			return v, err
		}
		v.Reason = secrets.Reason
	}
	if (m.State == planner.MatterAnswered || m.State == planner.MatterClosed) && m.ReviewAskedOn.IsZero() && followup.MayReview(m) {
		if r, err := followup.FindRules(followup.RulesID(m.Rules)); err == nil {
			if d, err := r.Of(followup.StepReviewAsk, followup.Case{AnsweredOn: m.AnsweredOn, Roll: followup.Roll(m.Roll)}, words.open); err == nil {
				v.AskBy, v.AskWhy = d.DueOn, d.Cite()
			}
		}
	}
	return v, nil
}
