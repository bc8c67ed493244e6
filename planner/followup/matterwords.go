package followup

import "lianxin/planner"

// ActText words the acts.
var ActText = map[planner.ActKind]planner.Text{
	planner.ActRegister: {ZH: "登记", EN: "registered"}, planner.ActAsk: {ZH: "群众要求按事项办理", EN: "the person asked for it"}, planner.ActAccept: {ZH: "受理", EN: "accepted"},
	planner.ActRefuse: {ZH: "不予受理", EN: "not accepted"}, planner.ActTransfer: {ZH: "转送", EN: "passed on"}, planner.ActAssign: {ZH: "交办", EN: "assigned"},
	planner.ActObject: {ZH: "退回", EN: "returned"}, planner.ActSupervise: {ZH: "督办", EN: "supervised"}, planner.ActExtend: {ZH: "延期", EN: "extended"},
	planner.ActHearing: {ZH: "听证", EN: "hearing"}, planner.ActAnswer: {ZH: "答复", EN: "answered"}, planner.ActClose: {ZH: "办结", EN: "closed"},
	planner.ActFollow: {ZH: "回访", EN: "asked afterwards"}, planner.ActReopen: {ZH: "提级重办", EN: "reopened one rung up"}, planner.ActReviewAsk: {ZH: "请求复查", EN: "review asked for"},
	planner.ActReview: {ZH: "复查意见", EN: "reviewed"}, planner.ActRecheckAsk: {ZH: "请求复核", EN: "recheck asked for"}, planner.ActRecheck: {ZH: "复核意见", EN: "rechecked"},
	planner.ActComfort: {ZH: "疏导帮扶", EN: "counsel and help"}, planner.ActStep: {ZH: "四步一站", EN: "next of the four steps"},
}

// MatterStateText words the states.
var MatterStateText = map[planner.MatterState]planner.Text{
	planner.MatterNoted: {ZH: "已记下", EN: "noted"}, planner.MatterRegistered: {ZH: "已登记", EN: "registered"}, planner.MatterAccepted: {ZH: "已受理", EN: "accepted"},
	planner.MatterAssigned: {ZH: "已交办", EN: "assigned"}, planner.MatterAnswered: {ZH: "已答复", EN: "answered"}, planner.MatterClosed: {ZH: "已办结", EN: "closed"},
}

// OpinionText words the opinions; "" is 未评价, which is shown apart and never counted as anything.
var OpinionText = map[planner.Opinion]planner.Text{
	planner.OpinionSatisfied: {ZH: "满意", EN: "satisfied"}, planner.OpinionBasically: {ZH: "基本满意", EN: "on the whole satisfied"},
	planner.OpinionUnsatisfied: {ZH: "不满意", EN: "not satisfied"}, planner.OpinionDeclined: {ZH: "不愿评价", EN: "would rather not say"}, "": {ZH: "未评价", EN: "not rated"},
}

// OutcomeText words the outcomes.
var OutcomeText = map[planner.Outcome]planner.Text{
	planner.OutcomeSolved: {ZH: "已解决", EN: "solved"}, planner.OutcomeExplained: {ZH: "无政策依据、已解释", EN: "no basis in policy, explained"},
	planner.OutcomeNotAccepted: {ZH: "不予受理", EN: "not accepted"}, planner.OutcomeTransferred: {ZH: "转出", EN: "passed on"},
}

// KindText words how a matter came in.
var KindText = map[planner.MatterKind]planner.Text{
	planner.MatterLetter: {ZH: "来信", EN: "letter"}, planner.MatterReception: {ZH: "来访", EN: "reception"}, planner.MatterOnline: {ZH: "网上", EN: "online"},
	planner.MatterSquare: {ZH: "政务广场", EN: "public square"}, planner.MatterRemark: {ZH: "民情问题", EN: "remark"},
}
