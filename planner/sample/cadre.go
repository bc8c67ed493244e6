package sample

import (
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
)

// member is what is kept of a staff cadre while households are written.
type member struct {
	code string
	unit int
	load int16 // households of last year
}

// post is one leader of a county: the four leading bodies and the two courts, with the work they are in charge of.
type post struct {
	body      int // index into offices: the office that serves the body
	title     string
	head      bool
	portfolio string
}

// posts of a county's leaders, 35 in all. The first two are the heads of Party and government.
var posts = []post{
	{0, "{c}委书记", true, "全面工作"},
	{2, "{c}委副书记、{c}长", true, "政府全面工作、审计"},
	{0, "{c}委副书记", false, "党建、群众工作、农业农村"},
	{0, "{c}委常委、组织部部长", false, "组织、干部、人才、老干部"},
	{0, "{c}委常委、宣传部部长", false, "宣传、文化、精神文明"},
	{0, "{c}委常委、政法委书记", false, "政法、平安建设、法治"},
	{0, "{c}委常委、统战部部长", false, "统战、民族事务、工商联"},
	{4, "{c}委常委、纪委书记、监委主任", false, "纪检监察、巡察"},
	{2, "{c}委常委、常务副{c}长", false, "发展改革、财政、应急、统计"},
	{0, "{c}委常委、{c}委办公室主任", false, "机关事务、保密、档案"},
	{0, "{c}委常委、人武部部长", false, "国防动员、双拥"},
	{2, "副{c}长、公安局局长", false, "公安、司法、信访"},
	{2, "副{c}长", false, "教育、卫生健康、医疗保障"},
	{2, "副{c}长", false, "自然资源、住房城建、城市管理"},
	{2, "副{c}长", false, "农业农村、水利、林业"},
	{2, "副{c}长", false, "工业、科技、开发区"},
	{2, "副{c}长", false, "商务、文旅、市场监管"},
	{2, "副{c}长", false, "民政、人社、退役军人"},
	{1, "{c}人大常委会主任", false, "人大全面工作"},
	{1, "{c}人大常委会副主任", false, "监察和司法监督"},
	{1, "{c}人大常委会副主任", false, "财政经济监督"},
	{1, "{c}人大常委会副主任", false, "教科文卫监督"},
	{1, "{c}人大常委会副主任", false, "城建环资监督"},
	{1, "{c}人大常委会副主任、总工会主席", false, "代表联络、工会"},
	{3, "{c}政协主席", false, "政协全面工作"},
	{3, "{c}政协副主席", false, "提案、委员联络"},
	{3, "{c}政协副主席", false, "社会法制、民族事务"},
	{3, "{c}政协副主席", false, "经济、农业"},
	{3, "{c}政协副主席", false, "教科卫体、文史"},
	{3, "{c}政协副主席、工商联主席", false, "民营经济、工商联"},
	{10, "{c}人民法院院长", false, "审判、执行"},
	{11, "{c}人民检察院检察长", false, "检察"},
	{81, "开发区党工委书记", false, "开发区、招商引资"},
	{2, "{c}政府党组成员", false, "交通、供销、粮食"},
	{0, "{c}委二级调研员", false, "乡村振兴、关心下一代"},
}

var (
	staffTitles    = strings.Fields("一级科员 二级科员 四级主任科员 三级主任科员 办公室干事 业务股股长 综合股股长 工程师 会计 干事")
	deputyWorks    = strings.Fields("办公室 综合业务 群众工作 党建 财务后勤 政策法规 项目建设 安全生产")
	leaveReasons   = strings.Fields("外出学习 挂职锻炼 援派任务 驻外帮扶 个人事由")
	shortReasons   = strings.Fields("年休假 探亲 外出培训 个人事由")
	longLeaveFirst = civil.Of(planYear-1, 9, 1)
)

// Per mille of staff (unless said otherwise) that have what an office's roster only sometimes knows.
const (
	withMobile     = 850
	withMail       = 900
	withNative     = 350
	withShortLeave = 60
	withoutContact = 3 // in all: neither mobile nor mail

	namesakesInUnit = 2 // in all: pairs of one name in one unit
)

// writeCadres writes leaders, section-level cadres and staff with their leave, unit by unit, and fills n.staff.
func writeCadres(w *output, p preset, seed uint64, l land, n *network) (map[planner.Rank]int, error) {
	h := hand{w: w, p: p, seed: seed, l: l, ranks: map[planner.Rank]int{}}
	if err := w.rows.Begin(sheet.Cadres, sheet.Leaves, sheet.Recusals); err != nil {
		return nil, err
	}
	for c, ct := range l.counties {
		h.leaders(c, ct, n)
	}
	for i := range n.units {
		for k := range n.units[i].sections {
			h.section(n.units[i], k)
		}
	}
	total := 0
	for i := range n.units {
		total += n.units[i].staff
	}
	n.staff = make([]member, 0, total)
	away := quota{p.onLeave, total}
	for i := range n.units {
		u := &n.units[i]
		u.first = len(n.staff)
		for k := range u.staff {
			code := h.staff(*u, i, k, len(n.staff), total, away.take(at(seed, "long leave", len(n.staff))))
			n.staff = append(n.staff, member{code: code, unit: i})
		}
	}
	return h.ranks, h.err
}

// hand writes cadres one after the other; the first error stays.
type hand struct {
	w     *output
	p     preset
	seed  uint64
	l     land
	count int
	last  string // name of the staff cadre before
	// earlier is a name of some units ago. Namesakes are told apart by their codes; two of one unit are worth a remark
	// at the import, hence there are only a few.
	earlier string
	ranks   map[planner.Rank]int
	err     error
}

func (h *hand) put(rows ...sheet.Row) {
	if h.err == nil {
		h.err = h.w.put(rows...)
	}
}

// begin opens the next cadre with code, name and contacts.
func (h *hand) begin(rank planner.Rank) (*rng, sheet.CadreRow) {
	h.count++
	h.ranks[rank]++
	r := at(h.seed, "cadre", h.count)
	c := sheet.CadreRow{Code: fmt.Sprintf("G%05d", h.count), Rank: rank, Name: fullName(r), OfficePhone: fmt.Sprintf("%s-00%05d", h.p.phone, h.count)}
	if rank != planner.RankStaff || r.chance(withMobile) {
		c.Mobile = fmt.Sprintf("199%08d", h.count)
	}
	if c.Mobile == "" || r.chance(withMail) {
		c.Mail = strings.ToLower(c.Code) + "@" + h.p.mail
	}
	return r, c
}

func (h *hand) leaders(c int, ct county, n *network) {
	word := string([]rune(ct.name)[len([]rune(ct.name))-1]) // 市, 县 or 区
	base := h.officeIndex(c, n)
	for i, post := range posts[:min(h.p.leaders, len(posts), len(ct.villages))] {
		r, row := h.begin(planner.RankLeader)
		body := post.body
		if base+body >= len(n.units) || n.units[base+body].county != c || n.units[base+body].township >= 0 {
			body = 2
		}
		row.Unit = n.units[base+body].code
		row.Title, row.Head = strings.ReplaceAll(post.title, "{c}", word), post.head
		row.Portfolio = strings.Split(post.portfolio, "、")
		if r.chance(withNative) {
			row.NativeVillage = h.l.villages[pick(r, ct.villages)].code
		}
		if h.p.grades {
			row.Grade = planner.GradeDeputyDivision
			if post.head {
				row.Grade = planner.GradeDivision
			}
		}
		h.put(row)
		if i%7 == 1 { // five of 35 are away for a while, the head of government among them
			from := yearStart.AddDays(r.in(40, 300))
			h.put(sheet.LeaveRow{Cadre: row.Code, Span: civil.Span{From: from, Until: from.AddDays(r.in(3, 12))}, Reason: pick(r, shortReasons)})
		}
	}
}

// officeIndex is where a county's offices begin among the units.
func (h *hand) officeIndex(c int, n *network) int {
	for i := n.bureaus; i < len(n.units); i++ {
		if n.units[i].county == c {
			return i
		}
	}
	return 0
}

func (h *hand) section(u unit, k int) {
	r, row := h.begin(planner.RankSection)
	row.Unit, row.Title = u.code, u.office.title
	row.Portfolio = []string{"全面工作"}
	if k > 0 {
		row.Title = deputyTitle(u.office.title, k)
		row.Portfolio = []string{deputyWorks[(k-1+r.n(2)*4)%len(deputyWorks)]}
	}
	row.Skills = h.skills(r, u)
	if r.chance(withNative) {
		row.NativeVillage = h.l.villages[pick(r, h.l.counties[u.county].villages)].code
	}
	if h.p.grades {
		row.Grade = planner.GradeDeputyTownship
		if k == 0 {
			row.Grade = planner.GradeTownship
		}
	}
	h.put(row)
	if r.chance(20) && !h.p.grades {
		h.put(sheet.LeaveRow{Cadre: row.Code, Span: civil.Span{From: yearStart, Until: yearStart.AddDays(r.in(150, 365))}, Reason: pick(r, leaveReasons)})
	}
}

// deputyTitle makes 副局长 of 局长; who is a deputy already stays one.
func deputyTitle(title string, k int) string {
	if strings.HasPrefix(title, "副") || strings.HasPrefix(title, "常务副") {
		return strings.TrimPrefix(title, "常务")
	}
	if strings.Contains(title, "党") && k == 1 {
		return "办事处主任"
	}
	if strings.Contains(title, "书记") {
		return "副书记"
	}
	return "副" + title
}

func (h *hand) staff(u unit, unit, k, index, total int, away bool) string {
	r, row := h.begin(planner.RankStaff)
	row.Unit, row.Title = u.code, pick(r, staffTitles)
	if u.network == planner.NetworkRoom {
		row.Title = "包片干事"
		if k == 0 {
			row.Title = u.office.title
		}
	}
	step := total / len(rareNames)
	switch {
	case index%step == step/2 && index/step < len(rareNames):
		row.Name = rareNames[index/step]
	case index%97 == 96 && index/97 < namesakesInUnit:
		row.Name = h.last
	case index%97 == 96:
		row.Name = h.earlier
	}
	if h.last = row.Name; index%97 == 20 {
		h.earlier = row.Name
	}
	row.Skills = h.skills(r, u)
	if r.chance(h.p.reduced) {
		row.Capacity = pick(r, []int{8, 10, 12})
	}
	if r.chance(withNative) {
		row.NativeVillage = h.l.villages[pick(r, h.l.counties[u.county].villages)].code
	}
	if index%(total/withoutContact) == 7 {
		row.Mobile, row.Mail = "", ""
	}
	h.put(row)
	h.staffLeave(r, row.Code, away)
	return row.Code
}

// staffLeave writes the leave of a staff cadre: a long one covers most of the year, a short one never reaches
// planner.LongLeaveDays.
func (h *hand) staffLeave(r *rng, code string, away bool) {
	switch {
	case away:
		from := longLeaveFirst.AddDays(r.n(150)) // until the end of January
		until := civil.Of(planYear, 7, 1).AddDays(r.n(300))
		h.put(sheet.LeaveRow{Cadre: code, Span: civil.Span{From: from, Until: until}, Reason: pick(r, leaveReasons)})
	case r.chance(withShortLeave):
		from := yearStart.AddDays(r.n(340))
		h.put(sheet.LeaveRow{Cadre: code, Span: civil.Span{From: from, Until: from.AddDays(r.in(5, 40))}, Reason: pick(r, shortReasons)})
	}
}

// skills draws one to three skills, the office's own first.
func (h *hand) skills(r *rng, u unit) []planner.Need {
	has := map[planner.Need]bool{}
	if r.chance(700) {
		has[pick(r, u.office.skills)] = true
	}
	for range r.in(0, 2) {
		has[pick(r, planner.Needs)] = true
	}
	if len(has) == 0 {
		has[pick(r, planner.Needs)] = true
	}
	var out []planner.Need
	for _, need := range planner.Needs {
		if has[need] {
			out = append(out, need)
		}
	}
	return out
}
