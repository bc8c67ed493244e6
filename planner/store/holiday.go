package store

import (
	"fmt"

	"lianxin/planner"
)

type noticeRow struct {
	ID     string                   `db:"id" json:"id"`
	Year   int                      `db:"held_year" json:"held_year"`
	Turn   int                      `db:"turn" json:"turn"`
	Status string                   `db:"status" json:"status"`
	Live   bool                     `db:"live" json:"live"`
	Papers list[string]             `db:"papers" json:"papers"`
	Days   list[planner.HolidayDay] `db:"days" json:"days"`
	SHA256 string                   `db:"sha256" json:"sha256"`
}

func (r noticeRow) rowID() string     { return r.ID }
func (r noticeRow) household() string { return "" }
func (r noticeRow) values() []any {
	return []any{r.ID, r.Year, r.Turn, r.Status, r.Live, r.Papers, r.Days, r.SHA256}
}

func (r noticeRow) noun() planner.HolidayNotice {
	return planner.HolidayNotice{Year: r.Year, Turn: r.Turn, Official: r.Status == "official", Live: r.Live, Papers: r.Papers, Days: r.Days, SHA256: r.SHA256}
}

var notices = &table[noticeRow]{
	kind: "holiday-notice",
	byID: query(`SELECT id, held_year, turn, status, live, papers, days, sha256 FROM holiday_notices WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO holiday_notices (id, held_year, turn, status, live, papers, days, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET held_year = excluded.held_year, turn = excluded.turn, status = excluded.status, live = excluded.live,
			papers = excluded.papers, days = excluded.days, sha256 = excluded.sha256`),
	drop:  query(`DELETE FROM holiday_notices WHERE id IN (:ids)`),
	moves: func(before, after noticeRow) bool { return before.Live != after.Live },
}

var allNotices = query(`SELECT id, held_year, turn, status, live, papers, days, sha256 FROM holiday_notices ORDER BY held_year, turn`)

// HolidayNotices returns every notice that was taken in, by year and turn. They are public documents, open to all.
func (tx *Tx) HolidayNotices() ([]planner.HolidayNotice, error) {
	var rows []noticeRow
	err := tx.all(&rows, allNotices, args{})
	return nouns(rows, noticeRow.noun), err
}

// PutHolidayNotices adds notices or replaces those of the same year and turn. Planners, administrators and the system only;
// Conflict if a year would have two live ones.
func (tx *Tx) PutHolidayNotices(ns []planner.HolidayNotice) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]noticeRow, len(ns))
	for i, n := range ns {
		status := "provisional"
		if n.Official {
			status = "official"
		}
		rows[i] = noticeRow{ID: noticeID(n), Year: n.Year, Turn: n.Turn, Status: status, Live: n.Live,
			Papers: n.Papers, Days: n.Days, SHA256: n.SHA256}
	}
	_, err := notices.store(tx, rows)
	return err
}

type areaDayRow struct {
	ID   string `db:"id" json:"id"`
	Area string `db:"area" json:"area"`
	Kind string `db:"kind" json:"kind"`
	Rule string `db:"day_rule" json:"day_rule"`
	Name string `db:"name" json:"name"`
	Wish string `db:"wish" json:"wish"`
}

func (r areaDayRow) rowID() string     { return r.ID }
func (r areaDayRow) household() string { return "" }
func (r areaDayRow) values() []any     { return []any{r.ID, r.Area, r.Kind, r.Rule, r.Name, r.Wish} }

func (r areaDayRow) noun() planner.AreaDay {
	return planner.AreaDay{Area: planner.AreaCode(r.Area), Kind: planner.AreaDayKind(r.Kind), Rule: r.Rule, Name: r.Name, Wish: planner.DayWish(r.Wish)}
}

func areaDayOf(d planner.AreaDay) areaDayRow {
	return areaDayRow{ID: string(d.Area) + "/" + string(d.Kind) + "/" + d.Rule, Area: string(d.Area), Kind: string(d.Kind), Rule: d.Rule,
		Name: d.Name, Wish: string(d.Wish)}
}

var areaDays = &table[areaDayRow]{
	kind: "area-day",
	byID: query(`SELECT id, area, kind, day_rule, name, wish FROM area_days WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO area_days (id, area, kind, day_rule, name, wish) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, wish = excluded.wish`),
	drop: query(`DELETE FROM area_days WHERE id IN (:ids)`),
}

var allAreaDays = query(`SELECT id, area, kind, day_rule, name, wish FROM area_days ORDER BY id`)

// AreaDays returns the days of all areas, by area, kind and rule. They say nothing of persons and are open to all.
func (tx *Tx) AreaDays() ([]planner.AreaDay, error) {
	var rows []areaDayRow
	err := tx.all(&rows, allAreaDays, args{})
	return nouns(rows, areaDayRow.noun), err
}

// PutAreaDays adds days of areas; one with the same area, kind and rule is replaced. Planners, administrators, the system.
func (tx *Tx) PutAreaDays(ds []planner.AreaDay) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]areaDayRow, len(ds))
	for i, d := range ds {
		rows[i] = areaDayOf(d)
	}
	_, err := areaDays.store(tx, rows)
	return err
}

// DeleteAreaDays takes days of areas away; those that are not there are passed over.
func (tx *Tx) DeleteAreaDays(ds []planner.AreaDay) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	ids := make([]string, len(ds))
	for i, d := range ds {
		ids[i] = areaDayOf(d).ID
	}
	return areaDays.removeIDs(tx, ids)
}

// DeleteHolidayNotices takes notices away, as the undo of an import does; the audit keeps what they were.
func (tx *Tx) DeleteHolidayNotices(ns []planner.HolidayNotice) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	ids := make([]string, len(ns))
	for i, n := range ns {
		ids[i] = noticeID(n)
	}
	return notices.removeIDs(tx, ids)
}

func noticeID(n planner.HolidayNotice) string { return fmt.Sprintf("%d/%03d", n.Year, n.Turn) }
