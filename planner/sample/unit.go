package sample

import (
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// unit is a row of the network with how many cadres it has.
type unit struct {
	code     string
	name     string
	network  planner.Network
	area     planner.AreaCode
	parent   string
	county   int
	township int   // of a 街道 or township station and of a room; -1 otherwise
	villages []int // served
	office   office
	weight   int // share of the county's staff
	sections int
	staff    int
	first    int // index of its first staff cadre in network.staff
}

// office is a kind of city office. {c} stands for the county's full name. Skills are what its staff can help with most.
type office struct {
	name   string
	title  string // of the first person
	weight int
	skills []planner.Need
}

// offices of a county, the usual set; the first are the largest preset's and the smallest preset's alike.
var offices = []office{
	{"{c}委办公室", "主任", 14, []planner.Need{planner.NeedPolicy}},
	{"{c}人大常委会办公室", "主任", 9, []planner.Need{planner.NeedPolicy, planner.NeedLegal}},
	{"{c}人民政府办公室", "主任", 16, []planner.Need{planner.NeedPolicy, planner.NeedErrands}},
	{"{c}政协办公室", "主任", 9, []planner.Need{planner.NeedPolicy}},
	{"{c}纪委监委", "室主任", 14, []planner.Need{planner.NeedPolicy}},
	{"{c}委组织部", "副部长", 11, []planner.Need{planner.NeedPolicy}},
	{"{c}委宣传部", "副部长", 10, []planner.Need{planner.NeedStudy}},
	{"{c}委统战部", "副部长", 8, []planner.Need{planner.NeedPolicy}},
	{"{c}委政法委", "副书记", 10, []planner.Need{planner.NeedLegal}},
	{"{c}公安局", "政委", 26, []planner.Need{planner.NeedLegal, planner.NeedErrands}},
	{"{c}人民法院", "副院长", 16, []planner.Need{planner.NeedLegal}},
	{"{c}人民检察院", "副检察长", 13, []planner.Need{planner.NeedLegal}},
	{"{c}司法局", "局长", 12, []planner.Need{planner.NeedLegal}},
	{"{c}发展和改革委员会", "主任", 13, []planner.Need{planner.NeedPolicy}},
	{"{c}教育体育局", "局长", 20, []planner.Need{planner.NeedStudy}},
	{"{c}工业和信息化局", "局长", 11, []planner.Need{planner.NeedJobs}},
	{"{c}民政局", "局长", 13, []planner.Need{planner.NeedCare, planner.NeedPolicy}},
	{"{c}财政局", "局长", 18, []planner.Need{planner.NeedPolicy}},
	{"{c}人力资源和社会保障局", "局长", 18, []planner.Need{planner.NeedJobs, planner.NeedPolicy}},
	{"{c}自然资源和规划局", "局长", 17, []planner.Need{planner.NeedPolicy}},
	{"{c}住房和城乡建设局", "局长", 17, []planner.Need{planner.NeedPolicy, planner.NeedErrands}},
	{"{c}交通运输局", "局长", 13, []planner.Need{planner.NeedErrands}},
	{"{c}农业农村局", "局长", 17, []planner.Need{planner.NeedFarming}},
	{"{c}水利局", "局长", 11, []planner.Need{planner.NeedFarming}},
	{"{c}商务局", "局长", 9, []planner.Need{planner.NeedJobs}},
	{"{c}文化广电和旅游局", "局长", 12, []planner.Need{planner.NeedStudy}},
	{"{c}卫生健康委员会", "主任", 14, []planner.Need{planner.NeedCare}},
	{"{c}退役军人事务局", "局长", 9, []planner.Need{planner.NeedJobs, planner.NeedPolicy}},
	{"{c}应急管理局", "局长", 12, []planner.Need{planner.NeedPolicy}},
	{"{c}审计局", "局长", 10, []planner.Need{planner.NeedPolicy}},
	{"{c}市场监督管理局", "局长", 20, []planner.Need{planner.NeedLegal, planner.NeedJobs}},
	{"{c}统计局", "局长", 8, []planner.Need{planner.NeedPolicy}},
	{"{c}医疗保障局", "局长", 9, []planner.Need{planner.NeedCare, planner.NeedPolicy}},
	{"{c}城市管理局", "局长", 18, []planner.Need{planner.NeedErrands}},
	{"{c}行政审批和政务信息管理局", "局长", 11, []planner.Need{planner.NeedErrands, planner.NeedPolicy}},
	{"{c}机关事务服务中心", "主任", 9, []planner.Need{planner.NeedErrands}},
	{"{c}委机构编制委员会办公室", "主任", 7, []planner.Need{planner.NeedPolicy}},
	{"{c}委党校", "常务副校长", 9, []planner.Need{planner.NeedStudy}},
	{"{c}委老干部局", "局长", 7, []planner.Need{planner.NeedCare}},
	{"{c}委网络安全和信息化委员会办公室", "主任", 6, []planner.Need{planner.NeedErrands}},
	{"{c}委巡察工作领导小组办公室", "主任", 6, []planner.Need{planner.NeedPolicy}},
	{"{c}直属机关工作委员会", "书记", 6, []planner.Need{planner.NeedPolicy}},
	{"{c}档案馆", "馆长", 6, []planner.Need{planner.NeedErrands}},
	{"{c}史志研究室", "主任", 5, []planner.Need{planner.NeedStudy}},
	{"{c}融媒体中心", "主任", 13, []planner.Need{planner.NeedStudy}},
	{"{c}总工会", "常务副主席", 8, []planner.Need{planner.NeedJobs}},
	{"共青团{c}委员会", "书记", 6, []planner.Need{planner.NeedStudy, planner.NeedJobs}},
	{"{c}妇女联合会", "主席", 6, []planner.Need{planner.NeedCare, planner.NeedStudy}},
	{"{c}科学技术协会", "主席", 5, []planner.Need{planner.NeedFarming, planner.NeedStudy}},
	{"{c}文学艺术界联合会", "主席", 5, []planner.Need{planner.NeedStudy}},
	{"{c}残疾人联合会", "理事长", 6, []planner.Need{planner.NeedCare, planner.NeedErrands}},
	{"{c}工商业联合会", "党组书记", 6, []planner.Need{planner.NeedJobs}},
	{"{c}红十字会", "常务副会长", 5, []planner.Need{planner.NeedCare}},
	{"{c}计划生育协会", "常务副会长", 5, []planner.Need{planner.NeedCare}},
	{"{c}林业发展中心", "主任", 9, []planner.Need{planner.NeedFarming}},
	{"{c}农业技术推广中心", "主任", 10, []planner.Need{planner.NeedFarming}},
	{"{c}畜牧兽医服务中心", "主任", 9, []planner.Need{planner.NeedFarming}},
	{"{c}农业机械技术中心", "主任", 8, []planner.Need{planner.NeedFarming}},
	{"{c}供销合作社联合社", "主任", 8, []planner.Need{planner.NeedFarming, planner.NeedErrands}},
	{"{c}粮食和物资储备中心", "主任", 8, []planner.Need{planner.NeedFarming}},
	{"{c}金融服务中心", "主任", 6, []planner.Need{planner.NeedPolicy, planner.NeedJobs}},
	{"{c}国有资产事务中心", "主任", 7, []planner.Need{planner.NeedPolicy}},
	{"{c}投资促进中心", "主任", 7, []planner.Need{planner.NeedJobs}},
	{"{c}房产服务中心", "主任", 9, []planner.Need{planner.NeedErrands, planner.NeedPolicy}},
	{"{c}不动产登记中心", "主任", 8, []planner.Need{planner.NeedErrands}},
	{"{c}园林绿化中心", "主任", 9, []planner.Need{planner.NeedErrands}},
	{"{c}环境卫生服务中心", "主任", 10, []planner.Need{planner.NeedErrands}},
	{"{c}公路事业发展中心", "主任", 10, []planner.Need{planner.NeedErrands}},
	{"{c}疾病预防控制中心", "主任", 11, []planner.Need{planner.NeedCare}},
	{"{c}人民医院", "党委书记", 18, []planner.Need{planner.NeedCare}},
	{"{c}中医院", "院长", 12, []planner.Need{planner.NeedCare}},
	{"{c}妇幼保健院", "院长", 10, []planner.Need{planner.NeedCare}},
	{"{c}图书馆", "馆长", 6, []planner.Need{planner.NeedStudy}},
	{"{c}文化馆", "馆长", 6, []planner.Need{planner.NeedStudy}},
	{"{c}公共就业服务中心", "主任", 8, []planner.Need{planner.NeedJobs}},
	{"{c}社会保险中心", "主任", 10, []planner.Need{planner.NeedPolicy, planner.NeedErrands}},
	{"{c}医疗保险中心", "主任", 8, []planner.Need{planner.NeedPolicy, planner.NeedErrands}},
	{"{c}法律援助中心", "主任", 6, []planner.Need{planner.NeedLegal}},
	{"{c}社会福利中心", "主任", 7, []planner.Need{planner.NeedCare}},
	{"{c}第一高级中学", "校长", 15, []planner.Need{planner.NeedStudy}},
	{"{c}职业教育中心", "校长", 12, []planner.Need{planner.NeedStudy, planner.NeedJobs}},
	{"{c}先进制造业开发区管理委员会", "主任", 12, []planner.Need{planner.NeedJobs}},
	{"{c}消防救援大队", "大队长", 8, []planner.Need{planner.NeedErrands}},
}

var (
	bureauOffice = office{"{c}群众工作局", "局长", 12, []planner.Need{planner.NeedPolicy, planner.NeedLegal}}
	streetOffice = office{"", "党（工）委书记", 24, []planner.Need{planner.NeedErrands, planner.NeedCare}}
	roomOffice   = office{"", "群众工作室主任", 0, []planner.Need{planner.NeedErrands, planner.NeedCare}}
)

// network is all units, bureaus first, then stations, then rooms; each kind by code.
type network struct {
	units    []unit
	bureaus  int
	stations int
	staff    []member // every staff cadre, unit by unit
}

// layNetwork makes the bureau of each county (below one of the prefecture where there are several), the stations of its
// offices and townships, and a room in each village. The land's links to its units are filled in.
func layNetwork(p preset, l *land) network {
	var n network
	top := ""
	if len(l.counties) > 1 {
		top = "D00001"
		n.units = append(n.units, unit{code: top, name: "信阳市群众工作局", network: planner.NetworkBureau, area: l.counties[0].code, county: 0, township: -1,
			office: bureauOffice, weight: bureauOffice.weight})
	}
	bureau := make([]string, len(l.counties))
	next := make([]int, len(l.counties))
	code := func(c int) string {
		next[c]++
		return fmt.Sprintf("D%s%03d", l.counties[c].code[4:], next[c])
	}
	for c, ct := range l.counties {
		bureau[c] = code(c)
		n.units = append(n.units, unit{code: bureau[c], name: fill(bureauOffice.name, ct.name), network: planner.NetworkBureau, area: ct.code, parent: top,
			county: c, township: -1, office: bureauOffice, weight: bureauOffice.weight})
	}
	n.bureaus = len(n.units)
	for c, ct := range l.counties {
		for _, o := range offices[:min(p.offices, len(offices), max(3, len(ct.villages)*5/2))] {
			n.units = append(n.units, unit{code: code(c), name: fill(o.name, ct.name), network: planner.NetworkStation, area: ct.code, parent: bureau[c],
				county: c, township: -1, office: o, weight: o.weight})
		}
		for _, t := range ct.townships {
			tw := &l.townships[t]
			tw.station = len(n.units)
			n.units = append(n.units, unit{code: code(c), name: stationName(tw.name), network: planner.NetworkStation, area: tw.code, parent: bureau[c],
				county: c, township: t, villages: tw.villages, office: streetOffice, weight: streetOffice.weight})
		}
	}
	n.stations = len(n.units) - n.bureaus
	for i, v := range l.villages {
		n.units = append(n.units, unit{code: "S" + v.tag(), name: v.short() + "群众工作室", network: planner.NetworkRoom, area: v.code,
			parent: n.units[l.townships[v.township].station].code, county: v.county, township: v.township, villages: []int{i}, office: roomOffice, staff: p.roomStaff})
	}
	n.man(p, l)
	n.link(p, l)
	return n
}

func fill(name, county string) string { return strings.ReplaceAll(name, "{c}", county) }

// stationName is the office of a 街道, 镇 or 乡, or of what else a township's code stands for.
func stationName(township string) string {
	switch {
	case strings.HasSuffix(township, "街道"), strings.HasSuffix(township, "办事处"):
		return strings.TrimSuffix(township, "办事处") + "办事处"
	case strings.HasSuffix(township, "镇"), strings.HasSuffix(township, "乡"):
		return township + "人民政府"
	}
	return township + "管理委员会"
}

// man shares section-level cadres and staff out: one section-level cadre to each bureau and station first, the rest by
// weight; staff to the counties by their households, within a county by weight after the rooms have theirs.
func (n *network) man(p preset, l *land) {
	desks := n.bureaus + n.stations
	weights := make([]int, desks)
	for i := range weights {
		weights[i] = max(0, n.units[i].weight-8) // the small offices have one section-level cadre only
	}
	if p.sections > 0 {
		for i, more := range apportion(p.sections-desks, weights) {
			n.units[i].sections = 1 + more
		}
	}
	staff := p.cadres - p.sections - p.leadersIn(*l)
	sizes := make([]int, len(l.counties))
	for c, ct := range l.counties {
		sizes[c] = ct.size
	}
	for c, share := range apportion(staff, sizes) {
		share -= p.roomStaff * len(l.counties[c].villages)
		weights := make([]int, desks)
		for i := range weights {
			if n.units[i].county == c {
				weights[i] = n.units[i].weight
			}
		}
		for i, s := range apportion(share, weights) {
			n.units[i].staff += s
		}
	}
}

// leadersIn is the number of leaders of all counties: never more than a county has villages, since each has one.
func (p preset) leadersIn(l land) (sum int) {
	for _, c := range l.counties {
		sum += min(p.leaders, len(c.villages))
	}
	return sum
}

// link gives each bureau and office its villages: always the one of its county that lacks most cadres, until its own
// staff are spoken for. Rooms serve their village, townships all of theirs.
func (n *network) link(p preset, l *land) {
	lack := make([]int, len(l.villages)) // households without a cadre so far
	for i, v := range l.villages {
		lack[i] = v.agreed - p.roomStaff*p.full - n.units[l.townships[v.township].station].staff*p.full/len(l.townships[v.township].villages)
	}
	staffs := make([]int, n.bureaus+n.stations)
	for i := range staffs {
		staffs[i] = n.units[i].staff
	}
	for _, i := range descending(staffs) {
		u := &n.units[i]
		if u.township >= 0 {
			continue
		}
		for give := u.staff * p.full; give > 0 && len(u.villages) < p.links; {
			best := -1
			for _, v := range l.counties[u.county].villages {
				if !slices.Contains(u.villages, v) && (best < 0 || lack[v] > lack[best]) {
					best = v
				}
			}
			if best < 0 {
				break
			}
			u.villages = append(u.villages, best)
			part := give
			if len(u.villages) < p.links {
				part = min(give, max(lack[best], p.full))
			}
			lack[best] -= part
			give -= part
		}
	}
	for pass := range 3 { // rooms, then offices, then townships: who is nearest is taken first
		for i, u := range n.units {
			if kind := nearness(u); kind == pass {
				for _, v := range u.villages {
					l.villages[v].serving = append(l.villages[v].serving, i)
				}
			}
		}
	}
}

func nearness(u unit) int {
	switch {
	case u.network == planner.NetworkRoom:
		return 0
	case u.township < 0:
		return 1
	}
	return 2
}

// row is the unit as its sheet has it, villages by code.
func (u unit) row(l land) sheet.UnitRow {
	r := sheet.UnitRow{Code: u.code, Name: u.name, Network: u.network, Area: u.area, Parent: u.parent}
	vs := slices.Clone(u.villages) // indexes are in the order of codes
	slices.Sort(vs)
	for _, v := range vs {
		r.Villages = append(r.Villages, l.villages[v].code)
	}
	return r
}
