package pairing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/rule"
)

var (
	sayMust       = planner.Text{ZH: "{target}要有干部联系", EN: "{target} must have a cadre"}
	sayCap        = planner.Text{ZH: "{cadre}（{code}）最多{n}个", EN: "{cadre} ({code}) may have at most {n}"}
	sayRecused    = planner.Text{ZH: "{cadre}（{code}）与{target}有回避关系", EN: "{cadre} ({code}) is recused from {target}"}
	sayAway       = planner.Text{ZH: "{cadre}（{code}）长期请假", EN: "{cadre} ({code}) is on long leave"}
	sayPinned     = planner.Text{ZH: "{target}锁定由{cadre}（{code}）联系", EN: "{target} is pinned to {cadre} ({code})"}
	sayVillageCap = planner.Text{ZH: "{village}最多由{n}名干部联系", EN: "{village} may have at most {n} cadres"}
	sayRule       = planner.Text{ZH: "规则“{rule}”", EN: "the rule {rule}"}
)

// who fills in a cadre.
func who(t planner.Text, c *rule.Cadre, more ...string) planner.Text {
	return t.Fill(append([]string{"cadre", c.Name, "code", c.Code}, more...)...)
}

func capElement(c *rule.Cadre) Element {
	return Element{Kind: ElementCap, Cadre: c.ID, Cap: c.Cap, Say: who(sayCap, c, "n", strconv.Itoa(c.Cap))}
}

// factElement words a fact.
func factElement(inst *rule.Instance, f rule.Fact) Element {
	e := Element{Kind: ElementRule, Rule: f.Rule, Village: f.Village}
	if f.Cadre != nil {
		e.Cadre = f.Cadre.ID
	}
	if f.Target != nil {
		e.Code, e.Area = f.Target.Code, f.Target.Area
		if f.Target.Household != nil {
			e.Household, e.Area = f.Target.Household.ID, ""
		}
	}
	switch f.Rule {
	case rule.Recusal.ID:
		e.Kind, e.Private = ElementRecusal, true
		what := planner.Both(inst.PlaceName(f.Village))
		if f.Target != nil {
			what = f.Target.Name()
		}
		e.Say = fill(who(sayRecused, f.Cadre), "target", what)
	case rule.LongLeave.ID:
		e.Kind, e.Private, e.Say = ElementLeave, true, who(sayAway, f.Cadre)
	case rule.Pinned.ID:
		e.Kind, e.Cadre = ElementPin, f.Target.Pin.ID
		e.Say = fill(who(sayPinned, f.Target.Pin), "target", f.Target.Name())
	case rule.VillageCap.ID:
		e.Kind, e.Cap = ElementVillage, inst.Limits().MostCadres(f.Village)
		e.Say = sayVillageCap.Fill("village", inst.PlaceName(f.Village), "n", strconv.Itoa(e.Cap))
	default:
		e.Say, e.Private = sayRule.Fill("rule", f.Rule), inst.PrivateRule(f.Rule)
	}
	return e
}

// counted is a number of a tier's targets: 2户, 2 households.
func counted(tier planner.Tier, n int) planner.Text {
	what := tierText[tier]
	zh := strings.TrimSuffix(what.ZH, "户")
	if zh == "" {
		return planner.Text{ZH: fmt.Sprintf("%d户", n), EN: plural(n, "household")}
	}
	return planner.Text{ZH: fmt.Sprintf("%d个%s", n, what.ZH), EN: plural(n, strings.TrimSuffix(what.EN, "s"))}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sayByRule stands in place of a private fact for those who may not read it.
var sayByRule = planner.Text{ZH: "按规定不安排", EN: "the rules do not allow it"}

// sayConflict is the conflict in one sentence: how many targets, the places they have, and what keeps them from others. The
// second text is for readers who may not know private reasons.
func sayConflict(inst *rule.Instance, targets, cadres []int, es []Element) (all, public planner.Text) {
	var names, persons []string
	places := 0
	for _, i := range targets {
		names = append(names, inst.Targets[i].Code)
	}
	for _, j := range cadres {
		c := inst.Cadres[j]
		places += c.Cap
		persons = append(persons, c.Name+"（"+c.Code+"）")
	}
	n := counted(inst.Tier, len(targets))
	t := planner.Text{ZH: fmt.Sprintf("%s（%s）", n.ZH, brief(names).ZH), EN: fmt.Sprintf("%s (%s)", n.EN, brief(names).EN)}
	switch {
	case len(inst.Cadres) == 0:
		t.ZH += "没有一名干部可以联系：名册里没有能承担这项联系的在岗干部，请先导入或补充干部花名册"
		t.EN += " may go to no cadre at all: the roster has nobody in post who could; import them first"
	case len(cadres) == 0:
		t.ZH, t.EN = t.ZH+"没有一名干部可以联系", t.EN+" may go to no cadre at all"
	default:
		units := unitCaps(inst, cadres)
		t.ZH += fmt.Sprintf("只能由%d名干部联系：%s，名额合计%d个%s，少1个", len(cadres), brief(persons).ZH, places, units.ZH)
		t.EN += fmt.Sprintf(" may go to %s only: %s, with %s in all%s, one too few", plural(len(cadres), "cadre"), brief(persons).EN, plural(places, "place"), units.EN)
	}
	because := func(show bool) planner.Text {
		var zh, en []string
		hidden := false
		for _, e := range es {
			switch {
			case e.Kind == ElementTarget || e.Kind == ElementCap:
			case e.Private && !show:
				hidden = true
			default:
				zh, en = append(zh, e.Say.ZH), append(en, e.Say.EN)
			}
		}
		if hidden {
			zh, en = append(zh, sayByRule.ZH), append(en, sayByRule.EN)
		}
		if len(zh) == 0 {
			return planner.Text{ZH: t.ZH + "。", EN: t.EN + "."}
		}
		return planner.Text{ZH: t.ZH + "。不能由别人联系，因为：" + clauses(zh, "；", "等") + "。", EN: t.EN + ". Nobody else may take them, because " + clauses(en, "; ", " and more") + "."}
	}
	return because(true), because(false)
}

// unitCaps names the units whose cap, not the caps of their cadres, keeps the places of a conflict so few; empty if there are none.
func unitCaps(inst *rule.Instance, cadres []int) planner.Text {
	var zh, en []string
	for _, u := range inst.UnitCaps {
		for _, j := range u.Cadres {
			if slices.Contains(cadres, int(j)) && inst.Capped(int(j)) {
				unit := inst.Cadres[j].Unit
				zh = append(zh, fmt.Sprintf("%s（%s）按政策合计最多%d户", unit.Name, unit.Code, u.Most))
				en = append(en, fmt.Sprintf("by the policy %s (%s) may have %d at most", unit.Name, unit.Code, u.Most))
				break
			}
		}
	}
	if len(zh) == 0 {
		return planner.Text{}
	}
	return planner.Text{ZH: "（" + clauses(zh, "、", "等") + "）", EN: " (" + clauses(en, ", ", " and more") + ")"}
}

// briefly is how many of many are named in a sentence about a conflict; all are in its elements.
const briefly = 6

// brief names the first few codes or persons.
func brief(names []string) planner.Text {
	return planner.Text{ZH: clauses(names, "、", "等"), EN: clauses(names, ", ", " and more")}
}

func clauses(parts []string, comma, more string) string {
	if len(parts) <= briefly {
		return strings.Join(parts, comma)
	}
	return strings.Join(parts[:briefly], comma) + more
}
