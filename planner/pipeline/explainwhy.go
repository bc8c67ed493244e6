package pipeline

import (
	"context"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/store"
)

// WhyNot says why a household is not with a certain cadre.
type WhyNot struct {
	Household planner.HouseholdID `json:"household"`
	Cadre     planner.CadreID     `json:"cadre"`
	CadreName string              `json:"cadre_name"`
	CadreCode string              `json:"cadre_code"`
	Unit      string              `json:"unit"`
	Answer    string              `json:"answer"`            // paired, forbidden, no-room, or dearer
	Say       planner.Text        `json:"say"`               // the answer in one sentence
	Fewest    bool                `json:"fewest,omitempty"`  // the plan was made by the fewest changes: what counts is left, then changed, then extra
	Left      int                 `json:"left,omitempty"`    // exact: more without a cadre, a pinned one counts twice
	Changed   int                 `json:"changed,omitempty"` // exact: more that have another cadre than in the plan in force
	Extra     planner.Seconds     `json:"extra"`             // exact; of the answer dearer
	Parts     []WhyPart           `json:"parts,omitempty"`
	Changes   []WhyStep           `json:"changes,omitempty"` // in an order in which each can be made
}

// WhyPart is one line of the sum that makes Extra.
type WhyPart struct {
	Price planner.Seconds `json:"price"`
	Say   planner.Text    `json:"say"`
}

// WhyStep is one household that would change cadre; From or To is empty where it has nobody.
type WhyStep struct {
	Household planner.HouseholdID `json:"household"`
	Code      string              `json:"code"`
	From      planner.CadreID     `json:"from,omitempty"`
	To        planner.CadreID     `json:"to,omitempty"`
	Say       planner.Text        `json:"say"`
}

var (
	sayPaired = planner.Text{ZH: "{target}现在就由{cadre}联系。", EN: "{cadre} looks after {target} now."}
	sayNotFor = planner.Text{ZH: "不能由{cadre}联系：{why}。", EN: "{cadre} cannot: {why}."}
	sayNoRoom = planner.Text{ZH: "{cadre}的名额已满，怎样调整都腾不出来。", EN: "{cadre} has no place left, and no rearranging makes one."}
	sayDearer = planner.Text{ZH: "如果改由{cadre}联系，最省的安排要比现在多{mins}，共有{n}户换人。", EN: "with {cadre} the best plan would cost {mins} more, and {n} households would change cadre."}
	saySame   = planner.Text{ZH: "也可以改由{cadre}联系，总代价不变，共有{n}户换人。", EN: "{cadre} could as well: the plan costs the same, and {n} households change cadre."}
)

// exactly writes seconds as minutes and seconds.
func exactly(s planner.Seconds) planner.Text {
	if s%60 == 0 {
		return planner.Text{ZH: fmt.Sprintf("%d分钟", s/60), EN: fmt.Sprintf("%d min", s/60)}
	}
	return planner.Text{ZH: fmt.Sprintf("%d分%d秒", s/60, s%60), EN: fmt.Sprintf("%d min %d s", s/60, s%60)}
}

// mayAsk refuses those who do not read the whole plan: an answer names households and cadres of other units.
func mayAsk(p planner.Principal) error {
	if p.SeesAll() {
		return nil
	}
	return planner.Fail(planner.Forbidden, "只有组织部门经办人、管理员和审计人员可以查看替代人选。", "only planners, administrators and auditors may see who else could be.")
}

// newest finds the plan that answers are about: the newest that p may see.
func (a *App) newest(ctx context.Context, p planner.Principal) (head planner.Plan, err error) {
	if err := mayAsk(p); err != nil {
		return head, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		head, err = headFor(tx, p, 0)
		return err
	})
	return head, err
}

// WhyNot says why a household is not with the cadre of that code 工号 in the newest plan: the rule that forbids it, or what the best plan with
// that pair would cost more, to the second, with the chain of changes. Planners, administrators and auditors only; private
// reasons are the planner's. Conflict: roster or rules changed after the plan was made.
func (a *App) WhyNot(ctx context.Context, p planner.Principal, household planner.HouseholdID, code string) (WhyNot, error) {
	head, err := a.newest(ctx, p)
	if err != nil {
		return WhyNot{}, fmt.Errorf("why not: %w", err)
	}
	c, err := a.indexAround(ctx, p, head, household)
	if err != nil {
		return WhyNot{}, fmt.Errorf("why not: %w", err)
	}
	cadre, ok := c.byCode[code]
	if !ok { // of another county, or nobody
		if _, err := a.CadreByCode(ctx, p, code); planner.KindOf(err) != planner.NotFound {
			if err == nil {
				c, err = a.indexOf(ctx, p, head)
			}
			if err != nil {
				return WhyNot{}, fmt.Errorf("why not: %w", err)
			}
			cadre, ok = c.byCode[code]
		}
	}
	if !ok {
		return WhyNot{}, planner.Fail(planner.NotFound, "没有工号为“"+code+"”的干部，请核对。", "there is no cadre with code "+code+"; please check.")
	}
	w, err := c.index.WhyNot(ctx, household, cadre)
	if err != nil {
		return WhyNot{}, fmt.Errorf("why not: %w", err)
	}
	return c.whyNot(p, w), nil
}

// whyNot words an answer for p.
func (c county) whyNot(p planner.Principal, w pairing.WhyNot) WhyNot {
	x := c.cadres[w.Cadre]
	v := WhyNot{Household: w.Household, Cadre: w.Cadre, CadreName: x.Name, CadreCode: x.Code, Unit: c.units[x.Unit], Fewest: w.Fewest, Left: w.Left, Changed: w.Changed, Extra: w.Extra}
	fill := func(t planner.Text, why planner.Text) planner.Text {
		return planner.Text{ZH: t.Fill("cadre", x.Name, "target", "该户", "why", why.ZH, "mins", exactly(w.Extra).ZH, "n", fmt.Sprint(len(w.Changes))).ZH,
			EN: t.Fill("cadre", x.Name, "target", "the household", "why", why.EN, "mins", exactly(w.Extra).EN, "n", fmt.Sprint(len(w.Changes))).EN}
	}
	switch {
	case w.Now == w.Cadre:
		v.Answer, v.Say = "paired", fill(sayPaired, planner.Text{})
	case w.Forbidden != nil:
		why := w.Forbidden.Say
		if w.Forbidden.Private && !p.SeesPrivate() {
			why = sayForbidden
		}
		v.Answer, v.Say = "forbidden", fill(sayNotFor, why)
	case !w.Possible:
		v.Answer, v.Say = "no-room", fill(sayNoRoom, planner.Text{})
	default:
		v.Answer = "dearer"
		switch {
		case w.Fewest:
			say, more := saidFewest(w)
			say.ZH, say.EN = strings.ReplaceAll(say.ZH, "{more}", more.ZH), strings.ReplaceAll(say.EN, "{more}", more.EN)
			v.Say = fill(say, planner.Text{})
		case w.Extra == 0:
			v.Say = fill(saySame, planner.Text{})
		default:
			v.Say = fill(sayDearer, planner.Text{})
		}
		hidden, merged := false, WhyPart{Say: sayAdjusted}
		for _, part := range w.Parts {
			if part.Private && !p.SeesPrivate() {
				hidden, merged.Price = true, merged.Price+part.Price
				continue
			}
			v.Parts = append(v.Parts, WhyPart{Price: part.Price, Say: part.Say})
		}
		if hidden {
			v.Parts = append(v.Parts, merged)
		}
		for _, s := range w.Changes {
			v.Changes = append(v.Changes, WhyStep(s))
		}
	}
	return v
}

// Recommend lists who else could look after a household of the newest plan, the n cheapest for the whole plan first, to the
// second, and after them, at most three, those whom a rule forbids and one would think of. A household that nobody has can
// be asked about as well. Who may ask is as for [App.WhyNot].
func (a *App) Recommend(ctx context.Context, p planner.Principal, household planner.HouseholdID, n int) ([]Alternative, error) {
	head, err := a.newest(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("recommend: %w", err)
	}
	out, _, err := a.others(ctx, p, head, household, n)
	if err != nil {
		return nil, fmt.Errorf("recommend: %w", err)
	}
	return out, nil
}

// others asks for the alternatives and words them.
func (a *App) others(ctx context.Context, p planner.Principal, head planner.Plan, household planner.HouseholdID, n int) ([]Alternative, county, error) {
	c, err := a.indexAround(ctx, p, head, household)
	if err != nil {
		return nil, c, err
	}
	alts, err := c.index.Recommend(ctx, household, n)
	if err != nil {
		return nil, c, err
	}
	var out []Alternative
	for _, x := range alts {
		who := c.cadres[x.Cadre]
		v := Alternative{Cadre: x.Cadre, CadreName: who.Name, CadreCode: who.Code, Unit: c.units[who.Unit], Fewest: pairing.Replanned(c.plan), Left: x.Left, Changed: x.Changed, Extra: x.Extra, Moves: x.Moves}
		if x.Forbidden != nil {
			v.Forbidden = x.Forbidden.Say
			if x.Forbidden.Private && !p.SeesPrivate() {
				v.Forbidden = sayForbidden
			}
		}
		out = append(out, v)
	}
	return out, c, nil
}

// HelpWhere says where one more place would help the newest plan, and what that means.
type HelpWhere struct {
	Meaning  planner.Text `json:"meaning"`
	Units    []HelpRow    `json:"units"`
	Villages []HelpRow    `json:"villages"`
}

// HelpRow is one unit or village, the most helped first.
type HelpRow struct {
	Unit      planner.UnitID   `json:"unit,omitempty"`
	Village   planner.AreaCode `json:"village,omitempty"`
	Name      string           `json:"name"`
	Cadre     planner.CadreID  `json:"cadre"` // at whom the place would help most
	CadreName string           `json:"cadre_name"`
	CadreCode string           `json:"cadre_code"`
	Fewest    bool             `json:"fewest,omitempty"`
	Left      int              `json:"left,omitempty"`    // exact, of a plan made by the fewest changes: fewer without a cadre, a pinned one counts twice
	Changed   int              `json:"changed,omitempty"` // exact, of such a plan: fewer that have another cadre than in the plan in force
	Saves     planner.Seconds  `json:"saves"`             // exact: what the best plan would cost less; of such a plan it comes last and may be below 0
	Serves    bool             `json:"serves"`            // a household without a cadre would get one
}

var sayHelp = planner.Text{
	ZH: "“节省”是：只给表中这名干部增加1个名额（按其超出上限后下一户的代价计），其他都不变，重新求得的最省方案比现在的总代价少多少，精确到秒。单位一栏的名额可由任何户使用；村一栏的名额只给该村的户使用。名额增加2个，节省不会超过2倍。没有列出的单位和村，增加1个名额不会更省。",
	EN: "Saves is how much less the cheapest plan would cost, to the second, if the cadre named here alone had one more place (at the price that the load rules give their next household beyond the cap) and all else stayed as it is. A unit's place may be taken by any household; a village's only by one of its own. Two places never save more than twice as much. Where nothing is listed one more place saves nothing."}

// HelpWhere lists, by unit and by village, the n places that would help most. Who may ask is as for [App.WhyNot].
func (a *App) HelpWhere(ctx context.Context, p planner.Principal, n int) (HelpWhere, error) {
	head, err := a.newest(ctx, p)
	if err != nil {
		return HelpWhere{}, fmt.Errorf("help where: %w", err)
	}
	c, err := a.indexOf(ctx, p, head)
	if err != nil {
		return HelpWhere{}, fmt.Errorf("help where: %w", err)
	}
	units, err := c.index.HelpUnits(ctx)
	if err != nil {
		return HelpWhere{}, fmt.Errorf("help where: %w", err)
	}
	villages, err := c.index.HelpVillages(ctx)
	if err != nil {
		return HelpWhere{}, fmt.Errorf("help where: %w", err)
	}
	meaning := sayHelp
	if pairing.Replanned(c.plan) {
		meaning = sayFewestHelp
	}
	return HelpWhere{Meaning: meaning, Units: c.help(units, n), Villages: c.help(villages, n)}, nil
}

func (c county) help(hs []pairing.Help, n int) []HelpRow {
	out := []HelpRow{}
	for _, h := range hs[:min(n, len(hs))] {
		who := c.cadres[h.Cadre]
		out = append(out, HelpRow{Unit: h.Unit, Village: h.Village, Name: h.Name, Cadre: h.Cadre, CadreName: who.Name, CadreCode: who.Code,
			Fewest: pairing.Replanned(c.plan), Left: h.Left, Changed: h.Changed, Saves: h.Saves, Serves: h.Serves})
	}
	return out
}
