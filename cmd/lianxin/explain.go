package main

import (
	"context"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// explainCmd answers why.
type explainCmd struct {
	Household  string `arg:"" optional:"" help:"户编号。 Code of the household."`
	Not        string `placeholder:"CADRE" help:"为什么不是这名干部（工号）？ Why not this cadre (by code)?"`
	Others     int    `default:"5" help:"列出几个替代人选。 How many alternatives."`
	HelpWhere  bool   `help:"哪里增加1个名额最有用？ Where would one more place help most?"`
	Infeasible bool   `help:"为什么不能都安排？怎么办？ Why cannot everybody be served, and what would help?"`
	Period     int    `help:"年度（只用于 --infeasible）。 The year, of --infeasible alone."`
}

// Run answers one of the four questions.
func (c *explainCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	if (c.Household == "") != (c.HelpWhere || c.Infeasible) || c.HelpWhere && c.Infeasible || c.Not != "" && c.Household == "" {
		return invalid("请写户编号，或者 --help-where，或者 --infeasible，三选一。", "give the code of a household, or --help-where, or --infeasible: one of the three.")
	}
	return s.with(ctx, "explain", func(app *pipeline.App) error {
		switch {
		case c.Infeasible:
			return c.infeasible(ctx, s, app)
		case c.HelpWhere:
			return c.helpWhere(ctx, s, app)
		}
		id, err := app.HouseholdByCode(ctx, operator("explain"), c.Household)
		if err != nil {
			return err
		}
		if c.Not != "" {
			return c.whyNot(ctx, s, app, id)
		}
		e, err := app.Explain(ctx, operator("explain"), id, c.Others)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(e)
		}
		fmt.Fprintf(s.out, "%s %s（%s） → %s（%s）\n", e.Row.Code, e.Row.Head, e.Row.Area, e.Row.CadreName, e.Row.Unit)
		for _, r := range e.Reasons {
			fmt.Fprintf(s.out, "  %+5d  %s\n", r.Price.Minutes(), r.Say.In(s.Lang))
		}
		fmt.Fprintf(s.out, "  %5d  合计（分钟） total in minutes\n", e.Row.Price.Minutes())
		if !e.NoOthers.IsZero() {
			s.say(e.NoOthers.ZH, e.NoOthers.EN)
		}
		for _, l := range e.Further {
			until := ""
			if l.Until != "" {
				until = s.in("，协议至", ", until ") + l.Until
			}
			fmt.Fprintln(s.out, s.in(fmt.Sprintf("%s：%s（%s）%s%s", l.Name.ZH, l.Who, l.Code, l.Unit, until), fmt.Sprintf("%s: %s (%s) %s%s", l.Name.EN, l.Who, l.Code, l.Unit, until)))
			for _, r := range l.Reasons {
				fmt.Fprintf(s.out, "  %+5d  %s\n", r.Price.Minutes(), r.Say.In(s.Lang))
			}
		}
		s.alternatives(e.Others)
		return nil
	})
}

// whyNot prints the answer, the sum that a reader can redo, and the chain of changes.
func (c *explainCmd) whyNot(ctx context.Context, s *Settings, app *pipeline.App, id planner.HouseholdID) error {
	w, err := app.WhyNot(ctx, operator("explain"), id, c.Not)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(w)
	}
	fmt.Fprintln(s.out, w.Say.In(s.Lang))
	for _, p := range w.Parts {
		fmt.Fprintf(s.out, "  %+8d 秒 s  %s\n", p.Price, p.Say.In(s.Lang))
	}
	if len(w.Parts) > 0 {
		fmt.Fprintf(s.out, "  %8d 秒 s  合计 total\n", w.Extra)
	}
	for n, x := range w.Changes {
		fmt.Fprintf(s.out, "  %d. %s\n", n+1, x.Say.In(s.Lang))
	}
	return nil
}

// helpWhere prints the shadow prices with their meaning.
func (c *explainCmd) helpWhere(ctx context.Context, s *Settings, app *pipeline.App) error {
	h, err := app.HelpWhere(ctx, operator("explain"), max(1, c.Others))
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(h)
	}
	var rows [][]string
	for _, list := range [][]pipeline.HelpRow{h.Units, h.Villages} {
		for _, r := range list {
			what := "单位 unit"
			if r.Village != "" {
				what = "村 village"
			}
			saves, serves := fmt.Sprintf("%d:%02d", r.Saves/60, r.Saves%60), ""
			if r.Fewest {
				saves = r.Spare().In(s.Lang)
			}
			if r.Serves {
				serves = "多安排1户 serves one more"
			}
			rows = append(rows, []string{what, r.Name, r.CadreName + "（" + r.CadreCode + "）", saves, serves})
		}
	}
	table(s.out, []string{"哪里 where", "名称 name", "给谁 at", "节省（分:秒） saves", ""}, rows)
	fmt.Fprintln(s.out, h.Meaning.In(s.Lang))
	return nil
}

// infeasible prints why not everybody can be served; that is an answer, so the exit code is 3 as for a plan.
func (c *explainCmd) infeasible(ctx context.Context, s *Settings, app *pipeline.App) error {
	preset := ""
	if s.given("preset") {
		preset = s.Preset
	}
	xs, err := app.Infeasible(ctx, operator("explain"), s.year(c.Period), preset)
	if err != nil {
		return err
	}
	if s.JSON {
		if xs == nil {
			xs = []pipeline.Infeasible{}
		}
		if err := s.writeJSON(xs); err != nil {
			return err
		}
	} else if len(xs) == 0 {
		s.say("都能安排。", "Everybody can be served.")
	}
	return s.cannotServe(xs)
}

// cannotServe prints conflicts and ways out and returns the error that says how many are left without a cadre; nil if none.
func (s *Settings) cannotServe(xs []pipeline.Infeasible) error {
	short, below := 0, 0
	for _, x := range xs {
		if x.Unit != "" {
			below++
		} else {
			short += x.Wanted - x.Most
		}
		if s.JSON {
			continue
		}
		if x.Unit != "" {
			fmt.Fprintf(s.out, "%s：至少要 %d 户，最多能安排 %d 户 must have at least %d, at most %d can be\n", x.Unit, x.Wanted, x.Most, x.Wanted, x.Most)
			s.why(x)
			continue
		}
		fmt.Fprintf(s.out, "%s：%d 个对象最多能安排 %d 个 at most %d of %d can be served\n", tierName(x.Tier), x.Wanted, x.Most, x.Most, x.Wanted)
		fmt.Fprintf(s.out, "  未安排 left out: %s\n", firstOf(x.Left, 20))
		s.why(x)
	}
	switch {
	case short == 0 && below == 0:
		return nil
	case short == 0:
		return invalid(fmt.Sprintf("有%d个单位达不到政策规定的下限；请按上面的办法改政策文件。", below), fmt.Sprintf("%s cannot have the fewest that the policy wants; change the policy in one of the ways above.", countedUnits(below)))
	}
	return invalid(fmt.Sprintf("有%d个对象不能都安排；能安排最多的方案见上。", short), fmt.Sprintf("%d cannot be served; the plan that serves the most leaves them out.", short))
}

// why prints a conflict's sentence and the ways out.
func (s *Settings) why(x pipeline.Infeasible) {
	fmt.Fprintf(s.out, "  为什么 why: %s\n", x.Say.In(s.Lang))
	for n, w := range x.Ways {
		fmt.Fprintf(s.out, "  办法%d way out: %s\n", n+1, w.Say.In(s.Lang))
	}
}

// firstOf lists the first n and counts the rest.
func firstOf(codes []string, n int) string {
	if len(codes) <= n {
		return strings.Join(codes, " ")
	}
	return strings.Join(codes[:n], " ") + fmt.Sprintf(" … +%d", len(codes)-n)
}

// recommendCmd ranks cadres for a household.
type recommendCmd struct {
	Household string `arg:"" help:"户编号。 Code of the household."`
	First     int    `default:"20" help:"列出几个。 How many."`
}

// Run prints the cadres by what the whole plan would cost more with each, to the second.
func (c *recommendCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "recommend", func(app *pipeline.App) error {
		id, err := app.HouseholdByCode(ctx, operator("recommend"), c.Household)
		if err != nil {
			return err
		}
		list, err := app.Recommend(ctx, operator("recommend"), id, max(1, c.First))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		s.alternatives(list)
		return nil
	})
}

// alternatives prints who else could be, and what the whole plan would cost more.
func (s *Settings) alternatives(list []pipeline.Alternative) {
	for _, o := range list {
		if !o.Forbidden.IsZero() {
			fmt.Fprintf(s.out, "    %s\n", s.in(fmt.Sprintf("换成 %s（%s，%s）：不行，%s", o.CadreName, o.CadreCode, o.Unit, o.Forbidden.ZH), fmt.Sprintf("%s (%s, %s) instead: no, %s", o.CadreName, o.CadreCode, o.Unit, o.Forbidden.EN)))
			continue
		}
		more := planner.Text{ZH: "多" + minutes(o.Extra).ZH, EN: minutes(o.Extra).EN + " more"}
		if o.Fewest {
			more = o.More()
		}
		if o.Moves > 0 {
			more.ZH += fmt.Sprintf("，另动%d户", o.Moves)
			more.EN += fmt.Sprintf(", others that move: %d", o.Moves)
		}
		fmt.Fprintf(s.out, "    %s\n", s.in(fmt.Sprintf("换成 %s（%s，%s）：%s", o.CadreName, o.CadreCode, o.Unit, more.ZH), fmt.Sprintf("%s (%s, %s) instead: %s", o.CadreName, o.CadreCode, o.Unit, more.EN)))
	}
}

// minutes words a price to the second.
func minutes(x planner.Seconds) planner.Text {
	if x%60 == 0 {
		return planner.Text{ZH: fmt.Sprintf("%d分钟", x/60), EN: fmt.Sprintf("%d min", x/60)}
	}
	return planner.Text{ZH: fmt.Sprintf("%d分%d秒", x/60, x%60), EN: fmt.Sprintf("%d min %d s", x/60, x%60)}
}

// in is the sentence of the language that was asked for.
func (s *Settings) in(zh, en string) string { return planner.Text{ZH: zh, EN: en}.In(s.Lang) }

func countedUnits(n int) string {
	if n == 1 {
		return "1 unit"
	}
	return fmt.Sprintf("%d units", n)
}
