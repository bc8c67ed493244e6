package pairing

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/rule"
)

var (
	sayPlaces      = planner.Text{ZH: "{cadre}（{code}）再增加{more}个名额，由{cap}个到{n}个", EN: "give {cadre} ({code}) {more} more, {n} instead of {cap}"}
	sayManyPlaces  = planner.Text{ZH: "给{names}{cadres}名干部共再增加{more}个名额", EN: "give {more} more places to {cadres} cadres: {names}"}
	sayLiftRec     = planner.Text{ZH: "解除{cadre}（{code}）对{target}的回避", EN: "lift the recusal of {cadre} ({code}) from {target}"}
	sayLiftLeave   = planner.Text{ZH: "请{cadre}（{code}）销假回来，参加结对", EN: "let {cadre} ({code}) come back from leave and take part"}
	sayLiftPin     = planner.Text{ZH: "取消{target}的锁定", EN: "drop the pin of {target}"}
	sayLiftVillage = planner.Text{ZH: "把{village}的干部上限由{n}名放宽到{to}名", EN: "let {village} have {to} cadres instead of {n}"}
	sayNotProved   = planner.Text{ZH: "（没有证明再少不行）", EN: " (fewer may do: not proved)"}
	sayLiftRule    = planner.Text{ZH: "停用规则“{rule}”", EN: "switch off the rule {rule}"}
	sayRaise       = planner.Text{ZH: "每名干部的上限各增加{n}个", EN: "raise every cadre's cap by {n}"}
	sayRaiseFree   = planner.Text{ZH: "除受单位上限限制的以外，每名干部的上限各增加{n}个", EN: "raise every cadre's cap by {n}, but for those whose unit is capped"}
	sayLeaveOut    = planner.Text{ZH: "本期先不安排{what}", EN: "leave out for now: {what}"}
	sayThenAll     = planner.Text{ZH: "，就都能安排（总代价{mins}分钟）。", EN: "; then all have a cadre (at {mins} minutes)."}
	sayThenRest    = planner.Text{ZH: "，其余都能安排（总代价{mins}分钟）。", EN: "; then all others have a cadre (at {mins} minutes)."}
)

// sayWay is a way as a sentence that a planner can act on.
func sayWay(inst *rule.Instance, w Way, served planner.Seconds) planner.Text {
	var zh, en []string
	add := func(t planner.Text) { zh, en = append(zh, t.ZH), append(en, t.EN) }
	more := 0
	for _, p := range w.Places {
		more += p.More
	}
	if len(w.Places) > briefly {
		var names []string
		for _, p := range w.Places {
			names = append(names, p.Name+"（"+p.Code+"）")
		}
		add(fill(sayManyPlaces.Fill("cadres", fmt.Sprint(len(w.Places)), "more", fmt.Sprint(more)), "names", brief(names)))
	}
	for _, p := range w.Places {
		if len(w.Places) > briefly {
			break
		}
		add(sayPlaces.Fill("cadre", p.Name, "code", p.Code, "more", fmt.Sprint(p.More), "cap", fmt.Sprint(p.Cap), "n", fmt.Sprint(p.Cap+p.More)))
	}
	for _, e := range w.Lift {
		add(sayLifted(inst, e))
	}
	if w.Raise > 0 {
		if len(inst.UnitCaps) > 0 {
			add(sayRaiseFree.Fill("n", fmt.Sprint(w.Raise)))
		} else {
			add(sayRaise.Fill("n", fmt.Sprint(w.Raise)))
		}
	}
	end := sayThenAll
	if len(w.Leave) > 0 {
		var codes []string
		for _, l := range w.Leave {
			codes = append(codes, l.Code)
		}
		add(fill(sayLeaveOut, "what", planner.Text{ZH: brief(codes).ZH + "（" + counted(inst.Tier, len(codes)).ZH + "）", EN: brief(codes).EN + " (" + counted(inst.Tier, len(codes)).EN + ")"}))
		end = sayThenRest
	}
	tail := end.Fill("mins", fmt.Sprint(served.Minutes()))
	return planner.Text{ZH: clauses(zh, "，", "等") + tail.ZH, EN: clauses(en, ", ", " and more") + tail.EN}
}

// sayLifted words one thing taken back.
func sayLifted(inst *rule.Instance, e Element) planner.Text {
	name := func() (string, string) {
		for _, c := range inst.Cadres {
			if c.ID == e.Cadre {
				return c.Name, c.Code
			}
		}
		return "", ""
	}
	cadre, code := name()
	target := planner.Both(inst.PlaceName(e.Village))
	for _, t := range inst.Targets {
		if e.Code != "" && t.Code == e.Code {
			target = t.Name()
		}
	}
	switch e.Kind {
	case ElementRecusal:
		return fill(sayLiftRec.Fill("cadre", cadre, "code", code), "target", target)
	case ElementLeave:
		return sayLiftLeave.Fill("cadre", cadre, "code", code)
	case ElementPin:
		return fill(sayLiftPin, "target", target)
	}
	if e.Kind == ElementVillage {
		t := fill(sayLiftVillage.Fill("n", fmt.Sprint(inst.Limits().MostCadres(e.Village)), "to", fmt.Sprint(e.Cap)), "village", target)
		if e.found {
			t.ZH, t.EN = t.ZH+sayNotProved.ZH, t.EN+sayNotProved.EN
		}
		return t
	}
	return sayLiftRule.Fill("rule", e.Rule)
}
