package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// The people of the stories about matters: a counter clerk of the county, the liaison of the station, and the leaders.
var (
	atCounter = planner.Principal{Account: "clerk", Name: "窗口", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281"}}
	ofRoom    = planner.Principal{Account: "room", Name: "室联络员", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"room"}}
	ofStation = planner.Principal{Account: "station", Name: "站联络员", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"station"}}
	anybody   = planner.Principal{}
)

func asLeader(id planner.CadreID) planner.Principal {
	return planner.Principal{Account: planner.AccountID("account-" + id), Name: string(id), Roles: []planner.Role{planner.RoleLeader}, Cadre: id}
}

func newMatterTown(t *testing.T, url string) *taskTown {
	w := newTaskTown(t, url)
	w.write(func(tx *store.Tx) error {
		lead := func(id planner.CadreID, name, title string, head bool) planner.Cadre {
			return planner.Cadre{ID: id, Code: "G-" + string(id), Name: name, Unit: "bureau", Title: title, Rank: planner.RankLeader, Head: head, Active: true}
		}
		return tx.PutCadres([]planner.Cadre{lead("shuji", "戊一", "市委书记", true), lead("fu", "己一", "副市长", false)})
	})
	w.at("2026-03-02 09:00")
	return w
}

// do moves a matter and fails the test if it cannot.
func (w *taskTown) do(p planner.Principal, id planner.MatterID, d pipeline.MatterDeed) pipeline.MatterRow {
	w.t.Helper()
	row, err := w.MoveMatter(w.t.Context(), p, id, d)
	if err != nil {
		w.t.Fatalf("%s: %v", d.Kind, err)
	}
	return row
}

// refuses moves a matter and wants it refused.
func (w *taskTown) refuses(p planner.Principal, id planner.MatterID, d pipeline.MatterDeed, kind planner.Kind, words string) {
	w.t.Helper()
	_, err := w.MoveMatter(w.t.Context(), p, id, d)
	if err == nil || planner.KindOf(err) != kind || !strings.Contains(sentence(err), words) {
		w.t.Errorf("%s by %s: got %v, want kind %d with %q", d.Kind, p.Name, err, kind, words)
	}
}

func sentence(err error) string {
	if e, ok := err.(*planner.Error); ok {
		return e.Say.ZH
	}
	return err.Error()
}

func (w *taskTown) register(p planner.Principal, wish pipeline.MatterWish) pipeline.Registered {
	w.t.Helper()
	got, err := w.RegisterMatter(w.t.Context(), p, wish)
	if err != nil {
		w.t.Fatalf("register: %v", err)
	}
	return got
}

func (w *taskTown) matter(p planner.Principal, id planner.MatterID) pipeline.MatterView {
	w.t.Helper()
	v, err := w.Matter(w.t.Context(), p, id)
	if err != nil {
		w.t.Fatalf("matter: %v", err)
	}
	return v
}

// openTasks are the open tasks of a matter as "kind owner due".
func (w *taskTown) openTasks(id planner.MatterID) (out []string) {
	w.t.Helper()
	for key, t := range w.tasks() {
		if strings.HasPrefix(key, "matter/"+string(id)+"/") && !t.State.Terminal() {
			out = append(out, string(t.Kind)+" "+string(t.Owner)+" "+t.DueOn.String())
		}
	}
	slices.Sort(out)
	return out
}

// waitingAbout are recipient and rule of what waits to be sent about a matter.
func (w *taskTown) waitingAbout(id planner.MatterID) (out []string) {
	w.t.Helper()
	ns, err := notifier.Notices(w.t.Context(), w.DB.Writer(), notifier.Filter{Notice: notifier.NoticeScheduled})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, t := range w.tasks() {
		for _, n := range ns {
			if strings.HasPrefix(t.Key, "matter/"+string(id)) && strings.HasPrefix(n.Subject, "task/"+string(t.ID)+"/") {
				out = append(out, n.Recipient+" "+n.Rule)
			}
		}
	}
	return out
}

var letter = pipeline.MatterWish{Kind: planner.MatterLetter, Area: "411281001001", Title: "门前排水沟堵塞，雨天进水", Story: "去年修路以后，雨天水进院子。", Name: "张三丰", Contact: "0398-1234567", Agreed: true, National: "XF-TEST-0001"}

func TestAMatterFromTheLetterToTheSecondAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		// 3月2日，窗口收到一封来信，登记。
		reg := w.register(atCounter, letter)
		id := reg.Matter
		if reg.Number != "2026-0001" || len(reg.Code) != 19 {
			t.Errorf("got %+v, want number 2026-0001 and a code of four groups", reg)
		}
		v := w.matter(atCounter, id)
		if v.State != planner.MatterRegistered || v.DueOn.String() != "2026-03-17" || v.Step != followup.StepTransfer || !strings.Contains(v.Article.ZH, "第二十二条") || v.Light != followup.LightGreen {
			t.Errorf("registered: got %s due %s %s %s, want passed on by 03-17, Art. 22", v.State, v.DueOn, v.Article.ZH, v.Light)
		}
		if v.Name != "张某某" || v.National != "XF-TEST-0001" || v.Story == "" {
			t.Errorf("got name %q, national %q, story %q", v.Name, v.National, v.Story)
		}
		// 受理，交办给社区工作室；室里的第一个人承办。
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAccept})
		row := w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "room", Number: "信交〔2026〕1号"})
		if row.DueOn.String() != "2026-05-01" || row.Officer != "丙一" || row.Step != followup.StepAnswer {
			t.Errorf("assigned: got %+v, want the answer by 05-01 from 丙一", row)
		}
		if got := w.openTasks(id); !slices.Equal(got, []string{"matter guan 2026-04-30"}) {
			t.Errorf("tasks: got %v, want one of guan on the working day before Labour Day", got)
		}
		// 期限过了，没有答复：提级阶梯告诉站里，再告诉局里。
		w.at("2026-05-06 08:00")
		if rep := w.sweep(); rep.Overdue < 1 || rep.Climbed == 0 || rep.Notices == 0 {
			t.Errorf("overdue: got %+v, want a rung informed", rep)
		}
		if got := w.waitingAbout(id); !slices.Contains(got, "zhan task-rung-2") {
			t.Errorf("got %v, want the station told: the officer is the room's own first person", got)
		}
		if v := w.matter(ofStation, id); v.Light != followup.LightRed {
			t.Errorf("got the light %s, want red", v.Light)
		}
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActSupervise, Reason: "逾期未答复，请三日内答复", Until: civil.MustDate("2026-05-09")})
		// 答复、办结。
		w.refuses(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: "已疏通"}, planner.Conflict, "已交办")
		w.do(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已请养护队疏通排水沟。"})
		w.refuses(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved}, planner.Invalid, "书面理由")
		w.do(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: "排水沟已疏通。"})
		if got := w.openTasks(id); !slices.Equal(got, []string{"follow-up zhan 2026-05-09", "follow-up zhan 2026-05-21", "follow-up zhan 2026-06-05"}) {
			t.Errorf("got %v, want three follow-ups of somebody who did not handle it, on working days", got)
		}
		if got := w.waitingAbout(id); len(got) != 0 {
			t.Errorf("got %v still waiting to be sent about a deadline that is met", got)
		}
		// 回访：承办人不能自己登记满意度；指定的人登记“不满意”。
		w.at("2026-05-09 09:00") // a Saturday that is worked
		w.refuses(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActFollow, Opinion: planner.OpinionSatisfied}, planner.Forbidden, "满意度不由")
		w.refuses(ofRoom, id, pipeline.MatterDeed{Kind: planner.ActFollow, Opinion: planner.OpinionSatisfied}, planner.Forbidden, "")
		row = w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActFollow, Opinion: planner.OpinionUnsatisfied})
		if row.State != planner.MatterAssigned || row.Rung != 1 || row.Unit != "示例站" || row.Officer != "乙一" || row.DueOn.String() != "2026-06-08" {
			t.Errorf("not satisfied: got %+v, want it with the station, rung 1, due in 30 days", row)
		}
		if got := w.openTasks(id); !slices.Equal(got, []string{"matter zhan 2026-06-08"}) {
			t.Errorf("got %v, want no more follow-ups and one deadline of the station", got)
		}
		// 站里再答复、办结；本人凭查询码评价满意。
		w.at("2026-06-01 09:00")
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已加装盖板并改道。"})
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: "排水沟已改道，现场试水不再进院。"})
		slip, err := w.MatterBySlip(t.Context(), strings.ToLower(reg.Code))
		if err != nil || slip.Number != "2026-0001" || !slip.MayRate || slip.Reason == "" || slip.AskBy.String() != "2026-07-01" {
			t.Errorf("by slip: got %+v, %v; want the progress, the reason and until when a review may be asked", slip, err)
		}
		if _, err := w.RateMatter(t.Context(), asCadre("zhan"), reg.Code, planner.OpinionSatisfied); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("rated by somebody signed in: got %v, want it forbidden", err)
		}
		if got, err := w.RateMatter(t.Context(), anybody, reg.Code, planner.OpinionSatisfied); err != nil || got.Opinion != planner.OpinionSatisfied {
			t.Errorf("rated by the person: got %+v, %v", got, err)
		}
		if got := w.openTasks(id); len(got) != 0 {
			t.Errorf("satisfied: got %v, want nobody to go and ask again", got)
		}
		v = w.matter(asPlanner, id)
		var file []string
		for _, a := range v.Acts {
			file = append(file, string(a.Kind))
		}
		if want := "register accept assign supervise answer close follow-up reopen answer close follow-up"; strings.Join(file, " ") != want {
			t.Errorf("the file: got %v, want %s", file, want)
		}
		if v.State != planner.MatterClosed || v.Outcome != planner.OutcomeSolved || v.DueOn.String() != "" {
			t.Errorf("got %+v, want it closed with nothing running", v.MatterRow)
		}
	})
}

func TestWhoMayDoWhatAboutAMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		if _, err := w.RegisterMatter(t.Context(), anybody, letter); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a visitor registers: got %v, want it forbidden", err)
		}
		id := w.register(atCounter, letter).Matter
		if _, err := w.Matter(t.Context(), asCadre("liu"), id); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a cadre who has nothing to do with it: got %v, want not found", err)
		}
		elsewhere := planner.Principal{Account: "x", Name: "别处窗口", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411282"}}
		if list, err := w.Matters(t.Context(), elsewhere, store.MatterFilter{}); err != nil || len(list) != 0 {
			t.Errorf("another county's clerk: got %v, %v, want nothing", list, err)
		}
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "room", Officer: "liu"})
		w.refuses(asCadre("liu"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已办"}, planner.Conflict, "先受理")
		w.refuses(asCadre("liu"), id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "station"}, planner.Forbidden, "不能办这一步")
		if v := w.matter(asCadre("liu"), id); v.Contact != "0398-1234567" || v.Story == "" {
			t.Errorf("the officer sees contact %q and story %q, want what is needed to answer", v.Contact, v.Story)
		}
		auditor := planner.Principal{Account: "auditor", Name: "审计", Roles: []planner.Role{planner.RoleAuditor}}
		if v := w.matter(auditor, id); v.Contact != "" || len(v.Can) != 0 {
			t.Errorf("the auditor: got contact %q and %v, want neither", v.Contact, v.Can)
		}
		// A misdirected matter goes back within five working days, to whoever received it first; later it stays.
		w.at("2026-03-09 09:00")
		row := w.do(asCadre("liu"), id, pipeline.MatterDeed{Kind: planner.ActObject, Reason: "属于水利部门职权。"})
		if row.State != planner.MatterRegistered || row.Unit != "示例局" {
			t.Errorf("returned: got %+v, want it registered with the first receiver's unit", row)
		}
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "station", Officer: "zhan", Partners: []planner.UnitID{"room"}})
		if _, err := w.Matter(t.Context(), ofRoom, id); err != nil {
			t.Errorf("a partner in joint handling: got %v, want to see it", err)
		}
		w.at("2026-03-17 09:00")
		w.refuses(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActObject, Reason: "不归我们"}, planner.Conflict, "2026-03-16前提出")
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActAccept})
		// An extension needs the head's approval, a reason, and the day on which the person was told.
		ext := pipeline.MatterDeed{Kind: planner.ActExtend, Days: 30, Reason: "需要汛期后实测", By: "shuji", NoticeOn: civil.MustDate("2026-03-17")}
		for words, change := range map[string]func(*pipeline.MatterDeed){"负责人": func(d *pipeline.MatterDeed) { d.By = "" }, "告知信访人的日期": func(d *pipeline.MatterDeed) { d.NoticeOn = civil.Date{} },
			"1至30日": func(d *pipeline.MatterDeed) { d.Days = 31 }, "书面理由": func(d *pipeline.MatterDeed) { d.Reason = "" }} {
			d := ext
			change(&d)
			w.refuses(asCadre("zhan"), id, d, planner.Invalid, words)
		}
		d := ext
		d.By = "liu"
		w.refuses(asCadre("zhan"), id, d, planner.Forbidden, "承办单位负责人")
		if row := w.do(asCadre("zhan"), id, ext); row.DueOn.String() != "2026-06-15" {
			t.Errorf("extended: got %s, want 90 days from acceptance", row.DueOn)
		}
		w.refuses(asCadre("zhan"), id, ext, planner.Conflict, "已经延期")
		// A hearing suspends the decision.
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActHearing, From: civil.MustDate("2026-03-18"), Until: civil.MustDate("2026-03-19")})
		w.refuses(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已办"}, planner.Conflict, "结束前不作决定")
		w.at("2026-03-20 09:00")
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "没有政策依据，已当面讲清。"})
		w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeExplained, Reason: "《办法》未规定此项补助，已当面讲清。", Follower: "shuji"})
		w.refuses(ofRoom, id, pipeline.MatterDeed{Kind: planner.ActFollow, Opinion: planner.OpinionSatisfied}, planner.Forbidden, "")
		// 复查、复核；复核以后同一事实不再受理，只有疏导帮扶。
		w.refuses(asPlanner, id, pipeline.MatterDeed{Kind: planner.ActComfort}, planner.Conflict, "复核之后")
		w.at("2026-04-19 09:00")
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActReviewAsk})
		if v := w.matter(atCounter, id); v.DueOn.String() != "2026-05-19" || v.Step != followup.StepReview {
			t.Errorf("review: got %s %s, want it decided by 05-19", v.Step, v.DueOn)
		}
		w.at("2026-05-19 09:00")
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActReview, Reason: "维持。"})
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActRecheckAsk})
		w.do(asPlanner, id, pipeline.MatterDeed{Kind: planner.ActHearing, From: civil.MustDate("2026-05-25"), Until: civil.MustDate("2026-05-27")})
		if v := w.matter(atCounter, id); v.DueOn.String() != "2026-06-21" {
			t.Errorf("recheck with three days of hearing: got %s, want 06-21", v.DueOn)
		}
		w.at("2026-06-10 09:00")
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActRecheck, Reason: "维持复查意见。"})
		if row := w.do(asPlanner, id, pipeline.MatterDeed{Kind: planner.ActFollow, By: "shuji", Opinion: planner.OpinionUnsatisfied}); row.State != planner.MatterClosed || row.Rung != 0 {
			t.Errorf("not satisfied after the recheck: got %+v, want it closed", row)
		}
		w.do(asPlanner, id, pipeline.MatterDeed{Kind: planner.ActComfort, Reason: "联系社区帮助修缮。"})
	})
}

func TestWhatIsNotAnOrdinaryMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		// 走访时的一句话没有法定时限；本人要求后才有。
		remark := w.register(asCadre("liu"), pipeline.MatterWish{Kind: planner.MatterRemark, Area: "411281001001", Title: "路灯不亮"}).Matter
		if v := w.matter(asCadre("liu"), remark); v.State != planner.MatterNoted || !v.DueOn.IsZero() || len(v.Clocks) != 0 {
			t.Errorf("a remark: got %s with %v, want no clock", v.State, v.Clocks)
		}
		w.at("2026-03-05 09:00")
		if row := w.do(asCadre("liu"), remark, pipeline.MatterDeed{Kind: planner.ActAsk}); row.State != planner.MatterRegistered || row.DueOn.String() != "2026-03-20" {
			t.Errorf("asked for: got %+v, want 15 days from the day it was asked", row)
		}
		// 检举控告：只记哪天、转到哪里，不留内容。
		got := w.register(atCounter, pipeline.MatterWish{Kind: planner.MatterLetter, Title: "关于某干部的问题", Story: "不应保存的内容", Name: "李四", ComplaintTo: "市纪委监委信访室"})
		if got.Matter != "" || got.Code != "" || got.Routed != "市纪委监委信访室" {
			t.Errorf("a complaint about a person: got %+v, want it routed and nothing kept", got)
		}
		var dump strings.Builder
		if err := w.DB.Canonical(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if s := dump.String(); strings.Contains(s, "关于某干部") || strings.Contains(s, "李") || !strings.Contains(s, "市纪委监委信访室") {
			t.Error("the export holds what should not be kept, or not where it went")
		}
		// 政务广场：当场答复的当场办结，限期答复的到期提醒。
		spot := w.register(asPlanner, pipeline.MatterWish{Kind: planner.MatterSquare, Title: "医保怎么报", Answer: "已当场说明。"})
		if v := w.matter(asPlanner, spot.Matter); v.State != planner.MatterClosed || v.Outcome != planner.OutcomeSolved || len(v.Acts) != 3 {
			t.Errorf("on the spot: got %s with %d acts, want it closed", v.State, len(v.Acts))
		}
		later := w.register(asPlanner, pipeline.MatterWish{Kind: planner.MatterSquare, Title: "公交改线", PromisedOn: civil.MustDate("2026-04-05")})
		w.do(asPlanner, later.Matter, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "station"})
		if v := w.matter(asPlanner, later.Matter); v.DueOn.String() != "2026-04-05" || v.Step != followup.StepPromised {
			t.Errorf("promised: got %s %s, want the promised day", v.Step, v.DueOn)
		}
		if got := w.openTasks(later.Matter); !slices.Equal(got, []string{"matter zhan 2026-04-03"}) {
			t.Errorf("got %v, want a task on the working day before Qingming", got)
		}
		// 四步一站：每步有期限。
		quarrel := w.register(ofRoom, pipeline.MatterWish{Kind: planner.MatterReception, Area: "411281001001", Title: "宅基地边界", Persons: 8, Representatives: 3, Name: "王五"}).Matter
		if v := w.matter(ofRoom, quarrel); !v.Group || v.Persons != 8 {
			t.Errorf("eight people: got %+v, want a group of eight, as a count", v.MatterRow)
		}
		for i, due := range []string{"2026-03-10", "2026-03-12", "2026-03-12", "2026-03-20"} {
			w.do(ofRoom, quarrel, pipeline.MatterDeed{Kind: planner.ActStep})
			if v := w.matter(ofRoom, quarrel); v.Matter.LadderStep != i+1 || v.Matter.LadderDueOn.String() != due {
				t.Errorf("step %d: got %d until %s, want until %s", i+1, v.Matter.LadderStep, v.Matter.LadderDueOn, due)
			}
		}
		w.refuses(ofRoom, quarrel, pipeline.MatterDeed{Kind: planner.ActStep}, planner.Conflict, "四步已走完")
		for words, change := range map[string]func(*pipeline.MatterWish){
			"不超过5人": func(m *pipeline.MatterWish) { m.Persons, m.Representatives = 9, 6 },
			"身份证号":  func(m *pipeline.MatterWish) { m.Story = "号码 11010519491231002X" },
			"手机号":   func(m *pipeline.MatterWish) { m.Title = "打 13812345678" },
			"还没有到":  func(m *pipeline.MatterWish) { m.ReceivedOn = civil.MustDate("2026-03-06") },
			"事由":    func(m *pipeline.MatterWish) { m.Title = " " },
			"来源请选":  func(m *pipeline.MatterWish) { m.Kind = "fax" },
			"没有区划":  func(m *pipeline.MatterWish) { m.Area = "999" },
			"限期答复":  func(m *pipeline.MatterWish) { m.Kind = planner.MatterSquare },
		} {
			wish := letter
			change(&wish)
			if _, err := w.RegisterMatter(t.Context(), atCounter, wish); err == nil || !strings.Contains(sentence(err), words) {
				t.Errorf("got %v, want a sentence with %s", err, words)
			}
		}
	})
}

func TestALeaderOnAMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		if err := w.SetMatters(t.Context(), asPlanner, pipeline.MatterSettings{LeadCap: 1}); err != nil {
			t.Fatal(err)
		}
		id, other := w.register(atCounter, letter).Matter, w.register(atCounter, letter).Matter
		plan := pipeline.LeadWish{Leader: "fu", DueOn: civil.MustDate("2026-04-30"), NextOn: civil.MustDate("2026-03-12"), Plan: "先到现场看水路，再定方案。"}
		wantKind := func(says string, err error, kind planner.Kind, words string) {
			t.Helper()
			if err == nil || planner.KindOf(err) != kind || !strings.Contains(sentence(err), words) {
				t.Errorf("%s: got %v, want kind %d with %s", says, err, kind, words)
			}
		}
		wantKind("a clerk", w.LeadMatter(t.Context(), atCounter, id, plan), planner.Forbidden, "")
		if err := w.LeadMatter(t.Context(), asPlanner, id, plan); err != nil {
			t.Fatal(err)
		}
		wantKind("over the cap", w.LeadMatter(t.Context(), asPlanner, other, plan), planner.Conflict, "上限1件")
		again := plan
		again.Leader = "shuji"
		wantKind("a second leader", w.LeadMatter(t.Context(), asPlanner, id, again), planner.Conflict, "")
		if got := w.openTasks(id); !slices.Contains(got, "lead fu 2026-03-12") {
			t.Errorf("got %v, want a task of the leader on the next date", got)
		}
		move := func(p planner.Principal, op string, l pipeline.LeadWish) error {
			return w.MoveLead(t.Context(), p, id, op, l)
		}
		if err := move(asLeader("fu"), "duty", pipeline.LeadWish{Duty: "包掌握情况"}); err != nil {
			t.Error(err)
		}
		w.at("2026-03-12 09:00")
		if err := move(asLeader("fu"), "plan", pipeline.LeadWish{NextOn: civil.MustDate("2026-03-26")}); err != nil {
			t.Error(err)
		}
		if got := w.openTasks(id); !slices.Contains(got, "lead fu 2026-03-26") || slices.Contains(got, "lead fu 2026-03-12") {
			t.Errorf("got %v, want the next date moved", got)
		}
		ext := pipeline.LeadWish{Until: civil.MustDate("2026-05-30"), Reason: "等待汛期实测"}
		wantKind("own extension", move(asLeader("fu"), "extend", ext), planner.Forbidden, "主要负责人")
		wantKind("the planner", move(asPlanner, "extend", ext), planner.Forbidden, "主要负责人")
		if err := move(asLeader("shuji"), "extend", ext); err != nil {
			t.Errorf("the head: %v", err)
		}
		board, err := w.Leads(t.Context(), asLeader("fu"), true)
		if err != nil || len(board) != 1 || board[0].DueOn != ext.Until || board[0].Duties[0].DoneOn.String() != "2026-03-02" || len(board[0].Duties) != 5 || board[0].Number != "2026-0001" {
			t.Errorf("the board: got %+v, %v", board, err)
		}
		for _, d := range board[0].Duties {
			if strings.Contains(d.Name, "稳控") || strings.Contains(d.Name, "息访") {
				t.Errorf("got the duty %s", d.Name)
			}
		}
		wantKind("an open matter", move(asLeader("fu"), "close", pipeline.LeadWish{}), planner.Conflict, "还没有答复办结")
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActRefuse, Reason: "属于诉讼事项，请向法院提出。"})
		for _, op := range []string{"close", "file"} {
			if err := move(asLeader("fu"), op, pipeline.LeadWish{}); err != nil {
				t.Errorf("%s: %v", op, err)
			}
		}
		if got := w.openTasks(id); len(got) != 0 {
			t.Errorf("got %v, want nothing left to do", got)
		}
	})
}
