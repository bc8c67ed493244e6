package followup

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

// Step is one deadline in the life of a petition matter 信访事项.
type Step string

// The steps in the order of the procedure.
const (
	StepTransfer   Step = "transfer"    // 转送、交办: registered and passed on to who may decide
	StepNotify     Step = "notify"      // 告知: the person is told in writing whether and how it is handled
	StepObject     Step = "object"      // 异议: the unit says that it was misdirected
	StepAnswer     Step = "answer"      // 办结: the written answer
	StepExtend     Step = "extend"      // 延期办结: the latest day after an approved extension
	StepReviewAsk  Step = "review-ask"  // 请求复查
	StepReview     Step = "review"      // 复查
	StepRecheckAsk Step = "recheck-ask" // 请求复核
	StepRecheck    Step = "recheck"     // 复核
)

// Steps lists the steps in the order of the procedure.
var Steps = []Step{StepTransfer, StepNotify, StepObject, StepAnswer, StepExtend, StepReviewAsk, StepReview, StepRecheckAsk, StepRecheck}

// StepText words the steps.
var StepText = map[Step]planner.Text{
	StepTransfer: {ZH: "转送交办", EN: "pass on"}, StepNotify: {ZH: "书面告知", EN: "tell in writing"},
	StepObject: {ZH: "退回异议", EN: "object as misdirected"}, StepAnswer: {ZH: "办结答复", EN: "answer"},
	StepExtend: {ZH: "延期后办结答复", EN: "answer after extension"}, StepReviewAsk: {ZH: "请求复查", EN: "ask for review"},
	StepReview: {ZH: "复查", EN: "review"}, StepRecheckAsk: {ZH: "请求复核", EN: "ask for recheck"}, StepRecheck: {ZH: "复核", EN: "recheck"},
}

// RulesID names a rule set.
type RulesID string

// The rule sets that are known.
const (
	National2022 RulesID = "national-2022" // 信访工作条例
	Henan2012    RulesID = "henan-2012"    // 河南省信访条例
)

// base says from which day a term runs. The day itself is not counted (自……之日起; 民法典 Art. 201).
type base int

const (
	fromReceipt  base = iota // the matter was received
	fromAccept               // the matter was accepted
	fromAnswer               // the person received the written answer
	fromAsking               // the request for review or recheck was received; unknown: the last day for asking
	fromAsking36             // the same, and the asking itself is a recheck's
)

// term is one row of a statute.
type term struct {
	days    int
	working bool // working days; else calendar days
	from    base
	pauses  bool // days of a hearing are not counted
	article planner.Text
	say     planner.Text
}

// Rules 规则 is one statute as a table of terms, with the time and place in which it holds.
type Rules struct {
	ID     RulesID
	Name   planner.Text
	County planner.AreaCode // prefix of the areas in which it may be chosen; empty: everywhere
	FromOn civil.Date       // first day on which it holds; zero: not known
	terms  map[Step]term
}

func national(number, arabic string) planner.Text {
	return planner.Text{ZH: "《信访工作条例》第" + number + "条", EN: "Regulations on Petition Work (2022), Art. " + arabic}
}

// henan cites the provincial text by its clause. The source at hand gives the terms without their article numbers, and a number
// that was not read is not printed.
func henan(clause, en string) planner.Text {
	return planner.Text{ZH: "《河南省信访条例》（2012年）" + clause, EN: "Henan Regulations on Petitions (2012), " + en}
}

var (
	asking30 = planner.Text{ZH: "自收到书面答复之日起30日内", EN: "within 30 days of receiving the written answer"}
	review30 = planner.Text{ZH: "自收到复查请求之日起30日内", EN: "within 30 days of receiving the request for review"}

	recheckAsk = term{days: 30, from: fromAnswer, article: national("三十六", "36"),
		say: planner.Text{ZH: "自收到复查意见之日起30日内请求复核", EN: "ask for a recheck within 30 days of receiving the review"}}
	recheckDo = term{days: 30, from: fromAsking36, pauses: true, article: national("三十六", "36"),
		say: planner.Text{ZH: "自收到复核请求之日起30日内，听证所需时间不计算在内", EN: "within 30 days of receiving the request, the time of a hearing not counted"}}
)

// rulebook holds the statutes (domain.md §2.1). The provincial text of 2012 has no recheck of its own at hand: there the national
// article stands, which is the higher rule.
var rulebook = []Rules{
	{ID: National2022, Name: planner.Text{ZH: "《信访工作条例》（2022年）", EN: "Regulations on Petition Work (2022)"}, FromOn: civil.Of(2022, 5, 1), terms: map[Step]term{
		StepTransfer: {days: 15, from: fromReceipt, article: national("二十二", "22"),
			say: planner.Text{ZH: "自收到信访事项之日起15日内登记并转送、交办", EN: "register and pass on within 15 days of receipt"}},
		StepNotify: {days: 15, from: fromReceipt, article: national("二十三", "23"),
			say: planner.Text{ZH: "能当场告知的当场书面告知，否则自收到之日起15日内书面告知（姓名、住址不清的除外）", EN: "tell on the spot if possible, else in writing within 15 days of receipt (unless name or address are unclear)"}},
		StepObject: {days: 5, working: true, from: fromReceipt, article: national("二十三", "23"),
			say: planner.Text{ZH: "不属于本单位职权的，自收到之日起5个工作日内提出异议并说明理由", EN: "if it is not the unit's to decide, object with reasons within 5 working days of receipt"}},
		StepAnswer: {days: 60, from: fromAccept, article: national("三十四", "34"),
			say: planner.Text{ZH: "自受理之日起60日内办结", EN: "settle within 60 days of acceptance"}},
		StepExtend: {days: 90, from: fromAccept, article: national("三十四", "34"),
			say: planner.Text{ZH: "经本单位负责人批准，延长不超过30日，并告知信访人延期理由", EN: "extended by at most 30 days with the head's approval, the person being told the reason"}},
		StepReviewAsk: {days: 30, from: fromAnswer, article: national("三十五", "35"),
			say: planner.Text{ZH: asking30.ZH + "请求复查", EN: "ask for a review " + asking30.EN}},
		StepReview:     {days: 30, from: fromAsking, article: national("三十五", "35"), say: review30},
		StepRecheckAsk: recheckAsk,
		StepRecheck:    recheckDo,
	}},
	{ID: Henan2012, Name: planner.Text{ZH: "《河南省信访条例》（2012年）", EN: "Henan Regulations on Petitions (2012)"}, County: "41", terms: map[Step]term{
		StepTransfer: {days: 5, from: fromReceipt, article: henan("转送条款", "on passing on"),
			say: planner.Text{ZH: "自收到之日起5日内转送并告知信访人", EN: "pass on within 5 days of receipt and tell the person"}},
		StepNotify: {days: 5, from: fromReceipt, article: henan("转送条款", "on passing on"),
			say: planner.Text{ZH: "转送的同时告知信访人，自收到之日起5日内", EN: "tell the person when it is passed on, within 5 days of receipt"}},
		StepObject: {days: 5, from: fromReceipt, article: henan("退回条款", "on returning"),
			say: planner.Text{ZH: "不属于本机关处理的，自收到之日起5日内退回", EN: "return what was misdirected within 5 days of receipt"}},
		StepAnswer: {days: 30, from: fromAccept, article: henan("直接办理条款", "on direct handling"),
			say: planner.Text{ZH: "直接办理的，自受理之日起30日内办结", EN: "direct handling within 30 days of acceptance"}},
		StepExtend: {days: 90, from: fromAccept, article: henan("直接办理条款", "on direct handling"),
			say: planner.Text{ZH: "情况复杂的经批准可以延长，最长不超过90日", EN: "in difficult cases extended with approval, 90 days at the most"}},
		StepReviewAsk: {days: 30, from: fromAnswer, article: henan("复查条款", "on review"),
			say: planner.Text{ZH: asking30.ZH + "请求复查", EN: "ask for a review " + asking30.EN}},
		StepReview:     {days: 30, from: fromAsking, article: henan("复查条款", "on review"), say: review30},
		StepRecheckAsk: recheckAsk,
		StepRecheck:    recheckDo,
	}},
}

// FindRules returns a rule set. NotFound if there is none of that name.
func FindRules(id RulesID) (Rules, error) {
	for _, r := range rulebook {
		if r.ID == id {
			return r, nil
		}
	}
	return Rules{}, planner.Fail(planner.NotFound, "没有规则“"+string(id)+"”，可用 national-2022（信访工作条例）或 henan-2012（河南省信访条例）。",
		"there are no rules "+string(id)+"; use national-2022 or henan-2012")
}

// RulesIn lists the rule sets that may be chosen in an area on a day, the national one first. Which one an office follows is its
// setting; a matter keeps the one it was registered under.
func RulesIn(area planner.AreaCode, on civil.Date) (out []Rules) {
	for _, r := range rulebook {
		if area.Within(r.County) && !on.Before(r.FromOn) {
			out = append(out, r)
		}
	}
	return out
}

// Rating windows and the forwarding days inside the 15 days of Art. 22, by the notices on rating (国信发〔2014〕16号, replaced by
// 国信发〔2022〕11号). They are office practice, not terms of a statute: a setting may change them.
const RatingDays = 30 // the person rates by slip code within 30 days of the answer

// ForwardDays is how the 15 days of the national rule of 2014 are shared among the levels that a matter passes on its way down:
// 国家局 5, 省 3, 市 3, 县 4.
var ForwardDays = []struct {
	Level planner.Text
	Days  int
}{
	{planner.Text{ZH: "国家局", EN: "national bureau"}, 5}, {planner.Text{ZH: "省", EN: "province"}, 3},
	{planner.Text{ZH: "市", EN: "prefecture"}, 3}, {planner.Text{ZH: "县", EN: "county"}, 4},
}

// RatingOpen reports whether a matter answered on a day may still be rated today.
func RatingOpen(answered, today civil.Date) bool {
	return !answered.IsZero() && !today.Before(answered) && !today.After(answered.AddDays(RatingDays))
}
