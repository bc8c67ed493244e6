package calendar

import (
	"fmt"
	"slices"

	"lianxin/planner"
)

// Check refuses rules that nobody could lay a rota by: an unknown word, a minimum of nothing, days that no month has. Error: Invalid.
func (r RotaRules) Check() error {
	bad := func(zh, en string, v any) error {
		return planner.Fail(planner.Invalid, "接访规则的"+fmt.Sprintf(zh, v)+"。", "in the reception rules "+fmt.Sprintf(en, v)+".")
	}
	days := []RotaDays{RotaEveryWorkday, RotaWeekdays, RotaMonthDays, RotaAsNeeded}
	heads := []HeadRule{HeadMondays, HeadMonthly, HeadShared}
	policies := []Policy{Keep, Postpone, Advance, Skip}
	switch {
	case !slices.Contains(days, r.Days):
		return bad("Days 写成了“%v”，可用 every-workday、weekdays、month-days、as-needed", "Days is %q; use every-workday, weekdays, month-days or as-needed", string(r.Days))
	case !slices.Contains(heads, r.Heads):
		return bad("Heads 写成了“%v”，可用 mondays、monthly、shared", "Heads is %q; use mondays, monthly or shared", string(r.Heads))
	case r.Days == RotaWeekdays && len(r.Weekdays) == 0:
		return bad("Days 是 %v，要在 Weekdays 里写明周几（1 至 5）", "Days is %v, so that Weekdays must name some (1 to 5)", r.Days)
	case r.Days == RotaMonthDays && (len(r.MonthDays) == 0 || slices.Min(r.MonthDays) < 1 || slices.Max(r.MonthDays) > 31):
		return bad("MonthDays 写成了 %v，要写每月的哪几日（1 至 31）", "MonthDays is %v; name days of the month from 1 to 31", r.MonthDays)
	case r.Days == RotaMonthDays && !slices.Contains(policies, r.Policy):
		return bad("Policy 写成了“%v”，可用 keep、postpone、advance、skip", "Policy is %q; use keep, postpone, advance or skip", string(r.Policy))
	case r.Until <= r.From:
		return bad("结束时间 %v 不晚于开始时间", "the end %v is not after the beginning", r.Until)
	case r.Gap < 0 || r.Gap > 120 || r.HeadGap < 0 || r.HeadGap > 120:
		return bad("间隔 %v 不在 0 至 120 个工作日之内", "the gaps %v are not between 0 and 120 workdays", []int{r.Gap, r.HeadGap})
	case min(r.EveWeight, r.HeadWeight) < 1 || max(r.EveWeight, r.HeadWeight) > 10:
		return bad("计次 %v 不在 1 至 10 之内", "the weights %v are not between 1 and 10", []int{r.EveWeight, r.HeadWeight})
	case r.TellDays < 0 || r.PublishDays < 0:
		return bad("提前天数 %v 不能是负数", "the days beforehand %v are below 0", []int{r.TellDays, r.PublishDays})
	}
	for _, l := range r.Least {
		if !slices.Contains([]Term{TermMonth, TermQuarter, TermYear}, l.Per) || l.Times < 1 || l.Times > 31 {
			return bad("Least 写成了 %v，Per 可用 month、quarter、year，Times 从 1 起", "Least is %v; Per is month, quarter or year, Times 1 or more", l)
		}
	}
	for _, t := range r.Themes {
		if t.Nth < 1 || t.Nth > 5 || len(t.Words) == 0 || t.Name.IsZero() {
			return bad("专题“%v”要有名称、分管的词（Words）和每月第几个（Nth，1 至 5）", "the theme %q needs a name, Words of the portfolio and Nth from 1 to 5", t.Name.ZH)
		}
	}
	return nil
}
