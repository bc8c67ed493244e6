package pipeline

import (
	"cmp"
	"fmt"
	"html"
	"strconv"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
)

// ruleWords say why a reminder is sent, for the ledger's page.
var ruleWords = map[string]planner.Text{
	RuleReceptionEarly: {ZH: "接访前5个工作日提醒领导", EN: "leaders hear of their reception five working days ahead"},
	RuleReceptionEve:   {ZH: "接访前1个工作日提醒领导", EN: "leaders hear of their reception one working day ahead"},
	RuleWorkDayEarly:   {ZH: "群众工作日前3个工作日提醒", EN: "three working days before the mass-work-day"},
	RuleWorkDayEve:     {ZH: "群众工作日前1个工作日提醒", EN: "one working day before the mass-work-day"},
	RuleWorkDay:        {ZH: "群众工作日当天提醒", EN: "in the morning of the mass-work-day"},
	RuleMeeting:        {ZH: "领导小组会议前3个工作日提醒", EN: "three working days before the leaders' meeting"},
	RuleTaskEve:        {ZH: "跟进事项办结期限前1个工作日提醒", EN: "one working day before a task is due"},
	RuleTaskOverdue:    {ZH: "跟进事项已过办结期限", EN: "a task is past its due day"},
}

// reasonOf words a rule.
func reasonOf(rule string) planner.Text {
	if rung, ok := strings.CutPrefix(rule, ruleTaskRung); ok {
		return planner.Text{ZH: "逾期事项提级到第{rung}级", EN: "an overdue task has reached rung {rung} of the ladder"}.Fill("rung", rung)
	}
	if w, ok := ruleWords[rule]; ok {
		return w
	}
	return planner.Both(rule)
}

// titles and bodies of the templates. {when} is a day with hours, {day} a day, both worded by lang.
var (
	titleWords = map[string]planner.Text{
		templateReception: {ZH: "领导接访：{when}", EN: "Reception duty: {when}"},
		templateWorkDay:   {ZH: "群众工作日：{when}", EN: "Mass-work-day: {when}"},
		templateMeeting:   {ZH: "群众工作领导小组会议：{when}", EN: "Leaders' meeting: {when}"},
		templateTask:      {ZH: "跟进事项：{zh}（{day}前办结）", EN: "Task: {en} (due {day})"},
		templateRung:      {ZH: "逾期事项请督促：{zh}", EN: "Overdue task, please see to it: {en}"},
	}
	bodyWords = map[string]planner.Text{
		templateReception: {
			ZH: "您于{when}在{place}接访群众。{portfolio}如因公务不能到场，请提前5日告知接访中心，以便安排补位。",
			EN: "You receive residents on {when}, {place}. {portfolio}If duty keeps you away, tell the hall five days ahead so that a deputy can be found."},
		templateWorkDay: {ZH: "{day}是群众工作日。{stops}{moved}", EN: "{day} is the mass-work-day. {stops}{moved}"},
		templateMeeting: {ZH: "群众工作领导小组会议于{when}召开。{moved}", EN: "The leaders' meeting is on {when}. {moved}"},
		templateTask:    {ZH: "{zh}{code}，办结期限{day}。办结后请在系统中填写结果。", EN: "{en}{code}, due {day}. Please enter the outcome once it is done."},
		templateRung: {ZH: "{owner}负责的事项“{zh}”{code}应于{day}办结，已逾期{days}天，请督促办理。",
			EN: "{owner}'s task “{en}”{code} was due on {day}, {days} days ago. Please see that it is done."},
	}
)

// fillers are the values of a notice's placeholders in one language.
func fillers(l string, n notifier.Notice) []string {
	args := n.Args
	pairs := []string{"zh", args["zh"], "en", args["en"], "owner", args["owner"], "days", args["days"]}
	day, when := "", ""
	if d, err := civil.ParseDate(cmp.Or(args["on"], args["due"])); err == nil {
		day = lang.ShortDate(l, d)
		when = day
		if args["from"] != args["until"] {
			when += " " + args["from"] + "–" + args["until"]
		}
	}
	if args["tentative"] != "" {
		mark := planner.Text{ZH: "（暂定）", EN: " (provisional)"}.In(l)
		day, when = day+mark, when+mark
	}
	code := ""
	if args["code"] != "" {
		code = planner.Text{ZH: "（户编号{c}）", EN: " (household {c})"}.Fill("c", args["code"]).In(l)
	}
	portfolio := ""
	if args["portfolio"] != "" {
		portfolio = planner.Text{ZH: "分管：{p}。", EN: "Portfolio: {p}. "}.Fill("p", args["portfolio"]).In(l)
	}
	place := cmp.Or(args["place"], planner.Text{ZH: "接访中心", EN: "the reception hall"}.In(l))
	return append(pairs, "day", day, "when", when, "code", code, "portfolio", portfolio, "place", place,
		"stops", stopWords(l, args), "moved", movedWords(l, args))
}

// stopWords names the households to see by their codes alone: no name, phone, address or need leaves the house.
func stopWords(l string, args map[string]string) string {
	village := args["village"]
	if args["codes"] == "" {
		if village == "" {
			return planner.Text{ZH: "请按安排参加。", EN: "Please take part as arranged."}.In(l)
		}
		return planner.Text{ZH: "请到{v}参加。", EN: "Please go to {v}."}.Fill("v", village).In(l)
	}
	codes := args["codes"]
	if l == lang.EN {
		codes = strings.ReplaceAll(codes, "、", ", ")
	}
	where := ""
	if village != "" {
		where = planner.Text{ZH: "到{v}，", EN: "In {v}: "}.Fill("v", village).In(l)
	}
	return planner.Text{ZH: "{where}请走访{n}户，户编号：{codes}。", EN: "{where}Please visit {n} households: {codes}."}.Fill(
		"where", where, "n", args["n"], "codes", codes).In(l)
}

// movedWords tells why an event is not on its usual day.
func movedWords(l string, args map[string]string) string {
	why := planner.Text{ZH: args["why_zh"], EN: args["why_en"]}.In(l)
	if why == "" {
		return ""
	}
	return planner.Text{ZH: "日期调整：{why}", EN: " Moved: {why}"}.Fill("why", why).In(l)
}

// titleOf is a notice's title in both languages.
func titleOf(n notifier.Notice) planner.Text {
	w, ok := titleWords[n.Template]
	if !ok { // a template of a later program: its own words, if it brought any
		return planner.Text{ZH: cmp.Or(n.Args["zh"], n.Subject), EN: cmp.Or(n.Args["en"], n.Subject)}
	}
	return planner.Text{ZH: w.Fill(fillers(lang.ZH, n)...).ZH, EN: w.Fill(fillers(lang.EN, n)...).EN}
}

// bodyOf is what a notice says, in one language.
func bodyOf(l string, n notifier.Notice) string {
	w, ok := bodyWords[n.Template]
	if !ok {
		return ""
	}
	return strings.TrimSpace(w.Fill(fillers(l, n)...).In(l))
}

// render words one message: the title of the only notice, or a digest. Chinese unless the person reads English.
func (a *App) render(l string, ns []notifier.Notice) (subject, text, markup string, err error) {
	if len(ns) == 0 {
		return "", "", "", fmt.Errorf("a message without notices")
	}
	if l != lang.EN {
		l = lang.ZH
	}
	subject = "【连心】" + titleOf(ns[0]).In(l)
	if len(ns) > 1 {
		subject = planner.Text{ZH: "【连心】今日提醒{n}项", EN: "[Lianxin] {n} reminders today"}.Fill("n", strconv.Itoa(len(ns))).In(l)
	} else if l == lang.EN {
		subject = "[Lianxin] " + titleOf(ns[0]).EN
	}
	var b, h strings.Builder
	for i, n := range ns {
		title := titleOf(n).In(l)
		if len(ns) > 1 {
			title = strconv.Itoa(i+1) + ". " + title
		}
		fmt.Fprintf(&b, "%s\n%s\n\n", title, bodyOf(l, n))
		fmt.Fprintf(&h, "<h2>%s</h2>\n<p>%s</p>\n", html.EscapeString(title), html.EscapeString(bodyOf(l, n)))
	}
	sign := planner.Text{ZH: "——{office}", EN: "— {office}"}.Fill("office", a.Office.Name).In(l)
	b.WriteString(sign + "\n")
	fmt.Fprintf(&h, "<p>%s</p>\n", html.EscapeString(sign))
	if a.BaseURL != "" {
		link := a.BaseURL + "/"
		b.WriteString(link + "\n")
		fmt.Fprintf(&h, "<p><a href=\"%s\">%s</a></p>\n", html.EscapeString(link), html.EscapeString(link))
	}
	return subject, b.String(), h.String(), nil
}
