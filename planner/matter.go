package planner

import "lianxin/planner/civil"

// MatterKind 来源 says how a matter came in.
type MatterKind string

const (
	MatterLetter    MatterKind = "letter"    // 来信
	MatterReception MatterKind = "reception" // 来访
	MatterOnline    MatterKind = "online"    // 网上
	MatterSquare    MatterKind = "square"    // 政务广场: answered on the spot or by a promised date
	MatterRemark    MatterKind = "remark"    // 民情问题: a remark during a visit, without statutory clock until the person asks
)

// MatterKinds in the order of the forms.
var MatterKinds = []MatterKind{MatterLetter, MatterReception, MatterOnline, MatterSquare, MatterRemark}

// MatterState of a matter, as the table of doc.go has it.
type MatterState string

const (
	MatterNoted      MatterState = "noted"      // 民情问题, 政务广场: no statutory clock
	MatterRegistered MatterState = "registered" // 已登记
	MatterAccepted   MatterState = "accepted"   // 已受理, by whoever registered it
	MatterAssigned   MatterState = "assigned"   // 已交办
	MatterAnswered   MatterState = "answered"   // 已答复
	MatterClosed     MatterState = "closed"     // 已办结
)

// Outcome 办理结果 of a closed matter; each comes with its written reason.
type Outcome string

const (
	OutcomeSolved      Outcome = "solved"       // 已解决
	OutcomeExplained   Outcome = "explained"    // 无政策依据、已解释
	OutcomeNotAccepted Outcome = "not-accepted" // 不予受理
	OutcomeTransferred Outcome = "transferred"  // 转出
)

// Opinion 满意度 is what the person says of how a matter was handled. Nobody else may say it, least of all who is assessed.
type Opinion string

const (
	OpinionSatisfied   Opinion = "satisfied"   // 满意
	OpinionBasically   Opinion = "basically"   // 基本满意
	OpinionUnsatisfied Opinion = "unsatisfied" // 不满意
	OpinionDeclined    Opinion = "declined"    // 不愿评价; "" is 未评价
)

// Opinions in the order of the forms.
var Opinions = []Opinion{OpinionSatisfied, OpinionBasically, OpinionUnsatisfied, OpinionDeclined}

// MostRepresentatives 代表 may come together about one matter (信访工作条例 Art. 20); from GroupFrom persons on a visit counts as
// 集体访.
const (
	MostRepresentatives = 5
	GroupFrom           = 5
)

// Matter 信访事项 is one thing that somebody asked for. It has no ID number, address, age or sex of a person; Name is masked or
// empty (anonymous), Contact and Story are encrypted and come back through one call alone. Persons is a count. Two matters of one
// person are never joined.
type Matter struct {
	ID              MatterID
	Number          string // ours, such as 2026-0001; unique
	National        string // number in 国家信访信息系统; exported beside ours
	Kind            MatterKind
	State           MatterState
	Area            AreaCode // village, township or county that it is about
	Topic           Need     // 类别; empty: other
	Title           string   // 事由 in a few words, without names
	Name            string   // masked: 张某某; empty: anonymous
	Story           string   // encrypted at rest; not returned with the noun
	Contact         string   // likewise
	Persons         int      // 来访人数
	Representatives int      // at most [MostRepresentatives]

	Rules string // rule set, stamped at registration
	Roll  string // rolling rule, likewise

	Receiver     CadreID  // first receiver 首接人: owns it until another accepts
	ReceiverUnit UnitID   // the receiver's unit
	Unit         UnitID   // who answers; the receiver's unit at first
	Officer      CadreID  // 承办人; may be empty
	Partners     []UnitID // 协办单位

	ReceivedOn     civil.Date
	AcceptedOn     civil.Date
	AssignedOn     civil.Date
	ExtendedOn     civil.Date // an extension was approved
	ExtendDays     int
	PromisedOn     civil.Date // of a square item: the day promised in public
	HearingFromOn  civil.Date // a hearing suspends the answer until it is over
	HearingUntilOn civil.Date
	AnsweredOn     civil.Date
	ClosedOn       civil.Date
	ReopenedOn     civil.Date
	ReviewAskedOn  civil.Date
	ReviewedOn     civil.Date
	RecheckAskedOn civil.Date
	FinalOn        civil.Date // 复核 done: the same facts are not accepted again, 疏导 and 帮扶 remain due (Art. 36, 37)
	Outcome        Outcome
	Reason         string // written reason of the outcome
	Agreed         bool   // the person agreed to be asked afterwards
	Rung           int    // how often 不满意 raised it
	Opinion        Opinion
	OpinionOn      civil.Date
	CodeHash       string // of the slip code, which is not kept
	LadderStep     int    // of 四步一站, from 1; 0: not on the ladder
	LadderDueOn    civil.Date
	DueOn          civil.Date // the nearest running deadline; zero: none
	DueStep        string
	ActOn          civil.Date // the earlier of DueOn and the working day before it
	Revision       int
}

// Open reports whether something is still to be done.
func (m Matter) Open() bool { return m.State != MatterClosed }

// Group reports whether it was a 集体访, which is a count of persons and nothing more.
func (m Matter) Group() bool { return m.Kind == MatterReception && m.Persons >= GroupFrom }

// ActKind is what was done about a matter.
type ActKind string

const (
	ActRegister   ActKind = "register"
	ActAsk        ActKind = "ask"         // the person asks that a remark be handled as a matter
	ActAccept     ActKind = "accept"      // 受理
	ActRefuse     ActKind = "refuse"      // 不予受理
	ActTransfer   ActKind = "transfer"    // 转送, to who may decide outside this network
	ActAssign     ActKind = "assign"      // 交办
	ActObject     ActKind = "object"      // 退回: misdirected
	ActSupervise  ActKind = "supervise"   // 督办
	ActExtend     ActKind = "extend"      // 延期
	ActHearing    ActKind = "hearing"     // 听证
	ActAnswer     ActKind = "answer"      // 答复
	ActClose      ActKind = "close"       // 办结
	ActFollow     ActKind = "follow-up"   // 回访
	ActReopen     ActKind = "reopen"      // 提级重办
	ActReviewAsk  ActKind = "review-ask"  // 请求复查
	ActReview     ActKind = "review"      // 复查意见
	ActRecheckAsk ActKind = "recheck-ask" // 请求复核
	ActRecheck    ActKind = "recheck"     // 复核意见
	ActStep       ActKind = "step"        // 四步一站: the next step
	ActComfort    ActKind = "comfort"     // 疏导帮扶 after the recheck
)

// Act 办理记录 is one line of a matter's file; it is added and never changed. Say is encrypted at rest.
type Act struct {
	ID     ActID
	Matter MatterID
	Place  int // order within the matter, from 1
	Kind   ActKind
	On     civil.Date
	By     CadreID // who did or approved it; empty: the system or the person
	Unit   UnitID  // to whom: of an assignment, a reopening, a supervision
	To     CadreID
	DueOn  civil.Date // the day given, if any
	Number string     // 文号 of the paper, if it has one
	Say    string
}

// Lead 领导包案 is a leader on a matter. Duties are those of the office's list.
type Lead struct {
	ID         LeadID
	Matter     MatterID
	Leader     CadreID
	SinceOn    civil.Date
	DueOn      civil.Date
	NextOn     civil.Date // 一案一策: next date of the plan
	Plan       string
	Duties     []Duty
	ExtendedOn civil.Date
	ExtendedBy CadreID // a head 党政主要负责人
	Reason     string  // of the extension
	ClosedOn   civil.Date
	FiledOn    civil.Date // 归档
	Revision   int
}

// Duty is one of the duties of a case lead, done on a day or not yet.
type Duty struct {
	Name   string     `json:"name"`
	DoneOn civil.Date `json:"done_on,omitzero"`
}
