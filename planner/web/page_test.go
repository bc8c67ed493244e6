package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	day      = civil.MustDate
)

func text(zh, en string) planner.Text { return planner.Text{ZH: zh, EN: en} }

// office is a Server that renders; its App has no database.
func office() *Server {
	return &Server{App: &pipeline.App{Zone: shanghai, Now: func() time.Time { return day("2026-01-05").At(8*60, shanghai) },
		BaseURL: "https://lianxin.example", Office: pipeline.Office{County: "义马市", Name: "义马市信访局", Hall: "义马市群众来访接待中心", Phone: "0398-0000000"}}}
}

var (
	workDay = pipeline.EventView{Kind: planner.EventMassWorkDay, On: day("2026-02-24"), From: 510, Until: 1050, Nominal: day("2026-02-15"),
		Title: text("群众工作日", "Mass-work-day"), Why: text("15日是春节假期，顺延到节后第一个工作日。", "The 15th falls into the Spring Festival; postponed to the next working day."), Status: planner.StatusConfirmed}
	meeting = pipeline.EventView{Kind: planner.EventLeadersMeeting, On: day("2026-02-25"), From: 540, Until: 660, Nominal: day("2026-02-16"),
		Title: text("群众工作领导小组会议", "Leaders' meeting"), Why: text("会议排在群众工作日之后一天。", "The meeting stays one day after the mass-work-day."), Status: planner.StatusConfirmed}
	rows = []pipeline.PairingRow{
		{Household: "H1", Code: "281006-0132", Head: "张某某", Area: "付村社区 第二网格", Cadre: "C1", CadreName: "林致远", Unit: "市水利局", Price: 840, Kept: true},
		{Household: "H2", Code: "281006-0133", Head: "王某某", Area: "付村社区 第二网格", Cadre: "C2", CadreName: "陈可", Unit: "市水利局", Price: 1275},
		{Household: "H3", Code: "281007-0020", Head: "𬭎某某", Area: "霍村社区", Cadre: "C3", CadreName: "喆 静", Unit: "市教体局", Price: 1080, New: true, Origin: planner.OriginPin},
	}
	summary = pipeline.PlanSummary{Period: 2026, Status: planner.PlanPublished, Cadres: 1084, Households: 15000, LoadMax: 15, Price: 12_345_600, Bound: 12_345_600,
		Pairs: 17_250_000, HadCadre: 12000, Kept: 11508, TravelMean: 720, Tiers: []pipeline.TierSummary{{Tier: planner.TierVillage, Cadres: 28, Targets: 35, Price: 25200, Bound: 25200},
			{Tier: planner.TierGroup, Cadres: 110, Targets: 214, Price: 118800, Bound: 118800}, {Tier: planner.TierHousehold, Cadres: 1084, Targets: 15000, Price: 12_201_600, Bound: 12_201_600}}}
	homes = []pipeline.HouseholdRow{{Code: "281006-0132", Head: "张某某", Area: "付村社区 第二网格", Hours: planner.HoursAny, NextOn: day("2026-01-15")},
		{Code: "281006-0133", Head: "王某某", Area: "付村社区 第二网格", Hours: planner.HoursAfternoon, Needs: []planner.Need{planner.NeedFarming, planner.NeedStudy}},
		{Code: "281006-0137", Head: "赵某某", Area: "付村社区 第三网格", Hours: planner.HoursMorning, Muted: true}}
	todo = []pipeline.TaskView{{ID: "T1", Say: text("问清灌溉水费标准并回话", "Find out the irrigation fee and tell them"), DueOn: day("2025-12-30"), State: planner.TaskInProgress, Code: "281006-0133", Owner: "陈可", Overdue: true},
		{ID: "T2", Say: text("与原结对干部一起上门交接", "Visit together with the former cadre"), DueOn: day("2026-01-15"), State: planner.TaskReady, Owner: "喆 静"},
		{ID: "T3", Say: text("核对二月接访公示", "Check the notice for February"), DueOn: day("2026-02-10"), State: planner.TaskDraft},
		{ID: "T4", Say: text("送去农技手册", "Bring the farming handbook"), DueOn: day("2025-12-20"), State: planner.TaskCompleted}}
	yimaVillages = []struct{ township, names string }{{"千秋路街道", "民安社区居委会 兴苑社区居委会 花园社区居委会 鸿庆社区居委会 银杏社区居委会 连银社区居委会"}, {"朝阳路街道", "红土坡社区居委会 前进社区居委会"},
		{"新义街街道", "跃进社区居委会 杨村社区居委会 耿村社区居委会"}, {"常村路街道", "常安社区居委会 常苑社区居委会"}, {"泰山路街道", "狂口社区居委会 滨河社区居委会"},
		{"新区街道", "千秋社区居委会 马岭社区居委会 礼召社区居委会 二十铺社区居委会 三十铺社区居委会 郭庄社区居委会 付村社区居委会 梁沟社区居委会 石门社区居委会 裴村社区居委会"},
		{"东区街道", "苗元社区居委会 常村社区居委会 河口社区居委会 南河社区居委会 石佛社区居委会 马庄社区居委会 湾子社区居委会 程村社区居委会 霍村社区居委会 义马社区居委会"}}
)

func places() (p pipeline.Places) {
	for i, t := range yimaVillages {
		for j, n := range strings.Fields(t.names) {
			code := planner.AreaCode("41128100" + string(rune('1'+i)) + "0" + string(rune('0'+(j+1)/10)) + string(rune('0'+(j+1)%10)))
			v := pipeline.VillageView{Code: code, Name: n, TownshipCode: code.Township(), Township: t.township, Groups: 3 + (i*7+j*5)%8}
			if j != 9 {
				v.Leader = "甲某"
			}
			p.Villages = append(p.Villages, v)
		}
	}
	p.Units = []pipeline.UnitView{{ID: "U1", Name: "市水利局"}, {ID: "U2", Name: "市教体局"}}
	return p
}

func yearView(year int) pipeline.YearView {
	y := pipeline.YearView{Year: year, Status: "official", Slots: 248, HeadSlots: 51}
	status := planner.StatusConfirmed
	if year > 2026 {
		y.Status, status = "provisional", planner.StatusTentative
	}
	for m := range y.Months {
		for d := 1; d <= civil.DaysIn(year, time.Month(m+1)); d++ {
			c := pipeline.DayCell{On: civil.Of(year, time.Month(m+1), d), State: "workday", Lunar: []string{"初一", "十五", "廿三", "正月"}[d%4], Leader: "甲某"}
			if c.On.Weekend() {
				c.State = "off"
			}
			switch {
			case m == 1 && d >= 15 && d <= 23:
				c.State, c.Holiday = "off", "春节"
			case m == 1 && (d == 14 || d == 28):
				c.State, c.Makeup = "workday", true
			case m == 1 && d == 24 || m != 1 && d == 15:
				e := pipeline.EventView{Kind: planner.EventMassWorkDay, On: c.On, Nominal: civil.Of(year, time.Month(m+1), 15), Title: workDay.Title, Status: status}
				if e.On != e.Nominal {
					e.Why = workDay.Why
				}
				c.Events = append(c.Events, e)
			case m == 1 && d == 25 || m != 1 && d == 16:
				e := pipeline.EventView{Kind: planner.EventLeadersMeeting, On: c.On, Nominal: civil.Of(year, time.Month(m+1), 16), Title: meeting.Title, Status: status}
				if e.On != e.Nominal {
					e.Why = meeting.Why
				}
				c.Events = append(c.Events, e)
			}
			y.Months[m] = append(y.Months[m], c)
		}
	}
	y.Collisions = []pipeline.CollisionView{{Month: "2026-02", WorkDay: day("2026-02-24"), Meeting: day("2026-02-25"),
		Say: text("15日和16日都顺延到2月24日；会议改到2月25日，排在群众工作日之后。", "Both the 15th and the 16th would move to 24 Feb; the meeting goes to 25 Feb, after the mass-work-day.")}}
	return y
}

// literal gives a filled value for every page, as its handler would.
func literal(t testing.TB, l string) map[string]any {
	t.Helper()
	over := pipeline.Overview{County: "义马市", Today: day("2026-01-05"), Villages: 35, Units: 90, Cadres: map[planner.Rank]int{"leader": 28, "section": 110, "staff": 1160},
		Households: 15420, Consenting: 15000, NotAsked: 420, Muted: 38, Plan: &summary, NextDays: []pipeline.EventView{workDay, meeting}, Collisions: yearView(2026).Collisions,
		OpenTasks: 212, OverdueTasks: 7, Reminders: []pipeline.ChannelCount{{Channel: "slip", State: "scheduled", Count: 3211}},
		Before: []planner.Finding{{Severity: planner.Warn, Say: text("3名干部没有可用的联系方式，请补填手机或邮箱。", "3 cadres have no working channel; fill in a mobile number or a mail address.")}}}
	q := url.Values{"changed": {"1"}}
	me, err := newCadre(pipeline.CadreView{Cadre: "C2", Name: "陈可", Code: "G0102", Unit: "市水利局", Title: "工程师", Rank: planner.RankStaff, Households: homes,
		Areas: []string{"付村社区"}, NextVisits: []pipeline.VisitDayView{{On: day("2026-01-15"), Status: planner.StatusConfirmed, Place: "付村社区", Stops: homes[:2]}, {On: day("2026-02-24"), Status: planner.StatusTentative, Place: "付村社区", Stops: homes[:1]}},
		Events: []pipeline.EventView{workDay}, Tasks: todo[:2], FeedURL: "https://lianxin.example/f/ABCDEFGHIJKLMNOPQRSTUVWXYZ.ics", WebcalURL: "webcal://lianxin.example/f/ABCDEFGHIJKLMNOPQRSTUVWXYZ.ics",
		Fetches: []pipeline.FetchView{{Product: "iOS/19", On: day("2026-01-04")}, {Product: "DAVx5/4", On: day("2026-01-03")}}, Wish: pipeline.WishView{Lang: "zh", Way: "feed"}})
	if err != nil {
		t.Fatal(err)
	}
	slots := []pipeline.SlotView{}
	for d := day("2026-01-05"); d.Before(day("2026-02-01")); d = d.AddDays(1) {
		if d.Weekend() {
			continue
		}
		s := pipeline.SlotView{On: d, From: 510, Until: 690, Leader: "乙某某", Title: "副市长", Portfolio: "教育、卫生", Place: "一楼", BookUntil: d.AddDays(-1).At(17*60, shanghai)}
		if d.Weekday() == time.Monday {
			s.Leader, s.Title, s.Portfolio, s.Head = "戊某某", "市委书记", "综合（不限事项）", true
		}
		if d.Day == 14 {
			s.Change = text("原为己某某，因公务外出，由乙某某接待。", "Was 己某某, away on duty; 乙某某 receives.")
		}
		slots = append(slots, s)
	}
	notices := []pipeline.NoticeView{{DueAt: day("2026-01-12").At(480, shanghai), Who: "陈可", Channel: "slip", Title: text("三个工作日后是群众工作日", "Mass-work-day in three working days"), Why: text("走访前三个工作日提醒", "three working days before a visit"), State: "planned"}}
	for range 4 {
		notices = append(notices, notices[0])
	}
	return map[string]any{
		"overview": newOverview(over, places()),
		"pairings": newPairings(pipeline.PairingPage{Plan: summary, Total: 1234, Rows: rows}, pipeline.PairingFilter{Tier: planner.TierHousehold, Offset: 50}, places(), q),
		"programs": programsPage{Address: "https://lianxin.example/dav/", Login: "G0102", Passwords: []pipeline.AppPasswordView{{ID: "P1", Name: "Thunderbird", CreatedOn: day("2026-01-03")}},
			Name: "DAVx5", Secret: "abcd-efgh-ijkl-mnop-qrst-uvwx-yz"},
		"pairing": pipeline.Explanation{Row: rows[1], Hidden: false, Reasons: []planner.Reason{{Rule: "unit-village", Price: 0, Say: text("本单位包联付村社区", "the unit serves 付村社区")},
			{Rule: "travel", Price: 975, Say: text("往返路程", "the way there and back")}, {Rule: "recusal", Price: 900, Say: text("原结对干部申请回避，需更换", "the former cadre asked for a recusal"), Private: true},
			{Rule: "skill", Price: -1200, Say: text("会农技，该户希望得到农技帮助", "knows farming, which the household would like")}, {Rule: "load", Price: 600, Say: text("这是陈可的第 15 户", "household 15 for 陈可")}},
			Others: []pipeline.Alternative{{CadreName: "林致远", Unit: "市水利局", Extra: 540, Moves: 1}, {CadreName: "王芳", Unit: "市教体局", Extra: 1510}, {CadreName: "赵海", Unit: "市水利局", Forbidden: text("按规定不安排", "not arranged under the rules")}}},
		"calendar": newCalendar(l, yearView(2026)),
		"village": villagePage{Code: "411281001001", Year: 2026, Villages: []villageSheet{newVillage(l, pipeline.VillageYear{Code: "411281001001", Name: "付村社区", Township: "东街道", YearView: yearView(2026), Open: true,
			Marks:  map[civil.Date][]planner.AreaDayKind{day("2026-02-24"): {planner.DayMarket, planner.DayFarm}},
			Visits: []pipeline.VillageVisit{{On: day("2026-02-24"), Title: planner.Text{ZH: "群众工作日", EN: "Mass-work-day"}, Units: []string{"一局", "二局", "三局", "四局"}, Marks: []planner.AreaDayKind{planner.DayMarket}}}})}},
		"calendar-2027": newCalendar(l, yearView(2027)),
		"cadre":         me,
		"desk": deskPage{Op: "swap", Period: 2026, Household: "281006-0133", Other: "281006-0132", Back: "/pairings/H2", Hand: &pipeline.HandReport{Op: "swap", Extra: 720,
			Changes: []pipeline.ChangeView{{Code: "281006-0133", Head: "王某某", Area: "付村社区", From: "陈可", To: "林致远", Why: text("按您的安排", "as you wish")}}}},
		"tasks":   newTasks(todo, day("2026-01-05"), 0),
		"overdue": litOverdue(),
		"answers": answersPage{[]pipeline.HeldAnswer{{ID: "I1", Cadre: "C1", Name: "陈可", Unit: "市水利局", On: day("2026-01-15"), From: 510, Title: text("群众工作日", "Mass-work-day"), Says: "declined", Now: "accepted", Why: "unproved", CameOn: day("2026-01-12")},
			{ID: "I2", Name: "王芳", Unit: "市教体局", On: day("2026-01-19"), From: 510, Title: text("领导接访", "Reception"), Says: "tentative", Now: "needs-action", Why: "sender", CameOn: day("2026-01-13")}}},
		"channels": channelsPage{Channels: []channelRow{{ChannelView: pipeline.ChannelView{Name: "wecom-bot", Wants: "group", Limits: []string{"20/1m0s"}, State: "fails", Why: "the provider says 93000", Waiting: 3, Doubts: 1, Proven: 7}, Breaker: "open", Took: "1月12日 08:00", Fell: "1月12日 08:05"},
			{ChannelView: pipeline.ChannelView{Name: "slip", Wants: "name", State: "works"}, Breaker: "closed"}}, Templates: []string{"work-day"}, Channel: "wecom-bot", Template: "work-day", Shown: "**群众工作日**", Result: "没有发出", Failed: true, Tester: true},
		"reminder-audit": auditPage{ReminderAudit: pipeline.ReminderAudit{From: day("2026-01-05"), Until: day("2026-01-12"), Owed: 12, Held: 11, Sent: 10}, Kinds: []auditCount{{"missing", 1}, {"expired", 2}}, Ran: "1月12日 00:40",
			Rows: []auditRow{{pipeline.AuditFinding{Kind: "missing", Who: "陈可", Title: text("群众工作日", "Mass-work-day"), Rule: "work-day-1", Why: text("前一天", "the day before"), Note: text("台账里没有", "not there")}, "1月12日 08:00"}}},
		"reminders":    newReminders(l, notices, day("2026-01-19"), shanghai),
		"what-if":      litWhatIf(),
		"matters":      litMatters(),
		"matter":       litMatter(),
		"matter-new":   matterForm{planner.MatterKinds, planner.Needs, litChoices, day("2026-03-02")},
		"matter-slip":  slipSheet{pipeline.Registered{Matter: "M1", Number: "2026-0001", Code: "ABCD-EFGH-JKLM-NPQR"}, "门前排水沟堵塞", "https://lianxin.example/slip", day("2026-03-02")},
		"matter-paper": litPaper(l),
		"leads":        litLeads(),
		"slip":         litSlip(),
		"rules":        newRules(policed()),
		"reception":    litNotice(l, slots),
		"screen":       litScreen(),
		"book":         litBook(),
		"counter":      litCounter(),
		"visits":       newVisits(l, litSheet(), day("2026-01-15")),
		"visit-paper":  newVisits(l, litSheet(), day("2026-01-15")),
		"coverage":     litCoverage(),
		"visit-upload": litUpload(),
		"my":           litMy(),
		"complain":     complainPage{Words: "来得太勤", Message: "请写下意见。"},
		"rights":       litRights(),
		"holidays":     litHolidays(),
		"local":        litLocal(),
		"cards":        cardsPage{Cards: []pipeline.HouseholdSlip{{Household: "281006-0132", Head: "张某某", Village: "付村社区", Code: "ABCD-EFGH-JKLM-NPQR", Complaint: "BCDE-FGHJ-KLMN-PQRS"}}, Address: "https://lianxin.example"},
		"duty":         litDuty(),
		"reminder-ledger": reminderLedgerPage{States: reminderStates, Rules: []string{"work-day-1"}, State: "uncertain", Rows: []reminderRow{{ReminderRow: pipeline.ReminderRow{ID: "N1", Rule: "work-day-1", Delivery: "D1", By: "smtp", Message: "uncertain", Note: text("传送结果不明", "nobody knows"),
			NoticeView: notices[0]}, When: "1月14日 08:00"}, {ReminderRow: pipeline.ReminderRow{ID: "N2", Rule: "task-1", NoticeView: notices[0]}, When: "1月14日 08:00"}}},
		"sending": sendingPage{SendWishView: pipeline.SendWishView{Cadre: "C9", Name: "陈可", Channels: []string{"slip"}, Available: []string{"smtp", "slip"}, Works: []string{"slip"}, QuietFrom: 21 * 60, QuietUntil: 7 * 60,
			DigestAt: 600, AnyDay: true, MuteUntil: day("2026-01-20"), Lang: "zh"}, Order: []string{"slip", ""}, Until: day("2026-02-05")},
		"brief":       litBrief(),
		"meeting":     litMeeting(),
		"occasions":   litOccasions(),
		"ledgers":     litLedgers(),
		"brief-month": litBriefMonth(l),
		"stats":       litStats(l),
		"accounts": newAccounts([]pipeline.AccountView{{Login: "G0001", Name: "甲某", Unit: "市委", Roles: []planner.Role{planner.RoleLeader}, Leader: "C9", State: "active"}, {Login: "G0102", Name: "陈可", Unit: "市水利局", Roles: []planner.Role{planner.RoleCadre}, State: "invited"},
			{Login: "wang", Name: "王联络", Roles: []planner.Role{planner.RoleSecretary}, ActsFor: []string{"甲某"}, State: "active"}}, "", 0),
		"invites": invitesPage{Invites: []pipeline.Invite{{Login: "G0102", Name: "陈可", Unit: "市水利局", Code: "ABCD-EFGH-JKLM-NPQR"}, {Login: "G0103", Name: "喆 静", Unit: "市教体局", Code: "BCDE-FGHJ-KLMN-PQRS"}}, Address: "https://lianxin.example/invite"},
		"about":   aboutPage{Version: "0.1.0", Works: works},
		"sign-in": signInForm{Next: "/", Login: "G0102", Message: "登录名或密码不对，请核对后再试。"},
		"invite":  inviteForm{Code: "ABCD-EFGH-JKLM-NPQR", Name: "陈可", Login: "G0102"},
		"error":   errorPage{Status: 404, Say: "没有这个页面。", Back: "/counter"},
	}
}

// policed is the rule book of an office with a policy that touches all there is to touch.
func policed() pipeline.RuleBook {
	policy, _ := rule.ParsePolicy("policy.yaml", []byte("rules: {continuity: 45, need-skill: off}\nloads: {staff: 12, division: 8}\ncaps: {units: {D81003: 60}, villages: {every: 60, \"411281001001\": 40}}\n"))
	b, err := pipeline.RulesOf("fengshan", policy)
	if err != nil {
		panic(err)
	}
	b.Plan = &pipeline.RuleBookOfPlan{Period: 2026, Status: planner.PlanDraft, Preset: "yima"}
	return b
}

// show renders one page from a value.
func show(t testing.TB, l, name string, v any) string {
	t.Helper()
	s := office()
	w := httptest.NewRecorder()
	r := &request{Request: httptest.NewRequest("GET", "/"+name+"?done=task", nil), w: w, lang: l,
		account: planner.Account{ID: "A1", Name: "经办人", Roles: []planner.Role{planner.RoleAdmin, planner.RolePlanner}}}
	r.p = r.account.Principal()
	p := s.page(r, strings.TrimSuffix(name, "-2027"))
	p.V = v
	s.render(r, http.StatusOK, p)
	if w.Code != http.StatusOK {
		t.Fatalf("%s in %s: got status %d, want 200", name, l, w.Code)
	}
	return w.Body.String()
}

func TestEveryPageRendersInBothLanguagesFromLiteralViews(t *testing.T) {
	missing := regexp.MustCompile(`\[[a-z-]+\.[a-z-]+\]|\{[a-z]+\}|ZgotmplZ|%!`)
	inline := regexp.MustCompile(`(?i)<script|\son[a-z]+=|\sstyle=|https?://(www\.)?[a-z]+\.(com|cn|org)`)
	for _, l := range lang.Langs {
		views := literal(t, l)
		for _, name := range append(pageNames, "calendar-2027") {
			if views[name] == nil {
				t.Errorf("no literal view for page %q", name)
				continue
			}
			html := show(t, l, name, views[name])
			if m := missing.FindString(html); m != "" {
				t.Errorf("%s in %s: got an unfilled text %q, want none", name, l, m)
			}
			if m := inline.FindString(html); m != "" {
				t.Errorf("%s in %s: got %q, want nothing that the content security policy forbids", name, l, m)
			}
		}
	}
}

func TestA2027CalendarIsVisiblyProvisional(t *testing.T) {
	html := show(t, lang.ZH, "calendar", newCalendar(lang.ZH, yearView(2027)))
	for _, want := range []string{"暂定", `class="year provisional"`} {
		if !strings.Contains(html, want) {
			t.Errorf("calendar of 2027: got no %q, want it", want)
		}
	}
}

func TestTheChineseCharactersOfAnEnglishPageAreNamesAlone(t *testing.T) {
	html := show(t, lang.EN, "sign-in", signInForm{Next: "/"})
	html = strings.NewReplacer("中文", "", "经办人", "", "义马市信访局", "").Replace(html)
	if m := regexp.MustCompile(`\p{Han}+`).FindString(html); m != "" {
		t.Errorf("sign-in page in English: got %q, want no Chinese but names", m)
	}
}

func TestTheGridOfAYearHoldsEachDayOnceMondayFirst(t *testing.T) {
	c := newCalendar(lang.ZH, yearView(2026))
	days := 0
	for m, g := range c.Grid {
		for _, w := range g.Weeks {
			for col, cell := range w {
				if cell.Day == 0 {
					continue
				}
				days++
				if got, want := col, (int(civil.Of(2026, time.Month(m+1), cell.Day).Weekday())+6)%7; got != want {
					t.Errorf("2026-%02d-%02d: got column %d, want %d", m+1, cell.Day, got, want)
				}
			}
		}
	}
	if days != 365 {
		t.Errorf("got %d days, want 365", days)
	}
	if got, want := c.Grid[1].Weeks[4][1], "24"; !strings.Contains(got.Class, "moved") || !strings.Contains(got.Class, "mwd") {
		t.Errorf("2026-02-%s: got %+v, want a moved mass-work-day", want, got)
	}
}
