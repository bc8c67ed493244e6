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
	RuleMoved:          {ZH: "日期有变动，改动时即告知", EN: "a date moved; told with the change"},
	RuleCalledOff:      {ZH: "安排取消，改动时即告知", EN: "something was called off; told with the change"},
	RuleVisitEve:       {ZH: "走访前1个工作日提醒", EN: "one working day before visits"},
	RuleVisitDay:       {ZH: "走访当天提醒", EN: "in the morning of visits"},
	RuleRoomVisits:     {ZH: "走访前3个工作日告知群众工作室，由联系人转告各户", EN: "three working days before visits, to the room, whose contact tells the households"},
	RuleHomeVisit:      {ZH: "走访前3个工作日告知本户", EN: "the household hears of its visit three working days ahead"},
	RuleDeadline15:     {ZH: "法定期限前15天提醒承办人", EN: "15 days before a statutory deadline"},
	RuleDeadline5:      {ZH: "法定期限前5个工作日提醒承办人", EN: "five working days before a statutory deadline"},
	RuleDeadline1:      {ZH: "法定期限前1个工作日提醒承办人", EN: "one working day before a statutory deadline"},
	RuleDeadline0:      {ZH: "法定期限当天（遇休息日为之前的工作日），紧急", EN: "the day of a statutory deadline or the working day before it; urgent"},
	RuleHandover:       {ZH: "交接过半仍未确认", EN: "a handover is not confirmed half way"},
	RuleMonth:          {ZH: "每月第一个工作日，领导当月安排", EN: "first working day of a month: a leader's dates"},
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
		templateWorkDay:   {ZH: "{name}：{when}", EN: "{Name}: {when}"},
		templateMeeting:   {ZH: "{name}：{when}", EN: "{Name}: {when}"},
		templateVisits:    {ZH: "{name}：{when}", EN: "{Name}: {when}"},
		RuleMoved:         {ZH: "日期变动：{what_zh}改到{when}", EN: "Moved: {what_en} is now on {when}"},
		RuleCalledOff:     {ZH: "取消：{was}{what_zh}", EN: "Called off: {what_en} of {was}"},
		RuleRoomVisits:    {ZH: "{village}{day}走访{n}户，请转告", EN: "{n} households of {village} are visited on {day}; please tell them"},
		RuleHomeVisit:     {ZH: "走访安排：{day}{hours_zh}", EN: "Your visit: {day}{hours_en}"},
		RuleDeadline:      {ZH: "期限{day}：{zh}", EN: "Deadline {day}: {en}"},
		RuleHandover:      {ZH: "交接尚未确认：{zh}", EN: "Handover not confirmed: {en}"},
		RuleMonth:         {ZH: "{month}您的安排", EN: "Your dates in {month}"},
		templateTask:      {ZH: "跟进事项：{zh}（{day}前办结）", EN: "Task: {en} (due {day})"},
		templateRung:      {ZH: "逾期事项请督促：{zh}", EN: "Overdue task, please see to it: {en}"},
	}
	bodyWords = map[string]planner.Text{
		templateReception: {
			ZH: "您于{when}在{place}接访群众。{portfolio}如因公务不能到场，请提前5日告知接访中心，以便安排补位。{brief}",
			EN: "You receive residents on {when}, {place}. {portfolio}If duty keeps you away, tell the hall five days ahead so that a deputy can be found.{brief}"},
		templateWorkDay: {ZH: "{day}是{name}。{stops}{moved}", EN: "{day} is the {name}. {stops}{moved}"},
		templateMeeting: {ZH: "{name}于{when}召开。{moved}", EN: "The {name} is on {when}. {moved}"},
		templateVisits:  {ZH: "{day}{name}。{stops}", EN: "{Name} on {day}. {stops}"},
		RuleMoved:       {ZH: "您的{what_zh}原定{was}，改到{when}。{why}", EN: "Your {what_en} of {was} is now on {when}. {why}"},
		RuleCalledOff:   {ZH: "原定{was}的{what_zh}取消。{why}", EN: "The {what_en} of {was} is called off. {why}"},
		RuleRoomVisits:  {ZH: "{day}到{village}走访，户编号和干部：{codes}。请提前转告各户；哪户不方便，请告诉干部改约。", EN: "Visits in {village} on {day}, households and cadres: {codes}. Please tell them ahead; if a day does not suit, let the cadre know."},
		RuleHomeVisit:   {ZH: "{who}于{day}{hours_zh}到您家走访。不方便，可以凭户卡改约或暂不打扰。", EN: "{who} visits you on {day}{hours_en}. If it does not suit, change it or be left alone with your card."},
		RuleDeadline:    {ZH: "{zh}。请在{day}前办理，这天是期限前最后一个工作日。", EN: "{en}. Please act by {day}, the last working day up to the deadline."},
		RuleHandover:    {ZH: "{zh}，应于{day}前一起走访并确认。", EN: "{en}: please visit together and confirm by {day}."},
		RuleMonth:       {ZH: "{zh}。", EN: "{en}."},
		templateTask:    {ZH: "{zh}{code}，办结期限{day}。办结后请在系统中填写结果。", EN: "{en}{code}, due {day}. Please enter the outcome once it is done."},
		templateRung: {ZH: "{owner}负责的事项“{zh}”{code}应于{day}办结，已逾期{days}天，请督促办理。",
			EN: "{owner}'s task “{en}”{code} was due on {day}, {days} days ago. Please see that it is done."},
	}
)

// fillers are the values of a notice's placeholders in one language.
func fillers(l, base string, n notifier.Notice) []string {
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
	was := ""
	if d, err := civil.ParseDate(args["was"]); err == nil {
		was = lang.ShortDate(l, d)
	}
	why := planner.Text{ZH: args["why_zh"], EN: args["why_en"]}.In(l)
	brief := ""
	if args["brief"] != "" && base != "" {
		brief = planner.Text{ZH: "准备材料：{link}", EN: " Brief: {link}"}.Fill("link", base+args["brief"]).In(l)
	}
	codes := args["codes"]
	if l == lang.EN {
		codes = strings.ReplaceAll(codes, "、", ", ")
	}
	return append(pairs, "day", day, "when", when, "code", code, "portfolio", portfolio, "place", place,
		"stops", stopWords(l, args), "moved", movedWords(l, args), "was", was, "why", why, "what_zh", args["what_zh"], "what_en", args["what_en"],
		"village", args["village"], "codes", codes, "n", args["n"], "who", args["who"], "hours_zh", args["hours_zh"], "hours_en", args["hours_en"],
		"month", args["month"], "brief", brief, "name", dayName(n).In(l), "Name", dayName(n).Titled().In(l))
}

// dayName is what the day of a notice is called: by the office's own name, if it has one.
func dayName(n notifier.Notice) planner.Text {
	usual := eventWords[planner.EventMassWorkDay]
	switch n.Template {
	case templateMeeting:
		usual = eventWords[planner.EventLeadersMeeting]
	case templateVisits:
		usual = eventWords[planner.EventVisit]
	}
	return planner.Text{ZH: n.Args["name_zh"], EN: n.Args["name_en"]}.Or(usual)
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
func (a *App) titleOf(n notifier.Notice) planner.Text {
	w, ok := a.wordsOfNotice(n.Template)
	if !ok { // a template of a later program: its own words, if it brought any
		return planner.Text{ZH: cmp.Or(n.Args["zh"], n.Subject), EN: cmp.Or(n.Args["en"], n.Subject)}
	}
	return planner.Text{ZH: w.Title.Fill(fillers(lang.ZH, a.BaseURL, n)...).ZH, EN: w.Title.Fill(fillers(lang.EN, a.BaseURL, n)...).EN}
}

// bodyOf is what a notice says, in one language.
func (a *App) bodyOf(l string, n notifier.Notice) string {
	w, ok := a.wordsOfNotice(n.Template)
	if !ok {
		return ""
	}
	return strings.TrimSpace(w.Body.Fill(fillers(l, a.BaseURL, n)...).In(l))
}

// bundled are the templates of which three or more in one message become one list.
var bundled = map[string]planner.Text{
	templateTask: {ZH: "跟进事项{n}项", EN: "{n} tasks"},
	templateRung: {ZH: "逾期事项{n}项，请督促", EN: "{n} overdue tasks, please see to them"},
	RuleDeadline: {ZH: "法定期限{n}项", EN: "{n} statutory deadlines"},
}

const (
	bundleFrom = 3  // equal ones
	bundleMost = 30 // lines of a list; the page has all
)

// section is a title and lines of one message.
type section struct {
	template string
	title    string
	lines    []string
}

// sections puts the notices of a message in order: equal ones together in one list, the others one by one. Of several about one
// change of the same thing the last is said.
func (a *App) sections(l string, ns []notifier.Notice) (out []section) {
	count, last := map[string]int{}, map[[2]string]int{}
	for i, n := range ns {
		count[n.Template]++
		last[[2]string{n.Subject, n.Rule}] = i
	}
	done := map[string]bool{}
	for i, n := range ns {
		if last[[2]string{n.Subject, n.Rule}] != i || done[n.Template] {
			continue
		}
		head, list := bundled[n.Template]
		if !list || count[n.Template] < bundleFrom {
			out = append(out, section{n.Template, a.titleOf(n).In(l), []string{a.bodyOf(l, n)}})
			continue
		}
		done[n.Template] = true
		s := section{template: n.Template, title: head.Fill("n", strconv.Itoa(count[n.Template])).In(l)}
		for _, m := range ns {
			if m.Template != n.Template {
				continue
			}
			if len(s.lines) == bundleMost {
				s.lines = append(s.lines, planner.Text{ZH: "……其余见网页。", EN: "… the rest is on the page."}.In(l))
				break
			}
			line := a.titleOf(m).In(l)
			if o := m.Args["owner"]; o != "" {
				line += planner.Text{ZH: "（{o}，逾期{d}天）", EN: " ({o}, {d} days late)"}.Fill("o", o, "d", m.Args["days"]).In(l)
			}
			s.lines = append(s.lines, "· "+line)
		}
		out = append(out, s)
	}
	return out
}

// render words one message: the title of the only notice, or a digest. Chinese unless the person reads English.
func (a *App) render(l string, ns []notifier.Notice) (c notifier.Content, err error) {
	if len(ns) == 0 {
		return c, fmt.Errorf("a message without notices")
	}
	if l != lang.EN {
		l = lang.ZH
	}
	c.Subject = "【连心】" + a.titleOf(ns[0]).In(l)
	if len(ns) > 1 {
		c.Subject = planner.Text{ZH: "【连心】今日提醒{n}项", EN: "[Lianxin] {n} reminders today"}.Fill("n", strconv.Itoa(len(ns))).In(l)
	} else if l == lang.EN {
		c.Subject = "[Lianxin] " + a.titleOf(ns[0]).EN
	}
	var b, h strings.Builder
	sections := a.sections(l, ns)
	for i, s := range sections {
		c.Items = append(c.Items, notifier.Item{Template: s.template, Title: s.title, Body: strings.Join(s.lines, "\n")})
		if len(sections) > 1 {
			s.title = strconv.Itoa(i+1) + ". " + s.title
		}
		fmt.Fprintf(&b, "%s\n%s\n\n", s.title, strings.Join(s.lines, "\n"))
		for j := range s.lines {
			s.lines[j] = html.EscapeString(s.lines[j])
		}
		fmt.Fprintf(&h, "<h2>%s</h2>\n<p>%s</p>\n", html.EscapeString(s.title), strings.Join(s.lines, "<br>"))
	}
	sign := planner.Text{ZH: "——{office}", EN: "— {office}"}.Fill("office", a.Office.Name).In(l)
	c.Foot = sign
	b.WriteString(sign + "\n")
	fmt.Fprintf(&h, "<p>%s</p>\n", html.EscapeString(sign))
	household := strings.HasPrefix(ns[0].Recipient, householdRecipient)
	if a.BaseURL != "" && !household {
		link := a.BaseURL + "/"
		c.Link = link
		b.WriteString(link + "\n")
		fmt.Fprintf(&h, "<p><a href=\"%s\">%s</a></p>\n", html.EscapeString(link), html.EscapeString(link))
	}
	c.Text, c.HTML = b.String(), h.String()
	return c, nil
}
