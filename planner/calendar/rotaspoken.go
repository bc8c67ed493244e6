package calendar

import (
	"fmt"
	"strings"

	"lianxin/planner"
)

// Spoken says in sentences what the rules ask for beside their days: hours, gaps, minima, weights, themes and notice.
func (r RotaRules) Spoken() (ts []planner.Text) {
	say := func(zh, en string, pairs ...any) {
		var args []string
		for i := 0; i < len(pairs); i += 2 {
			args = append(args, pairs[i].(string), fmt.Sprint(pairs[i+1]))
		}
		ts = append(ts, planner.Text{ZH: zh, EN: en}.Fill(args...))
	}
	say("接访时间{从}–{到}。", "Hours: {从}–{到}.", "从", r.From, "到", r.Until)
	if r.Gap > 1 {
		say("同一领导两次接访至少间隔{间}个工作日，主要负责同志尽量间隔{主}个工作日。", "A leader rests {间} workdays between two slots, a head {主} where fairness leaves room.", "间", r.Gap, "主", r.HeadGap)
	}
	for _, l := range r.Least {
		who := planner.Text{ZH: "其他领导", EN: "each other leader"}
		if r.Heads == HeadShared {
			who = planner.Text{ZH: "每名领导", EN: "each leader"}
		}
		if l.Heads {
			who = planner.Text{ZH: "主要负责同志", EN: "each head"}
		}
		per := map[Term]planner.Text{TermMonth: {ZH: "每月", EN: "month"}, TermQuarter: {ZH: "每季度", EN: "quarter"}, TermYear: {ZH: "每年", EN: "year"}}[l.Per]
		ts = append(ts, planner.Text{ZH: "{谁}{期}至少{次}次：先满足它，再求公平。", EN: "At least {次} a {per} for {who}: this goes before fairness."}.
			Fill("谁", who.ZH, "期", per.ZH, "次", fmt.Sprint(l.Times), "per", per.EN, "who", who.EN))
	}
	if r.EveWeight > 1 {
		say("放假前最后一个工作日按{重}次计入公平账。", "The last workday before a holiday counts {重} in the ledger of fairness.", "重", r.EveWeight)
	}
	if r.HeadWeight > 1 && r.Heads != HeadShared {
		say("其他领导代主要负责同志接访，按{重}次计。", "A head's slot that another leader takes counts {重}.", "重", r.HeadWeight)
	}
	if r.Second {
		say("主要负责同志以外的接访日，各有一名信访局干部陪同。", "Beside each leader who is no head sits a cadre of the bureau.")
	}
	for _, t := range r.Themes {
		day := []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday]
		ts = append(ts, planner.Text{ZH: "每月第{n}个周{日}为“{题}”专题，由分管领导（{词}）接访。", EN: "{day} number {n} of each month is for {theme}; leaders who answer for it receive."}.
			Fill("n", fmt.Sprint(t.Nth), "日", day, "题", t.Name.ZH, "词", strings.Join(t.Words, "、"), "day", t.Weekday.String(), "theme", t.Name.EN))
	}
	say("不能到场的提前{天}个工作日请假；公示提前{前}天挂出。", "Who cannot come says so {天} workdays before; the notice hangs {前} days before.", "天", r.TellDays, "前", r.PublishDays)
	return ts
}
