package planner

import "lianxin/planner/civil"

// HolidayDay is one day of a holiday notice: off, or a weekend day worked instead.
type HolidayDay struct {
	Name string     `json:"name"`
	On   civil.Date `json:"date"`
	Off  bool       `json:"isOffDay"`
}

// HolidayNotice is a year's holiday notice that the office took in. Turn counts the notices of the year; one is live.
type HolidayNotice struct {
	Year     int
	Turn     int
	Official bool // false: somebody has still to confirm it
	Live     bool
	Papers   []string // addresses or numbers of the notices
	Days     []HolidayDay
	SHA256   string // of the file or form as it came
}

// AreaDayKind says what a day of an area is.
type AreaDayKind string

const (
	DayClosed AreaDayKind = "closed" // 本地放假或不办公; of the county it is no workday, of a township or village nobody visits
	DayMarket AreaDayKind = "market" // 逢集
	DayFair   AreaDayKind = "fair"   // 庙会
	DayFarm   AreaDayKind = "farm"   // 农忙
	DayNoGo   AreaDayKind = "no-go"  // 不入户: 高考, 丧事
)

// DayWish says whether visits keep off such days or seek them.
type DayWish string

const (
	WishAvoid  DayWish = "avoid"
	WishPrefer DayWish = "prefer"
)

// AreaDay is a day of an area and all below it, by a rule such as lunar:3,6,9. It concerns a place, never a household.
type AreaDay struct {
	Area AreaCode    `json:"area"`
	Kind AreaDayKind `json:"kind"`
	Rule string      `json:"rule"`
	Name string      `json:"name,omitempty"` // 西关集; may be empty
	Wish DayWish     `json:"wish,omitempty"` // empty: shown, and nothing else
}
