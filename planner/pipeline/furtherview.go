package pipeline

import (
	"context"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// FurtherTier is one further tier of a plan in figures. Its price is not part of the plan's.
type FurtherTier struct {
	Tier     planner.Tier    `json:"tier"`
	Lines    int             `json:"lines"`    // links
	Unserved int             `json:"unserved"` // who has nobody; of units: households without a place
	Price    planner.Seconds `json:"price"`
	Bound    planner.Seconds `json:"bound"` // proved: no plan of this tier is cheaper
	Gap      planner.Seconds `json:"gap"`
	Linked   planner.Seconds `json:"linked"` // the part of the price that the lines add up to; the rest is for who has nobody
	Say      planner.Text    `json:"say"`
}

// furtherNames are the names of the further tiers.
var furtherNames = map[planner.Tier]planner.Text{
	planner.TierUnit:      {ZH: "单位包村", EN: "units and villages"},
	planner.TierSecond:    {ZH: "第二责任人", EN: "second responsible persons"},
	planner.TierVolunteer: {ZH: "志愿者一对一", EN: "volunteers, one to one"},
	planner.TierTen:       {ZH: "十户调解员", EN: "mediators of ten households"},
}

// furtherOf summarizes a plan's further tiers.
func furtherOf(plan planner.Plan) (out []FurtherTier) {
	lines, linked := map[planner.Tier]int{}, map[planner.Tier]planner.Seconds{}
	for _, l := range plan.Links {
		lines[l.Tier]++
		linked[l.Tier] += l.Price
	}
	for _, c := range plan.Proofs {
		t := FurtherTier{Tier: c.Tier, Lines: lines[c.Tier], Unserved: c.Unserved, Price: c.Price, Bound: c.Bound, Gap: c.Gap(), Linked: linked[c.Tier]}
		t.Say = furtherSay(t)
		out = append(out, t)
	}
	return out
}

// leftSay says how many have nobody in a further tier.
var leftSay = map[planner.Tier]planner.Text{
	planner.TierUnit:      {ZH: "还有{left}户没有单位能安排", EN: "{left} households that no unit has room for"},
	planner.TierSecond:    {ZH: "还有{left}户没有第二责任人", EN: "{left} households without a second person"},
	planner.TierVolunteer: {ZH: "还有{left}户选了需求而没有对口的志愿者", EN: "{left} households that asked for help and have no volunteer who knows it"},
	planner.TierTen:       {ZH: "还有{left}个十户没有本村的调解员", EN: "{left} tens without a mediator of their village"},
}

// furtherSay is a tier in one sentence. It is called optimal only where bound and price meet.
func furtherSay(t FurtherTier) planner.Text {
	name := furtherNames[t.Tier]
	say := planner.Text{ZH: "{name}{lines}条，合计{linked}分钟，已证明安排最多、最省", EN: "{name}: {lines} lines, {linked} minutes in all, proved the most and the cheapest"}
	if t.Gap > 0 {
		say = planner.Text{ZH: "{name}{lines}条，总代价{price}分钟，下界{bound}分钟，差距{gap}分钟（{part}）", EN: "{name}: {lines} lines, price {price} minutes, lower bound {bound} minutes, gap {gap} minutes ({part})"}
	}
	say = planner.Text{ZH: strings.ReplaceAll(say.ZH, "{name}", name.ZH), EN: strings.ReplaceAll(say.EN, "{name}", name.EN)}
	if t.Unserved > 0 {
		left := leftSay[t.Tier]
		say.ZH, say.EN = say.ZH+"，"+left.ZH, say.EN+", "+left.EN
	}
	part := 0.0
	if t.Price != 0 {
		part = 100 * float64(t.Gap) / float64(t.Price)
	}
	return say.Fill("linked", fmt.Sprint(t.Linked.Minutes()), "lines", fmt.Sprint(t.Lines), "price", fmt.Sprint(t.Price.Minutes()), "bound", fmt.Sprint(t.Bound.Minutes()), "gap", fmt.Sprint(t.Gap.Minutes()),
		"part", fmt.Sprintf("%.1f%%", part), "left", fmt.Sprint(t.Unserved))
}

// LinkView is a line of a further tier as a page or command shows it.
type LinkView struct {
	Tier    planner.Tier     `json:"tier"`
	Name    planner.Text     `json:"name"` // of the tier
	Who     string           `json:"who"`
	Code    string           `json:"code"` // of who
	Unit    string           `json:"unit,omitempty"`
	Target  string           `json:"target"`          // household or village code, or a ten
	Head    string           `json:"head,omitempty"`  // 张某某
	Area    string           `json:"area"`            //
	Count   int              `json:"count,omitempty"` // households
	Until   string           `json:"until,omitempty"` // last day of the agreement
	Price   planner.Seconds  `json:"price"`
	Reasons []planner.Reason `json:"reasons"`
	Hidden  bool             `json:"hidden,omitempty"`
}

// FurtherFilter chooses lines. Empty fields choose all.
type FurtherFilter struct {
	Tier      planner.Tier
	Household planner.HouseholdID
	Cadre     planner.CadreID
}

// Further lists lines of the further tiers of the newest plan that p may see. With a household it lists all that look after it,
// its ten's mediator and its village's units included.
func (a *App) Further(ctx context.Context, p planner.Principal, period int, f FurtherFilter) (out []LinkView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = nil
		head, err := headFor(tx, p, period)
		if err != nil {
			return err
		}
		links, err := furtherLinks(tx, head.ID, f)
		if err != nil {
			return err
		}
		out, err = wordLinks(tx, p, links)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("further tiers: %w", err)
	}
	return out, nil
}

func furtherLinks(tx *store.Tx, plan planner.PlanID, f FurtherFilter) ([]planner.Link, error) {
	if f.Household == "" {
		return tx.Links(plan, store.LinkFilter{Tier: f.Tier, Cadre: f.Cadre})
	}
	h, err := tx.Household(f.Household)
	if err != nil {
		return nil, err
	}
	return tx.LinksAround(plan, h, f.Tier)
}

// fewLinks are named one by one.
const fewLinks = 30

// wordLinks names what links refer to and cuts reasons to what p may read.
func wordLinks(tx *store.Tx, p planner.Principal, links []planner.Link) ([]LinkView, error) {
	words := newRowWords
	if len(links) <= fewLinks {
		words = func(tx *store.Tx) (*rowWords, error) { return fewRowWords(tx, p) }
	}
	w, err := words(tx)
	if err != nil {
		return nil, err
	}
	hs, err := tx.Helpers()
	if err != nil {
		return nil, err
	}
	helper := map[planner.HelperID]planner.Helper{}
	for _, h := range hs {
		helper[h.ID] = h
	}
	out := make([]LinkView, 0, len(links))
	for _, l := range links {
		v := LinkView{Tier: l.Tier, Name: furtherNames[l.Tier], Price: l.Price, Count: l.Count}
		switch {
		case l.Unit != "":
			if err := w.want(l.Unit); err != nil {
				return nil, err
			}
			v.Who, v.Code = w.unit[l.Unit], w.code[l.Unit]
		case l.Helper != "":
			v.Who, v.Code = helper[l.Helper].Name, helper[l.Helper].Code
		default:
			c, err := w.cadre(l.Cadre)
			if err != nil {
				return nil, err
			}
			if err := w.want(c.Unit); err != nil {
				return nil, err
			}
			v.Who, v.Code, v.Unit = c.Name, c.Code, w.unit[c.Unit]
		}
		area := l.Area
		v.Target = string(l.Area)
		if l.Household != "" {
			h, err := tx.Household(l.Household)
			if err != nil && planner.KindOf(err) != planner.NotFound {
				return nil, err
			}
			v.Target, v.Head = h.Code, h.Head
			if area = h.Group; area == "" {
				area = h.Village
			}
		}
		if l.Tier == planner.TierTen {
			v.Target, v.Count = fmt.Sprintf("%s#%02d", l.Area, l.No), len(l.Members)
		}
		if area != "" {
			if err := w.want("", area); err != nil {
				return nil, err
			}
			v.Area = w.place(area)
		}
		if !l.Until.IsZero() {
			v.Until = l.Until.AddDays(-1).String()
		}
		v.Reasons, v.Hidden = shownReasons(p, l.Reasons)
		out = append(out, v)
	}
	return out, nil
}

// furtherLines are a plan's links as the workbook has them.
func (o planOut) furtherLines() (out []sheet.FurtherLine) {
	for _, l := range o.plan.Links {
		x := sheet.FurtherLine{Tier: furtherNames[l.Tier], Count: max(l.Count, len(l.Members)), Minutes: l.Price.Minutes()}
		switch {
		case l.Unit != "":
			x.Code, x.Who = o.units[l.Unit].Code, o.units[l.Unit].Name
		case l.Helper != "":
			x.Code, x.Who = o.helpers[l.Helper].Code, o.helpers[l.Helper].Name
		default:
			c := o.cadres[l.Cadre]
			x.Code, x.Who, x.Unit = c.Code, c.Name, o.units[c.Unit].Name
		}
		area := l.Area
		x.Target = string(l.Area)
		if h, ok := o.households[l.Household]; ok {
			if x.Target, x.Head, area = h.Code, h.Head, h.Group; area == "" {
				area = h.Village
			}
		}
		if l.Tier == planner.TierTen {
			x.Target = fmt.Sprintf("%s#%02d", l.Area, l.No)
		}
		if x.Area = o.areas[area.Village()].Name; area != area.Village() {
			x.Area += o.areas[area].Name
		}
		if !l.Until.IsZero() {
			x.Until = l.Until.AddDays(-1).String()
		}
		out = append(out, x)
	}
	return out
}
