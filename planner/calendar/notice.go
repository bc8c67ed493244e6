package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Notice is one year's holiday notice of the State Council (国务院办公厅关于…部分节假日安排的通知) in the JSON shape of
// https://github.com/NateScarlet/holiday-cn: only the days that are not what their weekday says.
type Notice struct {
	Year   int         `json:"year"`
	Papers []string    `json:"papers"` // addresses of the notices, the first and its amendments
	Days   []NoticeDay `json:"days"`

	Provisional bool `json:"-"` // typed or sent before the notice was out; nobody has confirmed it
}

// NoticeDay is one day of a notice.
type NoticeDay = planner.HolidayDay

// maxNotice bounds a notice file; real ones have 5 KB.
const maxNotice = 1 << 20

// ReadNotice reads one notice; a byte order mark and fields that we do not know are passed over. What is wrong with it comes
// as a planner.Error of kind Invalid that says where: the line and column, or which of the days.
func ReadNotice(r io.Reader) (Notice, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxNotice+1))
	if err != nil {
		return Notice{}, fmt.Errorf("read notice: %w", err)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	switch {
	case len(b) > maxNotice:
		return Notice{}, noNotice("文件超过1MB", "the file is larger than 1 MB", nil)
	case !utf8.Valid(b):
		return Notice{}, noNotice("文件不是UTF-8编码，请另存为UTF-8", "the file is not UTF-8; save it as UTF-8", nil)
	}
	var f struct {
		Year   *int     `json:"year"`
		Papers []string `json:"papers"`
		Days   *[]struct {
			Name string  `json:"name"`
			Date *string `json:"date"`
			Off  *bool   `json:"isOffDay"`
		} `json:"days"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Notice{}, wrongJSON(b, err)
	}
	if f.Year == nil || f.Days == nil {
		return Notice{}, noNotice("缺少 year 或 days", "year or days is missing", nil)
	}
	n := Notice{Year: *f.Year, Papers: f.Papers}
	for i, d := range *f.Days {
		bad := func(zh, en string) error {
			return planner.Fail(planner.Invalid, fmt.Sprintf("节假日安排文件的第%d个日子%s，请改正。", i+1, zh), fmt.Sprintf("day %d of the holiday file %s; correct it.", i+1, en))
		}
		if d.Date == nil {
			return Notice{}, bad("没有 date", "has no date")
		}
		on, err := civil.ParseDate(*d.Date)
		if err != nil || on.IsZero() {
			return Notice{}, bad("“"+*d.Date+"”不是日期（应写成2027-01-01）", fmt.Sprintf("is %q, not a date such as 2027-01-01", *d.Date))
		}
		if d.Off == nil {
			return Notice{}, bad("（"+*d.Date+"）没有 isOffDay", "("+*d.Date+") has no isOffDay")
		}
		n.Days = append(n.Days, NoticeDay{Name: strings.TrimSpace(d.Name), On: on, Off: *d.Off})
	}
	return n, n.Check()
}

func noNotice(zh, en string, cause error) error {
	e := planner.Fail(planner.Invalid, "这不是节假日安排文件（需要 holiday-cn 格式的 JSON）："+zh+"。",
		"this is not a holiday file (JSON in the shape of holiday-cn is needed): "+en+".")
	e.Err = cause
	return e
}

// wrongJSON says where a file stops being JSON, or which field has another type.
func wrongJSON(b []byte, err error) error {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	at := int64(len(b))
	zh, en := "JSON 没有写完或写错", "the JSON is broken or ends too soon"
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &typed):
		at = typed.Offset
		zh, en = "“"+typed.Field+"”的类型不对", typed.Field+" has the wrong type"
	}
	at = min(max(at, 1), int64(len(b)))
	before := b[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return noNotice(fmt.Sprintf("第%d行第%d列，%s", line, column, zh), fmt.Sprintf("line %d, column %d: %s", line, column, en), err)
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
		var zh, en string
		switch {
		case d.On.Year != n.Year && !late:
			zh, en = "不属于这一年（只有上年12月底的日子可以列入），请核对", "which is not of that year (late December of the year before is allowed); check it"
		case d.Name == "":
			zh, en = "没有节日名称，请补填", "without a name; fill it in"
		case seen[d.On]:
			zh, en = "出现两次，请删去一条", "twice; delete one"
		}
		if zh != "" {
			return planner.Fail(planner.Invalid, fmt.Sprintf("%d年的节假日安排里%s%s。", n.Year, d.On, zh), fmt.Sprintf("the holiday file of %d names %s %s.", n.Year, d.On, en))
		}
		seen[d.On] = true
	}
	return nil
}

// Odd lists the weekdays that a notice orders to be worked, as they are anyway. The amendment of 2020 has one; a slip of the
// pen looks the same.
func (n Notice) Odd() (days []NoticeDay) {
	for _, d := range n.Days {
		if !d.Off && !d.On.Weekend() {
			days = append(days, d)
		}
	}
	return days
}

// Missing lists the statutory days of the law in force that a notice does not give off: none in a whole notice.
func (n Notice) Missing() (days []NoticeDay) {
	if n.Year < firstLawYear {
		return nil
	}
	for _, s := range statutory(n.Year) {
		i := slices.IndexFunc(n.Days, func(d NoticeDay) bool { return d.On == s.On })
		if i < 0 && !s.On.Weekend() || i >= 0 && !n.Days[i].Off {
			days = append(days, s)
		}
	}
	return days
}

// Sorted returns the notice with its days in order.
func (n Notice) Sorted() Notice {
	n.Days = slices.Clone(n.Days)
	slices.SortFunc(n.Days, func(a, b NoticeDay) int { return a.On.Compare(b.On) })
	return n
}
