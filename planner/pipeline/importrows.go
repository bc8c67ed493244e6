package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

func (c *importCheck) checkCadres() {
	first, same := map[string]planner.Place{}, map[string]sheet.CadreRow{}
	for i, r := range c.batch.Cadres {
		double := c.double(first, r.Code, r.Code, r.Place, "工号")
		c.unit(r.Place, "单位代码", r.Unit)
		if v := r.NativeVillage; v != "" && !c.counties[v.County()] {
			c.foreign[i] = true // from elsewhere: nothing to keep away from
		} else {
			c.village(r.Place, "籍贯村", v)
		}
		if r.Name == "" || double {
			continue
		}
		if was, ok := same[r.Unit+"\x00"+r.Name]; ok {
			c.add(planner.Note, r.Place, "姓名", "homonym", "本单位有两名“"+r.Name+"”（工号"+was.Code+"和"+r.Code+"），系统按工号分开。如果是同一人，请删除一行。",
				"this unit has two persons called "+r.Name+" (codes "+was.Code+" and "+r.Code+"); they are kept apart by code. If they are one, delete a row.")
		}
		same[r.Unit+"\x00"+r.Name] = r
	}
}

func (c *importCheck) checkLeaves() {
	first := map[string]planner.Place{}
	for _, r := range c.batch.Leaves {
		c.cadre(r.Place, "工号", r.Cadre)
		c.double(first, r.Cadre+" "+r.Span.From.String(), r.Cadre+" "+r.Span.From.String(), r.Place, "开始日期")
	}
}

func (c *importCheck) checkRecusals() {
	for _, r := range c.batch.Recusals {
		c.cadre(r.Place, "工号", r.Cadre)
		c.household(r.Place, "户编号", r.Household)
		c.village(r.Place, "村代码", r.Village)
	}
}

var groupNumber = regexp.MustCompile(`^第?(\d{1,2})(村民小组|居民小组|小组|网格|组)?$`)

// group finds the area of a group as a roster writes it: whole code, name or number.
func (c *importCheck) group(village planner.AreaCode, s string) (planner.AreaCode, bool) {
	if a := planner.AreaCode(s); c.areas[a] == planner.LevelGroup && a.Village() == village {
		return a, true
	}
	if a, ok := c.groups[village][sheet.CleanName(s)]; ok {
		return a, true
	}
	if m := groupNumber.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		a := planner.AreaCode(fmt.Sprintf("%s-%02d", village, n))
		return a, c.areas[a] == planner.LevelGroup
	}
	return "", false
}

func (c *importCheck) checkHouseholds() {
	c.groupOf = make([]planner.AreaCode, c.batch.Households.Len())
	groups := map[string]planner.AreaCode{} // found so far, by village and what the roster writes
	for i, r := range c.batch.Households.All() {
		if was := int(c.households[r.Code]); was != i {
			c.again(c.batch.Households.Place(was), r.Code, r.Place, "户编号")
		}
		if c.village(r.Place, "村代码", r.Village) && r.Village != "" && r.Group != "" {
			key := string(r.Village) + "\x00" + r.Group
			g, ok := groups[key]
			if !ok {
				if g, ok = c.group(r.Village, r.Group); ok {
					groups[key] = g
				}
			}
			if c.groupOf[i] = g; !ok {
				c.groupOf[i] = ""
				c.stop(r.Place, "组", "unknown-group", "该村没有“"+r.Group+"”这个组。请填组的序号、名称或代码，或先在《村组》表里补上。",
					"the village has no group “"+r.Group+"”. Use its number, name or code, or add it to 村组 first.")
			}
		}
		if h, ok := c.stored[r.Code]; ok && r.Consent == planner.ConsentGiven && c.snap.households[h].Consent == planner.ConsentWithdrawn {
			c.withdrew[i] = true
			c.add(planner.Warn, r.Place, "同意状态", "consent-withdrawn", "该户已撤回同意，表里写“同意”，按撤回保留。如该户重新同意，请先导入“未征询”，再导入“同意”。",
				"the household has withdrawn its consent; the sheet says 同意 and the withdrawal stands. If it consents anew, import 未征询 first and 同意 after that.")
		}
	}
}

func (c *importCheck) checkPairings(period int) {
	if c.batch.Pairings.Len() == 0 {
		return
	}
	head := c.batch.Pairings.At(0).Place
	head.Row = 0
	if slices.ContainsFunc(c.snap.last.Pairings, func(p planner.Pairing) bool { return p.Origin != planner.OriginImport }) {
		c.stop(head, "", "plan-exists", fmt.Sprintf("系统里已有%d年的方案，上年结对以它为准，不再从表里导入。请去掉这张表。", period-1),
			fmt.Sprintf("the system holds its own plan of %d, which counts; leave this sheet out.", period-1))
		return
	}
	first := make(map[string]int32, c.batch.Pairings.Len())
	for i, r := range c.batch.Pairings.All() {
		if was, ok := first[r.Household]; ok {
			c.again(c.batch.Pairings.At(int(was)).Place, r.Household, r.Place, "户编号")
			continue
		}
		first[r.Household] = int32(i)
		// Last year's people may have gone: that is news, not a fault, unless it looks like the wrong file.
		_, cadre := c.cadres[r.Cadre]
		switch {
		case !c.hasHousehold(r.Household):
			c.dropped[i] = true
			c.add(planner.Warn, r.Place, "户编号", "gone-household", "“"+r.Household+"”已不在户名册，这一行略过。", r.Household+" is no longer in the roster of households; the row is passed over.")
		case !cadre:
			c.dropped[i] = true
			c.add(planner.Warn, r.Place, "工号", "gone-cadre", "“"+r.Cadre+"”已不在干部名册，该户按上年无人联系处理。", r.Cadre+" is no longer in the roster; the household counts as having had nobody.")
		}
	}
	if n, all := len(c.dropped), c.batch.Pairings.Len(); n*2 > all {
		c.stop(head, "", "wrong-last-year", fmt.Sprintf("%d行里有%d行对不上名册，像是用错了文件，或两列填反了。请核对。", all, n),
			fmt.Sprintf("%d of %d rows fit no one in the roster: this may be the wrong file, or the columns are swapped. Check it.", n, all))
	}
}

func (c *importCheck) checkTasks() {
	first := map[string]planner.Place{}
	for _, r := range c.batch.Tasks {
		c.double(first, r.Code, r.Code, r.Place, "事项编号")
		c.cadre(r.Place, "工号", r.Cadre)
		c.household(r.Place, "户编号", r.Household)
	}
}
