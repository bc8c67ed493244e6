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
		plan.Links = append(plan.Links, in.linked(inst, rows)...)
		plan.Proofs = append(plan.Proofs, cert)
		plan.Watches = append(plan.Watches, watchFurther(tier, cert)...)
	}
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
