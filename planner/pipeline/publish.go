package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// BeforePublish lists what stands between the period's draft or review and its publication, gravest first, without the
// full verification that [App.Publish] makes. NotFound if nothing waits for publication.
func (a *App) BeforePublish(ctx context.Context, p planner.Principal, period int) ([]planner.Finding, error) {
	if !p.SeesAll() {
		return nil, mustPlan(p)
	}
	var plan planner.Plan
	err := a.DB.Read(ctx, planner.System("what stands before publication"), func(tx *store.Tx) (err error) {
		plan, err = tx.PlanFor(period, planner.PlanDraft, planner.PlanReview)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("before publishing %d: %w", period, err)
	}
	fs, err := a.unreachable(ctx, plan, false)
	if err != nil {
		return nil, err
	}
	more, err := a.preflight(ctx, plan)
	if err != nil {
		return nil, err
	}
	return sorted(append(append(slices.Clone(plan.Watches), fs...), more...)), nil
}

// sorted puts the gravest findings first and keeps the order otherwise.
func sorted(fs []planner.Finding) []planner.Finding {
	slices.SortStableFunc(fs, func(x, y planner.Finding) int { return int(x.Severity) - int(y.Severity) })
	return fs
}

// unreachable finds the cadres of a plan whom no channel reaches: a Stop, or a Warn if forced. Those whom only the slip
// reaches are a Note.
func (a *App) unreachable(ctx context.Context, plan planner.Plan, force bool) ([]planner.Finding, error) {
	var has map[planner.CadreID]store.Reach
	var cadres []planner.Cadre
	err := a.DB.Read(ctx, planner.System("who can be reached"), func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		cadres = r.Cadres
		has, err = tx.HasContact()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who can be reached: %w", err)
	}
	in := map[planner.CadreID]bool{}
	for _, p := range plan.Pairings {
		in[p.Cadre] = true
	}
	var without []string
	for _, c := range cadres {
		if in[c.ID] && !has[c.ID].Any() {
			without = append(without, c.Name+"（"+c.Code+"）")
		}
	}
	if len(without) == 0 {
		return nil, nil
	}
	zh, en := few(without, "、", "等"), few(without, ", ", " and more")
	if slices.ContainsFunc(a.Channels, func(c notifier.Channel) bool { return c.Name() == SlipChannel }) {
		return []planner.Finding{{Severity: planner.Note, Code: "slip-only", Say: planner.Text{
			ZH: fmt.Sprintf("有%d名干部没有手机和邮箱，提醒只能印成纸条：%s。", len(without), zh),
			EN: fmt.Sprintf("%d cadres have neither mobile nor mail and get printed slips only: %s.", len(without), en)}}}, nil
	}
	f := planner.Finding{Severity: planner.Stop, Code: "no-channel", Say: planner.Text{
		ZH: fmt.Sprintf("有%d名干部没有可用的联系渠道：%s。请补录手机或邮箱，或确认仍要发布。（按名册里的手机、邮箱计；企业微信等的成员账号验证了几人，见网页“渠道”。）", len(without), zh),
		EN: fmt.Sprintf("%d cadres have no working channel: %s. Add a mobile or mail, or confirm that you publish all the same. (Counted by the mobiles and mails of the roster; how many have proved an account of WeCom and the like, the page Channels says.)", len(without), en)}}
	if force {
		f.Severity = planner.Warn
	}
	return []planner.Finding{f}, nil
}

// few names the first twenty.
func few(names []string, comma, more string) (s string) {
	for i, n := range names {
		switch {
		case i == 20:
			return s + more
		case i > 0:
			s += comma
		}
		s += n
	}
	return s
}

// Publish publishes the period's draft or reviewed plan; an earlier published plan of the period is superseded. Before
// that the plan is verified afresh against the roster as it is now, nobody consenting may be without a cadre, and everyone
// named must be in reach; force overrules only the last. The
// handovers that it brings are made in the same transaction. Invalid with the findings if something stops it.
func (a *App) Publish(ctx context.Context, p planner.Principal, period int, force bool) (PlanSummary, []planner.Finding, error) {
	if err := mustPlan(p); err != nil {
		return PlanSummary{}, nil, err
	}
	f, err := a.planFacts(ctx, p, period)
	if err != nil {
		return PlanSummary{}, nil, fmt.Errorf("publish %d: %w", period, err)
	}
	if f.open.ID == "" {
		return PlanSummary{}, nil, planner.Fail(planner.NotFound, fmt.Sprintf("%d年没有待发布的方案，请先求解。", period), fmt.Sprintf("there is no plan of %d to publish; solve first.", period))
	}
	var plan planner.Plan
	var s taskSnapshot
	if err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if plan, err = tx.Plan(f.open.ID); err != nil {
			return err
		}
		s, err = readTasks(tx, period)
		return err
	}); err != nil {
		return PlanSummary{}, nil, fmt.Errorf("publish %d: %w", period, err)
	}
	q, err := f.question(period, termsOf(plan), plan.Pins)
	if err != nil {
		return PlanSummary{}, nil, err
	}
	rep, err := verify.Check(ctx, q, plan)
	if err != nil {
		return PlanSummary{}, nil, fmt.Errorf("verify plan %d: %w", period, err)
	}
	findings := slices.Clone(plan.Watches)
	if !rep.OK() {
		findings = append(findings, planner.Finding{Severity: planner.Stop, Code: "stale", Say: planner.Text{
			ZH: "名册或规则在求解之后有变化，方案不再成立，请重新求解。", EN: "the roster or the rules changed after the plan was made and it no longer holds; please solve again."}})
		findings = append(findings, rep.Findings...)
	}
	reach, err := a.unreachable(ctx, plan, force)
	if err != nil {
		return PlanSummary{}, nil, err
	}
	more, err := a.preflight(ctx, plan)
	if err != nil {
		return PlanSummary{}, nil, err
	}
	findings = sorted(append(append(findings, reach...), more...))
	if planner.Stops(findings) {
		return PlanSummary{}, findings, planner.Fail(planner.Invalid, "方案还不能发布，请先处理所列问题。", "the plan cannot be published yet; please settle what is listed.")
	}
	from := plan.Status
	plan.Status = planner.PlanPublished
	sum := summarize(plan, rep)
	before := s.plan
	s.plan = plan
	h, now := a.handover(s, before, period, a.Today()), a.Now()
	err = a.DB.Write(ctx, p, store.Op{Name: "publish", Now: now}, func(tx *store.Tx) error {
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		if changedMeanwhile(f.heads, heads) {
			return errMeanwhile()
		}
		if err := tx.SetPlanStatus(plan.ID, from, planner.PlanPublished); err != nil {
			return err
		}
		if err := putQuietly(ctx, tx, now, h.tasks, h.quiet); err != nil {
			return err
		}
		return putSummary(tx, sum)
	})
	if err != nil {
		return PlanSummary{}, findings, fmt.Errorf("publish %d: %w", period, err)
	}
	return sum, findings, nil
}
