package pipeline

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// Papers are the printable documents of a matter, named by the act they come from.
var Papers = []planner.ActKind{planner.ActAccept, planner.ActRefuse, planner.ActTransfer, planner.ActExtend, planner.ActAnswer, planner.ActAssign, planner.ActSupervise}

// PaperView 文书 is what a document says. The person's name is a blank to be filled in by hand: the paper goes to the person, our
// record has only the surname. Number is the 文号, blank if none was given.
type PaperView struct {
	Kind      planner.ActKind `json:"kind"`
	Number    string          `json:"number"`
	Matter    string          `json:"matter"`
	National  string          `json:"national_number,omitempty"`
	Source    planner.Text    `json:"source"`
	Title     string          `json:"title"`
	Story     string          `json:"story,omitempty"` // of 交办单 and 督办单
	Received  civil.Date      `json:"received_on"`
	On        civil.Date      `json:"on"`
	From      string          `json:"from"` // who issues it
	To        string          `json:"to,omitempty"`
	Officer   string          `json:"officer,omitempty"`
	Say       string          `json:"say,omitempty"`
	Outcome   planner.Text    `json:"outcome,omitzero"`
	DueOn     civil.Date      `json:"due_on,omitzero"`
	Article   planner.Text    `json:"article,omitzero"`
	ObjectBy  civil.Date      `json:"object_by,omitzero"` // 异议截止
	ObjectWhy planner.Text    `json:"object_article,omitzero"`
	AskBy     civil.Date      `json:"ask_by,omitzero"` // last day to ask for a review
	AskWhy    planner.Text    `json:"ask_article,omitzero"`
	Extended  civil.Date      `json:"extended_on,omitzero"`
	Answered  civil.Date      `json:"answered_on,omitzero"`
}

// Paper prints the document of the newest act of a kind. NotFound if there was none, or the matter lies outside p's scope.
func (a *App) Paper(ctx context.Context, p planner.Principal, id planner.MatterID, kind planner.ActKind) (v PaperView, err error) {
	if !p.Signed() {
		return v, mustSignIn()
	}
	none := planner.Fail(planner.NotFound, "这件事项还没有这种文书。", "the matter has no such document yet")
	if !slices.Contains(Papers, kind) {
		return v, none
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return v, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		m, err := tx.Matter(id)
		if err != nil {
			return err
		}
		acts, err := tx.ActsSaid(id)
		if err != nil {
			return err
		}
		at := -1
		for i, act := range acts {
			if act.Kind == kind {
				at = i
			}
		}
		if at < 0 {
			return none
		}
		act := acts[at]
		v = PaperView{Kind: kind, Number: act.Number, Matter: m.Number, National: m.National, Source: followup.KindText[m.Kind], Title: m.Title, Received: m.ReceivedOn, On: act.On,
			From: words.unit[m.Unit], Officer: words.cadre[m.Officer].Name, Say: act.Say, DueOn: act.DueOn, Extended: m.ExtendedOn, Answered: m.AnsweredOn}
		rules, err := followup.FindRules(followup.RulesID(m.Rules))
		if err != nil {
			return err
		}
		of := func(step followup.Step, c followup.Case) (civil.Date, planner.Text) {
			c.Roll = followup.Roll(m.Roll)
			d, err := rules.Of(step, c, words.open)
			if err != nil {
				return civil.Date{}, planner.Text{}
			}
			return d.DueOn, d.Cite()
		}
		switch kind {
		case planner.ActAccept:
			v.DueOn, v.Article = of(followup.StepAnswer, followup.Case{AcceptedOn: act.On})
		case planner.ActExtend:
			_, v.Article = of(followup.StepExtend, followup.Case{AcceptedOn: m.AcceptedOn})
		case planner.ActRefuse, planner.ActTransfer:
			v.Outcome = followup.OutcomeText[m.Outcome]
			_, v.Article = of(followup.StepNotify, followup.Case{ReceivedOn: m.ReceivedOn})
		case planner.ActAnswer:
			v.Outcome = followup.OutcomeText[m.Outcome]
			v.AskBy, v.AskWhy = of(followup.StepReviewAsk, followup.Case{AnsweredOn: act.On})
		case planner.ActAssign, planner.ActSupervise:
			v.From, v.To, v.Officer = words.unit[m.ReceiverUnit], words.unit[act.Unit], words.cadre[act.To].Name
			if d, ok := duty(m, words); ok && v.DueOn.IsZero() {
				v.DueOn, v.Article = d.DueOn, d.Cite()
			}
			v.ObjectBy, v.ObjectWhy = of(followup.StepObject, followup.Case{ReceivedOn: act.On})
			secrets, err := tx.OpenMatter(id)
			if err != nil {
				return err
			}
			v.Story = secrets.Story
		}
		return nil
	})
	return v, err
}

// MatterByNumber finds a matter of p's scope by our number: 2026-0001.
func (a *App) MatterByNumber(ctx context.Context, p planner.Principal, number string) (id planner.MatterID, err error) {
	rows, err := a.Matters(ctx, p, store.MatterFilter{})
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(rows, func(r MatterRow) bool { return r.Number == number || string(r.ID) == number }); i >= 0 {
		return rows[i].ID, nil
	}
	return "", planner.Fail(planner.NotFound, "没有编号“"+number+"”的事项，或者它不在您的范围内。", "there is no matter "+number+", or not within your scope")
}

// Choice is an entry of a select: what is sent and what is read.
type Choice struct{ Value, Text string }

// MatterChoices are the selects of the forms about matters: the office's own units, people and places.
type MatterChoices struct {
	Units    []Choice
	Officers []Choice // active cadres with their unit
	Leaders  []Choice
	Areas    []Choice
}

// MatterChoices gives the selects. Names of units, cadres and places are open to whoever signed in.
func (a *App) MatterChoices(ctx context.Context, p planner.Principal) (c MatterChoices, err error) {
	if !p.Signed() {
		return c, mustSignIn()
	}
	var r planner.Roster
	err = a.DB.Read(ctx, planner.System("selects of the forms about matters"), func(tx *store.Tx) (err error) {
		r, err = tx.Roster()
		return err
	})
	w := wordsOf(r)
	for _, u := range r.Units {
		c.Units = append(c.Units, Choice{string(u.ID), u.Name})
	}
	for _, d := range r.Cadres {
		if !d.Active {
			continue
		}
		if d.Rank == planner.RankLeader {
			c.Leaders = append(c.Leaders, Choice{string(d.ID), d.Name + " " + d.Title})
		}
		c.Officers = append(c.Officers, Choice{string(d.ID), d.Name + "（" + w.unit[d.Unit] + "）"})
	}
	for _, ar := range r.Areas {
		if ar.Level != planner.LevelGroup {
			c.Areas = append(c.Areas, Choice{string(ar.Code), ar.Name})
		}
	}
	return c, err
}

// UnitByCode finds a unit by its code.
func (a *App) UnitByCode(ctx context.Context, p planner.Principal, code string) (planner.UnitID, error) {
	if !p.Signed() {
		return "", mustSignIn()
	}
	w, err := a.matterWords(ctx)
	if id := w.byCode[code]; err == nil && id != "" {
		return id, nil
	} else if err != nil {
		return "", err
	}
	return "", planner.Fail(planner.NotFound, "没有单位代码“"+code+"”。", "there is no unit with code "+code)
}
