package pairing

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/rule"
)

// further plans the tiers after the households' into the plan: second persons, volunteers, mediators. Each is a flow with a
// proof of its own. With keep, those that the last plan had change as little as can be, as in [Replan].
func (in Input) further(ctx context.Context, plan *planner.Plan, keep bool) error {
	q := in.Question().Serving(plan.Links)
	var homes []planner.Pairing
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			homes = append(homes, p)
		}
	}
	quiet := in
	quiet.Progress = nil
	for _, tier := range planner.FurtherTiers[1:] {
		if !q.Further(tier) {
			continue
		}
		inst, err := rule.Lay(q, tier, homes)
		if err != nil {
			return err
		}
		if len(inst.Targets) == 0 {
			continue
		}
		var rows []planner.Pairing
		var cert planner.Certificate
		if keep && len(in.Last.LinksOf(tier)) > 0 {
			rows, cert, _, err = keepTier(ctx, quiet, inst)
		} else {
			rows, cert, err = solveTier(ctx, quiet, inst)
		}
		if err != nil {
			return fmt.Errorf("tier %s: %w", tier, err)
		}
		in.done(tier)
		plan.Links = append(plan.Links, in.linked(inst, rows)...)
		plan.Proofs = append(plan.Proofs, cert)
		plan.Watches = append(plan.Watches, watchFurther(tier, cert)...)
	}
	plan.Watches = append(plan.Watches, in.ending(plan.Links)...)
	return nil
}

// linked turns the rows of a further tier into links.
func (in Input) linked(inst *rule.Instance, rows []planner.Pairing) []planner.Link {
	until := map[planner.CadreID]civil.Date{}
	for _, h := range in.Roster.Helpers {
		until[planner.CadreID(h.ID)] = h.Agreement.Until
	}
	target := map[planner.AreaCode]*rule.Target{}
	for _, t := range inst.Targets {
		target[t.Area] = t
	}
	links := make([]planner.Link, 0, len(rows))
	for _, r := range rows {
		l := planner.Link{ID: r.ID, Tier: r.Tier, Household: r.Household, Price: r.Price, Reasons: r.Reasons, Was: string(r.Was)}
		if r.Tier == planner.TierSecond {
			l.Cadre = r.Cadre
		} else {
			l.Helper = planner.HelperID(r.Cadre)
			if end := until[r.Cadre]; !end.IsZero() && end.Before(in.Valid.Until) {
				l.Until = end
			}
		}
		if r.Tier == planner.TierTen {
			t := target[r.Area]
			l.Area, l.No, l.Members = rule.TenArea(t.Area), t.No, t.Members
		}
		links = append(links, l)
	}
	return links
}

// ending says which agreements end within the plan. Whom they are for is looked after until then; publishing makes a task of
// each, in time to renew it or to find somebody else.
func (in Input) ending(links []planner.Link) []planner.Finding {
	homes := map[planner.HelperID]int{}
	for _, l := range links {
		if l.Helper != "" && !l.Until.IsZero() {
			homes[l.Helper] += max(1, len(l.Members))
		}
	}
	if len(homes) == 0 {
		return nil
	}
	var names []string
	n := 0
	for _, h := range in.Roster.Helpers {
		if homes[h.ID] > 0 {
			n += homes[h.ID]
			names = append(names, fmt.Sprintf("%s（%s）%s", h.Name, h.Code, h.Agreement.Until.AddDays(-1)))
		}
	}
	return []planner.Finding{{Severity: planner.Warn, Code: "agreement-ends", Say: planner.Text{
		ZH: fmt.Sprintf("有%d名志愿者、调解员的协议在本期内到期，关系%d户：%s。到期之前照常联系，到期之后不再安排；发布后提前提醒续签。", len(names), n, listed(names, "、", "等")),
		EN: fmt.Sprintf("the agreements of %d volunteers and mediators end within the plan, for %d households: %s. They go on until then and are not planned after it; publishing makes a task to renew each in time.", len(names), n, listed(names, ", ", " and more"))}}}
}

// watchFurther says how many have nobody in a further tier, which does not stop a plan.
func watchFurther(tier planner.Tier, cert planner.Certificate) []planner.Finding {
	if cert.Unserved == 0 {
		return nil
	}
	n := fmt.Sprint(cert.Unserved)
	say := map[planner.Tier]planner.Text{
		planner.TierSecond:    {ZH: "有{n}户还没有第二责任人：名额不够，或规则不允许。", EN: "{n} households have no second responsible person: too few places, or the rules forbid."},
		planner.TierVolunteer: {ZH: "有{n}户选了需求，还没有对口的志愿者。", EN: "{n} households asked help with something that no free volunteer knows."},
		planner.TierTen:       {ZH: "有{n}个十户还没有本村的调解员。", EN: "{n} tens have no mediator of their village."},
	}[tier]
	return []planner.Finding{{Severity: planner.Note, Code: string(tier), Say: say.Fill("n", n)}}
}
