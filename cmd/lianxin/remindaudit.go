package main

import (
	"context"
	"fmt"

	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// remindAuditCmd is the auditor's sweep.
type remindAuditCmd struct {
	From  string `placeholder:"DATE" help:"从哪天起；默认七天前。 First day; default a week ago."`
	Until string `placeholder:"DATE" help:"到哪天为止（含）；默认今天。 Last day; default today."`
	Limit int    `default:"40" help:"表格最多几行，0 为全部。 Most rows of the table, 0 for all."`
}

// Run writes nothing. The exit code is 3 if something is missing, surplus, late or uncertain.
func (c *remindAuditCmd) Run(ctx context.Context, s *Settings) error {
	today := civil.DateIn(s.now(), s.zone)
	from, err := day("--from", c.From)
	if err != nil {
		return err
	}
	if from.IsZero() {
		from = today.AddDays(-7)
	}
	until, err := day("--until", c.Until)
	if err != nil {
		return err
	}
	if until.IsZero() {
		until = today
	}
	return s.with(ctx, "remind-audit", func(app *pipeline.App) error {
		rep, err := app.AuditReminders(ctx, operator("remind audit"), from, until)
		if err != nil {
			return err
		}
		if s.JSON {
			if err := s.writeJSON(rep); err != nil {
				return err
			}
		} else {
			c.print(s, rep)
		}
		if rep.Bad() {
			return invalid("核对发现问题，见上面的清单。", "the audit found something; see the list above.")
		}
		return nil
	})
}

func (c *remindAuditCmd) print(s *Settings, rep pipeline.ReminderAudit) {
	s.say("%s 至 %s：应有 %d 条，台账 %d 条，已发 %d 条。", "%s to %s: %d owed, %d in the ledger, %d sent.", rep.From, rep.Until, rep.Owed, rep.Held, rep.Sent)
	for _, k := range pipeline.AuditKinds {
		if n := rep.Counts[k]; n > 0 {
			s.say("  %[1]s %[3]d", "  %[2]s %[3]d", lang.T(lang.ZH, "audit-kind."+k), lang.T(lang.EN, "audit-kind."+k), n)
		}
	}
	var rows [][]string
	for _, f := range rep.Findings {
		if c.Limit > 0 && len(rows) == c.Limit {
			break
		}
		rows = append(rows, []string{lang.T(s.Lang, "audit-kind."+f.Kind), f.DueAt.In(s.zone).Format("01-02 15:04"), f.Who, f.Title.In(s.Lang), f.Why.In(s.Lang), f.Note.In(s.Lang)})
	}
	if len(rows) > 0 {
		table(s.out, []string{"发现 found", "时间 due", "谁 who", "事由 what", "为什么 why", "说明 note"}, rows)
	}
	if len(rows) < len(rep.Findings) {
		s.say("%s", "%s", fmt.Sprintf("……共 %d 条，用 --limit 0 看全部。 … %[1]d in all; --limit 0 shows them.", len(rep.Findings)))
	}
	if len(rep.Findings) == 0 {
		s.say("应发的都在，没有多发、迟发和存疑。", "All that was owed is there; nothing is surplus, late or in doubt.")
	}
}
