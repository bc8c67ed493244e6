package calendar

import (
	"encoding/json"
	"fmt"
	"io"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Notice is one year's holiday notice of the State Council (国务院办公厅关于…部分节假日安排的通知) in the JSON shape of
// https://github.com/NateScarlet/holiday-cn: only the days that are not what their weekday says.
type Notice struct {
	Year   int         `json:"year"`
	Papers []string    `json:"papers"` // addresses of the notices, the first and its amendments
	Days   []NoticeDay `json:"days"`
}

// NoticeDay is one day of a notice: off, or a weekend day worked instead.
type NoticeDay struct {
	Name string     `json:"name"`
	On   civil.Date `json:"date"`
	Off  bool       `json:"isOffDay"`
}

// maxNotice bounds a notice file; real ones have 5 KB.
const maxNotice = 1 << 20

// ReadNotice reads one notice. What is wrong with it comes as a planner.Error of kind Invalid.
func ReadNotice(r io.Reader) (Notice, error) {
	var n Notice
	if err := json.NewDecoder(io.LimitReader(r, maxNotice)).Decode(&n); err != nil {
		e := planner.Fail(planner.Invalid, "这不是节假日安排文件（需要 holiday-cn 格式的 JSON），请另选文件。",
			"this is not a holiday file (JSON in the shape of holiday-cn is needed); choose another one.")
		e.Err = err
		return Notice{}, e
	}
	return n, n.Check()
}

// Check says what is wrong with a notice: a year out of range, a day without name or outside the year (late December of the
// year before is allowed), a day named twice. The error is a planner.Error of kind Invalid.
func (n Notice) Check() error {
	if n.Year < 1949 || n.Year > lastLawYear {
		return planner.Fail(planner.Invalid, fmt.Sprintf("节假日安排文件的年份是%d，应在1949至%d之间，请核对。", n.Year, lastLawYear),
			fmt.Sprintf("the holiday file is for the year %d; it must lie between 1949 and %d.", n.Year, lastLawYear))
	}
	seen := map[civil.Date]bool{}
	for _, d := range n.Days {
		late := d.On.Year == n.Year-1 && d.On.Month == 12
		switch {
		case d.On.Year != n.Year && !late:
			return planner.Fail(planner.Invalid, fmt.Sprintf("%d年的节假日安排里有%s，不属于这一年，请核对。", n.Year, d.On),
				fmt.Sprintf("the holiday file of %d names %s, which is not of that year; check it.", n.Year, d.On))
		case d.Name == "":
			return planner.Fail(planner.Invalid, fmt.Sprintf("%d年的节假日安排里%s没有节日名称，请补填。", n.Year, d.On),
				fmt.Sprintf("the holiday file of %d gives no name for %s; fill it in.", n.Year, d.On))
		case seen[d.On]:
			return planner.Fail(planner.Invalid, fmt.Sprintf("%d年的节假日安排里%s出现两次，请删去一条。", n.Year, d.On),
				fmt.Sprintf("the holiday file of %d names %s twice; delete one.", n.Year, d.On))
		}
		seen[d.On] = true
	}
	return nil
}
