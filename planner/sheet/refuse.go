package sheet

import (
	"strings"

	"lianxin/planner"
)

// refusal is one kind of column that the program must not hold, with the reason that its sender reads.
type refusal struct {
	why   planner.Text
	words []string // parts of a header, plain and in lower case
}

// refusals are what domain.md §6.3 and §3 rule out. The more telling reason comes first: 健康码 is health data before it
// is anything else. Sources: 个人信息保护法 (PIPL) Art. 6, 28, 34; 未成年人网络保护条例 Art. 36; 国办函〔2026〕12号 Art. 2;
// 信访工作条例 Art. 18, 46(6).
var refusals = []refusal{
	{planner.Text{ZH: "认人用工号和户编号就够了，证件号码一旦外泄无法更换", EN: "staff and household codes are enough to tell people apart, and a leaked document number cannot be changed"},
		[]string{"身份证", "身份号", "公民身份", "证件", "护照", "社保", "社会保障", "户口簿", "户口本", "户口号", "军官证", "idcard", "idnumber", "idno", "passport"}},
	{planner.Text{ZH: "结对走访不发钱，用不着金融账户；这是敏感个人信息（个人信息保护法第二十八条）", EN: "visits pay nobody, so no account is needed; it is sensitive personal information (PIPL Art. 28)"},
		[]string{"银行", "卡号", "账号", "帐号", "账户", "帐户", "存折", "开户行", "支付宝", "bank", "account"}},
	{planner.Text{ZH: "健康和医疗是敏感个人信息（个人信息保护法第二十八条），派人上门不需要知道；要人帮忙可由该户自己选“日常照料”", EN: "health is sensitive personal information (PIPL Art. 28) and not needed to send someone; a household may choose the tag 日常照料 itself"},
		[]string{"健康", "疾病", "病", "残疾", "医疗", "医保", "血型", "用药", "怀孕", "孕", "妇科", "精神", "体检", "核酸", "疫苗", "health", "illness", "disease", "disab", "medical"}},
	{planner.Text{ZH: "宗教信仰是敏感个人信息（个人信息保护法第二十八条），与结对走访无关", EN: "religion is sensitive personal information (PIPL Art. 28) and has nothing to do with visits"},
		[]string{"宗教", "信仰", "信教", "教派", "religion", "belief"}},
	{planner.Text{ZH: "系统不记任何人的政治面貌和思想倾向，待人一碗水端平", EN: "nobody's party membership or opinions are recorded; all are treated alike"},
		[]string{"政治面貌", "党员", "党派", "党籍", "思想", "政治", "political", "party"}},
	{planner.Text{ZH: "系统不收未成年人的任何信息（未成年人网络保护条例第三十六条）", EN: "no data on minors are held at all (Regulations on the Protection of Minors in Cyberspace, Art. 36)"},
		[]string{"子女", "孩子", "儿童", "未成年", "儿子", "女儿", "学生", "成绩", "就读", "留守", "child", "minor", "pupil"}},
	{planner.Text{ZH: "人脸、指纹和照片不收：既不用来认人，也不用来证明走访", EN: "faces, fingerprints and photos are not taken, neither to know people nor to prove a visit"},
		[]string{"人脸", "指纹", "声纹", "虹膜", "照片", "相片", "头像", "生物识别", "拍照", "face", "fingerprint", "photo", "biometric"}},
	{planner.Text{ZH: "车辆信息会暴露行踪，与结对走访无关", EN: "vehicle data give away where people go and have nothing to do with visits"},
		[]string{"车牌", "车架", "号牌", "车辆", "行驶证", "驾驶证", "plate", "vehicle"}},
	{planner.Text{ZH: "系统不记任何人去过哪里：没有定位、轨迹、行程和监控（个人信息保护法第二十八条）", EN: "where people are or have been is not recorded: no position, track, trip or camera (PIPL Art. 28)"},
		[]string{"位置", "定位", "gps", "经度", "纬度", "经纬", "坐标", "轨迹", "行程", "行踪", "车票", "机票", "酒店", "住宿", "摄像", "监控", "latitude", "longitude", "location", "track", "camera"}},
	{planner.Text{ZH: "走访不打卡、不签到、不计时长（国办函〔2026〕12号第二条）", EN: "visits have no check-in, no signing-in and no counted hours (国办函〔2026〕12号, Art. 2)"},
		[]string{"打卡", "签到", "考勤", "时长", "在线", "check-in", "checkin", "attendance"}},
	{planner.Text{ZH: "不给群众上访记账：不问谁来访过、去过哪里、去过几次，系统也不设任何此类指标（信访工作条例第十八条）", EN: "nobody keeps an account of who petitioned where or how often, and no such target exists (Regulations on petition work, Art. 18)"},
		[]string{"上访", "进京", "赴京", "到京", "进省", "赴省", "到省", "非访", "越级", "信访次数", "信访人", "信访记录", "petition"}},
	{planner.Text{ZH: "群众不是看管对象：系统没有人员名单、稳控责任和劝返任务", EN: "residents are not wards: there are no lists of people, no duties to hold them and none to turn them back"},
		[]string{"重点人", "重点户", "重点对象", "缠访", "闹访", "黑名单", "涉稳", "稳控", "维稳", "管控", "盯防", "劝返", "截访", "拦截", "稳定", "blacklist", "watchlist"}},
	{planner.Text{ZH: "系统不给群众或干部打分、排名、分等级、标颜色", EN: "neither residents nor cadres are scored, ranked, graded or coloured"},
		[]string{"积分", "评分", "得分", "打分", "分数", "排名", "名次", "排序", "星级", "等级", "考核", "否决", "风险", "信用", "红黄绿", "颜色", "score", "rank", "rating", "risk", "grade", "points"}},
	{planner.Text{ZH: "系统不分困难等级，也不收收入和财产；需要什么帮助由该户自己选需求标签", EN: "there is no order of hardship and no income or property; a household chooses its own need tags"},
		[]string{"收入", "贫困", "脱贫", "致贫", "返贫", "低保", "五保", "存款", "资产", "财产", "负债", "征信", "困难程度", "困难类", "income", "poverty", "property"}},
	{planner.Text{ZH: "不收门牌地址：由室（村）里的人带路，写在“入户指引”里", EN: "no addresses: someone of the room shows the way, as 入户指引 says"},
		[]string{"住址", "地址", "门牌", "住所", "居住地", "房号", "address"}},
	{planner.Text{ZH: "公安、司法和通信数据不得用于结对走访", EN: "police, justice and telecom data must not be used for visits"},
		[]string{"公安", "前科", "犯罪", "刑满", "吸毒", "矫正", "涉案", "违法", "通话", "话单", "police", "crim"}},
	{planner.Text{ZH: "一户只需要户主的隐名，不收家庭成员和社会关系", EN: "a household needs its head's masked name alone; no family members and no relations"},
		[]string{"家庭成员", "社会关系", "亲属", "家属", "配偶", "父母", "监护人", "人口数", "relative", "spouse", "familymember"}},
	{planner.Text{ZH: "派人上门用不到，按最少够用原则不收（个人信息保护法第六条）", EN: "it is not needed to send someone, and the least possible is kept (PIPL Art. 6)"},
		[]string{"性别", "年龄", "出生", "生日", "民族", "婚姻", "学历", "文化程度", "微信", "qq", "gender", "birth", "ethnic", "marital", "wechat"}},
	{planner.Text{ZH: "系统不留私下的备注：凡记下的，该户都能看到；要办的事请写进《跟进事项》", EN: "there are no private notes: whatever is kept the household may read; put what is to be done into 跟进事项"},
		[]string{"备注", "评价", "印象", "表现", "remark", "note", "comment"}},
}

// Refused reports whether a header names something that the program must not hold, and why. Headers of
// [Kind.Columns] are never refused.
func Refused(header string) (why planner.Text, refused bool) {
	for _, k := range Kinds() {
		for _, c := range k.Columns() {
			if c.means(header) {
				return planner.Text{}, false
			}
		}
	}
	h := plainHeader(header)
	latin := strings.NewReplacer("_", "", "-", "", ".", "").Replace(h)
	for _, r := range refusals {
		for _, w := range r.words {
			if strings.Contains(h, w) || strings.Contains(latin, w) {
				return r.why, true
			}
		}
	}
	return planner.Text{}, false
}

// RefusedSubjects gives the reasons in order, for the 说明 sheet and the page that tells what the program does not hold.
func RefusedSubjects() []planner.Text {
	ts := make([]planner.Text, len(refusals))
	for i, r := range refusals {
		ts[i] = r.why
	}
	return ts
}

// refusedWords must not stand in free words either: a task to hold somebody back is no task of this program.
var refusedWords = []string{"稳控", "截访", "劝返", "缠访", "闹访", "非访", "盯防", "重点人员", "黑名单", "进京上访", "赴京上访", "越级上访"}

func refusedWord(s string) string {
	for _, w := range refusedWords {
		if strings.Contains(s, w) {
			return w
		}
	}
	return ""
}
