package feed

import (
	"strings"

	"lianxin/planner"
)

func both(zh, en string) planner.Text { return planner.Text{ZH: zh, EN: en} }

// fill is [planner.Text.Fill] for one language: a feed says ten thousand sentences. Pairs are name, value, name, value;
// a value with braces stays as it is.
func fill(t planner.Text, lang string, pairs ...string) string {
	var b strings.Builder
	fillTo(&b, t.In(lang), pairs)
	return b.String()
}

func fillTo(b *strings.Builder, s string, pairs []string) {
	if len(pairs) > 0 {
		b.Grow(len(s) + len(pairs[1]))
	}
	for len(pairs) > 0 {
		i := strings.IndexByte(s, '{')
		n := strings.IndexByte(s[i+1:], '}')
		if i < 0 || n < 0 {
			break
		}
		b.WriteString(s[:i])
		name := s[i+1 : i+1+n]
		for p := 0; p+1 < len(pairs); p += 2 {
			if pairs[p] == name {
				b.WriteString(pairs[p+1])
			}
		}
		s = s[i+n+2:]
	}
	b.WriteString(s)
}

// The words of feeds. They stand here and not in lang's files because a changed word is a changed calendar: whoever
// edits one sees that [Digest] and every subscriber's copy depend on it.
var (
	nameCadre     = both("连心日历 · {name}", "Lianxin · {name}")
	nameVillage   = both("群众工作日 · {name}", "Mass-work-days · {name}")
	nameUnit      = both("群众工作日 · {name}", "Mass-work-days · {name}")
	nameHolidays  = both("节假日、补班和逢集", "Holidays, make-up and market days")
	nameTasks     = both("跟进事项 · {name}", "Follow-up tasks · {name}")
	nameHall      = both("{county}领导接访日程", "Leaders' reception days, {county}")
	nameCounty    = both("{county}群众工作日历", "Mass-work calendar, {county}")
	aboutCadre    = both("我的群众工作日、接访和跟进事项。只列户编号，详情请登录查看。", "My mass-work-days, receptions and tasks. Households by code only; sign in for more.")
	aboutVillage  = both("群众工作日来本村（社区）的干部。", "Who comes to this village on mass-work-days.")
	aboutUnit     = both("群众工作日本单位干部去哪个村（社区）。", "Which villages the unit's cadres go to on mass-work-days.")
	aboutHolidays = both("国务院办公厅放假通知、补班和各村逢集日。", "Public holidays by the State Council's notice, make-up days, and the villages' market days.")
	aboutTasks    = both("勾选完成即在连心中办结。其他内容请登录修改。", "Ticking one completes it in Lianxin; all else is changed on its pages.")
	aboutHall     = both("{hall}的领导接访安排，以当日公示为准。", "Who receives visitors at {hall}; the notice of the day prevails.")
	aboutCounty   = both("全县（市）的群众工作日、领导小组会议和节假日。", "The county's mass-work-days, leaders' meetings and holidays.")

	namedDays    = both("{day} · {name}", "{Day} · {name}")
	namedCadre   = both("我的{day}、接访和跟进事项。只列户编号，详情请登录查看。", "My dates (the {day}), receptions and tasks. Households by code only; sign in for more.")
	namedVillage = both("{day}来本村（社区）的干部。", "Who comes to this village on the {day}.")
	namedUnit    = both("{day}本单位干部去哪个村（社区）。", "Which villages the unit's cadres go to on the {day}.")
	namedCounty  = both("全县（市）的{day}、有关会议和节假日。", "The county's dates (the {day}), meetings and holidays.")

	sumWorkDay       = both("群众工作日", "Mass-work-day")
	sumVisit         = both("入户走访", "Visits")
	sumMeeting       = both("群众工作领导小组会议", "Mass-work leaders' meeting")
	sumReception     = both("领导接访：{name}（{title}）", "Reception: {name} ({title})")
	sumReceptionBare = both("领导接访：{name}", "Reception: {name}")
	sumOwnReception  = both("我的接访日", "My reception day")
	sumBeside        = both("陪同领导接访", "Beside the leader at a reception")
	sumTask          = both("【跟进】{about}", "[Follow-up] {about}")
	sumMakeup        = both("补班（{name}）", "Working day for {name}")
	sumMarket        = both("逢集：{place}", "Market day: {place}")
	sumReceptionDay  = both("接访日", "Reception day")
	sumFestival      = both("节前走访", "Festival visits")
	sayVillageDay    = both("当日村里：{note}", "In the village that day: {note}")
	sumTentative     = both("{summary}（暂定）", "{summary} (provisional)")
	sumCancelled     = both("【已取消】{summary}", "[Cancelled] {summary}")

	catWorkDay   = both("群众工作日", "Mass-work-day")
	catVisit     = both("走访", "Visits")
	catMeeting   = both("领导小组会议", "Leaders' meeting")
	catReception = both("领导接访", "Reception")
	catTask      = both("跟进事项", "Follow-up")
	catHoliday   = both("节假日", "Holiday")
	catMarket    = both("逢集", "Market day")
	catMakeup    = both("补班", "Make-up working day")

	sayTentative  = both("（节假日安排未公布，日期可能调整。）", "(The holidays of the year are not published yet; the date may move.)")
	sayStops      = both("今日走访，按顺序：{stops}", "Today's visits in order:{stops}")
	sayNoVisits   = both("本日没有安排入户。", "No household visits this day.")
	sayForm       = both("走访清单：{url}", "Checklist: {url}")
	sayLink       = both("详情：{url}", "Details: {url}")
	sayLeader     = both("接访领导：{name}　职务：{title}", "Leader: {name}, {title}")
	sayPortfolio  = both("分管工作：{zh}", "Portfolio: {en}")
	sayTask       = both("{kind}，今日到期；最迟 {until}。", "{kind}, due today; {until} at the latest.")
	sayComers     = both("来村（社区）干部：", "Who comes:")
	sayComer      = both("{name}（{unit}）", "{name} ({unit})")
	sayComerOther = both("{name}（{unit}），改在 {on}", "{name} ({unit}), on {on} instead")
	sayGoer       = both("{name}：{place}", "{name}: {place}")
	sayGoerOther  = both("{name}：{place}，改在 {on}", "{name}: {place}, on {on} instead")
	sayNobodyGoes = both("本次没有安排本单位干部下村。", "Nobody of the unit is assigned this time.")
	sayNobody     = both("本次没有安排干部来村。", "Nobody is assigned to this village this time.")
)

// kindTask words a task's kind. The task's own sentence stays inside: it may name people.
var kindTask = map[planner.TaskKind]planner.Text{
	planner.TaskPromise:  both("答应的事", "A promise"),
	planner.TaskHandover: both("清单式交接", "A handover"),
	planner.TaskCommon:   both("举一反三、统一排查", "One cause in several villages"),
	planner.TaskDecision: both("会议交办、限期答复", "Decided by a meeting or promised in public"),
	planner.TaskNotice:   both("核对公示", "Check of a notice"),
	planner.TaskErrand:   both("代办", "An errand"),
	planner.TaskEscort:   both("陪办", "Going along"),
	planner.TaskCare:     both("定期关心", "Care that comes round"),
	planner.TaskRenewal:  both("志愿协议到期", "An agreement that ends"),
}

// only is the list of one category. The lists are shared by all events, so nobody may change one.
func only(word string) []string {
	if list := onlyOne[word]; list != nil {
		return list
	}
	return []string{word}
}

var onlyOne = func() map[string][]string {
	m := map[string][]string{}
	for _, t := range []planner.Text{catWorkDay, catMeeting, catReception, catTask, catHoliday, catMakeup, catMarket, catAppointment} {
		for _, word := range []string{t.ZH, t.EN} {
			m[word] = []string{word}[:1:1]
		}
	}
	return m
}()
